//! What holds a release beside its checklist, and is let pass or approved from the console.

use std::collections::BTreeSet;

use super::{
    acts::{confirm, dialog, identified, of_version, recorded, told},
    *,
};
use crate::{
    app::{
        act::Phase as Dialogs,
        ledger::{Ledger, State},
        policies::Asked,
        write_mode::WriteMode,
    },
    domain::{
        calendar::{Entry, Kind, Scope, Times},
        catalog::ChangeClass,
        ledger::hash::Hash,
        policy::{Decision, Objection, Severity},
        readiness::{act::Act, statement::About},
        release::Phase,
        risk::routing::{Rule, When},
    },
};

/// A freeze that is on from an hour ago, for so many hours; `lead` may let a release pass.
fn freeze(hours: i64, overrides: &[&str]) -> Entry {
    let time = |hours: i64| at(hours * 3_600).naive_utc();
    let times = Times {
        title: None,
        zone: chrono_tz::UTC,
        from: time(-1),
        until: time(hours),
        repeat: None,
        except: Vec::new(),
    };
    Entry {
        title: "Year end".to_owned(),
        kind: Kind::Freeze,
        owner: None,
        scope: Scope::default(),
        overrides: overrides.iter().map(|&role| role.to_owned()).collect(),
        times: vec![times],
    }
}

/// A console in WRITE mode whose catalog has the release `cart`, its checklist, and what `change` makes of it.
fn room(change: impl FnOnce(&mut Catalog)) -> Model {
    let mut model = console();
    let mut catalog = of_version("1.0", "one").as_ref().clone();
    change(&mut catalog);
    update(&mut model, at(0), Msg::Catalog(Arc::new(catalog)));
    // Nothing reports the release here: it has not begun.
    model.picture.releases.iter_mut().for_each(|release| release.phase = Phase::Planned);
    judge(&mut model);
    model.write = Some(WriteMode::new("INC 42".into(), "prod".into(), at(0)));
    model
}

/// Judges anew without a look at the room, in which nothing reports the release.
fn judge(model: &mut Model) {
    let ledger = Ledger { state: State::Following, read_at: Some(at(0)), ..Ledger::default() };
    let now = model.now;
    update(model, now, Msg::Ledger(Box::new(ledger)));
}

/// The chord, and the wait until the dialog takes keys.
fn chord(model: &mut Model, key: char) {
    one(model, Key::ctrl('x'));
    press(model, &key.to_string());
    let armed = model.now + Span::from_secs(1).delta();
    let (columns, rows) = model.ui.size;
    update(model, armed, Msg::Resize(columns, rows));
    if matches!(model.ui.overlay, Some(Overlay::Act(_))) {
        identified(model);
    }
}

/// Fills in a waiver from its options on.
fn fill_in(model: &mut Model, phrase: &str) {
    for text in ["customers cannot pay", "1h", phrase] {
        hit(model, KeyCode::Tab);
        press(model, text);
    }
}

fn waived(effects: &[Effect]) -> (String, String, String) {
    let mut found = None;
    recorded(effects, |act: Act<'_>| {
        let statement = act.statement().expect("signed");
        let About::Waiver { item, granted: true, role, .. } = statement.about else { panic!("{act:?}") };
        found = Some((statement.release.to_owned(), item.to_owned(), role.to_owned()));
    });
    found.expect("recorded")
}

#[test]
fn a_freeze_is_let_pass_from_the_calendar_in_a_role_that_may_and_with_all_that_a_waiver_needs() {
    let mut model = room(|catalog| drop(catalog.calendar.insert("year-end".into(), freeze(24, &["lead"]))));
    press(&mut model, "d");
    model.write = None;
    chord(&mut model, 'w');
    assert_eq!(told(&model), "this needs WRITE mode: Ctrl-X e takes it");
    model.write = Some(WriteMode::new("INC 42".into(), "prod".into(), model.now));
    chord(&mut model, 'w');
    assert_eq!(dialog(&model).release, "cart");
    assert_eq!(dialog(&model).roles, ["lead"], "mira is sre too, and that may not");
    assert_eq!(confirm(&mut model), []);
    assert_eq!(dialog(&model).problem.as_deref(), Some("type the reason"));
    fill_in(&mut model, "waive calendar/year-end prod");
    let effects = confirm(&mut model);
    assert_eq!(waived(&effects), ("cart".into(), "calendar/year-end".into(), "lead".into()));
}

#[test]
fn where_a_freeze_holds_several_releases_one_is_chosen_and_the_dialog_is_bound_to_that_one() {
    let mut model = room(|catalog| {
        let checkout = ReleaseFile { owner: Some("jo".into()), ..catalog.releases["cart"].clone() };
        catalog.releases.insert("checkout".into(), checkout);
        catalog.calendar.insert("year-end".into(), freeze(24, &["lead"]));
    });
    press(&mut model, "d");
    chord(&mut model, 'w');
    let first = dialog(&model).clone();
    assert_eq!((first.release.as_str(), first.choices.len()), ("cart", 2));
    hit(&mut model, KeyCode::Right);
    assert_eq!(dialog(&model).release, "checkout");
    assert_ne!(dialog(&model).bound.subject, first.bound.subject, "what goes out is another");
    hit(&mut model, KeyCode::Tab);
    fill_in(&mut model, "waive calendar/year-end prod");
    assert_eq!(waived(&confirm(&mut model)).0, "checkout");
}

#[test]
fn a_freeze_that_nobody_may_override_or_that_holds_nothing_says_so() {
    let mut model = room(|catalog| drop(catalog.calendar.insert("year-end".into(), freeze(24, &[]))));
    press(&mut model, "d");
    chord(&mut model, 'w');
    assert_eq!(model.ui.overlay, None);
    assert!(told(&model).starts_with("nobody may let a release pass Year end"), "{}", told(&model));
    let mut model = room(|catalog| {
        let elsewhere = Scope { environments: ["stage".to_owned()].into(), ..Scope::default() };
        catalog.calendar.insert("year-end".into(), Entry { scope: elsewhere, ..freeze(24, &["lead"]) });
    });
    press(&mut model, "d");
    chord(&mut model, 'w');
    assert!(told(&model).starts_with("Year end holds no release now"), "{}", told(&model));
}

#[test]
fn the_dialog_is_void_when_the_freeze_is_over() {
    let mut model = room(|catalog| drop(catalog.calendar.insert("year-end".into(), freeze(24, &["lead"]))));
    press(&mut model, "d");
    chord(&mut model, 'w');
    Arc::make_mut(&mut model.room.catalog).calendar.clear();
    judge(&mut model);
    assert_eq!(dialog(&model).phase, Dialogs::Void("`calendar/year-end` is not in the way any more".into()));
}

#[test]
fn a_release_can_keep_its_class_and_pass_a_denial_from_its_own_screen_and_who_may_not_is_told_who_may() {
    let mut model = room(|catalog| {
        let normal = Some(ChangeClass::Normal);
        let rule = Rule { id: "risky".into(), when: When::default(), class: normal, sign: BTreeSet::new() };
        catalog.routing.rules.push(rule);
        catalog.routing.overrides.insert("lead".into());
        catalog.releases.get_mut("cart").expect("it").class = ChangeClass::Standard;
        catalog.policies.insert("size".into(), "package warroom".into());
    });
    decided(&mut model);
    press(&mut model, "gg");
    hit(&mut model, KeyCode::Enter);
    chord(&mut model, 'w');
    let named: Vec<&str> = dialog(&model).choices.iter().map(|(_, target)| target.name()).collect();
    assert_eq!(named, ["policy/size", "class/normal"], "heaviest first");
    assert!(dialog(&model).missing(&model).is_some_and(|why| {
        why == "mira has no role that may waive it, which takes director, by the catalog's roles.toml; ask somebody who has"
    }));
    hit(&mut model, KeyCode::Right);
    hit(&mut model, KeyCode::Tab);
    fill_in(&mut model, "waive class/normal prod");
    assert_eq!(waived(&confirm(&mut model)), ("cart".into(), "class/normal".into(), "lead".into()));
}

#[test]
fn an_approval_that_a_policy_asks_for_is_given_where_sign_offs_are_given() {
    let mut model = room(|catalog| {
        catalog.policies.insert("size".into(), "package warroom".into());
        catalog.releases.get_mut("cart").expect("it").owner = Some("jo".into());
    });
    decided(&mut model);
    press(&mut model, "gg");
    hit(&mut model, KeyCode::Enter);
    chord(&mut model, 'g');
    let named: Vec<&str> = dialog(&model).choices.iter().map(|(_, target)| target.name()).collect();
    assert_eq!(named, ["go", "policy/sre"]);
    hit(&mut model, KeyCode::Right);
    assert_eq!((dialog(&model).roles.as_slice(), dialog(&model).until.as_str()), (&["sre".to_owned()][..], "1d"));
    recorded(&confirm(&mut model), |act| {
        let about = act.statement().expect("signed").about;
        assert!(matches!(about, About::Signoff { signoff: "policy/sre", role: "sre", .. }), "{about:?}");
    });
}

/// Policies deny `cart`, which a director may let pass, and ask for an approval of sre.
fn decided(model: &mut Model) {
    let denial = Objection {
        id: "size".into(),
        message: "too large".into(),
        severity: Severity::High,
        overridable_by: vec!["director".into()],
        remediation: None,
    };
    let decision = Decision { deny: vec![denial], required_approvals: vec!["sre".into()], ..Decision::default() };
    let hashes = [("cart".to_owned(), Hash::of(b"question"))].into();
    let now = model.now;
    model.policies.asked = Some(Asked { number: 7, at: now, hashes });
    update(model, now, Msg::Decided { number: 7, decisions: vec![("cart".to_owned(), decision)] });
}
