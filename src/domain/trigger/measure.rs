//! One look at each condition, from what is seen. No look turns what is missing into a number.

use super::{
    Condition,
    look::{Evidence, Finding, Look},
    sight::Sight,
};
use crate::domain::{
    alert::AlertState,
    canary::words::share,
    labels::Labels,
    level::Level,
    release::Phase,
    slo::{
        definition::Window,
        reading::DataState,
        status::{Burn, Firing, PairSeverity, SloStatus},
        words,
    },
    time::{Span, Timestamp},
    workload::Status,
};

/// The window of the error rate.
const FIVE: Window = Span::from_mins(5);

/// One look at `condition`; `trigger` is the identifier under which answers are kept.
#[must_use]
pub fn look(trigger: &str, condition: &Condition, sight: &Sight<'_>) -> Look {
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
        Condition::Health => health(sight),
        Condition::Budget { spent } => budget(*spent, sight),
        Condition::Alert { labels } => alert(labels, sight),
        Condition::Latency { .. } | Condition::Business { .. } | Condition::Query { .. } => {
            let answer = sight.answers.iter().find(|answered| answered.trigger == trigger);
            answer.map_or_else(
                || Look::unknown("no source has answered its query", "", sight.now),
                |one| one.look.clone(),
            )
        }
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
        Condition::Latency { slower, quantile } => format!("p{:.0} slower by {slower}", quantile * 100.0),
        Condition::Burn { times } => format!("a page pair fires, {times}x the burn of before"),
        Condition::Canary => "worse than the version before".to_owned(),
        Condition::Health => "it does not run".to_owned(),
        Condition::Business { deviation, .. } => format!("off by {} and three sigma", share(*deviation)),
        Condition::Budget { spent } => format!("{} of the budget", share(*spent)),
        Condition::Alert { labels } => {
            let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
            labels.join(",")
        }
        Condition::Query { fires, .. } => fires.to_string(),
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
        of(None).into_iter().map(|slo| of_service(slo, over, events, sight)).collect()
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
    let whole: Vec<&SloStatus> = sight.slos.iter().filter(|slo| slo.key.version.is_none()).copied().collect();
    Look::worst(whole.into_iter().map(|slo| page(slo, times, sight)))
        .unwrap_or_else(|| Look::unknown(format!("no SLO of {} is measured", sight.component.service), "", sight.now))
}

fn page(slo: &SloStatus, times: f64, sight: &Sight<'_>) -> Look {
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
    Look {
        closeness: closest.map(|(_, close)| close),
        reading: rate.map_or_else(|| "?".to_owned(), words::times),
        limit: String::new(),
        finding,
        evidence,
        at,
    }
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
mod tests {
    use std::{collections::BTreeSet, sync::Arc};

    use super::*;
    use crate::domain::{
        join::example::{alert as firing, at, canary, labels},
        picture::JoinedAlert,
        release::Component,
        slo::{
            definition::{Objective, Origin, Period},
            status::{Budget, BudgetBasis, Exhaustion, Pair, SloKey, Spent},
        },
        trigger::{look::Finding, usual},
    };

    fn component() -> Component {
        Component {
            service: "checkout".to_owned(),
            guessed: false,
            region: None,
            version: Some("1.42.0".to_owned()),
            previous: Some("1.41.7".to_owned()),
            after: Vec::new(),
            workload: Some(canary(25, Status::Progressing)),
            key: None,
            phase: Phase::RollingOut,
            level: Level::Run,
            problem: None,
        }
    }

    fn burned(window: Span, bad: f64, total: f64, state: DataState) -> Burn {
        Burn {
            window,
            coverage: if let DataState::Warming { coverage } = state { coverage } else { 1.0 },
            rate: Some(bad / total / 0.001),
            ratio: Some(bad / total),
            bad: Some(bad),
            total: Some(total),
            at: Some(at(0)),
            query: Arc::from("sum(increase(bad[5m]))"),
            state,
        }
    }

    fn slo(version: Option<&str>, burns: Vec<Burn>) -> SloStatus {
        SloStatus {
            key: SloKey {
                service: "checkout".to_owned(),
                environment: "prod".to_owned(),
                slo: "availability".to_owned(),
                source: "prom".into(),
                version: version.map(str::to_owned),
            },
            id: "checkout/availability".to_owned(),
            origin: Origin::File("services/checkout.toml".to_owned()),
            objective: Objective::new(99.9).expect("an objective"),
            period: Period::Rolling(Span::from_days(30)),
            state: DataState::Ok,
            level: Level::Ok,
            burns,
            pairs: Vec::new(),
            budget: Budget {
                remaining: None,
                state: DataState::Ok,
                basis: BudgetBasis::None,
                so_far: None,
                query: Arc::from(""),
            },
            exhaustion: Exhaustion::Unknown,
            spent_since_release: None,
            warnings: Vec::new(),
        }
    }

    fn seen(id: &str, slos: &[&SloStatus], change: impl FnOnce(&mut Sight<'_>)) -> Look {
        let (component, latency) = (component(), BTreeSet::new());
        let mut sight = Sight {
            component: &component,
            slos,
            slow: &latency,
            alerts: &[],
            alerts_unknown: None,
            canary: None,
            answers: &[],
            started_at: Some(at(-600)),
            now: at(0),
        };
        change(&mut sight);
        let trigger = usual().into_iter().find(|trigger| trigger.id == id).expect("one of the usual ones");
        look(&trigger.id, &trigger.condition, &sight)
    }

    fn rate(bad: f64, total: f64, state: DataState) -> Finding {
        seen("error-rate", &[&slo(Some("1.42.0"), vec![burned(FIVE, bad, total, state)])], |_| {}).finding
    }

    #[test]
    fn five_percent_of_a_version_is_over_and_few_bad_requests_prove_nothing() {
        assert_eq!(rate(51.0, 1_000.0, DataState::Ok), Finding::Over);
        assert_eq!(rate(50.0, 1_000.0, DataState::Ok), Finding::Within, "strictly more");
        assert!(matches!(rate(4.0, 10.0, DataState::Ok), Finding::Held(why) if why.contains("only 4")));
        assert_eq!(rate(5.0, 10.0, DataState::Ok), Finding::Over);
        let warming = DataState::Warming { coverage: 0.4 };
        assert_eq!(rate(51.0, 1_000.0, warming.clone()), Finding::Over);
        assert!(matches!(rate(1.0, 1_000.0, warming), Finding::Early { until: Some(until), .. } if until == at(180)));
    }

    #[test]
    fn nothing_that_is_missing_or_old_is_over_or_within() {
        let error =
            DataState::Error { kind: crate::domain::source::ErrorKind::Timeout, what: "no answer in 5s".to_owned() };
        let stale = DataState::Stale { age: Span::from_mins(6) };
        let partial = DataState::Partial { why: "a store is away".to_owned() };
        let conflict = DataState::Conflict { why: "20 bad of 10 events".to_owned() };
        for state in [DataState::NoData, DataState::NoTraffic, error, stale, partial, conflict] {
            assert!(matches!(rate(900.0, 1_000.0, state.clone()), Finding::Unknown(_)), "{state:?}");
        }
        for id in ["error-rate", "page-burn"] {
            assert!(matches!(seen(id, &[], |_| {}).finding, Finding::Unknown(_)), "{id}");
        }
        let bare = seen("health", &[], |sight| sight.started_at = None);
        assert_eq!((bare.finding, bare.reading), (Finding::Within, "1/1 available".to_owned()));
    }

    #[test]
    fn the_whole_service_is_evidence_only_where_it_was_well_before() {
        let hour = Span::from_hours(1);
        let six = Span::from_hours(6);
        let whole = |before: f64| {
            let burns = vec![
                burned(FIVE, 80.0, 1_000.0, DataState::Ok),
                burned(hour, 200.0, 12_000.0, DataState::Ok),
                burned(six, 200.0 + before, 72_000.0, DataState::Ok),
            ];
            seen("error-rate", &[&slo(None, burns)], |_| {}).finding
        };
        assert_eq!(whole(60.0), Finding::Over);
        assert!(matches!(whole(6_000.0), Finding::Held(_)));
        let unknown = seen("error-rate", &[&slo(None, vec![burned(FIVE, 80.0, 1_000.0, DataState::Ok)])], |_| {});
        assert!(matches!(unknown.finding, Finding::Unknown(_)));
    }

    fn paging(before: f64) -> Finding {
        let hour = Span::from_hours(1);
        let mut slo = slo(
            None,
            vec![
                burned(FIVE, 20.0, 1_000.0, DataState::Ok),
                burned(hour, 200.0, 12_000.0, DataState::Ok),
                burned(Span::from_hours(6), 200.0 + before, 72_000.0, DataState::Ok),
            ],
        );
        slo.pairs = vec![Pair {
            severity: PairSeverity::Page,
            long: hour,
            short: FIVE,
            factor: 14.4,
            long_over: Some(true),
            short_over: Some(true),
            firing: Firing::Yes,
            note: "1h 16.7x over, 5m 20x over".to_owned(),
        }];
        seen("page-burn", &[&slo], |_| {}).finding
    }

    #[test]
    fn a_page_counts_against_a_release_only_where_it_did_not_burn_before() {
        assert_eq!(paging(6.0), Finding::Over);
        assert!(matches!(paging(600.0), Finding::Held(why) if why.contains("before the deploy already")));
    }

    #[test]
    fn pods_that_do_not_start_are_over_and_an_unseen_object_is_unknown() {
        let mut broken = component();
        let trouble = vec!["ImagePullBackOff (2 pods)".to_owned()];
        if let Some(workload) = &mut broken.workload {
            workload.revisions[0].trouble = trouble;
        }
        assert_eq!(seen("health", &[], |sight| sight.component = Box::leak(Box::new(broken))).finding, Finding::Over);
        let gone = Component { workload: None, problem: Some("no object: checkout in prod".to_owned()), ..component() };
        let look = seen("health", &[], |sight| sight.component = Box::leak(Box::new(gone)));
        assert_eq!(look.finding, Finding::Unknown("no object: checkout in prod".to_owned()));
    }

    #[test]
    fn an_alert_counts_from_the_deploy_on_and_silence_of_the_source_is_not_calm() {
        let joined = |starts: i64| {
            let mut alert = firing("OrdersDown", [("alertname", "OrdersDown")]);
            alert.starts_at = at(starts);
            JoinedAlert {
                alert,
                sources: vec!["am".into()],
                service: None,
                environment: None,
                release: None,
                stale: false,
            }
        };
        let wanted = Condition::Alert { labels: labels([("alertname", "OrdersDown")]) };
        let (component, latency) = (component(), BTreeSet::new());
        let judged = |alerts: &[&JoinedAlert], alerts_unknown| {
            let sight = Sight {
                component: &component,
                slos: &[],
                slow: &latency,
                alerts,
                alerts_unknown,
                canary: None,
                answers: &[],
                started_at: Some(at(-600)),
                now: at(0),
            };
            look("orders", &wanted, &sight).finding
        };
        assert_eq!(judged(&[&joined(-60)], None), Finding::Over);
        assert!(matches!(judged(&[&joined(-6_000)], None), Finding::Held(_)));
        assert_eq!(judged(&[], None), Finding::Within);
        assert!(matches!(judged(&[], Some("am does not answer")), Finding::Unknown(_)));
        let stale = JoinedAlert { stale: true, ..joined(-60) };
        assert!(matches!(judged(&[&stale], Some("am is stale")), Finding::Unknown(_)));
    }

    #[test]
    fn the_budget_that_is_surely_spent_decides() {
        let spent = |at_least, share| {
            let mut slo = slo(None, Vec::new());
            slo.spent_since_release = Some(Spent { share, at_least, at_most: 0.5, basis: BudgetBasis::Events });
            let component = component();
            let latency = BTreeSet::new();
            let sight = Sight {
                component: &component,
                slos: &[&slo],
                slow: &latency,
                alerts: &[],
                alerts_unknown: None,
                canary: None,
                answers: &[],
                started_at: None,
                now: at(0),
            };
            look("budget", &Condition::Budget { spent: 0.1 }, &sight).finding
        };
        assert_eq!(spent(0.11, 0.2), Finding::Over);
        assert!(matches!(spent(0.05, 0.2), Finding::Held(_)));
        assert_eq!(spent(0.01, 0.02), Finding::Within);
    }
}
