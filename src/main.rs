//! Arguments in, exit code out; nothing else.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    warroom::sources::http::install_crypto();
    let given: Vec<_> = std::env::args_os().collect();
    if let Some(exit) = warroom::cli::hidden::run(&given) {
        return exit.into();
    }
    warroom::cli::run(&warroom::cli::Arguments::parse()).into()
}
