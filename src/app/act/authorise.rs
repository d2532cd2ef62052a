//! The one gate before anything is recorded from the console.

use std::sync::Arc;

use super::{Deed, Dialog, Identity, Kind, Proposal};
use crate::{
    app::{model::Model, write},
    domain::{
        catalog::Catalog,
        readiness::statement::{Decision, Ticked, Vote},
        release::ReleaseId,
    },
};

/// Something that a person confirmed, in full sight of it. Only [`authorise`] makes one; without one nothing is recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Authorised {
    act: u64,
    catalog: Arc<Catalog>,
    author: Option<String>,
    principal: Option<String>,
    proposal: Proposal,
}

impl Authorised {
    /// Which dialog it comes from.
    #[must_use]
    pub const fn act(&self) -> u64 {
        self.act
    }

    /// The catalog that the person saw: its checklists, roles and signers.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// Who answers for the release.
    #[must_use]
    pub fn author(&self) -> Option<&str> {
        self.author.as_deref()
    }

    /// As whom the person saw that it will be signed; `None` where it is not signed.
    #[must_use]
    pub fn principal(&self) -> Option<&str> {
        self.principal.as_deref()
    }

    /// What shall be recorded.
    #[must_use]
    pub const fn proposal(&self) -> &Proposal {
        &self.proposal
    }

    /// The release.
    #[must_use]
    pub const fn release(&self) -> &ReleaseId {
        &self.proposal.release
    }
}

/// What `dialog` confirms, when all of it is there and still about what is there.
///
/// # Errors
/// What is missing, or why it cannot be.
pub fn authorise(model: &Model, dialog: &Dialog) -> Result<Authorised, String> {
    if let Some(why) = write::barred(model) {
        return Err(format!("READ-ONLY by {why}"));
    }
    if let Some(missing) = dialog.missing(model) {
        return Err(missing);
    }
    if let Some(changed) = dialog.changed(model) {
        return Err(changed);
    }
    let release = model.picture.release(&dialog.release).ok_or("the release is gone")?;
    let file = release.file.as_ref();
    let with_key = dialog.signs();
    let principal = match &dialog.identity {
        Identity::Known(signer) if with_key => Some(signer.principal.clone()),
        _ => None,
    };
    let proposal = Proposal {
        release: dialog.release.clone(),
        subject: dialog.bound.subject,
        checklist: file.and_then(|file| file.checklist.clone()).unwrap_or_default(),
        digest: dialog.bound.digest,
        target: dialog.target.clone(),
        deed: deed(model, dialog, with_key).ok_or("nothing is chosen")?,
        words: dialog.words.clone(),
        at: model.now,
    };
    let author = file.and_then(|file| file.owner.clone());
    Ok(Authorised { act: dialog.act, catalog: Arc::clone(&model.room.catalog), author, principal, proposal })
}

fn deed(model: &Model, dialog: &Dialog, signed: bool) -> Option<Deed> {
    let expires = dialog.expires(model.now);
    let role = || dialog.role().map(str::to_owned);
    Some(match (dialog.kind, dialog.chosen) {
        (Kind::Tick, 0) => Deed::Tick { state: Ticked::Pass, signed },
        (Kind::Tick, 1) => Deed::Tick { state: Ticked::Fail, signed },
        (Kind::Tick, 2) => Deed::Tick { state: Ticked::NotApplicable, signed },
        (Kind::Tick, 3) => Deed::Untick,
        (Kind::Note, _) => Deed::Note,
        (Kind::Request, _) => Deed::Request,
        (Kind::Sign, 0) => Deed::Sign { vote: Vote::Approve, role: role()?, expires },
        (Kind::Sign, 1) => Deed::Sign { vote: Vote::Deny, role: role()?, expires: None },
        (Kind::Sign, 2) => Deed::Sign { vote: Vote::Withdraw, role: role()?, expires: None },
        (Kind::Waive, 0) => Deed::Waive { granted: true, role: role()?, expires },
        (Kind::Waive, 1) => Deed::Waive { granted: false, role: role()?, expires: None },
        (Kind::Decide, 0) => Deed::Decide(Decision::Go),
        (Kind::Decide, 1) => Deed::Decide(Decision::NoGo),
        (Kind::Decide, 2) => Deed::Decide(Decision::Hold),
        (Kind::Review, _) => Deed::Review,
        _ => return None,
    })
}
