//! `catalog/releases/IDENTIFIER.toml`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    change::{ChangeTable, FailureTable},
    text::{EnvironmentText, InstantText, LinkText, PathText},
    trigger::{PromotionTable, TriggerTable},
};
use crate::domain::{
    catalog::{ChangeClass, RiskKind},
    time::Timestamp,
};

/// A release: `catalog/releases/IDENTIFIER.toml`. The file's stem is the release's identifier.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "warroom release", extend("required" = ["environment", "component"]))]
pub struct ReleaseTable {
    /// One line for people.
    pub title: Option<String>,
    /// Who answers for it.
    pub owner: Option<String>,
    /// The environment it goes to.
    // Required by the schema; a file without it is still read, so that the rest of it is checked.
    #[serde(default)]
    #[schemars(with = "EnvironmentText")]
    pub environment: String,
    /// How much ceremony it needs. Normal when left out.
    #[serde(default)]
    #[schemars(with = "ClassWord")]
    pub class: ChangeClass,
    /// The change ticket.
    pub ticket: Option<String>,
    /// When it may happen.
    pub window: Option<WindowTable>,
    /// The checklist's name.
    pub checklist: Option<String>,
    /// The name of a file of triggers: `triggers/NAME.toml`.
    pub triggers: Option<String>,
    /// Rollback criteria of its own. The usual ones hold beside them; one with the same `id` takes its place.
    #[serde(default)]
    pub trigger: Vec<TriggerTable>,
    /// What must hold before the new version becomes the one for everybody. Half an hour before `100%` unless said otherwise.
    pub promotion: Option<PromotionTable>,
    /// Links for people: label to URL.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, LinkText>")]
    pub links: BTreeMap<String, String>,
    /// Known issues and accepted risks that it goes out with.
    #[serde(default)]
    pub risk: Vec<RiskTable>,
    /// What is known of the change, for its risk score (docs/risk.md).
    pub change: Option<ChangeTable>,
    /// The JSON file in which CI says the same. `IDENTIFIER.change.json` beside this file where it is there, when left out.
    #[schemars(with = "Option<PathText>")]
    pub change_file: Option<String>,
    /// How it may fail.
    #[serde(default)]
    pub failure: Vec<FailureTable>,
    /// What it consists of.
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub component: Vec<ComponentTable>,
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

/// A known issue or an accepted risk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RiskTable {
    /// One line for people.
    #[schemars(length(min = 1))]
    pub title: String,
    /// Whether it is there already or may come. An accepted risk when left out.
    #[serde(default)]
    #[schemars(with = "RiskWord")]
    pub kind: RiskKind,
    /// Who answers for it.
    #[schemars(length(min = 1))]
    pub owner: String,
    /// Until when it is accepted. After that it is told on every screen.
    #[schemars(with = "InstantText")]
    pub expires: Timestamp,
    /// Where more is said about it.
    #[schemars(with = "Option<LinkText>")]
    pub link: Option<String>,
}

/// The words for kinds of risks.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", inline)]
#[expect(dead_code, reason = "only its schema is used; the domain's own type knows no schemas")]
enum RiskWord {
    KnownIssue,
    AcceptedRisk,
}

/// When a change may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WindowTable {
    /// From.
    #[schemars(with = "InstantText")]
    pub start: Timestamp,
    /// Until, exclusive.
    #[schemars(with = "InstantText")]
    pub end: Timestamp,
}

/// One service in a release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ComponentTable {
    /// The service, by its name in the catalog.
    pub service: String,
    /// The version that it shall have, as the service's `version` reads it.
    pub version: String,
    /// The artifact's digest: `sha256:…`.
    pub artifact: Option<String>,
    /// Services of this release that go first.
    #[serde(default)]
    pub after: Vec<String>,
}
