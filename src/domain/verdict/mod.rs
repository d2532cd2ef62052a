//! The verdict: may this release go on? GO, HOLD, ROLL BACK or UNKNOWN, with every reason, its evidence, its age and the screen that
//! shows it.
//!
//! Whatever speaks for or against a release is a [`reason::Reason`]. The verdict is that of the heaviest one, so more bad news never
//! make it better, and the order in which they arrive does not matter. A canary analysis, a policy and a calendar are further reasons.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    level::Level,
    risk::Risk,
    time::{Span, Timestamp},
    trigger::{promotion::Progress, state::Standing},
};

pub mod alarms;
pub mod calendar;
pub mod computed;
pub mod decide;
pub mod human;
pub mod judge;
pub mod people;
pub mod policy;
pub mod reason;
pub mod risk;
pub mod strictness;

use human::Human;
use reason::{Effect, Reason};

/// The answer in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// It may go on.
    Go,
    /// Not now.
    Hold,
    /// Nobody can say.
    Unknown,
    /// Go back. Advice: a person acts.
    RollBack,
}

impl Word {
    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Go => "GO",
            Self::Hold => "HOLD",
            Self::Unknown => "UNKNOWN",
            Self::RollBack => "ROLL BACK",
        }
    }

    /// How much it needs a person.
    #[must_use]
    pub const fn level(self) -> Level {
        match self {
            Self::Go => Level::Ok,
            Self::Hold => Level::Watch,
            Self::Unknown => Level::Unknown,
            Self::RollBack => Level::Bad,
        }
    }
}

/// The verdict on one release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// In one word.
    pub word: Word,
    /// What is asked: `it gets 25 % of traffic`.
    pub before: String,
    /// Every reason, the heaviest first. The first one decided.
    pub reasons: Vec<Reason>,
    /// When it would be GO, if all stays as it is; `None` where time alone does not help.
    pub go_at: Option<Timestamp>,
    /// What people decided.
    pub human: Option<Human>,
    /// The readiness score with what it must be; `None` without a checklist.
    pub score: Option<strictness::Score>,
    /// How risky it is, where that was worked out.
    #[serde(default)]
    pub risk: Option<Arc<Risk>>,
    /// The rollback triggers.
    pub triggers: Vec<Standing>,
    /// How far the promotion criterion is.
    pub promotion: Progress,
    /// Whether the promotion criterion is due before the next step.
    pub promotion_due: bool,
    /// When it was judged.
    pub at: Timestamp,
}

/// What a pipeline is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It may go on.
    Yes,
    /// It may not.
    No,
    /// Nobody can say.
    Unknown,
}

impl Verdict {
    /// The reason that decided.
    #[must_use]
    pub fn deciding(&self) -> Option<&Reason> {
        self.reasons.first()
    }

    /// How much it needs a person.
    #[must_use]
    pub fn level(&self) -> Level {
        self.word.level().max(self.deciding().map_or(Level::Unknown, Reason::level))
    }

    /// Whether it may go on: a computed GO that no person who may decide stands against. A person's go alone is none.
    #[must_use]
    pub fn answer(&self) -> Answer {
        match self.word {
            Word::Go if self.human.as_ref().is_some_and(Human::is_against) => Answer::No,
            Word::Go => Answer::Yes,
            Word::Unknown => Answer::Unknown,
            Word::Hold | Word::RollBack => Answer::No,
        }
    }

    /// What would change it: `GO in 11m if nothing changes`, `GO when sign-off sre is given`.
    #[must_use]
    pub fn change(&self, now: Timestamp) -> String {
        let in_the_way: Vec<&Reason> = self.reasons.iter().filter(|reason| reason.effect > Effect::Supports).collect();
        match (self.word, self.go_at) {
            (Word::Go, _) => "stays GO as long as all of this holds".to_owned(),
            (_, Some(at)) => {
                let what = in_the_way.iter().filter_map(|reason| reason.cure.as_ref()).max_by_key(|cure| cure.at);
                format!(
                    "GO in {}{}",
                    Span::between(now, at).age(),
                    what.map_or_else(String::new, |cure| format!(" {}", cure.what))
                )
            }
            (Word::RollBack, None) => {
                let heavy = in_the_way.iter().filter(|reason| reason.effect == Effect::RollsBack);
                format!("stays ROLL BACK until {}", cures(heavy.copied()))
            }
            (_, None) => format!("GO when {}", cures(in_the_way.into_iter())),
        }
    }
}

/// At most two cures in words, the rest counted.
fn cures<'a>(reasons: impl Iterator<Item = &'a Reason>) -> String {
    let mut told: Vec<String> = Vec::new();
    for reason in reasons {
        let what = reason.cure.as_ref().map_or_else(|| format!("{} is over", reason.short), |cure| cure.what.clone());
        if !told.contains(&what) {
            told.push(what);
        }
    }
    let more = told.len().saturating_sub(2);
    told.truncate(2);
    let told = told.join(" and ");
    if more > 0 { format!("{told} and {more} more") } else { told }
}
