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

use std::{
    io::{Read, Write as _},
    sync::mpsc,
    time::{Duration, Instant},
};

use events::ledger;
use portable_pty::{CommandBuilder, PtySize, native_pty_system};

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
    let size = PtySize { rows: 40, cols: 120, pixel_width: 0, pixel_height: 0 };
    let pty = native_pty_system().openpty(size).expect("a pseudo terminal");
    let home = tempfile::tempdir().expect("a folder");
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_warroom"));
    command.args(arguments);
    command.cwd(home.path());
    command.env_clear();
    command.env("HOME", home.path());
    command.env("TERM", "xterm-256color");
    command.env("LANG", "C.UTF-8");
    let mut reader = pty.master.try_clone_reader().expect("a reader");
    let (mut keyboard, mut keys) = (pty.master.take_writer().expect("a writer"), keys);
    let (sender, written) = mpsc::channel();
    let started = Instant::now();
    let mut child = pty.slave.spawn_command(command).expect("the program starts");
    drop(pty.slave);
    std::thread::spawn(move || {
        let mut buffer = vec![0; 65_536];
        while let Ok(read @ 1..) = reader.read(&mut buffer) {
            if sender.send((Instant::now(), buffer.get(..read).unwrap_or_default().to_vec())).is_err() {
                break;
            }
        }
    });
    let mut screen = vt100::Parser::new(size.rows, size.cols, 0);
    let mut found = None;
    while found.is_none() {
        let Ok((at, bytes)) = written.recv_timeout(DEADLINE.saturating_sub(started.elapsed())) else { break };
        screen.process(&bytes);
        let drawn = screen.screen().contents();
        if !screen.screen().alternate_screen() || !drawn.contains("warroom") {
            continue;
        }
        keyboard.write_all(std::mem::take(&mut keys)).expect("typed");
        if drawn.contains(wanted) {
            found = Some(at - started);
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    found.ok_or_else(|| screen.screen().contents())
}
