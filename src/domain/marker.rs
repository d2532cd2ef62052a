//! Deployment events at a time, drawn on charts.

use serde::{Deserialize, Serialize};

use super::{object::ObjectKey, time::Timestamp};

/// What happened to a rollout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MarkerKind {
    /// A new version began to roll out.
    Started,
    /// A step was reached.
    Step,
    /// The canary's weight changed.
    Weight,
    /// It was paused, or waits at a gate.
    Paused,
    /// It went on.
    Resumed,
    /// The new version took over.
    Promoted,
    /// It was aborted; traffic is on the old version.
    Aborted,
    /// An older version is back.
    RolledBack,
    /// It failed.
    Failed,
    /// It is done and healthy.
    Succeeded,
    /// What happened between two looks is not known.
    Gap,
}

/// A deployment event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// When, by the source's own clock where it says so.
    pub at: Timestamp,
    /// When warroom learned of it.
    pub observed_at: Timestamp,
    /// The object that it happened to.
    pub object: ObjectKey,
    /// The service, once joined; `None` is drawn as `service ?`.
    pub service: Option<String>,
    /// The environment, once joined.
    pub environment: Option<String>,
    /// The version that was being rolled out.
    pub version: Option<String>,
    /// What happened.
    pub kind: MarkerKind,
    /// In words, short: `canary 25 %`.
    pub text: String,
    /// The same event, seen twice, has the same key.
    pub dedupe: String,
}
