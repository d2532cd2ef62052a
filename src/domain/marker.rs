//! Deployment events at a time, drawn on charts: seen between two looks, or rebuilt from what an object remembers.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{
    catalog::{Catalog, VersionFrom},
    facts::Facts,
    join::objects::Declared,
    object::ObjectKey,
    time::Timestamp,
    workload::{Status, Workload},
};

/// How many are kept; the oldest go first.
const KEPT: usize = 4_000;

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

/// All events that are remembered, each once, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MarkerLog {
    markers: Vec<Marker>,
    seen: BTreeSet<String>,
}

impl MarkerLog {
    /// Oldest first.
    #[must_use]
    pub fn all(&self) -> &[Marker] {
        &self.markers
    }

    /// Remembers `marker`, unless it is known already.
    pub fn add(&mut self, marker: Marker) {
        if !self.seen.insert(marker.dedupe.clone()) {
            return;
        }
        let place = self.markers.partition_point(|other| other.at <= marker.at);
        self.markers.insert(place, marker);
        if self.markers.len() > KEPT {
            let oldest = self.markers.remove(0);
            self.seen.remove(&oldest.dedupe);
        }
    }

    /// Learns what happened between two answers of one feed; of the first answer, what its objects remember.
    pub fn observe(
        &mut self,
        catalog: &Catalog,
        before: Option<&Facts>,
        after: &Facts,
        at: Timestamp,
        observed_at: Timestamp,
    ) {
        match after {
            Facts::Markers(markers) => markers.iter().cloned().for_each(|marker| self.add(marker)),
            Facts::Workloads(workloads) => {
                let before = match before {
                    Some(Facts::Workloads(before)) => before.as_slice(),
                    _ => &[],
                };
                let declared = Declared::new(catalog);
                for workload in workloads {
                    let version = declared.find(workload).map(|(_, object)| object.version.clone()).unwrap_or_default();
                    let seen = Seen { workload, version: &version, observed_at };
                    let events = match before.iter().find(|old| old.key == workload.key) {
                        Some(old) => seen.since(old, at),
                        None => seen.remembered(),
                    };
                    for marker in events {
                        self.add(marker);
                    }
                }
            }
            _ => {}
        }
    }
}

/// A workload at one look.
struct Seen<'a> {
    workload: &'a Workload,
    version: &'a VersionFrom,
    observed_at: Timestamp,
}

impl Seen<'_> {
    fn marker(&self, kind: MarkerKind, at: Timestamp, text: impl Into<String>, detail: &str) -> Marker {
        let workload = self.workload;
        let hash = workload.target.hash.as_deref().unwrap_or_default();
        Marker {
            at,
            observed_at: self.observed_at,
            object: workload.key.clone(),
            service: None,
            environment: None,
            version: workload.target.version(self.version),
            kind,
            text: text.into(),
            dedupe: format!("{}|{hash}|{kind:?}|{detail}", workload.key.uid),
        }
    }

    fn name(&self) -> String {
        self.workload.target.version(self.version).unwrap_or_else(|| "new version".to_owned())
    }

    fn position(&self) -> String {
        self.workload.step.map(|step| step.index.to_string()).unwrap_or_default()
    }

    /// What happened since `old`, as far as two looks can tell.
    fn since(&self, old: &Workload, at: Timestamp) -> Vec<Marker> {
        let new = self.workload;
        let mut events = Vec::new();
        if new.target.hash != old.target.hash {
            let started = new.started_at.unwrap_or(at);
            let back = old.revisions.iter().any(|revision| revision.template.hash == new.target.hash);
            if back {
                events.push(self.marker(MarkerKind::RolledBack, at, format!("back to {}", self.name()), ""));
            } else {
                events.push(self.marker(MarkerKind::Started, started, format!("{} starts", self.name()), ""));
            }
        }
        if new.traffic.desired != old.traffic.desired
            && let Some(weight) = new.traffic.desired
            && new.status.in_flight()
            && new.status != Status::Aborted
        {
            let when = new.gate.as_ref().and_then(|gate| gate.since).filter(|since| *since <= at).unwrap_or(at);
            let text = format!("canary {} %", percent(weight, new.traffic.max));
            events.push(self.marker(MarkerKind::Weight, when, text, &weight.to_string()));
        }
        if new.status != old.status {
            events.extend(self.status_event(at, waits(old.status)));
        }
        events
    }

    fn status_event(&self, at: Timestamp, waited: bool) -> Option<Marker> {
        let new = self.workload;
        let since = new.gate.as_ref().and_then(|gate| gate.since).unwrap_or(at);
        let (kind, at, text) = match new.status {
            Status::PausedManual => (MarkerKind::Paused, since, "paused".to_owned()),
            Status::WaitingApproval => (MarkerKind::Paused, since, "waits for a person".to_owned()),
            Status::Aborted => (MarkerKind::Aborted, at, format!("{} aborted", self.name())),
            Status::Failed | Status::FailedTrafficOnNew => (MarkerKind::Failed, at, format!("{} failed", self.name())),
            Status::RolledBack => (MarkerKind::RolledBack, at, "rolled back".to_owned()),
            Status::Succeeded => {
                (MarkerKind::Succeeded, new.finished_at.unwrap_or(at), format!("{} done", self.name()))
            }
            Status::Progressing | Status::Promoting | Status::Analyzing if waited => {
                (MarkerKind::Resumed, at, "goes on".to_owned())
            }
            _ => return None,
        };
        Some(self.marker(kind, at, text, &self.position()))
    }

    /// What the object itself remembers: for the first look after a start.
    fn remembered(&self) -> Vec<Marker> {
        let new = self.workload;
        let mut events = Vec::new();
        let Some(started) = new.started_at else { return events };
        events.push(self.marker(MarkerKind::Started, started, format!("{} starts", self.name()), ""));
        if let (Status::Succeeded, Some(finished)) = (new.status, new.finished_at) {
            events.push(self.marker(
                MarkerKind::Succeeded,
                finished,
                format!("{} done", self.name()),
                &self.position(),
            ));
        }
        if !new.status.in_flight() {
            return events;
        }
        let gate_since = new.gate.as_ref().and_then(|gate| gate.since);
        match (new.traffic.desired, gate_since) {
            (Some(weight), Some(since)) if weight > 0 => {
                let text = format!("canary {} %", percent(weight, new.traffic.max));
                events.push(self.marker(MarkerKind::Weight, since, text, &weight.to_string()));
            }
            (Some(weight), None) if weight > 0 && new.step.is_some_and(|step| step.index > 0) => {
                let text = "steps before this were not seen";
                events.push(self.marker(MarkerKind::Gap, self.observed_at, text, "first look"));
            }
            _ => {}
        }
        if waits(new.status) || matches!(new.status, Status::Aborted | Status::Failed | Status::FailedTrafficOnNew) {
            events.extend(gate_since.and_then(|since| self.status_event(since, false)));
        }
        events
    }
}

fn waits(status: Status) -> bool {
    matches!(status, Status::PausedManual | Status::WaitingApproval)
}

/// A share of `max` in whole percent.
fn percent(weight: u32, max: u32) -> u32 {
    if max == 100 || max == 0 { weight } else { weight.saturating_mul(100) / max }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        join::example::{at, canary, catalog, deliver, room, template},
        workload::{Gate, StepPosition},
    };

    fn told(looks: Vec<(i64, Workload)>) -> Vec<(i64, MarkerKind, String)> {
        let mut room = room(catalog());
        for (secs, workload) in looks {
            deliver(&mut room, "eu", "rollouts", at(secs), Facts::Workloads(vec![workload]));
        }
        let log = room.marker_list().iter();
        log.map(|marker| ((marker.at - at(0)).num_seconds(), marker.kind, marker.text.clone())).collect()
    }

    #[test]
    fn a_change_of_weight_between_two_looks_is_a_marker_at_its_own_time() {
        let mut later = canary(25, Status::PausedTimed);
        later.gate = Some(Gate { reason: "CanaryPauseStep".to_owned(), since: Some(at(12)), until: Some(at(60)) });
        let markers = told(vec![(10, canary(5, Status::PausedTimed)), (15, later.clone()), (20, later)]);
        assert_eq!(
            markers,
            [
                (-600, MarkerKind::Started, "1.42.0 starts".to_owned()),
                (12, MarkerKind::Weight, "canary 25 %".to_owned()),
            ]
        );
    }

    #[test]
    fn an_abort_is_not_a_weight() {
        let markers = told(vec![(0, canary(25, Status::Progressing)), (5, canary(0, Status::Aborted))]);
        assert_eq!(markers.last(), Some(&(5, MarkerKind::Aborted, "1.42.0 aborted".to_owned())));
        assert_eq!(markers.len(), 2);
    }

    #[test]
    fn going_back_to_an_older_template_is_a_rollback() {
        let mut back = canary(5, Status::Progressing);
        back.target = template("old", "1.41.7");
        let markers = told(vec![(0, canary(5, Status::Progressing)), (5, back)]);
        assert_eq!(markers.last(), Some(&(5, MarkerKind::RolledBack, "back to 1.41.7".to_owned())));
    }

    #[test]
    fn what_happened_before_the_first_look_is_a_gap_not_a_guess() {
        let mut midway = canary(25, Status::Progressing);
        midway.step = Some(StepPosition { index: 3, total: 6 });
        let kinds: Vec<MarkerKind> = told(vec![(0, midway)]).into_iter().map(|(_, kind, _)| kind).collect();
        assert_eq!(kinds, [MarkerKind::Started, MarkerKind::Gap]);
    }
}
