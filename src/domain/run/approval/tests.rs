//! Approvals, as people give them.

use super::{
    fold::{Applied, Approvals},
    standing::{People, admits, skipped, standing},
    statement::{Decision, Statement},
    *,
};
use crate::domain::{
    checklist::Requirement,
    ledger::{
        event::{Event, Place, Signed, UNSIGNED},
        signature::{Meaning, Verified},
    },
    readiness::roles::Roles,
    run::example::{at, plan},
    runbook::risk::Risk,
};

const PEOPLE: &str = r#"
    [principals.mira]
    also = ["mira@laptop"]
    [roles.sre]
    members = ["mira", "jo", "ana"]
    may = ["approve"]
    [roles.guest]
    members = ["gil"]
"#;

fn roles() -> Roles {
    toml::from_str(PEOPLE).expect("roles")
}

fn risky(count: u32) -> Plan {
    let mut plan = plan();
    plan.risk = Risk::R4;
    plan.needs = Some(Requirement::Role { role: "sre".into(), count, not_author: false });
    plan
}

/// A ledger of approvals.
struct Desk {
    plan: Plan,
    hash: Hash,
    approvals: Approvals,
    seq: u64,
}

impl Desk {
    /// mira asks, signed, at second 0.
    fn asked(plan: Plan) -> Self {
        let hash = plan.hash().expect("a hash");
        let mut desk = Self { plan, hash, approvals: Approvals::default(), seq: 0 };
        assert_eq!(desk.say("mira", Decision::Request, "", 0), Applied::Counted);
        desk
    }

    fn event(&mut self, entry: crate::domain::ledger::event::Entry, secs: i64) -> Event {
        self.seq += 1;
        let place =
            Place { seq: self.seq, id: self.seq.to_string(), ts: at(secs), host: "bastion".into(), prev: Hash::NONE };
        Event::new(entry, place)
    }

    /// `who` signs at second `secs`; it holds for five minutes.
    fn say(&mut self, who: &str, decision: Decision, role: &str, secs: i64) -> Applied {
        let nonce = format!("nonce-{}", self.seq);
        let key = format!("key of {who}");
        let because = matches!(decision, Decision::Deny | Decision::BreakGlass).then_some("users are waiting");
        let statement = Statement {
            principal: who,
            plan: self.hash,
            decision,
            role,
            reason: because,
            incident: (decision == Decision::BreakGlass).then_some("INC-7"),
            expires: at(secs).checked_add_signed(HOLDS.delta()),
            nonce: &nonce,
            at: at(secs),
        };
        let actor = Actor { principal: Some(who.into()), key: key.clone(), user: "ops".into(), ..Actor::default() };
        let namespace = Meaning::Approval.namespace().to_owned();
        let signed = Signed { namespace, statement: statement.object(), signature: String::new() };
        let entry = match decision {
            Decision::Request => request(&self.plan, (actor, Some(signed)), at(secs + 1800)).expect("an entry"),
            _ => entry(&statement, (actor, signed), None, &[]),
        };
        let event = self.event(entry, secs);
        self.approvals.apply(&event, Some(&Verified { principal: who.into(), fingerprint: key }))
    }

    fn may(&self, break_glass: bool, secs: i64) -> Result<(), String> {
        let roles = roles();
        let people = People { roles: &roles, author: Some("lin") };
        admits(&self.plan, self.hash, break_glass, (&self.approvals, people), at(secs)).map_err(|why| why.to_string())
    }
}

#[test]
fn a_risky_plan_waits_for_another_person_and_for_five_minutes() {
    let mut desk = Desk::asked(risky(1));
    assert!(desk.may(false, 1).is_err_and(|why| why.contains("1 of sre") && why.contains(&code(desk.hash))));
    desk.say("mira", Decision::Approve, "sre", 2);
    assert!(desk.may(false, 3).is_err(), "who asks does not approve");
    desk.say("mira@laptop", Decision::Approve, "sre", 3);
    assert!(desk.may(false, 4).is_err(), "not under another name either");
    desk.say("gil", Decision::Approve, "guest", 4);
    assert!(desk.may(false, 5).is_err(), "a role that may not");
    desk.say("jo", Decision::Approve, "sre", 5);
    assert_eq!(desk.may(false, 6), Ok(()));
    assert_eq!(desk.may(false, 304), Ok(()));
    assert!(desk.may(false, 305).is_err(), "it has run out");
    let roles = roles();
    let said = standing(desk.approvals.of(desk.hash).expect("asked"), People { roles: &roles, author: None }, at(6));
    assert_eq!(said.not_counted.len(), 3, "{said:?}");
    assert_eq!(said.until, Some(at(305)));
}

#[test]
fn two_keys_of_one_person_are_one_person() {
    let mut desk = Desk::asked(risky(2));
    desk.say("jo", Decision::Approve, "sre", 1);
    desk.say("jo", Decision::Approve, "sre", 2);
    assert!(desk.may(false, 3).is_err());
    desk.say("ana", Decision::Approve, "sre", 3);
    assert_eq!(desk.may(false, 4), Ok(()));
}

#[test]
fn a_denial_sticks_until_it_is_another_plan() {
    let mut desk = Desk::asked(risky(1));
    desk.say("jo", Decision::Deny, "sre", 1);
    desk.say("jo", Decision::Approve, "sre", 2);
    desk.say("ana", Decision::Approve, "sre", 3);
    desk.say("mira", Decision::Request, "", 4);
    assert!(desk.may(false, 5).is_err_and(|why| why.contains("jo denies it: users are waiting")));
    assert!(desk.may(true, 5).is_err(), "not even by breaking the glass");
    desk.plan.parameters.insert("share".into(), "0".into());
    desk.hash = desk.plan.hash().expect("a hash");
    assert!(desk.may(false, 6).is_err_and(|why| why.contains("--request")), "another plan has nothing yet");
    desk.say("mira", Decision::Request, "", 7);
    desk.say("ana", Decision::Approve, "sre", 8);
    assert_eq!(desk.may(false, 9), Ok(()));
}

#[test]
fn breaking_the_glass_takes_one_signature_and_names_who_was_skipped() {
    let mut desk = Desk::asked(risky(2));
    assert!(desk.may(true, 1).is_err_and(|why| why.contains("one signature, a reason and an incident")));
    desk.say("mira", Decision::BreakGlass, "sre", 2);
    assert_eq!(desk.may(true, 3), Ok(()));
    assert!(desk.may(false, 3).is_err(), "only who says so breaks it");
    assert!(desk.may(true, 400).is_err(), "it runs out too");
    assert_eq!(skipped(desk.plan.needs.as_ref(), &roles(), "mira@laptop"), ["ana", "jo"]);
}

#[test]
fn what_nobody_signed_or_asked_for_counts_for_nothing() {
    let mut desk = Desk::asked(risky(1));
    let again = desk.approvals.clone();
    desk.say("jo", Decision::Approve, "sre", 1);
    // The same statement once more.
    let seq = desk.seq;
    desk.seq -= 1;
    desk.approvals = again;
    assert_eq!(desk.say("jo", Decision::Approve, "sre", 1), Applied::Counted);
    desk.seq = seq - 1;
    assert_eq!(desk.say("jo", Decision::Approve, "sre", 1), Applied::Other, "an event that comes again");
    let late = desk.say("ana", Decision::Approve, "sre", 1900);
    assert_eq!(late, Applied::Ignored("the request had run out".into()));
    let mut other = Desk::asked(risky(1));
    other.plan.budget = Span::from_secs(1);
    other.hash = other.plan.hash().expect("a hash");
    assert_eq!(other.say("jo", Decision::Approve, "sre", 1), Applied::Ignored("nobody asked for it".into()));
    // A request that carries another plan than it names.
    let mut wrong = request(&risky(1), (Actor { key: UNSIGNED.into(), ..Actor::default() }, None), at(60)).expect("it");
    wrong.target = Hash::of(b"another").to_string();
    let event = other.event(wrong, 2);
    assert!(matches!(other.approvals.apply(&event, None), Applied::Ignored(_)));
}

#[test]
fn without_a_signed_request_the_same_login_does_not_approve() {
    let plan = risky(1);
    let hash = plan.hash().expect("a hash");
    let mut desk = Desk { plan, hash, approvals: Approvals::default(), seq: 0 };
    let actor = Actor { key: UNSIGNED.into(), user: "ops".into(), ..Actor::default() };
    let asked = request(&desk.plan, (actor, None), at(600)).expect("an entry");
    let event = desk.event(asked, 0);
    assert_eq!(desk.approvals.apply(&event, None), Applied::Counted);
    desk.say("jo", Decision::Approve, "sre", 1);
    assert!(desk.may(false, 2).is_err());
}

#[test]
fn a_risky_plan_that_names_nobody_is_not_run_and_a_rehearsal_needs_nobody() {
    let mut desk = Desk::asked(risky(1));
    desk.plan.mode = crate::domain::plan::Mode::Rehearsal;
    assert_eq!(desk.may(false, 1), Ok(()));
    let mut bare = risky(1);
    bare.needs = None;
    assert!(Desk::asked(bare).may(false, 1).is_err_and(|why| why.contains("second person")));
    assert_eq!(Desk::asked(plan()).may(false, 1), Ok(()), "R3 without approvals");
}

#[test]
fn a_code_can_be_said_and_is_that_of_the_published_scheme() {
    let mut bytes = [0; 32];
    // 127.0.0.1 is lusab-babad in the paper.
    bytes[..4].copy_from_slice(&[127, 0, 0, 1]);
    assert_eq!(code(Hash::from_bytes(bytes)), "lusab-babad");
}

#[test]
fn a_request_is_found_by_its_word_and_by_its_hash() {
    let desk = Desk::asked(risky(1));
    let digits = desk.hash.to_string();
    for name in [code(desk.hash), code(desk.hash).to_uppercase(), digits[..4].to_owned(), digits.clone()] {
        assert!(desk.approvals.named(&name).is_some(), "{name}");
    }
    assert!(desk.approvals.named(&digits[..3]).is_none(), "too short to mean one");
    assert_eq!(desk.approvals.open(at(1)).len(), 1);
    assert!(desk.approvals.open(at(3600)).is_empty());
}
