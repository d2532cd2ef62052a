//! `watch --plain`: the room as lines, in real processes.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    process::{Child, ChildStdout, Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use portable_pty::{CommandBuilder, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};

use crate::support::DEADLINE;

const WARROOM: &str = env!("CARGO_BIN_EXE_warroom");

/// A program whose lines are read.
struct Watching {
    child: Child,
    lines: mpsc::Receiver<String>,
    seen: Vec<String>,
    _home: tempfile::TempDir,
}

fn spawn(arguments: &[&str]) -> (Child, ChildStdout, tempfile::TempDir) {
    let home = tempfile::tempdir().expect("a home");
    let mut child = Command::new(WARROOM)
        .args(arguments)
        .env_clear()
        .env("HOME", home.path())
        .current_dir(home.path())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    let output = child.stdout.take().expect("piped");
    (child, output, home)
}

impl Watching {
    fn start(arguments: &[&str]) -> Self {
        let (child, output, home) = spawn(arguments);
        let (heard, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if heard.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, lines, seen: Vec::new(), _home: home }
    }

    /// Waits for a line that satisfies `wanted`, unless there was one.
    fn until(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let seen = self.seen.iter().find(|line| wanted(line)).cloned();
        seen.unwrap_or_else(|| self.next(what, wanted))
    }

    /// Waits for the next line that satisfies `wanted`.
    fn next(&mut self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        self.within(DEADLINE, what, wanted)
    }

    /// Waits so long for the next line that satisfies `wanted`.
    fn within(&mut self, patience: Duration, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let started = Instant::now();
        while let Ok(line) = self.lines.recv_timeout(patience.saturating_sub(started.elapsed())) {
            self.seen.push(line.clone());
            if wanted(&line) {
                return line;
            }
        }
        panic!("gave up waiting for {what}:\n{}", self.seen.join("\n"));
    }

    fn until_start(&mut self, start: &str) -> String {
        self.until(start, |line| line.starts_with(start))
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("alive");
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn is_a_line(line: &str) -> bool {
    let word = line.split([' ', ':']).next().unwrap_or_default();
    let state = !word.is_empty() && word.chars().all(|c| c.is_ascii_uppercase());
    state && line.ends_with(" UTC") && !line.chars().any(char::is_control)
}

#[test]
fn the_verdict_on_a_canary_that_hurts_a_little_goes_from_go_to_roll_back_and_the_gate_says_the_same() {
    let mut demo = Watching::start(&["demo", "--plain", "--scenario", "slow-canary"]);
    let joins = demo.until("the files", |line| line.contains("another terminal joins"));
    let config = joins.split("--config ").nth(1).and_then(|rest| rest.split(". ").next()).expect("a path").to_owned();
    let gate = || {
        let output = Command::new(WARROOM).args(["gate", "checkout-1.43", "--config", &config]).output().expect("runs");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let verdict = |word: &str| {
        let start = format!("{word} verdict checkout-1.43 ");
        move |line: &str| line.starts_with(&start)
    };
    demo.until("go", verdict("GO"));
    // The story takes a minute and a half of its own time.
    let story = DEADLINE * 4;
    let held = demo.within(story, "too early", |line| verdict("HOLD")(line) && line.contains("inconclusive"));
    assert!(held.contains("needs about ") && held.contains(" more requests"), "{held}");
    let (code, told) = gate();
    assert!(code == Some(1) && told.contains("checkout-1.43 before it gets 50 % of traffic"), "{code:?} {told}");
    let back = demo.within(story, "roll back", verdict("ROLL BACK"));
    assert!(back.contains("checkout canary FAIL"), "{back}");
    let (code, told) = gate();
    assert_eq!(code, Some(1), "{told}");
    assert!(told.starts_with("ROLL BACK checkout-1.43 ") && told.contains(" bad ("), "{told}");
}

#[test]
fn a_freeze_holds_healthy_releases_until_a_signed_override_lets_the_emergency_pass() {
    let mut demo = Watching::start(&["demo", "--plain", "--scenario", "freeze"]);
    for release in ["payments-7.3.2", "search-3.8"] {
        let held = demo.until(release, |line| line.starts_with(&format!("HOLD verdict {release} ")));
        assert!(held.contains("Freeze of the year's end until "), "{held}");
    }
    demo.within(DEADLINE * 3, "the override", |line| line.starts_with("GO verdict payments-7.3.2 "));
    let joins = demo.until("the files", |line| line.contains("another terminal joins"));
    let config = joins.split("--config ").nth(1).and_then(|rest| rest.split(". ").next()).expect("a path").to_owned();
    let gate = |release: &str| {
        let output = Command::new(WARROOM).args(["gate", release, "--config", &config]).output().expect("runs");
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (code, told) = gate("payments-7.3.2");
    assert_eq!(code, Some(0), "{told}");
    assert!(told.contains("ana as release-manager lets it pass until "), "{told}");
    let (code, told) = gate("search-3.8");
    assert!(code == Some(1) && told.contains("Freeze of the year's end"), "{code:?} {told}");
}

#[test]
fn the_demo_tells_its_story_in_lines_and_ends_on_a_signal() {
    let mut watching = Watching::start(&["demo", "--plain", "--speed", "10"]);
    watching.until_start("WAITING for the first answers of prom, alerts, cluster. This is the demo");
    watching.until("the summary", |line| line.contains(": 3 releases, "));
    watching
        .until("what fires at first", |line| line.starts_with("WATCH alert QueueBacklog notifications prod: ticket"));
    watching.until("a source", |line| line.contains(" source prom: prometheus, data "));
    watching.until("the weight", |line| line.contains("release checkout-1.42 prod") && line.contains("traffic 25 %"));
    watching.until_start("BAD alert ErrorBudgetBurn checkout prod: page firing");
    watching.signal(Signal::TERM);
    watching.until_start("ENDED watching, by signal 15. ");
    assert_eq!(watching.child.wait().expect("ended").code(), Some(143));
    for line in &watching.seen {
        assert!(is_a_line(line), "{line:?}");
    }
}

#[test]
fn a_source_that_stops_answering_is_told_and_so_is_its_return() {
    let mut watching = Watching::start(&["demo", "--plain", "--scenario", "source-down", "--speed", "10"]);
    let answers = |line: &str| line.contains(" source prom: ") && !line.contains("UNKNOWN");
    watching.until("its first answers", answers);
    let failed = watching.next("the failure", |line| line.starts_with("FAILED source prom"));
    assert!(failed.contains("burn, budgets and charts are UNKNOWN"), "{failed}");
    watching.until("doubt about the release", |line| line.starts_with("UNKNOWN release checkout-1.42 prod"));
    watching.next("its return", answers);
}

#[test]
fn silence_is_broken_by_a_line_that_says_how_old_the_data_are() {
    let mut watching = Watching::start(&["demo", "--plain", "--scenario", "steady", "--speed", "10"]);
    let beat = watching.until("a heartbeat", |line| line.contains("No change, still watching. Oldest data "));
    assert!(is_a_line(&beat), "{beat}");
}

#[test]
fn where_nobody_answers_the_first_summary_is_unknown_and_names_the_failure() {
    let mut watching = Watching::start(&["watch", "--prometheus", "http://127.0.0.1:1/"]);
    let greeting = watching.until_start("WAITING for the first answers of prometheus");
    assert!(greeting.contains("is not a terminal"), "it was chosen because of that: {greeting}");
    watching.until_start("UNKNOWN: 0 releases, ");
    let failed = watching.until_start("FAILED source prometheus");
    assert!(failed.contains("no answer yet") && failed.contains("no connection"), "{failed}");
    assert!(!watching.seen.iter().any(|line| line.starts_with("OK")), "{:?}", watching.seen);
    watching.signal(Signal::INT);
    assert_eq!(watching.child.wait().expect("ended").code(), Some(130));
}

#[test]
fn a_reader_that_has_heard_enough_ends_it_without_an_error() {
    let (mut child, output, _home) = spawn(&["demo", "--plain"]);
    let mut reader = BufReader::new(output);
    let mut line = String::new();
    reader.read_line(&mut line).expect("readable");
    assert!(line.starts_with("WAITING"), "{line}");
    drop(reader);
    assert_eq!(child.wait().expect("ended").code(), Some(0));
}

#[test]
fn without_a_source_it_says_how_to_get_some() {
    let (mut child, mut output, _home) = spawn(&["watch", "--plain"]);
    let mut said = String::new();
    output.read_to_string(&mut said).expect("readable");
    assert_eq!((said.as_str(), child.wait().expect("ended").code()), ("", Some(2)));
}

/// What a terminal shows of `warroom demo` until `wanted` stands there; then the demo gets INT.
fn in_a_terminal(term: &str, config: &str, wanted: &str) -> (String, u32) {
    let pair = native_pty_system().openpty(PtySize { rows: 30, cols: 100, ..PtySize::default() }).expect("a pty");
    let home = tempfile::tempdir().expect("a home");
    let directory = home.path().join(".config/warroom");
    std::fs::create_dir_all(&directory)
        .and_then(|()| std::fs::write(directory.join("config.toml"), config))
        .expect("files");
    let mut builder = CommandBuilder::new(WARROOM);
    builder.arg("demo");
    builder.env_clear();
    builder.cwd(home.path());
    builder.env("HOME", home.path());
    builder.env("TERM", term);
    let mut child = pair.slave.spawn_command(builder).expect("it starts");
    drop(pair.slave);
    let mut reader = pair.master.try_clone_reader().expect("a reader");
    let (heard, bytes) = mpsc::channel();
    std::thread::spawn(move || {
        let mut buffer = [0; 4_096];
        while let Ok(count) = reader.read(&mut buffer)
            && count > 0
            && heard.send(buffer[..count].to_vec()).is_ok()
        {}
    });
    let started = Instant::now();
    let mut said = Vec::new();
    while !String::from_utf8_lossy(&said).contains(wanted) {
        let more = bytes.recv_timeout(DEADLINE.saturating_sub(started.elapsed()));
        said.extend(more.unwrap_or_else(|_| panic!("no `{wanted}` in {:?}", String::from_utf8_lossy(&said))));
    }
    let pid = child.process_id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?)).expect("a process");
    kill_process(pid, Signal::INT).expect("alive");
    let status = child.wait().expect("ended");
    said.extend(bytes.iter().flatten());
    (String::from_utf8_lossy(&said).into_owned(), status.exit_code())
}

#[test]
fn a_dumb_terminal_and_a_screen_reader_get_lines_by_themselves_and_no_escape_code() {
    let setting = "[accessibility]\nscreen_reader = true\n";
    for (term, config, why) in [
        ("dumb", "", "because TERM is dumb"),
        ("xterm-256color", setting, "because accessibility.screen_reader is true"),
    ] {
        let (said, code) = in_a_terminal(term, config, " source prom: prometheus, data ");
        assert!(said.contains(why), "{said}");
        assert!(!said.contains('\u{1b}'), "{said:?}");
        assert!(said.contains("ENDED watching, by signal 2."), "{said}");
        assert_eq!(code, 130, "{said}");
    }
}
