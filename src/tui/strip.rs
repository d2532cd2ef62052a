//! One line of the screen, made of pieces with a style each.

use ratatui::{
    buffer::Buffer,
    style::{Color, Modifier, Style},
};
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

use crate::domain::clean::clean;

/// A line. Text that goes in loses everything that could steer a terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Strip {
    pieces: Vec<(String, Style)>,
    width: usize,
}

impl Strip {
    /// An empty line.
    #[must_use]
    pub(crate) const fn new() -> Self {
        Self { pieces: Vec::new(), width: 0 }
    }

    /// A line of one piece.
    #[must_use]
    pub(crate) fn of(text: impl AsRef<str>, style: Style) -> Self {
        Self::new().put(text, style)
    }

    /// Adds a piece.
    #[must_use]
    pub(crate) fn put(mut self, text: impl AsRef<str>, style: Style) -> Self {
        let text = clean(text.as_ref());
        if !text.is_empty() {
            self.width += width(&text);
            self.pieces.push((text.into_owned(), style));
        }
        self
    }

    /// Adds all pieces of another line.
    #[must_use]
    pub(crate) fn join(mut self, other: Self) -> Self {
        self.width += other.width;
        self.pieces.extend(other.pieces);
        self
    }

    /// Adds blanks up to `column`; at least one where something stands there already, so that words never touch.
    #[must_use]
    pub(crate) fn at(self, column: usize) -> Self {
        let blanks = if self.width == 0 { column } else { column.saturating_sub(self.width).max(1) };
        self.put(" ".repeat(blanks), Style::new())
    }

    /// Adds `other` so that it ends at `column`, after at least two blanks; `other` is left out where it does not fit.
    #[must_use]
    pub(crate) fn right(self, other: Self, column: usize) -> Self {
        if other.width == 0 || self.width + other.width + 2 > column {
            return self;
        }
        let start = column - other.width;
        self.at(start).join(other)
    }

    /// Cells that it takes.
    #[must_use]
    pub(crate) const fn width(&self) -> usize {
        self.width
    }

    /// The text without styles.
    #[must_use]
    pub(crate) fn text(&self) -> String {
        self.pieces.iter().map(|(text, _)| text.as_str()).collect()
    }

    /// Shortened to `cells`, with `ellipsis` where something was cut.
    #[must_use]
    pub(crate) fn fitted(self, cells: usize, ellipsis: &str) -> Self {
        if self.width <= cells {
            return self;
        }
        let keep = cells.saturating_sub(width(ellipsis));
        let mut short = Self::new();
        for (text, style) in self.pieces {
            let left = keep - short.width;
            if width(&text) <= left {
                short = short.put(text, style);
            } else {
                return short.put(format!("{}{ellipsis}", head(&text, left)), style).cut(cells);
            }
        }
        short
    }

    /// Cut at `cells` without a sign.
    fn cut(self, cells: usize) -> Self {
        let mut short = Self::new();
        for (text, style) in self.pieces {
            let left = cells.saturating_sub(short.width);
            short = short.put(head(&text, left), style);
        }
        short
    }

    /// The same text, all in one style and filled up to `cells`: the selected row.
    #[must_use]
    pub(crate) fn filled(self, cells: usize, style: Style) -> Self {
        let text = self.text();
        let missing = cells.saturating_sub(self.width);
        Self::of(text, style).put(" ".repeat(missing), style)
    }

    /// Draws it from `x`, at most `cells` wide, never outside of the buffer.
    pub(crate) fn draw(&self, buffer: &mut Buffer, x: u16, y: u16, cells: u16) {
        let area = *buffer.area();
        if y < area.top() || y >= area.bottom() || x < area.left() || x >= area.right() {
            return;
        }
        let end = x.saturating_add(cells).min(area.right());
        let mut x = x;
        for (text, style) in &self.pieces {
            if x >= end {
                return;
            }
            // Nothing of what stood there shines through: a title is not dim because its frame is.
            let own = Style::new().fg(Color::Reset).remove_modifier(Modifier::all()).patch(*style);
            (x, _) = buffer.set_stringn(x, y, text, usize::from(end - x), own);
        }
    }
}

/// Cells that a text takes: the sum over what a reader sees as characters, as the buffer counts it.
#[must_use]
pub(crate) fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.graphemes(true).map(UnicodeWidthStr::width).sum() }
}

/// The longest beginning of `text` that takes at most `cells`.
#[must_use]
pub(crate) fn head(text: &str, cells: usize) -> &str {
    let mut taken = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        taken += grapheme.width();
        if taken > cells {
            return text.get(..at).unwrap_or(text);
        }
    }
    text
}

/// `text` in lines of at most `cells`, broken at blanks where there are some.
#[must_use]
pub(crate) fn wrap(text: &str, cells: usize) -> Vec<String> {
    let cells = cells.max(1);
    let cleaned = clean(text);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in cleaned.split(' ') {
        let mut word = word;
        if !line.is_empty() && width(&line) + 1 + width(word) > cells {
            lines.push(std::mem::take(&mut line));
        }
        while width(word) > cells {
            let part = head(word, cells);
            // A character wider than the line would stand still for ever.
            let part = if part.is_empty() { word.graphemes(true).next().unwrap_or(word) } else { part };
            lines.push(part.to_owned());
            word = word.get(part.len()..).unwrap_or("");
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_shortened_at_characters_not_at_bytes() {
        let line = Strip::of("日本語", Style::new()).put(" checkout", Style::new());
        assert_eq!(line.width(), 15);
        assert_eq!(line.clone().fitted(8, "…").text(), "日本語 …");
        assert_eq!(line.clone().fitted(4, "…").text(), "日…");
        assert_eq!(line.clone().fitted(0, "…").text(), "");
        assert_eq!(line.clone().fitted(15, "…").text(), "日本語 checkout");
    }

    #[test]
    fn what_steers_a_terminal_does_not_get_in() {
        assert_eq!(Strip::of("a\u{1b}[2Jb\u{202e}c", Style::new()).text(), "a\u{fffd}[2Jb\u{fffd}c");
    }

    #[test]
    fn a_long_text_is_wrapped_at_blanks_and_words_that_are_too_long_are_split() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij x", 4), ["abcd", "efgh", "ij x"]);
        assert_eq!(wrap("日本", 1), ["日", "本"]);
        assert!(wrap("", 10).is_empty());
    }

    #[test]
    fn drawing_outside_of_the_buffer_does_nothing() {
        let mut buffer = Buffer::empty(ratatui::layout::Rect::new(2, 2, 3, 1));
        Strip::of("hello", Style::new()).draw(&mut buffer, 0, 0, 9);
        Strip::of("hello", Style::new()).draw(&mut buffer, 4, 2, 9);
        assert_eq!(buffer, Buffer::with_lines(["  h"]).clone_at(2, 2));
    }

    trait CloneAt {
        fn clone_at(self, x: u16, y: u16) -> Self;
    }

    impl CloneAt for Buffer {
        fn clone_at(mut self, x: u16, y: u16) -> Self {
            self.area.x = x;
            self.area.y = y;
            self
        }
    }
}
