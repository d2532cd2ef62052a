//! How an item is found out: by a person, or by one of these checks.

use std::{collections::BTreeMap, path::PathBuf};

use serde::{Deserialize, Serialize};
use url::Url;

use super::predicate::Predicate;
use crate::domain::{object::SourceName, time::Span};

/// How an item is found out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Check {
    /// Somebody looks and ticks.
    Manual {
        /// Whether the tick must carry a signature.
        signed: bool,
    },
    /// A query of Prometheus gives one number, or one for each series; all must fit. No series is unknown.
    Promql {
        /// The source; the release's own when left out.
        source: Option<SourceName>,
        /// The query.
        query: String,
        /// What each number must be.
        must: Predicate,
    },
    /// A request answers.
    Http {
        /// Where.
        url: Url,
        /// The status that is right. 200 unless said otherwise.
        status: u16,
        /// A field of the JSON answer (RFC 6901 pointer), and what it must be.
        field: Option<(String, Predicate)>,
        /// How long the answer may take.
        within: Option<Span>,
    },
    /// A field of a Kubernetes object.
    Kubernetes {
        /// The source; every cluster of the release's environment when left out.
        source: Option<SourceName>,
        /// `Deployment`, `Rollout`, or `apiVersion/Kind`.
        kind: String,
        /// Its namespace.
        namespace: Option<String>,
        /// Its name.
        name: String,
        /// RFC 6901 pointer.
        field: String,
        /// What it must be.
        must: Predicate,
    },
    /// The certificate that a server shows stays valid.
    Certificate {
        /// Host.
        host: String,
        /// Port. 443 unless said otherwise.
        port: u16,
        /// For at least this long.
        left: Span,
        /// PEM of the only authorities that may vouch for it, beside the catalog when relative; the system's when left out.
        ca: Option<PathBuf>,
    },
    /// A `JUnit` report without failures and errors.
    Junit {
        /// Where it lies.
        report: Location,
        /// The fewest tests that it must have: an empty report proves nothing. 1 unless said otherwise.
        at_least: u32,
    },
    /// A SARIF report without findings above a level.
    Sarif {
        /// Where it lies.
        report: Location,
        /// The worst level that is let pass: `none`, `note`, `warning`.
        worst: String,
    },
    /// A value of a JSON document.
    Json {
        /// Where it lies.
        document: Location,
        /// RFC 6901 pointer.
        field: String,
        /// What it must be.
        must: Predicate,
    },
    /// No alert fires that has these labels.
    Alerts {
        /// Labels and their values; the release's own are added.
        labels: BTreeMap<String, String>,
    },
    /// Rules exist in Prometheus, and the service's targets are up.
    Rules {
        /// The source; the release's own when left out.
        source: Option<SourceName>,
        /// Names of alerts that must exist.
        alerts: Vec<String>,
        /// Names of recorded series that must exist.
        records: Vec<String>,
        /// Whether at least one target of the release's services must be there, and all up.
        targets: bool,
    },
    /// A program says so. Its arguments, without a shell.
    Command {
        /// Program and arguments.
        argv: Vec<String>,
        /// The exit code that is right. 0 unless said otherwise.
        exit: i32,
        /// A field of the JSON that it writes, and what it must be.
        field: Option<(String, Predicate)>,
    },
    /// The artifact is the same in another environment.
    Artifact {
        /// The other environment.
        same_as: String,
    },
    /// A runbook was rehearsed lately.
    Rehearsal {
        /// Its name.
        runbook: String,
        /// How long ago at most.
        within: Span,
    },
}

/// Where a document lies.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Location {
    /// In a file, beside the catalog when it is relative.
    File(PathBuf),
    /// On a server.
    Url(Url),
}

impl Check {
    /// The word for people.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Manual { signed: false } => "manual",
            Self::Manual { signed: true } => "signed",
            Self::Promql { .. } => "promql",
            Self::Http { .. } => "http",
            Self::Kubernetes { .. } => "kubernetes",
            Self::Certificate { .. } => "certificate",
            Self::Junit { .. } => "junit",
            Self::Sarif { .. } => "sarif",
            Self::Json { .. } => "json",
            Self::Alerts { .. } => "alerts",
            Self::Rules { .. } => "rules",
            Self::Command { .. } => "command",
            Self::Artifact { .. } => "artifact",
            Self::Rehearsal { .. } => "rehearsal",
        }
    }

    /// Whether somebody is asked or looks: a person is not, and rehearsals are in the record.
    #[must_use]
    pub const fn is_looked_at(&self) -> bool {
        !matches!(self, Self::Manual { .. } | Self::Rehearsal { .. })
    }

    /// Whether only a person can tell.
    #[must_use]
    pub const fn is_manual(&self) -> bool {
        matches!(self, Self::Manual { .. })
    }
}
