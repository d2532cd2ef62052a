//! The document that policies judge: what is known of one release at one instant, `warroom.gate/1`. `docs/policies.md` tells every
//! field.
//!
//! What is not known is null, or says so in a word of its own; nothing has a value that nobody measured or said. A list is always a
//! list, so that a policy can walk it.

use serde_json::{Map, Value, json};

use crate::domain::{
    calendar::standing::{self as calendar, Bar, Why},
    catalog::Catalog,
    checklist::state::ItemState,
    feed::Freshness,
    ledger::hash::Hash,
    level::Level,
    picture::{JoinedAlert, Picture, SourceView},
    readiness::{
        item::Line,
        next::Next,
        roles::Roles,
        signoff::{Counted, Signed},
        standing::Standing,
        waiver::Waiver,
    },
    release::{Component, Release},
    risk::Risk,
    run::runs::Runs,
    runbook::{Runbook, rehearsal::Rehearsed},
    slo::status::SloStatus,
    time::{Span, Timestamp},
    trigger::state::Standing as TriggerStanding,
    verdict::{
        Verdict,
        calendar::{in_the_way, let_pass},
        judge::Readiness,
        reason::{Input, Reason},
    },
};

/// The version of the document. Fields are added without a new one; what one means never changes.
pub const SCHEMA: &str = "warroom.gate/1";

/// What the document is made of.
#[derive(Clone, Copy, Debug)]
pub struct Matter<'a> {
    /// The release.
    pub release: &'a Release,
    /// All that was measured.
    pub picture: &'a Picture,
    /// All that was declared.
    pub catalog: &'a Catalog,
    /// How it stands against its checklist; `None` where it has none.
    pub readiness: Option<Readiness<'a>>,
    /// How the calendar stands to it.
    pub calendar: &'a calendar::Standing,
    /// What was computed without policies.
    pub verdict: &'a Verdict,
    /// The record of runs; `None` where none was read.
    pub runs: Option<&'a Runs>,
}

/// The document about `matter`.
#[must_use]
pub fn document(matter: &Matter<'_>) -> Value {
    let Matter { release, picture, catalog, readiness, verdict, .. } = *matter;
    let (now, next) = (picture.at, Next::of(release));
    let ledger_unknown = readiness.and_then(|readiness| readiness.unknown);
    let standing = readiness.map(|readiness| readiness.standing);
    let lines = standing.into_iter().flat_map(Standing::lines).map(|line| item(line, next, ledger_unknown));
    let signed = standing.map_or(&[][..], |standing| &standing.signoffs);
    let waivers = standing.iter().flat_map(|standing| standing.waivers.iter().chain(&standing.overrides));
    let has = |service: &str, environment: &str| environment == release.environment && release.has(service);
    let slos = picture.slos.iter().filter(|slo| has(&slo.key.service, &slo.key.environment));
    let alerts = picture.alerts.iter().filter(|joined| joined.release.as_ref() == Some(&release.id));
    let runbooks = catalog.runbooks.values().filter(|runbook| {
        release.components.iter().any(|component| runbook.is_for(&component.service, &release.environment))
    });
    let sources = picture.sources.iter().filter(|source| is_about(source, release));
    json!({
        "schema": SCHEMA,
        "now": now,
        "release": about(release, catalog, next),
        "checklist": lines.collect::<Vec<_>>(),
        "signoffs": signed.iter().map(|one| signoff(one, release, &catalog.roles, next, ledger_unknown)).collect::<Vec<_>>(),
        "waivers": waivers.map(waiver).collect::<Vec<_>>(),
        "calendar": dates(matter, next),
        "slos": slos.map(slo).collect::<Vec<_>>(),
        "alerts": alerts.map(alert).collect::<Vec<_>>(),
        "triggers": verdict.triggers.iter().map(trigger).collect::<Vec<_>>(),
        "verdict": computed(verdict),
        "runbooks": runbooks.map(|one| runbook(one, matter)).collect::<Vec<_>>(),
        "sources": sources.map(source).collect::<Vec<_>>(),
        "risk": verdict.risk.as_deref().map(risk),
        "unknown": unknown(release, verdict, ledger_unknown),
    })
}

/// The hash of `document` without what time alone changes: `now`, ages, and words in which ages stand. What has the same hash is the
/// same question.
#[must_use]
pub fn hash(document: &Value) -> Hash {
    Hash::of(timeless(document).to_string().as_bytes())
}

fn timeless(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let lasting = fields.iter().filter(|(name, _)| !matches!(name.as_str(), "now" | "age_seconds" | "why"));
            Value::Object(lasting.map(|(name, value)| (name.clone(), timeless(value))).collect::<Map<_, _>>())
        }
        Value::Array(values) => Value::Array(values.iter().map(timeless).collect()),
        other => other.clone(),
    }
}

fn about(release: &Release, catalog: &Catalog, next: Next) -> Value {
    let file = release.file.as_ref();
    let (step, percent) = match next {
        Next::Start => ("start", None),
        Next::Traffic(percent) => ("traffic", Some(percent)),
        Next::Done => ("done", None),
        Next::RolledBack => ("rolled-back", None),
        Next::Nothing => ("nothing", None),
    };
    json!({
        "id": release.id,
        "name": release.name,
        "declared": file.is_some(),
        "environment": release.environment,
        "production": release.production,
        "class": release.class,
        "phase": release.phase,
        "next": { "step": step, "percent": percent, "words": next.words() },
        "owner": file.and_then(|file| file.owner.as_deref()),
        "checklist": file.and_then(|file| file.checklist.as_deref()),
        "ticket": file.and_then(|file| file.ticket.as_deref()),
        "window": file.and_then(|file| file.window).map(|window| json!({ "start": window.start, "end": window.end })),
        "accepted": file.map_or(&[][..], |file| &file.risks),
        "services": release.components.iter().map(|component| service(component, catalog)).collect::<Vec<_>>(),
        "started_at": release.started_at,
    })
}

fn service(component: &Component, catalog: &Catalog) -> Value {
    let declared = catalog.services.get(&component.service);
    let of_it = |name: &String| *name == component.service;
    let callers = catalog.services.iter().filter(|(_, service)| service.depends_on.iter().any(of_it));
    json!({
        "name": component.service,
        "region": component.region,
        "version": component.version,
        "previous": component.previous,
        "criticality": declared.and_then(|service| service.criticality),
        "owner": declared.and_then(|service| service.owner.as_deref()),
        "declared": declared.is_some(),
        "depends_on": declared.map_or(&[][..], |service| &service.depends_on),
        "called_by": callers.map(|(name, _)| name).collect::<Vec<_>>(),
        "phase": component.phase,
        "state": word(component.level),
        "problem": component.problem,
    })
}

/// What somebody said is not known while the ledger is not; what a check found is.
fn said(state: ItemState, by_people: bool, ledger_unknown: Option<&str>) -> ItemState {
    if by_people && ledger_unknown.is_some() { ItemState::Unknown } else { state }
}

fn item(line: &Line, next: Next, ledger_unknown: Option<&str>) -> Value {
    // A waiver is said as well.
    let by_people = matches!(line.kind, "manual" | "signed") || !line.state.lets_pass();
    json!({
        "id": line.id,
        "title": line.title,
        "kind": line.kind,
        "mandatory": line.mandatory,
        "due": line.due.words(),
        "due_now": next.waits_for(line.due),
        "state": said(line.state, by_people, ledger_unknown),
        "without_waiver": said(line.beneath, by_people, ledger_unknown),
        "why": line.why,
        "owner": line.owner,
        "by": line.by,
        "signed": line.signed,
        "at": line.at,
        "age_seconds": line.age.map(seconds),
    })
}

fn signoff(signed: &Signed, release: &Release, roles: &Roles, next: Next, ledger_unknown: Option<&str>) -> Value {
    let people = |counted: &[Counted]| counted.iter().map(|one| signer(one, release, roles)).collect::<Vec<_>>();
    json!({
        "id": signed.id,
        "title": signed.title,
        "due": signed.due.words(),
        "due_now": next.waits_for(signed.due),
        "state": said(signed.state, true, ledger_unknown),
        "by": people(&signed.approvals),
        "denied_by": people(&signed.denials),
    })
}

fn signer(counted: &Counted, release: &Release, roles: &Roles) -> Value {
    let owner = release.file.as_ref().and_then(|file| file.owner.as_deref());
    let known = owner.filter(|owner| roles.knows(owner));
    json!({
        "principal": counted.principal,
        "person": roles.person(&counted.principal),
        "role": counted.role,
        "is_owner": known.map(|owner| roles.is_author(&counted.principal, owner)),
        "at": counted.at,
        "expires_at": counted.expires_at,
    })
}

fn waiver(waiver: &Waiver) -> Value {
    json!({
        "item": waiver.item,
        "principal": waiver.principal,
        "role": waiver.role,
        "reason": waiver.reason,
        "expires_at": waiver.expires_at,
    })
}

fn dates(matter: &Matter<'_>, next: Next) -> Value {
    let overrides = matter.readiness.map_or(&[][..], |readiness| &readiness.standing.overrides);
    let (passed, barred): (Vec<&Bar>, Vec<&Bar>) =
        in_the_way(matter.calendar, next).partition(|bar| let_pass(bar, overrides).is_some());
    let passed = passed.into_iter().map(|bar| {
        let by = let_pass(bar, overrides).map(|waiver| &waiver.principal);
        json!({ "entry": bar.entry, "title": bar.title, "by": by })
    });
    let notices = matter.calendar.notices.iter();
    let notices = notices.map(
        |notice| json!({ "entry": notice.entry, "title": notice.title, "from": notice.from, "until": notice.until }),
    );
    json!({
        "bars": barred.into_iter().map(bar).collect::<Vec<_>>(),
        "let_pass": passed.collect::<Vec<_>>(),
        "notices": notices.collect::<Vec<_>>(),
    })
}

fn bar(bar: &Bar) -> Value {
    let at = |time: Timestamp| time.format("%Y-%m-%d %H:%MZ").to_string();
    let (kind, until, why) = match bar.why {
        Why::Frozen(until) => ("freeze", Some(until), format!("frozen until {}", at(until))),
        Why::Closed(Some(opens)) => ("window", Some(opens), format!("opens at {}", at(opens))),
        Why::Closed(None) => ("window", None, "does not open again".to_owned()),
        Why::Unknown => ("unknown", None, "nobody can tell when it is".to_owned()),
    };
    json!({
        "entry": bar.entry,
        "title": bar.title,
        "kind": kind,
        "why": why,
        "until": until,
        "overridable_by": bar.overrides,
    })
}

fn slo(slo: &SloStatus) -> Value {
    let burns = slo.burns.iter().map(|burn| json!({ "window": burn.window.to_string(), "rate": burn.rate }));
    json!({
        "name": format!("{} {}", slo.key.service, slo.key.slo),
        "service": slo.key.service,
        "slo": slo.key.slo,
        "version": slo.key.version,
        "state": word(slo.level),
        "data": slo.state.word(),
        "objective": slo.objective.percent(),
        "budget_left": slo.budget.remaining,
        "burn": burns.collect::<Vec<_>>(),
    })
}

fn alert(joined: &JoinedAlert) -> Value {
    json!({
        "name": joined.alert.name,
        "severity": joined.alert.severity(),
        "state": joined.state(),
        "stale": joined.stale,
        "since": joined.alert.starts_at,
    })
}

fn trigger(standing: &TriggerStanding) -> Value {
    let state = standing.state.word().to_lowercase().replace(' ', "-");
    json!({ "id": standing.trigger.id, "service": standing.service, "state": state, "over": standing.state.is_over() })
}

/// What was computed of everything but policies: what policies said must not be their own question.
fn computed(verdict: &Verdict) -> Value {
    let others = || verdict.reasons.iter().filter(|reason| reason.input != Input::Policy);
    let reason = |reason: &Reason| json!({ "id": reason.id, "input": reason.input, "effect": reason.effect, "short": reason.short });
    let score = verdict.score.map(|score| json!({ "score": score.score, "needed": score.needed }));
    json!({
        "effect": others().map(|reason| reason.effect).max(),
        "reasons": others().map(reason).collect::<Vec<_>>(),
        "readiness": score,
        "compliant_since": verdict.promotion.since,
        "people": verdict.human.as_ref().map(|human| json!({ "decision": human.decision, "who": human.who })),
    })
}

/// What is not known counts as its worst, here as everywhere.
fn risk(risk: &Risk) -> Value {
    let factors = risk.factors.iter();
    let factors = factors.map(|factor| json!({ "name": factor.name, "points": factor.most, "least": factor.least }));
    json!({ "score": risk.most(), "least": risk.least(), "factors": factors.collect::<Vec<_>>() })
}

fn runbook(runbook: &Runbook, matter: &Matter<'_>) -> Value {
    let rehearsed = Rehearsed::of(runbook.digest, None, matter.runs);
    let age = rehearsed.age(matter.picture.at);
    let fresh = match rehearsed {
        Rehearsed::Unknown => None,
        Rehearsed::Never => Some(false),
        Rehearsed::Done { .. } => age.map(|age| age <= runbook.rehearse),
    };
    json!({
        "name": runbook.name,
        "title": runbook.title,
        "way_back": !runbook.goes_forward(&matter.catalog.runbooks),
        "rehearsed": fresh,
        "age_seconds": age.map(seconds),
    })
}

fn is_about(source: &SourceView, release: &Release) -> bool {
    source.environment.as_ref().is_none_or(|environment| *environment == release.environment)
}

fn source(source: &SourceView) -> Value {
    json!({
        "name": source.name,
        "kind": source.kind,
        "ok": source.feeds.iter().all(|feed| feed.freshness < Freshness::Stale),
        "state": source.word.to_lowercase(),
        "age_seconds": source.age.map(seconds),
    })
}

/// What is not known, in words.
fn unknown(release: &Release, verdict: &Verdict, ledger_unknown: Option<&str>) -> Vec<Value> {
    let mut unknown: Vec<Value> =
        ledger_unknown.map(|why| json!({ "what": "ledger", "why": why })).into_iter().collect();
    if release.file.is_none() {
        let why = "nobody declared this release: its owner is not known, and its class is taken to be normal";
        unknown.push(json!({ "what": "release", "why": why }));
    }
    let reasons = verdict.reasons.iter().filter(|reason| reason.input != Input::Policy);
    let silent = reasons.filter(|reason| reason.effect == super::super::verdict::reason::Effect::Unknown);
    unknown.extend(silent.map(|reason| json!({ "what": reason.input, "why": reason.short })));
    unknown
}

fn word(level: Level) -> String {
    level.word().to_lowercase()
}

/// Whole seconds: no policy turns on less.
fn seconds(span: Span) -> u64 {
    span.millis() / 1_000
}
