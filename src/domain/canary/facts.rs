//! What a source counted for the comparison of versions.

use serde::{Deserialize, Serialize};

use crate::domain::{
    slo::reading::{Asked, Reading},
    time::{Span, Timestamp},
};

/// What one poll brings: the counts of each version at the last evaluations.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CanaryFacts {
    /// What was asked.
    pub asked: Vec<Asked>,
    /// The evaluations, oldest first.
    pub looks: Vec<Look>,
}

/// One evaluation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Look {
    /// The end of its windows.
    pub at: Timestamp,
    /// The distance to the one before.
    pub every: Span,
    /// Counts of each version over each window that ends then.
    pub readings: Vec<Reading>,
}
