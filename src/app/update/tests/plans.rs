//! What guards a run: the confirmation of a plan, and what a run is told.

use super::*;
use crate::{
    app::{
        ledger::{Ledger, State},
        model::Screen,
        run::{Confirmation, Phase},
        write_mode::WriteMode,
    },
    domain::{
        plan::{Mode as PlanMode, Plan},
        run::{Outcome, act::Act, example::Journal, example::plan as example_plan},
        runbook::{Runbook, example::example, risk::Risk},
    },
};

/// A plan for the release of these tests.
pub(super) fn plan() -> Plan {
    let mut plan = example_plan();
    plan.target.release = Some("checkout".into());
    plan.runbook.digest = runbook().digest;
    plan
}

fn runbook() -> Runbook {
    Runbook { services: vec!["checkout".into()], ..example("rollback-checkout", Vec::new()) }
}

pub(super) fn ledger(journal: &Journal) -> Ledger {
    Ledger { state: State::Following, runs: Arc::new(journal.runs.clone()), read_at: Some(at(0)), ..Ledger::default() }
}

/// A console at the release, with its runbook, in WRITE mode.
pub(super) fn ready(journal: &Journal) -> Model {
    let mut model = console();
    let mut catalog = Catalog::clone(&model.room.catalog);
    catalog.runbooks = BTreeMap::from([("rollback-checkout".to_owned(), runbook())]);
    update(&mut model, at(0), Msg::Catalog(Arc::new(catalog)));
    update(&mut model, at(0), Msg::Ledger(Box::new(ledger(journal))));
    update(&mut model, at(0), Msg::Resize(120, 40));
    run(&mut model, "release checkout");
    model.write = Some(WriteMode::new("INC-4821".into(), "prod".into(), model.now));
    model
}

fn opened(model: &mut Model) -> Vec<Effect> {
    one(model, Key::ctrl('x'));
    press(model, "r")
}

pub(super) fn later(model: &mut Model, millis: i64) -> Vec<Effect> {
    let now = model.now + chrono::TimeDelta::milliseconds(millis);
    update(model, now, Msg::Tick)
}

fn answer(model: &mut Model, plan: Plan) {
    let (now, act) = (model.now, model.ui.acts);
    update(model, now, Msg::Planned { act, outcome: Ok(Box::new(plan)), unknown: Vec::new() });
}

/// The same, with the plan on the screen and armed.
fn armed(journal: &Journal, plan: Plan) -> Model {
    let mut model = ready(journal);
    opened(&mut model);
    answer(&mut model, plan);
    later(&mut model, 900);
    model
}

/// Types as a person does, a key each 150 ms.
pub(super) fn typed(model: &mut Model, text: &str) {
    for c in text.chars() {
        later(model, 150);
        one(model, Key::char(c));
    }
    later(model, 150);
}

pub(super) fn confirmed(model: &mut Model) -> Vec<Effect> {
    one(model, Key::ctrl('x'));
    later(model, 100);
    hit(model, KeyCode::Enter)
}

fn dialog(model: &Model) -> &Confirmation {
    match &model.ui.overlay {
        Some(Overlay::Confirm(dialog)) => dialog,
        other => panic!("no confirmation: {other:?}"),
    }
}

fn void(model: &Model) -> &str {
    match &dialog(model).phase {
        Phase::Void(why) => why,
        other => panic!("not void: {other:?}"),
    }
}

fn starts(effects: &[Effect]) -> bool {
    effects.iter().any(|effect| matches!(effect, Effect::StartRun(_)))
}

const PHRASE: &str = "rollback checkout prod to 1.41.7";

#[test]
fn the_dialog_opens_at_once_and_asks_for_the_plan() {
    let mut model = ready(&Journal::default());
    let effects = opened(&mut model);
    assert!(matches!(effects.as_slice(), [Effect::Plan { act: 1, asked }] if asked.runbook == "rollback-checkout"));
    assert_eq!(dialog(&model).phase, Phase::Resolving);
    assert!(!starts(&confirmed(&mut model)), "there is nothing to confirm yet");
}

#[test]
fn a_plan_runs_when_its_phrase_was_typed_and_confirmed_by_the_prefix_and_enter() {
    let mut model = armed(&Journal::default(), plan());
    typed(&mut model, PHRASE);
    let effects = confirmed(&mut model);
    let [Effect::StartRun(run)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(run.plan(), &plan());
    assert_eq!(run.hash(), plan().hash().expect("a hash"));
    assert_eq!((run.reason(), run.take_over()), (Some("INC-4821"), None));
    let (now, act) = (model.now, model.ui.acts);
    update(&mut model, now, Msg::Started { act, outcome: Ok("run-7".into()) });
    assert_eq!((model.ui.overlay.is_none(), model.ui.screen.clone()), (true, Screen::Run("run-7".into())));
}

#[test]
fn nothing_short_of_all_that_is_asked_for_runs_anything() {
    for phrase in ["", "rollback checkout prod to 1.41.8", "rollback checkout prod", "Rollback checkout prod to 1.41.7"]
    {
        let mut model = armed(&Journal::default(), plan());
        typed(&mut model, phrase);
        assert!(!starts(&confirmed(&mut model)), "{phrase}");
        assert!(dialog(&model).problem.is_some());
    }
    let mut model = armed(&Journal::default(), plan());
    typed(&mut model, PHRASE);
    assert!(!starts(&hit(&mut model, KeyCode::Enter)), "Enter alone");
    assert!(!starts(&press(&mut model, "y")), "y");
    update(&mut model, at(2), Msg::Wheel { down: true });
    let mut model = armed(&Journal::default(), plan());
    model.write = None;
    later(&mut model, 100);
    typed(&mut model, PHRASE);
    assert_eq!(dialog(&model).phrase, "", "without WRITE mode no phrase is taken");
    assert!(!starts(&confirmed(&mut model)));
}

#[test]
fn keys_before_it_is_armed_count_for_nothing() {
    let mut model = ready(&Journal::default());
    opened(&mut model);
    answer(&mut model, plan());
    later(&mut model, 700);
    press(&mut model, "rollback");
    one(&mut model, Key::ctrl('x'));
    assert_eq!((dialog(&model).phrase.as_str(), &dialog(&model).phase), ("", &Phase::Open));
    later(&mut model, 150);
    press(&mut model, "r");
    assert_eq!(dialog(&model).phrase, "r");
}

#[test]
fn pasted_and_repeated_keys_confirm_nothing() {
    let mut model = armed(&Journal::default(), plan());
    let now = model.now;
    update(&mut model, now, Msg::Paste(PHRASE.into()));
    update(&mut model, now, Msg::Burst(PHRASE.chars().map(Key::char).collect()));
    assert_eq!(dialog(&model).phrase, "");
    typed(&mut model, PHRASE);
    for _ in 0..9 {
        one(&mut model, Key::ctrl('x'));
        later(&mut model, 33);
    }
    assert!(!starts(&hit(&mut model, KeyCode::Enter)), "the prefix was held down");
    later(&mut model, 500);
    for _ in 0..9 {
        assert!(!starts(&hit(&mut model, KeyCode::Enter)), "Enter was held down");
        later(&mut model, 33);
    }
    let mut model = armed(&Journal::default(), plan());
    for _ in 0..20 {
        one(&mut model, Key::char('l'));
        later(&mut model, 33);
    }
    assert_eq!(dialog(&model).phrase, "ll", "a key that is held down types no more than a double letter");
}

#[test]
fn it_is_void_when_what_it_shows_is_old() {
    let mut model = armed(&Journal::default(), plan());
    let mut other = plan();
    other.steps.pop();
    answer(&mut model, other);
    assert!(void(&model).contains("the plan changed"), "{}", void(&model));

    let mut model = armed(&Journal::default(), plan());
    let journal = Journal::started(plan());
    let now = model.now;
    update(&mut model, now, Msg::Ledger(Box::new(ledger(&journal))));
    assert!(void(&model).contains("run-1 acts on it"), "{}", void(&model));

    let mut model = armed(&Journal::default(), plan());
    let effects = later(&mut model, 11_000);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Plan { .. })), "it is planned again: {effects:?}");
    for _ in 0..5 {
        later(&mut model, 10_000);
    }
    assert!(void(&model).contains("the plan is old"), "{}", void(&model));
    assert!(!starts(&confirmed(&mut model)));

    let mut model = armed(&Journal::default(), plan());
    for _ in 0..12 {
        answer(&mut model, plan());
        later(&mut model, 10_500);
    }
    assert!(void(&model).contains("nobody touched this"), "{}", void(&model));

    let mut model = armed(&Journal::default(), plan());
    let mut catalog = Catalog::clone(&model.room.catalog);
    catalog.runbooks.clear();
    let now = model.now;
    update(&mut model, now, Msg::Catalog(Arc::new(catalog)));
    assert!(void(&model).contains("not staged for it any more"), "{}", void(&model));
}

#[test]
fn it_is_void_when_the_board_says_something_else() {
    let mut model = armed(&Journal::default(), plan());
    if let Some(Overlay::Confirm(dialog)) = &mut model.ui.overlay
        && let Some(resolved) = &mut dialog.resolved
    {
        resolved.evidence.verdict = Some(crate::domain::level::Level::Bad);
    }
    later(&mut model, 100);
    assert!(void(&model).starts_with("the board said BAD"), "{}", void(&model));
}

#[test]
fn who_takes_over_a_run_types_its_name() {
    let mut model = armed(&Journal::started(plan()), plan());
    typed(&mut model, PHRASE);
    assert!(!starts(&confirmed(&mut model)));
    for _ in 0..PHRASE.len() {
        later(&mut model, 150);
        hit(&mut model, KeyCode::Backspace);
    }
    typed(&mut model, &format!("take over run-1: {PHRASE}"));
    let effects = confirmed(&mut model);
    let [Effect::StartRun(run)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(run.take_over().map(String::as_str), Some("run-1"));
}

#[test]
fn a_rehearsal_needs_no_phrase_and_a_plan_for_real_is_no_rehearsal() {
    let mut model = armed(&Journal::default(), plan());
    hit(&mut model, KeyCode::F(2));
    assert_eq!(dialog(&model).phase, Phase::Resolving);
    answer(&mut model, plan());
    assert_eq!(dialog(&model).phase, Phase::Resolving, "that was the answer before");
    answer(&mut model, Plan { mode: PlanMode::Rehearsal, ..plan() });
    later(&mut model, 900);
    assert!(starts(&confirmed(&mut model)));
}

#[test]
fn a_second_person_is_asked_before_anything_runs() {
    let role = crate::domain::checklist::Requirement::Role { role: "leads".into(), count: 1, not_author: false };
    let grave = Plan { risk: Risk::R4, needs: Some(role), ..plan() };
    let mut model = armed(&Journal::default(), grave);
    typed(&mut model, PHRASE);
    let effects = confirmed(&mut model);
    assert!(matches!(effects.as_slice(), [Effect::AskApproval(_)]), "{effects:?}");
    let (now, act) = (model.now, model.ui.acts);
    update(&mut model, now, Msg::Told { act, outcome: Ok(7) });
    assert_eq!(dialog(&model).phase, Phase::Open);
    let nobody = Plan { risk: Risk::R4, needs: None, ..plan() };
    let mut model = armed(&Journal::default(), nobody);
    typed(&mut model, PHRASE);
    assert_eq!(confirmed(&mut model), [], "R4 without anybody who may approve it");
}

/// A plan that a second person must approve, in a console whose catalog says who may.
fn grave(model: &mut Model) -> Plan {
    let role = crate::domain::checklist::Requirement::Role { role: "leads".into(), count: 1, not_author: false };
    let roles = "[roles.leads]\nmembers = [\"mira\", \"ana\", \"jo\"]\nmay = [\"approve\"]";
    let mut catalog = Catalog::clone(&model.room.catalog);
    catalog.roles = toml::from_str(roles).expect("roles");
    update(model, at(0), Msg::Catalog(Arc::new(catalog)));
    Plan { risk: Risk::R4, needs: Some(role), ..plan() }
}

/// The same on the screen, with the glass about to be broken by `who`.
fn breaking(who: Result<&str, &str>) -> Model {
    let mut model = ready(&Journal::default());
    let grave = grave(&mut model);
    opened(&mut model);
    answer(&mut model, grave);
    later(&mut model, 900);
    let effects = hit(&mut model, KeyCode::F(4));
    assert!(matches!(effects.as_slice(), [Effect::Identify { act: 1, .. }]), "{effects:?}");
    let signer = |who: &str| crate::app::act::Signer { principal: who.into(), key: "SHA256:x".into() };
    let (now, outcome) = (model.now, who.map(signer).map_err(str::to_owned));
    update(&mut model, now, Msg::Identified { act: 1, outcome });
    model
}

#[test]
fn the_glass_is_broken_by_one_signature_with_a_reason_and_an_incident() {
    let mut model = breaking(Ok("mira"));
    assert_eq!(dialog(&model).skipped(&model.room.catalog.roles), ["ana", "jo"]);
    assert_eq!(dialog(&model).focus, crate::app::run::Field::Incident);
    hit(&mut model, KeyCode::Tab);
    typed(&mut model, &format!("break glass: {PHRASE}"));
    assert!(!starts(&confirmed(&mut model)), "without an incident");
    assert!(dialog(&model).problem.as_ref().is_some_and(|why| why.contains("incident")));
    hit(&mut model, KeyCode::BackTab);
    typed(&mut model, "INC-7");
    let effects = confirmed(&mut model);
    let [Effect::StartRun(run)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((run.reason(), run.incident()), (Some("INC-4821"), Some("INC-7")));
    let glass = run.glass().expect("it says so");
    assert_eq!((glass.principal.as_str(), glass.role.as_str()), ("mira", "leads"));
}

#[test]
fn the_glass_stays_whole_without_its_phrase_a_key_or_a_role_and_where_there_is_none() {
    for (who, told) in [(Ok("guest"), "no role that may approve"), (Err("no agent"), "no agent")] {
        let mut model = breaking(who);
        typed(&mut model, "INC-7");
        hit(&mut model, KeyCode::Tab);
        typed(&mut model, &format!("break glass: {PHRASE}"));
        assert!(!starts(&confirmed(&mut model)), "{who:?}");
        assert!(dialog(&model).problem.as_ref().is_some_and(|why| why.contains(told)), "{:?}", dialog(&model).problem);
    }
    let mut model = breaking(Ok("mira"));
    typed(&mut model, "INC-7");
    hit(&mut model, KeyCode::Tab);
    typed(&mut model, PHRASE);
    assert!(!starts(&confirmed(&mut model)), "the phrase says that the glass is broken");
    hit(&mut model, KeyCode::F(4));
    assert_eq!((dialog(&model).phrase.as_str(), dialog(&model).glass.is_none()), ("", true));
    let mut model = armed(&Journal::default(), plan());
    assert_eq!(hit(&mut model, KeyCode::F(4)), [], "nobody has to approve it");
    assert!(dialog(&model).glass.is_none());
}

#[test]
fn a_run_names_the_incident_that_it_is_for_where_one_is_given() {
    let mut model = armed(&Journal::default(), plan());
    typed(&mut model, PHRASE);
    hit(&mut model, KeyCode::BackTab);
    let now = model.now;
    update(&mut model, now, Msg::Paste("INC-4821\n".into()));
    let effects = confirmed(&mut model);
    let [Effect::StartRun(run)] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!((run.incident(), run.glass()), (Some("INC-4821"), None));
}

#[test]
fn a_run_is_stopped_by_a_chord_and_killed_by_a_phrase() {
    let journal = Journal::started(plan());
    let told = |model: &mut Model| -> Vec<Act> {
        let effects = confirmed(model);
        let says =
            |effect: &Effect| if let Effect::TellRun(order) = effect { Some(order.says().clone()) } else { None };
        effects.iter().filter_map(says).collect()
    };
    let mut model = ready(&journal);
    press(&mut model, "r");
    hit(&mut model, KeyCode::Enter);
    assert_eq!(model.ui.screen, Screen::Run("run-1".into()));
    one(&mut model, Key::ctrl('x'));
    press(&mut model, "s");
    later(&mut model, 900);
    assert!(matches!(told(&mut model).as_slice(), [Act::Stop { how: crate::domain::run::Stop::AfterStep, .. }]));
    hit(&mut model, KeyCode::Esc);
    one(&mut model, Key::ctrl('x'));
    press(&mut model, "k");
    later(&mut model, 900);
    assert_eq!(told(&mut model), []);
    typed(&mut model, "kill run-1 prod");
    hit(&mut model, KeyCode::Tab);
    typed(&mut model, "it hangs");
    assert!(matches!(told(&mut model).as_slice(), [Act::Stop { how: crate::domain::run::Stop::Now, .. }]));
}

#[test]
fn what_does_not_fit_where_a_run_stands_cannot_be_asked_for() {
    let mut journal = Journal::started(plan());
    journal.go(&[Outcome::Succeeded, Outcome::Failed]);
    let mut model = ready(&journal);
    press(&mut model, "r");
    hit(&mut model, KeyCode::Enter);
    one(&mut model, Key::ctrl('x'));
    press(&mut model, "d");
    assert!(model.ui.overlay.is_none(), "the outcome is known");
    one(&mut model, Key::ctrl('x'));
    press(&mut model, "u");
    assert!(matches!(model.ui.overlay, Some(Overlay::Order(_))));
    journal.resume(crate::domain::run::act::Resume::Retry).expect("it waits");
    let now = model.now;
    update(&mut model, now, Msg::Ledger(Box::new(ledger(&journal))));
    let Some(Overlay::Order(order)) = &model.ui.overlay else { panic!("closed") };
    assert!(matches!(&order.phase, crate::app::act::Phase::Void(why) if why.contains("went on")), "{:?}", order.phase);
}
