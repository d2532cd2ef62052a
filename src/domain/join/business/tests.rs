//! Business metrics after a deploy.

use super::*;
use crate::domain::{
    join::example::{at, canary, catalog, deliver, labels, room, with_prometheus},
    level::Level,
    picture::Picture,
};

const SLOT: Span = Span::from_mins(5);

fn reading(events: f64, secs: i64) -> Reading {
    let metric = metric().definition().expect("a definition");
    Reading {
        slo: metric.id,
        labels: labels([("service", "checkout"), ("env", "production")]),
        version: None,
        window: SLOT,
        amount: Amount::Counts { bad: 0.0, total: events },
        at: at(secs),
        query: "the query".into(),
    }
}

fn metric() -> BusinessMetric {
    BusinessMetric {
        name: "orders".to_owned(),
        service: "checkout".to_owned(),
        events: "orders_total".to_owned(),
        source: None,
    }
}

/// `seen` orders now, and in the same slot of each past week one of `weeks`; always 6,000 in the half hour before.
fn facts(seen: f64, weeks: &[f64]) -> BusinessFacts {
    let began =
        Deploy { service: "checkout".to_owned(), environment: "prod".to_owned(), began: at(-600), full: at(-600) };
    let look = |at, events: f64, secs| Look { at, every: EVERY, readings: vec![reading(events, secs)] };
    let back = |week: usize| WEEK.times(week as u64).delta();
    let mut facts = BusinessFacts { about: [began.clone()].into(), ..BusinessFacts::default() };
    for (week, events) in weeks.iter().enumerate() {
        facts.slots.insert(0, look(at(0) - back(week + 1), *events, 0));
        facts.before.push(look(began.before() - back(week + 1), 6_000.0, 0));
    }
    facts.slots.push(look(at(0), seen, 0));
    facts.before.push(look(began.before(), 6_000.0, 0));
    facts
}

fn judged(facts: Option<BusinessFacts>) -> Picture {
    let mut catalog = catalog();
    catalog.business.push(metric());
    let mut room = with_prometheus(room(catalog), FEED);
    let mut workload = canary(25, Status::Progressing);
    workload.started_at = Some(at(-600));
    deliver(&mut room, "eu", "rollouts", at(0), Facts::Workloads(vec![workload]));
    if let Some(facts) = facts {
        deliver(&mut room, "prom", FEED, at(0), Facts::Business(facts));
    }
    room.picture(at(1))
}

fn only(picture: &Picture) -> &Analysis {
    let found: Vec<&Analysis> =
        picture.analyses.iter().filter(|one| matches!(one.what, What::Business { .. })).collect();
    assert_eq!(found.len(), 1, "{found:#?}");
    found[0]
}

#[test]
fn a_third_fewer_orders_than_in_past_weeks_deviate_and_say_by_how_much() {
    let picture = judged(Some(facts(2_000.0, &[3_000.0, 3_010.0, 2_990.0, 3_000.0])));
    let one = only(&picture);
    assert_eq!((&one.standing, one.level()), (&Standing::Judged(Verdict::Fail), Level::Watch));
    assert!(one.why().starts_with("-33.3 % of 3000 expected"), "{}", one.why());
    assert!(picture.releases[0].reasons.iter().any(|reason| reason.short == "business deviates"));
    let fine = judged(Some(facts(2_950.0, &[3_000.0, 3_010.0, 2_990.0, 3_000.0])));
    assert_eq!(only(&fine).standing, Standing::Judged(Verdict::Pass));
}

#[test]
fn few_orders_prove_nothing_and_no_past_week_is_not_judged() {
    let few = judged(Some(facts(20.0, &[30.0, 31.0, 29.0, 30.0])));
    assert_eq!(only(&few).standing, Standing::Judged(Verdict::Inconclusive));
    assert!(only(&few).why().contains("too few events to see 10 %"), "{}", only(&few).why());
    let new = judged(Some(facts(2_000.0, &[])));
    assert_eq!(only(&new).standing, Standing::Impossible("nothing is known of orders in past weeks".to_owned()));
}

#[test]
fn no_answer_and_no_series_are_unknown() {
    assert_eq!(only(&judged(None)).standing, Standing::Unanswered("prom has not answered yet".to_owned()));
    let mut gone = facts(2_000.0, &[3_000.0]);
    gone.slots.clear();
    assert_eq!(only(&judged(Some(gone))).standing, Standing::Unknown("no series of orders of checkout".to_owned()));
}
