//! What `config check`, `doctor` and `status` say of policies.

use std::{fs, process::Command};

use serde_json::Value;

use crate::{
    gate::Story,
    support::{base_url, dead_port, http_answer, server_of},
};

/// A configuration with these settings and this policy, and what a command says there: its exit code and what it writes.
fn said(settings: &str, policy: Option<&str>, arguments: &[&str]) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let policies = folder.path().join("catalog/policies");
    fs::create_dir_all(&policies).expect("a folder");
    fs::write(folder.path().join("config.toml"), settings).expect("settings");
    if let Some(policy) = policy {
        fs::write(policies.join("team.rego"), policy).expect("a policy");
    }
    let output = Command::new(env!("CARGO_BIN_EXE_warroom"))
        .args(arguments)
        .arg("--config")
        .arg(folder.path().join("config.toml"))
        .env("HOME", folder.path())
        .output()
        .expect("it starts");
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn config_check_names_file_and_line_of_a_policy_that_cannot_be_judged() {
    let good = "package warroom.gate\n\nallow := true\n";
    let (code, text) = said("", Some(good), &["config", "check"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("1 file of policies"), "{text}");
    for (broken, line) in [
        ("package warroom.gate\n\nallow if {\n", "team.rego:"),
        ("package warroom.gate\n\nallow if {\n\tno_such_function(input.release)\n}\n", "team.rego:4:"),
        ("package warroom.gate\n\nallow if count(deny) == 0\n", "team.rego:3:"),
    ] {
        let (code, text) = said("", Some(broken), &["config", "check"]);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains(line) && text.contains("policies deny every release"), "{line}: {text}");
        let (code, text) = said("", Some(broken), &["config", "check", "--json"]);
        let document: Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!((code, &document["ok"], &document["errors"]), (Some(2), &false.into(), &1.into()), "{text}");
    }
}

#[test]
fn an_agent_at_an_address_that_is_none_is_an_error_of_the_settings() {
    let (code, text) = said("[policy]\nopa = \"opa.example.net\"\n", None, &["config", "check"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("policy.opa"), "{text}");
    let (code, text) = said("[policy]\nopa_url = \"https://opa.example.net\"\n", None, &["config", "check"]);
    assert_eq!(code, Some(2), "{text}");
}

/// What the doctor finds of policies.
fn found(settings: &str, policy: Option<&str>) -> Vec<(String, String, String)> {
    let (_, text) = said(settings, policy, &["doctor", "--json"]);
    let document: Value = serde_json::from_str(&text).expect("JSON");
    let findings = document["findings"].as_array().expect("findings").iter();
    let of_policies = findings.filter(|finding| finding["area"] == "policies");
    let field = |finding: &Value, name: &str| finding[name].as_str().unwrap_or_default().to_owned();
    of_policies
        .map(|one| (field(one, "what"), field(one, "state"), field(one, "found") + &field(one, "advice")))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_says_whether_those_who_judge_can_be_asked() {
    assert!(found("", None).is_empty(), "there is nothing to say without policies");
    let broken = found("", Some("package warroom.gate\n\nallow if {\n"));
    assert!(
        matches!(broken.as_slice(), [(_, state, found)] if state == "failed" && found.contains("team.rego")),
        "{broken:?}"
    );
    let settings = |url: &str| format!("[policy]\nopa = \"{url}v1/data/warroom/gate\"\n");
    let away = found(&settings(&format!("http://127.0.0.1:{}/", dead_port())), None);
    assert!(
        matches!(away.as_slice(), [(_, state, found)] if state == "failed" && found.contains("every release is denied")),
        "{away:?}"
    );
    let undefined = server_of(http_answer("200 OK", "", "{}")).await;
    let undefined = found(&settings(base_url(undefined).as_str()), None);
    assert!(
        matches!(undefined.as_slice(), [(_, state, found)] if state == "failed" && found.contains("undefined")),
        "{undefined:?}"
    );
    let there = server_of(http_answer("200 OK", "", "{\"result\": {\"allow\": false}}")).await;
    let there = found(&settings(base_url(there).as_str()), Some("package warroom.gate\n\nallow := true\n"));
    assert!(there.len() == 2 && there.iter().all(|(_, state, _)| state == "ok"), "{there:?}");
}

#[test]
fn status_asks_policies_and_tells_what_they_decide() {
    let story = Story::new("slow-canary", "1");
    let policies = story.folder.path().join("catalog/policies");
    fs::create_dir_all(&policies).expect("a folder");
    let policy = "package warroom.gate\n\nallow := false\n\ndeny contains \"never on a friday\"\n";
    fs::write(policies.join("team.rego"), policy).expect("a policy");
    let output = Command::new(env!("CARGO_BIN_EXE_warroom"))
        .args(["status", "checkout", "--json", "--config"])
        .arg(story.folder.path().join("config.toml"))
        .current_dir(story.folder.path())
        .output()
        .expect("it starts");
    let document: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let verdict = &document["releases"][0]["verdict"];
    let reasons = verdict["reasons"].as_array().expect("reasons");
    let denied = |reason: &&Value| reason["input"] == "policy" && reason["text"] == "never on a friday";
    assert_eq!(reasons.iter().filter(denied).count(), 1, "{verdict:#}");
}
