//! What a line says: the state's word first, then what, then numbers with their units. The words are those of the screens.

use std::fmt::Write as _;

use crate::domain::{
    alert::Severity,
    level::Level,
    picture::{JoinedAlert, SourceView},
    release::{Component, Release},
    slo::{
        status::{Firing, SloStatus},
        words::percent,
    },
    time::{Span, Timestamp},
    verdict::{Verdict, human::Human},
    workload::{Status, traffic_share},
};

/// Reasons that a line tells; the rest is counted.
const REASONS: usize = 3;

/// `prod`, or that nothing says.
fn place(environment: &str) -> &str {
    if environment.is_empty() { "environment not known" } else { environment }
}

/// `release checkout-1.42 prod`.
pub(super) fn release_name(release: &Release) -> String {
    format!("release {} {}", release.name, place(&release.environment))
}

/// `page firing. CanaryErrorRatio fires for 5s. rolling out. checkout 1.42.0 paused (timed), step 4 of 7, traffic 25 %`.
pub(super) fn release(release: &Release) -> String {
    let mut sentences = Vec::new();
    if release.headline() != release.level.word() {
        sentences.push(release.headline().to_owned());
    }
    sentences.extend(release.reasons.iter().take(REASONS).map(|reason| reason.text.clone()));
    match release.reasons.len().saturating_sub(REASONS) {
        0 => {}
        1 => sentences.push("1 more reason".to_owned()),
        more => sentences.push(format!("{more} more reasons")),
    }
    sentences.push(release.phase.word().to_owned());
    sentences.extend(release.components.iter().map(component));
    sentences.join(". ")
}

fn component(component: &Component) -> String {
    let mut text = format!("{} {}", component.service, component.version.as_deref().unwrap_or("version ?"));
    let Some(workload) = &component.workload else { return format!("{text}: {}", component.phase.word()) };
    text.push(' ');
    text.push_str(workload.status.word());
    if workload.status == Status::Succeeded {
        return text;
    }
    if let Some(step) = workload.step {
        let _ = write!(text, ", step {} of {}", step.current(), step.total);
    }
    let share = |units| traffic_share(units, workload.traffic.max);
    let (actual, desired) = (share(workload.traffic.actual), share(workload.traffic.desired));
    let _ = write!(text, ", traffic {actual}");
    if actual != desired {
        let _ = write!(text, " of {desired}");
    }
    text
}

/// What of a release is news when it changes: not the numbers, which move with every answer.
pub(super) fn release_news(release: &Release) -> String {
    let mut reasons: Vec<&str> = release.reasons.iter().map(|reason| reason.short.as_str()).collect();
    reasons.dedup();
    let components: Vec<String> = release
        .components
        .iter()
        .map(|component| match &component.workload {
            Some(workload) => {
                let there = workload.traffic.actual == workload.traffic.desired;
                format!("{:?} {:?} {:?} {there}", workload.status, workload.step, workload.traffic.desired)
            }
            None => format!("{:?} {:?}", component.phase, component.problem),
        })
        .collect();
    format!("{:?} {:?} {reasons:?} {components:?}", release.level, release.phase)
}

/// `verdict checkout-1.42 prod`.
pub(super) fn verdict_name(release: &Release) -> String {
    format!("verdict {} {}", release.name, place(&release.environment))
}

/// `before it gets 50 % of traffic. checkout error rate 9.4 % (limit > 5.00 % of requests) for 15s. GO when …`.
pub(super) fn verdict(verdict: &Verdict, now: Timestamp) -> String {
    let mut sentences = vec![format!("before {}", verdict.before)];
    sentences.extend(verdict.deciding().map(|reason| reason.text.clone()));
    sentences.extend(verdict.human.as_ref().map(Human::words));
    sentences.push(verdict.change(now));
    sentences.join(". ")
}

/// What of a verdict is news when it changes: the word, what decides, what a person says; not the numbers.
pub(super) fn verdict_news(verdict: &Verdict) -> String {
    let decides = verdict.deciding().map(|reason| (&reason.id, &reason.short));
    format!("{:?} {decides:?} {:?}", verdict.word, verdict.human)
}

/// The first word of an alert. One that is for the record needs nobody, and has its own word.
pub(super) fn alert_state(joined: &JoinedAlert) -> String {
    match joined.level() {
        Level::Run => Severity::Info.word().to_uppercase(),
        level => level.word().to_owned(),
    }
}

/// `alert CanaryErrorRatio checkout prod`.
pub(super) fn alert_name(joined: &JoinedAlert) -> String {
    let service = joined.service.as_deref().unwrap_or("service not known");
    format!("alert {} {service} {}", joined.alert.name, place(joined.environment.as_deref().unwrap_or_default()))
}

/// `page firing for 12s. checkout 1.42.0 fails 40.0 % of its requests`.
pub(super) fn alert(joined: &JoinedAlert, now: Timestamp) -> String {
    let alert = &joined.alert;
    let age = Span::between(alert.starts_at, now).age();
    let text = format!("{} {} for {age}", alert.severity().word(), joined.state());
    if alert.summary().is_empty() { text } else { format!("{text}. {}", alert.summary()) }
}

/// `SLO cart http prod`.
pub(super) fn slo_name(slo: &SloStatus) -> String {
    format!("SLO {} {} {}", slo.key.service, slo.key.slo, place(&slo.key.environment))
}

/// `1h 16.2x, 5m 15.1x: firing. budget 41 % left`.
pub(super) fn slo(slo: &SloStatus) -> String {
    let firing = slo.pairs.iter().find(|pair| pair.firing == Firing::Yes);
    let mut sentences = Vec::new();
    if !slo.state.is_ok() {
        sentences.push(slo.state.word().to_owned());
    }
    match firing.or_else(|| slo.pairs.first()) {
        Some(pair) => sentences.push(pair.note.clone()),
        None => sentences.extend(slo.warnings.first().cloned()),
    }
    let left = slo.budget.remaining.map_or_else(|| "?".to_owned(), percent);
    sentences.push(format!("budget {left} left"));
    sentences.join(". ")
}

/// What of an SLO is news when it changes.
pub(super) fn slo_news(slo: &SloStatus) -> String {
    let firing: Vec<bool> = slo.pairs.iter().map(|pair| pair.firing == Firing::Yes).collect();
    format!("{:?} {} {firing:?}", slo.level, slo.state.word())
}

/// `source prom`.
pub(super) fn source_name(source: &SourceView) -> String {
    format!("source {}", source.name)
}

/// `prometheus, newest answer 6m12s old. timeout: no answer in 5s. burn, budgets and charts are UNKNOWN`.
pub(super) fn source(source: &SourceView) -> String {
    let age = match source.age {
        Some(age) => format!("data {} old", age.age()),
        None => "no answer yet".to_owned(),
    };
    let mut sentences = vec![format!("{}, {age}", source.kind)];
    sentences.extend(source.error.as_ref().map(ToString::to_string));
    sentences.extend(source.gaps.iter().take(REASONS).map(|gap| format!("{}: {}", gap.what, gap.why)));
    sentences.extend(source.effects.iter().cloned());
    sentences.join(". ")
}

/// What of a source is news when it changes. An answer that is a little late is none: staleness is.
pub(super) fn source_news(source: &SourceView) -> String {
    let word = if source.word == "AGEING" { "FRESH" } else { &source.word };
    let error = source.error.as_ref().map(|error| error.kind.word());
    format!("{word} {error:?} {:?}", source.gaps)
}
