//! Instants and lengths of time, and how they are written for people.

use std::{fmt, str::FromStr};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// An instant. Always UTC inside the program; the zone is a matter of drawing.
pub type Timestamp = DateTime<Utc>;

/// A length of time, never negative, with millisecond resolution.
///
/// Written and read as Prometheus writes durations (`5m`, `1h30m`, `30d`); `w` is seven days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    millis: u64,
}

const UNITS: [(&str, u64); 6] =
    [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self { millis: 0 };

    /// A span of whole milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self { millis }
    }

    /// A span of whole seconds.
    #[must_use]
    pub const fn from_secs(secs: u64) -> Self {
        Self { millis: secs * 1_000 }
    }

    /// A span of whole minutes.
    #[must_use]
    pub const fn from_mins(mins: u64) -> Self {
        Self::from_secs(mins * 60)
    }

    /// A span of whole hours.
    #[must_use]
    pub const fn from_hours(hours: u64) -> Self {
        Self::from_secs(hours * 3_600)
    }

    /// A span of days of 24 hours.
    #[must_use]
    pub const fn from_days(days: u64) -> Self {
        Self::from_secs(days * 86_400)
    }

    /// The time from `earlier` to `later`; zero when `later` is the earlier one (clocks differ).
    #[must_use]
    pub fn between(earlier: Timestamp, later: Timestamp) -> Self {
        Self::from_millis(u64::try_from((later - earlier).num_milliseconds()).unwrap_or(0))
    }

    /// Whole milliseconds.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.millis
    }

    /// Seconds, with the fraction.
    #[must_use]
    pub fn secs(self) -> f64 {
        self.millis as f64 / 1_000.0
    }

    /// The standard library's duration.
    #[must_use]
    pub const fn duration(self) -> std::time::Duration {
        std::time::Duration::from_millis(self.millis)
    }

    /// The same length as chrono counts it.
    #[must_use]
    pub fn delta(self) -> TimeDelta {
        TimeDelta::milliseconds(i64::try_from(self.millis).unwrap_or(i64::MAX))
    }

    /// This span times `factor`, saturating.
    #[must_use]
    pub const fn times(self, factor: u64) -> Self {
        Self { millis: self.millis.saturating_mul(factor) }
    }

    /// This span divided by `parts` (at least one).
    #[must_use]
    pub const fn divided(self, parts: u64) -> Self {
        Self { millis: self.millis / if parts == 0 { 1 } else { parts } }
    }

    /// As an age for people who look through a slow link: it changes once a minute (`<1m`, `6m`, `3h05m`, `9d`).
    #[must_use]
    pub fn coarse_age(self) -> String {
        match self.millis / 60_000 {
            0 => "<1m".to_owned(),
            minutes @ 1..60 => format!("{minutes}m"),
            _ => self.age(),
        }
    }

    /// As an age for people: at most two units, never more precise than a second (`4s`, `6m12s`, `3h05m`, `9d`).
    #[must_use]
    pub fn age(self) -> String {
        let secs = self.millis / 1_000;
        match secs {
            0..60 => format!("{secs}s"),
            60..3_600 => format!("{}m{:02}s", secs / 60, secs % 60),
            3_600..86_400 => format!("{}h{:02}m", secs / 3_600, secs % 3_600 / 60),
            86_400..864_000 => format!("{}d{:02}h", secs / 86_400, secs % 86_400 / 3_600),
            _ => format!("{}d", secs / 86_400),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.millis == 0 {
            return f.write_str("0s");
        }
        let mut rest = self.millis;
        // Weeks are accepted but not written: SLO windows are told in days.
        for (unit, size) in UNITS.iter().skip(1) {
            if rest >= *size {
                write!(f, "{}{unit}", rest / size)?;
                rest %= size;
            }
        }
        Ok(())
    }
}

/// Why a text is not a span.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a duration: write a number and a unit, such as 300ms, 15s, 5m, 1h30m or 30d")]
pub struct NotASpan(pub String);

impl FromStr for Span {
    type Err = NotASpan;

    fn from_str(text: &str) -> Result<Self, NotASpan> {
        let wrong = || NotASpan(text.to_owned());
        let mut rest = text.trim();
        let mut millis = 0_u64;
        let mut smallest = u64::MAX;
        if rest.is_empty() {
            return Err(wrong());
        }
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
            let (number, tail) = rest.split_at(digits);
            let letters = tail.find(|c: char| c.is_ascii_digit()).unwrap_or(tail.len());
            let (unit, next) = tail.split_at(letters);
            let (_, size) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(wrong)?;
            if *size >= smallest {
                return Err(wrong());
            }
            smallest = *size;
            let number: u64 = number.parse().map_err(|_| wrong())?;
            millis = number.checked_mul(*size).and_then(|m| millis.checked_add(m)).ok_or_else(wrong)?;
            rest = next;
        }
        Ok(Self { millis })
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_read_and_written_as_prometheus_writes_it() {
        for (text, secs, written) in
            [("5m", 300.0, "5m"), ("1h30m", 5_400.0, "1h30m"), ("4w", 2_419_200.0, "28d"), ("300ms", 0.3, "300ms")]
        {
            let span: Span = text.parse().expect(text);
            assert!((span.secs() - secs).abs() < 1e-9, "{text}");
            assert_eq!(span.to_string(), written);
        }
    }

    #[test]
    fn nonsense_is_not_a_span() {
        for text in ["", "5", "m", "5x", "-5m", "1m1h", "5m5m", "99999999999999999999d", "1.5h"] {
            assert!(text.parse::<Span>().is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn an_age_has_at_most_two_units() {
        for (secs, text) in
            [(0, "0s"), (59, "59s"), (372, "6m12s"), (11_100, "3h05m"), (90_000, "1d01h"), (777_600, "9d00h")]
        {
            assert_eq!(Span::from_secs(secs).age(), text);
        }
    }
}
