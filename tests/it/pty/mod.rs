//! The console in a real pseudo-terminal: what it paints, and what it leaves behind.

mod choices;
mod holding;
mod hostile_policy;
mod leaving;
mod overriding;
mod recording;
mod signing;
mod stray;
mod surroundings;
mod suspending;
mod taking_away;
mod themes;
mod unread;
mod wall;
mod way_back;

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
        Self::start_in((100, 30), command, variables)
    }

    /// In a terminal of these columns and rows. One that does not know them is in truth one of 80 and 24.
    fn start_in((cols, rows): (u16, u16), command: &[&str], variables: &[(&str, &str)]) -> Self {
        let size = PtySize { rows, cols, ..PtySize::default() };
        let (cols, rows) = if cols == 0 { (80, 24) } else { (cols, rows) };
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
        let seen = Arc::new((
            Mutex::new(Seen { parser: vt100::Parser::new(rows, cols, 0), bytes: Vec::new() }),
            Condvar::new(),
        ));
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

    /// Sends a signal to the console, where the session is a shell that runs one. The shell wrote its number into `pid`.
    fn signal_console(&self, signal: Signal) {
        let pid = std::fs::read_to_string(self.home.path().join("pid")).expect("a number");
        let pid = pid.trim().parse().ok().and_then(Pid::from_raw).expect("a number");
        kill_process(pid, signal).expect("it gets the signal");
    }

    /// Waits until the console is on the screen.
    fn until_console(&self) {
        self.until("the console", |seen| {
            seen.parser.screen().alternate_screen() && seen.parser.screen().contents().contains("RELEASE")
        });
    }

    /// Empties what was seen: what is seen from now on was painted from now on.
    fn forget(&self) {
        let mut seen = self.seen.0.lock().expect("no panic");
        seen.parser.process(b"\x1b[2J");
        seen.bytes.clear();
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
