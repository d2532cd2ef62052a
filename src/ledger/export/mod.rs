//! The ledger for others: files that prove themselves, and lines for those who watch.

pub mod collector;
pub mod cursor;
pub mod delivery;
pub mod lines;
pub mod ocsf;
pub mod proof;
pub mod syslog;
