//! The ledger: events that only follow each other, each holding the hash of the one before.
//!
//! What is pure of it lives here: the form of an event, its hash, the chain and the tree over all of them. `docs/ledger.md`
//! tells the same for a stranger who writes an own verifier.

pub mod audit;
pub mod canonical;
pub mod checkpoint;
pub mod claim;
pub mod event;
pub mod hash;
pub mod merkle;
pub mod proof;
pub mod signature;
pub mod signers;
pub mod written;
