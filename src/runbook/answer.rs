//! Who may say how a step went that a person does: somebody with the role that the step names.
//!
//! A key of theirs that counts proves it, and signs what is said. Without one the login stands for the person, as it does for
//! who asks for an approval.

use super::approve::Desk;
use crate::{
    domain::{
        clean::clean,
        ledger::{
            canonical::CannotWrite,
            event::{Actor, Signed},
            signature::{self, Meaning, Verified},
        },
        run::{Run, act::Act, answer::Answer},
    },
    ledger::agent::{AgentRefusal, Identity},
};

/// Why somebody may not say how a step went.
#[derive(Debug, thiserror::Error)]
pub enum NotAnswered {
    /// The role is not theirs.
    #[error(
        "the step {step} is for {role} ({people}), and {who} is not among them: only they can say how it went{why}"
    )]
    NotTheirs {
        /// The step.
        step: String,
        /// The role that it names.
        role: String,
        /// Who has it.
        people: String,
        /// Who spoke.
        who: String,
        /// Why no key speaks for somebody else.
        why: String,
    },
    /// What happened must be written down.
    #[error("the step {0} asks for evidence: say what was seen")]
    NoEvidence(String),
    /// The agent did not sign.
    #[error(transparent)]
    Agent(#[from] AgentRefusal),
    /// The signature is not good.
    #[error(transparent)]
    NotSigned(#[from] signature::NotSigned),
    /// It cannot be written.
    #[error(transparent)]
    CannotWrite(#[from] CannotWrite),
}

/// Who says `act` about `run`, with their signature where a role is asked for and one of their keys counts. What asks for no role
/// is said by whoever is at `desk`.
///
/// # Errors
/// Why they may not say it.
pub async fn by(run: &Run, act: &Act, desk: &Desk<'_>) -> Result<(Actor, Option<Signed>), NotAnswered> {
    let anybody = (desk.actor.clone(), None);
    let Act::Result { step, undo, outcome, words, .. } = act else { return Ok(anybody) };
    let Some(asked) = run.plan.asks(step, *undo) else { return Ok(anybody) };
    if asked.evidence && words.trim().is_empty() {
        return Err(NotAnswered::NoEvidence(step.clone()));
    }
    let Some(role) = asked.who else { return Ok(anybody) };
    let people = desk.roles.people(role);
    let has = |name: &str| people.contains(&desk.roles.person(name));
    let (keys, why) = match desk.agent.identities(desk.signers, Meaning::Answer, desk.now).await {
        Ok(keys) => (keys, None),
        Err(why) => (Vec::new(), Some(why)),
    };
    if let Some(identity) = keys.iter().find(|identity| has(&identity.principal)) {
        let (principal, nonce) = (&identity.principal, format!("{:032x}", fastrand::u128(..)));
        let (outcome, at) = (*outcome, desk.now);
        let answer = Answer { principal, role, run: &run.id, step, outcome, words, nonce: &nonce, at };
        return signed(identity, answer, desk).await;
    }
    if has(&desk.actor.user) {
        return Ok(anybody);
    }
    let who = keys.first().map_or(&desk.actor.user, |identity| &identity.principal);
    Err(NotAnswered::NotTheirs {
        step: step.clone(),
        role: clean(role).into_owned(),
        people: if people.is_empty() { "nobody: see roles.toml".to_owned() } else { people.join(", ") },
        who: clean(who).into_owned(),
        why: why.map_or_else(String::new, |why| format!(". {why}")),
    })
}

async fn signed(
    identity: &Identity,
    answer: Answer<'_>,
    desk: &Desk<'_>,
) -> Result<(Actor, Option<Signed>), NotAnswered> {
    let namespace = Meaning::Answer.namespace().to_owned();
    let mut signed = Signed { namespace, statement: answer.object(), signature: String::new() };
    signed.signature = desk.agent.sign(identity, Meaning::Answer, &signed.message()?).await?;
    let Verified { principal, fingerprint } = signature::verify(&signed, desk.signers, desk.now)?;
    Ok((Actor { principal: Some(principal), key: fingerprint, ..desk.actor.clone() }, Some(signed)))
}
