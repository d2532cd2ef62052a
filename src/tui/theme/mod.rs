//! Themes: a palette gives colours names, roles use them, widgets know roles only.

mod assess;
mod colour;
pub mod eyes;
mod file;
mod library;
mod role;
mod shipped;

use std::collections::BTreeMap;

use ratatui::style::{Modifier, Style};

use self::file::{File, Ink, Spec};
pub use self::{
    assess::{APART, Assessment, Contrast, Distance, READABLE, VISIBLE},
    colour::{Colour, Depth, NotAColour},
    file::{Flaw, ThemeError},
    library::Library,
    role::Role,
};

/// What every role looks like.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Theme {
    /// Its name.
    pub name: String,
    /// Whether the ground is painted; otherwise the terminal's own shows through.
    pub paint_background: bool,
    palette: BTreeMap<String, Colour>,
    specs: BTreeMap<Role, Spec>,
    paints: BTreeMap<Role, Paint>,
    /// The same for terminals with 16 colours: from the nearest theme of the line of inheritance that was made for them.
    paints_16: BTreeMap<Role, Paint>,
}

/// Colours and attributes of one role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Paint {
    fg: Option<Colour>,
    bg: Option<Colour>,
    modifier: Modifier,
}

impl Paint {
    fn fits_16(self) -> bool {
        [self.fg, self.bg].into_iter().flatten().all(Colour::fits_16)
    }
}

impl Theme {
    /// A theme that comes with warroom.
    ///
    /// # Errors
    /// When none has that name.
    pub fn built_in(name: &str) -> Result<Self, ThemeError> {
        Library::default().theme(name)
    }

    /// What `role` looks like with so many colours. A role without a colour of its own has that of ordinary text.
    #[must_use]
    pub fn style(&self, role: Role, depth: Depth) -> Style {
        let paint = self.paint(role, depth);
        let mut style = Style::new().add_modifier(paint.modifier);
        style.fg = paint.fg.and_then(|colour| colour.at(depth));
        style.bg = paint.bg.and_then(|colour| colour.at(depth));
        style
    }

    fn paint(&self, role: Role, depth: Depth) -> Paint {
        let paints = if depth <= Depth::Ansi16 { &self.paints_16 } else { &self.paints };
        let of = |role: Role| paints.get(&role).copied().unwrap_or_default();
        let mut paint = of(role);
        if paint.fg.is_none() && !role.is_ground() {
            paint.fg = of(Role::Text).fg;
        }
        paint
    }

    /// Lays what a file says over what was inherited.
    fn lay_over(&mut self, text: &str, file: File, flaws: &mut Vec<Flaw>) {
        self.paint_background = file.paint_background.unwrap_or(self.paint_background);
        self.palette.extend(file.palette);
        self.specs.extend(file.roles);
        for (name, span) in file.used.iter().filter(|(name, _)| !self.palette.contains_key(name)) {
            let allowed = if self.palette.is_empty() {
                "there is no palette yet: define it in [palette]".to_owned()
            } else {
                file::instead(name, self.palette.keys().map(String::as_str))
            };
            flaws.push(file::flaw(text, span, format!("`{name}` is no name of the palette"), allowed));
        }
        for (role, spec) in &self.specs {
            let paint = self.painted(spec);
            self.paints.insert(*role, paint);
            if paint.fits_16() || !self.paints_16.contains_key(role) {
                self.paints_16.insert(*role, paint);
            }
        }
    }

    fn painted(&self, spec: &Spec) -> Paint {
        let colour = |ink: &Option<Ink>| {
            let colour = match ink.as_ref()? {
                Ink::Colour(colour) => Some(*colour),
                Ink::Named(name) => self.palette.get(name).copied(),
            };
            // `default` is the absence of a colour: then a row can have a ground of its own.
            colour.filter(|colour| *colour != Colour::Default)
        };
        Paint { fg: colour(&spec.fg), bg: colour(&spec.bg), modifier: spec.modifier }
    }
}
