//! Signals, in a thread of their own that waits for nobody.

use std::{io, sync::Arc, thread};

use signal_hook::{
    consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP, SIGWINCH},
    iterator::Signals,
};

use super::{
    inbox::{Event, Inbox},
    terminal::{self, Terminal},
};
use crate::{app::msg::Msg, clock::Clock};

/// Starts to listen. TERM, INT, HUP and QUIT put the terminal back and end the process with 128 and the number; TSTP
/// suspends; WINCH tells the new size.
///
/// # Errors
/// When the signals cannot be registered.
pub fn listen(terminal: Arc<Terminal>, inbox: Arc<Inbox>, clock: Clock) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH])?;
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        // Our own stop ends with a SIGCONT that says nothing new.
        let mut own_stop = false;
        for signal in signals.forever() {
            let outcome = match signal {
                SIGWINCH => Ok(()),
                SIGTSTP => {
                    own_stop = true;
                    terminal.suspend()
                }
                SIGCONT if std::mem::take(&mut own_stop) => Ok(()),
                SIGCONT => terminal.resume(),
                signal => terminal::leave(&terminal, 128 + signal, "signal"),
            };
            if outcome.is_err() {
                terminal::leave(&terminal, 128 + SIGHUP, "the terminal is gone");
            }
            let (columns, rows) = terminal::size();
            inbox.tell(clock.now(), Msg::Resize(columns, rows));
            if signal != SIGWINCH {
                inbox.put(Event::Repaint);
            }
        }
    })?;
    Ok(())
}
