//! What holds on every screen, whatever it looks like.

use ratatui::style::Color;
use warroom::{
    app::frozen::Frozen,
    app::model::{Changed, List, Model, Pane, Screen},
    domain::{level::Level, time::Span},
    tui::{
        glyph::Charset,
        look::Look,
        theme::{Depth, Theme},
    },
};

use super::{ascii_look, default_look, drawn, text};
use crate::sample;

#[test]
fn what_is_not_known_is_never_drawn_like_what_is_well() {
    for picture in [sample::live(), sample::stale(), sample::failed(), sample::loading()] {
        for screen in [Screen::Board, sample::checkout(), Screen::Sources] {
            for size in [(80, 24), (120, 40), (200, 60)] {
                let buffer = drawn(&sample::model(screen.clone(), picture.clone()), &default_look(), size);
                for cell in &buffer.content {
                    let unknown = matches!(cell.symbol(), "?" | "◌");
                    assert!(!(unknown && cell.fg == Color::Green), "{screen:?} {size:?}:\n{}", text(&buffer));
                }
            }
        }
    }
}

#[test]
fn nothing_on_a_stale_board_is_ok() {
    let buffer = drawn(&sample::model(Screen::Board, sample::stale()), &default_look(), (120, 40));
    let text = text(&buffer);
    assert!(!text.contains('✓'), "{text}");
    assert!(text.contains("STALE 6m12s"), "{text}");
}

#[test]
fn a_missing_number_is_a_question_mark_and_never_zero() {
    let mut picture = sample::live();
    for slo in &mut picture.slos {
        slo.budget.remaining = Some(f64::NAN);
        for burn in &mut slo.burns {
            burn.rate = Some(f64::NAN);
        }
    }
    picture.releases.truncate(1);
    let mut model = sample::model(sample::checkout(), picture);
    model.ui.pane = Pane::Slo;
    let text = text(&drawn(&model, &default_look(), (80, 24)));
    let row = text.lines().find(|line| line.contains("checkout availability")).expect("its row");
    assert!(row.matches('?').count() >= 3 && !row.contains("0x") && !row.contains("0 %"), "{row}");
}

#[test]
fn without_colours_the_selected_row_and_every_state_are_still_told_apart() {
    let mut model = sample::model(Screen::Board, sample::live());
    model.ui.selected.insert(List::Releases, "search-2026-11".to_owned());
    let buffer = drawn(&model, &ascii_look(), (80, 24));
    let text = text(&buffer);
    assert!(text.is_ascii(), "{text}");
    for word in ["X page firing", "? unknown", "! ticket burn", "> RUN", ". WAITING", "+ OK"] {
        assert!(text.contains(word), "{word} is not in\n{text}");
    }
    let row = text.lines().position(|line| line.starts_with(">search")).expect("the selected row");
    let cell = &buffer[(2, u16::try_from(row).expect("a row"))];
    assert!(cell.modifier.contains(ratatui::style::Modifier::REVERSED));
}

#[test]
fn text_from_outside_cannot_steer_the_terminal() {
    let mut picture = sample::live();
    picture.releases[0].name = "evil\u{1b}[2J\u{202e}\u{9b}31m".to_owned();
    picture.releases[0].reasons[0].text = "two\nlines\u{7}".to_owned();
    picture.alerts[0].alert.name = "\u{1b}]0;title\u{7}".to_owned();
    picture.sources[0].endpoint = "http://x/\u{feff}\u{e0041}".to_owned();
    for screen in [Screen::Board, sample::checkout(), Screen::Sources] {
        let buffer = drawn(&sample::model(screen, picture.clone()), &default_look(), (120, 40));
        for cell in &buffer.content {
            assert!(cell.symbol().chars().all(warroom::domain::clean::is_safe), "{:?}", cell.symbol());
        }
    }
}

#[test]
fn a_small_terminal_still_says_the_worst_fact() {
    let text = text(&drawn(&sample::model(Screen::Board, sample::live()), &default_look(), (39, 5)));
    assert!(text.contains("✗ checkout 1.42.0 page firing"), "{text}");
    assert!(text.contains("enlarge to 80x24"), "{text}");
}

#[test]
fn what_does_not_fit_is_counted_by_level() {
    let picture = sample::huge();
    let total = picture.releases.len();
    let text = text(&drawn(&sample::model(Screen::Board, picture), &default_look(), (80, 24)));
    let rest = text.lines().find(|line| line.contains(" more  ")).expect("a line for the rest");
    let hidden: usize =
        rest.trim().trim_start_matches('+').split(' ').next().expect("a number").parse().expect("a number");
    let shown = text.lines().filter(|line| line.contains("x ") && line.contains("x/")).count();
    assert!(hidden > 900 && hidden < total, "{rest}");
    assert!(shown > 3, "{text}");
}

#[test]
fn the_selected_release_stays_in_sight_in_a_long_list() {
    let mut model = sample::model(Screen::Board, sample::huge());
    let last = model.picture.releases.last().expect("one").clone();
    model.ui.selected.insert(List::Releases, last.id);
    let text = text(&drawn(&model, &default_look(), (80, 24)));
    assert!(text.contains(&last.name), "{text}");
}

#[test]
fn chart_markers_stand_at_their_time_and_are_explained() {
    let mut model = sample::model(sample::checkout(), sample::live());
    model.ui.pane = Pane::Chart;
    let text = text(&drawn(&model, &default_look(), (120, 40)));
    assert!(text.contains("C 14:19 canary 25 %"), "{text}");
    let axis = text.lines().find(|line| line.contains("─C─")).expect("the axis");
    let times = text.lines().find(|line| line.contains("14:02") && line.contains("14:19")).expect("the times");
    let letter = axis.chars().position(|c| c == 'C').expect("the letter");
    let time = times.find("14:19").map(|at| times[..at].chars().count()).expect("the time");
    assert_eq!(letter, time + 2, "{text}");
    model.ui.chart.markers = false;
    let without = super::text(&drawn(&model, &default_look(), (120, 40)));
    assert!(!without.contains("canary 25 %  D"), "{without}");
}

#[test]
fn ages_grow_on_a_frozen_screen() {
    let mut model = sample::model(Screen::Sources, sample::live());
    model.ui.frozen = Some(Box::new(Frozen::of(&model)));
    model.now += Span::from_secs(60).delta();
    let text = text(&drawn(&model, &default_look(), (80, 24)));
    assert!(text.contains("FROZEN 1m00s"), "{text}");
    assert!(text.contains("1m03s"), "{text}");
}

#[test]
fn at_the_end_of_a_slow_link_a_minute_changes_nothing_but_minutes() {
    let mut model = sample::model(Screen::Sources, sample::live());
    model.ui.low_bandwidth = true;
    let before = text(&drawn(&model, &default_look(), (80, 24)));
    assert!(before.contains("14:32Z") && before.contains("<1m") && before.contains("6m"), "{before}");
    model.now += Span::from_secs(20).delta();
    assert_eq!(text(&drawn(&model, &default_look(), (80, 24))), before);
}

#[test]
fn a_release_that_is_gone_is_told_and_esc_leads_back() {
    let mut model = sample::model(Screen::Release("was-here".to_owned()), sample::quiet());
    let text = text(&drawn(&model, &default_look(), (80, 24)));
    assert!(text.contains("no source reports the release was-here any more"), "{text}");
    model.picture = sample::failed();
    let text = super::text(&drawn(&model, &default_look(), (80, 24)));
    assert!(text.contains("was-here is not known: prom-eu is FAILED"), "{text}");
}

#[test]
fn an_unsure_release_has_no_verdict_of_the_calm_kind() {
    let mut picture = sample::live();
    picture.releases[0].level = Level::Unknown;
    picture.releases[0].reasons = vec![sample::reason(Level::Unknown, "unknown", "prom-eu has no fresh answer")];
    picture.releases[0].data_at = None;
    let text = text(&drawn(&sample::model(sample::checkout(), picture), &default_look(), (80, 24)));
    let verdict = text.lines().nth(1).expect("the verdict line");
    assert!(verdict.contains("? unknown") && verdict.contains("data age ?"), "{verdict}");
}

#[test]
fn what_changed_is_marked_for_ten_seconds_and_not_on_a_frozen_screen() {
    let mut model = sample::model(Screen::Board, sample::live());
    let id = model.picture.releases[0].id.clone();
    let changed = Changed { state: Some(sample::ago(9)), progress: None };
    model.ui.changed.insert(id, changed);
    let shown = |model: &Model| text(&drawn(model, &default_look(), (80, 24)));
    assert!(shown(&model).contains("✗ page firing*"), "{}", shown(&model));
    model.ui.frozen = Some(Box::new(Frozen::of(&model)));
    assert!(!shown(&model).contains("page firing*"), "{}", shown(&model));
    model.ui.frozen = None;
    model.now += Span::from_secs(1).delta();
    assert!(!shown(&model).contains("page firing*"), "{}", shown(&model));
}

#[test]
fn a_line_that_is_too_small_for_a_screen_never_says_that_all_is_well_when_nobody_knows() {
    for (picture, words) in [
        (sample::live(), "✗ checkout 1.42.0 page firing"),
        (sample::failed(), "✗ releases unknown: prod-us FAILED"),
        (sample::loading(), "◷ waiting for the first answers"),
        (sample::quiet(), "✓ no releases in flight"),
    ] {
        let shown = text(&drawn(&sample::model(Screen::Board, picture), &default_look(), (60, 1)));
        assert!(shown.contains(words), "{words} is not in {shown}");
    }
    let shown = text(&drawn(&sample::model(Screen::Board, sample::live()), &default_look(), (100, 2)));
    assert!(shown.contains("CheckoutErrorBudgetBurn fires for 6m07s  ?1 ▲1"), "the others are counted: {shown}");
}

#[test]
fn with_braille_a_chart_has_two_values_in_each_cell() {
    let mut model = sample::model(sample::checkout(), sample::live());
    model.ui.pane = Pane::Chart;
    model.ui.zoomed = true;
    let look = Look::new(&Theme::built_in("default").expect("built in"), Charset::Braille, Depth::Ansi16);
    let shown = text(&drawn(&model, &look, (200, 60)));
    let one_sided = |c: char| "⢀⢠⢰⢸⡀⡄⡆⡇".contains(c);
    assert!(shown.contains('⣿') && shown.contains(one_sided), "{shown}");
    assert!(!shown.contains('▁'), "{shown}");
}
