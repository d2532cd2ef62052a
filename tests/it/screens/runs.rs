//! Runbooks, confirmations and runs: what is drawn, at every size and in every state.

use insta::assert_snapshot;
use proptest::prelude::*;
use warroom::{
    app::{
        act::Signer,
        key::{Key, KeyCode},
        ledger::Unattended,
        model::{List, Model, Screen},
        msg::{Effect, Msg},
        run::Output,
        update::update,
        write_mode::WriteMode,
    },
    domain::{
        checklist::Requirement,
        clean::is_safe,
        ledger::{
            event::{Actor, Event, Place, UNSIGNED},
            hash::Hash,
        },
        plan::{Mode, Plan},
        run::{
            Ending, Known, Outcome, Stop,
            act::{Act, Resume},
            approval::{self, Approvals},
        },
        runbook::risk::Risk,
        time::Span,
    },
};

use super::{ascii_look, default_look, drawn, mono_look, styles, text};
use crate::sample::{
    self,
    procedures::{Journal, RELEASE, plan, rehearsed, running, staged, with},
};

const SIZES: [(u16, u16); 5] = [(60, 16), (80, 24), (120, 40), (200, 60), (60, 100)];
const RUN: &str = "run-0192";

fn shown(model: &mut Model, size: (u16, u16)) -> String {
    model.ui.size = size;
    text(&drawn(model, &default_look(), size))
}

fn run_screen() -> Screen {
    Screen::Run(RUN.into())
}

fn press(model: &mut Model, key: Key) -> Vec<Effect> {
    let now = model.now;
    update(model, now, Msg::Key(key))
}

fn chord(model: &mut Model, c: char) -> Vec<Effect> {
    press(model, Key::ctrl('x'));
    press(model, Key::char(c))
}

fn wait(model: &mut Model, secs: u64) -> Vec<Effect> {
    let now = model.now + Span::from_secs(secs).delta();
    update(model, now, Msg::Tick)
}

fn write_mode(model: &mut Model) {
    model.write = Some(WriteMode::new("INC-4821: canary burns".into(), "prod".into(), model.now));
}

/// A console in which the plan is on the screen and takes keys.
fn confirming(journal: Journal, plan: Plan) -> Model {
    let mut model = with(Screen::Release(RELEASE.into()), journal);
    write_mode(&mut model);
    chord(&mut model, 'r');
    let (now, act) = (model.now, model.ui.acts);
    update(&mut model, now, Msg::Planned { act, outcome: Ok(Box::new(plan)), unknown: Vec::new() });
    wait(&mut model, 1);
    model
}

/// The same, where a second person should approve it, and is not waited for.
fn breaking_the_glass() -> Model {
    let mut grave = plan();
    grave.risk = Risk::R4;
    grave.because = "a step in production cannot be undone".into();
    grave.needs = Some(Requirement::Role { role: "leads".into(), count: 1, not_author: false });
    let mut model = confirming(rehearsed(), grave);
    let roles = "[roles.leads]\nmembers = [\"mira\", \"ana\", \"jo\"]\nmay = [\"approve\"]";
    std::sync::Arc::make_mut(&mut model.room.catalog).roles = toml::from_str(roles).expect("roles");
    press(&mut model, Key::plain(KeyCode::F(4)));
    let (now, act) = (model.now, model.ui.acts);
    let signer = Signer { principal: "mira".into(), key: "SHA256:uNiVztksCsDhcc0u9e8BgrJXVGLVpoNQQ4Zq1n0".into() };
    update(&mut model, now, Msg::Identified { act, outcome: Ok(signer) });
    model
}

fn unknown() -> Journal {
    running().result(20, RUN, "flag", Outcome::Unknown, "the connection broke after the request was sent")
}

fn failed() -> Journal {
    running().result(30, RUN, "flag", Outcome::Failed, "503 Service Unavailable").intend(25, RUN, "flag").result(
        20,
        RUN,
        "flag",
        Outcome::Failed,
        "503 Service Unavailable",
    )
}

fn by_hand() -> Journal {
    running().result(20, RUN, "flag", Outcome::Succeeded, "200 OK").intend(19, RUN, "support")
}

fn verified() -> Journal {
    let end = Act::End { epoch: 14, ending: Ending::Verified, words: "all steps are done".into() };
    by_hand()
        .result(15, RUN, "support", Outcome::Succeeded, "told them")
        .intend(14, RUN, "errors")
        .result(4, RUN, "errors", Outcome::Succeeded, "0.01 % for 1m")
        .say(3, RUN, &end)
}

#[test]
fn runbooks_and_runs_at_every_size() {
    for (name, screen) in
        [("runbooks", Screen::Runbooks(Some(RELEASE.into()))), ("runs", Screen::Runs), ("run", run_screen())]
    {
        for size in SIZES {
            let shown = shown(&mut with(screen.clone(), running()), size);
            assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), shown);
        }
    }
}

#[test]
fn a_run_in_every_state() {
    let stopped = by_hand().say(5, RUN, &Act::Stop { how: Stop::AfterStep, reason: Some("enough".into()) });
    let states = [
        ("unknown", unknown()),
        ("failed", failed()),
        ("by_hand", by_hand()),
        ("stopped", stopped),
        ("verified", verified()),
    ];
    for (name, journal) in states {
        let mut model = with(run_screen(), journal);
        assert_snapshot!(format!("run_{name}_120x40"), shown(&mut model, (120, 40)));
        let buffer = drawn(&model, &mono_look(), (80, 24));
        assert_snapshot!(format!("run_{name}_80x24_mono"), format!("{}\n{}", text(&buffer), styles(&buffer)));
    }
}

#[test]
fn the_confirmation_at_every_size() {
    for size in SIZES {
        let mut model = confirming(rehearsed(), plan());
        assert_snapshot!(format!("confirm_{}x{}", size.0, size.1), shown(&mut model, size));
    }
    let mut model = confirming(rehearsed(), plan());
    press(&mut model, Key::plain(KeyCode::F(3)));
    assert_snapshot!("confirm_full_120x40", shown(&mut model, (120, 40)));
    let buffer = drawn(&model, &mono_look(), (120, 40));
    assert_snapshot!("confirm_full_120x40_mono", styles(&buffer));
}

#[test]
fn the_confirmation_in_every_state() {
    let mut model = with(Screen::Release(RELEASE.into()), rehearsed());
    chord(&mut model, 'r');
    assert_snapshot!("confirm_resolving_80x24", shown(&mut model, (80, 24)));
    let (now, act) = (model.now, model.ui.acts);
    update(
        &mut model,
        now,
        Msg::Planned {
            act,
            outcome: Err("prod-eu does not answer: nothing can be planned".into()),
            unknown: Vec::new(),
        },
    );
    assert_snapshot!("confirm_refused_80x24", shown(&mut model, (80, 24)));
    let mut grave = plan();
    grave.risk = Risk::R4;
    grave.because = "a step in production cannot be undone".into();
    for step in &mut grave.steps {
        step.undo = None;
    }
    assert_snapshot!("confirm_r4_120x40", shown(&mut confirming(rehearsed(), grave), (120, 40)));
    assert_snapshot!("confirm_glass_120x40", shown(&mut breaking_the_glass(), (120, 40)));
    assert_snapshot!("confirm_glass_80x24", shown(&mut breaking_the_glass(), (80, 24)));
    assert_snapshot!("confirm_take_over_120x40", shown(&mut confirming(running(), plan()), (120, 40)));
    let mut model = confirming(rehearsed(), plan());
    press(&mut model, Key::plain(KeyCode::F(2)));
    let mut rehearsal = plan();
    rehearsal.mode = Mode::Rehearsal;
    let (now, act) = (model.now, model.ui.acts);
    update(&mut model, now, Msg::Planned { act, outcome: Ok(Box::new(rehearsal)), unknown: Vec::new() });
    wait(&mut model, 1);
    assert_snapshot!("confirm_rehearsal_80x24", shown(&mut model, (80, 24)));
}

/// A plan of two writes that one of the leads must approve, and that mira asked for.
fn waiting(screen: Screen) -> Model {
    let mut grave = plan();
    grave.risk = Risk::R4;
    grave.because = "a step in production cannot be undone".into();
    grave.needs = Some(Requirement::Role { role: "leads".into(), count: 1, not_author: false });
    let mut model = with(screen, rehearsed());
    let roles = "[roles.leads]\nmembers = [\"ana\", \"jo\"]\nmay = [\"approve\"]";
    std::sync::Arc::make_mut(&mut model.room.catalog).roles = toml::from_str(roles).expect("roles");
    let actor = Actor { key: UNSIGNED.into(), user: "mira".into(), ..Actor::default() };
    let until = model.now + Span::from_mins(29).delta();
    let entry = approval::request(&grave, (actor, None), until).expect("an entry");
    let place = Place { seq: 1, id: "1".into(), ts: sample::ago(60), host: "bastion-2".into(), prev: Hash::NONE };
    let mut approvals = Approvals::default();
    assert_eq!(approvals.apply(&Event::new(entry, place), None), approval::Applied::Counted);
    model.ledger.approvals = std::sync::Arc::new(approvals);
    model
}

#[test]
fn what_waits_for_approval_at_every_size() {
    for size in SIZES {
        let mut model = waiting(Screen::Approvals);
        assert_snapshot!(format!("approvals_{}x{}", size.0, size.1), shown(&mut model, size));
        model.ui.size = (120, 40);
        chord(&mut model, 'g');
        let (now, act) = (model.now, model.ui.acts);
        let signer = Signer { principal: "ana".into(), key: "SHA256:uNiVztksCsDhcc0u9e8BgrJXVGLVpoNQQ4Zq1n0".into() };
        update(&mut model, now, Msg::Identified { act, outcome: Ok(signer) });
        wait(&mut model, 1);
        assert_snapshot!(format!("approve_{}x{}", size.0, size.1), shown(&mut model, size));
        let ascii = text(&drawn(&model, &ascii_look(), size));
        assert!(ascii.is_ascii(), "{size:?}\n{ascii}");
    }
    assert_snapshot!("approvals_none_80x24", shown(&mut with(Screen::Approvals, rehearsed()), (80, 24)));
    let drawn = shown(&mut waiting(Screen::Board), (80, 24));
    assert!(drawn.contains("APPROVAL WAITS (a)"), "{drawn}");
}

#[test]
fn a_run_that_nobody_works_on_says_so_and_how_it_is_taken_up() {
    for (name, why) in [("gone", Unattended::Gone), ("elsewhere", Unattended::Elsewhere)] {
        let mut model = with(run_screen(), running());
        model.ledger.unattended.insert(RUN.into(), why);
        assert_snapshot!(format!("run_{name}_80x24"), shown(&mut model, (80, 24)));
    }
    let mut model = with(Screen::Board, running());
    model.ledger.unattended.insert(RUN.into(), Unattended::Gone);
    let drawn = shown(&mut model, (120, 40));
    assert!(drawn.contains("NO WORKER run-0192"), "{drawn}");
}

#[test]
fn a_run_that_is_stuck_says_what_is_left_to_do_by_hand_and_whom_to_call() {
    let epoch = 14;
    let end = Act::End { epoch, ending: Ending::Stuck, words: "it could not be taken back".into() };
    let resume = Act::Resume { how: Resume::Undo, reason: Some("users wait".into()) };
    let undo = Act::Intent { epoch, step: "abort".into(), undo: true, number: 1, deadline: sample::now() };
    let failed_undo = Act::Result {
        epoch,
        step: "abort".into(),
        undo: true,
        number: 1,
        outcome: Outcome::Failed,
        words: "409 Conflict".into(),
        took: Span::from_secs(1),
        known: Known::Worker,
        output: None,
    };
    let over = Act::Resume { how: Resume::End, reason: Some("nobody can".into()) };
    let journal = failed().say(5, RUN, &resume).say(4, RUN, &undo).say(3, RUN, &failed_undo);
    let journal = journal.say(2, RUN, &over).say(1, RUN, &end);
    let mut model = with(run_screen(), journal);
    let roles = "[roles.sre]\nmembers = [\"ana\", \"jo\"]\nmay = [\"approve\"]";
    std::sync::Arc::make_mut(&mut model.room.catalog).roles = toml::from_str(roles).expect("roles");
    let drawn = shown(&mut model, (120, 40));
    assert!(drawn.contains("STUCK") && drawn.contains("Call sre (ana, jo)"), "{drawn}");
    assert!(drawn.contains("By hand: `all traffic to"), "{drawn}");
}

#[test]
fn a_live_run_is_loud_on_every_screen_and_on_the_wall() {
    let screens =
        [Screen::Board, sample::checkout(), Screen::Sources, Screen::Ledger, Screen::Runbooks(None), Screen::Runs];
    for screen in screens {
        for size in SIZES {
            let drawn = shown(&mut with(screen.clone(), running()), size);
            assert!(drawn.contains("RUN run-0192"), "{screen:?} {size:?}\n{drawn}");
        }
    }
    let mut model = with(Screen::Board, running());
    model.ui.wall = Some(warroom::app::wall::Wall::new(Vec::new(), None, model.now));
    let drawn = shown(&mut model, (120, 40));
    assert!(drawn.contains("RUN run-0192: rollback checkout to 1.41.7 in prod"), "{drawn}");
    let drawn = shown(&mut with(Screen::Board, verified()), (120, 40));
    assert!(!drawn.contains("run-0192"), "{drawn}");
}

#[test]
fn what_is_not_known_of_a_run_is_never_drawn_like_what_is_well() {
    let drawn = shown(&mut with(run_screen(), unknown()), (120, 40));
    assert!(drawn.contains("nobody knows how `flag new_pricing off` went"), "{drawn}");
    let mut model = with(run_screen(), running());
    wait(&mut model, 120);
    let drawn = shown(&mut model, (120, 40));
    assert!(drawn.contains("UNKNOWN") && drawn.contains("should have ended by now"), "{drawn}");
    let mut model = with(Screen::Runbooks(None), running());
    model.ledger = warroom::app::ledger::Ledger::default();
    let drawn = shown(&mut model, (120, 40));
    assert!(drawn.contains("rehearsals not known") && !drawn.contains("never rehearsed"), "{drawn}");
}

#[test]
fn output_is_drawn_as_text() {
    let mut model = with(run_screen(), running());
    wait(&mut model, 1);
    let of = model.ui.tail.clone().expect("followed");
    let lines = Ok(vec!["PUT new_pricing".to_owned(), "\u{1b}[2J\u{1b}]52;c;eA==\u{7}all green".to_owned()]);
    let (now, at) = (model.now, model.now);
    update(&mut model, now, Msg::Output(Box::new(Output { of, lines, before: 4_096, at })));
    let shown = shown(&mut model, (120, 40));
    assert!(shown.contains("PUT new_pricing") && shown.contains("4096 bytes before"), "{shown}");
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{7}'), "{shown}");
}

#[test]
fn the_selected_step_is_told_in_full() {
    let mut model = with(run_screen(), failed());
    model.ui.selected.insert(List::RunSteps, "step flag".into());
    press(&mut model, Key::plain(KeyCode::Enter));
    assert_snapshot!("run_step_80x24", shown(&mut model, (80, 24)));
}

#[test]
fn everything_about_runs_is_ascii_where_nothing_else_can_be_drawn() {
    let screens = [Screen::Runbooks(Some(RELEASE.into())), Screen::Runs, run_screen()];
    for journal in [running, unknown, failed, by_hand, verified] {
        for screen in &screens {
            for size in SIZES {
                let model = with(screen.clone(), journal());
                let shown = text(&drawn(&model, &ascii_look(), size));
                assert!(shown.is_ascii(), "{screen:?} {size:?}\n{shown}");
            }
        }
    }
    for key in [None, Some(KeyCode::F(3))] {
        let mut model = confirming(rehearsed(), plan());
        if let Some(key) = key {
            press(&mut model, Key::plain(key));
        }
        for size in SIZES {
            let shown = text(&drawn(&model, &ascii_look(), size));
            assert!(shown.is_ascii(), "{size:?}\n{shown}");
        }
    }
    let _ = staged(Screen::Runs);
}

/// The room with `evil` wherever somebody else than warroom wrote something.
fn hostile(screen: Screen, evil: &str, confirms: bool) -> Model {
    let mut odd = plan();
    for text in [&mut odd.runbook.title, &mut odd.because] {
        evil.clone_into(text);
    }
    odd.target.from = Some(evil.to_owned());
    odd.runbook.owner = Some(evil.to_owned());
    odd.parameters.insert(evil.to_owned(), evil.to_owned());
    for step in &mut odd.steps {
        evil.clone_into(&mut step.title);
        evil.clone_into(&mut step.kind);
        step.notes.push(evil.to_owned());
        if let warroom::domain::plan::request::Request::Kubernetes(patch) = &mut step.request {
            evil.clone_into(&mut patch.name);
            patch.diff.push(evil.to_owned());
        }
    }
    let journal = Journal::default()
        .start(100, RUN, odd.clone())
        .intend(90, RUN, "ready")
        .result(80, RUN, "ready", Outcome::Succeeded, evil)
        .intend(70, RUN, "abort")
        .result(60, RUN, "abort", Outcome::Unknown, evil);
    if confirms {
        let mut model = confirming(rehearsed(), odd);
        model.ui.screen = screen;
        return model;
    }
    let mut model = with(screen, journal);
    let catalog = std::sync::Arc::make_mut(&mut model.room.catalog);
    for runbook in catalog.runbooks.values_mut() {
        evil.clone_into(&mut runbook.title);
        runbook.purpose = Some(evil.to_owned());
        runbook.services.push(evil.to_owned());
        evil.clone_into(&mut runbook.steps[0].title);
    }
    wait(&mut model, 0);
    if let Some(of) = model.ui.tail.clone() {
        let at = model.now;
        let output = Output { of, lines: Ok(vec![evil.to_owned(); 30]), before: 9, at };
        let now = model.now;
        update(&mut model, now, Msg::Output(Box::new(output)));
    }
    model
}

fn screens() -> [Screen; 5] {
    [run_screen(), Screen::Runs, Screen::Runbooks(Some(RELEASE.into())), Screen::Board, sample::checkout()]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn whatever_others_wrote_about_runs_stays_text_at_any_size(
        evil in "\\PC{0,40}|.{0,40}|[\u{0}-\u{1f}\u{7f}-\u{9f}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}]{0,20}",
        screen in 0..5_usize, confirms: bool, full: bool, detail: bool, plain: bool,
        width in 0..=300_u16, height in 0..=80_u16,
    ) {
        let mut model = hostile(screens()[screen].clone(), &evil, confirms);
        if full {
            press(&mut model, Key::plain(KeyCode::F(3)));
        }
        if detail {
            press(&mut model, Key::plain(KeyCode::Enter));
        }
        model.ui.size = (width, height);
        let look = if plain { ascii_look() } else { default_look() };
        for cell in &drawn(&model, &look, (width, height)).content {
            prop_assert!(cell.symbol().chars().all(is_safe), "{:?}", cell.symbol());
        }
    }

    /// Keys in any order, with the plan on the screen: nothing runs that was not typed and confirmed.
    #[test]
    fn no_keys_in_any_order_run_a_plan_but_its_phrase(
        keys in prop::collection::vec(
            prop_oneof![
                3 => Just(Key::ctrl('x')),
                3 => Just(Key::plain(KeyCode::Enter)),
                1 => Just(Key::plain(KeyCode::Tab)),
                1 => Just(Key::plain(KeyCode::F(3))),
                2 => proptest::char::range(' ', '~').prop_map(Key::char),
            ],
            1..40,
        ),
    ) {
        let mut model = confirming(rehearsed(), plan());
        for key in keys {
            wait(&mut model, 0);
            model.now += Span::from_millis(120).delta();
            let effects = press(&mut model, key);
            prop_assert!(!effects.iter().any(|effect| matches!(effect, Effect::StartRun(_) | Effect::TellRun(_))));
        }
    }
}
