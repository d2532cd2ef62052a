//! The shape of the files. The field comments are the documentation that `config schema` prints, and the types are what
//! files are checked against.

pub mod calendar;
pub mod change;
pub mod checklist;
pub mod ledger;
pub mod policy;
pub mod release;
pub mod runbook;
pub mod service;
pub mod slo;
pub mod source;
pub mod text;
pub mod trigger;
