//! Verdicts on a small room: what its sources say, in; one word with its reasons, out.

use std::sync::Arc;

use super::*;
use crate::domain::{
    alert::Alert,
    canary::{
        facts::{CanaryFacts, GaugeFacts, GaugeSeries, GaugeValue, Look},
        gauge_metric::{GaugeMetric, Worse},
    },
    facts::Facts,
    join::example::{alert, at, canary, catalog, deliver, fail, labels, room},
    room::Room,
    slo::{
        definition::{Binding, Objective, Origin, Period, Slo},
        pairs::windows,
        reading::{Amount, Asked, Reading, SloFacts},
    },
    source::{ErrorKind, FeedSpec, SourceError, SourceSpec},
    time::Span,
    verdict::Word,
    workload::{Status, Step, StepKind, StepState},
};

fn slo() -> Slo {
    Slo {
        id: "checkout/availability".to_owned(),
        name: "availability".to_owned(),
        origin: Origin::File("services/checkout.toml".to_owned()),
        binding: Binding::Service("checkout".to_owned()),
        objective: Objective::new(99.0).expect("an objective"),
        period: Period::Rolling(Span::from_days(30)),
        indicator: Indicator::Bad { bad: "bad".to_owned(), total: "total".to_owned() },
        source: None,
    }
}

/// A room whose canary of 25 % goes to 50 % next.
fn story() -> Room {
    let mut catalog = catalog();
    catalog.slos.push(slo());
    let mut room = room(catalog);
    let mut specs: Vec<SourceSpec> = room.sources.iter().map(|source| source.spec.clone()).collect();
    specs.push(SourceSpec {
        name: "prom".into(),
        kind: "prometheus".to_owned(),
        endpoint: String::new(),
        environment: None,
        region: None,
        feeds: ["slo 5m", "canary", "gauges"]
            .map(|name| FeedSpec { name: name.to_owned(), interval: Span::from_secs(15) })
            .into(),
    });
    room.set_sources(specs);
    room
}

/// What all sources say at `secs`: the canary has `bad` of 1,000 bad requests in five minutes.
fn say(room: &mut Room, secs: i64, bad: f64, alerts: Vec<Alert>) {
    let mut workload = canary(25, Status::PausedTimed);
    let step = |label: &str, state| Step { label: label.to_owned(), kind: StepKind::SetWeight, state };
    workload.steps = vec![step("setWeight: 25", StepState::Current), step("setWeight: 50", StepState::Ahead)];
    deliver(room, "eu", "rollouts", at(secs), Facts::Workloads(vec![workload]));
    deliver(room, "am", "alerts", at(secs), Facts::Alerts(alerts));
    let said = readings(secs, bad);
    deliver(room, "prom", "canary", at(secs), Facts::Canary(versions(&said, secs)));
    deliver(room, "prom", "slo 5m", at(secs), Facts::Slo(said));
}

/// The newest evaluation of both versions, each with ten times the requests of `said`.
fn versions(said: &SloFacts, secs: i64) -> CanaryFacts {
    let ten_times = |reading: &Reading| {
        let Amount::Counts { bad, total } = reading.amount else { panic!("{reading:?}") };
        Reading { amount: Amount::Counts { bad: bad * 10.0, total: total * 10.0 }, ..reading.clone() }
    };
    let readings = said.readings.iter().filter(|reading| reading.version.is_some()).map(ten_times).collect();
    let asked = said.asked.iter().filter(|asked| asked.by_version).cloned().collect();
    CanaryFacts {
        asked,
        looks: vec![Look { at: at(secs), every: Span::from_mins(1), readings }],
        ..CanaryFacts::default()
    }
}

fn readings(secs: i64, bad: f64) -> SloFacts {
    let slo = slo();
    let mut facts = SloFacts::default();
    let five = Span::from_mins(5);
    let mut read = |version: Option<&str>, window, bad, total| {
        facts.asked.push(Asked {
            slo: slo.id.clone(),
            window,
            by_version: version.is_some(),
            query: Arc::from("sum(increase(bad[5m]))"),
            notes: Vec::new(),
        });
        facts.readings.push(Reading {
            slo: slo.id.clone(),
            labels: labels([("service", "checkout"), ("env", "production")]),
            version: version.map(str::to_owned),
            window,
            amount: Amount::Counts { bad, total },
            at: at(secs),
            query: Arc::from("sum(increase(bad[5m]))"),
        });
    };
    for window in windows(slo.period, &slo.origin) {
        let total = window.secs() * 10.0;
        read(None, window, total * 0.0005, total);
    }
    read(Some("1.42.0"), five, bad, 1_000.0);
    read(Some("1.41.7"), five, 1.0, 3_000.0);
    facts
}

fn verdict(room: &Room, secs: i64, watch: &mut Watch) -> Verdict {
    let picture = room.picture(at(secs));
    let beside =
        Beside { catalog: &room.catalog, readiness: &|_| None, risks: &BTreeMap::new(), others: &|_| Vec::new() };
    let mut verdicts = judge(&picture, &beside, watch);
    assert_eq!(verdicts.len(), 1, "{verdicts:?}");
    verdicts.pop_first().expect("one").1
}

fn deciding(verdict: &Verdict) -> (Word, &str) {
    (verdict.word, &verdict.reasons[0].text)
}

#[test]
fn all_that_is_known_and_good_is_go() {
    let (mut room, mut watch) = (story(), Watch::default());
    say(&mut room, 0, 1.0, Vec::new());
    let verdict = verdict(&room, 0, &mut watch);
    assert_eq!(verdict.word, Word::Go, "{:#?}", verdict.reasons);
    assert_eq!(verdict.before, "it gets 50 % of traffic");
    assert_eq!(verdict.answer(), crate::domain::verdict::Answer::Yes);
}

#[test]
fn a_canary_that_fails_is_held_and_after_the_second_evaluation_rolled_back_with_evidence() {
    let (mut room, mut watch) = (story(), Watch::default());
    say(&mut room, 0, 100.0, Vec::new());
    let first = verdict(&room, 0, &mut watch);
    assert_eq!(first.word, Word::Hold);
    assert!(first.reasons[0].text.contains("1 of 2 evaluations"), "{:#?}", first.reasons);
    // The same sample again proves nothing more.
    assert_eq!(verdict(&room, 1, &mut watch).word, Word::Hold);
    say(&mut room, 15, 100.0, Vec::new());
    let second = verdict(&room, 15, &mut watch);
    let (word, text) = deciding(&second);
    assert_eq!(word, Word::RollBack);
    assert_eq!(text, "checkout error rate 10.0 % (limit > 5.00 % of requests, 5 bad or more) for 15s");
    let evidence = &second.reasons[0].evidence;
    assert!(evidence.contains("100 bad of 1000 in 5m") && evidence.contains("after the deploy began"), "{evidence}");
    assert!(second.reasons[0].query.is_some());
    assert_eq!(second.change(at(15)), "stays ROLL BACK until checkout error rate is within its limit");
}

#[test]
fn sources_that_fall_silent_make_it_unknown_and_never_roll_back() {
    let (mut room, mut watch) = (story(), Watch::default());
    say(&mut room, 0, 1.0, Vec::new());
    assert_eq!(verdict(&room, 0, &mut watch).word, Word::Go);
    let mut words = Vec::new();
    for turn in 1..60 {
        let secs = turn * 15;
        for (source, feed) in [("eu", "rollouts"), ("am", "alerts"), ("prom", "slo 5m"), ("prom", "canary")] {
            fail(&mut room, source, feed, at(secs), SourceError::new(ErrorKind::Timeout, "no answer in 5s"));
        }
        words.push(verdict(&room, secs, &mut watch).word);
    }
    assert!(!words.contains(&Word::RollBack) && words.ends_with(&[Word::Unknown]), "{words:?}");
}

#[test]
fn what_fired_stays_when_its_source_falls_silent() {
    let (mut room, mut watch) = (story(), Watch::default());
    for secs in [0, 15] {
        say(&mut room, secs, 100.0, Vec::new());
        verdict(&room, secs, &mut watch);
    }
    let later = verdict(&room, 900, &mut watch);
    assert_eq!(later.word, Word::RollBack);
    assert!(later.reasons[0].text.contains("cannot clear"), "{:#?}", later.reasons[0]);
}

#[test]
fn alerts_that_nobody_can_see_make_it_unknown_and_a_page_holds_it_all_the_same() {
    let (mut room, mut watch) = (story(), Watch::default());
    say(&mut room, 0, 1.0, vec![alert("CheckoutDown", [("service", "checkout"), ("severity", "page")])]);
    let paged = verdict(&room, 0, &mut watch);
    assert_eq!((paged.word, paged.reasons[0].short.as_str()), (Word::Hold, "page firing"));
    let (mut room, mut watch) = (story(), Watch::default());
    say(&mut room, 0, 1.0, Vec::new());
    let mut specs: Vec<SourceSpec> = room.sources.iter().map(|source| source.spec.clone()).collect();
    specs.retain(|spec| spec.kind != "alertmanager");
    room.set_sources(specs);
    let blind = verdict(&room, 0, &mut watch);
    assert_eq!(deciding(&blind), (Word::Unknown, "no source of alerts is configured"));
}

#[test]
fn compliance_is_due_before_all_of_the_traffic_and_says_when() {
    let (mut room, mut watch) = (story(), Watch::default());
    say(&mut room, 0, 1.0, Vec::new());
    let mut whole = canary(50, Status::PausedTimed);
    whole.steps.clear();
    deliver(&mut room, "eu", "rollouts", at(0), Facts::Workloads(vec![whole]));
    let verdict = verdict(&room, 0, &mut watch);
    assert_eq!((verdict.word, verdict.go_at), (Word::Hold, Some(at(1_800))));
    assert_eq!(verdict.change(at(0)), "GO in 30m00s if compliance stays");
}

#[test]
fn reasons_of_other_parts_count_like_any_other() {
    let (mut room, mut watch) = (story(), Watch::default());
    say(&mut room, 0, 1.0, Vec::new());
    let picture = room.picture(at(0));
    let freeze = |_: &Release| {
        vec![
            Reason::new(Input::Calendar, Effect::Stops, "freeze", "frozen", "frozen until Monday")
                .cured_at(at(3_600), "when the freeze ends"),
        ]
    };
    let beside = Beside { catalog: &room.catalog, readiness: &|_| None, risks: &BTreeMap::new(), others: &freeze };
    let verdicts = judge(&picture, &beside, &mut watch);
    let verdict = verdicts.values().next().expect("one");
    assert_eq!(deciding(verdict), (Word::Hold, "frozen until Monday"));
    assert_eq!(verdict.change(at(0)), "GO in 1h00m when the freeze ends");
}

/// The story with a gauge of which the canary's values are `level` and those beside it 100.
fn with_gauge(level: f64) -> Room {
    let mut room = story();
    let metric = GaugeMetric {
        name: "memory".to_owned(),
        service: "checkout".to_owned(),
        value: "bytes".to_owned(),
        worse: Worse::Higher,
        margin: 0.1,
        source: None,
    };
    let mut catalog = (*room.catalog).clone();
    let gauge = metric.definition().expect("a definition").id;
    catalog.gauges.push(metric);
    room.catalog = Arc::new(catalog);
    let series = |version: &str, level: f64| GaugeSeries {
        gauge: gauge.clone(),
        labels: labels([("service", "checkout"), ("env", "production")]),
        version: version.to_owned(),
        values: (-10..=2).map(|number| GaugeValue { at: at(number * 15), value: level }).collect(),
        query: "the query".into(),
    };
    let facts = GaugeFacts {
        about: [("checkout".to_owned(), "prod".to_owned(), at(-600))].into(),
        series: vec![series("1.42.0", level), series("1.41.7", 100.0)],
    };
    deliver(&mut room, "prom", "gauges", at(30), Facts::Gauges(facts));
    room
}

#[test]
fn a_gauge_that_is_worse_holds_and_never_rolls_back() {
    let judged = |level: f64| {
        let mut room = with_gauge(level);
        let mut watch = Watch::default();
        for secs in [0, 15] {
            say(&mut room, secs, 0.0, Vec::new());
            verdict(&room, secs + 1, &mut watch);
        }
        say(&mut room, 30, 0.0, Vec::new());
        verdict(&room, 31, &mut watch)
    };
    assert_eq!(judged(100.0).word, Word::Go);
    let held = judged(130.0);
    let (word, why) = deciding(&held);
    assert_eq!(word, Word::Hold, "{why}");
    assert!(why.contains("canary FAIL +30.0 %") && why.contains("memory: median 130 of 13 values"), "{why}");
    assert!(why.ends_with("a gauge alone is no reason to go back: a person decides"), "{why}");
}
