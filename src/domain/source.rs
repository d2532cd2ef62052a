//! Connections to outside systems, and what can go wrong with one.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{feed::FeedName, object::SourceName, time::Span};

/// What kind of trouble a source has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The configuration of the source cannot work, or a secret could not be read.
    Configuration,
    /// The host name does not resolve.
    Dns,
    /// Nobody listens there, or the network says no.
    Connect,
    /// The TLS handshake failed: unknown authority, expired or wrong certificate, client certificate wanted.
    Tls,
    /// The proxy refused or failed.
    Proxy,
    /// No whole answer in time.
    Timeout,
    /// 401: the credentials are missing or wrong.
    Unauthenticated,
    /// 403: the credentials may not do this.
    Forbidden,
    /// 404: nothing there, often a wrong path prefix.
    NotFound,
    /// 429: too many requests.
    RateLimited,
    /// Any other status that is not success.
    Status,
    /// A redirect to somewhere that was not configured: not followed.
    Redirect,
    /// The answer is larger than the limit.
    TooLarge,
    /// The answer is not what this API sends: HTML, truncated, wrong types.
    Decode,
    /// The server understood and refused the query.
    Query,
    /// A bug of warroom, kept to the feed in which it happened.
    Internal,
}

impl ErrorKind {
    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Dns => "name not found",
            Self::Connect => "no connection",
            Self::Tls => "TLS",
            Self::Proxy => "proxy",
            Self::Timeout => "timeout",
            Self::Unauthenticated => "not authenticated",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not found",
            Self::RateLimited => "rate limited",
            Self::Status => "HTTP error",
            Self::Redirect => "redirect refused",
            Self::TooLarge => "answer too large",
            Self::Decode => "bad answer",
            Self::Query => "query refused",
            Self::Internal => "bug in warroom",
        }
    }
}

/// What happened, to what, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub struct SourceError {
    /// What kind of trouble.
    pub kind: ErrorKind,
    /// What happened, to what. Never holds a secret.
    pub what: String,
    /// What to do next; empty when there is nothing to add.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub advice: String,
    /// The HTTP status, where there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How long the server asked to be left alone (`Retry-After`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<Span>,
}

impl SourceError {
    /// An error without advice.
    pub fn new(kind: ErrorKind, what: impl Into<String>) -> Self {
        Self { kind, what: what.into(), advice: String::new(), status: None, retry_after: None }
    }

    /// The same with what to do next.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }
}

impl fmt::Display for SourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.word(), self.what)?;
        if !self.advice.is_empty() {
            write!(f, " ({})", self.advice)?;
        }
        Ok(())
    }
}

/// Something that a good answer could not say, so that it is Partial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// What is missing: `pods in shop`.
    pub what: String,
    /// Why: `forbidden for system:serviceaccount:…`.
    pub why: String,
}

/// A configured source and the feeds it has, known before anything was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceSpec {
    /// Its name.
    pub name: SourceName,
    /// The kind of connector: `prometheus`.
    pub kind: String,
    /// Where it connects to, without credentials: a URL, or `context prod-eu`.
    pub endpoint: String,
    /// The environment of everything in it, where the configuration binds it to one.
    pub environment: Option<String>,
    /// The region of everything in it.
    pub region: Option<String>,
    /// What it is asked for, and how often.
    pub feeds: Vec<FeedSpec>,
}

/// One feed of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedSpec {
    /// The feed's name.
    pub name: FeedName,
    /// How often it is asked for.
    pub interval: Span,
}
