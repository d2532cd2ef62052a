//! From stored events to the record of what was said: read in their order, held against the chain, verified, folded.

use super::store::{Store, StoreError};
use crate::domain::{
    ledger::{
        audit::{Chain, look},
        event::Event,
        proof::{Proof, proof},
        signature::Verified,
        signers::Signers,
    },
    readiness::record::{Applied, Record},
    run::runs::Runs,
};

/// How many events are asked for at once.
const BATCH: u32 = 2_048;

/// What a ledger says, read up to its end.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// What was said about every release.
    pub record: Record,
    /// What is known of all runs; `None` where no ledger was read.
    pub runs: Option<Runs>,
    /// What is wrong with which event: the first fault that was found.
    pub damage: Option<String>,
}

/// Reads everything in `store`. Blocks.
///
/// # Errors
/// When the store cannot be read.
pub fn read(store: &mut dyn Store, signers: &Signers) -> Result<Reading, StoreError> {
    let (mut reading, mut chain, mut upto) = (Reading::default(), Chain::new(Vec::new()), 0);
    let mut runs = Runs::default();
    loop {
        let batch = store.after(upto, BATCH)?;
        let Some(last) = batch.last() else { return Ok(Reading { runs: Some(runs), ..reading }) };
        upto = last.seq;
        for stored in &batch {
            match chain.push(look(stored)) {
                Ok(event) => {
                    apply(&mut reading.record, &event, signers);
                    // What does not count changes nothing.
                    let _ = runs.apply(&event);
                }
                Err(fault) => drop(reading.damage.get_or_insert_with(|| fault.to_string())),
            }
        }
    }
}

/// The first fault of `store`, or nothing. Signatures are not looked at: they damage nothing.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn damage(store: &mut dyn Store) -> Result<Option<String>, StoreError> {
    let (mut chain, mut upto) = (Chain::new(Vec::new()), 0);
    loop {
        let batch = store.after(upto, BATCH)?;
        let Some(last) = batch.last() else { return Ok(None) };
        upto = last.seq;
        if let Some(fault) = batch.iter().find_map(|stored| chain.push(look(stored)).err()) {
            return Ok(Some(fault.to_string()));
        }
    }
}

/// Reads on to the end, from where `record` ends. `seen` is told each event that counts. What is damaged says nothing.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn read_on(
    store: &mut dyn Store,
    record: &mut Record,
    signers: &Signers,
    mut seen: impl FnMut(&Event),
) -> Result<(), StoreError> {
    let mut upto = record.upto();
    loop {
        let batch = store.after(upto, BATCH)?;
        let Some(last) = batch.last() else { return Ok(()) };
        upto = last.seq;
        for event in batch.iter().filter_map(|stored| look(stored).event.ok()) {
            if apply(record, &event, signers) == Applied::Counted {
                seen(&event);
            }
        }
    }
}

fn apply(record: &mut Record, event: &Event, signers: &Signers) -> Applied {
    let verified = match proof(event, Some(signers)) {
        Proof::Verified { principal } => Some(Verified { principal, fingerprint: event.actor.key.clone() }),
        _ => None,
    };
    record.apply(event, verified.as_ref())
}
