//! What the terminal says when it is asked. It need not answer, and nothing depends on it: the console itself asks nothing,
//! because a late answer looks like keys.

use std::time::Duration;

use super::{Finding, State, Surroundings};
use crate::shell::questions;

const AREA: &str = "terminal";
/// How long a terminal may take.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long it may take at the other end of a network.
const PATIENCE_OVER_SSH: Duration = Duration::from_secs(3);
/// Its name and version; whether it knows synchronised output, reports of focus, and marks around a paste.
const QUESTIONS: &[u8] = b"\x1b[>q\x1b[?2026$p\x1b[?1004$p\x1b[?2004$p";
/// The attribute of terminals that take OSC 52.
const CLIPBOARD: &str = "52";

/// What a terminal said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Answers {
    name: Option<String>,
    modes: Vec<(String, String)>,
    attributes: Vec<String>,
}

/// Asks the terminal, where that can do no harm, and says what it can do.
pub(super) fn findings(surroundings: &Surroundings) -> Vec<Finding> {
    if !(surroundings.stdin_terminal && surroundings.stdout_terminal) {
        return Vec::new();
    }
    if matches!(surroundings.term.as_deref(), None | Some("dumb" | "linux")) {
        let found = "not asked: a terminal of this kind may print the questions";
        return vec![Finding::new(AREA, "answers", State::Ok, found)];
    }
    let patience = if surroundings.ssh { PATIENCE_OVER_SSH } else { PATIENCE };
    match questions::ask(QUESTIONS, patience) {
        Ok(Some(answers)) => Answers::read(&String::from_utf8_lossy(&answers)).findings(),
        Ok(None) => vec![
            Finding::new(AREA, "answers", State::Note, format!("none within {} s", patience.as_secs()))
                .advise("none needed: the console asks nothing and works without"),
        ],
        Err(error) => vec![
            Finding::new(AREA, "answers", State::Note, format!("the terminal cannot be asked: {error}"))
                .advise("see that the command runs in the foreground of its own terminal"),
        ],
    }
}

impl Answers {
    /// From what came: `ESC P > | name ESC \`, `ESC [ ? mode ; state $ y`, and `ESC [ ? attribute ; … c`.
    fn read(text: &str) -> Self {
        let mut answers = Self::default();
        for one in text.split('\x1b') {
            if let Some(name) = one.strip_prefix("P>|") {
                answers.name = Some(name.to_owned());
            } else if let Some(modes) = one.strip_prefix("[?").and_then(|rest| rest.split_once("$y")) {
                answers.modes.extend(modes.0.split_once(';').map(|(mode, state)| (mode.to_owned(), state.to_owned())));
            } else if let Some((attributes, _)) = one.strip_prefix("[?").and_then(|rest| rest.split_once('c')) {
                answers.attributes = attributes.split(';').map(str::to_owned).collect();
            }
        }
        answers
    }

    fn findings(&self) -> Vec<Finding> {
        let name = self.name.as_deref().unwrap_or("it answers, but does not say its name");
        vec![
            Finding::new(AREA, "answers", State::Ok, name),
            self.mode("2026", "synchronised output", "a frame may be seen half drawn; nothing else changes"),
            self.mode("2004", "marked paste", "a paste comes as keys: outside of a text field it is dropped and told"),
            self.mode("1004", "focus events", "WRITE mode does not end when you look elsewhere"),
            self.clipboard(),
        ]
    }

    /// What it says of a mode: 0 that it does not know it, 4 that it can never be on.
    fn mode(&self, number: &str, what: &str, otherwise: &str) -> Finding {
        match self.modes.iter().find(|(mode, _)| mode == number).map(|(_, state)| state.as_str()) {
            Some("0" | "4") => Finding::new(AREA, what, State::Ok, format!("not known to it: {otherwise}")),
            Some(_) => Finding::new(AREA, what, State::Ok, "known to it"),
            None => Finding::new(AREA, what, State::Ok, format!("it does not say; if it is not: {otherwise}")),
        }
    }

    fn clipboard(&self) -> Finding {
        if self.attributes.iter().any(|attribute| attribute == CLIPBOARD) {
            return Finding::new(AREA, "clipboard", State::Ok, "copies are taken (OSC 52)");
        }
        Finding::new(AREA, "clipboard", State::Ok, "copies are sent (OSC 52); it does not say whether it takes them").advise(
            "press y in the console and paste elsewhere; if nothing comes, allow it in the terminal's settings, or use Y",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(answers: &str) -> Vec<(String, String)> {
        Answers::read(answers).findings().into_iter().map(|finding| (finding.what, finding.found)).collect()
    }

    #[test]
    fn what_the_terminal_says_is_told() {
        let said = found("\x1bP>|foot(1.16.2)\x1b\\\x1b[?2026;2$y\x1b[?1004;1$y\x1b[?2004;0$y\x1b[?62;4;22;52c");
        let of =
            |what: &str| said.iter().find(|(other, _)| other == what).map(|(_, found)| found.as_str()).expect(what);
        assert_eq!(of("answers"), "foot(1.16.2)");
        assert_eq!(of("synchronised output"), "known to it");
        assert_eq!(of("focus events"), "known to it");
        assert!(of("marked paste").starts_with("not known to it"), "{}", of("marked paste"));
        assert!(of("clipboard").contains("taken"), "{}", of("clipboard"));
    }

    #[test]
    fn what_it_does_not_say_is_not_made_up() {
        let said = found("\x1b[?1;2c");
        assert!(said.iter().filter(|(what, _)| what != "clipboard").all(|(_, found)| found.contains("does not say")));
        assert!(!said.iter().any(|(_, found)| found.contains("taken")), "{said:?}");
    }
}
