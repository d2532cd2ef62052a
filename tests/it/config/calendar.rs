//! The calendar's files.

use warroom::{config::load, domain::calendar::Kind};

use super::{options, tree};

const CONFIG: &str = "[environments.prod]\nproduction = true\none_at_a_time = true\n";

const FREEZE: &str = r#"
title = "Year-end freeze"
kind = "freeze"
zone = "Europe/Berlin"
override = ["commander"]
ics = "more.ics"
[scope]
environments = ["prod"]
classes = ["normal"]
[[time]]
from = "2026-12-18T18:00"
until = "2027-01-04T06:00"
repeat = "FREQ=YEARLY"
"#;

const EVENTS: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Sale\r\n\
    DTSTART;VALUE=DATE:20261127\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

#[test]
fn an_entry_is_read_with_its_rules_and_the_events_of_its_file() {
    let root = tree(&[
        ("user/config.toml", CONFIG),
        ("user/catalog/calendar/year-end.toml", FREEZE),
        ("user/catalog/calendar/more.ics", EVENTS),
    ]);
    let loaded = load(&options(root.path())).unwrap_or_else(|report| panic!("{report}"));
    let entry = &loaded.catalog.calendar["year-end"];
    assert_eq!((entry.kind, entry.times.len()), (Kind::Freeze, 2));
    assert_eq!(entry.times[1].title.as_deref(), Some("Sale"));
    assert!(entry.overrides.contains("commander") && loaded.catalog.environments["prod"].one_at_a_time);
}

/// What is told about an entry with this text.
fn told(text: &str) -> Vec<String> {
    let root = tree(&[("user/config.toml", CONFIG), ("user/catalog/calendar/one.toml", text)]);
    match load(&options(root.path())) {
        Ok(_) => Vec::new(),
        Err(report) => report.lines(),
    }
}

#[test]
fn every_mistake_in_an_entry_is_told_with_its_line() {
    let head = "title = \"One\"\nkind = \"freeze\"\n";
    for (text, line, wanted) in [
        ("[[time]]\nfrom = \"2026-01-02T10:00\"\nuntil = \"2026-01-02T09:00\"\n", 5, "it ends before it begins"),
        ("[[time]]\nfrom = \"10 o'clock\"\nuntil = \"2026-01-02T09:00\"\n", 4, "not a local time"),
        ("[[time]]\nfrom = \"2026-01-02T10:00Z\"\nuntil = \"2026-01-02T11:00\"\n", 4, "not a local time"),
        (
            "[[time]]\nfrom = \"2026-01-02T10:00\"\nuntil = \"2026-01-02T11:00\"\nrepeat = \"weekly\"\n",
            6,
            "not a recurrence rule",
        ),
        (
            "[[time]]\nfrom = \"2026-01-02T10:00\"\nuntil = \"2026-01-02T11:00\"\nexcept = [\"2026-02-30\"]\n",
            6,
            "is not a day",
        ),
        ("ics = \"gone.ics\"\n", 3, "is not there"),
        ("scope.environments = [\"porduction\"]\nics = \"gone.ics\"\n", 3, "porduction"),
    ] {
        let lines = told(&format!("{head}{text}"));
        let found = lines.iter().any(|told| told.contains(&format!("one.toml:{line}:")) && told.contains(wanted));
        assert!(found, "{text}: {lines:#?}");
    }
    assert!(told(head).iter().any(|line| line.contains("this freeze is at no time")), "{:?}", told(head));
}

#[test]
fn an_event_that_cannot_be_read_is_an_error() {
    let broken = EVENTS.replace("DTSTART;VALUE=DATE:20261127", "DTSTART:yesterday");
    let root = tree(&[
        ("user/config.toml", CONFIG),
        ("user/catalog/calendar/one.toml", "title = \"One\"\nkind = \"freeze\"\nics = \"more.ics\"\n"),
        ("user/catalog/calendar/more.ics", &broken),
    ]);
    let report = load(&options(root.path())).expect_err("it is refused");
    assert!(
        report.lines().iter().any(|line| line.contains("more.ics") && line.contains("DTSTART is no time")),
        "{report}"
    );
}
