//! Looks at small sights.

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

/// A service whose series carry nothing of their own.
static NO_LABELS: Labels = Labels::new();

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
        environment: "prod",
        queries: &[],
        select: &NO_LABELS,
        version_label: None,
        slos,
        slow: &latency,
        alerts: &[],
        alerts_unknown: None,
        canary: None,
        recent: &[],
        analyses: &[],
        started_at: Some(at(-600)),
        now: at(0),
    };
    change(&mut sight);
    let trigger = usual().into_iter().find(|trigger| trigger.id == id).expect("one of the usual ones");
    look(&trigger.condition, &sight)
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
fn while_versions_are_not_counted_yet_the_whole_service_clears_nothing() {
    let whole = slo(None, vec![burned(FIVE, 1.0, 1_000.0, DataState::Ok)]);
    let found = |label| seen("error-rate", &[&whole], |sight| sight.version_label = label).finding;
    assert!(matches!(found(Some("version")), Finding::Unknown(why) if why.contains("not counted by version yet")));
    assert_eq!(found(None), Finding::Within);
    let recorded = SloStatus { origin: Origin::Sloth, ..whole.clone() };
    let label = |sight: &mut Sight<'_>| sight.version_label = Some("version");
    assert_eq!(seen("error-rate", &[&recorded], label).finding, Finding::Within);
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
        JoinedAlert { alert, sources: vec!["am".into()], service: None, environment: None, release: None, stale: false }
    };
    let wanted = Condition::Alert { labels: labels([("alertname", "OrdersDown")]) };
    let (component, latency) = (component(), BTreeSet::new());
    let judged = |alerts: &[&JoinedAlert], alerts_unknown| {
        let sight = Sight {
            component: &component,
            environment: "prod",
            queries: &[],
            select: &NO_LABELS,
            version_label: None,
            slos: &[],
            slow: &latency,
            alerts,
            alerts_unknown,
            canary: None,
            recent: &[],
            analyses: &[],
            started_at: Some(at(-600)),
            now: at(0),
        };
        look(&wanted, &sight).finding
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
            environment: "prod",
            queries: &[],
            select: &NO_LABELS,
            version_label: None,
            slos: &[&slo],
            slow: &latency,
            alerts: &[],
            alerts_unknown: None,
            canary: None,
            recent: &[],
            analyses: &[],
            started_at: None,
            now: at(0),
        };
        look(&Condition::Budget { spent: 0.1 }, &sight).finding
    };
    assert_eq!(spent(0.11, 0.2), Finding::Over);
    assert!(matches!(spent(0.05, 0.2), Finding::Held(_)));
    assert_eq!(spent(0.01, 0.02), Finding::Within);
}
