//! A plan as text for people: what it is, why it asks for what it asks, and what exactly would be done.

use std::fmt::Write as _;

use crate::domain::{
    checklist::Requirement,
    clean::clean,
    plan::{
        Mode, Plan, Planned,
        request::{HttpRequest, Patch, PatchForm, Request},
        resolve::Made,
    },
    run::runs::Runs,
    runbook::{
        Part,
        action::{Effect, Value},
        rehearsal::Rehearsed,
    },
    secret::SecretRef,
    time::{Span, Timestamp},
};

/// How many characters of a body are shown.
const MOST: usize = 600;

/// A plan, and what is told with it.
pub(super) struct Shown<'a> {
    pub(super) made: &'a Made,
    pub(super) runs: Option<&'a Runs>,
    /// What the lint of the runbook says; `None` where only the plan is known.
    pub(super) lint: Option<String>,
    pub(super) now: Timestamp,
}

pub(super) fn write(shown: &Shown<'_>) -> String {
    let plan = &shown.made.plan;
    let mut text = String::new();
    head(shown, &mut text);
    for (part, name) in [(Part::Before, "Before"), (Part::Steps, "Steps"), (Part::Validation, "Validation")] {
        let steps: Vec<_> = plan.steps.iter().enumerate().filter(|(_, step)| step.part == part).collect();
        if !steps.is_empty() {
            let _ = writeln!(text, "\n{name}");
        }
        for (index, step) in steps {
            self::step(index + 1, step, &mut text);
        }
    }
    if !plan.keep.is_empty() {
        let _ = writeln!(text, "\nKept before the first write, beside objects, series and alerts");
    }
    for step in &plan.keep {
        let _ = writeln!(text, "    {}  {}  [{}, reads]", clean(&step.id), clean(&step.title), step.kind);
        request(&step.request, &mut |name: &str, words: &str| {
            let _ = writeln!(text, "      {name:8} {}", clean(words));
        });
    }
    list("Not known", &not_known(shown), &mut text);
    let for_good: Vec<_> = plan
        .for_good()
        .filter(|step| !matches!(step.request, Request::Notify { .. }))
        .map(|step| format!("{}: {}", step.id, step.title))
        .collect();
    list("Cannot be undone", &for_good, &mut text);
    text
}

fn head(shown: &Shown<'_>, text: &mut String) {
    let (plan, hash) = (&shown.made.plan, &shown.made.hash);
    let rehearsal = if plan.mode == Mode::Rehearsal { "REHEARSAL: nothing is changed. " } else { "" };
    let _ = writeln!(text, "{rehearsal}{}: {}", clean(&plan.runbook.name), clean(&plan.runbook.title));
    let mut row = |name: &str, words: &str| {
        let _ = writeln!(text, "  {name:10} {}", clean(words));
    };
    let target = &plan.target;
    let production = if target.production { " (PRODUCTION)" } else { "" };
    let release = target.release.as_ref().map_or_else(|| "no release".to_owned(), |id| format!("release {id}"));
    row("plan", &hash.to_string());
    row(
        "for",
        &format!("{} in {}{production}, {release}, class {}", target.service, target.environment, plan.class.word()),
    );
    row("version", &versions(plan));
    if target.services.len() > 1 {
        row("services", &target.services.join(", "));
    }
    row("risk", &format!("{}: {}", plan.risk.word(), plan.because));
    row("to type", &plan.phrase());
    row("approval", &plan.needs.as_ref().map_or_else(|| "of nobody else".to_owned(), needed));
    row("budget", &budget(plan));
    if let Some(window) = plan.window {
        row("window", &format!("{} to {}", at(window.start), at(window.end)));
    }
    let commit = plan.runbook.commit.as_deref().map_or_else(String::new, |commit| format!(", commit {commit}"));
    row("runbook", &format!("{}{commit}", plan.runbook.digest));
    row("owner", plan.runbook.owner.as_deref().unwrap_or("nobody: nobody can be called when it is stuck"));
    row("rehearsed", &rehearsed(shown));
    if let Some(lint) = &shown.lint {
        row("lint", lint);
    }
    for (name, value) in &plan.parameters {
        row("with", &format!("{name} = {value}"));
    }
}

fn versions(plan: &Plan) -> String {
    let from = plan.target.from.as_deref().unwrap_or("not known");
    plan.target.to.as_ref().map_or_else(|| format!("{from}, and stays"), |to| format!("{from}, and {to} afterwards"))
}

/// Who must approve: `2 of sre and (1 of product or 1 of security)`.
pub(super) fn needed(requirement: &Requirement) -> String {
    let joined = |parts: &[Requirement], word: &str| {
        let parts: Vec<_> = parts
            .iter()
            .map(|part| match part {
                Requirement::Role { .. } => needed(part),
                _ => format!("({})", needed(part)),
            })
            .collect();
        if parts.is_empty() {
            "nobody has a role that may: only breaking the glass is left".to_owned()
        } else {
            parts.join(word)
        }
    };
    match requirement {
        Requirement::Role { role, count, not_author } => {
            format!("{} of {role}{}", (*count).max(1), if *not_author { ", not the release's owner" } else { "" })
        }
        Requirement::All(parts) => joined(parts, " and "),
        Requirement::Any(parts) => joined(parts, " or "),
    }
}

fn limits(plan: &Plan) -> Span {
    let all = plan.steps.iter().filter(|step| !matches!(step.request, Request::Nothing { .. }));
    let millis = all.map(|step| step.timeout.millis().saturating_mul(u64::from(step.attempts.max(1))));
    Span::from_millis(millis.fold(0, u64::saturating_add))
}

fn budget(plan: &Plan) -> String {
    let limits = limits(plan);
    let words = format!("{}; the limits of all steps together are {limits}", plan.budget);
    if limits > plan.budget { format!("{words}: MORE than the budget") } else { words }
}

fn rehearsed(shown: &Shown<'_>) -> String {
    let (plan, environment) = (&shown.made.plan, &shown.made.plan.target.environment);
    let in_place = |environment| Rehearsed::of(plan.runbook.digest, environment, shown.runs);
    let words = |rehearsed: Rehearsed| rehearsed.words(plan.budget, shown.now);
    match (in_place(Some(environment.as_str())), in_place(None)) {
        (here @ Rehearsed::Done { .. }, _) => format!("{}, in {environment}", words(here)),
        (_, elsewhere @ Rehearsed::Done { .. }) => format!("{}, in another environment", words(elsewhere)),
        (_, unknown_or_never) => words(unknown_or_never),
    }
}

fn not_known(shown: &Shown<'_>) -> Vec<String> {
    let plan = &shown.made.plan;
    let mut lines = shown.made.unknown.clone();
    if plan.target.from.is_none() {
        lines.push(format!("which version of {} runs", plan.target.service));
    }
    if shown.runs.is_none() {
        lines.push("whether somebody else acts on it now: there is no ledger to read".to_owned());
    }
    if !plan.steps.iter().any(|step| step.part == Part::Validation) {
        lines.push("whether it will have helped: the runbook has no validation".to_owned());
    }
    lines
}

fn list(name: &str, lines: &[String], text: &mut String) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{name}");
    for line in lines {
        let _ = writeln!(text, "  {}", clean(line));
    }
}

fn step(number: usize, step: &Planned, text: &mut String) {
    let effect = if step.effect == Effect::Write { "WRITES" } else { "reads" };
    let _ = writeln!(text, "{number:3} {}  {}  [{}, {effect}]", clean(&step.id), clean(&step.title), step.kind);
    let mut row = |name: &str, words: &str| {
        let _ = writeln!(text, "      {name:8} {}", clean(words));
    };
    request(&step.request, &mut row);
    let attempts = if step.attempts > 1 { format!(", up to {} attempts", step.attempts) } else { String::new() };
    let again = if step.idempotent { "" } else { ", never done twice" };
    if !matches!(step.request, Request::Nothing { .. }) {
        row("limit", &format!("{}{attempts}{again}", step.timeout));
    }
    if step.effect == Effect::Write {
        match &step.undo {
            Some(undo) => {
                row("undo", &undo.words());
                if let Request::Kubernetes(patch) = undo {
                    patch.diff.iter().for_each(|line| row("", line));
                }
            }
            None => row("undo", "NONE"),
        }
    }
    step.notes.iter().for_each(|note| row("note", note));
}

fn request(request: &Request, row: &mut impl FnMut(&str, &str)) {
    match request {
        Request::Kubernetes(patch) => self::patch(patch, row),
        Request::Http(request) => http(request, row),
        Request::Notify { request, required } => {
            row("", if *required { "must go through" } else { "the run does not wait for it" });
            http(request, row);
        }
        Request::Command(command) => {
            row("run", &format!("{:?}", command.argv));
            for (name, value) in &command.environment {
                row("with", &format!("{name}={}", told(value)));
            }
            if let Some(rehearsal) = &command.rehearsal {
                row("rehearse", &format!("{rehearsal:?}"));
            }
        }
        Request::WaitMetric(wait) => {
            row(
                "wait",
                &format!(
                    "{} {} for {}, asked of {} every {}",
                    wait.query, wait.must, wait.hold, wait.source, wait.every
                ),
            );
        }
        Request::Manual { instruction, who, evidence } => {
            row("do", instruction);
            row("who", who.as_deref().unwrap_or("whoever runs it"));
            if *evidence {
                row("", "how it went has to be written down");
            }
        }
        Request::Check(_) | Request::Nothing { .. } => row("", &request.words()),
    }
}

fn patch(patch: &Patch, row: &mut impl FnMut(&str, &str)) {
    let form = match patch.form {
        PatchForm::Merge => "merge patch",
        PatchForm::Json => "JSON patch",
    };
    row("patch", &format!("{} in {}: {form} of {}", patch.name, patch.source, patch.path));
    row("body", &shortened(&patch.body));
    patch.diff.iter().for_each(|line| row("", line));
    let facts: Vec<_> = patch.observed.facts.iter().map(|(name, value)| format!("{name} {value}")).collect();
    row("seen", &format!("generation {}, uid {}; {}", patch.observed.generation, patch.observed.uid, facts.join(", ")));
    let until: Vec<_> = patch.until.iter().map(|(path, must)| format!("{path} {must}")).collect();
    row(
        "until",
        if until.is_empty() { "it was accepted; nothing more can be read back".to_owned() } else { until.join(", ") }
            .as_str(),
    );
}

fn http(request: &HttpRequest, row: &mut impl FnMut(&str, &str)) {
    row("send", &format!("{} {}", request.method, request.url));
    for (name, value) in &request.headers {
        row("header", &format!("{name}: {}", told(value)));
    }
    if let Some(body) = &request.body {
        row("body", &shortened(body));
    }
    if let Some(rehearsal) = &request.rehearsal_url {
        row("rehearse", rehearsal);
    }
}

/// A value; of a secret only where it comes from.
fn told(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Secret(SecretRef::Env(name)) => format!("(secret, from the variable {name})"),
        Value::Secret(SecretRef::File(path)) => format!("(secret, from the file {})", path.display()),
        Value::Secret(SecretRef::Command(argv)) => {
            format!("(secret, from the program {})", argv.first().map_or("", String::as_str))
        }
    }
}

fn shortened(text: &str) -> String {
    let short: String = text.chars().take(MOST).collect();
    if short.len() < text.len() { format!("{short}… ({} bytes; --json has all)", text.len()) } else { short }
}

fn at(time: Timestamp) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}
