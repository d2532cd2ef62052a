//! When changes may be made: freezes, change windows and dates that people should know of.
//!
//! Files say local times of a zone and how they repeat; an [`agenda::Agenda`] is what that means for a stretch of time, and
//! [`standing::standing`] what it means for one change now.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{catalog::ChangeClass, release::Release};

pub mod agenda;
pub mod conflict;
pub mod recurrence;
pub mod standing;

pub use recurrence::{Recurrence, Times};

/// An entry of the calendar: `calendar/NAME.toml`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// One line for people.
    pub title: String,
    /// What it means for changes.
    pub kind: Kind,
    /// Whom to ask.
    pub owner: Option<String>,
    /// Which changes it is about.
    pub scope: Scope,
    /// Roles that may let a change pass all the same. None can, when it is empty.
    pub overrides: BTreeSet<String>,
    /// When.
    pub times: Vec<Times>,
}

/// What an entry means for changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// No change while it lasts.
    Freeze,
    /// Changes in its scope happen in one of these, and at no other time.
    Window,
    /// A date that people should know of: an audit, a sale, maintenance elsewhere. It stops nothing.
    Notice,
}

impl Kind {
    /// The word in files and for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Freeze => "freeze",
            Self::Window => "window",
            Self::Notice => "notice",
        }
    }
}

/// Which changes an entry is about. What is left empty is every one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Services.
    pub services: BTreeSet<String>,
    /// Environments.
    pub environments: BTreeSet<String>,
    /// Regions.
    pub regions: BTreeSet<String>,
    /// Change classes.
    pub classes: BTreeSet<ChangeClass>,
}

/// A change that is asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change<'a> {
    /// Where.
    pub environment: &'a str,
    /// Services that it touches.
    pub services: BTreeSet<&'a str>,
    /// Regions that it touches. Empty where that is not known: then it may be any.
    pub regions: BTreeSet<&'a str>,
    /// How much ceremony it needs.
    pub class: ChangeClass,
}

impl<'a> Change<'a> {
    /// What `release` changes.
    #[must_use]
    pub fn of(release: &'a Release) -> Self {
        Self {
            environment: &release.environment,
            services: release.components.iter().map(|component| component.service.as_str()).collect(),
            regions: release.components.iter().filter_map(|component| component.region.as_deref()).collect(),
            class: release.class,
        }
    }
}

impl Scope {
    /// Whether it is about `change`. One service or region in it is enough: a change is not made by halves.
    #[must_use]
    pub fn covers(&self, change: &Change<'_>) -> bool {
        let touches = |scope: &BTreeSet<String>, touched: &BTreeSet<&str>| {
            scope.is_empty() || touched.is_empty() || touched.iter().any(|one| scope.contains(*one))
        };
        touches(&self.services, &change.services)
            && touches(&self.regions, &change.regions)
            && (self.environments.is_empty() || self.environments.contains(change.environment))
            && (self.classes.is_empty() || self.classes.contains(&change.class))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(of: &[&str]) -> BTreeSet<String> {
        of.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn what_a_scope_leaves_out_is_every_one() {
        let change = Change { environment: "prod", services: BTreeSet::from(["checkout"]), ..Change::default() };
        assert!(Scope::default().covers(&change));
        assert!(Scope { environments: names(&["prod"]), ..Scope::default() }.covers(&change));
        assert!(!Scope { environments: names(&["staging"]), ..Scope::default() }.covers(&change));
    }

    #[test]
    fn one_service_in_the_scope_is_enough_and_an_unknown_region_may_be_any() {
        let services = BTreeSet::from(["checkout", "search"]);
        let mut change = Change { environment: "prod", services, ..Change::default() };
        let scope = Scope { services: names(&["search"]), regions: names(&["eu"]), ..Scope::default() };
        assert!(scope.covers(&change));
        change.regions = BTreeSet::from(["us"]);
        assert!(!scope.covers(&change));
    }

    #[test]
    fn a_freeze_of_normal_changes_lets_an_emergency_pass() {
        let classes = BTreeSet::from([ChangeClass::Standard, ChangeClass::Normal]);
        let scope = Scope { classes, ..Scope::default() };
        let of = |class| Change { environment: "prod", class, ..Change::default() };
        assert!(scope.covers(&of(ChangeClass::Normal)) && !scope.covers(&of(ChangeClass::Emergency)));
    }
}
