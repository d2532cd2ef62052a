//! The keyboard, read by a thread of its own: nothing that comes, and nothing that does not come, can hold up the rest.

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
pub fn listen(terminal: Arc<Terminal>, inbox: Arc<Inbox>, clock: Clock, over_ssh: bool) -> io::Result<()> {
    let escape = if over_ssh { ESCAPE_OVER_SSH } else { ESCAPE };
    thread::Builder::new().name("input".to_owned()).spawn(move || {
        let mut parser = Parser::new(escape);
        let mut typed = Vec::new();
        while read(&mut parser, &mut typed) {
            for what in typed.drain(..) {
                let msg = match what {
                    Typed::Key(key) => Msg::Key(key),
                    Typed::Paste(text) => Msg::Paste(text),
                };
                inbox.tell(clock.now(), msg);
            }
        }
        terminal::leave(&terminal, HUNG_UP, "the terminal is gone");
    })?;
    Ok(())
}

/// Waits for bytes or for the end of patience with an unfinished sequence. `false` when the terminal is gone.
fn read(parser: &mut Parser, typed: &mut Vec<Typed>) -> bool {
    let stdin = io::stdin();
    let patience = parser.deadline().map(|deadline| {
        let left = deadline.saturating_duration_since(Instant::now());
        // Rounded up to a millisecond, so that the deadline has passed when the wait is over.
        let left = left + Duration::from_millis(1);
        Timespec { tv_sec: i64::try_from(left.as_secs()).unwrap_or(0), tv_nsec: i64::from(left.subsec_nanos()) }
    });
    let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
    match poll(&mut fds, patience.as_ref()) {
        Ok(0) => {
            parser.expire(Instant::now(), typed);
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
            let now = Instant::now();
            parser.expire(now, typed);
            parser.feed(bytes.get(..count).unwrap_or_default(), now, typed);
            true
        }
        Err(Errno::INTR | Errno::AGAIN) => true,
        Err(_) => false,
    }
}
