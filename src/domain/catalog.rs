//! What people declare: environments, services, releases. Read from files by `config`, used by the joins.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    calendar::Entry,
    canary::{gauge_metric::GaugeMetric, metric::BusinessMetric, settings::CanarySettings},
    checklist::Checklist,
    labels::Labels,
    ledger::signers::Signers,
    object::SourceName,
    readiness::roles::Roles,
    risk::{change::Change, routing::Routing},
    runbook::Runbook,
    slo::definition::Slo,
    time::{Span, Timestamp},
    trigger::criteria::Criteria,
};

/// Everything that was declared, validated as a whole.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Catalog {
    /// Environments by name.
    pub environments: BTreeMap<String, Environment>,
    /// Services by name (the file's stem).
    pub services: BTreeMap<String, Service>,
    /// SLO definitions of services, of groups, and of `OpenSLO` files; recorded ones come from their sources.
    pub slos: Vec<Slo>,
    /// What users do in services that a business lives on.
    #[serde(default)]
    pub business: Vec<BusinessMetric>,
    /// Gauges of services, by which versions are compared.
    #[serde(default)]
    pub gauges: Vec<GaugeMetric>,
    /// Releases by identifier (the file's stem).
    pub releases: BTreeMap<String, ReleaseFile>,
    /// Triggers and promotion criteria of releases that say something of their own.
    #[serde(default)]
    pub criteria: BTreeMap<String, Criteria>,
    /// What is said about the changes of releases, for their risk.
    #[serde(default)]
    pub changes: BTreeMap<String, Change>,
    /// Which class and which sign-offs a risk calls for, by `routing.toml`.
    #[serde(default)]
    pub routing: Routing,
    /// Checklists by name (the file's stem), and the shipped ones that a release names.
    #[serde(default)]
    pub checklists: BTreeMap<String, Checklist>,
    /// Runbooks by name (the file's stem).
    #[serde(default)]
    pub runbooks: BTreeMap<String, Runbook>,
    /// When changes may be made: entries by name (the file's stem).
    #[serde(default)]
    pub calendar: BTreeMap<String, Entry>,
    /// Policies in Rego: their text by name (the file's stem).
    #[serde(default)]
    pub policies: BTreeMap<String, String>,
    /// Whose key may sign what, by `allowed_signers`.
    #[serde(skip)]
    pub signers: Signers,
    /// Who people are, and what each role may do, by `roles.toml`.
    #[serde(default)]
    pub roles: Roles,
}

/// A place where versions run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Environment {
    /// Confirmations, colours and policies look at this.
    pub production: bool,
    /// Whether one release at a time is under way in it.
    pub one_at_a_time: bool,
    /// What the environment is called in labels of series and alerts.
    pub telemetry: Labels,
}

/// A service that people own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Service {
    /// The team.
    pub owner: Option<String>,
    /// 1 (highest) to 4.
    pub criticality: Option<u8>,
    /// Services that it calls.
    pub depends_on: Vec<String>,
    /// Label to URL.
    pub links: BTreeMap<String, String>,
    /// Incident system to the service's name there.
    pub incidents: BTreeMap<String, String>,
    /// Where it lives in deployment systems.
    pub objects: Vec<ObjectRef>,
    /// How its telemetry is found.
    pub telemetry: Telemetry,
    /// How its canaries are judged.
    #[serde(default)]
    pub canary: CanarySettings,
}

/// Where a service lives in deployment systems.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectRef {
    /// The source; `None` is every source of that kind.
    pub source: Option<SourceName>,
    /// `Rollout`, `Deployment`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace; `None` is any.
    pub namespace: Option<String>,
    /// What "version" means for it.
    pub version: VersionFrom,
}

/// What "version" means for an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VersionFrom {
    /// The tag of the first container's image.
    #[default]
    ImageTag,
    /// The template's hash.
    TemplateHash,
    /// A label of the pod template.
    Label(String),
    /// An annotation of the pod template.
    Annotation(String),
}

/// How the telemetry of a service is found.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Telemetry {
    /// Labels that its series and alerts carry. Empty means `service` equals the service's name.
    pub select: Labels,
    /// The label that holds the version; `None` makes comparisons by version unknown, and they say so.
    pub version_label: Option<String>,
}

/// How much ceremony a change needs.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum ChangeClass {
    /// Routine, approved beforehand.
    Standard,
    /// The usual.
    #[default]
    Normal,
    /// Cannot wait.
    Emergency,
}

impl ChangeClass {
    /// The word in files and for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Normal => "normal",
            Self::Emergency => "emergency",
        }
    }
}

/// A release that somebody declared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseFile {
    /// For people.
    pub title: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// Where.
    pub environment: String,
    /// How much ceremony.
    pub class: ChangeClass,
    /// The change ticket.
    pub ticket: Option<String>,
    /// When it may happen.
    pub window: Option<ChangeWindow>,
    /// The checklist's name.
    pub checklist: Option<String>,
    /// Label to URL.
    pub links: BTreeMap<String, String>,
    /// Known issues and accepted risks.
    #[serde(default)]
    pub risks: Vec<Risk>,
    /// What it consists of.
    pub components: Vec<ComponentFile>,
}

/// Something that is known to be wrong or that may go wrong, and that somebody goes out with, until a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Risk {
    /// For people.
    pub title: String,
    /// Whether it is there already or may come.
    pub kind: RiskKind,
    /// Who answers for it.
    pub owner: String,
    /// Until when it is accepted.
    pub expires: Timestamp,
    /// Where more is said about it.
    pub link: Option<String>,
}

/// Whether something is there already or may come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RiskKind {
    /// It is there.
    KnownIssue,
    /// It may come, and is accepted.
    #[default]
    AcceptedRisk,
}

impl RiskKind {
    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::KnownIssue => "known issue",
            Self::AcceptedRisk => "accepted risk",
        }
    }
}

impl Risk {
    /// How long it is still accepted; `None` when that is over, and nobody goes out with it any more.
    #[must_use]
    pub fn left(&self, now: Timestamp) -> Option<Span> {
        (self.expires > now).then(|| Span::between(now, self.expires))
    }
}

/// When a change may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeWindow {
    /// From.
    pub start: Timestamp,
    /// Until, exclusive.
    pub end: Timestamp,
}

/// One service in a release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentFile {
    /// The service.
    pub service: String,
    /// The version that it shall have.
    pub version: String,
    /// The artifact's digest.
    pub artifact: Option<String>,
    /// Services of this release that go first.
    pub after: Vec<String>,
}

/// The telemetry labels of `service` in `environment`: the service's `select` (or `service` = its name) and the
/// environment's labels.
#[must_use]
pub fn telemetry_labels(catalog: &Catalog, service: &str, environment: &str) -> Labels {
    let mut labels = service_select(catalog, service);
    if let Some(environment) = catalog.environments.get(environment) {
        labels.extend(environment.telemetry.clone());
    }
    labels
}

/// The labels that select `service`: those of its file, or the guess that `service` equals its name.
#[must_use]
pub fn service_select(catalog: &Catalog, service: &str) -> Labels {
    match catalog.services.get(service) {
        Some(file) if !file.telemetry.select.is_empty() => file.telemetry.select.clone(),
        _ => Labels::from([("service".to_owned(), service.to_owned())]),
    }
}

/// How long an ad hoc release stays on the board after it ended.
pub const AD_HOC_STAYS: Span = Span::from_hours(2);
