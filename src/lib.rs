//! `warroom`, the release war room in a terminal.
//!
//! Modules import downwards only; `ARCHITECTURE.md` says why, `tests/architecture.rs` holds it.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod domain;
pub mod ledger;
pub mod policy;
pub mod runbook;
pub mod shell;
pub mod sim;
pub mod sources;
pub mod tui;
