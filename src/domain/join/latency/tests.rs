//! Answer times of versions side by side.

use super::*;
use crate::domain::{
    join::example::{at, canary, deliver, labels, measured, room, with_prometheus},
    picture::Picture,
    slo::definition::Indicator,
    workload::Status,
};

const EVERY: Span = Span::from_secs(15);

fn seen(looks: Vec<HistogramLook>) -> Picture {
    let indicator = Indicator::Latency { histogram: "seconds".to_owned(), under: Span::from_millis(300) };
    let mut room = with_prometheus(room(measured("latency", indicator)), FEED);
    deliver(&mut room, "eu", "rollouts", at(0), Facts::Workloads(vec![canary(25, Status::Progressing)]));
    let facts = CanaryFacts { histograms: looks, ..CanaryFacts::default() };
    deliver(&mut room, "prom", FEED, at(0), Facts::Canary(facts));
    room.picture(at(1))
}

/// Three evaluations of versions with these bounds.
fn looks(versions: &[(&str, Vec<(f64, f64)>)]) -> Vec<HistogramLook> {
    let look = |secs: i64| HistogramLook {
        at: at(secs),
        every: EVERY,
        readings: versions
            .iter()
            .map(|(version, bounds)| HistogramReading {
                slo: "checkout/latency".to_owned(),
                labels: labels([("service", "checkout"), ("env", "production")]),
                version: (*version).to_owned(),
                window: Span::from_mins(5),
                bounds: bounds.clone(),
                at: at(secs),
                query: "the query".into(),
            })
            .collect(),
    };
    [-30, -15, 0].map(look).into()
}

fn only(picture: &Picture) -> &Analysis {
    let found: Vec<&Analysis> =
        picture.analyses.iter().filter(|one| matches!(one.what, What::Latency { .. })).collect();
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0]
}

/// Answers around so many seconds: narrow buckets where they end.
fn around(secs: f64) -> Vec<(f64, f64)> {
    [0.1, 0.15, 0.2, 0.4, 0.45, 0.5, f64::INFINITY]
        .map(|bound| (bound, if bound >= secs { 1_000.0 } else { 10.0 }))
        .into()
}

#[test]
fn a_canary_whose_95th_percentile_rose_by_more_than_200_ms_fails_and_says_by_how_much() {
    let picture = seen(looks(&[("1.42.0", around(0.45)), ("1.41.7", around(0.15))]));
    let one = only(&picture);
    assert_eq!((&one.standing, one.slo.as_str()), (&Standing::Judged(Verdict::Fail), "latency +200ms"));
    assert_eq!(one.why(), "p95 447 ms against 147 ms in 5m");
    let fine = seen(looks(&[("1.42.0", around(0.2)), ("1.41.7", around(0.15))]));
    assert_eq!(only(&fine).standing, Standing::Judged(Verdict::Pass));
}

#[test]
fn buckets_that_are_too_wide_compare_the_slow_requests() {
    let wide = |slow: f64| vec![(0.25, 900.0), (1.0, 1_000.0 - slow), (f64::INFINITY, 1_000.0)];
    let picture = seen(looks(&[("1.42.0", wide(60.0)), ("1.41.7", wide(0.0))]));
    let one = only(&picture);
    assert_eq!(one.standing, Standing::Judged(Verdict::Fail));
    assert_eq!((one.windows[0].canary.bad(), one.windows[0].baseline.bad()), (60, 0));
    assert!(one.why().contains("requests over 1000 ms"), "{}", one.why());
}

#[test]
fn what_the_histogram_cannot_tell_is_neither_evidence_nor_in_the_way() {
    let short = vec![(0.1, 900.0), (0.15, 1_000.0), (f64::INFINITY, 1_000.0)];
    let picture = seen(looks(&[("1.42.0", short.clone()), ("1.41.7", short.clone())]));
    // Both percentiles are known here, and so is the answer.
    assert_eq!(only(&picture).standing, Standing::Judged(Verdict::Pass));
    let few: Vec<(f64, f64)> = short.iter().map(|(bound, count)| (*bound, count / 100.0)).collect();
    let picture = seen(looks(&[("1.42.0", few.clone()), ("1.41.7", few)]));
    assert!(matches!(&only(&picture).standing, Standing::Impossible(why) if why.contains("add buckets")));
    let none = vec![(0.1, 0.0), (f64::INFINITY, 0.0)];
    let picture = seen(looks(&[("1.42.0", none), ("1.41.7", short.clone())]));
    assert_eq!(only(&picture).standing, Standing::Judged(Verdict::Inconclusive));
    let picture = seen(looks(&[("1.41.7", short)]));
    assert_eq!(only(&picture).standing, Standing::Unknown("no histogram of 1.42.0".to_owned()));
}
