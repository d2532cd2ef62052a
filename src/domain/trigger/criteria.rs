//! What a release is held against while it goes out: its triggers and its promotion criterion.

use serde::{Deserialize, Serialize};

use super::{Trigger, promotion::Criterion, usual};

/// The triggers of a release and what must hold before it is promoted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Criteria {
    /// Each identifier once.
    pub triggers: Vec<Trigger>,
    /// Before the new version becomes the one for everybody.
    pub promotion: Criterion,
}

impl Default for Criteria {
    /// Those of a release that says nothing else.
    fn default() -> Self {
        Self { triggers: usual(), promotion: Criterion::default() }
    }
}

impl Criteria {
    /// Adds `trigger`, in the place of the one with its identifier.
    pub fn put(&mut self, trigger: Trigger) {
        match self.triggers.iter_mut().find(|there| there.id == trigger.id) {
            Some(there) => *there = trigger,
            None => self.triggers.push(trigger),
        }
    }
}
