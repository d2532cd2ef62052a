//! What guards a change: bursts, the prefix, WRITE mode.

use super::*;

fn burst(model: &mut Model, text: &str) -> Vec<Effect> {
    let now = model.now;
    update(model, now, Msg::Burst(keys(text)))
}

fn keys(text: &str) -> Vec<Key> {
    let key = |c| if c == '\r' { Key::plain(KeyCode::Enter) } else { Key::char(c) };
    text.chars().map(key).collect()
}

fn told(model: &Model) -> &str {
    model.ui.notice.as_ref().map_or("", |notice| notice.text.as_str())
}

#[test]
fn a_burst_of_keys_outside_a_text_field_is_dropped_and_told() {
    let mut model = console();
    let before = model.ui.clone();
    assert_eq!(burst(&mut model, "q x r R y Y :q!\r"), []);
    assert_eq!(Ui { notice: None, ..model.ui.clone() }, before);
    assert_eq!(told(&model), "ignored 16 keys that came as a burst");
    press(&mut model, "?");
    let before = model.ui.clone();
    assert_eq!(burst(&mut model, "qqq"), []);
    assert_eq!(model.ui.overlay, before.overlay, "nor does it close what is read");
}

#[test]
fn a_burst_into_a_text_field_is_text_and_can_neither_run_nor_leave_it() {
    let mut model = console();
    press(&mut model, ":");
    assert_eq!(burst(&mut model, "quit\rq"), []);
    assert!(
        matches!(&model.ui.overlay, Some(Overlay::Command(line)) if line.input == "quitq"),
        "{:?}",
        model.ui.overlay
    );
    assert!(told(&model).contains("1 keys"), "{}", told(&model));
}

#[test]
fn a_movement_key_held_down_over_a_slow_line_still_moves() {
    let mut model = console();
    burst(&mut model, "jjjjj");
    assert_eq!(selected(&model), "search");
    assert_eq!(burst(&mut model, "jjk"), []);
    assert_eq!(selected(&model), "search");
    let now = model.now;
    assert_eq!(update(&mut model, now, Msg::Burst(vec![Key::ctrl('c'); 3])).first(), Some(&Effect::Quit), "a way out");
}

#[test]
fn ctrl_c_twice_within_a_second_quits_and_once_goes_back() {
    let mut model = console();
    press(&mut model, "?");
    assert_eq!(update(&mut model, at(10), Msg::Key(Key::ctrl('c'))), []);
    assert!(model.ui.overlay.is_none());
    assert_eq!(update(&mut model, at(12), Msg::Key(Key::ctrl('c'))), []);
    assert_eq!(update(&mut model, at(13), Msg::Key(Key::ctrl('c'))), [Effect::Quit]);
}

fn chord(model: &mut Model, key: char) -> Vec<Effect> {
    one(model, Key::ctrl('x'));
    press(model, &key.to_string())
}

#[test]
fn what_changes_something_is_behind_the_prefix_and_says_that_it_is_not_there_yet() {
    let mut model = console();
    assert_eq!(one(&mut model, Key::ctrl('x')), []);
    assert!(model.ui.chord.is_some(), "the menu is open");
    assert_eq!(press(&mut model, "h"), []);
    assert!(told(&model).starts_with("not yet: it will pause"), "{}", told(&model));
    assert_eq!(model.ui.chord, None);
    assert_eq!(press(&mut model, "R"), [Effect::Poll(None)], "and the next key is a key again");
    press(&mut model, "a");
    assert_eq!(model.ui.screen, Screen::Approvals);
    chord(&mut model, 'y');
    assert_eq!(told(&model), "Ctrl-X y means nothing here");
    assert_eq!(chord(&mut model, 'q'), [], "nor does it quit");
    chord(&mut model, '?');
    assert!(matches!(model.ui.overlay, Some(Overlay::Help { .. })));
}

#[test]
fn the_prefix_waits_two_seconds_for_its_key_also_in_a_fast_demo() {
    let mut model = console();
    one(&mut model, Key::ctrl('x'));
    update(&mut model, at(2), Msg::Tick);
    assert!(model.ui.chord.is_some());
    update(&mut model, at(3), Msg::Tick);
    assert_eq!(model.ui.chord, None, "the menu is gone");
    one(&mut model, Key::ctrl('x'));
    assert_eq!(update(&mut model, at(6), Msg::Key(Key::char('q'))), [], "before it was drawn so, nothing is done");
    assert!(told(&model).starts_with("too late"), "{}", told(&model));
    model.setup.mode = Mode::Demo { scenario: "bad-canary".to_owned(), speed: 10.0 };
    one(&mut model, Key::ctrl('x'));
    update(&mut model, at(6 + 19), Msg::Key(Key::char('h')));
    assert!(told(&model).starts_with("not yet"), "{}", told(&model));
}

#[test]
fn a_burst_and_a_paste_end_a_begun_chord() {
    for stray in [Msg::Burst(keys("rrr")), Msg::Paste("r".to_owned())] {
        let mut model = console();
        one(&mut model, Key::ctrl('x'));
        update(&mut model, at(0), stray);
        assert_eq!(model.ui.chord, None);
    }
}

#[test]
fn a_console_that_is_read_only_says_by_what() {
    let mut model = console();
    model.setup.read_only = Some("--read-only".to_owned());
    for key in "erhca".chars() {
        assert_eq!(chord(&mut model, key), []);
        assert_eq!(told(&model), "READ-ONLY by --read-only: nothing can be changed from this console");
    }
    run(&mut model, "rollback.plan");
    assert_eq!(told(&model), "READ-ONLY by --read-only: nothing can be changed from this console");
}

/// A console on the release `cart` in prod, in WRITE mode since second 1.
fn writing() -> Model {
    let mut model = console();
    hit(&mut model, KeyCode::Enter);
    chord(&mut model, 'e');
    let armed = at(1);
    for key in keys("incident 42\r") {
        update(&mut model, armed, Msg::Key(key));
    }
    assert!(model.write.is_some(), "{:?}", model.ui);
    model
}

/// What is said at `second`, after a tick.
fn ticked(model: &mut Model, second: i64) -> String {
    update(model, at(second), Msg::Tick);
    told(model).to_owned()
}

#[test]
fn write_mode_asks_why_and_what_was_typed_ahead_does_not_answer() {
    let mut model = console();
    chord(&mut model, 'e');
    assert_eq!(told(&model), "WRITE mode is for one environment: open a release, or choose one with :env");
    hit(&mut model, KeyCode::Enter);
    chord(&mut model, 'e');
    press(&mut model, "incident 42");
    burst(&mut model, "incident 42");
    update(&mut model, at(0), Msg::Paste("incident 42".to_owned()));
    let reason = |model: &Model| match &model.ui.overlay {
        Some(Overlay::EnableWrites { reason, environment, .. }) => (reason.clone(), environment.clone()),
        other => panic!("{other:?}"),
    };
    assert_eq!(reason(&model), (String::new(), "prod".to_owned()), "not armed yet");
    update(&mut model, at(1), Msg::Key(Key::plain(KeyCode::Enter)));
    assert_eq!(model.write, None, "Enter alone confirms nothing");
    burst(&mut model, "INC 42\r");
    assert_eq!((reason(&model).0.as_str(), &model.write), ("INC 42", &None), "a burst is text, and no answer");
    hit(&mut model, KeyCode::Enter);
    let write = model.write.clone().expect("WRITE mode");
    assert_eq!((write.reason.as_str(), write.environment.as_str()), ("INC 42", "prod"));
}

#[test]
fn write_mode_ends_after_ten_minutes_also_where_somebody_types() {
    let mut model = writing();
    for minute in 1..10 {
        update(&mut model, at(minute * 60), Msg::Key(Key::char('j')));
    }
    update(&mut model, at(600), Msg::Key(Key::char('j')));
    assert!(model.write.is_some());
    update(&mut model, at(601), Msg::Key(Key::char('j')));
    assert_eq!((model.write.is_some(), told(&model)), (false, "READ-ONLY again: ten minutes are over"));
}

#[test]
fn write_mode_ends_where_nobody_seems_to_sit() {
    let mut model = writing();
    ticked(&mut model, 300);
    assert!(model.write.is_some());
    assert_eq!(ticked(&mut model, 301), "READ-ONLY again: no key for five minutes");

    let mut model = writing();
    update(&mut model, at(10), Msg::Focus(false));
    update(&mut model, at(100), Msg::Focus(false));
    assert_eq!(ticked(&mut model, 130), "READ-ONLY again: out of focus for two minutes");

    let mut model = writing();
    update(&mut model, at(10), Msg::Focus(false));
    update(&mut model, at(100), Msg::Focus(true));
    ticked(&mut model, 200);
    assert!(model.write.is_some(), "back in time");
    update(&mut model, at(201), Msg::Resumed);
    assert_eq!((model.write.is_some(), told(&model)), (false, "READ-ONLY again: the console was suspended"));
}

#[test]
fn write_mode_is_for_one_environment() {
    let mut model = writing();
    run(&mut model, "release checkout");
    assert!(model.write.is_some(), "the same environment");
    hit(&mut model, KeyCode::Esc);
    assert!(model.write.is_some(), "on the board of all of them");
    run(&mut model, "release search");
    assert_eq!((model.write.is_some(), told(&model)), (false, "READ-ONLY again: this is stage"));
}

#[test]
fn write_mode_is_given_back_by_its_chord_and_ends_when_the_clock_is_set_back() {
    let mut model = writing();
    chord(&mut model, 'e');
    assert_eq!((model.write.is_some(), told(&model)), (false, "READ-ONLY again: given back"));
    let mut model = writing();
    update(&mut model, at(-3_600), Msg::Tick);
    assert_eq!(model.write, None);
}
