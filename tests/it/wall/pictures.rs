//! What each page looks like.

use insta::assert_snapshot;
use warroom::{
    app::{
        model::{Mode, Model},
        wall::Page,
    },
    domain::{picture::Picture, time::Span},
};

use super::{turning, wall};
use crate::{
    sample,
    screens::{ascii_look, default_look, drawn, styles, text},
};

fn shoot(name: &str, model: &Model, size: (u16, u16)) {
    let buffer = drawn(model, &default_look(), size);
    assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), text(&buffer));
}

fn shoot_plain(name: &str, model: &Model, size: (u16, u16)) {
    let buffer = drawn(model, &ascii_look(), size);
    let both = format!("{}\n{}", text(&buffer), styles(&buffer));
    assert_snapshot!(format!("{name}_{}x{}_mono_ascii", size.0, size.1), both);
}

#[test]
fn every_page_at_every_size() {
    for size in [(40, 10), (60, 16), (80, 24), (120, 40), (200, 60)] {
        shoot("worst", &wall(Page::Worst, sample::live()), size);
    }
    for size in [(80, 24), (120, 40), (200, 60)] {
        shoot("board", &wall(Page::Board, sample::live()), size);
        shoot("slo", &wall(Page::Slo, sample::live()), size);
    }
    shoot("worst", &wall(Page::Worst, sample::live()), (300, 80));
}

#[test]
fn every_state_of_the_room() {
    let states: [(&str, Picture); 6] = [
        ("empty", Picture::empty(sample::now())),
        ("loading", sample::loading()),
        ("stale", sample::stale()),
        ("failed", sample::failed()),
        ("quiet", sample::quiet()),
        ("huge", sample::huge()),
    ];
    for (name, picture) in states {
        for size in [(80, 24), (120, 40)] {
            shoot(&format!("board_{name}"), &wall(Page::Board, picture.clone()), size);
        }
        shoot_plain(&format!("board_{name}"), &wall(Page::Board, picture.clone()), (80, 24));
        shoot(&format!("slo_{name}"), &wall(Page::Slo, picture), (80, 24));
    }
    shoot("worst_stale", &wall(Page::Worst, sample::stale()), (80, 24));
    shoot("worst_stale", &wall(Page::Worst, sample::stale()), (120, 40));
    shoot("worst_stale", &wall(Page::Worst, sample::stale()), (200, 60));
}

#[test]
fn without_colours_and_with_sixteen() {
    let worst = wall(Page::Worst, sample::live());
    shoot_plain("worst", &worst, (80, 24));
    shoot_plain("worst", &worst, (120, 40));
    let buffer = drawn(&worst, &default_look(), (80, 24));
    assert_snapshot!("worst_80x24_style", styles(&buffer));
    let mut watched = sample::live();
    watched.releases.retain(|release| release.id == "search-2026-11");
    watched.alerts.clear();
    watched.sources.retain(|source| source.word == "FRESH");
    let model = wall(Page::Board, watched);
    shoot("board_watch", &model, (120, 40));
    let buffer = drawn(&model, &default_look(), (120, 40));
    assert_snapshot!("board_watch_120x40_style", styles(&buffer));
}

#[test]
fn the_state_alone() {
    let mut model = wall(Page::Worst, sample::live());
    model.ui.wall.as_mut().expect("a wall").big = true;
    shoot("big", &model, (80, 24));
    shoot("big", &model, (120, 40));
}

#[test]
fn a_wall_that_turns_says_which_page_this_is_and_when_the_next_one_comes() {
    let stay = Some(Span::from_secs(20));
    let mut model = turning(vec![Page::Board, Page::Slo], stay, sample::live());
    model.setup.mode = Mode::Demo { scenario: "bad-canary".to_owned(), speed: 10.0 };
    shoot("turning", &model, (80, 24));
    model.ui.wall.as_mut().expect("a wall").held = true;
    shoot("held", &model, (80, 24));
}
