//! The last look at a frame: nothing in it can steer the terminal, whatever way it came in.

use ratatui::buffer::Buffer;

use crate::domain::clean::clean;

/// Replaces every unsafe character in the buffer.
pub fn make_safe(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        let replaced = match clean(cell.symbol()) {
            std::borrow::Cow::Borrowed(_) => continue,
            std::borrow::Cow::Owned(text) => text,
        };
        cell.set_symbol(&replaced);
    }
}

#[cfg(test)]
mod tests {
    use ratatui::layout::Rect;

    use super::*;

    #[test]
    fn a_cell_that_could_steer_the_terminal_is_replaced() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 3, 1));
        buffer.content[0].set_symbol("\u{1b}");
        buffer.content[1].set_symbol("\u{202e}");
        buffer.content[2].set_symbol("✓");
        make_safe(&mut buffer);
        let symbols: Vec<&str> = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(symbols, ["\u{fffd}", "\u{fffd}", "✓"]);
    }
}
