//! Runs against real ledgers, processes and servers.

mod boundaries;
mod database;
mod desk;
mod journal;
mod kills;
pub(crate) mod plans;
mod programs;
mod terminals;
