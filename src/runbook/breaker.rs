//! What the circuit breaker does outside: a plan is made, a countdown begun, and at its end the same plan is run as a person would run
//! it. Each begins by looking at the world anew, and is signed by the service account.

use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::{
    approve::{self, Barred},
    journal::{Journal, JournalError},
    resolve::Resolver,
    start,
};
use crate::{
    clock::Clock,
    config::schema::ledger::Ledger,
    domain::{
        breaker::{
            account::Statement,
            countdown::{Case, Countdown, Said},
            rule::{Begin, LATE},
        },
        catalog::Catalog,
        ledger::{
            event::{Actor, Signed},
            hash::Hash,
            signature::{self, Meaning, Verified},
        },
        plan::{
            Plan,
            request::Request,
            resolve::{Asked, Made},
        },
        readiness::{standing::against, statement::Decision},
        run::{RunId, act::Act},
        runbook::{Runbook, action::Effect, risk::Risk},
        time::{Span, Timestamp},
    },
    ledger::{
        actor,
        agent::{Agent, AgentRefusal},
        open::{self, OpenError},
        reading,
        store::Store,
    },
};

/// What it is done with.
#[derive(Clone, Copy, Debug)]
pub struct Tools<'a> {
    /// The ledger.
    pub settings: &'a Ledger,
    /// What was declared: roles and signers.
    pub catalog: &'a Arc<Catalog>,
    /// Makes plans.
    pub resolver: &'a Resolver,
    /// Signs.
    pub agent: &'a Agent,
    /// The name of the service account.
    pub account: &'a str,
    /// The time.
    pub clock: Clock,
}

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum NotDone {
    /// There is no plan that may be run without a person.
    #[error("{0}")]
    Plan(String),
    /// The plan is another one than at the beginning.
    #[error("the plan is another one by now: it would {0}, and the countdown was for {1}")]
    Changed(String, String),
    /// Somebody holds it.
    #[error("{0} decided hold: {1}")]
    Held(String, String),
    /// Nobody signs.
    #[error("{0} does not sign: {1}")]
    Key(String, AgentRefusal),
    /// The signature is not good.
    #[error(transparent)]
    NotSigned(#[from] signature::NotSigned),
    /// It may not be run.
    #[error(transparent)]
    Barred(#[from] Barred),
    /// There is no ledger.
    #[error(transparent)]
    Ledger(#[from] OpenError),
    /// It was not recorded.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// It was given up.
    #[error("it was given up in the middle; the ledger says how far it came")]
    Lost,
    /// It cannot be written.
    #[error(transparent)]
    CannotWrite(#[from] crate::domain::ledger::canonical::CannotWrite),
}

/// Makes the plan of `runbook` for what is `asked`, and begins to count down to it. The event.
///
/// # Errors
/// Why nothing was begun.
pub async fn begin(
    begin: &Begin,
    (runbook, asked): (&Runbook, &Asked),
    process: &str,
    tools: &Tools<'_>,
) -> Result<u64, NotDone> {
    let plan = planned(&begin.case, runbook, asked, tools).await?;
    let hash = plan.hash()?;
    let release = asked.release.clone().unwrap_or_default();
    let by = signed(&release, hash, "begin", tools).await?;
    let said = Said::Begin {
        case: begin.case.clone(),
        plan: hash,
        does: does(&plan, &begin.case),
        until: tools.clock.now() + begin.lasts.delta(),
        process: process.to_owned(),
        after: begin.after,
    };
    let (settings, clock) = (tools.settings.clone(), tools.clock);
    let recorded = spawn_blocking(move || {
        let mut journal = Journal::open(open::open(&settings, clock)?, actor::actor())?;
        Ok(journal.record_countdown(by, &release, &said)?.seq)
    });
    recorded.await.map_err(|_| NotDone::Lost)?
}

/// Runs the plan of `countdown`, when it still is the same one. The run and its event; a worker has to be started for it.
///
/// # Errors
/// Why it was not run.
pub async fn act(
    countdown: &Countdown,
    (runbook, asked): (&Runbook, &Asked),
    tools: &Tools<'_>,
) -> Result<(RunId, u64), NotDone> {
    let case = &countdown.case;
    let plan = planned(case, runbook, asked, tools).await?;
    let hash = plan.hash()?;
    if hash != countdown.plan {
        return Err(NotDone::Changed(does(&plan, case), countdown.does.clone()));
    }
    let id = start::identifier();
    let by = signed(&countdown.release, hash, &id, tools).await?;
    if tools.clock.now() > countdown.until + LATE.delta() {
        return Err(NotDone::Plan("it took too long: what was judged is old by now".to_owned()));
    }
    let reason = format!(
        "circuit breaker: {} of {} fired, and nobody held it for {}{}{}",
        case.trigger,
        case.service,
        Span::between(countdown.at, countdown.until),
        if case.evidence.is_empty() { "" } else { ": " },
        case.evidence
    );
    let create = Act::Create {
        plan,
        hash,
        reason: Some(reason),
        incident: None,
        take_over: None,
        break_glass: false,
        countdown: Some(countdown.seq),
        // Its evidence stands in the reason and with the countdown.
        computed: None,
    };
    let (settings, clock) = (tools.settings.clone(), tools.clock);
    let (catalog, countdown) = (Arc::clone(tools.catalog), countdown.clone());
    let created = spawn_blocking(move || created(id, &create, by, &countdown, &catalog, (&settings, clock)));
    created.await.map_err(|_| NotDone::Lost)?
}

/// Records the run, when nothing was recorded meanwhile that speaks against it.
fn created(
    id: RunId,
    create: &Act,
    by: (Actor, Option<Signed>),
    countdown: &Countdown,
    catalog: &Catalog,
    (settings, clock): (&Ledger, Clock),
) -> Result<(RunId, u64), NotDone> {
    let mut store = open::open(settings, clock)?;
    if let Act::Create { plan, .. } = create {
        approve::admitted(plan, false, store.as_mut(), catalog, clock.now())?;
    }
    held(countdown, store.as_mut(), catalog)?;
    let event = Journal::open(store, actor::actor())?.record_by(by, &id, create, |_| Ok(()))?;
    Ok((id, event.seq))
}

/// Records what is `said` about the countdown of `release`, by whoever runs this process. The event. Blocks.
///
/// # Errors
/// Why it does not count, or cannot be recorded.
pub fn record(settings: &Ledger, clock: Clock, release: &str, said: &Said) -> Result<u64, NotDone> {
    let mut journal = Journal::open(open::open(settings, clock)?, actor::actor())?;
    Ok(journal.record_countdown((actor::actor(), None), release, said)?.seq)
}

/// The plan, by what the clusters say now, when no person is needed for it.
async fn planned(case: &Case, runbook: &Runbook, asked: &Asked, tools: &Tools<'_>) -> Result<Plan, NotDone> {
    let no = |why: String| Err(NotDone::Plan(why));
    let Made { plan, unknown, .. } = match tools.resolver.resolve(runbook, asked, tools.catalog).await {
        Ok(made) => made,
        Err(refused) => return no(refused.to_string()),
    };
    if let Some(unknown) = unknown.first() {
        return no(format!("not all that it would change could be seen: {unknown}"));
    }
    if plan.target.from.as_deref() != Some(&case.version) {
        let there = plan.target.from.as_deref().unwrap_or("of no known version");
        return no(format!("{} is {there} in its cluster, and {} was judged", case.service, case.version));
    }
    if plan.needs.is_some() || plan.risk == Risk::R4 {
        return no(format!("a person must approve it: {}", plan.because));
    }
    let nothing = |request: &Request| matches!(request, Request::Nothing { .. });
    if plan.steps.iter().all(|step| nothing(&step.request) || step.effect == Effect::Read) {
        let why = plan.steps.iter().find_map(|step| match &step.request {
            Request::Nothing { why } => Some(why.clone()),
            _ => None,
        });
        return no(format!("there is nothing to do: {}", why.unwrap_or_default()));
    }
    Ok(plan)
}

/// The plan in a few words: `abort checkout prod to 1.41.7`.
fn does(plan: &Plan, case: &Case) -> String {
    let target = &plan.target;
    let to = target.to.as_ref().map_or_else(String::new, |to| format!(" to {to}"));
    format!("{} {} {}{to}", case.act.word(), target.service, target.environment)
}

/// Whether somebody who may decide has decided hold since the countdown began.
fn held(countdown: &Countdown, store: &mut dyn Store, catalog: &Catalog) -> Result<(), NotDone> {
    let read = reading::read(store, &catalog.signers).map_err(JournalError::from)?;
    let said = read.record.said(&countdown.release);
    match said.and_then(|said| against(said, &catalog.roles)) {
        Some((who, stop)) if stop.decision == Decision::Hold && stop.by.at >= countdown.at => {
            Err(NotDone::Held(who.clone(), stop.reason.clone()))
        }
        _ => Ok(()),
    }
}

/// The service account with its signature of that plan.
async fn signed(release: &str, plan: Hash, says: &str, tools: &Tools<'_>) -> Result<(Actor, Option<Signed>), NotDone> {
    let now: Timestamp = tools.clock.now();
    let signers = &tools.catalog.signers;
    let refused = |why| NotDone::Key(tools.account.to_owned(), why);
    let keys = tools.agent.identities(signers, Meaning::Breaker, now).await.map_err(refused)?;
    let count = keys.len();
    let identity = keys
        .into_iter()
        .find(|key| key.principal == tools.account)
        .ok_or_else(|| refused(AgentRefusal::Unknown { count, namespace: Meaning::Breaker.namespace() }))?;
    let nonce = format!("{:032x}", fastrand::u128(..));
    let statement = Statement { principal: &identity.principal, release, plan, says, nonce: &nonce, at: now };
    let namespace = Meaning::Breaker.namespace().to_owned();
    let mut signed = Signed { namespace, statement: statement.object(), signature: String::new() };
    signed.signature = tools.agent.sign(&identity, Meaning::Breaker, &signed.message()?).await.map_err(refused)?;
    let Verified { principal, fingerprint } = signature::verify(&signed, signers, now)?;
    Ok((Actor { principal: Some(principal), key: fingerprint, ..actor::actor() }, Some(signed)))
}
