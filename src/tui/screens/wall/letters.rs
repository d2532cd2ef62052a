//! Block letters that can be read from across the room.
//!
//! A font of our own: five lines high, one table, no half blocks, so that it is the same in ASCII. Crates with fonts bring a
//! dozen dependencies for it and know none of the status glyphs.

use ratatui::style::{Modifier, Style};

use crate::{domain::level::Level, tui::strip::Strip};

/// Lines of a letter.
pub(super) const LINES: usize = 5;
/// Lines of two rows of letters with a line between them.
pub(super) const TWO_ROWS: usize = 2 * LINES + 1;

/// Letters, digits, and the signs of numbers and names. A filled pixel is `#`.
const FONT: [(char, [&str; LINES]); 51] = [
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
    ('x', ["   ", "   ", "# #", " # ", "# #"]),
];

/// The signs of levels, heavier than letters, and like none of them.
const SIGNS: [(Level, [&str; LINES]); 7] = [
    (Level::Ok, ["      ##", "     ## ", "##  ##  ", " ####   ", "  ##    "]),
    (Level::Wait, [" ##### ", "#  #  #", "#  ## #", "#     #", " ##### "]),
    (Level::Paused, ["## ##", "## ##", "## ##", "## ##", "## ##"]),
    (Level::Run, ["##    ", "####  ", "######", "####  ", "##    "]),
    (Level::Watch, ["   #   ", "  ###  ", "  ###  ", " ##### ", "#######"]),
    (Level::Unknown, [" #### ", "##  ##", "   ## ", "      ", "  ##  "]),
    (Level::Bad, ["##   ##", " ## ## ", "  ###  ", " ## ## ", "##   ##"]),
];

/// What a pixel belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pixel {
    /// Nothing.
    Off,
    /// A letter.
    On,
    /// The ground of the sign.
    Ground,
    /// The sign.
    Sign,
}

type Rows = Vec<Vec<Pixel>>;

/// A text in block letters, at one size.
#[derive(Clone, Debug)]
pub(super) struct Letters {
    /// Rows of pixels: of one text, or of two below each other.
    rows: Rows,
    /// Columns and lines of a pixel.
    scale: (usize, usize),
}

impl Letters {
    /// `text`, after the sign of a level, as large as it can be in so many cells and lines: in one row or, where that is larger, in two.
    /// `None` where it does not fit, or has a character that the font does not know.
    pub(super) fn fitted(sign: Option<Level>, text: &str, (cells, lines): (usize, usize)) -> Option<Self> {
        let one = Self::of(pixels(sign, text)?, (cells, lines));
        let two = text
            .match_indices(' ')
            .filter_map(|(at, _)| {
                let mut rows = pixels(sign, text.get(..at)?)?;
                rows.push(Vec::new());
                rows.extend(pixels(None, text.get(at + 1..)?)?);
                Self::of(rows, (cells, lines))
            })
            .max_by_key(Self::weight);
        // One row is read faster: two must be worth it.
        match (one, two) {
            (Some(one), Some(two)) => Some(if two.weight() > one.weight() { two } else { one }),
            (one, two) => one.or(two),
        }
    }

    /// `text` in one row of the smallest height.
    pub(super) fn small(text: &str, cells: usize) -> Option<Self> {
        Self::of(pixels(None, text)?, (cells, LINES))
    }

    /// All of `texts` in one row each, so many cells wide at most, and all of one size.
    pub(super) fn alike<'a>(texts: impl IntoIterator<Item = &'a str>, cells: usize) -> Option<Vec<Self>> {
        let mut all = texts.into_iter().map(|text| Self::small(text, cells)).collect::<Option<Vec<Self>>>()?;
        let least = all.iter().map(|letters| letters.scale).min()?;
        for letters in &mut all {
            letters.scale = least;
        }
        Some(all)
    }

    /// The largest size at which `rows` fit. Cells are twice as high as wide: a pixel is a square of two to one, or narrower.
    fn of(rows: Rows, (cells, lines): (usize, usize)) -> Option<Self> {
        let across = rows.iter().map(Vec::len).max().filter(|across| *across > 0)?;
        let (wide, high) = (cells / across, lines / rows.len());
        let wide = wide.min(high * 2);
        let high = high.min(wide);
        (wide > 0 && high > 0).then_some(Self { rows, scale: (wide, high) })
    }

    fn weight(&self) -> usize {
        self.scale.0 * self.scale.1
    }

    /// Cells of the longest line.
    pub(super) fn width(&self) -> usize {
        self.rows.iter().map(Vec::len).max().unwrap_or(0) * self.scale.0
    }

    /// The lines: each pixel of a letter drawn with `pixel` in `style`, the sign in the style of its level.
    pub(super) fn lines(&self, pixel: &str, style: Style, sign: Style) -> Vec<Strip> {
        let (wide, high) = self.scale;
        // A sign that has a ground of its own is drawn on it.
        let mut on_ground = solid(sign);
        (on_ground.fg, on_ground.bg) = if sign.bg.is_some() { (sign.fg, sign.bg) } else { (sign.fg, None) };
        let line = |row: &Vec<Pixel>| {
            row.chunk_by(|a, b| a == b).fold(Strip::new(), |line, run| {
                let cells = run.len() * wide;
                match run.first() {
                    Some(Pixel::On) => line.put(pixel.repeat(cells), style),
                    Some(Pixel::Sign) => line.put(pixel.repeat(cells), on_ground),
                    Some(Pixel::Ground) => line.put(" ".repeat(cells), on_ground),
                    Some(Pixel::Off) | None => line.put(" ".repeat(cells), Style::new()),
                }
            })
        };
        self.rows.iter().flat_map(|row| std::iter::repeat_n(line(row), high)).collect()
    }
}

/// The pixels of a sign and a text, with a column between letters.
fn pixels(sign: Option<Level>, text: &str) -> Option<Rows> {
    let mut rows = vec![Vec::new(); LINES];
    let sign = sign.and_then(|level| SIGNS.iter().find(|(known, _)| *known == level));
    if let Some((_, lines)) = sign {
        for (row, line) in rows.iter_mut().zip(lines) {
            row.push(Pixel::Ground);
            row.extend(line.chars().map(|pixel| if pixel == '#' { Pixel::Sign } else { Pixel::Ground }));
            row.extend([Pixel::Ground, Pixel::Off, Pixel::Off]);
        }
    }
    for (index, character) in text.chars().enumerate() {
        for (row, line) in rows.iter_mut().zip(letter(character)?) {
            if index > 0 {
                row.push(Pixel::Off);
            }
            row.extend(line.chars().map(|pixel| if pixel == '#' { Pixel::On } else { Pixel::Off }));
        }
    }
    Some(rows)
}

fn letter(character: char) -> Option<[&'static str; LINES]> {
    let find = |wanted| FONT.iter().find(|(known, _)| *known == wanted).map(|(_, letter)| *letter);
    find(character).or_else(|| find(character.to_ascii_uppercase()))
}

/// A role's colour for filled blocks: a ground becomes the colour, and what would hide a block (reverse) or cut through it
/// (underline) goes.
pub(super) fn solid(style: Style) -> Style {
    let mut solid = Style::new().add_modifier(style.add_modifier & (Modifier::BOLD | Modifier::DIM));
    solid.fg = style.bg.or(style.fg);
    solid
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_letter_is_five_lines_of_one_width_and_like_no_other_sign() {
        let all: Vec<_> = FONT.iter().map(|(_, lines)| lines).chain(SIGNS.iter().map(|(_, lines)| lines)).collect();
        for (index, lines) in all.iter().enumerate() {
            assert!(lines.iter().all(|line| line.len() == lines[0].len()), "{lines:?}");
            let twin = |other: &&[&str; LINES]| other == lines;
            // Only the letter O and the digit 0 look alike.
            assert!(!all.iter().skip(index + 1).any(twin) || **lines == FONT[14].1, "{lines:?}");
        }
    }

    #[test]
    fn a_text_is_as_large_as_its_room() {
        let at = |room| {
            Letters::fitted(None, "PAGE FIRING", room)
                .map(|letters| (letters.width(), letters.lines("#", Style::new(), Style::new()).len()))
        };
        assert_eq!(at((40, 5)), None);
        assert_eq!(at((60, 4)), None);
        assert_eq!(at((60, 5)), Some((51, 5)));
        let (width, height) = at((120, 15)).expect("it fits");
        assert!(width > 90 && height >= 10, "{width}x{height}");
        // Two rows where one would be small.
        let (width, height) = at((70, 24)).expect("it fits");
        assert!(width > 46 && height > 20, "{width}x{height}");
        assert!(Letters::fitted(None, "日本", (200, 60)).is_none());
    }

    #[test]
    fn letters_are_drawn_with_the_pixel_that_was_asked_for() {
        let letters = Letters::of(pixels(None, "I.").expect("known"), (6, 5)).expect("it fits");
        let lines: Vec<String> = letters.lines("#", Style::new(), Style::new()).iter().map(Strip::text).collect();
        assert_eq!(lines, ["###  ", " #   ", " #   ", " #   ", "### #"]);
    }
}
