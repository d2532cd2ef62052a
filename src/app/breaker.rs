//! The circuit breaker in this process: how it stands for each release, what this process has to do about it, and how a person holds
//! it.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    action::Action,
    ledger,
    model::{List, Model, Screen},
    rows,
    write::{self, Write},
};
use crate::domain::{
    breaker::{
        account::Account,
        countdown::{Case, Countdown},
        procedure,
        rule::{self, Begin, Ground, Stand, Step},
    },
    catalog::Catalog,
    level::Level,
    plan::{Mode, resolve::Asked},
    release::{Release, ReleaseId},
    run::{Ending, Run, State},
    runbook::Runbook,
    time::{Span, Timestamp},
    trigger::Act,
};

/// What this process knows of the circuit breaker beside the ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breaker {
    /// How it stands; releases where nothing fired are left out. Follows from the rest.
    pub stands: BTreeMap<ReleaseId, Stand>,
    /// When this process looked last.
    pub looked: Option<Timestamp>,
    /// What this process does about a release now, or has done up to that event.
    pub underway: BTreeMap<ReleaseId, Underway>,
    /// What could not be done lately.
    pub failed: BTreeMap<ReleaseId, Failed>,
    /// What was in doubt while the countdown that began with an event counted.
    pub doubted: BTreeMap<u64, String>,
}

/// How far something is that this process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Underway {
    /// It is being done.
    Doing,
    /// It was recorded as this event, which may not have been read yet.
    Recorded(u64),
}

/// Why something could not be done, and when it was tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// Why.
    pub why: String,
    /// When.
    pub at: Timestamp,
}

/// Something that this process does by itself. Only [`look`] makes one, and only where the rule says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Order {
    release: ReleaseId,
    account: Account,
    does: Does,
    catalog: Arc<Catalog>,
}

/// What is done.
#[derive(Clone, Debug, PartialEq)]
pub enum Does {
    /// A plan is made, and a countdown begun for it.
    Begin {
        /// What for.
        begin: Begin,
        /// The procedure.
        prepared: Box<Prepared>,
    },
    /// The plan of a countdown is run.
    Act {
        /// The countdown.
        countdown: Box<Countdown>,
        /// The procedure.
        prepared: Box<Prepared>,
    },
    /// A countdown is over.
    Record(Step),
}

/// What a plan is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct Prepared {
    /// The procedure.
    pub runbook: Runbook,
    /// What it is for.
    pub asked: Asked,
}

impl Order {
    /// The release.
    #[must_use]
    pub const fn release(&self) -> &ReleaseId {
        &self.release
    }

    /// As whom it is done.
    #[must_use]
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// What is done.
    #[must_use]
    pub const fn does(&self) -> &Does {
        &self.does
    }

    /// The catalog that it was judged by: its roles and signers.
    #[must_use]
    pub const fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }
}

/// A countdown that a person holds. Only [`hold`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    release: ReleaseId,
    countdown: u64,
}

impl Holding {
    /// The release.
    #[must_use]
    pub const fn release(&self) -> &ReleaseId {
        &self.release
    }

    /// The event that began the countdown.
    #[must_use]
    pub const fn countdown(&self) -> u64 {
        self.countdown
    }
}

/// Looks at every release, and says what this process has to do.
pub fn look(model: &mut Model) -> Vec<Order> {
    let ledger = trouble(model);
    let barred = barred(model);
    let read = model.ledger.events;
    model.breaker.underway.retain(|_, underway| !matches!(underway, Underway::Recorded(seq) if *seq <= read));
    let (mut stands, mut orders, mut doubted) = (BTreeMap::new(), Vec::new(), BTreeMap::new());
    for release in &model.picture.releases {
        let newest = model.ledger.runs.countdowns().of(&release.id);
        let ground = Ground {
            release,
            verdict: model.verdicts.get(&release.id),
            sources: &model.picture.sources,
            roles: &model.room.catalog.roles,
            runs: &model.ledger.runs,
            ledger: ledger.as_deref(),
            account: model.setup.account.as_ref(),
            barred: barred.as_deref(),
            doubted: newest.and_then(|newest| model.breaker.doubted.get(&newest.seq)).map(String::as_str),
            looked: model.breaker.looked,
            now: model.now,
        };
        let (stand, step) = rule::judge(&ground);
        if let (Stand::Counting { countdown }, Some(why)) = (&stand, &ledger) {
            doubted.insert(countdown.seq, why.clone());
        } else if let Some((newest, why)) = newest.zip(ground.doubted) {
            doubted.insert(newest.seq, why.to_owned());
        }
        let failed = model.breaker.failed.get(&release.id);
        let failed = failed.filter(|failed| Span::between(failed.at, model.now) < rule::AGAIN);
        let (stand, step) = match (stand, failed, step) {
            (Stand::Refused { act, service, trigger, .. }, Some(failed), Some(Step::Begin(_))) => {
                (Stand::Refused { act, service, trigger, why: failed.why.clone() }, None)
            }
            (stand, _, step) => (stand, step),
        };
        let free = !model.breaker.underway.contains_key(&release.id);
        orders.extend(step.filter(|_| free).and_then(|step| order(model, release, step)));
        if stand != Stand::Idle {
            stands.insert(release.id.clone(), stand);
        }
    }
    let breaker = &mut model.breaker;
    (breaker.stands, breaker.doubted) = (stands, doubted);
    breaker.looked = model.setup.account.is_some().then_some(model.now);
    breaker.failed.retain(|_, failed| Span::between(failed.at, model.now) < rule::AGAIN);
    breaker.underway.extend(orders.iter().map(|order| (order.release.clone(), Underway::Doing)));
    orders
}

fn order(model: &Model, release: &Release, step: Step) -> Option<Order> {
    let account = model.setup.account.clone()?;
    let prepared = |case: &Case| {
        let runbook = procedure::of(case.act, &case.service, &rule::objects(release, &case.service))?;
        let asked = Asked {
            release: Some(release.id.clone()),
            service: Some(case.service.clone()),
            environment: Some(release.environment.clone()),
            parameters: BTreeMap::new(),
            mode: Mode::Real,
        };
        Some(Box::new(Prepared { runbook, asked }))
    };
    let does = match step {
        Step::Begin(begin) => Does::Begin { prepared: prepared(&begin.case)?, begin },
        Step::Act(countdown) => Does::Act { prepared: prepared(&countdown.case)?, countdown },
        step => Does::Record(step),
    };
    Some(Order { release: release.id.clone(), account, does, catalog: Arc::clone(&model.room.catalog) })
}

/// What became of something that this process did.
pub fn done(model: &mut Model, release: &ReleaseId, outcome: Result<u64, String>) {
    let at = model.now;
    match outcome {
        Ok(seq) => drop(model.breaker.underway.insert(release.clone(), Underway::Recorded(seq))),
        Err(why) => {
            model.breaker.underway.remove(release);
            model.breaker.failed.insert(release.clone(), Failed { why, at });
        }
    }
}

/// Why the ledger is not known, or takes nothing; `None` where all is well with it.
fn trouble(model: &Model) -> Option<String> {
    match &model.ledger.state {
        ledger::State::Off => Some("there is no ledger here".to_owned()),
        ledger::State::Opening => Some("the ledger is being read".to_owned()),
        _ => model.ledger.trouble(),
    }
}

/// Why this process may not act now, whoever it acts as.
fn barred(model: &Model) -> Option<String> {
    if model.ui.wall.is_some() {
        return Some("a wall never acts".to_owned());
    }
    if let Some(why) = &model.setup.read_only {
        return Some(format!("READ-ONLY by {why}"));
    }
    model.ui.frozen.is_some().then(|| "the screen is FROZEN: nobody there would see the countdown".to_owned())
}

/// The countdown of the release that is looked at; the only one where it has none. `None` where nothing counts.
///
/// # Errors
/// When several count, and none of them is that of the release.
pub fn counting(model: &Model) -> Result<Option<&Countdown>, String> {
    let id = match &model.ui.screen {
        Screen::Release(id) | Screen::Checklist(id) => Some(id.clone()),
        _ => rows::selected(model, List::Releases, &rows::releases(model)).map(|row| row.id.clone()),
    };
    let all = || model.breaker.stands.values().filter_map(of_counting);
    if let Some(own) = id.and_then(|id| all().find(|countdown| countdown.release == id)) {
        return Ok(Some(own));
    }
    if all().nth(1).is_some() {
        return Err("several countdowns: open the release whose you hold".to_owned());
    }
    Ok(all().next())
}

/// The countdown that counts, where one does.
#[must_use]
pub fn of_counting(stand: &Stand) -> Option<&Countdown> {
    match stand {
        Stand::Counting { countdown } => Some(countdown),
        _ => None,
    }
}

/// The countdown that a person holds now.
///
/// # Errors
/// Why it cannot be held.
pub fn hold(model: &Model) -> Result<Holding, String> {
    if let Some(why) = write::barred(model) {
        return Err(format!("READ-ONLY by {why}"));
    }
    write::recordable(model)?;
    let countdown = counting(model)?.ok_or("nothing counts down: there is nothing to hold")?;
    Ok(Holding { release: countdown.release.clone(), countdown: countdown.seq })
}

/// How loud the breaker of a release is, and its line for people: `PAUSES checkout-1.43: checkout in 42s, error-rate FIRED; Ctrl-X h
/// holds it; 62 bad of 900`. `hint` says how it is held. Nothing where nothing is to be said. Holds text from outside.
#[must_use]
pub fn words(stand: &Stand, name: &str, run: Option<&Run>, hint: &str, now: Timestamp) -> Option<(Level, String)> {
    let told = match stand {
        Stand::Idle => return None,
        Stand::Refused { act, service, trigger, why } => {
            let act = act.word();
            (Level::Watch, format!("BREAKER {name}: {trigger} FIRED and would {act} {service}, and does not: {why}"))
        }
        Stand::Counting { countdown } => {
            let Case { trigger, service, act, evidence, .. } = &countdown.case;
            let verb = if *act == Act::Abort { "ABORTS" } else { "PAUSES" };
            let left = Span::between(now, countdown.until).age();
            let left = if now < countdown.until { format!("in {left}") } else { "now".to_owned() };
            let parts =
                [format!("{verb} {name}: {service} {left}, {trigger} FIRED"), hint.to_owned(), evidence.clone()];
            let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
            (Level::Bad, parts.join("; "))
        }
        Stand::Stopped { countdown, why } => {
            let did = would(countdown);
            (Level::Watch, format!("BREAKER STOPPED {name}: {did}, and nothing was done: {why}"))
        }
        Stand::Held { countdown, who, reason } => {
            let did = would(countdown);
            (Level::Watch, format!("BREAKER HELD {name}: by {who}, until the trigger has cleared: {reason}; {did}"))
        }
        Stand::Acted { countdown, run: id, still } => {
            let Case { trigger, service, act, .. } = &countdown.case;
            let stands = run.map_or("its run is not known here", how);
            let did = if *act == Act::Abort { "ABORTED" } else { "PAUSED" };
            let by = &countdown.by;
            let words = format!("BREAKER {did} {name}: {service}, by {by}, because {trigger} fired; {id} {stands}");
            // It acts on a version once. What is not over by that is for a person.
            match still {
                Some(still) => {
                    (Level::Bad, format!("{words}; {still} is FIRED still, and nothing more is done by itself"))
                }
                None => (Level::Watch, words),
            }
        }
    };
    Some(told)
}

/// The same for a shared screen: without people, and without reasons, which may name them.
#[must_use]
pub fn public_words(stand: &Stand, name: &str, now: Timestamp) -> Option<(Level, String)> {
    let told = match stand {
        Stand::Idle => return None,
        Stand::Counting { .. } => return words(stand, name, None, "", now),
        Stand::Refused { trigger, .. } => format!("BREAKER: {trigger} FIRED, and nothing is done by itself"),
        Stand::Stopped { .. } => "BREAKER STOPPED: nothing was done by itself".to_owned(),
        Stand::Held { .. } => "BREAKER HELD: somebody holds it until the trigger has cleared".to_owned(),
        Stand::Acted { countdown, still, .. } => {
            let Case { trigger, service, act, .. } = &countdown.case;
            let did = if *act == Act::Abort { "ABORTED" } else { "PAUSED" };
            let words = format!("BREAKER {did} {service}, because {trigger} fired");
            match still {
                Some(still) => {
                    return Some((
                        Level::Bad,
                        format!("{words}; {still} is FIRED still, and nothing more is done by itself"),
                    ));
                }
                None => words,
            }
        }
    };
    Some((Level::Watch, told))
}

/// `error-rate would pause checkout`.
fn would(countdown: &Countdown) -> String {
    let Case { trigger, service, act, .. } = &countdown.case;
    format!("{trigger} would {} {service}", act.word())
}

/// How a run stands, in a word.
fn how(run: &Run) -> &'static str {
    match &run.state {
        State::Running => "is under way",
        State::Waiting(_) => "WAITS FOR A PERSON",
        State::Undoing => "is being taken back",
        State::Ended(Ending::Verified) => "is verified",
        State::Ended(Ending::NotVerified) => "is NOT verified",
        State::Ended(ending) => ending.word(),
    }
}

/// How a person holds it from this console: `Ctrl-X h holds it`; empty where nothing can be changed from it.
#[must_use]
pub fn hint(model: &Model) -> String {
    if write::barred(model).is_some() {
        return String::new();
    }
    let key = model.setup.keymap.key_of(Action::Write(Write::Hold));
    if key.is_empty() { String::new() } else { format!("{key} holds it") }
}
