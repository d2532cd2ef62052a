//! All runs and leases, folded from the events of a ledger in their order. The same rules tell a writer whether an event
//! would count before it is appended.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    Claim, Ending, Lease, Leases, Run, RunId, State,
    act::{Act, Reading, read},
    course,
    review::{self, Glass},
};
use crate::domain::{
    breaker::countdown::{Countdowns, NotCounted},
    ledger::{event::Event, hash::Hash},
    plan::{Mode, Plan},
    time::{Span, Timestamp},
};

/// What is known of all runs. Cloning it is cheap: a run is copied only when it changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Runs {
    by_id: BTreeMap<RunId, Arc<Run>>,
    #[serde(with = "pairs")]
    leases: Leases,
    /// What the circuit breaker counts down to: it decides whether one of its runs may be started.
    #[serde(default)]
    countdowns: Countdowns,
    upto: u64,
}

/// Leases as a list: what they are for is no name that an object of JSON could have.
mod pairs {
    use serde::{Deserialize as _, Deserializer, Serializer};

    use super::{Claim, Lease, Leases};

    pub(super) fn serialize<S: Serializer>(leases: &Leases, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(leases)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Leases, D::Error> {
        Vec::<(Claim, Lease)>::deserialize(deserializer).map(|pairs| pairs.into_iter().collect())
    }
}

/// Why something about a run does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There is no such run.
    #[error("there is no run {0}; `warroom runbook list` names them")]
    NoRun(RunId),
    /// There is one already.
    #[error("there is a run {0} already")]
    Again(RunId),
    /// What was confirmed is not this plan.
    #[error("the plan is not the one that was confirmed: its hash is {found}, not {confirmed}")]
    OtherPlan {
        /// The hash of the plan.
        found: String,
        /// The hash that was confirmed.
        confirmed: String,
    },
    /// Another run acts on the same service.
    #[error(
        "{run} acts on {service} in {environment} already; attach to it with `warroom runbook attach {run}`, or take it over"
    )]
    Leased {
        /// The other run.
        run: RunId,
        /// The service.
        service: String,
        /// The environment.
        environment: String,
    },
    /// Somebody took its leases.
    #[error("{0} may do nothing more: another run took over its lease")]
    Fenced(RunId),
    /// It is over.
    #[error("{run} is over: {ending}")]
    Over {
        /// The run.
        run: RunId,
        /// How it ended.
        ending: &'static str,
    },
    /// What it says does not fit where the run stands.
    #[error("{run}: {why}")]
    Misplaced {
        /// The run.
        run: RunId,
        /// What does not fit.
        why: &'static str,
    },
    /// The circuit breaker may not do it.
    #[error(transparent)]
    Breaker(#[from] NotCounted),
    /// The data of the event is not what it must be.
    #[error("the event cannot be read: {0}")]
    Malformed(String),
}

impl Runs {
    /// Applies the next event. An event that comes again changes nothing.
    ///
    /// # Errors
    /// Why an event about a run does not count. It stays in the ledger and changes nothing here.
    pub fn apply(&mut self, event: &Event) -> Result<(), Refused> {
        if event.seq <= self.upto {
            return Ok(());
        }
        self.upto = event.seq;
        match read(event) {
            Reading::Other => {
                self.reviewed(event);
                Ok(self.countdowns.apply(event)?)
            }
            Reading::Malformed(why) => Err(Refused::Malformed(why)),
            Reading::Act(act) => {
                self.admits(&event.target, &act)?;
                self.place(event, act);
                Ok(())
            }
        }
    }

    /// Whether `act` about `run` would count if it were the next event.
    ///
    /// # Errors
    /// Why it would not.
    pub fn admits(&self, id: &str, act: &Act) -> Result<(), Refused> {
        if let Act::Create { plan, hash, take_over, countdown, .. } = act {
            self.admits_create(id, plan, *hash, take_over.as_deref())?;
            return match countdown {
                Some(countdown) => Ok(self.countdowns.admits_act(plan.target.release.as_deref(), *countdown, *hash)?),
                None => Ok(()),
            };
        }
        let run = self.by_id.get(id).ok_or_else(|| Refused::NoRun(id.to_owned()))?;
        if act.epoch().is_some_and(|epoch| epoch != run.epoch) || !self.holds(run) {
            return Err(Refused::Fenced(id.to_owned()));
        }
        if let State::Ended(ending) = run.state {
            return Err(Refused::Over { run: id.to_owned(), ending: ending.word() });
        }
        course::fits(run, act).map_err(|why| Refused::Misplaced { run: id.to_owned(), why })
    }

    fn admits_create(&self, id: &str, plan: &Plan, hash: Hash, take_over: Option<&str>) -> Result<(), Refused> {
        if self.by_id.contains_key(id) {
            return Err(Refused::Again(id.to_owned()));
        }
        let found = plan.hash().map_err(|why| Refused::Malformed(why.to_string()))?;
        if found != hash {
            return Err(Refused::OtherPlan { found: found.short(), confirmed: hash.short() });
        }
        if plan.mode == Mode::Rehearsal {
            return Ok(());
        }
        for service in &plan.target.services {
            let claim = Claim { service: service.clone(), environment: plan.target.environment.clone() };
            if let Some(lease) = self.leases.get(&claim).filter(|lease| take_over != Some(lease.run.as_str())) {
                let Claim { service, environment } = claim;
                return Err(Refused::Leased { run: lease.run.clone(), service, environment });
            }
        }
        Ok(())
    }

    /// Whether `run` still has all its leases, if it is not over.
    fn holds(&self, run: &Run) -> bool {
        run.is_over() || run.claims().all(|claim| self.leases.get(&claim).is_some_and(|lease| lease.epoch == run.epoch))
    }

    fn place(&mut self, event: &Event, act: Act) {
        let id = event.target.clone();
        if let Act::Create { plan, hash, reason, incident, take_over, break_glass, countdown, .. } = act {
            if let Some(old) = take_over {
                self.end(&old, Ending::TakenOver, event);
            }
            if countdown.is_some() {
                self.countdowns.act(event);
            }
            let run = Run {
                id: id.clone(),
                plan,
                hash,
                by: event.actor.clone(),
                host: event.host.clone(),
                at: event.ts,
                epoch: event.seq,
                state: State::Running,
                worker: None,
                attempts: Vec::new(),
                stop: None,
                last: false,
                warned: 0,
                snapshot: None,
                glass: break_glass.then_some(Glass { incident, reason, reviewed: None }),
                not_kept: Vec::new(),
                ended: None,
                upto: event.seq,
            };
            for claim in run.claims() {
                self.leases.insert(claim, Lease { run: id.clone(), epoch: event.seq });
            }
            self.by_id.insert(id, Arc::new(run));
            return;
        }
        if let Act::End { ending, .. } = act {
            return self.end(&id, ending, event);
        }
        if let Some(run) = self.by_id.get_mut(&id).map(Arc::make_mut) {
            run.upto = event.seq;
            course::change(run, act, event.ts);
        }
    }

    /// Somebody looked afterwards at what was run without its approvals.
    fn reviewed(&mut self, event: &Event) {
        if review::closes(event) {
            let owing = self.by_id.values_mut().filter(|run| run.owes_review().is_some());
            owing.for_each(|run| Arc::make_mut(run).reviewed_by(event));
        }
    }

    fn end(&mut self, id: &str, ending: Ending, event: &Event) {
        if let Some(run) = self.by_id.get_mut(id).map(Arc::make_mut)
            && !run.is_over()
        {
            run.state = State::Ended(ending);
            run.ended = Some(event.ts);
            run.upto = event.seq;
            let epoch = run.epoch;
            self.leases.retain(|_, lease| lease.epoch != epoch);
        }
    }

    /// The run of that identifier.
    #[must_use]
    pub fn run(&self, id: &str) -> Option<&Run> {
        self.by_id.get(id).map(AsRef::as_ref)
    }

    /// All runs, the newest first.
    #[must_use]
    pub fn newest(&self) -> Vec<&Run> {
        let mut runs: Vec<&Run> = self.by_id.values().map(AsRef::as_ref).collect();
        runs.sort_by_key(|run| std::cmp::Reverse(run.epoch));
        runs
    }

    /// The runs whose review is owed, because they had not the approvals that they needed; the newest first.
    pub fn owed(&self) -> impl Iterator<Item = &Run> {
        self.newest().into_iter().filter(|run| run.owes_review().is_some())
    }

    /// Who may act on what.
    #[must_use]
    pub const fn leases(&self) -> &Leases {
        &self.leases
    }

    /// What the circuit breaker counts down to.
    #[must_use]
    pub const fn countdowns(&self) -> &Countdowns {
        &self.countdowns
    }

    /// An event about the circuit breaker is damaged: from now on it does nothing.
    pub fn distrust_breaker(&mut self) {
        self.countdowns.distrust();
    }

    /// The last event that was applied; 0 before the first.
    #[must_use]
    pub const fn upto(&self) -> u64 {
        self.upto
    }

    /// The last rehearsal of the runbook with this digest in `environment` that went through: when it ended and how long
    /// it took.
    #[must_use]
    pub fn rehearsed(&self, digest: Hash, environment: Option<&str>) -> Option<(Timestamp, Span)> {
        let rehearsals = self.by_id.values().filter(|run| {
            !run.is_real()
                && run.plan.runbook.digest == digest
                && environment.is_none_or(|name| run.plan.target.environment == name)
                && run.state == State::Ended(Ending::Verified)
        });
        rehearsals.filter_map(|run| Some((run.ended?, run.elapsed(run.ended?)))).max_by_key(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::{
        Outcome,
        example::{Journal, at, create, intent, plan, step},
    };

    #[test]
    fn of_two_who_press_at_once_one_has_a_run() {
        let mut journal = Journal::default();
        assert_eq!(journal.say("run-1", &create(plan())), Ok(()));
        let refused = journal.say("run-2", &create(plan())).expect_err("the second").to_string();
        assert!(refused.contains("run-1 acts on checkout in prod already"), "{refused}");
        assert!(journal.runs.run("run-2").is_none());
        let mut staging = plan();
        staging.target.environment = "staging".into();
        assert_eq!(journal.say("run-3", &create(staging)), Ok(()), "another environment is another lease");
    }

    #[test]
    fn who_lost_the_lease_can_record_nothing_more() {
        let mut journal = Journal::started(plan());
        journal.go(&[Outcome::Succeeded]);
        let mut over = create(plan());
        if let Act::Create { take_over, .. } = &mut over {
            *take_over = Some("run-1".into());
        }
        journal.say("run-2", &over).expect("taken over");
        assert_eq!(journal.ending(), Some(Ending::TakenOver));
        let refused = journal.say("run-1", &intent("abort", false, 1)).expect_err("fenced").to_string();
        assert!(refused.contains("run-1 is over: taken-over"), "{refused}");
        let lease = journal.runs.leases().values().next().expect("a lease");
        assert_eq!((lease.run.as_str(), lease.epoch), ("run-2", journal.runs.run("run-2").expect("it").epoch));
    }

    #[test]
    fn a_run_that_nobody_begins_grows_too_old_to_begin() {
        let mut journal = Journal::started(plan());
        let run = |journal: &Journal| journal.runs.run("run-1").expect("it").clone();
        assert_eq!(run(&journal).unbegun(at(300)), None);
        assert_eq!(run(&journal).unbegun(at(400)), Some(Span::from_secs(399)));
        journal.go(&[Outcome::Succeeded]);
        assert_eq!(run(&journal).unbegun(at(4_000)), None, "what was begun is taken up where it was");
        let mut stopped = Journal::started(plan());
        stopped.stop();
        assert_eq!(run(&stopped).unbegun(at(400)), None, "it only has to be ended");
        let rehearsal = Journal::started(Plan { mode: Mode::Rehearsal, ..plan() });
        assert_eq!(run(&rehearsal).unbegun(at(400)), None);
    }

    #[test]
    fn a_plan_that_is_not_the_confirmed_one_makes_no_run() {
        let mut other = create(plan());
        if let Act::Create { plan, .. } = &mut other {
            plan.steps.push(step(
                "more",
                crate::domain::runbook::Part::Steps,
                crate::domain::runbook::action::Effect::Write,
            ));
        }
        let refused = Journal::default().say("run-1", &other).expect_err("another plan").to_string();
        assert!(refused.contains("not the one that was confirmed"), "{refused}");
    }

    #[test]
    fn a_rehearsal_needs_no_lease_and_its_age_is_kept() {
        let mut rehearsal = plan();
        rehearsal.mode = Mode::Rehearsal;
        let digest = rehearsal.runbook.digest;
        let mut journal = Journal::started(rehearsal);
        assert!(journal.runs.leases().is_empty());
        assert_eq!(journal.runs.rehearsed(digest, None), None);
        assert_eq!(journal.go(&[Outcome::Succeeded; 4]), "over: verified");
        let (_, took) = journal.runs.rehearsed(digest, Some("prod")).expect("rehearsed");
        assert!(took > Span::ZERO);
        assert_eq!(journal.runs.rehearsed(Hash::of(b"another"), None), None, "of another version it tells nothing");
    }

    #[test]
    fn the_same_events_give_the_same_runs_and_again_change_nothing() {
        let mut journal = Journal::started(plan());
        journal.go(&[Outcome::Succeeded, Outcome::Failed]);
        let mut again = Runs::default();
        for event in journal.events.iter().chain(&journal.events) {
            let bytes = event.to_bytes().expect("recordable");
            let _ = again.apply(&Event::from_bytes(&bytes).expect("an event"));
        }
        assert_eq!(again, journal.runs);
        let json = serde_json::to_string(&again).expect("writable");
        assert_eq!(serde_json::from_str::<Runs>(&json).expect("readable"), again, "written and read again");
    }
}
