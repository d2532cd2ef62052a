//! What one round of questions says about each source, for people and programs.

use serde::Serialize;

use crate::{
    domain::{
        facts::{Delivery, Facts},
        source::{Gap, SourceError},
        time::Span,
    },
    sources::schedule::Round,
};

/// How a source or a feed answered. Ordered from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Whole.
    Ok,
    /// With gaps.
    Partial,
    /// Nobody asked it anything: it is not known.
    Unknown,
    /// Not at all.
    Failed,
}

impl State {
    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Partial => "partial",
            Self::Unknown => "unknown",
            Self::Failed => "failed",
        }
    }
}

/// A source after one round.
#[derive(Clone, Debug, Serialize)]
pub struct Checked {
    /// Its name.
    pub name: String,
    /// The kind of its connector.
    pub kind: String,
    /// Where it connects to.
    pub endpoint: String,
    /// The environment that it is bound to.
    pub environment: Option<String>,
    /// The worst of its feeds.
    pub state: State,
    /// The server's clock minus ours, in milliseconds.
    pub skew_ms: Option<i64>,
    /// Its feeds.
    pub feeds: Vec<CheckedFeed>,
}

/// A feed after one round.
#[derive(Clone, Debug, Serialize)]
pub struct CheckedFeed {
    /// Its name.
    pub name: String,
    /// How it answered.
    pub state: State,
    /// How long the answer took.
    pub latency_ms: u64,
    /// How many objects, alerts, readings or series came; nothing when it failed.
    pub facts: Option<usize>,
    /// Requests that it took.
    pub requests: Option<u32>,
    /// Bytes of their bodies.
    pub bytes: Option<u64>,
    /// What the answer could not say.
    pub gaps: Vec<Gap>,
    /// What went wrong.
    pub error: Option<SourceError>,
}

/// What `round` says about each source, in the order of the configuration.
#[must_use]
pub fn of_round(round: &Round) -> Vec<Checked> {
    round
        .sources
        .iter()
        .map(|spec| {
            let deliveries = || round.deliveries.iter().filter(|delivery| delivery.source == spec.name);
            let feeds: Vec<CheckedFeed> = deliveries().map(of_feed).collect();
            Checked {
                name: spec.name.to_string(),
                kind: spec.kind.clone(),
                endpoint: spec.endpoint.clone(),
                environment: spec.environment.clone(),
                state: feeds.iter().map(|feed| feed.state).max().unwrap_or(State::Unknown),
                skew_ms: deliveries().find_map(|delivery| delivery.outcome.as_ref().ok()?.skew_millis),
                feeds,
            }
        })
        .collect()
}

fn of_feed(delivery: &Delivery) -> CheckedFeed {
    let answer = delivery.outcome.as_ref().ok();
    let error = delivery.outcome.as_ref().err();
    CheckedFeed {
        name: delivery.feed.clone(),
        state: match answer {
            None => State::Failed,
            Some(answer) if answer.gaps.is_empty() => State::Ok,
            Some(_) => State::Partial,
        },
        latency_ms: Span::between(delivery.asked, delivery.received).millis(),
        facts: answer.map(|answer| count(&answer.facts)),
        requests: answer.map(|answer| answer.requests),
        bytes: answer.map(|answer| answer.bytes),
        gaps: answer.map_or_else(Vec::new, |answer| answer.gaps.clone()),
        error: error.cloned(),
    }
}

fn count(facts: &Facts) -> usize {
    match facts {
        Facts::Workloads(list) => list.len(),
        Facts::Markers(list) => list.len(),
        Facts::Alerts(list) => list.len(),
        Facts::Silences(list) => list.len(),
        Facts::Slo(slo) => slo.readings.len(),
        Facts::Canary(canary) => canary.looks.iter().map(|look| look.readings.len()).sum(),
        Facts::Queries(list) => list.len(),
        Facts::Business(business) => business.slots.iter().map(|look| look.readings.len()).sum(),
        Facts::Gauges(gauges) => gauges.series.iter().map(|series| series.values.len()).sum(),
        Facts::Deploys(deploys) => deploys.after.iter().map(|look| look.readings.len()).sum(),
        Facts::Charts(list) => list.len(),
    }
}
