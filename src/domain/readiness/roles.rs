//! `roles.toml`: who people are, and what each role may do.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::catalog::ChangeClass;

/// Who may do what: `catalog/roles.toml`. People are known by their names in `allowed_signers`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "warroom roles")]
pub struct Roles {
    /// People who need more than a name. Others may be named in groups and roles without an entry here.
    pub principals: BTreeMap<String, Principal>,
    /// Groups of people, by name.
    pub groups: BTreeMap<String, Vec<String>>,
    /// Roles, by name.
    pub roles: BTreeMap<String, Role>,
}

/// A person.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Principal {
    /// The name for people.
    pub name: Option<String>,
    /// Other names of the same person in `allowed_signers`. A person counts once, with however many names and keys.
    pub also: Vec<String>,
}

/// A role.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Role {
    /// The name for people.
    pub title: Option<String>,
    /// The part it has in a release.
    pub raci: Option<Raci>,
    /// Who has it: people, or groups written as `@group`.
    pub members: Vec<String>,
    /// What it may do.
    pub may: BTreeSet<Right>,
    /// Of which change classes a release must be to be paused or aborted by itself; any when left out.
    pub classes: BTreeSet<ChangeClass>,
}

impl Role {
    /// Whether what it may do by itself may be done to a change of `class`.
    #[must_use]
    pub fn acts_on(&self, class: ChangeClass) -> bool {
        self.classes.is_empty() || self.classes.contains(&class)
    }
}

/// The part that a role has in a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Raci {
    /// Does the work.
    Responsible,
    /// Answers for it.
    Accountable,
    /// Is asked before.
    Consulted,
    /// Is told afterwards.
    Informed,
}

/// What a role may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Right {
    /// Tick items that demand a signature.
    Tick,
    /// Sign off a release.
    Sign,
    /// Waive an item.
    Waive,
    /// Decide go, no-go or hold.
    Decide,
    /// Approve a plan.
    Approve,
    /// Pause a rollout by itself, when a trigger fired: for the service account of the circuit breaker.
    Pause,
    /// Abort a rollout by itself, when a trigger fired: for the service account of the circuit breaker.
    Abort,
}

impl Right {
    /// The word in the file.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Tick => "tick",
            Self::Sign => "sign",
            Self::Waive => "waive",
            Self::Decide => "decide",
            Self::Approve => "approve",
            Self::Pause => "pause",
            Self::Abort => "abort",
        }
    }
}

impl Roles {
    /// The one name of the person behind `principal`, whichever of their names it is.
    #[must_use]
    pub fn person<'a>(&'a self, principal: &'a str) -> &'a str {
        if self.principals.contains_key(principal) {
            return principal;
        }
        self.principals
            .iter()
            .find(|(_, person)| person.also.iter().any(|name| name == principal))
            .map_or(principal, |(name, _)| name)
    }

    /// Whether `principal` has `role` and the role has the right.
    #[must_use]
    pub fn may(&self, principal: &str, right: Right, role: &str) -> bool {
        self.roles.get(role).is_some_and(|role| role.may.contains(&right) && self.is_among(&role.members, principal))
    }

    /// The roles in which `principal` has the right.
    pub fn with(&self, principal: &str, right: Right) -> impl Iterator<Item = &str> {
        self.roles
            .iter()
            .filter(move |(_, role)| role.may.contains(&right) && self.is_among(&role.members, principal))
            .map(|(name, _)| name.as_str())
    }

    /// The people who have `role`, each once, by name. Empty for a role that is not declared.
    #[must_use]
    pub fn people(&self, role: &str) -> Vec<&str> {
        let mut people: Vec<&str> = self
            .roles
            .get(role)
            .into_iter()
            .flat_map(|role| &role.members)
            .flat_map(|member| match member.strip_prefix('@') {
                Some(group) => self.groups.get(group).map(Vec::as_slice).unwrap_or_default(),
                None => std::slice::from_ref(member),
            })
            .map(|name| self.person(name))
            .collect();
        people.sort_unstable();
        people.dedup();
        people
    }

    /// Whether `name` is a person or a group that is named anywhere in here. Who is not known cannot be told from others.
    #[must_use]
    pub fn knows(&self, name: &str) -> bool {
        self.names().any(|known| known == name.strip_prefix('@').unwrap_or(name))
    }

    /// Every name of a person or group, some of them more than once.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let people = self.principals.iter().flat_map(|(name, person)| std::iter::once(name).chain(&person.also));
        let groups = self.groups.iter().flat_map(|(name, members)| std::iter::once(name).chain(members));
        let members = self.roles.values().flat_map(|role| &role.members);
        people.chain(groups).chain(members).map(|name| name.strip_prefix('@').unwrap_or(name))
    }

    /// Whether `principal` is the `author`: the same person, or one of the group of that name.
    #[must_use]
    pub fn is_author(&self, principal: &str, author: &str) -> bool {
        let group = author.strip_prefix('@').unwrap_or(author);
        self.person(principal) == self.person(author)
            || self.groups.get(group).is_some_and(|members| self.is_among(members, principal))
    }

    fn is_among(&self, members: &[String], principal: &str) -> bool {
        let person = self.person(principal);
        members.iter().any(|member| match member.strip_prefix('@') {
            Some(group) => {
                self.groups.get(group).is_some_and(|people| people.iter().any(|name| self.person(name) == person))
            }
            None => self.person(member) == person,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(text: &str) -> Roles {
        toml::from_str(text).expect("roles")
    }

    const TEAM: &str = r#"
        [principals.jo]
        name = "Jo Ruiz"
        also = ["jo@laptop"]
        [groups]
        oncall = ["mira", "jo@laptop"]
        [roles.sre]
        title = "SRE on-call"
        raci = "accountable"
        members = ["@oncall"]
        may = ["sign", "waive"]
        [roles.product]
        members = ["ana"]
        may = ["sign"]
    "#;

    #[test]
    fn a_person_may_what_their_roles_may_under_any_of_their_names() {
        let roles = roles(TEAM);
        for (principal, right, role, may) in [
            ("mira", Right::Sign, "sre", true),
            ("jo", Right::Waive, "sre", true),
            ("jo@laptop", Right::Waive, "sre", true),
            ("ana", Right::Sign, "sre", false),
            ("ana", Right::Waive, "product", false),
            ("ana", Right::Sign, "security", false),
            ("@oncall", Right::Sign, "sre", false),
        ] {
            assert_eq!(roles.may(principal, right, role), may, "{principal} {right:?} {role}");
        }
        assert_eq!(roles.people("sre"), ["jo", "mira"]);
        assert_eq!(roles.with("jo@laptop", Right::Sign).collect::<Vec<_>>(), ["sre"]);
        assert!(["jo", "jo@laptop", "mira", "oncall", "@oncall", "ana"].iter().all(|name| roles.knows(name)));
        assert!(!roles.knows("joo") && !roles.knows("sre"));
        assert!(roles.is_author("jo@laptop", "jo") && roles.is_author("mira", "oncall"));
        assert!(!roles.is_author("ana", "oncall"));
        assert!(toml::from_str::<Roles>("[roles.sre]\nmay = [\"everything\"]").is_err());
    }
}
