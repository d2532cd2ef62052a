//! A Deployment as a workload, by the rules of `kubectl rollout status` (`polymorphichelpers/rollout_status.go`).

use super::{
    Objects, lenient, managers,
    objects::{Deployment, Pod, ReplicaSet},
    ownership::Owned,
    revisions::{self, DEPLOYMENT_REVISION, Images, OF_DEPLOYMENT},
    rollout::first_use,
    weights::NO_WEIGHTS,
};
use crate::domain::{
    object::{ObjectKey, SourceName},
    time::Timestamp,
    workload::{Gate, Replicas, Revision, Status, Strategy, TaggedImage, Traffic, TrafficSource, Workload},
};

/// Objects, found by their owner.
pub(super) struct Index<'a> {
    objects: &'a Objects,
    sets: Owned<'a, ReplicaSet>,
    pods: Owned<'a, Pod>,
}

/// What kubectl prints, and what it means.
struct Phase {
    word: &'static str,
    message: String,
    status: Status,
}

impl<'a> Index<'a> {
    pub(super) fn new(objects: &'a Objects) -> Self {
        let known = |what: &str| !objects.unread.contains(what);
        Self {
            objects,
            sets: Owned::new(&objects.replica_sets, known("replicasets")),
            pods: Owned::new(&objects.pods, known("pods")),
        }
    }

    /// The workload that `deployment` is.
    pub(super) fn workload(&self, deployment: &Deployment, source: &SourceName) -> Workload {
        let (revisions, current) = self.revisions(deployment);
        let current = current.and_then(|index| revisions.get(index));
        let pods = Pods::of(deployment, &revisions, current);
        let phase = phase(deployment, &pods);
        let under_way = phase.word != "Healthy";
        let meta = &deployment.metadata;
        let status = &deployment.status;
        Workload {
            key: ObjectKey {
                source: source.clone(),
                namespace: meta.namespace.clone(),
                kind: "Deployment".to_owned(),
                name: meta.name.clone(),
                uid: meta.uid.clone(),
            },
            labels: meta.labels.clone(),
            strategy: match deployment.spec.strategy.kind.as_str() {
                "" | "RollingUpdate" => Strategy::RollingUpdate,
                "Recreate" => Strategy::Recreate,
                _ => Strategy::Unknown,
            },
            steps: Vec::new(),
            step: None,
            traffic: pods.traffic(),
            images: images(deployment, &revisions, current, under_way),
            replicas: Replicas {
                desired: lenient::as_count(Some(deployment.spec.replicas.unwrap_or(1))),
                current: status.replicas,
                updated: status.updated_replicas,
                ready: status.ready_replicas,
                available: status.available_replicas,
            },
            target: revisions::template(
                &deployment.spec.template,
                current.and_then(|revision| revision.template.hash.as_deref()),
            ),
            stable: before(&revisions, current).map(|revision| revision.template.clone()),
            gate: deployment.spec.paused.then(|| Gate { reason: "paused".to_owned(), since: None, until: None }),
            analyses: Vec::new(),
            started_at: current.and_then(|revision| first_use(revision, &revisions)),
            finished_at: if under_way { None } else { finished_at(deployment) },
            managed_by: managers::manager(meta),
            missing: self.objects.unread.iter().cloned().collect(),
            revisions,
            phase: phase.word.to_owned(),
            message: phase.message,
            status: phase.status,
        }
    }

    /// All revisions, newest first, and which of them is the current one.
    fn revisions(&self, deployment: &Deployment) -> (Vec<Revision>, Option<usize>) {
        let sets = self.sets.of(deployment).into_iter();
        let mut all: Vec<Revision> = sets.map(|set| revisions::revision(set, &OF_DEPLOYMENT, &self.pods)).collect();
        revisions::sort(&mut all);
        let number = deployment.metadata.annotations.get(DEPLOYMENT_REVISION).and_then(|number| number.parse().ok());
        let current = match number {
            Some(number) => all.iter().position(|revision| revision.number == Some(number)),
            None => all.iter().position(|revision| revision.number.is_some()),
        };
        (all, current)
    }
}

/// What it came from: a revision that still runs before one that does not, and then the younger.
fn before<'a>(revisions: &'a [Revision], current: Option<&Revision>) -> Option<&'a Revision> {
    let current = current?;
    let others =
        || revisions.iter().filter(|revision| revision.name != current.name && revision.number < current.number);
    others().find(|revision| revision.current > 0).or_else(|| others().next())
}

/// How the available pods of a Deployment are divided.
struct Pods {
    /// Available pods of the new template, where that can be told.
    new: Option<u32>,
    /// All available pods.
    all: u32,
    /// All pods.
    any: u32,
}

impl Pods {
    fn of(deployment: &Deployment, revisions: &[Revision], current: Option<&Revision>) -> Self {
        let status = &deployment.status;
        let counted = || revisions.iter().map(|revision| revision.available).sum();
        let new = match current {
            Some(current) => Some(current.available),
            // Without `ReplicaSet`s it can be told only when all pods are of one kind.
            None if status.updated_replicas == status.replicas => Some(status.available_replicas),
            None if status.updated_replicas == 0 => Some(0),
            None => None,
        };
        Self { new, all: if current.is_some() { counted() } else { status.available_replicas }, any: status.replicas }
    }

    /// The share of available pods that are new: an approximation of traffic.
    fn traffic(&self) -> Traffic {
        let Some(new) = self.new.filter(|_| self.any > 0 || self.all > 0) else { return NO_WEIGHTS };
        let share = (u64::from(new) * 100).checked_div(u64::from(self.all)).unwrap_or(0);
        Traffic { actual: u32::try_from(share).ok(), source: TrafficSource::Replicas, ..NO_WEIGHTS }
    }
}

fn phase(deployment: &Deployment, pods: &Pods) -> Phase {
    let status = &deployment.status;
    let name = &deployment.metadata.name;
    let condition = |kind: &str| status.conditions.iter().find(|condition| condition.kind == kind);
    let told = |word, status, message: String| Phase { word, message, status };
    if deployment.spec.paused {
        return told("Suspended", Status::Suspended, "Deployment is paused".to_owned());
    }
    if deployment.metadata.generation.unwrap_or(0) > status.observed_generation.unwrap_or(0) {
        let message = "Waiting for deployment spec update to be observed...".to_owned();
        return told("Progressing", Status::Stale, message);
    }
    let refused = condition("ReplicaFailure").is_some_and(|condition| condition.status == "True");
    let none_new = pods.new == Some(0) || status.updated_replicas == 0;
    if condition("Progressing").is_some_and(|condition| condition.reason == "ProgressDeadlineExceeded") {
        let unsafe_or_not = if none_new { Status::Failed } else { Status::FailedTrafficOnNew };
        return told("Degraded", unsafe_or_not, format!("deployment \"{name}\" exceeded its progress deadline"));
    }
    match waiting(deployment) {
        Some(message) => {
            let status = if refused && none_new { Status::Failed } else { Status::Progressing };
            told("Progressing", status, format!("Waiting for deployment \"{name}\" rollout to finish: {message}..."))
        }
        None => told("Healthy", Status::Succeeded, format!("deployment \"{name}\" successfully rolled out")),
    }
}

fn waiting(deployment: &Deployment) -> Option<String> {
    let status = &deployment.status;
    let (updated, available) = (status.updated_replicas, status.available_replicas);
    match deployment.spec.replicas {
        Some(wanted) if i64::from(updated) < wanted => {
            return Some(format!("{updated} out of {wanted} new replicas have been updated"));
        }
        _ => {}
    }
    if status.replicas > updated {
        return Some(format!("{} old replicas are pending termination", status.replicas - updated));
    }
    (available < updated).then(|| format!("{available} of {updated} updated replicas are available"))
}

fn images(
    deployment: &Deployment,
    revisions: &[Revision],
    current: Option<&Revision>,
    under_way: bool,
) -> Vec<TaggedImage> {
    let mut images = Images::default();
    if revisions.is_empty() && deployment.status.replicas > 0 {
        images.add(&revisions::template(&deployment.spec.template, None), &[]);
    }
    for revision in revisions.iter().filter(|revision| revision.current > 0) {
        let is_new = current.is_some_and(|current| current.name == revision.name);
        let tag = under_way.then(|| if is_new { "new" } else { "old" }.to_owned());
        images.add(&revision.template, tag.as_slice());
    }
    images.sorted()
}

fn finished_at(deployment: &Deployment) -> Option<Timestamp> {
    let progressing = deployment.status.conditions.iter().find(|condition| condition.kind == "Progressing")?;
    (progressing.reason == "NewReplicaSetAvailable").then_some(progressing.last_update_time).flatten()
}
