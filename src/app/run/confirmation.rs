//! The confirmation of a plan: what will happen, what speaks for it, what is missing before it may run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Evidence, Target};
use crate::{
    app::{
        act::{EXPIRES, Identity, Signer},
        key::{Key, KeyCode},
        keymap::label,
        model::{Model, Setup},
        write_mode::ARMING,
    },
    domain::{
        ledger::hash::Hash,
        plan::{Mode, Plan, again::FRESH},
        readiness::roles::{Right, Roles},
        run::{
            Claim, RunId,
            approval::{self, NotApproved, People, standing},
        },
        runbook::{
            parameter::{NotLetIn, Parameter},
            risk::Risk,
        },
        time::{Span, Timestamp},
    },
};

/// What is planned again after so long while it is looked at: another plan voids the confirmation.
pub const AGAIN: Span = Span::from_secs(10);
/// Who waits for somebody else waits longer before it expires.
pub const WAITS: Span = Span::from_mins(10);

/// What is being confirmed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Confirmation {
    /// Which dialog of this console: answers from outside name it.
    pub act: u64,
    /// The runbook's name.
    pub runbook: String,
    /// What it is called for people. Text from outside.
    pub title: String,
    /// What for.
    pub target: Target,
    /// Whether effects will be real.
    pub mode: Mode,
    /// What has to be given before it can be planned.
    pub given: Vec<Given>,
    /// The plan, once it is there.
    pub resolved: Option<Resolved>,
    /// When it was last asked for.
    pub asked: Option<Timestamp>,
    /// Whether the full plan is on the screen, and how far it is scrolled.
    pub view: View,
    /// The reason.
    pub words: String,
    /// The incident that it is for; empty where none is named.
    pub incident: String,
    /// Whether it is to be run without the approvals that it needs, and who would sign for that.
    pub glass: Option<Identity>,
    /// What was typed of the phrase.
    pub phrase: String,
    /// What was typed of the plan's code.
    pub code: String,
    /// What has the keys.
    pub focus: Field,
    /// When it was opened.
    pub opened: Timestamp,
    /// When the last key was pressed in it.
    pub touched: Timestamp,
    /// How far it is.
    pub phase: Phase,
    /// Why it was not started when it was confirmed last.
    pub problem: Option<String>,
    /// The key before, when it came, and how often in a row: a key that is held down confirms nothing.
    pub last: Option<(Key, Timestamp, u8)>,
}

/// A parameter and what was typed for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Given {
    /// The parameter.
    pub parameter: Parameter,
    /// What was typed.
    pub text: String,
}

/// A plan as it was resolved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Resolved {
    /// The plan.
    pub plan: Plan,
    /// Its hash: what is confirmed.
    pub hash: Hash,
    /// When it was resolved first: keys count a little later.
    pub at: Timestamp,
    /// When it was last resolved to the same.
    pub again: Timestamp,
    /// What speaks for it.
    pub evidence: Evidence,
    /// The run that has its lease, and would be taken over.
    pub lease: Option<RunId>,
}

/// What of the plan is on the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// Plan, evidence, and what is asked for.
    Brief,
    /// The full plan: exact requests, what changes, notes; scrolled by so many lines.
    Full(u16),
}

/// The full plan is scrolled at most so far.
const LONGEST_PLAN: u16 = 2_000;

impl View {
    /// The view after `key`: a full plan moves, anything else stays.
    #[must_use]
    pub fn scrolled(self, key: Key) -> Self {
        let Self::Full(at) = self else { return self };
        let to = match key.code {
            KeyCode::Down | KeyCode::Char('j') => at.saturating_add(1),
            KeyCode::Up | KeyCode::Char('k') => at.saturating_sub(1),
            KeyCode::PageDown | KeyCode::Char(' ') => at.saturating_add(10),
            KeyCode::PageUp => at.saturating_sub(10),
            KeyCode::Home | KeyCode::Char('g') => 0,
            _ => at,
        };
        Self::Full(to.min(LONGEST_PLAN))
    }
}

/// A part of the dialog that takes keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// A parameter.
    Given(usize),
    /// The reason.
    Words,
    /// The incident.
    Incident,
    /// The phrase: typed, never pasted.
    Phrase,
    /// The code of the plan, where a second person approved it: typed, never pasted.
    Code,
    /// Nothing to fill in.
    Nothing,
}

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Parameters are given.
    Asking,
    /// The plan is being resolved.
    Resolving,
    /// It cannot be planned: why.
    Refused(String),
    /// It is read and filled in.
    Open,
    /// The prefix was pressed at this time: Enter confirms.
    Prefixed(Timestamp),
    /// It was confirmed at this time and is being started.
    Starting(Timestamp),
    /// It cannot be confirmed any more: why.
    Void(String),
}

impl Confirmation {
    /// The risk that decides what is asked for: a rehearsal changes nothing.
    #[must_use]
    pub fn risk(&self) -> Option<Risk> {
        let risk = self.resolved.as_ref()?.plan.risk;
        Some(if self.mode == Mode::Rehearsal { risk.min(Risk::R1) } else { risk })
    }

    /// Whether WRITE mode, a reason and a typed phrase are asked for.
    #[must_use]
    pub fn is_grave(&self) -> bool {
        self.risk().is_some_and(|risk| risk >= Risk::R2)
    }

    /// Whether a second person must approve.
    #[must_use]
    pub fn needs_second(&self) -> bool {
        let needs = self.resolved.as_ref().is_some_and(|resolved| resolved.plan.needs.is_some());
        self.mode == Mode::Real && (needs || self.risk() == Some(Risk::R4))
    }

    /// What must be typed. It says that the glass is broken, and names the run that is taken over, where that is so.
    #[must_use]
    pub fn wanted_phrase(&self) -> String {
        let Some(resolved) = &self.resolved else { return String::new() };
        let glass = self.glass.as_ref().map(|_| "break glass".to_owned());
        let lease = resolved.lease.as_ref().map(|run| format!("take over {run}"));
        let before: Vec<String> = glass.into_iter().chain(lease).collect();
        let phrase = resolved.plan.phrase();
        if before.is_empty() { phrase } else { format!("{}: {phrase}", before.join(", ")) }
    }

    /// Who would sign for breaking the glass, and in which role; `None` where it is not broken, or nobody can.
    #[must_use]
    pub fn breaker<'a>(&'a self, roles: &'a Roles) -> Option<(&'a Signer, &'a str)> {
        let Some(Identity::Known(signer)) = &self.glass else { return None };
        roles.with(&signer.principal, Right::Approve).next().map(|role| (signer, role))
    }

    /// Whose approval is not waited for when the glass is broken.
    #[must_use]
    pub fn skipped(&self, roles: &Roles) -> Vec<String> {
        let (Some(Identity::Known(signer)), Some(resolved)) = (&self.glass, &self.resolved) else { return Vec::new() };
        standing::skipped(resolved.plan.needs.as_ref(), roles, &signer.principal)
    }

    /// Whether what is confirmed now is a question to others: nobody was asked yet to approve it.
    #[must_use]
    pub fn asks(&self, model: &Model) -> bool {
        let not_asked = |resolved| matches!(approved(model, resolved), Err(NotApproved::NotAsked { .. }));
        self.needs_second() && self.glass.is_none() && self.resolved.as_ref().is_some_and(not_asked)
    }

    /// The fields that can be filled in, in their order.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        if self.resolved.is_none() {
            return (0..self.given.len()).map(Field::Given).collect();
        }
        let mut fields = Vec::new();
        if self.is_grave() {
            fields.extend([Field::Words, Field::Incident, Field::Phrase]);
        }
        if self.needs_second() && self.glass.is_none() {
            fields.push(Field::Code);
        }
        fields
    }

    /// The values of the parameters.
    ///
    /// # Errors
    /// Which one is not let in, and why.
    pub fn values(&self) -> Result<BTreeMap<String, String>, NotLetIn> {
        let typed = self.given.iter().map(|given| (given, given.text.trim()));
        for (given, text) in typed.clone() {
            if text.is_empty() {
                return Err(NotLetIn::Missing(given.parameter.name.clone()));
            }
            given.parameter.admit(text)?;
        }
        Ok(typed.map(|(given, text)| (given.parameter.name.clone(), text.to_owned())).collect())
    }

    /// From when on keys count: a moment after it was opened, and after its plan was there.
    #[must_use]
    pub fn armed_at(&self, setup: &Setup) -> Timestamp {
        let from = self.resolved.as_ref().map_or(self.opened, |resolved| resolved.at.max(self.opened));
        from + setup.patience(ARMING).delta()
    }

    /// When nobody will have touched it for too long.
    #[must_use]
    pub fn end(&self, setup: &Setup) -> Timestamp {
        let patience = if self.needs_second() { WAITS } else { EXPIRES };
        self.touched + setup.patience(patience).delta()
    }

    /// Whether keys can still change it.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Asking | Phase::Resolving | Phase::Open | Phase::Prefixed(_))
    }

    /// Whether this console is in WRITE mode for the environment.
    #[must_use]
    pub fn may_write(&self, model: &Model) -> bool {
        model.write.as_ref().is_some_and(|write| write.environment == self.target.environment)
    }

    /// What is still missing before it can be confirmed, in words; `None` when nothing is.
    #[must_use]
    pub fn missing(&self, model: &Model) -> Option<String> {
        if let Phase::Asking = self.phase {
            return Some(match self.values() {
                Err(why) => why.to_string(),
                Ok(_) => "Enter plans it with these values".to_owned(),
            });
        }
        let Some(resolved) = &self.resolved else { return Some("the plan is being resolved".to_owned()) };
        if self.is_grave() && !self.may_write(model) {
            let prefix = label(model.setup.keymap.prefix);
            return Some(format!("this needs WRITE mode: type the reason, then {prefix} e takes it"));
        }
        if self.is_grave() && self.words.trim().chars().count() < 3 {
            return Some("type the reason".to_owned());
        }
        if self.glass.is_some() && self.incident.trim().chars().count() < 3 {
            return Some("type the incident that the glass is broken for".to_owned());
        }
        if self.is_grave() && self.phrase != self.wanted_phrase() {
            return Some(format!("type exactly: {}", self.wanted_phrase()));
        }
        if !self.needs_second() {
            return None;
        }
        if self.glass.is_some() {
            return self.unbroken(model, resolved);
        }
        match approved(model, resolved) {
            // What is confirmed then is the question to others.
            Err(NotApproved::NotAsked { .. }) => None,
            Err(why) => Some(why.to_string()),
            Ok(()) if self.code != approval::code(resolved.hash) => Some("approved: type the plan code".to_owned()),
            Ok(()) => None,
        }
    }

    /// Why the glass cannot be broken; `None` when one signature does it.
    fn unbroken(&self, model: &Model, resolved: &Resolved) -> Option<String> {
        let roles = &model.room.catalog.roles;
        match (&self.glass, admitted(model, resolved, true)) {
            (_, Err(denied @ NotApproved::Denied { .. })) => Some(denied.to_string()),
            (Some(Identity::Asking), _) => Some("the ssh-agent is being asked who signs".to_owned()),
            (Some(Identity::Refused(why)), _) => Some(format!("breaking the glass takes a signature: {why}")),
            (Some(Identity::Known(signer)), _) if self.breaker(roles).is_none() => {
                Some(format!("{} has no role that may approve, so none that breaks the glass", signer.principal))
            }
            _ => None,
        }
    }

    /// Why what it shows is not what is there any more; `None` when it is.
    #[must_use]
    pub fn changed(&self, model: &Model) -> Option<String> {
        let resolved = self.resolved.as_ref()?;
        let plan = &resolved.plan;
        let holder = who_holds(model, plan);
        if holder != resolved.lease {
            return Some(match (&resolved.lease, holder) {
                (None, Some(run)) => format!("{run} acts on it since a moment ago: look at :runs"),
                (Some(run), None) => format!("{run} is over, and nothing has to be taken over any more"),
                (_, Some(run)) => format!("{run} has the lease now"),
                (None, None) => return None,
            });
        }
        if Span::between(resolved.again, model.now) > model.setup.patience(FRESH) {
            return Some("the plan is old: it could not be made again since".to_owned());
        }
        if self.mode == Mode::Rehearsal {
            return None;
        }
        resolved.evidence.changed(model, plan)
    }
}

/// The run that has a lease which `plan` needs; `None` where it is free, and for a rehearsal, which needs none.
#[must_use]
pub fn who_holds(model: &Model, plan: &Plan) -> Option<RunId> {
    if plan.mode == Mode::Rehearsal {
        return None;
    }
    let environment = &plan.target.environment;
    let mut claims =
        plan.target.services.iter().map(|service| Claim { service: service.clone(), environment: environment.clone() });
    claims.find_map(|claim| model.ledger.runs.leases().get(&claim)).map(|lease| lease.run.clone())
}

/// How the approvals of `resolved` stand.
///
/// # Errors
/// Why it may not be run, and what to do.
pub fn approved(model: &Model, resolved: &Resolved) -> Result<(), NotApproved> {
    admitted(model, resolved, false)
}

fn admitted(model: &Model, resolved: &Resolved, break_glass: bool) -> Result<(), NotApproved> {
    let plan = &resolved.plan;
    let release = plan.target.release.as_ref().and_then(|id| model.picture.release(id));
    let author = release.and_then(|release| release.file.as_ref()?.owner.as_deref());
    let people = People { roles: &model.room.catalog.roles, author };
    approval::admits(plan, resolved.hash, break_glass, (&model.ledger.approvals, people), model.now)
}
