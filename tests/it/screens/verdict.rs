//! The verdict and its triggers on the screens.

use insta::assert_snapshot;
use warroom::{
    app::model::{Model, Pane, Screen},
    domain::{
        catalog::Catalog,
        picture::Picture,
        time::Span,
        verdict::judge::{Beside, judge},
    },
};

use super::{default_look, drawn, text};
use crate::sample;

/// A console whose releases were judged by `picture`, four times in a row.
fn judged(screen: Screen, picture: Picture) -> Model {
    let mut model = sample::model(screen, picture);
    let catalog = Catalog::default();
    let beside = Beside { catalog: &catalog, readiness: &|_| None, others: &|_| Vec::new() };
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
