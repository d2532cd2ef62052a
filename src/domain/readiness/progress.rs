//! How far a checklist is, in numbers. What is not known is counted apart from what is wrong and from what waits.

use serde::{Deserialize, Serialize};

use crate::domain::{checklist::state::ItemState, level::Level};

/// How far a checklist, or a group of it, is: `6/9 ✗1 ?1 ◷2`. What does not apply is not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// Items and sign-offs that apply.
    pub total: u32,
    /// Those that a release may go past, waived ones with them.
    pub passed: u32,
    /// Those that do not hold.
    pub failed: u32,
    /// Those that nobody can say of, or that are stale.
    pub unknown: u32,
    /// Those that nobody has said anything about yet.
    pub waiting: u32,
    /// Those that must be given again.
    pub outdated: u32,
    /// Those of `passed` that pass only by a waiver.
    pub waived: u32,
    /// The weight of items that hold by evidence; a waiver earns nothing.
    pub earned: u64,
    /// The weight of all items that apply.
    pub weight: u64,
    worst: Option<Level>,
}

impl Progress {
    /// Counts one; `weight` is `None` for a sign-off. One that is not mandatory worries at most as [`Level::Watch`].
    pub fn add(&mut self, state: ItemState, mandatory: bool, weight: Option<u32>) {
        let level = if mandatory { state.level() } else { state.level().min(Level::Watch) };
        self.worst = Some(self.worst.map_or(level, |worst| worst.max(level)));
        let weight = u64::from(weight.unwrap_or_default());
        match state {
            ItemState::NotApplicable => return,
            ItemState::Pass => {
                self.passed += 1;
                self.earned = self.earned.saturating_add(weight);
            }
            ItemState::Waived => {
                self.passed += 1;
                self.waived += 1;
            }
            ItemState::Fail => self.failed += 1,
            ItemState::Unknown | ItemState::Stale => self.unknown += 1,
            ItemState::Open => self.waiting += 1,
            ItemState::Outdated => self.outdated += 1,
        }
        self.total += 1;
        self.weight = self.weight.saturating_add(weight);
    }

    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            total: self.total + other.total,
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            unknown: self.unknown + other.unknown,
            waiting: self.waiting + other.waiting,
            outdated: self.outdated + other.outdated,
            waived: self.waived + other.waived,
            earned: self.earned.saturating_add(other.earned),
            weight: self.weight.saturating_add(other.weight),
            worst: self.worst.max(other.worst),
        }
    }

    /// The share of the weight that holds, in whole percent, rounded down so that 100 is all of it. `None` when nothing applies.
    #[must_use]
    pub fn score(&self) -> Option<u8> {
        let percent = u128::from(self.earned) * 100 / u128::from((self.weight > 0).then_some(self.weight)?);
        u8::try_from(percent).ok()
    }

    /// The worst of all; an empty checklist says nothing, which is not good.
    #[must_use]
    pub fn level(&self) -> Level {
        self.worst.unwrap_or(Level::Unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [ItemState; 8] = [
        ItemState::Pass,
        ItemState::Fail,
        ItemState::Open,
        ItemState::Unknown,
        ItemState::Stale,
        ItemState::Outdated,
        ItemState::Waived,
        ItemState::NotApplicable,
    ];

    #[test]
    fn every_state_is_counted_in_one_place() {
        let mut progress = Progress::default();
        for state in STATES {
            progress.add(state, true, Some(3));
        }
        let Progress { total, passed, failed, unknown, waiting, outdated, waived, .. } = progress;
        assert_eq!((total, passed, failed, unknown, waiting, outdated, waived), (7, 2, 1, 2, 1, 1, 1));
        assert_eq!((progress.score(), progress.level()), (Some(14), Level::Bad));
        assert_eq!((Progress::default().score(), Progress::default().level()), (None, Level::Unknown));
    }

    #[test]
    fn all_but_one_is_not_a_hundred_percent() {
        let mut progress = Progress::default();
        for _ in 0..999 {
            progress.add(ItemState::Pass, true, Some(1));
        }
        progress.add(ItemState::Fail, false, Some(1));
        assert_eq!((progress.score(), progress.level()), (Some(99), Level::Watch));
        assert_eq!(progress.and(Progress::default()), progress);
    }
}
