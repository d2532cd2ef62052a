//! Dialogs in which something is recorded: what confirms them, what voids them, what they swallow.

use super::*;
use crate::{
    app::{
        act::{Dialog, Phase, Placed, Signer},
        ledger::{Ledger, State},
    },
    domain::{
        catalog::ChangeClass,
        checklist::{
            Checklist, Due, Group, Item, Requirement, Signoff,
            check::Check,
            state::{Evidence, Finding, ItemState},
        },
        ledger::hash::Hash,
        readiness::{
            act::Act,
            statement::{About, Ticked, Vote},
        },
    },
};

fn item(id: &str, check: Check) -> Item {
    Item {
        id: id.into(),
        title: format!("Title of {id}"),
        owner: Some("sre".into()),
        mandatory: true,
        weight: 1,
        due: Due::Start,
        check,
        every: Span::from_mins(1),
        timeout: Span::from_secs(5),
    }
}

fn checklist(digest: &str) -> Checklist {
    Checklist {
        name: "shop".into(),
        title: None,
        groups: vec![Group {
            name: "Readiness".into(),
            items: vec![
                item("comms", Check::Manual { signed: false }),
                item("backup", Check::Manual { signed: true }),
                item("artifact", Check::Artifact { same_as: "stage".into() }),
            ],
        }],
        signoffs: vec![Signoff {
            id: "go".into(),
            title: "SRE".into(),
            due: Due::Start,
            classes: vec![ChangeClass::Normal],
            by: Requirement::Role { role: "sre".into(), count: 1, not_author: false },
            expires: Span::from_hours(4),
        }],
        digest: Hash::of(digest.as_bytes()),
        commit: None,
    }
}

pub(super) fn of_version(version: &str, digest: &str) -> Arc<Catalog> {
    let file = ReleaseFile {
        environment: "prod".to_owned(),
        checklist: Some("shop".to_owned()),
        class: ChangeClass::Normal,
        components: vec![ComponentFile {
            service: "cart".into(),
            version: version.to_owned(),
            ..ComponentFile::default()
        }],
        ..ReleaseFile::default()
    };
    let roles = "[roles.lead]\nmembers = [\"mira\"]\nmay = [\"waive\", \"decide\"]\n[roles.sre]\nmembers = [\"mira\"]\nmay = [\"sign\", \"tick\", \"waive\"]";
    Arc::new(Catalog {
        releases: BTreeMap::from([("cart".to_owned(), file)]),
        checklists: BTreeMap::from([("shop".to_owned(), checklist(digest))]),
        roles: toml::from_str(roles).expect("roles"),
        ..Catalog::default()
    })
}

/// A console on the checklist of `cart`, with a ledger that is followed.
pub(super) fn checking() -> Model {
    let mut model = console();
    update(&mut model, at(0), Msg::Catalog(of_version("1.0", "one")));
    let ledger = Ledger { state: State::Following, read_at: Some(at(0)), ..Ledger::default() };
    update(&mut model, at(0), Msg::Ledger(Box::new(ledger)));
    press(&mut model, "c");
    model
}

pub(super) fn dialog(model: &Model) -> &Dialog {
    match &model.ui.overlay {
        Some(Overlay::Act(dialog)) => dialog,
        other => panic!("{other:?}, told {:?}", model.ui.notice),
    }
}

/// A chord at a line, and the wait until the dialog takes keys.
fn open(model: &mut Model, line: usize, key: char) -> Vec<Effect> {
    press(model, "g");
    press(model, &"j".repeat(line));
    one(model, Key::ctrl('x'));
    let effects = press(model, &key.to_string());
    let armed = model.now + Span::from_secs(1).delta();
    update(model, armed, Msg::Tick);
    effects
}

pub(super) fn confirm(model: &mut Model) -> Vec<Effect> {
    one(model, Key::ctrl('x'));
    hit(model, KeyCode::Enter)
}

pub(super) fn identified(model: &mut Model) {
    let signer = Signer { principal: "mira".into(), key: "SHA256:abc".into() };
    let (now, act) = (model.now, dialog(model).act);
    update(model, now, Msg::Identified { act, outcome: Ok(signer) });
}

/// The one act that is to be recorded.
pub(super) fn recorded(effects: &[Effect], look: impl FnOnce(Act<'_>)) {
    match effects {
        [Effect::Record(authorised)] => look(authorised.proposal().act()),
        other => panic!("{other:?}"),
    }
}

pub(super) fn told(model: &Model) -> &str {
    model.ui.notice.as_ref().map_or("", |notice| notice.text.as_str())
}

/// A model in WRITE mode.
pub(super) fn writing() -> Model {
    let mut model = checking();
    model.write = Some(crate::app::write_mode::WriteMode::new("INC 42".into(), "prod".into(), at(0)));
    model
}

#[test]
fn a_tick_is_recorded_after_the_chord_and_not_by_enter_alone() {
    let mut model = checking();
    open(&mut model, 0, 't');
    assert_eq!(hit(&mut model, KeyCode::Enter), []);
    assert_eq!(hit(&mut model, KeyCode::Enter), []);
    one(&mut model, Key::ctrl('x'));
    assert_eq!(press(&mut model, "t"), [], "nor by the key that opened it");
    recorded(&confirm(&mut model), |act| {
        assert!(matches!(act, Act::Tick { item: "comms", state: Ticked::Pass, signed: None, .. }), "{act:?}");
    });
    assert!(matches!(dialog(&model).phase, Phase::Recording(_)));
    assert_eq!(confirm(&mut model), [], "once");
    let (now, act) = (model.now, dialog(&model).act);
    let placed = Placed { seq: 7, who: "mira".into(), signed: false };
    update(&mut model, now, Msg::Recorded { act, outcome: Ok(placed) });
    assert_eq!((&model.ui.overlay, told(&model)), (&None, "recorded as event 7 by mira, unsigned"));
}

#[test]
fn a_dialog_takes_no_key_before_it_is_armed_and_swallows_all_that_mean_something_elsewhere() {
    let mut model = checking();
    one(&mut model, Key::ctrl('x'));
    press(&mut model, "n");
    assert_eq!(press(&mut model, "typed ahead"), []);
    assert_eq!(dialog(&model).words, "");
    let armed = at(1);
    update(&mut model, armed, Msg::Tick);
    assert_eq!(press(&mut model, "q:R"), []);
    assert_eq!(dialog(&model).words, "q:R", "it is text");
    assert_eq!(hit(&mut model, KeyCode::Esc), []);
    assert_eq!(model.ui.overlay, None);
    assert_eq!(model.ui.screen, Screen::Checklist("cart".into()), "Esc left the dialog and nothing else");
}

#[test]
fn an_item_that_demands_a_signature_names_the_signer_first() {
    let mut model = checking();
    assert!(matches!(open(&mut model, 1, 't').as_slice(), [Effect::Identify { .. }]));
    assert_eq!(confirm(&mut model), []);
    assert!(dialog(&model).problem.as_deref().is_some_and(|why| why.contains("being asked")), "{:?}", dialog(&model));
    identified(&mut model);
    recorded(&confirm(&mut model), |act| {
        let signed = act.statement().expect("signed").about;
        assert!(matches!(signed, About::Tick { item: "backup", state: Ticked::Pass, .. }), "{signed:?}");
    });
}

#[test]
fn without_a_key_what_must_be_signed_says_why_and_what_fails_can_still_be_said() {
    let mut model = checking();
    open(&mut model, 1, 't');
    let (now, act) = (model.now, dialog(&model).act);
    update(&mut model, now, Msg::Identified { act, outcome: Err("SSH_AUTH_SOCK is not set".into()) });
    assert_eq!(confirm(&mut model), []);
    assert_eq!(dialog(&model).problem.as_deref(), Some("SSH_AUTH_SOCK is not set"));
    hit(&mut model, KeyCode::Right);
    recorded(&confirm(&mut model), |act| {
        assert!(matches!(act, Act::Tick { state: Ticked::Fail, signed: None, .. }), "{act:?}");
    });
}

#[test]
fn a_mandatory_item_is_not_put_aside_without_a_signature() {
    let mut model = checking();
    open(&mut model, 0, 't');
    hit(&mut model, KeyCode::Right);
    hit(&mut model, KeyCode::Right);
    assert_eq!(confirm(&mut model), []);
    identified(&mut model);
    recorded(&confirm(&mut model), |act| {
        assert!(matches!(act, Act::Tick { state: Ticked::NotApplicable, signed: Some(_), .. }), "{act:?}");
    });
}

#[test]
fn a_sign_off_is_given_in_a_role_that_is_asked_for_and_a_denial_needs_a_reason() {
    let mut model = checking();
    open(&mut model, 3, 'g');
    identified(&mut model);
    assert_eq!(dialog(&model).roles, ["sre"], "the lead may not sign");
    let now = model.now;
    recorded(&confirm(&mut model.clone()), |act| {
        let About::Signoff { signoff, vote, role, expires, .. } = act.statement().expect("signed").about else {
            panic!("{act:?}")
        };
        assert_eq!((signoff, vote, role), ("go", Vote::Approve, "sre"));
        assert_eq!(expires, Some(now + Span::from_hours(4).delta()), "as long as the checklist says");
    });
    hit(&mut model, KeyCode::Right);
    assert_eq!(confirm(&mut model), []);
    assert_eq!(dialog(&model).problem.as_deref(), Some("type the reason"));
    hit(&mut model, KeyCode::Tab);
    press(&mut model, "the canary burns");
    recorded(&confirm(&mut model), |act| {
        let about = act.statement().expect("signed").about;
        assert!(
            matches!(about, About::Signoff { vote: Vote::Deny, reason: Some("the canary burns"), .. }),
            "{about:?}"
        );
    });
}

#[test]
fn a_waiver_needs_write_mode_a_reason_an_end_and_the_typed_phrase() {
    let mut model = checking();
    open(&mut model, 2, 'w');
    assert_eq!(model.ui.overlay, None);
    assert_eq!(told(&model), "this needs WRITE mode: Ctrl-X e takes it");
    let mut model = writing();
    open(&mut model, 2, 'w');
    identified(&mut model);
    let problem = |model: &mut Model| {
        assert_eq!(confirm(model), []);
        dialog(model).problem.clone().expect("why not")
    };
    hit(&mut model, KeyCode::Tab);
    assert_eq!(problem(&mut model), "type the reason");
    hit(&mut model, KeyCode::Tab);
    press(&mut model, "staging is down");
    assert!(problem(&mut model).starts_with("say for how long"));
    hit(&mut model, KeyCode::Tab);
    press(&mut model, "31d");
    assert!(problem(&mut model).starts_with("say for how long"), "an exception is no state");
    one(&mut model, Key::ctrl('u'));
    press(&mut model, "8h");
    assert_eq!(problem(&mut model), "type exactly: waive artifact prod");
    hit(&mut model, KeyCode::Tab);
    let now = model.now;
    update(&mut model, now, Msg::Paste("waive artifact prod".into()));
    update(&mut model, now, Msg::Burst("waive artifact prod".chars().map(Key::char).collect()));
    assert_eq!(dialog(&model).phrase, "", "what confirms is typed");
    press(&mut model, "waive artifact prod");
    recorded(&confirm(&mut model), |act| {
        let about = act.statement().expect("signed").about;
        assert!(matches!(about, About::Waiver { item: "artifact", granted: true, role: "lead", .. }), "{about:?}");
    });
}

#[test]
fn a_dialog_is_void_when_what_it_shows_changed_and_says_what() {
    let void = |change: &dyn Fn(&mut Model)| {
        let mut model = writing();
        open(&mut model, 2, 'w');
        change(&mut model);
        let why = match &dialog(&model).phase {
            Phase::Void(why) => why.clone(),
            other => panic!("{other:?}"),
        };
        assert_eq!(confirm(&mut model), [], "and nothing of it is recorded");
        assert_eq!(press(&mut model, "q"), []);
        hit(&mut model, KeyCode::Esc);
        assert_eq!(model.ui.overlay, None);
        why
    };
    let told = |msg: Msg| void(&|model: &mut Model| drop(update(model, at(2), msg.clone())));
    assert_eq!(told(Msg::Catalog(of_version("1.0", "two"))), "the checklist changed");
    assert_eq!(told(Msg::Catalog(of_version("1.1", "one"))), "what goes out changed from cart 1.0 to cart 1.1");
    assert_eq!(told(Msg::Catalog(Arc::default())), "the release or its checklist is gone");
    let evidence = Evidence {
        at: at(2),
        finding: Finding::Pass,
        words: "equal".into(),
        by: "cluster".into(),
        took: Span::ZERO,
        subject: None,
    };
    let found = Msg::Evidence { release: "cart".into(), item: "artifact".into(), evidence };
    assert_eq!(told(found), "`Title of artifact` went from WAITING to OK");
    let away = State::Away { why: "the disk is gone".into(), since: at(2) };
    let ledger = Ledger { state: away, read_at: Some(at(0)), ..Ledger::default() };
    assert!(told(Msg::Ledger(Box::new(ledger))).contains("the disk is gone"));
    assert_eq!(void(&|model| drop(update(model, at(2), Msg::Resumed))), "WRITE mode is over");
    assert_eq!(void(&|model| drop(update(model, at(121), Msg::Tick))), "nobody touched this for two minutes");
}

#[test]
fn esc_gives_up_what_waits_for_the_agent_and_the_outcome_is_still_told() {
    let mut model = checking();
    open(&mut model, 3, 'g');
    identified(&mut model);
    confirm(&mut model);
    let act = dialog(&model).act;
    assert_eq!(hit(&mut model, KeyCode::Esc), [Effect::GiveUp(act)]);
    assert_eq!(model.ui.overlay, None);
    let now = model.now;
    update(&mut model, now, Msg::Recorded { act, outcome: Err("it was given up; nothing was recorded".into()) });
    assert_eq!(told(&model), "not recorded: it was given up; nothing was recorded");
}

#[test]
fn what_was_refused_stays_to_be_put_right() {
    let mut model = checking();
    open(&mut model, 0, 't');
    confirm(&mut model);
    let (now, act) = (model.now, dialog(&model).act);
    update(&mut model, now, Msg::Recorded { act, outcome: Err("the disk is full".into()) });
    assert_eq!(dialog(&model).problem.as_deref(), Some("the disk is full"));
    assert!(matches!(confirm(&mut model).as_slice(), [Effect::Record(_)]), "and can be tried again");
}

#[test]
fn nothing_is_said_where_it_cannot_be_recorded_or_would_be_about_something_else() {
    let refused = |change: &dyn Fn(&mut Model), line, key| {
        let mut model = checking();
        change(&mut model);
        open(&mut model, line, key);
        assert_eq!(model.ui.overlay, None);
        told(&model).to_owned()
    };
    let now = |_: &mut Model| ();
    assert!(refused(&now, 2, 't').starts_with("a check answers for artifact"));
    assert!(refused(&now, 3, 't').starts_with("choose the line of an item"));
    assert!(refused(&now, 0, 'v').starts_with("no review is owed"));
    assert!(refused(&|model| drop(press(model, "p")), 0, 't').starts_with("the screen is FROZEN"));
    assert!(refused(&|model| model.ledger.state = State::Off, 0, 't').contains("has no ledger"));
    assert!(refused(&|model| model.ledger.unwritable = Some("no right".into()), 0, 't').contains("no right"));
    assert!(refused(&|model| model.setup.read_only = Some("--read-only".into()), 0, 't').starts_with("READ-ONLY by"));
}

#[test]
fn a_rehearsal_is_told_from_the_record_of_runs_and_is_unknown_without_one() {
    let mut model = checking();
    let mut catalog = of_version("1.0", "one").as_ref().clone();
    let check = Check::Rehearsal { runbook: "back".into(), within: Span::from_days(30) };
    let list = catalog.checklists.get_mut("shop").expect("the checklist");
    list.groups[0].items.push(item("rehearsed", check));
    catalog.runbooks.insert("back".into(), crate::domain::runbook::example::example("back", Vec::new()));
    update(&mut model, at(1), Msg::Catalog(Arc::new(catalog)));
    let state = |model: &Model| {
        let standing = model.readiness.values().next().expect("a standing");
        standing.lines().find(|line| line.id == "rehearsed").expect("the item").state
    };
    assert_eq!(state(&model), ItemState::Fail, "the record has none");
    for gone in [State::Off, State::Empty] {
        let read_at = (gone == State::Empty).then(|| at(2));
        let ledger = Ledger { state: gone, read_at, ..Ledger::default() };
        update(&mut model, at(2), Msg::Ledger(Box::new(ledger)));
        assert_eq!(state(&model), ItemState::Unknown, "nobody knows");
        let told = crate::app::run::rehearsal(&model, &model.room.catalog.runbooks["back"]).1;
        assert!(told.starts_with("rehearsals not known"), "the list of runbooks knows no more: {told}");
    }
}
