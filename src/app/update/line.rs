//! A line that is typed: what keys, pastes and bursts of keys do to it, and the way from line to line of a dialog.

use crate::{
    app::key::{Key, KeyCode},
    domain::clean::{clean, is_safe},
};

/// The longest line that can be typed or pasted, in characters.
const LONGEST: usize = 500;

/// Does to `line` what `key` means in a line. Whether it means anything there.
pub(super) fn typed(line: &mut String, key: Key) -> bool {
    match key {
        Key { code: KeyCode::Backspace, ctrl: false, alt: false } => {
            line.pop();
        }
        Key { code: KeyCode::Char('u'), ctrl: true, .. } => line.clear(),
        Key { code: KeyCode::Char('w'), ctrl: true, .. } | Key { code: KeyCode::Backspace, alt: true, .. } => {
            let kept = line.trim_end().rfind(' ').map_or(0, |blank| blank + 1);
            line.truncate(kept);
        }
        Key { code: KeyCode::Char(c), ctrl: false, alt: false } if is_safe(c) => line.push(c),
        _ => return false,
    }
    cut(line);
    true
}

/// Adds pasted text, made harmless. Whether there was any.
pub(super) fn pasted(line: &mut String, text: &str) -> bool {
    line.push_str(&clean(text.trim_matches(['\r', '\n'])));
    cut(line);
    !text.is_empty()
}

/// Adds the characters of keys that came faster than a person types. The rest of them means nothing: it can neither run the line nor
/// leave it. Whether there was any.
pub(super) fn burst(line: &mut String, keys: &[Key]) -> bool {
    let characters = keys.iter().filter(|key| matches!(key.code, KeyCode::Char(_)) && !key.ctrl);
    characters.map(|key| typed(line, *key)).filter(|taken| *taken).count() > 0
}

/// The one of `fields` that is so many after `focus`, round and round; `None` where there is none.
pub(super) fn beside<F: Copy + PartialEq>(fields: &[F], focus: F, by: isize) -> Option<F> {
    let place = fields.iter().position(|field| *field == focus).unwrap_or(0);
    let next = place.checked_add_signed(by).unwrap_or(fields.len().saturating_sub(1));
    fields.get(next.checked_rem(fields.len())?).copied()
}

fn cut(line: &mut String) {
    if let Some((end, _)) = line.char_indices().nth(LONGEST) {
        line.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(line: &str, key: Key) -> (bool, String) {
        let mut line = line.to_owned();
        (typed(&mut line, key), line)
    }

    #[test]
    fn control_keys_rub_out_a_word_or_everything_and_what_is_no_text_changes_nothing() {
        let control = |c| Key { code: KeyCode::Char(c), ctrl: true, alt: false };
        assert_eq!(after("one two ", control('w')), (true, "one ".to_owned()));
        assert_eq!(after("one", control('w')), (true, String::new()));
        assert_eq!(after("one two", control('u')), (true, String::new()));
        assert_eq!(after("one", Key::plain(KeyCode::Backspace)), (true, "on".to_owned()));
        assert_eq!(after("one", Key::plain(KeyCode::Char('\u{202e}'))), (false, "one".to_owned()));
        assert_eq!(after("one", Key::plain(KeyCode::Home)), (false, "one".to_owned()));
    }

    #[test]
    fn no_paste_is_longer_than_a_line() {
        let mut line = "because ".to_owned();
        assert!(pasted(&mut line, &"ü".repeat(10_000)));
        assert_eq!(line.chars().count(), LONGEST);
        assert!(!pasted(&mut line, ""));
    }

    #[test]
    fn fields_go_round_in_both_directions() {
        assert_eq!((beside(&[1, 2, 3], 3, 1), beside(&[1, 2, 3], 1, -1)), (Some(1), Some(3)));
        assert_eq!((beside(&[1, 2, 3], 7, 1), beside::<u8>(&[], 1, -1)), (Some(2), None));
    }
}
