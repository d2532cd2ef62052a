//! One look at each condition, from what is seen. No look turns what is missing into a number.

use super::{
    Condition,
    look::{Evidence, Finding, Look},
    query,
    sight::Sight,
};
use crate::domain::{
    alert::AlertState,
    canary::words::share,
    labels::Labels,
    level::Level,
    release::Phase,
    slo::{
        definition::{Origin, Window},
        forecast::fires_in,
        reading::DataState,
        status::{Burn, Firing, PairSeverity, SloStatus},
        words,
    },
    time::{Span, Timestamp},
    workload::Status,
};

/// The window of the error rate.
const FIVE: Window = Span::from_mins(5);

/// One look at `condition`.
#[must_use]
pub fn look(condition: &Condition, sight: &Sight<'_>) -> Look {
    let limit = limit(condition);
    let moved = !matches!(sight.component.phase, Phase::Planned | Phase::Readiness);
    if !moved {
        return Look::nothing("nothing has moved yet", limit, sight.now);
    }
    let found = match condition {
        Condition::ErrorRate { over, events, slo } => error_rate(*over, *events, slo.as_deref(), sight),
        Condition::Burn { times } => burn(*times, sight),
        Condition::Canary => sight
            .canary
            .cloned()
            .unwrap_or_else(|| Look::nothing("no canary is compared with the version before", "", sight.now)),
        Condition::Business { metric } => super::business::look(metric.as_deref(), sight),
        Condition::Latency { over } => super::latency::look(*over, sight),
        Condition::Health => health(sight),
        Condition::Budget { spent } => budget(*spent, sight),
        Condition::Alert { labels } => alert(labels, sight),
        Condition::Query(own) => query::look(own, sight),
    };
    Look { limit, ..found }
}

/// The limit in words: `> 5 % (5 bad or more)`.
#[must_use]
pub fn limit(condition: &Condition) -> String {
    match condition {
        Condition::ErrorRate { over, events, .. } => {
            format!("> {} of requests, {} bad or more", share(*over), words::events(*events))
        }
        Condition::Burn { times } => format!("a page pair fires, {times}x the burn of before"),
        Condition::Canary => "worse than the version before".to_owned(),
        Condition::Business { .. } => "10 % and three sigma from past weeks".to_owned(),
        Condition::Latency { over } => format!("{over} slower than the version beside it"),
        Condition::Health => "it does not run".to_owned(),
        Condition::Budget { spent } => format!("{} of the budget", share(*spent)),
        Condition::Alert { labels } => {
            let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
            labels.join(",")
        }
        Condition::Query(own) => query::limit(own),
    }
}

fn error_rate(over: f64, events: f64, name: Option<&str>, sight: &Sight<'_>) -> Look {
    let counts = |slo: &&&SloStatus| match name {
        Some(name) => slo.key.slo == name,
        None => !sight.slow.contains(&slo.id),
    };
    let of = |version: Option<&str>| {
        let ours = sight.slos.iter().filter(counts).filter(move |slo| slo.key.version.as_deref() == version);
        ours.copied().collect::<Vec<_>>()
    };
    let split = sight.component.version.as_deref().map(|version| of(Some(version))).unwrap_or_default();
    let looks: Vec<Look> = if split.is_empty() {
        of(None).into_iter().map(|slo| of_all(slo, over, events, sight)).collect()
    } else {
        split.into_iter().map(|slo| ratio(slo, over, events, sight)).collect()
    };
    Look::worst(looks).unwrap_or_else(|| {
        let why = match name {
            Some(name) => format!("no SLO {name} of {} is measured", sight.component.service),
            None => format!("no SLO counts the failed requests of {}", sight.component.service),
        };
        Look::unknown(why, "", sight.now)
    })
}

/// What all requests of the service say of its new version, where no counts of that are there.
fn of_all(slo: &SloStatus, over: f64, events: f64, sight: &Sight<'_>) -> Look {
    // Recorded series have no version. Others do, and then the version before would hide what the new one does.
    let has_version = sight.version_label.is_some() && sight.component.version.is_some();
    if has_version && matches!(slo.origin, Origin::File(_) | Origin::OpenSlo(_)) {
        return Look::unknown(format!("{} is not counted by version yet", slo.key.slo), "", sight.now);
    }
    of_service(slo, over, events, sight)
}

/// The error rate of the whole service is evidence only where it was under the limit before the deploy.
fn of_service(slo: &SloStatus, over: f64, events: f64, sight: &Sight<'_>) -> Look {
    let mut look = ratio(slo, over, events, sight);
    if look.finding == Finding::Over {
        look.finding = match before(slo, sight) {
            Some(before) if before * slo.objective.budget() > over => {
                Finding::Held("it was over before the deploy too".to_owned())
            }
            Some(_) => Finding::Over,
            None => Finding::Unknown(
                "versions cannot be told apart, and what it was before the deploy is not known".to_owned(),
            ),
        };
    }
    look
}

fn ratio(slo: &SloStatus, over: f64, events: f64, sight: &Sight<'_>) -> Look {
    let Some(burn) = slo.burn(FIVE) else { return Look::unknown(slo.state.word(), "", sight.now) };
    let at = burn.at.unwrap_or(sight.now);
    let (Some(ratio), DataState::Ok | DataState::Warming { .. }) = (burn.ratio, &burn.state) else {
        return Look { evidence: evidence(slo, burn, sight), ..Look::unknown(doubt(&burn.state), "", at) };
    };
    let finding = match (ratio > over, burn.bad) {
        (true, Some(bad)) if bad.round() < events => {
            Finding::Held(format!("only {} bad of the {} that it takes", words::events(bad), words::events(events)))
        }
        (true, None) => Finding::Held("only a ratio is known, and not how many requests it is made of".to_owned()),
        (true, Some(_)) => Finding::Over,
        (false, _) => early(burn, at),
    };
    Look {
        finding,
        closeness: Some(ratio / over),
        reading: share(ratio),
        limit: String::new(),
        evidence: evidence(slo, burn, sight),
        at,
    }
}

/// Within the limit; only as far as can be seen, while the window is not covered.
fn early(burn: &Burn, at: Timestamp) -> Finding {
    match burn.state {
        DataState::Warming { coverage } => {
            let left = burn.window.secs() * (1.0 - coverage.clamp(0.0, 1.0));
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of five minutes")]
            let left = Span::from_millis((left * 1000.0) as u64);
            Finding::Early {
                why: format!("{} of its {} are covered", share(coverage), burn.window),
                until: Some(at + left.delta()),
            }
        }
        _ => Finding::Within,
    }
}

fn doubt(state: &DataState) -> String {
    match state {
        DataState::Error { what, .. } => format!("FAILED: {what}"),
        DataState::Stale { age } => format!("STALE {}", age.age()),
        DataState::Partial { why } | DataState::Conflict { why } => format!("{}: {why}", state.word()),
        _ => state.word().to_owned(),
    }
}

fn evidence(slo: &SloStatus, burn: &Burn, sight: &Sight<'_>) -> Evidence {
    let of = slo.key.version.as_deref().map_or_else(|| "the whole service".to_owned(), str::to_owned);
    let text = match (burn.bad, burn.total) {
        (Some(bad), Some(total)) => format!(
            "{} {}: {} bad of {} in {}{}",
            slo.key.slo,
            of,
            words::events(bad),
            words::events(total),
            burn.window,
            sight.since_deploy()
        ),
        _ => format!("{} {of}: {} in {}{}", slo.key.slo, burn.state.word(), burn.window, sight.since_deploy()),
    };
    Evidence {
        text,
        query: Some(std::sync::Arc::clone(&burn.query)),
        window: Some(burn.window),
        bad: burn.bad,
        total: burn.total,
        source: Some(slo.key.source.to_string()),
    }
}

/// The burn of the time before the release, between two windows that both reach back beyond its start; `None` where nothing tells.
fn before(slo: &SloStatus, sight: &Sight<'_>) -> Option<f64> {
    let age = Span::between(sight.started_at?, sight.now);
    let mut reach: Vec<&Burn> =
        slo.burns.iter().filter(|burn| burn.window >= age && burn.state.is_ok() && burn.rate.is_some()).collect();
    reach.sort_by_key(|burn| burn.window);
    let (near, far) = (reach.first()?, reach.get(1)?);
    let by_counts = (|| {
        let (bad, total) = (far.bad? - near.bad?, far.total? - near.total?);
        (total > 0.0).then(|| bad.max(0.0) / total / slo.objective.budget())
    })();
    let by_time = || {
        let (near_rate, far_rate) = (near.rate?, far.rate?);
        let length = far.window.secs() - near.window.secs();
        (length > 0.0).then(|| ((far_rate * far.window.secs() - near_rate * near.window.secs()) / length).max(0.0))
    };
    by_counts.or_else(by_time)
}

fn burn(times: f64, sight: &Sight<'_>) -> Look {
    let whole = sight.slos.iter().filter(|slo| slo.key.version.is_none());
    let looks: Vec<(Option<Span>, Look)> = whole
        .map(|slo| {
            let left = forecast(slo, sight);
            (left, page(slo, times, left, sight))
        })
        .collect();
    // While none fires, the page that is on its way is told before one that is merely closer.
    let coming = looks.iter().filter_map(|(left, look)| Some(((*left)?, look))).min_by_key(|(left, _)| *left);
    let coming = coming.map(|(_, look)| look).filter(|look| look.finding == Finding::Within).cloned();
    match Look::worst(looks.into_iter().map(|(_, look)| look)) {
        Some(worst) => coming.filter(|_| worst.finding == Finding::Within).unwrap_or(worst),
        None => Look::unknown(format!("no SLO of {} is measured", sight.component.service), "", sight.now),
    }
}

/// How the page pairs of `slo` stand; `left` is in how long one fires if things go on as they do.
fn page(slo: &SloStatus, times: f64, left: Option<Span>, sight: &Sight<'_>) -> Look {
    let at = slo.burns.iter().filter_map(|burn| burn.at).max().unwrap_or(sight.now);
    let pages = || slo.pairs.iter().filter(|pair| pair.severity == PairSeverity::Page);
    let half = |window| slo.burn(window).and_then(Burn::effective);
    let closest = pages()
        .filter_map(|pair| Some((pair, half(pair.long)?.min(half(pair.short)?) / pair.factor)))
        .max_by(|(_, a), (_, b)| a.total_cmp(b));
    let shown = closest.map(|(pair, _)| pair).or_else(|| pages().next());
    let burn = shown.and_then(|pair| slo.burn(pair.long));
    let (finding, rate) = match pages().find(|pair| pair.firing == Firing::Yes) {
        Some(pair) => {
            let rate = half(pair.long).unwrap_or_default();
            let finding = match before(slo, sight) {
                None => {
                    Finding::Unknown("a page pair fires, and what burned before the deploy is not known".to_owned())
                }
                Some(before) if rate > times * before => Finding::Over,
                Some(before) => Finding::Held(format!("it burned {} before the deploy already", words::times(before))),
            };
            (finding, Some(rate))
        }
        None => (quiet(slo), burn.and_then(|burn| burn.rate)),
    };
    let mut evidence = burn.map(|burn| evidence(slo, burn, sight)).unwrap_or_default();
    if let Some(pair) = shown {
        evidence.text = format!("{} {}: {}", slo.key.service, slo.key.slo, pair.note);
    }
    let rate = rate.map_or_else(|| "?".to_owned(), words::times);
    Look {
        closeness: closest.map(|(_, close)| close),
        reading: match left {
            Some(left) => format!("{rate}, page in {} or more", left.age()),
            None => rate,
        },
        limit: String::new(),
        finding,
        evidence,
        at,
    }
}

/// In how long a page fires at the earliest if things go on as they do; `None` where none would.
fn forecast(slo: &SloStatus, sight: &Sight<'_>) -> Option<Span> {
    let recent = sight.lately(slo)?;
    let budget = slo.objective.budget();
    let pages = slo.pairs.iter().filter(|pair| pair.severity == PairSeverity::Page);
    pages.filter_map(|pair| fires_in(pair, slo.burn(pair.long)?, slo.burn(pair.short)?, budget, recent)).min()
}

/// What an SLO says whose page pairs do not fire.
fn quiet(slo: &SloStatus) -> Finding {
    let mut finding = Finding::Within;
    for pair in slo.pairs.iter().filter(|pair| pair.severity == PairSeverity::Page) {
        match &pair.firing {
            Firing::Unknown { why } => return Finding::Unknown(format!("{} {}: {why}", slo.key.service, slo.key.slo)),
            Firing::LowTraffic { bad, needed } => {
                finding = Finding::Held(format!(
                    "{} bad requests, fewer than the {} that would mean anything",
                    words::events(*bad),
                    words::events(*needed)
                ));
            }
            Firing::Yes | Firing::No | Firing::CannotFire { .. } => {}
        }
    }
    finding
}

fn health(sight: &Sight<'_>) -> Look {
    let component = sight.component;
    let Some(workload) = &component.workload else {
        let why = component.problem.clone().unwrap_or_else(|| format!("nothing says how {} runs", component.service));
        return Look::unknown(why, "", sight.now);
    };
    if component.level == Level::Unknown {
        let why = component.problem.clone().unwrap_or_else(|| workload.status.word().to_owned());
        return Look::unknown(why, "", sight.now);
    }
    let own = workload.revisions.iter().find(|revision| revision.template == workload.target);
    let trouble: Vec<&str> = own.into_iter().flat_map(|revision| &revision.trouble).map(String::as_str).collect();
    let reading = own.map_or_else(
        || workload.status.word().to_owned(),
        |revision| format!("{}/{} available", revision.available, revision.desired),
    );
    let failed = matches!(workload.status, Status::Failed | Status::FailedTrafficOnNew);
    let finding = if failed || !trouble.is_empty() { Finding::Over } else { Finding::Within };
    let mut told = vec![format!("{}: {}", component.service, workload.status.word())];
    told.extend(trouble.into_iter().map(str::to_owned));
    if failed && !workload.message.is_empty() {
        told.push(workload.message.clone());
    }
    let source = Some(workload.key.source.to_string());
    let evidence = Evidence { text: told.join("; "), source, ..Evidence::default() };
    Look { evidence, ..Look::bare(finding, reading, "", sight.now) }
}

fn budget(most: f64, sight: &Sight<'_>) -> Look {
    let whole = sight.slos.iter().filter(|slo| slo.key.version.is_none());
    let looks = whole.map(|slo| {
        let at = slo.burns.iter().filter_map(|burn| burn.at).max().unwrap_or(sight.now);
        let name = format!("{} {}", slo.key.service, slo.key.slo);
        let Some(spent) = slo.spent_since_release else {
            return Look::unknown(format!("{name}: what this release has spent is not known"), "", at);
        };
        let between = format!("between {} and {}", share(spent.at_least), share(spent.at_most));
        let finding = match () {
            () if spent.at_least > most => Finding::Over,
            () if spent.share > most => Finding::Held(format!("{between}, with what was spent before")),
            () => Finding::Within,
        };
        let text = format!("{name}: {between} of the whole budget{}", sight.since_deploy());
        Look {
            finding,
            closeness: Some(spent.share / most),
            reading: share(spent.share),
            limit: String::new(),
            evidence: Evidence {
                text,
                query: Some(std::sync::Arc::clone(&slo.budget.query)),
                source: Some(slo.key.source.to_string()),
                ..Evidence::default()
            },
            at,
        }
    });
    Look::worst(looks)
        .unwrap_or_else(|| Look::unknown(format!("no SLO of {} is measured", sight.component.service), "", sight.now))
}

fn alert(wanted: &Labels, sight: &Sight<'_>) -> Look {
    let matches = |labels: &Labels| wanted.iter().all(|(name, value)| labels.get(name) == Some(value));
    let firing = sight
        .alerts
        .iter()
        .filter(|joined| !joined.stale && joined.alert.state == AlertState::Active && matches(&joined.alert.labels));
    let looks = firing.map(|joined| {
        let alert = &joined.alert;
        let since = Span::between(alert.starts_at, sight.now).age();
        let finding = match sight.started_at {
            Some(started) if alert.starts_at < started => Finding::Held("it fired before the deploy".to_owned()),
            _ => Finding::Over,
        };
        let text = format!("{} fires for {since}", alert.name);
        let source = joined.sources.first().map(ToString::to_string);
        let evidence = Evidence { text, source, ..Evidence::default() };
        Look { evidence, ..Look::bare(finding, format!("fires {since}"), "", sight.now) }
    });
    match (Look::worst(looks), sight.alerts_unknown) {
        (Some(look), _) => look,
        (None, Some(why)) => Look::unknown(why, "", sight.now),
        (None, None) => Look::bare(Finding::Within, "does not fire", "", sight.now),
    }
}

#[cfg(test)]
mod tests;
