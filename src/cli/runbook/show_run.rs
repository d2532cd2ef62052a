//! `warroom runbook show RUN`: how a run went, and what it kept of the failed version.

use std::{fs, path::Path};

use serde_json::json;

use super::station::Station;
use crate::{
    cli::{Common, Exit, output, refusal::Refusal},
    clock::Clock,
    domain::{
        clean::clean,
        ledger::hash::Hash,
        run::{Run, State, act::Kept},
        time::Timestamp,
    },
    runbook::place,
};

/// Prints the run `id`. Whether what it kept still is what the record says decides the exit code.
pub(super) fn show(id: &str, as_json: bool, common: &Common) -> Result<Exit, Refusal> {
    let station = Station::open(common)?;
    let journal = station.reader()?;
    let run = journal.run(id).map_err(Refusal::usage)?;
    let directory = place::of(&station.runs, id).unwrap_or_default();
    let kept: Vec<(&Kept, Holds)> =
        run.snapshot.iter().flatten().map(|kept| (kept, Holds::of(kept, &directory))).collect();
    if as_json {
        let one = |(kept, holds): &(&Kept, Holds)| json!({"name": kept.name, "size": kept.size, "sha256": kept.hash, "holds": holds.word()});
        let kept: Vec<_> = kept.iter().map(one).collect();
        output::print(&output::json(&json!({"version": 1, "run": run, "directory": directory, "kept": kept})));
    } else {
        output::print(&text(run, &kept, &directory, Clock::real().now()));
    }
    let changed = kept.iter().any(|(_, holds)| *holds == Holds::No);
    Ok(if changed { Exit::No } else { Exit::Ok })
}

/// Whether a file still is what was recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Yes,
    No,
    /// It is not on this machine, or may not be read.
    NotHere,
}

impl Holds {
    fn of(kept: &Kept, directory: &Path) -> Self {
        match fs::read(directory.join(&kept.name)) {
            Ok(bytes) if Hash::of(&bytes) == kept.hash => Self::Yes,
            Ok(_) => Self::No,
            Err(_) => Self::NotHere,
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Yes => "holds",
            Self::No => "CHANGED",
            Self::NotHere => "not here",
        }
    }
}

fn text(run: &Run, kept: &[(&Kept, Holds)], directory: &Path, now: Timestamp) -> String {
    let mut text = String::new();
    let target = &run.plan.target;
    let state = match &run.state {
        State::Running => "goes on".to_owned(),
        State::Waiting(why) => format!("waits: {why}"),
        State::Undoing => "is taken back".to_owned(),
        State::Ended(ending) => ending.word().replace('-', " "),
    };
    let mut line = |words: String| output::line(&mut text, format_args!("{}", clean(&words)));
    line(format!("{}  {}: {} in {}", run.id, run.plan.runbook.title, target.service, target.environment));
    line(format!("  {state} after {} of {}; {}", run.elapsed(now).age(), run.plan.budget, run.plan.mode.word()));
    for attempt in &run.attempts {
        let undo = if attempt.undo { "taking back " } else { "" };
        let went = attempt.result.as_ref().map_or_else(
            || "not known yet".to_owned(),
            |result| format!("{} in {}: {}", result.outcome.word(), result.took.age(), result.words),
        );
        line(format!("  {undo}{}  {went}", attempt.step));
    }
    if run.snapshot.is_some() {
        line(format!("Kept of the failed version, in {}", directory.display()));
    }
    for (kept, holds) in kept {
        let hash = kept.hash.to_string();
        line(format!("  {}  {} bytes  sha256 {hash}  {}", kept.name, kept.size, holds.word()));
    }
    for missing in &run.not_kept {
        line(format!("  MISSING  {missing}"));
    }
    text
}
