//! Keys, pastes and time at the wall.

use warroom::{
    app::{
        key::{Key, KeyCode},
        model::Screen,
        msg::{Effect, Msg},
        update::update,
        wall::Page,
    },
    domain::time::Span,
};

use super::{after, shown, turning, wall};
use crate::sample;
use crate::screens::{default_look, drawn, text};

const STAY: Option<Span> = Some(Span::from_secs(20));

fn calm() -> warroom::domain::picture::Picture {
    let mut picture = sample::live();
    picture.releases.remove(0);
    picture
}

fn pages() -> Vec<Page> {
    vec![Page::Board, Page::Worst, Page::Slo]
}

#[test]
fn pages_follow_each_other_and_begin_anew() {
    let mut model = turning(pages(), STAY, calm());
    let mut seen = vec![shown(&model).clone()];
    for _ in 0..4 {
        after(&mut model, 19);
        assert_eq!(Some(shown(&model)), seen.last(), "too early");
        after(&mut model, 1);
        seen.push(shown(&model).clone());
    }
    assert_eq!(seen, [Page::Board, Page::Worst, Page::Slo, Page::Board, Page::Worst]);
}

#[test]
fn without_rotation_the_first_page_stays() {
    let mut model = turning(pages(), None, sample::live());
    after(&mut model, 3_600);
    assert_eq!(*shown(&model), Page::Board);
}

#[test]
fn a_release_that_is_bad_comes_up_at_once_and_stays_until_it_is_not() {
    let mut model = turning(pages(), STAY, calm());
    after(&mut model, 1);
    model.picture = sample::live();
    after(&mut model, 1);
    assert_eq!(*shown(&model), Page::Worst);
    after(&mut model, 3_600);
    assert_eq!(*shown(&model), Page::Worst);
    assert_eq!(model.ui.screen, sample::checkout());
    model.picture = calm();
    after(&mut model, 20);
    assert_eq!(*shown(&model), Page::Slo);
}

#[test]
fn a_held_page_stays_whatever_happens_and_p_lets_it_go() {
    let mut model = turning(pages(), STAY, calm());
    let at = model.now;
    update(&mut model, at, Msg::Key(Key::char('p')));
    model.picture = sample::live();
    after(&mut model, 3_600);
    assert_eq!(*shown(&model), Page::Board);
    assert!(model.ui.frozen.is_none(), "data go on");
    let at = model.now;
    update(&mut model, at, Msg::Key(Key::char('p')));
    assert_eq!(*shown(&model), Page::Worst);
}

#[test]
fn of_releases_that_are_equally_bad_the_wall_keeps_the_one_it_shows() {
    let mut picture = sample::live();
    let mut twin = picture.releases[0].clone();
    "twin".clone_into(&mut twin.id);
    picture.releases.push(twin);
    let mut model = wall(Page::Worst, picture);
    model.picture.releases.rotate_right(1);
    after(&mut model, 1);
    assert_eq!(model.ui.screen, sample::checkout());
}

#[test]
fn the_chart_of_the_followed_release_is_asked_for_behind_every_page() {
    let model = wall(Page::Board, sample::live());
    let asked: Vec<&str> = model.wanted.charts.iter().map(|chart| chart.service.as_str()).collect();
    assert!(asked.contains(&"checkout"), "{asked:?}");
}

#[test]
fn no_key_and_no_paste_does_anything_but_leave_and_hold() {
    let mut model = wall(Page::Worst, sample::live());
    let codes = [
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::Backspace,
        KeyCode::Delete,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::PageUp,
        KeyCode::PageDown,
    ];
    let codes = codes.into_iter().chain((1..=12).map(KeyCode::F)).chain((' '..='~').map(KeyCode::Char));
    let keys = codes.flat_map(|code| {
        [(false, false), (true, false), (false, true), (true, true)].map(|(ctrl, alt)| Key { code, ctrl, alt })
    });
    let before = model.clone();
    for key in keys.filter(|key| *key != Key::ctrl('c')) {
        let at = model.now;
        assert_eq!(update(&mut model, at, Msg::Key(key)), [], "{key:?}");
        assert_eq!(model, before, "{key:?}");
    }
    let at = model.now;
    assert_eq!(update(&mut model, at, Msg::Paste("q\n:quit\n\u{3}\u{3}".to_owned())), []);
    assert_eq!(model, before);
}

#[test]
fn two_ctrl_c_within_a_second_leave_and_one_does_not() {
    let mut model = wall(Page::Worst, sample::live());
    let press = |model: &mut warroom::app::model::Model, millis: u64| {
        let at = model.now + Span::from_millis(millis).delta();
        update(model, at, Msg::Key(Key::ctrl('c')))
    };
    assert_eq!(press(&mut model, 0), []);
    assert!(model.ui.notice.as_ref().is_some_and(|notice| notice.text.contains("once more")));
    assert_eq!(press(&mut model, 2_000), []);
    assert_eq!(press(&mut model, 500), [Effect::Quit]);
}

#[test]
fn a_room_without_releases_is_a_board() {
    let model = wall(Page::Worst, sample::quiet());
    assert_eq!(model.ui.screen, Screen::Board);
}

#[test]
fn a_run_comes_up_at_once_with_its_steps_and_stays_until_its_end_was_read() {
    let mut model = turning(pages(), STAY, calm());
    update(&mut model, sample::now(), Msg::Ledger(Box::new(crate::sample::procedures::running().ledger())));
    assert_eq!(model.ui.screen, Screen::Run("run-0192".into()), "its output is followed");
    for size in [(80, 24), (120, 40), (160, 28)] {
        model.ui.size = size;
        let drawn = text(&drawn(&model, &default_look(), size));
        for told in ["run-0192", "2/5 steps", "2m12s of 10m", "flag new_pricing off"] {
            assert!(drawn.contains(told), "{told} {size:?}\n{drawn}");
        }
    }
    after(&mut model, 3_600);
    assert_eq!(*shown(&model), Page::Worst, "it stays as long as it goes on");
    assert_eq!(
        update(&mut model, sample::now(), Msg::Key(Key::ctrl('x'))),
        [],
        "and nobody tells it anything from here"
    );
    assert!(model.ui.overlay.is_none() && model.ui.chord.is_none());
}
