//! Runs against real ledgers, processes and servers.

mod journal;
pub(crate) mod plans;
