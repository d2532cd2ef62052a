//! Which runs nobody can be seen to work on. A worker that is killed records nothing: its process is looked at.

use std::{collections::BTreeMap, time::Duration};

use crate::{
    app::ledger::Unattended,
    clock::Clock,
    domain::{
        run::{RunId, runs::Runs},
        time::Span,
    },
    runbook::process::{Alive, alive},
};

/// How long a worker has to take a run up.
const TAKEN_UP: Duration = Duration::from_secs(20);

/// What was seen of the workers of all runs.
#[derive(Debug, Default)]
pub struct Attendance {
    missed: BTreeMap<RunId, Unattended>,
    sure: BTreeMap<RunId, Unattended>,
}

impl Attendance {
    /// Looks at the workers of `runs`. Whether more or less is missed than before.
    pub fn look(&mut self, runs: &Runs, clock: Clock) -> bool {
        let missed = missed(runs, clock);
        // A worker that ended may have ended its run, which is read at the next look: only who is missed twice is told.
        let twice = missed.iter().filter(|(run, why)| self.missed.get(*run) == Some(why));
        let sure = twice.map(|(run, why)| (run.clone(), *why)).collect();
        self.missed = missed;
        let changed = sure != self.sure;
        self.sure = sure;
        changed
    }

    /// The runs that nobody can be seen to work on, for certain.
    #[must_use]
    pub const fn unattended(&self) -> &BTreeMap<RunId, Unattended> {
        &self.sure
    }
}

fn missed(runs: &Runs, clock: Clock) -> BTreeMap<RunId, Unattended> {
    let live = runs.newest().into_iter().filter(|run| !run.is_over());
    live.filter_map(|run| {
        let why = match run.worker.as_ref().map(alive) {
            Some(Alive::No) => Unattended::Gone,
            Some(Alive::Elsewhere) => Unattended::Elsewhere,
            None if clock.real_duration(Span::between(run.at, clock.now())) > TAKEN_UP => Unattended::Never,
            Some(Alive::Yes) | None => return None,
        };
        Some((run.id.clone(), why))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::run::{
            Worker,
            act::Act,
            example::{Journal, plan},
        },
        runbook::process::myself,
    };

    fn claimed(worker: Worker) -> Runs {
        let mut journal = Journal::started(plan());
        journal.say("run-1", &Act::Claim { epoch: 1, worker }).expect("it counts");
        journal.runs
    }

    #[test]
    fn a_worker_that_is_gone_is_missed_at_the_second_look_and_one_that_lives_never() {
        let mut attendance = Attendance::default();
        let gone = claimed(Worker { started: 1, ..myself() });
        assert!(!attendance.look(&gone, Clock::real()), "once is not sure");
        assert!(attendance.look(&gone, Clock::real()));
        assert_eq!(attendance.unattended().values().collect::<Vec<_>>(), [&Unattended::Gone]);
        let here = claimed(myself());
        assert!(attendance.look(&here, Clock::real()), "somebody took it up");
        assert!(!attendance.look(&here, Clock::real()));
        assert!(attendance.unattended().is_empty());
    }

    #[test]
    fn a_worker_of_another_machine_cannot_be_seen() {
        let mut attendance = Attendance::default();
        let there = claimed(Worker { host: "elsewhere".into(), ..myself() });
        attendance.look(&there, Clock::real());
        attendance.look(&there, Clock::real());
        assert_eq!(attendance.unattended().values().collect::<Vec<_>>(), [&Unattended::Elsewhere]);
    }
}
