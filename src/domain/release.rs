//! What is being decided about.

use serde::{Deserialize, Serialize};

use super::{
    catalog::{ChangeClass, ReleaseFile},
    level::Level,
    object::ObjectKey,
    time::Timestamp,
    workload::Workload,
};

/// A release's identifier: a file's stem, or `source/namespace/name@template-hash` for an ad hoc one.
pub type ReleaseId = String;

/// Where a release stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Declared; nothing has moved.
    Planned,
    /// Being made ready.
    Readiness,
    /// Under way.
    RollingOut,
    /// All traffic on the new version, watched.
    Baking,
    /// Checked after the fact.
    Verifying,
    /// Done.
    Done,
    /// On the way back.
    RollingBack,
    /// The old version is back.
    RolledBack,
    /// Failed.
    Failed,
    /// Not known.
    Unknown,
}

impl Phase {
    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Readiness => "readiness",
            Self::RollingOut => "rolling out",
            Self::Baking => "baking",
            Self::Verifying => "verifying",
            Self::Done => "done",
            Self::RollingBack => "rolling back",
            Self::RolledBack => "rolled back",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
        }
    }
}

/// A release, with everything joined that belongs to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// Unique.
    pub id: ReleaseId,
    /// Short, for a table: the identifier of a declared release, `checkout 1.42.0` for an ad hoc one.
    pub name: String,
    /// The declaration; `None` for an ad hoc release.
    pub file: Option<ReleaseFile>,
    /// The environment; empty where nothing says.
    pub environment: String,
    /// Whether that is production.
    pub production: bool,
    /// How much ceremony.
    pub class: ChangeClass,
    /// What it consists of, in order of `after`.
    pub components: Vec<Component>,
    /// Where it stands: the least advanced component decides, and any that fails or goes back.
    pub phase: Phase,
    /// The worst of all that is known about it.
    pub level: Level,
    /// Reasons for that level, the heaviest first.
    pub reasons: Vec<Reason>,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// When the oldest of the data it is judged by was measured.
    pub data_at: Option<Timestamp>,
}

impl Release {
    /// The component that a table shows when there is room for one: the one that needs most, then the first one that moves.
    #[must_use]
    pub fn leading(&self) -> Option<&Component> {
        self.components.iter().max_by_key(|component| {
            (component.level, component.workload.as_ref().is_some_and(|w| w.status.in_flight()))
        })
    }

    /// Its state in a few words: the short reason that decides, or the level's own word: `page firing`, `WAITING`.
    #[must_use]
    pub fn headline(&self) -> &str {
        let deciding = self.reasons.iter().find(|reason| reason.level == self.level);
        deciding.map_or(self.level.word(), |reason| &reason.short)
    }

    /// Whether `service` is part of it.
    #[must_use]
    pub fn has(&self, service: &str) -> bool {
        self.components.iter().any(|component| component.service == service)
    }
}

/// One service, in one place, in a release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Component {
    /// The service.
    pub service: String,
    /// Whether the service was guessed, because no file names it.
    pub guessed: bool,
    /// The region, where the source has one.
    pub region: Option<String>,
    /// The version that goes out.
    pub version: Option<String>,
    /// The version that it replaces and would go back to.
    pub previous: Option<String>,
    /// Services of this release that go first.
    pub after: Vec<String>,
    /// The object, where one was found.
    pub workload: Option<Workload>,
    /// Its full name, also when its last picture is old.
    pub key: Option<ObjectKey>,
    /// Where it stands.
    pub phase: Phase,
    /// How much it needs a person.
    pub level: Level,
    /// Why the object is not there, or what is odd about it: `no object: checkout in prod`.
    pub problem: Option<String>,
}

/// One reason for a level.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// How heavy.
    pub level: Level,
    /// In a few words, for a table: `page firing`, `ticket burn`, `unknown`.
    pub short: String,
    /// In full: `checkout availability burns 15.1x (1h), page at 14.4x`.
    pub text: String,
    /// The source it rests on.
    pub source: Option<String>,
    /// When that was measured.
    pub at: Option<Timestamp>,
}
