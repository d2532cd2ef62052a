//! The checklists that come with warroom, to start from: `extends = ["readiness"]`.

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
