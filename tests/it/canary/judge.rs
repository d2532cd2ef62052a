//! `warroom judge`, as a user runs it.

use std::{
    fs,
    path::Path,
    process::{Command, Output, Stdio},
};

use serde_json::Value;

fn judge(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
    command.arg("judge").args(arguments).current_dir(folder).env_clear().env("HOME", folder).stdin(Stdio::null());
    command.output().expect("it runs")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("text")
}

#[test]
fn a_canary_that_fails_more_fails_and_tells_its_numbers() {
    let home = tempfile::tempdir().unwrap();
    let output = judge(home.path(), &["--baseline", "12/10000", "--canary", "9/500"]);
    assert_eq!(text(&output.stdout), "\
FAIL
  canary       9 bad of 500  1.80 %
  baseline     12 bad of 10,000  0.12 %
  difference   +1.68 pp
  95 % between +0.83 pp and +3.27 pp  (Newcombe)
  p            2.1e-7  (Fisher's exact test: is the canary worse?)
  rule         fails where p < 0.01 and the difference is at least +0.50 pp; passes where the interval ends below +1.00 pp
");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_exit_code_tells_pass_fail_and_too_early() {
    let home = tempfile::tempdir().unwrap();
    for (baseline, canary, code, first) in [
        ("12/10000", "0/5000", 0, "PASS"),
        ("12/10000", "9/500", 1, "FAIL"),
        ("12/10000", "0/100", 3, "INCONCLUSIVE: needs about"),
        ("12/10000", "0/0", 3, "INCONCLUSIVE: needs about"),
        ("0/0", "3/100", 3, "INCONCLUSIVE: the baseline has no requests"),
        ("500/10000", "700/10000", 3, "INCONCLUSIVE: no number of requests decides this"),
    ] {
        let output = judge(home.path(), &["--baseline", baseline, "--canary", canary]);
        assert_eq!(output.status.code(), Some(code), "{baseline} {canary}");
        assert!(text(&output.stdout).starts_with(first), "{}", text(&output.stdout));
    }
    let wider = judge(home.path(), &["--baseline", "500/10000", "--canary", "700/10000", "--margin", "5"]);
    assert_eq!(wider.status.code(), Some(0), "{}", text(&wider.stdout));
}

#[test]
fn programs_get_every_number_and_null_where_there_is_none() {
    let home = tempfile::tempdir().unwrap();
    let of =
        |arguments: &[&str]| -> Value { serde_json::from_slice(&judge(home.path(), arguments).stdout).expect("JSON") };
    let told = of(&["--baseline", "12/10000", "--canary", "0/100", "--json"]);
    assert_eq!((&told["version"], &told["verdict"]), (&1.into(), &"inconclusive".into()));
    assert_eq!((&told["exit_code"], &told["canary"]["bad"]), (&3.into(), &0.into()));
    assert!(told["requests_needed"].as_u64().is_some_and(|more| (200..400).contains(&more)), "{told}");
    assert!(told["p"].as_f64().is_some_and(|p| p > 0.8), "{told}");
    let nothing = of(&["--baseline", "0/0", "--canary", "0/100", "--json"]);
    for unknown in ["p", "difference", "interval", "requests_needed"] {
        assert_eq!(nothing[unknown], Value::Null, "{unknown}");
    }
    assert_eq!(nothing["baseline"]["share"], Value::Null);
}

#[test]
fn files_of_samples_are_compared_by_their_medians() {
    let home = tempfile::tempdir().unwrap();
    let write = |name: &str, level: f64| {
        let lines: Vec<String> = (0..40).map(|n| format!("{:.3}", level + f64::from(n % 8) / 100.0)).collect();
        fs::write(home.path().join(name), format!("# cpu cores\n{}\n", lines.join("\n"))).unwrap();
    };
    write("stable", 0.5);
    write("same", 0.5);
    write("higher", 0.8);
    let higher = judge(home.path(), &["--baseline", "stable", "--canary", "higher"]);
    assert_eq!(higher.status.code(), Some(1));
    assert!(text(&higher.stdout).contains("median 0.83 of 40 samples"), "{}", text(&higher.stdout));
    assert!(text(&higher.stdout).contains("Mann-Whitney, normal"), "{}", text(&higher.stdout));
    let same = judge(home.path(), &["--baseline", "stable", "--canary", "same", "--json"]);
    let same: Value = serde_json::from_slice(&same.stdout).unwrap();
    assert_eq!((&same["verdict"], &same["kind"]), (&"pass".into(), &"gauge".into()));
}

#[test]
fn what_cannot_be_judged_is_told_and_ends_with_two() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("words"), "0.5\nfast\n").unwrap();
    fs::write(home.path().join("empty"), "# nothing yet\n").unwrap();
    for (baseline, canary, words) in [
        ("12/10000", "9/5", "9/5: 9 of 5: more bad events than events"),
        ("12/10000", "no-such-file", "neither BAD/TOTAL, such as 9/500, nor a file"),
        ("12/10000", "words", "words: line 2: `fast` is not a number"),
        ("empty", "empty", "has no number in it"),
        ("12/10000", "empty", "give both sides alike"),
    ] {
        let output = judge(home.path(), &["--baseline", baseline, "--canary", canary]);
        assert_eq!(output.status.code(), Some(2), "{baseline} {canary}");
        assert!(text(&output.stderr).contains(words), "{}", text(&output.stderr));
        assert_eq!(text(&output.stdout), "");
    }
}
