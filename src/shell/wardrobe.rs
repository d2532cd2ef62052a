//! The themes that the console can wear, and how the terminal shows them. Files may change it while it runs.

use std::{
    collections::BTreeMap,
    env,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::paint::{self, Abilities, Ground};
use crate::{
    app::model::{Model, Screen},
    config::{ThemeFile, settings},
    tui::{
        look::Look,
        theme::{Depth, Library, ThemeError},
    },
};

/// The theme in which no meaning is lost without colours.
const WITHOUT_COLOURS: &str = "mono";
/// The theme that looks like one of the other two where the terminal's ground is known.
const DEFAULT: &str = "default";

/// The themes that there are now. The interface draws with it; what reads files fills it.
#[derive(Debug, Default)]
pub struct Wardrobe {
    held: Mutex<Held>,
    /// Counts fillings: looks that were made before are of no use after one.
    version: AtomicU64,
    /// `--color always`.
    always: bool,
}

#[derive(Clone, Debug, Default)]
struct Held {
    library: Library,
    abilities: Abilities,
    environments: BTreeMap<String, String>,
}

impl Wardrobe {
    /// What flags and files say at the start, and what is wrong with them, a line each. `always` asks for colours whatever
    /// `NO_COLOR` says.
    #[must_use]
    pub fn new(look: &settings::Look, files: &[ThemeFile], always: bool) -> (Self, Vec<String>) {
        let wardrobe = Self { always, ..Self::default() };
        let problems = wardrobe.fill(look, files);
        (wardrobe, problems)
    }

    /// Takes what the files say now. What was good before and is broken now stays as it was. Gives what is wrong, a line for
    /// each file.
    pub fn fill(&self, look: &settings::Look, files: &[ThemeFile]) -> Vec<String> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let (library, mut problems) = stocked(&held.library, files);
        let unknown = look.environments.iter().filter(|(_, theme)| !library.has(theme));
        problems.extend(unknown.map(|(environment, theme)| {
            format!(
                "look.environments.{environment}: there is no theme `{theme}` (`warroom theme check` names them all)"
            )
        }));
        let abilities = paint::abilities(look, self.always, |name| env::var(name).ok());
        *held = Held { library, abilities, environments: look.environments.clone() };
        self.version.fetch_add(1, Ordering::Release);
        problems
    }

    /// The names of all themes, `first` before the others.
    #[must_use]
    pub fn names(&self, first: &str) -> Vec<String> {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let names = held.library.names();
        let at = names.iter().position(|name| *name == first).unwrap_or(0);
        names.iter().cycle().skip(at).take(names.len()).map(|name| (*name).to_owned()).collect()
    }

    /// The theme of this name, as it can be shown here.
    ///
    /// # Errors
    /// When there is none, or when it is broken.
    pub fn look(&self, name: &str) -> Result<Look, ThemeError> {
        let Held { library, abilities, .. } = self.held.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Ok(Look::new(&library.theme(name)?, abilities.charset, abilities.depth))
    }

    /// Which theme a model is drawn in.
    #[must_use]
    pub fn worn(&self, model: &Model) -> String {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.worn(&model.ui.theme, chosen(model), environment(model)).to_owned()
    }

    /// Counts how often it was filled.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }
}

impl Held {
    fn worn<'a>(&'a self, theme: &'a str, chosen: bool, environment: Option<&str>) -> &'a str {
        let Abilities { depth, ground, .. } = self.abilities;
        if depth == Depth::None {
            return WITHOUT_COLOURS;
        }
        let of_environment = environment.and_then(|name| self.environments.get(name)).map(String::as_str);
        let wanted = of_environment.filter(|name| !chosen && self.library.has(name)).unwrap_or(theme);
        match ground {
            _ if wanted != DEFAULT || depth == Depth::Ansi16 || self.library.is_own(DEFAULT) => wanted,
            Ground::Dark => "dark",
            Ground::Light => "light",
            Ground::Unknown => wanted,
        }
    }
}

/// Whether a person has chosen another theme than that of the files.
fn chosen(model: &Model) -> bool {
    model.setup.themes.first() != Some(&model.ui.theme)
}

/// The one environment that is looked at.
fn environment(model: &Model) -> Option<&str> {
    match &model.ui.screen {
        Screen::Release(id) => model.shown().release(id).map(|release| release.environment.as_str()),
        _ => model.ui.environment.as_deref(),
    }
}

/// A library of these files. A file that is broken keeps the text it had `before`; a line tells why.
fn stocked(before: &Library, files: &[ThemeFile]) -> (Library, Vec<String>) {
    let mut library = Library::default();
    for file in files {
        library.add(file.name.as_str(), file.path.display().to_string(), &*file.text);
    }
    let mut problems = Vec::new();
    for file in files {
        let Err(error) = library.theme(&file.name) else { continue };
        // What it inherits from is told in its own turn.
        if error.origin == file.path.display().to_string() {
            let more = error.flaws.len() - 1;
            let first = ThemeError { flaws: error.flaws.into_iter().take(1).collect(), ..error };
            problems.push(if more == 0 { first.to_string() } else { format!("{first} (and {more} more)") });
            library.keep(&file.name, before);
        }
    }
    (library, problems)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn file(name: &str, text: &str) -> ThemeFile {
        ThemeFile { name: name.to_owned(), path: PathBuf::from(format!("/themes/{name}.toml")), text: text.into() }
    }

    fn held(depth: Depth, ground: Ground) -> Held {
        let environments = BTreeMap::from([("prod".to_owned(), "nord".to_owned())]);
        Held { abilities: Abilities { depth, ground, ..Abilities::default() }, environments, ..Held::default() }
    }

    #[test]
    fn a_broken_theme_keeps_its_last_good_text_and_is_told_in_one_line() {
        let wardrobe = Wardrobe::default();
        let look = settings::Look { colour: settings::Colour::Truecolor, ..settings::Look::default() };
        assert!(wardrobe.fill(&look, &[file("mine", "[roles]\nlink = \"#123456\"\n")]).is_empty());
        let good = wardrobe.look("mine").expect("good");
        let broken = [file("mine", "[roles]\nlink = \"#12\"\nbad = 1\n"), file("child", "inherits = \"mine\"\n")];
        let problems = wardrobe.fill(&look, &broken);
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].starts_with("/themes/mine.toml:2:8: `#12` is not a colour"), "{problems:?}");
        assert!(problems[0].ends_with("(and 1 more)"), "{problems:?}");
        assert_eq!(wardrobe.look("mine").expect("still good"), good);
        assert!(wardrobe.look("child").is_ok(), "a theme that inherits from it goes on too");
        assert!(wardrobe.fill(&look, &[file("new", "[")]).len() == 1 && wardrobe.look("new").is_err());
        assert!(wardrobe.look("mine").is_err(), "a file that is gone is gone");
    }

    #[test]
    fn the_default_theme_follows_the_ground_where_it_is_known() {
        assert_eq!(held(Depth::TrueColour, Ground::Dark).worn("default", false, None), "dark");
        assert_eq!(held(Depth::Indexed256, Ground::Light).worn("default", false, None), "light");
        assert_eq!(held(Depth::TrueColour, Ground::Unknown).worn("default", false, None), "default");
        assert_eq!(held(Depth::Ansi16, Ground::Dark).worn("default", false, None), "default");
        assert_eq!(held(Depth::TrueColour, Ground::Dark).worn("dracula", false, None), "dracula");
    }

    #[test]
    fn an_environment_wears_its_theme_unless_a_person_chose_another() {
        let held = held(Depth::TrueColour, Ground::Unknown);
        assert_eq!(held.worn("default", false, Some("prod")), "nord");
        assert_eq!(held.worn("default", false, Some("staging")), "default");
        assert_eq!(held.worn("dracula", true, Some("prod")), "dracula");
    }

    #[test]
    fn without_colours_nothing_but_attributes_is_worn() {
        assert_eq!(held(Depth::None, Ground::Dark).worn("dracula", true, Some("prod")), "mono");
    }

    #[test]
    fn an_environment_with_a_theme_that_is_not_there_is_told() {
        let environments = BTreeMap::from([("prod".to_owned(), "nordd".to_owned())]);
        let look = settings::Look { environments, ..settings::Look::default() };
        let problems = Wardrobe::default().fill(&look, &[]);
        assert!(problems[0].contains("look.environments.prod") && problems[0].contains("nordd"), "{problems:?}");
    }
}
