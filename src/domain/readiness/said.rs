//! What was said about one release: the last word of each person on each thing. Whether they may say it is not judged here,
//! because roles change and what was said does not.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::{
    act::Act,
    statement::{About, Decision, Statement, Ticked, Vote},
};
use crate::domain::{
    ledger::{event::Event, hash::Hash, signature::Verified},
    time::{Span, Timestamp},
    verdict::computed::Computed,
};

/// How many notes are kept at hand for a release; the ledger keeps all.
const NOTES: usize = 200;

/// How far a signer's clock may be ahead of the ledger's.
const AHEAD: Span = Span::from_mins(5);

/// What was said about a release.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// By item.
    pub ticks: BTreeMap<String, Ticks>,
    /// The newest at the end.
    pub notes: VecDeque<Note>,
    /// By sign-off and by what shall be signed: the first request.
    pub requests: BTreeMap<String, BTreeMap<Hash, By>>,
    /// By sign-off, by what was signed, by principal.
    pub votes: BTreeMap<String, BTreeMap<Hash, BTreeMap<String, Ballot>>>,
    /// By item, by principal.
    pub waivers: BTreeMap<String, BTreeMap<String, Exception>>,
    /// By principal.
    pub decisions: BTreeMap<String, Decided>,
    /// The last review after the fact.
    pub review: Option<Reviewed>,
    /// Of statements that were counted.
    nonces: BTreeSet<String>,
}

/// Who said something, when, in which event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// The principal when it was signed, else the login name that the event claims. Text from outside.
    pub who: String,
    /// The fingerprint of the key when it was signed.
    pub key: Option<String>,
    /// When the event was recorded.
    pub at: Timestamp,
    /// The event.
    pub seq: u64,
}

/// What is ticked on an item.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticks {
    /// The last tick of all.
    pub last: Option<Tick>,
    /// The last signed tick of each principal.
    pub signed: BTreeMap<String, Tick>,
}

/// A tick.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tick {
    /// Who.
    pub by: By,
    /// What was said.
    pub state: Ticked,
    /// The checklist's digest.
    pub digest: Hash,
    /// About what.
    pub subject: Hash,
    /// In the person's words. Text from outside.
    pub note: Option<String>,
    /// When it was signed, by the signer's clock; `None` when it was not.
    pub signed_at: Option<Timestamp>,
}

/// Words to an item or to the release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Who.
    pub by: By,
    /// The item; `None` is the release.
    pub item: Option<String>,
    /// Text from outside.
    pub text: String,
}

/// What one person said to one sign-off of one subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ballot {
    /// Who.
    pub by: By,
    /// What.
    pub vote: Vote,
    /// In which role.
    pub role: String,
    /// The checklist's digest.
    pub digest: Hash,
    /// When it was signed, by the signer's clock.
    pub signed_at: Timestamp,
    /// Until when it holds.
    pub expires: Option<Timestamp>,
    /// Why. Text from outside.
    pub reason: Option<String>,
}

/// What one person said about a waiver of an item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// Who.
    pub by: By,
    /// Granted, or taken back.
    pub granted: bool,
    /// In which role.
    pub role: String,
    /// About what.
    pub subject: Hash,
    /// When it was signed, by the signer's clock.
    pub signed_at: Timestamp,
    /// Until when it holds.
    pub expires: Option<Timestamp>,
    /// Why. Text from outside.
    pub reason: String,
}

/// What one person decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// Who.
    pub by: By,
    /// What.
    pub decision: Decision,
    /// About what.
    pub subject: Hash,
    /// When it was signed, by the signer's clock.
    pub signed_at: Timestamp,
    /// Why. Text from outside.
    pub reason: String,
    /// What was computed then, as far as who recorded it knew.
    #[serde(default)]
    pub computed: Option<Computed>,
}

impl Decided {
    /// Whether this go replaces the no-go or hold `before`: it comes later in the ledger, and who signed it could see the other.
    #[must_use]
    pub fn replaces(&self, before: &Self) -> bool {
        self.by.seq > before.by.seq && self.signed_at >= before.by.at
    }
}

/// The review of an emergency release after the fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewed {
    /// Who.
    pub by: By,
    /// Text from outside.
    pub note: String,
}

/// What the one who signed cannot have seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// Who said it. Text from outside.
    pub who: String,
    /// What.
    pub said: &'static str,
    /// The event.
    pub seq: u64,
}

impl Unseen {
    fn words(&self) -> String {
        format!("\"{}\" of {}", self.said, self.who)
    }
}

/// Why a well-formed act does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Its signature is not good.
    #[error("its signature is not good, so it counts for nothing")]
    NotVerified,
    /// The signer is another one than the statement says.
    #[error("the signer is another person than the statement names")]
    OtherSigner,
    /// It was recorded before.
    #[error("the same statement was recorded before; it counts once")]
    Replayed,
    /// The signer's clock runs ahead.
    #[error("it says that it was signed more than 5 minutes after it was recorded; set the signer's clock right")]
    Ahead,
    /// The same person signed something newer on the same matter.
    #[error("the same person signed something newer on this before it was recorded")]
    Older,
    /// Somebody said the opposite after it was signed.
    #[error("after this was signed, {} was recorded (event {}); look at it, and say it anew", .0.words(), .0.seq)]
    Unseen(Unseen),
    /// Signed words stand, and an untick carries no signature.
    #[error(
        "the item carries a signature, which only another signature replaces; tick it anew with a key, or with --fail"
    )]
    SignedTick,
    /// Their own denial stands.
    #[error("their own denial stands; it must be withdrawn first")]
    Denied,
    /// There is nothing to withdraw.
    #[error("there is nothing of theirs to withdraw")]
    NothingToWithdraw,
}

impl Said {
    /// Adds what `act` says in `event`.
    ///
    /// # Errors
    /// Why it does not count.
    pub(super) fn apply(&mut self, act: &Act<'_>, event: &Event, verified: Option<&Verified>) -> Result<(), Refused> {
        let statement = act.statement();
        if let Some(statement) = &statement {
            let verified = verified.ok_or(Refused::NotVerified)?;
            self.admits(statement, verified, event.ts)?;
        }
        let by = || By {
            who: statement.map_or_else(|| event.actor.user.clone(), |statement| statement.principal.to_owned()),
            key: statement.and(verified).map(|verified| verified.fingerprint.clone()),
            at: event.ts,
            seq: event.seq,
        };
        match *act {
            Act::Tick { item, state, digest, subject, note, signed, .. } => {
                let signed_at = signed.map(|statement| statement.at);
                let tick = Tick { by: by(), state, digest, subject, note: note.map(str::to_owned), signed_at };
                let ticks = place(&mut self.ticks, item);
                if let Some(statement) = signed {
                    ticks.admits(&statement, state)?;
                    ticks.signed.insert(statement.principal.to_owned(), tick.clone());
                }
                ticks.last = Some(tick);
            }
            Act::Untick { item, .. } => {
                if self.ticks.get(item).is_some_and(|ticks| !ticks.signed.is_empty()) {
                    return Err(Refused::SignedTick);
                }
                self.ticks.remove(item);
            }
            Act::Note { item, note } => {
                if self.notes.len() == NOTES {
                    self.notes.pop_front();
                }
                self.notes.push_back(Note { by: by(), item: item.map(str::to_owned), text: note.to_owned() });
            }
            Act::Request { signoff, subject } => {
                place(&mut self.requests, signoff).entry(subject).or_insert_with(by);
            }
            Act::Signed(statement) => self.state(&statement, by())?,
            Act::CloseReview { note } => self.review = Some(Reviewed { by: by(), note: note.to_owned() }),
        }
        if let Some(statement) = statement {
            self.nonces.insert(statement.nonce.to_owned());
        }
        Ok(())
    }

    fn admits(&self, statement: &Statement<'_>, verified: &Verified, recorded: Timestamp) -> Result<(), Refused> {
        if statement.principal != verified.principal {
            return Err(Refused::OtherSigner);
        }
        if self.nonces.contains(statement.nonce) {
            return Err(Refused::Replayed);
        }
        if !self.stops(statement) && Span::between(recorded, statement.at) > AHEAD {
            return Err(Refused::Ahead);
        }
        Ok(())
    }

    /// Whether `statement` says that the release should not go on. What stops a release is never refused because of a clock:
    /// the order of the ledger alone says what is the last word.
    fn stops(&self, statement: &Statement<'_>) -> bool {
        match statement.about {
            About::Signoff { vote: Vote::Deny, .. } => true,
            About::Signoff { vote: Vote::Withdraw, signoff, .. } => {
                let votes = self.votes.get(signoff).and_then(|votes| votes.get(&statement.subject));
                let before = votes.and_then(|votes| votes.get(statement.principal));
                before.is_none_or(|before| before.vote != Vote::Deny)
            }
            About::Signoff { vote: Vote::Approve, .. } => false,
            About::Waiver { granted, .. } => !granted,
            About::Decision { decision, .. } => decision != Decision::Go,
            About::Tick { state, .. } => state == Ticked::Fail,
        }
    }

    fn state(&mut self, statement: &Statement<'_>, by: By) -> Result<(), Refused> {
        let Statement { subject, at: signed_at, principal, .. } = *statement;
        let stops = self.stops(statement);
        let newer = |before: Option<Timestamp>, now| if stops { Ok(()) } else { newer(before, now) };
        match statement.about {
            About::Signoff { signoff, vote, role, checklist: digest, expires, reason } => {
                let votes = place(&mut self.votes, signoff).entry(subject).or_default();
                newer(votes.get(principal).map(|before| before.signed_at), signed_at)?;
                match (votes.get(principal).map(|before| before.vote), vote) {
                    (Some(Vote::Deny), Vote::Approve) => return Err(Refused::Denied),
                    (None | Some(Vote::Withdraw), Vote::Withdraw) => return Err(Refused::NothingToWithdraw),
                    _ => {}
                }
                let (role, reason) = (role.to_owned(), reason.map(str::to_owned));
                votes.insert(principal.to_owned(), Ballot { by, vote, role, digest, signed_at, expires, reason });
            }
            About::Waiver { item, granted, role, reason, expires } => {
                let waivers = place(&mut self.waivers, item);
                newer(waivers.get(principal).map(|before| before.signed_at), signed_at)?;
                let (role, reason) = (role.to_owned(), reason.to_owned());
                let waiver = Exception { by, granted, role, subject, signed_at, expires, reason };
                waivers.insert(principal.to_owned(), waiver);
            }
            About::Decision { decision, reason, computed } => {
                newer(self.decisions.get(principal).map(|before| before.signed_at), signed_at)?;
                let (reason, computed) = (reason.to_owned(), computed.and_then(Computed::read));
                let decided = Decided { by, decision, subject, signed_at, reason, computed };
                self.decisions.insert(principal.to_owned(), decided);
            }
            // A signed tick is an act of its own.
            About::Tick { .. } => {}
        }
        Ok(())
    }
}

impl Ticks {
    /// A signed tick can be carried to the ledger late: it does not come after what was said against it since.
    fn admits(&self, statement: &Statement<'_>, state: Ticked) -> Result<(), Refused> {
        if state == Ticked::Fail {
            return Ok(());
        }
        newer(self.signed.get(statement.principal).and_then(|before| before.signed_at), statement.at)?;
        let fails = self.signed.values().chain(&self.last).filter(|tick| tick.state == Ticked::Fail);
        match fails.filter(|tick| tick.by.at > statement.at).max_by_key(|tick| tick.by.seq) {
            Some(tick) => {
                Err(Refused::Unseen(Unseen { who: tick.by.who.clone(), said: "does not hold", seq: tick.by.seq }))
            }
            None => Ok(()),
        }
    }
}

/// Statements can be carried to the ledger late. The signer's last word is the one signed last.
fn newer(before: Option<Timestamp>, now: Timestamp) -> Result<(), Refused> {
    if before.is_some_and(|before| before > now) { Err(Refused::Older) } else { Ok(()) }
}

/// What stands at `name`, put there empty when it is not.
pub(super) fn place<'a, T: Default>(map: &'a mut BTreeMap<String, T>, name: &str) -> &'a mut T {
    map.entry(name.to_owned()).or_default()
}
