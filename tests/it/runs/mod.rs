//! Runs against real ledgers, processes and servers.

mod answers;
mod bastion;
mod boundaries;
mod canary;
mod database;
mod desk;
mod disk;
mod journal;
mod kills;
pub(crate) mod plans;
mod programs;
mod terminals;
mod transcripts;
