//! A checkpoint that somebody kept, with its signature.

use std::{fs, path::Path};

use super::{Refusal, cannot_read};
use crate::domain::{
    ledger::{
        checkpoint::Checkpoint,
        proof::Proof,
        signature::{Meaning, verify_signer},
        signers::Signers,
    },
    time::Timestamp,
};

/// A checkpoint that was kept elsewhere.
pub(super) struct Given {
    /// What it states.
    pub(super) checkpoint: Checkpoint,
    /// What its signature proves.
    pub(super) proof: Proof,
}

impl Given {
    /// Reads the file at `path`: three lines, and after an empty one the signature over them.
    pub(super) fn read(path: &Path, signers: Option<&Signers>, now: Timestamp) -> Result<Self, Refusal> {
        let text = fs::read_to_string(path).map_err(|error| cannot_read(path, &error))?;
        let checkpoint = Checkpoint::read(&text)
            .map_err(|error| Refusal::usage(format!("{} is no checkpoint: {error}", path.display())))?;
        Ok(Self { checkpoint, proof: proof(&text, signers, now) })
    }

    /// The same in words, behind what was found of its root: `, signed by mira`.
    pub(super) fn words(&self) -> String {
        match &self.proof {
            Proof::Unsigned => ", unsigned".to_owned(),
            Proof::Verified { principal } => format!(", signed by {principal}"),
            Proof::Unchecked => ", signature NOT CHECKED".to_owned(),
            Proof::Bad { why } => format!(", but its signature does not count: {why}"),
        }
    }
}

fn proof(text: &str, signers: Option<&Signers>, now: Timestamp) -> Proof {
    let Some((lines, signature)) = text.split_once("\n\n").filter(|(_, rest)| !rest.trim().is_empty()) else {
        return Proof::Unsigned;
    };
    let Some(signers) = signers else { return Proof::Unchecked };
    match verify_signer(format!("{lines}\n").as_bytes(), signature, Meaning::Checkpoint, signers, now) {
        Ok(verified) => Proof::Verified { principal: verified.principal },
        Err(error) => Proof::Bad { why: error.to_string() },
    }
}
