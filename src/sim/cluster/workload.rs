//! A Rollout or a Deployment, and the small controller that moves it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::revision::{Revision, template_hash};
use crate::sim::scenario::{Step, Strategy};

/// How long pods of a version that lost its traffic stay, in milliseconds (Argo's `scaleDownDelaySeconds` and
/// `abortScaleDownDelaySeconds`).
pub(super) const SCALE_DOWN_DELAY: i64 = 30_000;

/// Measurements of a step analysis, and the time between two.
pub(super) const MEASUREMENTS: i64 = 5;
pub(super) const MEASURE_EVERY: i64 = 10_000;

/// Something that the controller tells as a Kubernetes Event.
#[derive(Clone, Debug)]
pub(crate) struct Notice {
    /// When, in milliseconds.
    pub(crate) at: i64,
    /// `RolloutStepCompleted`, …
    pub(crate) reason: &'static str,
    /// In words.
    pub(crate) message: String,
}

/// An analysis that runs or ran.
#[derive(Clone, Debug)]
pub(crate) struct AnalysisRun {
    /// The run's name.
    pub(crate) name: String,
    /// The step it belongs to.
    pub(crate) step: usize,
    /// The revision it is about.
    pub(crate) hash: String,
    /// When it began.
    pub(crate) started: i64,
    /// When and what it measured.
    pub(crate) values: Vec<(i64, f64)>,
    /// Whether it ended, and how.
    pub(crate) success: Option<bool>,
}

/// A Rollout or a Deployment.
#[derive(Clone, Debug)]
pub(crate) struct Workload {
    /// Its name.
    pub(crate) name: String,
    /// Its namespace.
    pub(crate) namespace: String,
    /// How it rolls out.
    pub(crate) strategy: Strategy,
    /// Whether a router splits the traffic.
    pub(crate) router: bool,
    /// How long a pod takes to become ready.
    pub(crate) ready_after: i64,
    /// Its identity.
    pub(crate) uid: String,
    /// When it was made.
    pub(crate) created: i64,
    /// Counts changes of the specification.
    pub(crate) generation: u64,
    /// The specification, as the API shows it.
    pub(crate) spec: Value,
    /// Labels of the object.
    pub(crate) labels: Map<String, Value>,
    /// Annotations that people gave it.
    pub(crate) annotations: Map<String, Value>,
    /// Revisions, oldest first.
    pub(crate) revisions: Vec<Revision>,
    /// The hash that has all traffic when nothing rolls out.
    pub(crate) stable: String,
    /// The hash that is rolled out.
    pub(crate) current: String,
    /// The step in progress.
    pub(crate) step: usize,
    /// The canary's share of traffic, and since when.
    pub(crate) weight: u32,
    /// Since when it has that share.
    pub(crate) weight_since: i64,
    /// Since when it pauses.
    pub(crate) pause: Option<i64>,
    /// When it was aborted.
    pub(crate) aborted: Option<i64>,
    /// Go to the end without steps.
    pub(crate) promote_full: bool,
    /// When this rollout began.
    pub(crate) started: i64,
    /// When the last pod of the last rollout became ready.
    pub(crate) finished: i64,
    /// Analyses, oldest first.
    pub(crate) analyses: Vec<AnalysisRun>,
    /// Notices, oldest first.
    pub(crate) notices: Vec<Notice>,
}

impl Workload {
    /// The template's hash under which `spec.template` is known.
    pub(crate) fn spec_hash(&self) -> String {
        template_hash(self.spec.get("template").unwrap_or(&Value::Null))
    }

    /// The number of pods that are wanted.
    pub(crate) fn replicas(&self) -> u32 {
        self.spec.get("replicas").and_then(Value::as_u64).and_then(|count| u32::try_from(count).ok()).unwrap_or(1)
    }

    /// Whether a person paused it.
    pub(crate) fn paused_by_person(&self) -> bool {
        self.spec.get("paused").and_then(Value::as_bool).unwrap_or(false)
    }

    /// Its steps, read from the specification.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let steps = self.spec.pointer("/strategy/canary/steps").and_then(Value::as_array);
        steps.map(|steps| steps.iter().filter_map(read_step).collect()).unwrap_or_default()
    }

    /// The revision of this hash.
    pub(crate) fn revision(&self, hash: &str) -> Option<&Revision> {
        self.revisions.iter().find(|revision| revision.hash == hash)
    }

    pub(super) fn revision_mut(&mut self, hash: &str) -> Option<&mut Revision> {
        self.revisions.iter_mut().find(|revision| revision.hash == hash)
    }

    /// Whether a version is on its way.
    pub(crate) fn in_flight(&self) -> bool {
        self.current != self.stable
    }

    pub(super) fn notice(&mut self, at: i64, reason: &'static str, message: String) {
        self.notices.push(Notice { at, reason, message });
        if self.notices.len() > 40 {
            self.notices.remove(0);
        }
    }

    /// Takes the template of the specification as what shall run, if it is a new one.
    pub(crate) fn take_template(&mut self, now: i64) {
        let hash = self.spec_hash();
        if hash == self.current {
            return;
        }
        let number = self.revisions.iter().map(|revision| revision.number).max().unwrap_or(0) + 1;
        let template = self.spec.get("template").cloned().unwrap_or(Value::Null);
        match self.revision_mut(&hash) {
            Some(known) => {
                // A template that comes back gets a new number, as in Argo Rollouts.
                known.number = number;
                known.scale_down_at = None;
            }
            None => self.revisions.push(Revision::new(&self.name, number, hash.clone(), template, now)),
        }
        let left = std::mem::replace(&mut self.current, hash);
        if left != self.stable
            && let Some(revision) = self.revision_mut(&left)
        {
            revision.scale_down_at = Some(now);
        }
        self.step = 0;
        self.weight = 0;
        self.weight_since = now;
        self.pause = None;
        self.aborted = None;
        self.promote_full = false;
        self.started = now;
        self.notice(now, "RolloutUpdated", format!("Rollout updated to revision {number}"));
    }

    /// Everything on the new version at once, as if long ago.
    pub(crate) fn settle(&mut self, now: i64) {
        let (current, count) = (self.current.clone(), self.replicas());
        for revision in &mut self.revisions {
            revision.scale_down_at = None;
            revision.scale(if revision.hash == current { count } else { 0 }, now, 0);
        }
        self.step = self.steps().len();
        self.stable = current;
        self.weight = 0;
        self.finished = now;
    }

    /// Versions that have pods, with their share of the traffic (0 to 1), as percent, and since when.
    pub(crate) fn shares(&self, now: i64) -> BTreeMap<String, (f64, u32, i64)> {
        let mut shares = BTreeMap::new();
        let all: u32 = self.revisions.iter().map(|revision| revision.available(now)).sum();
        for revision in self.revisions.iter().filter(|revision| !revision.pods.is_empty()) {
            let canary = self.in_flight() && revision.hash == self.current;
            let share = match self.strategy {
                Strategy::BlueGreen => f64::from(u8::from(revision.hash == self.stable)),
                Strategy::Canary if self.router && self.in_flight() => {
                    let weight = f64::from(self.weight) / 100.0;
                    if canary {
                        weight
                    } else if revision.hash == self.stable {
                        1.0 - weight
                    } else {
                        0.0
                    }
                }
                Strategy::Canary if self.router => f64::from(u8::from(revision.hash == self.stable)),
                _ if all == 0 => 0.0,
                _ => f64::from(revision.available(now)) / f64::from(all),
            };
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a percentage")]
            let percent = (share * 100.0).round() as u32;
            let since = if self.router { self.weight_since } else { revision.changed };
            let entry = shares.entry(revision.version()).or_insert((0.0, 0, since));
            entry.0 += share;
            entry.1 += percent;
        }
        shares
    }
}

fn read_step(step: &Value) -> Option<Step> {
    if let Some(weight) = step.get("setWeight").and_then(Value::as_u64) {
        return u32::try_from(weight).ok().map(Step::Weight);
    }
    if let Some(pause) = step.get("pause") {
        return Some(Step::Pause(match pause.get("duration") {
            Some(Value::String(text)) => {
                text.parse().ok().or_else(|| text.parse().ok().map(crate::domain::time::Span::from_secs))
            }
            Some(Value::Number(seconds)) => seconds.as_u64().map(crate::domain::time::Span::from_secs),
            _ => None,
        }));
    }
    let template = step.pointer("/analysis/templates/0/templateName").and_then(Value::as_str)?;
    Some(Step::Analysis(template.to_owned()))
}
