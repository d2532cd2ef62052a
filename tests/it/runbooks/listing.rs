//! `warroom runbook list` and `show`, as people and scripts run them.

use std::{fs, path::Path, process::Command};

use serde_json::Value;
use tempfile::TempDir;
use warroom::domain::{
    ledger::hash::Hash,
    plan::Mode,
    run::{Ending, Known, Outcome, Worker, act::Act},
    runbook::{Part, action::Effect},
    time::Span,
};

use crate::runs::plans::{create, journal, nothing, plan, step, write};

const RUNBOOK: &str = r#"
title = "Roll checkout back"
purpose = "The new version hurts."
services = ["checkout"]
environments = ["prod"]
owner = "sre"
reviewers = ["mira"]
budget = "10m"
[[parameter]]
name = "why"
[[step]]
id = "back"
title = "The version before"
do = { rollout = { verb = "back" } }
[[step]]
id = "tell"
do = { notify = { url = "https://chat.example.net/hook", headers = { Authorization = { env = "CHAT_TOKEN" } }, body = { json = { text = "${why}" } } } }
[[validation]]
id = "errors"
timeout = "4m"
do = { wait_metric = { query = 'job:errors:ratio1m{service="${service}"}', must = "< 0.01" } }
"#;

const CHECKLIST: &str = r#"
[[group]]
name = "Back"
[[group.item]]
id = "way-back"
title = "The way back was rehearsed"
check = { rehearsal = { runbook = "rollback-checkout", within = "30d" } }
"#;

const RELEASE: &str = r#"
environment = "prod"
checklist = "service"
[[component]]
service = "checkout"
version = "2.0.0"
"#;

/// A directory with settings and a catalog.
fn home(runbook: &str) -> TempDir {
    let root = tempfile::tempdir().expect("a directory");
    let put = |name: &str, text: &str| {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("made");
        fs::write(path, text).expect("written");
    };
    put(
        "config.toml",
        "catalog = \"catalog\"\n[environments.prod]\nproduction = true\n[ledger]\nstore = { sqlite = \"ledger.db\" }\n",
    );
    put("catalog/services/checkout.toml", "");
    put("catalog/services/cart.toml", "");
    put("catalog/runbooks/rollback-checkout.toml", runbook);
    put("catalog/checklists/service.toml", CHECKLIST);
    put("catalog/releases/checkout-2.toml", RELEASE);
    root
}

fn run(root: &Path, arguments: &[&str]) -> (i32, String, String) {
    warroom(root, &[&["runbook"], arguments].concat())
}

/// The line of the checklist's item.
fn item(root: &Path) -> String {
    let (_, text, told) = warroom(root, &["checklist", "run", "checkout-2"]);
    let line = text.lines().find(|line| line.contains("way-back"));
    line.unwrap_or_else(|| panic!("{text}{told}")).trim().to_owned()
}

fn warroom(root: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_warroom"))
        .args(arguments)
        .args(["--config", "config.toml"])
        .env_clear()
        .env("HOME", root)
        .current_dir(root)
        .output()
        .expect("runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code().expect("a code"), text(output.stdout), text(output.stderr))
}

#[test]
fn a_list_says_whose_it_is_how_long_it_takes_and_that_nobody_knows_of_a_rehearsal() {
    let root = home(RUNBOOK);
    let (code, text, _) = run(root.path(), &["list"]);
    assert_eq!(code, 0, "{text}");
    let expected = "rollback-checkout  Roll checkout back\n    checkout in prod; owner sre; budget 10m; rehearsals not known: there is no ledger to read; lint: 1 warning\n";
    assert_eq!(text, expected);
    let (code, text, told) = run(root.path(), &["list", "--service", "cart"]);
    assert_eq!((code, text.as_str()), (0, ""), "it is for checkout");
    assert!(told.contains("write runbooks/NAME.toml"), "{told}");
    let (_, json, _) = run(root.path(), &["list", "--json"]);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let one = &json["runbooks"][0];
    assert_eq!((one["name"].as_str(), one["budget_seconds"].as_f64()), (Some("rollback-checkout"), Some(600.0)));
    assert_eq!(one["rehearsal"]["state"], "unknown", "no ledger is not never");
    assert_eq!(one["lint"][0]["level"], "warning");
}

#[test]
fn a_rehearsal_in_the_ledger_is_told_with_its_age_until_the_runbook_changes() {
    let root = home(RUNBOOK);
    let (_, json, _) = run(root.path(), &["show", "rollback-checkout", "--json"]);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let digest: Hash = serde_json::from_value(json["digest"].clone()).expect("a digest");
    let mut rehearsal = plan(vec![write("back", nothing()), step("errors", Part::Validation, Effect::Read, nothing())]);
    (rehearsal.mode, rehearsal.runbook.digest) = (Mode::Rehearsal, digest);
    let unknown = item(root.path());
    assert!(unknown.starts_with("UNKNOWN"), "no ledger: {unknown}");
    let mut journal = journal(&root.path().join("ledger.db"));
    let failed = item(root.path());
    assert!(failed.starts_with("FAILED"), "never rehearsed: {failed}");
    let never = run(root.path(), &["list"]).1;
    assert!(never.contains("never rehearsed as it is now; lint: 1 warning"), "{never}");
    let epoch = journal.record("run-1", &create(rehearsal)).expect("created").seq;
    let worker = Worker { host: "bastion-2".into(), boot: "b".into(), pid: 1, started: 1 };
    journal.record("run-1", &Act::Claim { epoch, worker }).expect("claimed");
    for id in ["back", "errors"] {
        let deadline = chrono::Utc::now();
        let intent = Act::Intent { epoch, step: id.into(), undo: false, number: 1, deadline };
        journal.record("run-1", &intent).expect("begun");
        let result = Act::Result {
            epoch,
            step: id.into(),
            undo: false,
            number: 1,
            outcome: Outcome::Succeeded,
            words: "nothing had to be done".into(),
            took: Span::from_secs(1),
            known: Known::Worker,
            output: None,
        };
        journal.record("run-1", &result).expect("done");
    }
    let words = "rehearsed".to_owned();
    journal.record("run-1", &Act::End { epoch, ending: Ending::Verified, words }).expect("ended");
    let text = run(root.path(), &["list"]).1;
    assert!(text.contains("budget 10m; rehearsed ") && text.contains(" of 10m; lint: clean"), "{text}");
    let (_, json, _) = run(root.path(), &["show", "rollback-checkout", "--json"]);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["rehearsal"]["state"], "done");
    let passed = item(root.path());
    assert!(passed.starts_with("OK"), "{passed}");
    let changed = RUNBOOK.replace("The version before", "The version before it");
    fs::write(root.path().join("catalog/runbooks/rollback-checkout.toml"), changed).expect("written");
    let text = run(root.path(), &["list"]).1;
    assert!(text.contains("never rehearsed as it is now"), "another content was rehearsed: {text}");
    let failed = item(root.path());
    assert!(failed.starts_with("FAILED"), "{failed}");
}

#[test]
fn show_tells_every_step_with_its_limits_and_never_a_secret() {
    let root = home(RUNBOOK);
    let (code, text, _) = run(root.path(), &["show", "rollback-checkout"]);
    assert_eq!(code, 0, "{text}");
    for part in [
        "The new version hurts.",
        "budget     10m; the time limits of its steps add up to 9m30s",
        "  why\n      a text on one line that does not begin with -; to be given",
        "  back  The version before\n      rollout: back\n      undo: what is there before: the plan says\n      at most 5m; may be done twice",
        "tell https://chat.example.net/hook",
        "wait until job:errors:ratio1m{service=\"${service}\"} < 0.01 for 2m",
        "Lint: 1 warning",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let (_, json, _) = run(root.path(), &["show", "rollback-checkout", "--json"]);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(
        json["steps"][1]["action"]["notify"]["request"]["headers"]["Authorization"]["secret"]["env"],
        "CHAT_TOKEN"
    );
    assert_eq!(json["limits_seconds"], 570.0);
    let (code, _, told) = run(root.path(), &["show", "rollback"]);
    assert_eq!(code, 2);
    assert!(told.contains("there is no runbook `rollback`; there are: rollback-checkout"), "{told}");
}

#[test]
fn a_runbook_that_verifies_nothing_ends_with_1() {
    let (text, _) = RUNBOOK.split_once("[[validation]]").expect("a validation");
    let root = home(text);
    let (code, text, _) = run(root.path(), &["show", "rollback-checkout"]);
    assert_eq!(code, 1, "{text}");
    assert!(
        text.contains("Lint: 1 error, 1 warning\n  error     nothing tells afterwards whether it worked"),
        "{text}"
    );
    assert_eq!(run(root.path(), &["list"]).0, 1);
}
