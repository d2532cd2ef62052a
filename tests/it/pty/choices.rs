//! What is switched on by choice alone: title, mouse; copies and exports as the terminal gets them.

use super::*;

fn position(seen: &Seen, wanted: &[u8]) -> Option<usize> {
    seen.bytes.windows(wanted.len()).position(|bytes| bytes == wanted)
}

#[test]
fn a_title_is_set_by_choice_and_put_back_at_the_end() {
    let (mut session, before) = demo_with(&[("WARROOM__TERMINAL__TITLE", "true")]);
    session.until("a title", |seen| {
        let kept = position(seen, b"\x1b[22;2t");
        let set = position(seen, b" - warroom\x07");
        kept.is_some() && kept < set
    });
    session.send(b"q");
    assert_eq!(session.ended(), 0);
    session.until("the title before it", |seen| position(seen, b"\x1b]2;\x07\x1b[23;2t").is_some());
    session.assert_restored(before);
}

#[test]
fn without_a_choice_the_terminal_keeps_its_title_its_bell_and_its_mouse() {
    let (mut session, _) = demo();
    session.until_text("checkout");
    session.send(b"q");
    assert_eq!(session.ended(), 0);
    let seen = session.seen.0.lock().expect("no panic");
    for bytes in [&b"\x1b]2;"[..], b"\x1b[22;2t", b"\x1b[?1000h", b"\x1b[?1006h", b"\x07"] {
        assert_eq!(position(&seen, bytes), None, "{bytes:?}");
    }
}

#[test]
fn the_wheel_moves_the_selection_by_choice_and_a_click_operates_nothing() {
    let (mut session, before) = demo_with(&[("WARROOM__TERMINAL__MOUSE", "true")]);
    session.until("the mouse", |seen| position(seen, b"\x1b[?1000h\x1b[?1006h").is_some());
    session.until_text("search");
    // Two clicks on a line and the wheel: only the wheel does something, and the last release is chosen.
    session.send(b"\x1b[<0;5;5M\x1b[<0;5;5m\x1b[<0;5;5M\x1b[<0;5;5m\x1b[<65;5;5M\x1b[<65;5;5M");
    session.until("the last line chosen", |seen| {
        seen.parser.screen().contents().lines().any(|line| line.contains('►') && line.contains("search"))
    });
    session.send(b"q");
    assert_eq!(session.ended(), 0);
    session.until("the mouse off", |seen| position(seen, b"\x1b[?1006l").is_some());
    session.assert_restored(before);
}

#[test]
fn a_copy_goes_out_through_tmux_and_an_export_says_where_it_is() {
    let (mut session, _) = demo_with(&[("TMUX", "/tmp/tmux-1000/default,1,0"), ("TERM", "tmux-256color")]);
    session.until_text("checkout");
    session.send(b"y");
    session.until_text("sent the line to the clipboard");
    session.until_text("set-clipboard on");
    session.until("both ways", |seen| {
        position(seen, b"\x1b]52;c;").is_some() && position(seen, b"\x1bPtmux;\x1b\x1b]52;c;").is_some()
    });
    session.send(b"e");
    session.until_text("wrote warroom-board-");
    let files = std::fs::read_dir(session.home.path()).expect("a home");
    let names: Vec<String> =
        files.map(|file| file.expect("a file").file_name().to_string_lossy().into_owned()).collect();
    assert!(names.iter().any(|name| name.starts_with("warroom-board-") && name.ends_with("Z.md")), "{names:?}");
    session.send(b"q");
    assert_eq!(session.ended(), 0);
}
