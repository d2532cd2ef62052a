//! `warroom runbook list`.

use std::fmt::Write as _;

use crate::cli::{Common, Exit, load, output};

/// Arguments of `warroom runbook list`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Prints.
pub(super) fn run(_: &Args, common: &Common) -> Exit {
    let loaded = match load::load(common) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let lines = loaded.catalog.runbooks.values().fold(String::new(), |mut lines, runbook| {
        let _ = writeln!(lines, "{}  {}", runbook.name, runbook.title);
        lines
    });
    output::print(&lines);
    Exit::Ok
}
