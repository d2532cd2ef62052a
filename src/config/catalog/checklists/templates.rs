//! The checklists that come with warroom, to start from: `extends = ["readiness"]`.

use crate::config::{document::Document, origin::Origin};

/// Name and text of each.
pub(crate) static ALL: &[(&str, &str)] = &[("readiness", include_str!("../templates/readiness.toml"))];

/// The text of a template as a document.
pub(super) fn document(text: &str) -> Document {
    Document { origin: Origin::BuiltIn, text: text.into(), base: std::path::PathBuf::new(), confidential: false }
}
