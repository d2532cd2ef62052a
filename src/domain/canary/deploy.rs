//! A deploy that is judged by what was before it, because no version runs beside the new one.

use serde::{Deserialize, Serialize};

use crate::domain::time::{Span, Timestamp};

/// How long before a deploy is counted.
pub const REACH: Span = Span::from_mins(30);

/// How long is counted a week before.
pub const LAST_WEEK: Span = Span::from_hours(1);

/// The ends of the times before deploys lie on multiples of this, so that deploys of many services share one question.
pub const GRID: Span = Span::from_mins(5);

/// A week.
const WEEK: Span = Span::from_days(7);

/// A deploy of one service.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Deploy {
    /// The service.
    pub service: String,
    /// The environment.
    pub environment: String,
    /// When the new version began: the time before ends here.
    pub began: Timestamp,
    /// When it was done; when it began, while it is under way. The time after begins here.
    pub full: Timestamp,
}

impl Deploy {
    /// The end of the time before it.
    #[must_use]
    pub fn before(&self) -> Timestamp {
        let grid = i64::try_from(GRID.millis() / 1_000).unwrap_or(300);
        let secs = self.began.timestamp().div_euclid(grid) * grid;
        Timestamp::from_timestamp(secs, 0).unwrap_or(self.began)
    }

    /// The end of the same hour a week before: the hour that began when the time before ends.
    #[must_use]
    pub fn last_week(&self) -> Timestamp {
        self.before() + LAST_WEEK.delta() - WEEK.delta()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::join::example::at;

    #[test]
    fn deploys_of_about_the_same_time_share_the_time_before() {
        let deploy =
            |secs| Deploy { service: String::new(), environment: String::new(), began: at(secs), full: at(secs) };
        // 1,790,000,000 is 200 s after a multiple of five minutes.
        assert_eq!(deploy(0).before(), at(-200));
        assert_eq!(deploy(99).before(), at(-200));
        assert_eq!(deploy(100).before(), at(100));
        assert_eq!(deploy(100).last_week(), at(100 + 3_600 - 7 * 86_400));
    }
}
