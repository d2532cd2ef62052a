//! `[[source]]`: connections to outside systems.

use std::{collections::BTreeMap, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::secret::SecretRef;
use crate::domain::{object::SourceName, time::Span};

/// A source: what every kind has, and what its kind adds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// Unique among the sources.
    pub name: SourceName,
    /// The environment of everything in it.
    pub environment: Option<String>,
    /// The region of everything in it.
    pub region: Option<String>,
    /// How often it is asked; each kind has its own default.
    pub interval: Option<Span>,
    /// How long an answer may take. 10 s unless said otherwise.
    pub timeout: Span,
    /// The largest answer that is read, in bytes. 32 MiB unless said otherwise.
    pub max_body: u64,
    /// What its kind adds.
    pub kind: SourceKind,
}

/// What each kind of source adds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum SourceKind {
    /// Anything that speaks the Prometheus HTTP API: Prometheus, Thanos, Mimir, `VictoriaMetrics`.
    Prometheus(PrometheusSource),
    /// Alertmanager, API v2.
    Alertmanager(AlertmanagerSource),
    /// A Kubernetes cluster: Argo Rollouts and Deployments.
    Kubernetes(KubernetesSource),
}

impl SourceKind {
    /// The word in the configuration.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Prometheus(_) => "prometheus",
            Self::Alertmanager(_) => "alertmanager",
            Self::Kubernetes(_) => "kubernetes",
        }
    }
}

/// How to talk HTTP to it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct HttpOptions {
    /// Who we are.
    pub auth: Option<Auth>,
    /// Certificate authorities to trust besides the system's, PEM.
    pub ca_file: Option<PathBuf>,
    /// A proxy for this source, instead of the environment's: `http://`, `https://`, `socks5h://`, or `none`.
    pub proxy: Option<String>,
    /// Headers for each request, such as a tenant: `X-Scope-OrgID`, `THANOS-TENANT`. Not for secrets.
    pub headers: BTreeMap<String, String>,
}

/// Who we are to a server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Auth {
    /// User and password.
    Basic {
        /// The user.
        user: String,
        /// The password.
        password: SecretRef,
    },
    /// A bearer token.
    Bearer(SecretRef),
    /// A client certificate.
    Mtls {
        /// The certificate chain, PEM.
        cert: PathBuf,
        /// The private key, PEM.
        key: PathBuf,
    },
}

/// A server of the Prometheus HTTP API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrometheusSource {
    /// The base URL, with the path prefix where there is one: `https://mimir.example.net/prometheus`.
    pub url: Url,
    /// How to talk HTTP to it.
    #[serde(flatten)]
    pub http: HttpOptions,
    /// Recorded SLOs to read.
    #[serde(default)]
    pub slos: Vec<Recorder>,
    /// Whether firing alerts are read from it too; for places without Alertmanager.
    #[serde(default)]
    pub alerts: bool,
}

/// A program whose recording rules hold SLOs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Recorder {
    /// slok/sloth.
    Sloth,
    /// pyrra-dev/pyrra.
    Pyrra,
}

/// Alertmanager: one server or the peers of a cluster.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertmanagerSource {
    /// The base URLs of the peers; alerts are merged by fingerprint.
    pub urls: Vec<Url>,
    /// How to talk HTTP to them.
    #[serde(flatten)]
    pub http: HttpOptions,
    /// Matchers that alerts must satisfy: `team="payments"`.
    #[serde(default)]
    pub matchers: Vec<String>,
}

/// A Kubernetes cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct KubernetesSource {
    /// The kubeconfig file; `$KUBECONFIG` or `~/.kube/config` when left out.
    #[serde(default)]
    pub kubeconfig: Option<PathBuf>,
    /// The context in it; the current one when left out.
    #[serde(default)]
    pub context: Option<String>,
    /// Use the service account of the pod that warroom runs in.
    #[serde(default)]
    pub in_cluster: bool,
    /// A bare API server, without a kubeconfig: for the demo, and for `kubectl proxy`.
    #[serde(default)]
    pub url: Option<Url>,
    /// Namespaces to look at; empty is all of them.
    #[serde(default)]
    pub namespaces: Vec<String>,
}
