//! Commands that warroom gives to itself: the worker of a run, the shim of a program, and the judge of policies. They stand in no help, because nobody
//! should give them.

use std::{ffi::OsString, io, path::PathBuf, sync::Arc};

use clap::{Parser, Subcommand};
use rustix::process::{Resource, Rlimit, setrlimit, setsid};

use super::{Common, Exit, console, load, output};
use crate::{
    clock::Clock,
    ledger::open,
    policy::{
        protocol::{JUDGE, Request},
        rego,
    },
    runbook::{
        place, shim,
        start::WORKER,
        steps::{Tools, command::SHIM},
        worker::{Opener, Order, work},
    },
    sources::connector::Context,
};

#[derive(Debug, Parser)]
#[command(name = "warroom", version)]
struct Arguments {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Work on a run until it is over.
    #[command(name = WORKER)]
    Work {
        run: String,
        /// Take it from a worker of another machine.
        #[arg(long)]
        recover: bool,
        /// The clock of the console that started it, where that is not the computer's.
        #[arg(long)]
        clock: Option<Clock>,
    },
    /// Run the program of an attempt.
    #[command(name = SHIM)]
    Step { directory: PathBuf },
    /// Judge policies.
    #[command(name = JUDGE)]
    Judge,
}

/// Does what `arguments` say, when they are such a command.
#[must_use]
pub fn run(arguments: &[OsString]) -> Option<Exit> {
    let first = arguments.get(1)?;
    if first != WORKER && first != SHIM && first != JUDGE {
        return None;
    }
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            output::complain(&error.to_string());
            return Some(Exit::Usage);
        }
    };
    Some(match &arguments.command {
        Command::Work { run, recover, clock } => {
            worker(run, *recover, clock.unwrap_or_else(Clock::real), &arguments.common)
        }
        Command::Step { directory } => match shim::run(directory) {
            Ok(()) => Exit::Ok,
            Err(_) => Exit::No,
        },
        Command::Judge => judge(),
    })
}

/// The most memory that judging a policy may take, in bytes of its address space.
const MEMORY: u64 = 1024 * 1024 * 1024;

/// Answers one request on standard input.
fn judge() -> Exit {
    let most = Rlimit { current: Some(MEMORY), maximum: Some(MEMORY) };
    if setrlimit(Resource::As, most).is_err() {
        return Exit::Usage;
    }
    let Ok(request) = serde_json::from_reader::<_, Request>(io::stdin().lock()) else { return Exit::Usage };
    match rego::answer(&request, &mut io::stdout().lock()) {
        Ok(()) => Exit::Ok,
        Err(_) => Exit::No,
    }
}

fn worker(run: &str, recover: bool, clock: Clock, common: &Common) -> Exit {
    // No terminal takes it away from here on. Who leads a session already needs no other one.
    let _ = setsid();
    let refuse = |why: &dyn std::fmt::Display| {
        output::complain(&format!("warroom: {run}: {why}"));
        Exit::Usage
    };
    let loaded = match load::load(common) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let settings = loaded.settings.ledger.clone();
    let runs = match place::all(&settings) {
        Ok(runs) => runs,
        Err(error) => return refuse(&error),
    };
    let runtime = match console::runtime() {
        Ok(runtime) => runtime,
        Err(exit) => return exit,
    };
    let open: Opener = Arc::new(move || open::open(&settings, clock));
    let tools = Tools::new(&loaded, Context::new(clock, true));
    let done = work(Order { run, runs, tools, open, recover }, &runtime);
    runtime.shutdown_background();
    match done {
        Ok(_) => Exit::Ok,
        Err(error) => refuse(&error),
    }
}
