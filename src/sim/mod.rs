//! The demo's simulator: servers that speak the real protocols, driven by scenario files.
//!
//! Prometheus, Alertmanager and Kubernetes are served over HTTP on loopback, so that the ordinary connectors ask them as they
//! would ask real ones. One clock drives the story and the console.

mod acts;
mod alerts;
mod cluster;
mod growth;
mod metrics;
mod people;
mod promql;
mod readiness;
mod scenario;
mod server;
mod settings;
mod silence;
mod starter;
mod traffic;
mod world;

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

use url::Url;

use crate::{clock::Clock, domain::time::Timestamp};

pub use self::{
    acts::{Act, Deed, Rehearsed},
    people::{ANA, NoKey, People, YOU},
    settings::Settings,
    starter::{WriteError, write, write_keys},
};

/// The scenario that plays when nobody chooses.
pub const DEFAULT_SCENARIO: &str = scenario::DEFAULT;

/// A scenario that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub name: &'static str,
    /// What happens in it, in one line.
    pub title: String,
}

/// The built-in scenarios; the first one is the default.
///
/// # Errors
/// When a built-in file is damaged, which a test rules out.
pub fn scenarios() -> Result<Vec<Listed>, SimError> {
    scenario::names().map(|name| Ok(Listed { name, title: read(name, None)?.title })).collect()
}

/// What to simulate, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// The scenario's name.
    pub scenario: String,
    /// How many services, in a scenario that can have any number of them; its own number when left out.
    pub services: Option<usize>,
    /// What makes the noise: the same seed tells the same story.
    pub seed: u64,
    /// The clock that drives the story.
    pub clock: Clock,
    /// When the story starts by that clock; now when left out.
    pub start: Option<Timestamp>,
    /// The people of the story; new ones when left out.
    pub people: Option<People>,
    /// Where Prometheus, Alertmanager and Kubernetes listen; port 0 takes any free one.
    pub addresses: [SocketAddr; 3],
}

impl Options {
    /// The default scenario on free ports of loopback.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        let any = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
        Self {
            scenario: DEFAULT_SCENARIO.to_owned(),
            services: None,
            seed: 1,
            clock,
            start: None,
            people: None,
            addresses: [any; 3],
        }
    }
}

/// Why a simulation does not start.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    /// No such scenario.
    #[error("there is no scenario `{name}`: {known} can be chosen")]
    UnknownScenario {
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
    /// Its services are what they are.
    #[error("the scenario `{0}` has services of its own: `--services` is for `scale`")]
    FixedServices(String),
    /// The scenario's file cannot be read.
    #[error("the scenario `{name}` is damaged: {why}")]
    Damaged {
        /// Its name.
        name: String,
        /// What is wrong.
        why: String,
    },
    /// Nobody can have a key.
    #[error(transparent)]
    NoKey(#[from] NoKey),
    /// A port cannot be taken, or the servers cannot be started.
    #[error("the simulator cannot listen on {address}: {source}")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
}

/// Base URLs of the three servers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urls {
    /// The Prometheus API.
    pub prometheus: Url,
    /// The Alertmanager API.
    pub alertmanager: Url,
    /// The Kubernetes API.
    pub kubernetes: Url,
}

/// A simulation that runs until it is dropped.
pub struct Running {
    urls: Urls,
    start: Timestamp,
    settings: Settings,
    people: People,
    acts: Vec<Act>,
    _servers: server::Servers,
}

impl Running {
    /// Where the servers are.
    #[must_use]
    pub fn urls(&self) -> &Urls {
        &self.urls
    }

    /// When the story started.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// The people of the story.
    #[must_use]
    pub fn people(&self) -> &People {
        &self.people
    }

    /// What they do about the readiness of releases, in its order.
    #[must_use]
    pub fn acts(&self) -> &[Act] {
        &self.acts
    }

    /// Sources, environments and catalog for a console that looks at this simulation.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }
}

/// The scenario of this name, with so many services where it can have any number of them.
fn read(name: &str, services: Option<usize>) -> Result<scenario::Scenario, SimError> {
    let found = scenario::built_in(name).ok_or_else(|| SimError::UnknownScenario {
        name: name.to_owned(),
        known: scenario::names().collect::<Vec<_>>().join(", "),
    })?;
    let mut scenario = found.map_err(|error| SimError::Damaged { name: name.to_owned(), why: error.to_string() })?;
    match (scenario.grow, services) {
        (Some(own), wanted) => growth::grow(&mut scenario, wanted.unwrap_or(own)),
        (None, Some(_)) => return Err(SimError::FixedServices(name.to_owned())),
        (None, None) => {}
    }
    Ok(scenario)
}

/// Starts a simulation in a thread of its own.
///
/// # Errors
/// When the scenario is not known, or an address cannot be taken.
pub fn start(options: &Options) -> Result<Running, SimError> {
    let scenario = read(&options.scenario, options.services)?;
    let start = options.start.unwrap_or_else(|| options.clock.now());
    let damaged = |why: String| SimError::Damaged { name: options.scenario.clone(), why };
    let people = options.people.clone().map_or_else(People::new, Ok)?;
    let [first, second, third] = options.addresses;
    let listen = |address: SocketAddr| {
        let failed = |source| SimError::Listen { address, source };
        let listener = server::bind(address).map_err(failed)?;
        let bound = listener.local_addr().map_err(failed)?;
        let url = Url::parse(&format!("http://{bound}/")).map_err(|error| damaged(error.to_string()))?;
        Ok::<_, SimError>((listener, url))
    };
    let (prometheus, alertmanager, kubernetes) = (listen(first)?, listen(second)?, listen(third)?);
    let urls = Urls { prometheus: prometheus.1, alertmanager: alertmanager.1, kubernetes: kubernetes.1 };
    let settings = settings::of(&scenario, &urls, start, &people).map_err(damaged)?;
    let acts = acts::of(&scenario, start);
    let hub = server::Hub::new(scenario, options.seed, start.timestamp_millis(), options.clock)
        .map_err(|error| damaged(error.to_string()))?;
    let servers = server::Servers::start(Arc::new(hub), [prometheus.0, alertmanager.0, kubernetes.0])
        .map_err(|source| SimError::Listen { address: first, source })?;
    Ok(Running { urls, start, settings, people, acts, _servers: servers })
}
