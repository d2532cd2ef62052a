//! The themes that come with warroom.

/// Name and file of each. The first is the one that warroom starts with.
pub(super) const SHIPPED: &[(&str, &str)] =
    &[("default", include_str!("../../../themes/default.toml")), ("mono", include_str!("../../../themes/mono.toml"))];
