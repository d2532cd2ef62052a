//! From the press of who confirmed a plan to the first effect of its first step, seen by the server that is to be changed; the journal
//! is synchronised before. Run with `cargo bench --bench run`; `WARROOM_PRESSES` says another number of presses.
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    dead_code,
    missing_docs,
    reason = "a benchmark that cannot go on shall fail loudly"
)]

mod events;

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use events::ledger;
use warroom::{
    clock::Clock,
    config::schema::ledger::{Ledger, LedgerStore},
    domain::{
        catalog::{Catalog, ChangeClass},
        ledger::hash::Hash,
        plan::{
            Mode, Plan, Planned, Source, Target, VERSION,
            request::{HttpRequest, Request},
        },
        run::Run,
        runbook::{Failing, Part, action::Effect, risk::Risk},
        time::Span,
    },
    runbook::start::{Confirmed, WORKER, begin},
};

/// Presses, after one that warms the disk cache.
const PRESSES: usize = 200;

/// Events that a ledger has from before: none, and those of some years.
const BEFORE: [u64; 2] = [0, 20_000];

/// A press that has had no effect after this has failed.
const DEADLINE: Duration = Duration::from_secs(30);

fn main() {
    let presses = std::env::var("WARROOM_PRESSES").ok().map_or(PRESSES, |text| text.parse().expect("a number"));
    let (url, seen) = server();
    println!("| events in the ledger before | median | 95 of 100 | slowest |");
    println!("| --- | --- | --- | --- |");
    for before in BEFORE {
        let folder = tempfile::tempdir().expect("a folder");
        ledger(folder.path(), before);
        let mut times: Vec<Duration> = (0..=presses).map(|_| press(folder.path(), &url, &seen)).skip(1).collect();
        times.sort_unstable();
        let at = |percent: usize| times.get((times.len() * percent / 100).min(times.len() - 1)).expect("a time");
        println!("| {before} | {:.1?} | {:.1?} | {:.1?} |", at(50), at(95), at(100));
    }
}

/// How long it takes from a press until the server has the request.
fn press(folder: &Path, url: &str, seen: &mpsc::Receiver<Instant>) -> Duration {
    let settings = Ledger { store: Some(LedgerStore::Sqlite(folder.join("ledger.db"))), ..Ledger::default() };
    let confirmed = Confirmed {
        plan: plan(url),
        reason: Some("a measurement".to_owned()),
        incident: None,
        take_over: None,
        break_glass: false,
        computed: None,
    };
    let pressed = Instant::now();
    let (mut journal, id) = begin(&settings, &Catalog::default(), confirmed, Clock::real()).expect("begun");
    let mut worker = Command::new(env!("CARGO_BIN_EXE_warroom"))
        .args([WORKER, &id, "--config"])
        .arg(folder.join("config.toml"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .expect("started");
    let effect = seen.recv_timeout(DEADLINE).expect("an effect");
    worker.wait().expect("it ends");
    journal.catch_up().expect("readable");
    assert!(journal.run(&id).is_ok_and(Run::is_over), "it is over");
    effect - pressed
}

/// A server that says when it has the first line of a request.
fn server() -> (String, mpsc::Receiver<Instant>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    let url = format!("http://{}/", listener.local_addr().expect("bound"));
    let (told, seen) = mpsc::channel();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut lines = BufReader::new(stream.try_clone().expect("a stream")).lines();
            let first = lines.next();
            if first.is_none() || told.send(Instant::now()).is_err() {
                continue;
            }
            let _ = lines.find(|line| line.as_ref().map_or(true, String::is_empty));
            let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n");
        }
    });
    (url, seen)
}

/// One POST to `url`.
fn plan(url: &str) -> Plan {
    let request = Request::Http(HttpRequest {
        method: "POST".to_owned(),
        url: url.to_owned(),
        headers: BTreeMap::new(),
        body: None,
        idempotency_header: None,
        status: Vec::new(),
        field: None,
        rehearsal_url: None,
    });
    let step = Planned {
        id: "off".to_owned(),
        part: Part::Steps,
        title: "Turn it off".to_owned(),
        kind: "http".to_owned(),
        request,
        undo: None,
        probe: None,
        effect: Effect::Write,
        idempotent: false,
        cancellable: false,
        timeout: Span::from_secs(30),
        grace: Span::from_secs(1),
        attempts: 1,
        failing: Failing::Stop,
        notes: Vec::new(),
    };
    Plan {
        v: VERSION,
        runbook: Source {
            name: "flag-off".into(),
            title: "Turn a flag off".into(),
            digest: Hash::of(b"runbook"),
            commit: None,
            owner: Some("sre".into()),
        },
        target: Target {
            release: None,
            environment: "prod".into(),
            production: true,
            service: "checkout".into(),
            services: vec!["checkout".into()],
            from: None,
            to: None,
        },
        mode: Mode::Real,
        class: ChangeClass::Normal,
        window: None,
        keep: Vec::new(),
        policy: None,
        risk: Risk::R2,
        because: "it changes production".into(),
        needs: None,
        budget: Span::from_mins(10),
        parameters: BTreeMap::new(),
        steps: vec![step],
    }
}
