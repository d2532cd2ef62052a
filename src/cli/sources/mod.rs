//! `warroom sources`: connections to outside systems.

mod check;
mod checked;
mod decode;
mod list;

use std::{
    io::{self, Write},
    path::PathBuf,
};

use clap::Subcommand;

pub use self::{
    check::{check, round},
    checked::{Checked, CheckedFeed, State, of_round},
    decode::decode,
    list::list,
};
use super::{Common, Exit, load};

/// Arguments of `warroom sources`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do with sources.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Kinds of sources that there are, and those that are configured.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Ask each feed of each configured source once.
    #[command(
        after_help = "Exit codes: 0 all answered, 1 some failed, 2 none configured or bad configuration, 3 some answered in part."
    )]
    Check {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Read saved answers of an API and print what they say, as a JSON array.
    Decode {
        /// What reads them; `warroom sources list` names them all.
        #[arg(value_name = "KIND")]
        decoder: String,
        /// Saved answers, JSON or YAML; `-` is standard input. All files are read together.
        #[arg(value_name = "FILE", required = true, value_hint = clap::ValueHint::FilePath)]
        files: Vec<PathBuf>,
    },
}

/// Runs it.
#[must_use]
pub fn run(args: &Args, common: &Common) -> Exit {
    let (out, complaints): (&mut dyn Write, &mut dyn Write) = (&mut io::stdout().lock(), &mut io::stderr().lock());
    match &args.command {
        Command::Decode { decoder, files } => decode(decoder, files, &mut io::stdin().lock(), out, complaints),
        Command::List { json } => match load::load(common) {
            Ok(loaded) => list(&loaded.settings.sources, *json, out),
            Err(exit) => exit,
        },
        Command::Check { json } => match load::load(common) {
            Ok(loaded) if loaded.settings.sources.is_empty() => {
                let _ = writeln!(
                    complaints,
                    "no sources are configured: write a [[source]] into config.toml (see `warroom sources list`), or try --prometheus URL"
                );
                Exit::Usage
            }
            Ok(loaded) => match round(&loaded) {
                Ok(round) => check(&of_round(&round), *json, out),
                Err(error) => {
                    let _ = writeln!(complaints, "{error}");
                    Exit::Usage
                }
            },
            Err(exit) => exit,
        },
    }
}
