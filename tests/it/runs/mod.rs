//! Runs against real ledgers, processes and servers.

mod journal;
mod plans;
