//! `warroom runbook run FILE`: what may start is what the catalog and the clusters say now, whatever the file says.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};
use warroom::domain::plan::Plan;

use super::{
    Room,
    commands::{CHECKOUT, warroom},
};
use crate::support::{base_url, dead_port};

/// Needs an approval, because it changes the version that runs.
const BACK: &str = r#"
title = "Back to what ran before"
budget = "10m"
[approvals]
normal = { role = "sre" }
[[step]]
id = "back"
do.rollout.verb = "back"
[[validation]]
id = "traffic"
do = { check = { kubernetes = { kind = "Rollout", namespace = "shop", name = "checkout", field = "/status/abort", must = "== true" } } }
"#;

/// Needs nobody, and says something.
const LEAVES: &str = r#"
title = "Leave a word"
budget = "10m"
[[parameter]]
name = "name"
kind = "text"
default = "left"
[[parameter]]
name = "other"
kind = "text"
[[step]]
id = "leave"
[step.do.command]
argv = ["echo", "${name}", "${other}"]
pass = ["PATH"]
rehearsal = ["echo", "only", "tried"]
[step.undo.command]
argv = ["rm", "${name}"]
[[validation]]
id = "there"
do = { check = { http = { url = "http://127.0.0.1:1/never" } } }
"#;

struct Started {
    room: Room,
    file: PathBuf,
}

impl Started {
    /// `runbook` is planned, and the plan lies in a file.
    fn new(runbook: &str, text: &str, more: &[&str]) -> Self {
        let room = Room::new("bad-canary", 30, &[(runbook, text)]);
        let file = room.directory.path().join("plan.json");
        let output = ["--output", file.to_str().expect("a path")];
        let (code, told, errors) = warroom(&room, &[&["plan", runbook], &CHECKOUT[..], more, &output].concat(), None);
        assert_eq!(code, 0, "{told}{errors}");
        Self { room, file }
    }

    /// Somebody writes something else into the file.
    fn tamper(&self, with: impl Fn(&mut Value)) {
        let mut plan: Value = serde_json::from_slice(&fs::read(&self.file).expect("a file")).expect("JSON");
        with(&mut plan);
        fs::write(&self.file, plan.to_string()).expect("written");
    }

    /// The exit code and all that is said when the plan of the file is confirmed by its own hash.
    fn run(&self) -> (i32, String) {
        let plan: Plan = serde_json::from_slice(&fs::read(&self.file).expect("a file")).expect("a plan");
        let hash = plan.hash().expect("a hash").to_string();
        let file = self.file.to_str().expect("a path");
        self.say(&["run", file, "--confirm", &hash, "--reason", "a test"])
    }

    fn say(&self, arguments: &[&str]) -> (i32, String) {
        let (code, told, errors) = warroom(&self.room, arguments, None);
        (code, format!("{told}{errors}"))
    }

    fn nothing_was_recorded(&self) {
        let (_, said) = self.say(&["attach"]);
        assert!(!said.contains("run-"), "{said}");
    }
}

#[test]
fn a_plan_file_that_makes_itself_harmless_is_refused_with_what_differs() {
    let started = Started::new("back", BACK, &[]);
    let (code, said) = started.run();
    assert!(code == 1 && said.contains("it needs the approval of 1 of sre"), "{code} {said}");
    started.tamper(|plan| {
        plan["risk"] = json!("R0");
        plan["needs"] = Value::Null;
    });
    let (code, said) = started.run();
    assert_eq!(code, 1, "{said}");
    for words in ["the plan is void", "risk is R3, was R0", "needs", "warroom runbook plan back --service checkout"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    started.nothing_was_recorded();
}

#[test]
fn a_plan_file_that_does_something_else_than_its_runbook_is_refused() {
    let started = Started::new("leaves", LEAVES, &["--set", "other=right"]);
    started.tamper(|plan| plan["steps"][0]["request"]["command"]["argv"] = json!(["echo", "wrong\u{1b}[2J"]));
    let (code, said) = started.run();
    assert!(code == 1 && said.contains("request command argv is [\"echo\",\"left\",\"right\"]"), "{code} {said}");
    assert!(!said.contains('\u{1b}'), "{said:?}");
    let rehearsal = started.say(&["rehearse", started.file.to_str().expect("a path")]);
    assert!(rehearsal.0 == 1 && rehearsal.1.contains("nothing was rehearsed"), "{rehearsal:?}");
    started.nothing_was_recorded();
}

#[test]
fn a_plan_that_holds_is_run_with_its_parameters_and_rehearsed_from_the_same_file() {
    let started = Started::new("leaves", LEAVES, &["--set", "other=right"]);
    let (_, said) = started.say(&["rehearse", started.file.to_str().expect("a path")]);
    assert!(said.contains("REHEARSAL of") && said.contains("| only tried") && !said.contains("| left"), "{said}");
    let (code, said) = started.run();
    assert!(code == 1 && said.contains("| left right") && said.contains("NOT VERIFIED"), "{code} {said}");
}

#[test]
fn a_runbook_that_was_changed_since_voids_the_plan_and_its_rehearsal() {
    let started = Started::new("leaves", LEAVES, &["--set", "other=right"]);
    let path = started.room.directory.path().join("catalog/runbooks/leaves.toml");
    fs::write(&path, LEAVES.replace("Leave a word", "Leave two words")).expect("written");
    for (code, said) in [started.run(), started.say(&["rehearse", started.file.to_str().expect("a path")])] {
        assert!(code == 1 && said.contains("the runbook leaves of the catalog is not the one"), "{code} {said}");
    }
    fs::remove_file(path).expect("gone");
    let (code, said) = started.run();
    assert!(code == 1 && said.contains("the catalog has no runbook leaves"), "{code} {said}");
    started.nothing_was_recorded();
}

#[tokio::test]
async fn a_plan_is_void_as_soon_as_what_it_would_change_was_changed() {
    let started = Started::new("back", &BACK.replace("normal", "emergency"), &[]);
    started.room.by_hand(&json!({"spec": {"paused": true}})).await.expect("paused");
    let (code, said) = started.run();
    assert!(code == 1 && said.contains("what it would change was changed since it was made"), "{code} {said}");
    assert!(said.contains("paused is true, was -"), "{said}");
    started.nothing_was_recorded();
}

#[test]
fn where_nobody_can_look_nothing_is_started() {
    let started = Started::new("back", &BACK.replace("normal", "emergency"), &[]);
    let config = started.room.directory.path().join("config.toml");
    let dead = base_url(std::net::SocketAddr::from(([127, 0, 0, 1], dead_port())));
    let text = fs::read_to_string(&config).expect("readable");
    let there = started.room.running.urls().kubernetes.as_str();
    fs::write(&config, text.replace(there, dead.as_str())).expect("written");
    let (code, said) = started.run();
    assert!(code == 3 && said.contains("nobody can say whether the plan still holds"), "{code} {said}");
    started.nothing_was_recorded();
}
