//! What a poll brings: normalised readings of an outside system.

use serde::{Deserialize, Serialize};

use super::{
    alert::{Alert, Silence},
    canary::facts::{BusinessFacts, CanaryFacts, DeployFacts, GaugeFacts},
    chart::Series,
    feed::FeedName,
    marker::Marker,
    object::SourceName,
    slo::reading::SloFacts,
    source::{Gap, SourceError},
    time::Timestamp,
    trigger::query::Answered,
    workload::Workload,
};

/// The facts of one feed. Each answer is the whole truth of that feed: what is not in it is not there any more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Facts {
    /// Objects of a deployment system.
    Workloads(Vec<Workload>),
    /// Deployment events that the system itself remembers.
    Markers(Vec<Marker>),
    /// Alerts, firing or suppressed.
    Alerts(Vec<Alert>),
    /// Silences, active, pending and lately expired.
    Silences(Vec<Silence>),
    /// Service level indicators over windows.
    Slo(SloFacts),
    /// Counts of versions that run side by side.
    Canary(CanaryFacts),
    /// What was said to the queries of triggers.
    Queries(Vec<Answered>),
    /// Counts after deploys and before them.
    Deploys(DeployFacts),
    /// Events that a business lives on.
    Business(BusinessFacts),
    /// Values of gauges of versions that run side by side.
    Gauges(GaugeFacts),
    /// Series for charts.
    Charts(Vec<Series>),
}

/// A good answer, with what is known about the answer itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// What was said.
    pub facts: Facts,
    /// The time of the newest sample, by the server's clock.
    pub newest: Option<Timestamp>,
    /// The server's clock minus ours, in milliseconds, from its `Date` header (resolution one second).
    pub skew_millis: Option<i64>,
    /// What the answer could not say.
    pub gaps: Vec<Gap>,
    /// Requests it took.
    pub requests: u32,
    /// Bytes of all bodies, as received after decompression.
    pub bytes: u64,
}

impl Answer {
    /// An answer of which nothing but its facts is known.
    #[must_use]
    pub const fn of(facts: Facts) -> Self {
        Self { facts, newest: None, skew_millis: None, gaps: Vec::new(), requests: 0, bytes: 0 }
    }
}

/// The result of asking one feed of one source once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Delivery {
    /// Who was asked.
    pub source: SourceName,
    /// What for.
    pub feed: FeedName,
    /// When the question left.
    pub asked: Timestamp,
    /// When the answer or the failure was complete.
    pub received: Timestamp,
    /// When it will be asked again.
    pub next: Timestamp,
    /// The answer or what went wrong.
    pub outcome: Result<Answer, SourceError>,
}
