//! The console by sequences of messages: what a person would notice.

use std::{collections::BTreeMap, sync::Arc};

use proptest::prelude::*;

use super::*;
use crate::{
    app::{
        command,
        model::{Changed, CommandLine, List, Mode, Pane, Setup, Ui},
        rows,
        zone::Zone,
    },
    domain::{
        catalog::{Catalog, ComponentFile, ReleaseFile},
        feed::FeedName,
        source::{FeedSpec, SourceSpec},
    },
};

pub(super) fn at(secs: i64) -> Timestamp {
    Timestamp::from_timestamp(1_800_000_000 + secs, 0).expect("in range")
}

fn catalog(releases: &[(&str, &str)]) -> Arc<Catalog> {
    let file = |environment: &str, name: &str| ReleaseFile {
        environment: environment.to_owned(),
        components: vec![ComponentFile {
            service: name.to_owned(),
            version: "1.0".to_owned(),
            ..ComponentFile::default()
        }],
        ..ReleaseFile::default()
    };
    let releases: BTreeMap<String, ReleaseFile> =
        releases.iter().map(|(name, environment)| ((*name).to_owned(), file(environment, name))).collect();
    Arc::new(Catalog { releases, ..Catalog::default() })
}

fn source(name: &str) -> SourceSpec {
    SourceSpec {
        name: name.into(),
        kind: "kubernetes".to_owned(),
        endpoint: "context prod-eu".to_owned(),
        environment: None,
        region: None,
        feeds: vec![FeedSpec { name: FeedName::from("rollouts"), interval: Span::from_secs(5) }],
    }
}

pub(super) fn console() -> Model {
    let setup = Setup {
        mode: Mode::ReadOnly,
        who: "mira@bastion-2".to_owned(),
        config_path: None,
        config_places: Vec::new(),
        sizes: crate::config::sizes::Sizes::default(),
        zone: Some(Zone::Named(chrono_tz::Tz::Europe__Berlin)),
        zone_chosen: false,
        announce: announcement::Wanted::default(),
        themes: vec!["default".to_owned(), "mono".to_owned()],
        keymap: crate::app::keymap::Keymap::default(),
        read_only: None,
    };
    let catalog = catalog(&[("cart", "prod"), ("checkout", "prod"), ("search", "stage")]);
    Model::new(setup, Room::new(catalog, vec![source("cluster"), source("other")]), at(0))
}

fn press(model: &mut Model, keys: &str) -> Vec<Effect> {
    keys.chars().flat_map(|c| one(model, Key::char(c))).collect()
}

fn one(model: &mut Model, key: Key) -> Vec<Effect> {
    let now = model.now;
    update(model, now, Msg::Key(key))
}

fn hit(model: &mut Model, code: KeyCode) -> Vec<Effect> {
    one(model, Key::plain(code))
}

fn board(model: &Model) -> Vec<String> {
    rows::ids(model, List::Releases)
}

fn selected(model: &Model) -> String {
    let releases = rows::releases(model);
    rows::selected(model, List::Releases, &releases).map(|release| release.id.clone()).unwrap_or_default()
}

fn run(model: &mut Model, line: &str) -> Vec<Effect> {
    press(model, ":");
    press(model, line);
    hit(model, KeyCode::Enter)
}

#[test]
fn the_selection_follows_the_release_and_not_the_row() {
    let mut model = console();
    assert_eq!(board(&model), ["cart", "checkout", "search"]);
    press(&mut model, "j");
    assert_eq!(selected(&model), "checkout");
    let more = catalog(&[("aaa", "prod"), ("cart", "prod"), ("checkout", "prod"), ("search", "stage")]);
    update(&mut model, at(1), Msg::Catalog(more));
    assert_eq!(selected(&model), "checkout");
    press(&mut model, "ssS");
    assert_eq!(selected(&model), "checkout");
    press(&mut model, "ssS");
    update(&mut model, at(2), Msg::Catalog(catalog(&[("cart", "prod"), ("search", "stage")])));
    assert_eq!(selected(&model), "search", "the one that took its place");
    update(&mut model, at(3), Msg::Resize(200, 60));
    assert_eq!(selected(&model), "search");
}

#[test]
fn escape_goes_back_level_by_level_and_never_quits() {
    let mut model = console();
    hit(&mut model, KeyCode::Enter);
    assert_eq!(model.ui.screen, Screen::Release("cart".to_owned()));
    press(&mut model, "3+?");
    assert_eq!(model.ui.pane, Pane::Slo);
    assert!(model.ui.zoomed && model.ui.overlay.is_some());
    hit(&mut model, KeyCode::Esc);
    assert!(model.ui.zoomed && model.ui.overlay.is_none());
    hit(&mut model, KeyCode::Esc);
    assert!(!model.ui.zoomed);
    hit(&mut model, KeyCode::Esc);
    assert_eq!(model.ui.screen, Screen::Board);
    for _ in 0..20 {
        assert!(!hit(&mut model, KeyCode::Esc).contains(&Effect::Quit));
    }
    assert_eq!(press(&mut model, "q"), [Effect::Quit]);
}

#[test]
fn a_filter_narrows_the_list_and_an_exclamation_mark_turns_it_round() {
    let mut model = console();
    press(&mut model, "/CHECK");
    assert_eq!(board(&model), ["checkout"], "while it is typed, whatever the case");
    hit(&mut model, KeyCode::Enter);
    assert_eq!(board(&model), ["checkout"]);
    press(&mut model, "/");
    one(&mut model, Key::ctrl('u'));
    press(&mut model, "!stage");
    assert_eq!(board(&model), ["cart", "checkout"]);
    hit(&mut model, KeyCode::Esc);
    assert_eq!(board(&model), ["checkout"], "Esc puts back what was before");
    hit(&mut model, KeyCode::Esc);
    assert_eq!(board(&model).len(), 3, "and the next one takes the filter away");
}

#[test]
fn n_goes_round_what_the_filter_leaves() {
    let mut model = console();
    press(&mut model, "/prod");
    hit(&mut model, KeyCode::Enter);
    let mut seen = Vec::new();
    for _ in 0..3 {
        seen.push(selected(&model));
        press(&mut model, "n");
    }
    assert_eq!(seen, ["cart", "checkout", "cart"]);
}

#[test]
fn the_board_shows_one_environment_on_demand() {
    let mut model = console();
    run(&mut model, "env stage");
    assert_eq!(board(&model), ["search"]);
    run(&mut model, "env all");
    assert_eq!(board(&model).len(), 3);
    run(&mut model, "env nowhere");
    assert_eq!(board(&model).len(), 3);
}

#[test]
fn every_action_and_command_can_be_reached_by_name() {
    let mut model = console();
    let mut found = std::collections::BTreeSet::new();
    for screen in [Screen::FirstRun, Screen::Board, Screen::Release("cart".to_owned()), Screen::Sources] {
        model.ui.screen = screen;
        let everything = command::candidates(&model, "").into_iter().map(|candidate| candidate.line);
        found.extend(everything);
    }
    for action in Action::all() {
        assert!(found.contains(action.name()), "{}", action.name());
    }
    for command in command::COMMANDS {
        assert!(found.contains(command.name), "{}", command.name);
    }
}

#[test]
fn every_candidate_that_is_complete_is_understood() {
    let mut model = console();
    for screen in [Screen::Board, Screen::Release("cart".to_owned())] {
        model.ui.screen = screen;
        for typed in ["", "e", "so", "release ", "theme ", "sort ", "range ", "export ", "poll ", "env ", "chart"] {
            let candidates = command::candidates(&model, typed);
            assert!(!candidates.is_empty(), "{typed:?}");
            for candidate in candidates.iter().filter(|candidate| candidate.complete && candidate.here) {
                assert!(command::parse(&model, &candidate.line).is_ok(), "{}", candidate.line);
            }
        }
    }
}

#[test]
fn a_release_is_opened_by_a_part_of_its_name() {
    let mut model = console();
    run(&mut model, "release sear");
    assert_eq!(model.ui.screen, Screen::Release("search".to_owned()));
    run(&mut model, "board");
    run(&mut model, "chck");
    assert_eq!(model.ui.screen, Screen::Release("checkout".to_owned()), "fuzzily, without naming the command");
    run(&mut model, "release nothing-like-it");
    assert_eq!(command_line(&model).problem.as_deref(), Some("no release `nothing-like-it`"));
}

fn command_line(model: &Model) -> &CommandLine {
    let Some(Overlay::Command(line)) = &model.ui.overlay else { panic!("{:?}", model.ui.overlay) };
    line
}

#[test]
fn a_command_that_cannot_be_run_stays_to_be_put_right() {
    let mut model = console();
    run(&mut model, "env stagng");
    let line = command_line(&model);
    assert_eq!(line.input, "env stagng");
    assert_eq!(line.problem.as_deref(), Some("no environment `stagng`: there are prod, stage"));
    hit(&mut model, KeyCode::Backspace);
    assert_eq!(command_line(&model).problem, None, "it is being put right");
    hit(&mut model, KeyCode::Esc);
    for (typed, told) in [
        ("bord ", "no command `bord`: did you mean `board`?"),
        ("xyzzy plugh", "no command `xyzzy`: an empty line lists all of them"),
        ("theme nothing-like-it", "no theme `nothing-like-it`: there are default, mono"),
        ("board now", "`board` takes no argument"),
    ] {
        assert_eq!(command::parse(&model, typed).expect_err(typed), told);
    }
}

#[test]
fn the_palette_has_every_command_with_its_key_and_says_where_it_works() {
    let model = console();
    let all = command::candidates(&model, "");
    for action in Action::all() {
        let line = all.iter().find(|candidate| candidate.line == action.name()).expect(action.name());
        assert_eq!(line.keys, model.setup.keymap.key_of(action), "{}", action.name());
    }
    let zoom = all.iter().find(|candidate| candidate.line == "pane.zoom").expect("listed");
    assert!(!zoom.here && zoom.help.ends_with("(on the release screen)"), "{}", zoom.help);
    assert_eq!(command::parse(&model, "pane.zoom"), Err("`pane.zoom` works on the release screen".to_owned()));
}

#[test]
fn up_fetches_older_commands_that_begin_alike_and_down_comes_back() {
    let mut model = console();
    for line in ["sort name", "env all", "sort burn"] {
        run(&mut model, line);
    }
    let mut seen = Vec::new();
    press(&mut model, ":so");
    for code in [KeyCode::Up, KeyCode::Up, KeyCode::Up, KeyCode::Down, KeyCode::Down] {
        hit(&mut model, code);
        seen.push(command_line(&model).input.clone());
    }
    assert_eq!(seen, ["sort burn", "sort name", "sort name", "sort burn", "so"]);
    hit(&mut model, KeyCode::Up);
    hit(&mut model, KeyCode::Up);
    hit(&mut model, KeyCode::Enter);
    assert_eq!(model.ui.sort, Sort::Name);
    press(&mut model, ":");
    hit(&mut model, KeyCode::Down);
    hit(&mut model, KeyCode::Down);
    assert_eq!(command_line(&model).selected, 2, "Down chooses a completion");
    hit(&mut model, KeyCode::Up);
    assert_eq!(command_line(&model).selected, 1, "and so does Up below the first");
}

#[test]
fn help_gives_back_what_lay_below_it() {
    let mut model = console();
    hit(&mut model, KeyCode::Enter);
    press(&mut model, "8");
    hit(&mut model, KeyCode::Enter);
    let detail = model.ui.overlay.clone();
    assert!(matches!(detail, Some(Overlay::Detail { .. })));
    press(&mut model, "?");
    assert!(matches!(model.ui.overlay, Some(Overlay::Help { .. })));
    hit(&mut model, KeyCode::Esc);
    assert_eq!(model.ui.overlay, detail);
    hit(&mut model, KeyCode::Esc);
    press(&mut model, ":sor");
    hit(&mut model, KeyCode::F(1));
    press(&mut model, "?");
    assert_eq!(command_line(&model).input, "sor");
}

#[test]
fn tab_completes_and_history_comes_first() {
    let mut model = console();
    press(&mut model, ":them");
    hit(&mut model, KeyCode::Tab);
    hit(&mut model, KeyCode::Enter);
    let lines = |model: &Model| {
        let candidates = command::candidates(model, "");
        candidates.into_iter().map(|candidate| candidate.line).collect::<Vec<_>>()
    };
    model.ui.overlay = None;
    run(&mut model, "theme mono");
    assert_eq!(model.ui.theme, "mono");
    run(&mut model, "sort name");
    assert_eq!(lines(&model).get(..2), Some(&["sort name".to_owned(), "theme mono".to_owned()][..]));
}

#[test]
fn a_command_that_wants_an_argument_waits_for_it() {
    let mut model = console();
    run(&mut model, "range");
    assert!(matches!(&model.ui.overlay, Some(Overlay::Command(line)) if line.input == "range "));
    press(&mut model, "45m");
    hit(&mut model, KeyCode::Enter);
    assert_eq!(model.ui.chart.range, Span::from_mins(45));
}

#[test]
fn a_paste_goes_where_text_is_typed_and_nowhere_else() {
    let mut model = console();
    let before = model.ui.clone();
    let effects = update(&mut model, at(0), Msg::Paste("q x r R y Y dd :q! 123\r".to_owned()));
    assert_eq!(effects, []);
    assert_eq!(Ui { notice: None, ..model.ui.clone() }, before);
    press(&mut model, "/");
    update(&mut model, at(0), Msg::Paste("che\u{1b}ck\r\n".to_owned()));
    assert_eq!(model.ui.filter(List::Releases), "che\u{fffd}ck");
}

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

#[test]
fn a_frozen_screen_stands_still_while_data_go_on() {
    let mut model = console();
    press(&mut model, "p");
    update(&mut model, at(60), Msg::Catalog(catalog(&[("new", "prod")])));
    assert_eq!(board(&model), ["cart", "checkout", "search"]);
    assert_eq!(model.picture.releases.len(), 1);
    press(&mut model, "p");
    assert_eq!(board(&model), ["new"]);
}

#[test]
fn what_changes_of_a_release_is_remembered_for_ten_seconds() {
    let mut model = console();
    update(&mut model, at(1), Msg::Tick);
    assert!(model.ui.changed.is_empty(), "nothing changed");
    let retitled = catalog(&[("cart", "prod"), ("checkout", "prod"), ("search", "stage")]);
    let mut retitled = Catalog::clone(&retitled);
    for file in retitled.releases.values_mut() {
        for component in &mut file.components {
            "9.9.9".clone_into(&mut component.version);
        }
    }
    update(&mut model, at(2), Msg::Catalog(Arc::new(retitled)));
    let changed: Vec<Changed> = model.ui.changed.values().copied().collect();
    assert_eq!(changed.len(), 3);
    assert!(changed.iter().all(|changed| changed.progress == Some(at(2))), "{changed:?}");
    update(&mut model, at(11), Msg::Tick);
    assert_eq!(model.ui.changed.len(), 3);
    update(&mut model, at(12), Msg::Tick);
    let fresh = |at| Changed::is_fresh(at, model.now);
    assert!(!model.ui.changed.values().filter_map(|changed| changed.progress).any(fresh));
}

#[test]
fn connectors_are_told_what_is_looked_at() {
    let mut model = console();
    let effects = hit(&mut model, KeyCode::Enter);
    let charts = effects.iter().find_map(|effect| match effect {
        Effect::Demand(demand) => Some(demand.charts.clone()),
        _ => None,
    });
    let charts = charts.expect("a demand");
    assert_eq!(charts.iter().map(|chart| chart.service.as_str()).collect::<Vec<_>>(), ["cart"]);
    assert_eq!(press(&mut model, "j"), [], "nothing new to look at");
    let effects = press(&mut model, "]");
    assert!(matches!(effects.as_slice(), [Effect::Demand(demand)] if demand.charts[0].range == Span::from_hours(1)));
    let effects = update(&mut model, at(1), Msg::Catalog(catalog(&[])));
    assert_eq!(effects.iter().filter(|effect| matches!(effect, Effect::Demand(_))).count(), 1);
}

#[test]
fn poll_copy_and_export_ask_the_shell() {
    let mut model = console();
    assert_eq!(press(&mut model, "R"), [Effect::Poll(None)]);
    assert_eq!(run(&mut model, "poll other"), [Effect::Poll(Some("other".into()))]);
    let copied = press(&mut model, "y");
    assert!(
        matches!(copied.as_slice(), [Effect::Copy { what, text }] if what == "the line" && text.contains("cart")),
        "{copied:?}"
    );
    let plain = press(&mut model, "Y");
    assert!(matches!(plain.as_slice(), [Effect::ShowPlain(text)] if text.contains("checkout")), "{plain:?}");
    for (line, extension, part) in
        [("export", "md", "| cart"), ("export json", "json", "\"release\": \""), ("export csv", "csv", "STATE,RELEASE")]
    {
        let effects = run(&mut model, line);
        let [Effect::Export { name, content }] = effects.as_slice() else { panic!("{line}: {effects:?}") };
        assert!(name.starts_with("warroom-board-") && name.ends_with(extension), "{name}");
        assert!(content.contains(part), "{content}");
    }
}

#[test]
fn a_file_is_named_after_release_pane_and_time() {
    let mut model = console();
    hit(&mut model, KeyCode::Enter);
    press(&mut model, "3");
    let effects = press(&mut model, "e");
    let [Effect::Export { name, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(name, "warroom-cart-slos-20270115T080000Z.md");
    press(&mut model, "5");
    assert_eq!(press(&mut model, "e"), []);
    assert!(model.ui.notice.as_ref().is_some_and(|notice| notice.text == "nothing here to write to a file"));
}

#[test]
fn text_from_outside_is_copied_without_control_characters() {
    let mut model = console();
    let evil = ReleaseFile {
        title: Some("x".to_owned()),
        components: vec![ComponentFile {
            service: "cart\nrm -rf ~\u{1b}]52;c;eA==\u{7}".to_owned(),
            ..ComponentFile::default()
        }],
        ..ReleaseFile::default()
    };
    let catalog = Catalog { releases: [("evil\r\nreboot".to_owned(), evil)].into(), ..Catalog::default() };
    update(&mut model, at(1), Msg::Catalog(Arc::new(catalog)));
    hit(&mut model, KeyCode::Enter);
    let effects = press(&mut model, "y");
    let [Effect::Copy { what, text }] = effects.as_slice() else { panic!("{effects:?}") };
    assert!(text.contains("rm -rf") && text.chars().all(crate::domain::clean::is_safe), "{what}: {text:?}");
}

#[test]
fn the_wheel_moves_what_the_arrows_move_and_opens_nothing() {
    let mut model = console();
    assert_eq!(update(&mut model, at(1), Msg::Wheel { down: true }), []);
    assert_eq!(selected(&model), "search");
    press(&mut model, ":");
    let before = model.ui.clone();
    update(&mut model, at(1), Msg::Wheel { down: true });
    assert_eq!(model.ui.overlay, before.overlay);
    assert_eq!(selected(&model), "search");
    hit(&mut model, KeyCode::Esc);
    update(&mut model, at(1), Msg::Wheel { down: false });
    assert_eq!((selected(&model).as_str(), &model.ui.screen), ("cart", &Screen::Board));
}

#[test]
fn the_first_run_screen_goes_when_a_source_comes() {
    let setup = console().setup;
    let mut model = Model::new(setup, Room::new(Arc::default(), Vec::new()), at(0));
    assert_eq!(model.ui.screen, Screen::FirstRun);
    update(&mut model, at(1), Msg::Sources(vec![source("cluster")]));
    assert_eq!(model.ui.screen, Screen::Board);
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
    assert_eq!(press(&mut model, "r"), []);
    assert!(told(&model).starts_with("not yet: a staged runbook"), "{}", told(&model));
    assert_eq!(model.ui.chord, None);
    assert_eq!(press(&mut model, "R"), [Effect::Poll(None)], "and the next key is a key again");
    press(&mut model, "a");
    assert!(told(&model).starts_with("not yet: what waits for your approval"), "{}", told(&model));
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
    for key in "erhcangw".chars() {
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

fn any_key() -> impl Strategy<Value = Key> {
    let code = prop_oneof![
        6 => proptest::char::range(' ', '~').prop_map(KeyCode::Char),
        1 => any::<char>().prop_map(KeyCode::Char),
        4 => prop::sample::select(vec![
            KeyCode::Enter, KeyCode::Esc, KeyCode::Tab, KeyCode::BackTab, KeyCode::Backspace, KeyCode::Delete,
            KeyCode::Up, KeyCode::Down, KeyCode::Left, KeyCode::Right, KeyCode::Home, KeyCode::End,
            KeyCode::PageUp, KeyCode::PageDown, KeyCode::F(1), KeyCode::F(12),
        ]),
    ];
    (code, prop::bool::weighted(0.1), prop::bool::weighted(0.05)).prop_map(|(code, ctrl, alt)| Key { code, ctrl, alt })
}

fn any_msg() -> impl Strategy<Value = Msg> {
    let names = prop::sample::subsequence(vec![("cart", "prod"), ("checkout", "stage"), ("search", "")], 0..=3);
    let sources = prop::sample::subsequence(vec!["cluster", "other"], 0..=2);
    prop_oneof![
        20 => any_key().prop_map(Msg::Key),
        2 => prop::collection::vec(any_key(), 3..12).prop_map(Msg::Burst),
        1 => ".{0,40}".prop_map(Msg::Paste),
        1 => (any::<u16>(), any::<u16>()).prop_map(|(columns, rows)| Msg::Resize(columns, rows)),
        1 => Just(Msg::Tick),
        1 => any::<bool>().prop_map(Msg::Focus),
        1 => Just(Msg::Resumed),
        1 => names.prop_map(|names| Msg::Catalog(catalog(&names))),
        1 => sources.prop_map(|names| Msg::Sources(names.into_iter().map(source).collect())),
        1 => ".{0,20}".prop_map(Msg::Notice),
        1 => Just(Msg::ConfigProblems(vec!["services/cart.toml:3".to_owned()])),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn no_sequence_of_messages_panics_or_writes(msgs in prop::collection::vec(any_msg(), 0..60)) {
        let mut model = console();
        for (second, msg) in (0..).zip(msgs) {
            let was_quit = matches!(msg, Msg::Key(Key { code: KeyCode::Esc, .. }));
            let effects = update(&mut model, at(second), msg);
            prop_assert!(!was_quit || !effects.contains(&Effect::Quit), "Esc quits");
            for list in [List::Releases, List::Components, List::Slos, List::Alerts, List::Timeline, List::Sources] {
                let ids = rows::ids(&model, list);
                let different: std::collections::BTreeSet<&String> = ids.iter().collect();
                prop_assert_eq!(different.len(), ids.len(), "ids of {:?} are unique", list);
            }
            if let Some(Overlay::Command(line)) = &model.ui.overlay {
                prop_assert!(command::candidates(&model, &line.input).iter().all(|candidate| !candidate.line.is_empty()));
            }
        }
        let again: Model = serde_json::from_str(&serde_json::to_string(&model).expect("written")).expect("read");
        prop_assert_eq!(again.ui, model.ui);
    }
}
