//! Arguments in, exit code out; nothing else.

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    warroom::sources::http::install_crypto();
    warroom::cli::run(&warroom::cli::Arguments::parse()).into()
}
