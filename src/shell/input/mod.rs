//! The keyboard, read by a thread of its own: nothing that comes, and nothing that does not come, can hold up the rest.

pub mod burst;
pub mod parser;

use std::{
    io,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    io::Errno,
};

pub use burst::{Grouping, Heard};
pub use parser::{Parser, Typed};

use super::{
    inbox::Inbox,
    terminal::{self, Terminal},
};
use crate::{app::msg::Msg, clock::Clock};

/// How long ESC alone may be the beginning of something longer.
const ESCAPE: Duration = Duration::from_millis(40);
/// The same over SSH, where what belongs together may come apart.
const ESCAPE_OVER_SSH: Duration = Duration::from_millis(150);
/// The exit code when the terminal is gone, as after SIGHUP.
const HUNG_UP: i32 = 129;

/// Starts to read standard input.
///
/// When the terminal is gone, which is also told by an end of file or an error, the process ends from here.
///
/// # Errors
/// When the thread cannot be started.
pub fn listen(terminal: Arc<Terminal>, inbox: Arc<Inbox>, clock: Clock, over_ssh: bool, mouse: bool) -> io::Result<()> {
    let escape = if over_ssh { ESCAPE_OVER_SSH } else { ESCAPE };
    thread::Builder::new().name("input".to_owned()).spawn(move || {
        let mut keyboard = Keyboard { parser: Parser::new(escape), grouping: Grouping::default() };
        let mut heard = Vec::new();
        while keyboard.read(&mut heard) {
            for what in heard.drain(..) {
                let msg = match what {
                    Heard::Key(key) => Msg::Key(key),
                    Heard::Burst(keys) => Msg::Burst(keys),
                    Heard::Paste(text) => Msg::Paste(text),
                    Heard::Focus(here) => Msg::Focus(here),
                    Heard::Wheel { down } if mouse => Msg::Wheel { down },
                    // Nobody chose it, so the terminal was not asked for it.
                    Heard::Wheel { .. } => continue,
                };
                inbox.tell(clock.now(), msg);
            }
        }
        terminal::leave(&terminal, HUNG_UP, "the terminal is gone");
    })?;
    Ok(())
}

/// Bytes to keys, and keys to what came together.
struct Keyboard {
    parser: Parser,
    grouping: Grouping,
}

impl Keyboard {
    /// Waits for bytes, for the end of patience with an unfinished sequence, or for the end of a group of keys. `false` when
    /// the terminal is gone.
    fn read(&mut self, heard: &mut Vec<Heard>) -> bool {
        let stdin = io::stdin();
        let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
        match poll(&mut fds, self.patience().as_ref()) {
            Ok(0) => {
                self.take(&[], heard);
                return true;
            }
            Ok(_) => {}
            Err(Errno::INTR | Errno::AGAIN) => return true,
            Err(_) => return false,
        }
        let happened = fds.first().map_or(PollFlags::empty(), PollFd::revents);
        if !happened.contains(PollFlags::IN) {
            return !happened.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL);
        }
        let mut bytes = [0_u8; 4_096];
        match rustix::io::read(&stdin, &mut bytes[..]) {
            Ok(0) => false,
            Ok(count) => {
                self.take(bytes.get(..count).unwrap_or_default(), heard);
                true
            }
            Err(Errno::INTR | Errno::AGAIN) => true,
            Err(_) => false,
        }
    }

    /// Until the next deadline.
    fn patience(&self) -> Option<Timespec> {
        let deadline = [self.parser.deadline(), self.grouping.deadline()].into_iter().flatten().min()?;
        let left = deadline.saturating_duration_since(Instant::now());
        Some(Timespec { tv_sec: i64::try_from(left.as_secs()).unwrap_or(0), tv_nsec: i64::from(left.subsec_nanos()) })
    }

    /// Takes bytes that were just read, after what is over by now.
    fn take(&mut self, bytes: &[u8], heard: &mut Vec<Heard>) {
        let now = Instant::now();
        let mut typed = Vec::new();
        self.parser.expire(now, &mut typed);
        self.parser.feed(bytes, now, &mut typed);
        for what in typed {
            self.grouping.take(what, now, heard);
        }
        self.grouping.expire(now, heard);
    }
}
