//! How risky a release is: a score from 0 to 100 of named factors, each with its points, its evidence and its source.
//!
//! What is not known is neither 0 nor a guess. The score says what it is at least, how many factors are unknown, and what it would be
//! if all of them were at their worst. Rules count that worst case. `docs/risk.md` tells the weights and where they come from.

use serde::{Deserialize, Serialize};

pub mod assess;
pub mod change;
pub mod factor;
pub mod failure;
pub mod routing;
mod steps;

use factor::{Factor, Name};
use failure::FailureMode;

/// The risk of one release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    /// Every factor, in the order of [`Name::ALL`].
    pub factors: Vec<Factor>,
    /// How it may fail, the highest risk priority number first.
    pub failures: Vec<FailureMode>,
}

impl Risk {
    /// What the score is at least, from 0 to 100: what is known.
    #[must_use]
    pub fn least(&self) -> u8 {
        total(self.factors.iter().map(|factor| factor.least))
    }

    /// What the score is with every unknown at its worst, from 0 to 100.
    #[must_use]
    pub fn most(&self) -> u8 {
        total(self.factors.iter().map(|factor| factor.most))
    }

    /// How many factors are not known, or not wholly.
    #[must_use]
    pub fn unknown(&self) -> usize {
        self.factors.iter().filter(|factor| factor.is_unknown()).count()
    }

    /// The factor of that name.
    #[must_use]
    pub fn factor(&self, name: Name) -> Option<&Factor> {
        self.factors.iter().find(|factor| factor.name == name)
    }

    /// `35`, or `at least 35, 3 factors unknown, at most 62`.
    #[must_use]
    pub fn words(&self) -> String {
        let least = self.least();
        match self.unknown() {
            0 => least.to_string(),
            1 => format!("at least {least}, 1 factor unknown, at most {}", self.most()),
            many => format!("at least {least}, {many} factors unknown, at most {}", self.most()),
        }
    }
}

fn total(points: impl Iterator<Item = u8>) -> u8 {
    points.fold(0_u8, u8::saturating_add).min(100)
}
