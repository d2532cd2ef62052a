//! How things look here: a theme at the terminal's depth of colour, and its characters.

use ratatui::style::{Modifier, Style};

use super::{
    glyph::{Charset, Glyphs},
    strip::Strip,
    theme::{Depth, Role, Theme},
};
use crate::domain::level::Level;

/// A theme made ready for one terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The name of the theme.
    pub name: String,
    /// The characters.
    pub glyphs: Glyphs,
    /// Whether the ground is painted.
    pub paint_background: bool,
    styles: Vec<Style>,
}

impl Look {
    /// Works out every role once. Without colours the theme's attributes stay, but a theme that tells states apart by
    /// colour only would not: there the shell should choose `mono`.
    #[must_use]
    pub fn new(theme: &Theme, charset: Charset, depth: Depth) -> Self {
        let ground = theme.style(Role::Ground, depth).bg;
        let paint_background = theme.paint_background && ground.is_some();
        let style = |role: &Role| {
            let mut style = theme.style(*role, depth);
            if paint_background && matches!(role, Role::Surface | Role::Overlay) {
                // What lies over the screen takes the ground away that is below it.
                style.bg = style.bg.or(ground);
            }
            style
        };
        Self {
            name: theme.name.clone(),
            glyphs: Glyphs::of(charset),
            paint_background,
            styles: Role::ALL.iter().map(style).collect(),
        }
    }

    /// What `role` looks like.
    #[must_use]
    pub fn style(&self, role: Role) -> Style {
        self.styles.get(role as usize).copied().unwrap_or_default()
    }

    /// Ordinary text.
    #[must_use]
    pub fn text(&self) -> Style {
        self.style(Role::Text)
    }

    /// Text that matters less.
    #[must_use]
    pub fn dim(&self) -> Style {
        self.style(Role::TextDim)
    }

    /// Ordinary text, bold.
    #[must_use]
    pub fn bold(&self) -> Style {
        self.text().add_modifier(Modifier::BOLD)
    }

    /// The selected row.
    #[must_use]
    pub fn selection(&self) -> Style {
        self.style(Role::SelectionGround).patch(self.style(Role::SelectionText))
    }

    /// What a level's glyph looks like.
    #[must_use]
    pub fn level(&self, level: Level) -> Style {
        self.style(role(level))
    }

    /// What words beside a level's glyph look like: themes may use colours that are fine for a glyph and too pale for
    /// letters, so only what is bad or unknown changes its words.
    #[must_use]
    pub fn words(&self, level: Level) -> Style {
        match level {
            Level::Bad => self.style(Role::Bad),
            Level::Unknown => self.text().add_modifier(Modifier::UNDERLINED),
            Level::Watch => self.bold(),
            Level::Ok | Level::Wait | Level::Paused | Level::Run => self.text(),
        }
    }

    /// What a level's word looks like on a badge: bold, and what is bad on its colour. Not bold where the theme gives it a ground, because
    /// many terminals show bold black as grey.
    #[must_use]
    pub fn badge(&self, level: Level) -> Style {
        let style = self.level(level);
        match level {
            Level::Bad => style.add_modifier(Modifier::BOLD | Modifier::REVERSED),
            _ if style.bg.is_some() => style.remove_modifier(Modifier::BOLD),
            _ => style.add_modifier(Modifier::BOLD),
        }
    }

    /// The glyph of a level.
    #[must_use]
    pub const fn glyph(&self, level: Level) -> &'static str {
        match level {
            Level::Ok => self.glyphs.ok,
            Level::Wait => self.glyphs.wait,
            Level::Paused => self.glyphs.paused,
            Level::Run => self.glyphs.run,
            Level::Watch => self.glyphs.watch,
            Level::Unknown => self.glyphs.unknown,
            Level::Bad => self.glyphs.bad,
        }
    }

    /// Glyph and words of a level: `✗ page firing`.
    #[must_use]
    pub(crate) fn status(&self, level: Level, words: &str) -> Strip {
        Strip::new().put(self.glyph(level), self.level(level)).put(" ", self.text()).put(words, self.words(level))
    }
}

/// The role of a level.
const fn role(level: Level) -> Role {
    match level {
        Level::Ok => Role::Ok,
        Level::Wait | Level::Paused => Role::Wait,
        Level::Run => Role::Run,
        Level::Watch => Role::Warn,
        Level::Unknown => Role::Unknown,
        Level::Bad => Role::Bad,
    }
}

/// The word of a level, for where nothing says more.
#[must_use]
pub(crate) const fn word(level: Level) -> &'static str {
    match level {
        Level::Ok => "OK",
        Level::Wait => "WAITING",
        Level::Paused => "PAUSED",
        Level::Run => "RUN",
        Level::Watch => "WATCH",
        Level::Unknown => "UNKNOWN",
        Level::Bad => "BAD",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_badge_on_a_ground_of_its_own_is_not_bold_and_any_other_is() {
        let badge = |theme: &str, depth| {
            let theme = Theme::built_in(theme).expect("built in");
            Look::new(&theme, Charset::Unicode, depth).badge(Level::Watch)
        };
        let on_yellow = badge("terminal", Depth::Ansi16);
        assert!(on_yellow.bg.is_some() && !on_yellow.add_modifier.contains(Modifier::BOLD), "{on_yellow:?}");
        assert!(badge("mono", Depth::None).add_modifier.contains(Modifier::BOLD));
    }
}
