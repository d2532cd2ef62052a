//! `[[source]]`: connections to outside systems.

use std::{collections::BTreeMap, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::text::{DurationText, EnvironmentText, MatcherText, NameText, PathText, ProxyText, UrlText};
use crate::domain::{object::SourceName, secret::SecretRef, time::Span};

/// A source: what every kind has, and what its kind adds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Source {
    /// Unique among the sources.
    #[schemars(with = "NameText")]
    pub name: SourceName,
    /// The environment of everything in it.
    #[schemars(with = "Option<EnvironmentText>")]
    pub environment: Option<String>,
    /// The region of everything in it.
    pub region: Option<String>,
    /// How often it is asked; each kind has its own default.
    #[schemars(with = "Option<DurationText>", extend("x-span-min" = "1s", "x-span-max" = "1d"))]
    pub interval: Option<Span>,
    /// How long an answer may take. 10 s unless said otherwise.
    #[serde(default = "ten_seconds")]
    #[schemars(with = "DurationText", extend("x-span-min" = "10ms", "x-span-max" = "10m"))]
    pub timeout: Span,
    /// The largest answer that is read, in bytes. 32 MiB unless said otherwise.
    #[serde(default = "thirty_two_mebibytes")]
    #[schemars(range(min = 1024))]
    pub max_body: u64,
    /// What its kind adds.
    #[serde(flatten)]
    pub kind: SourceKind,
}

const fn ten_seconds() -> Span {
    Span::from_secs(10)
}

const fn thirty_two_mebibytes() -> u64 {
    32 * 1024 * 1024
}

/// What each kind of source adds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
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
#[serde(default)]
pub struct HttpOptions {
    /// Who we are.
    pub auth: Option<Auth>,
    /// Certificate authorities to trust besides the system's, PEM.
    #[schemars(with = "Option<PathText>")]
    pub ca_file: Option<PathBuf>,
    /// A proxy for this source, instead of the environment's: `http://`, `https://`, `socks5h://`, or `none`.
    #[schemars(with = "Option<ProxyText>")]
    pub proxy: Option<String>,
    /// Headers for each request, such as a tenant: `X-Scope-OrgID`, `THANOS-TENANT`. Not for secrets.
    #[schemars(extend("propertyNames" = { "format": "header" }))]
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
        #[schemars(with = "PathText")]
        cert: PathBuf,
        /// The private key, PEM.
        #[schemars(with = "PathText")]
        key: PathBuf,
    },
}

/// A server of the Prometheus HTTP API.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PrometheusSource {
    /// The base URL, with the path prefix where there is one: `https://mimir.example.net/prometheus`.
    #[schemars(with = "UrlText")]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AlertmanagerSource {
    /// The base URLs of the peers; alerts are merged by fingerprint.
    #[schemars(with = "Vec<UrlText>", length(min = 1))]
    pub urls: Vec<Url>,
    /// How to talk HTTP to them.
    #[serde(flatten)]
    pub http: HttpOptions,
    /// Matchers that alerts must satisfy: `team="payments"`.
    #[serde(default)]
    #[schemars(with = "Vec<MatcherText>")]
    pub matchers: Vec<String>,
}

/// A Kubernetes cluster.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct KubernetesSource {
    /// The kubeconfig file; `$KUBECONFIG` or `~/.kube/config` when left out.
    #[serde(default)]
    #[schemars(with = "Option<PathText>")]
    pub kubeconfig: Option<PathBuf>,
    /// The context in it; the current one when left out.
    #[serde(default)]
    pub context: Option<String>,
    /// Use the service account of the pod that warroom runs in.
    #[serde(default)]
    pub in_cluster: bool,
    /// A bare API server, without a kubeconfig: for the demo, and for `kubectl proxy`.
    #[serde(default)]
    #[schemars(with = "Option<UrlText>")]
    pub url: Option<Url>,
    /// Namespaces to look at; empty is all of them.
    #[serde(default)]
    pub namespaces: Vec<String>,
}
