//! From the moment in which a real Prometheus first shows that a page fires until another verdict stands on the screen of a console in
//! a real pseudo terminal. Run with `cargo bench --bench verdict_latency`; Prometheus and promtool must be installed.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    dead_code,
    missing_docs,
    reason = "a benchmark that cannot go on shall fail loudly"
)]

#[path = "../tests/it/live/backfilled.rs"]
mod backfilled;
#[path = "../tests/it/live/judged/cluster.rs"]
mod cluster;
#[path = "../tests/it/live/judged/history.rs"]
mod history;
#[path = "../tests/it/support.rs"]
mod support;
mod terminal;

use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpStream,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use backfilled::Backfilled;
use cluster::{Deployed, How};
use history::{History, Requests};
use support::base_url;
use terminal::Console;

/// How often the console asks.
const INTERVAL: Duration = Duration::from_secs(5);

/// How much longer than that it may take until the screen says so.
const REST: Duration = Duration::from_millis(100);

/// How often it is measured.
const RUNS: u64 = 5;

/// In so many seconds a console must have come to its first verdict.
const CALM: i64 = 25;

/// What has not come after this does not come.
const DEADLINE: Duration = Duration::from_mins(1);

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let mut times: Vec<Duration> = (0..RUNS).map(|run| runtime.block_on(measured(run))).collect();
    times.sort_unstable();
    let (median, worst) = (times.get(times.len() / 2).expect("a run"), times.last().expect("a run"));
    let limit = INTERVAL + REST;
    println!("polled each {INTERVAL:?}, limit {limit:.2?}: median {median:.2?}, worst {worst:.2?} of {times:.2?}");
    assert!(*worst <= limit, "missed: {worst:?} is more than {limit:?}");
}

/// One measurement: a canary that is GO, and a page that begins to fire.
async fn measured(run: u64) -> Duration {
    let now = chrono::Utc::now().timestamp();
    let mut history = History::until(now);
    // Half an hour of canary beside hours of the stable version, one in a thousand bad.
    let stable = Requests { service: "shop", version: "1.0", from: 7 * 3_600, until: 0, good: 19_980, bad: 20 };
    history.requests(&stable);
    history.requests(&Requests { version: "1.1", from: 1_800, good: 999, bad: 1, ..stable });
    // Each time at another place between two polls.
    let fires = chrono::Utc::now().timestamp() + CALM + run.cast_signed() % 5;
    let rules = format!(
        "groups: [{{name: shop, rules: [{{alert: ShopBurns, expr: 'vector(time()) >= {fires}', \
         labels: {{service: shop, env: production, severity: page}}}}]}}]\n"
    );
    let prometheus = Backfilled::start(&history.text(), &rules);
    let cluster = cluster::start(&[Deployed { name: "shop", how: How::Canary, since: history.end - 1_800 }]).await;
    prometheus.ready().await;
    let folder = tempfile::tempdir().expect("a folder");
    let settings = settings(folder.path(), prometheus.url().as_str(), base_url(cluster).as_str());
    let port = prometheus.url().port().expect("a port");
    tokio::task::spawn_blocking(move || {
        let mut console = Console::start(&["--config", settings.to_str().expect("UTF-8")]);
        let says = |word: &'static str| {
            move |screen: &vt100::Screen| {
                screen
                    .contents()
                    .lines()
                    .any(|line| line.contains("shop-1.1") && line.split([' ', ',']).any(|part| part == word))
            }
        };
        console.until(DEADLINE, says("GO")).unwrap_or_else(|screen| panic!("no GO:\n{screen}"));
        assert!(!fires_at(port), "it came to GO only after the page had begun: raise CALM");
        let first = thread::spawn(move || first(port));
        let told = console.until(DEADLINE, says("HOLD")).unwrap_or_else(|screen| panic!("no HOLD:\n{screen}"));
        told - first.join().expect("the page fires")
    })
    .await
    .expect("measured")
}

/// When the first question was asked that the server answered with the page.
fn first(port: u16) -> Instant {
    let began = Instant::now();
    loop {
        let asked = Instant::now();
        if fires_at(port) {
            return asked;
        }
        assert!(began.elapsed() < DEADLINE, "the page never fired");
        thread::sleep(Duration::from_millis(20).saturating_sub(asked.elapsed()));
    }
}

/// Whether the server's own API shows the page as firing.
fn fires_at(port: u16) -> bool {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("connected");
    stream.write_all(b"GET /api/v1/alerts HTTP/1.0\r\n\r\n").expect("asked");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("answered");
    answer.contains(r#""state":"firing""#)
}

/// Settings and catalog of a console that looks at both: the path of the settings.
fn settings(folder: &Path, prometheus: &str, cluster: &str) -> PathBuf {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(&path, text).expect("written");
        path
    };
    write(
        "catalog/slos/http.toml",
        "objective = 99.5\nby = \"service\"\n\
         ratio = { bad = 'http_requests_total{code=~\"5..\"}', total = \"http_requests_total\" }\n",
    );
    write(
        "catalog/services/shop.toml",
        "[[object]]\nkind = \"Rollout\"\nname = \"shop\"\n[telemetry]\nversion_label = \"version\"\n",
    );
    write(
        "catalog/releases/shop-1.1.toml",
        "environment = \"prod\"\n[[component]]\nservice = \"shop\"\nversion = \"1.1\"\n",
    );
    let every = INTERVAL.as_secs();
    write(
        "config.toml",
        &format!(
            "[environments.prod]\nproduction = true\ntelemetry = {{ env = \"production\" }}\n\n\
             [[source]]\nname = \"prom\"\nkind = \"prometheus\"\nurl = \"{prometheus}\"\nalerts = true\ninterval = \"{every}s\"\n\n\
             [[source]]\nname = \"eu\"\nkind = \"kubernetes\"\nurl = \"{cluster}\"\nenvironment = \"prod\"\ninterval = \"{every}s\"\n"
        ),
    )
}
