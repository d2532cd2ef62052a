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
