//! Pure nouns and rules of a release war room.
//!
//! Nothing here does IO, reads a clock or knows a terminal: time comes in as an argument. The same
//! input gives the same output, so the product's rules are tested in milliseconds.

pub mod alert;
pub mod breaker;
pub mod calendar;
pub mod canary;
pub mod catalog;
pub mod chart;
pub mod checklist;
pub mod clean;
pub mod demand;
pub mod facts;
pub mod feed;
pub mod join;
pub mod labels;
pub mod ledger;
pub mod level;
pub mod marker;
pub mod object;
pub mod picture;
pub mod plan;
pub mod policy;
pub mod readiness;
pub mod release;
pub mod risk;
pub mod room;
pub mod run;
pub mod runbook;
pub mod secret;
pub mod sizes;
pub mod slo;
pub mod source;
pub mod time;
pub mod trigger;
pub mod verdict;
pub mod workload;
