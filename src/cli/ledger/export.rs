//! `warroom ledger export`.

use std::{io::Write, path::PathBuf};

use super::{Refusal, destination, reader};
use crate::{cli::Exit, config::Loaded, ledger::export::lines};

/// Arguments of `warroom ledger export`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 written, 2 the ledger cannot be read or the export not written.")]
pub struct Args {
    /// The file to write; standard output when left out.
    #[arg(long, short, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    output: Option<PathBuf>,
}

/// Writes.
pub(super) fn run(args: &Args, loaded: &Loaded) -> Result<Exit, Refusal> {
    let mut store = reader(loaded)?;
    let mut to = destination(args.output.as_ref())?;
    let mut seq = 0;
    loop {
        let events = store.after(seq, 2_048).map_err(Refusal::usage)?;
        let Some(last) = events.last() else { break };
        seq = last.seq;
        for stored in &events {
            to.write_all(&lines::line(stored)).map_err(not_written)?;
        }
    }
    to.flush().map_err(not_written)?;
    Ok(Exit::Ok)
}

fn not_written(error: std::io::Error) -> Refusal {
    Refusal::usage(format!("the export was not written to its end: {error}"))
}
