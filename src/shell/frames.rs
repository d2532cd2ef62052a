//! Frames on their way to the terminal: one at a time, and none in a queue.
//!
//! A frame that the terminal does not take is not waited for. It is sent on as the terminal takes it, and until then no other
//! one is drawn: the next one shows what is known by then. Over SSH the same holds for the link behind the terminal.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{link::Link, terminal::Terminal};

/// So much may be on the way over SSH when the next frame begins: half a second of 64 kbit/s.
const ON_THE_WAY: usize = 4_096;
/// `sshd` has taken what was written by then.
const TAKEN: Duration = Duration::from_millis(30);
/// Bytes in a second that a slow link takes, where nobody can say how much has arrived: a little less than 64 kbit/s.
const SLOW: u32 = 6_000;
/// How long a frame waits at least, and at most, between looks at the terminal.
const LOOKS: (Duration, Duration) = (Duration::from_millis(10), Duration::from_millis(200));
/// A link that makes a frame wait for so long is slow: a first frame takes one or two journeys to the other side of the world.
const STALLED: Duration = Duration::from_secs(1);

/// The way to the terminal.
#[derive(Debug)]
pub struct Frames {
    terminal: Arc<Terminal>,
    link: Option<Link>,
    /// What the terminal has not taken of the frame before.
    rest: Vec<u8>,
    /// When something was last sent, and how much, while that may still be on the way.
    sent: Option<(Instant, usize)>,
    /// Since when a frame waits.
    waits: Option<Instant>,
}

impl Frames {
    /// The way to `terminal`; over SSH `link` is what lies behind it.
    #[must_use]
    pub const fn new(terminal: Arc<Terminal>, link: Option<Link>) -> Self {
        Self { terminal, link, rest: Vec::new(), sent: None, waits: None }
    }

    /// Sends a frame: now as much as the terminal takes, the rest when it takes more.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn send(&mut self, frame: &[u8]) -> io::Result<()> {
        if frame.is_empty() {
            return Ok(());
        }
        self.sent = Some((Instant::now(), frame.len()));
        if self.rest.is_empty() {
            let taken = self.terminal.offer(frame)?;
            self.rest.extend_from_slice(frame.get(taken..).unwrap_or_default());
        } else {
            self.rest.extend_from_slice(frame);
        }
        Ok(())
    }

    /// Waits until the terminal has taken all of the frame before, for what has to come after it.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn finish(&mut self) -> io::Result<()> {
        self.terminal.write(&std::mem::take(&mut self.rest))
    }

    /// Sends on what was left over.
    ///
    /// # Errors
    /// When the terminal is gone.
    pub fn send_on(&mut self) -> io::Result<()> {
        if !self.rest.is_empty() {
            let taken = self.terminal.offer_rest(&self.rest)?;
            self.rest.drain(..taken.min(self.rest.len()));
        }
        Ok(())
    }

    /// Whether the next frame may be drawn; `slow` is how a link is treated of which nothing is known.
    pub fn ready(&mut self, slow: bool) -> bool {
        let now = Instant::now();
        let ready = self.rest.is_empty() && self.arrived(now, slow);
        if ready {
            (self.sent, self.waits) = (None, None);
        } else {
            self.waits.get_or_insert(now);
        }
        ready
    }

    fn arrived(&self, now: Instant, slow: bool) -> bool {
        let Some((at, bytes)) = self.sent else { return true };
        if let Some(link) = &self.link {
            return now >= at + TAKEN && link.waiting().is_none_or(|waiting| waiting <= ON_THE_WAY);
        }
        let bytes = u32::try_from(bytes.saturating_sub(ON_THE_WAY)).unwrap_or(u32::MAX);
        !slow || now >= at + Duration::from_secs(1) * bytes / SLOW
    }

    /// When to look again; `None` when nothing waits.
    #[must_use]
    pub fn look_again(&self) -> Option<Instant> {
        let now = Instant::now();
        match self.waits {
            Some(since) => Some(now + ((now - since) / 8).clamp(LOOKS.0, LOOKS.1)),
            None => (!self.rest.is_empty()).then_some(now + LOOKS.0),
        }
    }

    /// Whether a frame has waited for so long that the link must be slow.
    #[must_use]
    pub fn stalled(&self) -> bool {
        self.waits.is_some_and(|since| since.elapsed() > STALLED)
    }
}
