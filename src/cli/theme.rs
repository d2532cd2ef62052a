//! `warroom theme check`: whether people can read a theme, whatever their eyes.

use std::{fmt::Write as _, path::Path};

use serde_json::{Value, json};

use super::{Common, Exit, load, output};
use crate::{
    config,
    tui::theme::{APART, Assessment, Contrast, Depth, Distance, Library, READABLE, Theme, eyes::Eyes},
};

/// Arguments of `warroom theme`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `warroom theme` can do.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Measure the contrast of themes and how far their states are apart for all eyes; without a name, a line for each theme.
    Check {
        /// Names of themes, or files.
        #[arg(value_name = "NAME|FILE", value_hint = clap::ValueHint::FilePath)]
        themes: Vec<String>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// Runs it.
#[must_use]
pub fn run(args: &Args, common: &Common) -> Exit {
    let Command::Check { themes, json } = &args.command;
    let mut library = match own(common) {
        Ok(library) => library,
        Err(exit) => return exit,
    };
    let mut names = Vec::new();
    for wanted in themes {
        match shelve(&mut library, wanted) {
            Ok(name) => names.push(name),
            Err(problem) => {
                output::complain(&format!("warroom: {problem}"));
                return Exit::Usage;
            }
        }
    }
    let all = names.is_empty();
    if all {
        names = library.names().into_iter().map(str::to_owned).collect();
    }
    let checked: Vec<Checked> = names.iter().map(|name| Checked::of(&library, name)).collect();
    if *json {
        let themes: Vec<Value> = checked.iter().map(Checked::json).collect();
        output::print(&output::json(
            &json!({ "version": 1, "ok": checked.iter().all(Checked::passes), "themes": themes }),
        ));
    } else {
        let width = names.iter().map(String::len).max().unwrap_or(0);
        for one in &checked {
            output::print(&if all { one.line(width) } else { one.text() });
        }
    }
    if checked.iter().any(|one| one.measured.is_err()) {
        Exit::Usage
    } else if checked.iter().all(Checked::passes) {
        Exit::Ok
    } else {
        Exit::No
    }
}

/// All themes, with the user's.
fn own(common: &Common) -> Result<Library, Exit> {
    let loaded = config::load(&load::options(common)).map_err(|report| {
        output::complain(&report.to_string());
        Exit::Usage
    })?;
    let mut library = Library::default();
    for file in loaded.themes {
        library.add(file.name, file.path.display().to_string(), &*file.text);
    }
    Ok(library)
}

/// The name of a theme that was asked for by name or by file; a file is put into the library.
fn shelve(library: &mut Library, wanted: &str) -> Result<String, String> {
    let path = Path::new(wanted);
    if !wanted.contains(std::path::MAIN_SEPARATOR) && path.extension().is_none() {
        return Ok(wanted.to_owned());
    }
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("{wanted} cannot be read: {error}; give a file or the name of a theme"))?;
    let name = path.file_stem().map_or_else(|| wanted.to_owned(), |stem| stem.to_string_lossy().into_owned());
    library.add(name.as_str(), wanted, text);
    Ok(name)
}

/// A theme, measured.
struct Checked {
    name: String,
    own: bool,
    /// With all colours and with 256; or what is wrong with the file.
    measured: Result<(Theme, [Assessment; 2]), String>,
}

impl Checked {
    fn of(library: &Library, name: &str) -> Self {
        let measured = library.theme(name).map_err(|error| error.to_string()).map(|theme| {
            let assessments = [Depth::TrueColour, Depth::Indexed256].map(|depth| theme.assess(depth));
            (theme, assessments)
        });
        Self { name: name.to_owned(), own: library.is_own(name), measured }
    }

    fn passes(&self) -> bool {
        self.failures().is_empty()
    }

    /// What fails with all colours, and what fails with 256 alone.
    fn failures(&self) -> Vec<String> {
        match &self.measured {
            Ok((_, [all, fewer])) => {
                let fewer = fewer.failures().into_iter().map(|told| format!("with 256 colours, {told}"));
                all.failures().into_iter().chain(fewer).collect()
            }
            Err(error) => error.lines().map(str::to_owned).collect(),
        }
    }

    fn line(&self, width: usize) -> String {
        let whose = if self.own { "yours   " } else { "shipped " };
        let found = match (&self.measured, self.failures().as_slice()) {
            (Err(_), [first, ..]) => format!("broken: {first}"),
            (Ok((_, [all, _])), []) if all.ground.is_none() => "ok, in the terminal's own colours".to_owned(),
            (Ok((theme, [all, _])), []) => {
                let worst = all.distances.iter().filter_map(Distance::worst).fold(f64::INFINITY, f64::min);
                let status = all.contrasts.iter().filter(|one| one.needed >= READABLE).filter_map(|one| one.ratio);
                let least = status.fold(f64::INFINITY, f64::min);
                let ground = if theme.paint_background { "painted" } else { "the terminal's" };
                format!("ok, contrast from {least:.1}, states apart from {worst:.1}, ground {ground}")
            }
            (_, [first]) => first.clone(),
            (_, [first, more @ ..]) => format!("{first} (and {} more)", more.len()),
            (Err(_), []) => "broken".to_owned(),
        };
        format!("{:width$}  {whose}  {found}", self.name)
    }

    fn text(&self) -> String {
        let (theme, [all, fewer]) = match &self.measured {
            Ok(measured) => measured,
            Err(error) => return format!("{}\n{error}\n", self.name),
        };
        let mut text = format!("{}\n", self.name);
        let painted = if theme.paint_background { "painted" } else { "the terminal's own shows through" };
        match all.ground {
            Some(ground) => text.extend(["  ground ", &ground.to_string(), ", ", painted, "\n"]),
            None => text.push_str("  ground: the terminal's own\n"),
        }
        let _ = writeln!(text, "\n  {:16}{:10}{:>10}{:>12}  needed", "contrast", "colour", "24 bits", "256 colours");
        for (one, other) in all.contrasts.iter().zip(&fewer.contrasts) {
            let colour = one.colour.to_string();
            let (ratio, with_256) = (ratio(one), ratio(other));
            let _ = writeln!(text, "  {:16}{colour:10}{ratio:>10}{with_256:>12}  {}", one.role.name(), one.needed);
        }
        let [typical, protan, deutan, tritan] = Eyes::ALL.map(Eyes::word);
        let _ = writeln!(text, "\n  {:32}{typical:>9}{protan:>9}{deutan:>9}{tritan:>9}  needed", "distance");
        for pair in &all.distances {
            let cell =
                |distance: Option<f64>| distance.map_or_else(|| "-".to_owned(), |distance| format!("{distance:.1}"));
            let by_eyes = pair.by_eyes.map_or([None; 4], |all| all.map(Some));
            let [typical, protan, deutan, tritan] = by_eyes.map(cell);
            let names = format!("{} and {}", pair.one.name(), pair.other.name());
            let _ = writeln!(text, "  {names:32}{typical:>9}{protan:>9}{deutan:>9}{tritan:>9}  {APART}");
        }
        text.push('\n');
        match self.failures().as_slice() {
            [] if all.ground.is_none() => text.push_str("  ok: what is the terminal's own cannot be measured\n"),
            [] => text.push_str("  ok\n"),
            failures => failures.iter().for_each(|failure| text.extend(["  fails: ", failure, "\n"])),
        }
        text
    }

    fn json(&self) -> Value {
        let whose = if self.own { "user" } else { "shipped" };
        match &self.measured {
            Err(_) => json!({ "name": self.name, "from": whose, "ok": false, "errors": self.failures() }),
            Ok((theme, [all, fewer])) => json!({
                "name": self.name,
                "from": whose,
                "ok": self.passes(),
                "paints_ground": theme.paint_background,
                "ground": all.ground.map(|colour| colour.to_string()),
                "contrast": all.contrasts.iter().zip(&fewer.contrasts).map(|(one, other)| json!({
                    "role": one.role.name(),
                    "colour": one.colour.to_string(),
                    "ratio": rounded(one.ratio),
                    "ratio_256": rounded(other.ratio),
                    "needed": one.needed,
                })).collect::<Vec<_>>(),
                "distance": all.distances.iter().map(|pair| json!({
                    "roles": [pair.one.name(), pair.other.name()],
                    "by_eyes": pair.by_eyes.map(|by_eyes| {
                        Eyes::ALL.iter().zip(by_eyes).map(|(eyes, distance)| (eyes.word().to_owned(), rounded(Some(distance))))
                            .collect::<serde_json::Map<_, _>>()
                    }),
                    "needed": APART,
                })).collect::<Vec<_>>(),
                "failures": self.failures(),
            }),
        }
    }
}

fn ratio(one: &Contrast) -> String {
    one.ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.1}"))
}

fn rounded(number: Option<f64>) -> Value {
    number.map_or(Value::Null, |number| json!((number * 10.0).round() / 10.0))
}
