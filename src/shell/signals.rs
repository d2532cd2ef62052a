//! Signals, in threads of their own that wait for nobody.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use nix::sys::signal::{SigSet, Signal};
use signal_hook::{
    consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH},
    iterator::Signals,
};

use super::{
    inbox::{Event, Inbox},
    terminal::{self, Terminal},
};
use crate::{app::msg::Msg, clock::Clock};

/// Holds SIGTSTP back in this thread and in all that it starts, until [`listen`] takes it.
///
/// A handler would do for putting the terminal back, but then only SIGSTOP could stop us, and the shell would be told that.
/// So no thread may take the signal but the one that waits for it: call this before the first thread is started.
///
/// # Errors
/// When the mask cannot be changed.
pub fn hold_stops() -> io::Result<()> {
    Ok(stops().thread_block()?)
}

/// Gives SIGTSTP back to the system, where it turns out that no console comes.
///
/// # Errors
/// When the mask cannot be changed.
pub fn release_stops() -> io::Result<()> {
    Ok(stops().thread_unblock()?)
}

fn stops() -> SigSet {
    SigSet::from(Signal::SIGTSTP)
}

/// Starts to listen. TERM, INT, HUP and QUIT put the terminal back and end the process with 128 and the number; TSTP
/// suspends, where [`hold_stops`] was called; WINCH tells the new size.
///
/// # Errors
/// When the signals cannot be registered.
pub fn listen(terminal: Arc<Terminal>, inbox: Arc<Inbox>, clock: Clock) -> io::Result<()> {
    let ending = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT, SIGHUP, SIGQUIT] {
        signal_hook::flag::register(signal, Arc::clone(&ending))?;
    }
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGCONT, SIGWINCH])?;
    let stopped = Listener { terminal, inbox, clock };
    let listener = stopped.clone();
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for signal in signals.forever() {
            match signal {
                SIGWINCH => listener.tell_size(),
                SIGCONT => listener.came_back(&listener.terminal.resume()),
                signal => terminal::leave(&listener.terminal, 128 + signal, "signal"),
            }
        }
    })?;
    thread::Builder::new().name("stops".to_owned()).spawn(move || {
        loop {
            // An error is an interruption by another signal.
            if stops().wait().is_ok() {
                stopped.came_back(&stopped.terminal.suspend(|| stop(&ending)));
            }
        }
    })?;
    Ok(())
}

/// Stops the process by the SIGTSTP that was held back. This thread does not go on before somebody continues it. Nothing
/// happens where the system ignores it, because nobody is left who could continue us.
///
/// Who ends a stopped program continues it too. It shall not ask for the terminal then: in the background it would be stopped
/// once more, and stay.
fn stop(ending: &AtomicBool) -> io::Result<()> {
    nix::sys::signal::raise(Signal::SIGTSTP)?;
    stops().thread_unblock()?;
    stops().thread_block()?;
    while ending.load(Ordering::SeqCst) {
        // The other thread ends the process.
        thread::park();
    }
    Ok(())
}

#[derive(Clone)]
struct Listener {
    terminal: Arc<Terminal>,
    inbox: Arc<Inbox>,
    clock: Clock,
}

impl Listener {
    fn came_back(&self, outcome: &io::Result<()>) {
        if outcome.is_err() {
            terminal::leave(&self.terminal, 128 + SIGHUP, "the terminal is gone");
        }
        self.inbox.tell(self.clock.now(), Msg::Resumed);
        self.tell_size();
        self.inbox.put(Event::Repaint);
    }

    fn tell_size(&self) {
        let (columns, rows) = terminal::size();
        self.inbox.tell(self.clock.now(), Msg::Resize(columns, rows));
    }
}
