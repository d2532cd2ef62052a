//! Policy: rules of a team about releases, judged elsewhere, and what they decided.

pub mod decision;

pub use decision::{Decision, Factor, Objection, Risk, Severity};
