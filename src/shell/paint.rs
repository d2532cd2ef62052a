//! Drawing in the theme of the moment, and what the terminal can show.

use std::sync::Arc;

use super::{console::Paint, wardrobe::Wardrobe};
use crate::{
    config::settings,
    tui::{self, glyph::Charset, look::Look, theme::Depth},
};

/// What the terminal can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Abilities {
    /// How many colours.
    pub depth: Depth,
    /// Which characters.
    pub charset: Charset,
    /// Whether it is dark or light.
    pub ground: Ground,
}

/// What lies behind the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ground {
    /// Nobody says.
    #[default]
    Unknown,
    /// Something dark.
    Dark,
    /// Something light.
    Light,
}

/// Draws models in the theme that the wardrobe has for them. One that cannot be had leaves the last one on.
#[must_use]
pub fn painter(wardrobe: Arc<Wardrobe>) -> Paint {
    let mut worn: Option<(String, u64)> = None;
    let mut look: Option<Look> = None;
    Box::new(move |model, buffer| {
        let wanted = (wardrobe.worn(model), wardrobe.version());
        if worn.as_ref() != Some(&wanted) {
            look = wardrobe.look(&wanted.0).ok().or(look.take()).or_else(|| wardrobe.look("default").ok());
            worn = Some(wanted);
        }
        if let Some(look) = &look {
            tui::render(model, look, buffer.area, buffer);
        }
    })
}

/// What the terminal can show: what flags and files say, and otherwise what it says itself. `always` asks for colours whatever
/// `NO_COLOR` says.
#[must_use]
pub fn abilities(look: &settings::Look, always: bool, variable: impl Fn(&str) -> Option<String>) -> Abilities {
    let depth = match look.colour {
        _ if always => deepest(&variable("TERM").unwrap_or_default(), &variable("COLORTERM").unwrap_or_default()),
        settings::Colour::Auto => told_depth(&variable),
        settings::Colour::Truecolor => Depth::TrueColour,
        settings::Colour::Palette256 => Depth::Indexed256,
        settings::Colour::Ansi16 => Depth::Ansi16,
        settings::Colour::None => Depth::None,
    };
    let charset = match look.charset {
        settings::Charset::Auto => told_charset(&variable),
        settings::Charset::Unicode => Charset::Unicode,
        settings::Charset::Ascii => Charset::Ascii,
        settings::Charset::Braille => Charset::Braille,
    };
    let ground = match look.ground {
        settings::Ground::Auto => variable("COLORFGBG").map_or(Ground::Unknown, |told| told_ground(&told)),
        settings::Ground::Dark => Ground::Dark,
        settings::Ground::Light => Ground::Light,
    };
    Abilities { depth, charset, ground }
}

/// The depth of colour that `NO_COLOR`, `TERM` and `COLORTERM` tell of. An empty `NO_COLOR` says nothing (no-color.org).
fn told_depth(variable: &impl Fn(&str) -> Option<String>) -> Depth {
    let given = |name: &str| variable(name).filter(|value| !value.is_empty());
    let term = given("TERM").unwrap_or_default();
    if given("NO_COLOR").is_some() || term == "dumb" {
        return Depth::None;
    }
    deepest(&term, &given("COLORTERM").unwrap_or_default())
}

/// The depth of colour that a terminal of this name has.
#[must_use]
pub fn deepest(term: &str, colours: &str) -> Depth {
    if matches!(colours, "truecolor" | "24bit") || term.ends_with("-direct") {
        Depth::TrueColour
    } else if term.contains("256color") {
        Depth::Indexed256
    } else {
        Depth::Ansi16
    }
}

/// The characters that the locale has.
fn told_charset(variable: &impl Fn(&str) -> Option<String>) -> Charset {
    let given = |name: &str| variable(name).filter(|value| !value.is_empty());
    let locale = given("LC_ALL").or_else(|| given("LC_CTYPE")).or_else(|| given("LANG")).unwrap_or_default();
    let locale = locale.to_ascii_lowercase();
    let term = given("TERM").unwrap_or_default();
    let unicode = (locale.contains("utf-8") || locale.contains("utf8")) && !matches!(term.as_str(), "linux" | "dumb");
    if unicode { Charset::Unicode } else { Charset::Ascii }
}

/// The ground that `COLORFGBG` tells of: `15;0`, or `15;default;0`; the last number is that of the ground. Of the 16, 0 to 6
/// and 8 are dark. The terminal itself is not asked: over SSH, an answer may come late and be taken for keys.
fn told_ground(told: &str) -> Ground {
    match told.rsplit(';').next().and_then(|last| last.trim().parse::<u8>().ok()) {
        Some(0..=6 | 8) => Ground::Dark,
        Some(7 | 9..=15) => Ground::Light,
        _ => Ground::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Abilities {
        told(&settings::Look::default(), variables)
    }

    fn told(look: &settings::Look, variables: &[(&str, &str)]) -> Abilities {
        let find =
            |name: &str| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned());
        abilities(look, false, find)
    }

    #[test]
    fn colours_are_as_many_as_the_terminal_says() {
        assert_eq!(with(&[("TERM", "xterm")]).depth, Depth::Ansi16);
        assert_eq!(with(&[("TERM", "xterm-256color")]).depth, Depth::Indexed256);
        assert_eq!(with(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")]).depth, Depth::TrueColour);
        assert_eq!(with(&[("TERM", "xterm-256color"), ("NO_COLOR", "1")]).depth, Depth::None);
        assert_eq!(with(&[("TERM", "xterm"), ("NO_COLOR", "")]).depth, Depth::Ansi16);
    }

    #[test]
    fn files_and_flags_go_before_no_color() {
        let look = settings::Look { colour: settings::Colour::Palette256, ..settings::Look::default() };
        assert_eq!(told(&look, &[("TERM", "xterm"), ("NO_COLOR", "1")]).depth, Depth::Indexed256);
        let always = abilities(&settings::Look::default(), true, |name| (name == "NO_COLOR").then(|| "1".to_owned()));
        assert_eq!(always.depth, Depth::Ansi16);
    }

    #[test]
    fn unicode_is_drawn_where_the_locale_has_it() {
        assert_eq!(with(&[("LANG", "C.UTF-8"), ("TERM", "xterm")]).charset, Charset::Unicode);
        assert_eq!(with(&[("LANG", "C.UTF-8"), ("LC_ALL", "C")]).charset, Charset::Ascii);
        assert_eq!(with(&[("LANG", "de_DE.utf8"), ("TERM", "linux")]).charset, Charset::Ascii);
        assert_eq!(with(&[]).charset, Charset::Ascii);
    }

    #[test]
    fn the_ground_is_known_where_somebody_says_it() {
        assert_eq!(with(&[("COLORFGBG", "15;0")]).ground, Ground::Dark);
        assert_eq!(with(&[("COLORFGBG", "0;default;15")]).ground, Ground::Light);
        for nothing in ["", "15;default", "x"] {
            assert_eq!(with(&[("COLORFGBG", nothing)]).ground, Ground::Unknown, "{nothing}");
        }
        assert_eq!(with(&[]).ground, Ground::Unknown);
        let look = settings::Look { ground: settings::Ground::Light, ..settings::Look::default() };
        assert_eq!(told(&look, &[("COLORFGBG", "15;0")]).ground, Ground::Light);
    }
}
