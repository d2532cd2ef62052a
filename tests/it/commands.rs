//! Headless commands.

use std::process::{Command, Output, Stdio};

use warroom::{
    clock::Clock,
    sim::{self, Options},
};

/// `warroom` with these arguments, in an empty home, without a terminal.
fn warroom(arguments: &[&str]) -> Output {
    let home = tempfile::tempdir().expect("a home");
    Command::new(env!("CARGO_BIN_EXE_warroom"))
        .args(arguments)
        .env_clear()
        .env("HOME", home.path())
        .current_dir(home.path())
        .stdin(Stdio::null())
        .output()
        .expect("it runs")
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

#[test]
fn without_a_terminal_the_console_refuses_and_names_what_to_use() {
    for arguments in [&[][..], &["demo"]] {
        let output = warroom(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(stdout(&output), "", "no escape code gets into a pipe");
        let told = stderr(&output);
        assert!(told.contains("is not a terminal") || told.contains("nor standard output"), "{told}");
        assert!(told.contains("warroom status") && !told.contains('\u{1b}'), "{told}");
    }
}

#[test]
fn a_wrong_command_line_is_told_and_ends_with_two() {
    for arguments in [&["--no-such-flag"][..], &["stauts"], &["demo", "--speed", "fast"], &["completions", "cobol"]] {
        let output = warroom(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn version_help_completions_and_manual_are_there() {
    assert_eq!(stdout(&warroom(&["--version"])), concat!("warroom ", env!("CARGO_PKG_VERSION"), "\n"));
    let help = stdout(&warroom(&["--help"]));
    for command in ["demo", "status", "watch", "sources", "config", "doctor", "completions", "man"] {
        assert!(help.contains(command), "{command}\n{help}");
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let completions = warroom(&["completions", shell]);
        assert_eq!(completions.status.code(), Some(0), "{shell}");
        assert!(stdout(&completions).contains("prometheus"), "{shell}");
    }
    assert!(stdout(&warroom(&["man"])).starts_with(".ie"), "roff");
}

#[test]
fn status_without_sources_says_how_to_get_some() {
    let output = warroom(&["status"]);
    assert_eq!(output.status.code(), Some(2));
    let told = stderr(&output);
    assert!(told.contains("config.toml") && told.contains("--prometheus"), "{told}");
}

#[test]
fn status_is_unknown_where_nobody_answers_and_never_ok() {
    let output = warroom(&["status", "--prometheus", "http://127.0.0.1:1/", "--json"]);
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    let document: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert_eq!(document["version"], 1);
    assert_eq!(document["state"], "unknown");
    assert_eq!(document["exit_code"], 3);
    assert_eq!(document["sources"][0]["name"], "prometheus");
    assert!(document["sources"][0]["error"].is_string(), "{document}");
}

#[test]
fn status_tells_a_healthy_room_in_text_and_json() {
    let options = Options { scenario: "steady".to_owned(), ..Options::new(Clock::real()) };
    let running = sim::start(&options).expect("a simulator");
    let directory = tempfile::tempdir().expect("a directory");
    sim::write(directory.path(), "steady", None, running.urls(), Clock::real().now(), running.people()).expect("files");
    let config = directory.path().join("config.toml");
    let config = config.to_str().expect("UTF-8");
    let output = warroom(&["status", "--config", config, "--json"]);
    let document: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    assert!(document["slos"].as_array().is_some_and(|slos| !slos.is_empty()), "{document:#}");
    let rates = document["slos"][0]["burn"].as_array().expect("burns");
    assert!(rates.iter().any(|burn| burn["rate"].is_number()), "{document:#}");
    assert!(document["sources"].as_array().expect("sources").iter().all(|source| source["error"].is_null()));
    let text = stdout(&warroom(&["status", "--config", config]));
    assert!(text.contains("SLO") && text.contains("SOURCE") && !text.contains('\u{1b}'), "{text}");
    let missing = warroom(&["status", "no-such-release", "--config", config]);
    assert!(matches!(missing.status.code(), Some(1 | 3)));
    assert!(stderr(&missing).contains("no-such-release"));
}
