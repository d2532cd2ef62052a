//! Themes of the user's own, changed while the console runs.

use super::*;

fn ground_is(session: &Session, (red, green, blue): (u8, u8, u8)) {
    session.until("the ground", |seen| {
        seen.parser.screen().cell(5, 5).is_some_and(|cell| cell.bgcolor() == vt100::Color::Rgb(red, green, blue))
    });
}

#[test]
fn a_changed_theme_is_seen_and_a_broken_one_keeps_the_last_and_says_why() {
    let config = tempfile::tempdir().expect("a directory");
    let write = |name: &str, text: &str| {
        let path = config.path().join("warroom").join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        std::fs::write(path, text).expect("a file");
    };
    let theme = |ground: &str| format!("paint_background = true\n[roles]\nbg = \"{ground}\"\n");
    write("config.toml", "[look]\ntheme = \"mine\"\n");
    write("themes/mine.toml", &theme("#102030"));
    let home = config.path().to_string_lossy().into_owned();
    let (mut session, _) = demo_with(&[("XDG_CONFIG_HOME", &home), ("COLORTERM", "truecolor")]);
    ground_is(&session, (0x10, 0x20, 0x30));
    write("themes/mine.toml", &theme("#304050"));
    ground_is(&session, (0x30, 0x40, 0x50));
    write("themes/mine.toml", &theme("#30405"));
    session.until_text("mine.toml:3:6: `#30405` is not a colour");
    ground_is(&session, (0x30, 0x40, 0x50));
    write("themes/mine.toml", &theme("#405060"));
    ground_is(&session, (0x40, 0x50, 0x60));
    session.until("the footer without trouble", |seen| !seen.parser.screen().contents().contains("mine.toml"));
    write("config.toml", "[look]\ntheme = \"nord\"\n");
    ground_is(&session, (0x2e, 0x34, 0x40));
    session.send(b"q");
    assert_eq!(session.ended(), 0);
}

#[test]
fn a_theme_that_is_not_there_is_told_before_the_console_starts() {
    let mut session = Session::warroom(&["demo", "--theme", "nrd"]);
    assert_eq!(session.ended(), 2);
    session.until_text("did you mean `nord`?");
}
