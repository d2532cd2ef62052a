//! Saying yes or no to a plan that somebody else wants to run: what is shown, what is asked for, what is signed.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Evidence, Resolved, View};
use crate::{
    app::{
        act::{EXPIRES, Field, Identity, Phase},
        model::{List, Model, Screen, Setup},
        rows,
        write::{self, recordable},
    },
    domain::{
        catalog::Catalog,
        ledger::hash::Hash,
        readiness::roles::{Right, Roles},
        run::approval::{Decision, Requested},
        time::Timestamp,
    },
};

/// A plan that is about to be approved or denied.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Approving {
    /// Which dialog of this console.
    pub act: u64,
    /// The word for it: `lusab-babad`.
    pub code: String,
    /// The plan as it was asked for, and what is known of it here and now.
    pub shown: Resolved,
    /// Who would sign.
    pub identity: Identity,
    /// Yes or no.
    pub answer: Verdict,
    /// The roles in which the signer may say it.
    pub roles: Vec<String>,
    /// The chosen one of them.
    pub in_role: usize,
    /// The reason.
    pub words: String,
    /// What was typed of the phrase.
    pub phrase: String,
    /// What has the keys.
    pub focus: Field,
    /// Whether the full plan is on the screen.
    pub view: View,
    /// When it was opened.
    pub opened: Timestamp,
    /// When the last key was pressed in it.
    pub touched: Timestamp,
    /// How far it is.
    pub phase: Phase,
    /// Why it was not signed when it was confirmed last.
    pub problem: Option<String>,
}

/// What is said about a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It may be run.
    Approve,
    /// It may not, until it is another plan.
    Deny,
}

impl Verdict {
    /// The choices, the first one preselected.
    pub const WORDS: [&'static str; 2] = ["approve", "deny"];

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Approve => Self::Deny,
            Self::Deny => Self::Approve,
        }
    }

    /// Its place among the choices.
    #[must_use]
    pub const fn place(self) -> usize {
        match self {
            Self::Approve => 0,
            Self::Deny => 1,
        }
    }

    /// What is signed for it.
    #[must_use]
    pub const fn decision(self) -> Decision {
        match self {
            Self::Approve => Decision::Approve,
            Self::Deny => Decision::Deny,
        }
    }
}

/// The request that is looked at, if it may be answered now.
///
/// # Errors
/// Why not, in words.
pub fn approval_place(model: &Model) -> Result<&Requested, String> {
    if model.ui.frozen.is_some() {
        let key = model.setup.keymap.key_of(crate::app::action::Action::Freeze);
        return Err(format!("the screen is FROZEN and shows what was: {key} goes on first"));
    }
    recordable(model)?;
    if model.ui.screen != Screen::Approvals {
        let key = model.setup.keymap.key_of(crate::app::action::Action::Approvals);
        return Err(format!("choose what waits for approval first: {key}"));
    }
    let found = rows::approvals(model);
    rows::selected(model, List::Approvals, &found).ok_or_else(|| "nothing waits for an approval".to_owned())
}

impl Approving {
    /// The dialog for `requested`, opened now.
    #[must_use]
    pub fn new(act: u64, requested: &Requested, model: &Model) -> Self {
        let now = model.now;
        let shown = Resolved {
            plan: requested.plan.clone(),
            hash: requested.hash,
            at: now,
            again: now,
            evidence: Evidence::of(model, &requested.plan, &[]),
            lease: None,
        };
        Self {
            act,
            code: requested.code.clone(),
            shown,
            identity: Identity::Asking,
            answer: Verdict::Approve,
            roles: Vec::new(),
            in_role: 0,
            words: String::new(),
            phrase: String::new(),
            focus: Field::What,
            view: View::Brief,
            opened: now,
            touched: now,
            phase: Phase::Open,
            problem: None,
        }
    }

    /// The fields that can be filled in, in their order.
    #[must_use]
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = vec![Field::What];
        if self.roles.len() > 1 {
            fields.push(Field::Role);
        }
        fields.push(Field::Words);
        if self.answer == Verdict::Approve {
            fields.push(Field::Phrase);
        }
        fields
    }

    /// What must be typed to approve: it names what runs afterwards.
    #[must_use]
    pub fn wanted_phrase(&self) -> String {
        format!("approve {}", self.shown.plan.phrase())
    }

    /// The chosen role.
    #[must_use]
    pub fn role(&self) -> Option<&str> {
        self.roles.get(self.in_role).map(String::as_str)
    }

    /// The roles in which `principal` may approve plans.
    #[must_use]
    pub fn roles_of(principal: &str, roles: &Roles) -> Vec<String> {
        roles.with(principal, Right::Approve).map(str::to_owned).collect()
    }

    /// What is still missing, in words; `None` when nothing is.
    #[must_use]
    pub fn missing(&self, model: &Model) -> Option<String> {
        let signer = match &self.identity {
            Identity::Known(signer) => signer,
            Identity::Refused(why) => return Some(why.clone()),
            Identity::Asking | Identity::Unneeded => return Some("the ssh-agent is being asked who signs".to_owned()),
        };
        if self.role().is_none() {
            let who = &signer.principal;
            return Some(format!("{who} has no role that may approve plans, by the catalog's roles.toml"));
        }
        let requested = model.ledger.approvals.of(self.shown.hash)?;
        let roles = &model.room.catalog.roles;
        let asked = requested.by.principal.as_deref().filter(|_| requested.proven);
        let own = asked.is_some_and(|asked| roles.person(asked) == roles.person(&signer.principal));
        if self.answer == Verdict::Approve && own {
            return Some(format!("{} asked for it: who asks does not approve", signer.principal));
        }
        if self.answer == Verdict::Deny && self.words.trim().chars().count() < 3 {
            return Some("type the reason".to_owned());
        }
        let phrase = self.wanted_phrase();
        (self.answer == Verdict::Approve && self.phrase != phrase).then(|| format!("type exactly: {phrase}"))
    }

    /// Why it cannot be answered any more; `None` when it can.
    #[must_use]
    pub fn changed(&self, model: &Model) -> Option<String> {
        match model.ledger.approvals.of(self.shown.hash) {
            None => Some("nobody asks for it any more".to_owned()),
            Some(requested) if requested.expires <= model.now => Some("the request has run out".to_owned()),
            Some(_) => self.shown.evidence.changed(model, &self.shown.plan),
        }
    }

    /// When nobody will have touched it for too long.
    #[must_use]
    pub fn end(&self, setup: &Setup) -> Timestamp {
        self.touched + setup.patience(EXPIRES).delta()
    }

    /// Whether keys can still change it.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        matches!(self.phase, Phase::Open | Phase::Prefixed(_))
    }
}

/// What somebody says about a plan, confirmed in full sight of it. Only [`authorise_approval`] makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct AuthorisedApproval {
    act: u64,
    plan: Hash,
    answer: Verdict,
    principal: String,
    role: String,
    reason: Option<String>,
    catalog: Arc<Catalog>,
}

impl AuthorisedApproval {
    /// Which dialog it comes from.
    #[must_use]
    pub const fn act(&self) -> u64 {
        self.act
    }

    /// The hash of the plan.
    #[must_use]
    pub const fn plan(&self) -> Hash {
        self.plan
    }

    /// What is said.
    #[must_use]
    pub const fn answer(&self) -> Verdict {
        self.answer
    }

    /// As whom the dialog said that it is signed, and in which role.
    #[must_use]
    pub fn signer(&self) -> (&str, &str) {
        (&self.principal, &self.role)
    }

    /// Why.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The catalog that the person saw.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }
}

/// What `dialog` confirms, when all of it is there and the request still stands.
///
/// # Errors
/// What is missing, or why it cannot be.
pub fn authorise_approval(model: &Model, dialog: &Approving) -> Result<AuthorisedApproval, String> {
    match write::barred(model) {
        Some(why) => return Err(format!("READ-ONLY by {why}")),
        None => write::recordable(model)?,
    }
    if let Some(missing) = dialog.missing(model).or_else(|| dialog.changed(model)) {
        return Err(missing);
    }
    let (Identity::Known(signer), Some(role)) = (&dialog.identity, dialog.role()) else {
        return Err("nobody signs".to_owned());
    };
    Ok(AuthorisedApproval {
        act: dialog.act,
        plan: dialog.shown.hash,
        answer: dialog.answer,
        principal: signer.principal.clone(),
        role: role.to_owned(),
        reason: Some(dialog.words.trim().to_owned()).filter(|words| !words.is_empty()),
        catalog: Arc::clone(&model.room.catalog),
    })
}
