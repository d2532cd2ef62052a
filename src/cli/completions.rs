//! `warroom completions SHELL`.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{Arguments, Exit, output};

/// Arguments of `warroom completions`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell.
    #[arg(value_enum)]
    pub shell: Shell,
}

/// Prints the completions of a shell.
#[must_use]
pub fn run(args: &Args) -> Exit {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Arguments::command(), "warroom", &mut text);
    output::print_generated(&text);
    Exit::Ok
}
