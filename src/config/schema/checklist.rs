//! `catalog/checklists/NAME.toml`.

use std::{collections::BTreeMap, path::PathBuf};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::text::{ConditionText, DueText, DurationText, EnvironmentText, LinkText, LocationText, NameText, QueryText};
use crate::domain::{catalog::ChangeClass, checklist::predicate::Predicate, time::Span};

/// A checklist: `catalog/checklists/NAME.toml`. The file's stem is its name, which releases refer to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "warroom checklist")]
pub struct ChecklistFile {
    /// One line for people.
    pub title: Option<String>,
    /// Checklists that this one builds on: files beside it, and templates that come with warroom. It may add to them and make
    /// them stricter, never loosen a mandatory item.
    pub extends: Vec<String>,
    /// Items that belong together.
    pub group: Vec<GroupTable>,
    /// Who must sign.
    pub signoff: Vec<SignoffTable>,
}

/// Items that belong together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GroupTable {
    /// Its name for people. Groups of the same name are one.
    pub name: String,
    /// Its items.
    #[serde(default)]
    pub item: Vec<ItemTable>,
}

/// One thing that must hold. With the `id` of an item that is built on, it makes that one stricter: what is left out stays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemTable {
    /// Unique in the checklist. The record names it, so do not change it.
    #[schemars(with = "NameText")]
    pub id: String,
    /// What must hold, for people.
    pub title: Option<String>,
    /// The role that answers for it.
    pub owner: Option<String>,
    /// Whether the release waits for it. True unless said otherwise; an advisory item blocks nothing.
    pub mandatory: Option<bool>,
    /// How much it counts in the score. 1 unless said otherwise.
    #[schemars(range(min = 1, max = 100))]
    pub weight: Option<u32>,
    /// What it must hold before: `start`, a share of traffic such as `50%`, `done`, `rolled-back`. `start` unless said otherwise.
    #[schemars(with = "Option<DueText>")]
    pub due: Option<String>,
    /// How it is found out. `"manual"` unless said otherwise; `"signed"` is a tick with a signature; the rest are checks.
    pub check: Option<CheckValue>,
    /// How often a check looks. 1m unless said otherwise.
    #[schemars(with = "Option<DurationText>", extend("x-span-min" = "1s", "x-span-max" = "7d"))]
    pub every: Option<Span>,
    /// How long one look may take. 10s unless said otherwise.
    #[schemars(with = "Option<DurationText>", extend("x-span-min" = "10ms", "x-span-max" = "10m"))]
    pub timeout: Option<Span>,
}

/// How an item is found out: a word, or a table of one check.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CheckValue {
    // Without documentation of their own they stay two words of one list in the schema.
    #[expect(missing_docs, reason = "the list of words is told by the field")]
    Manual,
    #[expect(missing_docs, reason = "the list of words is told by the field")]
    Signed,
    /// A query of Prometheus.
    Promql(PromqlTable),
    /// A request.
    Http(HttpTable),
    /// A field of a Kubernetes object.
    Kubernetes(KubernetesTable),
    /// The certificate that a server shows.
    Certificate(CertificateTable),
    /// A `JUnit` report without failures and errors.
    Junit(JunitTable),
    /// A SARIF report without findings above a level.
    Sarif(SarifTable),
    /// A value of a JSON document.
    Json(JsonTable),
    /// No such alert fires.
    Alerts(AlertsTable),
    /// Rules exist in Prometheus, and targets are up.
    Rules(RulesTable),
    /// A program says so.
    Command(CommandTable),
    /// The artifact is the same in another environment.
    Artifact(ArtifactTable),
    /// A runbook was rehearsed lately.
    Rehearsal(RehearsalTable),
}

/// A query of Prometheus gives one number, or one for each series, and all must fit. No series is unknown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PromqlTable {
    /// The query, taken as it is: no labels are added.
    #[schemars(with = "QueryText")]
    pub query: String,
    /// What each number must be: `< 0.05`.
    #[schemars(with = "ConditionText")]
    pub must: Predicate,
    /// The source by name; the first that speaks `PromQL` for the release's environment when left out.
    pub source: Option<String>,
}

/// A request is answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HttpTable {
    /// Where.
    #[schemars(with = "LinkText")]
    pub url: Url,
    /// The status that is right. 200 unless said otherwise.
    #[schemars(range(min = 100, max = 599))]
    pub status: Option<u16>,
    /// A field of the JSON answer, as a JSON Pointer (RFC 6901): `/status`.
    pub field: Option<String>,
    /// What the field must be: `== "ok"`.
    #[schemars(with = "Option<ConditionText>")]
    pub must: Option<Predicate>,
    /// How long the answer may take.
    #[schemars(with = "Option<DurationText>")]
    pub within: Option<Span>,
}

/// A field of a Kubernetes object.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KubernetesTable {
    /// `Deployment`, `Rollout`, or `apiVersion/Kind` such as `batch/v1/CronJob`.
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: Option<String>,
    /// The field, as a JSON Pointer (RFC 6901): `/spec/replicas`.
    pub field: String,
    /// What it must be: `>= 3`.
    #[schemars(with = "ConditionText")]
    pub must: Predicate,
    /// The source by name; every cluster of the release's environment when left out.
    pub source: Option<String>,
}

/// The certificate that a server shows stays valid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CertificateTable {
    /// The host's name, without scheme and port.
    pub host: String,
    /// The port. 443 unless said otherwise.
    #[schemars(range(min = 1, max = 65_535))]
    pub port: Option<u16>,
    /// For at least how long: `14d`.
    #[schemars(with = "DurationText")]
    pub left: Span,
    /// A PEM file with the only authorities that may vouch for it, relative to the catalog. The system's when left out.
    pub ca: Option<PathBuf>,
}

/// A `JUnit` report without failures and errors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JunitTable {
    /// Where it lies: a path relative to the catalog, or a URL.
    #[schemars(with = "LocationText")]
    pub report: String,
    /// The fewest tests that it must have. 1 unless said otherwise: an empty report proves nothing.
    #[schemars(range(min = 1))]
    pub at_least: Option<u32>,
}

/// A SARIF report without findings above a level.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SarifTable {
    /// Where it lies: a path relative to the catalog, or a URL.
    #[schemars(with = "LocationText")]
    pub report: String,
    /// The worst level that is let pass: none, note or warning. `warning` unless said otherwise.
    pub worst: Option<LevelWord>,
}

/// Levels of findings that may be let pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LevelWord {
    /// Only what is no finding.
    None,
    /// Notes.
    Note,
    /// Notes and warnings.
    Warning,
}

/// A value of a JSON document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonTable {
    /// Where it lies: a path relative to the catalog, or a URL.
    #[schemars(with = "LocationText")]
    pub document: String,
    /// The field, as a JSON Pointer (RFC 6901): `/coverage/lines`.
    pub field: String,
    /// What it must be: `>= 80`.
    #[schemars(with = "ConditionText")]
    pub must: Predicate,
}

/// No alert fires that has these labels.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct AlertsTable {
    /// Labels and their values. The release's services and environment are added; none at all means any alert of them.
    #[schemars(extend("propertyNames" = { "format": "label" }))]
    pub labels: BTreeMap<String, String>,
}

/// Rules exist in Prometheus, and the targets of the release's services are up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct RulesTable {
    /// Names of alerts that must exist.
    pub alerts: Vec<String>,
    /// Names of recorded series that must exist.
    pub records: Vec<String>,
    /// Whether at least one target of each service of the release must be there, and all up.
    pub targets: bool,
    /// The source by name; the first that speaks `PromQL` for the release's environment when left out.
    pub source: Option<String>,
}

/// A program says so. It runs without a shell, in a process group of its own that is ended at the time limit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CommandTable {
    /// Program and arguments.
    #[schemars(length(min = 1))]
    pub argv: Vec<String>,
    /// The exit code that is right. 0 unless said otherwise.
    pub exit: Option<i32>,
    /// A field of the JSON that it writes, as a JSON Pointer (RFC 6901).
    pub field: Option<String>,
    /// What the field must be.
    #[schemars(with = "Option<ConditionText>")]
    pub must: Option<Predicate>,
}

/// The artifact is the same in another environment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArtifactTable {
    /// The other environment.
    #[schemars(with = "EnvironmentText")]
    pub same_as: String,
}

/// A runbook was rehearsed lately.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RehearsalTable {
    /// Its name.
    pub runbook: String,
    /// How long ago at most.
    #[schemars(with = "DurationText")]
    pub within: Span,
}

/// A sign-off that the release needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SignoffTable {
    /// Unique in the checklist. The record names it, so do not change it.
    #[schemars(with = "NameText")]
    pub id: String,
    /// For people. The `id` when left out.
    pub title: Option<String>,
    /// What it must be given before: `start`, a share of traffic such as `50%`, `done`. `start` unless said otherwise.
    #[schemars(with = "Option<DueText>")]
    pub due: Option<String>,
    /// The change classes that need it. All when left out.
    #[schemars(with = "Option<Vec<ClassWord>>")]
    pub classes: Option<Vec<ChangeClass>>,
    /// Who must sign.
    pub by: RequirementTable,
    /// How long it holds after it was given. 24h unless said otherwise.
    #[schemars(with = "Option<DurationText>")]
    pub expires: Option<Span>,
}

/// The words for change classes.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
#[expect(dead_code, reason = "only its schema is used; the domain's own type knows no schemas")]
enum ClassWord {
    Standard,
    Normal,
    Emergency,
}

/// Who must sign: people of a role, all of a list, or any of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, deny_unknown_fields)]
pub enum RequirementTable {
    /// As many different people who have a role.
    Role {
        /// The role in `roles.toml`.
        role: String,
        /// How many different people. 1 unless said otherwise.
        #[serde(default = "one")]
        #[schemars(range(min = 1, max = 20))]
        count: u32,
        /// Whether the release's owner does not count. True unless said otherwise.
        #[serde(default = "yes")]
        not_author: bool,
    },
    /// All of these.
    All {
        /// All of these.
        #[schemars(length(min = 1))]
        all: Vec<RequirementTable>,
    },
    /// One of these.
    Any {
        /// One of these.
        #[schemars(length(min = 1))]
        any: Vec<RequirementTable>,
    },
}

const fn one() -> u32 {
    1
}

const fn yes() -> bool {
    true
}

/// A relative or absolute path, or a URL, as it is written in the file.
#[must_use]
pub fn location(text: &str) -> crate::domain::checklist::check::Location {
    use crate::domain::checklist::check::Location;
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Location::Url(url),
        _ => Location::File(PathBuf::from(text)),
    }
}
