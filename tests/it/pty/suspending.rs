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
