//! The verdicts on all releases of a picture.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use super::{
    Verdict, alarms,
    decide::decide,
    human::Human,
    people,
    reason::{Effect, Input, Reason},
    risk::routed,
    strictness,
};
use crate::domain::{
    canary::analysis::Analysis,
    catalog::{Catalog, service_select},
    picture::{JoinedAlert, Picture},
    readiness::{next::Next, standing},
    release::{Phase, Release, ReleaseId},
    risk::Risk,
    slo::{
        definition::{Indicator, SloId},
        status::SloStatus,
    },
    time::Timestamp,
    trigger::{
        Trigger, canary,
        criteria::Criteria,
        measure::look,
        promotion::{Evaluation, Met, Progress},
        sight::Sight,
        state::Standing,
        watch::{Taken, Watch},
    },
};

/// How a release stands against its checklist, as far as the ledger tells.
#[derive(Clone, Copy, Debug)]
pub struct Readiness<'a> {
    /// How it stands.
    pub standing: &'a standing::Standing,
    /// Why what people said is not known; `None` where it is.
    pub unknown: Option<&'a str>,
}

/// What is judged beside the picture.
pub struct Beside<'a> {
    /// What was declared.
    pub catalog: &'a Catalog,
    /// How a release stands against its checklist; `None` for one without.
    pub readiness: &'a dyn Fn(&ReleaseId) -> Option<Readiness<'a>>,
    /// How risky each release is; what is not there is not asked for.
    pub risks: &'a BTreeMap<ReleaseId, Arc<Risk>>,
    /// Reasons of other parts: policy, calendar, incidents.
    pub others: &'a dyn Fn(&Release) -> Vec<Reason>,
}

/// Everything of a picture, found by what a release names.
struct Index<'a> {
    picture: &'a Picture,
    catalog: &'a Catalog,
    slos: HashMap<(&'a str, &'a str), Vec<&'a SloStatus>>,
    alerts: HashMap<(&'a str, &'a str), Vec<&'a JoinedAlert>>,
    of_release: HashMap<&'a str, Vec<&'a JoinedAlert>>,
    slow: BTreeSet<&'a SloId>,
    usual: Criteria,
    usual_triggers: Vec<Arc<Trigger>>,
    analyses: HashMap<&'a str, Vec<&'a Analysis>>,
    silent: HashMap<&'a str, Option<String>>,
}

impl<'a> Index<'a> {
    fn new(picture: &'a Picture, catalog: &'a Catalog) -> Self {
        let usual = Criteria::default();
        let latency = catalog.slos.iter().filter(|slo| matches!(slo.indicator, Indicator::Latency { .. }));
        let mut index = Self {
            picture,
            catalog,
            slos: HashMap::new(),
            alerts: HashMap::new(),
            of_release: HashMap::new(),
            slow: latency.map(|slo| &slo.id).collect(),
            usual_triggers: shared(&usual.triggers),
            usual,
            analyses: HashMap::new(),
            silent: HashMap::new(),
        };
        for analysis in &picture.analyses {
            index.analyses.entry(&analysis.release).or_default().push(analysis);
        }
        for slo in &picture.slos {
            index.slos.entry((&slo.key.service, &slo.key.environment)).or_default().push(slo);
        }
        for joined in &picture.alerts {
            if let (Some(service), Some(environment)) = (&joined.service, &joined.environment) {
                index.alerts.entry((service, environment)).or_default().push(joined);
            }
            if let Some(release) = &joined.release {
                index.of_release.entry(release).or_default().push(joined);
            }
        }
        for release in &picture.releases {
            index
                .silent
                .entry(&release.environment)
                .or_insert_with(|| alarms::alerts_unknown(&picture.sources, &release.environment));
        }
        index
    }

    fn slos_of(&self, service: &'a str, environment: &'a str) -> &[&'a SloStatus] {
        self.slos.get(&(service, environment)).map_or(&[], Vec::as_slice)
    }

    fn silent(&self, environment: &str) -> Option<&str> {
        self.silent.get(environment).and_then(Option::as_deref)
    }
}

/// Judges every release that is going somewhere; what is over or on its way back has no verdict. `watch` remembers what must hold for
/// a time.
pub fn judge(picture: &Picture, beside: &Beside<'_>, watch: &mut Watch) -> BTreeMap<ReleaseId, Verdict> {
    let index = Index::new(picture, beside.catalog);
    let there: BTreeSet<&ReleaseId> = picture.releases.iter().map(|release| &release.id).collect();
    watch.keep(|id| there.contains(id));
    let mut verdicts = BTreeMap::new();
    for release in &picture.releases {
        if let Some(verdict) = one(release, &index, beside, watch) {
            verdicts.insert(release.id.clone(), verdict);
        }
    }
    verdicts
}

/// The verdict on one release.
fn one<'a>(release: &'a Release, index: &Index<'a>, beside: &Beside<'_>, watch: &mut Watch) -> Option<Verdict> {
    let next = Next::of(release);
    if matches!(next, Next::Nothing | Next::RolledBack) {
        return None;
    }
    let now = index.picture.at;
    let own = beside.catalog.criteria.get(&release.id);
    let own_triggers = own.map(|own| shared(&own.triggers));
    let triggers = own_triggers.as_deref().unwrap_or(&index.usual_triggers);
    let triggers = watch.observe(release, looks(release, index, triggers));
    let mut reasons = measured(release, index, &triggers, now);
    let criterion = own.unwrap_or(&index.usual).promotion;
    let promotion = watch.comply(release, criterion, now, evaluation(&reasons));
    let promotion_due = next.waits_for(criterion.before) && next != Next::Start;
    if promotion_due {
        reasons.push(promoted(&promotion));
    }
    let mut mandatory = BTreeSet::from([Input::Deployment, Input::Slo, Input::Alerts]);
    if moved(release) {
        mandatory.insert(Input::Triggers);
    }
    let readiness = (beside.readiness)(&release.id);
    let mut score = None;
    if let Some(Readiness { standing, unknown }) = readiness {
        mandatory.insert(Input::Checklist);
        reasons.extend(people::checklist(standing, unknown));
        score = strictness::score(release, beside.catalog, &standing.progress);
        reasons.extend(score.and_then(|score| people::score(score, next)));
    }
    let window = release.file.as_ref().and_then(|file| file.window);
    reasons.extend(window.and_then(|window| people::window(window, next, now)));
    let risk = beside.risks.get(&release.id);
    let standing = readiness.map(|readiness| readiness.standing);
    reasons.extend(risk.into_iter().flat_map(|risk| routed(release, risk, beside.catalog, standing, next)));
    reasons.extend((beside.others)(release));
    let decided = decide(&mandatory, reasons);
    let by_people = readiness.and_then(|readiness| readiness.standing.decision.as_ref());
    Some(Verdict {
        word: decided.word,
        before: next.words(),
        human: by_people.map(|by| Human::beside(decided.word, by, &beside.catalog.roles)),
        reasons: decided.reasons,
        go_at: decided.go_at,
        score,
        risk: risk.cloned(),
        triggers,
        promotion,
        promotion_due,
        at: now,
    })
}

/// Triggers of which many standings hold one.
fn shared(triggers: &[Trigger]) -> Vec<Arc<Trigger>> {
    triggers.iter().cloned().map(Arc::new).collect()
}

/// Whether anything has moved.
fn moved(release: &Release) -> bool {
    !matches!(release.phase, Phase::Planned | Phase::Readiness)
}

/// One look at every trigger of every service of `release`.
fn looks<'a>(release: &'a Release, index: &Index<'a>, triggers: &[Arc<Trigger>]) -> Vec<Taken> {
    let mut looks = Vec::new();
    if !moved(release) {
        return looks;
    }
    let none = Vec::new();
    for component in &release.components {
        let place = (component.service.as_str(), release.environment.as_str());
        let ours = |one: &&Analysis| one.release == release.id && one.service == component.service;
        let analyses = index.analyses.get(release.id.as_str()).map_or(&[][..], Vec::as_slice);
        let analyses: Vec<&Analysis> = analyses.iter().copied().filter(ours).collect();
        let recent: Vec<_> = analyses.iter().filter_map(|one| one.lately()).collect();
        let canary = canary::worst(&analyses, index.picture.at);
        let select = service_select(index.catalog, &component.service);
        let telemetry = index.catalog.services.get(&component.service).map(|file| &file.telemetry);
        let sight = Sight {
            component,
            environment: &release.environment,
            queries: &index.picture.queries,
            select: &select,
            version_label: telemetry.and_then(|telemetry| telemetry.version_label.as_deref()),
            slos: index.slos_of(place.0, place.1),
            slow: &index.slow,
            alerts: index.alerts.get(&place).unwrap_or(&none),
            alerts_unknown: index.silent(&release.environment),
            canary: canary.as_ref(),
            recent: &recent,
            analyses: &analyses,
            started_at: component.workload.as_ref().and_then(|workload| workload.started_at).or(release.started_at),
            now: index.picture.at,
        };
        let place = component.region.as_deref().map_or_else(String::new, |region| format!(" {region}"));
        for trigger in triggers {
            let look = look(&trigger.condition, &sight);
            looks.push(Taken { trigger: Arc::clone(trigger), service: format!("{}{place}", component.service), look });
        }
    }
    looks
}

/// What is measured: objects, SLOs, alerts, triggers.
fn measured<'a>(release: &'a Release, index: &Index<'a>, triggers: &[Standing], now: Timestamp) -> Vec<Reason> {
    let mut reasons = alarms::deployment(release);
    reasons.extend(alarms::slos(release, &|service| index.slos_of(service, &release.environment).to_vec()));
    let alerts = index.of_release.get(release.id.as_str()).map_or(&[][..], Vec::as_slice);
    reasons.extend(alarms::alerts(alerts, index.silent(&release.environment), now));
    reasons.extend(alarms::triggers(triggers, now));
    reasons
}

/// What one evaluation of all that is measured says of compliance. A query error is no compliance, and no failure.
fn evaluation(reasons: &[Reason]) -> Evaluation {
    let says = |reason: &Reason| match (reason.effect, reason.input) {
        (Effect::Unknown, _) => Evaluation::Unknown,
        (Effect::Waits, Input::Triggers) if reason.short.ends_with("early") => Evaluation::Unknown,
        (Effect::RollsBack | Effect::Stops, _) | (Effect::Waits, Input::Triggers) => Evaluation::Fail,
        (Effect::Waits | Effect::Supports, _) => Evaluation::Pass,
    };
    reasons.iter().map(says).max().unwrap_or(Evaluation::Unknown)
}

/// What the promotion criterion says.
fn promoted(progress: &Progress) -> Reason {
    let lasting = progress.criterion.lasting;
    let counted = format!("{} of {} evaluations", progress.passed, progress.criterion.evaluations());
    let reason = |effect, short: &str, text: String| {
        let reason = Reason::new(Input::Promotion, effect, "promotion", short, text);
        Reason { evidence: counted.clone(), ..reason }.measured(progress.since, None)
    };
    match progress.met {
        Met::Yes => reason(Effect::Supports, "compliant", format!("compliant without a break for {lasting}")),
        Met::At(at) => {
            let text = format!("compliance must hold for {lasting}, until {}", at.format("%H:%M:%SZ"));
            reason(Effect::Waits, "compliance", text).cured_at(at, "if compliance stays")
        }
        Met::Paused => {
            reason(Effect::Waits, "compliance paused", "compliance is paused: something is not known".to_owned())
                .cured_when(format!("compliance has held for {lasting}"))
        }
        Met::Broken => {
            reason(Effect::Waits, "compliance broken", "compliance is broken: something is over its limit".to_owned())
                .cured_when(format!("compliance has held for {lasting}"))
        }
    }
}

#[cfg(test)]
mod tests;
