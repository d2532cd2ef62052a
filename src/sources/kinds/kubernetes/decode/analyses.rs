//! What a Rollout measures by itself, for the template that is rolled out now.

use super::{
    objects::{AnalysisRun, Experiment, MetricResult, Rollout, RunStatus},
    ownership::Owned,
    revisions::{ROLLOUT_REVISION, ROLLOUTS_HASH},
};
use crate::domain::workload::Analysis;

/// The key under which the controller keeps a query with its arguments filled in.
const RESOLVED_QUERY: &str = "ResolvedPrometheusQuery";

/// All measurements of the current template: of the Rollout's own runs and of those of its experiments. A run that could not
/// be read is still there by name, as the Rollout tells of it.
pub(super) fn analyses(rollout: &Rollout, runs: &Owned<'_, AnalysisRun>, experiments: &[&Experiment]) -> Vec<Analysis> {
    let own = runs.of(rollout).into_iter().filter(|run| is_current(run, rollout));
    let current = experiments.iter().filter(|experiment| marks_are_current(&experiment.metadata, rollout));
    let of_experiments = current.flat_map(|experiment| runs.of(*experiment));
    let read: Vec<&AnalysisRun> = own.chain(of_experiments).collect();
    let mut all: Vec<Analysis> = read.iter().flat_map(|run| metrics(run)).collect();
    let unread = told(rollout).filter(|told| read.iter().all(|run| run.metadata.name != told.name));
    all.extend(unread.map(|told| whole(&told.name, &told.status, &told.message)));
    all
}

/// What the Rollout itself says of its runs.
pub(super) fn told(rollout: &Rollout) -> impl Iterator<Item = &RunStatus> {
    let (canary, blue_green) = (&rollout.status.canary, &rollout.status.blue_green);
    [
        &canary.current_step_analysis_run_status,
        &canary.current_background_analysis_run_status,
        &blue_green.pre_promotion_analysis_run_status,
        &blue_green.post_promotion_analysis_run_status,
    ]
    .into_iter()
    .flatten()
    .filter(|told| !told.name.is_empty())
}

/// Runs of older revisions stay for a while: their verdicts are about something else.
fn is_current(run: &AnalysisRun, rollout: &Rollout) -> bool {
    told(rollout).any(|told| told.name == run.metadata.name) || marks_are_current(&run.metadata, rollout)
}

fn marks_are_current(meta: &super::objects::Meta, rollout: &Rollout) -> bool {
    if let Some(hash) = meta.labels.get(ROLLOUTS_HASH) {
        return *hash == rollout.status.current_pod_hash;
    }
    match (meta.annotations.get(ROLLOUT_REVISION), rollout.metadata.annotations.get(ROLLOUT_REVISION)) {
        (Some(run), Some(now)) => run == now,
        _ => true,
    }
}

fn metrics(run: &AnalysisRun) -> Vec<Analysis> {
    let status = &run.status;
    if status.metric_results.is_empty() {
        return vec![whole(&run.metadata.name, &status.phase, &status.message)];
    }
    status.metric_results.iter().map(|result| metric(run, result)).collect()
}

fn metric(run: &AnalysisRun, result: &MetricResult) -> Analysis {
    let value = result.measurements.iter().rev().map(|measurement| &measurement.value).find(|value| !value.is_empty());
    Analysis {
        run: run.metadata.name.clone(),
        metric: result.name.clone(),
        phase: result.phase.clone(),
        successful: result.successful,
        failed: result.failed,
        inconclusive: result.inconclusive,
        error: result.error,
        value: value.cloned(),
        query: result.metadata.get(RESOLVED_QUERY).cloned(),
        message: if result.message.is_empty() { run.status.message.clone() } else { result.message.clone() },
    }
}

fn whole(run: &str, phase: &str, message: &str) -> Analysis {
    Analysis {
        run: run.to_owned(),
        metric: String::new(),
        phase: phase.to_owned(),
        successful: 0,
        failed: 0,
        inconclusive: 0,
        error: 0,
        value: None,
        query: None,
        message: message.to_owned(),
    }
}
