//! A value together with how old it is and what went wrong since: nothing from outside is stored bare.

use serde::{Deserialize, Serialize};

use super::{
    source::SourceError,
    time::{Span, Timestamp},
};

/// The name of one stream of facts of a source, such as `rollouts` or `slo 1h`.
pub type FeedName = String;

/// The last good value of something that is polled, and what has failed since.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Feed<T> {
    /// How often it is asked for.
    pub interval: Span,
    /// The last good answer.
    pub good: Option<Good<T>>,
    /// What has failed since the last good answer.
    pub failure: Option<Failure>,
}

/// A good answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Good<T> {
    /// What was said.
    pub value: T,
    /// When the answer was complete here.
    pub received: Timestamp,
    /// The time of the newest sample in it, corrected for clock skew; `received` where the answer carries no time.
    pub newest: Timestamp,
}

/// What has failed since the last good answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// When the first of the failures happened.
    pub since: Timestamp,
    /// How many in a row.
    pub count: u32,
    /// The newest error.
    pub error: SourceError,
}

/// How much a value may be trusted for its age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    /// At most two intervals old.
    Fresh,
    /// At most four intervals old: the age is shown.
    Ageing,
    /// Older: counts as unknown.
    Stale,
    /// There has been no good answer yet.
    Never,
}

impl<T> Feed<T> {
    /// A feed that has not answered yet.
    #[must_use]
    pub const fn new(interval: Span) -> Self {
        Self { interval, good: None, failure: None }
    }

    /// Takes a good answer; failures before it are over.
    pub fn succeed(&mut self, value: T, received: Timestamp, newest: Timestamp) {
        self.good = Some(Good { value, received, newest });
        self.failure = None;
    }

    /// Takes a failure. The last good value stays.
    pub fn fail(&mut self, error: SourceError, at: Timestamp) {
        self.failure = Some(match self.failure.take() {
            Some(before) => Failure { since: before.since, count: before.count.saturating_add(1), error },
            None => Failure { since: at, count: 1, error },
        });
    }

    /// How old the newest sample is: data time, not the time of drawing.
    #[must_use]
    pub fn age(&self, now: Timestamp) -> Option<Span> {
        self.good.as_ref().map(|good| Span::between(good.newest, now))
    }

    /// Fresh up to two intervals, ageing up to four, stale beyond. A failed poll alone does not age a value.
    #[must_use]
    pub fn freshness(&self, now: Timestamp) -> Freshness {
        match self.age(now) {
            None => Freshness::Never,
            Some(age) if age <= self.interval.times(2) => Freshness::Fresh,
            Some(age) if age <= self.interval.times(4) => Freshness::Ageing,
            Some(_) => Freshness::Stale,
        }
    }

    /// The value, if there has ever been one.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        self.good.as_ref().map(|good| &good.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::source::ErrorKind;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_timestamp(1_700_000_000 + secs, 0).expect("in range")
    }

    #[test]
    fn a_failed_poll_keeps_the_value_and_its_age() {
        let mut feed = Feed::new(Span::from_secs(5));
        assert_eq!(feed.freshness(at(0)), Freshness::Never);
        feed.succeed(7, at(1), at(0));
        feed.fail(SourceError::new(ErrorKind::Timeout, "no answer in 5s"), at(6));
        feed.fail(SourceError::new(ErrorKind::Timeout, "no answer in 5s"), at(11));
        assert_eq!(feed.value(), Some(&7));
        assert_eq!(feed.failure.as_ref().map(|f| (f.since, f.count)), Some((at(6), 2)));
        assert_eq!(feed.freshness(at(10)), Freshness::Fresh);
        assert_eq!(feed.freshness(at(11)), Freshness::Ageing);
        assert_eq!(feed.freshness(at(21)), Freshness::Stale);
        feed.succeed(8, at(22), at(22));
        assert_eq!(feed.failure, None);
    }
}
