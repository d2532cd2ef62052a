//! `warroom runbook attach`.

use super::{
    follow::{Form, follow},
    run::CODES,
    station::Station,
};
use crate::{
    cli::{Common, Exit, readiness::record, refusal::Refusal},
    clock::Clock,
    runbook::process::{Alive, alive},
};

/// Arguments of `warroom runbook attach`.
#[derive(Debug, clap::Args)]
#[command(after_help = CODES)]
pub struct Args {
    /// The run; the newest that is not over when left out.
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// Pick it up when its worker is gone. A worker of another machine is taken for gone: be sure that it is.
    #[arg(long)]
    recover: bool,
    /// How it is followed.
    #[command(flatten)]
    form: Form,
}

pub(super) fn run(args: &Args, common: &Common) -> Result<Exit, Refusal> {
    let station = Station::open(common)?;
    let journal = station.reader()?;
    let newest = || journal.runs().newest().into_iter().find(|run| !run.is_over()).map(|run| run.id.clone());
    let id = args.run.clone().or_else(newest).ok_or_else(|| Refusal::no("no run goes on"))?;
    let run = journal.run(&id).map_err(Refusal::usage)?.clone();
    let mut worker = None;
    if args.recover && !run.is_over() {
        record::allowed(common)?;
        if run.worker.as_ref().map(alive) == Some(Alive::Yes) {
            return Err(Refusal::no(format!("{id} is worked on: there is nothing to recover")));
        }
        if let Some(age) = run.unbegun(Clock::real().now()) {
            return Err(Refusal::no(format!(
                "{id} was confirmed {0} ago, and nothing of it was begun since: what it was made for may be gone. End it with \
                 `warroom runbook abort {id}`, `warroom runbook attach {id} --recover` and `warroom runbook resolve {id} --end`, \
                 and make the plan again",
                age.age()
            )));
        }
        worker = Some(station.worker(&id, true)?);
    }
    follow(&station, journal, &id, worker, args.form)
}
