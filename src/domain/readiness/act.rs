//! What somebody did about a release, read from an event of the ledger, and written as an entry for it.

use serde_json::{Map, Value};

use super::{
    field::{self, Malformed},
    statement::{About, Statement, Ticked},
};
use crate::domain::ledger::{
    event::{Actor, Entry, Event, Outcome, Signed},
    hash::Hash,
    signature::Meaning,
};

/// The target of acts that are about the whole release.
pub const RELEASE: &str = "release";

/// Something that somebody did about a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act<'a> {
    /// `checklist.tick`: somebody looked at an item.
    Tick {
        /// The item.
        item: &'a str,
        /// What is said of it.
        state: Ticked,
        /// The checklist's name.
        checklist: &'a str,
        /// The checklist's digest.
        digest: Hash,
        /// What it was said about.
        subject: Hash,
        /// In the person's words.
        note: Option<&'a str>,
        /// What was signed with it, when it was.
        signed: Option<Statement<'a>>,
    },
    /// `checklist.untick`: what was ticked is open again.
    Untick {
        /// The item.
        item: &'a str,
        /// In the person's words.
        note: Option<&'a str>,
    },
    /// `checklist.note`: words to an item, or to the release.
    Note {
        /// The item; `None` is the whole release.
        item: Option<&'a str>,
        /// In the person's words.
        note: &'a str,
    },
    /// `signoff.request`: a sign-off is asked for.
    Request {
        /// The sign-off.
        signoff: &'a str,
        /// What shall be signed.
        subject: Hash,
    },
    /// `signoff.give`, `.deny`, `.withdraw`, `waiver.grant`, `.revoke`, `decision.take`.
    Signed(Statement<'a>),
    /// `review.close`: an emergency release was looked at afterwards.
    CloseReview {
        /// In the person's words.
        note: &'a str,
    },
}

/// How an event reads.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "it lives for one step of the fold, on the stack")]
pub enum Reading<'a> {
    /// An act about that release.
    Act(&'a str, Act<'a>),
    /// Something else than readiness, or an act that did not come to pass. It stays in the ledger and is shown there.
    Other,
    /// A known action whose data is not what it must be. It counts for nothing and is told.
    Malformed(Malformed),
}

/// Reads an event. Whether a signature is good is not looked at here.
#[must_use]
pub fn read(event: &Event) -> Reading<'_> {
    let act = match event.action.as_str() {
        _ if event.outcome != Outcome::Done => return Reading::Other,
        "checklist.tick" => tick(event),
        "checklist.untick" => note(event).map(|note| Act::Untick { item: &event.target, note }),
        "checklist.note" => field::words(&event.data, "note")
            .map(|note| Act::Note { item: Some(event.target.as_str()).filter(|target| *target != RELEASE), note }),
        "signoff.request" => {
            field::hash(&event.data, "subject").map(|subject| Act::Request { signoff: &event.target, subject })
        }
        "signoff.give" | "signoff.deny" | "signoff.withdraw" => signed(event, Meaning::Signoff),
        "waiver.grant" | "waiver.revoke" => signed(event, Meaning::Waiver),
        "decision.take" => signed(event, Meaning::Decision),
        // What was run without its approvals is reviewed by its own name, or with the whole release.
        "review.close" if event.target != RELEASE => return Reading::Other,
        "review.close" => field::words(&event.data, "note").map(|note| Act::CloseReview { note }),
        _ => return Reading::Other,
    };
    match (act, event.release.as_deref()) {
        (Ok(act), Some(release)) => Reading::Act(release, act),
        (Ok(_), None) => Reading::Malformed(Malformed::NoRelease),
        (Err(why), _) => Reading::Malformed(why),
    }
}

fn note(event: &Event) -> Result<Option<&str>, Malformed> {
    field::maybe(&event.data, "note").map(|note| note.filter(|note| !note.trim().is_empty()))
}

fn tick(event: &Event) -> Result<Act<'_>, Malformed> {
    let state = Ticked::read(&event.data, "state")?;
    let digest = field::hash(&event.data, "digest")?;
    let subject = field::hash(&event.data, "subject")?;
    let signed = event.signed.as_ref().map(|_| Statement::of(event, Meaning::Signoff)).transpose()?;
    if let Some(statement) = &signed {
        let About::Tick { item, state: said, checklist } = statement.about else {
            return Err(Malformed::Disagree("act"));
        };
        match () {
            () if item != event.target => return Err(Malformed::Disagree("item")),
            () if said != state => return Err(Malformed::Disagree("state")),
            () if checklist != digest => return Err(Malformed::Disagree("checklist")),
            () if statement.subject != subject => return Err(Malformed::Disagree("subject")),
            () => {}
        }
    }
    let checklist = field::text(&event.data, "checklist")?;
    Ok(Act::Tick { item: &event.target, state, checklist, digest, subject, note: note(event)?, signed })
}

fn signed(event: &Event, meaning: Meaning) -> Result<Act<'_>, Malformed> {
    let act = Act::Signed(Statement::of(event, meaning)?);
    if act.action() != event.action {
        return Err(Malformed::Disagree("act"));
    }
    if act.target() != event.target {
        return Err(Malformed::Disagree("target"));
    }
    Ok(act)
}

impl<'a> Act<'a> {
    /// The action of its event.
    #[must_use]
    pub const fn action(&self) -> &'static str {
        match self {
            Self::Tick { .. } => "checklist.tick",
            Self::Untick { .. } => "checklist.untick",
            Self::Note { .. } => "checklist.note",
            Self::Request { .. } => "signoff.request",
            Self::CloseReview { .. } => "review.close",
            Self::Signed(statement) => match statement.about {
                About::Signoff { vote, .. } => vote.action(),
                About::Waiver { granted: true, .. } => "waiver.grant",
                About::Waiver { granted: false, .. } => "waiver.revoke",
                About::Decision { .. } => "decision.take",
                About::Tick { .. } => "checklist.tick",
            },
        }
    }

    /// The target of its event.
    #[must_use]
    pub const fn target(&self) -> &'a str {
        match self {
            Self::Tick { item, .. } | Self::Untick { item, .. } | Self::Note { item: Some(item), .. } => item,
            Self::Request { signoff, .. } => signoff,
            Self::Note { item: None, .. } | Self::CloseReview { .. } => RELEASE,
            Self::Signed(statement) => match statement.about {
                About::Signoff { signoff, .. } => signoff,
                About::Waiver { item, .. } | About::Tick { item, .. } => item,
                About::Decision { .. } => statement.release,
            },
        }
    }

    /// The data of its event.
    #[must_use]
    pub fn data(&self) -> Map<String, Value> {
        let owned = |text: &str| Some(text.to_owned());
        match *self {
            Self::Tick { state, checklist, digest, subject, note, .. } => field::object([
                ("checklist", owned(checklist)),
                ("digest", Some(digest.to_string())),
                ("subject", Some(subject.to_string())),
                ("state", owned(state.word())),
                ("note", note.map(str::to_owned)),
            ]),
            Self::Untick { note, .. } => field::object([("note", note.map(str::to_owned))]),
            Self::Note { note, .. } | Self::CloseReview { note } => field::object([("note", owned(note))]),
            Self::Request { subject, .. } => field::object([("subject", Some(subject.to_string()))]),
            Self::Signed(_) => Map::new(),
        }
    }

    /// The object that must be signed with it, when it is to be signed.
    #[must_use]
    pub fn statement(&self) -> Option<Statement<'a>> {
        match self {
            Self::Signed(statement) | Self::Tick { signed: Some(statement), .. } => Some(*statement),
            _ => None,
        }
    }

    /// The entry for the ledger: by `actor`, about `release`, with the signature over [`Self::statement`] if there is one.
    #[must_use]
    pub fn entry(&self, actor: Actor, release: &str, signed: Option<Signed>) -> Entry {
        Entry {
            actor,
            action: self.action().to_owned(),
            target: self.target().to_owned(),
            release: Some(release.to_owned()),
            outcome: Outcome::Done,
            data: self.data(),
            signed,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::domain::readiness::{
        example::{RELEASE, at, event, hash, signoff, statement, tick},
        statement::{Decision, Vote},
    };

    fn acts<'a>() -> Vec<Act<'a>> {
        let signed = |nonce, about| Act::Signed(statement(hash("subject"), "mira", nonce, at(1), about));
        let about = About::Tick { item: "backup", state: Ticked::Pass, checklist: hash("checklist") };
        let stated = statement(hash("subject"), "mira", "n0", at(1), about);
        let mut signed_tick = tick("backup", Ticked::Pass);
        if let Act::Tick { signed, .. } = &mut signed_tick {
            *signed = Some(stated);
        }
        let waiver = |granted, expires| About::Waiver { item: "backup", granted, role: "sre", reason: "why", expires };
        vec![
            tick("comms", Ticked::NotApplicable),
            signed_tick,
            Act::Untick { item: "comms", note: None },
            Act::Note { item: Some("comms"), note: "draft 3" },
            Act::Note { item: None, note: "all quiet" },
            Act::Request { signoff: "go", subject: hash("subject") },
            signed("n1", signoff("go", Vote::Approve, "sre")),
            signed("n2", signoff("go", Vote::Deny, "sre")),
            signed("n3", signoff("go", Vote::Withdraw, "sre")),
            signed("n4", waiver(true, Some(at(60)))),
            signed("n5", waiver(false, None)),
            signed("n6", About::Decision { decision: Decision::NoGo, reason: "burn", computed: None }),
            Act::CloseReview { note: "looked at it" },
        ]
    }

    #[test]
    fn every_act_reads_back_from_its_event() {
        for act in acts() {
            let (event, _) = event(1, &act);
            let bytes = event.to_bytes().expect("recordable");
            let again = Event::from_bytes(&bytes).expect("an event");
            assert_eq!(read(&again), Reading::Act(RELEASE, act));
        }
    }

    #[test]
    fn what_did_not_come_to_pass_and_what_is_not_known_is_something_else() {
        let (done, _) = event(1, &tick("comms", Ticked::Pass));
        for outcome in [Outcome::Refused, Outcome::Failed, Outcome::Unknown] {
            assert_eq!(read(&Event { outcome, ..done.clone() }), Reading::Other);
        }
        assert_eq!(read(&Event { action: "run.start".into(), ..done }), Reading::Other);
    }

    #[test]
    fn data_of_a_known_action_that_is_not_what_it_must_be_is_told() {
        let told = |act: &Act<'_>, change: &dyn Fn(&mut Event)| {
            let (mut event, _) = event(1, act);
            change(&mut event);
            match read(&event) {
                Reading::Malformed(why) => why.to_string(),
                other => panic!("{other:?}"),
            }
        };
        let set = |event: &mut Event, name: &str, value: Value| {
            let signed = event.signed.as_mut().map(|signed| &mut signed.statement);
            signed.unwrap_or(&mut event.data).insert(name.to_owned(), value);
        };
        let (tick, vote) = (tick("comms", Ticked::Pass), acts()[6]);
        let deny = acts()[7];
        assert_eq!(told(&tick, &|event| event.release = None), "it names no release");
        assert_eq!(told(&tick, &|event| event.data.clear()), "`state` is missing");
        assert!(told(&tick, &|event| set(event, "state", json!("fine"))).contains("pass, fail or not-applicable"));
        assert!(told(&tick, &|event| set(event, "digest", json!("AB"))).contains("64 hexadecimal digits"));
        assert_eq!(told(&tick, &|event| set(event, "note", json!([1]))), "`note` must be a text");
        assert_eq!(told(&vote, &|event| event.signed = None), "it carries no signature");
        assert_eq!(told(&vote, &|event| set(event, "v", json!(2))), "`v` must be 1");
        assert_eq!(told(&vote, &|event| set(event, "expires", Value::Null)), "`expires` is missing");
        assert_eq!(told(&deny, &|event| set(event, "reason", json!(" "))), "`reason` must be more than blanks");
        assert!(told(&vote, &|event| set(event, "release", json!("other"))).contains("different releases"));
        assert!(told(&vote, &|event| event.target = "other".into()).contains("different targets"));
        assert!(told(&vote, &|event| event.action = "signoff.deny".into()).contains("different acts"));
        assert!(told(&vote, &|event| set(event, "item", json!("comms"))).contains("pass, fail or not-applicable"));
        let waiver = |event: &mut Event| {
            if let Some(signed) = &mut event.signed {
                signed.namespace = Meaning::Waiver.namespace().to_owned();
            }
        };
        assert!(told(&vote, &waiver).contains("another meaning than warroom.signoff.v1"));
    }

    fn values() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".{0,12}".prop_map(Value::from),
            Just(json!({"a": [1]})),
            Just(json!(hash("subject"))),
            Just(json!("2026-11-20T12:00:00Z")),
        ]
    }

    proptest! {
        #[test]
        fn any_data_is_answered(
            which in 0_usize..13,
            changes in proptest::collection::vec((0_usize..12, values(), any::<bool>()), 0..4),
        ) {
            const NAMES: [&str; 12] = ["v", "state", "digest", "subject", "checklist", "note", "expires", "at", "nonce",
                "decision", "role", "reason"];
            let act = acts()[which];
            let (mut event, verified) = event(1, &act);
            for (name, value, drop) in changes {
                let map = event.signed.as_mut().map_or(&mut event.data, |signed| &mut signed.statement);
                if drop { map.remove(NAMES[name]); } else { map.insert(NAMES[name].to_owned(), value); }
            }
            let mut record = crate::domain::readiness::record::Record::default();
            let applied = record.apply(&event, verified.as_ref());
            let (told, count) = record.told();
            prop_assert_eq!(told.len(), usize::from(count > 0));
            prop_assert_eq!(applied == crate::domain::readiness::record::Applied::NotCounted, count == 1);
        }
    }
}
