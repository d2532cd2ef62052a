//! Signatures of people: SSHSIG over the canonical bytes of a statement, one namespace for each meaning.

use ssh_key::{HashAlg, PublicKey, SshSig};

use super::{
    canonical::CannotWrite,
    event::Signed,
    signers::{NotAllowed, Signers},
};
use crate::domain::time::Timestamp;

/// What a signature can mean. Each has its own SSHSIG namespace, so that none can be passed off as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A sign-off of a release, a denial, or its withdrawal.
    Signoff,
    /// An exception from an item of a checklist.
    Waiver,
    /// Go, no-go or hold.
    Decision,
    /// An approval of a plan.
    Approval,
    /// How a step went that a person did.
    Answer,
    /// A rollout that a service account pauses or aborts.
    Breaker,
    /// The size and root of a ledger.
    Checkpoint,
}

impl Meaning {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Signoff, Self::Waiver, Self::Decision, Self::Approval, Self::Answer, Self::Breaker, Self::Checkpoint];

    /// Its SSHSIG namespace.
    #[must_use]
    pub const fn namespace(self) -> &'static str {
        match self {
            Self::Signoff => "warroom.signoff.v1",
            Self::Waiver => "warroom.waiver.v1",
            Self::Decision => "warroom.decision.v1",
            Self::Approval => "warroom.approval.v1",
            Self::Answer => "warroom.answer.v1",
            Self::Breaker => "warroom.breaker.v1",
            Self::Checkpoint => "warroom.checkpoint.v1",
        }
    }

    /// The meaning with this namespace.
    #[must_use]
    pub fn of(namespace: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|meaning| meaning.namespace() == namespace)
    }
}

/// Who signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The name in `allowed_signers`.
    pub principal: String,
    /// The fingerprint of the key: `SHA256:…`.
    pub fingerprint: String,
}

/// Why a signature does not count.
#[derive(Debug, thiserror::Error)]
pub enum NotSigned {
    /// It cannot be read.
    #[error("the signature cannot be read ({0}); it must be what `ssh-keygen -Y sign` writes")]
    Unreadable(ssh_key::Error),
    /// It was made for another meaning.
    #[error("the signature is for {found}, not for {wanted}")]
    Namespace {
        /// What it must be for.
        wanted: String,
        /// What it is for.
        found: String,
    },
    /// It is of other bytes or another key.
    #[error("the signature does not fit what it is said to sign: one of them was changed")]
    Wrong,
    /// The statement does not say who signs.
    #[error("the statement names no principal")]
    Nobody,
    /// The signer may not.
    #[error(transparent)]
    NotAllowed(#[from] NotAllowed),
    /// The statement holds what cannot be recorded.
    #[error(transparent)]
    Statement(#[from] CannotWrite),
}

/// Verifies what an event says was signed, by the people of `signers` at the event's time `at`.
///
/// # Errors
/// Why it does not count.
pub fn verify(signed: &Signed, signers: &Signers, at: Timestamp) -> Result<Verified, NotSigned> {
    let principal = signed.statement.get("principal").and_then(|name| name.as_str()).ok_or(NotSigned::Nobody)?;
    verify_bytes(&signed.message()?, &signed.signature, &signed.namespace, principal, signers, at)
}

/// Verifies that somebody of `signers` signed `message` for `meaning`, and says who.
///
/// # Errors
/// Why it does not count.
pub fn verify_signer(
    message: &[u8],
    armoured: &str,
    meaning: Meaning,
    signers: &Signers,
    at: Timestamp,
) -> Result<Verified, NotSigned> {
    let signature = SshSig::from_pem(armoured).map_err(NotSigned::Unreadable)?;
    // A key of nobody has no name; the line that comes nearest says why it does not count.
    let principal = signers.principal(signature.public_key(), meaning.namespace(), at).unwrap_or_default();
    verify_bytes(message, armoured, meaning.namespace(), principal, signers, at)
}

/// Verifies that `principal` signed `message` for `namespace`.
///
/// # Errors
/// Why it does not count.
pub fn verify_bytes(
    message: &[u8],
    armoured: &str,
    namespace: &str,
    principal: &str,
    signers: &Signers,
    at: Timestamp,
) -> Result<Verified, NotSigned> {
    let signature = SshSig::from_pem(armoured).map_err(NotSigned::Unreadable)?;
    if signature.namespace() != namespace {
        return Err(NotSigned::Namespace { wanted: namespace.to_owned(), found: signature.namespace().to_owned() });
    }
    let key = PublicKey::from(signature.public_key().clone());
    key.verify(namespace, message, &signature).map_err(|_| NotSigned::Wrong)?;
    signers.allows(key.key_data(), principal, namespace, at)?;
    Ok(Verified { principal: principal.to_owned(), fingerprint: key.fingerprint(HashAlg::Sha256).to_string() })
}
