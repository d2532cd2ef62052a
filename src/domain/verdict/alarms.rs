//! Reasons that are measured: how the objects stand, what the SLOs burn, which alerts fire, which triggers fired.

use crate::domain::{
    alert::{AlertState, Severity},
    canary::words::share,
    feed::Freshness,
    level::Level,
    picture::{JoinedAlert, SourceView},
    release::{Component, Phase, Release},
    slo::{
        reading::DataState,
        status::{Firing, PairSeverity, SloStatus},
        words,
    },
    time::{Span, Timestamp},
    trigger::state::{Standing, TriggerState},
};

use super::reason::{Effect, Input, Reason};

/// How the objects of `release` stand.
#[must_use]
pub fn deployment(release: &Release) -> Vec<Reason> {
    release.components.iter().map(|component| object(release, component)).collect()
}

fn object(release: &Release, component: &Component) -> Reason {
    let place = component.region.as_deref().map_or_else(String::new, |region| format!(" in {region}"));
    let name = format!("{}{place}", component.service);
    let id = format!("object {name}");
    let source = component.key.as_ref().map(|key| key.source.to_string());
    let reason = |effect, short: &str, text: String| {
        Reason::new(Input::Deployment, effect, id.clone(), short, text).measured(release.data_at, source.clone())
    };
    let status = component.workload.as_ref().map(|workload| workload.status.word());
    let problem = component.problem.as_deref();
    match (component.level, component.phase) {
        (Level::Unknown, _) => {
            let why = problem.or(status).unwrap_or("nothing says how it stands");
            let unseen = reason(Effect::Unknown, "unknown", format!("{name}: {why}"));
            Reason { weight: u16::MAX, ..unseen }.cured_when(format!("{name} is seen again"))
        }
        (Level::Bad, _) => {
            let message = component.workload.as_ref().map_or("", |workload| workload.message.as_str());
            let why = problem.map_or_else(|| format!("{}: {message}", status.unwrap_or("failed")), str::to_owned);
            reason(Effect::Stops, component.phase.word(), format!("{name}: {why}"))
                .cured_when(format!("{name} is put right"))
        }
        (Level::Watch, _) | (_, Phase::Failed) => {
            let why = problem.or(status).unwrap_or("needs an eye");
            reason(Effect::Waits, component.phase.word(), format!("{name}: {why}"))
                .cured_when(format!("{name} goes on"))
        }
        _ => {
            let version = component.version.as_deref().unwrap_or("?");
            let told = match problem {
                Some(problem) => format!("{name} {version}: {problem}"),
                None => format!("{name} {version}: {}", status.unwrap_or_else(|| component.phase.word())),
            };
            reason(Effect::Supports, "as it should be", told)
        }
    }
}

/// What the SLOs of `services` say, those of the whole service and those of the versions that go out.
#[must_use]
pub fn slos<'a>(release: &'a Release, of: &dyn Fn(&'a str) -> Vec<&'a SloStatus>) -> Vec<Reason> {
    let mut services: Vec<&str> = release.components.iter().map(|component| component.service.as_str()).collect();
    services.sort_unstable();
    services.dedup();
    let mut reasons = Vec::new();
    for service in services {
        let all = of(service);
        let whole: Vec<&SloStatus> = all.iter().copied().filter(|slo| slo.key.version.is_none()).collect();
        if whole.is_empty() {
            let text = format!("{service}: no SLO says what this does to users");
            reasons.push(
                Reason::new(Input::Slo, Effect::Unknown, format!("slo {service}"), "no SLO", text)
                    .cured_when(format!("an SLO of {service} is measured")),
            );
        }
        reasons.extend(whole.into_iter().map(slo));
        let ours = |slo: &&SloStatus| {
            let out = |component: &Component| component.service == service && component.version == slo.key.version;
            slo.key.version.is_some() && release.components.iter().any(out)
        };
        reasons.extend(all.iter().copied().filter(ours).filter_map(version));
    }
    reasons
}

fn told(slo: &SloStatus) -> String {
    match &slo.key.version {
        Some(version) => format!("{} {version} {}", slo.key.service, slo.key.slo),
        None => format!("{} {}", slo.key.service, slo.key.slo),
    }
}

fn slo(slo: &SloStatus) -> Reason {
    let name = told(slo);
    let at = slo.burns.iter().filter_map(|burn| burn.at).max();
    let query = slo.burns.first().map(|burn| std::sync::Arc::clone(&burn.query));
    let reason = |effect, short: &str, text: String| Reason {
        query: query.clone(),
        ..Reason::new(Input::Slo, effect, format!("slo {name} {}", slo.key.source), short, text)
            .measured(at, Some(slo.key.source.to_string()))
    };
    let firing = slo.pairs.iter().filter(|pair| pair.firing == Firing::Yes).max_by_key(|pair| pair.severity);
    if let Some(pair) = firing {
        let rate = slo.burn(pair.long).and_then(|burn| burn.rate).unwrap_or_default();
        let (effect, short, word) = match pair.severity {
            PairSeverity::Page => (Effect::Stops, "page burn", "page"),
            PairSeverity::Ticket => (Effect::Waits, "ticket burn", "ticket"),
        };
        let text = format!("{name} burns {} ({}), {word} at {}x", words::times(rate), pair.long, pair.factor);
        return reason(effect, short, text).cured_when(format!("{name} burns less than {}x", pair.factor));
    }
    match (slo.level, &slo.state) {
        (Level::Unknown, _) => {
            let why = slo
                .warnings
                .first()
                .map_or_else(|| slo.state.word().to_owned(), |why| format!("{}: {why}", slo.state.word()));
            reason(Effect::Unknown, "unknown", format!("{name}: {why}")).cured_when(format!("{name} is measured"))
        }
        (Level::Bad | Level::Watch, _) => {
            let why = slo.warnings.first().map_or("needs an eye", String::as_str);
            reason(Effect::Waits, "budget", format!("{name}: {why}")).cured_when(format!("{name} has budget again"))
        }
        (_, DataState::Warming { .. }) => young(slo, &name, at, &reason),
        _ => reason(Effect::Supports, "burn", format!("{name} burns {}", rates(slo))),
    }
}

/// A service younger than its windows. Those of the page pairs must be covered before it calms anybody.
fn young(
    slo: &SloStatus,
    name: &str,
    at: Option<Timestamp>,
    reason: &dyn Fn(Effect, &str, String) -> Reason,
) -> Reason {
    let pages = slo.pairs.iter().filter(|pair| pair.severity == PairSeverity::Page);
    let short = pages.map(|pair| pair.long).min().and_then(|long| slo.burn(long));
    match short.filter(|burn| burn.coverage < 1.0) {
        Some(burn) => {
            let text = format!("{name}: {} of its {} window are covered", share(burn.coverage), burn.window);
            let left = burn.window.secs() * (1.0 - burn.coverage.clamp(0.0, 1.0));
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "less than a window")]
            let left = Span::from_millis((left * 1000.0) as u64);
            let waits = reason(Effect::Waits, "warming", text);
            match at {
                Some(at) => waits.cured_at(at + left.delta(), format!("when {name} is covered")),
                None => waits.cured_when(format!("{name} is covered")),
            }
        }
        None => reason(
            Effect::Supports,
            "burn",
            format!("{name} burns {}; it is younger than its longest window", rates(slo)),
        ),
    }
}

/// `0.4x (1h), 0.6x (6h)`.
fn rates(slo: &SloStatus) -> String {
    let pages = slo.pairs.iter().filter(|pair| pair.severity == PairSeverity::Page);
    let rates: Vec<String> = pages
        .filter_map(|pair| Some(format!("{} ({})", words::times(slo.burn(pair.long)?.rate?), pair.long)))
        .collect();
    if rates.is_empty() { "less than any pair calls for".to_owned() } else { rates.join(", ") }
}

/// A version that burns is a reason of its own: a canary with a small share of traffic hides in its service.
fn version(slo: &SloStatus) -> Option<Reason> {
    let page = slo.pairs.iter().filter(|pair| pair.severity == PairSeverity::Page).min_by_key(|pair| pair.long)?;
    let burn = slo.burn(page.short)?;
    let rate = burn.rate.filter(|rate| *rate > page.factor)?;
    let name = told(slo);
    let text = format!(
        "{name} burns {} ({}): {} of its requests are bad",
        words::times(rate),
        page.short,
        share(burn.ratio.unwrap_or_default())
    );
    Some(Reason {
        query: Some(std::sync::Arc::clone(&burn.query)),
        ..Reason::new(Input::Slo, Effect::Waits, format!("slo {name} {}", slo.key.source), "canary burns", text)
            .measured(burn.at, Some(slo.key.source.to_string()))
            .cured_when(format!("{name} burns less than {}x", page.factor))
    })
}

/// Why alerts of `environment` are not known; `None` where every source of them has answered lately.
#[must_use]
pub fn alerts_unknown(sources: &[SourceView], environment: &str) -> Option<String> {
    let mut listening = false;
    for source in sources.iter().filter(|source| source.environment.as_deref().is_none_or(|own| own == environment)) {
        for feed in source.feeds.iter().filter(|feed| feed.name == "alerts") {
            listening = true;
            if feed.freshness >= Freshness::Stale {
                let age = feed.age.map_or_else(|| "no answer yet".to_owned(), |age| format!("STALE {}", age.age()));
                return Some(format!("alerts: {}: {age}", source.name));
            }
        }
    }
    (!listening).then(|| "no source of alerts is configured".to_owned())
}

/// What the alerts of a release say.
#[must_use]
pub fn alerts(alerts: &[&JoinedAlert], unknown: Option<&str>, now: Timestamp) -> Vec<Reason> {
    let active = alerts.iter().filter(|joined| !joined.stale && joined.alert.state == AlertState::Active);
    let mut reasons: Vec<Reason> = active.filter_map(|joined| alert(joined, now)).collect();
    if let Some(why) = unknown {
        let silent = Reason::new(Input::Alerts, Effect::Unknown, "alerts", "alerts unknown", why);
        reasons.push(silent.cured_when("a source of alerts answers"));
    } else if reasons.is_empty() {
        let newest = alerts.iter().filter_map(|joined| joined.alert.updated_at).max();
        let quiet = Reason::new(Input::Alerts, Effect::Supports, "alerts", "no alert", "no alert of it fires");
        reasons.push(quiet.measured(newest, None));
    }
    reasons
}

fn alert(joined: &JoinedAlert, now: Timestamp) -> Option<Reason> {
    let alert = &joined.alert;
    let (effect, short) = match alert.severity() {
        Severity::Page => (Effect::Stops, "page firing"),
        Severity::Ticket => (Effect::Waits, "ticket firing"),
        Severity::Info => return None,
    };
    let text = format!("{} fires for {}", alert.name, Span::between(alert.starts_at, now).age());
    let id = format!("alert {} {}", alert.name, alert.fingerprint);
    let reason = Reason::new(Input::Alerts, effect, id, short, text);
    let source = joined.sources.first().map(ToString::to_string);
    let reason = Reason { evidence: alert.summary().to_owned(), ..reason };
    Some(reason.measured(alert.updated_at, source).cured_when(format!("{} is over", alert.name)))
}

/// What the triggers say.
#[must_use]
pub fn triggers(standings: &[Standing], now: Timestamp) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = standings.iter().filter_map(|standing| trigger(standing, now)).collect();
    let judged = standings.iter().filter(|standing| !matches!(standing.state, TriggerState::Idle { .. }));
    let calm = judged
        .clone()
        .filter(|standing| matches!(standing.state, TriggerState::Clear | TriggerState::Armed { over: false, .. }));
    let count = calm.clone().count();
    if count > 0 && count == judged.count() {
        let text = match count {
            1 => "its trigger is clear".to_owned(),
            _ => format!("{count} triggers are clear"),
        };
        let oldest = calm.map(|standing| standing.look.at).min();
        reasons.push(
            Reason::new(Input::Triggers, Effect::Supports, "triggers", "triggers clear", text).measured(oldest, None),
        );
    }
    reasons
}

fn trigger(standing: &Standing, now: Timestamp) -> Option<Reason> {
    let Standing { trigger, service, state, look, .. } = standing;
    let kind = trigger.condition.kind();
    let name = if trigger.id == kind.replace(' ', "-") { kind.to_owned() } else { trigger.id.clone() };
    let limit = if look.limit.is_empty() { String::new() } else { format!(" (limit {})", look.limit) };
    let read = format!("{service} {name} {}{limit}", look.reading);
    let reason = |effect, short: String, text: String| Reason {
        evidence: look.evidence.text.clone(),
        query: look.evidence.query.clone(),
        ..Reason::new(Input::Triggers, effect, format!("trigger {} {service}", trigger.id), short, text)
            .measured(Some(look.at), look.evidence.source.clone())
    };
    let under = format!("{service} {name} is within its limit");
    let reason = match state {
        TriggerState::Fired { since, cannot_clear } => {
            let lasting = Span::between(*since, now).age();
            let tail = cannot_clear.as_ref().map_or_else(String::new, |why| format!("; cannot clear: {why}"));
            reason(Effect::RollsBack, format!("{name} fired"), format!("{read} for {lasting}{tail}")).cured_when(under)
        }
        TriggerState::Armed { over: true, why } => {
            reason(Effect::Waits, format!("{name} over"), format!("{read}: {why}")).cured_when(under)
        }
        TriggerState::Early { why, until } => {
            // What is over comes before what cannot be told yet.
            let early = reason(Effect::Waits, format!("{name} early"), format!("{service} {name}: {why}"));
            let early = Reason { weight: early.weight - 5, ..early };
            match until {
                Some(until) => early.cured_at(*until, format!("if {service} {name} stays within its limit")),
                None => early.cured_when(format!("{service} {name} can be judged")),
            }
        }
        TriggerState::CannotTell { why } => {
            // What is not known has a cause, and that comes first: a source that is silent, a series that is not there.
            let silent =
                reason(Effect::Unknown, "cannot tell".to_owned(), format!("{service} {name}: cannot tell: {why}"));
            Reason { weight: 0, ..silent }.cured_when(format!("{service} {name} can be judged"))
        }
        TriggerState::Armed { over: false, .. } | TriggerState::Clear | TriggerState::Idle { .. } => return None,
    };
    Some(reason)
}
