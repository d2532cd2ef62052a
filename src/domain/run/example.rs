//! A plan and a journal for tests.

use std::collections::BTreeMap;

use super::{
    Ending, Known, Outcome, Stop, Worker,
    act::{Act, Resume},
    course::{Next, next},
    runs::{Refused, Runs},
};
use crate::domain::{
    catalog::ChangeClass,
    ledger::{
        event::{Actor, Entry, Event, Place},
        hash::Hash,
    },
    plan::{Mode, Plan, Planned, Source, Target, VERSION, request::Request},
    runbook::{Failing, Part, action::Effect, risk::Risk},
    time::{Span, Timestamp},
};

/// Seconds after the start of everything.
#[must_use]
pub(crate) fn at(secs: i64) -> Timestamp {
    chrono::DateTime::from_timestamp(1_795_180_800 + secs, 0).expect("a time")
}

/// A step that does nothing, of `part`.
#[must_use]
pub(crate) fn step(id: &str, part: Part, effect: Effect) -> Planned {
    let nothing = Request::Nothing { why: "a test".to_owned() };
    Planned {
        id: id.to_owned(),
        part,
        title: id.to_owned(),
        kind: "http".to_owned(),
        undo: (effect == Effect::Write).then(|| nothing.clone()),
        request: nothing,
        probe: None,
        effect,
        idempotent: false,
        cancellable: false,
        timeout: Span::from_secs(60),
        grace: Span::from_secs(5),
        attempts: 1,
        failing: Failing::Stop,
        notes: Vec::new(),
    }
}

/// A plan: a precondition, two writes, a validation.
#[must_use]
pub(crate) fn plan() -> Plan {
    Plan {
        v: VERSION,
        runbook: Source {
            name: "rollback-checkout".into(),
            title: "Roll back checkout".into(),
            digest: Hash::of(b"runbook"),
            commit: None,
            owner: Some("sre".into()),
        },
        target: Target {
            release: Some("checkout-1.42".into()),
            environment: "prod".into(),
            production: true,
            service: "checkout".into(),
            services: vec!["checkout".into()],
            from: Some("1.42.0".into()),
            to: Some("1.41.7".into()),
        },
        mode: Mode::Real,
        class: ChangeClass::Normal,
        window: None,
        policy: None,
        risk: Risk::R3,
        because: "it changes the version that runs in production".into(),
        needs: None,
        budget: Span::from_mins(10),
        parameters: BTreeMap::new(),
        keep: Vec::new(),
        steps: vec![
            step("ready", Part::Before, Effect::Read),
            step("abort", Part::Steps, Effect::Write),
            step("flag", Part::Steps, Effect::Write),
            step("errors", Part::Validation, Effect::Read),
        ],
    }
}

/// A ledger of runs that is written one act after the other.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    /// What is known.
    pub(crate) runs: Runs,
    /// What was recorded.
    pub(crate) events: Vec<Event>,
}

impl Journal {
    /// Records `act` about `run`, whether it counts or not.
    ///
    /// # Errors
    /// Why it does not count.
    pub(crate) fn say(&mut self, run: &str, act: &Act) -> Result<(), Refused> {
        let seq = u64::try_from(self.events.len()).expect("few") + 1;
        let entry = act.entry(Actor { key: "unsigned".into(), user: "mira".into(), ..Actor::default() }, run, None);
        let ts = at(i64::try_from(seq).expect("few"));
        let place = Place { seq, id: seq.to_string(), ts, host: "bastion".into(), prev: Hash::NONE };
        let event = Event::new(entry.expect("an entry"), place);
        self.events.push(event.clone());
        self.runs.apply(&event)
    }

    /// Records `entry`, which is about no run alone.
    pub(crate) fn tell(&mut self, entry: Entry) {
        let seq = u64::try_from(self.events.len()).expect("few") + 1;
        let ts = at(i64::try_from(seq).expect("few"));
        let place = Place { seq, id: seq.to_string(), ts, host: "bastion".into(), prev: Hash::NONE };
        let event = Event::new(entry, place);
        self.events.push(event.clone());
        self.runs.apply(&event).expect("about no run");
    }

    /// A run of `plan` that a worker took up.
    #[must_use]
    pub(crate) fn started(plan: Plan) -> Self {
        let mut journal = Self::default();
        journal.say("run-1", &create(plan)).expect("created");
        let worker = Worker { host: "bastion".into(), boot: "b".into(), pid: 7, started: 1 };
        journal.say("run-1", &Act::Claim { epoch: 1, worker }).expect("claimed");
        journal
    }

    /// Does what comes next with these outcomes, until they are used up or a person is needed; what came last.
    pub(crate) fn go(&mut self, outcomes: &[Outcome]) -> String {
        let mut outcomes = outcomes.iter();
        loop {
            let run = self.runs.run("run-1").expect("the run").clone();
            match next(&run) {
                Next::Do { step, undo, number } => {
                    let Some(outcome) = outcomes.next() else { return format!("do {}", step.id) };
                    let step = step.id.clone();
                    self.say("run-1", &intent(&step, undo, number)).expect("an intent");
                    self.say("run-1", &result(&step, undo, number, *outcome, Known::Worker)).expect("a result");
                }
                Next::FindOut(attempt) => return format!("find out {}", attempt.step),
                Next::Wait(why) => return format!("wait: {why}"),
                Next::End(ending, words) => {
                    self.say("run-1", &Act::End { epoch: 1, ending, words }).expect("an end");
                }
                Next::Over(ending) => return format!("over: {}", ending.word()),
            }
        }
    }

    /// A person says how it goes on.
    ///
    /// # Errors
    /// Why that does not fit.
    pub(crate) fn resume(&mut self, how: Resume) -> Result<(), Refused> {
        self.say("run-1", &Act::Resume { how, reason: None })
    }

    /// A person tells it to stop.
    pub(crate) fn stop(&mut self) {
        self.say("run-1", &Act::Stop { how: Stop::AfterStep, reason: None }).expect("told");
    }

    /// It ended like this.
    #[must_use]
    pub(crate) fn ending(&self) -> Option<Ending> {
        match self.runs.run("run-1").map(|run| &run.state) {
            Some(super::State::Ended(ending)) => Some(*ending),
            _ => None,
        }
    }
}

/// The act that creates a run of `plan`.
#[must_use]
pub(crate) fn create(plan: Plan) -> Act {
    let hash = plan.hash().expect("a hash");
    Act::Create {
        plan,
        hash,
        reason: None,
        incident: None,
        take_over: None,
        break_glass: false,
        countdown: None,
        computed: None,
    }
}

/// An intent of run-1.
#[must_use]
pub(crate) fn intent(step: &str, undo: bool, number: u32) -> Act {
    Act::Intent { epoch: 1, step: step.to_owned(), undo, number, deadline: at(1_000) }
}

/// A result of run-1.
#[must_use]
pub(crate) fn result(step: &str, undo: bool, number: u32, outcome: Outcome, known: Known) -> Act {
    let (step, words) = (step.to_owned(), outcome.word().to_owned());
    Act::Result { epoch: 1, step, undo, number, outcome, words, took: Span::from_secs(1), known, output: None }
}
