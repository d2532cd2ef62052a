//! `warroom ledger`: the record of what people and warroom did.

mod checkpoint;
mod export;
mod given;
mod show;
mod verify;

use std::{fs, io, path::PathBuf};

use clap::Subcommand;

use super::{Common, Exit, load, output, refusal::Refusal};
use crate::{
    clock::Clock,
    config::Loaded,
    domain::ledger::signers::Signers,
    ledger::{open, store::Store},
};

/// Arguments of `warroom ledger`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do with the ledger.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Print events.
    Show(show::Args),
    /// Prove that no event was changed, moved, taken out or put in, and that signatures are what they say.
    Verify(verify::Args),
    /// Write events for others to keep or to verify.
    Export(export::Args),
    /// Print what proves later that the end was not cut off and nothing was written anew: keep it elsewhere.
    Checkpoint(checkpoint::Args),
}

/// Runs it.
#[must_use]
pub fn run(args: &Args, common: &Common) -> Exit {
    let loaded = match load::load(common) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let done = match &args.command {
        Command::Show(args) => show::run(args, &loaded),
        Command::Verify(args) => verify::run(args, &loaded),
        Command::Export(args) => export::run(args, &loaded),
        Command::Checkpoint(args) if args.record && common.read_only => {
            Err(Refusal::usage("--read-only: nothing is recorded"))
        }
        Command::Checkpoint(args) => checkpoint::run(args, &loaded),
    };
    done.unwrap_or_else(Refusal::end)
}

/// The ledger of the settings, to be read.
fn reader(loaded: &Loaded) -> Result<Box<dyn Store>, Refusal> {
    open::open_to_read(&loaded.settings.ledger, Clock::real()).map_err(Refusal::usage)
}

/// The catalog's `allowed_signers`; absent where there is none. Lines that are not used are told.
fn signers(loaded: &Loaded) -> Result<Option<Signers>, Refusal> {
    let Some(path) = loaded.catalog_dir.as_ref().map(|directory| directory.join("allowed_signers")) else {
        return Ok(None);
    };
    signers_in(&path, true)
}

/// Who may sign by the file `path`. One that is not there is absent where it `may_lack`, and an error otherwise.
fn signers_in(path: &std::path::Path, may_lack: bool) -> Result<Option<Signers>, Refusal> {
    match fs::read_to_string(path) {
        Ok(text) => {
            let (signers, bad) = Signers::read(&text);
            for line in &bad {
                output::complain(&format!("warroom: {line}"));
            }
            Ok(Some(signers))
        }
        Err(error) if may_lack && error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(cannot_read(path, &error)),
    }
}

fn cannot_read(path: &std::path::Path, error: &io::Error) -> Refusal {
    Refusal::usage(format!("{} cannot be read: {error}", path.display()))
}

/// Where something is written: the file `path`, or standard output.
fn destination(path: Option<&PathBuf>) -> Result<Box<dyn io::Write>, Refusal> {
    let Some(path) = path else { return Ok(Box::new(io::BufWriter::new(io::stdout().lock()))) };
    let file = fs::File::create(path)
        .map_err(|error| Refusal::usage(format!("{} cannot be written: {error}", path.display())))?;
    Ok(Box::new(io::BufWriter::new(file)))
}
