//! Every theme there is: those that come with warroom, and the user's own laid over them.

use std::collections::BTreeMap;

use super::{
    Theme,
    file::{self, Flaw, ThemeError},
    shipped::SHIPPED,
};

/// Every theme there is, as text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Library {
    own: BTreeMap<String, Own>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Own {
    origin: String,
    text: String,
}

/// Where a theme stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Own,
    Shipped,
}

impl Library {
    /// Adds a theme of the user's: its name, its file and what stands in it. It goes before one that comes with warroom, and
    /// inherits from it where it names nothing else.
    pub fn add(&mut self, name: impl Into<String>, origin: impl Into<String>, text: impl Into<String>) {
        self.own.insert(name.into(), Own { origin: origin.into(), text: text.into() });
    }

    /// Takes the text that a theme of the user's had in another library; takes the theme away where it had none.
    pub fn keep(&mut self, name: &str, before: &Self) {
        match before.own.get(name) {
            Some(own) => self.own.insert(name.to_owned(), own.clone()),
            None => self.own.remove(name),
        };
    }

    /// The names of all themes: those that come with warroom in their order, then the others.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let shipped = SHIPPED.iter().map(|(name, _)| *name);
        let others = self.own.keys().map(String::as_str).filter(|name| !SHIPPED.iter().any(|(known, _)| known == name));
        shipped.chain(others).collect()
    }

    /// Whether there is a theme of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.text(Place::Own, name).or_else(|| self.text(Place::Shipped, name)).is_some()
    }

    /// Whether the theme of this name comes from a file of the user's.
    #[must_use]
    pub fn is_own(&self, name: &str) -> bool {
        self.own.contains_key(name)
    }

    /// The theme of this name.
    ///
    /// # Errors
    /// When there is none, or when its file or one that it inherits from is broken.
    pub fn theme(&self, name: &str) -> Result<Theme, ThemeError> {
        match self.find(name, &[]) {
            Some(place) => self.resolve(place, name, &mut Vec::new()),
            None => Err(ThemeError {
                origin: format!("theme `{name}`"),
                flaws: vec![Flaw {
                    line: 0,
                    column: 0,
                    problem: "there is none of this name".to_owned(),
                    allowed: file::instead(name, self.names().into_iter()),
                }],
            }),
        }
    }

    fn text(&self, place: Place, name: &str) -> Option<(&str, &str)> {
        match place {
            Place::Own => self.own.get(name).map(|own| (own.origin.as_str(), own.text.as_str())),
            Place::Shipped => SHIPPED.iter().find(|(known, _)| *known == name).copied(),
        }
    }

    /// Where the theme of this name stands, leaving out what was `opened` already.
    fn find(&self, name: &str, opened: &[(Place, String)]) -> Option<Place> {
        [Place::Own, Place::Shipped].into_iter().find(|place| {
            self.text(*place, name).is_some() && !opened.iter().any(|(other, known)| other == place && known == name)
        })
    }

    fn resolve(&self, place: Place, name: &str, opened: &mut Vec<(Place, String)>) -> Result<Theme, ThemeError> {
        let (origin, text) = self.text(place, name).unwrap_or_default();
        let origin = if place == Place::Shipped { format!("themes/{origin}.toml") } else { origin.to_owned() };
        opened.push((place, name.to_owned()));
        let (file, mut flaws) = file::read(text);
        let parent = match &file.inherits {
            Some((parent, span)) => {
                let place = self.find(parent, opened);
                if place.is_none() {
                    let problem = if self.has(parent) {
                        format!("`{name}` inherits from itself by way of `{parent}`")
                    } else {
                        format!("there is no theme `{parent}` to inherit from")
                    };
                    let others = self.names().into_iter().filter(|other| *other != name);
                    flaws.push(file::flaw(text, span, problem, file::instead(parent, others)));
                }
                place.map(|place| self.resolve(place, parent, opened)).transpose()?
            }
            None => match (self.find(name, opened), self.find(ROOT, opened)) {
                (Some(place), _) => Some(self.resolve(place, name, opened)?),
                (None, Some(place)) if name != ROOT => Some(self.resolve(place, ROOT, opened)?),
                _ => None,
            },
        };
        let mut theme = parent.unwrap_or_default();
        name.clone_into(&mut theme.name);
        theme.lay_over(text, file, &mut flaws);
        if flaws.is_empty() { Ok(theme) } else { Err(ThemeError { origin, flaws }) }
    }
}

/// The theme that all others inherit from in the end.
const ROOT: &str = "terminal";

#[cfg(test)]
mod tests {
    use ratatui::style::{Color, Modifier};

    use super::*;
    use crate::tui::theme::{Depth, Role};

    fn with(files: &[(&str, &str)]) -> Library {
        let mut library = Library::default();
        for (name, text) in files {
            library.add(*name, format!("{name}.toml"), *text);
        }
        library
    }

    fn wrong(text: &str) -> String {
        with(&[("x", text)]).theme("x").expect_err(text).to_string()
    }

    #[test]
    fn a_theme_inherits_what_it_leaves_out() {
        let text =
            "inherits = \"mono\"\n[palette]\nmint = \"#00ff80\"\n[roles]\nstatus.ok = { fg = \"mint\", bold = true }\n";
        let theme = with(&[("mine", text)]).theme("mine").expect("a theme");
        let ok = theme.style(Role::Ok, Depth::TrueColour);
        assert_eq!(ok.fg, Some(Color::Rgb(0, 255, 128)));
        assert!(ok.add_modifier.contains(Modifier::BOLD));
        assert!(theme.style(Role::Unknown, Depth::TrueColour).add_modifier.contains(Modifier::UNDERLINED));
    }

    #[test]
    fn another_palette_changes_the_roles_that_use_it() {
        let theme = with(&[("mine", "[palette]\ngreen = \"#12ab34\"\n")]).theme("mine").expect("a theme");
        assert_eq!(theme.style(Role::Ok, Depth::TrueColour).fg, Some(Color::Rgb(0x12, 0xab, 0x34)));
        let kept = theme.style(Role::Ok, Depth::Ansi16).fg;
        assert_eq!(kept, Some(Color::Green), "16 colours are left to what was made for them");
    }

    #[test]
    fn a_theme_of_the_same_name_is_laid_over_the_shipped_one() {
        for text in ["[roles]\nlink = \"ansi:5\"\n", "inherits = \"mono\"\n[roles]\nlink = \"ansi:5\"\n"] {
            let theme = with(&[("mono", text)]).theme("mono").expect("a theme");
            assert_eq!(theme.style(Role::Link, Depth::Ansi16).fg, Some(Color::Magenta));
            assert!(theme.style(Role::Bad, Depth::Ansi16).add_modifier.contains(Modifier::REVERSED));
        }
    }

    #[test]
    fn roles_are_written_with_dots_quotes_or_tables() {
        for text in [
            "[roles]\n\"text.dim\" = \"ansi:4\"\ntext = \"ansi:2\"\n",
            "[roles]\ntext.fg = \"ansi:2\"\ntext.dim = false\n\"text.dim\" = \"ansi:4\"\n",
            "[roles.text]\nfg = \"ansi:2\"\n[roles.status]\nok = \"ansi:2\"\n[roles.border]\nfocus = \"ansi:2\"\n",
        ] {
            let theme = with(&[("x", text)]).theme("x").expect(text);
            assert_eq!(theme.style(Role::Text, Depth::Ansi16).fg, Some(Color::Green), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_with_what_is_allowed() {
        for (text, parts) in [
            ("colour = 1\n", ["x.toml:1:1: unknown key `colour`", "palette"]),
            ("\n[roles]\n\"status.okay\" = \"ansi:2\"\n", ["x.toml:3:1: unknown role", "did you mean `status.ok`?"]),
            ("[roles]\nlink = \"blu\"\n", ["x.toml:2:8: `blu` is no name of the palette", "did you mean `blue`?"]),
            ("[roles]\nlink = \"#12345\"\n", ["x.toml:2:8: `#12345` is not a colour", "#rrggbb"]),
            ("[palette]\na = 7\n", ["x.toml:2:5: 7 is not a colour", "ansi:0 to ansi:15"]),
            ("[roles]\nlink = { fg = \"ansi:1\", blink = true }\n", ["x.toml:2:25: unknown key `blink`", "underline"]),
            ("[roles]\nlink = { bold = 1 }\n", ["x.toml:2:17: `bold` is no text or number", "true or false"]),
            ("inherits = \"nowhere\"", ["x.toml:1:12: there is no theme `nowhere`", "default, "]),
            ("paint_background = \"yes\"", ["x.toml:1:20: `paint_background`", "true or false"]),
            ("[roles\n", ["x.toml:1:", "not TOML"]),
        ] {
            let told = wrong(text);
            assert!(parts.iter().all(|part| told.contains(part)), "{text}: {told}");
        }
        assert_eq!(wrong("a = 1\nb = 2\n").lines().count(), 2, "everything at once");
    }

    #[test]
    fn themes_that_inherit_from_each_other_are_told_and_not_followed_for_ever() {
        let library = with(&[("a", "inherits = \"b\""), ("b", "inherits = \"a\"")]);
        let told = library.theme("a").expect_err("a circle").to_string();
        assert!(told.contains("b.toml:1:12: `b` inherits from itself by way of `a`"), "{told}");
        assert!(library.theme("nowhere").is_err());
    }

    #[test]
    fn without_colours_the_attributes_stay() {
        let theme = Library::default().theme("mono").expect("shipped");
        for role in Role::ALL {
            let style = theme.style(*role, Depth::None);
            assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
        }
        assert!(theme.style(Role::Bad, Depth::None).add_modifier.contains(Modifier::REVERSED));
        assert!(theme.style(Role::Warn, Depth::None).add_modifier.contains(Modifier::BOLD));
        assert_ne!(theme.style(Role::Unknown, Depth::None), theme.style(Role::Ok, Depth::None));
    }
}
