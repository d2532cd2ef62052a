//! What is taken away from the console: copies, exports, plain text.

use super::*;

#[test]
fn plain_text_is_shown_for_the_mouse_and_any_key_goes_back() {
    let (mut session, _) = demo();
    session.until_text("checkout");
    session.send(b"Y");
    session.until("the main screen", |seen| {
        let screen = seen.parser.screen();
        !screen.alternate_screen() && screen.contents().contains("any key goes back")
    });
    session.send(b"x");
    session.until_console();
    session.send(b"q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn a_copy_goes_to_the_terminal_and_an_export_to_a_new_file() {
    let (mut session, _) = demo();
    session.until_text("checkout");
    session.send(b"y");
    session.until("the clipboard", |seen| seen.bytes.windows(7).any(|window| window == b"\x1b]52;c;"));
    session.send(b"e");
    session.until_text("wrote warroom-board-");
    let files: Vec<_> = std::fs::read_dir(session.home.path()).expect("a directory").flatten().collect();
    let exported = files.iter().find(|file| file.file_name().to_string_lossy().ends_with(".md")).expect("a file");
    assert!(std::fs::read_to_string(exported.path()).expect("text").contains("| RELEASE |"));
    session.send(b"q");
    assert_eq!(session.ended(), 0);
}
