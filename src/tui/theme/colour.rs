//! Colours as themes write them, and what is left of them on a terminal with fewer.

use std::{fmt, str::FromStr};

use ratatui::style::Color;

use super::eyes::Eyes;

/// How many colours the terminal shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// None: attributes only.
    None,
    /// The 16 that the terminal's owner chose.
    #[default]
    Ansi16,
    /// 256.
    Indexed256,
    /// Any.
    TrueColour,
}

/// A colour of a theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// The terminal's own.
    Default,
    /// One of the 16, 0 to 15.
    Ansi(u8),
    /// One of the 256.
    Indexed(u8),
    /// Red, green and blue.
    Rgb(u8, u8, u8),
}

/// A text that is not a colour.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a colour: write #rrggbb, ansi:0 to ansi:15, idx:0 to idx:255, default, or a name of [palette]")]
pub struct NotAColour(pub String);

impl FromStr for Colour {
    type Err = NotAColour;

    fn from_str(text: &str) -> Result<Self, NotAColour> {
        let wrong = || NotAColour(text.to_owned());
        if text == "default" {
            return Ok(Self::Default);
        }
        if let Some(hex) = text.strip_prefix('#') {
            let value = u32::from_str_radix(hex, 16).map_err(|_| wrong())?;
            let [_, red, green, blue] = value.to_be_bytes();
            return if hex.len() == 6 { Ok(Self::Rgb(red, green, blue)) } else { Err(wrong()) };
        }
        if let Some(number) = text.strip_prefix("ansi:") {
            return number.parse().ok().filter(|n| *n < 16).map(Self::Ansi).ok_or_else(wrong);
        }
        let number = text.strip_prefix("idx:").ok_or_else(wrong)?;
        number.parse().map(Self::Indexed).map_err(|_| wrong())
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Ansi(number) => write!(f, "ansi:{number}"),
            Self::Indexed(number) => write!(f, "idx:{number}"),
            Self::Rgb(red, green, blue) => write!(f, "#{red:02x}{green:02x}{blue:02x}"),
        }
    }
}

impl Colour {
    /// Whether a terminal of 16 colours shows it as it is meant.
    #[must_use]
    pub const fn fits_16(self) -> bool {
        matches!(self, Self::Default | Self::Ansi(_) | Self::Indexed(..16))
    }

    /// Red, green and blue; `None` where only the terminal's owner knows them.
    #[must_use]
    pub fn rgb(self) -> Option<(u8, u8, u8)> {
        match self {
            Self::Default | Self::Ansi(_) | Self::Indexed(..16) => None,
            Self::Indexed(number) => Some(indexed_rgb(number)),
            Self::Rgb(red, green, blue) => Some((red, green, blue)),
        }
    }

    /// The one of the 256 that looks most like it; what is not red, green and blue stays as it is.
    #[must_use]
    pub fn of_256(self) -> Self {
        match self {
            // The first 16 are skipped: nobody knows what they look like on that terminal.
            Self::Rgb(red, green, blue) => Self::Indexed(nearest((red, green, blue), 16..256)),
            other => other,
        }
    }

    /// The colour on a terminal of this depth; `None` where there are no colours.
    #[must_use]
    pub fn at(self, depth: Depth) -> Option<Color> {
        match (depth, self) {
            (Depth::None, _) => None,
            (_, Self::Default) => Some(Color::Reset),
            (_, Self::Ansi(number)) => Some(ansi(number)),
            (Depth::Ansi16, Self::Indexed(number)) if number < 16 => Some(ansi(number)),
            (Depth::Ansi16, Self::Indexed(number)) => Some(ansi(nearest(indexed_rgb(number), 0..16))),
            (Depth::Ansi16, Self::Rgb(r, g, b)) => Some(ansi(nearest((r, g, b), 0..16))),
            (_, Self::Indexed(number)) => Some(Color::Indexed(number)),
            (Depth::Indexed256, Self::Rgb(r, g, b)) => Some(Color::Indexed(nearest((r, g, b), 16..256))),
            (Depth::TrueColour, Self::Rgb(r, g, b)) => Some(Color::Rgb(r, g, b)),
        }
    }
}

const fn ansi(number: u8) -> Color {
    match number {
        0 => Color::Black,
        1 => Color::Red,
        2 => Color::Green,
        3 => Color::Yellow,
        4 => Color::Blue,
        5 => Color::Magenta,
        6 => Color::Cyan,
        7 => Color::Gray,
        8 => Color::DarkGray,
        9 => Color::LightRed,
        10 => Color::LightGreen,
        11 => Color::LightYellow,
        12 => Color::LightBlue,
        13 => Color::LightMagenta,
        14 => Color::LightCyan,
        _ => Color::White,
    }
}

/// The colours of xterm's table: 16 names, a cube of 6 x 6 x 6, 24 greys.
fn indexed_rgb(number: u8) -> (u8, u8, u8) {
    const NAMED: [(u8, u8, u8); 16] = [
        (0, 0, 0),
        (205, 0, 0),
        (0, 205, 0),
        (205, 205, 0),
        (0, 0, 238),
        (205, 0, 205),
        (0, 205, 205),
        (229, 229, 229),
        (127, 127, 127),
        (255, 0, 0),
        (0, 255, 0),
        (255, 255, 0),
        (92, 92, 255),
        (255, 0, 255),
        (0, 255, 255),
        (255, 255, 255),
    ];
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let step = |n: u8| STEPS.get(usize::from(n)).copied().unwrap_or(255);
    match number {
        0..16 => NAMED.get(usize::from(number)).copied().unwrap_or((0, 0, 0)),
        16..232 => {
            let cube = number - 16;
            (step(cube / 36), step(cube / 6 % 6), step(cube % 6))
        }
        232.. => {
            let grey = 8 + 10 * (number - 232);
            (grey, grey, grey)
        }
    }
}

/// The number in `among` whose colour looks most like `rgb`: the smallest distance in `OKLab`, where equal distances look equal.
fn nearest(rgb: (u8, u8, u8), among: std::ops::Range<u16>) -> u8 {
    let distance = |number: u8| Eyes::Typical.distance(rgb, indexed_rgb(number));
    among
        .filter_map(|number| u8::try_from(number).ok())
        .min_by(|a, b| distance(*a).total_cmp(&distance(*b)))
        .unwrap_or(7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_read_as_themes_write_them() {
        assert_eq!("#2677fd".parse(), Ok(Colour::Rgb(0x26, 0x77, 0xfd)));
        assert_eq!("ansi:15".parse(), Ok(Colour::Ansi(15)));
        assert_eq!("idx:208".parse(), Ok(Colour::Indexed(208)));
        assert_eq!("default".parse(), Ok(Colour::Default));
        for wrong in ["", "#12345", "#1234567", "#gggggg", "ansi:16", "idx:256", "red", "ansi:"] {
            assert!(wrong.parse::<Colour>().is_err(), "{wrong:?} was taken");
        }
    }

    #[test]
    fn fewer_colours_give_the_one_that_looks_most_alike() {
        assert_eq!(Colour::Rgb(238, 50, 27).at(Depth::Ansi16), Some(Color::LightRed));
        assert_eq!(Colour::Rgb(0, 200, 10).at(Depth::Ansi16), Some(Color::Green));
        assert_eq!(Colour::Rgb(255, 135, 0).at(Depth::Indexed256), Some(Color::Indexed(208)));
        assert_eq!(Colour::Indexed(196).at(Depth::Ansi16), Some(Color::LightRed));
        assert_eq!(Colour::Rgb(1, 2, 3).at(Depth::TrueColour), Some(Color::Rgb(1, 2, 3)));
        assert_eq!(Colour::Rgb(1, 2, 3).at(Depth::None), None);
    }
}
