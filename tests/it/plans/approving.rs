//! A second person's approval, with real keys in real agents.

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use serde_json::{Value, json};
use warroom::domain::plan::Plan;

use super::{
    BACK, Room,
    commands::{CHECKOUT, warroom},
};
use crate::{
    ledger::{
        acts::sign_file,
        agent::{agent, key, public, ssh_add},
    },
    support::Running,
};

const ROLES: &str = "[roles.sre]\nmembers = [\"mira\", \"jo\", \"ana\"]\nmay = [\"approve\", \"tick\", \"sign\", \"decide\"]\n\
    [roles.release-manager]\nmembers = [\"mira\"]\nmay = [\"tick\", \"sign\"]\n\
    [roles.product]\nmembers = [\"jo\"]\nmay = [\"tick\"]\n";

/// A person with a key in an agent of their own.
struct Person {
    socket: PathBuf,
    _agent: Running,
}

async fn people(room: &Room) -> [Person; 3] {
    let mut allowed = String::new();
    let mut people = Vec::new();
    for name in ["mira", "jo", "ana"] {
        let folder = room.directory.path().join("keys").join(name);
        fs::create_dir_all(&folder).expect("made");
        let key = key(&folder, "ed25519");
        let _ = writeln!(allowed, "{name} namespaces=\"warroom.*\" {}", public(&key));
        let (running, socket) = agent(&folder).await;
        ssh_add(&socket, &["-q", &key.to_string_lossy()]);
        people.push(Person { socket, _agent: running });
    }
    let catalog = room.directory.path().join("catalog");
    fs::write(catalog.join("allowed_signers"), allowed).expect("written");
    fs::write(catalog.join("roles.toml"), ROLES).expect("written");
    people.try_into().unwrap_or_else(|_| panic!("three"))
}

/// The plan's hash and the request's code, as they are printed.
fn printed(told: &str) -> (String, String) {
    let hash = told.lines().find_map(|line| line.trim().strip_prefix("plan ")).expect("a hash").trim().to_owned();
    let (_, behind) = told.split_once("runbook approve ").expect("a code");
    (hash, behind.split('`').next().expect("a code").to_owned())
}

/// Nobody may run it alone, and what it did can be seen at once.
const ABORT: &str = r#"
title = "Abort the canary"
budget = "10m"
[approvals]
normal = { role = "sre", count = 2 }
[[step]]
id = "abort"
do.rollout.verb = "abort"
[[validation]]
id = "traffic"
do = { check = { kubernetes = { kind = "Rollout", namespace = "shop", name = "checkout", field = "/status/abort", must = "== true" } } }
"#;

#[tokio::test]
async fn who_breaks_the_glass_signs_once_names_who_was_skipped_and_owes_a_review() {
    let room = Room::new("bad-canary", 30, &[("abort", ABORT), ("back", BACK)]);
    let [mira, jo, ana] = people(&room).await;
    let file = room.directory.path().join("plan.json").display().to_string();
    let say = |who: &Person, arguments: &[&str]| {
        let (code, told, errors) = warroom(&room, arguments, Some(&who.socket));
        (code, format!("{told}{errors}"))
    };
    let (code, told) = say(&mira, &[&["plan", "abort"], &CHECKOUT[..], &["--output", &file]].concat());
    assert_eq!(code, 0, "{told}");
    let phrase = ["--phrase", "rollback checkout prod to 1.41.7"];
    let run = [&["run", &file], &phrase[..], &["--reason", "users wait"]].concat();
    let glass = [&run[..], &["--break-glass", "--incident", "INC-7"]].concat();
    let (code, told) = say(&mira, &run);
    assert!(code == 1 && told.contains("2 of sre"), "{code} {told}");
    // Without a key that counts nobody breaks it, and nothing is recorded.
    let (code, told, errors) = warroom(&room, &glass, None);
    assert!(code == 2 && errors.contains("SSH_AUTH_SOCK"), "{code} {told}{errors}");
    let (_, told) = say(&ana, &["approve"]);
    assert!(told.contains("nothing waits"), "{told}");
    let (code, told) = say(&mira, &glass);
    assert_eq!(code, 0, "{told}");
    for words in [
        "BREAKING THE GLASS: rollback checkout prod to 1.41.7 runs without the approval of 2 of sre",
        "approval.break-glass",
        "by mira as sre (signed with SHA256:",
        "skipped, tell them: ana, jo",
        "WITHOUT its approvals",
        "VERIFIED",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let owed = "of checkout in prod ran WITHOUT its approvals, by ";
    let (_, list) = say(&jo, &["list"]);
    let closes = list.lines().find_map(|line| line.trim().strip_prefix("`warroom runbook resolve ")).expect("owed");
    let id = closes.split(' ').next().expect("a run").to_owned();
    for arguments in [&["list"][..], &["show", "abort"]] {
        let (_, told) = say(&jo, arguments);
        assert!(told.contains(&format!("REVIEW OWED  {id} {owed}")), "{told}");
        assert!(told.contains("for INC-7: users wait"), "{told}");
    }
    let (_, other) = say(&jo, &["show", "back"]);
    assert!(!other.contains("REVIEW OWED"), "of another runbook: {other}");
    let (_, json, _) = warroom(&room, &["list", "--json"], None);
    let json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["runbooks"][0]["reviews_owed"][0]["incident"], "INC-7", "{json}");
    let (code, told) = say(&jo, &["resolve", &id, "--reviewed", "--reason", " "]);
    assert!(code == 2 && told.contains("what was found"), "{told}");
    let (code, told) = say(&jo, &["resolve", &id, "--reviewed", "--reason", "it was right"]);
    assert!(code == 0 && told.contains("review.close"), "{told}");
    let (_, list) = say(&jo, &["list"]);
    assert!(!list.contains("REVIEW OWED"), "{list}");
    let (code, told) = say(&jo, &["resolve", &id, "--reviewed", "--reason", "again"]);
    assert!(code == 1 && told.contains("owes no review"), "{told}");
}

/// A person with a role does it, and writes down what was seen.
const RESTORE: &str = r#"
title = "Restore by hand"
budget = "10m"
[[step]]
id = "restore"
timeout = "5m"
do.manual = { instruction = "Restore the orders", who = "release-manager", evidence = true }
undo.manual = { instruction = "Drop them again" }
"#;

#[tokio::test]
async fn an_approval_is_signed_where_the_key_is_and_brought_back() {
    let text = format!("{BACK}\n[approvals]\nnormal = {{ role = \"sre\" }}\n");
    let room = Room::new("bad-canary", 30, &[("back", &text)]);
    let [mira, ..] = people(&room).await;
    let (_, told, _) = warroom(&room, &[&["plan", "back"], &CHECKOUT[..], &["--request"]].concat(), Some(&mira.socket));
    let (hash, word) = printed(&told);
    let file = room.directory.path().join("statement.json");
    let say = |arguments: &[&str]| {
        let (code, told, errors) = warroom(&room, arguments, None);
        (code, format!("{told}{errors}"))
    };
    let print = |who: &str| say(&["approve", &word, "--print", "--as", who, "--output", "statement.json"]);
    let (code, told) = print("mira");
    assert!(code == 1 && told.contains("who asks does not approve"), "{code} {told}");
    let (code, told) = print("nobody");
    assert!(code == 1 && told.contains("no key of nobody"), "{code} {told}");
    let (code, told) = print("jo");
    assert_eq!(code, 0, "{told}");
    for words in [&hash, "ssh-keygen -Y sign -n warroom.approval.v1", "warroom runbook approve --apply statement.json"]
    {
        assert!(told.contains(words), "{words}: {told}");
    }
    let key = |who: &str| room.directory.path().join("keys").join(who).join("ed25519");
    let sign = |who: &str| {
        let _ = fs::remove_file(room.directory.path().join("statement.json.sig"));
        sign_file(&key(who), "warroom.approval.v1", &file);
    };
    let apply = || say(&["approve", "--apply", "statement.json"]);
    sign("ana");
    let (code, told) = apply();
    assert!(code == 1 && told.contains("ana"), "another person's key: {code} {told}");
    sign("jo");
    let good = fs::read_to_string(&file).expect("readable");
    fs::write(&file, good.replace("approve", "deny")).expect("written");
    let (code, told) = apply();
    assert!(code == 1, "something else than was signed: {code} {told}");
    fs::write(&file, good).expect("written");
    let (code, told) = apply();
    assert!(code == 0 && told.contains("approval.give") && told.contains("APPROVED, for "), "{code} {told}");
    assert!(told.contains("approve was signed by jo, as sre"), "{told}");
    let (code, told) = apply();
    assert!(code == 1 && told.contains("recorded before"), "{code} {told}");
}

#[tokio::test]
async fn of_several_keys_the_one_that_fits_the_role_signs_and_the_preview_names_it() {
    let text = format!("{BACK}\n[approvals]\nnormal = {{ role = \"sre\" }}\n");
    let room = Room::new("bad-canary", 30, &[("back", &text)]);
    let [mira, jo, _] = people(&room).await;
    // A key of gil, who may approve nothing, comes first in the agent.
    let folder = room.directory.path().join("keys/gil");
    fs::create_dir_all(&folder).expect("made");
    let gil = key(&folder, "ed25519");
    let allowed = room.directory.path().join("catalog/allowed_signers");
    let names = fs::read_to_string(&allowed).expect("readable");
    fs::write(&allowed, format!("{names}gil namespaces=\"warroom.*\" {}\n", public(&gil))).expect("written");
    let jos = room.directory.path().join("keys/jo/ed25519");
    ssh_add(&jo.socket, &["-q", "-D"]);
    ssh_add(&jo.socket, &["-q", &gil.to_string_lossy()]);
    ssh_add(&jo.socket, &["-q", &jos.to_string_lossy()]);
    let (_, told, _) = warroom(&room, &[&["plan", "back"], &CHECKOUT[..], &["--request"]].concat(), Some(&mira.socket));
    let (hash, _) = printed(&told);
    let (code, told, shown) = warroom(&room, &["approve", &hash], Some(&jo.socket));
    assert!(code == 0 && told.contains("by jo as sre (signed with SHA256:"), "{code} {told}{shown}");
    assert!(shown.contains("approve is signed by jo with SHA256:") && shown.contains(", as sre"), "{shown}");
}

#[tokio::test]
async fn how_a_manual_step_went_is_said_and_signed_by_somebody_with_its_role() {
    let room = Room::new("bad-canary", 30, &[("restore", RESTORE), ("back", BACK)]);
    let [mira, jo, _] = people(&room).await;
    let file = room.directory.path().join("plan.json").display().to_string();
    let say = |who: &Person, arguments: &[&str]| {
        let (code, told, errors) = warroom(&room, arguments, Some(&who.socket));
        (code, format!("{told}{errors}"))
    };
    let (code, told) = say(&jo, &[&["plan", "restore"], &CHECKOUT[..], &["--output", &file]].concat());
    assert_eq!(code, 0, "{told}");
    let (code, told) =
        say(&jo, &["run", &file, "--phrase", "run restore checkout prod", "--reason", "orders are lost"]);
    assert!(code == 3 && told.contains("it waits for a person (release-manager): Restore the orders"), "{code} {told}");
    let id = told.split_whitespace().find(|word| word.starts_with("run-")).expect("a run").trim_matches(':').to_owned();
    let done = ["resolve", &id, "--outcome", "succeeded", "--reason", "orders-2 has 4,120 rows"];
    let (code, told) = say(&jo, &done);
    assert!(code == 1 && told.contains("is for release-manager (mira), and jo is not among them"), "{code} {told}");
    let (code, told) = say(&mira, &done);
    assert!(code == 1 && told.contains("restore SUCCEEDED (a person says so)"), "{code} {told}");
    let (code, told) = ledger(&room, &["verify"]);
    assert!(code == 0 && told.contains("holds"), "{code} {told}");
    let (_, told) = ledger(&room, &["show", "--json"]);
    for words in [r#""principal": "mira""#, r#""role": "release-manager""#, r#""state": "verified""#] {
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[tokio::test]
async fn a_window_and_a_hold_stop_what_goes_forward_and_no_way_back() {
    let back = ABORT.replace("[approvals]\nnormal = { role = \"sre\", count = 2 }\n", "");
    let on = back.replace("verb = \"abort\"", "verb = \"resume\"");
    let room = Room::new("bad-canary", 30, &[("back", BACK), ("abort", &back), ("on", &on)]);
    room.by_hand(&json!({"spec": {"paused": true}})).await.expect("paused");
    let [mira, ..] = people(&room).await;
    let file = |runbook: &str| room.directory.path().join(format!("{runbook}.json")).display().to_string();
    let run = |runbook: &str| {
        let path = file(runbook);
        let plan = ["plan", runbook, "--release", "checkout-1.42", "--service", "checkout", "--output", &path];
        let (code, told, errors) = warroom(&room, &plan, None);
        assert_eq!(code, 0, "{told}{errors}");
        let plan: Plan = serde_json::from_slice(&fs::read(&path).expect("a file")).expect("a plan");
        let hash = plan.hash().expect("a hash").to_string();
        let (code, told, errors) = warroom(&room, &["run", &path, "--confirm", &hash, "--reason", "a test"], None);
        (code, format!("{told}{errors}"))
    };
    let (code, told) = run("on");
    assert!(code == 1 && told.contains("the change window is from 2025-"), "{code} {told}");
    let release = room.directory.path().join("catalog/releases/checkout-1.42.toml");
    let text = fs::read_to_string(&release).expect("readable");
    let without: Vec<_> = text.lines().filter(|line| !line.starts_with("window")).collect();
    fs::write(&release, without.join("\n")).expect("written");
    let decide = ["decide", "checkout-1.42", "hold", "--reason", "burn is high"];
    let (code, told) = program(&room, &decide, Some(&mira.socket));
    assert_eq!(code, 0, "{told}");
    let (code, told) = run("on");
    assert!(code == 1 && told.contains("mira decided hold: burn is high"), "{code} {told}");
    let (code, told) = run("abort");
    assert!(code == 0 && told.contains("VERIFIED"), "{code} {told}");
}

/// `warroom ledger` with these arguments.
fn ledger(room: &Room, arguments: &[&str]) -> (i32, String) {
    program(room, &[&["ledger"], arguments].concat(), None)
}

/// What `warroom` with these arguments says, with the keys of that agent.
fn program(room: &Room, arguments: &[&str], agent: Option<&Path>) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
    command.env_remove("SSH_AUTH_SOCK").stdin(Stdio::null());
    command.envs(agent.map(|agent| ("SSH_AUTH_SOCK", agent)));
    let output = command
        .args(arguments)
        .arg("--config")
        .arg(room.directory.path().join("config.toml"))
        .env("XDG_STATE_HOME", room.directory.path())
        .env("HOME", room.directory.path())
        .current_dir(room.directory.path())
        .output()
        .expect("runs");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code().expect("a code"), String::from_utf8(text).expect("text"))
}

#[tokio::test]
async fn glass_that_nothing_is_behind_and_what_somebody_denied_is_not_broken() {
    let room = Room::new("bad-canary", 30, &[("abort", ABORT), ("back", BACK)]);
    let [mira, jo, _] = people(&room).await;
    let file = room.directory.path().join("plan.json").display().to_string();
    let say = |who: &Person, arguments: &[&str]| {
        let (code, told, errors) = warroom(&room, arguments, Some(&who.socket));
        (code, format!("{told}{errors}"))
    };
    let phrase = ["--phrase", "rollback checkout prod to 1.41.7", "--reason", "users wait"];
    let glass = [&["run", &file], &phrase[..], &["--break-glass", "--incident", "INC-7"]].concat();
    let (code, told) = say(&mira, &[&["plan", "back"], &CHECKOUT[..], &["--output", &file]].concat());
    assert_eq!(code, 0, "{told}");
    let (code, told) = say(&mira, &glass);
    assert!(code == 2 && told.contains("needs nobody's approval"), "{code} {told}");
    let (_, told) = say(&mira, &[&["plan", "abort"], &CHECKOUT[..], &["--output", &file, "--request"]].concat());
    let (_, word) = printed(&told);
    let (code, told) = say(&jo, &["approve", &word, "--deny", "--reason", "the database is being moved"]);
    assert_eq!(code, 0, "{told}");
    let (code, told) = say(&mira, &glass);
    assert!(code == 1 && told.contains("jo denies it: the database is being moved"), "{code} {told}");
    assert!(!told.contains("approval.break-glass"), "{told}");
}

#[tokio::test]
async fn a_plan_is_approved_by_another_person_and_by_its_hash() {
    let text = format!("{BACK}\n[approvals]\nnormal = {{ role = \"sre\" }}\n");
    let room = Room::new("bad-canary", 30, &[("back", &text)]);
    let [mira, jo, ana] = people(&room).await;
    let say = |who: &Person, arguments: &[&str]| warroom(&room, arguments, Some(&who.socket));
    let (code, told, errors) = say(&mira, &[&["plan", "back"], &CHECKOUT[..], &["--request"]].concat());
    assert_eq!(code, 0, "{told}{errors}");
    assert!(told.contains("approval   1 of sre") && !told.contains("Not signed"), "{told}");
    let (hash, word) = printed(&told);
    // Who asks does not approve, and nobody approves what was not shown.
    let (code, _, why) = say(&mira, &["approve", &hash]);
    assert!(code == 1 && why.contains("who asks does not approve"), "{code} {why}");
    let (code, _, why) = say(&jo, &["approve", &word]);
    assert!(code == 2 && why.contains("digits of its hash"), "{code} {why}");
    let (code, told, _) = say(&jo, &["approve"]);
    assert!(code == 0 && told.contains(&word) && told.contains("waits for 1 of sre"), "{told}");
    let (code, told, shown) = say(&jo, &["approve", &hash]);
    assert_eq!(code, 0, "{told}{shown}");
    assert!(shown.contains(&hash) && shown.contains(r#"{"status":{"abort":true}}"#), "the same plan: {shown}");
    assert!(told.contains("APPROVED, for ") && told.contains("approve jo as sre"), "{told}");
    // A denial is heard after it, and sticks.
    let (code, told, _) = say(&ana, &["approve", &word, "--deny", "--reason", "the database is being moved"]);
    assert!(code == 0 && told.contains("DENIED"), "{code} {told}");
    let (code, _, why) = say(&jo, &["approve", &hash]);
    assert!(code == 1 && why.contains("sticks until it is another plan"), "{code} {why}");
    let (code, _, why) = say(&jo, &["approve", "babab-babab"]);
    assert!(code == 2 && why.contains("no request is called"), "{code} {why}");
}
