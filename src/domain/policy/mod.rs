//! Policy: rules of a team about releases, judged elsewhere, and what they decided.

pub mod decision;
pub mod input;
pub mod ruling;

pub use decision::{Decision, Factor, Objection, Risk, Severity};
pub use ruling::Ruling;

use super::catalog::Catalog;

/// Whether `catalog` has policies that decide; files of tests are none.
#[must_use]
pub fn are_in(catalog: &Catalog) -> bool {
    deciding(catalog).next().is_some()
}

/// The policies of `catalog` that decide, without files of tests: name and text.
pub fn deciding(catalog: &Catalog) -> impl Iterator<Item = (&String, &String)> {
    catalog.policies.iter().filter(|(name, _)| !name.ends_with("_test"))
}
