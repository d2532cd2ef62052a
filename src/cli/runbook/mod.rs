//! `warroom runbook`: pre-staged procedures, what they would do, and their runs.

mod abort;
mod approve;
mod attach;
mod follow;
mod glass;
mod json;
mod lines;
mod list;
mod plan;
mod plan_text;
mod resolve;
mod run;
mod shelf;
mod show;
mod show_run;
mod station;

use clap::Subcommand;

pub(super) use self::{json::owed, shelf::reviews};

use super::{Common, Exit, refusal::Refusal};

/// Arguments of `warroom runbook`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do with runbooks.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print the runbooks of the catalog, a line each.
    List(list::Args),
    /// Print a runbook: its steps with their limits, its parameters, and what its lint says. Or a run, with what it kept.
    Show(show::Args),
    /// Print what a runbook would do now: exact requests, arguments and patches, the risk, and what is not known.
    Plan(plan::Args),
    /// Approve or deny a plan that somebody asked you to look at, signed with your key; or list what waits.
    Approve(approve::Args),
    /// Do what a plan says: recorded, in a process of its own that outlives this one, followed until it is over.
    Run(run::Args),
    /// Do all that a plan says but its effects: nothing is changed.
    Rehearse(run::RehearseArgs),
    /// Follow a run that goes on somewhere else, or pick one up whose worker is gone.
    Attach(attach::Args),
    /// Tell a run to stop.
    Abort(abort::Args),
    /// Say what became of a step, or how a run that waits goes on.
    Resolve(resolve::Args),
}

/// Runs it.
#[must_use]
pub fn run(args: &Args, common: &Common) -> Exit {
    let done = match &args.command {
        Command::List(args) => list::run(args, common),
        Command::Show(args) => show::run(args, common),
        Command::Plan(args) => plan::run(args, common),
        Command::Approve(args) => approve::run(args, common),
        Command::Run(args) => run::run(args, common),
        Command::Rehearse(args) => run::rehearse(args, common),
        Command::Attach(args) => attach::run(args, common),
        Command::Abort(args) => abort::run(args, common),
        Command::Resolve(args) => resolve::run(args, common),
    };
    done.unwrap_or_else(Refusal::end)
}
