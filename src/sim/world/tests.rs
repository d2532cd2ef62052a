//! The stories, second by second, and what a person who rolls back sees.

use serde_json::{Value as Json, json};

use super::*;
use crate::sim::{
    cluster::PatchRequest,
    promql::{Evaluation, Value},
    scenario,
};

const START: i64 = 1_763_650_000_123;

fn world(name: &str) -> World {
    let scenario = scenario::built_in(name).expect("built in").expect("well-formed");
    World::new(scenario, 1, START).expect("good expressions")
}

fn ask(world: &World, query: &str) -> Vec<(Labels, f64)> {
    let expr = promql::parse(query).expect(query);
    match Evaluation::new(&world.snapshot(), world.now, world.now, SCRAPE).at(&expr, world.now).expect(query) {
        Value::Vector(samples) => {
            samples.into_iter().map(|sample| (Labels::clone(&sample.labels), sample.value)).collect()
        }
        Value::Scalar(value) => vec![(Labels::new(), value)],
        other => panic!("{query}: {other:?}"),
    }
}

fn one(world: &World, query: &str) -> f64 {
    match ask(world, query).as_slice() {
        [(_, value)] => *value,
        other => panic!("{query}: {other:?}"),
    }
}

fn at(world: &mut World, seconds: i64) {
    world.advance(START + seconds * 1_000);
}

#[test]
fn the_bad_canary_is_healthy_at_5_percent_and_goes_to_25_after_20_seconds() {
    let mut world = world("bad-canary");
    let checkout = |world: &World| world.cluster.workload("checkout").map(|it| (it.step, it.weight)).expect("there");
    assert_eq!(checkout(&world), (1, 5));
    at(&mut world, 19);
    assert_eq!(checkout(&world), (1, 5));
    at(&mut world, 20);
    assert_eq!(checkout(&world), (3, 25));
    let rate = one(&world, "sum(rate(http_requests_total{service=\"checkout\"}[5m]))");
    assert!((rate - 200.0).abs() < 8.0, "{rate}");
}

fn first(world: &mut World, limit: i64, holds: impl Fn(&World) -> bool) -> i64 {
    for second in 0..limit {
        at(world, second);
        if holds(world) {
            return second;
        }
    }
    panic!("not within {limit} s");
}

fn fires(world: &World, name: &str) -> bool {
    world.alerts.alerts().any(|(rule, alert)| rule.declared.name == name && alert.fired_at.is_some())
}

#[test]
fn the_fault_shows_by_45_seconds_and_the_page_fires_by_80() {
    let mut world = world("bad-canary");
    let alert = first(&mut world, 120, |world| fires(world, "CanaryErrorRatio"));
    assert!((21..=40).contains(&alert), "{alert}");
    at(&mut world, 45);
    let canary = "sum(increase(http_requests_total{service=\"checkout\",version=\"1.42.0\",code=~\"5..\"}[5m])) / sum(increase(http_requests_total{service=\"checkout\",version=\"1.42.0\"}[5m]))";
    assert!(one(&world, canary) > 0.05, "{}", one(&world, canary));
    let stable = "sum(rate(http_requests_total{service=\"checkout\",version=\"1.41.7\",code=~\"5..\"}[30s])) / sum(rate(http_requests_total{service=\"checkout\",version=\"1.41.7\"}[30s]))";
    assert!(one(&world, stable) < 0.000_2, "{}", one(&world, stable));
    let page = first(&mut world, 120, |world| fires(world, "ErrorBudgetBurn"));
    // factor * budget * window / error ratio = 51.8 s after the fault, less what the past has spent already.
    assert!((60..=80).contains(&page), "{page}");
}

#[test]
fn a_month_of_history_has_spent_a_third_of_the_budget() {
    let world = world("bad-canary");
    let spent = one(
        &world,
        "sum(increase(http_requests_total{service=\"checkout\",code=~\"5..\"}[30d])) / sum(increase(http_requests_total{service=\"checkout\"}[30d])) / 0.0001",
    );
    assert!((0.2..0.4).contains(&spent), "{spent}");
    let all = one(&world, "sum(increase(http_requests_total{service=\"checkout\"}[30d]))");
    assert!((all / (200.0 * 86_400.0 * 30.0) - 1.0).abs() < 0.01, "{all}");
}

#[test]
fn an_abort_takes_the_traffic_and_the_errors_away() {
    let mut world = world("bad-canary");
    at(&mut world, 60);
    world.cluster.act("checkout", Verb::Abort, world.now);
    world.happen();
    at(&mut world, 130);
    let errors = one(
        &world,
        "sum(rate(http_requests_total{service=\"checkout\",code=~\"5..\"}[1m])) / sum(rate(http_requests_total{service=\"checkout\"}[1m]))",
    );
    assert!(errors < 0.000_3, "{errors}");
    assert!(
        ask(&world, "http_requests_total{version=\"1.42.0\"}").is_empty(),
        "its pods are gone, its series are stale"
    );
    assert!(!fires(&world, "CanaryErrorRatio"));
}

#[test]
fn the_same_seed_tells_the_same_story_however_often_one_looks() {
    let (mut often, mut seldom) = (world("bad-canary"), world("bad-canary"));
    for tenth in 0..1_000 {
        often.advance(START + tenth * 100);
    }
    often.advance(START + 100_000);
    seldom.advance(START + 100_000);
    assert_eq!(ask(&often, "{__name__=~\".+\"}"), ask(&seldom, "{__name__=~\".+\"}"));
    let objects = |world: &World| {
        world.cluster.store.list("rollouts", None).map(|(_, object)| object.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(objects(&often), objects(&seldom));
    assert!(often.cluster.store.version() == seldom.cluster.store.version());
}

#[test]
fn nothing_changes_in_the_steady_scenario() {
    let mut world = world("steady");
    at(&mut world, 7);
    let ratio = "sum by (service, version) (increase(http_requests_total{code=~\"5..\"}[1h])) / sum by (service, version) (increase(http_requests_total[1h]))";
    let (first, version) = (ask(&world, ratio), world.cluster.store.version());
    at(&mut world, 1_201);
    for ((labels, before), (_, after)) in first.iter().zip(ask(&world, ratio)) {
        assert!((before - after).abs() < 1e-9, "{labels:?}: {before} {after}");
    }
    assert_eq!(world.cluster.store.version(), version);
    assert_eq!(world.alerts.alerts().count(), 0);
}

#[test]
fn blue_green_goes_through_preview_pause_and_switch() {
    let mut world = world("blue-green");
    let phase = |world: &World| {
        world
            .cluster
            .store
            .get(&("rollouts", "shop".to_owned(), "checkout".to_owned()))
            .map(|it| it["status"]["phase"].clone())
            .expect("there")
    };
    let share = |world: &World, version: &str| {
        world.cluster.workload("checkout").expect("there").shares(world.now).get(version).map(|it| it.0)
    };
    assert_eq!(phase(&world), "Healthy");
    at(&mut world, 12);
    assert_eq!(phase(&world), "Progressing");
    at(&mut world, 40);
    assert_eq!(phase(&world), "Paused");
    assert_eq!((share(&world, "1.41.7"), share(&world, "1.42.0")), (Some(1.0), Some(0.0)));
    at(&mut world, 100);
    assert_eq!(phase(&world), "Healthy");
    assert_eq!((share(&world, "1.41.7"), share(&world, "1.42.0")), (Some(0.0), Some(1.0)));
    at(&mut world, 140);
    assert_eq!(share(&world, "1.41.7"), None);
}

#[test]
fn the_board_of_the_default_story_is_in_several_states() {
    let mut world = world("bad-canary");
    at(&mut world, 1);
    let phases: BTreeMap<String, String> = world
        .cluster
        .store
        .list("rollouts", None)
        .map(|(id, object)| {
            (
                id.2.clone(),
                format!(
                    "{} {}",
                    object["status"]["phase"].as_str().unwrap_or(""),
                    object["status"]["message"].as_str().unwrap_or("")
                ),
            )
        })
        .collect();
    assert_eq!(phases["checkout"], "Paused CanaryPauseStep");
    assert_eq!(phases["payments"], "Healthy ");
    assert_eq!(phases["search"], "Paused CanaryPauseStep");
    assert_eq!(phases["mobile-bff"], "Paused CanaryPauseStep");
    assert_eq!(world.cluster.workload("mobile-bff").map(|it| it.weight), Some(40));
    assert!((one(&world, "slo:objective:ratio") - 0.999).abs() < 1e-9);
    let recorded = one(&world, "slo:sli_error:ratio_rate1h");
    assert!((recorded - 0.000_4).abs() < 0.000_02, "{recorded}");
}

/// Sends a merge patch to checkout, as the API takes it.
fn send(world: &mut World, status: bool, body: &Json) {
    let id = ("rollouts", "shop".to_owned(), "checkout".to_owned());
    let request = PatchRequest { id, status, operations: false, body, dry_run: false };
    let now = world.now;
    world.cluster.patch(&request, now).expect("taken");
    world.happen();
}

fn checkout(world: &World) -> &Json {
    world.cluster.store.get(&("rollouts", "shop".to_owned(), "checkout".to_owned())).expect("there")
}

const ERRORS: &str = "sum(rate(http_requests_total{service=\"checkout\",code=~\"5..\"}[1m])) / sum(rate(http_requests_total{service=\"checkout\"}[1m]))";

#[test]
fn after_an_abort_by_patch_the_canary_is_gone_and_each_alert_ends_when_its_window_has_forgotten() {
    let mut world = world("bad-canary");
    at(&mut world, 90);
    assert!(fires(&world, "CanaryErrorRatio") && fires(&world, "ErrorBudgetBurn"));
    assert!(one(&world, ERRORS) > 0.05, "{}", one(&world, ERRORS));
    send(&mut world, true, &json!({"status": {"abort": true}}));
    let status = &checkout(&world)["status"];
    assert_eq!((&status["phase"], &status["abort"]), (&json!("Degraded"), &json!(true)));
    assert_eq!(status["canary"]["weights"]["canary"]["weight"], 0);
    assert_eq!(status["updatedReplicas"], 5, "its pods stay for a while, without traffic");
    at(&mut world, 121);
    let status = &checkout(&world)["status"];
    assert_eq!(
        (&status["updatedReplicas"], &status["replicas"], &status["readyReplicas"]),
        (&json!(0), &json!(20), &json!(20))
    );
    at(&mut world, 155);
    assert!(one(&world, ERRORS) < 0.001, "{}", one(&world, ERRORS));
    assert!(!fires(&world, "CanaryErrorRatio"));
    assert!(fires(&world, "ErrorBudgetBurn"), "five minutes are longer than one");
    at(&mut world, 380);
    assert!(fires(&world, "ErrorBudgetBurn"));
    at(&mut world, 400);
    assert!(!fires(&world, "ErrorBudgetBurn"), "{}", world.now);
}

#[test]
fn a_retry_after_the_abort_begins_again_and_shows_the_fault_again() {
    let mut world = world("bad-canary");
    at(&mut world, 60);
    send(&mut world, true, &json!({"status": {"abort": true}}));
    at(&mut world, 200);
    send(&mut world, true, &json!({"status": {"abort": false}}));
    let status = &checkout(&world)["status"];
    assert_eq!((&status["phase"], &status["currentStepIndex"]), (&json!("Paused"), &json!(1)));
    assert_eq!(status["canary"]["weights"]["canary"]["weight"], 5);
    at(&mut world, 480);
    assert!(one(&world, ERRORS) < 0.001, "5 % is not load enough");
    at(&mut world, 580);
    assert!(one(&world, ERRORS) > 0.05, "{}", one(&world, ERRORS));
}

#[test]
fn the_template_that_is_put_back_after_an_abort_makes_the_rollout_healthy_at_once() {
    let mut world = world("bad-canary");
    at(&mut world, 60);
    send(&mut world, true, &json!({"status": {"abort": true}}));
    at(&mut world, 120);
    let mut template = checkout(&world)["spec"]["template"].clone();
    let image = template.pointer_mut("/spec/containers/0/image").expect("there");
    *image = json!(image.as_str().expect("a text").replace("1.42.0", "1.41.7"));
    send(&mut world, false, &json!({"spec": {"template": template}}));
    let status = &checkout(&world)["status"];
    assert_eq!((&status["phase"], &status["currentPodHash"]), (&json!("Healthy"), &status["stableRS"]));
    assert!(status["abort"].is_null());
    at(&mut world, 200);
    assert!(one(&world, ERRORS) < 0.001);
}

#[test]
fn a_rollout_that_is_done_goes_back_through_its_steps_and_an_abort_of_it_does_nothing() {
    let mut world = world("bad-canary");
    at(&mut world, 60);
    let id = ("rollouts", "shop".to_owned(), "payments".to_owned());
    let patch = |world: &mut World, status: bool, body: &Json| {
        let request = PatchRequest { id: id.clone(), status, operations: false, body, dry_run: false };
        let now = world.now;
        world.cluster.patch(&request, now).expect("taken");
        world.happen();
        world.cluster.store.get(&id).expect("there").clone()
    };
    let after = patch(&mut world, true, &json!({"status": {"abort": true}}));
    assert_eq!(after["status"]["phase"], "Healthy", "accepted, and without effect");
    let mut template = after["spec"]["template"].clone();
    let image = template.pointer_mut("/spec/containers/0/image").expect("there");
    *image = json!(image.as_str().expect("a text").replace("7.3.1", "7.3.0"));
    let after = patch(&mut world, false, &json!({"spec": {"template": template}}));
    assert_eq!(after["status"]["phase"], "Paused");
    assert_eq!(after["status"]["canary"]["weights"]["canary"]["weight"], 10);
    at(&mut world, 60 + 15 * 60 + 30);
    let after = world.cluster.store.get(&id).expect("there");
    assert_eq!(
        (&after["status"]["phase"], &after["status"]["currentPodHash"]),
        (&json!("Healthy"), &after["status"]["stableRS"])
    );
}
