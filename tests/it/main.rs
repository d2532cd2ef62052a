//! Everything that is tried from outside, in one binary, because each test binary costs a link.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    clippy::print_stdout,
    missing_docs,
    reason = "a test that cannot go on shall fail loudly"
)]

mod alertmanager;
mod breaker;
mod canary;
mod catalog;
mod checklists;
mod commands;
mod config;
mod demo;
mod drift;
mod gate;
mod hostile;
mod kubernetes;
mod ledger;
mod live;
mod overrides;
mod plans;
mod policy;
mod prometheus;
mod pty;
mod runbooks;
mod runs;
mod sample;
mod screens;
mod simulator;
mod slo;
mod source_commands;
mod sources;
mod stories;
mod support;
mod theme_command;
mod wall;
mod watch;
mod way_back;
