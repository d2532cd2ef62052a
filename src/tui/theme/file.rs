//! Theme files, read with the place of everything that is wrong.

use std::{collections::BTreeMap, fmt, ops::Range, str::FromStr};

use ratatui::style::Modifier;
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Colour, Role};

/// What is wrong with a theme, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flaw {
    /// The line, from 1; 0 where the theme as a whole is meant.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong.
    pub problem: String,
    /// What would be right.
    pub allowed: String,
}

/// A theme that was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThemeError {
    /// The file.
    pub origin: String,
    /// All that is wrong with it, from the top.
    pub flaws: Vec<Flaw>,
}

impl std::error::Error for ThemeError {}

impl fmt::Display for ThemeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, flaw) in self.flaws.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            match flaw.line {
                0 => write!(f, "{}: {}", self.origin, flaw.problem)?,
                line => write!(f, "{}:{line}:{}: {}", self.origin, flaw.column, flaw.problem)?,
            }
            if !flaw.allowed.is_empty() {
                write!(f, "; {}", flaw.allowed)?;
            }
        }
        Ok(())
    }
}

/// A role as a file writes it: names of colours and attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Spec {
    pub(super) fg: Option<Ink>,
    pub(super) bg: Option<Ink>,
    pub(super) modifier: Modifier,
}

/// A colour as a file writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ink {
    /// A colour itself.
    Colour(Colour),
    /// A name of the palette.
    Named(String),
}

/// What one file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct File {
    pub(super) inherits: Option<(String, Range<usize>)>,
    pub(super) paint_background: Option<bool>,
    pub(super) palette: BTreeMap<String, Colour>,
    pub(super) roles: BTreeMap<Role, Spec>,
    /// Names of the palette that roles use, and where.
    pub(super) used: Vec<(String, Range<usize>)>,
}

const KEYS: [&str; 4] = ["inherits", "paint_background", "palette", "roles"];
const ATTRIBUTES: [(&str, Modifier); 4] = [
    ("bold", Modifier::BOLD),
    ("underline", Modifier::UNDERLINED),
    ("reverse", Modifier::REVERSED),
    ("dim", Modifier::DIM),
];
/// So many names are listed beside the nearest one.
const FEW: usize = 16;
/// What a colour may be.
const COLOURS: &str = "write #rrggbb, ansi:0 to ansi:15, idx:0 to idx:255, default, or a name of [palette]";

/// Reads `text`: what it says, and what is wrong with it.
pub(super) fn read(text: &str) -> (File, Vec<Flaw>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut reading = Reading { text, file: File::default(), flaws: Vec::new() };
    for error in errors {
        reading.flaw(error.span().unwrap_or(0..0), format!("not TOML: {}", error.message().trim()), String::new());
    }
    for (key, value) in table.into_inner() {
        reading.key(&key, value);
    }
    reading.flaws.sort_by_key(|flaw| (flaw.line, flaw.column));
    (reading.file, reading.flaws)
}

/// A flaw at a place of `text`.
pub(super) fn flaw(text: &str, span: &Range<usize>, problem: String, allowed: String) -> Flaw {
    let before = text.get(..span.start).unwrap_or(text);
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let column = before.get(start..).unwrap_or_default().chars().count() + 1;
    Flaw { line: before.matches('\n').count() + 1, column, problem, allowed }
}

/// What is allowed instead of `wrong`: the name that is most like it, and all of them where they are few or none is like it.
pub(super) fn instead<'a>(wrong: &str, names: impl Iterator<Item = &'a str> + Clone) -> String {
    let near = names
        .clone()
        .map(|name| (name, strsim::normalized_damerau_levenshtein(&wrong.to_lowercase(), name)))
        .filter(|(_, likeness)| *likeness >= 0.5)
        .max_by(|(_, one), (_, other)| one.total_cmp(other));
    let all: Vec<&str> = names.collect();
    match near {
        Some((name, _)) if all.len() > FEW => format!("did you mean `{name}`?"),
        Some((name, _)) => format!("did you mean `{name}`? There are {}", all.join(", ")),
        None => format!("there are {}", all.join(", ")),
    }
}

struct Reading<'t> {
    text: &'t str,
    file: File,
    flaws: Vec<Flaw>,
}

type Value<'t> = Spanned<DeValue<'t>>;
type Key<'t> = Spanned<std::borrow::Cow<'t, str>>;

impl Reading<'_> {
    fn flaw(&mut self, span: Range<usize>, problem: impl Into<String>, allowed: impl Into<String>) {
        self.flaws.push(flaw(self.text, &span, problem.into(), allowed.into()));
    }

    fn key(&mut self, key: &Key<'_>, value: Value<'_>) {
        let span = value.span();
        match (key.get_ref().as_ref(), value.into_inner()) {
            ("inherits", DeValue::String(parent)) => self.file.inherits = Some((parent.into_owned(), span)),
            ("inherits", _) => self.flaw(span, "`inherits` is a name", "write it in quotes: inherits = \"default\""),
            ("paint_background", DeValue::Boolean(paint)) => self.file.paint_background = Some(paint),
            ("paint_background", _) => {
                self.flaw(span, "`paint_background` is no text or number", "write true or false");
            }
            ("palette", DeValue::Table(colours)) => {
                colours.into_iter().for_each(|(name, value)| self.named(&name, &value));
            }
            ("roles", DeValue::Table(roles)) => self.roles("", roles),
            ("palette" | "roles", _) => self.flaw(span, format!("`{}` is a table", key.get_ref()), String::new()),
            (wrong, _) => {
                let (problem, allowed) = (format!("unknown key `{wrong}`"), instead(wrong, KEYS.into_iter()));
                self.flaw(key.span(), problem, allowed);
            }
        }
    }

    /// A colour of the palette.
    fn named(&mut self, name: &Key<'_>, value: &Value<'_>) {
        let span = value.span();
        let colour = value.get_ref().as_str().and_then(|text| Colour::from_str(text).ok());
        if let Some(colour) = colour {
            self.file.palette.insert(name.get_ref().to_string(), colour);
        } else {
            let written = self.text.get(span.clone()).unwrap_or_default().to_owned();
            self.flaw(
                span,
                format!("{written} is not a colour"),
                "write #rrggbb, ansi:0 to ansi:15, idx:0 to idx:255 or default",
            );
        }
    }

    /// Roles, written `"status.ok" = …`, `status.ok = …` or in a table `[roles.status]`.
    fn roles(&mut self, group: &str, table: DeTable<'_>) {
        for (key, value) in table {
            let name = format!("{group}{}", key.get_ref());
            let span = value.span();
            match (Role::named(&name), value.into_inner()) {
                // `text` is a role, and the beginning of `text.dim`.
                (Some(role), DeValue::Table(table)) => self.role(role, table),
                (Some(role), value) => {
                    let ink = self.ink(span, &value);
                    let spec = if role.is_ground() {
                        Spec { bg: ink, ..Spec::default() }
                    } else {
                        Spec { fg: ink, ..Spec::default() }
                    };
                    self.file.roles.insert(role, spec);
                }
                (None, DeValue::Table(table)) if is_group(&name) => self.roles(&format!("{name}."), table),
                (None, _) => {
                    let allowed = instead(&name, Role::ALL.iter().map(|role| role.name()));
                    self.flaw(key.span(), format!("unknown role `{name}`"), allowed);
                }
            }
        }
    }

    fn role(&mut self, role: Role, table: DeTable<'_>) {
        let mut spec = Spec::default();
        for (key, value) in table {
            let span = value.span();
            let name = key.get_ref().as_ref();
            let attribute = ATTRIBUTES.iter().find(|(known, _)| *known == name);
            match (name, attribute, value.into_inner()) {
                ("fg", _, value) => spec.fg = self.ink(span, &value),
                ("bg", _, value) => spec.bg = self.ink(span, &value),
                (_, Some((_, modifier)), DeValue::Boolean(wanted)) => spec.modifier.set(*modifier, wanted),
                (_, Some(_), _) => self.flaw(span, format!("`{name}` is no text or number"), "write true or false"),
                (_, None, value) => {
                    let below = format!("{}.{name}", role.name());
                    if Role::named(&below).is_some() {
                        let table = DeTable::from_iter([(key, Spanned::new(span, value))]);
                        self.roles(&format!("{}.", role.name()), table);
                        continue;
                    }
                    let known = ["fg", "bg"].into_iter().chain(ATTRIBUTES.iter().map(|(name, _)| *name));
                    let allowed = instead(name, known);
                    self.flaw(key.span(), format!("unknown key `{name}` of a role"), allowed);
                }
            }
        }
        self.file.roles.insert(role, spec);
    }

    fn ink(&mut self, span: Range<usize>, value: &DeValue<'_>) -> Option<Ink> {
        let Some(text) = value.as_str() else {
            self.flaw(span, "a role is a colour or a table of fg, bg, bold, underline, reverse, dim", COLOURS);
            return None;
        };
        match Colour::from_str(text) {
            Ok(colour) => Some(Ink::Colour(colour)),
            Err(_) if text.starts_with('#') || text.contains(':') => {
                self.flaw(span, format!("`{text}` is not a colour"), COLOURS);
                None
            }
            Err(_) => {
                self.file.used.push((text.to_owned(), span));
                Some(Ink::Named(text.to_owned()))
            }
        }
    }
}

/// Whether roles begin with this name and a dot.
fn is_group(name: &str) -> bool {
    Role::ALL.iter().any(|role| role.name().strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}
