//! Executes plans: the journal over the ledger's store, the worker that outlives its console, and what each step does.
//!
//! What a run is and what comes next in it is pure and lives in [`crate::domain::run`].

pub mod answer;
pub mod approve;
pub mod breaker;
pub mod carried;
pub mod journal;
pub mod output;
pub mod place;
pub mod process;
pub mod resolve;
pub mod shim;
pub mod start;
pub mod steps;
pub mod worker;
