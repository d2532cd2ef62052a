//! Whose counts a reading holds, and whether they say something about now.

use regex::Regex;

use super::services::Index;
use crate::domain::{
    canary::counts::Counts,
    feed::Freshness,
    labels::Labels,
    room::{FeedState, SourceState},
    slo::{
        definition::{Binding, Indicator, Slo, SloId},
        reading::{DataState, Reading},
        state::measure,
    },
    time::{Span, Timestamp},
};

/// Metrics are often sampled once a minute: a sample is not stale before two of those and a little for the way.
const SLOWLY_SAMPLED: Span = Span::from_secs(150);

/// A service in an environment, seen by one source.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) services: &'a Index<'a>,
    pub(super) source: &'a SourceState,
    pub(super) service: &'a str,
    pub(super) environment: &'a str,
}

impl Place<'_> {
    /// Whether the source may hold its series.
    pub(super) fn may_be_here(self) -> bool {
        let bound = self.source.spec.environment.as_deref();
        self.source.spec.kind == "prometheus" && bound.is_none_or(|bound| bound == self.environment)
    }

    /// Whether the source answers `slo`, and that counts events of the service.
    pub(super) fn measures(self, slo: &Slo) -> bool {
        let answers = slo.source.as_ref().is_none_or(|name| *name == self.source.spec.name);
        let counted =
            matches!(slo.indicator, Indicator::Bad { .. } | Indicator::Good { .. } | Indicator::Latency { .. });
        let ours = match &slo.binding {
            Binding::Service(name) => name == self.service,
            Binding::By { except, .. } => !except.iter().any(|pattern| {
                Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|pattern| pattern.is_match(self.service))
            }),
            Binding::Labels(_) => false,
        };
        answers && counted && ours
    }

    /// Whether `reading`, one of `slo`, is of the service.
    pub(super) fn owns(self, slo: &Slo, reading: &Reading) -> bool {
        self.owns_labels(slo, &reading.slo, &reading.labels)
    }

    /// Whether what carries these labels, and is of the SLO `of`, is of `slo` and the service.
    pub(super) fn owns_labels(self, slo: &Slo, of: &SloId, labels: &Labels) -> bool {
        if *of != slo.id {
            return false;
        }
        let environment = self.services.environment_or(labels, self.source.spec.environment.as_deref());
        let service = match &slo.binding {
            Binding::Service(name) => Some(name.as_str()),
            Binding::By { label, .. } => {
                self.services.declared(labels).or_else(|| labels.get(label).map(String::as_str))
            }
            Binding::Labels(_) => None,
        };
        service == Some(self.service) && environment.unwrap_or_default() == self.environment
    }

    /// Whether the feed still says something about now; in words why not.
    pub(super) fn fresh(self, feed: &FeedState, now: Timestamp) -> Result<(), String> {
        if feed.feed.freshness(now) < Freshness::Stale {
            return Ok(());
        }
        let why = feed.feed.failure.as_ref().map_or_else(String::new, |failure| format!(": {}", failure.error.what));
        Err(format!("the counts of {} are old{why}", self.source.spec.name))
    }
}

/// Whether the newest sample, of `at`, is of about `now`, where it is looked at each `every`. `of` is whose it is.
pub(super) fn recent(at: Timestamp, of: &str, every: Span, now: Timestamp) -> Result<(), String> {
    let age = Span::between(at, now);
    if age <= every.times(4).max(SLOWLY_SAMPLED) {
        return Ok(());
    }
    Err(format!("no new sample of {of} for {}", age.age()))
}

/// The counts of `reading`; `None` where it only knows a ratio. In words why there are none. `of` is whose they are.
pub(super) fn counts(reading: &Reading, of: &str) -> Result<Option<Counts>, String> {
    match measure(reading.amount) {
        Ok(measured) => Ok(measured.counts.and_then(|(bad, total)| Counts::measured(bad, total))),
        Err(DataState::NoTraffic) => Ok(Counts::measured(0.0, 0.0)),
        Err(state) => Err(format!("the counts of {of} are {}", state.word())),
    }
}
