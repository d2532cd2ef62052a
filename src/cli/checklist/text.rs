//! How a release stands, as text: words first, so that it can be heard as well as seen.

use super::show::{Shown, word};
use crate::{
    cli::{output, readiness::preview, runbook},
    domain::{
        checklist::state::ItemState,
        readiness::{item::Line, signoff::Signed, standing::Standing},
        run::runs::Runs,
        time::{Span, Timestamp},
    },
};

/// How many notes are printed, the newest last.
const NOTES: usize = 10;

pub(super) fn write(shown: &Shown<'_>) -> String {
    let Shown { room, rules, standing, parts, exit } = shown;
    let progress = &standing.progress;
    let score = progress.score().map_or_else(String::new, |score| format!("; {score} % of the weight holds"));
    let (state, next) = (word(*exit), standing.next.words());
    let mut text = String::new();
    output::line(&mut text, format_args!("{} {state} before {next}: {}{score}", rules.release, counts(standing)));
    let file = room.loaded.catalog.releases.get(rules.release);
    let environment = file.map_or("", |file| file.environment.as_str());
    let owner = rules.author.map_or_else(|| "no owner".to_owned(), |owner| format!("owner {owner}"));
    output::line(&mut text, format_args!("{environment}, class {}, {owner}; goes out: {parts}", rules.class.word()));
    output::line(&mut text, format_args!("checklist {}", preview::checklist(rules)));
    output::line(&mut text, format_args!("subject   {}", standing.subject));
    loud(rules.release, standing, room.now, &mut text);
    let owed = room.reading.runs.iter().flat_map(Runs::owed);
    let owed = owed.filter(|run| run.plan.target.release.as_deref() == Some(rules.release));
    runbook::reviews(owed, room.now, "", &mut text);
    for group in &standing.groups {
        text.push('\n');
        output::line(&mut text, format_args!("{}: {} of {}", group.name, group.progress.passed, group.progress.total));
        for line in &group.lines {
            item(line, &mut text);
        }
    }
    if !standing.signoffs.is_empty() {
        text.push_str("\nSign-offs\n");
    }
    for signed in &standing.signoffs {
        signoff(signed, room.now, &mut text);
    }
    rest(shown, &mut text);
    text
}

fn counts(standing: &Standing) -> String {
    let progress = &standing.progress;
    let parts = [
        (progress.failed, "failed"),
        (progress.unknown, "unknown"),
        (progress.outdated, "outdated"),
        (progress.waiting, "waiting"),
        (progress.waived, "waived"),
    ];
    let parts = parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!(", {count} {word}"));
    format!("{} of {} hold{}", progress.passed, progress.total, parts.collect::<String>())
}

/// What nobody may miss.
fn loud(release: &str, standing: &Standing, now: Timestamp, text: &mut String) {
    for waiver in &standing.waivers {
        output::line(
            text,
            format_args!(
                "WAIVED    {} by {} ({}) for {}: {}",
                waiver.item,
                waiver.principal,
                waiver.role,
                waiver.left.age(),
                waiver.reason
            ),
        );
    }
    if let Some(debt) = &standing.debt {
        output::line(
            text,
            format_args!(
                "REVIEW    owed for {} since this emergency was signed; `warroom decide {release} reviewed --reason TEXT` closes it",
                debt.age.age()
            ),
        );
    }
    if let Some(decided) = &standing.decision {
        let outdated = if decided.outdated { " (OUTDATED: what goes out has changed)" } else { "" };
        let age = Span::between(decided.at, now).age();
        let word = decided.decision.word();
        output::line(
            text,
            format_args!("DECISION  {word}{outdated} by {} {age} ago: {}", decided.principal, decided.reason),
        );
    }
}

fn item(line: &Line, text: &mut String) {
    output::line(text, format_args!("  {:8}  {}  {}", line.state.word(), line.id, line.title));
    let mut about = vec![line.why.clone()];
    if let Some(by) = line.by.as_ref().filter(|by| !by.is_empty()) {
        let signed = if line.signed { " (signed)" } else { "" };
        let age = line.age.map_or_else(String::new, |age| format!(" {} ago", age.age()));
        about.push(format!("by {by}{signed}{age}"));
    }
    if let Some(owner) = &line.owner {
        let people = if line.people.is_empty() { String::new() } else { format!(" ({})", line.people.join(", ")) };
        about.push(format!("owner {owner}{people}"));
    }
    about.push(format!(
        "{}, due before {}",
        if line.mandatory { line.kind.to_owned() } else { format!("{}, advisory", line.kind) },
        line.due.words()
    ));
    output::line(text, format_args!("            {}", about.join("; ")));
}

fn signoff(signed: &Signed, now: Timestamp, text: &mut String) {
    let word = if signed.state == ItemState::Pass { "SIGNED" } else { signed.state.word() };
    output::line(text, format_args!("  {word:8}  {}  {}", signed.id, signed.title));
    let mut about = vec![signed.words()];
    for approval in &signed.approvals {
        let left = approval
            .expires_at
            .map_or_else(String::new, |end| format!(", holds for {}", Span::between(now, end).age()));
        about.push(format!("{} as {}{left}", approval.principal, approval.role));
    }
    about.extend(signed.not_counted.iter().map(|(who, why)| format!("not counted: {who}: {why}")));
    match (signed.requested_at, signed.latency) {
        (Some(_), Some(latency)) if signed.state == ItemState::Pass => {
            about.push(format!("given {} after it was asked for", latency.age()));
        }
        (Some(_), Some(latency)) => about.push(format!("asked for {} ago", latency.age())),
        _ => {}
    }
    about.push(format!("due before {}", signed.due.words()));
    output::line(text, format_args!("            {}", about.join("; ")));
}

fn rest(shown: &Shown<'_>, text: &mut String) {
    let Shown { room, rules, standing, .. } = shown;
    if !standing.risks.is_empty() {
        text.push_str("\nKnown issues and accepted risks\n");
    }
    for (risk, left) in &standing.risks {
        let left =
            left.map_or_else(|| "NOT ACCEPTED ANY MORE".to_owned(), |left| format!("accepted for {}", left.age()));
        output::line(text, format_args!("  {}  {}; owner {}; {left}", risk.kind.word(), risk.title, risk.owner));
    }
    let notes = room.reading.record.said(rules.release).map(|said| &said.notes);
    let notes: Vec<_> = notes.into_iter().flatten().collect();
    if !notes.is_empty() {
        text.push_str("\nNotes\n");
    }
    for note in notes.iter().skip(notes.len().saturating_sub(NOTES)) {
        let about = note.item.as_deref().map_or_else(String::new, |item| format!(" to {item}"));
        let age = Span::between(note.by.at, room.now).age();
        output::line(text, format_args!("  {}{about} {age} ago: {}", note.by.who, note.text));
    }
    if standing.blocks.is_empty() {
        text.push('\n');
        output::line(text, format_args!("Next: {}. Nothing of the checklist is in the way.", standing.next.words()));
        return;
    }
    text.push('\n');
    output::line(text, format_args!("Next: before {}, these are waited for:", standing.next.words()));
    for block in &standing.blocks {
        output::line(text, format_args!("  {:8}  {}", block.state.word(), block.id));
    }
}
