//! One event with what proves that it is in the ledger: for somebody who shall not see the others.

use serde_json::{Value, json};

use crate::{
    domain::ledger::{
        audit::{Stored, origin},
        checkpoint::Checkpoint,
        event::Event,
        hash::Hash,
        merkle,
    },
    ledger::store::{Store, StoreError},
};

/// Why an event cannot be proved.
#[derive(Debug, thiserror::Error)]
pub enum Unprovable {
    /// There is none at this place.
    #[error("the ledger has no event {0}")]
    Missing(u64),
    /// An event is damaged.
    #[error("the ledger is damaged at event {0}: `warroom ledger verify` says how; nothing can be proved with it")]
    Damaged(u64),
    /// The store cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The event at `seq` with its proof of inclusion and the checkpoint that the proof leads to. `docs/ledger.md` says how to
/// verify it.
///
/// # Errors
/// When there is no such event, or the ledger is damaged.
pub fn inclusion(store: &mut dyn Store, seq: u64) -> Result<Value, Unprovable> {
    let (mut leaves, mut wanted, mut name) = (Vec::new(), None, None);
    loop {
        let events = store.after(u64::try_from(leaves.len()).unwrap_or(u64::MAX), 2_048)?;
        if events.is_empty() {
            break;
        }
        for Stored { seq: at, hash, bytes } in events {
            leaves.push(hash);
            if Hash::leaf(&bytes) != hash || u64::try_from(leaves.len()) != Ok(at) {
                return Err(Unprovable::Damaged(at));
            }
            if at == 1 {
                name = Event::from_bytes(&bytes).ok().map(|event| origin(&event.id));
            }
            if at == seq {
                wanted = Some((Event::from_bytes(&bytes).map_err(|_| Unprovable::Damaged(at))?, hash));
            }
        }
    }
    let (event, hash) = wanted.ok_or(Unprovable::Missing(seq))?;
    let index = seq.checked_sub(1).and_then(|index| usize::try_from(index).ok()).ok_or(Unprovable::Missing(seq))?;
    let path = merkle::inclusion(&leaves, index).ok_or(Unprovable::Missing(seq))?;
    let size = u64::try_from(leaves.len()).unwrap_or(u64::MAX);
    let checkpoint =
        Checkpoint { origin: name.ok_or(Unprovable::Damaged(1))?, size, root: merkle::root(&leaves) }.to_string();
    let path: Vec<String> = path.iter().map(ToString::to_string).collect();
    Ok(json!({ "event": event, "hash": hash, "inclusion": path, "checkpoint": checkpoint }))
}
