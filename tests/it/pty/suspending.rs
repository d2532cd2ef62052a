//! Ctrl-Z, and coming back.

use super::*;

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
    session.until_console();
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

/// Starts a console below a shell with job control, and runs `then` after its first stop. The console's number is in `pid`.
fn below_a_shell(then: &str) -> (Session, Modes) {
    let script = format!(r#"set -m; bash -c 'echo $$ >pid; exec "$0" demo' "$0"; echo stopped $?; {then}"#);
    let session = Session::start(&["bash", "-c", &script, WARROOM], &[]);
    let before = before();
    session.until_text("RELEASE");
    (session, before)
}

#[test]
fn a_stop_that_somebody_else_asks_for_is_the_same() {
    let (mut session, before) = below_a_shell("read answer; fg >/dev/null; echo ended $?; read answer");
    session.signal_console(Signal::TSTP);
    session.until_text("stopped 148");
    session.assert_restored(before);
    session.send(b"\n");
    session.until_console();
    session.send(b"q");
    session.until_text("ended 0");
    session.assert_restored(before);
}

#[test]
fn after_a_stop_that_could_not_be_seen_everything_is_painted_again() {
    let (mut session, before) = demo();
    session.signal(Signal::STOP);
    // What the shell, or whoever had the terminal meanwhile, left on it.
    session.forget();
    session.signal(Signal::CONT);
    session.until("all of the picture", |seen| {
        let text = seen.parser.screen().contents();
        text.contains("RELEASE") && text.contains("? help") && text.contains("checkout")
    });
    session.send(b"q");
    assert_eq!(session.ended(), 0);
    session.assert_restored(before);
}

#[test]
fn a_stopped_console_can_be_ended() {
    let (mut session, before) = below_a_shell(
        "kill %1; code=148; while [ $code = 148 ]; do wait %1 2>/dev/null; code=$?; done; echo ended $code; read answer",
    );
    session.send(b"\x1a");
    session.until_text("ended 143");
    session.assert_restored(before);
}

#[test]
fn a_console_that_is_sent_to_the_background_waits_there_and_touches_nothing() {
    let (mut session, before) =
        below_a_shell("bg; wait %1; echo still $?; read answer; fg; echo ended $?; read answer");
    session.send(b"\x1a");
    // SIGTTOU: it wanted the terminal, and does not have it.
    session.until_text("still 150");
    session.assert_restored(before);
    session.send(b"\n");
    session.until_console();
    session.send(b"q");
    session.until_text("ended 0");
    session.assert_restored(before);
}
