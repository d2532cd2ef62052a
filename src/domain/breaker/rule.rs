//! Whether the circuit breaker begins to count, goes on, or acts. Pure: what is known in, one step out.
//!
//! It never acts on doubt: evidence must be fresh, whole and about this very version, the ledger must be known, nobody may hold it.
//! What is not known stops a countdown and never starts one. Each look begins with everything anew, so that the order in which facts
//! arrive does not matter.

use serde::{Deserialize, Serialize};

use super::{
    account::{self, Account},
    countdown::{Case, Countdown, State},
};
use crate::domain::{
    object::ObjectKey,
    picture::SourceView,
    readiness::{roles::Roles, statement::Decision},
    release::{Component, Phase, Release},
    run::{Claim, RunId, runs::Runs},
    time::{Span, Timestamp},
    trigger::{
        Act,
        look::Finding,
        state::{Standing, TriggerState},
    },
    verdict::{
        Verdict, Word,
        reason::{Effect, Input},
    },
    workload::Status,
};

/// Evidence that is older than this is no evidence: four of the usual distances between looks.
pub const FRESH: Span = Span::from_secs(60);
/// A verdict that is older than this is one that nobody looks at.
const JUDGED: Span = Span::from_secs(15);
/// So far the clocks of two machines may be apart.
const AHEAD: Span = Span::from_secs(5);
/// With a gap like this between two looks nobody could have held it meanwhile: the process slept, or a clock jumped.
const GAP: Span = Span::from_secs(15);
/// So long after its end a countdown may still act; then its process is taken for gone.
pub const LATE: Span = Span::from_secs(30);
/// So long a trigger must be seen within its limit, without a break, before what a person holds is let go. A process that has just
/// started may see less than the one that counted.
pub const SETTLED: Span = Span::from_secs(60);
/// So long after a countdown was stopped the next one may begin.
pub const AGAIN: Span = Span::from_secs(30);

/// Why nothing is counted yet where something is about to be.
pub const PLANNING: &str = "the plan is being made";

/// Everything that decides.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// The release.
    pub release: &'a Release,
    /// The verdict on it, with its triggers.
    pub verdict: Option<&'a Verdict>,
    /// How the sources are.
    pub sources: &'a [SourceView],
    /// What each role may do.
    pub roles: &'a Roles,
    /// Runs, leases and countdowns.
    pub runs: &'a Runs,
    /// Why the ledger is not known or takes nothing; `None` where all is well with it.
    pub ledger: Option<&'a str>,
    /// As whom this process acts.
    pub account: Option<&'a Account>,
    /// Why this process may not act now, whoever it is: a wall, a frozen screen.
    pub barred: Option<&'a str>,
    /// What was in doubt while the countdown of this process counted, and could not be recorded then.
    pub doubted: Option<&'a str>,
    /// When this process looked last.
    pub looked: Option<Timestamp>,
    /// Now.
    pub now: Timestamp,
}

/// How the breaker of a release stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "stand")]
pub enum Stand {
    /// No trigger that acts has fired.
    Idle,
    /// One has, and nothing is counted: why.
    Refused {
        /// What it would do, to which service.
        act: Act,
        /// The service.
        service: String,
        /// The trigger.
        trigger: String,
        /// Why not.
        why: String,
    },
    /// It counts.
    Counting {
        /// The countdown.
        countdown: Box<Countdown>,
    },
    /// It counted, and stopped without doing anything.
    Stopped {
        /// The countdown.
        countdown: Box<Countdown>,
        /// Why.
        why: String,
    },
    /// A person holds it.
    Held {
        /// The countdown.
        countdown: Box<Countdown>,
        /// Who.
        who: String,
        /// Why. Text from outside.
        reason: String,
    },
    /// It acted.
    Acted {
        /// The countdown.
        countdown: Box<Countdown>,
        /// The run.
        run: RunId,
        /// The trigger that is FIRED still, and about which nothing more is done.
        #[serde(default)]
        still: Option<String>,
    },
}

/// What has to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Plan it, and begin to count.
    Begin(Begin),
    /// Record that the countdown is over, and that nothing was done.
    Stop {
        /// The countdown.
        countdown: u64,
        /// Why.
        why: String,
    },
    /// Record that a decision of somebody holds it.
    Hold {
        /// The countdown.
        countdown: u64,
        /// Who decided.
        who: String,
        /// Why. Text from outside.
        reason: String,
    },
    /// Record that its trigger has cleared, so that it counts anew the next time.
    Clear {
        /// The countdown.
        countdown: u64,
    },
    /// Run the plan.
    Act(Box<Countdown>),
}

/// A countdown that may begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begin {
    /// What for.
    pub case: Case,
    /// How long a person can hold it.
    pub lasts: Span,
    /// The countdown before it; 0 where there was none.
    pub after: u64,
}

/// How it stands, and what has to be done. Only a process with an account is given something to do.
#[must_use]
pub fn judge(ground: &Ground<'_>) -> (Stand, Option<Step>) {
    let newest = ground.runs.countdowns().of(&ground.release.id);
    // What cannot be recorded is not done; what is doubted is at least recorded.
    let may = ground.account.filter(|_| ground.ledger.is_none());
    let Some(countdown) = newest else { return begin(ground, None) };
    let boxed = || Box::new(countdown.clone());
    match &countdown.state {
        State::Counting => match may.filter(|account| account.process == countdown.process) {
            Some(_) => counting(ground, countdown),
            None if Span::between(countdown.until, ground.now) > LATE && ground.now > countdown.until => {
                let (stand, step) = begin(ground, Some(countdown));
                let why = "who counted is gone, and nothing was done".to_owned();
                let gone = Stand::Stopped { countdown: boxed(), why };
                (if stand == Stand::Idle { gone } else { stand }, step)
            }
            None => (Stand::Counting { countdown: boxed() }, None),
        },
        State::Held { who, reason, .. } => {
            let held = Stand::Held { countdown: boxed(), who: who.clone(), reason: reason.clone() };
            if ground.verdict.is_none() && !over(ground, countdown) {
                // It is over, or on its way back: there is nothing that would be done.
                return (Stand::Idle, None);
            }
            let clear = may.is_some() && (cleared(ground, countdown) || over(ground, countdown));
            if clear { (held, Some(Step::Clear { countdown: countdown.seq })) } else { (held, None) }
        }
        State::Acted { run, .. } => match case(ground) {
            Some((case, _)) if !ground.runs.countdowns().acted_on(&ground.release.id, &case.what()) => {
                begin(ground, Some(countdown))
            }
            still => {
                let still = still.map(|(case, _)| case.trigger);
                (Stand::Acted { countdown: boxed(), run: run.clone(), still }, None)
            }
        },
        State::Stopped { why, at } => {
            let (stand, step) = begin(ground, Some(countdown));
            let young = Span::between(*at, ground.now) < AGAIN;
            if young && stand != Stand::Idle {
                return (Stand::Stopped { countdown: boxed(), why: why.clone() }, None);
            }
            (stand, step)
        }
    }
}

/// A countdown of this very process.
fn counting(ground: &Ground<'_>, countdown: &Countdown) -> (Stand, Option<Step>) {
    let boxed = || Box::new(countdown.clone());
    let ended = |why: String| {
        let step = Step::Stop { countdown: countdown.seq, why: why.clone() };
        (Stand::Stopped { countdown: boxed(), why }, Some(step))
    };
    if let Some((who, reason)) = decided(ground, countdown.at) {
        let step = Step::Hold { countdown: countdown.seq, who: who.clone(), reason: reason.clone() };
        return (Stand::Held { countdown: boxed(), who, reason }, Some(step));
    }
    if let Some(why) = ground.doubted {
        return ended(why.to_owned());
    }
    if let Some(looked) = ground.looked
        // Messages come a little out of order.
        && (ground.now + AHEAD.delta() < looked || Span::between(looked, ground.now) > GAP)
    {
        return ended("nobody looked for a while, or a clock jumped: nobody could have held it".to_owned());
    }
    if ground.now < countdown.at - AHEAD.delta() {
        return ended("the clock went back".to_owned());
    }
    if ground.verdict.is_none() {
        return ended("there is no verdict: it is over, or on its way back".to_owned());
    }
    let case = &countdown.case;
    let found = fired(ground).find(|standing| is_of(standing, case, ground.release));
    let Some(standing) = found else {
        return ended(format!("{} of {} is not FIRED any more", case.trigger, case.service));
    };
    match judged(ground, standing).and_then(|now| same(&now, case)) {
        Err(why) => ended(why),
        Ok(()) if ground.now < countdown.until => (Stand::Counting { countdown: boxed() }, None),
        Ok(()) if Span::between(countdown.until, ground.now) > LATE => {
            ended("no new look confirmed it in time, or it could not be done".to_owned())
        }
        // What began it must be seen again before it is acted on.
        Ok(()) if standing.look.at <= countdown.at => (Stand::Counting { countdown: boxed() }, None),
        Ok(()) => (Stand::Counting { countdown: boxed() }, Some(Step::Act(boxed()))),
    }
}

/// Whether one may begin, where none counts.
fn begin(ground: &Ground<'_>, before: Option<&Countdown>) -> (Stand, Option<Step>) {
    let Some((case, standing)) = case(ground) else { return (Stand::Idle, None) };
    let refused = |why: String| {
        let Case { act, service, trigger, .. } = case.clone();
        (Stand::Refused { act, service, trigger, why }, None)
    };
    let since = match &standing.state {
        TriggerState::Fired { since, .. } => *since,
        _ => ground.now,
    };
    if ground.runs.countdowns().acted_on(&ground.release.id, &case.what()) {
        return refused("it acted on this version once, and acts on a version once".to_owned());
    }
    if let Err(why) = judged(ground, standing) {
        return refused(why);
    }
    if let Some((who, reason)) = decided(ground, since) {
        return refused(format!("{who} has decided since it fired: {reason}"));
    }
    let Some(account) = ground.account else {
        return refused("no process that may act has begun to count".to_owned());
    };
    let (act, class) = (case.act, ground.release.class);
    if let Err(why) = account::may(ground.roles, &account.name, act, class) {
        return refused(why);
    }
    let (lasts, after) = (standing.trigger.countdown, before.map_or(0, |before| before.seq));
    let (act, service, trigger) = (case.act, case.service.clone(), case.trigger.clone());
    let why = PLANNING.to_owned();
    (Stand::Refused { act, service, trigger, why }, Some(Step::Begin(Begin { case, lasts, after })))
}

/// The triggers that fired and would act, the gravest first.
fn fired<'a>(ground: &Ground<'a>) -> impl Iterator<Item = &'a Standing> + use<'a> {
    let triggers = ground.verdict.map_or(&[][..], |verdict| verdict.triggers.as_slice());
    let mut fired: Vec<&Standing> = triggers
        .iter()
        .filter(|one| one.trigger.act != Act::Advise && matches!(one.state, TriggerState::Fired { .. }))
        .collect();
    fired.sort_by(|a, b| {
        let key = |one: &'a Standing| (std::cmp::Reverse(one.trigger.act), &one.trigger.id, &one.service);
        key(a).cmp(&key(b))
    });
    fired.into_iter()
}

/// What would be done about the gravest trigger that fired, whatever speaks against it.
fn case<'a>(ground: &Ground<'a>) -> Option<(Case, &'a Standing)> {
    let standing = fired(ground).next()?;
    let component = components(ground.release, &standing.service).next();
    let case = Case {
        trigger: standing.trigger.id.clone(),
        service: component.map_or_else(|| standing.service.clone(), |component| component.service.clone()),
        act: standing.trigger.act,
        version: component.and_then(|component| component.version.clone()).unwrap_or_default(),
        template: component.and_then(template),
        evidence: standing.look.evidence.text.clone(),
        measured: standing.look.at,
    };
    Some((case, standing))
}

/// The components that a trigger's `service` names: it stands with its region where it has one.
fn components<'a>(release: &'a Release, service: &str) -> impl Iterator<Item = &'a Component> {
    release.components.iter().filter(move |component| match &component.region {
        Some(region) => service == format!("{} {region}", component.service),
        None => service == component.service,
    })
}

/// The hash of the template of the version that goes out.
fn template(component: &Component) -> Option<String> {
    component.workload.as_ref()?.target.hash.clone()
}

/// What goes out, as [`Case::what`] says it.
fn what(component: &Component) -> Option<String> {
    let version = component.version.as_deref()?;
    Some(template(component).map_or_else(|| version.to_owned(), |hash| format!("{version} {hash}")))
}

/// The objects of `service` that are under way: what a run of the breaker looks at afterwards.
#[must_use]
pub fn objects(release: &Release, service: &str) -> Vec<ObjectKey> {
    let moving = |component: &&Component| {
        component.service == service && component.workload.as_ref().is_some_and(|workload| workload.status.in_flight())
    };
    release.components.iter().filter(moving).filter_map(|component| component.key.clone()).collect()
}

fn is_of(standing: &Standing, case: &Case, release: &Release) -> bool {
    standing.trigger.id == case.trigger
        && standing.trigger.act == case.act
        && components(release, &standing.service).any(|component| component.service == case.service)
}

/// Whether what is judged is what the countdown was begun for.
fn same(now: &str, case: &Case) -> Result<(), String> {
    if now == case.what() {
        return Ok(());
    }
    Err(format!("{} is {now} by now, and not {}", case.service, case.what()))
}

/// The version that `standing` is evidence against, when nothing about it is in doubt.
///
/// # Errors
/// What is in doubt.
fn judged(ground: &Ground<'_>, standing: &Standing) -> Result<String, String> {
    if let Some(why) = ground.ledger.or(ground.barred) {
        return Err(why.to_owned());
    }
    if ground.runs.countdowns().is_distrusted() {
        return Err("what the ledger says of the circuit breaker is damaged".to_owned());
    }
    let verdict = ground.verdict.ok_or("there is no verdict")?;
    fresh(verdict.at, JUDGED, ground.now).map_err(|why| format!("the verdict is {why}"))?;
    if verdict.word != Word::RollBack {
        return Err(format!("the verdict is {}", verdict.word.word()));
    }
    if let Some(unknown) =
        verdict.reasons.iter().find(|reason| reason.effect == Effect::Unknown && measures(reason.input))
    {
        return Err(format!("not all is known: {}", unknown.text));
    }
    silent(ground)?;
    certain(standing, ground.now)?;
    let version = subject(ground.release, standing)?;
    let environment = ground.release.environment.clone();
    let service = components(ground.release, &standing.service).next().map(|one| one.service.clone());
    let claim = Claim { service: service.unwrap_or_default(), environment };
    if let Some(lease) = ground.runs.leases().get(&claim) {
        return Err(format!("{} acts on {} already", lease.run, claim.service));
    }
    Ok(version)
}

/// Whether a source of the environment does not answer. What it said last may still be fresh, and need not be so any more.
fn silent(ground: &Ground<'_>) -> Result<(), String> {
    let concerns = |source: &&SourceView| {
        source.environment.as_deref().is_none_or(|environment| environment == ground.release.environment)
    };
    let failing = ground.sources.iter().filter(concerns).find_map(|source| Some((source, source.error.as_ref()?)));
    failing.map_or(Ok(()), |(source, error)| Err(format!("{} does not answer: {error}", source.name)))
}

/// The inputs that are measured. What people have yet to say is no doubt about what is measured.
const fn measures(input: Input) -> bool {
    matches!(input, Input::Deployment | Input::Slo | Input::Alerts | Input::Triggers | Input::Canary | Input::Incidents)
}

/// Whether `standing` is whole and fresh evidence.
fn certain(standing: &Standing, now: Timestamp) -> Result<(), String> {
    let name = format!("{} of {}", standing.trigger.id, standing.service);
    match &standing.state {
        TriggerState::Fired { cannot_clear: None, .. } => {}
        TriggerState::Fired { cannot_clear: Some(why), .. } => return Err(format!("{name} cannot clear: {why}")),
        other => return Err(format!("{name} is {}", other.word())),
    }
    if standing.look.finding != Finding::Over {
        return Err(format!("{name} is not over its limit in the newest look"));
    }
    fresh(standing.look.at, FRESH, now).map_err(|why| format!("the evidence of {name} is {why}"))
}

/// Whether something of `at` is no older than `most`, and not of the future.
fn fresh(at: Timestamp, most: Span, now: Timestamp) -> Result<(), String> {
    if at > now + AHEAD.delta() {
        return Err("of the future: clocks differ".to_owned());
    }
    let age = Span::between(at, now);
    if age > most { Err(format!("{} old", age.age())) } else { Ok(()) }
}

/// The version that goes out where `standing` looks, when the deployment is as it must be.
fn subject(release: &Release, standing: &Standing) -> Result<String, String> {
    let name = &standing.service;
    let mut found = components(release, name);
    let component = found.next().ok_or_else(|| format!("{name} is no part of the release any more"))?;
    if found.next().is_some() {
        return Err(format!("several objects are {name}"));
    }
    if let Some(problem) = &component.problem {
        return Err(format!("{name}: {problem}"));
    }
    let workload = component.workload.as_ref().ok_or_else(|| format!("nothing says how {name} stands"))?;
    let moving = component.phase == Phase::RollingOut || workload.status == Status::FailedTrafficOnNew;
    if !moving {
        return Err(format!(
            "{name} is {}: there is no rollout to {}",
            component.phase.word(),
            standing.trigger.act.word()
        ));
    }
    match (workload.status, standing.trigger.act) {
        (Status::Stale | Status::Unknown, _) => return Err(format!("{name} is {}", workload.status.word())),
        (Status::PausedManual | Status::Suspended, Act::Pause) => {
            return Err(format!("{name} is {} already", workload.status.word()));
        }
        _ => {}
    }
    let started = workload.started_at.or(release.started_at);
    let started = started.ok_or_else(|| format!("nothing says when {name} began to move"))?;
    if standing.look.at <= started {
        return Err(format!("the evidence of {name} is older than the deploy"));
    }
    what(component).ok_or_else(|| format!("the version of {name} is not known"))
}

/// Who decided go or hold since `since`, and why. A no-go agrees with what the breaker is about to do.
fn decided(ground: &Ground<'_>, since: Timestamp) -> Option<(String, String)> {
    let human = ground.verdict?.human.as_ref()?;
    let holds = human.at >= since && human.decision != Decision::NoGo;
    holds.then(|| (human.who.clone(), format!("decided {}: {}", human.decision.word(), human.reason)))
}

/// Whether the trigger of `countdown` is known not to be over its limit any more.
fn cleared(ground: &Ground<'_>, countdown: &Countdown) -> bool {
    let Some(verdict) = ground.verdict.filter(|verdict| fresh(verdict.at, JUDGED, ground.now).is_ok()) else {
        return false;
    };
    let mut own = verdict.triggers.iter().filter(|one| {
        one.trigger.id == countdown.case.trigger
            && components(ground.release, &one.service).any(|component| component.service == countdown.case.service)
    });
    let clear = |one: &Standing| {
        let calm = matches!(one.state, TriggerState::Clear | TriggerState::Armed { over: false, .. });
        let long = one.within_since.is_some_and(|since| Span::between(since, ground.now) >= SETTLED);
        calm && long && fresh(one.look.at, FRESH, ground.now).is_ok()
    };
    let first = own.next().is_some_and(clear);
    first && own.all(clear)
}

/// Whether what `countdown` was about is known to be gone: another version goes out.
fn over(ground: &Ground<'_>, countdown: &Countdown) -> bool {
    let case = &countdown.case;
    let seen = |one: &&Component| one.service == case.service && one.workload.is_some() && one.phase != Phase::Unknown;
    // What no source has told yet, or cannot tell any more, is no other version.
    ground.release.components.iter().find(seen).is_some_and(|one| {
        let another = template(one).zip(case.template.as_ref()).is_some_and(|(now, before)| now != *before);
        another || one.version.as_ref().is_some_and(|version| *version != case.version)
    })
}

#[cfg(test)]
mod tests;
