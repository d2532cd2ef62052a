//! Signing where the key is: the exact message is written here, signed on another machine, and brought back with its signature.

use serde_json::{Map, Value};
use ssh_key::SshSig;

use super::{Refusal, Rules, SharedStore, by, guard, in_role, nonce, with};
use crate::domain::{
    ledger::{
        canonical,
        event::{Event, Signed},
        signature::{self, Meaning, NotSigned, Verified},
    },
    readiness::{
        act::Act,
        rules,
        statement::{About, Statement},
    },
    time::{Span, Timestamp},
};
use crate::ledger::actor;

/// How old a message may be when it is brought back. Approvals run out sooner, by their own word.
const LATEST: Span = Span::from_hours(24);

/// What must be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What the signature means.
    pub meaning: Meaning,
    /// The bytes to sign, without a line end.
    pub bytes: Vec<u8>,
    /// The role in which it is said; empty where none is needed.
    pub role: String,
}

/// The message that `principal` must sign for `act` at `now`. It is held against the same rules as an act that is recorded here.
///
/// # Errors
/// Why it would not be taken.
pub fn message(act: &Act<'_>, principal: &str, rules: &Rules<'_>, now: Timestamp) -> Result<Message, Refusal> {
    rules::check(act, rules, now)?;
    let statement = act.statement().ok_or_else(|| Refusal::NoStatement("it needs no signature".to_owned()))?;
    let nonce = nonce();
    let statement = Statement { principal, release: rules.release, nonce: &nonce, at: now, ..statement };
    let role = rules::role(&statement, rules)?;
    let statement = in_role(statement, &role);
    rules::may(&statement, rules)?;
    let meaning = statement.about.meaning();
    let signed =
        Signed { namespace: meaning.namespace().to_owned(), statement: statement.object(), signature: String::new() };
    let bytes = signed.message()?;
    let verified = Verified { principal: principal.to_owned(), fingerprint: String::new() };
    let entry = with(act, statement).entry(by(&actor::actor(), &verified), rules.release, Some(signed));
    rules::counts(entry, rules.record, rules, now, Some(&verified))?;
    Ok(Message { meaning, bytes, role })
}

/// A message that was signed elsewhere, with its signature. Nothing of it is believed yet.
#[derive(Clone, Debug)]
pub struct Carried {
    meaning: Meaning,
    signed: Signed,
}

impl Carried {
    /// From the bytes of the message and the armoured signature.
    ///
    /// # Errors
    /// When the bytes are not what [`message`] writes, or the signature cannot be read.
    pub fn read(bytes: &[u8], signature: String) -> Result<Self, Refusal> {
        let no = |why: &str| Refusal::NoStatement(why.to_owned());
        canonical::check(bytes).map_err(|error| Refusal::NoStatement(format!("its bytes were changed: {error}")))?;
        let statement: Map<String, Value> = serde_json::from_slice(bytes).map_err(|_| no("it is no JSON object"))?;
        let namespace = SshSig::from_pem(&signature).map_err(NotSigned::Unreadable)?.namespace().to_owned();
        let meaning =
            Meaning::of(&namespace).ok_or_else(|| no("it is signed for something that warroom does not know"))?;
        let carried = Self { meaning, signed: Signed { namespace, statement, signature } };
        if carried.statement()?.object() != carried.signed.statement {
            return Err(no("it says more than a statement may"));
        }
        Ok(carried)
    }

    /// What was signed.
    ///
    /// # Errors
    /// What of it is missing or of another shape.
    pub fn statement(&self) -> Result<Statement<'_>, Refusal> {
        Statement::read(&self.signed.statement, self.meaning).map_err(|why| Refusal::NoStatement(why.to_string()))
    }

    /// What it does to a release with that checklist.
    ///
    /// # Errors
    /// What of it is missing or of another shape.
    pub fn act<'a>(&'a self, rules: &Rules<'a>) -> Result<Act<'a>, Refusal> {
        let statement = self.statement()?;
        Ok(match statement.about {
            About::Tick { item, state, checklist } => Act::Tick {
                item,
                state,
                checklist: &rules.checklist.name,
                digest: checklist,
                subject: statement.subject,
                note: None,
                signed: Some(statement),
            },
            _ => Act::Signed(statement),
        })
    }
}

/// Records what was signed elsewhere, as [`super::say`] records what is signed here.
///
/// # Errors
/// Why nothing was recorded. Only after [`Refusal::Lost`] it is not known.
pub async fn apply(carried: &Carried, rules: &Rules<'_>, now: Timestamp, store: SharedStore) -> Result<Event, Refusal> {
    let statement = carried.statement()?;
    if statement.release != rules.release {
        return Err(Refusal::Elsewhere { found: statement.release.to_owned(), wanted: rules.release.to_owned() });
    }
    let age = Span::between(statement.at, now);
    if age > LATEST {
        return Err(Refusal::TooOld(age.age()));
    }
    let act = carried.act(rules)?;
    rules::check(&act, rules, now)?;
    let verified = signature::verify(&carried.signed, rules.signers, now)?;
    rules::may(&statement, rules)?;
    let entry = act.entry(by(&actor::actor(), &verified), rules.release, Some(carried.signed.clone()));
    rules::counts(entry.clone(), rules.record, rules, now, Some(&verified))?;
    guard::append(store, entry, Some(verified), rules, now).await
}
