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
