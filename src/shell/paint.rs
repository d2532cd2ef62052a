//! Themes for the terminal at hand.

use super::console::Paint;
use crate::tui::{
    self,
    glyph::Charset,
    look::Look,
    theme::{Depth, Theme},
};

/// What the terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Abilities {
    /// How many colours.
    pub depth: Depth,
    /// Which characters.
    pub charset: Charset,
}

/// The theme in which no meaning is lost without colours.
const WITHOUT_COLOURS: &str = "mono";

/// Draws models with the theme that they name; with the one without colours where the terminal has none.
#[must_use]
pub fn painter(abilities: Abilities) -> Paint {
    let mut made: Option<(String, Look)> = None;
    Box::new(move |model, buffer| {
        let wanted = if abilities.depth == Depth::None { WITHOUT_COLOURS } else { model.ui.theme.as_str() };
        if made.as_ref().is_none_or(|(name, _)| name != wanted) {
            made = look(wanted, abilities).map(|look| (wanted.to_owned(), look));
        }
        if let Some((_, look)) = &made {
            tui::render(model, look, buffer.area, buffer);
        }
    })
}

/// A built-in theme, or the default one where there is none of this name.
fn look(name: &str, abilities: Abilities) -> Option<Look> {
    let theme = Theme::built_in(name).or_else(|_| Theme::built_in("default")).ok()?;
    Some(Look::new(&theme, abilities.charset, abilities.depth))
}

/// What the environment says of the terminal: `TERM`, `COLORTERM`, `NO_COLOR`, and the locale.
#[must_use]
pub fn abilities(variable: impl Fn(&str) -> Option<String>) -> Abilities {
    let given = |name: &str| variable(name).filter(|value| !value.is_empty());
    let term = given("TERM").unwrap_or_default();
    let colours = given("COLORTERM").unwrap_or_default();
    let depth = if given("NO_COLOR").is_some() || term == "dumb" { Depth::None } else { deepest(&term, &colours) };
    let locale = given("LC_ALL").or_else(|| given("LC_CTYPE")).or_else(|| given("LANG")).unwrap_or_default();
    let locale = locale.to_ascii_lowercase();
    let unicode = (locale.contains("utf-8") || locale.contains("utf8")) && !matches!(term.as_str(), "linux" | "dumb");
    Abilities { depth, charset: if unicode { Charset::Unicode } else { Charset::Ascii } }
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

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Abilities {
        abilities(|name| variables.iter().find(|(other, _)| *other == name).map(|(_, value)| (*value).to_owned()))
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
    fn unicode_is_drawn_where_the_locale_has_it() {
        assert_eq!(with(&[("LANG", "C.UTF-8"), ("TERM", "xterm")]).charset, Charset::Unicode);
        assert_eq!(with(&[("LANG", "C.UTF-8"), ("LC_ALL", "C")]).charset, Charset::Ascii);
        assert_eq!(with(&[("LANG", "de_DE.utf8"), ("TERM", "linux")]).charset, Charset::Ascii);
        assert_eq!(with(&[]).charset, Charset::Ascii);
    }
}
