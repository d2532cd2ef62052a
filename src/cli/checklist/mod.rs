//! `warroom checklist`: how a release stands, and what people say to its items.

mod json;
mod list;
mod say;
mod show;
mod text;

use clap::Subcommand;

use super::{Common, Exit, refusal::Refusal};

/// Arguments of `warroom checklist`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do with a checklist.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print how a release stands. No source is asked.
    Show(show::Args),
    /// Look once at every automatic item, and print how the release stands then.
    Run(show::RunArgs),
    /// Say that an item holds.
    Tick(say::TickArgs),
    /// Open an item again that was ticked.
    Untick(say::UntickArgs),
    /// Add words to an item, or to the release.
    Note(say::NoteArgs),
}

/// Runs it.
#[must_use]
pub fn run(args: &Args, common: &Common) -> Exit {
    let done = match &args.command {
        Command::Show(args) => show::show(args, common),
        Command::Run(args) => show::run(args, common),
        Command::Tick(args) => say::tick(args, common),
        Command::Untick(args) => say::untick(args, common),
        Command::Note(args) => say::note(args, common),
    };
    done.unwrap_or_else(Refusal::end)
}
