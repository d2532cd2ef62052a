//! Gauges of versions side by side.

use proptest::prelude::*;

use super::*;
use crate::domain::{
    canary::{gauge_metric::Worse, rules::Verdict, settings::CanarySettings},
    join::example::{at, canary, catalog, deliver, fail, labels, room},
    level::Level,
    picture::Picture,
    room::Room,
    source::{ErrorKind, FeedSpec, SourceError, SourceSpec},
    time::Span,
    trigger::{canary::look, look::Finding},
    workload::Status,
};

/// The canary began 600 s ago and is warm since 590 s.
const SINCE: i64 = -600;

fn metric(worse: Worse) -> GaugeMetric {
    GaugeMetric {
        name: "memory".to_owned(),
        service: "checkout".to_owned(),
        value: "process_resident_memory_bytes".to_owned(),
        worse,
        margin: 0.1,
        source: None,
    }
}

/// Values around `level`, one in 15 seconds from `from` until `until`.
fn values(level: f64, from: i64, until: i64) -> Vec<GaugeValue> {
    let times = (from..=until).step_by(15).zip([0.0, 0.007, 0.002, 0.01, 0.004].into_iter().cycle());
    times.map(|(secs, more)| GaugeValue { at: at(secs), value: level * (1.0 + more) }).collect()
}

fn facts(canary: Option<Vec<GaugeValue>>, baseline: Option<Vec<GaugeValue>>) -> GaugeFacts {
    let series = |version: &str, values: Vec<GaugeValue>| GaugeSeries {
        gauge: metric(Worse::Higher).definition().expect("a definition").id,
        labels: labels([("service", "checkout"), ("env", "production")]),
        version: version.to_owned(),
        values,
        query: "the query".into(),
    };
    GaugeFacts {
        about: [("checkout".to_owned(), "prod".to_owned(), at(SINCE))].into(),
        series: canary
            .map(|values| series("1.42.0", values))
            .into_iter()
            .chain(baseline.map(|values| series("1.41.7", values)))
            .collect(),
    }
}

fn started(worse: Worse, version_label: bool) -> Room {
    let mut catalog = catalog();
    catalog.gauges.push(metric(worse));
    let checkout = catalog.services.get_mut("checkout").expect("there");
    checkout.canary = CanarySettings { warm_up: Span::from_secs(10), every: Span::from_secs(15), margin: 0.01 };
    if !version_label {
        checkout.telemetry.version_label = None;
    }
    let mut room = room(catalog);
    let mut specs: Vec<SourceSpec> = room.sources.iter().map(|source| source.spec.clone()).collect();
    specs.push(SourceSpec {
        name: "prom".into(),
        kind: "prometheus".to_owned(),
        endpoint: String::new(),
        environment: None,
        region: None,
        feeds: vec![FeedSpec { name: FEED.to_owned(), interval: Span::from_secs(15) }],
    });
    room.set_sources(specs);
    deliver(&mut room, "eu", "rollouts", at(0), Facts::Workloads(vec![canary(25, Status::Progressing)]));
    room
}

fn seen(facts: GaugeFacts) -> Picture {
    let mut room = started(Worse::Higher, true);
    deliver(&mut room, "prom", FEED, at(0), Facts::Gauges(facts));
    room.picture(at(1))
}

fn only(picture: &Picture) -> &Analysis {
    let found: Vec<&Analysis> = picture.analyses.iter().filter(|one| matches!(one.what, What::Gauge { .. })).collect();
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0]
}

fn usual() -> Vec<GaugeValue> {
    values(500e6, SINCE, 0)
}

#[test]
fn a_gauge_that_rose_by_a_third_fails_is_a_reason_and_is_for_a_person_to_weigh() {
    let picture = seen(facts(Some(values(660e6, -585, 0)), Some(usual())));
    let one = only(&picture);
    assert_eq!((&one.standing, one.level()), (&Standing::Judged(Verdict::Fail), Level::Watch));
    assert_eq!((one.slo.as_str(), one.at, one.worse_in_a_row), ("memory", Some(at(0)), 3));
    assert!(one.why().starts_with("median 663 M of 40 values against 502 M of 40: +161 M (+32.0 %)"), "{}", one.why());
    assert!(one.query().is_some_and(|query| &**query == "the query"));
    let reasons = &picture.releases[0].reasons;
    assert!(reasons.iter().any(|reason| reason.short == "gauge worse" && reason.level == Level::Watch), "{reasons:?}");
}

#[test]
fn equal_gauges_pass_and_a_lower_one_fails_only_where_lower_is_worse() {
    let equal = seen(facts(Some(values(500e6, -585, 0)), Some(usual())));
    assert_eq!(only(&equal).standing, Standing::Judged(Verdict::Pass));
    let fewer = || facts(Some(values(300e6, -585, 0)), Some(usual()));
    assert_eq!(only(&seen(fewer())).standing, Standing::Judged(Verdict::Pass));
    let mut room = started(Worse::Lower, true);
    deliver(&mut room, "prom", FEED, at(0), Facts::Gauges(fewer()));
    let picture = room.picture(at(1));
    let one = only(&picture);
    assert_eq!(one.standing, Standing::Judged(Verdict::Fail));
    assert!(one.why().starts_with("median 301 M of 40 values against 502 M of 40: -201 M (-40.0 %)"), "{}", one.why());
}

#[test]
fn a_few_values_are_too_few_and_say_how_many_are_missing() {
    let picture = seen(facts(Some(values(500e6, -30, 0)), Some(usual())));
    let one = only(&picture);
    assert_eq!((&one.standing, one.level()), (&Standing::Judged(Verdict::Inconclusive), Level::Wait));
    assert!(one.why().starts_with("needs about 4 more values"), "{}", one.why());
}

#[test]
fn what_is_missing_stale_or_no_number_is_unknown_and_never_evidence() {
    let why = |facts| match &only(&seen(facts)).standing {
        Standing::Unknown(why) => why.clone(),
        standing => panic!("{standing:?}"),
    };
    assert_eq!(why(facts(None, Some(usual()))), "no series of memory for 1.42.0");
    assert_eq!(why(facts(Some(usual()), None)), "no series of memory for 1.41.7, so there is nothing to compare with");
    assert_eq!(why(facts(Some(Vec::new()), Some(usual()))), "memory of 1.42.0 is not a number");
    let cold = Some(values(900e6, SINCE, SINCE + 5));
    assert_eq!(why(facts(cold, Some(usual()))), "no value of memory of 1.42.0 since it is warm");
    assert_eq!(why(facts(Some(values(900e6, -585, -300)), Some(usual()))), "no new sample of 1.42.0 for 5m01s");
    let old = Some(values(100e6, -585, -300));
    assert_eq!(why(facts(Some(values(900e6, -585, 0)), old)), "no new sample of 1.41.7 for 5m01s");
}

#[test]
fn a_source_that_fails_is_silent_or_was_asked_about_another_canary_proves_nothing() {
    let standing = |room: &Room, secs| only(&room.picture(at(secs))).standing.clone();
    let mut failing = started(Worse::Higher, true);
    let error = SourceError::new(ErrorKind::Connect, "connection refused");
    fail(&mut failing, "prom", FEED, at(0), error);
    assert_eq!(standing(&failing, 1), Standing::Unknown("prom fails: connection refused".to_owned()));
    let unanswered = Standing::Unanswered("prom has not answered yet".to_owned());
    assert_eq!(standing(&started(Worse::Higher, true), 1), unanswered);
    let mut another = started(Worse::Higher, true);
    let mut other = facts(Some(values(900e6, -585, 0)), Some(usual()));
    other.about = [("checkout".to_owned(), "prod".to_owned(), at(-9_000))].into();
    deliver(&mut another, "prom", FEED, at(0), Facts::Gauges(other));
    assert_eq!(standing(&another, 1), unanswered);
    let mut silent = started(Worse::Higher, true);
    let worse = facts(Some(values(900e6, -585, 0)), Some(usual()));
    deliver(&mut silent, "prom", FEED, at(0), Facts::Gauges(worse));
    assert!(matches!(standing(&silent, 300), Standing::Unknown(_)));
}

#[test]
fn a_canary_warms_up_first_and_one_without_a_version_label_says_nothing() {
    let room = started(Worse::Higher, true);
    assert_eq!(only(&room.picture(at(-595))).standing, Standing::Warming(at(SINCE + 10)));
    let picture = started(Worse::Higher, false).picture(at(1));
    assert!(picture.analyses.iter().all(|one| !matches!(one.what, What::Gauge { .. })));
}

proptest! {
    #[test]
    fn whatever_a_gauge_says_it_never_calls_for_a_rollback_and_what_is_not_known_is_neither_good_nor_bad(
        canary in prop::option::of((prop::collection::vec(0.0_f64..1e9, 0..60), 0_i64..900)),
        baseline in prop::option::of((prop::collection::vec(0.0_f64..1e9, 0..60), 0_i64..900)),
    ) {
        // The newest value is of so many seconds ago.
        let series = |side: Option<(Vec<f64>, i64)>| {
            side.map(|(values, ago)| {
                let times = (0..).map(|number| at(-ago - 15 * number));
                let newest_first = times.zip(values).map(|(at, value)| GaugeValue { at, value });
                newest_first.collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>()
            })
        };
        let known = |side: &Option<Vec<GaugeValue>>| {
            let newest = side.as_ref().and_then(|values| values.last()).map(|value| value.at);
            newest.is_some_and(|newest| newest >= at(-149) && newest >= at(SINCE + 10))
        };
        let (canary, baseline) = (series(canary), series(baseline));
        let all_known = known(&canary) && known(&baseline);
        let picture = seen(facts(canary, baseline));
        let one = only(&picture);
        let finding = look(one, at(1)).finding;
        prop_assert!(finding != Finding::Over && one.level() != Level::Bad, "{:?}", one);
        if !all_known {
            prop_assert!(matches!(finding, Finding::Unknown(_)), "{:?}", one);
        }
    }
}
