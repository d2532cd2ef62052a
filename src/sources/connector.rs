//! The seam behind which every kind of source lives.

use futures_util::future::BoxFuture;

use super::http::Clients;
use crate::{
    clock::Clock,
    config::schema::source::Source,
    domain::{
        demand::Demand,
        facts::Answer,
        source::{FeedSpec, SourceError},
    },
};

/// A connection to one configured source.
///
/// It keeps no schedule and no history: it is asked one feed at a time, several may be asked at once, and the answer
/// is the whole truth of that feed.
pub trait Connector: Send + Sync {
    /// Where it connects to, for people, without credentials.
    fn endpoint(&self) -> String;

    /// The feeds that it has for what is wanted now, and how often each should be asked. Asked again whenever the demand
    /// changes: new names are polled at once, so a feed that asks something else than before should have another name.
    fn feeds(&self, demand: &Demand) -> Vec<FeedSpec>;

    /// Asks for one feed. The caller limits the time; dropping the future must be harmless.
    fn poll<'a>(&'a self, feed: &'a str, demand: &'a Demand) -> BoxFuture<'a, Result<Answer, SourceError>>;

    /// Waits until the source says by itself that `feed` changed, so that it is polled at once. Connectors that cannot be told
    /// wait for ever, which is the default.
    fn changed<'a>(&'a self, feed: &'a str) -> BoxFuture<'a, ()> {
        let _ = feed;
        Box::pin(std::future::pending())
    }
}

/// What a connector is built from besides its configuration.
#[derive(Clone, Debug)]
pub struct Context {
    /// The console's clock.
    pub clock: Clock,
    /// Whether proxies of the environment apply. The demo talks to loopback and must not ask them.
    pub use_environment_proxy: bool,
    /// HTTP clients, shared by the sources that trust the same.
    pub clients: Clients,
}

impl Context {
    /// A context with clients of its own.
    #[must_use]
    pub fn new(clock: Clock, use_environment_proxy: bool) -> Self {
        Self { clock, use_environment_proxy, clients: Clients::default() }
    }
}

/// Builds the connector of a kind.
pub type Build = fn(&Source, &Context) -> Result<Box<dyn Connector>, SourceError>;

/// A kind of source: everything that the program needs to know about it stands in one line of the table of kinds.
pub struct Kind {
    /// The word in the configuration.
    pub name: &'static str,
    /// One line for people.
    pub doc: &'static str,
    /// A `[[source]]` table that a new user can start from.
    pub sample: &'static str,
    /// What `sources decode` can read.
    pub decoders: &'static [Decoder],
    /// Builds a connector. Does no IO but reading secrets and certificates.
    pub build: Build,
}

/// Reads saved answers of a system, for `sources decode` and for tests.
pub struct Decoder {
    /// The word on the command line: `argo-rollouts`.
    pub name: &'static str,
    /// One line for people: which answers it reads.
    pub doc: &'static str,
    /// From the texts of all files (JSON or YAML) to one JSON object for each thing in them.
    pub decode: fn(&[&str]) -> Result<Vec<serde_json::Value>, SourceError>,
}
