//! `warroom runbook run` and `rehearse`.

use std::{
    fs, io,
    io::Read as _,
    path::{Path, PathBuf},
};

use super::{
    follow::{Form, follow},
    glass, plan,
    station::Station,
};
use crate::{
    cli::{Common, Exit, readiness::record, refusal::Refusal},
    clock::Clock,
    domain::{
        ledger::hash::Hash,
        plan::{Mode, Plan},
        runbook::risk::Risk,
    },
    runbook::start::{Confirmed, begin},
};

/// How a run ended, in numbers.
pub(super) const CODES: &str = "Exit codes: 0 verified, 1 not verified, failed, aborted or refused, 2 asked wrongly: nothing was done, 3 it waits for a person, or nobody knows.";

/// How many digits of the hash are enough.
const DIGITS: usize = 8;

/// The largest plan that is read, in bytes.
const LARGEST: u64 = 1024 * 1024;

/// Arguments of `warroom runbook run`.
#[derive(Debug, clap::Args)]
#[command(after_help = CODES)]
pub struct Args {
    /// The plan, as `warroom runbook plan --json` printed it; `-` is standard input.
    #[arg(value_name = "PLANFILE")]
    plan: PathBuf,
    /// The hash of the plan that was looked at, or at least its first 8 digits.
    #[arg(long, value_name = "HASH", required_unless_present = "phrase")]
    confirm: Option<String>,
    /// What the plan asks to be typed: `rollback SERVICE ENVIRONMENT to VERSION`.
    #[arg(long, value_name = "TEXT")]
    phrase: Option<String>,
    /// Why. From risk R2 on it must be said.
    #[arg(long, value_name = "TEXT")]
    pub(super) reason: Option<String>,
    /// The incident that it is for.
    #[arg(long, value_name = "ID")]
    pub(super) incident: Option<String>,
    /// Take over the leases of this run, which can do nothing more then.
    #[arg(long, value_name = "RUN")]
    take_over: Option<String>,
    /// Without the approvals that it needs: signed with your key, with a reason and an incident. Everybody who is skipped is
    /// named, and a review is owed until somebody closes it.
    #[arg(long, requires = "reason", requires = "incident")]
    break_glass: bool,
    /// The role in which you break the glass; needed when several of yours may approve.
    #[arg(long, value_name = "ROLE", requires = "break_glass")]
    pub(super) role: Option<String>,
    /// How it is followed.
    #[command(flatten)]
    form: Form,
}

/// Arguments of `warroom runbook rehearse`.
#[derive(Debug, clap::Args)]
#[command(after_help = CODES)]
pub struct RehearseArgs {
    /// The plan, as `warroom runbook plan --json` printed it; `-` is standard input.
    #[arg(value_name = "PLANFILE")]
    plan: PathBuf,
    /// How it is followed.
    #[command(flatten)]
    form: Form,
}

pub(super) fn run(args: &Args, common: &Common) -> Result<Exit, Refusal> {
    record::allowed(common)?;
    let plan = read(&args.plan)?;
    confirmed(&plan, args)?;
    let station = Station::open(common)?;
    let mut plan = again(&plan, &station)?;
    if args.break_glass {
        glass::broken(&plan, args, &station.loaded)?;
        // A key that has to be touched takes its time.
        plan = again(&plan, &station)?;
    }
    let confirmed = Confirmed {
        plan,
        reason: args.reason.clone(),
        incident: args.incident.clone(),
        take_over: args.take_over.clone(),
        break_glass: args.break_glass,
        // A way back does not wait for a look at everything.
        computed: None,
    };
    start(&station, confirmed, args.form)
}

pub(super) fn rehearse(args: &RehearseArgs, common: &Common) -> Result<Exit, Refusal> {
    record::allowed(common)?;
    let plan = Plan { mode: Mode::Rehearsal, ..read(&args.plan)? };
    let station = Station::open(common)?;
    let plan = again(&plan, &station).map_err(|refusal| {
        let told = format!("{}\nnothing was rehearsed: a rehearsal counts only for what would be done", refusal.told);
        Refusal { told, ..refusal }
    })?;
    let confirmed =
        Confirmed { plan, reason: None, incident: None, take_over: None, break_glass: false, computed: None };
    start(&station, confirmed, args.form)
}

fn start(station: &Station<'_>, confirmed: Confirmed, form: Form) -> Result<Exit, Refusal> {
    let (settings, catalog) = (&station.loaded.settings.ledger, &station.loaded.catalog);
    let (journal, id) = begin(settings, catalog, confirmed, Clock::real())?;
    let worker = station.worker(&id, false)?;
    follow(station, journal, &id, Some(worker), form)
}

/// The plan of the file, made again: what a file says of its risk and of who must approve it is not believed.
fn again(plan: &Plan, station: &Station<'_>) -> Result<Plan, Refusal> {
    let Some(runbook) = station.loaded.catalog.runbooks.get(&plan.runbook.name) else {
        return Err(Refusal::no(plan.void(&format!("the catalog has no runbook {}", plan.runbook.name))));
    };
    let made = plan::made(runbook, &plan.asked(), &station.loaded).map_err(|refusal| match refusal.exit {
        Exit::Unknown => {
            Refusal::unknown(format!("nobody can say whether the plan still holds, so it is not run: {}", refusal.told))
        }
        _ => Refusal::no(plan.void(&refusal.told)),
    })?;
    match plan.mode {
        Mode::Real => plan.holds(&made.plan),
        // Who must approve it, and how grave it is, is another thing where nothing is changed.
        Mode::Rehearsal => {
            let Plan { risk, because, needs, .. } = made.plan.clone();
            Plan { risk, because, needs, ..plan.clone() }.holds(&made.plan)
        }
    }
    .map_err(Refusal::no)?;
    Ok(made.plan)
}

/// Whether somebody looked at this very plan.
fn confirmed(plan: &Plan, args: &Args) -> Result<(), Refusal> {
    let hash = hash(plan)?;
    if let Some(given) = &args.confirm {
        if given.len() < DIGITS {
            return Err(Refusal::usage(format!("--confirm needs at least {DIGITS} digits of the hash of the plan")));
        }
        if !hash.to_string().starts_with(&given.to_lowercase()) {
            let told = format!("the hash of this plan is {hash}, not {given}: look at the plan again");
            return Err(Refusal::usage(told));
        }
    }
    if let Some(phrase) = args.phrase.as_ref().filter(|phrase| **phrase != plan.phrase()) {
        let told = format!("this plan asks for {:?}, not {phrase:?}: look at the plan again", plan.phrase());
        return Err(Refusal::usage(told));
    }
    if plan.mode == Mode::Real && plan.risk >= Risk::R2 && args.reason.as_ref().is_none_or(|why| why.trim().is_empty())
    {
        return Err(Refusal::usage(format!("it is {}: say why with --reason", plan.risk.word())));
    }
    Ok(())
}

fn hash(plan: &Plan) -> Result<Hash, Refusal> {
    plan.hash().map_err(|why| Refusal::usage(format!("the plan cannot be recorded: {why}")))
}

fn read(path: &Path) -> Result<Plan, Refusal> {
    let failed = |error: io::Error| Refusal::usage(format!("{} cannot be read: {error}", path.display()));
    let mut text = String::new();
    if path == Path::new("-") {
        io::stdin().lock().take(LARGEST).read_to_string(&mut text).map_err(failed)?;
    } else {
        fs::File::open(path).map_err(failed)?.take(LARGEST).read_to_string(&mut text).map_err(failed)?;
    }
    let plan: Plan = serde_json::from_str(&text).map_err(|error| {
        Refusal::usage(format!("{} is no plan: {error}; `warroom runbook plan --json` makes one", path.display()))
    })?;
    plan.fit().map_err(|why| Refusal::usage(format!("{}: {why}", path.display())))?;
    Ok(plan)
}
