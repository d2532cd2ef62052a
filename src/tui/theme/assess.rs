//! Whether people can read a theme: the contrast of its roles, and how far apart its states are for different eyes.

use ratatui::style::Modifier;

use super::{
    Colour, Depth, Role, Theme,
    eyes::{Eyes, Rgb, contrast},
};

/// Letters need this contrast: WCAG 2.2, 1.4.3 (level AA).
pub const READABLE: f64 = 4.5;
/// Lines and bars need this contrast: WCAG 2.2, 1.4.11.
pub const VISIBLE: f64 = 3.0;
/// Two states need this distance, for all eyes; see [`Eyes::distance`].
pub const APART: f64 = 8.0;

/// Roles that are read, and the contrast that each needs.
const READ: [(Role, f64); 24] = [
    (Role::Ok, READABLE),
    (Role::Warn, READABLE),
    (Role::Bad, READABLE),
    (Role::Run, READABLE),
    (Role::Wait, READABLE),
    (Role::Unknown, READABLE),
    (Role::Text, READABLE),
    (Role::TextDim, READABLE),
    (Role::TextInverse, READABLE),
    (Role::Title, READABLE),
    (Role::Accent, READABLE),
    (Role::Link, READABLE),
    (Role::Key, READABLE),
    (Role::SelectionText, READABLE),
    (Role::EnvProd, READABLE),
    (Role::EnvStage, READABLE),
    (Role::DangerGround, READABLE),
    (Role::DangerText, READABLE),
    (Role::Chart1, VISIBLE),
    (Role::Chart2, VISIBLE),
    (Role::Chart3, VISIBLE),
    (Role::Chart4, VISIBLE),
    (Role::ChartLimit, VISIBLE),
    (Role::ChartMarker, VISIBLE),
];

/// States that must not be confused by their colours.
const PAIRS: [(Role, Role); 4] =
    [(Role::Ok, Role::Warn), (Role::Ok, Role::Bad), (Role::Warn, Role::Bad), (Role::Ok, Role::Unknown)];

/// What a theme is like to look at, at one depth of colour.
#[derive(Clone, Debug, PartialEq)]
pub struct Assessment {
    /// The ground that it is made for; `None` where only the terminal's owner knows.
    pub ground: Option<Colour>,
    /// Roles on their grounds.
    pub contrasts: Vec<Contrast>,
    /// Pairs of states.
    pub distances: Vec<Distance>,
}

/// A role on its ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Contrast {
    /// Which.
    pub role: Role,
    /// The text.
    pub colour: Colour,
    /// From 1 to 21; `None` where one of the two colours is the terminal's own.
    pub ratio: Option<f64>,
    /// The least that is needed.
    pub needed: f64,
}

/// How far two states are apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distance {
    /// The one.
    pub one: Role,
    /// The other.
    pub other: Role,
    /// For each of [`Eyes::ALL`]; `None` where one of the two colours is the terminal's own.
    pub by_eyes: Option<[f64; 4]>,
}

impl Contrast {
    /// Whether it is enough. What is not known is not.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.ratio.is_some_and(|ratio| ratio >= self.needed)
    }
}

impl Distance {
    /// The smallest.
    #[must_use]
    pub fn worst(&self) -> Option<f64> {
        self.by_eyes.map(|all| all.into_iter().fold(f64::INFINITY, f64::min))
    }
}

impl Assessment {
    /// What fails, in words. What is the terminal's own cannot fail, nor pass.
    #[must_use]
    pub fn failures(&self) -> Vec<String> {
        let pale = self.contrasts.iter().filter_map(|one| {
            let ratio = one.ratio.filter(|ratio| *ratio < one.needed)?;
            Some(format!("{}: contrast {ratio:.1}, needs {:.1}", one.role.name(), one.needed))
        });
        let near = self.distances.iter().filter_map(|pair| {
            let worst = pair.worst().filter(|worst| *worst < APART)?;
            let (one, other) = (pair.one.name(), pair.other.name());
            Some(format!("{one} and {other}: distance {worst:.1} for some eyes, needs {APART:.0}"))
        });
        pale.chain(near).collect()
    }
}

impl Theme {
    /// Measures it at a depth of colour.
    #[must_use]
    pub fn assess(&self, depth: Depth) -> Assessment {
        let ground = self.paint(Role::Ground, depth).bg;
        Assessment {
            ground: ground.map(|colour| at(colour, depth)),
            contrasts: READ.iter().map(|(role, needed)| self.contrast(*role, *needed, depth)).collect(),
            distances: PAIRS.iter().map(|(one, other)| self.distance(*one, *other, depth)).collect(),
        }
    }

    /// Text and ground of a role, as they are drawn.
    fn drawn(&self, role: Role, depth: Depth) -> (Colour, Colour) {
        let paint = self.paint(role, depth);
        let ground = match role {
            Role::SelectionText => paint.bg.or(self.paint(Role::SelectionGround, depth).bg),
            _ => paint.bg,
        };
        let ground = ground.or(self.paint(Role::Ground, depth).bg).unwrap_or(Colour::Default);
        let text = paint.fg.or(self.paint(Role::Text, depth).fg).unwrap_or(Colour::Default);
        let (text, ground) = (at(text, depth), at(ground, depth));
        if paint.modifier.contains(Modifier::REVERSED) { (ground, text) } else { (text, ground) }
    }

    fn contrast(&self, role: Role, needed: f64, depth: Depth) -> Contrast {
        let (text, ground) = self.drawn(role, depth);
        let ratio = both(text, ground).map(|(text, ground)| contrast(text, ground));
        Contrast { role, colour: text, ratio, needed }
    }

    fn distance(&self, one: Role, other: Role, depth: Depth) -> Distance {
        let (first, second) = (self.drawn(one, depth).0, self.drawn(other, depth).0);
        let by_eyes = both(first, second).map(|(first, second)| Eyes::ALL.map(|eyes| eyes.distance(first, second)));
        Distance { one, other, by_eyes }
    }
}

fn at(colour: Colour, depth: Depth) -> Colour {
    if depth == Depth::Indexed256 { colour.of_256() } else { colour }
}

fn both(one: Colour, other: Colour) -> Option<(Rgb, Rgb)> {
    Some((one.rgb()?, other.rgb()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::theme::Library;

    fn failures(text: &str) -> Vec<String> {
        let mut library = Library::default();
        library.add("x", "x.toml", text);
        library.theme("x").expect(text).assess(Depth::TrueColour).failures()
    }

    #[test]
    fn pale_text_and_states_that_look_alike_are_found() {
        let ground = "[roles]\nbg = \"#ffffff\"\n";
        let told =
            failures(&format!("{ground}text = \"#bbbbbb\"\nstatus.ok = \"#40a02b\"\nstatus.warn = \"#df8e1d\"\n"));
        let all = told.join("\n");
        assert!(all.contains("text: contrast 1.9, needs 4.5"), "{all}");
        assert!(all.contains("status.ok: contrast 3.3"), "{all}");
        assert!(all.contains("status.ok and status.warn: distance"), "{all}");
        assert_eq!(failures("inherits = \"terminal\""), [""; 0], "the terminal's own colours are not judged");
    }

    /// What the issue promises: every shipped theme with colours of its own can be read, by everybody, with 256 colours too.
    #[test]
    fn every_shipped_theme_can_be_read_by_everybody() {
        let library = Library::default();
        let mut failed = Vec::new();
        for name in library.names() {
            let theme = library.theme(name).expect(name);
            for depth in [Depth::TrueColour, Depth::Indexed256] {
                failed
                    .extend(theme.assess(depth).failures().into_iter().map(|told| format!("{name} {depth:?} {told}")));
            }
        }
        assert!(failed.is_empty(), "\n{}", failed.join("\n"));
    }

    #[test]
    fn every_shipped_theme_that_paints_its_ground_has_all_its_statuses_measured() {
        let library = Library::default();
        for name in library.names() {
            let theme = library.theme(name).expect(name);
            let assessment = theme.assess(Depth::TrueColour);
            assert!(!theme.paint_background || assessment.contrasts.iter().all(Contrast::passes), "{name}");
            assert!(
                !theme.paint_background || assessment.distances.iter().all(|pair| pair.by_eyes.is_some()),
                "{name}"
            );
        }
    }

    #[test]
    fn high_contrast_is_higher_than_that_of_others() {
        for name in ["high-contrast-dark", "high-contrast-light"] {
            let assessment = Library::default().theme(name).expect(name).assess(Depth::TrueColour);
            for one in assessment.contrasts.iter().filter(|one| one.needed >= READABLE) {
                assert!(one.ratio.is_some_and(|ratio| ratio >= 7.0), "{name} {one:?}");
            }
        }
    }
}
