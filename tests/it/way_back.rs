//! The way back in the demo, as somebody at a command line goes it: plan, run, verified. And with what goes wrong on that way.

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use warroom::{
    clock::Clock,
    domain::{
        ledger::hash::Hash,
        plan::Plan,
        run::{Ending, Run, State},
    },
    ledger::{
        actor,
        store::{Scribe, sqlite::Sqlite},
    },
    runbook::{
        journal::Journal,
        process::{Alive, alive},
    },
};

use crate::support::DEADLINE;

/// A story in a process of its own, twenty times as fast as life.
struct Simulator {
    process: Child,
    prometheus: String,
    alertmanager: String,
    kubernetes: String,
}

impl Simulator {
    fn start() -> Self {
        let mut process = warroom(&["demo", "--serve", "--listen", "127.0.0.1:0", "--speed", "20"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let mut lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        let mut url = |name: &str| {
            let said = lines.find_map(|line| Some(line.ok()?.strip_prefix(name)?.trim().to_owned()));
            said.unwrap_or_else(|| panic!("{name} was not named"))
        };
        let (prometheus, alertmanager, kubernetes) = (url("Prometheus "), url("Alertmanager "), url("Kubernetes "));
        Self { process, prometheus, alertmanager, kubernetes }
    }

    async fn rollout(&self) -> Value {
        let path = "apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/checkout";
        get(&format!("{}/{path}", self.kubernetes), &[]).await
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The story, with a configuration and a catalog that lead to it.
pub(crate) struct Demo {
    folder: tempfile::TempDir,
    simulator: Simulator,
}

impl Demo {
    pub(crate) fn new() -> Self {
        let simulator = Simulator::start();
        let folder = tempfile::tempdir().expect("a folder");
        let written = warroom(&["demo", "--write"]).arg(folder.path().join("demo")).output().expect("it starts");
        assert!(written.status.success(), "{}", said(&written));
        let demo = Self { folder, simulator };
        demo.edit("config.toml", |text| {
            let text = text.replace("http://127.0.0.1:19090/", &demo.simulator.prometheus);
            let text = text.replace("http://127.0.0.1:19091/", &demo.simulator.alertmanager);
            text.replace("http://127.0.0.1:19092/", &demo.simulator.kubernetes)
        });
        // The story is fast, so nobody has to look for long.
        demo.edit("catalog/runbooks/rollback-checkout.toml", |text| {
            let text = text.replace("hold = \"10s\"", "hold = \"1s\"").replace("hold = \"20s\"", "hold = \"1s\"");
            text.replace("every = \"5s\"", "every = \"1s\"")
        });
        demo
    }

    /// Where the configuration is.
    pub(crate) fn config(&self) -> String {
        self.folder.path().join("demo/config.toml").display().to_string()
    }

    /// Waits until the canary hurts.
    pub(crate) async fn hurts(&self) {
        self.until("errors", async |demo| demo.errors().await.is_some_and(|ratio| ratio > 0.05)).await;
    }

    /// Where the files of the story are.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The word for the plan that somebody asked others to approve.
    pub(crate) fn code(&self) -> String {
        let (_, told) = self.say(&["runbook", "approve"]);
        told.split_whitespace().next().expect("a word").to_owned()
    }

    /// Changes a file of the configuration.
    pub(crate) fn edit(&self, name: &str, change: impl Fn(&str) -> String) {
        let path = self.folder.path().join("demo").join(name);
        let before = fs::read_to_string(&path).expect(name);
        let after = change(&before);
        assert_ne!(before, after, "{name} is not as this test knows it");
        fs::write(path, after).expect(name);
    }

    /// warroom in front of this story.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = warroom(arguments);
        command.arg("--config").arg(self.config()).current_dir(self.folder.path());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn say(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = self.command(arguments).output().expect("it starts");
        (output.status.code(), said(&output))
    }

    /// Waits until the canary hurts, and plans the way back.
    pub(crate) async fn plan(&self) -> String {
        self.hurts().await;
        let path = self.folder.path().join("plan.json").display().to_string();
        let plan = ["runbook", "plan", "rollback-checkout", "--release", "checkout-1.42", "--output", &path];
        let (code, text) = self.say(&plan);
        assert_eq!(code, Some(0), "{text}");
        for told in ["R3", PHRASE, "{\"status\":{\"abort\":true}}", "all to registry.example.net/shop/checkout:1.41.7"]
        {
            assert!(text.contains(told), "{told}: {text}");
        }
        path
    }

    /// Starts the plan that lies there, and follows it.
    pub(crate) fn start(&self, plan: &str) -> Child {
        let reason = "the canary fails 40 % of its requests";
        self.command(&["runbook", "run", plan, "--phrase", PHRASE, "--reason", reason]).spawn().expect("it starts")
    }

    async fn until(&self, what: &str, holds: impl AsyncFn(&Self) -> bool) {
        let started = Instant::now();
        while !holds(self).await {
            assert!(started.elapsed() < DEADLINE, "gave up waiting for {what}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The share of requests to checkout that failed in the last minute of the story.
    async fn errors(&self) -> Option<f64> {
        let query = "sum(rate(http_requests_total{service=\"checkout\",code=~\"5..\"}[1m])) / sum(rate(http_requests_total{service=\"checkout\"}[1m]))";
        let answer = get(&format!("{}api/v1/query", self.simulator.prometheus), &[("query", query)]).await;
        answer.pointer("/data/result/0/value/1")?.as_str()?.parse().ok()
    }

    async fn rollout(&self) -> Value {
        self.simulator.rollout().await
    }

    /// The only run.
    pub(crate) fn run(&self) -> Option<Run> {
        let path = self.folder.path().join("demo/ledger.db");
        let store = Sqlite::open(&path, Scribe::new("test".to_owned(), Clock::real())).ok()?;
        let journal = Journal::open(Box::new(store), actor::actor()).ok()?;
        journal.runs().newest().first().map(|run| (*run).clone())
    }

    /// The only run, as soon as it is in its validation.
    pub(crate) fn under_way(&self) -> Run {
        let started = Instant::now();
        loop {
            if let Some(run) = self.run().filter(|run| run.open().is_some_and(|open| open.step == "traffic")) {
                return run;
            }
            assert!(started.elapsed() < DEADLINE, "gave up waiting for the validation");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// What there was of the failed version before anything was done lies in files that the ledger vouches for.
    fn failed_version_is_kept(&self) {
        let run = self.run().expect("a run");
        let directory = self.folder.path().join("demo/runs").join(&run.id);
        let mut files = BTreeMap::new();
        for kept in run.snapshot.expect("a snapshot") {
            let bytes = fs::read(directory.join(&kept.name)).expect(&kept.name);
            assert_eq!((Hash::of(&bytes), bytes.len() as u64), (kept.hash, kept.size), "{}", kept.name);
            let name = kept.name.trim_start_matches("snapshot/").get(3..).expect("a number").to_owned();
            files.insert(name, serde_json::from_slice::<Value>(&bytes).expect("JSON"));
        }
        let object = &files["object-cluster-Rollout_shop_checkout.json"];
        assert_eq!(object["status"]["canary"]["weights"]["canary"]["weight"], 25, "as it was: {object}");
        // A machine that is busy may not answer in time; then that is what is told.
        for (file, what, part) in [
            ("slos-prom.json", "series of prom", "series"),
            ("watched-errors.json", "what errors watches", "query"),
            ("alerts-prom.json", "alerts of prom", "alerts"),
            ("alerts-alerts.json", "alerts of alerts", "alerts"),
        ] {
            let late = run.not_kept.contains(&format!("{what}: no answer within 4 s"));
            assert!(late || files.get(file).is_some_and(|kept| !kept[part].is_null()), "{file}: {:?}", run.not_kept);
        }
    }

    /// The canary is gone, users are served, and the ledger can be trusted.
    pub(crate) async fn is_back(&self) {
        let rollout = self.rollout().await;
        assert_eq!(rollout["status"]["abort"], true, "{rollout}");
        assert_eq!(rollout["status"]["canary"]["weights"]["canary"]["weight"], 0, "{rollout}");
        let errors = self.errors().await.expect("measured");
        assert!(errors < 0.001, "{errors}");
        let run = self.run().expect("a run");
        assert_eq!(run.state, State::Ended(Ending::Verified));
        assert_eq!(run.attempts.iter().filter(|attempt| attempt.step == "back").count(), 1, "aborted once");
        let (code, text) = self.say(&["ledger", "verify"]);
        assert!(code == Some(0) && text.contains("holds"), "{text}");
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        if let Some(run) = self.run() {
            kill_worker(&run);
        }
    }
}

const PHRASE: &str = "rollback checkout prod to 1.41.7";

fn warroom(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
    command.args(arguments).stdin(Stdio::null());
    command
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

async fn get(url: &str, query: &[(&str, &str)]) -> Value {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let url = url::Url::parse_with_params(url, query).expect("a URL");
    let text = client.get(url).send().await.expect("an answer").text().await.expect("a body");
    serde_json::from_str(&text).expect("JSON")
}

pub(crate) fn kill_worker(run: &Run) {
    if let Some(worker) = run.worker.as_ref().filter(|worker| alive(worker) == Alive::Yes) {
        kill(worker.pid);
    }
}

pub(crate) fn kill(pid: u32) {
    let pid = Pid::from_raw(i32::try_from(pid).expect("a number")).expect("a process");
    kill_process(pid, Signal::KILL).expect("killed");
}

#[tokio::test]
async fn a_canary_that_hurts_is_rolled_back_from_the_command_line_and_verified_by_what_users_see() {
    let demo = Demo::new();
    let plan = demo.plan().await;
    let output = demo.start(&plan).wait_with_output().expect("it ends");
    let text = said(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    for step in ["measured", "back", "traffic", "errors", "version"] {
        assert!(text.contains(&format!("{step} SUCCEEDED")), "{step}: {text}");
    }
    // What it waits for is seen while it waits.
    assert!(text.contains("right for 1s of 1s: "), "{text}");
    assert!(text.contains("VERIFIED"), "{text}");
    let wrote: Vec<&str> = text.lines().filter_map(|line| line.trim_start().strip_prefix("| ")).collect();
    assert!(wrote.contains(&"PATCH Rollout shop/checkout in cluster"), "{wrote:?}");
    let of_looks = |line: &&&str| line.contains("must be");
    let patched = wrote.len() - wrote.iter().filter(of_looks).count();
    assert!(wrote.contains(&"  /status/abort: true") && patched < 10, "not the whole object: {wrote:?}");
    assert!(text.contains(": verified after ") && text.trim_end().ends_with("of 10m"), "{text}");
    demo.is_back().await;
    demo.failed_version_is_kept();
    let (code, text) = demo.say(&["runbook", "plan", "rollback-checkout", "--release", "checkout-1.42"]);
    assert!(code == Some(0) && text.contains("aborted already"), "{text}");
}

#[tokio::test]
async fn a_rehearsal_asks_the_cluster_and_changes_nothing_and_its_age_and_time_are_told() {
    let demo = Demo::new();
    demo.plan().await;
    let path = demo.folder.path().join("rehearsal.json").display().to_string();
    let plan = ["runbook", "plan", "rollback-checkout", "--release", "checkout-1.42", "--rehearsal", "-o", &path];
    let (code, text) = demo.say(&plan);
    assert!(code == Some(0) && text.contains("rehearsals not known"), "{text}");
    let before = demo.rollout().await;
    let (code, text) = demo.say(&["runbook", "rehearse", &path]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("back SUCCEEDED") && text.contains("the server would take it"), "{text}");
    assert!(text.contains("it answers, and is not so, because nothing was changed"), "what only effects bring: {text}");
    assert!(text.contains(": verified after ") && !text.contains("kept of"), "{text}");
    let after = demo.rollout().await;
    assert_eq!(
        (&before["spec"], &before["metadata"]["generation"]),
        (&after["spec"], &after["metadata"]["generation"])
    );
    assert_eq!(after["status"]["abort"], before["status"]["abort"], "{after}");
    assert!(demo.errors().await.is_some_and(|ratio| ratio > 0.05), "the canary still hurts");
    let (code, text) = demo.say(&["runbook", "list"]);
    assert!(code == Some(0) && text.contains("budget 10m; rehearsed ") && text.contains("s ago, "), "{text}");
    let (code, text) = demo.say(&["runbook", "plan", "rollback-checkout", "--release", "checkout-1.42"]);
    assert!(code == Some(0) && text.contains("rehearsed  rehearsed ") && text.contains(" of 10m, in prod"), "{text}");
}

#[tokio::test]
async fn a_rehearsal_fails_where_what_verifies_the_way_back_has_no_data() {
    let demo = Demo::new();
    demo.edit("catalog/runbooks/rollback-checkout.toml", |text| {
        let text = text.replace("code=~\"5..\"", "code=~\"5..\", region=\"moon\"");
        text.replace("timeout = \"2m\"", "timeout = \"3s\"").replace("timeout = \"1m\"", "timeout = \"3s\"")
    });
    demo.plan().await;
    let path = demo.folder.path().join("rehearsal.json").display().to_string();
    demo.say(&["runbook", "plan", "rollback-checkout", "--release", "checkout-1.42", "--rehearsal", "-o", &path]);
    let (code, text) = demo.say(&["runbook", "rehearse", &path]);
    assert!(code == Some(1) && text.contains("NOT VERIFIED"), "{text}");
    let (_, text) = demo.say(&["runbook", "list"]);
    assert!(text.contains("never rehearsed as it is now"), "it did not go through: {text}");
}

#[tokio::test]
async fn what_nobody_can_see_is_not_verified_however_well_the_cluster_obeyed() {
    let demo = Demo::new();
    demo.edit("catalog/runbooks/rollback-checkout.toml", |text| {
        let text = text.replace("code=~\"5..\"", "code=~\"5..\", region=\"moon\"");
        text.replace("timeout = \"2m\"", "timeout = \"3s\"").replace("timeout = \"1m\"", "timeout = \"3s\"")
    });
    let plan = demo.plan().await;
    let output = demo.start(&plan).wait_with_output().expect("it ends");
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("NOT VERIFIED"), "{text}");
    assert_eq!(demo.run().expect("a run").state, State::Ended(Ending::NotVerified));
    assert_eq!(demo.rollout().await["status"]["abort"], true);
}

#[tokio::test]
async fn the_story_ends_verified_when_the_terminal_is_killed_in_the_middle_and_another_one_attaches() {
    let demo = Demo::new();
    let plan = demo.plan().await;
    let mut terminal = demo.start(&plan);
    let run = demo.under_way();
    kill(terminal.id());
    terminal.wait().expect("gone");
    let (code, text) = demo.say(&["runbook", "attach", &run.id]);
    assert!(code == Some(0) && text.contains("VERIFIED"), "{text}");
    let after = demo.run().expect("a run");
    assert_eq!(after.worker, run.worker, "the same worker went on");
    demo.is_back().await;
}

#[tokio::test]
async fn the_story_ends_verified_when_terminal_and_worker_are_killed_and_another_terminal_attaches() {
    let demo = Demo::new();
    let plan = demo.plan().await;
    let mut terminal = demo.start(&plan);
    let run = demo.under_way();
    kill(terminal.id());
    terminal.wait().expect("gone");
    kill_worker(&run);
    let (code, text) = demo.say(&["runbook", "attach", &run.id]);
    assert!(code == Some(3) && text.contains("--recover"), "nobody takes it up unasked: {text}");
    let (code, text) = demo.say(&["runbook", "attach", &run.id, "--recover"]);
    assert!(code == Some(0) && text.contains("VERIFIED"), "{text}");
    assert_ne!(demo.run().expect("a run").worker, run.worker, "another worker took it up");
    demo.is_back().await;
}

impl Demo {
    /// Does `verb` to the rollout of `service` by a runbook of its own; what is told of that.
    fn verb(&self, verb: &str, service: &str) -> String {
        let text = format!(
            "title = \"{verb}\"\nbudget = \"5m\"\n[[step]]\nid = \"it\"\ntimeout = \"15s\"\ndo = {{ rollout = {{ verb = \"{verb}\" }} }}\n"
        );
        let folder = self.folder.path().join("demo/catalog/runbooks");
        fs::write(folder.join(format!("{verb}.toml")), text).expect("written");
        let path = self.folder.path().join("verb.json").display().to_string();
        let (code, text) =
            self.say(&["runbook", "plan", verb, "--service", service, "--environment", "prod", "-o", &path]);
        assert_eq!(code, Some(0), "{text}");
        let plan: Plan = serde_json::from_slice(&fs::read(&path).expect("a file")).expect("a plan");
        self.say(&["runbook", "run", &path, "--phrase", &plan.phrase(), "--reason", "a test"]).1
    }
}

#[tokio::test]
async fn what_a_runbook_keeps_itself_is_kept_masked_and_what_does_not_come_is_told_and_blocks_nothing() {
    let demo = Demo::new();
    let keep = r#"
[[keep]]
id = "logs"
do = { command = { argv = ["sh", "-c", "echo canary fails; echo the token is $TOKEN"], environment = { TOKEN = { env = "KEEP_TOKEN" } } } }
[[keep]]
id = "hangs"
do = { command = { argv = ["sleep", "600"] } }
[[keep]]
id = "page"
do = { http = { method = "GET", url = "PROMETHEUS-/healthy" } }
"#;
    let prometheus = demo.simulator.prometheus.clone();
    demo.edit("catalog/runbooks/rollback-checkout.toml", |text| {
        format!("{text}{}", keep.replace("PROMETHEUS", &prometheus))
    });
    let plan = demo.plan().await;
    let reason = ["--reason", "the canary fails"];
    let mut run = demo.command(&[&["runbook", "run", &plan, "--phrase", PHRASE][..], &reason].concat());
    let text = said(&run.env("KEEP_TOKEN", "hunter2-of-the-flags").output().expect("it starts"));
    assert!(text.contains("VERIFIED") && text.contains("hangs: "), "{text}");
    let run = demo.run().expect("a run");
    let (code, text) = demo.say(&["runbook", "show", &run.id]);
    assert!(code == Some(0) && text.contains("MISSING  hangs: "), "{text}");
    assert!(text.contains("snapshot/00-logs.1/output") && text.contains("snapshot/02-page.1/output"), "{text}");
    let output = demo.folder.path().join("demo/runs").join(&run.id).join("snapshot/00-logs.1/output");
    let told = fs::read_to_string(&output).expect("kept");
    assert_eq!(told, "canary fails\nthe token is ***\n");
    fs::write(&output, "nothing was wrong\n").expect("written");
    let (code, text) = demo.say(&["runbook", "show", &run.id]);
    assert!(code == Some(1) && text.contains("CHANGED"), "whoever changes it is told: {text}");
}

#[tokio::test]
async fn each_verb_is_done_and_what_its_controller_made_of_it_is_told() {
    let demo = Demo::new();
    demo.plan().await;
    for (verb, service, seen) in [
        ("pause", "checkout", "| seen: generation"),
        ("resume", "checkout", "|   /spec/paused: false"),
        ("abort", "checkout", "|   /status/phase: \"Degraded\""),
        ("retry", "checkout", "|   /status/abort: not there"),
        ("pause", "cart", "|   /spec/paused: true"),
        ("resume", "cart", "|   /spec/paused: not there"),
    ] {
        let text = demo.verb(verb, service);
        assert!(text.contains("it SUCCEEDED") && text.contains(seen), "{verb} {service}: {text}");
    }
    assert_eq!(demo.rollout().await["status"]["abort"], Value::Null, "it is tried again");
}

#[tokio::test]
async fn a_service_in_two_clusters_comes_back_in_both() {
    let (demo, other) = (Demo::new(), Simulator::start());
    demo.edit("config.toml", |text| {
        let url = &other.kubernetes;
        format!("{text}\n[[source]]\nname = \"west\"\nkind = \"kubernetes\"\nurl = \"{url}\"\nenvironment = \"prod\"\n")
    });
    let weight = |rollout: &Value| rollout["status"]["canary"]["weights"]["canary"]["weight"].as_u64();
    demo.until("both canaries", async |demo| {
        weight(&demo.rollout().await) == Some(25) && weight(&other.rollout().await) == Some(25)
    })
    .await;
    let plan = demo.plan().await;
    let text = said(&demo.start(&plan).wait_with_output().expect("it ends"));
    for step in ["back@cluster SUCCEEDED", "back@west SUCCEEDED"] {
        assert!(text.contains(step), "{step}: {text}");
    }
    for rollout in [demo.rollout().await, other.rollout().await] {
        assert_eq!((&rollout["status"]["abort"], weight(&rollout)), (&Value::Bool(true), Some(0)), "{rollout}");
    }
}
