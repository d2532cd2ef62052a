//! Themes: a palette gives colours names, roles use them, widgets know roles only.

mod colour;
mod role;

use std::collections::BTreeMap;

use ratatui::style::{Modifier, Style};
use serde::{Deserialize, Deserializer, de};
use toml::Spanned;

pub use self::{
    colour::{Colour, Depth, NotAColour},
    role::Role,
};

/// Themes that come with warroom: name and file. The first is the one it starts with.
pub const BUILT_IN: [(&str, &str); 2] =
    [("default", include_str!("../../../themes/default.toml")), ("mono", include_str!("../../../themes/mono.toml"))];

/// What every role looks like.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Theme {
    /// Its name.
    pub name: String,
    /// Whether the ground is painted; otherwise the terminal's own shows through.
    pub paint_background: bool,
    paints: BTreeMap<Role, Paint>,
}

/// Colours and attributes of one role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Paint {
    fg: Option<Colour>,
    bg: Option<Colour>,
    modifier: Modifier,
}

/// Why a theme was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThemeError {
    /// Not TOML, or a key or value that no theme has. The text names the line.
    #[error("the theme cannot be read: {0}")]
    File(String),
    /// A colour that is neither one nor a name of the palette.
    #[error("the theme cannot be read, line {line}: {what}")]
    Colour {
        /// The line, from 1.
        line: usize,
        /// Which.
        what: NotAColour,
    },
    /// The theme that it inherits from is not there.
    #[error("there is no theme `{name}` to inherit from; there are: {known}")]
    Unknown {
        /// The name that was asked for.
        name: String,
        /// The names that there are.
        known: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: Option<String>,
    inherits: Option<String>,
    #[serde(default)]
    paint_background: Option<bool>,
    #[serde(default)]
    palette: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    roles: BTreeMap<Role, Spanned<RoleSpec>>,
}

/// A role as it is written: a colour alone, or a table.
struct RoleSpec(RoleTable);

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "these are the switches of the file")]
struct RoleTable {
    fg: Option<String>,
    bg: Option<String>,
    #[serde(default)]
    bold: bool,
    #[serde(default)]
    underline: bool,
    #[serde(default)]
    reverse: bool,
    #[serde(default)]
    dim: bool,
}

impl<'de> Deserialize<'de> for RoleSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> de::Visitor<'de> for Either {
            type Value = RoleSpec;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a colour, or a table of fg, bg, bold, underline, reverse, dim")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<RoleSpec, E> {
                Ok(RoleSpec(RoleTable { fg: Some(text.to_owned()), ..RoleTable::default() }))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<RoleSpec, A::Error> {
                RoleTable::deserialize(de::value::MapAccessDeserializer::new(map)).map(RoleSpec)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

impl Theme {
    /// A theme that comes with warroom.
    ///
    /// # Errors
    /// When none has that name.
    pub fn built_in(name: &str) -> Result<Self, ThemeError> {
        let (name, text) = BUILT_IN.iter().find(|(known, _)| *known == name).ok_or_else(|| ThemeError::Unknown {
            name: name.to_owned(),
            known: BUILT_IN.map(|(known, _)| known).join(", "),
        })?;
        Self::parse(name, text)
    }

    /// Reads a theme file. Roles that it leaves out come from the theme it inherits from, which is `default` where it
    /// names none.
    ///
    /// # Errors
    /// For text that is not a theme: the message names the line.
    pub fn parse(name: &str, text: &str) -> Result<Self, ThemeError> {
        let file: File = toml::from_str(text).map_err(|error| ThemeError::File(error.to_string()))?;
        let mut theme = match file.inherits.as_deref() {
            Some(parent) => Self::built_in(parent)?,
            None if name == "default" => Self::bare(name),
            None => Self::built_in("default")?,
        };
        theme.name = file.name.unwrap_or_else(|| name.to_owned());
        theme.paint_background = file.paint_background.unwrap_or(theme.paint_background);
        let mut palette = BTreeMap::new();
        for (name, value) in file.palette {
            let colour = value.get_ref().parse().map_err(|what| at_line(text, value.span().start, what))?;
            palette.insert(name, colour);
        }
        for (role, spec) in file.roles {
            let paint = paint(&spec.get_ref().0, &palette).map_err(|what| at_line(text, spec.span().start, what))?;
            theme.paints.insert(role, paint);
        }
        Ok(theme)
    }

    /// A theme without any colour or attribute.
    fn bare(name: &str) -> Self {
        Self { name: name.to_owned(), paint_background: false, paints: BTreeMap::new() }
    }

    /// What `role` looks like with so many colours.
    #[must_use]
    pub fn style(&self, role: Role, depth: Depth) -> Style {
        let paint = self.paints.get(&role).copied().unwrap_or_default();
        let mut style = Style::new().add_modifier(paint.modifier);
        style.fg = paint.fg.and_then(|colour| colour.at(depth));
        style.bg = paint.bg.and_then(|colour| colour.at(depth));
        style
    }
}

fn paint(table: &RoleTable, palette: &BTreeMap<String, Colour>) -> Result<Paint, NotAColour> {
    let colour = |text: &Option<String>| {
        text.as_deref()
            .map(|text| palette.get(text).copied().map_or_else(|| text.parse(), Ok))
            .transpose()
            // `default` is the absence of a colour: then a row can have a ground of its own.
            .map(|colour| colour.filter(|colour| *colour != Colour::Default))
    };
    let mut modifier = Modifier::empty();
    for (wanted, flag) in [
        (table.bold, Modifier::BOLD),
        (table.underline, Modifier::UNDERLINED),
        (table.reverse, Modifier::REVERSED),
        (table.dim, Modifier::DIM),
    ] {
        modifier.set(flag, wanted);
    }
    Ok(Paint { fg: colour(&table.fg)?, bg: colour(&table.bg)?, modifier })
}

fn at_line(text: &str, offset: usize, what: NotAColour) -> ThemeError {
    let before = text.get(..offset).unwrap_or(text);
    ThemeError::Colour { line: before.matches('\n').count() + 1, what }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Color;

    use super::*;

    #[test]
    fn every_built_in_theme_paints_every_role() {
        for (name, text) in BUILT_IN {
            let theme = Theme::parse(name, text).expect(name);
            for role in Role::ALL {
                assert!(theme.paints.contains_key(&role), "{name} leaves out {role:?}");
            }
            assert_eq!(theme.name, name);
        }
    }

    #[test]
    fn a_theme_inherits_what_it_leaves_out() {
        let theme = Theme::parse(
            "mine",
            "inherits = \"mono\"\n[palette]\nmint = \"#00ff80\"\n[roles]\n\"status.ok\" = { fg = \"mint\", bold = true }\n",
        )
        .expect("a theme");
        let ok = theme.style(Role::Ok, Depth::TrueColour);
        assert_eq!(ok.fg, Some(Color::Rgb(0, 255, 128)));
        assert!(ok.add_modifier.contains(Modifier::BOLD));
        assert!(theme.style(Role::Unknown, Depth::TrueColour).add_modifier.contains(Modifier::UNDERLINED));
    }

    #[test]
    fn a_wrong_key_or_colour_is_named_with_its_line() {
        let error =
            Theme::parse("x", "name = \"x\"\n\n[roles]\n\"status.okay\" = \"ansi:2\"\n").expect_err("unknown role");
        assert!(error.to_string().contains("line 4") && error.to_string().contains("status.okay"), "{error}");
        let error = Theme::parse("x", "[roles]\ntext = \"default\"\nlink = \"blu\"\n").expect_err("unknown colour");
        assert!(error.to_string().contains("line 3") && error.to_string().contains("blu"), "{error}");
        let error =
            Theme::parse("x", "[roles]\nlink = { fg = \"ansi:1\", blink = true }\n").expect_err("unknown attribute");
        assert!(error.to_string().contains("line 2") && error.to_string().contains("blink"), "{error}");
        let error = Theme::parse("x", "colour = 1\n").expect_err("unknown key");
        assert!(error.to_string().contains("line 1") && error.to_string().contains("colour"), "{error}");
        let error = Theme::parse("x", "inherits = \"nowhere\"").expect_err("unknown parent");
        assert!(error.to_string().contains("default, mono"), "{error}");
    }

    #[test]
    fn without_colours_the_attributes_stay() {
        let theme = Theme::built_in("mono").expect("built in");
        for role in Role::ALL {
            let style = theme.style(role, Depth::None);
            assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
        }
        assert!(theme.style(Role::Bad, Depth::None).add_modifier.contains(Modifier::REVERSED));
        assert!(theme.style(Role::Warn, Depth::None).add_modifier.contains(Modifier::BOLD));
        assert_ne!(theme.style(Role::Unknown, Depth::None), theme.style(Role::Ok, Depth::None));
    }
}
