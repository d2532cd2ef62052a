//! What a connection remembers between polls, because asking each time would cost more than it tells.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::query::bucket::Boundaries;
use crate::domain::{
    canary::facts::Look,
    labels::Labels,
    time::{Span, Timestamp},
};

/// How long things are believed that change with the code or the configuration of a service: boundaries, scrape intervals.
const KEPT: Span = Span::from_mins(15);

/// What a connection remembers. Forgetting any of it costs a request and nothing else.
#[derive(Debug, Default)]
pub struct Memory {
    boundaries: Mutex<BTreeMap<String, (Timestamp, Boundaries)>>,
    beginnings: Mutex<BTreeMap<String, BTreeMap<Labels, Timestamp>>>,
    scrape_intervals: Mutex<BTreeMap<String, (Timestamp, Span)>>,
    charts: Mutex<BTreeMap<String, Drawn>>,
    past: Mutex<BTreeMap<String, (Timestamp, Vec<Look>)>>,
}

/// The points of a chart that were asked for before.
#[derive(Clone, Debug, Default)]
pub struct Drawn {
    /// The time of the first point, in seconds since 1970.
    pub start: i64,
    /// The time of the last one.
    pub end: i64,
    /// When they were asked for.
    pub at: Timestamp,
    /// Values by labels and time.
    pub rows: BTreeMap<Labels, BTreeMap<i64, f64>>,
}

impl Memory {
    /// The boundaries of the histogram that `selector` selects, if they were asked for lately.
    #[must_use]
    pub fn boundaries(&self, selector: &str, now: Timestamp) -> Option<Boundaries> {
        let known = held(&self.boundaries);
        let (at, boundaries) = known.get(selector)?;
        (Span::between(*at, now) < KEPT).then(|| boundaries.clone())
    }

    /// Takes the boundaries of histograms as of `now`, and forgets those that are too old.
    pub fn keep_boundaries(&self, found: impl IntoIterator<Item = (String, Boundaries)>, now: Timestamp) {
        let mut known = held(&self.boundaries);
        known.retain(|_, (at, _)| Span::between(*at, now) < KEPT);
        known.extend(found.into_iter().map(|(selector, boundaries)| (selector, (now, boundaries))));
    }
}

impl Memory {
    /// When the young label sets of a question began, as far as that is known.
    #[must_use]
    pub fn beginnings(&self, question: &str) -> BTreeMap<Labels, Timestamp> {
        held(&self.beginnings).get(question).cloned().unwrap_or_default()
    }

    /// Takes when the young label sets of a question began. Those that are not named any more are forgotten: they grew old or
    /// ended, and would begin anew.
    pub fn keep_beginnings(&self, question: String, known: BTreeMap<Labels, Timestamp>) {
        held(&self.beginnings).insert(question, known);
    }
}

impl Memory {
    /// How often series are sampled, if that was asked lately.
    #[must_use]
    pub fn scrape_interval(&self, question: &str, now: Timestamp) -> Option<Span> {
        let known = held(&self.scrape_intervals);
        known.get(question).filter(|(at, _)| Span::between(*at, now) < KEPT).map(|(_, interval)| *interval)
    }

    /// Takes how often series are sampled.
    pub fn keep_scrape_interval(&self, question: String, interval: Span, now: Timestamp) {
        let mut known = held(&self.scrape_intervals);
        known.retain(|_, (at, _)| Span::between(*at, now) < KEPT);
        known.insert(question, (now, interval));
    }

    /// The points of a chart that are known.
    #[must_use]
    pub fn chart(&self, key: &str) -> Option<Drawn> {
        held(&self.charts).get(key).cloned()
    }

    /// Takes the points of a chart.
    pub fn keep_chart(&self, key: String, drawn: Drawn) {
        held(&self.charts).insert(key, drawn);
    }

    /// Forgets charts that nobody looked at lately.
    pub fn forget_charts(&self, now: Timestamp) {
        held(&self.charts).retain(|_, drawn| Span::between(drawn.at, now) < KEPT);
    }
}

impl Memory {
    /// What was counted at times that are over, if this very question was asked before and is still of use.
    #[must_use]
    pub fn past(&self, question: &str, now: Timestamp) -> Option<Vec<Look>> {
        let mut known = held(&self.past);
        let (used, looks) = known.get_mut(question)?;
        *used = now;
        Some(looks.clone())
    }

    /// Takes what was counted at times that are over, and forgets what nobody asked for lately.
    pub fn keep_past(&self, question: String, looks: Vec<Look>, now: Timestamp) {
        let mut known = held(&self.past);
        known.retain(|_, (used, _)| Span::between(*used, now) < KEPT);
        known.insert(question, (now, looks));
    }
}

/// A poll that panicked leaves nothing half done here, so a poisoned lock is taken all the same.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
