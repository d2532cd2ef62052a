//! Plans are resolved, runs started and told what to do here, beside the interface: whoever is asked may take their time.

use std::sync::Arc;

use tokio::runtime::Handle;

use super::inbox::Inbox;
use crate::{
    app::{
        msg::{Effect, Msg},
        run::AuthorisedOrder,
    },
    clock::Clock,
    config::schema::ledger::Ledger as Settings,
    domain::run::runs::{Refused, Runs},
    ledger::{actor, open},
    runbook::journal::Journal,
};

/// Plans and runs of a console that may write.
#[derive(Debug)]
pub struct Operator {
    /// Where its work runs.
    runtime: Handle,
    settings: Settings,
    clock: Clock,
    inbox: Arc<Inbox>,
}

impl Operator {
    /// Works with the ledger of `settings`. What becomes of it goes into `inbox`.
    #[must_use]
    pub const fn new(runtime: Handle, settings: Settings, clock: Clock, inbox: Arc<Inbox>) -> Self {
        Self { runtime, settings, clock, inbox }
    }

    /// Does what was asked for. Returns at once.
    pub fn take(&self, effect: Effect) {
        match effect {
            Effect::Plan { act, .. } => {
                self.tell(Msg::Planned { act, outcome: Err("plans cannot be made here yet".to_owned()) });
            }
            Effect::StartRun(authorised) => {
                let outcome = Err("runs cannot be started here yet".to_owned());
                self.tell(Msg::Started { act: authorised.act(), outcome });
            }
            Effect::TellRun(order) => self.record(*order),
            _ => {}
        }
    }

    /// Records what a run is told; its worker reads it in the ledger.
    fn record(&self, order: AuthorisedOrder) {
        let (settings, clock, inbox) = (self.settings.clone(), self.clock, Arc::clone(&self.inbox));
        self.runtime.spawn_blocking(move || {
            let act = order.act();
            inbox.tell(clock.now(), Msg::Told { act, outcome: recorded(&order, &settings, clock) });
        });
    }

    fn tell(&self, msg: Msg) {
        self.inbox.tell(self.clock.now(), msg);
    }
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
