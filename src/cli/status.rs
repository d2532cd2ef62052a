//! `warroom status`.

use super::{Common, Exit, output};

/// Arguments of `warroom status`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs it.
#[must_use]
pub fn run(_args: &Args, _common: &Common) -> Exit {
    output::complain("`warroom status` is not there yet");
    Exit::Usage
}
