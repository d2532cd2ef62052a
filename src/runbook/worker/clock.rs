//! The clock of a budget: it goes on while the machine sleeps, and nobody can set it.

use rustix::time::{ClockId, clock_gettime};

use crate::domain::time::Span;

/// The parts of a budget that are told, in percent.
pub const PARTS: [u32; 3] = [50, 80, 100];

#[cfg(target_os = "linux")]
const CLOCK: ClockId = ClockId::Boottime;
#[cfg(not(target_os = "linux"))]
const CLOCK: ClockId = ClockId::Monotonic;

/// Time since a moment, of which some had gone by.
#[derive(Clone, Copy, Debug)]
pub struct Elapsed {
    before: Span,
    since: Span,
}

impl Elapsed {
    /// From now on, after `before`.
    #[must_use]
    pub fn after(before: Span) -> Self {
        Self { before, since: now() }
    }

    /// How long it is.
    #[must_use]
    pub fn span(&self) -> Span {
        Span::from_millis(self.before.millis() + now().millis().saturating_sub(self.since.millis()))
    }
}

fn now() -> Span {
    let time = clock_gettime(CLOCK);
    let millis = time.tv_sec.saturating_mul(1_000).saturating_add(time.tv_nsec / 1_000_000);
    Span::from_millis(u64::try_from(millis).unwrap_or(0))
}

/// The part of `budget` that is to be told when so much of it is `used`, and `told` was told before.
#[must_use]
pub fn due(budget: Span, used: Span, told: u32) -> Option<u32> {
    let percent = used.millis().saturating_mul(100) / budget.millis().max(1);
    PARTS.into_iter().rev().find(|part| percent >= u64::from(*part)).filter(|part| *part > told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_a_budget_is_told_once() {
        let budget = Span::from_mins(10);
        for (used, told, part) in
            [(4, 0, None), (5, 0, Some(50)), (6, 50, None), (8, 50, Some(80)), (25, 80, Some(100))]
        {
            assert_eq!(due(budget, Span::from_mins(used), told), part, "{used}m after {told} %");
        }
        assert_eq!(
            due(budget, Span::from_mins(25), 0),
            Some(100),
            "what was missed while nobody worked is told as it is"
        );
        assert_eq!(due(Span::ZERO, Span::ZERO, 0), None);
    }
}
