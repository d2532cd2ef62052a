//! From objects of the Kubernetes API to workloads. Pure, and tolerant: a field that is not as it should be costs only itself.

mod analyses;
mod deployment;
mod documents;
pub(super) mod lenient;
pub(super) mod managers;
pub(crate) mod objects;
mod ownership;
mod phase;
mod pods;
mod report;
mod revisions;
mod rollout;
mod status;
mod steps;
mod weights;

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use self::objects::{AnalysisRun, Deployment, Experiment, Object, Pod, ReplicaSet, Rollout};
use crate::domain::{object::SourceName, workload::Workload};

pub(super) use self::report::{decode_deployments, decode_rollouts};

/// Everything that was read, by kind.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    pub(crate) rollouts: Vec<Rollout>,
    pub(crate) deployments: Vec<Deployment>,
    pub(crate) replica_sets: Vec<ReplicaSet>,
    pub(crate) pods: Vec<Pod>,
    pub(crate) analysis_runs: Vec<AnalysisRun>,
    pub(crate) experiments: Vec<Experiment>,
    /// Resources that could not be read, by their plural: `pods`.
    pub(crate) unread: BTreeSet<String>,
}

impl Objects {
    /// All Rollouts as workloads, by namespace and name.
    pub(crate) fn rollouts(&self, source: &SourceName) -> Vec<Workload> {
        let index = rollout::Index::new(self);
        sorted(self.rollouts.iter().filter(|it| is_named(*it)).map(|it| index.workload(it, source)).collect())
    }

    /// All Deployments as workloads, by namespace and name. One that is a Rollout's template is not listed twice.
    pub(crate) fn deployments(&self, source: &SourceName, templates: &BTreeSet<(String, String)>) -> Vec<Workload> {
        let index = deployment::Index::new(self);
        let own = |it: &&Deployment| {
            is_named(*it) && !templates.contains(&(it.metadata.namespace.clone(), it.metadata.name.clone()))
        };
        sorted(self.deployments.iter().filter(own).map(|it| index.workload(it, source)).collect())
    }

    /// Namespace and name of the Deployments that Rollouts take their template from.
    pub(crate) fn templates(&self) -> BTreeSet<(String, String)> {
        let named = self.rollouts.iter().filter_map(|rollout| {
            let reference = rollout.spec.workload_ref.as_ref()?;
            matches!(reference.kind.as_str(), "" | "Deployment")
                .then(|| (rollout.metadata.namespace.clone(), reference.name.clone()))
        });
        named.collect()
    }

    /// Adds one object of the kinds that are needed.
    fn add(&mut self, kind: &str, object: Value) -> Result<(), serde_json::Error> {
        match kind {
            "Rollout" => self.rollouts.push(serde_json::from_value(object)?),
            "Deployment" => self.deployments.push(serde_json::from_value(object)?),
            "ReplicaSet" => self.replica_sets.push(serde_json::from_value(object)?),
            "Pod" => self.pods.push(serde_json::from_value(object)?),
            "AnalysisRun" => self.analysis_runs.push(serde_json::from_value(object)?),
            "Experiment" => self.experiments.push(serde_json::from_value(object)?),
            _ => {}
        }
        Ok(())
    }

    /// Keeps the last of those that were given several times.
    fn forget_duplicates(&mut self) {
        keep_last(&mut self.rollouts);
        keep_last(&mut self.deployments);
        keep_last(&mut self.replica_sets);
        keep_last(&mut self.pods);
        keep_last(&mut self.analysis_runs);
        keep_last(&mut self.experiments);
    }
}

/// What a Deployment or Rollout without a name is cannot be told.
fn is_named<T: Object>(object: &T) -> bool {
    !object.meta().name.is_empty()
}

fn keep_last<T: Object>(objects: &mut Vec<T>) {
    let mut last = HashMap::new();
    for (index, object) in objects.iter().enumerate() {
        let meta = object.meta();
        last.insert((meta.namespace.clone(), meta.name.clone(), meta.uid.clone()), index);
    }
    let keep: BTreeSet<usize> = last.into_values().collect();
    let mut index = 0;
    objects.retain(|_| {
        index += 1;
        keep.contains(&(index - 1))
    });
}

fn sorted(mut workloads: Vec<Workload>) -> Vec<Workload> {
    workloads.sort_by(|one, other| (&one.key.namespace, &one.key.name).cmp(&(&other.key.namespace, &other.key.name)));
    workloads
}
