//! The ledger against real stores and a real ssh-agent.

pub(crate) mod acts;
pub(super) mod agent;
mod collectors;
mod commands;
mod conformance;
mod crash;
pub(crate) mod database;
mod documented;
mod following;
mod mutations;
mod postgres;
mod sqlite;
pub(crate) mod story;

use serde_json::json;
use warroom::{
    clock::Clock,
    domain::ledger::{
        audit::{Chain, Stored, look},
        event::{Actor, Entry, Outcome, UNSIGNED},
    },
    ledger::store::{Scribe, Store},
};

fn scribe() -> Scribe {
    Scribe::new("bastion-2".to_owned(), Clock::real())
}

fn entry(target: &str) -> Entry {
    Entry {
        actor: Actor { key: UNSIGNED.to_owned(), user: "jo".to_owned(), ..Actor::default() },
        action: "checklist.note".to_owned(),
        target: target.to_owned(),
        release: Some("checkout-1.42".to_owned()),
        outcome: Outcome::Done,
        data: json!({ "note": "ünïcode \u{1b}[31m and 日本" }).as_object().cloned().unwrap_or_default(),
        signed: None,
    }
}

/// Everything in a store.
fn all(store: &mut dyn Store) -> Vec<Stored> {
    let mut events: Vec<Stored> = Vec::new();
    loop {
        let more = store.after(events.last().map_or(0, |event| event.seq), 500).expect("readable");
        if more.is_empty() {
            return events;
        }
        events.extend(more);
    }
}

/// The targets of all events, after the chain was held against itself.
fn sound(store: &mut dyn Store) -> Vec<String> {
    let mut chain = Chain::new(Vec::new());
    all(store).iter().map(|stored| chain.push(look(stored)).expect("an unbroken chain").target).collect()
}
