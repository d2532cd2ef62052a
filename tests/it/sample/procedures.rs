//! A runbook, its plan, and runs of it, for tests of what is drawn and asked.

use std::{collections::BTreeMap, sync::Arc};

use warroom::{
    app::{
        ledger::{Ledger, Recorded, State},
        model::{Model, Screen},
        msg::Msg,
        update::update,
    },
    domain::{
        catalog::{Catalog, ChangeClass},
        checklist::{check::Check, predicate::Predicate},
        ledger::{
            event::{Actor, Event, Place, UNSIGNED},
            hash::Hash,
            proof::Proof,
        },
        plan::{
            Mode, Plan, Planned, Source, Target, VERSION,
            request::{HttpRequest, Observed, Patch, PatchForm, Request, Wait},
        },
        run::{Known, Outcome, Worker, act::Act, runs::Runs},
        runbook::{
            Failing, Part, Runbook, Step,
            action::{Action, Effect, Http, Manual, Rollout, Value, Verb, WaitMetric},
            risk::Risk,
        },
        secret::SecretRef,
        time::Span,
    },
};

use super::{ago, live, model};

/// The release that goes wrong.
pub(crate) const RELEASE: &str = "checkout-1-42";
/// The runbook that brings it back.
pub(crate) const RUNBOOK: &str = "rollback-checkout";

fn step(id: &str, title: &str, action: Action) -> Step {
    Step {
        id: id.to_owned(),
        title: title.to_owned(),
        action,
        each: None,
        undo: None,
        probe: None,
        idempotent: false,
        cancellable: true,
        timeout: Span::from_mins(1),
        grace: Span::from_secs(10),
        attempts: 1,
        failing: Failing::Stop,
    }
}

/// It brings checkout back.
pub(crate) fn runbook() -> Runbook {
    let http = Http {
        method: "PUT".into(),
        url: "https://flags.example/new_pricing".into(),
        headers: BTreeMap::new(),
        body: None,
        idempotency_header: None,
        status: Vec::new(),
        field: None,
        rehearsal_url: None,
    };
    let rollout = Rollout { service: None, verb: Verb::Back, to: None };
    let wait = WaitMetric {
        source: None,
        query: "errors".into(),
        must: Predicate::Truth(true),
        hold: Span::from_mins(1),
        every: Span::from_secs(5),
    };
    let manual = Manual { instruction: "call support".into(), who: Some("support".into()), evidence: true };
    Runbook {
        name: RUNBOOK.to_owned(),
        title: "Roll checkout back to the version before".to_owned(),
        purpose: Some("When the canary burns. Not for a broken database migration: rollback-with-restore.".into()),
        services: vec!["checkout".into()],
        environments: vec!["prod".into()],
        owner: Some("sre".into()),
        reviewers: vec!["mira".into(), "lin".into()],
        budget: Span::from_mins(10),
        rto: Some(Span::from_mins(15)),
        rpo: None,
        risk: Some(Risk::R3),
        rehearse: Span::from_days(30),
        parameters: Vec::new(),
        approvals: BTreeMap::new(),
        keep: Vec::new(),
        before: vec![step("ready", "the stable version is ready", Action::Check(Check::Manual { signed: false }))],
        steps: vec![
            step("abort", "all traffic to stable", Action::Rollout(rollout)),
            step("flag", "flag new_pricing off", Action::Http(http)),
            step("support", "tell support", Action::Manual(manual)),
        ],
        validation: vec![step("errors", "errors are back to normal", Action::WaitMetric(wait))],
        digest: Hash::of(b"runbook"),
        commit: Some("9c1f0de2b7a4".into()),
    }
}

fn planned(id: &str, title: &str, kind: &str, part: Part, request: Request) -> Planned {
    let write = part == Part::Steps;
    Planned {
        id: id.to_owned(),
        part,
        title: title.to_owned(),
        kind: kind.to_owned(),
        request,
        undo: None,
        probe: None,
        effect: if write { Effect::Write } else { Effect::Read },
        idempotent: true,
        cancellable: true,
        timeout: Span::from_mins(1),
        grace: Span::from_secs(10),
        attempts: 2,
        failing: Failing::Stop,
        notes: Vec::new(),
    }
}

fn patch() -> Request {
    Request::Kubernetes(Patch {
        source: "prod-eu".into(),
        path: "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/checkout/status".into(),
        object: "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/checkout".into(),
        name: "Rollout shop/checkout".into(),
        form: PatchForm::Merge,
        body: r#"{"status":{"abort":true}}"#.into(),
        observed: Observed {
            uid: "uid-checkout".into(),
            generation: 12,
            resource_version: "9".into(),
            facts: BTreeMap::new(),
        },
        until: vec![("/status/abort".into(), Predicate::Truth(true))],
        diff: vec!["- image shop/checkout:1.42.0".into(), "+ image shop/checkout:1.41.7".into()],
    })
}

fn flag(state: &str) -> Request {
    Request::Http(HttpRequest {
        method: "PUT".into(),
        url: "https://flags.example/new_pricing".into(),
        headers: BTreeMap::from([("Authorization".into(), Value::Secret(SecretRef::Env("FLAGS_TOKEN".into())))]),
        body: Some(format!("{{\"state\":\"{state}\"}}")),
        idempotency_header: Some("Idempotency-Key".into()),
        status: Vec::new(),
        field: None,
        rehearsal_url: None,
    })
}

/// The plan of it.
pub(crate) fn plan() -> Plan {
    let mut abort = planned("abort", "all traffic to stable", "rollout", Part::Steps, patch());
    abort.undo = Some(patch());
    abort.notes = vec!["Argo CD (shop) puts this back within seconds where self-heal is on".into()];
    let mut switch = planned("flag", "flag new_pricing off", "http", Part::Steps, flag("off"));
    switch.undo = Some(flag("on"));
    let manual =
        Request::Manual { instruction: "tell support in #sev2".into(), who: Some("support".into()), evidence: true };
    let mut support = planned("support", "tell support", "manual", Part::Steps, manual);
    support.undo = Some(Request::Nothing { why: "nothing to take back".into() });
    let wait = Wait {
        source: "prom-eu".into(),
        query: "errors".into(),
        must: Predicate::Truth(true),
        hold: Span::from_mins(1),
        every: Span::from_secs(5),
    };
    Plan {
        v: VERSION,
        runbook: Source {
            name: RUNBOOK.into(),
            title: runbook().title,
            digest: runbook().digest,
            commit: runbook().commit,
            owner: Some("sre".into()),
        },
        target: Target {
            release: Some(RELEASE.into()),
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
        parameters: BTreeMap::from([("to".into(), "1.41.7".into())]),
        keep: Vec::new(),
        steps: vec![
            planned(
                "ready",
                "the stable version is ready",
                "check",
                Part::Before,
                Request::Check(Check::Manual { signed: false }),
            ),
            abort,
            switch,
            support,
            planned("errors", "errors are back to normal", "wait_metric", Part::Validation, Request::WaitMetric(wait)),
        ],
    }
}

/// Acts about runs, each so many seconds ago, as a console that follows the ledger has them.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    runs: Runs,
    newest: Vec<Arc<Recorded>>,
}

impl Journal {
    /// Records `act` about `run`, `secs` ago.
    pub(crate) fn say(mut self, secs: u64, run: &str, act: &Act) -> Self {
        let seq = u64::try_from(self.newest.len()).expect("few") + 1;
        let actor = Actor { key: UNSIGNED.into(), user: "mira".into(), ..Actor::default() };
        let entry = act.entry(actor, run, Some(RELEASE)).expect("an entry");
        let place = Place { seq, id: format!("{seq:026}"), ts: ago(secs), host: "bastion-2".into(), prev: Hash::NONE };
        let event = Event::new(entry, place);
        self.runs.apply(&event).expect("it counts");
        self.newest.insert(0, Arc::new(Recorded { event, proof: Proof::Unsigned }));
        self
    }

    /// A run of `plan` that a worker took up, so many seconds ago.
    pub(crate) fn start(self, secs: u64, run: &str, plan: Plan) -> Self {
        let hash = plan.hash().expect("a hash");
        let reason = Some("INC-4821: the canary burns".to_owned());
        let create = Act::Create {
            plan,
            hash,
            reason,
            incident: None,
            take_over: None,
            break_glass: false,
            countdown: None,
            computed: None,
        };
        let epoch = u64::try_from(self.newest.len()).expect("few") + 1;
        let worker = Worker { host: "bastion-2".into(), boot: "b".into(), pid: 7, started: 1 };
        self.say(secs, run, &create).say(secs, run, &Act::Claim { epoch, worker })
    }

    /// A step is begun.
    pub(crate) fn intend(self, secs: u64, run: &str, step: &str) -> Self {
        let (epoch, number) = self.next(run, step);
        let deadline = ago(secs) + Span::from_mins(1).delta();
        self.say(secs, run, &Act::Intent { epoch, step: step.into(), undo: false, number, deadline })
    }

    /// How it went.
    pub(crate) fn result(self, secs: u64, run: &str, step: &str, outcome: Outcome, words: &str) -> Self {
        let found = self.runs.run(run).expect("the run");
        let (epoch, number) = (found.epoch, found.attempt(step).expect("begun").number);
        let act = Act::Result {
            epoch,
            step: step.into(),
            undo: false,
            number,
            outcome,
            words: words.into(),
            took: Span::from_secs(9),
            known: Known::Worker,
            output: None,
        };
        self.say(secs, run, &act)
    }

    fn next(&self, run: &str, step: &str) -> (u64, u32) {
        let run = self.runs.run(run).expect("the run");
        (run.epoch, run.attempt(step).map_or(1, |attempt| attempt.number + 1))
    }

    /// The ledger of it.
    pub(crate) fn ledger(self) -> Ledger {
        Ledger {
            state: State::Following,
            events: u64::try_from(self.newest.len()).expect("few"),
            runs: Arc::new(self.runs),
            newest: self.newest,
            read_at: Some(super::now()),
            ..Ledger::default()
        }
    }
}

/// A room with the runbook, in which nothing was run yet.
pub(crate) fn staged(screen: Screen) -> Model {
    with(screen, Journal::default())
}

/// A room with the runbook and these runs.
pub(crate) fn with(screen: Screen, journal: Journal) -> Model {
    let mut model = model(screen, live());
    let mut others = [runbook(), runbook()];
    others[0].name = "pause-batch".into();
    others[0].title = "Pause the batch jobs".into();
    others[0].services = vec!["search".into()];
    others[0].risk = Some(Risk::R2);
    others[0].digest = Hash::of(b"pause");
    others[1].name = "restore-database".into();
    others[1].title = "Restore the database to a point in time".into();
    others[1].services = vec!["ledger".into()];
    others[1].risk = Some(Risk::R4);
    others[1].digest = Hash::of(b"restore");
    let all = others.into_iter().chain([runbook()]).map(|runbook| (runbook.name.clone(), runbook));
    model.room.catalog = Arc::new(Catalog { runbooks: all.collect(), ..Catalog::default() });
    model.picture = live();
    update(&mut model, super::now(), Msg::Ledger(Box::new(journal.ledger())));
    model
}

/// A run in the middle: traffic is back, the flag is being turned off.
pub(crate) fn running() -> Journal {
    rehearsed()
        .start(132, "run-0192", plan())
        .intend(131, "run-0192", "ready")
        .result(130, "run-0192", "ready", Outcome::Succeeded, "ready")
        .intend(129, "run-0192", "abort")
        .result(120, "run-0192", "abort", Outcome::Succeeded, "aborted, read back")
        .intend(40, "run-0192", "flag")
}

/// A rehearsal that went through twelve days ago.
pub(crate) fn rehearsed() -> Journal {
    let mut rehearsal = plan();
    rehearsal.mode = Mode::Rehearsal;
    let begun = 12 * 86_400;
    let mut journal = Journal::default().start(begun, "run-0101", rehearsal);
    for (index, step) in (1_u64..).zip(["ready", "abort", "flag", "support", "errors"]) {
        let at = begun - 50 * index;
        journal = journal.intend(at + 10, "run-0101", step).result(at, "run-0101", step, Outcome::Succeeded, "dry run");
    }
    let end = Act::End { epoch: 1, ending: warroom::domain::run::Ending::Verified, words: "all well".into() };
    journal.say(begun - 250, "run-0101", &end)
}
