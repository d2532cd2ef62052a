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
    session.until_text("one level back");
    session.send(b"\x1b");
    session.until("the help to go", |seen| !seen.parser.screen().contents().contains("one level back"));
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
