//! `warroom runbook show`.

use super::{
    json,
    shelf::{Judged, Shelf, reviews},
    show_run,
};
use crate::{
    cli::{Common, Exit, output, refusal::Refusal},
    domain::{
        checklist::Requirement,
        runbook::{
            Failing, Order, Runbook, Step,
            action::{Action, Effect},
            lint,
            parameter::Parameter,
        },
        time::Timestamp,
    },
};

/// Arguments of `warroom runbook show`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 printed, 1 its lint has errors, or what a run kept has changed, 2 there is no such runbook, or the catalog cannot be read."
)]
pub struct Args {
    /// The runbook, by the stem of its file; or a run, such as run-5k2w8q0v3n.
    #[arg(value_name = "RUNBOOK")]
    runbook: String,
    /// Print JSON; `docs/json.md` tells its shape.
    #[arg(long)]
    json: bool,
}

/// Prints.
pub(super) fn run(args: &Args, common: &Common) -> Result<Exit, Refusal> {
    let shelf = Shelf::open(common)?;
    if args.runbook.starts_with("run-") && !shelf.loaded.catalog.runbooks.contains_key(&args.runbook) {
        return show_run::show(&args.runbook, args.json, common);
    }
    let one = shelf.one(&args.runbook)?;
    let text = if args.json { output::json(&json::whole(&one, shelf.now)) } else { text(&one, shelf.now) };
    output::print(&text);
    Ok(if one.is_broken() { Exit::No } else { Exit::Ok })
}

fn text(one: &Judged<'_>, now: Timestamp) -> String {
    let runbook = one.runbook;
    let mut text = String::new();
    output::line(&mut text, format_args!("{}  {}", runbook.name, runbook.title));
    head(one, now, &mut text);
    reviews(one.owed.iter().copied(), now, "", &mut text);
    if !runbook.parameters.is_empty() {
        text.push_str("\nParameters\n");
    }
    runbook.parameters.iter().for_each(|one| parameter(one, &mut text));
    let parts = [
        ("Before: what must hold", &runbook.before),
        ("Keep: what is kept of the failed version", &runbook.keep),
        ("Steps", &runbook.steps),
        ("Validation: what must hold afterwards", &runbook.validation),
    ];
    for (title, steps) in parts.iter().filter(|(_, steps)| !steps.is_empty()) {
        text.push('\n');
        output::line(&mut text, format_args!("{title}"));
        steps.iter().for_each(|one| step(one, &mut text));
    }
    text.push('\n');
    output::line(&mut text, format_args!("Lint: {}", one.lint()));
    for finding in &one.findings {
        let step = finding.step.as_ref().map_or_else(String::new, |step| format!("{step}: "));
        output::line(&mut text, format_args!("  {:8}  {step}{}", finding.level.word(), finding.words));
        output::line(&mut text, format_args!("            {}", finding.advice));
    }
    text
}

fn head(one: &Judged<'_>, now: Timestamp, text: &mut String) {
    let runbook = one.runbook;
    if let Some(purpose) = &runbook.purpose {
        output::line(text, format_args!("{}", purpose.trim()));
    }
    let or_nobody = |names: &str| if names.is_empty() { "nobody".to_owned() } else { names.to_owned() };
    let rows = [
        ("for", Some(one.scope())),
        ("owner", Some(or_nobody(runbook.owner.as_deref().unwrap_or_default()))),
        ("read by", Some(or_nobody(&runbook.reviewers.join(", ")))),
        ("risk", runbook.risk.map(|risk| format!("at least {}; its steps and its target decide", risk.word()))),
        (
            "budget",
            Some(format!("{}; the time limits of its steps add up to {}", runbook.budget, lint::total(runbook))),
        ),
        ("RTO", runbook.rto.map(|rto| format!("users are served again after {rto}"))),
        ("RPO", runbook.rpo.map(|rpo| format!("at most {rpo} of data are lost"))),
        ("approvals", approvals(runbook)),
        (
            "rehearsed",
            Some(format!("{}; every {} is agreed", one.rehearsed.words(runbook.budget, now), runbook.rehearse)),
        ),
        ("digest", Some(runbook.digest.to_string())),
        ("commit", runbook.commit.clone()),
    ];
    for (name, value) in rows.iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
        output::line(text, format_args!("{name:10} {value}"));
    }
}

fn approvals(runbook: &Runbook) -> Option<String> {
    let all = runbook.approvals.iter().map(|(class, one)| format!("{}: {}", class.word(), needs(one)));
    let all = all.collect::<Vec<_>>().join("; ");
    (!all.is_empty()).then_some(all)
}

fn needs(requirement: &Requirement) -> String {
    let joined = |all: &[Requirement], word: &str| all.iter().map(needs).collect::<Vec<_>>().join(word);
    match requirement {
        Requirement::Role { role, count: 1, .. } => role.clone(),
        Requirement::Role { role, count, .. } => format!("{count} of {role}"),
        Requirement::All(all) => joined(all, " and "),
        Requirement::Any(any) => joined(any, " or "),
    }
}

fn parameter(parameter: &Parameter, text: &mut String) {
    let title = parameter.title.as_ref().map_or_else(String::new, |title| format!("  {title}"));
    let default =
        parameter.default.as_ref().map_or_else(|| "to be given".to_owned(), |value| format!("{value} unless given"));
    output::line(text, format_args!("  {}{title}", parameter.name));
    output::line(text, format_args!("      {}; {default}", parameter.kind.words()));
}

fn step(step: &Step, text: &mut String) {
    let title = if step.title == step.id { String::new() } else { format!("  {}", step.title) };
    output::line(text, format_args!("  {}{title}", step.id));
    output::line(text, format_args!("      {}", step.action.words()));
    if let Some(each) = &step.each {
        let order = if each.order == Order::Reverse { "who calls first" } else { "who is called first" };
        let services =
            if each.services.is_empty() { "each service of the release".to_owned() } else { each.services.join(", ") };
        output::line(text, format_args!("      for {services}; {order}"));
    }
    if step.effect() == Effect::Write {
        output::line(text, format_args!("      undo: {}", undo(step)));
    }
    if let Some(probe) = &step.probe {
        output::line(text, format_args!("      probe: {}", probe.words()));
    }
    let mut limits = vec![format!("at most {}", step.timeout)];
    if step.attempts > 1 {
        limits.push(format!("{} attempts", step.attempts));
    }
    if step.effect() == Effect::Write {
        limits.push(if step.idempotent { "may be done twice" } else { "never done twice" }.to_owned());
    }
    if step.cancellable {
        limits.push(format!("may be ended, with {} to end by itself", step.grace));
    }
    if step.failing == Failing::GoOn {
        limits.push("the run goes on when it fails".to_owned());
    }
    output::line(text, format_args!("      {}", limits.join("; ")));
}

fn undo(step: &Step) -> String {
    match (&step.undo, &step.action) {
        (Some(undo), _) => undo.words(),
        (None, Action::Rollout(_) | Action::Kubernetes(_)) => "what is there before: the plan says".to_owned(),
        (None, Action::Manual(_)) => "NONE: only a person could".to_owned(),
        (None, Action::Runbook(_)) => "as the other runbook says".to_owned(),
        (None, Action::Notify(_)) => "nothing: a message stays said".to_owned(),
        (None, _) => "NONE: it cannot be taken back".to_owned(),
    }
}
