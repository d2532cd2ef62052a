//! The worked examples that come with warroom: they load, and nothing is to be said against them.

use std::path::Path;

use warroom::{
    config::{Loaded, Options, load},
    domain::{
        runbook::{
            lint::{Finding, lint},
            rehearsal::Rehearsed,
        },
        time::{Span, Timestamp},
    },
};

/// The examples, with a home that has nothing.
pub(super) fn examples() -> Loaded {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/examples");
    let home = tempfile::tempdir().expect("a directory");
    let options = Options { config: Some(root.join("config.toml")), ..crate::config::options(home.path()) };
    load(&options).unwrap_or_else(|report| panic!("{report}"))
}

#[test]
fn nothing_is_to_be_said_against_the_worked_examples() {
    let loaded = examples();
    assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
    let now: Timestamp = "2026-11-21T12:00:00Z".parse().expect("an instant");
    let books = &loaded.catalog.runbooks;
    let names: Vec<&str> = books.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "abort-canary",
            "flag-off",
            "point-in-time-restore",
            "rollback-shop",
            "rollback-with-migration",
            "rollback-without-batch",
            "switch-blue-green-back",
            "undo-rollout",
        ]
    );
    let rehearsed = Rehearsed::Done { at: now, took: Span::from_mins(1) };
    for book in books.values() {
        let found = lint(book, books, rehearsed, now);
        assert!(found.is_empty(), "{}: {found:#?}", book.name);
        assert!(book.purpose.is_some() && book.rto.is_none_or(|rto| rto >= book.budget), "{}", book.name);
        let never: Vec<Finding> = lint(book, books, Rehearsed::Never, now);
        assert!(never.len() == 1 && never[0].words.contains("never rehearsed"), "{}: {never:#?}", book.name);
    }
}

#[test]
fn the_page_names_every_worked_example() {
    let page = include_str!("../../../docs/runbooks.md");
    for name in examples().catalog.runbooks.keys() {
        assert!(page.contains(&format!("examples/catalog/runbooks/{name}.toml")), "{name}");
    }
}
