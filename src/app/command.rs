//! Everything by name: the `:` line and the palette are one thing.
//!
//! Each action of the keymap is a command of the same name; on top come a few that take an argument.

use nucleo_matcher::{
    Config, Matcher, Utf32Str,
    pattern::{AtomKind, CaseMatching, Normalization, Pattern},
};

use super::{
    action::Action,
    export::Format,
    keymap::{BINDINGS, Scope},
    model::{Model, Sort},
};
use crate::domain::{object::SourceName, release::ReleaseId, time::Span};

/// What a command line asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Intent {
    /// What a key could have asked for.
    Action(Action),
    /// Open the war room of this release.
    Release(ReleaseId),
    /// Only this environment on the board, or all of them.
    Environment(Option<String>),
    /// This theme.
    Theme(String),
    /// This filter for the list that has the keys.
    Filter(String),
    /// Ask this source now.
    Poll(SourceName),
    /// This order of the board.
    Sort(Sort),
    /// So far back on charts.
    Range(Span),
    /// Write the pane into a file.
    Export(Format),
}

/// A command that takes an argument.
#[derive(Clone, Copy, Debug)]
pub struct Command {
    /// Its name.
    pub name: &'static str,
    /// What its argument is called in help.
    pub argument: &'static str,
    /// What it does, in a line.
    pub help: &'static str,
    /// The arguments that can be completed.
    options: fn(&Model) -> Vec<(String, String)>,
    /// Understands an argument.
    parse: fn(&Model, &str) -> Result<Intent, String>,
}

/// The commands that take an argument.
pub const COMMANDS: &[Command] = &[
    Command {
        name: "release",
        argument: "NAME",
        help: "open the war room of a release",
        options: release_options,
        parse: parse_release,
    },
    Command {
        name: "env",
        argument: "NAME|all",
        help: "only releases of an environment",
        options: environment_options,
        parse: parse_environment,
    },
    Command {
        name: "theme",
        argument: "NAME",
        help: "change the theme",
        options: |model| model.setup.themes.iter().map(|theme| (theme.clone(), String::new())).collect(),
        parse: parse_theme,
    },
    Command {
        name: "filter",
        argument: "TEXT",
        help: "filter the list; ! in front turns it round",
        options: |_| Vec::new(),
        parse: |_, text| Ok(Intent::Filter(text.to_owned())),
    },
    Command {
        name: "poll",
        argument: "SOURCE",
        help: "ask one source now",
        options: source_options,
        parse: parse_poll,
    },
    Command {
        name: "sort",
        argument: "urgency|name|burn|age",
        help: "order of the board",
        options: |_| words(&SORTS.map(|(word, _)| word)),
        parse: parse_sort,
    },
    Command {
        name: "range",
        argument: "TIME",
        help: "how far back charts go, such as 45m or 2h",
        options: |_| super::update::RANGES.iter().map(|range| (range.to_string(), String::new())).collect(),
        parse: parse_range,
    },
    Command {
        name: "export",
        argument: "md|json|csv",
        help: "write the pane to a file",
        options: |_| words(&Format::ALL.map(Format::extension)),
        parse: parse_export,
    },
];

/// Shorter names that fingers know.
const ALIASES: [(&str, Action); 3] = [("q", Action::Quit), ("q!", Action::Quit), ("h", Action::Help)];

const SORTS: [(&str, Sort); 4] =
    [("urgency", Sort::Urgency), ("name", Sort::Name), ("burn", Sort::Burn), ("age", Sort::Age)];

/// A line that the palette offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The whole command line.
    pub line: String,
    /// What it does.
    pub help: String,
    /// The key that does the same; empty where none does.
    pub keys: String,
    /// Whether it can be run as it is; otherwise it still wants an argument.
    pub complete: bool,
    /// Whether it means something on this screen.
    pub here: bool,
}

/// How many lines the palette offers at most.
const OFFERED: usize = 100;

/// What the palette offers for what was typed so far, the best first. With nothing typed: what was run lately, then everything.
#[must_use]
pub fn candidates(model: &Model, input: &str) -> Vec<Candidate> {
    let typed = input.trim_start();
    let mut offered: Vec<Candidate> = Vec::new();
    if typed.trim().is_empty() {
        offered.extend(model.ui.history.iter().map(|line| candidate(line, "again")));
        offered.extend(everything(model));
    } else {
        if parse(model, typed).is_ok() {
            offered.push(own(model, typed.trim()));
        }
        let of_command = COMMANDS
            .iter()
            .find_map(|command| typed.strip_prefix(command.name)?.strip_prefix(' ').map(|rest| (command, rest)));
        offered.extend(if let Some((command, rest)) = of_command {
            ranked(arguments(model, command), rest, |line| line.strip_prefix(command.name).unwrap_or(line))
        } else {
            let mut all = everything(model);
            all.extend(COMMANDS.iter().flat_map(|command| arguments(model, command)));
            ranked(all, typed, |line| line)
        });
    }
    let mut seen = std::collections::BTreeSet::new();
    offered.retain(|candidate| seen.insert(candidate.line.clone()));
    offered.truncate(OFFERED);
    offered
}

/// Understands a command line.
///
/// # Errors
/// In a sentence for the notice line, when there is no such command or its argument means nothing.
pub fn parse(model: &Model, line: &str) -> Result<Intent, String> {
    let line = line.trim();
    let (name, argument) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let argument = argument.trim();
    if argument.is_empty() {
        let alias = ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, action)| *action);
        if let Some(action) = Action::named(name).or(alias) {
            return if here(model, action) {
                Ok(Intent::Action(action))
            } else {
                Err(format!("`{name}` works {}", places(action)))
            };
        }
        return Err(match COMMANDS.iter().find(|command| command.name == name) {
            Some(command) => format!("`{name}` wants {}", command.argument),
            None => unknown(name),
        });
    }
    match COMMANDS.iter().find(|command| command.name == name) {
        Some(command) => (command.parse)(model, argument),
        None if Action::named(name).is_some() => Err(format!("`{name}` takes no argument")),
        None => Err(unknown(name)),
    }
}

/// There is no command of this name; the one that was meant, where one is near.
fn unknown(name: &str) -> String {
    let actions = Action::all().into_iter().map(Action::name);
    let names = actions.chain(COMMANDS.iter().map(|command| command.name));
    let near = names.map(|other| (strsim::damerau_levenshtein(name, other), other)).min();
    match near.filter(|(distance, other)| *distance <= 2 && *distance < other.len() / 2) {
        Some((_, near)) => format!("no command `{name}`: did you mean `{near}`?"),
        None => format!("no command `{name}`: an empty line lists all of them"),
    }
}

fn here(model: &Model, action: Action) -> bool {
    model.setup.keymap.bindings(Scope::of_screen(&model.ui.screen)).any(|binding| binding.action == action)
}

/// Where an action works: `on the release screen`.
fn places(action: Action) -> String {
    let screens = Scope::ALL.into_iter().filter(|scope| !matches!(scope, Scope::FirstRun | Scope::Reading));
    let on = |scope: &Scope| BINDINGS.iter().any(|binding| binding.action == action && binding.scopes.contains(scope));
    let names: Vec<String> = screens.filter(on).map(|scope| scope.title().to_lowercase()).collect();
    match names.as_slice() {
        [one] => format!("on the {one} screen"),
        several => format!("on the screens {}", several.join(", ")),
    }
}

/// Commands with an argument, then actions that mean something on this screen, then those that mean something on others.
fn everything(model: &Model) -> Vec<Candidate> {
    let commands = COMMANDS.iter().map(|command| Candidate {
        line: command.name.to_owned(),
        help: format!("{}: {}", command.argument, command.help),
        keys: String::new(),
        complete: Action::named(command.name).is_some(),
        here: true,
    });
    let scope = Scope::of_screen(&model.ui.screen);
    let mut all: Vec<Candidate> = commands.filter(|candidate| !candidate.complete).collect();
    all.extend(model.setup.keymap.bindings(scope).map(|binding| own(model, binding.action.name())));
    let elsewhere = Action::all().into_iter().filter(|action| !here(model, *action));
    all.extend(elsewhere.map(|action| Candidate {
        help: format!("{} ({})", action.help(), places(action)),
        here: false,
        ..own(model, action.name())
    }));
    all
}

fn arguments(model: &Model, command: &Command) -> Vec<Candidate> {
    let options = (command.options)(model).into_iter();
    options
        .map(|(option, help)| {
            let help = if help.is_empty() { command.help } else { &help };
            candidate(&format!("{} {option}", command.name), help)
        })
        .collect()
}

fn candidate(line: &str, help: &str) -> Candidate {
    Candidate { line: line.to_owned(), help: help.to_owned(), keys: String::new(), complete: true, here: true }
}

/// The candidate for a line that can be run.
fn own(model: &Model, line: &str) -> Candidate {
    let Some(action) = Action::named(line) else { return candidate(line, "run it") };
    Candidate {
        line: line.to_owned(),
        help: action.help().to_owned(),
        keys: model.setup.keymap.key_of(action),
        complete: true,
        here: true,
    }
}

/// Those that match `wanted`, by how well. Name and help both count, so that a release is found by either name. What changes
/// something comes after all that only looks.
fn ranked(all: Vec<Candidate>, wanted: &str, text: impl Fn(&str) -> &str) -> Vec<Candidate> {
    let pattern = Pattern::new(wanted, CaseMatching::Ignore, Normalization::Smart, AtomKind::Fuzzy);
    let mut matcher = Matcher::new(Config::DEFAULT);
    let mut buffer = Vec::new();
    let mut score = |haystack: &str| pattern.score(Utf32Str::new(haystack, &mut buffer), &mut matcher);
    let mut found: Vec<(u32, Candidate)> = all
        .into_iter()
        .filter_map(|candidate| {
            let by_line = score(text(&candidate.line));
            let by_help = score(&candidate.help).map(|score| score / 2);
            // What works elsewhere comes after what works here.
            let worth = if candidate.here { 1 } else { 2 };
            by_line.max(by_help).map(|score| (score / worth, candidate))
        })
        .collect();
    let writes = |candidate: &Candidate| matches!(Action::named(&candidate.line), Some(Action::Write(_)));
    found.sort_by_key(|(score, candidate)| (writes(candidate), std::cmp::Reverse(*score), candidate.line.len()));
    found.into_iter().map(|(_, candidate)| candidate).collect()
}

fn words(words: &[&str]) -> Vec<(String, String)> {
    words.iter().map(|word| ((*word).to_owned(), String::new())).collect()
}

fn release_options(model: &Model) -> Vec<(String, String)> {
    let releases = model.shown().releases.iter();
    releases.map(|release| (release.id.clone(), format!("{} {}", release.name, release.environment))).collect()
}

/// Environments of the catalog and of what was seen.
#[must_use]
pub fn environments(model: &Model) -> Vec<String> {
    let declared = model.room.catalog.environments.keys().cloned();
    let seen = model.shown().releases.iter().map(|release| release.environment.clone());
    let all: std::collections::BTreeSet<String> = declared.chain(seen).filter(|name| !name.is_empty()).collect();
    all.into_iter().collect()
}

fn environment_options(model: &Model) -> Vec<(String, String)> {
    let named = environments(model).into_iter().map(|name| (name, String::new()));
    std::iter::once(("all".to_owned(), "releases of every environment".to_owned())).chain(named).collect()
}

fn source_options(model: &Model) -> Vec<(String, String)> {
    model.shown().sources.iter().map(|source| (source.name.to_string(), source.endpoint.clone())).collect()
}

fn parse_release(model: &Model, wanted: &str) -> Result<Intent, String> {
    let releases = &model.shown().releases;
    let exact = releases.iter().find(|release| release.id == wanted || release.name == wanted);
    if let Some(release) = exact {
        return Ok(Intent::Release(release.id.clone()));
    }
    let like = |text: &str| text.to_lowercase().contains(&wanted.to_lowercase());
    let mut close = releases.iter().filter(|release| like(&release.id) || like(&release.name));
    match (close.next(), close.next()) {
        (Some(release), None) => Ok(Intent::Release(release.id.clone())),
        (Some(_), Some(_)) => Err(format!("more than one release is like `{wanted}`: type more of it")),
        (None, _) => Err(format!("no release `{wanted}`")),
    }
}

fn parse_environment(model: &Model, wanted: &str) -> Result<Intent, String> {
    if wanted == "all" {
        return Ok(Intent::Environment(None));
    }
    let known = environments(model);
    match known.iter().find(|name| *name == wanted) {
        Some(name) => Ok(Intent::Environment(Some(name.clone()))),
        None if known.is_empty() => Err("no environment is known yet".to_owned()),
        None => Err(format!("no environment `{wanted}`: there are {}", known.join(", "))),
    }
}

fn parse_theme(model: &Model, wanted: &str) -> Result<Intent, String> {
    if model.setup.themes.iter().any(|theme| theme == wanted) {
        return Ok(Intent::Theme(wanted.to_owned()));
    }
    Err(format!("no theme `{wanted}`: there are {}", model.setup.themes.join(", ")))
}

fn parse_poll(model: &Model, wanted: &str) -> Result<Intent, String> {
    let found = model.room.sources.iter().map(|source| &source.spec.name).find(|name| name.as_str() == wanted);
    found.map(|name| Intent::Poll(name.clone())).ok_or_else(|| format!("no source `{wanted}`: see :sources"))
}

fn parse_sort(_: &Model, wanted: &str) -> Result<Intent, String> {
    let found = SORTS.iter().find(|(word, _)| *word == wanted);
    found.map(|(_, sort)| Intent::Sort(*sort)).ok_or_else(|| "sort by urgency, name, burn or age".to_owned())
}

fn parse_range(_: &Model, wanted: &str) -> Result<Intent, String> {
    let range: Span = wanted.parse().map_err(|error: crate::domain::time::NotASpan| error.to_string())?;
    if range < Span::from_mins(5) || range > Span::from_days(30) {
        return Err("a chart goes back between 5m and 30d".to_owned());
    }
    Ok(Intent::Range(range))
}

fn parse_export(_: &Model, wanted: &str) -> Result<Intent, String> {
    let found = Format::ALL.into_iter().find(|format| format.extension() == wanted);
    found.map(Intent::Export).ok_or_else(|| "export as md, json or csv".to_owned())
}
