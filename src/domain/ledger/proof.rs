//! What an event's signature proves of who acted.

use serde::{Deserialize, Serialize};

use super::{
    claim,
    event::{Event, UNSIGNED},
    signature::{Verified, verify},
    signers::Signers,
    written::Written,
};

/// Whether the signature of an event counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "lowercase")]
pub enum Proof {
    /// Nobody signed, and nothing says otherwise.
    Unsigned,
    /// This person signed.
    Verified {
        /// The name in `allowed_signers`.
        principal: String,
    },
    /// It is signed; who may sign is not known here.
    Unchecked,
    /// It does not count.
    Bad {
        /// Why.
        why: String,
    },
}

impl Proof {
    /// In a word.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::Verified { .. } => "signed",
            Self::Unchecked => "unchecked",
            Self::Bad { .. } => "BAD",
        }
    }
}

/// What the signature of `event` proves, alone, by `signers`; they are absent where nobody says who may sign.
#[must_use]
pub fn proof(event: &Event, signers: Option<&Signers>) -> Proof {
    let bad = |why: String| Proof::Bad { why };
    let Some(signed) = &event.signed else {
        return match &event.actor.principal {
            Some(name) => bad(format!("it says that {name} acted, and is not signed")),
            None if event.actor.key != UNSIGNED => bad("it names a key, and is not signed".to_owned()),
            None => Proof::Unsigned,
        };
    };
    if let Some(why) = claim::disagreement(event) {
        return bad(why);
    }
    let Some(signers) = signers else { return Proof::Unchecked };
    match verify(signed, signers, event.ts) {
        Err(error) => bad(error.to_string()),
        Ok(Verified { fingerprint, .. }) if fingerprint != event.actor.key => {
            bad(format!("it names the key {}, but {fingerprint} signed", event.actor.key))
        }
        Ok(Verified { principal, .. }) if event.actor.principal.as_deref() != Some(&principal) => {
            bad(format!("{principal} signed, but the event does not say so"))
        }
        Ok(Verified { principal, .. }) => Proof::Verified { principal },
    }
}

/// The same of an event as it is written, and its nonce. What nobody signed is not read any further.
#[must_use]
pub fn proof_of(written: &Written<'_>, signers: Option<&Signers>) -> (Proof, Option<String>) {
    if written.is_unsigned() {
        return (Proof::Unsigned, None);
    }
    let event = written.to_event();
    (proof(&event, signers), claim::nonce(&event))
}
