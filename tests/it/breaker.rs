//! The circuit breaker from outside: real processes on a simulated shop whose canary goes bad, with keys in real agents.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    net::{Shutdown, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use serde_json::Value;
use warroom::{
    clock::Clock,
    domain::run::{Ending, Run, State},
    ledger::{
        actor,
        store::{Scribe, sqlite::Sqlite},
    },
    runbook::journal::Journal,
    sim::{self, Options},
};

use crate::{
    ledger::agent::{agent, key, public, ssh_add},
    support::{self, DEADLINE},
    way_back::kill_worker,
};

/// So many seconds ago the story began: the canary fails 40 % of its requests for half a minute by now.
const BEGUN: i64 = 90;
const RELEASE: &str = "checkout-1.42";

const TRIGGER: &str = r#"
[[trigger]]
id = "errors"
when = { error-rate = { over = 5.0 } }
in_a_row = 1
act = "pause"
countdown = "10s"
"#;
const ROLE: &str = "\n[roles.breaker]\nmembers = [\"robot\"]\nmay = [\"pause\"]\n";

/// What stands between warroom and Prometheus, and falls silent when it is told to.
struct Line {
    url: String,
    silent: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Line {
    fn to(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
        let url = format!("http://{}/", listener.local_addr().expect("bound"));
        let (silent, open) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Vec::new())));
        let line = Self { url, silent: Arc::clone(&silent), open: Arc::clone(&open) };
        thread::spawn(move || {
            for near in listener.incoming().map_while(Result::ok) {
                let far = TcpStream::connect(&target).ok().filter(|_| !silent.load(Ordering::SeqCst));
                let Some(far) = far else { continue };
                for (mut from, mut to) in [(&near, &far), (&far, &near)].map(|(a, b)| (twin(a), twin(b))) {
                    open.lock().expect("free").push(twin(&from));
                    thread::spawn(move || {
                        let _ = std::io::copy(&mut from, &mut to);
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
            }
        });
        line
    }

    fn fall_silent(&self) {
        self.silent.store(true, Ordering::SeqCst);
        for stream in self.open.lock().expect("free").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn twin(stream: &TcpStream) -> TcpStream {
    stream.try_clone().expect("a socket")
}

/// The shop with a breaker, and the people around it.
struct Shop {
    folder: tempfile::TempDir,
    prometheus: Line,
    kubernetes: url::Url,
    robot: PathBuf,
    you: PathBuf,
    _running: sim::Running,
    _agents: [support::Running; 2],
}

impl Shop {
    async fn new() -> Self {
        let clock = Clock::real();
        let start = clock.now() - TimeDelta::seconds(BEGUN);
        let running = sim::start(&Options { start: Some(start), ..Options::new(clock) }).expect("starts");
        let folder = tempfile::tempdir().expect("a folder");
        sim::write(folder.path(), "bad-canary", None, running.urls(), start, running.people()).expect("written");
        sim::write_keys(folder.path(), running.people()).expect("written");
        let urls = running.urls().clone();
        let address = format!("127.0.0.1:{}", urls.prometheus.port().expect("a port"));
        let prometheus = Line::to(address);
        let robot = key(&folder.path().join("keys"), "ed25519");
        let mut agents = Vec::new();
        for (name, file) in [("robot", robot.clone()), ("you", folder.path().join("keys/demo-key-you"))] {
            let place = folder.path().join(format!("agent-{name}"));
            fs::create_dir_all(&place).expect("made");
            let (agent, socket) = agent(&place).await;
            ssh_add(&socket, &["-q", &file.to_string_lossy()]);
            agents.push((agent, socket));
        }
        let [(first, robots), (second, yours)] = agents.try_into().unwrap_or_else(|_| panic!("two"));
        let shop = Self {
            prometheus,
            kubernetes: urls.kubernetes,
            robot: robots,
            you: yours,
            _running: running,
            _agents: [first, second],
            folder,
        };
        shop.add("config.toml", "\n[breaker]\nas = \"robot\"\n");
        shop.add("catalog/roles.toml", ROLE);
        shop.add("catalog/allowed_signers", &format!("robot namespaces=\"warroom.*\" {}\n", public(&robot)));
        shop.add(&format!("catalog/releases/{RELEASE}.toml"), TRIGGER);
        let config = shop.path("config.toml");
        let text = fs::read_to_string(&config).expect("settings");
        fs::write(&config, text.replace(urls.prometheus.as_str(), &shop.prometheus.url)).expect("settings");
        shop
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn add(&self, name: &str, text: &str) {
        let before = fs::read_to_string(self.path(name)).expect(name);
        fs::write(self.path(name), before + text).expect(name);
    }

    fn command(&self, arguments: &[&str], agent: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
        command.args(arguments).arg("--config").arg(self.path("config.toml")).current_dir(self.folder.path());
        command.env("SSH_AUTH_SOCK", agent).env("HOME", self.folder.path()).stdin(Stdio::null());
        command
    }

    fn say(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = self.command(arguments, &self.you).output().expect("it starts");
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&text).into_owned())
    }

    fn watch(&self) -> Watching {
        let mut child = self
            .command(&["watch", "--plain"], &self.robot)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let output = child.stdout.take().expect("piped");
        let (heard, lines) = mpsc::channel();
        thread::spawn(move || {
            BufReader::new(output).lines().map_while(Result::ok).all(|line| heard.send(line).is_ok())
        });
        Watching { child, lines, seen: Vec::new() }
    }

    async fn paused(&self) -> bool {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let path = "apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/checkout";
        let answer = client.get(self.kubernetes.join(path).expect("a URL")).send().await.expect("an answer");
        let rollout: Value = serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON");
        rollout["spec"]["paused"] == true
    }

    fn runs(&self) -> Vec<Run> {
        let store = Sqlite::open(&self.path("ledger.db"), Scribe::new("test".to_owned(), Clock::real()));
        let journal = Journal::open(Box::new(store.expect("a ledger")), actor::actor()).expect("a journal");
        journal.runs().newest().into_iter().cloned().collect()
    }

    /// What `ledger show` tells of the circuit breaker, and that nothing in the ledger is wrong.
    fn recorded(&self) -> String {
        let (code, told) = self.say(&["ledger", "verify"]);
        assert!(code == Some(0) && told.contains("holds"), "{told}");
        self.say(&["ledger", "show"]).1
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        if self.path("ledger.db").exists() {
            self.runs().iter().for_each(kill_worker);
        }
    }
}

/// A `watch` whose lines are read.
struct Watching {
    child: Child,
    lines: mpsc::Receiver<String>,
    seen: Vec<String>,
}

impl Watching {
    /// The first line with all of these words.
    fn until(&mut self, words: &[&str]) -> String {
        let has = |line: &String| words.iter().all(|word| line.contains(word));
        if let Some(line) = self.seen.iter().find(|line| has(line)) {
            return line.clone();
        }
        let started = Instant::now();
        while let Some(left) = (4 * DEADLINE).checked_sub(started.elapsed()) {
            let Ok(line) = self.lines.recv_timeout(left.max(Duration::from_millis(1))) else { break };
            self.seen.push(line.clone());
            if has(&line) {
                return line;
            }
        }
        panic!("no line with {words:?} in {:#?}", self.seen)
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test]
async fn a_canary_that_goes_bad_is_paused_after_its_countdown_signed_recorded_and_read_back() {
    let shop = Shop::new().await;
    let mut watching = shop.watch();
    let line = watching.until(&["PAUSES checkout-1.42: checkout in "]);
    assert!(line.contains("errors FIRED; hold it: warroom decide checkout-1.42 hold"), "{line}");
    assert!(!shop.paused().await, "it only counts");
    watching.until(&["BREAKER PAUSED checkout-1.42: checkout, by robot", "is verified"]);
    assert!(shop.paused().await);
    let runs = shop.runs();
    let [run] = runs.as_slice() else { panic!("{runs:?}") };
    assert_eq!(run.state, State::Ended(Ending::Verified));
    assert_eq!((run.by.principal.as_deref(), run.plan.runbook.name.as_str()), (Some("robot"), "breaker-pause"));
    let told = shop.recorded();
    for words in ["breaker.begin", "run.create"] {
        let line = told.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}: {told}"));
        assert!(line.contains("robot") && line.contains("signed"), "{line}");
    }
}

#[tokio::test]
async fn who_decides_hold_in_the_countdown_holds_it_and_nothing_is_done() {
    let shop = Shop::new().await;
    let mut watching = shop.watch();
    watching.until(&["PAUSES checkout-1.42"]);
    let (_, shown) = shop.say(&["checklist", "show", RELEASE, "--json"]);
    let shown: Value = serde_json::from_str(&shown).unwrap_or_else(|_| panic!("{shown}"));
    let subject = shown["subject"].as_str().unwrap_or_else(|| panic!("{shown:#}")).to_owned();
    let hold = ["decide", RELEASE, "hold", "--reason", "a known fault of the load test", "--subject", &subject];
    let (code, told) = shop.say(&hold);
    assert!(code == Some(0) && told.contains("the circuit breaker of checkout-1.42 is held"), "{told}");
    let line = watching.until(&["BREAKER HELD checkout-1.42: by "]);
    assert!(line.contains("a known fault of the load test"), "{line}");
    assert!(!shop.paused().await && shop.runs().is_empty());
    assert!(shop.recorded().contains("breaker.hold"));
}

#[tokio::test]
async fn a_source_that_falls_silent_in_the_countdown_stops_it() {
    let shop = Shop::new().await;
    let mut watching = shop.watch();
    watching.until(&["PAUSES checkout-1.42"]);
    shop.prometheus.fall_silent();
    let line = watching.until(&["BREAKER STOPPED checkout-1.42", "nothing was done"]);
    assert!(line.contains("prom does not answer"), "{line}");
    assert!(!shop.paused().await && shop.runs().is_empty());
    assert!(shop.recorded().contains("breaker.stop"));
}

#[tokio::test]
async fn of_two_processes_that_act_as_the_same_account_one_acts() {
    let shop = Shop::new().await;
    let mut both = [shop.watch(), shop.watch()];
    for watching in &mut both {
        watching.until(&["BREAKER PAUSED checkout-1.42", "is verified"]);
    }
    let told = shop.recorded();
    for words in ["breaker.begin", "run.create"] {
        assert_eq!(told.lines().filter(|line| line.contains(words)).count(), 1, "{told}");
    }
    assert_eq!(shop.runs().len(), 1);
}

const QUERIES: &str = r#"
[[trigger]]
id = "share"
in_a_row = 1
[trigger.when.query]
expr = 'sum by (service, version) (rate(http_requests_total{code=~"5.."}[1m])) / sum by (service, version) (rate(http_requests_total[1m]))'
over = 0.05
source = "prom"
events = 'sum by (service, version) (increase(http_requests_total[1m]))'
at_least = 20
[[trigger]]
id = "broken"
when = { query = { expr = "sum(", over = 0 } }
"#;

#[tokio::test]
async fn a_query_of_ones_own_is_judged_for_each_service_and_one_that_fails_cannot_tell() {
    let shop = Shop::new().await;
    shop.add(&format!("catalog/releases/{RELEASE}.toml"), QUERIES);
    let output = shop.command(&["status", RELEASE, "--json"], &shop.you).output().expect("it starts");
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let triggers = told["releases"][0]["verdict"]["triggers"].as_array().unwrap_or_else(|| panic!("{told:#}")).clone();
    let of = |id: &str, service: &str| {
        let found = triggers.iter().find(|one| one["id"] == id && one["service"] == service);
        found.unwrap_or_else(|| panic!("{id} {service}: {triggers:#?}")).clone()
    };
    assert_eq!(of("share", "checkout")["state"], "fired", "{:#}", of("share", "checkout"));
    assert_eq!(of("share", "payments")["over"], false, "{:#}", of("share", "payments"));
    for service in ["checkout", "payments"] {
        let broken = of("broken", service);
        assert_eq!(broken["state"], "cannot tell", "{broken:#}");
        assert!(broken["cannot_tell"].as_str().is_some_and(|why| why.contains("the query fails")), "{broken:#}");
    }
}
