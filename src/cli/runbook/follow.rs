//! Follows a run until it is over or waits for a person. Whoever follows only looks: ending this ends nothing.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    path::{Path, PathBuf},
    process::Child,
    thread::sleep,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{
    lines::{line, waits},
    station::Station,
};
use crate::{
    cli::{Exit, output, refusal::Refusal},
    domain::{
        ledger::event::Event,
        run::{
            Attempt, Ending, Run, State,
            act::{Act, Reading, read},
        },
    },
    runbook::{
        journal::Journal,
        place::{self, Place},
        process::{Alive, alive},
        start,
    },
};

/// How long it waits for something new.
const WAIT: Duration = Duration::from_millis(250);

/// How long a worker has to take a run up.
const TAKEN_UP: Duration = Duration::from_secs(20);

/// The most that is shown of what a step wrote since the last look, in bytes.
const SHOWN: u64 = 16 * 1024;

/// How a run is followed.
#[derive(Clone, Copy, Debug, clap::Args)]
pub(super) struct Form {
    /// Print a line of JSON for each event: `docs/json.md` tells their shape.
    #[arg(long)]
    json: bool,
    /// Do not wait for its end.
    #[arg(long)]
    detach: bool,
}

/// Follows the run `id`, whose worker may be `child`.
pub(super) fn follow(
    station: &Station<'_>,
    mut journal: Journal,
    id: &str,
    child: Option<Child>,
    form: Form,
) -> Result<Exit, Refusal> {
    let mut view = View {
        id,
        form,
        child,
        attempt: 0,
        shown: 0,
        asked: Instant::now(),
        suspected: false,
        directory: place::of(&station.runs, id),
    };
    let mut new = journal.about(id)?;
    loop {
        let run = journal.run(id).map_err(Refusal::usage)?.clone();
        for event in new.iter().filter(|event| event.target == id) {
            view.show(event, &run);
        }
        view.show_output(&run, run.attempts.len());
        if let Some(exit) = view.end(&run) {
            return Ok(exit);
        }
        new = view.look(&mut journal)?;
    }
}

struct View<'a> {
    id: &'a str,
    form: Form,
    child: Option<Child>,
    /// The attempt whose output was shown last, by its place among all.
    attempt: usize,
    /// How much of it was shown.
    shown: u64,
    asked: Instant,
    /// Whether its worker was found gone at the last look.
    suspected: bool,
    directory: Option<PathBuf>,
}

impl View<'_> {
    /// What came new, after a while. A ledger that is away is waited for: what goes on does so without this.
    fn look(&mut self, journal: &mut Journal) -> Result<Vec<Event>, Refusal> {
        let mut away = false;
        loop {
            match journal.wait(WAIT).and_then(|()| journal.catch_up()) {
                Ok(new) => return Ok(new),
                Err(error) if error.may_pass() => {
                    if !away {
                        self.tell(&format!("it cannot be seen for the moment: {error}; this waits until it can"));
                    }
                    away = true;
                    sleep(WAIT);
                }
                Err(error) => {
                    let id = self.id;
                    let told = format!("{error}; what becomes of {id} cannot be seen: `warroom runbook attach {id}`");
                    return Err(Refusal::unknown(told));
                }
            }
        }
    }

    fn show(&mut self, event: &Event, run: &Run) {
        if let Reading::Act(Act::Result { step, undo, number, .. }) = read(event) {
            // What a step wrote stands before how it ended.
            let of = |attempt: &Attempt| attempt.step == step && attempt.undo == undo && attempt.number == number;
            self.show_output(run, run.attempts.iter().position(of).map_or(0, |at| at + 1));
        }
        if self.form.json {
            output::print(&output::json_line(&json!({ "version": 1, "event": event })));
        } else if let Some(line) = line(event) {
            output::print(&line);
        }
    }

    /// Shows what the first `upto` attempts wrote since the last look.
    fn show_output(&mut self, run: &Run, upto: usize) {
        let (Some(directory), false) = (&self.directory, self.form.json) else { return };
        let from = self.attempt.min(run.attempts.len().saturating_sub(1));
        for (at, attempt) in run.attempts.iter().enumerate().take(upto).skip(from) {
            let Some(index) = run.plan.steps.iter().position(|step| step.id == attempt.step) else { continue };
            if at != self.attempt {
                (self.attempt, self.shown) = (at, 0);
            }
            let path = Place::of(directory, index, &attempt.step, attempt.undo, attempt.number).output();
            if let Some((text, upto)) = more(&path, self.shown) {
                self.shown = upto;
                let lines: Vec<String> = text.lines().map(|line| format!("           | {line}")).collect();
                output::print(&lines.join("\n"));
            }
        }
    }

    /// How this ends, when it does.
    fn end(&mut self, run: &Run) -> Option<Exit> {
        if let State::Ended(ending) = run.state {
            self.sum_up(run, ending);
            return Some(if ending == Ending::Verified { Exit::Ok } else { Exit::No });
        }
        let taken_up = run.worker.is_some();
        if let Some(words) = waits(run).filter(|_| taken_up) {
            self.tell(&words);
            return Some(Exit::Unknown);
        }
        let works = run.worker.as_ref().map(alive);
        let gone = match &mut self.child {
            // Another one may have been faster to take it up.
            Some(child) => matches!(child.try_wait(), Ok(Some(_))) && works != Some(Alive::Yes),
            None => works.map_or(self.asked.elapsed() > TAKEN_UP, |works| works == Alive::No),
        };
        if gone && !self.suspected {
            // It may have been the end of the run, which is read next.
            self.suspected = true;
            return None;
        }
        if gone {
            self.tell(&format!(
                "nobody works on {0} any more; `warroom runbook attach {0} --recover` picks it up",
                self.id
            ));
            self.tell_log();
            return Some(Exit::Unknown);
        }
        let by_child = |child: &Child| run.worker.as_ref().is_some_and(|worker| worker.pid == child.id());
        if self.form.detach && taken_up && self.child.as_ref().is_none_or(by_child) {
            self.tell(&format!("it goes on without this; `warroom runbook attach {}` follows it", self.id));
            return Some(Exit::Ok);
        }
        None
    }

    /// How it ended, and in how much of its time.
    fn sum_up(&self, run: &Run, ending: Ending) {
        if !self.form.json {
            let (word, took) = (ending.word().replace('-', " "), run.elapsed(run.ended.unwrap_or(run.at)).age());
            output::print(&format!("{}: {word} after {took} of {}", run.id, run.plan.budget));
        }
    }

    fn tell(&self, words: &str) {
        // Who reads JSON reads the events.
        output::complain(&format!("{}: {words}", self.id));
    }

    /// What the worker said for itself before it ended.
    fn tell_log(&self) {
        if let Some(last) = self.directory.as_deref().and_then(start::last_words) {
            self.tell(&format!("it said: {last}"));
        }
    }
}

/// What stands in the file at `path` behind `from`, whole lines of it, and where they end.
fn more(path: &Path, from: u64) -> Option<(String, u64)> {
    let mut file = File::open(path).ok()?;
    let size = file.metadata().ok()?.len();
    let begin = from.max(size.saturating_sub(SHOWN));
    file.seek(SeekFrom::Start(begin)).ok()?;
    let mut bytes = Vec::new();
    file.take(SHOWN).read_to_end(&mut bytes).ok()?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    bytes.truncate(whole);
    let upto = begin + bytes.len() as u64;
    (!bytes.is_empty()).then(|| (String::from_utf8_lossy(&bytes).into_owned(), upto))
}
