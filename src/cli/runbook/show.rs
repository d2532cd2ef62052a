//! `warroom runbook show`.

use crate::cli::{Common, Exit, load, output, refusal::Refusal};

/// Arguments of `warroom runbook show`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The runbook, by the stem of its file.
    #[arg(value_name = "RUNBOOK")]
    runbook: String,
}

/// Prints.
pub(super) fn run(args: &Args, common: &Common) -> Result<Exit, Refusal> {
    let loaded = match load::load(common) {
        Ok(loaded) => loaded,
        Err(exit) => return Ok(exit),
    };
    let runbook = loaded.catalog.runbooks.get(&args.runbook);
    let runbook = runbook.ok_or_else(|| Refusal::usage(format!("there is no runbook `{}`", args.runbook)))?;
    output::print(&format!("{}  {}\n", runbook.name, runbook.title));
    Ok(Exit::Ok)
}
