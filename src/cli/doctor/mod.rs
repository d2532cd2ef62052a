//! `warroom doctor`: what works here, and what to do about the rest.

mod answers;
mod paths;
mod policies;
mod record;
mod settings;
mod sources;
mod terminal;
mod tmux;

use std::io::{self, Write};

use serde::Serialize;
use serde_json::json;

pub use self::terminal::Surroundings;
use super::{Common, Exit, load, output, setup};
use crate::{config, domain::clean::clean};

/// Arguments of `warroom doctor`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 nothing failed, 1 something failed.")]
pub struct Args {
    /// Print JSON.
    #[arg(long)]
    pub json: bool,
}

/// How one finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// As it should be.
    Ok,
    /// Worth knowing; nothing is broken.
    Note,
    /// Broken.
    Failed,
}

impl State {
    const fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Failed => "failed",
        }
    }
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What it belongs to: `terminal`, `configuration`, `paths`, `clock`, `source prom`.
    pub area: String,
    /// What was looked at.
    pub what: String,
    /// How it is.
    pub state: State,
    /// What was found.
    pub found: String,
    /// What to do; empty when there is nothing to do.
    pub advice: String,
}

impl Finding {
    /// A finding without advice.
    pub fn new(area: &str, what: &str, state: State, found: impl Into<String>) -> Self {
        Self { area: area.to_owned(), what: what.to_owned(), state, found: found.into(), advice: String::new() }
    }

    /// The same with what to do.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }
}

/// Runs it.
#[must_use]
pub fn run(args: &Args, common: &Common) -> Exit {
    let surroundings = Surroundings::of_process();
    let options = load::options(common);
    let mut findings = vec![Finding::new("warroom", "version", State::Ok, env!("CARGO_PKG_VERSION"))];
    findings.extend(surroundings.findings());
    findings.extend(answers::findings(&surroundings));
    findings.extend(tmux::findings(&surroundings));
    let loaded = config::load(&options).map(|mut loaded| {
        load::restrict(&mut loaded, &common.namespaces);
        loaded
    });
    findings.extend(settings::findings(&options, &loaded));
    let log = loaded.as_ref().ok().and_then(|loaded| setup::log_directory(&loaded.settings));
    findings.extend(paths::findings(log.as_deref()));
    findings.push(Finding::new("clock", "now", State::Ok, chrono::Utc::now().format("%Y-%m-%d %H:%M:%SZ").to_string()));
    if let Ok(loaded) = &loaded {
        findings.extend(record::findings(loaded));
        findings.extend(policies::findings(loaded));
        findings.extend(sources::findings(loaded));
    }
    report(&findings, args.json, &mut io::stdout().lock())
}

/// Prints findings.
pub fn report(findings: &[Finding], json: bool, out: &mut dyn Write) -> Exit {
    let worst = findings.iter().map(|finding| finding.state).max().unwrap_or(State::Ok);
    let text = if json {
        output::json(&json!({"version": 1, "ok": worst < State::Failed, "findings": findings}))
    } else {
        as_text(findings)
    };
    let _ = out.write_all(text.as_bytes());
    if worst == State::Failed { Exit::No } else { Exit::Ok }
}

fn as_text(findings: &[Finding]) -> String {
    let width = findings.iter().map(|finding| finding.what.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    let mut area = "";
    for finding in findings {
        if finding.area != area {
            if !area.is_empty() {
                text.push('\n');
            }
            area = &finding.area;
            text.push_str(&clean(area));
            text.push('\n');
        }
        let line = format!("  {:6}  {:width$}  {}", finding.state.word(), finding.what, finding.found);
        text.push_str(clean(&line).trim_end());
        text.push('\n');
        if !finding.advice.is_empty() {
            text.push_str(&clean(&format!("          what to do: {}", finding.advice)));
            text.push('\n');
        }
    }
    let failed = findings.iter().filter(|finding| finding.state == State::Failed).count();
    let notes = findings.iter().filter(|finding| finding.state == State::Note).count();
    text + &format!("\n{failed} failed, {notes} to note\n")
}
