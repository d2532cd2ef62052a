//! What was asked and said about plans, folded from the events of a ledger.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{ASKED, Decision, Requested, Statement, Vote, code};
use crate::domain::{
    ledger::{
        event::{Actor, Entry, Event, Outcome, Signed},
        hash::Hash,
        signature::{Meaning, Verified},
    },
    plan::Plan,
    readiness::field::{self, Malformed},
    time::Timestamp,
};

/// All requests, by the hash of the plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Approvals {
    by_plan: BTreeMap<Hash, Requested>,
    nonces: BTreeSet<String>,
    upto: u64,
}

/// What became of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It counts.
    Counted,
    /// It is about something else, or was applied before.
    Other,
    /// It does not count, and why.
    Ignored(String),
}

impl Approvals {
    /// Applies the next event; `verified` is what its signature proves.
    pub fn apply(&mut self, event: &Event, verified: Option<&Verified>) -> Applied {
        if event.seq <= self.upto {
            return Applied::Other;
        }
        self.upto = event.seq;
        let Some(decision) = Decision::of(&event.action).filter(|_| event.outcome == Outcome::Done) else {
            return Applied::Other;
        };
        let applied = if decision == Decision::Request {
            self.asked(event, verified)
        } else {
            self.said(event, decision, verified)
        };
        match applied {
            Ok(()) => Applied::Counted,
            Err(why) => Applied::Ignored(why),
        }
    }

    fn asked(&mut self, event: &Event, verified: Option<&Verified>) -> Result<(), String> {
        let plan = event.data.get("plan").cloned().ok_or("it carries no plan")?;
        let plan: Plan = serde_json::from_value(plan).map_err(|why| format!("its plan cannot be read: {why}"))?;
        let hash = plan.hash().map_err(|why| why.to_string())?;
        if hash.to_string() != event.target {
            return Err("its plan is not the one that it names".to_owned());
        }
        if event.signed.is_some() {
            self.signed(event, Decision::Request, verified)?;
        }
        let expires = field::time(&event.data, "expires").map_err(|why| why.to_string())?;
        let latest = event.ts.checked_add_signed(ASKED.delta()).unwrap_or(expires);
        let votes = self.by_plan.remove(&hash).map(|before| before.votes).unwrap_or_default();
        let requested = Requested {
            plan,
            hash,
            code: code(hash),
            by: event.actor.clone(),
            host: event.host.clone(),
            proven: verified.is_some(),
            at: event.ts,
            expires: expires.min(latest),
            votes,
        };
        self.by_plan.insert(hash, requested);
        Ok(())
    }

    fn said(&mut self, event: &Event, decision: Decision, verified: Option<&Verified>) -> Result<(), String> {
        let verified = verified.ok_or("its signature does not count")?;
        let statement = self.signed(event, decision, Some(verified))?;
        let requested = self.by_plan.get_mut(&statement.plan).ok_or("nobody asked for it")?;
        if event.ts > requested.expires {
            return Err("the request had run out".to_owned());
        }
        requested.votes.push(Vote {
            principal: verified.principal.clone(),
            key: verified.fingerprint.clone(),
            session: (event.actor.user.clone(), event.host.clone()),
            decision,
            role: statement.role.to_owned(),
            reason: statement.reason.map(str::to_owned),
            at: event.ts,
            expires: statement.expires,
        });
        Ok(())
    }

    /// The statement of `event`, which must say what the event says, and is used once.
    fn signed<'a>(
        &mut self,
        event: &'a Event,
        decision: Decision,
        verified: Option<&Verified>,
    ) -> Result<Statement<'a>, String> {
        let text = |why: Malformed| why.to_string();
        let signed = event.signed.as_ref().ok_or("it carries no signature")?;
        if signed.namespace != Meaning::Approval.namespace() {
            return Err("it is signed for another meaning".to_owned());
        }
        let statement = Statement::read(&signed.statement).map_err(text)?;
        if verified.is_none_or(|verified| verified.principal != statement.principal) {
            return Err("its signature does not count".to_owned());
        }
        if statement.decision != decision || statement.plan.to_string() != event.target {
            return Err("the event and what was signed disagree".to_owned());
        }
        if !self.nonces.insert(statement.nonce.to_owned()) {
            return Err("it was recorded before".to_owned());
        }
        Ok(statement)
    }

    /// What was asked and said about the plan with this hash.
    #[must_use]
    pub fn of(&self, plan: Hash) -> Option<&Requested> {
        self.by_plan.get(&plan)
    }

    /// The requests that can be answered at `now`, the newest first.
    #[must_use]
    pub fn open(&self, now: Timestamp) -> Vec<&Requested> {
        let mut open: Vec<_> = self.by_plan.values().filter(|requested| requested.expires > now).collect();
        open.sort_by_key(|requested| std::cmp::Reverse(requested.at));
        open
    }

    /// The request that `name` means: its code, its hash, or at least four digits of it. `None` also when several fit.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Requested> {
        let name = name.to_lowercase();
        let fits = |requested: &&Requested| {
            requested.code == name || name.len() >= 4 && requested.hash.to_string().starts_with(&name)
        };
        let mut fitting = self.by_plan.values().filter(fits);
        fitting.next().filter(|_| fitting.next().is_none())
    }

    /// The last event that was applied.
    #[must_use]
    pub const fn upto(&self) -> u64 {
        self.upto
    }
}

/// The entry that asks others to approve `plan` until `expires`.
///
/// # Errors
/// When the plan cannot be written.
pub fn request(
    plan: &Plan,
    (actor, signed): (Actor, Option<Signed>),
    expires: Timestamp,
) -> Result<Entry, crate::domain::ledger::canonical::CannotWrite> {
    let hash = plan.hash()?;
    let data = json!({ "plan": plan, "code": code(hash), "expires": field::written(expires) });
    let data = if let Value::Object(data) = data { data } else { Map::new() };
    Ok(Entry {
        actor,
        action: Decision::Request.action().to_owned(),
        target: hash.to_string(),
        release: plan.target.release.clone(),
        outcome: Outcome::Done,
        data,
        signed,
    })
}

/// The entry of what was signed about a plan of `release`. `skipped` are those whose approval was not waited for.
#[must_use]
pub fn entry(
    statement: &Statement<'_>,
    (actor, signed): (Actor, Signed),
    release: Option<&str>,
    skipped: &[String],
) -> Entry {
    let mut data = Map::new();
    if !skipped.is_empty() {
        data.insert("skipped".to_owned(), json!(skipped));
    }
    Entry {
        actor,
        action: statement.decision.action().to_owned(),
        target: statement.plan.to_string(),
        release: release.map(str::to_owned),
        outcome: Outcome::Done,
        data,
        signed: Some(signed),
    }
}
