//! The status of a Rollout as its controller writes it, and of a Deployment.

use serde_json::{Map, Value, json};

use super::{render::time, workload::Workload};
use crate::sim::scenario::Strategy;

/// Phase and message in the words of the Argo Rollouts controller.
pub(crate) fn phase(workload: &Workload, now: i64) -> (&'static str, String) {
    let current = workload.revision(&workload.current);
    let number = current.map_or(0, |revision| revision.number);
    let available = current.map_or(0, |revision| revision.available(now));
    let pods = current.map_or(0, super::revision::Revision::count);
    let said = |phase, message: &str| (phase, message.to_owned());
    if workload.aborted.is_some() {
        return ("Degraded", format!("RolloutAborted: Rollout aborted update to revision {number}"));
    }
    if workload.paused_by_person() {
        return said("Paused", "manually paused");
    }
    if workload.pause.is_some() {
        return said("Paused", pause_reason(workload));
    }
    if available < pods {
        return said("Progressing", "updated replicas are still becoming available");
    }
    if pods < workload.replicas() && !workload.router {
        return said("Progressing", "more replicas need to be updated");
    }
    if workload.in_flight() {
        return said(
            "Progressing",
            if workload.strategy == Strategy::Canary {
                "waiting for all steps to complete"
            } else {
                "active service cutover pending"
            },
        );
    }
    said("Healthy", "")
}

fn pause_reason(workload: &Workload) -> &'static str {
    if workload.strategy == Strategy::BlueGreen { "BlueGreenPause" } else { "CanaryPauseStep" }
}

fn condition(kind: &str, holds: bool, reason: &str, message: &str, at: i64) -> Value {
    json!({
        "type": kind,
        "status": if holds { "True" } else { "False" },
        "reason": reason,
        "message": message,
        "lastTransitionTime": time(at),
        "lastUpdateTime": time(at),
    })
}

/// When what is seen now began.
fn since(workload: &Workload) -> i64 {
    workload.aborted.or(workload.pause).unwrap_or(if workload.in_flight() {
        workload.weight_since
    } else {
        workload.finished
    })
}

fn conditions(workload: &Workload, phase: &str) -> Value {
    let at = since(workload);
    let number = workload.revision(&workload.current).map_or(0, |revision| revision.number);
    let set = format!("{}-{}", workload.name, workload.current);
    let progressing = match phase {
        "Degraded" => condition(
            "Progressing",
            false,
            "RolloutAborted",
            &format!("Rollout aborted update to revision {number}"),
            at,
        ),
        "Paused" => condition("Progressing", true, "RolloutPaused", "Rollout is paused", at),
        "Healthy" => condition(
            "Progressing",
            true,
            "NewReplicaSetAvailable",
            &format!("ReplicaSet \"{set}\" has successfully progressed."),
            at,
        ),
        _ => condition("Progressing", true, "ReplicaSetUpdated", &format!("ReplicaSet \"{set}\" is progressing."), at),
    };
    let healthy = phase == "Healthy";
    let words = |holds: bool, yes: &'static str, no: &'static str| if holds { yes } else { no };
    json!([
        condition("Available", true, "AvailableReason", "Rollout has minimum availability", workload.created),
        condition(
            "Healthy",
            healthy,
            words(healthy, "RolloutHealthy", "RolloutNotHealthy"),
            words(healthy, "Rollout is healthy", "Rollout is not healthy"),
            at
        ),
        condition(
            "Completed",
            !workload.in_flight(),
            "RolloutCompleted",
            words(!workload.in_flight(), "RolloutCompleted", "RolloutNotCompleted"),
            at
        ),
        condition(
            "Paused",
            phase == "Paused",
            "RolloutPaused",
            words(phase == "Paused", "Rollout is paused", "Rollout is not paused"),
            at
        ),
        progressing,
    ])
}

/// Pods of all revisions: there, and ready.
fn counts(workload: &Workload, now: i64) -> (u32, u32) {
    let pods = workload.revisions.iter().map(super::revision::Revision::count).sum();
    (pods, workload.revisions.iter().map(|revision| revision.available(now)).sum())
}

/// The status of a Rollout.
pub(super) fn rollout(workload: &Workload, now: i64) -> Value {
    let (phase, message) = phase(workload, now);
    let (pods, ready) = counts(workload, now);
    let current = workload.revision(&workload.current);
    let mut status = Map::new();
    let mut set = |key: &str, value: Value| status.insert(key.to_owned(), value);
    set("HPAReplicas", json!(pods));
    set("replicas", json!(pods));
    set("updatedReplicas", json!(current.map_or(0, super::revision::Revision::count)));
    set("readyReplicas", json!(ready));
    set("availableReplicas", json!(ready));
    set("observedGeneration", json!(workload.generation.to_string()));
    set("currentPodHash", json!(workload.current));
    set("stableRS", json!(workload.stable));
    set("selector", json!(format!("app={}", workload.name)));
    set("phase", json!(phase));
    if !message.is_empty() {
        set("message", json!(message));
    }
    set("conditions", conditions(workload, phase));
    set("canary", json!({}));
    set("blueGreen", json!({}));
    if let Some(since) = workload.pause {
        set("pauseConditions", json!([{"reason": pause_reason(workload), "startTime": time(since)}]));
        set("controllerPause", json!(true));
    }
    if let Some(at) = workload.aborted {
        set("abort", json!(true));
        set("abortedAt", json!(time(at)));
    }
    if workload.promote_full {
        set("promoteFull", json!(true));
    }
    match workload.strategy {
        Strategy::Canary => {
            let total = workload.steps().len();
            let step = if workload.in_flight() { workload.step } else { total };
            if total > 0 {
                set("currentStepIndex", json!(if workload.aborted.is_some() { 0 } else { step }));
                let steps = workload.spec.pointer("/strategy/canary/steps").map(Value::to_string).unwrap_or_default();
                set(
                    "currentStepHash",
                    json!(super::revision::letters(crate::sim::traffic::hash(5, steps.as_bytes()), 9)),
                );
            }
            set("canary", canary(workload));
        }
        Strategy::BlueGreen => {
            set("blueGreen", json!({"activeSelector": workload.stable, "previewSelector": workload.current}));
        }
        Strategy::Deployment => {}
    }
    Value::Object(status)
}

fn canary(workload: &Workload) -> Value {
    let mut canary = Map::new();
    if workload.router {
        let weight = if workload.in_flight() { workload.weight } else { 0 };
        let name = &workload.name;
        canary.insert(
            "weights".to_owned(),
            json!({
                "canary": {"podTemplateHash": workload.current, "serviceName": format!("{name}-canary"), "weight": weight},
                "stable": {"podTemplateHash": workload.stable, "serviceName": format!("{name}-stable"), "weight": 100 - weight},
            }),
        );
    }
    if let Some(run) = workload.analyses.last().filter(|run| run.hash == workload.current && run.step == workload.step)
    {
        let word = match run.success {
            None => "Running",
            Some(true) => "Successful",
            Some(false) => "Failed",
        };
        canary.insert("currentStepAnalysisRunStatus".to_owned(), json!({"name": run.name, "status": word}));
    }
    Value::Object(canary)
}

/// The status of a Deployment.
pub(super) fn deployment(workload: &Workload, now: i64) -> Value {
    let (pods, ready) = counts(workload, now);
    let updated = workload.revision(&workload.current).map_or(0, super::revision::Revision::count);
    let set = format!("{}-{}", workload.name, workload.current);
    let at = since(workload);
    let progressing = if workload.in_flight() {
        condition("Progressing", true, "ReplicaSetUpdated", &format!("ReplicaSet \"{set}\" is progressing."), at)
    } else {
        condition(
            "Progressing",
            true,
            "NewReplicaSetAvailable",
            &format!("ReplicaSet \"{set}\" has successfully progressed."),
            at,
        )
    };
    json!({
        "observedGeneration": workload.generation,
        "replicas": pods,
        "updatedReplicas": updated,
        "readyReplicas": ready,
        "availableReplicas": ready,
        "unavailableReplicas": pods - ready,
        "conditions": [
            condition("Available", true, "MinimumReplicasAvailable", "Deployment has minimum availability.", workload.created),
            progressing,
        ],
    })
}
