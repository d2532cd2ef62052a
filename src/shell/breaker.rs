//! What the circuit breaker of this process does, and holding it, beside the interface.

use tokio::task::spawn_blocking;

use super::operator::Operator;
use crate::{
    app::{
        breaker::{Does, Holding, Order, Prepared},
        msg::Msg,
    },
    domain::breaker::{
        countdown::{Countdown, Said},
        rule::Step,
    },
    runbook::breaker::{Tools, act, begin, record},
};

/// What is said for a person who held it by a chord.
const HELD: &str = "held at the console";

impl Operator {
    /// Does what the rule says. Returns at once.
    pub(super) fn brake(&self, order: Order) {
        let operator = self.clone();
        self.runtime.spawn(async move {
            let release = order.release().clone();
            let outcome = operator.braked(&order).await;
            if let Err(why) = &outcome {
                tracing::warn!("circuit breaker of {release}: {why}");
            }
            operator.inbox.tell(operator.clock.now(), Msg::Breaker { release, outcome });
        });
    }

    async fn braked(&self, order: &Order) -> Result<u64, String> {
        let tools = Tools {
            settings: &self.settings,
            catalog: order.catalog(),
            resolver: &self.resolver,
            agent: &self.agent,
            account: &order.account().name,
            clock: self.clock,
        };
        match order.does() {
            Does::Begin { begin: what, prepared } => {
                let begun = begin(what, of(prepared), &order.account().process, &tools).await;
                begun.map_err(|why| why.to_string())
            }
            Does::Act { countdown, prepared } => match act(countdown, of(prepared), &tools).await {
                Ok((run, seq)) => {
                    let operator = self.clone();
                    let started = spawn_blocking(move || operator.work(&run).map_err(|why| (run, why))).await;
                    if let Ok(Err((run, why))) = started {
                        let notice = format!("{run} is recorded, and no worker can be started: {why}");
                        self.inbox.tell(self.clock.now(), Msg::Notice(notice));
                    }
                    Ok(seq)
                }
                // Everybody who saw it count is told that it was not done.
                Err(why) => self.say(&countdown.release, stopped(countdown, why.to_string())).await,
            },
            Does::Record(step) => match said(step) {
                Some(said) => self.say(order.release(), said).await,
                None => Err("there is nothing to record".to_owned()),
            },
        }
    }

    /// Records that the person in front of this console holds it. Returns at once.
    pub(super) fn hold(&self, holding: Holding) {
        let operator = self.clone();
        self.runtime.spawn(async move {
            let said = Said::Hold { countdown: holding.countdown(), reason: HELD.to_owned(), who: None };
            let told = match operator.say(holding.release(), said).await {
                Ok(seq) => format!("HELD, as event {seq}: nothing is done by itself until the trigger has cleared"),
                Err(why) => format!("NOT held: {why}"),
            };
            operator.inbox.tell(operator.clock.now(), Msg::Notice(told));
        });
    }

    async fn say(&self, release: &str, said: Said) -> Result<u64, String> {
        let (settings, clock, release) = (self.settings.clone(), self.clock, release.to_owned());
        let recorded = spawn_blocking(move || record(&settings, clock, &release, &said)).await;
        recorded.map_err(|_| "it was given up".to_owned())?.map_err(|why| why.to_string())
    }
}

const fn of(prepared: &Prepared) -> (&crate::domain::runbook::Runbook, &crate::domain::plan::resolve::Asked) {
    (&prepared.runbook, &prepared.asked)
}

fn stopped(countdown: &Countdown, why: String) -> Said {
    Said::Stop { countdown: countdown.seq, why }
}

fn said(step: &Step) -> Option<Said> {
    match step.clone() {
        Step::Stop { countdown, why } => Some(Said::Stop { countdown, why }),
        Step::Hold { countdown, who, reason } => Some(Said::Hold { countdown, reason, who: Some(who) }),
        Step::Clear { countdown } => Some(Said::Clear { countdown }),
        Step::Begin(_) | Step::Act(_) => None,
    }
}
