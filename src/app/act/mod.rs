//! What a person says about a release from the console: from the chord to what is recorded.
//!
//! A chord opens a dialog for one item, sign-off or release. The dialog is bound to what was seen; when that changes, it is
//! void. What comes out of it is [`Authorised`], the only thing that the shell records.

use serde::{Deserialize, Serialize};

mod authorise;
mod bound;
mod dialog;
mod place;
mod proposal;

pub use authorise::{Authorised, authorise};
pub use bound::Bound;
pub use dialog::{Dialog, EXPIRES, Field, Identity, Phase};
pub use place::{Place, place, places, reason};
pub use proposal::{Deed, Proposal};

use crate::domain::ledger::signature::Meaning;

/// What is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Whether an item holds.
    Tick,
    /// Words to an item or to the release.
    Note,
    /// A sign-off is asked for.
    Request,
    /// A sign-off is given, denied, or taken back.
    Sign,
    /// An item is waived, or something else of the verdict is let pass; or that is taken back.
    Waive,
    /// Go, no-go or hold.
    Decide,
    /// The review of an emergency is closed.
    Review,
}

/// What it is said about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// An item of the checklist; an entry of the calendar, a denial of a policy or a class, by its name.
    Item(String),
    /// A sign-off of the checklist, or an approval that a policy asks for, by its name.
    Signoff(String),
    /// The whole release.
    Release,
}

/// Who the ssh-agent would sign as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signer {
    /// The name in `allowed_signers`.
    pub principal: String,
    /// The fingerprint of the key.
    pub key: String,
}

/// Where something that was said stands in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Placed {
    /// The event.
    pub seq: u64,
    /// The principal where it is signed, else the login name.
    pub who: String,
    /// Whether it is signed.
    pub signed: bool,
}

impl Kind {
    /// What can be chosen, the first one preselected; empty where there is only one thing to say.
    #[must_use]
    pub const fn options(self) -> &'static [&'static str] {
        match self {
            Self::Tick => &["holds", "does not hold", "does not apply", "open again"],
            Self::Sign => &["approve", "deny", "withdraw"],
            Self::Waive => &["grant", "revoke"],
            Self::Decide => &["go", "no-go", "hold"],
            Self::Note | Self::Request | Self::Review => &[],
        }
    }

    /// Whether it touches what production waits for, so that it needs WRITE mode, a reason and a typed phrase.
    #[must_use]
    pub const fn is_grave(self) -> bool {
        matches!(self, Self::Waive | Self::Decide)
    }

    /// What its signature means; `None` where none is needed.
    #[must_use]
    pub const fn meaning(self) -> Option<Meaning> {
        match self {
            Self::Tick | Self::Sign => Some(Meaning::Signoff),
            Self::Waive => Some(Meaning::Waiver),
            Self::Decide => Some(Meaning::Decision),
            Self::Note | Self::Request | Self::Review => None,
        }
    }
}

impl Target {
    /// The name in the ledger; `release` for the whole release.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Item(id) | Self::Signoff(id) => id,
            Self::Release => crate::domain::readiness::act::RELEASE,
        }
    }
}
