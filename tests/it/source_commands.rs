//! `warroom sources` and `warroom doctor`, as a user runs them.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt as _;
use warroom::{domain::clean::is_safe, sources::kinds};

use crate::support::{base_url, dead_port, http_answer, server, server_of};

const ALERT: &str = r#"[{"fingerprint":"01","startsAt":"2026-11-20T23:29:52Z","labels":{"alertname":"Down"},"status":{"state":"active"}}]"#;

/// The program in a folder of its own, without anything of the one who runs the tests.
fn warroom(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
    command.args(arguments).current_dir(folder).env_clear().env("HOME", folder).stdin(Stdio::null());
    command
}

/// Runs it where blocking does not keep the servers of the test from answering.
async fn run(mut command: Command) -> Output {
    tokio::task::spawn_blocking(move || command.output().expect("it runs")).await.expect("it ends")
}

fn folder(config: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("temporary folder");
    std::fs::write(folder.path().join("warroom.toml"), config).expect("temporary file");
    folder
}

fn alertmanager(name: &str, url: &str) -> String {
    format!("[[source]]\nname = \"{name}\"\nkind = \"alertmanager\"\nurls = [\"{url}\"]\n")
}

/// A server with one alert and no silence.
async fn with_one_alert() -> url::Url {
    let address = server(|request, mut stream| async move {
        let body = if request.head.starts_with("GET /api/v2/alerts") { ALERT } else { "[]" };
        let _ = stream.write_all(http_answer("200 OK", "", body).as_bytes()).await;
    })
    .await;
    base_url(address)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

#[tokio::test]
async fn the_sample_of_every_kind_is_a_configuration_that_works() {
    for kind in kinds::all() {
        let folder = folder(&format!("[environments.prod]\n{}", kind.sample));
        let output = run(warroom(folder.path(), &["sources", "list", "--json"])).await;
        assert_eq!(output.status.code(), Some(0), "{}: {}", kind.name, text(&output.stderr));
        let listed: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        assert!(listed["sources"].as_array().expect("a list").iter().all(|source| source["kind"] == kind.name));
    }
}

#[tokio::test]
async fn list_names_kinds_decoders_and_sources_without_credentials() {
    let folder = folder(&alertmanager("am", "https://am.example:9093/prefix"));
    let output = run(warroom(folder.path(), &["sources", "list"])).await;
    let listed = text(&output.stdout);
    for part in ["kind = \"alertmanager\"", "sources decode alertmanager", "https://am.example:9093/prefix"] {
        assert!(listed.contains(part), "{part} is not in\n{listed}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn check_tells_good_partial_and_failed_sources_by_word_and_exit_code() {
    let good = with_one_alert().await;
    let dead = format!("http://127.0.0.1:{}", dead_port());

    let all_good = folder(&alertmanager("am", good.as_str()));
    let output = run(warroom(all_good.path(), &["sources", "check"])).await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("am  ok  alertmanager"), "{}", text(&output.stdout));

    let failed = folder(&(alertmanager("am", good.as_str()) + &alertmanager("dead", &dead)));
    let output = run(warroom(failed.path(), &["sources", "check"])).await;
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("dead  failed") && said.contains("refuses connections") && said.contains("what to do:"),
        "{said}"
    );

    let output = run(warroom(failed.path(), &["sources", "check", "--json"])).await;
    let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        (&said["state"], &said["sources"][1]["feeds"][0]["error"]["kind"]),
        (&json!("failed"), &json!("connect"))
    );
    assert_eq!(said["sources"][1]["feeds"][0]["facts"], Value::Null, "a failed feed has no count, not 0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_answers_in_part_is_neither_good_nor_failed() {
    let empty = base_url(server_of(http_answer("200 OK", "", "[]")).await);
    let dead = format!("http://127.0.0.1:{}", dead_port());
    let config = format!("[[source]]\nname = \"am\"\nkind = \"alertmanager\"\nurls = [\"{empty}\", \"{dead}\"]\n");
    let folder = folder(&config);
    let output = run(warroom(folder.path(), &["sources", "check"])).await;
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains(&format!("missing: peer {dead}")), "{}", text(&output.stdout));
}

#[tokio::test]
async fn check_without_sources_says_what_to_do() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let output = run(warroom(folder.path(), &["sources", "check"])).await;
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("[[source]]"), "{}", text(&output.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_missing_secret_fails_its_source_and_never_the_command() {
    let config = alertmanager("am", "http://127.0.0.1:9") + "auth = { bearer = { env = \"NO_SUCH_TOKEN\" } }\n";
    let folder = folder(&config);
    let output = run(warroom(folder.path(), &["sources", "check"])).await;
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stdout).contains("NO_SUCH_TOKEN is not set"), "{}", text(&output.stdout));
}

#[tokio::test]
async fn decode_prints_an_array_from_files_and_from_standard_input() {
    let folder = tempfile::tempdir().expect("temporary folder");
    std::fs::write(folder.path().join("alerts.json"), ALERT).expect("temporary file");
    let output = run(warroom(folder.path(), &["sources", "decode", "alertmanager", "alerts.json"])).await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let from_file: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(from_file[0]["name"], "Down");

    let mut command = warroom(folder.path(), &["sources", "decode", "alertmanager", "-"]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it runs");
    child.stdin.take().expect("piped").write_all(ALERT.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).expect("JSON"), from_file);
}

#[tokio::test]
async fn decode_keeps_hostile_text_as_data() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let hostile = "Down \u{1b}[2J \u{202e} \u{9b}31m";
    let answer = ALERT.replace("Down", &hostile.replace('\u{1b}', "\\u001b"));
    std::fs::write(folder.path().join("alerts.json"), answer).expect("temporary file");
    let output = run(warroom(folder.path(), &["sources", "decode", "alertmanager", "alerts.json"])).await;
    assert!(text(&output.stdout).chars().all(|c| c == '\n' || is_safe(c)));
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).expect("JSON")[0]["name"], hostile);
}

#[tokio::test]
async fn decode_ends_with_one_for_a_bad_answer_and_two_for_a_bad_command() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let write = |name: &str, content: &[u8]| std::fs::write(folder.path().join(name), content).expect("temporary file");
    write("error.json", b"{\"code\":602,\"message\":\"silence not found\"}");
    write("latin.json", b"[\xff]");
    write("page.html", b"<html>");
    for (arguments, code, words) in [
        (["alertmanager", "error.json"], 1, "silence not found"),
        (["alertmanager", "latin.json"], 1, "not text in UTF-8"),
        (["alertmanager", "page.html"], 1, "HTML"),
        (["alertmanager", "missing.json"], 2, "cannot read missing.json"),
        (["alertmanger", "error.json"], 2, "Did you mean `alertmanager`?"),
    ] {
        let output = run(warroom(folder.path(), &[&["sources", "decode"], &arguments[..]].concat())).await;
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output.stderr));
        assert!(text(&output.stderr).contains(words), "{arguments:?}: {}", text(&output.stderr));
        assert!(output.stdout.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn doctor_says_what_works_and_what_to_do_about_the_rest() {
    let good = with_one_alert().await;
    let folder_of_good = folder(&alertmanager("am", good.as_str()));
    let output = run(warroom(folder_of_good.path(), &["doctor"])).await;
    let said = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let parts = ["terminal", "configuration", "warroom.toml: found", "source am", "authentication", "answered in"];
    for part in parts.into_iter().chain(["nobody has recorded anything yet", "allowed_signers", "your keys", "logout"])
    {
        assert!(said.contains(part), "{part} is not in\n{said}");
    }

    let dead = folder(&alertmanager("dead", &format!("http://127.0.0.1:{}", dead_port())));
    let output = run(warroom(dead.path(), &["doctor", "--json"])).await;
    assert_eq!(output.status.code(), Some(1));
    let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(said["ok"], false);
    let findings = said["findings"].as_array().expect("a list");
    assert!(
        findings
            .iter()
            .any(|finding| finding["area"] == "source dead" && finding["state"] == "failed" && finding["advice"] != "")
    );
}

#[tokio::test]
async fn doctor_tells_a_broken_configuration_and_a_first_run_apart() {
    let empty = tempfile::tempdir().expect("temporary folder");
    let output = run(warroom(empty.path(), &["doctor"])).await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("first run"), "{}", text(&output.stdout));

    let broken = folder("[look]\nthem = \"dark\"\n");
    let output = run(warroom(broken.path(), &["doctor"])).await;
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stdout));
    assert!(text(&output.stdout).contains("config check"), "{}", text(&output.stdout));
}
