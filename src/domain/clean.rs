//! Text from outside is data: what could move the cursor, change colours or turn the reading order never leaves the program as it came.

use std::borrow::Cow;

/// Stands in for a character that must not reach a terminal.
pub const REPLACEMENT: char = '\u{fffd}';

/// Whether `c` may reach a terminal: no C0, C1 or DEL control, no bidirectional override or isolate, no line or
/// paragraph separator, no tag character, no interlinear annotation.
#[must_use]
pub fn is_safe(c: char) -> bool {
    !(c.is_control()
        || matches!(c,
            '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'))
}

/// `text` with each unsafe character replaced by [`REPLACEMENT`]; tabs and line ends become one blank.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.chars().all(is_safe) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars()
            .map(|c| match c {
                '\t' | '\n' | '\r' => ' ',
                c if is_safe(c) => c,
                _ => REPLACEMENT,
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_and_overrides_lose_their_power() {
        assert_eq!(clean("a\u{1b}[31mb"), "a\u{fffd}[31mb");
        assert_eq!(clean("x\u{202e}gpj.exe\u{9b}2J"), "x\u{fffd}gpj.exe\u{fffd}2J");
        assert_eq!(clean("two\nlines\tand more"), "two lines and more");
        assert!(matches!(clean("日本 ✓ plain"), Cow::Borrowed(_)));
    }
}
