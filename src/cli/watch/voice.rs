//! Where lines go: standard output, one write for all lines of a moment, nothing in them that could steer a terminal.

use std::io;

use chrono_tz::Tz;
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::{Errno, write},
    stdio::stdout,
};

use crate::domain::{clean::clean, time::Timestamp};

/// What writes lines.
#[derive(Debug)]
pub(super) struct Voice {
    /// The zone that times are told in.
    pub zone: Tz,
}

/// How much of a time a line needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum When {
    /// The time of day.
    Time,
    /// With the day: for lines that a reader starts from.
    Day,
}

impl Voice {
    /// Says `lines`, each with its time and zone at the end.
    ///
    /// # Errors
    /// When nobody reads any more.
    pub(super) fn say(&self, at: Timestamp, when: When, lines: &[String]) -> io::Result<()> {
        write_all(self.text(at, when, lines).as_bytes())
    }

    fn text(&self, at: Timestamp, when: When, lines: &[String]) -> String {
        let format = match when {
            When::Time => "%H:%M:%S %Z",
            When::Day => "%Y-%m-%d %H:%M:%S %Z",
        };
        let time = at.with_timezone(&self.zone).format(format).to_string();
        // A line end in a text from outside must not begin a line of its own.
        lines.iter().fold(String::new(), |text, line| format!("{text}{} {time}\n", clean(line)))
    }
}

/// Waits for a reader that is slow: lines are not dropped. What happens meanwhile is told by the next ones.
fn write_all(mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match write(stdout(), bytes) {
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(Errno::INTR) => {}
            Err(Errno::AGAIN) => {
                poll(&mut [PollFd::from_borrowed_fd(stdout(), PollFlags::OUT)], None)?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Whether the reader of a pipe or the terminal is gone, without writing anything.
pub(super) fn is_gone() -> bool {
    let mut fds = [PollFd::from_borrowed_fd(stdout(), PollFlags::empty())];
    let asked = poll(&mut fds, Some(&Timespec { tv_sec: 0, tv_nsec: 0 }));
    let happened = fds.first().map_or(PollFlags::empty(), PollFd::revents);
    asked.is_ok() && happened.intersects(PollFlags::ERR | PollFlags::HUP)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_from_outside_makes_no_line_of_its_own_and_times_have_their_zone() {
        let at = Timestamp::from_timestamp(1_790_000_000, 0).expect("in range");
        let lines = ["BAD alert X: a\nOK all is well\u{1b}[2J.".to_owned()];
        let said = Voice { zone: Tz::Europe__Berlin }.text(at, When::Time, &lines);
        assert_eq!(said, "BAD alert X: a OK all is well\u{fffd}[2J. 16:13:20 CEST\n");
        let said = Voice { zone: Tz::UTC }.text(at, When::Day, &["OK.".to_owned()]);
        assert_eq!(said, "OK. 2026-09-21 14:13:20 UTC\n");
    }
}
