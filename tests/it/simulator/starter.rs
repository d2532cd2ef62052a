//! `demo --write`: what it writes is good, says the same as the simulation's own settings, and overwrites nothing.

use super::{beginning, story};
use warroom::sim::{self, WriteError};

#[test]
fn nothing_is_overwritten() {
    let running = story("steady", 1);
    let directory = tempfile::tempdir().expect("a directory");
    let written = sim::write(directory.path(), "steady", running.urls(), beginning()).expect("written");
    assert_eq!(written.len(), 5);
    let before = std::fs::read_to_string(&written[0]).expect("readable");
    let again = sim::write(directory.path(), "bad-canary", running.urls(), beginning());
    assert!(matches!(again, Err(WriteError::Exists(_))), "{again:?}");
    assert_eq!(std::fs::read_to_string(&written[0]).expect("readable"), before);
    assert!(!directory.path().join("catalog/services/search.toml").exists(), "none of the files, not some");
}

#[test]
fn scenarios_are_listed_and_an_unknown_one_names_them() {
    let listed = sim::scenarios().expect("good files");
    assert_eq!(listed[0].name, sim::DEFAULT_SCENARIO);
    let wrong = sim::Options { scenario: "good-canary".to_owned(), ..sim::Options::new(warroom::clock::Clock::real()) };
    let error = sim::start(&wrong).err().expect("refused").to_string();
    assert!(error.contains("bad-canary") && error.contains("steady"), "{error}");
}
