//! What nobody typed: late answers, pastes, half a sequence.

use super::*;

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

/// The clock of the header, with its seconds.
fn clock(seen: &Seen) -> Option<String> {
    let header = seen.parser.screen().rows(0, 100).next()?;
    header.split_whitespace().find(|word| word.len() == 9 && word.ends_with('Z')).map(str::to_owned)
}

#[test]
fn half_a_sequence_and_half_a_character_do_not_freeze_the_screen() {
    let (mut session, _) = demo();
    for half in [&b"\x1b[1;"[..], b"\xe2\x9c"] {
        session.send(half);
        // Two seconds of the clock: the first may change at once, and what is unfinished ends within the second one.
        for _ in 0..2 {
            let before = clock(&session.seen.0.lock().expect("no panic"));
            session.until("the clock to go on", |seen| clock(seen) != before);
        }
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
