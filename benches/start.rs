//! From the start of the program to its first painted frame, in a real pseudo terminal. Run with `cargo bench --bench start`.
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    missing_docs,
    reason = "a benchmark that cannot go on shall fail loudly"
)]

use std::{
    io::Read,
    sync::mpsc,
    time::{Duration, Instant},
};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};

/// Starts of each kind, after one that warms the disk cache.
const STARTS: usize = 21;

/// A start that has painted nothing after this has failed.
const DEADLINE: Duration = Duration::from_secs(10);

fn main() {
    println!("| command | fastest | median | slowest |");
    println!("| --- | --- | --- | --- |");
    // A source where nobody listens: the first frame must not wait for any answer.
    for arguments in [&["--prometheus", "http://127.0.0.1:9"][..], &["demo"]] {
        let mut times: Vec<Duration> = Vec::new();
        for start in 0..=STARTS {
            match first_frame(arguments) {
                Ok(_) if start == 0 => {}
                Ok(time) => times.push(time),
                Err(screen) => {
                    eprintln!("warroom {}: no frame in {DEADLINE:?}; it wrote:\n{screen}", arguments.join(" "));
                    break;
                }
            }
        }
        times.sort_unstable();
        if let (Some(first), Some(median), Some(last)) = (times.first(), times.get(times.len() / 2), times.last()) {
            println!("| `warroom {}` | {first:.1?} | {median:.1?} | {last:.1?} |", arguments.join(" "));
        }
    }
}

/// The time until the screen shows the program's name, or what was written instead.
fn first_frame(arguments: &[&str]) -> Result<Duration, String> {
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
        if screen.screen().alternate_screen() && screen.screen().contents().contains("warroom") {
            found = Some(at - started);
        }
    }
    let _ = child.kill();
    let _ = child.wait();
    found.ok_or_else(|| screen.screen().contents())
}
