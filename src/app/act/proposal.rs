//! What shall be recorded, with all that it is about.

use serde_json::{Map, Value};

use super::Target;
use crate::domain::{
    ledger::hash::Hash,
    readiness::{
        act::Act,
        statement::{About, Decision, Statement, Ticked, Vote},
    },
    release::ReleaseId,
    time::Timestamp,
};

/// What shall be recorded about a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The release.
    pub release: ReleaseId,
    /// What it is about.
    pub subject: Hash,
    /// The checklist.
    pub checklist: String,
    /// Its version.
    pub digest: Hash,
    /// What of the release.
    pub target: Target,
    /// What is said.
    pub deed: Deed,
    /// The person's words; empty where there are none.
    pub words: String,
    /// What was computed when a decision was confirmed: a [`crate::domain::verdict::computed::Computed`].
    pub computed: Option<Map<String, Value>>,
    /// When it was confirmed.
    pub at: Timestamp,
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// An item is ticked.
    Tick {
        /// What is said of it.
        state: Ticked,
        /// With a signature.
        signed: bool,
    },
    /// An item is open again.
    Untick,
    /// Words.
    Note,
    /// A sign-off is asked for.
    Request,
    /// A sign-off.
    Sign {
        /// What is said.
        vote: Vote,
        /// In which role.
        role: String,
        /// Until when an approval holds.
        expires: Option<Timestamp>,
    },
    /// An exception.
    Waive {
        /// Granted, or taken back.
        granted: bool,
        /// In which role.
        role: String,
        /// Until when it holds.
        expires: Option<Timestamp>,
    },
    /// A decision.
    Decide(Decision),
    /// A review.
    Review,
}

impl Proposal {
    /// The act, for the one function that records acts. Who signs, when, and the nonce are set there.
    #[must_use]
    pub fn act(&self) -> Act<'_> {
        let note = Some(self.words.trim()).filter(|words| !words.is_empty());
        let target = self.target.name();
        match &self.deed {
            Deed::Tick { state, signed } => {
                let about = About::Tick { item: target, state: *state, checklist: self.digest };
                Act::Tick {
                    item: target,
                    state: *state,
                    checklist: &self.checklist,
                    digest: self.digest,
                    subject: self.subject,
                    note,
                    signed: signed.then(|| self.statement(about)),
                }
            }
            Deed::Untick => Act::Untick { item: target, note },
            Deed::Note => {
                let item = if let Target::Item(id) = &self.target { Some(id.as_str()) } else { None };
                Act::Note { item, note: self.words.trim() }
            }
            Deed::Request => Act::Request { signoff: target, subject: self.subject },
            Deed::Sign { vote, role, expires } => Act::Signed(self.statement(About::Signoff {
                signoff: target,
                vote: *vote,
                role,
                checklist: self.digest,
                expires: *expires,
                reason: note,
            })),
            Deed::Waive { granted, role, expires } => Act::Signed(self.statement(About::Waiver {
                item: target,
                granted: *granted,
                role,
                reason: self.words.trim(),
                expires: *expires,
            })),
            Deed::Decide(decision) => {
                let (reason, computed) = (self.words.trim(), self.computed.as_ref());
                Act::Signed(self.statement(About::Decision { decision: *decision, reason, computed }))
            }
            Deed::Review => Act::CloseReview { note: self.words.trim() },
        }
    }

    fn statement<'a>(&'a self, about: About<'a>) -> Statement<'a> {
        Statement { principal: "", release: &self.release, subject: self.subject, nonce: "", at: self.at, about }
    }
}
