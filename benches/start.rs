//! From the start of the program to its first painted frame, in a real pseudo terminal, without a ledger and on one of a million events.
//! Run with `cargo bench --bench start`; `WARROOM_EVENTS` says another number of events.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    dead_code,
    missing_docs,
    reason = "a benchmark that cannot go on shall fail loudly"
)]

mod events;
mod terminal;

use std::time::Duration;

use events::ledger;
use terminal::Console;

/// Starts of each kind, after one that warms the disk cache.
const STARTS: usize = 21;

/// A start that has painted nothing after this has failed.
const DEADLINE: Duration = Duration::from_mins(1);

fn main() {
    let number = std::env::var("WARROOM_EVENTS").ok().map_or(1_000_000, |text| text.parse().expect("a number"));
    let folder = tempfile::tempdir().expect("a folder");
    let settings = ledger(folder.path(), number);
    let settings = settings.to_str().expect("UTF-8");
    println!("| command | fastest | median | slowest |");
    println!("| --- | --- | --- | --- |");
    // A source where nobody listens: the first frame must not wait for any answer.
    let nobody = ["--prometheus", "http://127.0.0.1:9"];
    let on_a_ledger = [&nobody[..], &["--config", settings]].concat();
    times("warroom --prometheus http://127.0.0.1:9", STARTS, || shown(&nobody, b"", "warroom"));
    times("warroom demo", STARTS, || shown(&["demo"], b"", "warroom"));
    times(&format!("warroom, with a ledger of {number} events"), STARTS, || shown(&on_a_ledger, b"", "warroom"));
    let last = number.to_string();
    times("the same, until the ledger is read to its end", 5, || shown(&on_a_ledger, b"L", &last));
}

/// A line of the table: so many starts after one that warms the disk cache.
fn times(name: &str, starts: usize, start: impl Fn() -> Result<Duration, String>) {
    let mut times: Vec<Duration> = Vec::new();
    for number in 0..=starts {
        match start() {
            Ok(_) if number == 0 => {}
            Ok(time) => times.push(time),
            Err(screen) => {
                eprintln!("{name}: not there in {DEADLINE:?}; it wrote:\n{screen}");
                break;
            }
        }
    }
    times.sort_unstable();
    if let (Some(first), Some(median), Some(last)) = (times.first(), times.get(times.len() / 2), times.last()) {
        println!("| `{name}` | {first:.1?} | {median:.1?} | {last:.1?} |");
    }
}

/// The time until the screen shows `wanted` after `keys` were typed into its first frame, or what was written instead.
fn shown(arguments: &[&str], keys: &[u8], wanted: &str) -> Result<Duration, String> {
    let mut console = Console::start(arguments);
    let painted = |screen: &vt100::Screen| screen.alternate_screen() && screen.contents().contains("warroom");
    console.until(DEADLINE, painted)?;
    console.keys(keys);
    let at = console.until(DEADLINE, |screen| screen.contents().contains(wanted))?;
    Ok(at - console.started)
}
