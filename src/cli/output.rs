//! What commands print. Text from outside loses its power over the terminal here, and a reader that has heard enough is no error.

use std::{
    fmt,
    io::{self, Write},
};

use serde_json::Value;

use crate::domain::clean::{clean, is_safe};

/// Prints to standard output: each line cleaned, the last one ended.
pub fn print(text: &str) {
    send(&mut io::stdout().lock(), text);
}

/// Prints to standard error, likewise.
pub fn complain(text: &str) {
    send(&mut io::stderr().lock(), text);
}

/// Prints what warroom itself made, byte for byte: completions contain tabs.
pub fn print_generated(bytes: &[u8]) {
    let mut output = io::stdout().lock();
    let _ = output.write_all(bytes).and_then(|()| output.flush());
}

/// Adds one line to `text`, and never more than one: a line end in text from outside becomes a blank, so that no note, reason or
/// title can put a line of its own beside those of warroom.
pub fn line(text: &mut String, words: fmt::Arguments<'_>) {
    text.push_str(&clean(&words.to_string()));
    text.push('\n');
}

/// `value` as JSON for people and programs. Text keeps its content: what could act on a terminal is written as `\\u…`.
#[must_use]
pub fn json(value: &Value) -> String {
    escaped(&format!("{value:#}"))
}

/// The same on one line, for those who read lines.
#[must_use]
pub fn json_line(value: &Value) -> String {
    escaped(&value.to_string())
}

fn escaped(json: &str) -> String {
    let mut escaped = String::new();
    // Outside of texts, JSON has no character that needs it but the line ends of the layout.
    for c in json.chars() {
        if c == '\n' || is_safe(c) {
            escaped.push(c);
        } else {
            let mut units = [0; 2];
            escaped.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    escaped.push('\n');
    escaped
}

fn send(output: &mut impl Write, text: &str) {
    let lines: String = text.lines().flat_map(|line| [clean(line).into_owned(), "\n".to_owned()]).collect();
    // `warroom status | head -1` closes the pipe, and a full disk is told by the shell: nobody is left to tell it to.
    let _ = output.write_all(lines.as_bytes()).and_then(|()| output.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_its_content_and_cannot_act_on_a_terminal() {
        let value = serde_json::json!({"a": "x\u{9b}2J \u{202e} \u{e0041} \u{1b}[31m \n é"});
        let printed = json(&value);
        assert!(printed.chars().all(|c| c == '\n' || is_safe(c)), "{printed:?}");
        assert_eq!(serde_json::from_str::<Value>(&printed).expect("JSON"), value);
    }

    #[test]
    fn no_escape_sequence_gets_out() {
        let mut printed = Vec::new();
        send(&mut printed, "one \u{1b}[31m\u{202e}two\n\nthree");
        assert_eq!(String::from_utf8_lossy(&printed), "one \u{fffd}[31m\u{fffd}two\n\nthree\n");
    }

    #[test]
    fn text_from_outside_never_begins_a_line_of_its_own() {
        let mut text = String::new();
        line(&mut text, format_args!("  note: {}", "fine\r\n  OK        rollback-tried\u{2028}x"));
        assert_eq!(text, "  note: fine    OK        rollback-tried\u{fffd}x\n");
    }
}
