//! Readings of a made-up service.

use std::sync::Arc;

use warroom::domain::{
    slo::{
        definition::{Binding, Indicator, Objective, Origin, Period, Slo},
        evidence::{Evidence, Question},
        judge::judge,
        reading::{Amount, FirstSeen, Reading, RecordedBudget},
        status::{SloKey, SloStatus},
    },
    time::{Span, Timestamp},
};

/// One service, one SLO, and what is said about it.
#[derive(Clone, Debug)]
pub(super) struct Story {
    pub(super) slo: Slo,
    pub(super) version: Option<String>,
    pub(super) now: Timestamp,
    pub(super) readings: Vec<Reading>,
    pub(super) first_seen: Option<FirstSeen>,
    pub(super) recorded: Option<RecordedBudget>,
    pub(super) release_started: Option<Timestamp>,
}

pub(super) fn now() -> Timestamp {
    "2026-11-20T14:32:07Z".parse().unwrap()
}

pub(super) fn span(text: &str) -> Span {
    text.parse().unwrap()
}

impl Story {
    pub(super) fn new(percent: f64, origin: Origin) -> Self {
        let slo = Slo {
            id: "checkout/availability".to_owned(),
            name: "availability".to_owned(),
            origin,
            binding: Binding::Service("checkout".to_owned()),
            objective: Objective::new(percent).unwrap(),
            period: Period::Rolling(span("30d")),
            indicator: Indicator::Recorded,
            source: None,
        };
        Self {
            slo,
            version: None,
            now: now(),
            readings: Vec::new(),
            first_seen: None,
            recorded: None,
            release_started: None,
        }
    }

    /// A definition of one's own, with the budget from counts.
    pub(super) fn own(percent: f64) -> Self {
        Self::new(percent, Origin::File("services/checkout.toml".to_owned()))
    }

    pub(super) fn says(mut self, window: &str, amount: Amount) -> Self {
        self.readings.push(Reading {
            slo: self.slo.id.clone(),
            labels: [].into(),
            version: self.version.clone(),
            window: span(window),
            amount,
            at: self.now,
            query: Arc::from(format!("query over {window}")),
        });
        self
    }

    pub(super) fn counts(self, window: &str, bad: f64, total: f64) -> Self {
        self.says(window, Amount::Counts { bad, total })
    }

    /// The same error ratio in all windows, at one event a second.
    pub(super) fn everywhere(self, ratio: f64) -> Self {
        ["5m", "30m", "1h", "2h", "6h", "1d", "3d", "30d"].into_iter().fold(self, |story, window| {
            let total = span(window).secs();
            story.counts(window, ratio * total, total)
        })
    }

    /// All readings are taken out that do not satisfy `keep`.
    pub(super) fn without(mut self, window: &str) -> Self {
        self.readings.retain(|reading| reading.window != span(window));
        self
    }

    pub(super) fn first_seen(mut self, ago: &str) -> Self {
        self.first_seen = Some(FirstSeen {
            slo: self.slo.id.clone(),
            labels: [].into(),
            version: None,
            at: self.now - span(ago).delta(),
            looked_back: span("60d"),
        });
        self
    }

    pub(super) fn recorded(mut self, remaining: Option<f64>, time_weighted: bool) -> Self {
        self.recorded = Some(RecordedBudget {
            slo: self.slo.id.clone(),
            labels: [].into(),
            remaining,
            time_weighted,
            at: self.now,
            query: Arc::from("slo:period_error_budget_remaining:ratio"),
        });
        self
    }

    pub(super) fn judged(&self) -> SloStatus {
        self.judged_with(&[])
    }

    pub(super) fn judged_with(&self, questions: &[Question<'_>]) -> SloStatus {
        let readings: Vec<&Reading> = self.readings.iter().collect();
        judge(&Evidence {
            slo: &self.slo,
            key: SloKey {
                service: "checkout".to_owned(),
                environment: "prod".to_owned(),
                slo: "availability".to_owned(),
                source: "prom-eu".into(),
                version: self.version.clone(),
            },
            readings: &readings,
            questions,
            first_seen: self.first_seen.as_ref(),
            recorded: self.recorded.as_ref(),
            recorded_question: None,
            now: self.now,
            release_started: self.release_started,
        })
    }
}

/// A question that was answered in time.
pub(super) fn question(window: &str) -> Question<'static> {
    Question { window: span(window), query: None, allowed_age: span("1h"), error: None, partial: None, notes: &[] }
}
