//! When a canary fails, when it passes, and when it is too early to say.

use serde::{Deserialize, Serialize};

/// The rules of counts. Defaults are those whose false alarms and power `docs/canary.md` tells.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rules {
    /// A p-value below this is evidence: 0.01.
    pub alpha: f64,
    /// So many evaluations in a row must say "worse" before the canary fails: 3. One look at finished numbers needs 1.
    pub in_a_row: u32,
    /// A canary is worse only by at least this share of requests (0.005 is half a percentage point), and by no less than the baseline's
    /// own bad share.
    pub least: f64,
    /// It passes where the interval's upper end is below this share of requests: 0.01.
    pub margin: f64,
}

impl Default for Rules {
    fn default() -> Self {
        Self { alpha: 0.01, in_a_row: 3, least: 0.005, margin: 0.01 }
    }
}

impl Rules {
    /// For numbers that are looked at once: repeated looks need no guard.
    #[must_use]
    pub const fn once(self) -> Self {
        Self { in_a_row: 1, ..self }
    }
}

/// What one evaluation says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// The canary is worse: significant, and by enough to matter.
    Worse,
    /// It is no worse by more than the margin.
    NoWorse,
    /// Neither can be said.
    Open,
}

/// What is said about a canary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Worse in enough evaluations in a row.
    Fail,
    /// No worse by more than the margin.
    Pass,
    /// Too early to say.
    Inconclusive,
}

impl Verdict {
    /// The word for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Pass => "pass",
            Self::Inconclusive => "inconclusive",
        }
    }

    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fail => "FAIL",
            Self::Pass => "PASS",
            Self::Inconclusive => "INCONCLUSIVE",
        }
    }

    /// The verdict of the newest of several evaluations, of which the last `worse_in_a_row` said "worse".
    #[must_use]
    pub const fn of(newest: Finding, worse_in_a_row: u32, rules: &Rules) -> Self {
        match newest {
            Finding::Worse if worse_in_a_row >= rules.in_a_row => Self::Fail,
            Finding::NoWorse => Self::Pass,
            Finding::Worse | Finding::Open => Self::Inconclusive,
        }
    }
}
