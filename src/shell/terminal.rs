//! The terminal's modes: switched on once, and put back once, whatever the way out.
//!
//! [`Terminal::restore`] is called from the normal end, from errors, from a drop, from the panic hook, from the signal
//! thread, from the input thread when the terminal is gone, and before a suspend. An atomic flag makes it happen once.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    os::{
        fd::{AsFd, OwnedFd},
        unix::fs::OpenOptionsExt,
    },
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::OFlags,
    process::{getpgrp, getpid, getsid},
    termios::{
        OptionalActions, QueueSelector, Termios, isatty, tcflush, tcgetattr, tcgetpgrp, tcgetwinsize, tcsetattr,
        ttyname,
    },
};

use super::scratch;
use crate::domain::clean::clean;

/// Alternate screen, cursor hidden, bracketed paste and focus reports on, screen empty.
const ENTER: &[u8] = b"\x1b[?1049h\x1b[?25l\x1b[?2004h\x1b[?1004h\x1b[0m\x1b[2J";
/// Synchronised output ended, mouse, focus reports and paste off, plain text, cursor shown, main screen.
const LEAVE: &[u8] =
    b"\x1b[?2026l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1004l\x1b[0m\x1b[?25h\x1b[?1049l";
/// Buttons of the mouse are reported, in the form that has no limit (SGR).
const MOUSE: &[u8] = b"\x1b[?1000h\x1b[?1006h";
/// The terminal keeps its title for later.
const TITLE_KEPT: &[u8] = b"\x1b[22;2t";
/// No title, and the kept one back: what cannot do the second shows nothing wrong at least.
const TITLE_BACK: &[u8] = b"\x1b]2;\x07\x1b[23;2t";
/// Ends a sequence that was cut in the middle.
const CANCEL: &[u8] = b"\x18";
/// How long a way out waits for a terminal that nobody reads.
const PATIENCE: Duration = Duration::from_millis(200);

/// Why the console cannot start here.
#[derive(Debug, thiserror::Error)]
pub enum NoTerminal {
    /// Standard input or output is something else.
    #[error(
        "{0} is not a terminal: for scripts and pipes there are `warroom status`, `warroom status --json` and `warroom watch --plain`"
    )]
    Redirected(&'static str),
    /// A terminal that cannot move its cursor.
    #[error("TERM=dumb cannot show the console: use `warroom watch --plain` or `warroom status`")]
    Dumb,
    /// The terminal's modes could not be read or changed.
    #[error("the terminal's modes cannot be changed: {0}")]
    Modes(#[from] io::Error),
}

impl NoTerminal {
    /// What is the matter, without what to do.
    #[must_use]
    pub fn short(&self) -> String {
        match self {
            Self::Redirected(which) => format!("{which} is not a terminal"),
            Self::Dumb => "TERM is dumb".to_owned(),
            Self::Modes(error) => error.to_string(),
        }
    }
}

/// The terminal that the console runs in.
#[derive(Debug)]
pub struct Terminal {
    output: Output,
    before: Mutex<Termios>,
    active: AtomicBool,
    left: AtomicBool,
    cut: AtomicBool,
    writing: Mutex<()>,
    /// The title that was set; `None` as long as none was.
    title: Mutex<Option<String>>,
    /// Whether the mouse is listened to.
    mouse: AtomicBool,
}

/// Where bytes for the terminal go.
#[derive(Debug)]
enum Output {
    /// The terminal, opened once more, so that not waiting for it is our own affair and not that of the shell, which shares
    /// standard output with us.
    Own(OwnedFd),
    /// Standard output itself, where the terminal cannot be opened by name.
    Shared(io::Stdout),
}

impl Output {
    fn open() -> Self {
        let own = ttyname(io::stdout(), Vec::new()).ok().and_then(|name| {
            let name = name.into_string().ok()?;
            let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
            let flags = i32::try_from(flags.bits()).ok()?;
            OpenOptions::new().write(true).custom_flags(flags).open(name).ok()
        });
        own.map_or_else(|| Self::Shared(io::stdout()), |file| Self::Own(file.into()))
    }

    fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Own(fd) => rustix::io::write(fd, bytes).map_err(io::Error::from),
            Self::Shared(stdout) => rustix::io::write(stdout, bytes).map_err(io::Error::from),
        }
    }

    /// Waits until it takes more, but not for longer than `patience`.
    fn wait(&self, patience: Duration) {
        let fd = match self {
            Self::Own(fd) => fd.as_fd(),
            Self::Shared(stdout) => stdout.as_fd(),
        };
        let patience = Timespec { tv_sec: 0, tv_nsec: i64::from(patience.subsec_nanos()) };
        // Whatever comes of it, the next write tells.
        let _ = poll(&mut [PollFd::from_borrowed_fd(fd, PollFlags::OUT)], Some(&patience));
    }
}

/// Says whether a console can run here: a terminal on input and on output, and one that can be drawn on.
///
/// # Errors
/// When it cannot; the text says which of them it is, and what to use instead.
pub fn check(term: Option<&str>) -> Result<(), NoTerminal> {
    match (isatty(io::stdin()), isatty(io::stdout())) {
        (false, false) => return Err(NoTerminal::Redirected("neither standard input nor standard output")),
        (false, true) => return Err(NoTerminal::Redirected("standard input")),
        (true, false) => return Err(NoTerminal::Redirected("standard output")),
        (true, true) => {}
    }
    if term == Some("dumb") { Err(NoTerminal::Dumb) } else { Ok(()) }
}

/// Columns and rows; 80 and 24 where the terminal does not know.
#[must_use]
pub fn size() -> (u16, u16) {
    match tcgetwinsize(io::stdout()) {
        Ok(size) if size.ws_col > 0 && size.ws_row > 0 => (size.ws_col, size.ws_row),
        _ => (80, 24),
    }
}

impl Terminal {
    /// The terminal as it is; nothing is changed before [`Self::enter`].
    ///
    /// # Errors
    /// When its modes cannot be read.
    pub fn open() -> Result<Arc<Self>, NoTerminal> {
        let before = tcgetattr(io::stdin()).map_err(io::Error::from)?;
        Ok(Arc::new(Self {
            output: Output::open(),
            before: Mutex::new(before),
            active: AtomicBool::new(false),
            left: AtomicBool::new(false),
            cut: AtomicBool::new(false),
            writing: Mutex::new(()),
            title: Mutex::new(None),
            mouse: AtomicBool::new(false),
        }))
    }

    /// Switches to raw input and the alternate screen.
    ///
    /// # Errors
    /// When the modes cannot be changed; nothing was changed then.
    pub fn enter(&self) -> Result<(), NoTerminal> {
        Ok(self.switch_on()?)
    }

    fn switch_on(&self) -> io::Result<()> {
        if in_background() {
            // The modes are those of the shell's own line editing now: not what we found, and not ours to change. This call
            // changes nothing, but whoever makes it in the background is stopped, and goes on in the foreground.
            tcflush(io::stdin(), QueueSelector::IFlush)?;
        }
        {
            let mut before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
            if self.left.load(Ordering::SeqCst) || self.active.load(Ordering::SeqCst) {
                return Ok(());
            }
            *before = tcgetattr(io::stdin())?;
            make_raw(&before)?;
            self.active.store(true, Ordering::SeqCst);
        }
        self.write(&self.entering())
    }

    /// Sends bytes, all of them, in as few writes as the terminal takes. What does not go out before somebody restores the
    /// terminal is dropped.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn write(&self, bytes: &[u8]) -> io::Result<()> {
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rest = bytes;
        while !rest.is_empty() {
            if !self.active.load(Ordering::SeqCst) {
                self.cut.store(rest.len() < bytes.len(), Ordering::SeqCst);
                return Ok(());
            }
            match self.output.write(rest) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => self.output.wait(PATIENCE / 4),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Offers the beginning of a frame, and gives how many bytes of it the terminal takes without being waited for. All of them
    /// when the terminal was restored: then nobody wants the frame.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn offer(&self, frame: &[u8]) -> io::Result<usize> {
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.take(frame)
    }

    /// Offers more of a frame of which the terminal took the beginning. All of it counts as taken when the terminal was restored
    /// meanwhile, since that cuts the frame off.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn offer_rest(&self, rest: &[u8]) -> io::Result<usize> {
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.cut.load(Ordering::SeqCst) { self.take(rest) } else { Ok(rest.len()) }
    }

    fn take(&self, bytes: &[u8]) -> io::Result<usize> {
        if !self.active.load(Ordering::SeqCst) {
            return Ok(bytes.len());
        }
        let taken = match self.output.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(taken) => taken,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => 0,
            Err(error) => return Err(error),
        };
        self.cut.store(taken < bytes.len(), Ordering::SeqCst);
        Ok(taken)
    }

    /// Puts everything back as it was. The first call does it, all others do nothing. Never waits for long, and never fails: a
    /// terminal that is gone needs nothing.
    pub fn restore(&self) {
        let before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.active.swap(false, Ordering::SeqCst) {
            return;
        }
        let until = Instant::now() + PATIENCE;
        // A frame that is being written sees the flag and stops; its rest would otherwise come after what follows.
        let mut writing = self.writing.try_lock();
        while writing.is_err() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(2));
            writing = self.writing.try_lock();
        }
        if self.cut.swap(false, Ordering::SeqCst) {
            self.write_before(CANCEL, until);
        }
        if self.titled().is_some() {
            self.write_before(TITLE_BACK, until);
        }
        self.write_before(LEAVE, until + PATIENCE);
        // In the background we would be stopped, and the modes are those of the shell already.
        if !in_background() {
            // What was typed for the console and came too late is not for the shell, which would run it.
            let _ = tcflush(io::stdin(), QueueSelector::IFlush);
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &before);
        }
    }

    /// Puts everything back, for good: somebody who continues us now does not switch it on again.
    fn leave(&self) {
        self.left.store(true, Ordering::SeqCst);
        self.restore();
    }

    /// Sends bytes on the way out. What nobody has read by then is thrown away, so that these get through.
    fn write_before(&self, bytes: &[u8], until: Instant) {
        let mut rest = bytes;
        while !rest.is_empty() && Instant::now() < until {
            match self.output.write(rest) {
                Ok(written) => rest = rest.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let _ = tcflush(io::stdout(), QueueSelector::OFlush);
                    self.output.wait(PATIENCE / 10);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return,
            }
        }
    }

    /// Puts everything back, lets `stop` stop the process until somebody continues it, and switches on again.
    ///
    /// # Errors
    /// When the terminal is gone by then.
    pub fn suspend(&self, stop: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
        self.restore();
        stop()?;
        self.switch_on()
    }

    /// Switches on once more after a stop that was not our doing: the shell may have changed the modes meanwhile. Does nothing
    /// after our own, which [`Self::suspend`] undoes.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn resume(&self) -> io::Result<()> {
        if !self.active.load(Ordering::SeqCst) {
            return Ok(());
        }
        make_raw(&self.before.lock().unwrap_or_else(PoisonError::into_inner))?;
        self.write(&[ENTER, self.mouse()].concat())
    }

    /// What switches the screen on, with the title that was set before it was left.
    fn entering(&self) -> Vec<u8> {
        let mut bytes = ENTER.to_vec();
        if let Some(title) = self.titled() {
            bytes.extend_from_slice(TITLE_KEPT);
            bytes.extend_from_slice(titling(&title).as_bytes());
        }
        bytes.extend_from_slice(self.mouse());
        bytes
    }

    fn mouse(&self) -> &'static [u8] {
        if self.mouse.load(Ordering::SeqCst) { MOUSE } else { &[] }
    }

    /// Asks the terminal to report the mouse, until it is put back.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn listen_to_mouse(&self) -> io::Result<()> {
        self.mouse.store(true, Ordering::SeqCst);
        self.write(MOUSE)
    }

    fn titled(&self) -> Option<String> {
        self.title.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// What sets the title, to be sent with the frames. The one before it comes back when the terminal is put back, where the
    /// terminal keeps titles; otherwise the title is empty then.
    pub fn title(&self, title: &str) -> Vec<u8> {
        let before = self.title.lock().unwrap_or_else(PoisonError::into_inner).replace(title.to_owned());
        let mut bytes = if before.is_none() { TITLE_KEPT.to_vec() } else { Vec::new() };
        bytes.extend_from_slice(titling(title).as_bytes());
        bytes
    }

    /// Shows `text` on the main screen, as it is selected and scrolled there.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn show_plain(&self, text: &str) -> io::Result<()> {
        // Output is raw: each line has to go back to the first column by itself.
        let text = text.replace('\n', "\r\n");
        self.write(
            format!("\x1b[?1000l\x1b[?1006l\x1b[0m\x1b[?25h\x1b[?1049l\r\n{text}\r\n[any key goes back]\r\n")
                .as_bytes(),
        )
    }

    /// Goes back to the alternate screen.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn hide_plain(&self) -> io::Result<()> {
        self.write(&[ENTER, self.mouse()].concat())
    }
}

/// The sequence that sets a title. A control character in it would end it and begin something else.
fn titling(title: &str) -> String {
    format!("\x1b]2;{}\x07", clean(title))
}

fn make_raw(modes: &Termios) -> io::Result<()> {
    let mut raw = modes.clone();
    raw.make_raw();
    Ok(tcsetattr(io::stdin(), OptionalActions::Now, &raw)?)
}

/// Whether the shell has the terminal, and not we.
fn in_background() -> bool {
    tcgetpgrp(io::stdin()).is_ok_and(|group| group != getpgrp())
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.restore();
    }
}

/// Whether there is a shell that could take the terminal while we are stopped, and continue us.
#[must_use]
pub fn has_shell() -> bool {
    getsid(None).is_ok_and(|session| session != getpid())
}

/// Puts the terminal back at the end of the scope, also when it ends by a panic or an early return.
#[derive(Debug)]
pub struct Guard(pub Arc<Terminal>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.restore();
    }
}

/// Leaves at once, from any thread: puts the terminal back, but does not wait for it longer than 0.5 s, and ends the process.
pub fn leave(terminal: &Arc<Terminal>, code: i32, why: &str) -> ! {
    tracing::info!(code, why, "leaving");
    let (done, wait) = std::sync::mpsc::channel();
    let terminal = Arc::clone(terminal);
    let restoring = std::thread::Builder::new().name("restore".to_owned()).spawn(move || {
        terminal.leave();
        let _ = done.send(());
    });
    if restoring.is_ok() {
        let _ = wait.recv_timeout(Duration::from_millis(500));
    }
    scratch::remove();
    let _ = io::stderr().flush();
    std::process::exit(code)
}
