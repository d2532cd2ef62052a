//! A Rollout with everything that belongs to it, as a workload.

use super::{
    Objects, analyses, lenient, managers,
    objects::{AnalysisRun, Experiment, Pod, ReplicaSet, Rollout},
    ownership::Owned,
    phase::{Phase, fully_promoted, phase},
    revisions::{self, Images, OF_ROLLOUT},
    status, steps,
    weights::{self, Canaries},
};
use crate::domain::{
    object::{ObjectKey, SourceName},
    time::Timestamp,
    workload::{Replicas, Revision, Strategy, TaggedImage, Template, Workload},
};

/// Objects, found by their owner.
pub(super) struct Index<'a> {
    objects: &'a Objects,
    sets: Owned<'a, ReplicaSet>,
    pods: Owned<'a, Pod>,
    runs: Owned<'a, AnalysisRun>,
    experiments: Owned<'a, Experiment>,
}

impl<'a> Index<'a> {
    pub(super) fn new(objects: &'a Objects) -> Self {
        let known = |what: &str| !objects.unread.contains(what);
        Self {
            objects,
            sets: Owned::new(&objects.replica_sets, known("replicasets")),
            pods: Owned::new(&objects.pods, known("pods")),
            runs: Owned::new(&objects.analysis_runs, known("analysisruns")),
            experiments: Owned::new(&objects.experiments, known("experiments")),
        }
    }

    /// The workload that `rollout` is.
    pub(super) fn workload(&self, rollout: &Rollout, source: &SourceName) -> Workload {
        let phase = phase(rollout);
        let revisions = self.revisions(rollout);
        let experiments = self.experiments.of(rollout);
        let strategy = &rollout.spec.strategy;
        let canaries = strategy.canary.as_ref().map(|canary| Canaries {
            canary,
            rollout,
            revisions: &revisions,
            revisions_known: self.sets.known,
        });
        let on_new = canaries.as_ref().is_some_and(Canaries::measured_on_new);
        let position = strategy.canary.as_ref().and_then(|canary| steps::position(canary, rollout));
        let stopped = phase.word == "Degraded";
        Workload {
            key: key(rollout, source),
            labels: rollout.metadata.labels.clone(),
            strategy: match (&strategy.canary, &strategy.blue_green) {
                (Some(_), _) => Strategy::Canary,
                (None, Some(_)) => Strategy::BlueGreen,
                (None, None) => Strategy::Unknown,
            },
            status: status::status(rollout, &phase, &revisions, on_new),
            steps: strategy.canary.as_ref().map(|canary| steps::steps(canary, position, stopped)).unwrap_or_default(),
            step: position,
            traffic: canaries.as_ref().map_or(weights::NO_WEIGHTS, Canaries::traffic),
            images: self.images(&revisions, &experiments),
            replicas: replicas(rollout),
            target: self.target(rollout, &phase, &revisions),
            stable: stable(rollout, &revisions),
            gate: status::gate(rollout, &phase),
            analyses: analyses::analyses(rollout, &self.runs, &experiments),
            started_at: started_at(rollout, &revisions),
            finished_at: finished_at(rollout, &phase),
            managed_by: managers::manager(&rollout.metadata),
            missing: self.objects.unread.iter().cloned().collect(),
            revisions,
            phase: phase.word,
            message: phase.message,
        }
    }

    /// The revision numbers of everything that belongs to `rollout`, newest first, as the plugin's tree lists them.
    pub(super) fn numbers(&self, rollout: &Rollout) -> Vec<u64> {
        let sets = self.sets.of(rollout).into_iter().map(|set| &set.metadata);
        let experiments = self.experiments.of(rollout).into_iter().map(|experiment| &experiment.metadata);
        let runs = self.runs.of(rollout).into_iter().map(|run| &run.metadata);
        let number = |meta: &super::objects::Meta| meta.annotations.get(revisions::ROLLOUT_REVISION)?.parse().ok();
        let mut numbers: Vec<u64> =
            sets.chain(experiments).chain(runs).map(|meta| number(meta).unwrap_or_default()).collect();
        numbers.sort_unstable_by(|one, other| other.cmp(one));
        numbers.dedup();
        numbers
    }

    fn revisions(&self, rollout: &Rollout) -> Vec<Revision> {
        let mut all: Vec<Revision> = self
            .sets
            .of(rollout)
            .into_iter()
            .map(|set| {
                let revision = revisions::revision(set, &OF_ROLLOUT, &self.pods);
                Revision { tags: revisions::tags(rollout, revision.template.hash.as_deref()), ..revision }
            })
            .collect();
        revisions::sort(&mut all);
        all
    }

    fn images(&self, revisions: &[Revision], experiments: &[&Experiment]) -> Vec<TaggedImage> {
        let mut images = Images::default();
        for revision in revisions.iter().filter(|revision| revision.current > 0) {
            images.add(&revision.template, &revision.tags);
        }
        for set in experiments.iter().flat_map(|experiment| self.sets.of(*experiment)) {
            if set.status.replicas > 0 {
                let name = set.metadata.annotations.get("experiment.argoproj.io/template-name");
                let tag = name.filter(|name| !name.is_empty()).map(|name| format!("Σ:{name}"));
                images.add(&revisions::template(&set.spec.template, None), tag.as_slice());
            }
        }
        images.sorted()
    }

    /// What is being rolled out. Until a new specification is observed, the hash is that of the template before, and then so is
    /// all the rest.
    fn target(&self, rollout: &Rollout, phase: &Phase, revisions: &[Revision]) -> Template {
        let hash = rollout.status.current_pod_hash.as_str();
        let current = with_hash(revisions, hash).map(|revision| revision.template.clone());
        let referenced = rollout.spec.workload_ref.as_ref().and_then(|reference| {
            self.objects.deployments.iter().find(|deployment| {
                matches!(reference.kind.as_str(), "" | "Deployment")
                    && deployment.metadata.name == reference.name
                    && deployment.metadata.namespace == rollout.metadata.namespace
            })
        });
        let specified = match (&rollout.spec.workload_ref, referenced) {
            (None, _) => Some(&rollout.spec.template),
            (Some(_), Some(deployment)) => Some(&deployment.spec.template),
            (Some(_), None) => None,
        };
        let specified = specified.map(|template| revisions::template(template, Some(hash)));
        let (first, second) = if phase.observed { (specified, current) } else { (current, specified) };
        first.or(second).unwrap_or_else(|| Template { hash: some(hash), ..Template::default() })
    }
}

fn key(rollout: &Rollout, source: &SourceName) -> ObjectKey {
    let meta = &rollout.metadata;
    ObjectKey {
        source: source.clone(),
        namespace: meta.namespace.clone(),
        kind: "Rollout".to_owned(),
        name: meta.name.clone(),
        uid: meta.uid.clone(),
    }
}

fn replicas(rollout: &Rollout) -> Replicas {
    let status = &rollout.status;
    Replicas {
        desired: lenient::as_count(Some(rollout.spec.replicas.unwrap_or(1))),
        current: status.replicas,
        updated: status.updated_replicas,
        ready: status.ready_replicas,
        available: status.available_replicas,
    }
}

/// What it would go back to; of a template that has no `ReplicaSet` any more, only the hash is known.
fn stable(rollout: &Rollout, revisions: &[Revision]) -> Option<Template> {
    let hash = some(&rollout.status.stable_rs).filter(|_| !fully_promoted(&rollout.status))?;
    let revision = with_hash(revisions, &hash).map(|revision| revision.template.clone());
    Some(revision.unwrap_or_else(|| Template { hash: Some(hash), ..Template::default() }))
}

/// When this rollout began. A `ReplicaSet` that is used again is older than the rollout: then nothing says.
fn started_at(rollout: &Rollout, revisions: &[Revision]) -> Option<Timestamp> {
    rollout.status.duration.rollout_started_at.or_else(|| {
        let current = with_hash(revisions, &rollout.status.current_pod_hash)?;
        first_use(current, revisions)
    })
}

/// When `current` was made, unless another revision is younger.
pub(super) fn first_use(current: &Revision, revisions: &[Revision]) -> Option<Timestamp> {
    let created = current.created_at?;
    revisions.iter().all(|other| other.created_at.is_none_or(|at| at <= created)).then_some(created)
}

fn finished_at(rollout: &Rollout, phase: &Phase) -> Option<Timestamp> {
    let status = &rollout.status;
    let completed = || {
        let condition = status.conditions.iter().find(|it| it.kind == "Completed" && it.status == "True")?;
        condition.last_transition_time
    };
    status.duration.finished_at.or_else(|| match phase.word.as_str() {
        "Healthy" => completed(),
        "Degraded" if status.abort => status.aborted_at,
        _ => None,
    })
}

fn with_hash<'a>(revisions: &'a [Revision], hash: &str) -> Option<&'a Revision> {
    let is = |revision: &&Revision| revision.template.hash.as_deref() == Some(hash);
    revisions.iter().find(is).filter(|_| !hash.is_empty())
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}
