//! The fields that are needed of each kind of object. The rest is skipped while reading.

use serde::Deserialize;

use super::lenient::{self, Scalar};
use crate::domain::{labels::Labels, time::Timestamp};

/// `metadata`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Meta {
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) name: String,
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) namespace: String,
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) uid: String,
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) resource_version: String,
    #[serde(deserialize_with = "lenient::whole")]
    pub(crate) generation: Option<i64>,
    #[serde(deserialize_with = "lenient::labels")]
    pub(crate) labels: Labels,
    #[serde(deserialize_with = "lenient::labels")]
    pub(crate) annotations: Labels,
    #[serde(deserialize_with = "lenient::list")]
    pub(crate) owner_references: Vec<Owner>,
    #[serde(deserialize_with = "lenient::time")]
    pub(crate) creation_timestamp: Option<Timestamp>,
}

/// One of `metadata.ownerReferences`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Owner {
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) kind: String,
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) name: String,
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) uid: String,
}

/// Anything with `metadata`.
pub(crate) trait Object {
    /// Its kind.
    const KIND: &'static str;

    /// Its metadata.
    fn meta(&self) -> &Meta;
}

macro_rules! objects {
    ($($name:ident),*) => {$(
        impl Object for $name {
            const KIND: &'static str = stringify!($name);

            fn meta(&self) -> &Meta {
                &self.metadata
            }
        }
    )*};
}

objects!(Rollout, ReplicaSet, Deployment, Pod, AnalysisRun, Experiment);

/// `status.conditions[]` of all kinds.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Condition {
    #[serde(deserialize_with = "lenient::text", rename = "type")]
    pub(crate) kind: String,
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) status: String,
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) reason: String,
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) message: String,
    #[serde(deserialize_with = "lenient::time")]
    pub(crate) last_transition_time: Option<Timestamp>,
    #[serde(deserialize_with = "lenient::time")]
    pub(crate) last_update_time: Option<Timestamp>,
}

/// `spec.template`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PodTemplate {
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) metadata: TemplateMeta,
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) spec: PodSpec,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TemplateMeta {
    #[serde(deserialize_with = "lenient::labels")]
    pub(crate) labels: Labels,
    #[serde(deserialize_with = "lenient::labels")]
    pub(crate) annotations: Labels,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct PodSpec {
    #[serde(deserialize_with = "lenient::list")]
    pub(crate) containers: Vec<Container>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Container {
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) image: String,
}

/// An object of which it matters only that it is there.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Present {}

/// An object of which only the name matters.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Named {
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) kind: String,
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) name: String,
}

/// `apps/v1 ReplicaSet`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ReplicaSet {
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) metadata: Meta,
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) spec: ReplicaSetSpec,
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) status: ReplicaSetStatus,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ReplicaSetSpec {
    #[serde(deserialize_with = "lenient::whole")]
    pub(crate) replicas: Option<i64>,
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) template: PodTemplate,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct ReplicaSetStatus {
    #[serde(deserialize_with = "lenient::whole")]
    pub(crate) observed_generation: Option<i64>,
    #[serde(deserialize_with = "lenient::count")]
    pub(crate) replicas: u32,
    #[serde(deserialize_with = "lenient::count")]
    pub(crate) available_replicas: u32,
    #[serde(deserialize_with = "lenient::list")]
    pub(crate) conditions: Vec<Condition>,
}

/// `apps/v1 Deployment`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Deployment {
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) metadata: Meta,
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) spec: DeploymentSpec,
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) status: DeploymentStatus,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DeploymentSpec {
    #[serde(deserialize_with = "lenient::whole")]
    pub(crate) replicas: Option<i64>,
    #[serde(deserialize_with = "lenient::flag")]
    pub(crate) paused: bool,
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) strategy: DeploymentStrategy,
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) template: PodTemplate,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct DeploymentStrategy {
    #[serde(deserialize_with = "lenient::text", rename = "type")]
    pub(crate) kind: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct DeploymentStatus {
    #[serde(deserialize_with = "lenient::whole")]
    pub(crate) observed_generation: Option<i64>,
    #[serde(deserialize_with = "lenient::count")]
    pub(crate) replicas: u32,
    #[serde(deserialize_with = "lenient::count")]
    pub(crate) updated_replicas: u32,
    #[serde(deserialize_with = "lenient::count")]
    pub(crate) ready_replicas: u32,
    #[serde(deserialize_with = "lenient::count")]
    pub(crate) available_replicas: u32,
    #[serde(deserialize_with = "lenient::list")]
    pub(crate) conditions: Vec<Condition>,
}

/// `v1 Pod`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Pod {
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) metadata: Meta,
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) status: PodStatus,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct PodStatus {
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) phase: String,
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) reason: String,
    #[serde(deserialize_with = "lenient::list")]
    pub(crate) init_container_statuses: Vec<ContainerStatus>,
    #[serde(deserialize_with = "lenient::list")]
    pub(crate) container_statuses: Vec<ContainerStatus>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ContainerStatus {
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) state: ContainerState,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ContainerState {
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) waiting: Reasoned,
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) terminated: Reasoned,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Reasoned {
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) reason: String,
}

/// `argoproj.io/v1alpha1 AnalysisRun`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct AnalysisRun {
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) metadata: Meta,
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) status: AnalysisRunStatus,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct AnalysisRunStatus {
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) phase: String,
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) message: String,
    #[serde(deserialize_with = "lenient::list")]
    pub(crate) metric_results: Vec<MetricResult>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct MetricResult {
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) name: String,
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) phase: String,
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) message: String,
    #[serde(deserialize_with = "lenient::count")]
    pub(crate) successful: u32,
    #[serde(deserialize_with = "lenient::count")]
    pub(crate) failed: u32,
    #[serde(deserialize_with = "lenient::count")]
    pub(crate) inconclusive: u32,
    #[serde(deserialize_with = "lenient::count")]
    pub(crate) error: u32,
    #[serde(deserialize_with = "lenient::labels")]
    pub(crate) metadata: Labels,
    #[serde(deserialize_with = "lenient::list")]
    pub(crate) measurements: Vec<Measurement>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Measurement {
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) value: String,
}

/// `argoproj.io/v1alpha1 Experiment`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Experiment {
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) metadata: Meta,
}

/// `argoproj.io/v1alpha1 Rollout`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Rollout {
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) metadata: Meta,
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) spec: RolloutSpec,
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) status: RolloutStatus,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct RolloutSpec {
    #[serde(deserialize_with = "lenient::whole")]
    pub(crate) replicas: Option<i64>,
    #[serde(deserialize_with = "lenient::flag")]
    pub(crate) paused: bool,
    #[serde(deserialize_with = "lenient::time")]
    pub(crate) restart_at: Option<Timestamp>,
    #[serde(deserialize_with = "lenient::object")]
    pub(crate) workload_ref: Option<Named>,
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) template: PodTemplate,
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) strategy: RolloutStrategy,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct RolloutStrategy {
    #[serde(deserialize_with = "lenient::object")]
    pub(crate) canary: Option<Canary>,
    #[serde(deserialize_with = "lenient::object")]
    pub(crate) blue_green: Option<BlueGreen>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Canary {
    #[serde(deserialize_with = "lenient::list")]
    pub(crate) steps: Vec<CanaryStep>,
    #[serde(deserialize_with = "lenient::object")]
    pub(crate) traffic_routing: Option<TrafficRouting>,
    #[serde(deserialize_with = "lenient::object")]
    pub(crate) ping_pong: Option<Present>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct TrafficRouting {
    #[serde(deserialize_with = "lenient::whole")]
    pub(crate) max_traffic_weight: Option<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct BlueGreen {
    #[serde(deserialize_with = "lenient::whole")]
    pub(crate) auto_promotion_seconds: Option<i64>,
    #[serde(deserialize_with = "lenient::object")]
    pub(crate) post_promotion_analysis: Option<Present>,
}

/// One of `spec.strategy.canary.steps`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct CanaryStep {
    #[serde(deserialize_with = "lenient::whole")]
    pub(crate) set_weight: Option<i64>,
    #[serde(deserialize_with = "lenient::object")]
    pub(crate) pause: Option<Pause>,
    #[serde(deserialize_with = "lenient::object")]
    pub(crate) experiment: Option<Present>,
    #[serde(deserialize_with = "lenient::object")]
    pub(crate) analysis: Option<Present>,
    #[serde(deserialize_with = "lenient::object")]
    pub(crate) set_canary_scale: Option<CanaryScale>,
    #[serde(deserialize_with = "lenient::object")]
    pub(crate) plugin: Option<Named>,
    #[serde(deserialize_with = "lenient::object")]
    pub(crate) set_header_route: Option<Named>,
    #[serde(deserialize_with = "lenient::object")]
    pub(crate) set_mirror_route: Option<Named>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Pause {
    /// Seconds, or a Go duration.
    pub(crate) duration: Scalar,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct CanaryScale {
    #[serde(deserialize_with = "lenient::whole")]
    pub(crate) weight: Option<i64>,
    #[serde(deserialize_with = "lenient::whole")]
    pub(crate) replicas: Option<i64>,
    #[serde(deserialize_with = "lenient::flag")]
    pub(crate) match_traffic_weight: bool,
}

/// `status` of a Rollout.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct RolloutStatus {
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) phase: String,
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) message: String,
    /// A number as text; a hash in versions before 0.10.
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) observed_generation: String,
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) workload_observed_generation: String,
    #[serde(deserialize_with = "lenient::whole")]
    pub(crate) current_step_index: Option<i64>,
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) current_pod_hash: String,
    #[serde(deserialize_with = "lenient::text", rename = "stableRS")]
    pub(crate) stable_rs: String,
    #[serde(deserialize_with = "lenient::flag")]
    pub(crate) abort: bool,
    #[serde(deserialize_with = "lenient::time")]
    pub(crate) aborted_at: Option<Timestamp>,
    #[serde(deserialize_with = "lenient::flag")]
    pub(crate) promote_full: bool,
    #[serde(deserialize_with = "lenient::flag")]
    pub(crate) controller_pause: bool,
    #[serde(deserialize_with = "lenient::list")]
    pub(crate) pause_conditions: Vec<PauseCondition>,
    #[serde(deserialize_with = "lenient::count")]
    pub(crate) replicas: u32,
    #[serde(deserialize_with = "lenient::count")]
    pub(crate) updated_replicas: u32,
    #[serde(deserialize_with = "lenient::count")]
    pub(crate) ready_replicas: u32,
    #[serde(deserialize_with = "lenient::count")]
    pub(crate) available_replicas: u32,
    #[serde(deserialize_with = "lenient::list")]
    pub(crate) conditions: Vec<Condition>,
    #[serde(deserialize_with = "lenient::time")]
    pub(crate) restarted_at: Option<Timestamp>,
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) canary: CanaryStatus,
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) blue_green: BlueGreenStatus,
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) duration: DurationStatus,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct PauseCondition {
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) reason: String,
    #[serde(deserialize_with = "lenient::time")]
    pub(crate) start_time: Option<Timestamp>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct CanaryStatus {
    #[serde(deserialize_with = "lenient::object")]
    pub(crate) weights: Option<Weights>,
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) stable_ping_pong: String,
    #[serde(deserialize_with = "lenient::object")]
    pub(crate) current_step_analysis_run_status: Option<RunStatus>,
    #[serde(deserialize_with = "lenient::object")]
    pub(crate) current_background_analysis_run_status: Option<RunStatus>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Weights {
    #[serde(deserialize_with = "lenient::part")]
    pub(crate) canary: Weight,
    #[serde(deserialize_with = "lenient::maybe_flag")]
    pub(crate) verified: Option<bool>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Weight {
    #[serde(deserialize_with = "lenient::count")]
    pub(crate) weight: u32,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct BlueGreenStatus {
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) active_selector: String,
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) preview_selector: String,
    #[serde(deserialize_with = "lenient::object")]
    pub(crate) pre_promotion_analysis_run_status: Option<RunStatus>,
    #[serde(deserialize_with = "lenient::object")]
    pub(crate) post_promotion_analysis_run_status: Option<RunStatus>,
}

/// What a Rollout says of one of its `AnalysisRun`s.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RunStatus {
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) name: String,
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) status: String,
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) message: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct DurationStatus {
    #[serde(deserialize_with = "lenient::time")]
    pub(crate) rollout_started_at: Option<Timestamp>,
    #[serde(deserialize_with = "lenient::time")]
    pub(crate) manual_pause_started_at: Option<Timestamp>,
    #[serde(deserialize_with = "lenient::time")]
    pub(crate) finished_at: Option<Timestamp>,
    #[serde(deserialize_with = "lenient::text")]
    pub(crate) completion_status: String,
}
