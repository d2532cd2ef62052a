//! Every way out: what the terminal looks like afterwards, and the exit code.

use super::*;

#[test]
fn the_console_shows_the_demo_and_leaves_the_terminal_as_it_was() {
    let (mut session, before) = demo();
    assert_ne!(session.modes(), before, "raw while it runs");
    session.until_text("checkout");
    session.send(b"\r");
    session.until_text("1 Steps");
    session.send(b"?");
    session.until_text("Help: Release");
    session.send(b"\x1b");
    session.until("the help to go", |seen| !seen.parser.screen().contents().contains("Help: Release"));
    session.send(b"q");
    assert_eq!(session.ended(), 0);
    session.assert_restored(before);
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

#[cfg(debug_assertions)]
/// The log of a session, all files.
fn log_text(session: &Session) -> String {
    let directory = session.home.path().join(".local/state/warroom/log");
    let files = std::fs::read_dir(directory).expect("a log").flatten();
    files.map(|file| std::fs::read_to_string(file.path()).expect("text")).collect()
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
fn what_was_typed_too_late_is_not_left_to_the_shell() {
    let script = r#"bash -c 'echo $$ >pid; exec "$0" demo' "$0"; echo ended $?; read -r rest; echo "rest<$rest>""#;
    let mut session = Session::start(&["bash", "-c", script, WARROOM], &[]);
    session.until_text("RELEASE");
    // It cannot read while it is stopped.
    session.signal_console(Signal::STOP);
    session.send(b"reboot\n");
    session.signal_console(Signal::TERM);
    session.signal_console(Signal::CONT);
    session.until_text("ended 143");
    session.send(b"after\n");
    session.until_text("rest<after>");
}

#[test]
fn an_output_that_goes_away_ends_the_console_and_the_other_terminal_is_put_back() {
    let screen = native_pty_system().openpty(PtySize { rows: 30, cols: 100, ..PtySize::default() }).expect("a pty");
    let name = screen.master.tty_name().expect("a name").display().to_string();
    let mut session = Session::start(&["sh", "-c", "exec \"$0\" demo >\"$1\"", WARROOM, &name], &[]);
    let before = before();
    let mut first = [0; 16];
    screen.master.try_clone_reader().expect("a reader").read_exact(&mut first).expect("a frame");
    drop(screen);
    assert_eq!(session.ended(), 129);
    assert_eq!(session.modes(), before);
}

#[test]
fn with_no_network_each_source_is_named_as_failed_and_the_console_can_be_left() {
    // A port that was free a moment ago, and nobody listens there.
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
    let folder = tempfile::tempdir().expect("a folder");
    let config = folder.path().join("warroom.toml");
    let kinds = [
        ("metrics", format!("kind = \"prometheus\"\nurl = \"http://127.0.0.1:{port}/\"\nslos = [\"sloth\"]")),
        ("pages", format!("kind = \"alertmanager\"\nurls = [\"http://127.0.0.1:{port}/\"]")),
        ("shop", format!("kind = \"kubernetes\"\nurl = \"http://127.0.0.1:{port}/\"")),
    ];
    let parts: Vec<String> =
        kinds.iter().map(|(name, rest)| format!("[[source]]\nname = \"{name}\"\n{rest}")).collect();
    std::fs::write(&config, parts.join("\n")).expect("a file");
    let before = before();
    let mut session = Session::warroom(&["--config", &config.to_string_lossy()]);
    session.until("each source as failed", |seen| {
        let rows: Vec<String> = seen.parser.screen().rows(0, 100).collect();
        kinds
            .iter()
            .all(|(name, _)| rows.iter().any(|row| row.contains(&format!(" {name} ")) && row.contains("FAILED")))
    });
    session.send(b"q");
    assert_eq!(session.ended(), 0);
    session.assert_restored(before);
}
