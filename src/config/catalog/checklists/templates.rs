//! The checklists that come with warroom, to start from: `extends = ["readiness"]`.

use crate::config::{document::Document, origin::Origin};

/// Name and text of each.
pub(crate) static ALL: &[(&str, &str)] = &[
    ("readiness", include_str!("../templates/readiness.toml")),
    ("observability", include_str!("../templates/observability.toml")),
    ("security", include_str!("../templates/security.toml")),
    ("data-and-migrations", include_str!("../templates/data-and-migrations.toml")),
    ("dependencies-and-capacity", include_str!("../templates/dependencies-and-capacity.toml")),
    ("communications", include_str!("../templates/communications.toml")),
    ("post-deployment-validation", include_str!("../templates/post-deployment-validation.toml")),
    ("post-rollback-validation", include_str!("../templates/post-rollback-validation.toml")),
];

/// The text of a template as a document.
pub(super) fn document(text: &str) -> Document {
    Document { origin: Origin::BuiltIn, text: text.into(), base: std::path::PathBuf::new(), confidential: false }
}
