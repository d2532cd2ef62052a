//! The calendar: what is on, what comes, and whom it holds.

use std::{collections::BTreeSet, sync::Arc};

use insta::assert_snapshot;
use warroom::{
    app::{
        act::Signer,
        key::Key,
        model::{List, Model, Overlay, Screen, Ui},
        msg::Msg,
        update::update,
        write_mode::WriteMode,
    },
    domain::calendar::{Entry, Kind, Recurrence, Scope, Times, agenda::Agenda},
};

use super::{default_look, drawn, readiness::said, text};
use crate::sample;

fn entry(title: &str, kind: Kind, days: (i64, i64), rule: Option<&str>, overrides: &[&str]) -> Entry {
    let at = |days: i64| {
        let now = sample::ago(0).naive_utc();
        (now + chrono::TimeDelta::days(days)).date().and_hms_opt(8, 0, 0).expect("a time")
    };
    let (from, until) = (at(days.0), at(days.1));
    let repeat = rule.map(|rule| Recurrence::new(rule, from).expect("a rule"));
    let times = Times { title: None, zone: chrono_tz::UTC, from, until, repeat, except: Vec::new() };
    Entry {
        title: title.to_owned(),
        kind,
        owner: Some("sre".to_owned()),
        scope: Scope { environments: BTreeSet::from(["prod".to_owned()]), ..Scope::default() },
        overrides: overrides.iter().map(|&role| role.to_owned()).collect(),
        times: vec![times],
    }
}

fn calendar(entries: Vec<(&str, Entry)>) -> Model {
    let mut model = sample::model(Screen::Calendar, sample::live());
    let mut catalog = (*model.room.catalog).clone();
    catalog.calendar = entries.into_iter().map(|(name, entry)| (name.to_owned(), entry)).collect();
    model.agenda = Agenda::around(&catalog.calendar, model.now);
    model.room.catalog = Arc::new(catalog);
    model
}

fn year_end() -> Model {
    calendar(vec![
        ("weekly", entry("Tuesdays", Kind::Window, (-30, -29), Some("FREQ=WEEKLY"), &["sre"])),
        ("year-end", entry("Freeze of the year's end", Kind::Freeze, (-2, 9), None, &["release-manager"])),
        ("audit", entry("Auditors are here", Kind::Notice, (1, 2), None, &[])),
    ])
}

#[test]
fn what_is_on_comes_first_then_what_comes_and_a_series_does_not_bury_the_rest() {
    let model = year_end();
    let shown = text(&drawn(&model, &default_look(), (120, 40)));
    let lines: Vec<&str> = shown.lines().collect();
    let place =
        |what: &str| lines.iter().position(|line| line.contains(what)).unwrap_or_else(|| panic!("{what}: {shown}"));
    assert!(place("FROZEN") < place("Auditors"), "{shown}");
    assert_eq!(lines.iter().filter(|line| line.contains("Tuesdays")).count(), 3, "{shown}");
    assert!(shown.contains("1 freeze is on"), "{shown}");
    assert_snapshot!("calendar_120x40", shown);
    assert_snapshot!("calendar_80x24", text(&drawn(&model, &default_look(), (80, 24))));
}

#[test]
fn the_detail_names_who_may_let_a_release_pass_and_how() {
    let mut model = year_end();
    model.ui.overlay = Some(Overlay::Detail { list: List::Calendar, scroll: 0 });
    let shown = text(&drawn(&model, &default_look(), (120, 40)));
    assert!(shown.contains("release-manager: warroom waive RELEASE calendar/year-end --role ROLE"), "{shown}");
    assert!(shown.contains("calendar/year-end.toml") && shown.contains("prod"), "{shown}");
}

#[test]
fn an_empty_calendar_says_where_its_files_belong_and_a_filter_that_hides_all_says_so() {
    let shown = text(&drawn(&calendar(Vec::new()), &default_look(), (80, 24)));
    assert!(shown.contains("files in calendar/ of the"), "{shown}");
    let mut model = year_end();
    model.ui.filters.insert(List::Calendar, "nobody".to_owned());
    assert!(text(&drawn(&model, &default_look(), (80, 24))).contains("no date passes the filter"));
}

#[test]
fn an_entry_whose_times_nobody_can_tell_is_unknown_and_counts_as_on() {
    let mut model = year_end();
    model.agenda.occurrences.retain(|time| time.entry != "year-end");
    model.agenda.unknown.push("year-end".to_owned());
    let shown = text(&drawn(&model, &default_look(), (120, 40)));
    let line = shown.lines().find(|line| line.contains("Freeze of the year's end")).expect("there");
    assert!(line.contains("UNKNOWN") && !line.contains("FROZEN"), "{line}");
    assert!(shown.contains("1 freeze is on"), "{shown}");
}

#[test]
fn a_freeze_is_let_pass_in_a_dialog_that_says_what_holds_which_release_and_who_may() {
    let mut model = said(Screen::Calendar);
    let entry = entry("Freeze of the year's end", Kind::Freeze, (-2, 9), None, &["sre"]);
    let catalog = Arc::make_mut(&mut model.room.catalog);
    catalog.calendar.insert("year-end".to_owned(), entry);
    model.agenda = Agenda::around(&catalog.calendar, model.now);
    let (now, ledger) = (model.now, model.ledger.clone());
    update(&mut model, now, Msg::Ledger(Box::new(ledger)));
    let mut board = Model { ui: Ui { screen: Screen::Board, ..model.ui.clone() }, ..model.clone() };
    board.ui.overlay = Some(Overlay::Detail { list: List::Releases, scroll: 0 });
    let shown = text(&drawn(&board, &default_look(), (200, 60)));
    assert!(shown.contains("Ctrl-X w on the release lets it pass"), "{shown}");
    model.write = Some(WriteMode::new("customers cannot pay".into(), "prod".into(), now));
    update(&mut model, now, Msg::Key(Key::ctrl('x')));
    let menu = text(&drawn(&model, &default_look(), (80, 24)));
    assert!(menu.contains("w  waive it, or revoke that"), "{menu}");
    update(&mut model, now, Msg::Key(Key::char('w')));
    let Some(Overlay::Act(dialog)) = &model.ui.overlay else { panic!("{:?}", model.ui.notice) };
    let signer = Signer { principal: "mira".into(), key: "SHA256:pknLDV5De8eugbSK2yzUjk7ObnRsn4g".into() };
    let act = dialog.act;
    update(&mut model, now, Msg::Identified { act, outcome: Ok(signer) });
    let shown = text(&drawn(&model, &default_look(), (120, 40)));
    for words in
        ["calendar/year-end", "Freeze of the year's end until", "mira in role sre", "waive calendar/year-end prod"]
    {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert_snapshot!("override_120x40", shown);
    assert_snapshot!("override_80x24", text(&drawn(&model, &default_look(), (80, 24))));
}

#[test]
fn a_freeze_names_the_releases_that_it_holds_and_what_comes_holds_none() {
    let mut model = year_end();
    let news = Msg::Ledger(Box::new(model.ledger.clone()));
    let now = model.now;
    update(&mut model, now, news);
    let shown = text(&drawn(&model, &default_look(), (200, 60)));
    let line = |what: &str| shown.lines().find(|line| line.contains(what)).unwrap_or_else(|| panic!("{shown}"));
    assert!(line("FROZEN").contains("checkout"), "{shown}");
    assert!(!line("Auditors").contains("checkout"), "{shown}");
}
