//! Canary analysis: is the new version worse than the one that runs beside it, and how sure is that?
//!
//! Counts (failed or slow requests of all) are compared by Fisher's exact test, one-sided, and Newcombe's interval of the difference;
//! gauges (CPU, queue) by Mann-Whitney's test and exact intervals of the medians. `docs/canary.md` explains the method.

pub mod against;
pub mod analysis;
pub mod before_after;
pub mod business;
pub mod compare;
pub mod counts;
pub mod deploy;
pub mod facts;
pub mod fisher;
pub mod gauge;
pub mod gauge_metric;
pub mod gauged;
pub mod latency;
pub mod mann_whitney;
pub mod median;
pub mod metric;
pub mod needed;
pub mod newcombe;
pub mod profile;
pub mod rules;
pub mod settings;
pub mod slower;
mod tail;
pub mod what;
pub mod windows;
pub mod words;
