//! Everything that a judgement about one SLO of one service rests on.

use std::{cmp::Ordering, sync::Arc};

use super::{
    definition::{Slo, Window},
    reading::{Amount, FirstSeen, Reading, RecordedBudget},
    state::measure,
    status::SloKey,
};
use crate::domain::{
    source::SourceError,
    time::{Span, Timestamp},
};

/// What is known about one SLO of one service, environment and, where split, version.
#[derive(Clone, Debug)]
pub struct Evidence<'a> {
    /// The definition.
    pub slo: &'a Slo,
    /// Of what. With a version, only the windows that were asked or answered are judged, and there is no budget.
    pub key: SloKey,
    /// Readings of this very label set, in any order.
    pub readings: &'a [&'a Reading],
    /// What was asked, one for each window, also where nothing came back.
    pub questions: &'a [Question<'a>],
    /// When its series began. For a version the time of its deploy will do; for a service its own first sample, never a deploy.
    pub first_seen: Option<&'a FirstSeen>,
    /// A budget that another program recorded.
    pub recorded: Option<&'a RecordedBudget>,
    /// The question that brings the recorded budget.
    pub recorded_question: Option<Question<'a>>,
    /// Now, by the clock of the server that was asked.
    pub now: Timestamp,
    /// When the release in flight began.
    pub release_started: Option<Timestamp>,
}

/// A question and what became of it.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// Over which window.
    pub window: Window,
    /// The whole query; `None` before the first answer.
    pub query: Option<&'a Arc<str>>,
    /// A sample older than this is stale: four times the feed's interval.
    pub allowed_age: Span,
    /// Why the last attempts failed.
    pub error: Option<&'a SourceError>,
    /// What the answer could not say.
    pub partial: Option<&'a str>,
    /// What a reader should know about the question.
    pub notes: &'a [String],
}

impl<'a> Evidence<'a> {
    /// The newest reading of a window; of two at the same time the worse one.
    #[must_use]
    pub fn reading(&self, window: Window) -> Option<&'a Reading> {
        self.newest(|reading| reading.window == window)
    }

    /// The newest of the readings that `wanted` names; of two at the same time the worse one, so that their order does not matter.
    pub(super) fn newest(&self, wanted: impl Fn(&Reading) -> bool) -> Option<&'a Reading> {
        self.readings.iter().copied().filter(|reading| wanted(reading)).max_by(|a, b| newer_or_worse(a, b))
    }

    /// The question about a window.
    #[must_use]
    pub fn question(&self, window: Window) -> Option<&Question<'a>> {
        self.questions.iter().find(|question| question.window == window)
    }
}

fn newer_or_worse(a: &Reading, b: &Reading) -> Ordering {
    let (bad, other) = (badness(a.amount), badness(b.amount));
    let by_amount = bad.iter().zip(&other).map(|(a, b)| a.total_cmp(b)).find(|order| order.is_ne());
    a.at.cmp(&b.at).then(by_amount.unwrap_or(Ordering::Equal))
}

/// Only to put readings of the same time in order: what cannot be measured is worse than any ratio, and the rest decides ties.
fn badness(amount: Amount) -> [f64; 4] {
    let ratio = measure(amount).map_or(f64::INFINITY, |measured| measured.ratio);
    match amount {
        Amount::Ratio(value) => [ratio, 0.0, value, 0.0],
        Amount::Counts { bad, total } => [ratio, 1.0, bad, total],
        Amount::NotANumber => [ratio, 2.0, 0.0, 0.0],
        Amount::Infinite => [ratio, 3.0, 0.0, 0.0],
    }
}
