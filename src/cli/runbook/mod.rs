//! `warroom runbook`: pre-staged procedures, what they would do, and their runs.

mod approve;
mod json;
mod list;
mod plan;
mod plan_text;
mod shelf;
mod show;

use clap::Subcommand;

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
    /// Print a runbook: its steps with their limits, its parameters, and what its lint says.
    Show(show::Args),
    /// Print what a runbook would do now: exact requests, arguments and patches, the risk, and what is not known.
    Plan(plan::Args),
    /// Approve or deny a plan that somebody asked you to look at, signed with your key; or list what waits.
    Approve(approve::Args),
}

/// Runs it.
#[must_use]
pub fn run(args: &Args, common: &Common) -> Exit {
    let done = match &args.command {
        Command::List(args) => list::run(args, common),
        Command::Show(args) => show::run(args, common),
        Command::Plan(args) => plan::run(args, common),
        Command::Approve(args) => approve::run(args, common),
    };
    done.unwrap_or_else(Refusal::end)
}
