//! Colours as themes write them, and what is left of them on a terminal with fewer.

use std::str::FromStr;

use ratatui::style::Color;

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

impl Colour {
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
            // The first 16 are skipped: nobody knows what they look like on that terminal.
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
    let wanted = oklab(rgb);
    let distance = |number: u8| {
        let seen = oklab(indexed_rgb(number));
        (wanted.0 - seen.0).powi(2) + (wanted.1 - seen.1).powi(2) + (wanted.2 - seen.2).powi(2)
    };
    among
        .filter_map(|number| u8::try_from(number).ok())
        .min_by(|a, b| distance(*a).total_cmp(&distance(*b)))
        .unwrap_or(7)
}

/// sRGB to `OKLab`, after Björn Ottosson, "A perceptual color space for image processing" (2020).
fn oklab((red, green, blue): (u8, u8, u8)) -> (f64, f64, f64) {
    let linear = |channel: u8| {
        let c = f64::from(channel) / 255.0;
        if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    };
    let (red, green, blue) = (linear(red), linear(green), linear(blue));
    let mix = |x: f64, y: f64, z: f64| red.mul_add(x, green.mul_add(y, blue * z)).cbrt();
    let long = mix(0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9);
    let medium = mix(0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6);
    let short = mix(0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5);
    let sum = |x: f64, y: f64, z: f64| long.mul_add(x, medium.mul_add(y, short * z));
    (
        sum(0.210_454_255_3, 0.793_617_785, -0.004_072_046_8),
        sum(1.977_998_495_1, -2.428_592_205, 0.450_593_709_9),
        sum(0.025_904_037_1, 0.782_771_766_2, -0.808_675_766),
    )
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
