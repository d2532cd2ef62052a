//! The zone in which times are shown besides UTC.

use chrono::{FixedOffset, Offset, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

use crate::domain::time::Timestamp;

/// A zone by name, which knows about summer time, or by its distance from UTC where the computer does not tell its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Zone {
    /// A zone of the IANA database.
    Named(Tz),
    /// So many seconds east of UTC.
    East(i32),
}

impl Zone {
    /// How far from UTC it is at `at`.
    #[must_use]
    pub fn offset(self, at: Timestamp) -> FixedOffset {
        match self {
            Self::Named(zone) => at.with_timezone(&zone).offset().fix(),
            Self::East(seconds) => FixedOffset::east_opt(seconds).unwrap_or_else(|| Utc.fix()),
        }
    }

    /// Its name, as in the settings: `Europe/Berlin`; `+01:00` where it has none.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Named(zone) => zone.name().to_owned(),
            Self::East(_) => self.offset(Timestamp::UNIX_EPOCH).to_string(),
        }
    }

    /// Its short name at `at`, for where the whole one stands elsewhere on the screen: `CET`, and `CEST` in summer.
    #[must_use]
    pub fn short(self, at: Timestamp) -> String {
        match self {
            Self::Named(zone) => at.with_timezone(&zone).format("%Z").to_string(),
            Self::East(_) => self.name(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_named_zone_knows_summer_from_winter() {
        let berlin = Zone::Named(Tz::Europe__Berlin);
        let at = |text: &str| -> Timestamp { text.parse().expect("a time") };
        assert_eq!(berlin.offset(at("2026-01-20T12:00:00Z")).to_string(), "+01:00");
        assert_eq!(berlin.offset(at("2026-07-20T12:00:00Z")).to_string(), "+02:00");
        assert_eq!(berlin.short(at("2026-07-20T12:00:00Z")), "CEST");
        assert_eq!(berlin.name(), "Europe/Berlin");
        assert_eq!(Zone::East(-12_600).name(), "-03:30");
    }
}
