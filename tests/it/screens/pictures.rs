//! What single panes, what lies over a screen, and single moments look like.

use insta::assert_snapshot;
use warroom::{
    app::{
        frozen::Frozen,
        model::{CommandLine, List, Mode, Model, Notice, Overlay, Pane, Screen},
        write_mode::WriteMode,
    },
    domain::{picture::Picture, time::Span},
};

use super::{default_look, drawn, text};
use crate::sample;

fn shoot(name: &str, model: &Model, size: (u16, u16)) {
    let buffer = drawn(model, &default_look(), size);
    assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), text(&buffer));
}

#[test]
fn a_thousand_releases_are_counted() {
    shoot("board_huge", &sample::model(Screen::Board, sample::huge()), (80, 24));
    shoot("board_huge", &sample::model(Screen::Board, sample::huge()), (200, 60));
}

#[test]
fn the_first_run_says_what_to_do() {
    let model = sample::model(Screen::FirstRun, Picture::empty(sample::now()));
    for size in [(60, 16), (80, 24), (120, 40), (200, 60)] {
        shoot("first_run", &model, size);
    }
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
        ("canary", Pane::Triggers, List::Analyses),
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
    model.ui.frozen = Some(Box::new(Frozen::of(&model)));
    model.now += chrono::TimeDelta::seconds(72);
    model.ui.local_time = true;
    model.ui.notice =
        Some(Notice { text: "copied 214 bytes".to_owned(), until: model.now + chrono::TimeDelta::seconds(3) });
    shoot("frozen_with_a_notice", &model, (80, 24));
}

#[test]
fn the_menu_of_what_changes_something() {
    let mut model = sample::model(sample::checkout(), sample::live());
    model.ui.chord = Some(model.now);
    for size in [(60, 16), (80, 24), (120, 40)] {
        model.ui.size = size;
        shoot("chord", &model, size);
    }
    model.setup.read_only = Some("--read-only".to_owned());
    shoot("chord_read_only", &model, (80, 24));
}

#[test]
fn write_mode_is_asked_for_and_told_in_words() {
    let mut model = sample::model(sample::checkout(), sample::live());
    model.ui.overlay = Some(Overlay::EnableWrites {
        reason: "INC-4821: canary burns".to_owned(),
        environment: "prod".to_owned(),
        opened: model.now,
    });
    shoot("write_dialog", &model, (80, 24));
    model.ui.overlay = None;
    let mut write = WriteMode::new("INC-4821".to_owned(), "prod".to_owned(), model.now - Span::from_secs(79).delta());
    write.touched = model.now;
    model.write = Some(write.clone());
    shoot("write_mode", &model, (80, 24));
    shoot("write_mode", &model, (120, 40));
    write.touched = write.since - Span::from_secs(3 * 60 + 10).delta();
    model.write = Some(write);
    let text = text(&drawn(&model, &default_look(), (80, 24)));
    assert!(text.contains(" WRITE 0:31 idle "), "{text}");
}
