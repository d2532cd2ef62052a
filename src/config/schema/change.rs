//! `[change]` and `[[failure]]` of a release, the JSON file that CI writes about a change, and `catalog/routing.toml`.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::text::{EnvironmentText, InstantText, NameText};
use crate::domain::{catalog::ChangeClass, risk::routing::Trait, time::Timestamp};

/// What is known of a change. What is left out is not known, and counts as at its worst.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ChangeTable {
    /// Lines that are added, changed or taken out.
    pub lines: Option<u64>,
    /// Files that are changed.
    pub files: Option<u64>,
    /// How much of the changed lines tests run, in percent.
    #[schemars(range(min = 0, max = 100))]
    pub coverage: Option<f64>,
    /// Whether a schema of stored data is changed.
    pub schema_change: Option<bool>,
    /// Whether personal data is touched.
    pub pii: Option<bool>,
    /// Pages that the people on call had in the last 12 hours.
    pub pages: Option<u64>,
    /// Incidents of its services in the last 30 days.
    pub incidents: Option<u64>,
    /// When the way back was rehearsed last, for those who rehearse elsewhere. Rehearsals of warroom are in the ledger.
    #[schemars(with = "Option<InstantText>")]
    pub rehearsed: Option<Timestamp>,
}

/// What CI writes about a change: JSON in `releases/IDENTIFIER.change.json`, or where the release's `change_file` says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "warroom change")]
pub struct ChangeDocument {
    /// 1.
    #[schemars(range(min = 1, max = 1))]
    pub version: u64,
    /// The release that it is about: a file of another one says nothing.
    pub release: String,
    /// When it was written.
    #[schemars(with = "InstantText")]
    pub at: Timestamp,
    /// Services with the versions that it is about. Where a version is another one than the release's, it says nothing.
    #[serde(default)]
    pub versions: BTreeMap<String, String>,
    /// What is known.
    pub change: ChangeTable,
}

/// A way in which it may fail, as IEC 60812 has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FailureTable {
    /// What fails, and how.
    #[schemars(length(min = 1))]
    pub mode: String,
    /// What that does to users.
    #[schemars(length(min = 1))]
    pub effect: String,
    /// How bad the effect is: 1 (nobody notices) to 10 (worst).
    #[schemars(range(min = 1, max = 10))]
    pub severity: u8,
    /// How often it is to be expected: 1 (hardly ever) to 10 (almost certainly).
    #[schemars(range(min = 1, max = 10))]
    pub occurrence: u8,
    /// How it is noticed before users are hurt: 1 (at once, by itself) to 10 (not at all).
    #[schemars(range(min = 1, max = 10))]
    pub detection: u8,
    /// What is done against it.
    pub mitigation: Option<String>,
}

/// Which class and which sign-offs a risk calls for: `catalog/routing.toml`. Every rule that holds counts; the strictest decides.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "warroom routing")]
pub struct RoutingFile {
    /// Roles that may let a release keep a laxer class, with a signed waiver of `class/CLASS`. None can, when left out.
    #[serde(rename = "override")]
    pub overrides: Vec<String>,
    /// The rules.
    pub rule: Vec<RuleTable>,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleTable {
    /// Unique in the file.
    #[schemars(with = "NameText")]
    pub id: String,
    /// All of this must be so. Always, when left out.
    #[serde(default)]
    pub when: WhenTable,
    /// The class that it calls for, at least.
    #[schemars(with = "Option<RoutedWord>")]
    pub class: Option<ChangeClass>,
    /// Roles of which one person each must have signed one of the release's sign-offs.
    #[serde(default)]
    pub sign: Vec<String>,
}

/// The classes that a rule can call for. Nothing is routed to be an emergency: somebody says that it is one.
#[derive(JsonSchema)]
#[schemars(rename_all = "lowercase", inline)]
#[expect(dead_code, reason = "only its schema is used; the domain's own type knows no schemas")]
enum RoutedWord {
    Standard,
    Normal,
}

/// When a rule holds. What is not known counts as there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WhenTable {
    /// From this risk score on, with every unknown factor at its worst.
    #[schemars(range(min = 0, max = 100))]
    pub score: Option<u8>,
    /// One of its services is this critical, or more: 1 is the highest.
    #[schemars(range(min = 1, max = 4))]
    pub criticality: Option<u8>,
    /// What it changes or touches, all of it.
    #[schemars(with = "BTreeSet<TraitWord>")]
    pub has: BTreeSet<Trait>,
    /// Where it goes. Anywhere, when left out.
    #[schemars(with = "Vec<EnvironmentText>")]
    pub environments: Vec<String>,
}

/// The words for what a change has.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case", inline)]
#[expect(dead_code, reason = "only its schema is used; the domain's own type knows no schemas")]
enum TraitWord {
    SchemaChange,
    Pii,
}
