//! `warroom runbook plan`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use super::{
    approve,
    plan_text::{self, Shown},
    shelf::Shelf,
};
use crate::{
    cli::{Common, Exit, console, output, readiness::record, refusal::Refusal},
    clock::Clock,
    config::Loaded,
    domain::plan::{
        Mode, Plan,
        compare::differences,
        resolve::{Asked, Made, Refused},
    },
    domain::runbook::Runbook,
    runbook::resolve::Resolver,
    sources::connector::Context,
};

/// Arguments of `warroom runbook plan`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 the plan was made (with --diff: it is the same), 1 the state does not allow it (with --diff: it differs), 2 asked wrongly, 3 what has to be known is not known."
)]
pub struct Args {
    /// The runbook, by the stem of its file.
    #[arg(value_name = "RUNBOOK")]
    runbook: String,
    /// What it is for.
    #[command(flatten)]
    pub(super) aim: Aim,
    /// Print the plan as JSON, as `runbook run` takes it.
    #[arg(long, conflicts_with = "diff")]
    json: bool,
    /// Also write the plan as JSON to this file.
    #[arg(long, short, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    output: Option<PathBuf>,
    /// Ask others to approve it: they answer with `warroom runbook approve`.
    #[arg(long, conflicts_with_all = ["json", "diff", "rehearsal"])]
    request: bool,
    /// Say only what differs from the plan in this file.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    diff: Option<PathBuf>,
}

/// What a runbook is planned for.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Aim {
    /// The release, by its identifier.
    #[arg(long, value_name = "RELEASE")]
    pub(super) release: Option<String>,
    /// The service; needed where the release has several that the runbook is for.
    #[arg(long, value_name = "SERVICE")]
    pub(super) service: Option<String>,
    /// The environment, for what is no declared release.
    #[arg(long, value_name = "ENVIRONMENT")]
    pub(super) environment: Option<String>,
    /// A parameter of the runbook.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = pair)]
    pub(super) set: Vec<(String, String)>,
    /// Replace all effects: nothing is changed.
    #[arg(long)]
    pub(super) rehearsal: bool,
}

impl Aim {
    /// The same as the maker of plans takes it.
    pub(super) fn asked(&self) -> Asked {
        Asked {
            release: self.release.clone(),
            service: self.service.clone(),
            environment: self.environment.clone(),
            parameters: self.set.iter().cloned().collect::<BTreeMap<_, _>>(),
            mode: if self.rehearsal { Mode::Rehearsal } else { Mode::Real },
        }
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Makes the plan of `runbook` by what the clusters say now.
pub(super) fn made(runbook: &Runbook, asked: &Asked, loaded: &Loaded) -> Result<Made, Refusal> {
    let context = Context::new(Clock::real(), true);
    let resolver = Resolver::new(&loaded.settings.sources, &context);
    let runtime = console::runtime().map_err(|exit| Refusal { exit, told: "no plan was made".to_owned() })?;
    let made = runtime.block_on(resolver.resolve(runbook, asked, &loaded.catalog));
    runtime.shutdown_background();
    made.map_err(|refused| match refused {
        Refused::Asked(_) => Refusal::usage(refused),
        Refused::State(_) => Refusal::no(refused),
        Refused::NotKnown(_) => Refusal::unknown(refused),
    })
}

/// Makes it, and prints.
pub(super) fn run(args: &Args, common: &Common) -> Result<Exit, Refusal> {
    if args.request {
        record::allowed(common)?;
    }
    let shelf = Shelf::open(common)?;
    let judged = shelf.one(&args.runbook)?;
    let other = args.diff.as_deref().map(read).transpose()?;
    let made = made(judged.runbook, &args.aim.asked(), &shelf.loaded)?;
    if let Some(path) = &args.output {
        fs::write(path, json(&made.plan)?)
            .map_err(|error| Refusal::usage(format!("{} cannot be written: {error}", path.display())))?;
    }
    if let Some(other) = other {
        let lines = differences(&other, &made.plan);
        if lines.is_empty() {
            output::print(&format!("the same plan: {}", made.hash));
            return Ok(Exit::Ok);
        }
        let lines: Vec<_> = lines.iter().map(|line| crate::domain::clean::clean(line).into_owned()).collect();
        output::print(&format!("another plan: {}\n{}", made.hash, lines.join("\n")));
        return Ok(Exit::No);
    }
    if args.json {
        output::print(&json(&made.plan)?);
        return Ok(Exit::Ok);
    }
    let lint = Some(judged.lint());
    let shown = Shown { made: &made, runs: shelf.runs.as_ref(), lint, now: shelf.now };
    output::print(&plan_text::write(&shown));
    if args.request {
        approve::ask(&made.plan, &shelf)?;
    }
    Ok(Exit::Ok)
}

/// The plan as JSON: exactly what `runbook run` takes.
fn json(plan: &Plan) -> Result<String, Refusal> {
    let value =
        serde_json::to_value(plan).map_err(|error| Refusal::usage(format!("the plan cannot be written: {error}")))?;
    Ok(output::json(&value))
}

/// The plan in the file at `path`.
pub(super) fn read(path: &Path) -> Result<Plan, Refusal> {
    let told = |why: String| Refusal::usage(format!("{} is no plan: {why}", path.display()));
    let bytes = fs::read(path).map_err(|error| told(error.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|error| told(error.to_string()))
}
