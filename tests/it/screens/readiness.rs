//! The screens of what people said: the checklist, the ledger, and what is loud.

use std::{collections::BTreeMap, sync::Arc};

use insta::assert_snapshot;
use warroom::{
    app::{
        act::Kind,
        key::Key,
        ledger::{Ledger, Recorded, Stalled, State},
        model::{Model, Overlay, Pane, Screen},
        msg::Msg,
        update::update,
    },
    domain::{
        catalog::{Catalog, ChangeClass, ReleaseFile},
        checklist::{
            Checklist, Due, Group, Item, Requirement, Signoff,
            check::Check,
            state::{Evidence, Finding},
        },
        ledger::{
            event::{Actor, Event, Place, UNSIGNED},
            hash::Hash,
            proof::Proof,
            signature::Verified,
        },
        level::Level,
        readiness::{
            act::Act,
            record::Record,
            statement::{About, Decision, Statement, Ticked},
            subject::Subject,
        },
        time::Span,
    },
};

use super::{ascii_look, default_look, drawn, mono_look, styles, text};
use crate::sample::{self, dialogs::KINDS};

pub(crate) const RELEASE: &str = "checkout-1-42";

fn item(id: &str, title: &str, due: Due, check: Check) -> Item {
    Item {
        id: id.into(),
        title: title.into(),
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
    let same = || Check::Artifact { same_as: "staging".into() };
    let manual = || Check::Manual { signed: false };
    Checklist {
        name: "service".into(),
        title: None,
        groups: vec![
            Group {
                name: "Readiness".into(),
                items: vec![
                    item("flags", "feature flags staged", Due::Start, manual()),
                    item("comms", "comms drafted", Due::Start, manual()),
                    item("artifact", "artifact as in staging", Due::Start, same()),
                ],
            },
            Group {
                name: "Observability".into(),
                items: vec![
                    item("budget", "error budget over 50 %", Due::Traffic(50), same()),
                    item("journey", "synthetic journey", Due::Traffic(50), same()),
                ],
            },
        ],
        signoffs: vec![Signoff {
            id: "go".into(),
            title: "SRE on-call".into(),
            due: Due::Start,
            classes: vec![ChangeClass::Normal, ChangeClass::Standard, ChangeClass::Emergency],
            by: Requirement::Role { role: "sre".into(), count: 2, not_author: true },
            expires: Span::from_hours(4),
        }],
        digest: Hash::of(b"checklist"),
        commit: None,
    }
}

/// A catalog with a checklist, and one release that names it.
pub(crate) fn catalog() -> Catalog {
    let roles = "[roles.sre]\nmembers = [\"mira\", \"lin\"]\nmay = [\"sign\", \"tick\", \"waive\"]";
    let file = ReleaseFile { checklist: Some("service".into()), environment: "prod".into(), ..ReleaseFile::default() };
    Catalog {
        checklists: BTreeMap::from([("service".to_owned(), checklist())]),
        releases: BTreeMap::from([(RELEASE.to_owned(), file)]),
        roles: toml::from_str(roles).expect("roles"),
        ..Catalog::default()
    }
}

/// A room whose first release has a checklist; nothing was said about it yet.
fn room(screen: Screen) -> Model {
    let mut model = sample::model(screen, sample::live());
    model.room.catalog = Arc::new(catalog());
    let release = model.picture.releases.iter_mut().find(|release| release.id == RELEASE).expect("there");
    release.file.get_or_insert_with(ReleaseFile::default).checklist = Some("service".into());
    for (id, finding, words, age) in [
        ("artifact", Finding::Pass, "sha256:9c1f both", 31),
        ("budget", Finding::Fail, "41 % left (must be > 50)", 3),
        ("journey", Finding::Pass, "all steps pass", 600),
    ] {
        let evidence = Evidence {
            at: sample::ago(age),
            finding,
            words: words.into(),
            by: "prom".into(),
            took: Span::from_secs(1),
            subject: None,
        };
        let msg = Msg::Evidence { release: RELEASE.into(), item: id.into(), evidence };
        update(&mut model, sample::now(), msg);
    }
    model
}

/// The same after a tick, a waiver, and a line whose signature does not count.
pub(crate) fn said(screen: Screen) -> Model {
    let mut model = room(screen);
    let subject = {
        let release = model.picture.release(RELEASE).expect("there");
        Subject::of(release, checklist().digest).hash().expect("canonical")
    };
    let about = About::Waiver {
        item: "budget",
        granted: true,
        role: "sre",
        reason: "the burn was our own load test",
        expires: Some(sample::now() + Span::from_hours(3).delta()),
    };
    let at = sample::ago(120);
    let waiver = Statement { principal: "mira", release: RELEASE, subject, nonce: "n", at, about };
    let tick = Act::Tick {
        item: "flags",
        state: Ticked::Pass,
        checklist: "service",
        digest: checklist().digest,
        subject,
        note: Some("all three are off"),
        signed: None,
    };
    let (mut record, mut newest) = (Record::default(), Vec::new());
    for (seq, act, proof) in [
        (1, tick, Proof::Unsigned),
        (2, Act::Signed(waiver), Proof::Verified { principal: "mira".into() }),
        (3, Act::Note { item: None, note: "\u{1b}[31mall quiet" }, Proof::Bad { why: "the key is not known".into() }),
    ] {
        let statement = act.statement();
        let signed = statement.map(|statement| warroom::domain::ledger::event::Signed {
            namespace: statement.about.meaning().namespace().to_owned(),
            statement: statement.object(),
            signature: String::new(),
        });
        let key = if signed.is_some() { "SHA256:mira" } else { UNSIGNED };
        let actor = Actor { key: key.into(), user: "lin".into(), ..Actor::default() };
        let place = Place {
            seq,
            id: format!("{seq:026}"),
            ts: sample::ago(200 - seq),
            host: "bastion-2".into(),
            prev: Hash::NONE,
        };
        let event = Event::new(act.entry(actor, RELEASE, signed), place);
        let verified = statement.map(|_| Verified { principal: "mira".into(), fingerprint: key.into() });
        record.apply(&event, verified.as_ref());
        newest.insert(0, Arc::new(Recorded { event, proof }));
    }
    let ledger = Ledger {
        state: State::Following,
        record: Arc::new(record),
        runs: Arc::default(),
        approvals: Arc::default(),
        newest,
        events: 3,
        read_at: Some(sample::now()),
        damage: None,
        ..Ledger::default()
    };
    update(&mut model, sample::now(), Msg::Ledger(Box::new(ledger)));
    model
}

fn shown(model: &mut Model, size: (u16, u16)) -> String {
    model.ui.size = size;
    text(&drawn(model, &default_look(), size))
}

#[test]
fn the_checklist_and_the_ledger_at_every_size() {
    for (name, screen) in [("checklist", Screen::Checklist(RELEASE.into())), ("ledger", Screen::Ledger)] {
        for size in [(60, 16), (80, 24), (120, 40), (200, 60)] {
            assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), shown(&mut said(screen.clone()), size));
        }
    }
}

#[test]
fn pane_5_and_the_board_say_how_far_a_release_is() {
    let mut model = said(sample::checkout());
    model.ui.pane = Pane::Checks;
    assert_snapshot!("checks_80x24", shown(&mut model, (80, 24)));
    assert_snapshot!("checks_board_120x40", shown(&mut said(Screen::Board), (120, 40)));
}

#[test]
fn what_people_said_is_unknown_until_the_ledger_was_read() {
    let drawn = shown(&mut room(Screen::Checklist(RELEASE.into())), (120, 40));
    let line = drawn.lines().find(|line| line.contains("comms drafted")).expect("the item");
    assert!(line.contains('?') && line.contains("UNKNOWN") && !line.contains("WAITING"), "{drawn}");
    assert!(drawn.contains("what people said is not known"), "{drawn}");
    let board = shown(&mut room(Screen::Board), (200, 60));
    let line = board.lines().find(|line| line.contains("checkout 1.42.0") && line.contains("rolling out"));
    assert!(line.is_some_and(|line| line.contains("ROLL BACK, ") && line.contains("… ? ")), "{board}");
    let mut model = room(Screen::Ledger);
    let ledger = Ledger { state: State::Opening, events: 412_672, ..Ledger::default() };
    update(&mut model, sample::now(), Msg::Ledger(Box::new(ledger)));
    let drawn = shown(&mut model, (120, 40));
    assert!(drawn.contains("being read, 412672 events so far") && !drawn.contains("no event"), "{drawn}");
}

#[test]
fn a_waiver_and_a_ledger_that_is_away_are_loud_on_every_screen() {
    for screen in
        [Screen::Board, sample::checkout(), Screen::Sources, Screen::Ledger, Screen::Checklist(RELEASE.into())]
    {
        let mut model = said(screen.clone());
        for size in [(60, 16), (80, 24), (120, 40), (200, 60)] {
            let drawn = shown(&mut model, size);
            assert!(drawn.contains("WAIVED"), "{screen:?} {size:?}\n{drawn}");
        }
        let away = State::Away { why: "the disk is gone".into(), since: sample::ago(9) };
        let ledger = Ledger { state: away, ..model.ledger.clone() };
        update(&mut model, sample::now(), Msg::Ledger(Box::new(ledger)));
        let drawn = shown(&mut model, (120, 40));
        assert!(drawn.contains("the ledger cannot be read: the disk is gone"), "{screen:?}\n{drawn}");
    }
}

#[test]
fn a_hold_is_loud_on_every_screen_and_what_is_to_do_is_what_is_listed() {
    for decision in [Decision::Hold, Decision::NoGo] {
        let word = decision.word().to_uppercase();
        for screen in [Screen::Board, sample::checkout(), Screen::Checklist(RELEASE.into()), Screen::Sources] {
            let mut model = held(screen.clone(), decision);
            for size in [(60, 16), (80, 24), (120, 40), (200, 60)] {
                let drawn = shown(&mut model, size);
                assert!(drawn.contains(&format!("{word} checkout 1.42.0: ")), "{screen:?} {size:?}\n{drawn}");
            }
        }
        let mut model = held(Screen::Checklist(RELEASE.into()), decision);
        let drawn = shown(&mut model, (160, 40));
        let told = format!("{word} mira decided {}: the database is not ready", decision.word());
        assert!(drawn.contains(&told), "{drawn}");
        let standing = warroom::app::rows::standing(&model).expect("a checklist");
        let listed = warroom::app::rows::checks(&model);
        let open = standing.blocks.iter().filter(|block| listed.iter().any(|row| row.item.id() == block.id)).count();
        assert_eq!(open + 1, standing.blocks.len(), "only the decision is no line of the list");
        assert!(drawn.contains(&format!("{open} to do before")), "{drawn}");
        let mut model = held(sample::checkout(), decision);
        let drawn = shown(&mut model, (200, 60));
        assert!(drawn.lines().take(4).any(|line| line.contains(&format!("ROLL BACK, {word}"))), "the verdict\n{drawn}");
        assert!(drawn.matches(&format!("{word} mira decided")).count() == 1, "pane 5\n{drawn}");
        let mut model = held(Screen::Board, decision);
        assert!(shown(&mut model, (160, 40)).contains(&format!("ROLL BACK, {word}")), "the row of the board");
    }
}

/// The same as [`said`], and then Mira decided.
pub(crate) fn held(screen: Screen, decision: Decision) -> Model {
    let mut model = said(screen);
    let roles = "[roles.sre]\nmembers = [\"mira\", \"lin\"]\nmay = [\"sign\", \"tick\", \"waive\", \"decide\"]";
    model.room.catalog = Arc::new(Catalog { roles: toml::from_str(roles).expect("roles"), ..catalog() });
    let subject = Subject::of(model.picture.release(RELEASE).expect("there"), checklist().digest);
    let about = About::Decision { decision, reason: "the database is not ready", computed: None };
    let act = Act::Signed(Statement {
        principal: "mira",
        release: RELEASE,
        subject: subject.hash().expect("canonical"),
        nonce: "held",
        at: sample::ago(20),
        about,
    });
    let signed = act.statement().map(|statement| warroom::domain::ledger::event::Signed {
        namespace: statement.about.meaning().namespace().to_owned(),
        statement: statement.object(),
        signature: String::new(),
    });
    let actor = Actor { key: "SHA256:mira".into(), user: "lin".into(), ..Actor::default() };
    let place =
        Place { seq: 4, id: format!("{:026}", 4), ts: sample::ago(19), host: "bastion-2".into(), prev: Hash::NONE };
    let event = Event::new(act.entry(actor, RELEASE, signed), place);
    let mut ledger = model.ledger.clone();
    let verified = Verified { principal: "mira".into(), fingerprint: "SHA256:mira".into() };
    Arc::make_mut(&mut ledger.record).apply(&event, Some(&verified));
    ledger.events = 4;
    update(&mut model, sample::now(), Msg::Ledger(Box::new(ledger)));
    model
}

#[test]
fn text_of_a_note_never_reaches_the_terminal_raw() {
    let drawn = shown(&mut said(Screen::Ledger), (200, 60));
    assert!(drawn.contains("all quiet") && !drawn.contains('\u{1b}'), "{drawn}");
    let model = said(Screen::Ledger);
    let standing = model.readiness.get(RELEASE).expect("judged");
    assert_eq!(standing.level(), Level::Unknown);
}

fn with_dialog(kind: Kind) -> Model {
    let mut model = said(Screen::Checklist(RELEASE.into()));
    model.ui.overlay = Some(Overlay::Act(Box::new(sample::dialogs::dialog(kind, "comms drafted"))));
    model
}

#[test]
fn every_dialog_at_the_sizes_that_matter() {
    for kind in KINDS {
        let name = format!("{kind:?}").to_lowercase();
        for size in [(60, 24), (80, 24), (120, 40)] {
            assert_snapshot!(format!("dialog_{name}_{}x{}", size.0, size.1), shown(&mut with_dialog(kind), size));
        }
    }
    let mut model = with_dialog(Kind::Waive);
    model.ui.size = (80, 24);
    for (name, look) in [("dark", default_look()), ("mono", mono_look())] {
        assert_snapshot!(format!("dialog_waive_80x24_{name}"), styles(&drawn(&model, &look, (80, 24))));
    }
    let ascii = text(&drawn(&model, &ascii_look(), (80, 24)));
    assert!(ascii.is_ascii(), "{ascii}");
}

#[test]
fn a_dialog_shows_all_of_it_from_60_by_24_on_and_confirms_nothing_below() {
    for kind in KINDS {
        for size in [(60, 24), (80, 24), (200, 60)] {
            let drawn = shown(&mut with_dialog(kind), size);
            assert!(
                drawn.contains("bound to") || matches!(kind, Kind::Note | Kind::Review),
                "{kind:?} {size:?}\n{drawn}"
            );
            let last = ["Enter records it", "type the", "say for how long", "WRITE mode"];
            assert!(last.iter().any(|words| drawn.contains(words)), "{kind:?} {size:?}\n{drawn}");
            let fields = sample::dialogs::dialog(kind, "").fields().len();
            let labels = ["say  ", "in role  ", "reason  ", "note  ", "holds for ", "phrase  "];
            let seen = labels.iter().filter(|label| drawn.contains(*label)).count();
            assert!(seen >= fields, "{kind:?} {size:?}\n{drawn}");
        }
        let small = shown(&mut with_dialog(kind), (50, 14));
        assert!(small.contains("too small"), "{kind:?}\n{small}");
    }
}

#[test]
fn a_stalled_export_is_told_on_every_screen() {
    for screen in [Screen::Board, sample::checkout(), Screen::Ledger, Screen::Checklist(RELEASE.into())] {
        let mut model = said(screen.clone());
        let stalled =
            Stalled { export: "siem".into(), since: Some(sample::ago(240)), upto: 1, why: "connection refused".into() };
        let ledger = Ledger { stalled: vec![stalled], ..model.ledger.clone() };
        update(&mut model, sample::now(), Msg::Ledger(Box::new(ledger)));
        let drawn = shown(&mut model, (120, 40));
        assert!(drawn.contains("EXPORT siem STALLED for 4m00s, 2 events wait"), "{screen:?}\n{drawn}");
    }
}

#[test]
fn a_frozen_screen_keeps_what_people_said_and_nothing_can_be_recorded_from_it() {
    for screen in [Screen::Checklist(RELEASE.into()), Screen::Ledger] {
        let mut model = said(screen.clone());
        let press = |model: &mut Model, key| drop(update(model, sample::now(), Msg::Key(key)));
        press(&mut model, Key::char('p'));
        let before = shown(&mut model, (120, 40));
        assert!(before.contains("FROZEN"), "{before}");
        update(&mut model, sample::now(), Msg::Ledger(Box::default()));
        assert_eq!(shown(&mut model, (120, 40)), before, "{screen:?}");
        press(&mut model, Key::char('p'));
        assert_ne!(shown(&mut model, (120, 40)), before, "{screen:?}");
    }
    let mut model = said(Screen::Checklist(RELEASE.into()));
    for key in [Key::char('p'), Key::ctrl('x')] {
        update(&mut model, sample::now(), Msg::Key(key));
    }
    let menu = shown(&mut model, (120, 40));
    assert!(menu.contains("t n p g w d v the screen is FROZEN and shows what was: p goes on first"), "{menu}");
}
