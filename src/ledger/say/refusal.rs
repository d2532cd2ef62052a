//! Why nothing was recorded, and what to do.

use crate::{
    domain::{
        ledger::{canonical::CannotWrite, signature::NotSigned},
        readiness::rules::Breach,
    },
    ledger::{agent::AgentRefusal, store::StoreError},
};

/// Why nothing was recorded, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// It is not allowed.
    #[error(transparent)]
    Breach(#[from] Breach),
    /// Somebody said the opposite meanwhile.
    #[error(
        "meanwhile {who} recorded {action} of {target} (event {seq}), so nothing was recorded; look again before you decide"
    )]
    Overtaken {
        /// Who.
        who: String,
        /// What.
        action: String,
        /// On what.
        target: String,
        /// The event.
        seq: u64,
    },
    /// The ledger is damaged, and the act lets the release pass.
    #[error(
        "the ledger is damaged: {0}. What lets a release pass is not recorded in it; `warroom ledger verify` names every fault. What stops it is recorded"
    )]
    Damaged(String),
    /// The agent did not sign.
    #[error(transparent)]
    Agent(#[from] AgentRefusal),
    /// The signature does not verify.
    #[error("the signature does not count, nothing was recorded: {0}")]
    NotSigned(#[from] NotSigned),
    /// What was signed elsewhere is no statement.
    #[error("this is no statement that warroom made: {0}; let `--print` write it, and sign the file as it is")]
    NoStatement(String),
    /// What was signed elsewhere is too old.
    #[error("this was made {0} ago, and is taken for 24h at most; let `--print` make a new one, and sign that")]
    TooOld(String),
    /// What was signed elsewhere is about something else.
    #[error("this is about {found}, not about {wanted}")]
    Elsewhere {
        /// What it is about.
        found: String,
        /// What was expected.
        wanted: String,
    },
    /// The act holds what cannot be recorded.
    #[error(transparent)]
    CannotWrite(#[from] CannotWrite),
    /// The store did not record it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The thread of the store ended.
    #[error("the ledger's thread ended before it answered; look with `warroom ledger show` whether it was recorded")]
    Lost,
}
