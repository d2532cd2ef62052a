//! The picture as JSON. The shape is an interface: `docs/json.md` tells it, and `version` changes with it.

use serde::Serialize;
use serde_json::Value;

use super::{Part, readiness::Readiness, word};
use crate::{
    app::rows,
    cli::Exit,
    domain::{
        picture::{JoinedAlert, SourceView},
        release::{Component, Release},
        slo::status::SloStatus,
        time::{Span, Timestamp},
        workload::StepPosition,
    },
};

const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    at: Timestamp,
    state: String,
    exit_code: u8,
    releases: Vec<ReleaseObject<'a>>,
    analyses: Vec<Value>,
    slos: Vec<SloObject<'a>>,
    alerts: Vec<AlertObject<'a>>,
    sources: Vec<SourceObject<'a>>,
    checklist: Option<Value>,
    reviews_owed: Value,
}

#[derive(Serialize)]
struct ReleaseObject<'a> {
    id: &'a str,
    name: &'a str,
    environment: &'a str,
    ad_hoc: bool,
    state: String,
    phase: &'a str,
    reasons: Vec<&'a str>,
    verdict: Option<Value>,
    breaker: Option<Value>,
    worst_burn: Option<f64>,
    started_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
    data_at: Option<Timestamp>,
    components: Vec<ComponentObject<'a>>,
}

#[derive(Serialize)]
struct ComponentObject<'a> {
    service: &'a str,
    region: Option<&'a str>,
    version: Option<&'a str>,
    previous: Option<&'a str>,
    state: String,
    status: Option<&'a str>,
    step: Option<StepPosition>,
    desired_weight: Option<u32>,
    actual_weight: Option<u32>,
    max_weight: Option<u32>,
    problem: Option<&'a str>,
}

#[derive(Serialize)]
struct SloObject<'a> {
    service: &'a str,
    environment: &'a str,
    slo: &'a str,
    version: Option<&'a str>,
    source: &'a str,
    state: String,
    data: &'a str,
    objective: f64,
    budget_remaining: Option<f64>,
    burn: Vec<BurnObject>,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct BurnObject {
    window: Span,
    rate: Option<f64>,
    coverage: f64,
    data: &'static str,
}

#[derive(Serialize)]
struct AlertObject<'a> {
    name: &'a str,
    fingerprint: &'a str,
    state: crate::domain::alert::AlertState,
    severity: crate::domain::alert::Severity,
    stale: bool,
    service: Option<&'a str>,
    environment: Option<&'a str>,
    release: Option<&'a str>,
    starts_at: Timestamp,
    summary: &'a str,
    runbook_url: Option<&'a str>,
    sources: Vec<&'a str>,
}

#[derive(Serialize)]
struct SourceObject<'a> {
    name: &'a str,
    kind: &'a str,
    endpoint: &'a str,
    state: &'a str,
    age_seconds: Option<f64>,
    error: Option<String>,
    effects: &'a [String],
}

pub(super) fn write(part: &Part<'_>, exit: Exit) -> String {
    let document = Document {
        version: VERSION,
        at: part.picture.at,
        state: word(exit).to_lowercase(),
        exit_code: exit.code(),
        releases: part.releases.iter().map(|item| release(part, item)).collect(),
        analyses: part.analyses().map(super::analyses::json).collect(),
        slos: part.slos.iter().map(|item| slo(item)).collect(),
        alerts: part.alerts.iter().map(|item| alert(item)).collect(),
        sources: part.sources.iter().map(|item| source(item)).collect(),
        checklist: part.readiness.as_ref().map(Readiness::json),
        reviews_owed: part.reviews.json(),
    };
    // Infinite numbers are the only thing that JSON cannot say, and serde writes null for them.
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

fn release<'a>(part: &Part<'a>, release: &'a Release) -> ReleaseObject<'a> {
    ReleaseObject {
        id: &release.id,
        name: &release.name,
        environment: &release.environment,
        ad_hoc: release.file.is_none(),
        state: release.level.word().to_lowercase(),
        phase: release.phase.word(),
        reasons: release.reasons.iter().map(|reason| reason.text.as_str()).collect(),
        verdict: part.verdicts.get(&release.id).map(super::verdict::json),
        breaker: part.countdowns.get(&release.id).map(super::breaker::json),
        worst_burn: rows::worst_burn(part.picture, release),
        started_at: release.started_at,
        finished_at: release.finished_at,
        data_at: release.data_at,
        components: release.components.iter().map(component).collect(),
    }
}

fn component(component: &Component) -> ComponentObject<'_> {
    let workload = component.workload.as_ref();
    ComponentObject {
        service: &component.service,
        region: component.region.as_deref(),
        version: component.version.as_deref(),
        previous: component.previous.as_deref(),
        state: component.level.word().to_lowercase(),
        status: workload.map(|workload| workload.status.word()),
        step: workload.and_then(|workload| workload.step),
        desired_weight: workload.and_then(|workload| workload.traffic.desired),
        actual_weight: workload.and_then(|workload| workload.traffic.actual),
        max_weight: workload.map(|workload| workload.traffic.max),
        problem: component.problem.as_deref(),
    }
}

fn slo(slo: &SloStatus) -> SloObject<'_> {
    let burn = slo.burns.iter().map(|burn| BurnObject {
        window: burn.window,
        rate: burn.rate,
        coverage: burn.coverage,
        data: burn.state.word(),
    });
    SloObject {
        service: &slo.key.service,
        environment: &slo.key.environment,
        slo: &slo.key.slo,
        version: slo.key.version.as_deref(),
        source: slo.key.source.as_str(),
        state: slo.level.word().to_lowercase(),
        data: slo.state.word(),
        objective: slo.objective.percent(),
        budget_remaining: slo.budget.remaining,
        burn: burn.collect(),
        warnings: &slo.warnings,
    }
}

fn alert(joined: &JoinedAlert) -> AlertObject<'_> {
    let alert = &joined.alert;
    AlertObject {
        name: &alert.name,
        fingerprint: &alert.fingerprint,
        state: alert.state,
        severity: alert.severity(),
        stale: joined.stale,
        service: joined.service.as_deref(),
        environment: joined.environment.as_deref(),
        release: joined.release.as_deref(),
        starts_at: alert.starts_at,
        summary: alert.summary(),
        runbook_url: alert.runbook_url(),
        sources: joined.sources.iter().map(crate::domain::object::SourceName::as_str).collect(),
    }
}

fn source(source: &SourceView) -> SourceObject<'_> {
    SourceObject {
        name: source.name.as_str(),
        kind: &source.kind,
        endpoint: &source.endpoint,
        state: &source.word,
        age_seconds: source.age.map(Span::secs),
        error: source.error.as_ref().map(ToString::to_string),
        effects: &source.effects,
    }
}
