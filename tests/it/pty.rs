//! The console in a real pseudo-terminal: what it paints, and what it leaves behind.

use std::{
    io::{Read, Write},
    sync::{
        Arc, Condvar, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

use portable_pty::{Child, CommandBuilder, MasterPty, PtyPair, PtySize, native_pty_system};
use rustix::{
    process::{Pid, Signal, kill_process},
    termios::{InputModes, LocalModes, OutputModes},
};

use crate::support::DEADLINE;

const WARROOM: &str = env!("CARGO_BIN_EXE_warroom");

/// What came out of the terminal.
struct Seen {
    parser: vt100::Parser,
    bytes: Vec<u8>,
}

/// Input, output and local modes.
type Modes = (InputModes, OutputModes, LocalModes);

/// A program in a terminal.
struct Session {
    seen: Arc<(Mutex<Seen>, Condvar)>,
    child: Box<dyn Child + Send + Sync>,
    keys: Option<Box<dyn Write + Send>>,
    pair: Option<PtyPair>,
    stop: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
    home: tempfile::TempDir,
}

impl Session {
    /// `warroom` with these arguments, at 100x30.
    fn warroom(arguments: &[&str]) -> Self {
        Self::start(&[&[WARROOM], arguments].concat(), &[])
    }

    fn start(command: &[&str], variables: &[(&str, &str)]) -> Self {
        let size = PtySize { rows: 30, cols: 100, ..PtySize::default() };
        let pair = native_pty_system().openpty(size).expect("a pty");
        let home = tempfile::tempdir().expect("a home");
        let mut builder = CommandBuilder::from_argv(command.iter().map(Into::into).collect());
        builder.env_clear();
        builder.cwd(home.path());
        for (name, value) in [
            ("PATH", std::env::var("PATH").unwrap_or_default().as_str()),
            ("HOME", &home.path().to_string_lossy()),
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
            ("USER", "mira"),
        ] {
            builder.env(name, value);
        }
        for (name, value) in variables {
            builder.env(name, value);
        }
        let child = pair.slave.spawn_command(builder).expect("it starts");
        let seen =
            Arc::new((Mutex::new(Seen { parser: vt100::Parser::new(30, 100, 0), bytes: Vec::new() }), Condvar::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let reader = read(pair.master.as_ref(), Arc::clone(&seen), Arc::clone(&stop));
        let keys = pair.master.take_writer().expect("a writer");
        Self { seen, child, keys: Some(keys), pair: Some(pair), stop, reader: Some(reader), home }
    }

    /// The modes of the terminal's line discipline.
    fn modes(&self) -> Modes {
        let tty = std::fs::File::open(self.master().tty_name().expect("a name")).expect("a terminal");
        let modes = rustix::termios::tcgetattr(&tty).expect("modes");
        (modes.input_modes, modes.output_modes, modes.local_modes)
    }

    fn master(&self) -> &dyn MasterPty {
        self.pair.as_ref().expect("a terminal").master.as_ref()
    }

    fn send(&mut self, keys: &[u8]) {
        let writer = self.keys.as_mut().expect("a terminal");
        writer.write_all(keys).and_then(|()| writer.flush()).expect("the terminal takes keys");
    }

    /// Waits until what was seen satisfies `wanted`.
    fn until(&self, what: &str, mut wanted: impl FnMut(&Seen) -> bool) {
        let (seen, changed) = &*self.seen;
        let seen = seen.lock().expect("no panic");
        let (seen, result) = changed.wait_timeout_while(seen, DEADLINE, |seen| !wanted(seen)).expect("no panic");
        assert!(!result.timed_out(), "gave up waiting for {what}:\n{}", seen.parser.screen().contents());
    }

    fn until_text(&self, text: &str) {
        self.until(text, |seen| seen.parser.screen().contents().contains(text));
    }

    fn text(&self) -> String {
        self.seen.0.lock().expect("no panic").parser.screen().contents()
    }

    fn signal(&self, signal: Signal) {
        let pid = self.child.process_id().and_then(|pid| Pid::from_raw(i32::try_from(pid).ok()?)).expect("a process");
        kill_process(pid, signal).expect("it gets the signal");
    }

    /// Waits for the end; the exit code.
    fn ended(&mut self) -> u32 {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it can be waited for") {
                return status.exit_code();
            }
            assert!(started.elapsed() < DEADLINE, "it does not end:\n{}", self.text());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Asserts that everything was put back as it was before.
    fn assert_restored(&self, before: Modes) {
        self.until("the main screen", |seen| {
            let screen = seen.parser.screen();
            !screen.alternate_screen() && !screen.hide_cursor() && !screen.bracketed_paste()
        });
        assert_eq!(self.modes(), before);
    }

    /// Closes the terminal, as when the window or the connection goes away.
    fn hang_up(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        self.keys = None;
        // The reader holds the terminal too. It ends at the next byte, and the clock on the screen sends one each second.
        self.reader.take().expect("once").join().expect("no panic");
        self.pair = None;
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.child.try_wait().is_ok_and(|status| status.is_none()) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn read(master: &dyn MasterPty, seen: Arc<(Mutex<Seen>, Condvar)>, stop: Arc<AtomicBool>) -> JoinHandle<()> {
    let mut reader = master.try_clone_reader().expect("a reader");
    std::thread::spawn(move || {
        let mut bytes = [0_u8; 8_192];
        while let Ok(count) = reader.read(&mut bytes) {
            if count == 0 || stop.load(Ordering::SeqCst) {
                return;
            }
            let mut now = seen.0.lock().expect("no panic");
            now.parser.process(&bytes[..count]);
            now.bytes.extend_from_slice(&bytes[..count]);
            drop(now);
            seen.1.notify_all();
        }
    })
}

/// A demo whose board is on the screen.
fn demo() -> (Session, Modes) {
    demo_with(&[])
}

fn demo_with(variables: &[(&str, &str)]) -> (Session, Modes) {
    let session = Session::start(&[WARROOM, "demo"], variables);
    // Before the program has come so far as to change them.
    let before = before();
    session.until_text("RELEASE");
    session.until_text("DEMO");
    (session, before)
}

/// The modes of a terminal in which nothing ran yet.
fn before() -> Modes {
    let session = Session::start(&["sleep", "1000"], &[]);
    session.modes()
}

#[test]
fn the_console_shows_the_demo_and_leaves_the_terminal_as_it_was() {
    let (mut session, before) = demo();
    assert_ne!(session.modes(), before, "raw while it runs");
    session.until_text("checkout");
    session.send(b"\r");
    session.until_text("1 Steps");
    session.send(b"?");
    session.until_text("one level back");
    session.send(b"\x1b");
    session.until("the help to go", |seen| !seen.parser.screen().contents().contains("one level back"));
    session.send(b"q");
    assert_eq!(session.ended(), 0);
    session.assert_restored(before);
}

#[test]
fn a_resize_paints_again_in_the_new_size() {
    let (mut session, _) = demo();
    for (columns, rows) in [(200, 60), (1, 1), (40, 10), (80, 24)] {
        // The emulator itself cannot take text in one column.
        if columns > 1 {
            session.seen.0.lock().expect("no panic").parser.screen_mut().set_size(rows, columns);
        }
        let size = PtySize { rows, cols: columns, ..PtySize::default() };
        session.master().resize(size).expect("resized");
        session.until("a frame", |seen| !seen.parser.screen().contents().trim().is_empty());
    }
    session.until_text("RELEASE");
    session.send(b"q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn each_signal_puts_the_terminal_back_and_says_so_by_the_exit_code() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129), (Signal::INT, 130), (Signal::QUIT, 131)] {
        let (mut session, before) = demo();
        session.signal(signal);
        assert_eq!(session.ended(), code, "{signal:?}");
        session.assert_restored(before);
    }
}

#[test]
fn a_closed_terminal_ends_the_console_also_where_hang_ups_are_ignored() {
    let (mut session, _) = demo();
    session.hang_up();
    assert_eq!(session.ended(), 129);
    let mut ignoring = Session::start(&["sh", "-c", "trap '' HUP; exec \"$0\" demo", WARROOM], &[]);
    ignoring.until_text("RELEASE");
    ignoring.hang_up();
    assert_eq!(ignoring.ended(), 129);
}

#[cfg(debug_assertions)]
#[test]
fn a_panic_is_reported_on_a_terminal_that_was_put_back() {
    let before = before();
    let mut session = Session::warroom(&["panic"]);
    assert_eq!(session.ended(), 101);
    session.assert_restored(before);
    session.until_text("asked to panic");
    let log = log_text(&session);
    assert!(log.contains("asked to panic"), "{log}");
}

/// The log of a session, all files.
fn log_text(session: &Session) -> String {
    let directory = session.home.path().join(".local/state/warroom/log");
    let files = std::fs::read_dir(directory).expect("a log").flatten();
    files.map(|file| std::fs::read_to_string(file.path()).expect("text")).collect()
}

#[test]
fn ctrl_z_gives_the_terminal_to_the_shell_and_fg_comes_back() {
    let before = before();
    let script = "set -m; \"$0\" demo; echo stopped $?; read answer; fg >/dev/null; echo ended $?; read answer";
    let mut session = Session::start(&["bash", "-c", script, WARROOM], &[]);
    session.until_text("RELEASE");
    session.send(b"\x1a");
    session.until_text("stopped 148");
    session.assert_restored(before);
    session.send(b"\n");
    session.until("the console again", |seen| {
        seen.parser.screen().alternate_screen() && seen.parser.screen().contents().contains("RELEASE")
    });
    session.send(b"q");
    session.until_text("ended 0");
    session.assert_restored(before);
}

#[test]
fn ctrl_z_without_a_shell_is_answered_and_not_obeyed() {
    let (mut session, _) = demo();
    session.send(b"\x1a");
    session.until_text("no shell");
    session.send(b"q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn what_nobody_typed_operates_nothing() {
    let (mut session, _) = demo();
    let heading = |seen: &Seen| seen.parser.screen().rows(0, 100).next().unwrap_or_default().contains("board");
    for stray in [
        &b"\x1b[200~q x r R y Y dd :q! 123\r\x1b[201~"[..],
        b"\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\",
        b"\x1b]11;rgb:1e1e/1e1e/2e2e\x07",
        b"\x1b[?62;22c",
        b"\x1b[O\x1b[I",
        b"\x1b[<0;10;10M\x1b[<0;10;10m",
        b"\x1bP1$r0m\x1b\\",
        b"q x r R y Y dd :q! 123\r",
    ] {
        session.send(stray);
    }
    session.until_text("ignored 23 keys that came as a burst");
    // An answer to a key that comes after all that shows that the rest was read, and what became of it.
    session.send(b"/");
    session.until_text("turns it round");
    session.send(b"zzz");
    session.until_text("zzz");
    session.until("the board", heading);
    session.send(b"\x1b");
    session.until("the filter to go", |seen| !seen.parser.screen().contents().contains("zzz"));
    session.send(b"q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn half_a_sequence_and_half_a_character_do_not_freeze_the_screen() {
    let (mut session, _) = demo();
    for half in [&b"\x1b[1;"[..], b"\xe2\x9c"] {
        session.send(half);
        let painted = session.seen.0.lock().expect("no panic").bytes.len();
        session.until("the clock to go on", |seen| seen.bytes.len() > painted);
        let painted = session.seen.0.lock().expect("no panic").bytes.len();
        session.until("the clock to go on", |seen| seen.bytes.len() > painted);
    }
    session.send(b"q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn a_paste_fills_the_filter_as_text() {
    let (mut session, _) = demo();
    session.send(b"/\x1b[200~q :quit\x1b[201~");
    session.until_text("q :quit");
    session.send(b"\x03\x03");
    assert_eq!(session.ended(), 0, "Ctrl-C twice leaves");
}

#[test]
fn without_colours_the_selection_and_the_words_stay() {
    let (mut session, _) = demo_with(&[("NO_COLOR", "1")]);
    session.until_text("checkout");
    session.until("something reverse or bold", |seen| {
        let screen = seen.parser.screen();
        let cells = || (0..30).flat_map(|row| (0..100).filter_map(move |column| screen.cell(row, column)));
        assert!(cells().all(|cell| cell.fgcolor() == vt100::Color::Default && cell.bgcolor() == vt100::Color::Default));
        cells().any(|cell| cell.inverse() || cell.bold())
    });
    session.send(b"q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn a_terminal_that_nobody_reads_does_not_keep_it_from_ending() {
    let (mut session, _) = demo();
    // The reader stops at the next byte; from then on nobody reads.
    session.stop.store(true, Ordering::SeqCst);
    session.reader.take().expect("once").join().expect("no panic");
    // Frames of 1,000 columns fill what the kernel keeps.
    for width in (500..1_000).step_by(50) {
        let size = PtySize { rows: 200, cols: width, ..PtySize::default() };
        session.master().resize(size).expect("resized");
        std::thread::sleep(Duration::from_millis(20));
    }
    session.signal(Signal::TERM);
    assert_eq!(session.ended(), 143);
}

#[test]
fn plain_text_is_shown_for_the_mouse_and_any_key_goes_back() {
    let (mut session, _) = demo();
    session.until_text("checkout");
    session.send(b"Y");
    session.until("the main screen", |seen| {
        let screen = seen.parser.screen();
        !screen.alternate_screen() && screen.contents().contains("any key goes back")
    });
    session.send(b"x");
    session.until("the console again", |seen| {
        seen.parser.screen().alternate_screen() && seen.parser.screen().contents().contains("RELEASE")
    });
    session.send(b"q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn a_copy_goes_to_the_terminal_and_an_export_to_a_new_file() {
    let (mut session, _) = demo();
    session.until_text("checkout");
    session.send(b"y");
    session.until("the clipboard", |seen| seen.bytes.windows(7).any(|window| window == b"\x1b]52;c;"));
    session.send(b"e");
    session.until_text("wrote warroom-board-");
    let files: Vec<_> = std::fs::read_dir(session.home.path()).expect("a directory").flatten().collect();
    let exported = files.iter().find(|file| file.file_name().to_string_lossy().ends_with(".md")).expect("a file");
    assert!(std::fs::read_to_string(exported.path()).expect("text").contains("| RELEASE |"));
    session.send(b"q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn a_terminal_that_cannot_move_its_cursor_is_refused() {
    let mut session = Session::start(&[WARROOM], &[("TERM", "dumb")]);
    assert_eq!(session.ended(), 2);
    session.until_text("warroom status");
    assert!(!session.seen.0.lock().expect("no panic").bytes.contains(&0x1b), "no escape code");
}

#[test]
fn a_first_run_says_what_to_do() {
    let mut session = Session::warroom(&[]);
    session.until_text("warroom demo");
    session.send(b"q");
    assert_eq!(session.ended(), 0);
}
