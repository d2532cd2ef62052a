//! The verdict and its triggers on the screens.

use insta::assert_snapshot;
use warroom::{
    app::model::{Model, Pane, Screen},
    domain::{
        breaker::{
            countdown::{Case, Countdown, State},
            rule::Stand,
        },
        catalog::Catalog,
        ledger::hash::Hash,
        level::Level,
        picture::Picture,
        release::ReleaseId,
        time::Span,
        trigger::Act,
        verdict::{
            Word,
            judge::{Beside, judge},
            reason::{Effect, Input, Reason},
        },
    },
};

use super::{default_look, drawn, text};
use crate::sample;

/// A console whose releases were judged by `picture`, four times in a row.
fn judged(screen: Screen, picture: Picture) -> Model {
    let mut model = sample::model(screen, picture);
    let catalog = Catalog::default();
    let beside = Beside {
        catalog: &catalog,
        readiness: &|_| None,
        risks: &std::collections::BTreeMap::new(),
        others: &|_| Vec::new(),
    };
    for turn in 0..4_u64 {
        let mut then = model.picture.clone();
        let back = Span::from_secs(15 * (3 - turn)).delta();
        then.at -= back;
        for burn in then.slos.iter_mut().flat_map(|slo| &mut slo.burns) {
            burn.at = burn.at.map(|at| at - back);
        }
        model.verdicts = judge(&then, &beside, &mut model.watch);
    }
    model
}

fn screen(model: &Model, size: (u16, u16)) -> String {
    text(&drawn(model, &default_look(), size))
}

#[test]
fn the_verdict_stands_on_the_board_and_above_the_release_with_what_decided_it() {
    let board = judged(Screen::Board, sample::live());
    let shown = screen(&board, (120, 40));
    let words = ["GO", "HOLD", "ROLL BACK", "UNKNOWN"];
    assert!(shown.contains("VERDICT") && words.iter().any(|word| shown.contains(word)), "{shown}");
    assert_snapshot!("verdict_board_120x40", shown);
    assert_snapshot!("verdict_board_80x24", screen(&board, (80, 24)));
    let release = judged(sample::checkout(), sample::live());
    assert_snapshot!("verdict_release_120x40", screen(&release, (120, 40)));
}

#[test]
fn a_release_that_a_freeze_holds_is_above_one_that_may_go_on_and_is_not_red() {
    let mut model = judged(Screen::Board, sample::live());
    let calm = Level::Run;
    let mut going: Vec<ReleaseId> = model.picture.releases.iter().map(|release| release.id.clone()).collect();
    going.retain(|id| model.verdicts.contains_key(id));
    let [held, other] = [going.remove(0), going.remove(0)];
    model.picture.releases.retain(|release| release.id == held || release.id == other);
    // The picture alone would have the other one first.
    model.picture.releases.sort_by_key(|release| release.id == held);
    for release in &mut model.picture.releases {
        release.level = calm;
    }
    for id in [&held, &other] {
        let verdict = model.verdicts.get_mut(id).expect("judged");
        verdict.word = if *id == held { Word::Hold } else { Word::Go };
        let (input, effect) =
            if *id == held { (Input::Calendar, Effect::Stops) } else { (Input::Triggers, Effect::Supports) };
        verdict.reasons = vec![Reason::new(input, effect, "reason", "freeze", "Freeze of the year's end")];
    }
    let shown = screen(&model, (120, 40));
    let line = |id: &ReleaseId| {
        let name = &model.picture.release(id).expect("there").name;
        shown.lines().position(|line| line.contains(name.as_str())).expect("shown")
    };
    assert!(line(&held) < line(&other), "{shown}");
    assert!(shown.contains("▲ HOLD, freeze") && !shown.contains("✗ HOLD"), "{shown}");
    assert!(shown.contains("2: ▲1"), "{shown}");
}

#[test]
fn triggers_say_how_close_they_are_and_the_promotion_criterion_since_when() {
    let mut model = judged(sample::checkout(), sample::live());
    model.ui.pane = Pane::Triggers;
    let shown = screen(&model, (80, 24));
    for words in ["error rate", "page burn", "health", "promotion"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert_snapshot!("verdict_triggers_80x24", shown);
    model.ui.zoomed = true;
    assert_snapshot!("verdict_triggers_200x60", screen(&model, (200, 60)));
}

#[test]
fn silent_sources_make_every_verdict_unknown_and_none_roll_back() {
    let model = judged(Screen::Board, sample::stale());
    assert!(!model.verdicts.is_empty());
    for (id, verdict) in &model.verdicts {
        assert_ne!(verdict.word.word(), "GO", "{id}");
        assert_ne!(verdict.word.word(), "ROLL BACK", "{id}");
    }
}

/// The breaker of the release that goes wrong, as it counts down at the room's time.
fn counting() -> Stand {
    let case = Case {
        trigger: "error-rate".to_owned(),
        service: "checkout".to_owned(),
        act: Act::Abort,
        version: "1.42.0".to_owned(),
        template: None,
        evidence: "availability 1.42.0: 62 bad of 900 in 5m".to_owned(),
        measured: sample::ago(5),
    };
    let countdown = Countdown {
        seq: 12,
        release: "checkout-1-42".to_owned(),
        case,
        plan: Hash::NONE,
        does: "abort checkout prod to 1.41.7".to_owned(),
        at: sample::ago(18),
        until: sample::ago(18) + Span::from_secs(60).delta(),
        by: "robot".to_owned(),
        host: "bastion-2".to_owned(),
        process: "one".to_owned(),
        state: State::Counting,
    };
    Stand::Counting { countdown: Box::new(countdown) }
}

#[test]
fn a_countdown_is_loud_on_every_screen_and_on_the_wall_with_the_key_that_holds_it() {
    for shown in [Screen::Board, sample::checkout(), Screen::Sources, Screen::Ledger] {
        let mut model = judged(shown.clone(), sample::live());
        model.breaker.stands.insert("checkout-1-42".to_owned(), counting());
        for size in [(80, 24), (120, 40), (200, 60)] {
            let drawn = screen(&model, size);
            let line =
                drawn.lines().find(|line| line.contains("ABORTS")).unwrap_or_else(|| panic!("{shown:?}: {drawn}"));
            assert!(line.contains("checkout in 42s, error-rate FIRED"), "{line}");
            assert!(line.contains("Ctrl-X h holds it"), "{line}");
        }
    }
    let mut wall = crate::wall::wall(warroom::app::wall::Page::Worst, sample::live());
    wall.breaker.stands.insert("checkout-1-42".to_owned(), counting());
    let drawn = screen(&wall, (120, 40));
    assert!(drawn.contains("ABORTS") && !drawn.contains("Ctrl-X h"), "{drawn}");
    let Stand::Counting { countdown } = counting() else { panic!("it counts") };
    let held = Stand::Held { countdown, who: "jo.smith".to_owned(), reason: "Acme knows of it".to_owned() };
    wall.breaker.stands.insert("checkout-1-42".to_owned(), held);
    let drawn = screen(&wall, (120, 40));
    assert!(drawn.contains("BREAKER HELD") && !drawn.contains("jo.smith") && !drawn.contains("Acme"), "{drawn}");
}
