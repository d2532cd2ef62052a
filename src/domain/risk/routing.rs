//! Which class and which sign-offs a risk calls for: `routing.toml`.
//!
//! Every rule that holds counts, and the strictest of them decides. A rule holds from a score on, never below one, and what is not
//! known counts as there. So more risk never asks for less.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Risk, factor::Name};
use crate::domain::{
    catalog::{Catalog, ChangeClass},
    release::Release,
};

/// The rules of a catalog.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routing {
    /// The rules, in the order of the file.
    pub rules: Vec<Rule>,
    /// Roles that may let a release keep a class that is laxer than the routed one.
    pub overrides: BTreeSet<String>,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its name.
    pub id: String,
    /// All of this must be so.
    pub when: When,
    /// The class that it calls for.
    pub class: Option<ChangeClass>,
    /// The roles of which one person each must sign.
    pub sign: BTreeSet<String>,
}

/// When a rule holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct When {
    /// The score is this or more, with every unknown at its worst.
    pub score: Option<u8>,
    /// One of its services is this critical or more (1 is the highest).
    pub criticality: Option<u8>,
    /// It changes or touches all of this.
    pub has: BTreeSet<Trait>,
    /// It goes to one of these; empty is any.
    pub environments: BTreeSet<String>,
}

/// Something that a change has or has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Trait {
    /// A schema is changed.
    SchemaChange,
    /// Personal data is touched.
    Pii,
}

/// What the rules call for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Routed {
    /// The class; `None` where no rule calls for one.
    pub class: Option<ChangeClass>,
    /// The roles of which one person each must sign.
    pub sign: BTreeSet<String>,
    /// The rules that hold.
    pub rules: Vec<String>,
}

impl Routing {
    /// What the rules call for, for `release` with that `risk`.
    #[must_use]
    pub fn route(&self, release: &Release, risk: &Risk, catalog: &Catalog) -> Routed {
        let mut routed = Routed::default();
        for rule in self.rules.iter().filter(|rule| rule.when.holds(release, risk, catalog)) {
            routed.class = routed.class.max(rule.class);
            routed.sign.extend(rule.sign.iter().cloned());
            routed.rules.push(rule.id.clone());
        }
        routed
    }
}

impl When {
    fn holds(&self, release: &Release, risk: &Risk, catalog: &Catalog) -> bool {
        let score = self.score.is_none_or(|from| risk.most() >= from);
        let critical = self.criticality.is_none_or(|wanted| {
            let of = |service: &str| catalog.services.get(service).and_then(|service| service.criticality);
            release.components.iter().any(|component| of(&component.service).is_none_or(|found| found <= wanted))
        });
        let has = self.has.iter().all(|one| risk.factor(one.factor()).is_none_or(|factor| factor.most > 0));
        // Where nothing says the environment, it may be any.
        let here = self.environments.is_empty()
            || release.environment.is_empty()
            || self.environments.contains(&release.environment);
        score && critical && has && here
    }
}

impl Trait {
    const fn factor(self) -> Name {
        match self {
            Self::SchemaChange => Name::SchemaChange,
            Self::Pii => Name::PersonalData,
        }
    }
}

impl Routed {
    /// Whether a release of class `own` asks less of itself than the rules do.
    ///
    /// An emergency is no such thing where it can be signed: its one signature is over its class, and it owes a review.
    #[must_use]
    pub const fn is_stricter_than(&self, own: ChangeClass, can_be_signed: bool) -> bool {
        match (self.class, own) {
            (None | Some(ChangeClass::Standard), _) | (_, ChangeClass::Normal) => false,
            (Some(_), ChangeClass::Emergency) => !can_be_signed,
            (Some(_), ChangeClass::Standard) => true,
        }
    }
}

#[cfg(test)]
mod tests;
