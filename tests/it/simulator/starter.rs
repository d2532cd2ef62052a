//! `demo --write`: what it writes is good, says the same as the simulation's own settings, and overwrites nothing.

use super::{beginning, story};
use warroom::{
    config::{self, Options},
    domain::catalog::Catalog,
    sim::{self, WriteError},
};

#[test]
fn nothing_is_overwritten() {
    let running = story("steady", 1);
    let directory = tempfile::tempdir().expect("a directory");
    let written =
        sim::write(directory.path(), "steady", None, running.urls(), beginning(), running.people()).expect("written");
    assert_eq!(written.len(), 9);
    let before = std::fs::read_to_string(&written[0]).expect("readable");
    let again = sim::write(directory.path(), "bad-canary", None, running.urls(), beginning(), running.people());
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

#[test]
fn what_is_written_passes_the_check_and_says_what_the_simulation_says_of_itself() {
    for scenario in sim::scenarios().expect("good files") {
        let running = story(scenario.name, 1);
        let directory = tempfile::tempdir().expect("a directory");
        sim::write(directory.path(), scenario.name, None, running.urls(), beginning(), running.people())
            .expect("written");
        let options = Options {
            config: Some(directory.path().join("config.toml")),
            working_dir: directory.path().to_owned(),
            system_dir: directory.path().join("none"),
            ..Options::default()
        };
        let loaded = config::load(&options).unwrap_or_else(|report| panic!("{}: {report:?}", scenario.name));
        assert_eq!(loaded.warnings.errors(), 0);
        let own = running.settings();
        assert_eq!(loaded.settings.sources, own.settings.sources, "{}", scenario.name);
        assert_eq!(loaded.settings.environments, own.settings.environments);
        let sorted = |catalog: &Catalog| {
            let mut catalog = catalog.clone();
            catalog.slos.sort_by(|a, b| a.id.cmp(&b.id));
            catalog
        };
        assert_eq!(sorted(&loaded.catalog), sorted(&own.catalog), "{}", scenario.name);
    }
}
