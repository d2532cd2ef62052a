//! Questions to the terminal, and its answers, for as long as we are ready to wait.

use std::{
    io::{self, Write as _},
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    termios::{OptionalActions, QueueSelector, Termios, tcflush, tcgetattr, tcsetattr},
};

/// The question that every terminal answers (primary device attributes). Asked last, its answer says that no more will come.
const LAST: &[u8] = b"\x1b[c";
/// No terminal has more to say.
const LONGEST: usize = 4_096;

/// Puts the modes back at the end of the scope, and throws away what came too late: the shell would take it for keys.
struct Quiet(Termios);

impl Quiet {
    fn start() -> io::Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(io::stdin(), OptionalActions::Now, &raw)?;
        Ok(Self(before))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        let _ = tcflush(io::stdin(), QueueSelector::IFlush);
        let _ = tcsetattr(io::stdin(), OptionalActions::Now, &self.0);
    }
}

/// Sends `questions` to the terminal on standard output and gives what it says on standard input. `None` when it did not answer
/// all of them within `patience`, or when somebody typed Ctrl-C instead.
///
/// # Errors
/// When there is no terminal, or it is gone.
pub fn ask(questions: &[u8], patience: Duration) -> io::Result<Option<Vec<u8>>> {
    let until = Instant::now() + patience;
    let _quiet = Quiet::start()?;
    let mut terminal = io::stdout().lock();
    terminal.write_all(&[questions, LAST].concat())?;
    terminal.flush()?;
    let mut answers = Vec::new();
    while answers.len() < LONGEST {
        let left = until.saturating_duration_since(Instant::now());
        let wait = Timespec { tv_sec: i64::try_from(left.as_secs()).unwrap_or(0), tv_nsec: left.subsec_nanos().into() };
        let stdin = io::stdin();
        if left.is_zero() || poll(&mut [PollFd::new(&stdin, PollFlags::IN)], Some(&wait))? == 0 {
            return Ok(None);
        }
        let mut bytes = [0_u8; 256];
        let count = rustix::io::read(&stdin, &mut bytes[..])?;
        let read = bytes.get(..count).unwrap_or_default();
        answers.extend_from_slice(read);
        if count == 0 || read.contains(&3) {
            return Ok(None);
        }
        if is_complete(&answers) {
            return Ok(Some(answers));
        }
    }
    Ok(None)
}

/// Whether the answer to the last question is there: `ESC [ ? … c`.
fn is_complete(answers: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answers);
    text.split("\x1b[?")
        .skip(1)
        .any(|one| one.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('c'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answers_are_complete_with_the_attributes_of_the_terminal() {
        assert!(is_complete(b"\x1b[?2026;2$y\x1b[?62;22;52c"));
        assert!(is_complete(b"\x1b[?6c"));
        assert!(!is_complete(b"\x1b[?2026;2$y\x1b[?62;"));
        assert!(!is_complete(b"\x1bP>|a terminal called [?1c\x1b\\"), "text is not an answer");
    }
}
