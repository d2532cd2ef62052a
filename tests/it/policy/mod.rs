//! Policies: judged in a process of their own, whatever they do.

mod commands;
mod document;
mod gate;
mod server;

use std::{path::PathBuf, process::Command};

use serde_json::{Value, json};
use warroom::{
    domain::policy::Decision,
    policy::{court::Court, protocol::Policy},
};

fn court(text: &str) -> Court {
    let policy = Policy { name: "one.rego".to_owned(), text: text.to_owned() };
    Court::new(PathBuf::from(env!("CARGO_BIN_EXE_warroom")), vec![policy])
}

fn decided(text: &str, input: Value) -> Decision {
    let mut decisions = court(text).decide(&[input]);
    assert_eq!(decisions.len(), 1);
    decisions.remove(0)
}

/// The one reason of a denial.
fn reason(decision: &Decision) -> &str {
    assert!(!decision.allows(), "{decision:?}");
    &decision.deny.first().expect("a reason").message
}

const FREEZE: &str = r#"package warroom.gate

default allow := false

allow if count(deny) == 0

deny contains {"id": "freeze", "msg": sprintf("%s is on", [freeze.name]), "overridable_by": freeze.overridable_by} if {
	some freeze in input.freeze
}
"#;

#[test]
fn a_policy_decides_by_its_input() {
    assert!(decided(FREEZE, json!({ "freeze": [] })).allows());
    let denied = decided(FREEZE, json!({ "freeze": [{ "name": "year-end", "overridable_by": ["commander"] }] }));
    assert_eq!(reason(&denied), "year-end is on");
    assert_eq!(denied.deny[0].overridable_by, ["commander"]);
}

#[test]
fn a_denial_in_one_file_counts_for_the_allow_of_another_one() {
    let files = [
        ("a.rego", "package warroom.gate\n\ndeny contains \"first\" if input.first\n"),
        ("b.rego", "package warroom.gate\n\ndefault allow := false\n\nallow if count(deny) == 0\n"),
        (
            "c.rego",
            "package warroom.gate\n\nseen contains one if {\n\tsome one in input.seen\n\tone > 1\n}\n\ndeny contains \"nobody\" if count(seen) == 0\n",
        ),
        (
            "c_test.rego",
            "package warroom.gate_test\n\nimport data.warroom.gate\n\ntest_nobody if not gate.allow with input as {\"seen\": [1]}\n",
        ),
    ];
    let policies = files.map(|(name, text)| Policy { name: name.to_owned(), text: text.to_owned() });
    let court = Court::new(PathBuf::from(env!("CARGO_BIN_EXE_warroom")), policies.to_vec());
    let decisions = court.decide(&[json!({ "seen": [1] }), json!({ "seen": [2] })]);
    assert_eq!(decisions.iter().map(Decision::allows).collect::<Vec<_>>(), [false, true]);
    assert!(court.test().expect("tests").iter().all(|test| test.why.is_none()));
}

#[test]
fn what_no_policy_decides_is_denied() {
    assert!(reason(&decided("package elsewhere\n\nallow := true\n", json!({}))).contains("undefined"));
    assert!(reason(&decided("package warroom.gate\n\nallow if input.never\n", json!({}))).contains("undefined"));
}

#[test]
fn a_policy_that_cannot_be_read_denies_and_says_where() {
    let denied = decided("package warroom.gate\n\nallow if {\n", json!({}));
    assert!(reason(&denied).contains("one.rego:"), "{}", reason(&denied));
    assert_eq!(court("package warroom.gate\n\nallow if {\n").check().len(), 1);
    assert_eq!(court("package warroom.gate\n\nallow if nothing_of_the_kind(1)\n").check().len(), 1);
    assert_eq!(court(FREEZE).check(), Vec::<String>::new());
}

#[test]
fn a_policy_without_an_end_is_ended_and_denies() {
    let endless = "package warroom.gate\n\nallow if {\n\tsome a in numbers.range(1, 100000)\n\tsome b in numbers.range(1, 100000)\n\ta + b < 0\n}\n";
    assert!(!decided(endless, json!({})).allows());
    // Nothing in the interpreter looks at the time here.
    let huge = "package warroom.gate\n\nallow if count(numbers.range(1, 100000000)) > 0\n";
    assert!(!decided(huge, json!({})).allows());
}

#[test]
fn however_many_releases_a_slow_policy_is_asked_about_it_takes_seconds() {
    let endless = "package warroom.gate\n\nallow if {\n\tsome a in numbers.range(1, 100000)\n\tsome b in numbers.range(1, 100000)\n\ta + b < 0\n}\n";
    let inputs = vec![json!({}); 100];
    let decisions = court(endless).decide(&inputs);
    assert_eq!(decisions.len(), 100);
    assert!(decisions.iter().all(|decision| !decision.allows()));
    assert!(reason(&decisions[99]).contains("5s for all"), "{}", reason(&decisions[99]));
}

#[test]
fn a_policy_that_meets_a_fault_of_the_interpreter_denies() {
    let panics = "package warroom.gate\n\nallow if strings.count(\"abc\", \"\") >= 0\n";
    let denied = decided(panics, json!({}));
    assert!(!denied.allows(), "{denied:?}");
    let deep = format!("package warroom.gate\n\nallow if {}1{} == 1\n", "(".repeat(50_000), ")".repeat(50_000));
    assert!(!decided(&deep, json!({})).allows());
}

#[test]
fn a_policy_that_calls_out_is_denied() {
    let calls = "package warroom.gate\n\nallow if http.send({\"method\": \"get\", \"url\": \"http://127.0.0.1:1/\"}).status_code > 0\n";
    assert!(!decided(calls, json!({})).allows());
}

#[test]
fn one_input_that_cannot_be_judged_denies_that_one_alone() {
    let some = "package warroom.gate\n\nallow if not input.huge\n\nallow if count(numbers.range(1, input.huge)) > 0\n";
    let decisions = court(some).decide(&[json!({}), json!({ "huge": 100_000_000 }), json!({})]);
    let allowed: Vec<bool> = decisions.iter().map(Decision::allows).collect();
    assert_eq!(allowed, [true, false, true]);
}

#[test]
fn without_the_process_that_judges_nothing_is_allowed() {
    let nowhere = Court::new(PathBuf::from("/nowhere/warroom"), Vec::new());
    assert!(reason(&nowhere.decide(&[json!({})])[0]).contains("no process to judge"));
}

#[test]
fn the_policies_to_start_from_pass_their_tests_and_a_broken_one_is_told() {
    let run = |config: &str| {
        let command = Command::new(env!("CARGO_BIN_EXE_warroom"))
            .args(["policy", "test", "--config", config])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("it starts");
        (command.status.code(), String::from_utf8_lossy(&command.stdout).into_owned())
    };
    let (code, text) = run("docs/examples/config.toml");
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("ok      data.warroom.gate_test.test_a_freeze_stops_a_normal_change"), "{text}");
    assert!(text.trim_end().ends_with("0 failed"), "{text}");

    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir_all(folder.path().join("catalog/policies")).expect("a folder");
    std::fs::write(folder.path().join("config.toml"), "").expect("written");
    let wrong = "package warroom.gate_test\n\ntest_right if 1 == 1\n\ntest_wrong if 1 == 2\n";
    std::fs::write(folder.path().join("catalog/policies/one_test.rego"), wrong).expect("written");
    let (code, text) = run(&folder.path().join("config.toml").display().to_string());
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("FAILED  data.warroom.gate_test.test_wrong: it is undefined"), "{text}");
    assert!(text.contains("1 passed, 1 failed"), "{text}");
}
