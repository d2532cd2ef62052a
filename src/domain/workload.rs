//! An object of a deployment system, in one shape for all systems.
//!
//! Phase, health, traffic and freshness are separate axes: "Degraded" is not an outage and "Healthy" says nothing
//! about traffic.

use serde::{Deserialize, Serialize};

use super::{catalog::VersionFrom, labels::Labels, level::Level, object::ObjectKey, time::Timestamp};

/// How an object rolls out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Strategy {
    /// A share of traffic, growing.
    Canary,
    /// Two stacks and a switch.
    BlueGreen,
    /// Pod by pod.
    RollingUpdate,
    /// All at once, with a gap.
    Recreate,
    /// Not known.
    Unknown,
}

/// One list of states for all deployment systems.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Status {
    /// Accepted, nothing has moved.
    Pending,
    /// Moving.
    Progressing,
    /// Waits for a person.
    WaitingApproval,
    /// Waits for a time.
    PausedTimed,
    /// A person stopped it.
    PausedManual,
    /// Measures before it goes on.
    Analyzing,
    /// The new version is taking over.
    Promoting,
    /// Done and healthy.
    Succeeded,
    /// The old version is back.
    RolledBack,
    /// Stopped, traffic is on the old version: safe.
    Aborted,
    /// Failed before traffic.
    Failed,
    /// Failed with traffic on the new version: not safe.
    FailedTrafficOnNew,
    /// Called off.
    Cancelled,
    /// A newer version took its place.
    Superseded,
    /// Frozen by configuration.
    Suspended,
    /// What is seen is not yet about what was asked for.
    Stale,
    /// Not known; the raw words are in `phase` and `message`.
    Unknown,
}

impl Status {
    /// Whether something is still to happen, so that the object belongs on the board.
    #[must_use]
    pub const fn in_flight(self) -> bool {
        !matches!(self, Self::Succeeded | Self::RolledBack | Self::Cancelled | Self::Superseded)
    }

    /// How much it needs a person.
    #[must_use]
    pub const fn level(self) -> Level {
        match self {
            Self::Succeeded => Level::Ok,
            Self::Pending | Self::WaitingApproval | Self::Cancelled | Self::Superseded => Level::Wait,
            Self::PausedTimed | Self::PausedManual | Self::Suspended => Level::Paused,
            Self::Progressing | Self::Analyzing | Self::Promoting => Level::Run,
            Self::RolledBack | Self::Aborted => Level::Watch,
            Self::Failed | Self::FailedTrafficOnNew => Level::Bad,
            Self::Stale | Self::Unknown => Level::Unknown,
        }
    }

    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Progressing => "rolling out",
            Self::WaitingApproval => "waits for a person",
            Self::PausedTimed => "paused (timed)",
            Self::PausedManual => "paused",
            Self::Analyzing => "analysing",
            Self::Promoting => "promoting",
            Self::Succeeded => "done",
            Self::RolledBack => "rolled back",
            Self::Aborted => "aborted",
            Self::Failed => "failed",
            Self::FailedTrafficOnNew => "failed, traffic on new",
            Self::Cancelled => "cancelled",
            Self::Superseded => "superseded",
            Self::Suspended => "suspended",
            Self::Stale => "not observed yet",
            Self::Unknown => "unknown",
        }
    }
}

/// What a step does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// Sets the canary's share of traffic.
    SetWeight,
    /// Waits, for a time or for a person.
    Pause,
    /// Measures.
    Analysis,
    /// Runs versions side by side.
    Experiment,
    /// Scales without traffic.
    Scale,
    /// Routes by header or mirrors.
    Route,
    /// Hands over to a plugin.
    Plugin,
    /// Anything else.
    Other,
}

/// Where a step stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Behind us.
    Done,
    /// In progress.
    Current,
    /// Ahead.
    Ahead,
    /// It was the current one when the rollout failed or was aborted.
    Failed,
}

/// One step, as the deployment system counts it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The system's own words: `setWeight: 20`.
    pub label: String,
    /// What it does.
    pub kind: StepKind,
    /// Where it stands.
    pub state: StepState,
}

/// The position in the list of steps: the index of the step in progress, so `index == total` is behind the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepPosition {
    /// Steps behind us.
    pub index: u32,
    /// Steps in all.
    pub total: u32,
}

impl StepPosition {
    /// The step in progress, counted from one; behind the last one, the last.
    #[must_use]
    pub const fn current(self) -> u32 {
        if self.index < self.total { self.index + 1 } else { self.total }
    }
}

/// A share of traffic in percent of the whole: `25 %`, or `?`.
#[must_use]
pub fn traffic_share(units: Option<u32>, max: u32) -> String {
    units.map_or_else(|| "?".to_owned(), |units| format!("{:.0} %", f64::from(units) * 100.0 / f64::from(max.max(1))))
}

/// Where the share of traffic is read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TrafficSource {
    /// Reported by the controller for a traffic router.
    Router,
    /// Worked out from pods: an approximation.
    Replicas,
    /// Nothing says.
    Nowhere,
}

/// Shares of traffic, in units of which `max` make the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traffic {
    /// What the new version should have; `None` where nothing runs or the strategy has no weights.
    pub desired: Option<u32>,
    /// What it has.
    pub actual: Option<u32>,
    /// The whole, 100 unless the router says otherwise.
    pub max: u32,
    /// How we know.
    pub source: TrafficSource,
    /// Whether the router confirmed it.
    pub verified: Option<bool>,
}

/// An image that runs, and as what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaggedImage {
    /// The image as the pod names it.
    pub image: String,
    /// `stable`, `canary`, `active`, `preview`, `ping`, `pong`, `Σ:name`; of a Deployment under way `new`, `old`.
    pub tags: Vec<String>,
}

/// Pods by state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replicas {
    /// Asked for.
    pub desired: u32,
    /// There.
    pub current: u32,
    /// Of the new version.
    pub updated: u32,
    /// Ready.
    pub ready: u32,
    /// Ready for long enough.
    pub available: u32,
}

/// What identifies one template of an object: enough to read a version from it in any of the ways a service may choose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// The system's hash of the template (`rollouts-pod-template-hash`, `pod-template-hash`).
    pub hash: Option<String>,
    /// Container images, in order.
    pub images: Vec<String>,
    /// Labels of the pod template.
    pub labels: Labels,
    /// Annotations of the pod template.
    pub annotations: Labels,
}

impl Template {
    /// The version, read as the service says; `None` where the template has no such thing.
    #[must_use]
    pub fn version(&self, from: &VersionFrom) -> Option<String> {
        match from {
            VersionFrom::ImageTag => self.images.first().and_then(|image| image_tag(image)).map(str::to_owned),
            VersionFrom::TemplateHash => self.hash.clone(),
            VersionFrom::Label(name) => self.labels.get(name).cloned(),
            VersionFrom::Annotation(name) => self.annotations.get(name).cloned(),
        }
    }
}

/// The tag of an image reference; of one that has only a digest, the digest's first twelve digits.
fn image_tag(image: &str) -> Option<&str> {
    let (name, digest) = image.split_once('@').map_or((image, None), |(name, digest)| (name, Some(digest)));
    let last = name.rsplit('/').next().unwrap_or(name);
    match (last.split_once(':'), digest) {
        (Some((_, tag)), _) => Some(tag),
        (None, Some(digest)) => digest.split(':').nth(1).and_then(|hex| hex.get(..12.min(hex.len()))),
        (None, None) => None,
    }
}

/// One revision that still has an object of its own (a `ReplicaSet`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// The system's revision number. It moves when an old template is used again: identify by hash.
    pub number: Option<u64>,
    /// The object's name.
    pub name: String,
    /// The template.
    pub template: Template,
    /// `stable`, `canary`, `active`, `preview`, `ping`, `pong`.
    pub tags: Vec<String>,
    /// The system's word for its health: `Healthy`, `Progressing`, `ScaledDown`, `ReplicaFailure`.
    pub health: String,
    /// Pods asked for.
    pub desired: u32,
    /// Pods there.
    pub current: u32,
    /// Pods ready.
    pub available: u32,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it will be scaled down.
    pub scale_down_at: Option<Timestamp>,
    /// What its pods say is wrong: `ImagePullBackOff (2 pods)`. Empty also where pods could not be read.
    #[serde(default)]
    pub trouble: Vec<String>,
}

/// Why it does not go on by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gate {
    /// The system's reason: `CanaryPauseStep`, `BlueGreenPause`, `Inconclusive`.
    pub reason: String,
    /// Since when.
    pub since: Option<Timestamp>,
    /// Until when; `None` waits for a person.
    pub until: Option<Timestamp>,
}

/// A measurement that the deployment system makes by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Analysis {
    /// The run's name.
    pub run: String,
    /// The metric's name; empty for the run as a whole.
    pub metric: String,
    /// The system's word: `Running`, `Successful`, `Failed`, `Inconclusive`, `Error`.
    pub phase: String,
    /// Measurements by outcome.
    pub successful: u32,
    /// Measurements that failed.
    pub failed: u32,
    /// Measurements that decided nothing.
    pub inconclusive: u32,
    /// Measurements that broke.
    pub error: u32,
    /// The newest value, as the system prints it.
    pub value: Option<String>,
    /// The query, with its arguments filled in.
    pub query: Option<String>,
    /// What the system says of it.
    pub message: String,
}

/// What puts the object back to what a repository says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manager {
    /// `Argo CD`, `Flux`, `Helm`.
    pub system: String,
    /// Its name for it.
    pub name: String,
}

/// One object of a deployment system.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workload {
    /// Its full name.
    pub key: ObjectKey,
    /// Labels of the object.
    pub labels: Labels,
    /// How it rolls out.
    pub strategy: Strategy,
    /// The system's own word for its phase: `Healthy`, `Progressing`, `Degraded`, `Paused`, `Suspended`.
    pub phase: String,
    /// The system's own message.
    pub message: String,
    /// The same in the uniform list.
    pub status: Status,
    /// Its steps, in order; empty where there are none.
    pub steps: Vec<Step>,
    /// Where it is in them.
    pub step: Option<StepPosition>,
    /// Shares of traffic.
    pub traffic: Traffic,
    /// Images that run.
    pub images: Vec<TaggedImage>,
    /// Pods.
    pub replicas: Replicas,
    /// What is being rolled out, or runs.
    pub target: Template,
    /// What it came from and would go back to; `None` on the first deployment, or where it is the target.
    pub stable: Option<Template>,
    /// Revisions that still exist, newest first.
    pub revisions: Vec<Revision>,
    /// Why it does not go on by itself.
    pub gate: Option<Gate>,
    /// What the deployment system measures.
    pub analyses: Vec<Analysis>,
    /// When this rollout began.
    pub started_at: Option<Timestamp>,
    /// When it ended, where that is known.
    pub finished_at: Option<Timestamp>,
    /// What would revert a change made here.
    pub managed_by: Option<Manager>,
    /// What could not be read about it, so that it is Partial.
    pub missing: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_of_an_image_is_not_its_port() {
        for (image, tag) in [
            ("registry:5000/shop/checkout:1.42.0", Some("1.42.0")),
            ("registry:5000/shop/checkout", None),
            ("checkout:1.42.0@sha256:9c1f2ab34de5f6", Some("1.42.0")),
            ("checkout@sha256:9c1f2ab34de5f6", Some("9c1f2ab34de5")),
        ] {
            assert_eq!(image_tag(image), tag, "{image}");
        }
    }
}
