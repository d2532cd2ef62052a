//! `warroom runbook plan` as a person or a script sees it.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use warroom::domain::plan::Plan;

use super::{BACK, Room};
use crate::support::base_url;

fn plan(room: &Room, arguments: &[&str]) -> (i32, String, String) {
    warroom(room, &[&["plan", "back"], arguments].concat(), None)
}

/// What `warroom runbook` with these arguments says, with the keys of that agent.
pub(super) fn warroom(room: &Room, arguments: &[&str], agent: Option<&Path>) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
    command.env_remove("SSH_AUTH_SOCK").stdin(Stdio::null());
    if let Some(agent) = agent {
        command.env("SSH_AUTH_SOCK", agent);
    }
    let output = command
        .arg("runbook")
        .args(arguments)
        .arg("--config")
        .arg(room.directory.path().join("config.toml"))
        .env("XDG_STATE_HOME", room.directory.path())
        .env("HOME", room.directory.path())
        .current_dir(room.directory.path())
        .output()
        .expect("runs");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code().expect("a code"), text(output.stdout), text(output.stderr))
}

pub(super) const CHECKOUT: [&str; 4] = ["--service", "checkout", "--environment", "prod"];

#[test]
fn a_plan_is_told_in_full_and_a_file_carries_it() {
    let room = Room::new("bad-canary", 30, &[("back", BACK)]);
    let file = room.directory.path().join("plan.json");
    let file = file.to_str().expect("a path");
    let (code, told, errors) = plan(&room, &[&CHECKOUT[..], &["--output", file]].concat());
    assert_eq!(code, 0, "{told}{errors}");
    for words in [
        "back: Back to what ran before",
        "checkout in prod (PRODUCTION), no release, class normal",
        "1.42.0, and 1.41.7 afterwards",
        "R3: it changes the version that runs in production",
        "rollback checkout prod to 1.41.7",
        "10m; the limits of all steps together are 10m",
        "rehearsed  rehearsals not known: there is no ledger to read",
        r#"{"status":{"abort":true}}"#,
        "+ traffic: all to",
        "seen     generation",
        "/status/abort == true",
        "undo     PATCH Rollout shop/checkout",
        "note     abort: ",
    ] {
        assert!(told.contains(words), "{words:?} in\n{told}");
    }
    let plan_file: Plan = serde_json::from_slice(&std::fs::read(file).expect("a file")).expect("a plan");
    assert!(told.contains(&plan_file.hash().expect("a hash").to_string()), "{told}");
    let (code, json, _) = plan(&room, &[&CHECKOUT[..], &["--json"]].concat());
    let printed: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((code, printed), (0, serde_json::to_value(&plan_file).expect("JSON")));
    let (code, same, _) = plan(&room, &[&CHECKOUT[..], &["--diff", file]].concat());
    assert!(code == 0 && same.starts_with("the same plan"), "{same}");
    let (code, differs, _) = plan(&room, &["--service", "payments", "--environment", "prod", "--diff", file]);
    assert_eq!(code, 1, "{differs}");
    assert!(differs.contains("target service is payments, was checkout"), "{differs}");
    let (code, rehearsal, _) = plan(&room, &[&CHECKOUT[..], &["--rehearsal"]].concat());
    assert!(code == 0 && rehearsal.starts_with("REHEARSAL: nothing is changed."), "{rehearsal}");
    assert!(rehearsal.contains("R1: it is a rehearsal"), "{rehearsal}");
}

#[test]
fn exit_codes_tell_a_refusal_from_a_question_asked_wrongly_and_from_not_knowing() {
    let retry = BACK.replace("\"back\"", "\"retry\"");
    let mut room = Room::new("bad-canary", 30, &[("back", &retry)]);
    let (code, _, why) = plan(&room, &CHECKOUT);
    assert!(code == 1 && why.contains("not aborted"), "{code} {why}");
    let (code, _, why) = plan(&room, &["--service", "nothing", "--environment", "prod"]);
    assert!(code == 2 && why.contains("no service nothing"), "{code} {why}");
    let (code, _, why) = plan(&room, &["--set", "novalue"]);
    assert!(code == 2 && why.contains("NAME=VALUE"), "{code} {why}");
    let config = room.directory.path().join("config.toml");
    let dead = base_url(std::net::SocketAddr::from(([127, 0, 0, 1], crate::support::dead_port())));
    let text = std::fs::read_to_string(&config).expect("readable");
    std::fs::write(&config, text.replace(room.running.urls().kubernetes.as_str(), dead.as_str())).expect("written");
    room.again();
    let (code, _, why) = plan(&room, &CHECKOUT);
    assert!(code == 3 && why.contains("could not be read"), "{code} {why}");
}

#[tokio::test]
async fn hostile_text_of_an_object_never_reaches_the_screen_as_it_is() {
    let room = Room::new("bad-canary", 30, &[("back", BACK)]);
    let hostile = "shop/checkout:1.42.0\u{1b}]0;owned\u{7}\u{202e}\n  risk       R0: it only looks";
    let container = json!({"name": "a\u{9b}2J", "image": hostile, "args": ["\u{1b}[2J"]});
    let template = json!({"metadata": {"labels": {"app": "checkout"}}, "spec": {"containers": [container]}});
    room.by_hand(&json!({"spec": {"template": template}})).await.expect("patched");
    let (code, told, errors) = plan(&room, &CHECKOUT);
    assert_eq!(code, 0, "{told}{errors}");
    let raw = |text: &str| text.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{202e}'));
    assert!(!raw(&told) && !raw(&errors), "{told:?}");
    assert_eq!(told.lines().filter(|line| line.trim_start().starts_with("risk ")).count(), 1, "{told}");
    let (_, json, _) = plan(&room, &[&CHECKOUT[..], &["--json"]].concat());
    assert!(!raw(&json) && serde_json::from_str::<Plan>(&json).is_ok(), "{json}");
}
