//! Small ledgers for tests of readiness.

use super::{
    act::Act,
    record::{Applied, Record},
    statement::{About, Statement, Ticked, Vote},
};
use crate::domain::{
    ledger::{
        event::{Actor, Event, Place, Signed, UNSIGNED},
        hash::Hash,
        signature::Verified,
    },
    time::{Span, Timestamp},
};

/// The release of these tests.
pub(crate) const RELEASE: &str = "checkout-1.42";

/// `minutes` after a fixed instant.
pub(crate) fn at(minutes: u64) -> Timestamp {
    "2026-11-20T12:00:00Z".parse::<Timestamp>().expect("time") + Span::from_mins(minutes).delta()
}

/// The hash of a word.
pub(crate) fn hash(word: &str) -> Hash {
    Hash::of(word.as_bytes())
}

/// The event of `act` at `seq`, recorded `seq` minutes after the beginning. Who signs it is taken as verified.
pub(crate) fn event(seq: u64, act: &Act<'_>) -> (Event, Option<Verified>) {
    let statement = act.statement();
    let signed = statement.map(|statement| Signed {
        namespace: statement.about.meaning().namespace().to_owned(),
        statement: statement.object(),
        signature: String::new(),
    });
    let actor = Actor { key: UNSIGNED.to_owned(), user: "lin".to_owned(), ..Actor::default() };
    let place = Place { seq, id: format!("{seq:026}"), ts: at(seq), host: "bastion".into(), prev: Hash::NONE };
    let verified = statement.map(|statement| Verified {
        principal: statement.principal.to_owned(),
        fingerprint: format!("SHA256:{}", statement.principal),
    });
    (Event::new(act.entry(actor, RELEASE, signed), place), verified)
}

/// A ledger that is written act by act.
#[derive(Default)]
pub(crate) struct Told {
    /// What was said.
    pub record: Record,
    seq: u64,
}

impl Told {
    /// The next event.
    pub(crate) fn tell(&mut self, act: &Act<'_>) -> Applied {
        self.seq += 1;
        let (event, verified) = event(self.seq, act);
        self.record.apply(&event, verified.as_ref())
    }

    /// Somebody signs at the next minute, with a nonce of its own.
    pub(crate) fn sign(&mut self, principal: &str, about: About<'_>) -> Applied {
        self.sign_about(hash("subject"), principal, about)
    }

    /// The same, about another subject.
    pub(crate) fn sign_about(&mut self, subject: Hash, principal: &str, about: About<'_>) -> Applied {
        let nonce = format!("n{}", self.seq + 1);
        self.tell(&Act::Signed(statement(subject, principal, &nonce, at(self.seq + 1), about)))
    }

    /// Somebody signs or denies `signoff`.
    pub(crate) fn vote(&mut self, principal: &str, role: &str, vote: Vote) -> Applied {
        self.sign(principal, signoff("go", vote, role))
    }

    /// The last reason why an event did not count.
    pub(crate) fn why(&self) -> String {
        self.record.told().0.back().map(|told| told.why.clone()).unwrap_or_default()
    }
}

/// A statement about the release of these tests.
pub(crate) fn statement<'a>(
    subject: Hash,
    principal: &'a str,
    nonce: &'a str,
    at: Timestamp,
    about: About<'a>,
) -> Statement<'a> {
    Statement { principal, release: RELEASE, subject, nonce, at, about }
}

/// A vote that holds for four hours from the beginning.
pub(crate) fn signoff<'a>(signoff: &'a str, vote: Vote, role: &'a str) -> About<'a> {
    let (expires, reason) = (Some(at(240)), Some("burn is high"));
    About::Signoff { signoff, vote, role, checklist: hash("checklist"), expires, reason }
}

/// An unsigned tick about the subject of these tests.
pub(crate) fn tick(item: &str, state: Ticked) -> Act<'_> {
    let (digest, subject) = (hash("checklist"), hash("subject"));
    Act::Tick { item, state, checklist: "service", digest, subject, note: Some("looked"), signed: None }
}
