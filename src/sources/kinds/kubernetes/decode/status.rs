//! The uniform status of a Rollout, and the gate it stands at.

use super::{
    analyses,
    objects::Rollout,
    phase::{Phase, fully_promoted, over},
    steps,
};
use crate::domain::{
    time::Span,
    workload::{Gate, Revision, Status, StepKind},
};

/// The uniform status. `measured_on_new` says whether users are known to reach the version that is being rolled out.
pub(super) fn status(rollout: &Rollout, phase: &Phase, revisions: &[Revision], measured_on_new: bool) -> Status {
    if !phase.observed {
        return Status::Stale;
    }
    match phase.word.as_str() {
        "Healthy" if rolled_back(rollout) => Status::RolledBack,
        "Healthy" => Status::Succeeded,
        "Paused" => paused(rollout),
        "Degraded" => degraded(rollout, revisions, measured_on_new),
        "Progressing" if rollout.status.promote_full && !fully_promoted(&rollout.status) => Status::Promoting,
        "Progressing" if analysing(rollout) => Status::Analyzing,
        "Progressing" => Status::Progressing,
        _ => Status::Unknown,
    }
}

fn rolled_back(rollout: &Rollout) -> bool {
    matches!(rollout.status.duration.completion_status.as_str(), "RolledBack" | "FastRolledBack")
}

fn paused(rollout: &Rollout) -> Status {
    if rollout.spec.paused {
        Status::PausedManual
    } else if pause_length(rollout).is_some() {
        Status::PausedTimed
    } else {
        Status::WaitingApproval
    }
}

/// "Degraded" says nothing about traffic: an aborted rollout whose stable version takes it all is safe.
fn degraded(rollout: &Rollout, revisions: &[Revision], measured_on_new: bool) -> Status {
    let status = &rollout.status;
    if status.abort {
        let stable = revisions.iter().find(|revision| revision.tags.iter().any(|tag| tag == "stable"));
        let stable_serves = stable.map_or(status.available_replicas, |revision| revision.available) > 0;
        let routed_to_new = status.canary.weights.as_ref().is_some_and(|weights| weights.canary.weight > 0);
        return match (routed_to_new, stable_serves) {
            (true, _) => Status::FailedTrafficOnNew,
            (false, true) => Status::Aborted,
            (false, false) => Status::Failed,
        };
    }
    let switched = rollout.spec.strategy.blue_green.is_some()
        && !status.current_pod_hash.is_empty()
        && status.blue_green.active_selector == status.current_pod_hash
        && !fully_promoted(status);
    if measured_on_new || switched { Status::FailedTrafficOnNew } else { Status::Failed }
}

/// Whether it measures before it goes on. Background analysis does not hold it up.
fn analysing(rollout: &Rollout) -> bool {
    let blue_green = &rollout.status.blue_green;
    let holding = [
        &rollout.status.canary.current_step_analysis_run_status,
        &blue_green.pre_promotion_analysis_run_status,
        &blue_green.post_promotion_analysis_run_status,
    ];
    let running = holding.into_iter().flatten().any(|run| !over(&run.status));
    let canary = rollout.spec.strategy.canary.as_ref();
    let step = canary.and_then(|canary| steps::current(canary, rollout));
    running
        || (!fully_promoted(&rollout.status)
            && step.is_some_and(|(_, step)| matches!(steps::kind(step), StepKind::Analysis | StepKind::Experiment)))
}

/// How long the first pause lasts, where it ends by itself.
fn pause_length(rollout: &Rollout) -> Option<Span> {
    let strategy = &rollout.spec.strategy;
    match rollout.status.pause_conditions.first()?.reason.as_str() {
        "CanaryPauseStep" => {
            let (_, step) = steps::current(strategy.canary.as_ref()?, rollout)?;
            steps::pause_length(&step.pause.as_ref()?.duration)
        }
        "BlueGreenPause" => {
            let seconds = strategy.blue_green.as_ref()?.auto_promotion_seconds?;
            u64::try_from(seconds).ok().filter(|seconds| *seconds > 0).map(Span::from_secs)
        }
        _ => None,
    }
}

/// Why it does not go on by itself.
pub(super) fn gate(rollout: &Rollout, phase: &Phase) -> Option<Gate> {
    if !phase.observed {
        return None;
    }
    if rollout.spec.paused {
        let since = rollout.status.duration.manual_pause_started_at;
        return Some(Gate { reason: "manually paused".to_owned(), since, until: None });
    }
    if let Some(pause) = rollout.status.pause_conditions.first() {
        let until = pause.start_time.zip(pause_length(rollout));
        let until = until.and_then(|(since, length)| since.checked_add_signed(length.delta()));
        return Some(Gate { reason: pause.reason.clone(), since: pause.start_time, until });
    }
    let inconclusive = analyses::told(rollout).any(|run| run.status == "Inconclusive");
    (phase.word == "Paused" && inconclusive).then(|| Gate {
        reason: "Inconclusive".to_owned(),
        since: None,
        until: None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::sources::kinds::kubernetes::decode::phase::phase;

    fn read(rollout: Value) -> Rollout {
        serde_json::from_value(rollout).expect("lenient")
    }

    fn paused_at(step: &Value, reason: &str) -> Rollout {
        read(json!({
            "spec": {"strategy": {"canary": {"steps": [{"setWeight": 5}, step]}}},
            "status": {"phase": "Paused", "message": reason, "currentStepIndex": 1, "controllerPause": true,
                "pauseConditions": [{"reason": reason, "startTime": "2026-03-01T10:00:00Z"}]},
        }))
    }

    #[test]
    fn a_pause_with_a_duration_needs_no_person_and_says_until_when() {
        let timed = paused_at(&json!({"pause": {"duration": "10m"}}), "CanaryPauseStep");
        let gate = gate(&timed, &phase(&timed)).expect("a gate");
        assert_eq!(status(&timed, &phase(&timed), &[], false), Status::PausedTimed);
        assert_eq!(gate.until.map(|until| until.to_rfc3339()).as_deref(), Some("2026-03-01T10:10:00+00:00"));
        for (step, reason) in [
            (json!({"pause": {}}), "CanaryPauseStep"),
            (json!({"analysis": {}}), "InconclusiveAnalysisRun"),
            (json!({"pause": {"duration": "10m"}}), "SomethingNew"),
        ] {
            let waiting = paused_at(&step, reason);
            let gate = super::gate(&waiting, &phase(&waiting)).expect("a gate");
            assert_eq!(status(&waiting, &phase(&waiting), &[], false), Status::WaitingApproval, "{reason}");
            assert_eq!((gate.reason.as_str(), gate.until), (reason, None));
        }
    }

    #[test]
    fn an_aborted_rollout_is_safe_only_once_the_router_says_so() {
        let aborted = |weight: u32| {
            read(json!({
                "spec": {"strategy": {"canary": {"trafficRouting": {"nginx": {}}, "steps": [{"setWeight": 5}]}}},
                "status": {"phase": "Degraded", "message": "RolloutAborted: …", "abort": true, "availableReplicas": 4,
                    "canary": {"weights": {"canary": {"weight": weight}}}},
            }))
        };
        assert_eq!(status(&aborted(0), &phase(&aborted(0)), &[], false), Status::Aborted);
        assert_eq!(status(&aborted(25), &phase(&aborted(25)), &[], true), Status::FailedTrafficOnNew);
    }

    #[test]
    fn a_failed_blue_green_is_unsafe_once_the_active_service_was_switched() {
        let failed = |active: &str| {
            read(json!({
                "spec": {"strategy": {"blueGreen": {}}},
                "status": {"phase": "Degraded", "currentPodHash": "new", "stableRS": "old",
                    "blueGreen": {"activeSelector": active}},
            }))
        };
        assert_eq!(status(&failed("old"), &phase(&failed("old")), &[], false), Status::Failed);
        assert_eq!(status(&failed("new"), &phase(&failed("new")), &[], false), Status::FailedTrafficOnNew);
    }

    #[test]
    fn what_is_under_way_is_told_apart() {
        for (more, expected) in [
            (json!({"promoteFull": true}), Status::Promoting),
            (
                json!({"canary": {"currentStepAnalysisRunStatus": {"name": "a", "status": "Running"}}}),
                Status::Analyzing,
            ),
            (
                json!({"canary": {"currentStepAnalysisRunStatus": {"name": "a", "status": "Successful"}}}),
                Status::Progressing,
            ),
            (json!({"phase": "Healthy", "duration": {"completionStatus": "RolledBack"}}), Status::RolledBack),
            (json!({"phase": "Wobbling"}), Status::Unknown),
        ] {
            let mut all = json!({"phase": "Progressing", "currentPodHash": "new", "stableRS": "old"});
            all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let rollout = read(json!({"spec": {"strategy": {"canary": {"steps": [{"setWeight": 5}]}}}, "status": all}));
            assert_eq!(status(&rollout, &phase(&rollout), &[], false), expected, "{more}");
        }
    }
}
