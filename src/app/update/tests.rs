//! The console by sequences of messages: what a person would notice.

use std::{collections::BTreeMap, sync::Arc};

mod acts;
mod approvals;
mod breaker;
mod overrides;
mod plans;
mod typing;
mod writes;

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
        login: "mira@bastion-2".to_owned(),
        config_path: None,
        config_places: Vec::new(),
        sizes: crate::domain::sizes::Sizes::default(),
        zone: Some(Zone::Named(chrono_tz::Tz::Europe__Berlin)),
        zone_chosen: false,
        announce: announcement::Wanted::default(),
        themes: vec!["default".to_owned(), "mono".to_owned()],
        keymap: crate::app::keymap::Keymap::default(),
        read_only: None,
        account: None,
        policy_server: None,
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
    press(&mut model, "6");
    let effects = press(&mut model, "e");
    let [Effect::Export { name, .. }] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(name, "warroom-cart-canary-20270115T080000Z.md");
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
