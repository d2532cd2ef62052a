//! What commands print. Text from outside loses its power over the terminal here, and a reader that has heard enough is no error.

use std::io::{self, Write};

use crate::domain::clean::clean;

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

fn send(output: &mut impl Write, text: &str) {
    let lines: String = text.lines().flat_map(|line| [clean(line).into_owned(), "\n".to_owned()]).collect();
    // `warroom status | head -1` closes the pipe, and a full disk is told by the shell: nobody is left to tell it to.
    let _ = output.write_all(lines.as_bytes()).and_then(|()| output.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_escape_sequence_gets_out() {
        let mut printed = Vec::new();
        send(&mut printed, "one \u{1b}[31m\u{202e}two\n\nthree");
        assert_eq!(String::from_utf8_lossy(&printed), "one \u{fffd}[31m\u{fffd}two\n\nthree\n");
    }
}
