//! The one gate before anything is recorded from the console.

use std::sync::Arc;

use super::{Deed, Dialog, Identity, Kind, Proposal};
use crate::{
    app::{model::Model, write},
    domain::{
        catalog::Catalog,
        readiness::{
            record::Record,
            statement::{Decision, Vote},
        },
        release::ReleaseId,
        verdict::computed::Computed,
    },
};

/// Something that a person confirmed, in full sight of it. Only [`authorise`] makes one; without one nothing is recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Authorised {
    act: u64,
    catalog: Arc<Catalog>,
    record: Arc<Record>,
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

    /// What the person knew that was said before.
    #[must_use]
    pub fn record(&self) -> &Record {
        &self.record
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
        computed: model.verdicts.get(&dialog.release).map(|verdict| Computed::of(verdict).object()),
        at: model.now,
    };
    let (catalog, record) = (Arc::clone(&model.room.catalog), Arc::clone(&model.ledger.record));
    Ok(Authorised { act: dialog.act, catalog, record, principal, proposal })
}

fn deed(model: &Model, dialog: &Dialog, signed: bool) -> Option<Deed> {
    let expires = dialog.expires(model.now);
    let role = || dialog.role().map(str::to_owned);
    Some(match (dialog.kind, dialog.chosen) {
        (Kind::Tick, _) => dialog.ticked().map_or(Deed::Untick, |state| Deed::Tick { state, signed }),
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
