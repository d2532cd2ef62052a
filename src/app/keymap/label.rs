//! Keys as people write them.

use crate::app::key::{Key, KeyCode};

/// A key as it is written for people: `Ctrl-L`, `PgDn`, `?`.
#[must_use]
pub fn label(key: Key) -> String {
    let mut text = String::new();
    if key.ctrl {
        text.push_str("Ctrl-");
    }
    if key.alt {
        text.push_str("Alt-");
    }
    match key.code {
        KeyCode::Char(' ') => text.push_str("Space"),
        KeyCode::Char(c) if key.ctrl => text.extend(c.to_uppercase()),
        KeyCode::Char(c) => text.push(c),
        KeyCode::F(number) => text.extend(["F".to_owned(), number.to_string()]),
        KeyCode::Enter => text.push_str("Enter"),
        KeyCode::Esc => text.push_str("Esc"),
        KeyCode::Tab => text.push_str("Tab"),
        KeyCode::BackTab => text.push_str("S-Tab"),
        KeyCode::Backspace => text.push_str("Backspace"),
        KeyCode::Delete => text.push_str("Del"),
        KeyCode::Up => text.push_str("Up"),
        KeyCode::Down => text.push_str("Down"),
        KeyCode::Left => text.push_str("Left"),
        KeyCode::Right => text.push_str("Right"),
        KeyCode::Home => text.push_str("Home"),
        KeyCode::End => text.push_str("End"),
        KeyCode::PageUp => text.push_str("PgUp"),
        KeyCode::PageDown => text.push_str("PgDn"),
    }
    text
}

/// The key that people write like this: `Ctrl-L`, `PgDn`, `?`. `None` where it is none that a terminal can tell.
#[must_use]
pub fn parse(text: &str) -> Option<Key> {
    let (ctrl, rest) = text.strip_prefix("Ctrl-").map_or((false, text), |rest| (true, rest));
    let (alt, rest) = rest.strip_prefix("Alt-").map_or((false, rest), |rest| (true, rest));
    let mut characters = rest.chars();
    let code = match (characters.next(), characters.next()) {
        (Some(c), None) if ctrl => KeyCode::Char(c.to_ascii_lowercase()),
        (Some(c), None) if !c.is_whitespace() => KeyCode::Char(c),
        _ => *named().iter().find(|(name, _)| name.eq_ignore_ascii_case(rest)).map(|(_, code)| code)?,
    };
    let letter = matches!(code, KeyCode::Char('a'..='z'));
    // Ctrl-I is Tab, Ctrl-J and Ctrl-M are Enter, Ctrl-H is Backspace.
    let same = matches!(code, KeyCode::Char('i' | 'j' | 'm' | 'h'));
    let char = matches!(code, KeyCode::Char(_));
    (!ctrl || !char || (letter && !same)).then_some(Key { code, ctrl, alt })
}

/// Keys that are no characters, and the blank, by the names that [`label`] gives them.
fn named() -> Vec<(String, KeyCode)> {
    let codes = [
        KeyCode::Char(' '),
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Backspace,
        KeyCode::Delete,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::PageDown,
    ];
    let codes = codes.into_iter().chain((1..=12).map(KeyCode::F));
    codes.map(|code| (label(Key::plain(code)), code)).collect()
}
