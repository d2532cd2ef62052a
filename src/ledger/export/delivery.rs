//! The delivery of a ledger to a collector: at least once, in order, and never past an event that was not taken.

use std::path::Path;

use super::{
    collector::Collector,
    cursor::{Cursor, CursorError, Stalled, hold},
    syslog,
};
use crate::{
    domain::{
        ledger::audit::{Fault, Stored, look},
        time::Timestamp,
    },
    ledger::store::{Store, StoreError},
};

/// How many events are confirmed at once.
const BATCH: u32 = 1_000;

/// Why not everything was delivered.
#[derive(Debug, thiserror::Error)]
pub enum Undelivered {
    /// The collector does not take it. The cursor says so too.
    #[error(
        "the export is STALLED behind event {seq}, {behind} events wait: {why}; run it again when the collector is back, nothing is skipped"
    )]
    Stalled {
        /// The last event that was taken.
        seq: u64,
        /// How many were not.
        behind: u64,
        /// What the collector or the network says.
        why: String,
    },
    /// An event is damaged: it is not sent, and nothing behind it.
    #[error("the export is STALLED before a damaged event: {0}; `warroom ledger verify` says more")]
    Damaged(Fault),
    /// The cursor was made with another ledger.
    #[error(
        "the ledger has another event {0} than the one that was exported, or none: it was cut or written anew, or the cursor is of another ledger"
    )]
    OtherLedger(u64),
    /// The cursor cannot be used.
    #[error(transparent)]
    Cursor(#[from] CursorError),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Sends the events of `store` behind the cursor at `path` to `collector`. How many it took.
///
/// # Errors
/// Why not everything was sent.
pub fn deliver(
    store: &mut dyn Store,
    collector: &Collector,
    path: &Path,
    now: impl Fn() -> Timestamp,
) -> Result<u64, Undelivered> {
    let _held = hold(path)?;
    let mut cursor = Cursor::read(path)?;
    known(store, &cursor)?;
    let mut sent = 0;
    loop {
        let events = store.after(cursor.seq, BATCH)?;
        let (messages, fault) = messages(&events);
        let taken = if messages.is_empty() { Ok(()) } else { collector.send(&messages) };
        if let Err(error) = taken {
            let (seq, why) = (cursor.seq, error.to_string());
            stall(&mut cursor, path, &why, now())?;
            return Err(Undelivered::Stalled { seq, behind: store.head()?.seq.saturating_sub(seq), why });
        }
        let last = messages.len().checked_sub(1).and_then(|last| events.get(last));
        if let Some(last) = last {
            sent += u64::try_from(messages.len()).unwrap_or(u64::MAX);
            cursor = Cursor { seq: last.seq, hash: last.hash, ..Cursor::default() };
            cursor.write(path)?;
        }
        if let Some(fault) = fault {
            stall(&mut cursor, path, &fault.to_string(), now())?;
            return Err(Undelivered::Damaged(fault));
        }
        if last.is_none() {
            cursor.stalled = None;
            cursor.write(path)?;
            return Ok(sent);
        }
    }
}

/// Whether the event of the cursor is still the one that was exported.
fn known(store: &mut dyn Store, cursor: &Cursor) -> Result<(), Undelivered> {
    let Some(before) = cursor.seq.checked_sub(1) else { return Ok(()) };
    match store.after(before, 1)?.first() {
        Some(found) if found.seq == cursor.seq && found.hash == cursor.hash => Ok(()),
        _ => Err(Undelivered::OtherLedger(cursor.seq)),
    }
}

/// The messages of `events` up to the first damaged one.
fn messages(events: &[Stored]) -> (Vec<String>, Option<Fault>) {
    let mut messages = Vec::new();
    for stored in events {
        match look(stored).event {
            Ok(event) => messages.push(syslog::message(&event, stored.hash)),
            Err(fault) => return (messages, Some(fault)),
        }
    }
    (messages, None)
}

fn stall(cursor: &mut Cursor, path: &Path, why: &str, now: Timestamp) -> Result<(), CursorError> {
    let since = cursor.stalled.as_ref().map_or(now, |stalled| stalled.since);
    cursor.stalled = Some(Stalled { since, why: why.to_owned() });
    cursor.write(path)
}
