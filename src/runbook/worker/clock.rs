//! The clock of a budget: it goes on while the machine sleeps, and nobody can set it.

use std::{fs, path::Path};

use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::domain::{run::Worker, time::Span};

/// Where a run keeps since when its time counts, in its directory. It means something until the machine is started again.
const FILE: &str = "clock.json";

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

/// A reading of this clock.
#[derive(Serialize, Deserialize)]
struct Reading {
    /// The start of the machine that it counts from.
    boot: String,
    /// What the clock showed.
    at: Span,
    /// How much of the run's time was over then.
    used: Span,
}

impl Elapsed {
    /// The time of the run with that directory, for its worker `me`: as the worker before counted it, if that was since the machine's
    /// start; otherwise from now on, after `before`, which is what the clock of the wall says.
    #[must_use]
    pub fn of(directory: &Path, me: &Worker, before: Span) -> Self {
        let path = directory.join(FILE);
        let kept = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Reading>(&bytes).ok());
        if let Some(Reading { at, used, .. }) = kept.filter(|kept| kept.boot == me.boot && !me.boot.is_empty()) {
            return Self { before: used, since: at };
        }
        let new = Self::after(before);
        let reading = Reading { boot: me.boot.clone(), at: new.since, used: before };
        // Who does not find it, or half of it, counts by the wall.
        let _ = serde_json::to_vec(&reading).map(|bytes| fs::write(path, bytes));
        new
    }

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
    fn a_clock_of_the_wall_that_jumps_uses_up_no_budget() {
        let folder = tempfile::tempdir().expect("a folder");
        let me = |boot: &str| Worker { host: "bastion".into(), boot: boot.into(), pid: 1, started: 1 };
        let (minute, years) = (Span::from_mins(1), Span::from_days(3_650));
        let used = |boot, wall| Elapsed::of(folder.path(), &me(boot), wall).span();
        assert!(used("one", minute) >= minute);
        for wall in [years, Span::ZERO] {
            let again = used("one", wall);
            assert!(again >= minute && again < Span::from_mins(30), "{again} when the wall says {wall}");
        }
        assert!(used("two", years) >= years, "after a start of the machine nobody else knows");
    }

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
