//! The one gate before a run is started from the console, or told anything.

use std::sync::Arc;

use super::{Confirmation, Deed, Order, order::act_of};
use crate::{
    app::{model::Model, write},
    domain::{
        catalog::Catalog,
        ledger::hash::Hash,
        plan::Plan,
        run::{RunId, act::Act},
        verdict::computed::Computed,
    },
};

/// A plan that a person confirmed, in full sight of it. Only [`authorise`] makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct Authorised {
    act: u64,
    plan: Plan,
    hash: Hash,
    reason: Option<String>,
    incident: Option<String>,
    take_over: Option<RunId>,
    glass: Option<Breaking>,
    computed: Option<Computed>,
    catalog: Arc<Catalog>,
}

/// Who breaks the glass: one signature instead of the approvals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breaking {
    /// As whom the dialog said that it is signed.
    pub principal: String,
    /// In which role.
    pub role: String,
}

impl Authorised {
    /// Which dialog it comes from.
    #[must_use]
    pub const fn act(&self) -> u64 {
        self.act
    }

    /// The plan.
    #[must_use]
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Its hash, which was confirmed.
    #[must_use]
    pub const fn hash(&self) -> Hash {
        self.hash
    }

    /// The catalog that the person saw: its roles and signers.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Why; `None` where nothing was said.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        self.reason.as_deref()
    }

    /// The incident that it is for.
    #[must_use]
    pub fn incident(&self) -> Option<&str> {
        self.incident.as_deref()
    }

    /// The run whose leases it takes over.
    #[must_use]
    pub const fn take_over(&self) -> Option<&RunId> {
        self.take_over.as_ref()
    }

    /// The verdict on its release that stood then; `None` where there was none.
    #[must_use]
    pub const fn computed(&self) -> Option<&Computed> {
        self.computed.as_ref()
    }

    /// Who breaks the glass for it; `None` where it has the approvals that it needs.
    #[must_use]
    pub const fn glass(&self) -> Option<&Breaking> {
        self.glass.as_ref()
    }
}

/// Something that a run is told, which a person confirmed. Only [`authorise_order`] makes one.
#[derive(Clone, Debug, PartialEq)]
pub struct AuthorisedOrder {
    act: u64,
    run: RunId,
    upto: Option<u64>,
    says: Act,
    catalog: Arc<Catalog>,
}

impl AuthorisedOrder {
    /// Which dialog it comes from.
    #[must_use]
    pub const fn act(&self) -> u64 {
        self.act
    }

    /// The run.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.run
    }

    /// The last event about the run that the person knew of, where another one since then makes this another thing.
    #[must_use]
    pub const fn upto(&self) -> Option<u64> {
        self.upto
    }

    /// The catalog that the person saw: its roles and signers.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// What it is told.
    #[must_use]
    pub const fn says(&self) -> &Act {
        &self.says
    }
}

/// A run that another worker takes up, which a person confirmed. Only [`authorise_recovery`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorisedRecovery {
    act: u64,
    run: RunId,
}

impl AuthorisedRecovery {
    /// Which dialog it comes from.
    #[must_use]
    pub const fn act(&self) -> u64 {
        self.act
    }

    /// The run.
    #[must_use]
    pub fn run(&self) -> &str {
        &self.run
    }
}

/// What `dialog` confirms, when all of it is there and still about what is there.
///
/// # Errors
/// What is missing, or why it cannot be.
pub fn authorise(model: &Model, dialog: &Confirmation) -> Result<Authorised, String> {
    may(model)?;
    if let Some(missing) = dialog.missing(model) {
        return Err(missing);
    }
    if let Some(changed) = dialog.changed(model) {
        return Err(changed);
    }
    let resolved = dialog.resolved.as_ref().ok_or("there is no plan")?;
    let found = resolved.plan.hash().map_err(|why| why.to_string())?;
    if found != resolved.hash {
        return Err("the plan is not the one whose hash was shown".to_owned());
    }
    let said = |words: &str| Some(words.trim().to_owned()).filter(|words| !words.is_empty());
    let breaker = dialog.breaker(&model.room.catalog.roles);
    let glass = breaker.map(|(signer, role)| Breaking { principal: signer.principal.clone(), role: role.to_owned() });
    let verdict = resolved.plan.target.release.as_ref().and_then(|release| model.verdicts.get(release));
    let computed = verdict.map(Computed::of);
    Ok(Authorised {
        act: dialog.act,
        plan: resolved.plan.clone(),
        hash: resolved.hash,
        reason: said(&dialog.words),
        incident: said(&dialog.incident),
        take_over: resolved.lease.clone(),
        glass,
        computed,
        catalog: Arc::clone(&model.room.catalog),
    })
}

/// What `order` confirms, when all of it is there and the run still stands where it stood.
///
/// # Errors
/// What is missing, or why it cannot be.
pub fn authorise_order(model: &Model, order: &Order) -> Result<AuthorisedOrder, String> {
    may(model)?;
    if let Some(missing) = order.missing(model) {
        return Err(missing);
    }
    if let Some(changed) = order.changed(model) {
        return Err(changed);
    }
    let run = model.ledger.runs.run(&order.run).ok_or("the run is gone")?;
    let says = act_of(run, order.deed, order.answer, &order.words, model.now)?;
    model.ledger.runs.admits(&run.id, &says).map_err(|why| why.to_string())?;
    let upto = (!order.deed.is_told_anyway()).then_some(order.upto);
    let catalog = Arc::clone(&model.room.catalog);
    Ok(AuthorisedOrder { act: order.act, run: run.id.clone(), upto, says, catalog })
}

/// What `order` confirms, when nobody works on the run, and that is to be changed.
///
/// # Errors
/// What is missing, or why it cannot be.
pub fn authorise_recovery(model: &Model, order: &Order) -> Result<AuthorisedRecovery, String> {
    may(model)?;
    if let Some(missing) = order.missing(model) {
        return Err(missing);
    }
    if let Some(changed) = order.changed(model) {
        return Err(changed);
    }
    if order.deed != Deed::Recover {
        return Err("the dialog is for something else".to_owned());
    }
    Ok(AuthorisedRecovery { act: order.act, run: order.run.clone() })
}

fn may(model: &Model) -> Result<(), String> {
    match write::barred(model) {
        Some(why) => Err(format!("READ-ONLY by {why}")),
        None => write::recordable(model),
    }
}
