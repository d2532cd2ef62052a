//! `warroom runbook resolve`: what a person knows, and decides.

use clap::ValueEnum;

use super::{
    approve,
    follow::{Form, follow},
    run::CODES,
    shelf::Shelf,
    station::Station,
};
use crate::{
    cli::{Common, Exit, output, readiness::record, refusal::Refusal},
    clock::Clock,
    domain::{
        run::{
            Attempt, Known, Outcome, Run,
            act::{Act, Resume},
            review,
            runs::Refused,
        },
        time::Span,
    },
    ledger::actor,
    runbook::{
        answer,
        process::{Alive, alive},
    },
};

/// Arguments of `warroom runbook resolve`.
#[derive(Debug, clap::Args)]
#[command(after_help = CODES)]
#[group(id = "what", required = true, multiple = true)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Args {
    /// The run.
    #[arg(value_name = "RUN")]
    run: String,
    /// What became of its last step: of one that you were asked to do, or of one that nobody knows of.
    #[arg(long, value_enum, value_name = "OUTCOME", group = "what")]
    outcome: Option<Told>,
    /// Try the step that failed again.
    #[arg(long, group = "what", group = "how")]
    retry: bool,
    /// Leave the step that failed as it is, and go on with the next one.
    #[arg(long, group = "what", group = "how", conflicts_with = "retry")]
    skip: bool,
    /// Take back what was done, the last first.
    #[arg(long, group = "what", group = "how", conflicts_with_all = ["retry", "skip"])]
    undo: bool,
    /// Let it end here.
    #[arg(long, group = "what", group = "how", conflicts_with_all = ["retry", "skip", "undo"])]
    end: bool,
    /// It was run without its approvals, and you looked at it afterwards: the review that is owed is closed.
    #[arg(long, group = "what", requires = "reason", conflicts_with_all = ["outcome", "retry", "skip", "undo", "end"])]
    reviewed: bool,
    /// How you know, or why.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    /// How it is followed.
    #[command(flatten)]
    form: Form,
}

/// What a person can say of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Told {
    /// It was done.
    Succeeded,
    /// It was not done.
    Failed,
}

pub(super) fn run(args: &Args, common: &Common) -> Result<Exit, Refusal> {
    record::allowed(common)?;
    if args.reviewed {
        return reviewed(args, common);
    }
    let station = Station::open(common)?;
    let mut journal = station.journal()?;
    if let Some(told) = args.outcome {
        let run = journal.run(&args.run).map_err(Refusal::usage)?.clone();
        let last = open_to_a_person(&run)?.clone();
        let act = outcome(&run, &last, told, args);
        let by = approve::at_desk(&station.loaded, async |desk| answer::by(&run, &act, desk).await)?;
        journal.record_by(by, &args.run, &act, |runs| {
            let same = runs.run(&args.run).is_some_and(|run| run.attempts.last() == Some(&last));
            let why = "something became known of its last step meanwhile; look again";
            if same { Ok(()) } else { Err(Refused::Misplaced { run: args.run.clone(), why }) }
        })?;
    }
    let how = match args {
        Args { retry: true, .. } => Some(Resume::Retry),
        Args { skip: true, .. } => Some(Resume::Skip),
        Args { undo: true, .. } => Some(Resume::Undo),
        Args { end: true, .. } => Some(Resume::End),
        _ => None,
    };
    if let Some(how) = how {
        journal.record(&args.run, &Act::Resume { how, reason: args.reason.clone() })?;
    }
    let run = journal.run(&args.run).map_err(Refusal::usage)?.clone();
    let worker = if run.is_over() { None } else { station.worker_if_gone(&run)? };
    follow(&station, journal, &args.run, worker, args.form)
}

/// Closes the review of a run that had not the approvals that it needed.
fn reviewed(args: &Args, common: &Common) -> Result<Exit, Refusal> {
    let shelf = Shelf::open(common)?;
    let run = shelf.runs.as_ref().and_then(|runs| runs.run(&args.run));
    let run = run.ok_or_else(|| Refusal::usage(Refused::NoRun(args.run.clone())))?;
    if run.owes_review().is_none() {
        return Err(Refusal::no(format!("{} owes no review", run.id)));
    }
    let note = args.reason.as_deref().map(str::trim).filter(|note| !note.is_empty());
    let note = note.ok_or_else(|| Refusal::usage("say with --reason what was found"))?;
    let event = approve::append(&shelf.loaded, &review::close(run, actor::actor(), note))?;
    output::print(&format!(
        "recorded as event {}: {} of {} by {} (unsigned)",
        event.seq, event.action, run.id, event.actor.user
    ));
    Ok(Exit::Ok)
}

/// The last step of `run`, when a person may say what became of it.
fn open_to_a_person(run: &Run) -> Result<&Attempt, Refusal> {
    let last = run.attempts.last().ok_or_else(|| Refusal::no(format!("{}: nothing was begun yet", run.id)))?;
    let is_manual = run.plan.asks(&last.step, last.undo).is_some();
    match &last.result {
        Some(result) if result.outcome == Outcome::Unknown => Ok(last),
        Some(result) => {
            let told = format!("{}: what became of {} is known: {}", run.id, last.step, result.outcome.word());
            Err(Refusal::no(told))
        }
        None if is_manual => Ok(last),
        None if run.worker.as_ref().map(alive) == Some(Alive::Yes) => {
            Err(Refusal::no(format!("{}: {} is being done; its worker says how it went", run.id, last.step)))
        }
        None => Err(Refusal::no(format!(
            "{0}: its worker is gone, and it can be found out what became of {1}: `warroom runbook attach {0} --recover`",
            run.id, last.step
        ))),
    }
}

fn outcome(run: &Run, last: &Attempt, told: Told, args: &Args) -> Act {
    let evidence = run.plan.asks(&last.step, last.undo).is_some_and(|asks| asks.evidence);
    // Where evidence is asked for, that a person says so is none.
    let unsaid = if evidence { "" } else { "a person says so" };
    let outcome = match told {
        Told::Succeeded => Outcome::Succeeded,
        Told::Failed => Outcome::Failed,
    };
    Act::Result {
        epoch: run.epoch,
        step: last.step.clone(),
        undo: last.undo,
        number: last.number,
        outcome,
        words: args.reason.clone().unwrap_or_else(|| unsaid.to_owned()),
        took: Span::between(last.at, Clock::real().now()),
        known: Known::Person,
        output: None,
    }
}
