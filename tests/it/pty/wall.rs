//! The wall in a terminal: nothing that is typed or pasted does anything, and Ctrl-C twice leaves.

use super::*;

#[test]
fn the_wall_ignores_keys_and_pastes_and_leaves_with_two_ctrl_c() {
    let before = before();
    let mut session = Session::warroom(&["demo", "--wall", "--pages", "board"]);
    session.until_text("WALL");
    session.until_text("RELEASE");
    for keys in
        [b"q".as_slice(), b"\r", b"?", b":quit\r", b"\x1b", b"\x18r", b"\x1a", b"\x1b[200~:quit\r\x03\x03q\x1b[201~"]
    {
        session.send(keys);
    }
    // What comes faster than a person types is dropped as a whole: Ctrl-C has to come in another second.
    let clock = |text: &str| text.lines().find(|line| line.contains("WALL")).map(str::to_owned);
    let now = clock(&session.text());
    session.until("another second", |seen| clock(&seen.parser.screen().contents()) != now);
    session.send(b"\x03");
    session.until_text("Ctrl-C once more leaves the wall");
    let text = session.text();
    assert!(text.contains("WALL") && text.contains("page 1/1") && text.contains("RELEASE"), "{text}");
    session.send(b"\x03");
    assert_eq!(session.ended(), 0);
    session.assert_restored(before);
}

#[test]
fn a_wall_whose_sources_do_not_answer_says_so_and_goes_on_asking() {
    let session = Session::warroom(&["--prometheus", "http://127.0.0.1:9/", "--wall"]);
    session.until_text("prometheus");
    session.until_text("no connection");
    session.until_text("again in");
    assert!(!session.text().contains("127.0.0.1"), "{}", session.text());
}
