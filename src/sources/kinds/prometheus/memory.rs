//! What a connection remembers between polls, because asking each time would cost more than it tells.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::query::bucket::Boundaries;
use crate::domain::time::{Span, Timestamp};

/// How long the boundaries of a histogram are believed: they change with the code of a service.
const BOUNDARIES_KEPT: Span = Span::from_mins(15);

/// What a connection remembers. Forgetting any of it costs a request and nothing else.
#[derive(Debug, Default)]
pub struct Memory {
    boundaries: Mutex<BTreeMap<String, (Timestamp, Boundaries)>>,
}

impl Memory {
    /// The boundaries of the histogram that `selector` selects, if they were asked for lately.
    #[must_use]
    pub fn boundaries(&self, selector: &str, now: Timestamp) -> Option<Boundaries> {
        let known = held(&self.boundaries);
        let (at, boundaries) = known.get(selector)?;
        (Span::between(*at, now) < BOUNDARIES_KEPT).then(|| boundaries.clone())
    }

    /// Takes the boundaries of histograms as of `now`, and forgets those that are too old.
    pub fn keep_boundaries(&self, found: impl IntoIterator<Item = (String, Boundaries)>, now: Timestamp) {
        let mut known = held(&self.boundaries);
        known.retain(|_, (at, _)| Span::between(*at, now) < BOUNDARIES_KEPT);
        known.extend(found.into_iter().map(|(selector, boundaries)| (selector, (now, boundaries))));
    }
}

/// A poll that panicked leaves nothing half done here, so a poisoned lock is taken all the same.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
