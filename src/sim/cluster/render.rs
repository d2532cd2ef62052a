//! Workloads as objects of the Kubernetes API.

use chrono::DateTime;
use serde_json::{Map, Value, json};

use super::{
    revision::{Pod, Revision, letters, uid},
    status,
    store::ObjectId,
    workload::{AnalysisRun, MEASUREMENTS, Notice, Workload},
};
use crate::sim::{scenario::Strategy, traffic::hash};

/// An instant as Kubernetes writes it: whole seconds, UTC.
pub(super) fn time(at: i64) -> String {
    DateTime::from_timestamp_millis(at).map_or_else(String::new, |at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// All objects that a workload is made of.
pub(crate) fn objects(workload: &Workload, now: i64) -> Vec<(ObjectId, Value)> {
    let namespace = &workload.namespace;
    let id = |resource: &'static str, name: &str| (resource, namespace.clone(), name.to_owned());
    let main = if workload.strategy == Strategy::Deployment { "deployments" } else { "rollouts" };
    let mut objects = vec![(id(main, &workload.name), main_object(workload, now))];
    for revision in &workload.revisions {
        objects.push((id("replicasets", &revision.name), replica_set(workload, revision, now)));
        for pod in &revision.pods {
            objects.push((id("pods", &pod.name), pod_object(workload, revision, pod, now)));
        }
    }
    for run in &workload.analyses {
        objects.push((id("analysisruns", &run.name), analysis_run(workload, run)));
    }
    for (index, notice) in workload.notices.iter().enumerate().filter(|(_, notice)| notice.at > now - 3_600_000) {
        let name = format!(
            "{}.{}",
            workload.name,
            letters(hash(notice.at.unsigned_abs(), format!("{index}{}", notice.message).as_bytes()), 12)
        );
        objects.push((id("events", &name), event(workload, notice, &name)));
    }
    objects
}

/// The label that holds a template's hash.
fn hash_label(workload: &Workload) -> &'static str {
    if workload.strategy == Strategy::Deployment { "pod-template-hash" } else { "rollouts-pod-template-hash" }
}

fn main_object(workload: &Workload, now: i64) -> Value {
    let deployment = workload.strategy == Strategy::Deployment;
    let number = workload.revision(&workload.current).map_or(0, |revision| revision.number).to_string();
    let mut annotations = workload.annotations.clone();
    let key = if deployment { "deployment.kubernetes.io/revision" } else { "rollout.argoproj.io/revision" };
    annotations.insert(key.to_owned(), json!(number));
    let (api_version, kind) = if deployment { ("apps/v1", "Deployment") } else { ("argoproj.io/v1alpha1", "Rollout") };
    json!({
        "apiVersion": api_version,
        "kind": kind,
        "metadata": {
            "name": workload.name,
            "namespace": workload.namespace,
            "uid": workload.uid,
            "resourceVersion": "",
            "generation": workload.generation,
            "creationTimestamp": time(workload.created),
            "labels": workload.labels,
            "annotations": annotations,
        },
        "spec": workload.spec,
        "status": if deployment { status::deployment(workload, now) } else { status::rollout(workload, now) },
    })
}

fn owner(api_version: &str, kind: &str, name: &str, uid: &str) -> Value {
    json!([{"apiVersion": api_version, "kind": kind, "name": name, "uid": uid, "controller": true, "blockOwnerDeletion": true}])
}

fn workload_owner(workload: &Workload) -> Value {
    if workload.strategy == Strategy::Deployment {
        owner("apps/v1", "Deployment", &workload.name, &workload.uid)
    } else {
        owner("argoproj.io/v1alpha1", "Rollout", &workload.name, &workload.uid)
    }
}

fn pod_labels(workload: &Workload, revision: &Revision) -> Map<String, Value> {
    let mut labels =
        revision.template.pointer("/metadata/labels").and_then(Value::as_object).cloned().unwrap_or_default();
    labels.insert(hash_label(workload).to_owned(), json!(revision.hash));
    labels
}

fn replica_set(workload: &Workload, revision: &Revision, now: i64) -> Value {
    let labels = pod_labels(workload, revision);
    let mut template = revision.template.clone();
    if let Some(metadata) = template.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.insert("labels".to_owned(), Value::Object(labels.clone()));
    }
    let mut selector = workload.spec.get("selector").cloned().unwrap_or_else(|| json!({}));
    if let Some(wanted) = selector.get_mut("matchLabels").and_then(Value::as_object_mut) {
        wanted.insert(hash_label(workload).to_owned(), json!(revision.hash));
    }
    let deployment = workload.strategy == Strategy::Deployment;
    let mut annotations = Map::new();
    let prefix = if deployment { "deployment.kubernetes.io" } else { "rollout.argoproj.io" };
    annotations.insert(format!("{prefix}/desired-replicas"), json!(workload.replicas().to_string()));
    annotations.insert(format!("{prefix}/revision"), json!(revision.number.to_string()));
    if let Some(at) = revision.scale_down_at.filter(|_| !deployment && !revision.pods.is_empty()) {
        annotations.insert("argo-rollouts.argoproj.io/scale-down-deadline".to_owned(), json!(time(at)));
    }
    let available = revision.available(now);
    json!({
        "apiVersion": "apps/v1",
        "kind": "ReplicaSet",
        "metadata": {
            "name": revision.name,
            "namespace": workload.namespace,
            "uid": uid(1, &format!("{}/{}", workload.uid, revision.hash)),
            "resourceVersion": "",
            "generation": 1,
            "creationTimestamp": time(revision.created),
            "labels": labels,
            "annotations": annotations,
            "ownerReferences": workload_owner(workload),
        },
        "spec": {"replicas": revision.count(), "selector": selector, "template": template},
        "status": {
            "replicas": revision.count(),
            "fullyLabeledReplicas": revision.count(),
            "readyReplicas": available,
            "availableReplicas": available,
            "observedGeneration": 1,
        },
    })
}

fn pod_object(workload: &Workload, revision: &Revision, pod: &Pod, now: i64) -> Value {
    let ready = pod.ready_at <= now;
    let word = if ready { "True" } else { "False" };
    let set_uid = uid(1, &format!("{}/{}", workload.uid, revision.hash));
    let image = revision.template.pointer("/spec/containers/0/image").cloned().unwrap_or(Value::Null);
    let state = if ready {
        json!({"running": {"startedAt": time(pod.ready_at)}})
    } else {
        json!({"waiting": {"reason": "ContainerCreating"}})
    };
    let number = hash(2, pod.name.as_bytes());
    let condition = |kind: &str, status: &str, at: i64| json!({"type": kind, "status": status, "lastProbeTime": null, "lastTransitionTime": time(at)});
    let changed = if ready { pod.ready_at } else { pod.created };
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": pod.name,
            "generateName": format!("{}-", revision.name),
            "namespace": workload.namespace,
            "uid": uid(2, &pod.name),
            "resourceVersion": "",
            "creationTimestamp": time(pod.created),
            "labels": pod_labels(workload, revision),
            "ownerReferences": owner("apps/v1", "ReplicaSet", &revision.name, &set_uid),
        },
        "spec": {
            "containers": revision.template.pointer("/spec/containers").cloned().unwrap_or_else(|| json!([])),
            "nodeName": format!("node-{}", number % 6 + 1),
            "restartPolicy": "Always",
        },
        "status": {
            "phase": if ready { "Running" } else { "Pending" },
            "podIP": format!("10.42.{}.{}", number % 6 + 1, number / 7 % 250 + 2),
            "startTime": time(pod.created),
            "conditions": [
                condition("PodScheduled", "True", pod.created),
                condition("Initialized", "True", pod.created),
                condition("ContainersReady", word, changed),
                condition("Ready", word, changed),
            ],
            "containerStatuses": [{
                "name": workload.name,
                "image": image,
                "imageID": "",
                "ready": ready,
                "started": ready,
                "restartCount": 0,
                "state": state,
                "lastState": {},
            }],
        },
    })
}

/// The query that the simulated analysis template asks.
fn analysis_query(workload: &Workload, run: &AnalysisRun) -> String {
    let version = workload.revision(&run.hash).map(Revision::version).unwrap_or_default();
    let service = &workload.name;
    format!(
        "sum(rate(http_requests_total{{service=\"{service}\",version=\"{version}\",code=~\"5..\"}}[1m])) / sum(rate(http_requests_total{{service=\"{service}\",version=\"{version}\"}}[1m]))"
    )
}

fn analysis_run(workload: &Workload, run: &AnalysisRun) -> Value {
    let failed = run.values.iter().filter(|(_, value)| *value > 0.01).count();
    let phase = match run.success {
        None => "Running",
        Some(true) => "Successful",
        Some(false) => "Failed",
    };
    let measurements: Vec<Value> = run
        .values
        .iter()
        .map(|(at, value)| {
            json!({
                "phase": if *value > 0.01 { "Failed" } else { "Successful" },
                "value": format!("[{value}]"),
                "startedAt": time(*at),
                "finishedAt": time(*at),
            })
        })
        .collect();
    let message =
        if failed > 0 { "Metric \"error-ratio\" assessed Failed due to failed (1) > failureLimit (0)" } else { "" };
    let number = workload.revision(&run.hash).map_or(0, |revision| revision.number).to_string();
    let mut status = json!({
        "phase": phase,
        "startedAt": time(run.started),
        "metricResults": [{
            "name": "error-ratio",
            "phase": phase,
            "count": run.values.len(),
            "successful": run.values.len() - failed,
            "failed": failed,
            "measurements": measurements,
            "metadata": {"ResolvedPrometheusQuery": analysis_query(workload, run)},
        }],
        "runSummary": {"count": 1, "successful": u8::from(run.success == Some(true)), "failed": u8::from(run.success == Some(false))},
    });
    if let Some(object) = status.as_object_mut() {
        if !message.is_empty() {
            object.insert("message".to_owned(), json!(message));
        }
        if let Some((at, _)) = run.values.last().filter(|_| run.success.is_some()) {
            object.insert("completedAt".to_owned(), json!(time(*at)));
        }
    }
    json!({
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AnalysisRun",
        "metadata": {
            "name": run.name,
            "namespace": workload.namespace,
            "uid": uid(3, &run.name),
            "resourceVersion": "",
            "generation": 1,
            "creationTimestamp": time(run.started),
            "labels": {
                "rollouts-pod-template-hash": run.hash,
                "rollout-type": "Step",
                "step-index": run.step.to_string(),
            },
            "annotations": {"rollout.argoproj.io/revision": number},
            "ownerReferences": workload_owner(workload),
        },
        "spec": {
            "metrics": [{
                "name": "error-ratio",
                "interval": "10s",
                "count": MEASUREMENTS,
                "successCondition": "result[0] <= 0.01",
                "provider": {"prometheus": {"query": analysis_query(workload, run)}},
            }],
        },
        "status": status,
    })
}

fn event(workload: &Workload, notice: &Notice, name: &str) -> Value {
    let deployment = workload.strategy == Strategy::Deployment;
    let (api_version, kind, component) = if deployment {
        ("apps/v1", "Deployment", "deployment-controller")
    } else {
        ("argoproj.io/v1alpha1", "Rollout", "rollouts-controller")
    };
    let warning = matches!(notice.reason, "RolloutAborted" | "AnalysisRunFailed");
    json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {
            "name": name,
            "namespace": workload.namespace,
            "uid": uid(4, name),
            "resourceVersion": "",
            "creationTimestamp": time(notice.at),
        },
        "involvedObject": {
            "apiVersion": api_version,
            "kind": kind,
            "name": workload.name,
            "namespace": workload.namespace,
            "uid": workload.uid,
        },
        "reason": notice.reason,
        "message": notice.message,
        "type": if warning { "Warning" } else { "Normal" },
        "count": 1,
        "firstTimestamp": time(notice.at),
        "lastTimestamp": time(notice.at),
        "source": {"component": component},
        "reportingComponent": component,
        "reportingInstance": "",
    })
}
