//! Plans are resolved, runs started and told what to do here, beside the interface: whoever is asked may take their time.

use std::{
    ffi::OsString,
    io,
    process::Child,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use tokio::{runtime::Handle, task::spawn_blocking};

use super::{approver, console::WORKER, inbox::Inbox};
use crate::{
    app::{
        msg::{Effect, Msg},
        run::{Asked, Authorised, AuthorisedApproval, AuthorisedOrder},
    },
    clock::Clock,
    config::schema::ledger::Ledger as Settings,
    domain::{
        plan::resolve::{self, Made},
        run::{
            RunId,
            act::{Act, Reading, read},
            runs::{Refused, Runs},
        },
    },
    ledger::{actor, agent::Agent, open},
    runbook::{
        answer,
        approve::Desk,
        journal::Journal,
        place,
        process::{Alive, alive},
        resolve::Resolver,
        start::{self, Confirmed},
    },
};

/// How long a worker has to take a run up.
const TAKEN_UP: Duration = Duration::from_secs(20);
/// How often it is looked for.
const LOOK: Duration = Duration::from_millis(250);

/// Plans and runs of a console that may write.
#[derive(Clone, Debug)]
pub struct Operator {
    /// Where its work runs.
    pub(super) runtime: Handle,
    pub(super) settings: Settings,
    /// The arguments that lead a worker to the same settings.
    arguments: Vec<OsString>,
    pub(super) resolver: Arc<Resolver>,
    pub(super) agent: Agent,
    pub(super) clock: Clock,
    pub(super) inbox: Arc<Inbox>,
}

impl Operator {
    /// Works with the ledger of `settings`, to which `arguments` lead a worker too; plans by what the resolver sees, signs with the
    /// agent. What becomes of it goes into `inbox`.
    #[must_use]
    pub fn new(
        runtime: Handle,
        (settings, arguments): (Settings, Vec<OsString>),
        (resolver, agent): (Resolver, Agent),
        clock: Clock,
        inbox: Arc<Inbox>,
    ) -> Self {
        Self { runtime, settings, arguments, resolver: Arc::new(resolver), agent, clock, inbox }
    }

    /// Does what was asked for. Returns at once.
    pub fn take(&self, effect: Effect) {
        match effect {
            Effect::Plan { act, asked } => self.plan(act, *asked),
            Effect::AskApproval(authorised) => self.ask(*authorised),
            Effect::Approve(said) => self.approve(*said),
            Effect::StartRun(authorised) => self.start(*authorised),
            Effect::TellRun(order) => self.record(*order),
            Effect::RecoverRun(recovery) => self.recover(recovery.act(), recovery.run().to_owned()),
            Effect::Breaker(order) => self.brake(*order),
            Effect::Hold(holding) => self.hold(*holding),
            _ => {}
        }
    }

    /// Starts a worker for the run `id`.
    pub(super) fn work(&self, id: &str) -> io::Result<()> {
        worker(&self.settings, id, &self.arguments)
    }

    /// Makes a plan by what the clusters say now.
    fn plan(&self, act: u64, asked: Asked) {
        let (resolver, clock, inbox) = (Arc::clone(&self.resolver), self.clock, Arc::clone(&self.inbox));
        self.runtime.spawn(async move {
            let (outcome, unknown) = match planned(&resolver, asked).await {
                Ok(Made { plan, unknown, .. }) => (Ok(Box::new(plan)), unknown),
                Err(why) => (Err(why), Vec::new()),
            };
            inbox.tell(clock.now(), Msg::Planned { act, outcome, unknown });
        });
    }

    /// Asks others to approve a plan.
    fn ask(&self, authorised: Authorised) {
        let (settings, clock, inbox) = (self.settings.clone(), self.clock, Arc::clone(&self.inbox));
        let agent = self.agent.clone();
        self.runtime.spawn(async move {
            let outcome = approver::ask(&authorised, &settings, (&agent, clock)).await;
            inbox.tell(clock.now(), Msg::Told { act: authorised.act(), outcome });
        });
    }

    /// Signs what somebody says about a plan.
    fn approve(&self, said: AuthorisedApproval) {
        let (settings, clock, inbox) = (self.settings.clone(), self.clock, Arc::clone(&self.inbox));
        let agent = self.agent.clone();
        self.runtime.spawn(async move {
            let outcome = approver::approve(&said, &settings, (&agent, clock)).await;
            inbox.tell(clock.now(), Msg::Told { act: said.act(), outcome });
        });
    }

    /// Records a run, and starts its worker.
    fn start(&self, authorised: Authorised) {
        let (settings, arguments) = (self.settings.clone(), self.arguments.clone());
        let (clock, inbox, agent) = (self.clock, Arc::clone(&self.inbox), self.agent.clone());
        self.runtime.spawn(async move {
            let act = authorised.act();
            if let Some(glass) = authorised.glass()
                && let Err(why) = approver::break_glass(&authorised, glass, &settings, (&agent, clock)).await
            {
                let outcome = Err(format!("the glass is not broken: {why}"));
                inbox.tell(clock.now(), Msg::Started { act, outcome });
                return;
            }
            spawn_blocking(move || {
                let begun = begun(&authorised, &settings, clock);
                let notice = begun.as_ref().ok().and_then(|id| {
                    let started = worker(&settings, id, &arguments);
                    started.err().map(|why| format!("{id} is recorded, and no worker can be started: {why}"))
                });
                inbox.tell(clock.now(), Msg::Started { act, outcome: begun });
                if let Some(notice) = notice {
                    inbox.tell(clock.now(), Msg::Notice(notice));
                }
            });
        });
    }

    /// Starts another worker for a run that nobody works on.
    fn recover(&self, act: u64, run: RunId) {
        let (settings, mut arguments) = (self.settings.clone(), self.arguments.clone());
        let (clock, inbox) = (self.clock, Arc::clone(&self.inbox));
        arguments.push("--recover".into());
        self.runtime.spawn_blocking(move || {
            let outcome = recovered(&run, &settings, &arguments, clock);
            inbox.tell(clock.now(), Msg::Told { act, outcome });
        });
    }

    /// Records what a run is told; its worker reads it in the ledger.
    fn record(&self, order: AuthorisedOrder) {
        let (settings, clock, inbox) = (self.settings.clone(), self.clock, Arc::clone(&self.inbox));
        let (agent, runtime) = (self.agent.clone(), self.runtime.clone());
        self.runtime.spawn_blocking(move || {
            let act = order.act();
            let outcome = recorded(&order, &settings, (&agent, &runtime), clock);
            inbox.tell(clock.now(), Msg::Told { act, outcome });
        });
    }
}

async fn planned(resolver: &Resolver, asked: Asked) -> Result<Made, String> {
    let Asked { catalog, runbook, target, mode, values } = asked;
    let found = catalog.runbooks.get(&runbook).ok_or_else(|| format!("there is no runbook {runbook} any more"))?;
    let asked = resolve::Asked {
        // A release that nobody declared has no file that a plan could be made of.
        release: catalog.releases.contains_key(&target.release).then_some(target.release),
        service: Some(target.service),
        environment: Some(target.environment),
        parameters: values,
        mode,
    };
    resolver.resolve(found, &asked, &catalog).await.map_err(|refused| refused.to_string())
}

fn begun(authorised: &Authorised, settings: &Settings, clock: Clock) -> Result<RunId, String> {
    let confirmed = Confirmed {
        plan: authorised.plan().clone(),
        reason: authorised.reason().map(str::to_owned),
        incident: authorised.incident().map(str::to_owned),
        take_over: authorised.take_over().cloned(),
        break_glass: authorised.glass().is_some(),
        computed: authorised.computed().cloned(),
    };
    let begun = start::begin(settings, authorised.catalog(), confirmed, clock);
    begun.map(|(_, id)| id).map_err(|why| why.to_string())
}

/// Starts the worker of the run `id`. It goes on when this process ends; until then its end is waited for, so that it does not
/// stay in the table of processes.
fn worker(settings: &Settings, id: &str, arguments: &[OsString]) -> io::Result<()> {
    let runs = place::all(settings).map_err(io::Error::other)?;
    let mut child: Child = start::worker(&runs, id, arguments)?;
    thread::Builder::new().name(format!("{WORKER}-run")).spawn(move || child.wait()).map(drop)
}

/// Starts a worker for the run `id` where none lives, and waits until it took the run up: the event that says so.
fn recovered(id: &str, settings: &Settings, arguments: &[OsString], clock: Clock) -> Result<u64, String> {
    let store = open::open_to_read(settings, clock).map_err(|error| error.to_string())?;
    let mut journal = Journal::open(store, actor::actor()).map_err(|error| error.to_string())?;
    let before = journal.run(id).map_err(|why| why.to_string())?.worker.clone();
    if before.as_ref().map(alive) == Some(Alive::Yes) {
        return Err(format!("{id} is worked on: there is nothing to recover"));
    }
    worker(settings, id, arguments).map_err(|why| format!("no worker can be started: {why}"))?;
    let started = Instant::now();
    while started.elapsed() < TAKEN_UP {
        journal.wait(LOOK).map_err(|error| error.to_string())?;
        for event in journal.catch_up().map_err(|error| error.to_string())? {
            if event.target == id && matches!(read(&event), Reading::Act(Act::Claim { .. })) {
                return Ok(event.seq);
            }
        }
    }
    let directory = place::all(settings).ok().and_then(|runs| place::of(&runs, id));
    let said = directory.and_then(|directory| start::last_words(&directory));
    let said = said.map_or_else(String::new, |said| format!("; it said: {said}"));
    Err(format!("the worker did not take {id} up within {} s{said}", TAKEN_UP.as_secs()))
}

fn recorded(
    order: &AuthorisedOrder,
    settings: &Settings,
    (agent, runtime): (&Agent, &Handle),
    clock: Clock,
) -> Result<u64, String> {
    let store = open::open(settings, clock).map_err(|error| error.to_string())?;
    let mut journal = Journal::open(store, actor::actor()).map_err(|error| error.to_string())?;
    let run = journal.run(order.run()).map_err(|error| error.to_string())?.clone();
    let (catalog, actor) = (order.catalog(), actor::actor());
    let desk = Desk { signers: &catalog.signers, roles: &catalog.roles, actor: &actor, agent, now: clock.now() };
    let by = runtime.block_on(answer::by(&run, order.says(), &desk)).map_err(|error| error.to_string())?;
    let stands = |runs: &Runs| match (order.upto(), runs.run(order.run())) {
        (Some(upto), Some(run)) if run.upto != upto => {
            Err(Refused::Misplaced { run: run.id.clone(), why: "it went on meanwhile: look again" })
        }
        _ => Ok(()),
    };
    let event = journal.record_by(by, order.run(), order.says(), stands).map_err(|error| error.to_string())?;
    Ok(event.seq)
}
