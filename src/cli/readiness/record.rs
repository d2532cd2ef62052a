//! Records an act and says what was recorded.

use std::sync::{Arc, Mutex};

use serde_json::json;

use super::{Room, agent, confirm, elsewhere::Elsewhere, preview};
use crate::{
    cli::{Common, Exit, console, output, refusal::Refusal},
    domain::{
        clean::clean,
        ledger::{event::Event, hash::Hash},
        readiness::{
            act::Act,
            rules::{self, Rules},
            statement::{About, Decision, Ticked, Vote},
        },
    },
    ledger::say::{
        self,
        elsewhere::{self, Carried},
    },
};

/// How an act is to be recorded.
#[derive(Clone, Debug, Default)]
pub(in crate::cli) struct How<'a> {
    /// Where the key is.
    pub(in crate::cli) elsewhere: Elsewhere,
    /// The subject that was looked at; a terminal asks for it when it was not given.
    pub(in crate::cli) subject: Option<&'a str>,
    /// Print JSON.
    pub(in crate::cli) json: bool,
    /// The command, for what is told: `sign`.
    pub(in crate::cli) command: &'a str,
}

/// Whether anything may be changed at all.
pub(in crate::cli) fn allowed(common: &Common) -> Result<(), Refusal> {
    if common.read_only {
        return Err(Refusal::usage("--read-only: nothing is recorded"));
    }
    Ok(())
}

/// Records `act`, after what is signed was shown and, where it lets a release pass, confirmed.
pub(in crate::cli) fn act(act: &Act<'_>, room: &Room, rules: &Rules<'_>, how: &How<'_>) -> Result<Exit, Refusal> {
    rules::check(act, rules, room.now)?;
    if let Some(given) = how.subject {
        confirm::check(given, rules.subject)?;
    }
    if how.elsewhere.print {
        return super::elsewhere::print(act, room, rules, &how.elsewhere, how.command);
    }
    let runtime = console::runtime().map_err(|exit| Refusal { exit, told: "nothing was recorded".to_owned() })?;
    if let Some(statement) = act.statement() {
        let speaker = runtime.block_on(say::speaker(&statement, rules, room.now, &agent()))?;
        let signed = format!("  signed by  {}", clean(&speaker.words()));
        output::complain(&format!("{}{signed}", preview::of(act, room, rules)?));
        if how.subject.is_none() && lets_pass(act) {
            confirm::ask(rules.subject)?;
        }
    }
    let store = Arc::new(Mutex::new(room.store()?));
    let event = runtime.block_on(say::say(*act, rules, room.now, &agent(), store))?;
    Ok(recorded(&event, how.json))
}

/// Records what was signed elsewhere.
pub(in crate::cli) fn carried(carried: &Carried, room: &Room, rules: &Rules<'_>, json: bool) -> Result<Exit, Refusal> {
    let store = Arc::new(Mutex::new(room.store()?));
    let runtime = console::runtime().map_err(|exit| Refusal { exit, told: "nothing was recorded".to_owned() })?;
    let event = runtime.block_on(elsewhere::apply(carried, rules, room.now, store))?;
    Ok(recorded(&event, json))
}

/// Whether it takes something out of the release's way. What stops a release is never made harder.
fn lets_pass(act: &Act<'_>) -> bool {
    act.statement().is_some_and(|statement| match statement.about {
        About::Signoff { vote, .. } => vote == Vote::Approve,
        About::Waiver { granted, .. } => granted,
        About::Decision { decision, .. } => decision == Decision::Go,
        About::Tick { state, .. } => state != Ticked::Fail,
    })
}

fn recorded(event: &Event, json: bool) -> Exit {
    if json {
        let hash = event.to_bytes().map(|bytes| Hash::leaf(&bytes)).ok();
        output::print(&output::json(&json!({ "version": 1, "event": event, "hash": hash })));
        return Exit::Ok;
    }
    let who = event.actor.principal.as_ref().map_or_else(
        || format!("{} (unsigned)", event.actor.user),
        |principal| format!("{principal} (signed with {})", event.actor.key),
    );
    let role = event.signed.as_ref().and_then(|signed| signed.statement.get("role")?.as_str());
    let role = role.map_or_else(String::new, |role| format!(" as {role}"));
    // The action of a decision or a tick does not say which.
    let decided = event.signed.as_ref().filter(|_| event.action == "decision.take");
    let said = decided.and_then(|signed| signed.statement.get("decision")).or_else(|| event.data.get("state"));
    let said = said.and_then(|said| said.as_str()).map_or_else(String::new, |said| format!(" {said}"));
    let (seq, action, target) = (event.seq, &event.action, &event.target);
    output::print(&clean(&format!("recorded as event {seq}: {action} {target}{said} by {who}{role}")));
    Exit::Ok
}
