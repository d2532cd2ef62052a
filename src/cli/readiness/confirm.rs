//! The question before something is signed that lets a release pass. The answer is taken from what is shown, so that it cannot be
//! given without reading: the first digits of the subject.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use rustix::termios::{QueueSelector, tcflush};

use crate::{cli::refusal::Refusal, domain::ledger::hash::Hash};

/// How many digits of the subject are asked for, and are enough for `--subject`.
const DIGITS: usize = 6;

/// Whether `given` names `subject`: its first digits, or all.
pub(in crate::cli) fn check(given: &str, subject: Hash) -> Result<(), Refusal> {
    if given.len() < DIGITS {
        return Err(Refusal::usage(format!("--subject needs at least {DIGITS} digits of the subject")));
    }
    if subject.to_string().starts_with(&given.to_lowercase()) {
        return Ok(());
    }
    Err(Refusal::no(format!(
        "the subject is {subject} now, not {given}: the release or its checklist changed since you looked. Look again"
    )))
}

/// Asks for the first digits of `subject` where a person sits; asks nothing where no terminal is.
pub(in crate::cli) fn ask(subject: Hash) -> Result<(), Refusal> {
    ask_for(subject, "subject")
}

/// The same of a hash that is called `what`.
pub(in crate::cli) fn ask_for(subject: Hash, what: &str) -> Result<(), Refusal> {
    if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
        return Ok(());
    }
    let digits: String = subject.to_string().chars().take(DIGITS).collect();
    // What was typed or pasted before the question is no answer to it.
    let _ = tcflush(io::stdin(), QueueSelector::IFlush);
    let _ = write!(io::stderr(), "Type the first {DIGITS} digits of the {what} to go on; anything else ends this: ");
    let mut line = String::new();
    let _ = io::stdin().lock().read_line(&mut line);
    if line.trim() == digits { Ok(()) } else { Err(Refusal::no("not confirmed: nothing was signed or recorded")) }
}
