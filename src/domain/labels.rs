//! Label sets of series, alerts and objects.

use std::collections::BTreeMap;

/// Name to value. Sorted, so that equal sets are equal and print the same.
pub type Labels = BTreeMap<String, String>;

/// Whether `labels` carries every pair of `wanted`.
#[must_use]
pub fn carries(labels: &Labels, wanted: &Labels) -> bool {
    wanted.iter().all(|(name, value)| labels.get(name) == Some(value))
}
