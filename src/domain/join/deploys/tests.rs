//! Deploys with nothing beside the new version.

use super::*;
use crate::domain::{
    canary::profile::Kept,
    join::example::{at, canary, deliver, fail, labels, room, with_prometheus, with_slo},
    level::Level,
    picture::Picture,
    slo::reading::{Amount, Asked, SloFacts},
    source::{ErrorKind, FeedSpec, SourceError, SourceSpec},
    trigger::look::Finding,
    workload::Workload,
};

const FIVE: Window = Span::from_mins(5);
const EVERY: Span = Span::from_secs(15);

/// Rolled out ten minutes ago, done eight minutes ago.
fn done() -> Workload {
    let mut workload = canary(100, Status::Succeeded);
    workload.strategy = Strategy::RollingUpdate;
    workload.finished_at = Some(at(-480));
    workload
}

fn reading(window: Window, (bad, total): (f64, f64), secs: i64) -> Reading {
    Reading {
        slo: "checkout/availability".to_owned(),
        labels: labels([("service", "checkout"), ("env", "production")]),
        version: None,
        window,
        amount: Amount::Counts { bad, total },
        at: at(secs),
        query: "the query".into(),
    }
}

/// Three evaluations until now of these counts in five minutes, after these in half an hour, and a week before these.
fn facts(after: (f64, f64), before: Option<(f64, f64)>, last_week: Option<(f64, f64)>) -> DeployFacts {
    let deploy = |began| Deploy { service: String::new(), environment: String::new(), began, full: began };
    let past = |window, counts: Option<(f64, f64)>, end: Timestamp| Look {
        at: end,
        every: Span::from_mins(5),
        readings: counts.map(|counts| reading(window, counts, -700)).into_iter().collect(),
    };
    let asked = Asked {
        slo: "checkout/availability".to_owned(),
        window: FIVE,
        by_version: false,
        query: "the query".into(),
        notes: Vec::new(),
    };
    let began = deploy(at(-600));
    let (full, service, environment) = (at(-480), "checkout".to_owned(), "prod".to_owned());
    let done = Deploy { service, environment, full, ..began.clone() };
    let under_way = Deploy { full: began.began, ..done.clone() };
    DeployFacts {
        about: [done, under_way].into(),
        asked: vec![asked],
        after: [-30, -15, 0]
            .map(|secs| Look { at: at(secs), every: EVERY, readings: vec![reading(FIVE, after, secs)] })
            .into(),
        before: vec![past(REACH, before, began.before())],
        last_week: vec![past(Span::from_hours(1), last_week, began.last_week())],
    }
}

fn seen(catalog: Catalog, workload: Workload, facts: Option<DeployFacts>) -> Picture {
    let mut room = started(catalog, workload);
    if let Some(facts) = facts {
        deliver(&mut room, "prom", FEED, at(0), Facts::Deploys(facts));
    }
    room.picture(at(1))
}

fn started(catalog: Catalog, workload: Workload) -> Room {
    let mut room = with_prometheus(room(catalog), FEED);
    deliver(&mut room, "eu", "rollouts", at(0), Facts::Workloads(vec![workload]));
    room
}

fn only(picture: &Picture) -> &Analysis {
    assert_eq!(picture.analyses.len(), 1, "{:#?}", picture.analyses);
    &picture.analyses[0]
}

const BEFORE: (f64, f64) = (10.0, 60_000.0);
const WORSE: (f64, f64) = (300.0, 10_000.0);

#[test]
fn a_deploy_after_which_errors_rise_fails_where_nothing_else_changed() {
    let picture = seen(with_slo(true), done(), Some(facts(WORSE, Some(BEFORE), None)));
    let one = only(&picture);
    assert_eq!((&one.standing, one.level()), (&Standing::Judged(Verdict::Fail), Level::Bad));
    assert_eq!((one.windows[0].canary.total(), one.windows[0].baseline.total()), (10_000, 60_000));
    assert!(one.why().ends_with("after the deploy against before it, not side by side"), "{}", one.why());
    let reason = &picture.releases[0].reasons[0];
    assert_eq!((reason.short.as_str(), reason.level), ("worse than before", Level::Bad));
    assert_eq!(crate::domain::trigger::canary::look(one, at(1)).finding, Finding::Over);
    let fine = seen(with_slo(true), done(), Some(facts((2.0, 10_000.0), Some(BEFORE), None)));
    assert_eq!(only(&fine).standing, Standing::Judged(Verdict::Pass));
}

#[test]
fn whatever_else_changed_is_named_and_leaves_the_decision_to_a_person() {
    let picture = seen(with_slo(true), done(), Some(facts((450.0, 15_000.0), Some(BEFORE), Some((320.0, 10_000.0)))));
    let one = only(&picture);
    let Against::Before(before) = &one.against else { panic!("{one:#?}") };
    assert_eq!(before.confounders, [Confounder::Traffic(0.5), Confounder::LastWeek(0.032)]);
    assert_eq!((&one.standing, one.level()), (&Standing::Judged(Verdict::Fail), Level::Watch));
    assert!(one.why().contains("what else may be the cause: traffic changed by +50 %"), "{}", one.why());
    assert!(matches!(crate::domain::trigger::canary::look(one, at(1)).finding, Finding::Held(_)));
}

#[test]
fn without_a_version_label_a_canary_can_fail_and_cannot_pass_and_says_how_to_add_one() {
    let of = |after| seen(with_slo(false), canary(25, Status::Progressing), Some(facts(after, Some(BEFORE), None)));
    let fine = of((2.0, 10_000.0));
    assert_eq!(only(&fine).standing, Standing::Judged(Verdict::Inconclusive));
    let why = only(&fine).why();
    for words in ["only a part of the requests", "version_label = \"version\"", "services/checkout.toml"] {
        assert!(why.contains(words), "{why}");
    }
    assert_eq!(only(&of(WORSE)).standing, Standing::Judged(Verdict::Fail));
}

#[test]
fn a_stack_that_is_not_switched_yet_is_compared_with_nothing() {
    let mut workload = canary(0, Status::Progressing);
    workload.strategy = Strategy::BlueGreen;
    let picture = seen(with_slo(false), workload, Some(facts(WORSE, Some(BEFORE), None)));
    assert_eq!(only(&picture).word(), "UNKNOWN");
    assert!(deploys(&with_slo(false), &picture.releases, at(1)).is_empty());
}

#[test]
fn what_is_not_there_is_unknown_with_its_name() {
    let unknown = |picture: &Picture| match &only(picture).standing {
        Standing::Unknown(why) | Standing::Unanswered(why) => why.clone(),
        standing => panic!("{standing:?}"),
    };
    let why = unknown(&seen(with_slo(true), done(), Some(facts(WORSE, None, None))));
    assert_eq!(why, "no series of checkout in the 30m before the deploy, so there is nothing to compare with");
    let gone = DeployFacts { after: Vec::new(), ..facts(WORSE, Some(BEFORE), None) };
    assert_eq!(unknown(&seen(with_slo(true), done(), Some(gone))), "no series of checkout after the deploy");
    assert_eq!(unknown(&seen(with_slo(true), done(), None)), "prom has not answered yet");
    let of_others = DeployFacts { about: BTreeSet::new(), ..facts(WORSE, Some(BEFORE), None) };
    assert_eq!(unknown(&seen(with_slo(true), done(), Some(of_others))), "prom has not answered yet");
    let mut room = started(with_slo(true), done());
    fail(&mut room, "prom", FEED, at(0), SourceError::new(ErrorKind::Connect, "connection refused"));
    assert_eq!(unknown(&room.picture(at(1))), "prom fails: connection refused");
}

#[test]
fn a_deploy_is_watched_for_two_hours_and_one_beside_its_canary_not_at_all() {
    let picture = seen(with_slo(true), done(), None);
    let wanted = |secs| deploys(&with_slo(true), &picture.releases, at(secs));
    let deploy = wanted(1).into_iter().next().expect("a deploy");
    assert_eq!((deploy.began, deploy.full), (at(-600), at(-480)));
    assert!(wanted(7_300).is_empty());
    let beside = seen(with_slo(true), canary(25, Status::Progressing), None);
    assert!(deploys(&with_slo(true), &beside.releases, at(1)).is_empty());
}

/// A room in which nothing was counted before the deploy, and 1.41.7 is known to have done this in six hours until then.
fn with_profile(stored: (u64, u64), after: (f64, f64), before: Option<(f64, f64)>) -> Picture {
    let catalog = with_slo(true);
    let measure = Measure::of(&catalog.slos[0], &"prom".into()).expect("a measure");
    let mut room = started(catalog, done());
    let counts = Counts::new(stored.0, stored.1).expect("possible");
    let of = |version| Of { service: "checkout", environment: "prod", version };
    let counted = |until| Kept { counts, from: at(until - 21_600), until: at(until) };
    room.profiles.add(of("1.41.7"), measure.clone(), counted(-3_600));
    room.profiles.add(of("1.40.0"), measure, counted(-7_200));
    deliver(&mut room, "prom", FEED, at(0), Facts::Deploys(facts(after, before, None)));
    room.picture(at(1))
}

#[test]
fn where_nothing_was_counted_before_the_deploy_the_profile_of_the_version_before_takes_its_place() {
    for before in [None, Some((0.0, 0.0))] {
        let picture = with_profile((60, 600_000), WORSE, before);
        let one = only(&picture);
        assert_eq!((&one.standing, one.level()), (&Standing::Judged(Verdict::Fail), Level::Watch));
        assert_eq!((one.baseline.as_str(), one.windows[0].baseline.total()), ("1.41.7", 600_000));
        let why = one.why();
        for words in [
            "after the deploy against the profile of 1.41.7 (6h until 2026-09-21 13:13Z), not side by side",
            "what else may be the cause: another time of day",
        ] {
            assert!(why.contains(words), "{words}: {why}");
        }
        assert!(matches!(crate::domain::trigger::canary::look(one, at(1)).finding, Finding::Held(_)));
        let fine = with_profile((60, 600_000), (2.0, 10_000.0), before);
        assert_eq!(only(&fine).standing, Standing::Judged(Verdict::Pass));
    }
}

#[test]
fn what_was_counted_before_the_deploy_comes_before_any_profile() {
    let picture = with_profile((6_000, 60_000), WORSE, Some(BEFORE));
    let one = only(&picture);
    assert_eq!((one.level(), one.against.stored()), (Level::Bad, None));
    // It is told all the same.
    assert_eq!(one.profile.map(|kept| kept.counts.into()), Some((6_000_u64, 60_000_u64)));
}

#[test]
fn a_profile_that_was_over_its_slo_passes_nobody_and_says_so() {
    let picture = with_profile((6_000, 600_000), (20.0, 10_000.0), None);
    let one = only(&picture);
    assert_eq!(one.standing, Standing::Judged(Verdict::Inconclusive));
    assert!(one.why().contains("the stored version was itself over its SLO (1.00 % bad), so this cannot pass"));
}

#[test]
fn whether_a_service_that_it_calls_burns_is_no_matter_of_which_answer_comes_first() {
    let mut catalog = with_slo(true);
    catalog.services.get_mut("checkout").expect("there").depends_on = vec!["cart".to_owned()];
    let mut room = started(catalog, done());
    let mut specs: Vec<SourceSpec> = room.sources.iter().map(|source| source.spec.clone()).collect();
    let prom = specs.last_mut().expect("there");
    prom.feeds.push(FeedSpec { name: "slo 5m".to_owned(), interval: Span::from_secs(5) });
    room.set_sources(specs);
    deliver(&mut room, "prom", FEED, at(0), Facts::Deploys(facts(WORSE, Some(BEFORE), None)));
    let picture = room.picture(at(1));
    let one = only(&picture);
    assert_eq!(one.level(), Level::Watch, "{one:?}");
    assert!(one.why().contains("whether cart, which it calls, burns is not known"), "{}", one.why());
    deliver(&mut room, "prom", "slo 5m", at(0), Facts::Slo(SloFacts::default()));
    assert_eq!(only(&room.picture(at(1))).level(), Level::Bad);
}

#[test]
fn a_deployment_system_that_has_not_answered_may_have_deployed_something_too() {
    let mut room = started(with_slo(true), done());
    let mut specs: Vec<SourceSpec> = room.sources.iter().map(|source| source.spec.clone()).collect();
    let eu = specs.iter().find(|spec| spec.name.as_str() == "eu").expect("there").clone();
    specs.push(SourceSpec { name: "us".into(), ..eu });
    room.set_sources(specs);
    deliver(&mut room, "prom", FEED, at(0), Facts::Deploys(facts(WORSE, Some(BEFORE), None)));
    let picture = room.picture(at(1));
    assert!(only(&picture).why().contains("what us deployed is not known"), "{}", only(&picture).why());
    deliver(&mut room, "us", "rollouts", at(0), Facts::Workloads(Vec::new()));
    assert_eq!(only(&room.picture(at(1))).level(), Level::Bad);
}
