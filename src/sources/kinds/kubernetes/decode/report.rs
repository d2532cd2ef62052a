//! What `sources decode` prints.

use serde_json::{Value, json};

use super::{documents, objects::Rollout, rollout};
use crate::domain::{object::SourceName, source::SourceError, workload::Workload};

/// The source of what was read from files.
const FILES: &str = "files";

/// One JSON object for each Rollout in `texts`.
pub(in super::super) fn decode_rollouts(texts: &[&str]) -> Result<Vec<Value>, SourceError> {
    let objects = documents::read(texts)?;
    let index = rollout::Index::new(&objects);
    let workloads = objects.rollouts(&SourceName::from(FILES));
    let numbers = |workload: &Workload| {
        let is = |rollout: &&Rollout| {
            let meta = &rollout.metadata;
            (&meta.namespace, &meta.name, &meta.uid) == (&workload.key.namespace, &workload.key.name, &workload.key.uid)
        };
        objects.rollouts.iter().find(is).map(|rollout| index.numbers(rollout)).unwrap_or_default()
    };
    Ok(workloads.iter().map(|workload| report(workload, &numbers(workload))).collect())
}

/// One JSON object for each Deployment in `texts`.
pub(in super::super) fn decode_deployments(texts: &[&str]) -> Result<Vec<Value>, SourceError> {
    let objects = documents::read(texts)?;
    let workloads = objects.deployments(&SourceName::from(FILES), &objects.templates());
    let numbers =
        |workload: &Workload| workload.revisions.iter().filter_map(|revision| revision.number).collect::<Vec<_>>();
    Ok(workloads.iter().map(|workload| report(workload, &numbers(workload))).collect())
}

fn report(workload: &Workload, revisions: &[u64]) -> Value {
    let sets = workload.revisions.iter().map(|revision| {
        json!({
            "name": revision.name,
            "revision": revision.number,
            "status": revision.health,
            "tags": revision.tags,
            "desired": revision.desired,
            "current": revision.current,
            "available": revision.available,
            "scale_down_at": revision.scale_down_at,
            "trouble": revision.trouble,
        })
    });
    json!({
        "namespace": workload.key.namespace,
        "name": workload.key.name,
        "phase": workload.phase,
        "message": workload.message,
        "status": workload.status,
        "strategy": workload.strategy,
        "step": workload.step,
        "steps": workload.steps,
        "desired_weight": workload.traffic.desired,
        "actual_weight": workload.traffic.actual,
        "images": workload.images,
        "replicas": workload.replicas,
        "revisions": revisions,
        "replicasets": sets.collect::<Vec<_>>(),
        "analyses": workload.analyses,
        "gate": workload.gate,
        "started_at": workload.started_at,
        "managed_by": workload.managed_by,
    })
}
