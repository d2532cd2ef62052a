//! What is about to be signed, in plain words, before it is.

use std::collections::BTreeMap;

use super::Room;
use crate::{
    cli::{output, refusal::Refusal},
    domain::{
        checklist::{Due, state::ItemState},
        readiness::{
            act::Act,
            next::Next,
            rules::Rules,
            standing::{Block, Standing},
            statement::{About, Vote},
        },
        time::{Span, Timestamp},
        verdict::computed::Computed,
    },
};

/// How many open items are told one by one.
const MOST: usize = 20;

/// What `act` says about the release, what goes out, and what is open.
pub(in crate::cli) fn of(act: &Act<'_>, room: &Room, rules: &Rules<'_>) -> Result<String, Refusal> {
    let file = room.file(rules)?;
    let next = step(act, rules);
    let standing = room.standing(rules, next, &BTreeMap::new())?;
    let mut text = String::new();
    let mut row = |name: &str, words: &str| {
        output::line(&mut text, format_args!("  {name:10} {words}"));
    };
    let title = file.title.as_deref().map_or_else(String::new, |title| format!(" \"{title}\""));
    let owner = file.owner.as_deref().map_or_else(|| "no owner".to_owned(), |owner| format!("owner {owner}"));
    row("release", &format!("{}{title}: {}, class {}, {owner}", rules.release, file.environment, rules.class.word()));
    row("goes out", &parts(room, rules)?);
    row("checklist", &checklist(rules));
    row("subject", &rules.subject.to_string());
    for (name, words) in said(act, room.now) {
        row(name, &words);
    }
    if let Some(before) = already(act, &standing) {
        row("before", &before);
    }
    row("open", &format!("before {}:", next.words()));
    for words in open(&standing, act.target()) {
        row("", &format!("  {words}"));
    }
    let mut whole = String::new();
    output::line(&mut whole, format_args!("{}", headline(act)));
    Ok(whole + &text)
}

/// The step that `act` is held against: the one that a sign-off is due before, otherwise the start.
fn step(act: &Act<'_>, rules: &Rules<'_>) -> Next {
    let Some(About::Signoff { signoff, .. }) = act.statement().map(|statement| statement.about) else {
        return Next::Start;
    };
    let due = rules.checklist.signoffs.iter().find(|known| known.id == signoff).map(|known| known.due);
    match due.unwrap_or_default() {
        Due::Start => Next::Start,
        Due::Traffic(share) => Next::Traffic(share),
        Due::Done => Next::Done,
        Due::RolledBack => Next::RolledBack,
    }
}

/// What goes out: services, versions, artifacts.
pub(in crate::cli) fn parts(room: &Room, rules: &Rules<'_>) -> Result<String, Refusal> {
    let parts = room.file(rules)?.components.iter().map(|component| {
        let artifact = component.artifact.as_deref().map_or_else(String::new, |artifact| format!(" ({artifact})"));
        format!("{} {}{artifact}", component.service, component.version)
    });
    Ok(parts.collect::<Vec<_>>().join(", "))
}

/// Name and version of the checklist.
pub(in crate::cli) fn checklist(rules: &Rules<'_>) -> String {
    let commit = rules.checklist.commit.as_deref().map_or_else(String::new, |commit| format!(", commit {commit}"));
    format!("{} {}{commit}", rules.checklist.name, rules.checklist.digest)
}

fn headline(act: &Act<'_>) -> String {
    let Some(statement) = act.statement() else { return act.action().to_owned() };
    match statement.about {
        About::Signoff { signoff, vote: Vote::Approve, .. } => format!("You approve the sign-off {signoff}:"),
        About::Signoff { signoff, vote: Vote::Deny, .. } => format!("You deny the sign-off {signoff}:"),
        About::Signoff { signoff, vote: Vote::Withdraw, .. } => {
            format!("You take back what you said to the sign-off {signoff}:")
        }
        About::Waiver { item, granted: true, .. } => format!("You waive the item {item}:"),
        About::Waiver { item, granted: false, .. } => format!("You end the waiver of the item {item}:"),
        About::Decision { decision, .. } => format!("You decide {}:", decision.word()),
        About::Tick { item, state, .. } => format!("You sign that the item {item} is {}:", state.word()),
    }
}

fn said(act: &Act<'_>, now: Timestamp) -> Vec<(&'static str, String)> {
    let Some(statement) = act.statement() else { return Vec::new() };
    let computed = match statement.about {
        About::Decision { computed, .. } => Some(
            computed
                .and_then(Computed::read)
                .map_or_else(|| "not known here: no source says how it stands".to_owned(), |computed| computed.words()),
        ),
        _ => None,
    };
    let (role, reason, expires) = match statement.about {
        About::Signoff { role, reason, expires, .. } => (role, reason, expires),
        About::Waiver { role, reason, expires, .. } => (role, Some(reason), expires),
        About::Decision { reason, .. } => ("", Some(reason), None),
        About::Tick { .. } => ("", None, None),
    };
    let until =
        expires.map(|end| format!("until {} ({})", end.format("%Y-%m-%dT%H:%M:%SZ"), Span::between(now, end).age()));
    [
        ("as", Some(role.to_owned()).filter(|role| !role.is_empty())),
        ("holds", until),
        ("computed", computed),
        ("reason", reason.map(str::to_owned)),
    ]
    .into_iter()
    .filter_map(|(name, words)| Some((name, words?)))
    .collect()
}

/// What was signed before and is still in force: signing again renews it, and two names of a person count once.
fn already(act: &Act<'_>, standing: &Standing) -> Option<String> {
    let About::Signoff { signoff, vote: Vote::Approve, .. } = act.statement()?.about else { return None };
    let signed = standing.signoffs.iter().find(|signed| signed.id == signoff)?;
    let by: Vec<String> = signed
        .approvals
        .iter()
        .map(|approval| format!("{} as {} (event {})", approval.principal, approval.role, approval.seq))
        .collect();
    (!by.is_empty()).then(|| format!("signed by {}. Each person counts once; signing again renews it", by.join(", ")))
}

/// What the step waits for besides `this`: one line each, what nobody looked at in one.
fn open(standing: &Standing, this: &str) -> Vec<String> {
    let others = standing.blocks.iter().filter(|block| block.id != this);
    let (unseen, told): (Vec<&Block>, Vec<&Block>) = others.partition(|block| block.state == ItemState::Unknown);
    let mut lines: Vec<String> =
        told.iter().take(MOST).map(|block| format!("{} {}: {}", block.state.word(), block.id, block.why)).collect();
    if told.len() > MOST {
        lines.push(format!("and {} more", told.len() - MOST));
    }
    if !unseen.is_empty() {
        let ids: Vec<&str> = unseen.iter().map(|block| block.id.as_str()).collect();
        lines.push(format!("UNKNOWN {}: not looked at here; `warroom checklist run` looks", ids.join(", ")));
    }
    if lines.is_empty() {
        lines.push("nothing".to_owned());
    }
    lines
}
