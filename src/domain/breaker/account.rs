//! Who acts when nobody does: the service account of a process, and what it may do.

use serde::{Deserialize, Serialize};

use crate::domain::{
    catalog::ChangeClass,
    ledger::{hash::Hash, signers::Signers},
    readiness::{
        field,
        roles::{Right, Roles},
    },
    time::Timestamp,
    trigger::Act,
};

/// The version of the statements that an account signs.
const VERSION: u64 = 1;

/// The service account that a process acts as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Its name in `allowed_signers` and `roles.toml`.
    pub name: String,
    /// What tells this process from every other that acts as the same account.
    pub process: String,
}

/// The right that `act` takes; `None` for advice, which takes none.
#[must_use]
pub const fn right(act: Act) -> Option<Right> {
    match act {
        Act::Advise => None,
        Act::Pause => Some(Right::Pause),
        Act::Abort => Some(Right::Abort),
    }
}

/// Whether `name` may `act` on a change of that class by itself.
///
/// # Errors
/// Why not, and what to do.
pub fn may(roles: &Roles, name: &str, act: Act, class: ChangeClass) -> Result<(), String> {
    let Some(right) = right(act) else { return Ok(()) };
    let mut with = roles.with(name, right).peekable();
    if with.peek().is_none() {
        return Err(format!("{name} has no role with may = [\"{}\"] in roles.toml", right.word()));
    }
    let classes = |role: &str| roles.roles.get(role).is_some_and(|role| role.acts_on(class));
    if with.any(classes) {
        return Ok(());
    }
    Err(format!("no role of {name} may {} {} changes: see `classes` in roles.toml", right.word(), class.word()))
}

/// What is wrong with `name` as the account of a breaker before it ever acts: no role, no key. Empty when all is there.
#[must_use]
pub fn problems(roles: &Roles, signers: &Signers, name: &str) -> Vec<String> {
    let mut problems = Vec::new();
    if [Right::Pause, Right::Abort].iter().all(|right| roles.with(name, *right).next().is_none()) {
        problems.push(format!("{name} may neither pause nor abort: no role of roles.toml gives it the right"));
    }
    if !signers.knows(name) {
        problems.push(format!("{name} has no key in allowed_signers, and nothing is done without its signature"));
    }
    problems
}

/// What an account signs when it begins to count, and when it acts: the plan, and what it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement<'a> {
    /// The account.
    pub principal: &'a str,
    /// The release.
    pub release: &'a str,
    /// The hash of the plan.
    pub plan: Hash,
    /// `begin`, or the identifier of the run that it starts.
    pub says: &'a str,
    /// Used once.
    pub nonce: &'a str,
    /// When it was signed.
    pub at: Timestamp,
}

impl Statement<'_> {
    /// The object that is signed.
    #[must_use]
    pub fn object(&self) -> serde_json::Map<String, serde_json::Value> {
        let text = |value: &str| Some(value.to_owned());
        let mut object = field::object([
            ("principal", text(self.principal)),
            ("release", text(self.release)),
            ("plan", Some(self.plan.to_string())),
            ("says", text(self.says)),
            ("nonce", text(self.nonce)),
            ("at", Some(field::written(self.at))),
        ]);
        object.insert("v".to_owned(), VERSION.into());
        object
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles() -> Roles {
        toml::from_str(
            "[roles.breaker]\nmembers = [\"robot\"]\nmay = [\"pause\", \"abort\"]\nclasses = [\"standard\", \"normal\"]\n\
             [roles.brake]\nmembers = [\"brake\"]\nmay = [\"pause\"]\n[roles.sre]\nmembers = [\"mira\"]\nmay = [\"approve\"]",
        )
        .expect("roles")
    }

    #[test]
    fn an_account_acts_within_the_rights_and_classes_of_its_roles_alone() {
        let told = |name, act, class| may(&roles(), name, act, class).err().unwrap_or_default();
        assert_eq!(told("robot", Act::Abort, ChangeClass::Normal), "");
        assert_eq!(told("brake", Act::Pause, ChangeClass::Emergency), "", "any class where none is named");
        assert!(told("robot", Act::Pause, ChangeClass::Emergency).contains("may pause emergency changes"));
        assert!(told("brake", Act::Abort, ChangeClass::Normal).contains("may = [\"abort\"]"));
        assert!(
            told("mira", Act::Pause, ChangeClass::Normal).contains("no role"),
            "people approve; they do not act so"
        );
        assert_eq!(told("nobody", Act::Advise, ChangeClass::Normal), "", "advice takes no right");
    }

    #[test]
    fn an_account_without_rights_or_without_a_key_is_told_before_it_acts() {
        let told = problems(&roles(), &Signers::default(), "mira").join("; ");
        assert!(told.contains("neither pause nor abort") && told.contains("no key"), "{told}");
        let told = problems(&roles(), &Signers::default(), "brake").join("; ");
        assert!(told.contains("no key") && !told.contains("neither"), "{told}");
    }
}
