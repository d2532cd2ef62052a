//! The table of kinds. A new connector is one module here and one line in [`all`].

pub mod alertmanager;
pub mod kubernetes;
pub mod prometheus;

use super::connector::Kind;

/// Every kind of source, in the order in which help lists them.
#[must_use]
pub fn all() -> &'static [&'static Kind] {
    static KINDS: &[&Kind] = &[&prometheus::KIND, &alertmanager::KIND, &kubernetes::KIND];
    KINDS
}
