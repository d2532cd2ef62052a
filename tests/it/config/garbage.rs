//! Whatever stands in the files: an answer, never a panic.

use proptest::prelude::*;
use warroom::config::load;

use super::{options, tree};

const EXAMPLE: &str = include_str!("../../../config.example.toml");

const SLO: &str = "apiVersion: openslo/v1\nkind: SLO\nmetadata: {name: a}\nspec:\n  service: s\n  budgetingMethod: Occurrences\n  timeWindow: [{duration: 1M, isRolling: false, calendar: {startTime: 2022-01-01 12:00:00, timeZone: UTC}}]\n  indicator: {spec: {thresholdMetric: {metricSource: {spec: {query: up}}}}}\n  objectives: [{op: lt, value: 1, target: 0.9}]\n";

/// A text with some of its characters exchanged, cut out or doubled.
fn damaged(text: &'static str) -> impl Strategy<Value = String> {
    let letters: Vec<char> = text.chars().collect();
    let length = letters.len();
    prop::collection::vec(
        (
            0..length,
            prop::sample::select(vec!["", "\"", "[", "]", "{", "=", "\n", "'", "é", "\u{1b}", "0", "- ", ": "]),
        ),
        1..8,
    )
    .prop_map(move |edits| {
        let mut pieces: Vec<String> = letters.iter().map(char::to_string).collect();
        for (at, piece) in edits {
            piece.clone_into(&mut pieces[at]);
        }
        pieces.concat()
    })
}

/// Loads and prints it.
fn answers(config: &str, service: &str, slo: &str) {
    let root = tree(&[
        ("user/config.toml", config),
        ("user/catalog/services/a.toml", service),
        ("user/catalog/slos/a.yaml", slo),
        ("user/catalog/releases/a.toml", service),
    ]);
    let told = match load(&options(root.path())) {
        Ok(loaded) => loaded.warnings.to_string(),
        Err(report) => format!("{report}{}", report.lines().concat()),
    };
    assert!(!told.contains('\u{1b}'), "an escape sequence got out: {told:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_answered(config in any::<String>(), service in "[a-z=\\[\\]{}\"'#\n .0-9_-]{0,80}", slo in "[a-z:\\[\\]{}\"'#\n &*!|>.0-9-]{0,80}") {
        answers(&config, &service, &slo);
    }

    #[test]
    fn damaged_files_are_answered(config in damaged(EXAMPLE), slo in damaged(SLO)) {
        answers(&config, "", &slo);
    }
}

#[test]
fn deep_and_long_files_are_answered() {
    answers(&format!("a = {}", "[".repeat(20_000)), &"[[a]]\n".repeat(10_000), &"[".repeat(20_000));
    answers(
        &format!("a = {}", "{a=".repeat(20_000)),
        "",
        &format!("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n{}", "- ".repeat(5_000)),
    );
}

#[test]
fn files_that_are_not_text_are_told() {
    let root = tree(&[("user/config.toml", "")]);
    std::fs::write(root.path().join("user/config.toml"), [b'a', 0xff, 0xfe]).expect("written");
    std::fs::create_dir_all(root.path().join("work/warroom.toml")).expect("a directory");
    let text = load(&options(root.path())).expect_err("not text").to_string();
    assert!(text.contains("not UTF-8 from byte 1 on") && text.contains("not a file"), "{text}");
}
