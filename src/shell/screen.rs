//! From cells to bytes: only what changed, in one write.

use std::io;

use crossterm::{QueueableCommand, cursor::MoveTo, style::force_color_output, terminal::Clear, terminal::ClearType};
use ratatui::{
    backend::{Backend, CrosstermBackend},
    buffer::Buffer,
    layout::Rect,
};

/// Between these two a terminal that knows them shows nothing half done.
const SYNC: (&[u8], &[u8]) = (b"\x1b[?2026h", b"\x1b[?2026l");
/// Frames shorter than this need no help to be shown at once.
const SMALL: usize = 256;

/// What the terminal shows, as far as we know.
#[derive(Debug)]
pub struct Screen {
    shown: Buffer,
    next: Buffer,
    all: bool,
    bytes: Vec<u8>,
}

impl Screen {
    /// A screen of `size`, of which nothing is known.
    #[must_use]
    pub fn new(size: (u16, u16)) -> Self {
        // Depth of colour is the theme's affair. Otherwise NO_COLOR would make crossterm take bold and reverse away too.
        force_color_output(true);
        let area = Rect::new(0, 0, size.0, size.1);
        Self { shown: Buffer::empty(area), next: Buffer::empty(area), all: true, bytes: Vec::with_capacity(1 << 16) }
    }

    /// The terminal has another size now; what it shows is not known.
    pub fn resize(&mut self, size: (u16, u16)) {
        let area = Rect::new(0, 0, size.0, size.1);
        if self.next.area != area {
            self.next = Buffer::empty(area);
        }
        self.forget();
    }

    /// What the terminal shows is not known any more: the next frame paints all of it.
    pub const fn forget(&mut self) {
        self.all = true;
    }

    /// Draws a frame and gives the bytes that make it so; empty when nothing changed.
    ///
    /// # Errors
    /// Never in practice: bytes go into memory.
    pub fn frame(&mut self, draw: impl FnOnce(&mut Buffer)) -> io::Result<&[u8]> {
        self.next.reset();
        draw(&mut self.next);
        self.bytes.clear();
        if self.all {
            self.shown = Buffer::empty(self.next.area);
            self.bytes.queue(Clear(ClearType::All))?.queue(MoveTo(0, 0))?;
        }
        let changes = self.shown.diff(&self.next);
        if !changes.is_empty() {
            CrosstermBackend::new(&mut self.bytes).draw(changes.into_iter())?;
        }
        self.all = false;
        std::mem::swap(&mut self.shown, &mut self.next);
        if self.bytes.len() > SMALL {
            self.bytes.splice(0..0, SYNC.0.iter().copied());
            self.bytes.extend_from_slice(SYNC.1);
        }
        Ok(&self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::{Modifier, Style};

    use super::*;

    #[test]
    fn a_still_room_costs_nothing_and_a_changed_cell_costs_little() {
        let mut screen = Screen::new((80, 24));
        let draw = |text: &'static str| {
            move |buffer: &mut Buffer| {
                buffer.set_string(0, 0, text, Style::new());
            }
        };
        assert!(!screen.frame(draw("14:32:07Z")).expect("memory").is_empty());
        assert_eq!(screen.frame(draw("14:32:07Z")).expect("memory"), b"");
        let changed = screen.frame(draw("14:32:08Z")).expect("memory");
        assert!(changed.len() < 40, "{}", String::from_utf8_lossy(changed));
    }

    #[test]
    fn attributes_do_not_depend_on_the_environment() {
        let mut screen = Screen::new((10, 1));
        let bytes = screen.frame(|buffer| {
            buffer.set_string(0, 0, "x", Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED));
        });
        let text = String::from_utf8_lossy(bytes.expect("memory")).into_owned();
        assert!(text.contains("\x1b[1m") && text.contains("\x1b[7m"), "{text:?}");
    }
}
