//! What is said about a plan and signed where the key is: the exact message is written here, signed on another machine, and
//! brought back with its signature.

use serde_json::{Map, Value};

use super::approve::{Desk, NotSaid, Word, role, said, unsigned, verified_actor};
use crate::domain::{
    ledger::{
        canonical,
        event::{Actor, Entry, Signed},
        signature::Meaning,
    },
    run::approval::{Approvals, Requested, Statement},
};

/// The bytes that `principal` must sign to say `word` about the plan of `requested`, and the role in which it is said. It was
/// tried whether it would count now.
///
/// # Errors
/// Why it would not.
pub fn message(
    word: &Word<'_>,
    principal: &str,
    (requested, approvals): (&Requested, &Approvals),
    desk: &Desk<'_>,
) -> Result<(Vec<u8>, String), NotSaid> {
    word.is_whole()?;
    let role = role(principal, word.role, desk.roles)?;
    let signed = unsigned(word, requested.hash, (principal, &role), desk.now);
    let bytes = signed.message()?;
    let actor = Actor { principal: Some(principal.to_owned()), key: String::new(), ..desk.actor.clone() };
    said((actor, signed), (requested, approvals), desk)?;
    Ok((bytes, role))
}

/// A message that was signed elsewhere, with its signature. Nothing of it is believed yet.
#[derive(Clone, Debug)]
pub struct Carried(Signed);

impl Carried {
    /// From the bytes of the message and the armoured signature.
    ///
    /// # Errors
    /// When the bytes are not what [`message`] writes.
    pub fn read(bytes: &[u8], signature: String) -> Result<Self, NotSaid> {
        let no = |why: String| NotSaid::NoStatement(why);
        canonical::check(bytes).map_err(|error| no(format!("its bytes were changed: {error}")))?;
        let statement: Map<String, Value> =
            serde_json::from_slice(bytes).map_err(|_| no("it is no JSON object".to_owned()))?;
        let carried = Self(Signed { namespace: Meaning::Approval.namespace().to_owned(), statement, signature });
        if carried.statement()?.object() != carried.0.statement {
            return Err(no("it says more than a statement may".to_owned()));
        }
        Ok(carried)
    }

    /// What was signed.
    ///
    /// # Errors
    /// What of it is missing or of another shape.
    pub fn statement(&self) -> Result<Statement<'_>, NotSaid> {
        Statement::read(&self.0.statement).map_err(|why| NotSaid::NoStatement(why.to_string()))
    }

    /// The plan that it is about.
    ///
    /// # Errors
    /// When nobody asks for its approval.
    pub fn requested<'a>(&self, approvals: &'a Approvals) -> Result<&'a Requested, NotSaid> {
        let plan = self.statement()?.plan;
        approvals.of(plan).ok_or_else(|| NotSaid::NotAsked(plan.to_string()))
    }

    /// What is recorded, to be appended to the ledger. It was tried whether it would count.
    ///
    /// # Errors
    /// Why it would not.
    pub fn entry(&self, approvals: &Approvals, desk: &Desk<'_>) -> Result<Entry, NotSaid> {
        let requested = self.requested(approvals)?;
        let actor = verified_actor(&self.0, desk)?;
        said((actor, self.0.clone()), (requested, approvals), desk)
    }
}
