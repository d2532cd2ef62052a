//! `warroom runbook list`.

use serde_json::json;

use super::shelf::{Judged, Shelf, reviews};
use crate::cli::{Common, Exit, output, refusal::Refusal};

/// Arguments of `warroom runbook list`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 printed, 1 the lint of one has errors, 2 the catalog cannot be read.")]
pub struct Args {
    /// Only those that are for this service.
    #[arg(long, value_name = "SERVICE")]
    service: Option<String>,
    /// Only those that are for this environment.
    #[arg(long, value_name = "ENVIRONMENT")]
    environment: Option<String>,
    /// Print JSON; `docs/json.md` tells its shape.
    #[arg(long)]
    json: bool,
}

/// Prints.
pub(super) fn run(args: &Args, common: &Common) -> Result<Exit, Refusal> {
    let shelf = Shelf::open(common)?;
    let names = |list: &[String], name: Option<&String>| name.is_none_or(|name| list.is_empty() || list.contains(name));
    let wanted: Vec<Judged<'_>> = shelf
        .all()
        .filter(|one| names(&one.runbook.services, args.service.as_ref()))
        .filter(|one| names(&one.runbook.environments, args.environment.as_ref()))
        .collect();
    if args.json {
        let runbooks: Vec<_> = wanted.iter().map(|one| super::json::summary(one, shelf.now)).collect();
        output::print(&output::json(&json!({ "version": 1, "at": shelf.now, "runbooks": runbooks })));
    } else if wanted.is_empty() {
        output::complain("warroom: the catalog has no such runbook; they are files: write runbooks/NAME.toml");
    } else {
        output::print(&wanted.iter().fold(String::new(), |mut text, one| {
            line(one, &shelf, &mut text);
            text
        }));
    }
    Ok(if wanted.iter().any(Judged::is_broken) { Exit::No } else { Exit::Ok })
}

fn line(one: &Judged<'_>, shelf: &Shelf, text: &mut String) {
    let runbook = one.runbook;
    output::line(text, format_args!("{}  {}", runbook.name, runbook.title));
    let mut about = vec![one.scope()];
    about.extend(runbook.risk.map(|risk| format!("risk at least {}", risk.word())));
    about.push(runbook.owner.as_ref().map_or_else(|| "no owner".to_owned(), |owner| format!("owner {owner}")));
    about.push(format!("budget {}", runbook.budget));
    about.push(one.rehearsed.words(runbook.budget, shelf.now));
    about.push(format!("lint: {}", one.lint()));
    output::line(text, format_args!("    {}", about.join("; ")));
    reviews(one.owed.iter().copied(), shelf.now, "    ", text);
}
