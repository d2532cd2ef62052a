//! How much of a window a series has lived through.
//!
//! Prometheus gives the ratio of the part of a window that has samples, so a service of ten seconds with two errors can fire a page
//! over an hour. The uncovered part counts as good, which gives the detection times of the textbook.

use super::{definition::Window, reading::FirstSeen};
use crate::domain::time::{Span, Timestamp};

/// A first sample within this share of how far back was looked lies at the edge of what was looked at: the series may be older.
const EDGE: u64 = 20;

/// The covered share of a window that ends at `at`, 0 to 1: (at - first seen) / window.
///
/// It is 1 where the first sample is not known, and where it lies at the edge of what was looked at: then the series may be older,
/// and counting unseen time as good could hide an alarm.
#[must_use]
pub fn coverage(window: Window, at: Timestamp, first_seen: Option<&FirstSeen>) -> f64 {
    let Some(first) = first_seen else { return 1.0 };
    let age = Span::between(first.at, at);
    let looked = first.looked_back;
    let at_the_edge = looked > Span::ZERO && age.millis() >= looked.millis() - looked.divided(EDGE).millis();
    if at_the_edge || age >= window { 1.0 } else { age.secs() / window.secs() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(age: u64, looked_back: Span) -> (Timestamp, FirstSeen) {
        let now = Timestamp::from_timestamp(1_800_000_000, 0).expect("in range");
        let at = now - Span::from_secs(age).delta();
        (now, FirstSeen { slo: "s".to_owned(), labels: [].into(), version: None, at, looked_back })
    }

    #[test]
    fn a_young_series_covers_its_age_over_the_window() {
        let (now, first) = seen(432, Span::from_days(3));
        assert!((coverage(Span::from_hours(1), now, Some(&first)) - 0.12).abs() < 1e-12);
        assert!((coverage(Span::from_mins(5), now, Some(&first)) - 1.0).abs() < 1e-12);
        assert!((coverage(Span::from_hours(1), now, None) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_series_as_old_as_was_looked_back_may_be_older() {
        let (now, first) = seen(3 * 86_400 - 60, Span::from_days(3));
        assert!((coverage(Span::from_days(30), now, Some(&first)) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn a_first_sample_after_the_reading_covers_nothing() {
        let (now, first) = seen(0, Span::from_days(3));
        assert!(coverage(Span::from_hours(1), now - Span::from_hours(1).delta(), Some(&first)).abs() < 1e-12);
        assert!((coverage(Span::ZERO, now, Some(&first)) - 1.0).abs() < 1e-12);
    }
}
