//! The gate for pipelines, in front of the simulator: no terminal, an exit code, and the reasons in every form.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
    time::Instant,
};

use serde_json::Value;

use crate::support::DEADLINE;

/// A story in a process of its own, and settings that lead to it.
pub(crate) struct Story {
    pub(crate) folder: tempfile::TempDir,
    simulator: Child,
}

impl Story {
    pub(crate) fn new(scenario: &str, speed: &str) -> Self {
        let mut simulator = Command::new(env!("CARGO_BIN_EXE_warroom"))
            .args(["demo", "--serve", "--listen", "127.0.0.1:0", "--speed", speed, "--scenario", scenario])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut lines = BufReader::new(simulator.stdout.take().expect("piped")).lines();
        let mut url = |name: &str| {
            let said = lines.find_map(|line| Some(line.ok()?.strip_prefix(name)?.trim().to_owned()));
            said.unwrap_or_else(|| panic!("{name} was not named"))
        };
        let urls = [url("Prometheus "), url("Alertmanager "), url("Kubernetes ")];
        let folder = tempfile::tempdir().expect("a folder");
        let written = Command::new(env!("CARGO_BIN_EXE_warroom"))
            .args(["demo", "--scenario", scenario, "--write"])
            .arg(folder.path())
            .output()
            .expect("it starts");
        assert!(written.status.success());
        let path = folder.path().join("config.toml");
        let mut config = fs::read_to_string(&path).expect("settings");
        for (url, port) in urls.iter().zip([19_090, 19_091, 19_092]) {
            config = config.replace(&format!("http://127.0.0.1:{port}/"), url);
        }
        fs::write(&path, config).expect("settings");
        Self { folder, simulator }
    }

    pub(crate) fn gate(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().expect("it starts")
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
        command.arg("gate").args(arguments).arg("--config").arg(self.folder.path().join("config.toml"));
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        // What whoever runs the tests has stored of versions is no part of the story.
        command.env("XDG_STATE_HOME", self.folder.path().join("state"));
        command
    }

    /// Asks until the answer is `wanted`.
    fn until(&self, wanted: i32) -> Value {
        let started = Instant::now();
        loop {
            let output = self.gate(&["checkout", "--format", "json"]);
            let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
            if output.status.code() == Some(wanted) {
                return document;
            }
            assert!(started.elapsed() < DEADLINE, "gave up: {document:#}");
        }
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        let _ = self.simulator.kill();
        let _ = self.simulator.wait();
    }
}

pub(crate) fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What a program that reads reports finds in the one at `xml`: tests, failures and errors as they are told, and as they are.
fn counted(xml: &str) -> [(usize, usize); 3] {
    let told = |name: &str| {
        let rest = xml.split_once(&format!("{name}=\"")).expect("an attribute").1;
        rest.split('"').next().and_then(|number| number.parse().ok()).expect("a number")
    };
    [
        (told("tests"), xml.matches("<testcase").count()),
        (told("failures"), xml.matches("<failure").count()),
        (told("errors"), xml.matches("<error").count()),
    ]
}

#[test]
fn a_canary_that_hurts_is_answered_with_no_in_every_form() {
    let story = Story::new("bad-canary", "5");
    let document = story.until(1);
    assert_eq!((&document["version"], &document["answer"]), (&1.into(), &"no".into()));
    let reasons = document["verdict"]["reasons"].as_array().expect("reasons");
    assert!(!reasons.is_empty(), "{document:#}");
    let wait = story.gate(&["checkout", "--wait", "10s"]);
    assert_eq!(wait.status.code(), Some(1), "{}", text(&wait));
    assert!(text(&wait).contains("checkout-1.42"), "{}", text(&wait));

    let xml = text(&story.gate(&["checkout", "--format", "junit"]));
    for (told, there) in counted(&xml) {
        assert_eq!(told, there, "{xml}");
    }
    assert!(counted(&xml)[1].0 > 0, "{xml}");

    let summary = story.folder.path().join("summary.md");
    let output = story.command(&["checkout", "--format", "github"]).env("GITHUB_STEP_SUMMARY", &summary).output();
    let output = output.expect("it starts");
    assert_eq!(output.status.code(), Some(1));
    let annotations = text(&output);
    assert!(annotations.starts_with("::error title=warroom gate::"), "{annotations}");
    assert!(annotations.lines().all(|line| line.starts_with("::")), "{annotations}");
    let summary = fs::read_to_string(summary).expect("a summary");
    assert!(summary.starts_with("### ") && summary.contains("| reason | evidence | source |"), "{summary}");
}

#[test]
fn what_cannot_be_seen_is_answered_with_unknown_and_never_with_yes() {
    let mut story = Story::new("bad-canary", "5");
    story.until(1);
    story.simulator.kill().expect("killed");
    story.simulator.wait().expect("ended");
    let output = story.gate(&["checkout"]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output));
}

#[test]
fn a_release_that_nobody_knows_is_an_error_of_the_one_who_asks() {
    let story = Story::new("steady", "1");
    let output = story.gate(&["chekout-9"]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("no release `chekout-9`"), "{told}");
}

#[test]
fn without_sources_it_says_how_to_get_some() {
    let home = tempfile::tempdir().expect("a home");
    let output = Command::new(env!("CARGO_BIN_EXE_warroom"))
        .args(["gate", "checkout"])
        .env_clear()
        .env("HOME", home.path())
        .current_dir(Path::new("/"))
        .stdin(Stdio::null())
        .output()
        .expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no source is configured"));
}
