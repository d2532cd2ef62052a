//! The phase of a Rollout, as the official plugin tells it (`utils/rollout/rolloututil.go`, `GetRolloutPhase`).

use super::objects::{Rollout, RolloutStatus};

/// What the plugin prints as status and message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Phase {
    /// `Healthy`, `Progressing`, `Paused`, `Degraded`, or any other word that the controller wrote.
    pub(super) word: String,
    /// The message; may be empty.
    pub(super) message: String,
    /// Whether the status is about the specification as it is now.
    pub(super) observed: bool,
}

impl Phase {
    fn new(word: &str, message: impl Into<String>) -> Self {
        Self { word: word.to_owned(), message: message.into(), observed: true }
    }

    fn unobserved(message: &str) -> Self {
        Self { observed: false, ..Self::new("Progressing", message) }
    }
}

/// The phase. The order of the questions matters: the controller's own word counts only when it is about the
/// current specification.
pub(super) fn phase(rollout: &Rollout) -> Phase {
    let status = &rollout.status;
    if !generation_observed(rollout) {
        return Phase::unobserved("waiting for rollout spec update to be observed");
    }
    if status.controller_pause && status.pause_conditions.is_empty() {
        return Phase::unobserved("waiting for rollout to unpause");
    }
    if !workload_generation_observed(rollout) {
        return Phase::unobserved("waiting for rollout spec update to be observed for the reference workload");
    }
    if status.phase.is_empty() { worked_out(rollout) } else { Phase::new(&status.phase, &*status.message) }
}

/// Controllers before 0.10 write a hash here. One that happens to be all digits is larger than any generation.
fn generation_observed(rollout: &Rollout) -> bool {
    let generation = rollout.metadata.generation.unwrap_or(0);
    rollout.status.observed_generation.parse::<i64>().map_or(true, |observed| observed >= generation)
}

/// The generation of the Deployment that the template comes from. The plugin does not look at it, Argo CD does: until it
/// is observed, the phase is about the old template.
fn workload_generation_observed(rollout: &Rollout) -> bool {
    if rollout.spec.workload_ref.is_none() {
        return true;
    }
    let wanted = rollout.metadata.annotations.get("rollout.argoproj.io/workload-generation");
    let observed = rollout.status.workload_observed_generation.parse::<i64>();
    match (wanted.and_then(|wanted| wanted.parse::<i64>().ok()), observed) {
        (Some(wanted), Ok(observed)) => wanted == observed,
        _ => true,
    }
}

/// What controllers before 1.0 leave to the client (`CalculateRolloutPhase`).
fn worked_out(rollout: &Rollout) -> Phase {
    let (spec, status) = (&rollout.spec, &rollout.status);
    for condition in &status.conditions {
        if condition.kind == "InvalidSpec" {
            return Phase::new("Degraded", format!("InvalidSpec: {}", condition.message));
        }
        if matches!(condition.reason.as_str(), "RolloutAborted" | "ProgressDeadlineExceeded") {
            return Phase::new("Degraded", format!("{}: {}", condition.reason, condition.message));
        }
    }
    if spec.paused {
        return Phase::new("Paused", "manually paused");
    }
    if let Some(pause) = status.pause_conditions.first() {
        return Phase::new("Paused", &*pause.reason);
    }
    if spec.restart_at.is_some() && spec.restart_at != status.restarted_at {
        return Phase::new("Progressing", "rollout is restarting");
    }
    if i64::from(status.updated_replicas) < spec.replicas.unwrap_or(1) {
        return Phase::new("Progressing", "more replicas need to be updated");
    }
    if status.available_replicas < status.updated_replicas {
        return Phase::new("Progressing", "updated replicas are still becoming available");
    }
    unfinished(rollout).map_or_else(|| Phase::new("Healthy", ""), |message| Phase::new("Progressing", message))
}

/// What a rollout whose pods are all there still waits for.
fn unfinished(rollout: &Rollout) -> Option<&'static str> {
    let (strategy, status) = (&rollout.spec.strategy, &rollout.status);
    let promoted = !status.stable_rs.is_empty() && fully_promoted(status);
    if let Some(blue_green) = &strategy.blue_green {
        let active = &status.blue_green.active_selector;
        if active.is_empty() || *active != status.current_pod_hash {
            return Some("active service cutover pending");
        }
        if promoted {
            return None;
        }
        let analysed =
            status.blue_green.post_promotion_analysis_run_status.as_ref().is_some_and(|run| over(&run.status));
        return Some(if blue_green.post_promotion_analysis.is_some() && !analysed {
            "waiting for analysis to complete"
        } else {
            "waiting for post-promotion verification to complete"
        });
    }
    let canary = strategy.canary.as_ref()?;
    // With a traffic router the old stack stays for a while on purpose.
    if canary.traffic_routing.is_none() && status.replicas > status.updated_replicas {
        return Some("old replicas are pending termination");
    }
    (!promoted).then_some("waiting for all steps to complete")
}

/// Whether nothing is being updated.
pub(super) fn fully_promoted(status: &RolloutStatus) -> bool {
    status.stable_rs == status.current_pod_hash
}

/// Whether an analysis of this phase is over.
pub(super) fn over(phase: &str) -> bool {
    matches!(phase, "Successful" | "Failed" | "Error" | "Inconclusive")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(rollout: serde_json::Value) -> (String, String, bool) {
        let phase = phase(&serde_json::from_value(rollout).expect("lenient"));
        (phase.word, phase.message, phase.observed)
    }

    #[test]
    fn the_controllers_word_counts_only_for_the_current_specification() {
        for (observed, generation, word) in [
            ("7", 7, "Healthy"),
            ("6", 7, "Progressing"),
            ("", 7, "Healthy"),
            ("6f9d8b", 7, "Healthy"),
            ("99999999", 7, "Healthy"),
        ] {
            let (told, message, fresh) = told(json!({
                "metadata": {"generation": generation},
                "status": {"observedGeneration": observed, "phase": "Healthy"},
            }));
            assert_eq!(told, word, "observed {observed:?} of {generation}");
            assert_eq!(fresh, message.is_empty());
        }
    }

    #[test]
    fn a_cleared_pause_that_the_controller_has_not_seen_is_not_a_pause() {
        let rollout = json!({"status": {"controllerPause": true, "pauseConditions": [], "phase": "Paused"}});
        assert_eq!(told(rollout), ("Progressing".into(), "waiting for rollout to unpause".into(), false));
    }

    #[test]
    fn an_unobserved_template_of_a_referenced_deployment_is_told() {
        let rollout = |observed: &str| {
            json!({
                "metadata": {"generation": 3, "annotations": {"rollout.argoproj.io/workload-generation": "2"}},
                "spec": {"workloadRef": {"kind": "Deployment", "name": "checkout"}},
                "status": {"observedGeneration": "3", "workloadObservedGeneration": observed, "phase": "Healthy"},
            })
        };
        assert!(!told(rollout("1")).2);
        assert!(told(rollout("2")).2);
        assert!(told(rollout("")).2);
    }

    #[test]
    fn an_old_controller_leaves_the_phase_to_the_client() {
        let with = |strategy: serde_json::Value, status: serde_json::Value| {
            let (word, message, _) = told(json!({"spec": {"replicas": 2, "strategy": strategy}, "status": status}));
            format!("{word} {message}")
        };
        let canary = json!({"canary": {"steps": [{"setWeight": 20}]}});
        let blue_green = json!({"blueGreen": {"postPromotionAnalysis": {"templates": []}}});
        let full = |more: serde_json::Value| {
            let mut all = json!({"updatedReplicas": 2, "availableReplicas": 2, "replicas": 2, "currentPodHash": "b",
                "stableRS": "b"});
            all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            all
        };
        for (strategy, status, expected) in [
            (&canary, json!({}), "Progressing more replicas need to be updated"),
            (
                &canary,
                full(json!({"availableReplicas": 1})),
                "Progressing updated replicas are still becoming available",
            ),
            (&canary, full(json!({"replicas": 3})), "Progressing old replicas are pending termination"),
            (&canary, full(json!({"stableRS": "a"})), "Progressing waiting for all steps to complete"),
            (&canary, full(json!({})), "Healthy "),
            (&canary, full(json!({"pauseConditions": [{"reason": "CanaryPauseStep"}]})), "Paused CanaryPauseStep"),
            (&blue_green, full(json!({})), "Progressing active service cutover pending"),
            (
                &blue_green,
                full(json!({"stableRS": "a", "blueGreen": {"activeSelector": "b"}})),
                "Progressing waiting for analysis to complete",
            ),
            (
                &blue_green,
                full(json!({"stableRS": "a", "blueGreen": {"activeSelector": "b",
                    "postPromotionAnalysisRunStatus": {"status": "Successful"}}})),
                "Progressing waiting for post-promotion verification to complete",
            ),
            (&blue_green, full(json!({"blueGreen": {"activeSelector": "b"}})), "Healthy "),
        ] {
            assert_eq!(with(strategy.clone(), status.clone()), expected, "{status}");
        }
    }
}
