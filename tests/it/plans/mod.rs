//! Plans of runbooks against the simulated cluster: what is decided by the state of now, what is hashed, and what is told.

mod approving;
mod commands;
mod starting;

use std::{collections::BTreeMap, fs};

use serde_json::{Value, json};
use tempfile::TempDir;
use warroom::{
    clock::Clock,
    config::{self, Loaded, Options},
    domain::plan::{
        Plan,
        compare::differences,
        drift::Strictness,
        request::{Patch, Request},
        resolve::{Asked, Made, Refused},
    },
    domain::{
        chart::{ChartRequest, Metric, Series},
        demand::Demand,
        runbook::risk::Risk,
        time::Span,
    },
    runbook::resolve::Resolver,
    sim::{self, Running},
    sources::{
        actuators::kubernetes::{Actuator, Unpatched},
        connector::Context,
        evidence,
    },
};

use crate::{
    simulator::story,
    support::{base_url, context, dead_port},
};

/// The way back of a service, with a flag, and what must hold afterwards.
pub(crate) const BACK: &str = r#"
title = "Back to what ran before"
budget = "10m"
owner = "sre"

[[step]]
id = "back"
title = "Traffic to what ran before"
do.rollout.verb = "back"

[[validation]]
id = "errors"
do.wait_metric = { query = "up{version=\"${to}\", was=\"${from}\"}", must = "< 0.01", hold = "10s" }
timeout = "5m"
"#;

/// A simulated story with a catalog and runbooks in files.
pub(crate) struct Room {
    pub(crate) running: Running,
    pub(crate) directory: TempDir,
    pub(crate) loaded: Loaded,
}

impl Room {
    pub(crate) fn new(scenario: &str, seconds: i64, runbooks: &[(&str, &str)]) -> Self {
        let running = story(scenario, seconds);
        let directory = tempfile::tempdir().expect("a directory");
        let beginning = running.start();
        sim::write(directory.path(), scenario, None, running.urls(), beginning, running.people()).expect("written");
        let folder = directory.path().join("catalog/runbooks");
        fs::create_dir_all(&folder).expect("a folder");
        for (name, text) in runbooks {
            fs::write(folder.join(format!("{name}.toml")), text).expect("written");
        }
        let loaded = load(&directory);
        Self { running, directory, loaded }
    }

    pub(crate) fn again(&mut self) {
        self.loaded = load(&self.directory);
    }

    async fn resolve(&self, runbook: &str, asked: &Asked) -> Result<Made, Refused> {
        let resolver = Resolver::new(&self.loaded.settings.sources, &context());
        let runbook = &self.loaded.catalog.runbooks[runbook];
        resolver.resolve(runbook, asked, &self.loaded.catalog).await
    }

    async fn made(&self, runbook: &str, service: &str) -> Made {
        self.resolve(runbook, &of(service)).await.expect("a plan")
    }

    async fn refused(&self, runbook: &str, service: &str) -> String {
        self.resolve(runbook, &of(service)).await.expect_err("refused").to_string()
    }

    fn actuator(&self) -> Actuator {
        let mut actuators = self.loaded.settings.sources.iter().filter_map(|source| Actuator::new(source, &context()));
        actuators.next().expect("a cluster")
    }
}

fn load(directory: &TempDir) -> Loaded {
    let options = Options {
        config: Some(directory.path().join("config.toml")),
        working_dir: directory.path().to_owned(),
        system_dir: directory.path().join("none"),
        ..Options::default()
    };
    config::load(&options).unwrap_or_else(|report| panic!("{report:?}"))
}

fn of(service: &str) -> Asked {
    Asked { service: Some(service.into()), environment: Some("prod".into()), ..Asked::default() }
}

fn patch<'a>(plan: &'a Plan, step: &str) -> &'a Patch {
    match &plan.step(step).unwrap_or_else(|| panic!("{step} of {:?}", plan.steps)).request {
        Request::Kubernetes(patch) => patch,
        other => panic!("{other:?}"),
    }
}

/// What the deployment system's own tool sends.
fn fixture(action: &str) -> Value {
    let path = std::env::var("WARROOM_FIXTURES").map(|root| format!("{root}/argo-rollouts/action-patches.json"));
    match path.ok().and_then(|path| fs::read_to_string(path).ok()) {
        Some(text) => serde_json::from_str::<Value>(&text).expect("JSON")["actions"][action][0].clone(),
        // Said once more here, for machines without the recorded files.
        None if action == "abort" => json!({"subresource": "status",
            "content_type": "application/merge-patch+json", "body": {"status": {"abort": true}}}),
        None => json!({"subresource": "", "content_type": "application/json-patch+json",
            "body": [{"op": "replace", "path": "/spec/template"}]}),
    }
}

#[tokio::test]
async fn a_rollout_under_way_is_aborted_as_its_own_tool_would() {
    let room = Room::new("bad-canary", 30, &[("back", BACK)]);
    let made = room.made("back", "checkout").await;
    let plan = &made.plan;
    let (patch, wanted) = (patch(plan, "back"), fixture("abort"));
    assert_eq!(serde_json::from_str::<Value>(&patch.body).expect("JSON"), wanted["body"]);
    assert_eq!(patch.path, format!("{}/{}", patch.object, wanted["subresource"].as_str().expect("status")));
    assert_eq!((plan.target.from.as_deref(), plan.target.to.as_deref()), (Some("1.42.0"), Some("1.41.7")));
    assert_eq!(plan.phrase(), "rollback checkout prod to 1.41.7");
    assert_eq!((plan.risk, plan.because.as_str()), (Risk::R3, "it changes the version that runs in production"));
    let notes = plan.steps[0].notes.join("; ");
    assert!(notes.starts_with("abort: ") && notes.contains("still asks for"), "{notes}");
    let Request::WaitMetric(wait) = &plan.steps[1].request else { panic!("{:?}", plan.steps[1]) };
    assert_eq!(wait.query, "up{version=\"1.41.7\", was=\"1.42.0\"}");
    assert!(made.unknown.is_empty(), "{:?}", made.unknown);
    assert!(plan.steps[0].undo.is_some());
    let written = serde_json::to_string(plan).expect("JSON");
    let again: Plan = serde_json::from_str(&written).expect("a plan");
    assert_eq!(again.hash().expect("a hash"), made.hash, "a file carries it whole");
}

#[tokio::test]
async fn the_analyses_of_a_rollout_are_those_that_it_owns() {
    let room = Room::new("bad-canary", 30, &[("back", BACK)]);
    let of = async |service: &str| {
        let made = room.made("back", service).await;
        let patch = patch(&made.plan, "back").clone();
        room.actuator().analyses(&patch.object, &patch.observed.uid).await.expect("a list")
    };
    assert!(of("checkout").await.is_empty(), "it has no analysis step");
    let found = of("mobile-bff").await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0]["status"]["metricResults"].is_array(), "with what was measured: {found:?}");
}

#[tokio::test]
async fn what_is_kept_of_series_and_alerts_is_what_was_seen_of_the_canary_with_its_queries() {
    let room = Room::new("bad-canary", 80, &[("back", BACK)]);
    let sources = &room.loaded.settings.sources;
    let source = |name: &str| sources.iter().find(|source| source.name == name.into()).expect(name);
    let request = ChartRequest { service: "checkout".into(), environment: "prod".into(), range: Span::from_mins(10) };
    let demand = Demand { catalog: room.loaded.catalog.clone(), charts: vec![request], ..Demand::default() };
    let then = Clock::running_from(room.running.start() + chrono::TimeDelta::seconds(80), 1.0);
    let context = || Context::new(then, false);
    let charts = evidence::charts(source("prom"), &demand, &context()).await.expect("an answer");
    let (series, gaps) = charts.expect("series");
    assert!(gaps.is_empty(), "{gaps:?}");
    let hurt = |one: &&Series| {
        let errors = matches!(one.metric, Metric::ErrorRatio { .. }) && one.version.as_deref() == Some("1.42.0");
        errors && one.points.iter().flatten().any(|ratio| *ratio > 0.2)
    };
    let told: Vec<_> = series.iter().map(|one| (&one.metric, &one.version, one.points.last())).collect();
    let canary = series.iter().find(hurt).unwrap_or_else(|| panic!("the canary hurt: {told:?}"));
    assert!(canary.query.contains("http_requests_total"), "{canary:?}");
    let now = room.running.start().timestamp() + 80;
    let query = "sum by (version) (rate(http_requests_total{service=\"checkout\"}[1m]))";
    let (rows, _) = evidence::range(source("prom"), query, (now - 60, now, 10), &context()).await.expect("rows");
    assert_eq!(rows.as_array().map(Vec::len), Some(2), "a row for each version: {rows}");
    assert_eq!(rows[0]["values"].as_array().map(Vec::len), Some(7), "{rows}");
    for name in ["prom", "alerts"] {
        let (alerts, _) = evidence::alerts(source(name), &context()).await.expect("an answer").expect("alerts");
        let names: Vec<_> = alerts.as_array().expect("a list").iter().filter_map(|one| one["name"].as_str()).collect();
        assert!(names.contains(&"CanaryErrorRatio"), "{name}: {names:?}");
    }
    assert_eq!(evidence::alerts(source("cluster"), &context()).await, Ok(None), "a cluster knows none");
}

#[tokio::test]
async fn a_rollout_that_is_done_gets_the_template_before_back() {
    let room = Room::new("bad-canary", 30, &[("back", BACK)]);
    let made = room.made("back", "payments").await;
    let (patch, wanted) = (patch(&made.plan, "back"), fixture("undo"));
    let body: Value = serde_json::from_str(&patch.body).expect("JSON");
    for part in ["op", "path"] {
        assert_eq!(body[0][part], wanted["body"][0][part]);
    }
    assert_eq!(patch.path, patch.object, "the object itself, not its status");
    assert!(patch.diff.iter().any(|line| line.starts_with("+ /spec/containers/0/image")), "{:?}", patch.diff);
    assert_eq!(made.plan.target.to.as_deref(), Some("7.3.0"));
}

#[tokio::test]
async fn the_same_state_gives_the_same_hash_and_another_state_another() {
    let room = Room::new("bad-canary", 30, &[("back", BACK)]);
    let first = room.made("back", "checkout").await;
    let version = |made: &Made| patch(&made.plan, "back").observed.resource_version.clone();
    // Somebody writes a note on it, and its status moves all the time: another version of the object, the same plan.
    room.by_hand(&json!({"metadata": {"annotations": {"note": "seen"}}})).await.expect("patched");
    let later = room.made("back", "checkout").await;
    assert_ne!(version(&later), version(&first));
    assert_eq!(later.hash, first.hash, "{:?}", differences(&first.plan, &later.plan));
    room.by_hand(&json!({"spec": {"paused": true}})).await.expect("paused");
    let changed = room.made("back", "checkout").await;
    assert_ne!(changed.hash, first.hash);
    let told = differences(&first.plan, &changed.plan).join("\n");
    assert!(told.contains("generation is") && told.contains("paused is true, was -"), "{told}");
    // What was planned before is not done any more.
    let stale = room.actuator().patch(patch(&first.plan, "back"), Strictness::Same, false).await;
    let why = stale.expect_err("drifted").to_string();
    assert!(why.contains("paused was -, and is true now") && why.contains("make the plan again"), "{why}");
    // What is planned now is, once; trying it changes nothing.
    let tried = room.actuator().patch(patch(&changed.plan, "back"), Strictness::Same, true).await;
    assert_eq!(tried.expect("tried")["status"]["abort"], true);
    let done = room.actuator().patch(patch(&changed.plan, "back"), Strictness::Same, false).await.expect("done");
    assert_eq!(
        (&done["status"]["abort"], &done["status"]["canary"]["weights"]["canary"]["weight"]),
        (&json!(true), &json!(0))
    );
    let again = room.actuator().patch(patch(&changed.plan, "back"), Strictness::Same, false).await;
    assert!(matches!(again, Err(Unpatched::Drifted { .. })), "{again:?}");
    let after = room.made("back", "checkout").await.plan;
    assert!(
        matches!(&after.steps[0].request, Request::Nothing { why } if why.contains("aborted already")),
        "{after:?}"
    );
    assert_eq!(after.risk, Risk::R0);
}

impl Room {
    /// Somebody changes checkout by hand.
    async fn by_hand(&self, body: &Value) -> Result<Value, Unpatched> {
        let made = self.made("back", "checkout").await;
        let mut by_hand = patch(&made.plan, "back").clone();
        (by_hand.path, by_hand.body) = (by_hand.object.clone(), body.to_string());
        self.actuator().patch(&by_hand, Strictness::Identity, false).await
    }
}

#[tokio::test]
async fn a_release_that_is_not_there_is_not_rolled_back_to_something_older() {
    let mut room = Room::new("bad-canary", 30, &[("back", BACK)]);
    let release = "environment = \"prod\"\n[[component]]\nservice = \"payments\"\nversion = \"9.9.9\"\n";
    fs::write(room.directory.path().join("catalog/releases/later.toml"), release).expect("written");
    room.again();
    let asked = Asked { release: Some("later".into()), ..Asked::default() };
    let why = room.resolve("back", &asked).await.expect_err("refused");
    assert!(matches!(why, Refused::State(_)), "{why:?}");
    assert!(why.to_string().contains("not 9.9.9: there is nothing to go back from"), "{why}");
}

#[tokio::test]
async fn several_services_are_taken_in_their_order_and_each_has_its_lease() {
    let text = BACK.replace("do.rollout.verb", "each = { services = [\"payments\", \"checkout\"] }\ndo.rollout.verb");
    let outer = r#"
title = "All of it"
budget = "20m"
[[step]]
id = "shop"
do.runbook.name = "back"
[[step]]
id = "say"
do.manual = { instruction = "tell the shop that ${service} is back" }
timeout = "10m"
"#;
    let room = Room::new("bad-canary", 30, &[("back", &text), ("all", outer)]);
    let plan = room.made("all", "checkout").await.plan;
    let ids: Vec<_> = plan.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids, ["shop-back@checkout", "shop-back@payments", "say", "shop-errors"], "who calls comes back first");
    assert_eq!(plan.target.services, ["checkout", "payments"]);
    assert!(
        matches!(&plan.steps[2].request, Request::Manual { instruction, .. } if instruction.contains("that checkout is"))
    );
    assert_eq!(plan.risk, Risk::R4, "what a person does cannot be taken back by anybody: {}", plan.because);
}

#[tokio::test]
async fn a_cluster_that_does_not_answer_is_left_out_and_asks_for_a_second_person() {
    let mut room = Room::new("bad-canary", 30, &[("back", BACK)]);
    let config = room.directory.path().join("config.toml");
    let mut text = fs::read_to_string(&config).expect("readable");
    let dead = base_url(std::net::SocketAddr::from(([127, 0, 0, 1], dead_port())));
    let other = "\n[[source]]\nname = \"prod-us\"\nkind = \"kubernetes\"\nenvironment = \"prod\"\n";
    text = format!("{text}{other}url = \"{dead}\"\n");
    fs::write(&config, text).expect("written");
    room.again();
    let made = room.made("back", "checkout").await;
    assert_eq!((made.plan.risk, made.plan.steps.len()), (Risk::R4, 2));
    assert!(made.plan.because.contains("not known"), "{}", made.plan.because);
    assert!(made.plan.steps[0].id.starts_with("back@"), "{}", made.plan.steps[0].id);
    let notes = made.plan.steps[0].notes.join("; ");
    assert!(notes.contains("in prod-us could not be read: it is NOT part of this plan"), "{notes}");
    assert!(made.unknown.iter().any(|line| line.contains("prod-us")), "{:?}", made.unknown);
    // Where no cluster answers nothing can be planned, and nobody says that nothing is to be done.
    room.loaded.settings.sources.retain(|source| source.name == "prod-us".into());
    let nobody = room.resolve("back", &of("checkout")).await.expect_err("refused");
    assert!(matches!(nobody, Refused::NotKnown(_)), "{nobody:?}");
}

#[tokio::test]
async fn what_is_asked_for_wrongly_says_what_there_is() {
    let nesting = "title = \"x\"\nbudget = \"1m\"\n[[step]]\nid = \"a\"\ndo.rollout.verb = \"retry\"\n";
    let room = Room::new("bad-canary", 30, &[("back", BACK), ("retry", nesting)]);
    assert!(room.refused("retry", "checkout").await.contains("not aborted"));
    assert!(room.refused("back", "nothing").await.contains("there are:"));
    let elsewhere = Asked { environment: Some("mars".into()), ..of("checkout") };
    let why = room.resolve("back", &elsewhere).await.expect_err("refused").to_string();
    assert!(why.contains("no environment mars") && why.contains("prod"), "{why}");
    let parameters = BTreeMap::from([("what".to_owned(), "x".to_owned())]);
    let why = room.resolve("back", &Asked { parameters, ..of("checkout") }).await.expect_err("refused").to_string();
    assert!(why.contains("no parameter `what`"), "{why}");
    let nobody = room.resolve("back", &Asked::default()).await.expect_err("refused").to_string();
    assert!(nobody.contains("a release, or a service and an environment"), "{nobody}");
}
