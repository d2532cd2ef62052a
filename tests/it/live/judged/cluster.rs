//! Objects of an API server of our own: rollouts and deployments of one namespace, with the revisions that they came from.

use std::net::SocketAddr;

use axum::response::IntoResponse as _;
use serde_json::{Value, json};

use crate::support::api;

/// Something that rolls out.
pub(super) struct Deployed {
    /// Its name, which is the service's.
    pub(super) name: &'static str,
    /// How.
    pub(super) how: How,
    /// When the new version began.
    pub(super) since: i64,
}

/// How it rolls out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    /// A Rollout that stands at 20 %, the next step 50 %.
    Canary,
    /// A Deployment that is done.
    Replaced,
}

/// The versions before and after a deploy.
pub(super) type Versions = (&'static str, &'static str);

/// Starts an API server with these objects, which go from version 1.0 to version 1.1. It lives as long as the runtime.
pub(super) async fn start(deployed: &[Deployed]) -> SocketAddr {
    start_with(("1.0", "1.1"), deployed).await
}

/// The same with other versions.
pub(super) async fn start_with(versions: Versions, deployed: &[Deployed]) -> SocketAddr {
    let of = |how| deployed.iter().filter(move |one| one.how == how);
    let rollouts: Vec<Value> = of(How::Canary).map(|one| rollout(one, versions)).collect();
    let deployments: Vec<Value> = of(How::Replaced).map(|one| deployment(one, versions)).collect();
    let sets: Vec<Value> = deployed.iter().flat_map(|one| replica_sets(one, versions)).collect();
    api(move |path, _, _| {
        let items = match path {
            "/apis/argoproj.io/v1alpha1/rollouts" => rollouts.as_slice(),
            "/apis/apps/v1/deployments" => deployments.as_slice(),
            "/apis/apps/v1/replicasets" => sets.as_slice(),
            _ => &[],
        };
        axum::Json(json!({"kind": "List", "metadata": {"resourceVersion": "9"}, "items": items})).into_response()
    })
    .await
}

fn time(at: i64) -> String {
    chrono::DateTime::from_timestamp(at, 0).expect("in range").format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn template(version: &str) -> Value {
    json!({"spec": {"containers": [{"name": "app", "image": format!("shop/app:{version}")}]}})
}

fn rollout(one: &Deployed, (_, new): Versions) -> Value {
    json!({
        "metadata": {"name": one.name, "namespace": "shop", "uid": one.name, "generation": 2, "resourceVersion": "7"},
        "spec": {"replicas": 4, "template": template(new), "selector": {"matchLabels": {"app": one.name}},
            "strategy": {"canary": {"steps": [{"setWeight": 20}, {"pause": {}}, {"setWeight": 50}, {"pause": {}}]}}},
        "status": {"observedGeneration": "2", "phase": "Paused", "message": "CanaryPauseStep", "currentStepIndex": 1,
            "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": time(one.since + 30)}],
            "controllerPause": true, "currentPodHash": "new", "stableRS": "old",
            "replicas": 5, "updatedReplicas": 1, "readyReplicas": 5, "availableReplicas": 5}
    })
}

fn deployment(one: &Deployed, (_, new): Versions) -> Value {
    json!({
        "metadata": {"name": one.name, "namespace": "shop", "uid": one.name, "generation": 2, "resourceVersion": "7",
            "annotations": {"deployment.kubernetes.io/revision": "2"}},
        "spec": {"replicas": 4, "template": template(new)},
        "status": {"observedGeneration": 2, "replicas": 4, "updatedReplicas": 4, "readyReplicas": 4,
            "availableReplicas": 4, "conditions": [{"type": "Progressing", "status": "True",
                "reason": "NewReplicaSetAvailable", "lastUpdateTime": time(one.since + 60)}]}
    })
}

fn replica_sets(one: &Deployed, versions: Versions) -> Vec<Value> {
    let (kind, hash, number, after) = match one.how {
        How::Canary => ("Rollout", "rollouts-pod-template-hash", "rollout.argoproj.io/revision", 4),
        How::Replaced => ("Deployment", "pod-template-hash", "deployment.kubernetes.io/revision", 0),
    };
    let set = |name: &str, version: &str, revision: &str, pods: u32, made: i64| {
        json!({
            "metadata": {"name": format!("{}-{name}", one.name), "namespace": "shop", "uid": format!("{}-{name}", one.name),
                "generation": 1, "labels": {hash: name}, "annotations": {number: revision},
                "creationTimestamp": time(made),
                "ownerReferences": [{"kind": kind, "name": one.name, "uid": one.name, "controller": true}]},
            "spec": {"replicas": pods, "template": template(version)},
            "status": {"observedGeneration": 1, "replicas": pods, "availableReplicas": pods}
        })
    };
    let new = if one.how == How::Canary { 1 } else { 4 };
    vec![set("old", versions.0, "1", after, one.since - 86_400), set("new", versions.1, "2", new, one.since)]
}
