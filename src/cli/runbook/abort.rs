//! `warroom runbook abort`.

use super::station::Station;
use crate::{
    cli::{Common, Exit, output, readiness::record, refusal::Refusal},
    domain::run::{Stop, act::Act},
    runbook::process::{Alive, alive},
};

/// Arguments of `warroom runbook abort`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 it was told, 1 it is over already or cannot be told, 2 asked wrongly.")]
pub struct Args {
    /// The run.
    #[arg(value_name = "RUN")]
    run: String,
    /// End the step that runs at once, where its author lets it be ended. What it has done by then has to be found out.
    #[arg(long)]
    now: bool,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

pub(super) fn run(args: &Args, common: &Common) -> Result<Exit, Refusal> {
    record::allowed(common)?;
    let station = Station::open(common)?;
    let mut journal = station.journal()?;
    let how = if args.now { Stop::Now } else { Stop::AfterStep };
    journal.record(&args.run, &Act::Stop { how, reason: args.reason.clone() })?;
    let run = journal.run(&args.run).map_err(Refusal::usage)?.clone();
    let step = run.open().and_then(|open| run.plan.step(&open.step));
    let told = match step {
        None => format!("{} was told to stop; nothing runs", run.id),
        Some(step) if args.now && step.cancellable => format!("{} was told to stop, and to end {}", run.id, step.id),
        Some(step) if args.now => {
            format!(
                "{} was told to stop; {} may not be ended in the middle, and has its {}",
                run.id, step.id, step.timeout
            )
        }
        Some(step) => format!("{} was told to stop after {}", run.id, step.id),
    };
    output::print(&format!("{told}; `warroom runbook attach {}` follows it", run.id));
    if run.worker.as_ref().map(alive) == Some(Alive::No) {
        output::complain(&format!(
            "warroom: nobody works on it: `warroom runbook attach {} --recover` picks it up",
            run.id
        ));
    }
    Ok(Exit::Ok)
}
