//! Writers that are killed: what was acknowledged is there, and the chain holds.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, Command, Stdio},
};

use warroom::ledger::store::{Store, sqlite::Sqlite};

use super::{entry, scribe, sound};

const LEDGER: &str = "WARROOM_TEST_LEDGER";
const NAME: &str = "WARROOM_TEST_WRITER";

/// Not a test of its own: the process that the others start. Tells each event once it is acknowledged.
#[test]
fn a_writer() {
    let Some(path) = std::env::var_os(LEDGER) else { return };
    let name = std::env::var(NAME).expect("a name");
    let mut store = Sqlite::open(Path::new(&path), scribe()).expect("opens");
    for turn in 0.. {
        let target = format!("{name}/{turn}");
        store.append(&entry(&target)).expect("recorded");
        // In one piece: a line that the kill cut in two would tell of an event that never was.
        if std::io::stderr().write_all(format!("recorded {target}\n").as_bytes()).is_err() {
            break;
        }
    }
    assert!(store.head().expect("readable").seq > 0);
}

fn writer(path: &Path, name: &str) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "ledger::crash::a_writer", "--nocapture", "--test-threads=1"])
        .env(LEDGER, path)
        .env(NAME, name)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started")
}

#[test]
fn writers_killed_at_any_moment_lose_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.db");
    let mut acknowledged = Vec::new();
    for round in 0..15 {
        let writers: Vec<_> = (0..8).map(|n| writer(&path, &format!("{round}.{n}"))).collect();
        for (number, mut child) in writers.into_iter().enumerate() {
            let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
            // Each is killed after another number of events, while the rest goes on.
            let told = lines
                .by_ref()
                .map_while(Result::ok)
                .filter_map(|line| line.strip_prefix("recorded ").map(str::to_owned));
            acknowledged.extend(told.take(1 + number + round % 3));
            child.kill().expect("killed");
            child.wait().expect("gone");
            acknowledged.extend(
                lines.map_while(Result::ok).filter_map(|line| line.strip_prefix("recorded ").map(str::to_owned)),
            );
        }
    }
    let targets: std::collections::BTreeSet<String> =
        sound(&mut Sqlite::open(&path, scribe()).expect("opens")).into_iter().collect();
    assert!(acknowledged.len() >= 120, "{} acknowledged", acknowledged.len());
    let lost: Vec<&String> = acknowledged.iter().filter(|target| !targets.contains(*target)).collect();
    assert!(lost.is_empty(), "acknowledged, yet not there: {lost:?}");
}
