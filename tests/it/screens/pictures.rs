//! What each screen looks like. Text of all of them; styles of the small ones, from which the large ones are made.

use insta::assert_snapshot;
use warroom::{
    app::model::{CommandLine, List, Mode, Model, Notice, Overlay, Pane, Screen},
    domain::picture::Picture,
};

use super::{default_look, drawn, plain_look, styles, text};
use crate::sample;

const SIZES: [(u16, u16); 5] = [(60, 16), (80, 24), (120, 40), (200, 60), (80, 60)];

fn shoot(name: &str, model: &Model, size: (u16, u16)) {
    let buffer = drawn(model, &default_look(), size);
    assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), text(&buffer));
}

fn shoot_plain(name: &str, model: &Model, size: (u16, u16)) {
    let buffer = drawn(model, &plain_look(), size);
    let both = format!("{}\n{}", text(&buffer), styles(&buffer));
    assert_snapshot!(format!("{name}_{}x{}_mono_ascii", size.0, size.1), both);
}

fn shoot_style(name: &str, model: &Model, size: (u16, u16)) {
    let buffer = drawn(model, &default_look(), size);
    assert_snapshot!(format!("{name}_{}x{}_style", size.0, size.1), styles(&buffer));
}

#[test]
fn the_board_at_every_size() {
    let model = sample::model(Screen::Board, sample::live());
    for size in SIZES {
        shoot("board_live", &model, size);
    }
    shoot_style("board_live", &model, (80, 24));
    shoot_style("board_live", &model, (120, 40));
    shoot_plain("board_live", &model, (80, 24));
}

#[test]
fn the_war_room_at_every_size() {
    let model = sample::model(sample::checkout(), sample::live());
    for size in SIZES {
        shoot("release_live", &model, size);
    }
    shoot_style("release_live", &model, (80, 24));
    shoot_style("release_live", &model, (120, 40));
    shoot_plain("release_live", &model, (80, 24));
    shoot_plain("release_live", &model, (120, 40));
}

#[test]
fn the_sources_at_every_size() {
    let mut model = sample::model(Screen::Sources, sample::live());
    model.ui.selected.insert(List::Sources, "prod-us".to_owned());
    for size in [(60, 16), (80, 24), (120, 40)] {
        shoot("sources_live", &model, size);
    }
    shoot_style("sources_live", &model, (80, 24));
}

#[test]
fn every_state_of_the_room() {
    let states: [(&str, Picture); 5] = [
        ("stale", sample::stale()),
        ("failed", sample::failed()),
        ("loading", sample::loading()),
        ("quiet", sample::quiet()),
        ("huge", sample::huge()),
    ];
    for (name, picture) in states {
        shoot(&format!("board_{name}"), &sample::model(Screen::Board, picture.clone()), (80, 24));
        shoot(&format!("release_{name}"), &sample::model(sample::checkout(), picture), (80, 24));
    }
    shoot("release_stale", &sample::model(sample::checkout(), sample::stale()), (120, 40));
    shoot_style("release_stale", &sample::model(sample::checkout(), sample::stale()), (120, 40));
}

#[test]
fn the_first_run_says_what_to_do() {
    let model = sample::model(Screen::FirstRun, Picture::empty(sample::now()));
    shoot("first_run", &model, (80, 24));
    shoot("first_run", &model, (60, 16));
}

#[test]
fn every_pane_alone_at_80x24() {
    for pane in Pane::ALL.into_iter().skip(1) {
        let mut model = sample::model(sample::checkout(), sample::live());
        model.ui.pane = pane;
        shoot(&format!("pane_{}", pane.title().to_lowercase()), &model, (80, 24));
    }
    let mut model = sample::model(sample::checkout(), sample::live());
    (model.ui.pane, model.ui.zoomed) = (Pane::Slo, true);
    shoot("zoom_slo", &model, (120, 40));
    model.ui.pane = Pane::Chart;
    shoot("zoom_chart", &model, (120, 40));
}

#[test]
fn everything_that_lies_over_a_screen() {
    let over = |screen: Screen, pane: Pane, overlay: Overlay| {
        let mut model = sample::model(screen, sample::live());
        model.ui.pane = pane;
        model.ui.overlay = Some(overlay);
        model
    };
    let help = over(Screen::Board, Pane::Steps, Overlay::Help { scroll: 0, over: None });
    shoot("help_board", &help, (80, 24));
    shoot("help_board", &help, (120, 40));
    let command = Overlay::Command(CommandLine { selected: 1, ..CommandLine::of("rel") });
    shoot("command", &over(Screen::Board, Pane::Steps, command), (80, 24));
    let mut filter = over(Screen::Board, Pane::Steps, Overlay::Filter { list: List::Releases, before: String::new() });
    filter.ui.filters.insert(List::Releases, "che".to_owned());
    shoot("filter", &filter, (80, 24));
    for (name, pane, list) in [
        ("slo", Pane::Slo, List::Slos),
        ("alert", Pane::Alerts, List::Alerts),
        ("steps", Pane::Steps, List::Components),
    ] {
        let detail = over(sample::checkout(), pane, Overlay::Detail { list, scroll: 0 });
        shoot(&format!("detail_{name}"), &detail, (120, 40));
    }
}

#[test]
fn the_header_tells_demo_and_frozen_and_the_footer_tells_trouble() {
    let mut model = sample::model(Screen::Board, sample::live());
    model.setup.mode = Mode::Demo { scenario: "bad-canary".to_owned(), speed: 10.0 };
    model.config_problems = vec!["releases/checkout.toml line 3: unknown key `serivce`".to_owned()];
    shoot("demo_with_a_broken_file", &model, (80, 24));
    model.ui.frozen = Some(Box::new(model.picture.clone()));
    model.now += chrono::TimeDelta::seconds(72);
    model.ui.local_time = true;
    model.ui.notice =
        Some(Notice { text: "copied 214 bytes".to_owned(), until: model.now + chrono::TimeDelta::seconds(3) });
    shoot("frozen_with_a_notice", &model, (80, 24));
}
