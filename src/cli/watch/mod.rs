//! `warroom watch`: the room without a screen, a line for each change. For screen readers, logs and serial consoles.

mod breaker;
mod lines;
mod listen;
mod voice;
mod words;

use std::env;

pub use listen::start;

use super::{Common, Exit, console, load, output};
use crate::{config::Settings, shell::terminal};

/// Arguments of `warroom watch`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without --plain the console opens where the terminal can show it. Lines are chosen by themselves where TERM=dumb, where
standard output is no terminal, and where `accessibility.screen_reader = true` is configured.

A line has the state's word first, then what it is about, then numbers with units, and the time at its end. After a minute without a
change a line says so. Ctrl-C ends it.

Exit codes: 0 nobody reads any more, 2 it cannot run, 128+n after a signal."
)]
pub struct Args {
    /// A line for each change: no screen, no colours, no cursor movement.
    #[arg(long)]
    pub plain: bool,
}

/// Runs it.
#[must_use]
pub fn run(args: &Args, common: &Common) -> Exit {
    if args.plain {
        return open(common, None);
    }
    match terminal::check(env::var("TERM").ok().as_deref()) {
        Ok(()) => console::run(common, &super::wall::Args::default()),
        Err(why) => open(common, Some(&why.short())),
    }
}

/// Watches the configured sources. `why` tells how it came to lines, where nobody asked for them.
#[must_use]
pub fn open(common: &Common, why: Option<&str>) -> Exit {
    let loaded = match load::load(common) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    if loaded.settings.sources.is_empty() {
        output::complain(&super::status::nothing_configured(&loaded.places, "watch --plain"));
        return Exit::Usage;
    }
    listen::start(console::prepare(common, loaded), why)
}

/// Why lines are better here than a screen, where they are: what settings say, or a terminal that cannot show one.
#[must_use]
pub fn better(settings: &Settings, term: Option<&str>) -> Option<&'static str> {
    if settings.accessibility.screen_reader {
        Some("accessibility.screen_reader is true")
    } else if term == Some("dumb") {
        Some("TERM is dumb")
    } else {
        None
    }
}
