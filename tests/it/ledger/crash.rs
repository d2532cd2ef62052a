//! Processes that append at once, and processes that are killed while they do: what was acknowledged is there, and the chain holds.

use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader, Write as _},
    path::PathBuf,
    process::{Child, ChildStderr, Command, Stdio},
};

use warroom::ledger::store::{Store, postgres::Postgres, sqlite::Sqlite};

use super::{
    database::{Server, address},
    entry, scribe, sound,
};

const LEDGER: &str = "WARROOM_TEST_LEDGER";
const NAME: &str = "WARROOM_TEST_WRITER";
const EVENTS: &str = "WARROOM_TEST_EVENTS";

/// How many writers are killed in each store; `WARROOM_KILLS` says another number.
const KILLS: usize = 48;

/// How many write at once.
const WRITERS: usize = 8;

/// A ledger for processes: the file, or the database's address.
struct Place {
    name: String,
    /// What must live as long as the ledger.
    _keeper: Keeper,
}

#[expect(dead_code, reason = "they are there to be dropped")]
enum Keeper {
    Folder(tempfile::TempDir),
    Server(Server),
}

impl Place {
    fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { name: folder.path().join("ledger.db").display().to_string(), _keeper: Keeper::Folder(folder) }
    }

    fn postgresql() -> Self {
        let server = Server::start();
        let name = format!("postgresql://postgres@127.0.0.1:{}/postgres?sslmode=disable", server.port);
        Self { name, _keeper: Keeper::Server(server) }
    }

    fn writer(&self, name: &str, events: Option<usize>) -> Child {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command
            .args(["--exact", "ledger::crash::a_writer", "--nocapture", "--test-threads=1"])
            .env(LEDGER, &self.name)
            .env(NAME, name)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        if let Some(events) = events {
            command.env(EVENTS, events.to_string());
        }
        command.spawn().expect("started")
    }
}

fn open(name: &str) -> Box<dyn Store> {
    if name.starts_with("postgresql:") {
        Box::new(Postgres::open(address(name), scribe()).expect("opens"))
    } else {
        Box::new(Sqlite::open(&PathBuf::from(name), scribe()).expect("opens"))
    }
}

/// Not a test of its own: the process that the others start. Tells each event once it is acknowledged.
#[test]
fn a_writer() {
    let Ok(ledger) = std::env::var(LEDGER) else { return };
    let name = std::env::var(NAME).expect("a name");
    let events = std::env::var(EVENTS).map_or(usize::MAX, |text| text.parse().expect("a number"));
    let mut store = open(&ledger);
    for turn in 0..events {
        let target = format!("{name}/{turn}");
        store.append(&entry(&target)).expect("recorded");
        // In one piece: a line that the kill cut in two would tell of an event that never was.
        if std::io::stderr().write_all(format!("recorded {target}\n").as_bytes()).is_err() {
            break;
        }
    }
    assert!(store.head().expect("readable").seq > 0);
}

/// What a writer tells that it recorded.
fn acknowledged(stderr: ChildStderr) -> impl Iterator<Item = String> {
    let lines = BufReader::new(stderr).lines().map_while(Result::ok);
    lines.filter_map(|line| line.strip_prefix("recorded ").map(str::to_owned))
}

fn killed_writers_lose_nothing(place: &Place) {
    let kills = std::env::var("WARROOM_KILLS").ok().map_or(KILLS, |text| text.parse().expect("a number"));
    let mut told = Vec::new();
    let mut killed = 0;
    while killed < kills {
        let writers: Vec<_> = (0..WRITERS).map(|n| place.writer(&format!("{killed}.{n}"), None)).collect();
        for (number, mut child) in writers.into_iter().enumerate() {
            let mut lines = acknowledged(child.stderr.take().expect("piped"));
            // Each is killed after another number of events, while the rest goes on.
            let before = told.len();
            told.extend(lines.by_ref().take(1 + number + killed / WRITERS % 3));
            assert!(told.len() > before, "writer {number} recorded nothing");
            child.kill().expect("killed");
            child.wait().expect("gone");
            told.extend(lines);
            killed += 1;
        }
    }
    let targets: BTreeSet<String> = sound(open(&place.name).as_mut()).into_iter().collect();
    let lost: Vec<&String> = told.iter().filter(|target| !targets.contains(*target)).collect();
    assert!(lost.is_empty(), "acknowledged, yet not there: {lost:?}");
    println!("{killed} writers killed, {} events acknowledged, {} in the chain, none lost", told.len(), targets.len());
}

fn processes_at_once_make_one_chain(place: &Place) {
    const TURNS: usize = 25;
    let writers: Vec<_> = (0..WRITERS).map(|writer| place.writer(&writer.to_string(), Some(TURNS))).collect();
    for mut child in writers {
        let told = acknowledged(child.stderr.take().expect("piped")).count();
        assert!(child.wait().expect("it ends").success() && told == TURNS, "{told} events");
    }
    let targets = sound(open(&place.name).as_mut());
    assert_eq!(targets.len(), WRITERS * TURNS);
    for writer in 0..WRITERS {
        let own: Vec<&String> = targets.iter().filter(|target| target.starts_with(&format!("{writer}/"))).collect();
        let expected: Vec<String> = (0..TURNS).map(|turn| format!("{writer}/{turn}")).collect();
        assert_eq!(own, expected.iter().collect::<Vec<_>>(), "each writer's own events in its own order");
    }
}

#[test]
fn writers_killed_at_any_moment_lose_nothing_that_sqlite_acknowledged() {
    killed_writers_lose_nothing(&Place::sqlite());
}

#[test]
fn writers_killed_at_any_moment_lose_nothing_that_postgresql_acknowledged() {
    killed_writers_lose_nothing(&Place::postgresql());
}

#[test]
fn eight_processes_at_once_make_one_chain_in_sqlite() {
    processes_at_once_make_one_chain(&Place::sqlite());
}

#[test]
fn eight_processes_at_once_make_one_chain_in_postgresql() {
    processes_at_once_make_one_chain(&Place::postgresql());
}
