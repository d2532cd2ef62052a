//! `warroom gate`: may this release go on? For pipelines: no terminal, an exit code, and the reasons in a form that they show.

mod github;
mod junit;
mod text;

use std::{
    env,
    time::{Duration, Instant},
};

use serde_json::json;

use super::{
    Common, Exit, console,
    headless::Headless,
    load, output,
    status::{named, nothing_configured},
};
use crate::{
    app::model::Model,
    domain::{
        level::Level,
        release::{Phase, Release},
        time::{Span, Timestamp},
        verdict::{Answer, Verdict, Word},
    },
};

/// Arguments of `warroom gate`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 it may go on, 1 it may not, 2 asked wrongly or it cannot run, 3 nobody can say.

With --wait, ROLL BACK ends the waiting at once; when the time is over the answer is what it is then.")]
pub struct Args {
    /// The release, by identifier or name.
    pub release: String,
    /// Wait until it may go on, for so long at most: 30m.
    #[arg(long, value_name = "TIME")]
    pub wait: Option<Span>,
    /// How it is told.
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Format::Text)]
    pub format: Format,
}

/// How it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs; `docs/json.md` tells its shape.
    Json,
    /// A test for each reason.
    Junit,
    /// Annotations of GitHub Actions, and a summary of the step.
    Github,
}

/// How often it is looked.
const LOOK: Duration = Duration::from_millis(500);

/// So long it waits for sources, ledger, checks and policies that have not answered.
const PATIENCE: Duration = Duration::from_secs(30);

/// Looks, or waits, and answers.
#[must_use]
pub fn run(args: &Args, common: &Common) -> Exit {
    let loaded = match load::load(common) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    if loaded.settings.sources.is_empty() {
        output::complain(&nothing_configured(&loaded.places, "gate RELEASE"));
        return Exit::Usage;
    }
    let mut headless = match Headless::start(console::prepare(common, loaded), false) {
        Ok(headless) => headless,
        Err(exit) => return exit,
    };
    let exit = answer(args, &mut headless);
    headless.end();
    exit
}

fn answer(args: &Args, headless: &mut Headless) -> Exit {
    listen(args, headless);
    if let Some(wait) = args.wait {
        let until = Instant::now() + wait.duration();
        while !decided(args, &headless.model) && Instant::now() < until {
            complain(&headless.turn(LOOK.min(until.saturating_duration_since(Instant::now()))));
        }
    }
    let model = &headless.model;
    match named(&model.picture, &args.release) {
        Ok(release) => told(args.format, &Gate { release, verdict: model.verdicts.get(&release.id), model }),
        Err(problem) => {
            output::complain(&format!("warroom: {problem}"));
            // What is not seen may be there.
            let unseen = model.picture.sources.iter().any(|source| source.level >= Level::Unknown);
            if unseen { Exit::Unknown } else { Exit::Usage }
        }
    }
}

/// Waits until sources, ledger, checks and policies have said something, or it has been long enough.
fn listen(args: &Args, headless: &mut Headless) {
    let started = Instant::now();
    let (mut heard, mut complete) = (0, None);
    while started.elapsed() < PATIENCE && heard < 2 {
        complain(&headless.turn(LOOK));
        // What is asked for follows from the first answers; so everything is heard when it was at two looks.
        let model = &headless.model;
        let others = headless.all_heard() && headless.ledger_read() && checks_looked_at(args, model);
        // What policies said of less than all that is known says little.
        complete = complete.or(model.policies.learned.filter(|_| others));
        let all = others && complete.is_none_or(|since| policies_answered(args, model, since));
        heard = if all { heard + 1 } else { 0 };
    }
}

fn complain(notices: &[String]) {
    for notice in notices {
        output::complain(&format!("warroom: {notice}"));
    }
}

/// Whether every automatic item of the release's checklist was looked at.
fn checks_looked_at(args: &Args, model: &Model) -> bool {
    let Ok(release) = named(&model.picture, &args.release) else { return true };
    let name = release.file.as_ref().and_then(|file| file.checklist.as_ref());
    let Some(checklist) = name.and_then(|name| model.room.catalog.checklists.get(name)) else { return true };
    if !model.wanted.checked.contains(&release.id) {
        return true;
    }
    let seen = model.evidence.get(&release.id);
    let looked_at = |id: &str| seen.is_some_and(|seen| seen.contains_key(id));
    checklist.items().filter(|item| item.check.is_looked_at()).all(|item| looked_at(&item.id))
}

/// Whether policies decided about the release as it was known at `since` or later, where there are any.
fn policies_answered(args: &Args, model: &Model, since: Timestamp) -> bool {
    let Ok(release) = named(&model.picture, &args.release) else { return true };
    if !model.has_policies() || !model.verdicts.contains_key(&release.id) {
        return true;
    }
    let policies = &model.policies;
    let looked = policies.looked.get(&release.id).is_some_and(|at| *at >= since);
    looked && policies.asked.is_none() && policies.rulings.contains_key(&release.id)
}

/// Whether waiting is over: it may go on, or it must go back.
fn decided(args: &Args, model: &Model) -> bool {
    let verdict = named(&model.picture, &args.release).ok().and_then(|release| model.verdicts.get(&release.id));
    verdict.is_some_and(|verdict| verdict.answer() == Answer::Yes || verdict.word == Word::RollBack)
}

/// What is told.
struct Gate<'a> {
    release: &'a Release,
    /// `None` where there is nothing to decide: it is over, or on its way back.
    verdict: Option<&'a Verdict>,
    model: &'a Model,
}

impl Gate<'_> {
    fn exit(&self) -> Exit {
        match self.verdict.map(Verdict::answer) {
            Some(Answer::Yes) => Exit::Ok,
            Some(Answer::Unknown) => Exit::Unknown,
            // Nothing is left to go on with. Done is done, unless it hurts; what went back did not go on.
            None if self.release.phase == Phase::Done && self.hurts().is_none() => Exit::Ok,
            Some(Answer::No) | None => Exit::No,
        }
    }

    /// What is known to be wrong with a release that is over.
    fn hurts(&self) -> Option<&str> {
        let reason = self.release.reasons.iter().find(|reason| reason.level == Level::Bad)?;
        Some(&reason.text)
    }

    /// In one line: `GO checkout-1.42: …`.
    fn headline(&self) -> String {
        let name = &self.release.id;
        match self.verdict {
            None => {
                let phase = self.release.phase.word().to_uppercase();
                let hurts = self.hurts().map_or_else(String::new, |why| format!(", and {why}"));
                format!("{phase} {name}: there is nothing to decide{hurts}")
            }
            Some(verdict) => {
                let why = verdict.deciding().map_or("", |reason| reason.text.as_str());
                let held = match verdict.answer() {
                    Answer::No if verdict.word == Word::Go => ", and a person who may decide is against it",
                    _ => "",
                };
                format!("{} {name} before {}: {why}{held}", verdict.word.word(), verdict.before)
            }
        }
    }
}

fn told(format: Format, gate: &Gate<'_>) -> Exit {
    let exit = gate.exit();
    match format {
        Format::Text => output::print(&text::write(gate)),
        Format::Json => output::print(&output::json(&json!({
            "version": 1,
            "release": gate.release.id,
            "environment": gate.release.environment,
            "phase": gate.release.phase,
            "answer": match exit { Exit::Ok => "go", Exit::No => "no", Exit::Usage | Exit::Unknown => "unknown" },
            "verdict": gate.verdict,
            "policy": gate.model.policies.rulings.get(&gate.release.id),
            "at": gate.model.now,
        }))),
        Format::Junit => output::print(&junit::write(gate)),
        Format::Github => {
            output::print(&github::annotations(gate));
            if let Some(path) = env::var_os("GITHUB_STEP_SUMMARY")
                && let Err(error) = github::summarise(gate, path.as_ref())
            {
                output::complain(&format!("warroom: the summary of the step cannot be written: {error}"));
            }
        }
    }
    exit
}
