//! The ledger where it is kept: stores, the ssh-agent that signs, and the places that events are sent on to.
//!
//! The form of events and the rules of the chain are pure and live in [`crate::domain::ledger`].

pub mod actor;
pub mod agent;
pub mod export;
pub mod open;
pub mod reading;
pub mod say;
pub mod store;
pub mod verify;
