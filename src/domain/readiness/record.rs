//! The record: what was said about every release, folded from the events of a ledger in their order.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::{
    act::{self, Reading},
    said::{Said, place},
};
use crate::domain::ledger::{event::Event, signature::Verified};

/// How many of the last events that did not count are kept at hand.
const TOLD: usize = 100;

/// What was said about every release. Can be stored and gone on from: the same events give the same record, and an event
/// that comes again changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// By release.
    releases: BTreeMap<String, Said>,
    /// The last event that was applied; 0 before the first.
    upto: u64,
    /// The last ones that did not count.
    told: VecDeque<NotCounted>,
    /// How many did not count.
    not_counted: u64,
}

/// An event of a known action that counts for nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotCounted {
    /// The event.
    pub seq: u64,
    /// What it claims to be.
    pub action: String,
    /// The release that it names.
    pub release: Option<String>,
    /// Why it does not count.
    pub why: String,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applied {
    /// It was folded.
    Counted,
    /// It is about something else.
    Other,
    /// It was applied before.
    Repeated,
    /// It is of a known action and counts for nothing: see [`Record::told`].
    NotCounted,
}

impl Record {
    /// Applies the next event. `verified` is who signed it, when its signature is good at the event's time; without it, an
    /// act that must be signed does not count.
    pub fn apply(&mut self, event: &Event, verified: Option<&Verified>) -> Applied {
        if event.seq <= self.upto {
            return Applied::Repeated;
        }
        self.upto = event.seq;
        let why = match act::read(event) {
            Reading::Other => return Applied::Other,
            Reading::Act(release, act) => match place(&mut self.releases, release).apply(&act, event, verified) {
                Ok(()) => return Applied::Counted,
                Err(why) => why.to_string(),
            },
            Reading::Malformed(why) => why.to_string(),
        };
        self.tell(event, why);
        Applied::NotCounted
    }

    fn tell(&mut self, event: &Event, why: String) {
        self.not_counted += 1;
        if self.told.len() == TOLD {
            self.told.pop_front();
        }
        let (action, release) = (event.action.clone(), event.release.clone());
        self.told.push_back(NotCounted { seq: event.seq, action, release, why });
    }

    /// What was said about `release`.
    #[must_use]
    pub fn said(&self, release: &str) -> Option<&Said> {
        self.releases.get(release)
    }

    /// The same, of `release` alone: small enough to be carried along.
    #[must_use]
    pub fn only(&self, release: &str) -> Self {
        let releases = self.releases.get_key_value(release).map(|(name, said)| (name.clone(), said.clone()));
        Self { releases: releases.into_iter().collect(), upto: self.upto, ..Self::default() }
    }

    /// The releases that something was said about.
    pub fn releases(&self) -> impl Iterator<Item = (&str, &Said)> {
        self.releases.iter().map(|(release, said)| (release.as_str(), said))
    }

    /// The last event that was applied; 0 before the first.
    #[must_use]
    pub const fn upto(&self) -> u64 {
        self.upto
    }

    /// The last events that did not count, the newest at the end, and how many there were in all.
    #[must_use]
    pub const fn told(&self) -> (&VecDeque<NotCounted>, u64) {
        (&self.told, self.not_counted)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::readiness::{
        act::Act,
        example::{RELEASE, Told, at, event, hash, signoff, statement, tick},
        statement::{About, Decision, Ticked, Vote},
    };

    #[test]
    fn the_last_tick_counts_and_an_untick_opens_the_item_again() {
        let mut told = Told::default();
        told.tell(&tick("comms", Ticked::Fail));
        told.tell(&tick("comms", Ticked::Pass));
        let last = |told: &Told| {
            told.record.said(RELEASE)?.ticks.get("comms")?.last.as_ref().map(|tick| (tick.state, tick.by.seq))
        };
        assert_eq!(last(&told), Some((Ticked::Pass, 2)));
        told.tell(&Act::Untick { item: "comms", note: None });
        assert_eq!(last(&told), None);
    }

    #[test]
    fn a_signature_that_is_not_verified_counts_for_nothing_and_is_told() {
        let about = signoff("go", Vote::Approve, "sre");
        let (event, _) = event(1, &Act::Signed(statement(hash("subject"), "mira", "n", at(1), about)));
        let mut record = Record::default();
        assert_eq!(record.apply(&event, None), Applied::NotCounted);
        assert!(record.said(RELEASE).is_none_or(|said| said.votes.is_empty()));
        assert!(record.told().0[0].why.contains("signature is not good"));
        let other = Verified { principal: "ana".into(), fingerprint: "SHA256:x".into() };
        let mut record = Record::default();
        assert_eq!(record.apply(&event, Some(&other)), Applied::NotCounted);
        assert!(record.told().0[0].why.contains("another person"));
    }

    #[test]
    fn a_statement_counts_once_and_not_after_a_newer_one_of_the_same_person() {
        let mut told = Told::default();
        let (subject, approve) = (hash("subject"), signoff("go", Vote::Approve, "sre"));
        let first = Act::Signed(statement(subject, "mira", "a", at(1), approve));
        assert_eq!(told.tell(&first), Applied::Counted);
        assert_eq!(told.vote("mira", "sre", Vote::Withdraw), Applied::Counted);
        assert_eq!(told.tell(&first), Applied::NotCounted);
        assert!(told.why().contains("recorded before"), "{}", told.why());
        let late = Act::Signed(statement(subject, "mira", "b", at(0), approve));
        assert_eq!(told.tell(&late), Applied::NotCounted);
        assert!(told.why().contains("something newer"), "{}", told.why());
        let ahead = Act::Signed(statement(subject, "mira", "c", at(600), approve));
        assert_eq!(told.tell(&ahead), Applied::NotCounted);
        assert!(told.why().contains("clock"), "{}", told.why());
    }

    #[test]
    fn a_clock_that_was_ahead_stops_nobody_from_stopping_the_release() {
        let mut told = Told::default();
        let subject = hash("subject");
        let said = |who, nonce, minute, about| Act::Signed(statement(subject, who, nonce, at(minute), about));
        let decide = |decision| About::Decision { decision, reason: "burn", computed: None };
        let waiver =
            |granted| About::Waiver { item: "backup", granted, role: "sre", reason: "why", expires: Some(at(90)) };
        // The newest that the rule for clocks ahead admits, and what the same person says afterwards by a right clock.
        for (nonce, then_nonce, about, then) in [
            ("a", "A", decide(Decision::Go), decide(Decision::Hold)),
            ("b", "B", decide(Decision::Go), decide(Decision::NoGo)),
            ("c", "C", signoff("go", Vote::Approve, "sre"), signoff("go", Vote::Withdraw, "sre")),
            ("d", "D", signoff("other", Vote::Approve, "sre"), signoff("other", Vote::Deny, "sre")),
            ("e", "E", waiver(true), waiver(false)),
        ] {
            assert_eq!(told.tell(&said("mira", nonce, 6, about)), Applied::Counted, "{nonce}");
            let stop = said("mira", then_nonce, 0, then);
            assert_eq!(told.tell(&stop), Applied::Counted, "{nonce}: {}", told.why());
        }
        assert_eq!(
            told.tell(&said("mira", "f", 600, decide(Decision::Hold))),
            Applied::Counted,
            "nor a clock ahead now"
        );
    }

    #[test]
    fn a_tick_signed_before_somebody_said_the_opposite_does_not_come_after_it() {
        let mut told = Told::default();
        let signed = |state, who, nonce, minute| {
            let about = About::Tick { item: "backup", state, checklist: hash("checklist") };
            let Act::Tick { item, checklist, digest, subject, note, .. } = tick("backup", state) else { panic!() };
            let signed = Some(statement(hash("subject"), who, nonce, at(minute), about));
            Act::Tick { item, state, checklist, digest, subject, note, signed }
        };
        told.tell(&Act::Note { item: None, note: "an hour passes" });
        assert_eq!(told.tell(&signed(Ticked::Fail, "mira", "a", 2)), Applied::Counted);
        assert_eq!(told.tell(&signed(Ticked::Pass, "mira", "b", 1)), Applied::NotCounted);
        assert!(told.why().contains("something newer"), "{}", told.why());
        assert_eq!(told.tell(&signed(Ticked::Pass, "jo", "c", 1)), Applied::NotCounted, "nor by somebody else");
        assert!(told.why().contains("\"does not hold\" of mira was recorded (event 2)"), "{}", told.why());
        assert_eq!(told.tell(&Act::Untick { item: "backup", note: None }), Applied::NotCounted);
        assert!(told.why().contains("only another signature replaces"), "{}", told.why());
        assert_eq!(told.tell(&signed(Ticked::Pass, "mira", "d", 6)), Applied::Counted);
        assert_eq!(
            told.tell(&signed(Ticked::Fail, "mira", "e", 0)),
            Applied::Counted,
            "what stops counts, however late"
        );
    }

    #[test]
    fn a_denial_stands_until_the_same_person_withdraws_it() {
        let mut told = Told::default();
        assert_eq!(told.vote("mira", "sre", Vote::Deny), Applied::Counted);
        assert_eq!(told.vote("mira", "sre", Vote::Approve), Applied::NotCounted);
        assert!(told.why().contains("withdrawn first"));
        assert_eq!(told.vote("ana", "sre", Vote::Withdraw), Applied::NotCounted);
        assert_eq!(told.vote("mira", "sre", Vote::Withdraw), Applied::Counted);
        assert_eq!(told.vote("mira", "sre", Vote::Approve), Applied::Counted);
    }

    #[test]
    fn what_is_kept_at_hand_has_an_end() {
        let mut told = Told::default();
        for _ in 0..500 {
            told.tell(&Act::Note { item: None, note: "x" });
            told.vote("mira", "sre", Vote::Withdraw);
        }
        assert_eq!(told.record.said(RELEASE).map(|said| said.notes.len()), Some(200));
        assert_eq!((told.record.told().0.len(), told.record.told().1), (100, 500));
    }

    fn steps() -> impl Strategy<Value = Vec<(u8, u8, u8)>> {
        proptest::collection::vec((0_u8..6, 0_u8..3, 0_u8..3), 0..40)
    }

    fn apply(record: &mut Record, seq: u64, (kind, who, what): (u8, u8, u8)) -> Applied {
        let principal = ["mira", "ana", "jo"][usize::from(who)];
        let vote = [Vote::Approve, Vote::Deny, Vote::Withdraw][usize::from(what)];
        let nonce = format!("n{}", seq % 30);
        let act = match kind {
            0 => tick(principal, Ticked::Pass),
            1 => Act::Untick { item: principal, note: None },
            2 => Act::Request { signoff: "go", subject: hash("subject") },
            3 => Act::CloseReview { note: "done" },
            _ => Act::Signed(statement(hash("subject"), principal, &nonce, at(seq), signoff("go", vote, "sre"))),
        };
        let (event, verified) = event(seq, &act);
        record.apply(&event, verified.as_ref())
    }

    proptest! {
        #[test]
        fn events_that_come_again_and_a_stored_record_change_nothing(steps in steps(), cut in 0_usize..40) {
            let mut whole = Record::default();
            let mut stored = Record::default();
            for (index, (seq, step)) in (1_u64..).zip(&steps).enumerate() {
                apply(&mut whole, seq, *step);
                if index == cut {
                    let text = serde_json::to_string(&stored).expect("written");
                    stored = serde_json::from_str(&text).expect("read");
                    for (again, step) in (1_u64..seq).zip(&steps) {
                        prop_assert_eq!(apply(&mut stored, again, *step), Applied::Repeated);
                    }
                }
                apply(&mut stored, seq, *step);
            }
            prop_assert_eq!(whole, stored);
        }
    }
}
