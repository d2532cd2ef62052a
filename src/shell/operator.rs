//! Plans are resolved, runs started and told what to do here, beside the interface: whoever is asked may take their time.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::inbox::Inbox;
use crate::{
    app::{
        msg::{Effect, Msg},
        run::{Asked, Authorised, AuthorisedOrder},
    },
    clock::Clock,
    config::schema::ledger::Ledger as Settings,
    domain::{
        plan::resolve::{self, Made},
        run::runs::{Refused, Runs},
    },
    ledger::{actor, agent::Agent, open},
    runbook::{
        approve::{self, Desk},
        journal::Journal,
        resolve::Resolver,
    },
};

/// Plans and runs of a console that may write.
#[derive(Debug)]
pub struct Operator {
    /// Where its work runs.
    runtime: Handle,
    settings: Settings,
    resolver: Arc<Resolver>,
    agent: Agent,
    clock: Clock,
    inbox: Arc<Inbox>,
}

impl Operator {
    /// Works with the ledger of `settings`, plans by what the resolver sees, signs with the agent. What becomes of it goes into `inbox`.
    #[must_use]
    pub fn new(
        runtime: Handle,
        settings: Settings,
        (resolver, agent): (Resolver, Agent),
        clock: Clock,
        inbox: Arc<Inbox>,
    ) -> Self {
        Self { runtime, settings, resolver: Arc::new(resolver), agent, clock, inbox }
    }

    /// Does what was asked for. Returns at once.
    pub fn take(&self, effect: Effect) {
        match effect {
            Effect::Plan { act, asked } => self.plan(act, *asked),
            Effect::AskApproval(authorised) => self.ask(*authorised),
            Effect::StartRun(authorised) => {
                let outcome = Err("runs cannot be started here yet".to_owned());
                self.inbox.tell(self.clock.now(), Msg::Started { act: authorised.act(), outcome });
            }
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

    /// Records what a run is told; its worker reads it in the ledger.
    fn record(&self, order: AuthorisedOrder) {
        let (settings, clock, inbox) = (self.settings.clone(), self.clock, Arc::clone(&self.inbox));
        self.runtime.spawn_blocking(move || {
            let act = order.act();
            inbox.tell(clock.now(), Msg::Told { act, outcome: recorded(&order, &settings, clock) });
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

fn recorded(order: &AuthorisedOrder, settings: &Settings, clock: Clock) -> Result<u64, String> {
    let store = open::open(settings, clock).map_err(|error| error.to_string())?;
    let mut journal = Journal::open(store, actor::actor()).map_err(|error| error.to_string())?;
    let stands = |runs: &Runs| match (order.upto(), runs.run(order.run())) {
        (Some(upto), Some(run)) if run.upto != upto => {
            Err(Refused::Misplaced { run: run.id.clone(), why: "it went on meanwhile: look again" })
        }
        _ => Ok(()),
    };
    let event = journal.record_while(order.run(), order.says(), stands).map_err(|error| error.to_string())?;
    Ok(event.seq)
}
