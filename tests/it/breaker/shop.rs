//! A simulated shop whose canary goes bad, real processes that act on it, and the people around it with keys in real agents.

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
    domain::run::Run,
    ledger::{
        actor,
        store::{Scribe, Store, postgres::Postgres, sqlite::Sqlite},
    },
    runbook::journal::Journal,
    sim::{self, Options},
};

use crate::{
    ledger::{
        agent::{agent, key, public, ssh_add},
        database::{Server, address},
    },
    support::{self, DEADLINE},
    way_back::kill_worker,
};

/// So many seconds ago the story began: the canary fails 40 % of its requests for half a minute by now.
const BEGUN: i64 = 90;
pub(crate) const RELEASE: &str = "checkout-1.42";

const ROLE: &str = "\n[roles.breaker]\nmembers = [\"robot\"]\nmay = [\"pause\", \"abort\"]\n";

/// A trigger that fires at once and does `act` after `countdown`.
fn trigger(act: &str, countdown: &str) -> String {
    format!(
        "\n[[trigger]]\nid = \"errors\"\nwhen = {{ error-rate = {{ over = 5.0 }} }}\nin_a_row = 1\n\
         act = \"{act}\"\ncountdown = \"{countdown}\"\n"
    )
}

/// What stands between warroom and Prometheus, and falls silent when it is told to.
pub(crate) struct Line {
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

    pub(crate) fn fall_silent(&self) {
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
pub(crate) struct Shop {
    folder: tempfile::TempDir,
    database: Option<Server>,
    pub(crate) prometheus: Line,
    kubernetes: url::Url,
    robot: PathBuf,
    pub(crate) you: PathBuf,
    _running: sim::Running,
    _agents: [support::Running; 2],
}

impl Shop {
    /// Where errors pause the rollout after ten seconds.
    pub(crate) async fn new() -> Self {
        Self::that("pause", "10s", None).await
    }

    /// Where errors do `act` after `countdown`; the ledger is a file, or in `database`.
    pub(crate) async fn that(act: &str, countdown: &str, database: Option<Server>) -> Self {
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
            kubernetes: urls.kubernetes.clone(),
            robot: robots,
            you: yours,
            _running: running,
            _agents: [first, second],
            folder,
            database,
        };
        shop.add("config.toml", "\n[breaker]\nas = \"robot\"\n");
        shop.add("catalog/roles.toml", ROLE);
        shop.add("catalog/allowed_signers", &format!("robot namespaces=\"warroom.*\" {}\n", public(&robot)));
        shop.add(&format!("catalog/releases/{RELEASE}.toml"), &trigger(act, countdown));
        let config = shop.path("config.toml");
        let text = fs::read_to_string(&config).expect("settings");
        let mut text = text.replace(urls.prometheus.as_str(), &shop.prometheus.url);
        if let Some(url) = shop.address() {
            text = text.replace("{ sqlite = \"ledger.db\" }", &format!("{{ postgres = {{ url = \"{url}\" }} }}"));
        }
        fs::write(&config, text).expect("settings");
        shop
    }

    /// The database that keeps the ledger.
    fn address(&self) -> Option<String> {
        let port = self.database.as_ref()?.port;
        Some(format!("postgresql://postgres@127.0.0.1:{port}/postgres?sslmode=disable"))
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn add(&self, name: &str, text: &str) {
        let before = fs::read_to_string(self.path(name)).expect(name);
        fs::write(self.path(name), before + text).expect(name);
    }

    pub(crate) fn command(&self, arguments: &[&str], agent: &Path) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
        command.args(arguments).arg("--config").arg(self.path("config.toml")).current_dir(self.folder.path());
        command.env("SSH_AUTH_SOCK", agent).env("HOME", self.folder.path()).stdin(Stdio::null());
        command.env("XDG_STATE_HOME", self.path("state"));
        command
    }

    pub(crate) fn say(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let output = self.command(arguments, &self.you).output().expect("it starts");
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8_lossy(&text).into_owned())
    }

    pub(crate) fn watch(&self) -> Watching {
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

    /// The object whose rollout is under way.
    pub(crate) async fn rollout(&self) -> Value {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let path = "apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/checkout";
        let answer = client.get(self.kubernetes.join(path).expect("a URL")).send().await.expect("an answer");
        serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON")
    }

    pub(crate) async fn paused(&self) -> bool {
        self.rollout().await["spec"]["paused"] == true
    }

    pub(crate) fn runs(&self) -> Vec<Run> {
        let scribe = || Scribe::new("test".to_owned(), Clock::real());
        let open = || -> Box<dyn Store> {
            match self.address() {
                Some(url) => Box::new(Postgres::open(address(&url), scribe()).expect("a ledger")),
                None => Box::new(Sqlite::open(&self.path("ledger.db"), scribe()).expect("a ledger")),
            }
        };
        let read = || {
            let journal = Journal::open(open(), actor::actor()).expect("a journal");
            journal.runs().newest().into_iter().cloned().collect()
        };
        // A client of the database waits by itself, and may not do so where others are waited for.
        thread::scope(|scope| scope.spawn(read).join().expect("read"))
    }

    /// What `ledger show` tells of the circuit breaker, and that nothing in the ledger is wrong.
    pub(crate) fn recorded(&self) -> String {
        let (code, told) = self.say(&["ledger", "verify"]);
        assert!(code == Some(0) && told.contains("holds"), "{told}");
        self.say(&["ledger", "show"]).1
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        if self.database.is_some() || self.path("ledger.db").exists() {
            self.runs().iter().for_each(kill_worker);
        }
    }
}

/// A `watch` whose lines are read.
pub(crate) struct Watching {
    child: Child,
    lines: mpsc::Receiver<String>,
    seen: Vec<String>,
}

impl Watching {
    /// The first line with all of these words.
    pub(crate) fn until(&mut self, words: &[&str]) -> String {
        let has = |line: &String| words.iter().all(|word| line.contains(word));
        if let Some(line) = self.seen.iter().find(|line| has(line)) {
            return line.clone();
        }
        let started = Instant::now();
        while let Some(left) = (8 * DEADLINE).checked_sub(started.elapsed()) {
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
