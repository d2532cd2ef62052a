//! Checklists: what must hold before a release may start, go on, or be called done.
//!
//! A checklist is a file under version control. What people and checks say about it is evidence, kept apart from it.

use serde::{Deserialize, Serialize};

use super::{ledger::hash::Hash, time::Span};

pub mod check;
pub mod predicate;
pub mod state;
pub mod strictness;

use check::Check;

/// A checklist after its templates were merged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Checklist {
    /// The file's stem.
    pub name: String,
    /// For people.
    pub title: Option<String>,
    /// Its items, in groups, in the order of the files.
    pub groups: Vec<Group>,
    /// Who must sign, by the change class of the release.
    pub signoffs: Vec<Signoff>,
    /// The hash of the merged content: what was ticked is ticked for this version.
    pub digest: Hash,
    /// The commit of the catalog, when it lies in a git repository.
    pub commit: Option<String>,
}

/// Items that belong together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// `Readiness`, `Observability`.
    pub name: String,
    /// In the order of the file.
    pub items: Vec<Item>,
}

/// One thing that must hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Unique in the checklist; what the ledger names.
    pub id: String,
    /// For people.
    pub title: String,
    /// The role that answers for it.
    pub owner: Option<String>,
    /// Whether the release waits for it. An advisory item is shown and counted, and blocks nothing.
    pub mandatory: bool,
    /// How much it counts in the score, from 1.
    pub weight: u32,
    /// What it must hold before.
    pub due: Due,
    /// How it is found out.
    pub check: Check,
    /// How often an automatic item is looked at.
    pub every: Span,
    /// How long one look may take.
    pub timeout: Span,
}

/// The moment before which an item must hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Due {
    /// Before anything moves.
    #[default]
    Start,
    /// Before the new version gets this share of traffic or more, in percent.
    Traffic(u8),
    /// Before the release is called done.
    Done,
    /// Before a rollback is called verified.
    RolledBack,
}

impl Due {
    /// For people, after `before`: `start`, `50 %`.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Start => "start".to_owned(),
            Self::Traffic(share) => format!("{share} %"),
            Self::Done => "done".to_owned(),
            Self::RolledBack => "rolled back".to_owned(),
        }
    }
}

/// A sign-off that a checklist asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signoff {
    /// Unique in the checklist.
    pub id: String,
    /// For people.
    pub title: String,
    /// What it must be given before.
    pub due: Due,
    /// The change classes that need it.
    pub classes: Vec<super::catalog::ChangeClass>,
    /// Who must sign.
    pub by: Requirement,
    /// How long it holds after it was given.
    pub expires: Span,
}

/// Who must sign: a tree of groups.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Requirement {
    /// As many different people who have a role.
    Role {
        /// The role in `roles.toml`.
        role: String,
        /// How many, from 1.
        count: u32,
        /// Whether the release's owner does not count.
        not_author: bool,
    },
    /// All of these.
    All(Vec<Requirement>),
    /// One of these.
    Any(Vec<Requirement>),
}

impl Requirement {
    /// The roles that it asks for, each with whether the release's owner does not count.
    #[must_use]
    pub fn roles(&self) -> Vec<(&str, bool)> {
        match self {
            Self::Role { role, not_author, .. } => vec![(role, *not_author)],
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::roles).collect(),
        }
    }
}

impl Checklist {
    /// All items, in their order.
    pub fn items(&self) -> impl Iterator<Item = &Item> {
        self.groups.iter().flat_map(|group| &group.items)
    }

    /// The item of that identifier.
    #[must_use]
    pub fn item(&self, id: &str) -> Option<&Item> {
        self.items().find(|item| item.id == id)
    }
}
