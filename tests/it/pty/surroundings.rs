//! Terminals of every size and kind, and none.

use super::*;

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
fn a_terminal_that_cannot_move_its_cursor_gets_lines_and_no_escape_code() {
    let mut session = Session::start(&[WARROOM], &[("TERM", "dumb")]);
    assert_eq!(session.ended(), 2);
    session.until_text("no source is configured");
    assert!(!session.seen.0.lock().expect("no panic").bytes.contains(&0x1b), "no escape code");
}

#[test]
fn a_first_run_says_what_to_do() {
    let mut session = Session::warroom(&[]);
    session.until_text("warroom demo");
    session.send(b"q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn a_terminal_without_a_size_is_drawn_on_as_80x24() {
    let mut session = Session::start_in((0, 0), &[WARROOM, "demo"], &[]);
    session.until_text("RELEASE");
    let hints_at = |row: usize| {
        move |seen: &Seen| seen.parser.screen().rows(0, 80).nth(row).is_some_and(|row| row.contains("? help"))
    };
    session.until("24 rows", hints_at(23));
    session.master().resize(PtySize { rows: 20, cols: 80, ..PtySize::default() }).expect("resized");
    session.until("20 rows", hints_at(19));
    session.forget();
    session.master().resize(PtySize { rows: 0, cols: 0, ..PtySize::default() }).expect("resized");
    session.until("24 rows again", hints_at(23));
    session.send(b"q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn a_start_in_a_tiny_terminal_paints_and_can_be_left() {
    for (columns, rows) in [(20, 5), (2, 1), (200, 1), (2, 60)] {
        let mut session = Session::start_in((columns, rows), &[WARROOM, "demo"], &[]);
        session.until("something", |seen| !seen.parser.screen().contents().trim().is_empty());
        session.send(b"q");
        assert_eq!(session.ended(), 0, "{columns}x{rows}");
    }
}

#[test]
fn a_storm_of_sizes_ends_with_the_right_picture() {
    let (mut session, _) = demo();
    for turn in 0..200_u16 {
        let size = PtySize { rows: turn * 7 % 61, cols: turn * 13 % 211, ..PtySize::default() };
        session.master().resize(size).expect("resized");
    }
    session.forget();
    session.master().resize(PtySize { rows: 30, cols: 100, ..PtySize::default() }).expect("resized");
    session.until("the whole picture", |seen| {
        let rows: Vec<String> = seen.parser.screen().rows(0, 100).collect();
        let holds = |row: usize, text: &str| rows.get(row).is_some_and(|row| row.contains(text));
        holds(0, "board") && holds(29, "? help") && rows.iter().any(|row| row.contains("RELEASE"))
    });
    session.send(b"q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn a_terminal_that_does_not_speak_utf_8_gets_ascii_alone() {
    for command in [["env", "LANG=C"], ["env", "TERM=linux"]] {
        let mut session = Session::start(&[&command[..], &[WARROOM, "demo"]].concat(), &[]);
        session.until_text("RELEASE");
        session.until_text("checkout");
        let seen = session.seen.0.lock().expect("no panic");
        assert!(seen.bytes.is_ascii(), "{command:?}: {}", seen.parser.screen().contents());
        drop(seen);
        session.send(b"q");
        assert_eq!(session.ended(), 0);
    }
}

#[test]
fn a_terminal_of_no_known_kind_is_drawn_on() {
    let mut session = Session::start(&["env", "-u", "TERM", WARROOM, "demo"], &[]);
    session.until_text("RELEASE");
    session.send(b"q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn without_a_terminal_it_says_which_end_is_none_and_what_to_use() {
    for (script, which) in [
        ("\"$0\" demo </dev/null; echo code $?", "standard input is not a terminal"),
        ("true | \"$0\" demo; echo code $?", "standard input is not a terminal"),
        ("\"$0\" demo | cat; echo code ${PIPESTATUS[0]}", "standard output is not a terminal"),
        ("\"$0\" demo </dev/null 2>&1 | cat; echo code ${PIPESTATUS[0]}", "neither standard input nor standard output"),
    ] {
        let mut session = Session::start(&["bash", "-c", script, WARROOM], &[]);
        session.until_text("code 2");
        session.until_text(which);
        session.until_text("warroom status");
        session.ended();
        assert!(!session.seen.0.lock().expect("no panic").bytes.contains(&0x1b), "no escape code: {script}");
    }
}
