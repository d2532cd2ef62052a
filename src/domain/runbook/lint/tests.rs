//! What is warned of, and what is not.

use url::Url;

use super::*;
use crate::domain::{
    checklist::check::Check,
    runbook::{
        Failing, Step,
        action::{Action, Command, Http, Kubernetes, Nested},
        example::{ask, back, example, step, wait},
        parameter::{Kind, Parameter},
    },
    time::Span,
};

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().expect("an instant")
}

fn fresh() -> Rehearsed {
    Rehearsed::Done { at: now(), took: Span::from_mins(2) }
}

/// What is said, one line each: `warning flag: …`.
fn said(runbook: &Runbook, all: &[Runbook]) -> Vec<String> {
    let all = all.iter().map(|one| (one.name.clone(), one.clone())).collect();
    let line = |finding: Finding| {
        assert!(!finding.advice.is_empty(), "{}", finding.words);
        format!("{} {}: {}", finding.level.word(), finding.step.as_deref().unwrap_or("-"), finding.words)
    };
    lint(runbook, &all, fresh(), now()).into_iter().map(line).collect()
}

fn http(method: &str, url: &str) -> Action {
    Action::Http(Http {
        method: method.into(),
        url: url.into(),
        headers: BTreeMap::new(),
        body: None,
        idempotency_header: None,
        status: Vec::new(),
        field: None,
        rehearsal_url: None,
    })
}

fn look(url: &str) -> Action {
    let url: Url = url.parse().expect("a URL");
    Action::Check(Check::Http { url, status: 200, field: None, within: None })
}

fn one(runbook: &Runbook, expected: &str) {
    let said = said(runbook, &[]);
    assert_eq!(said.len(), 1, "{said:#?}");
    assert!(said.iter().all(|line| line.contains(expected)), "{said:#?}");
}

#[test]
fn nothing_is_said_against_a_good_one() {
    assert_eq!(said(&example("good", vec![step("back", back())]), &[]), [""; 0]);
}

#[test]
fn a_write_wants_a_way_back_and_a_way_to_see_it() {
    let put = || step("flag", http("PUT", "https://flags.example.net/x"));
    let lines = said(&example("flag", vec![put()]), &[]);
    assert!(
        lines.iter().any(|line| line.contains("flag: it changes something, and nothing takes it back")),
        "{lines:?}"
    );
    assert!(lines.iter().any(|line| line.contains("nothing tells whether it happened")), "{lines:?}");
    let undo = Some(http("PUT", "https://flags.example.net/x"));
    one(&example("flag", vec![Step { undo: undo.clone(), ..put() }]), "whether it happened");
    assert_eq!(said(&example("flag", vec![Step { undo, idempotent: true, ..put() }]), &[]), [""; 0]);
    assert_eq!(said(&example("get", vec![step("get", http("GET", "https://x.example.net"))]), &[]), [""; 0]);
    let patch = Kubernetes {
        source: None,
        kind: "batch/v1/CronJob".into(),
        namespace: None,
        name: "nightly".into(),
        subresource: None,
        patch: serde_json::json!({ "spec": { "suspend": true } }),
        until: None,
    };
    let patch = step("pause", Action::Kubernetes(patch));
    assert_eq!(said(&example("pause", vec![patch]), &[]), [""; 0], "an object tells both by itself");
}

#[test]
fn a_person_has_a_role() {
    one(&example("restore", vec![step("restore", ask(None))]), "nobody is named who does it");
    assert_eq!(said(&example("restore", vec![step("restore", ask(Some("dba")))]), &[]), [""; 0]);
}

#[test]
fn who_was_told_to_act_does_not_say_alone_that_it_worked() {
    let undo = Some(http("PUT", "https://flags.example.net/x"));
    let flag = Step { undo, idempotent: true, ..step("flag", http("PUT", "https://flags.example.net/${x}")) };
    let asks = |looks: Vec<Step>| Runbook { validation: looks, ..example("flag", vec![flag.clone()]) };
    one(&asks(Vec::new()), "error -: nothing tells afterwards whether it worked");
    let same = || step("is-off", look("https://flags.example.net/y"));
    one(&asks(vec![same()]), "asks only flags.example.net, which was told to act");
    let other = step("shop", look("https://shop.example.net/health"));
    assert_eq!(said(&asks(vec![same(), other]), &[]), [""; 0]);
    let pods = Check::Kubernetes {
        source: None,
        kind: "Rollout".into(),
        namespace: None,
        name: "checkout".into(),
        field: "/status/phase".into(),
        must: "== \"Healthy\"".parse().expect("a condition"),
    };
    let pods = vec![step("healthy", Action::Check(pods))];
    one(&Runbook { validation: pods.clone(), ..example("back", vec![step("back", back())]) }, "only Kubernetes");
    let nested = Nested { runbook: "inner".into(), with: BTreeMap::new() };
    let outer = Runbook { validation: pods, ..example("outer", vec![step("inner", Action::Runbook(nested))]) };
    let lines = said(&outer, &[example("inner", vec![step("back", back())])]);
    assert!(lines.iter().any(|line| line.contains("only Kubernetes")), "what is nested acts too: {lines:?}");
}

#[test]
fn a_program_that_speaks_to_kubernetes_is_kubernetes() {
    let kubectl = |id: &str| {
        let argv = ["/usr/bin/kubectl", "scale"].map(str::to_owned).to_vec();
        Command { argv, pass: vec![], environment: BTreeMap::new(), exit: vec![0], rehearsal: Some(vec![id.into()]) }
    };
    let act = Step { idempotent: true, undo: Some(back()), ..step("scale", Action::Command(kubectl("act"))) };
    let check = Check::Command { argv: vec!["kubectl".into(), "get".into()], exit: 0, field: None };
    let runbook = Runbook { validation: vec![step("ready", Action::Check(check))], ..example("scale", vec![act]) };
    one(&runbook, "only Kubernetes");
}

#[test]
fn what_stands_behind_a_step_that_never_passes_is_never_reached() {
    let long = step("hold", wait("up", "> 0", Span::from_mins(10)));
    one(
        &example("wait", vec![long.clone(), step("back", back())]),
        "nothing behind it is reached (back, errors): it must hold for 10m, and may take 5m",
    );
    let goes_on = Step { failing: Failing::GoOn, ..long };
    one(&example("wait", vec![goes_on, step("back", back())]), "hold: it can never pass: it must hold");
    one(&example("word", vec![step("word", wait("up", "== \"ready\"", Span::ZERO))]), "a metric is a number");
    let nested = Nested { runbook: "cart".into(), with: BTreeMap::new() };
    let outer =
        Runbook { services: vec!["checkout".into()], ..example("outer", vec![step("cart", Action::Runbook(nested))]) };
    let cart = Runbook { services: vec!["cart".into()], ..example("cart", vec![step("back", back())]) };
    let lines = said(&outer, &[cart]);
    assert!(lines.iter().any(|line| line.contains("`cart` is for other services: cart")), "{lines:?}");
}

#[test]
fn what_is_promised_is_enough_for_what_steps_may_take() {
    let slow = Step { attempts: 3, ..step("back", back()) };
    let runbook = Runbook { budget: Span::from_mins(10), ..example("slow", vec![slow]) };
    one(&runbook, "the time limits of its steps add up to 20m, and its budget is 10m");
    let late = Runbook { rto: Some(Span::from_mins(30)), ..example("late", vec![step("back", back())]) };
    one(&late, "users shall be served again after 30m");
}

#[test]
fn somebody_owns_it_somebody_read_it_and_what_it_asks_for_is_used() {
    let lonely = Runbook { owner: None, reviewers: vec![], ..example("lonely", vec![step("back", back())]) };
    let lines = said(&lonely, &[]);
    assert_eq!(lines, ["warning -: nobody owns it", "warning -: nobody has reviewed it"]);
    let parameter = |name: &str| Parameter { name: name.into(), title: None, kind: Kind::Text, default: None };
    let get = step("get", look("https://x.example.net/${path}"));
    let asks = Runbook {
        parameters: vec![parameter("path"), parameter("colour")],
        before: vec![get],
        ..example("asks", vec![step("back", back())])
    };
    one(&asks, "note -: the parameter `colour` is asked for and used nowhere");
}

#[test]
fn a_rehearsal_grows_old_and_an_unknown_one_is_none() {
    let runbook = example("back", vec![step("back", back())]);
    let told = |rehearsed| {
        lint(&runbook, &BTreeMap::new(), rehearsed, now()).into_iter().map(|one| one.words).collect::<Vec<_>>()
    };
    assert!(told(fresh()).is_empty());
    let old = Rehearsed::Done { at: now() - Span::from_days(31).delta(), took: Span::from_secs(250) };
    assert_eq!(told(old), ["it was rehearsed 31 days ago, 4m10s of 1h, and every 30d is agreed"]);
    assert_eq!(told(Rehearsed::Never), ["it was never rehearsed as it is now"]);
    assert!(told(Rehearsed::Unknown)[0].contains("not known"));
}
