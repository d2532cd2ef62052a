//! What is kept of versions that run, and what never is.

use std::sync::Arc;

use super::*;
use crate::domain::{
    facts::Facts,
    join::example::{
        alone_since_two_hours, answers, at, deliver, fail, reading, revision, running, template, with_release, with_slo,
    },
    slo::reading::{Amount, Reading},
    source::{ErrorKind, SourceError},
    time::Span,
    workload::Workload,
};

const SOME: Amount = Amount::Counts { bad: 3.2, total: 10_000.4 };
const HOUR: Span = Span::from_hours(1);

/// The windows of five minutes, an hour and six hours, of the whole service.
fn usual() -> Vec<Reading> {
    [Span::from_mins(5), HOUR, Span::from_hours(6)].map(|window| reading(window, None, SOME, 0)).into()
}

/// What is observed, in words: `1.42.0: 3 of 10000 in 1h`.
fn observed(room: &Room, now: i64) -> Option<String> {
    let profiles = observe(room, &room.picture(at(now)));
    let measure = Measure::of(&room.catalog.slos[0], &"prom".into()).expect("a measure");
    let any = Of { service: "checkout", environment: "prod", version: "" };
    let known = profiles.before(any, None, at(100_000), &measure)?;
    let (bad, total) = known.counted.counts.into();
    Some(format!("{}: {bad} of {total} in {}", known.version, known.counted.span()))
}

#[test]
fn the_longest_window_after_the_deploy_and_its_warm_up_is_kept() {
    let room = running(vec![alone_since_two_hours()], usual());
    assert_eq!(observed(&room, 1).as_deref(), Some("1.42.0: 3 of 10000 in 1h"));
    let mut early = alone_since_two_hours();
    early.finished_at = Some(at(-3_600));
    let early = running(vec![early], usual());
    assert_eq!(observed(&early, 1).as_deref(), Some("1.42.0: 3 of 10000 in 5m"), "the warm-up lies within the hour");
}

#[test]
fn what_is_kept_already_is_not_kept_again() {
    let mut room = running(vec![alone_since_two_hours()], usual());
    room.profiles = observe(&room, &room.picture(at(1)));
    assert!(observe(&room, &room.picture(at(1))).is_empty());
}

#[test]
fn nothing_is_kept_while_it_is_not_known_that_one_version_runs_alone() {
    let none = |workloads: Vec<Workload>| assert_eq!(observed(&running(workloads, usual()), 1), None);
    none(Vec::new());
    let change = |change: fn(&mut Workload)| {
        let mut workload = alone_since_two_hours();
        change(&mut workload);
        none(vec![workload]);
    };
    change(|it| it.status = Status::Progressing);
    change(|it| it.status = Status::Aborted);
    change(|it| it.finished_at = None);
    change(|it| it.revisions[1].current = 1);
    change(|it| it.missing = vec!["replicasets".to_owned()]);
    change(|it| it.key.name = "something-no-file-names".to_owned());
    let mut other = alone_since_two_hours();
    other.target = template("old", "1.41.7");
    other.revisions = vec![revision(7, template("old", "1.41.7"))];
    none(vec![alone_since_two_hours(), other]);
    assert!(observed(&running(vec![alone_since_two_hours(), alone_since_two_hours()], usual()), 1).is_some());
    let mut silent = running(vec![alone_since_two_hours()], usual());
    deliver(&mut silent, "prom", "slo", at(600), Facts::Slo(answers(vec![reading(HOUR, None, SOME, 600)])));
    assert_eq!(observed(&silent, 601), None, "the cluster has said nothing for ten minutes");
}

#[test]
fn nothing_is_kept_of_numbers_that_are_doubtful() {
    let none =
        |readings: Vec<Reading>| assert_eq!(observed(&running(vec![alone_since_two_hours()], readings), 1), None);
    let hour = |amount| vec![reading(HOUR, None, amount, 0)];
    none(Vec::new());
    none(hour(Amount::Ratio(0.001)));
    none(hour(Amount::NotANumber));
    none(hour(Amount::Counts { bad: 20.0, total: 10.0 }));
    none(hour(Amount::Counts { bad: 0.0, total: 0.0 }));
    none(vec![reading(HOUR, None, SOME, -600)]);
    none(vec![reading(Span::from_hours(6), None, SOME, 0)]);
    let mut failing = running(vec![alone_since_two_hours()], usual());
    fail(&mut failing, "prom", "slo", at(300), SourceError::new(ErrorKind::Connect, "connection refused"));
    assert_eq!(observed(&failing, 301), None);
}

#[test]
fn series_of_a_version_come_before_those_of_the_service_and_those_of_another_contradict_them() {
    let few = Amount::Counts { bad: 1.0, total: 500.0 };
    let released = |version, amount| {
        let readings = [usual(), vec![reading(HOUR, Some(version), amount, 0)]].concat();
        let mut room = running(vec![alone_since_two_hours()], readings);
        room.catalog = Arc::new(with_release(with_slo(true), "checkout", version));
        observed(&room, 1)
    };
    assert_eq!(released("1.42.0", few).as_deref(), Some("1.42.0: 1 of 500 in 1h"));
    // In the hour somebody asked 1.41.7 too: it is somewhere.
    assert_eq!(released("1.41.7", few).as_deref(), Some("1.42.0: 3 of 10000 in 5m"));
    assert_eq!(released("1.41.7", Amount::NotANumber).as_deref(), Some("1.42.0: 3 of 10000 in 1h"));
}
