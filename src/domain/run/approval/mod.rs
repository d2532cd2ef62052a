//! Approvals of plans: somebody asks for them, other people give them from their own sessions, and they bind to the hash.
//!
//! A request carries the plan, so that who approves sees exactly what will be done. A denial sticks until the plan is another
//! one. Whoever asked never counts as one who approves.

use super::super::{
    ledger::{event::Actor, hash::Hash},
    plan::Plan,
    time::{Span, Timestamp},
};

pub mod fold;
pub mod standing;
pub mod statement;
#[cfg(test)]
mod tests;

pub use self::{
    fold::{Applied, Approvals, entry, request},
    standing::{NotApproved, People, Standing, admits, standing},
    statement::{Decision, Statement},
};

/// How long an approval holds unless said otherwise.
pub const HOLDS: Span = Span::from_mins(5);

/// How long a request can be answered.
pub const ASKED: Span = Span::from_mins(30);

/// A plan that somebody asked others to approve.
#[derive(Clone, Debug, PartialEq)]
pub struct Requested {
    /// The plan.
    pub plan: Plan,
    /// Its hash.
    pub hash: Hash,
    /// The hash in a word that can be said on the phone.
    pub code: String,
    /// Who asked, as the last request says.
    pub by: Actor,
    /// On which machine.
    pub host: String,
    /// Whether a signature proves who asked.
    pub proven: bool,
    /// When it was asked for.
    pub at: Timestamp,
    /// Until when it can be answered.
    pub expires: Timestamp,
    /// What was said, in its order.
    pub votes: Vec<Vote>,
}

/// What somebody said about a plan, with a signature that is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    /// The name in `allowed_signers`.
    pub principal: String,
    /// The fingerprint of the key.
    pub key: String,
    /// The login and the machine on which it was recorded.
    pub session: (String, String),
    /// What was said.
    pub decision: Decision,
    /// In which role.
    pub role: String,
    /// Why. Text from outside.
    pub reason: Option<String>,
    /// When it was recorded.
    pub at: Timestamp,
    /// Until when it holds.
    pub expires: Option<Timestamp>,
}

const CONSONANTS: [char; 16] = ['b', 'd', 'f', 'g', 'h', 'j', 'k', 'l', 'm', 'n', 'p', 'r', 's', 't', 'v', 'z'];
const VOWELS: [char; 4] = ['a', 'i', 'o', 'u'];

/// The first 32 bits of a hash as two words that can be said: `lusab-babad` (proquints, Wilkerson 2009). Enough to find a
/// request; what is signed is the whole hash.
#[must_use]
pub fn code(hash: Hash) -> String {
    let [a, b, c, d, ..] = *hash.bytes();
    [[a, b], [c, d]].map(|pair| word(u16::from_be_bytes(pair))).join("-")
}

fn word(bits: u16) -> String {
    let consonant = |shift: u32| CONSONANTS.get(usize::from(bits >> shift & 0xf)).copied();
    let vowel = |shift: u32| VOWELS.get(usize::from(bits >> shift & 0x3)).copied();
    [consonant(12), vowel(10), consonant(6), vowel(4), consonant(0)].into_iter().flatten().collect()
}
