//! Block letters that can be read from across the room.
//!
//! A font of our own: five lines high, one table, no half blocks, so that it is the same in ASCII. Crates with fonts bring a
//! dozen dependencies for it and know none of the status glyphs.

use ratatui::style::{Modifier, Style};

use crate::tui::strip::Strip;

/// Lines of a letter.
const LINES: usize = 5;

/// Letters, digits, the signs of numbers and names, and the status glyphs. A filled pixel is `#`.
const FONT: [(char, [&str; LINES]); 58] = [
    ('A', [" ## ", "#  #", "####", "#  #", "#  #"]),
    ('B', ["### ", "#  #", "### ", "#  #", "### "]),
    ('C', [" ###", "#   ", "#   ", "#   ", " ###"]),
    ('D', ["### ", "#  #", "#  #", "#  #", "### "]),
    ('E', ["####", "#   ", "### ", "#   ", "####"]),
    ('F', ["####", "#   ", "### ", "#   ", "#   "]),
    ('G', [" ###", "#   ", "# ##", "#  #", " ###"]),
    ('H', ["#  #", "#  #", "####", "#  #", "#  #"]),
    ('I', ["###", " # ", " # ", " # ", "###"]),
    ('J', ["  ##", "   #", "   #", "#  #", " ## "]),
    ('K', ["#  #", "# # ", "##  ", "# # ", "#  #"]),
    ('L', ["#   ", "#   ", "#   ", "#   ", "####"]),
    ('M', ["#   #", "## ##", "# # #", "#   #", "#   #"]),
    ('N', ["#   #", "##  #", "# # #", "#  ##", "#   #"]),
    ('O', [" ## ", "#  #", "#  #", "#  #", " ## "]),
    ('P', ["### ", "#  #", "### ", "#   ", "#   "]),
    ('Q', [" ## ", "#  #", "#  #", "# ##", " ###"]),
    ('R', ["### ", "#  #", "### ", "# # ", "#  #"]),
    ('S', [" ###", "#   ", " ## ", "   #", "### "]),
    ('T', ["#####", "  #  ", "  #  ", "  #  ", "  #  "]),
    ('U', ["#  #", "#  #", "#  #", "#  #", " ## "]),
    ('V', ["#   #", "#   #", "#   #", " # # ", "  #  "]),
    ('W', ["#   #", "#   #", "# # #", "## ##", "#   #"]),
    ('X', ["#   #", " # # ", "  #  ", " # # ", "#   #"]),
    ('Y', ["#   #", " # # ", "  #  ", "  #  ", "  #  "]),
    ('Z', ["####", "  # ", " #  ", "#   ", "####"]),
    ('0', [" ## ", "#  #", "#  #", "#  #", " ## "]),
    ('1', [" # ", "## ", " # ", " # ", "###"]),
    ('2', ["### ", "   #", " ## ", "#   ", "####"]),
    ('3', ["### ", "   #", " ## ", "   #", "### "]),
    ('4', ["#  #", "#  #", "####", "   #", "   #"]),
    ('5', ["####", "#   ", "### ", "   #", "### "]),
    ('6', [" ## ", "#   ", "### ", "#  #", " ## "]),
    ('7', ["####", "   #", "  # ", " #  ", " #  "]),
    ('8', [" ## ", "#  #", " ## ", "#  #", " ## "]),
    ('9', [" ## ", "#  #", " ###", "   #", " ## "]),
    (' ', ["  ", "  ", "  ", "  ", "  "]),
    ('.', [" ", " ", " ", " ", "#"]),
    (',', ["  ", "  ", "  ", " #", "# "]),
    (':', [" ", "#", " ", "#", " "]),
    ('-', ["   ", "   ", "###", "   ", "   "]),
    ('+', ["   ", " # ", "###", " # ", "   "]),
    ('_', ["    ", "    ", "    ", "    ", "####"]),
    ('/', ["   #", "  # ", " ## ", " #  ", "#   "]),
    ('<', ["  #", " # ", "#  ", " # ", "  #"]),
    ('>', ["#  ", " # ", "  #", " # ", "#  "]),
    ('%', ["#   #", "   # ", "  #  ", " #   ", "#   #"]),
    ('@', [" ## ", "# ##", "# ##", "#   ", " ## "]),
    ('!', ["#", "#", "#", " ", "#"]),
    ('?', ["### ", "   #", " ## ", "    ", " #  "]),
    ('✓', ["     #", "    # ", "#  #  ", " ##   ", " #    "]),
    ('✗', ["#   #", " # # ", "  #  ", " # # ", "#   #"]),
    ('▲', ["   #   ", "  ###  ", "  ###  ", " ##### ", "#######"]),
    ('►', ["#   ", "### ", "####", "### ", "#   "]),
    ('‖', ["# #", "# #", "# #", "# #", "# #"]),
    ('◷', [" ### ", "# # #", "# ###", "#   #", " ### "]),
    ('◌', [" # # ", "#   #", "     ", "#   #", " # # "]),
    ('·', [" ", " ", "#", " ", " "]),
];

/// A text in block letters, at one size.
#[derive(Clone, Debug)]
pub(crate) struct Letters {
    /// One row of pixels each, one or two texts below each other.
    rows: Vec<Vec<bool>>,
    /// Columns and lines of a pixel.
    scale: (usize, usize),
}

impl Letters {
    /// `text` as large as it can be in so many cells and lines, in one row or, where that is larger, in two. `None` where it does
    /// not fit, or has a character that the font does not know.
    pub(crate) fn fitted(text: &str, (cells, lines): (usize, usize)) -> Option<Self> {
        let one = pixels(text).and_then(|rows| Self::of(rows, (cells, lines)));
        let two = text
            .match_indices(' ')
            .filter_map(|(at, _)| {
                let (first, second) = (text.get(..at)?, text.get(at + 1..)?);
                // A glyph alone is no line.
                let stacked = first.chars().count() > 1 && !second.trim().is_empty();
                if !stacked {
                    return None;
                }
                let mut rows = pixels(first)?;
                rows.push(Vec::new());
                rows.extend(pixels(second)?);
                Self::of(rows, (cells, lines))
            })
            .max_by_key(Self::weight);
        // One row is read faster: two must be worth it.
        match (one, two) {
            (Some(one), Some(two)) => Some(if two.weight() > one.weight() { two } else { one }),
            (one, two) => one.or(two),
        }
    }

    /// `text` at the smallest size.
    pub(crate) fn small(text: &str, cells: usize) -> Option<Self> {
        Self::fitted(text, (cells, LINES))
    }

    /// The largest size at which `rows` fit. Cells are twice as high as wide: a pixel is a square of two to one, or narrower.
    fn of(rows: Vec<Vec<bool>>, (cells, lines): (usize, usize)) -> Option<Self> {
        let across = rows.iter().map(Vec::len).max().filter(|across| *across > 0)?;
        let down = rows.len();
        let (wide, high) = (cells / across, lines / down);
        let wide = wide.min(high * 2);
        let high = high.min(wide);
        (wide > 0 && high > 0).then_some(Self { rows, scale: (wide, high) })
    }

    fn weight(&self) -> usize {
        self.scale.0 * self.scale.1
    }

    /// Cells of the longest line.
    pub(crate) fn width(&self) -> usize {
        self.rows.iter().map(Vec::len).max().unwrap_or(0) * self.scale.0
    }

    /// Lines.
    pub(crate) fn height(&self) -> usize {
        self.rows.len() * self.scale.1
    }

    /// The lines, each pixel drawn with `pixel` in `style`.
    pub(crate) fn lines(&self, pixel: &str, style: Style) -> Vec<Strip> {
        let (wide, high) = self.scale;
        let line = |row: &Vec<bool>| {
            row.chunk_by(|a, b| a == b).fold(Strip::new(), |line, run| {
                let filled = run.first() == Some(&true);
                let symbol = if filled { pixel } else { " " };
                line.put(symbol.repeat(run.len() * wide), if filled { style } else { Style::new() })
            })
        };
        self.rows.iter().flat_map(|row| std::iter::repeat_n(line(row), high)).collect()
    }
}

/// The pixels of a text, with a column between letters.
fn pixels(text: &str) -> Option<Vec<Vec<bool>>> {
    let mut rows = vec![Vec::new(); LINES];
    for (index, character) in text.chars().enumerate() {
        let letter = letter(character)?;
        for (row, line) in rows.iter_mut().zip(letter) {
            if index > 0 {
                row.push(false);
            }
            row.extend(line.chars().map(|pixel| pixel == '#'));
        }
    }
    Some(rows)
}

fn letter(character: char) -> Option<[&'static str; LINES]> {
    let upper = character.to_ascii_uppercase();
    FONT.iter().find(|(known, _)| *known == upper).map(|(_, letter)| *letter)
}

/// What fills a pixel: a role's colour as the letter itself. A ground becomes the colour, and what would hide a filled
/// block (reverse) or cut through it (underline) goes.
pub(crate) fn solid(style: Style) -> Style {
    let mut solid = Style::new().add_modifier(style.add_modifier & (Modifier::BOLD | Modifier::DIM));
    solid.fg = style.bg.or(style.fg);
    solid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_is_five_lines_of_one_width_and_like_no_other_sign() {
        for (character, lines) in FONT {
            let width = lines[0].len();
            assert!(lines.iter().all(|line| line.len() == width), "{character}");
        }
        for (index, (character, lines)) in FONT.iter().enumerate() {
            for (other, same) in FONT.iter().skip(index + 1) {
                let twins = [('O', '0'), ('X', '✗')];
                assert!(lines != same || twins.contains(&(*character, *other)), "{character} {other}");
            }
        }
    }

    #[test]
    fn a_text_is_as_large_as_its_room() {
        let at = |room| Letters::fitted("PAGE FIRING", room).map(|letters| (letters.width(), letters.height()));
        assert_eq!(at((40, 5)), None);
        assert_eq!(at((60, 4)), None);
        assert_eq!(at((60, 5)), Some((49, 5)));
        let (width, height) = at((120, 15)).expect("it fits");
        assert!(width > 90 && height >= 10, "{width}x{height}");
        // Two rows where one would be small.
        let (width, height) = at((70, 24)).expect("it fits");
        assert!(width > 46 && height > 20, "{width}x{height}");
        assert!(Letters::fitted("日本", (200, 60)).is_none());
    }

    #[test]
    fn letters_are_drawn_with_the_pixel_that_was_asked_for() {
        let letters = Letters::small("I.", 20).expect("it fits");
        let lines: Vec<String> = letters.lines("#", Style::new()).iter().map(Strip::text).collect();
        assert_eq!(lines, ["###  ", " #   ", " #   ", " #   ", "### #"]);
    }
}
