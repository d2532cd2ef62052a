//! `warroom theme check`.

use std::process::{Command, Output};

use serde_json::Value;

fn check(arguments: &[&str], config: &std::path::Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_warroom"))
        .args(["theme", "check"])
        .args(arguments)
        .env("XDG_CONFIG_HOME", config)
        .current_dir(config)
        .output()
        .expect("it runs")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn every_shipped_theme_passes_and_is_named() {
    let nowhere = tempfile::tempdir().expect("a directory");
    let output = check(&[], nowhere.path());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    for name in ["default", "nord", "catppuccin-latte", "colour-blind-dark", "mono"] {
        assert!(text(&output).lines().any(|line| line.starts_with(name) && line.contains("ok")), "{name}");
    }
}

#[test]
fn a_pale_theme_fails_with_what_falls_short_and_a_broken_one_with_its_place() {
    let config = tempfile::tempdir().expect("a directory");
    let themes = config.path().join("warroom/themes");
    std::fs::create_dir_all(&themes).expect("a directory");
    std::fs::write(themes.join("pale.toml"), "inherits = \"nord\"\n[palette]\ngreen = \"#3b4252\"\n").expect("a file");
    std::fs::write(config.path().join("broken.toml"), "[roles]\nlink = \"blu\"\n").expect("a file");
    let pale = check(&["pale"], config.path());
    assert_eq!(pale.status.code(), Some(1), "{}", text(&pale));
    assert!(text(&pale).contains("fails: status.ok: contrast 1.2, needs 4.5"), "{}", text(&pale));
    let broken = check(&["broken.toml"], config.path());
    assert_eq!(broken.status.code(), Some(2), "{}", text(&broken));
    assert!(text(&broken).contains("broken.toml:2:8: `blu` is no name of the palette"), "{}", text(&broken));
    assert_eq!(check(&["missing.toml"], config.path()).status.code(), Some(2));
}

#[test]
fn scripts_get_every_figure() {
    let nowhere = tempfile::tempdir().expect("a directory");
    let output = check(&["nord", "--json"], nowhere.path());
    let json: Value = serde_json::from_str(&text(&output)).expect("JSON");
    let theme = &json["themes"][0];
    assert_eq!((&json["version"], &json["ok"], &theme["name"]), (&1.into(), &true.into(), &"nord".into()));
    assert!(theme["contrast"][0]["ratio"].as_f64().expect("a number") >= 4.5);
    assert!(theme["distance"][0]["by_eyes"]["protan"].as_f64().expect("a number") >= 8.0);
}

#[test]
fn every_file_in_the_directory_of_themes_is_shipped() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/themes");
    let mut files: Vec<String> = std::fs::read_dir(directory)
        .expect("themes")
        .filter_map(|entry| Some(entry.ok()?.path().file_name()?.to_str()?.strip_suffix(".toml")?.to_owned()))
        .collect();
    files.sort();
    let library = warroom::tui::theme::Library::default();
    let mut shipped = library.names();
    shipped.sort_unstable();
    assert_eq!(files, shipped);
}
