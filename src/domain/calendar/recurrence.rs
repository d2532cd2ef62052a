//! Local times that repeat, and what they are on the clock of the world.
//!
//! Rules are those of RFC 5545 (`RRULE`). They are followed on the clock of the wall: what begins at 22:00 begins at 22:00 in
//! summer and winter, and its end is as far behind on that clock.

use std::fmt;

use chrono::{NaiveDate, NaiveDateTime, Offset as _, TimeDelta, TimeZone as _, Utc};
use chrono_tz::Tz;
use rrule::{RRule, RRuleSet, Unvalidated};
use serde::{Deserialize, Serialize};

use super::{super::time::Timestamp, Kind};

/// How many times of one rule are looked at: more of them in a stretch of time is no calendar.
const MOST: u16 = 4_000;

/// Farther back than any change of the clock is long. A zone never changes its clock twice within it.
const BEFORE_GAP: TimeDelta = TimeDelta::hours(25);

/// One stretch of local time, and how it repeats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Times {
    /// What it is called, where that is not the entry's title.
    pub title: Option<String>,
    /// In which zone its times are.
    pub zone: Tz,
    /// The first beginning.
    pub from: NaiveDateTime,
    /// The end of the first, exclusive.
    pub until: NaiveDateTime,
    /// How it repeats; once when there is none.
    pub repeat: Option<Recurrence>,
    /// Local days on which it does not begin.
    pub except: Vec<NaiveDate>,
}

/// A rule of RFC 5545 that was read and understood: `FREQ=WEEKLY;BYDAY=FR`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Recurrence(String);

/// Why a rule is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotARule {
    /// It cannot be read, or makes no sense.
    #[error("not a recurrence rule: {0}")]
    Unreadable(String),
    /// It never happens, as 30 February.
    #[error("it never happens")]
    Never,
}

/// A rule that has too many times, or none that can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it has more than {MOST} times, or none that can be found")]
pub struct Endless;

impl Recurrence {
    /// Reads a rule for what begins at `from`. `UNTIL` is taken as local time, with or without a `Z`.
    ///
    /// # Errors
    /// When it is none, or never happens.
    pub fn new(rule: &str, from: NaiveDateTime) -> Result<Self, NotARule> {
        let read = Self(floating(rule.trim()));
        let first = read.set(from).map_err(NotARule::Unreadable)?.all(1);
        if first.dates.is_empty() { Err(NotARule::Never) } else { Ok(read) }
    }

    /// The rule's text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.0
    }

    /// The rule on the clock of the wall, told as if that were UTC.
    fn set(&self, from: NaiveDateTime) -> Result<RRuleSet, String> {
        let start = from.and_utc().with_timezone(&rrule::Tz::UTC);
        let rule: RRule<Unvalidated> = self.0.parse().map_err(|error: rrule::RRuleError| error.to_string())?;
        rule.build(start).map_err(|error| error.to_string())
    }
}

impl fmt::Display for Recurrence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// The rule with its `UNTIL` on the clock of the wall.
fn floating(rule: &str) -> String {
    let rule = rule.strip_prefix("RRULE:").unwrap_or(rule);
    let part = |part: &str| match part.split_once('=') {
        Some((key, value)) if key.eq_ignore_ascii_case("UNTIL") && !value.ends_with('Z') => {
            let time = if value.contains('T') { "" } else { "T235959" };
            format!("UNTIL={value}{time}Z")
        }
        _ => part.to_owned(),
    };
    rule.split(';').filter(|part| !part.is_empty()).map(part).collect::<Vec<_>>().join(";")
}

impl Times {
    /// Beginnings and ends, in their order, of those that last into the time from `from` to `until`, for an entry of `kind`.
    ///
    /// # Errors
    /// When there are too many, or none can be found: nobody knows when it is then.
    pub fn between(
        &self,
        kind: Kind,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(Timestamp, Timestamp)>, Endless> {
        let (length, zone) = (self.until - self.from, self.zone);
        let on_clock = |local: NaiveDateTime| {
            let narrow = kind == Kind::Window;
            // Of two readings of a time that the clock shows twice, the one that allows less.
            (instant(local, zone, narrow), instant(local + length, zone, !narrow))
        };
        let lasts_into = |(begin, end): &(Timestamp, Timestamp)| *begin < until && *end > from && begin < end;
        let beginnings = self.beginnings(from, until, length)?;
        let kept = beginnings.into_iter().filter(|local| !self.except.contains(&local.date()));
        Ok(kept.map(on_clock).filter(lasts_into).collect())
    }

    /// Local beginnings that may matter: a day more than that on both sides, for every zone.
    fn beginnings(&self, from: Timestamp, until: Timestamp, length: TimeDelta) -> Result<Vec<NaiveDateTime>, Endless> {
        let Some(repeat) = &self.repeat else { return Ok(vec![self.from]) };
        let (day, utc) = (TimeDelta::days(2), rrule::Tz::UTC);
        let after = (from - length - day).with_timezone(&utc);
        let before = (until + day).with_timezone(&utc);
        let found = repeat.set(self.from).map_err(|_| Endless)?.after(after).before(before).all(MOST);
        if found.limited { Err(Endless) } else { Ok(found.dates.iter().map(chrono::DateTime::naive_local).collect()) }
    }
}

/// When the clocks of `zone` show `local`. A time that they show twice is the earlier or the later one; one that they leave out
/// is told with the offset before the gap (RFC 5545, 3.3.5), so 02:30 is 03:30 then.
#[must_use]
pub fn instant(local: NaiveDateTime, zone: Tz, later: bool) -> Timestamp {
    let found = zone.from_local_datetime(&local);
    let read = if later { found.latest() } else { found.earliest() };
    read.map_or_else(
        || {
            let before = zone.offset_from_local_datetime(&(local - BEFORE_GAP)).earliest();
            let offset = before
                .map_or(TimeDelta::zero(), |offset| TimeDelta::seconds(i64::from(offset.fix().local_minus_utc())));
            Utc.from_utc_datetime(&(local - offset))
        },
        |read| read.with_timezone(&Utc),
    )
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Berlin;

    use super::*;

    fn local(text: &str) -> NaiveDateTime {
        text.parse().expect("a local time")
    }

    fn utc(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    fn times(from: &str, until: &str, rule: &str) -> Times {
        let from = local(from);
        let repeat = Some(Recurrence::new(rule, from).expect("a rule"));
        Times { title: None, zone: Berlin, from, until: local(until), repeat, except: Vec::new() }
    }

    fn told(times: &Times, kind: Kind, from: &str, until: &str) -> Vec<String> {
        let found = times.between(kind, utc(from), utc(until)).expect("a few");
        found.iter().map(|(begin, end)| format!("{}/{}", begin.format("%d %H:%M"), end.format("%d %H:%M"))).collect()
    }

    #[test]
    fn what_begins_at_ten_in_the_evening_does_so_in_summer_and_winter() {
        let nights = times("2026-10-01T22:00:00", "2026-10-02T06:00:00", "FREQ=DAILY");
        // The clocks go back in the night to the 25th: the night is an hour longer.
        let found = told(&nights, Kind::Freeze, "2026-10-23T12:00:00Z", "2026-10-26T12:00:00Z");
        assert_eq!(found, ["23 20:00/24 04:00", "24 20:00/25 05:00", "25 21:00/26 05:00"]);
    }

    #[test]
    fn a_time_that_the_clock_shows_twice_is_read_as_allows_less() {
        let twice = times("2026-10-25T02:30:00", "2026-10-25T02:45:00", "FREQ=DAILY;COUNT=1");
        let (from, until) = ("2026-10-24T12:00:00Z", "2026-10-26T12:00:00Z");
        assert_eq!(told(&twice, Kind::Freeze, from, until), ["25 00:30/25 01:45"]);
        // From the later beginning to the earlier end nothing is left of the window.
        assert!(told(&twice, Kind::Window, from, until).is_empty());
    }

    #[test]
    fn a_time_that_the_clock_leaves_out_is_told_with_the_offset_before() {
        assert_eq!(instant(local("2026-03-29T02:30:00"), Berlin, false), utc("2026-03-29T01:30:00Z"));
        // A whole day was left out.
        let apia = chrono_tz::Pacific::Apia;
        assert_eq!(instant(local("2011-12-30T12:00:00"), apia, false), utc("2011-12-30T22:00:00Z"));
    }

    #[test]
    fn exceptions_and_ends_of_rules_hold() {
        let mut fridays = times("2026-01-02T15:00:00", "2026-01-02T18:00:00", "FREQ=WEEKLY;BYDAY=FR;UNTIL=20260123");
        fridays.except.push("2026-01-09".parse().expect("a day"));
        let found = told(&fridays, Kind::Freeze, "2026-01-01T00:00:00Z", "2026-02-28T00:00:00Z");
        assert_eq!(found, ["02 14:00/02 17:00", "16 14:00/16 17:00", "23 14:00/23 17:00"]);
    }

    #[test]
    fn what_began_before_and_lasts_still_counts() {
        let monthly = times("2026-01-28T00:00:00", "2026-02-04T00:00:00", "FREQ=MONTHLY;BYMONTHDAY=28");
        let found = told(&monthly, Kind::Freeze, "2026-07-02T00:00:00Z", "2026-07-02T01:00:00Z");
        assert_eq!(found, ["27 22:00/04 22:00"]);
    }

    #[test]
    fn a_rule_that_is_none_or_never_happens_is_refused() {
        let from = local("2026-01-01T00:00:00");
        assert!(matches!(Recurrence::new("FREQ=SOMETIMES", from), Err(NotARule::Unreadable(_))));
        assert!(matches!(Recurrence::new("every friday", from), Err(NotARule::Unreadable(_))));
        assert_eq!(Recurrence::new("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", from), Err(NotARule::Never));
    }

    #[test]
    fn more_times_than_anybody_needs_are_no_times() {
        let often = times("2026-01-01T00:00:00", "2026-01-01T00:00:30", "FREQ=MINUTELY");
        let found = often.between(Kind::Freeze, utc("2026-01-01T00:00:00Z"), utc("2026-02-01T00:00:00Z"));
        assert_eq!(found, Err(Endless));
    }
}
