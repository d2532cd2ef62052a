//! How many of how many.

use serde::{Deserialize, Serialize};

/// Bad events of all events of one version: failed requests, or slow ones. Never more bad than all.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "(u64, u64)", into = "(u64, u64)")]
pub struct Counts {
    bad: u64,
    total: u64,
}

/// More than this many events are refused: the exact test would take too long, and nothing is left to ask at such numbers.
const MOST: u64 = 1_000_000_000_000;

/// Counts that cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCounts {
    /// More bad events than events.
    #[error("{0} of {1}: more bad events than events")]
    MoreBadThanAll(u64, u64),
    /// Too many to be true.
    #[error("{0} events are more than the {MOST} that can be compared")]
    TooMany(u64),
}

impl Counts {
    /// `bad` of `total`.
    ///
    /// # Errors
    /// When there are more bad events than events, or more than 10^12.
    pub const fn new(bad: u64, total: u64) -> Result<Self, NotCounts> {
        if bad > total {
            Err(NotCounts::MoreBadThanAll(bad, total))
        } else if total > MOST {
            Err(NotCounts::TooMany(total))
        } else {
            Ok(Self { bad, total })
        }
    }

    /// From measured amounts, which `increase()` extrapolates: rounded to whole events, bad capped at all. `None` where they are no
    /// numbers of events.
    #[must_use]
    pub fn measured(bad: f64, total: f64) -> Option<Self> {
        let whole = |amount: f64| {
            let fits = amount.is_finite() && (-0.5..=MOST as f64).contains(&amount);
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 10^12")]
            let rounded = amount.round().max(0.0) as u64;
            fits.then_some(rounded)
        };
        let total = whole(total)?;
        Some(Self { bad: whole(bad)?.min(total), total })
    }

    /// Bad events.
    #[must_use]
    pub const fn bad(self) -> u64 {
        self.bad
    }

    /// All events.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.total
    }

    /// The bad share, 0 to 1; `None` without any event.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        (self.total > 0).then(|| self.bad as f64 / self.total as f64)
    }
}

impl TryFrom<(u64, u64)> for Counts {
    type Error = NotCounts;

    fn try_from((bad, total): (u64, u64)) -> Result<Self, NotCounts> {
        Self::new(bad, total)
    }
}

impl From<Counts> for (u64, u64) {
    fn from(counts: Counts) -> Self {
        (counts.bad, counts.total)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measured_amounts_are_rounded_and_never_more_bad_than_all() {
        let of = |bad, total| Counts::measured(bad, total).map(<(u64, u64)>::from);
        assert_eq!(of(3.4, 660.2), Some((3, 660)));
        assert_eq!(of(104.0, 100.0), Some((100, 100)));
        assert_eq!(of(-0.4, 100.0), Some((0, 100)));
        for (bad, total) in [(f64::NAN, 1.0), (1.0, f64::INFINITY), (-3.0, 10.0), (0.0, 1e15)] {
            assert_eq!(of(bad, total), None, "{bad} of {total}");
        }
    }

    #[test]
    fn counts_that_cannot_be_are_refused_in_words() {
        assert_eq!(Counts::new(3, 2).unwrap_err().to_string(), "3 of 2: more bad events than events");
        assert!(Counts::new(0, MOST + 1).is_err());
        assert_eq!(Counts::new(0, 0).expect("nothing is possible").share(), None);
    }
}
