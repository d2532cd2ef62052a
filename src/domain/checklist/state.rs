//! How an item stands, and what that rests on.

use serde::{Deserialize, Serialize};

use crate::domain::{
    ledger::hash::Hash,
    level::Level,
    time::{Span, Timestamp},
};

/// How an item stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemState {
    /// It holds, by evidence that is fresh.
    Pass,
    /// It does not hold.
    Fail,
    /// Nobody has said anything yet: a manual item before its tick, a sign-off before its signature.
    Open,
    /// It was looked at, and what came back says neither yes nor no.
    Unknown,
    /// What was known is too old.
    Stale,
    /// What was ticked or signed has changed since: it must be given again.
    Outdated,
    /// Somebody who may took it out until a time.
    Waived,
    /// It does not apply to this release.
    NotApplicable,
}

impl ItemState {
    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pass => "OK",
            Self::Fail => "FAILED",
            Self::Open => "WAITING",
            Self::Unknown => "UNKNOWN",
            Self::Stale => "STALE",
            Self::Outdated => "OUTDATED",
            Self::Waived => "WAIVED",
            Self::NotApplicable => "N/A",
        }
    }

    /// Whether the release may go past it. A waiver lets it pass, and stays loud.
    #[must_use]
    pub const fn lets_pass(self) -> bool {
        matches!(self, Self::Pass | Self::Waived | Self::NotApplicable)
    }

    /// How it is drawn. What is not known is never drawn as good.
    #[must_use]
    pub const fn level(self) -> Level {
        match self {
            Self::Pass | Self::NotApplicable => Level::Ok,
            Self::Fail => Level::Bad,
            Self::Open => Level::Wait,
            Self::Unknown | Self::Stale => Level::Unknown,
            Self::Outdated | Self::Waived => Level::Watch,
        }
    }
}

/// What a check found, with its time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// When it was looked at.
    pub at: Timestamp,
    /// What it says.
    pub finding: Finding,
    /// In words, with numbers and units: `0.4 % of requests fail (must be < 1)`. Text from outside; clean before drawing.
    pub words: String,
    /// Who or what says so: a source, a program, a person.
    pub by: String,
    /// How long the look took.
    pub took: Span,
    /// What it is about: the hash of the subject of the release at that time. `None`: of what is there now.
    #[serde(default)]
    pub subject: Option<Hash>,
}

/// What one look says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// It holds.
    Pass,
    /// It does not hold.
    Fail,
    /// Neither can be said: no answer, an empty answer, a time limit, an answer of another shape.
    Unknown,
    /// It does not apply.
    NotApplicable,
}

/// After how many cadences evidence is stale.
const CADENCES: u64 = 3;

/// How an automatic item stands at `now`, looked at `every` so often.
#[must_use]
pub fn automatic(evidence: Option<&Evidence>, every: Span, now: Timestamp) -> ItemState {
    let Some(evidence) = evidence else { return ItemState::Open };
    if Span::between(evidence.at, now) > every.times(CADENCES) {
        return ItemState::Stale;
    }
    match evidence.finding {
        Finding::Pass => ItemState::Pass,
        Finding::Fail => ItemState::Fail,
        Finding::Unknown => ItemState::Unknown,
        Finding::NotApplicable => ItemState::NotApplicable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn evidence_that_is_old_lets_nothing_pass() {
        let at: Timestamp = "2026-11-20T14:00:00Z".parse().expect("time");
        let evidence = Evidence {
            at,
            finding: Finding::Pass,
            words: String::new(),
            by: "prom".into(),
            took: Span::ZERO,
            subject: None,
        };
        let every = Span::from_secs(60);
        assert_eq!(automatic(Some(&evidence), every, at + Span::from_secs(180).delta()), ItemState::Pass);
        assert_eq!(automatic(Some(&evidence), every, at + Span::from_secs(181).delta()), ItemState::Stale);
        assert_eq!(automatic(None, every, at), ItemState::Open);
        for state in [ItemState::Open, ItemState::Unknown, ItemState::Stale, ItemState::Outdated, ItemState::Fail] {
            assert!(!state.lets_pass() && state.level() != Level::Ok, "{state:?}");
        }
    }
}
