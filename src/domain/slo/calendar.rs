//! Where a unit of the calendar begins and ends: midnights of a zone, so months and days differ in length.

use chrono::{Datelike, Days, Months, NaiveDate, NaiveTime};
use chrono_tz::Tz;

use super::definition::CalendarUnit;
use crate::domain::{
    calendar::recurrence::instant,
    time::{Span, Timestamp},
};

/// From `start`, until `end`, exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The first instant.
    pub start: Timestamp,
    /// The first instant of the next unit.
    pub end: Timestamp,
}

impl Bounds {
    /// The length of this very unit: 28 to 31 days for a month, 23 to 25 hours for a day.
    #[must_use]
    pub fn length(self) -> Span {
        Span::between(self.start, self.end)
    }
}

/// The unit that `now` lies in.
#[must_use]
pub fn bounds(unit: CalendarUnit, zone: Tz, now: Timestamp) -> Bounds {
    let first = first_day(unit, now.with_timezone(&zone).date_naive());
    let next = match unit {
        CalendarUnit::Day => first.checked_add_days(Days::new(1)),
        CalendarUnit::Week => first.checked_add_days(Days::new(7)),
        CalendarUnit::Month => first.checked_add_months(Months::new(1)),
        CalendarUnit::Quarter => first.checked_add_months(Months::new(3)),
        CalendarUnit::Year => first.checked_add_months(Months::new(12)),
    };
    Bounds { start: midnight(first, zone), end: next.map_or(now, |next| midnight(next, zone)) }
}

/// The first day of the unit that has `day` in it.
fn first_day(unit: CalendarUnit, day: NaiveDate) -> NaiveDate {
    let month = match unit {
        CalendarUnit::Day => return day,
        CalendarUnit::Week => return day.week(chrono::Weekday::Mon).checked_first_day().unwrap_or(day),
        CalendarUnit::Month => day.month(),
        CalendarUnit::Quarter => (day.month0() / 3) * 3 + 1,
        CalendarUnit::Year => 1,
    };
    NaiveDate::from_ymd_opt(day.year(), month, 1).unwrap_or(day)
}

/// The first instant of a day in a zone. Where clocks jump over midnight that is later than 00:00, and where midnight comes
/// twice it is the first one.
fn midnight(day: NaiveDate, zone: Tz) -> Timestamp {
    instant(day.and_time(NaiveTime::MIN), zone, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(unit: CalendarUnit, zone: Tz, now: &str) -> (String, String, String) {
        let bounds = bounds(unit, zone, now.parse().expect(now));
        (bounds.start.to_rfc3339(), bounds.end.to_rfc3339(), bounds.length().to_string())
    }

    #[test]
    fn a_month_has_the_length_that_its_days_and_clock_changes_give_it() {
        let berlin = Tz::Europe__Berlin;
        for (now, length) in [
            ("2026-02-15T12:00:00Z", "28d"),
            ("2028-02-15T12:00:00Z", "29d"),
            ("2026-03-15T12:00:00Z", "30d23h"),
            ("2026-10-15T12:00:00Z", "31d1h"),
            ("2026-12-15T12:00:00Z", "31d"),
        ] {
            assert_eq!(around(CalendarUnit::Month, berlin, now).2, length, "{now}");
        }
    }

    #[test]
    fn the_zone_decides_to_which_month_an_instant_belongs() {
        let start = |zone| around(CalendarUnit::Month, zone, "2026-10-31T23:30:00Z").0;
        assert_eq!(start(Tz::UTC), "2026-10-01T00:00:00+00:00");
        assert_eq!(start(Tz::Europe__Berlin), "2026-10-31T23:00:00+00:00");
    }

    #[test]
    fn a_day_without_midnight_begins_when_its_clock_does() {
        // Beirut: 00:00 to 01:00 did not exist on 2022-03-27.
        let (start, end, length) = around(CalendarUnit::Day, Tz::Asia__Beirut, "2022-03-27T10:00:00Z");
        assert_eq!((start.as_str(), end.as_str()), ("2022-03-26T22:00:00+00:00", "2022-03-27T21:00:00+00:00"));
        assert_eq!(length, "23h");
    }

    #[test]
    fn a_day_that_a_zone_left_out_begins_with_the_next() {
        // Samoa went from 2011-12-29 straight to 2011-12-31.
        let skipped = NaiveDate::from_ymd_opt(2011, 12, 30).expect("a day");
        assert_eq!(midnight(skipped, Tz::Pacific__Apia).to_rfc3339(), "2011-12-30T10:00:00+00:00");
    }

    #[test]
    fn a_day_whose_midnight_comes_twice_begins_with_the_first() {
        // Havana goes back from 01:00 to 00:00 on 2026-11-01.
        let (start, _, length) = around(CalendarUnit::Day, Tz::America__Havana, "2026-11-01T12:00:00Z");
        assert_eq!((start.as_str(), length.as_str()), ("2026-11-01T04:00:00+00:00", "1d1h"));
    }

    #[test]
    fn weeks_begin_on_monday_and_quarters_in_january_april_july_october() {
        let now = "2026-11-21T12:00:00Z";
        assert_eq!(around(CalendarUnit::Week, Tz::UTC, now).0, "2026-11-16T00:00:00+00:00");
        assert_eq!(around(CalendarUnit::Quarter, Tz::UTC, now).0, "2026-10-01T00:00:00+00:00");
        assert_eq!(around(CalendarUnit::Year, Tz::UTC, now).2, "365d");
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        for now in [Timestamp::MIN_UTC, Timestamp::MAX_UTC] {
            for unit in [CalendarUnit::Day, CalendarUnit::Week, CalendarUnit::Year] {
                let _ = bounds(unit, Tz::UTC, now);
            }
        }
    }
}
