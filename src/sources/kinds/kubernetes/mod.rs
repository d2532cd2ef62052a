//! Kubernetes: Argo Rollouts and plain Deployments.

pub(in crate::sources) mod connection;
mod connector;
mod decode;
pub(in crate::sources) mod failure;
mod list;
pub mod object;
pub(in crate::sources) mod owned;
pub(in crate::sources) mod resource;
mod watch;

use crate::sources::connector::{Decoder, Kind};

/// A Kubernetes cluster.
pub static KIND: Kind = Kind {
    name: "kubernetes",
    doc: "A Kubernetes cluster: Argo Rollouts and Deployments, with what belongs to them",
    sample: SAMPLE,
    decoders: &[
        Decoder {
            name: "argo-rollouts",
            doc: "Rollouts with their ReplicaSets, Pods, AnalysisRuns and Experiments (kubectl get -o yaml or json)",
            decode: decode::decode_rollouts,
        },
        Decoder {
            name: "deployment",
            doc: "Deployments with their ReplicaSets (kubectl get -o yaml or json)",
            decode: decode::decode_deployments,
        },
    ],
    build: connector::build,
};

const SAMPLE: &str = r#"[[source]]
name = "prod-eu"
kind = "kubernetes"
environment = "prod"
# The context of the kubeconfig; the current one when left out. In a pod: in_cluster = true
context = "prod-eu"
# Namespaces to look at; empty is all of them.
namespaces = ["shop"]
"#;
