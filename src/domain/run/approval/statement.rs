//! What people sign about a plan.

use serde_json::{Map, Value};

use crate::domain::{
    ledger::hash::Hash,
    readiness::field::{self, Malformed},
    time::Timestamp,
};

/// The version of statements that this program writes and reads.
pub const VERSION: u64 = 1;

/// What is said about a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Others shall approve it. A signature proves who asks; without one the login stands for the person.
    Request,
    /// It may be run.
    Approve,
    /// It may not, until it is another plan.
    Deny,
    /// It is run without the approvals that it needs.
    BreakGlass,
}

impl Decision {
    /// All of them.
    const ALL: [Self; 4] = [Self::Request, Self::Approve, Self::Deny, Self::BreakGlass];

    /// The word in the statement.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Approve => "approve",
            Self::Deny => "deny",
            Self::BreakGlass => "break-glass",
        }
    }

    /// The action of the event that carries it.
    #[must_use]
    pub const fn action(self) -> &'static str {
        match self {
            Self::Request => "approval.request",
            Self::Approve => "approval.give",
            Self::Deny => "approval.deny",
            Self::BreakGlass => "approval.break-glass",
        }
    }

    /// The decision with this action.
    #[must_use]
    pub fn of(action: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|decision| decision.action() == action)
    }
}

/// A statement about a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement<'a> {
    /// Who signs, by the name in `allowed_signers`.
    pub principal: &'a str,
    /// The hash of the plan.
    pub plan: Hash,
    /// What is said.
    pub decision: Decision,
    /// The role in which it is said; empty for a request.
    pub role: &'a str,
    /// Why. A denial and breaking the glass need it.
    pub reason: Option<&'a str>,
    /// The incident that the glass is broken for.
    pub incident: Option<&'a str>,
    /// Until when it holds. A denial needs none.
    pub expires: Option<Timestamp>,
    /// Used once.
    pub nonce: &'a str,
    /// When it was signed, by the signer's clock.
    pub at: Timestamp,
}

impl<'a> Statement<'a> {
    /// The object that is signed.
    #[must_use]
    pub fn object(&self) -> Map<String, Value> {
        let mut object = field::object([
            ("principal", Some(self.principal.to_owned())),
            ("plan", Some(self.plan.to_string())),
            ("decision", Some(self.decision.word().to_owned())),
            ("role", Some(self.role.to_owned())),
            ("reason", self.reason.map(str::to_owned)),
            ("incident", self.incident.map(str::to_owned)),
            ("expires", self.expires.map(field::written)),
            ("nonce", Some(self.nonce.to_owned())),
            ("at", Some(field::written(self.at))),
        ]);
        object.insert("v".to_owned(), VERSION.into());
        object
    }

    /// Reads what was signed.
    ///
    /// # Errors
    /// What of it is missing or of another shape.
    pub fn read(object: &'a Map<String, Value>) -> Result<Self, Malformed> {
        if object.get("v").and_then(Value::as_u64) != Some(VERSION) {
            return Err(Malformed::Shape { name: "v", must: "1" });
        }
        let word = field::text(object, "decision")?;
        let decision = Decision::ALL.into_iter().find(|decision| decision.word() == word);
        let decision =
            decision.ok_or(Malformed::Shape { name: "decision", must: "request, approve, deny or break-glass" })?;
        let statement = Self {
            principal: field::words(object, "principal")?,
            plan: field::hash(object, "plan")?,
            decision,
            role: field::text(object, "role")?,
            reason: field::maybe(object, "reason")?,
            incident: field::maybe(object, "incident")?,
            expires: field::maybe_time(object, "expires")?,
            nonce: field::words(object, "nonce")?,
            at: field::time(object, "at")?,
        };
        if decision != Decision::Deny && statement.expires.is_none() {
            return Err(Malformed::Missing("expires"));
        }
        if matches!(decision, Decision::Deny | Decision::BreakGlass) {
            field::words(object, "reason")?;
        }
        if decision == Decision::BreakGlass {
            field::words(object, "incident")?;
        }
        Ok(statement)
    }
}
