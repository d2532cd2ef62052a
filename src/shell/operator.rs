//! Plans are resolved, runs started and told what to do here, beside the interface: whoever is asked may take their time.

use std::{ffi::OsString, io, process::Child, sync::Arc, thread};

use tokio::runtime::Handle;

use super::{console::WORKER, inbox::Inbox};
use crate::{
    app::{
        msg::{Effect, Msg},
        run::{Asked, Authorised, AuthorisedOrder},
    },
    clock::Clock,
    config::schema::ledger::Ledger as Settings,
    domain::{
        plan::resolve::{self, Made},
        run::{
            RunId,
            runs::{Refused, Runs},
        },
    },
    ledger::{actor, agent::Agent, open},
    runbook::{
        answer,
        approve::{self, Desk},
        journal::Journal,
        place,
        resolve::Resolver,
        start::{self, Confirmed},
    },
};

/// Plans and runs of a console that may write.
#[derive(Debug)]
pub struct Operator {
    /// Where its work runs.
    runtime: Handle,
    settings: Settings,
    /// The arguments that lead a worker to the same settings.
    arguments: Vec<OsString>,
    resolver: Arc<Resolver>,
    agent: Agent,
    clock: Clock,
    inbox: Arc<Inbox>,
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
            Effect::StartRun(authorised) => self.start(*authorised),
            Effect::TellRun(order) => self.record(*order),
            _ => {}
        }
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
            let outcome = requested(&authorised, settings, &agent, clock).await;
            inbox.tell(clock.now(), Msg::Told { act: authorised.act(), outcome });
        });
    }

    /// Records a run, and starts its worker.
    fn start(&self, authorised: Authorised) {
        let (settings, arguments) = (self.settings.clone(), self.arguments.clone());
        let (clock, inbox) = (self.clock, Arc::clone(&self.inbox));
        self.runtime.spawn_blocking(move || {
            let act = authorised.act();
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

/// Signed where the agent has a key that counts, so that it is known who asks.
async fn requested(authorised: &Authorised, settings: Settings, agent: &Agent, clock: Clock) -> Result<u64, String> {
    let (catalog, actor) = (authorised.catalog(), actor::actor());
    let desk = Desk { signers: &catalog.signers, roles: &catalog.roles, actor: &actor, agent, now: clock.now() };
    let entry = approve::ask(authorised.plan(), &desk).await.map_err(|why| why.to_string())?;
    let append = move || {
        let mut store = open::open(&settings, clock).map_err(|error| error.to_string())?;
        store.append(&entry).map(|event| event.seq).map_err(|error| error.to_string())
    };
    tokio::task::spawn_blocking(append).await.map_err(|error| error.to_string())?
}

fn begun(authorised: &Authorised, settings: &Settings, clock: Clock) -> Result<RunId, String> {
    let confirmed = Confirmed {
        plan: authorised.plan().clone(),
        reason: authorised.reason().map(str::to_owned),
        incident: None,
        take_over: authorised.take_over().cloned(),
        break_glass: false,
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
