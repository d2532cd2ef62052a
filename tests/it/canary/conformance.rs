//! The cases that scipy, R, statsmodels and Kayenta test themselves by, where `WARROOM_FIXTURES` names a folder of them.

use std::path::PathBuf;

use serde_json::Value;
use warroom::domain::canary::{fisher, mann_whitney::Ranks, newcombe};

use super::published::{counts, near};

fn fixture(path: &str) -> Option<Value> {
    let Some(folder) = std::env::var_os("WARROOM_FIXTURES") else {
        println!("skipped: WARROOM_FIXTURES is not set");
        return None;
    };
    let text = std::fs::read_to_string(PathBuf::from(folder).join(path)).unwrap();
    Some(serde_json::from_str(&text).unwrap())
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap_or(f64::INFINITY)).collect()
}

#[test]
fn fisher_gives_the_one_sided_values_of_r() {
    let Some(file) = fixture("stats/fisher_exact.json") else { return };
    let mut tried = 0;
    for case in file["cases"].as_array().unwrap() {
        let cell = |row: usize, column: usize| case["table"][row][column].as_u64().unwrap();
        let first = counts((cell(0, 0), cell(0, 0) + cell(0, 1)));
        let second = counts((cell(1, 0), cell(1, 0) + cell(1, 1)));
        let p = match case["alternative"].as_str().unwrap() {
            "greater" => fisher::worse(first, second),
            "less" => fisher::worse(second, first),
            _ => continue,
        };
        near(p, case["pvalue"].as_f64().unwrap(), &case.to_string());
        tried += 1;
    }
    assert_eq!(tried, 28);
}

#[test]
fn mann_whitney_gives_the_values_of_r() {
    let Some(file) = fixture("stats/mannwhitney.json") else { return };
    let cases = file["cases"].as_array().unwrap();
    for case in cases {
        let (x, y) = (numbers(&case["x"]), numbers(&case["y"]));
        let continuity = case["use_continuity"].as_bool().unwrap();
        let tail = |one: &[f64], other: &[f64]| {
            let ranks = Ranks::of(one, other).unwrap();
            if case["method"] == "exact" { ranks.exact() } else { ranks.normal(continuity) }
        };
        let p = match case["alternative"].as_str().unwrap() {
            "greater" => tail(&x, &y),
            "less" => tail(&y, &x),
            _ => (2.0 * tail(&x, &y).min(tail(&y, &x))).min(1.0),
        };
        near(Ranks::of(&x, &y).unwrap().u(), case["U"].as_f64().unwrap(), &case.to_string());
        near(p, case["p"].as_f64().unwrap(), &case.to_string());
    }
    assert_eq!(cases.len(), 12);
}

#[test]
fn intervals_are_those_of_r_as_far_as_their_digits_go() {
    let Some(file) = fixture("stats/proportions.json") else { return };
    let pair = &file["two_independent"];
    let of = |count: &str, all: &str| counts((pair[count].as_u64().unwrap(), pair[all].as_u64().unwrap()));
    let found = newcombe::difference(of("count1", "nobs1"), of("count2", "nobs2"));
    let expected = pair["expected"].as_array().unwrap().iter().find(|one| one["method"] == "newcombe hybrid score");
    let expected = numbers(&expected.unwrap()["ci"]);
    // Printed with two digits.
    assert!((found.0 - expected[0]).abs() < 0.005 && (found.1 - expected[1]).abs() < 0.005, "{found:?}");
    let wilson = file["single"].as_array().unwrap().iter();
    let wilson = wilson.filter(|one| one["method"] == "wilson" && one["alternative"] == "two-sided");
    for case in wilson {
        let found = newcombe::wilson(case["count"].as_f64().unwrap(), case["nobs"].as_f64().unwrap());
        let expected = numbers(&case["ci"]);
        assert!((found.0 - expected[0]).abs() < 5e-8 && (found.1 - expected[1]).abs() < 5e-8, "{found:?}");
    }
}

#[test]
fn the_statistic_is_that_of_kayenta() {
    let Some(file) = fixture("kayenta/kayenta_mannwhitney.json") else { return };
    let case = file.as_array().unwrap().iter().find(|case| case["name"] == "Wilcoxon Diff Function").unwrap();
    let (x, y) = (numbers(&case["arrays"]["x"]), numbers(&case["arrays"]["y"]));
    // R's `wdiff(0, 0)` is the statistic with its continuity correction towards zero, which a z below zero adds.
    let below = Ranks::of(&y, &x).unwrap().z(true).unwrap();
    let expected = case["expected"]["mannWhitney.wilcoxonDiff(0, 0, x, y)"].as_f64().unwrap();
    assert!((-below - expected).abs() < 1e-6, "{below} {expected}");
}
