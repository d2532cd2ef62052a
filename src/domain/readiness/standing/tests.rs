//! Small rooms, and how they stand.

use proptest::prelude::*;

use super::*;
use crate::domain::{
    catalog::{ReleaseFile, RiskKind},
    checklist::{self, Due, Item, Requirement, Signoff, check::Check, state::Finding},
    readiness::{
        act::Act,
        example::{RELEASE, Told, at, hash, statement, tick},
        statement::{About, Ticked},
    },
    release::Phase,
};

fn release(class: ChangeClass, phase: Phase) -> Release {
    Release {
        id: RELEASE.into(),
        name: RELEASE.into(),
        file: Some(ReleaseFile { owner: Some("jo".into()), class, ..ReleaseFile::default() }),
        environment: "prod".into(),
        production: true,
        class,
        components: Vec::new(),
        phase,
        level: Level::Wait,
        reasons: Vec::new(),
        started_at: None,
        finished_at: None,
        data_at: None,
    }
}

fn item(id: &str, due: Due, check: Check) -> Item {
    Item {
        id: id.into(),
        title: format!("Title of {id}"),
        owner: Some("sre".into()),
        mandatory: true,
        weight: 1,
        due,
        check,
        every: Span::from_mins(1),
        timeout: Span::from_secs(5),
    }
}

fn checklist() -> Checklist {
    let manual = |signed| Check::Manual { signed };
    let automatic = || Check::Artifact { same_as: "staging".into() };
    Checklist {
        name: "service".into(),
        title: None,
        groups: vec![
            checklist::Group {
                name: "Readiness".into(),
                items: vec![
                    item("comms", Due::Start, manual(false)),
                    item("backup", Due::Start, manual(true)),
                    Item { mandatory: false, ..item("party", Due::Start, manual(false)) },
                ],
            },
            checklist::Group {
                name: "Data".into(),
                items: vec![item("artifact", Due::Traffic(50), automatic()), item("after", Due::Done, manual(false))],
            },
        ],
        signoffs: vec![Signoff {
            id: "go".into(),
            title: "SRE on-call".into(),
            due: Due::Start,
            classes: vec![ChangeClass::Normal],
            by: Requirement::Role { role: "sre".into(), count: 2, not_author: true },
            expires: Span::from_hours(4),
        }],
        digest: hash("checklist"),
        commit: None,
    }
}

fn roles() -> Roles {
    let text = "[roles.sre]\nmembers = [\"mira\", \"lin\", \"jo\"]\nmay = [\"sign\", \"tick\", \"waive\", \"decide\"]";
    toml::from_str(text).expect("roles")
}

struct Room {
    told: Told,
    class: ChangeClass,
    phase: Phase,
    evidence: BTreeMap<String, Evidence>,
}

fn room() -> Room {
    Room { told: Told::default(), class: ChangeClass::Normal, phase: Phase::Readiness, evidence: BTreeMap::new() }
}

impl Room {
    fn stands(&self, minute: u64) -> Standing {
        self.stands_about("subject", minute)
    }

    fn stands_about(&self, subject: &str, minute: u64) -> Standing {
        let said = self.told.record.said(RELEASE).cloned().unwrap_or_default();
        let (release, checklist, roles) = (release(self.class, self.phase), checklist(), roles());
        let inputs = Inputs {
            release: &release,
            checklist: &checklist,
            roles: &roles,
            said: &said,
            evidence: &self.evidence,
            subject: hash(subject),
        };
        Standing::at(at(minute), &inputs)
    }

    fn sign_tick(&mut self, who: &str, state: Ticked, nonce: &str) {
        self.sign_tick_of("backup", who, state, nonce);
    }

    fn sign_tick_of(&mut self, item: &str, who: &str, state: Ticked, nonce: &str) {
        let about = About::Tick { item, state, checklist: hash("checklist") };
        let mut act = tick(item, state);
        if let Act::Tick { signed, .. } = &mut act {
            *signed = Some(statement(hash("subject"), who, nonce, at(0), about));
        }
        self.told.tell(&act);
    }
}

fn states(standing: &Standing) -> Vec<(&str, ItemState)> {
    standing.lines().map(|line| (line.id.as_str(), line.state)).collect()
}

fn blocks(standing: &Standing) -> Vec<&str> {
    standing.blocks.iter().map(|block| block.id.as_str()).collect()
}

#[test]
fn what_nobody_said_is_open_and_blocks_the_start() {
    let standing = room().stands(1);
    assert!(states(&standing).iter().all(|(_, state)| *state == ItemState::Open));
    assert_eq!(blocks(&standing), ["comms", "backup", "go"]);
    assert_eq!((standing.progress.passed, standing.progress.total, standing.progress.waiting), (0, 6, 6));
    assert_eq!((standing.level(), standing.progress.score()), (Level::Wait, Some(0)));
    assert!(standing.blocks[1].why.contains("somebody who may tick as sre"), "{}", standing.blocks[1].why);
    assert_eq!(standing.blocks[2].why, "it needs 2 of sre, not the owner");
}

#[test]
fn a_signed_item_stays_open_until_somebody_who_may_signs_it() {
    let mut room = room();
    let backup = |room: &Room| room.stands(9).lines().find(|line| line.id == "backup").cloned().expect("there");
    room.told.tell(&tick("backup", Ticked::Pass));
    assert_eq!(backup(&room).state, ItemState::Open);
    assert!(backup(&room).why.contains("does not count"), "{}", backup(&room).why);
    room.sign_tick("ana", Ticked::Pass, "a");
    assert_eq!(backup(&room).state, ItemState::Open);
    room.sign_tick("mira", Ticked::Pass, "b");
    assert_eq!((backup(&room).state, backup(&room).signed), (ItemState::Pass, true));
    room.told.tell(&tick("backup", Ticked::NotApplicable));
    assert_eq!(backup(&room).state, ItemState::Pass, "an unsigned tick does not replace a signed one");
    room.told.tell(&tick("backup", Ticked::Fail));
    assert_eq!(backup(&room).state, ItemState::Fail, "nobody needs a key to say that it does not hold");
}

#[test]
fn a_mandatory_item_is_put_aside_only_by_the_signature_of_its_owner() {
    let mut room = room();
    let line = |room: &Room, id: &str| room.stands(9).lines().find(|line| line.id == id).cloned().expect("there");
    room.told.tell(&tick("comms", Ticked::NotApplicable));
    let comms = line(&room, "comms");
    assert_eq!((comms.state, comms.by.as_deref()), (ItemState::Open, Some("lin")));
    assert!(
        comms.why.contains("does not count: that needs a signature of somebody who may tick as sre"),
        "{}",
        comms.why
    );
    assert!(blocks(&room.stands(9)).contains(&"comms"));
    room.sign_tick_of("comms", "ana", Ticked::NotApplicable, "a");
    assert_eq!(line(&room, "comms").state, ItemState::Open, "ana is not of the role");
    room.sign_tick_of("comms", "mira", Ticked::NotApplicable, "b");
    assert_eq!(line(&room, "comms").state, ItemState::NotApplicable);
    room.told.tell(&tick("party", Ticked::NotApplicable));
    assert_eq!(line(&room, "party").state, ItemState::NotApplicable, "nothing waits for an advisory item");
}

#[test]
fn anybody_may_tick_what_demands_no_signature_and_it_is_told_who_that_was() {
    let mut room = room();
    let comms = |room: &Room| room.stands(9).groups[0].lines[0].clone();
    room.told.tell(&tick("comms", Ticked::Pass));
    assert_eq!(comms(&room).state, ItemState::Pass);
    assert_eq!(comms(&room).why, "lin says that it holds (unsigned): looked");
    room.sign_tick_of("comms", "ana", Ticked::Pass, "a");
    assert_eq!(comms(&room).why, "ana says that it holds (signed, not as sre): looked");
    room.sign_tick_of("comms", "mira", Ticked::Pass, "b");
    assert_eq!(comms(&room).why, "mira says that it holds: looked");
}

#[test]
fn ticks_for_something_else_must_be_given_again() {
    let mut room = room();
    room.told.tell(&tick("comms", Ticked::Pass));
    assert_eq!(states(&room.stands(5))[0].1, ItemState::Pass);
    let changed = room.stands_about("changed", 5);
    assert_eq!(states(&changed)[0].1, ItemState::Outdated);
    assert!(changed.blocks[0].why.starts_with("tick it again: the release changed"), "{}", changed.blocks[0].why);
    assert_eq!(changed.progress.outdated, 1);
}

#[test]
fn evidence_counts_while_it_is_fresh_and_a_tick_cannot_stand_for_it() {
    let mut room = room();
    room.phase = Phase::RollingOut;
    room.told.tell(&tick("artifact", Ticked::Pass));
    let state = |room: &Room, minute| states(&room.stands(minute))[3].1;
    assert_eq!(state(&room, 1), ItemState::Open);
    let evidence = Evidence {
        at: at(1),
        finding: Finding::Pass,
        words: "same".into(),
        by: "eu".into(),
        took: Span::ZERO,
        subject: None,
    };
    room.evidence.insert("artifact".into(), evidence.clone());
    room.evidence.insert("comms".into(), evidence);
    assert_eq!(state(&room, 2), ItemState::Pass);
    assert_eq!(state(&room, 20), ItemState::Stale);
    let about = |subject: &[u8], room: &mut Room| {
        room.evidence.get_mut("artifact").expect("evidence").subject = Some(Hash::of(subject));
    };
    about(b"another", &mut room);
    assert_eq!(state(&room, 2), ItemState::Outdated, "what was seen of another artifact is no evidence for this one");
    about(b"subject", &mut room);
    assert_eq!(state(&room, 2), ItemState::Pass);
    let standing = room.stands(20);
    assert_eq!(states(&standing)[0].1, ItemState::Open, "evidence cannot stand for a tick");
    assert_eq!(standing.next, Next::Traffic(100));
    assert_eq!(blocks(&standing), ["comms", "backup", "artifact", "go"]);
    assert_eq!((standing.level(), standing.progress.unknown), (Level::Unknown, 1));
}

#[test]
fn a_waived_item_blocks_nothing_and_is_loud_until_it_lapses() {
    let mut room = room();
    let waiver =
        About::Waiver { item: "comms", granted: true, role: "sre", reason: "no news today", expires: Some(at(60)) };
    room.told.sign("mira", waiver);
    let standing = room.stands(30);
    let line = &standing.groups[0].lines[0];
    assert_eq!((line.state, line.beneath), (ItemState::Waived, ItemState::Open));
    assert!(line.why.contains("waived by mira for 30m00s: no news today"), "{}", line.why);
    assert_eq!(blocks(&standing), ["backup", "go"]);
    assert_eq!((standing.waivers.len(), standing.progress.waived, standing.progress.score()), (1, 1, Some(0)));
    let later = room.stands(60);
    assert_eq!(blocks(&later), ["comms", "backup", "go"]);
    assert!(later.blocks[0].why.contains("its waiver has lapsed") && later.waivers.is_empty());
}

#[test]
fn a_release_that_has_all_waits_for_nothing() {
    let mut room = room();
    room.told.tell(&tick("comms", Ticked::Pass));
    room.sign_tick("mira", Ticked::Pass, "a");
    room.told.vote("mira", "sre", Vote::Approve);
    room.told.vote("lin", "sre", Vote::Approve);
    assert_eq!(blocks(&room.stands(30)), [""; 0]);
    let no_go = About::Decision { decision: Decision::NoGo, reason: "burn is high", computed: None };
    room.told.sign("ana", no_go);
    assert_eq!(blocks(&room.stands(30)), [""; 0], "who may not decide does not");
    room.told.sign("mira", no_go);
    assert_eq!(blocks(&room.stands(30)), ["decision"]);
    room.told.sign("lin", About::Decision { decision: Decision::Go, reason: "burn is low again", computed: None });
    assert_eq!(blocks(&room.stands(30)), [""; 0]);
    room.told.vote("lin", "sre", Vote::Withdraw);
    assert_eq!(room.stands(30).blocks[0].why, "it needs 1 of sre, not the owner");
}

#[test]
fn a_hold_stands_until_somebody_who_saw_it_decides_anew() {
    let decide = |decision| About::Decision { decision, reason: "burn", computed: None };
    let mut room = room();
    room.told.sign("mira", decide(Decision::Hold));
    let late = statement(hash("subject"), "lin", "late", at(0), decide(Decision::Go));
    room.told.tell(&Act::Signed(late));
    let decision = |room: &Room| room.stands(9).decision.expect("decided");
    assert_eq!(decision(&room).decision, Decision::Hold, "lin signed before mira held");
    assert!(blocks(&room.stands(9)).contains(&"decision"));
    let changed = room.stands_about("another checklist", 9);
    assert!(blocks(&changed).contains(&"decision"), "a hold is no matter of what goes out");
    assert!(!changed.decision.expect("decided").outdated);
    room.told.sign("lin", decide(Decision::Go));
    assert_eq!(decision(&room).decision, Decision::Go);
    assert_eq!(decision(&room).over, [("mira".to_owned(), Decision::Hold)], "and it is told over whom");
    assert!(room.stands_about("another checklist", 9).decision.expect("decided").outdated);
    room.told.sign("mira", decide(Decision::NoGo));
    assert_eq!(decision(&room).decision, Decision::NoGo);
    room.told.sign("mira", decide(Decision::Go));
    assert_eq!((decision(&room).decision, decision(&room).over), (Decision::Go, Vec::new()), "taken back");
}

#[test]
fn what_was_signed_is_replaced_by_nothing_unsigned_but_a_warning() {
    let mut room = room();
    let comms = |room: &Room| room.stands(9).groups[0].lines[0].clone();
    room.sign_tick_of("comms", "mira", Ticked::Fail, "a");
    room.told.tell(&tick("comms", Ticked::Pass));
    assert_eq!((comms(&room).state, comms(&room).by.as_deref()), (ItemState::Fail, Some("mira")));
    room.told.tell(&Act::Untick { item: "comms", note: None });
    assert_eq!(comms(&room).state, ItemState::Fail);
    let mut again = room;
    again.told.tell(&tick("comms", Ticked::Fail));
    assert_eq!(comms(&again).by.as_deref(), Some("lin"));
}

#[test]
fn a_risk_that_nobody_accepts_any_more_is_told() {
    let mut release = release(ChangeClass::Normal, Phase::Done);
    let risk = Risk {
        title: "slow refunds".into(),
        kind: RiskKind::KnownIssue,
        owner: "ana".into(),
        expires: at(60),
        link: None,
    };
    release.file.as_mut().expect("declared").risks.push(risk);
    let (checklist, roles, said, evidence) = (
        Checklist { groups: Vec::new(), signoffs: Vec::new(), ..checklist() },
        roles(),
        Said::default(),
        BTreeMap::new(),
    );
    let subject = hash("subject");
    let inputs =
        Inputs { release: &release, checklist: &checklist, roles: &roles, said: &said, evidence: &evidence, subject };
    assert_eq!(Standing::at(at(50), &inputs).risks[0].1, Some(Span::from_mins(10)));
    assert_eq!(Standing::at(at(60), &inputs).risks[0].1, None);
}

proptest! {
    /// What was said only ever wears off: without a new event nothing becomes ready that was not.
    #[test]
    fn time_alone_makes_nothing_ready(
        votes in proptest::collection::vec((0_usize..3, 0_usize..3), 0..5),
        waivers in proptest::collection::vec((0_usize..3, any::<bool>(), 0_u64..90), 0..4),
        minutes in (20_u64..300, 0_u64..300),
    ) {
        const NAMES: [&str; 3] = ["mira", "lin", "ana"];
        let mut room = room();
        room.sign_tick("mira", Ticked::Pass, "tick");
        for (who, vote) in votes {
            room.told.vote(NAMES[who], "sre", [Vote::Approve, Vote::Deny, Vote::Withdraw][vote]);
        }
        for (who, granted, until) in waivers {
            let expires = Some(at(until));
            let about = About::Waiver { item: "comms", granted, role: "sre", reason: "why", expires };
            room.told.sign(NAMES[who], about);
        }
        let (before, after) = (room.stands(minutes.0), room.stands(minutes.0 + minutes.1));
        for block in &before.blocks {
            prop_assert!(blocks(&after).contains(&block.id.as_str()), "{} is ready later", block.id);
        }
    }
}

#[test]
fn an_emergency_goes_on_one_signature_and_owes_a_review() {
    let mut room = room();
    room.class = ChangeClass::Emergency;
    assert_eq!(blocks(&room.stands(1)), ["comms", "backup", signoff::EMERGENCY]);
    assert_eq!(room.stands(1).debt, None);
    let approve = About::Signoff {
        signoff: signoff::EMERGENCY,
        vote: Vote::Approve,
        role: "sre",
        checklist: hash("checklist"),
        expires: Some(at(240)),
        reason: None,
    };
    room.told.sign("mira", approve);
    let standing = room.stands(20);
    assert_eq!(blocks(&standing), ["comms", "backup"]);
    assert_eq!(standing.debt.map(|debt| debt.age), Some(Span::from_mins(19)));
    room.phase = Phase::Done;
    assert!(room.stands(10_000).debt.is_some(), "it does not lapse");
    room.told.tell(&Act::CloseReview { note: "root cause found" });
    assert_eq!(room.stands(10_000).debt, None);
    room.told.sign("lin", approve);
    assert!(room.stands(10_000).debt.is_some(), "another signature needs another review");
}
