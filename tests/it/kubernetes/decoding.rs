//! Saved objects against what the official tools print for them.

use std::{fs, path::PathBuf};

use serde_json::{Value, json};
use warroom::{domain::source::SourceError, sources::kinds};

pub(super) fn decode(decoder: &str, texts: &[&str]) -> Result<Vec<Value>, SourceError> {
    let kind = kinds::all().iter().find(|kind| kind.name == "kubernetes").expect("the kind is in the table");
    let decoder = kind.decoders.iter().find(|it| it.name == decoder).expect("the decoder is in the table");
    (decoder.decode)(texts)
}

fn fixtures() -> Option<PathBuf> {
    let found = std::env::var_os("WARROOM_FIXTURES").map(PathBuf::from);
    if found.is_none() {
        println!("skipped: WARROOM_FIXTURES is not set");
    }
    found
}

fn read_all(dir: &PathBuf) -> Vec<String> {
    let mut files: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

fn decode_dir(decoder: &str, dir: &PathBuf) -> Vec<Value> {
    let texts = read_all(dir);
    decode(decoder, &texts.iter().map(String::as_str).collect::<Vec<_>>()).expect("fixtures are whole")
}

/// A case of `info-expected.json` in our words.
fn in_our_words(case: &Value) -> Value {
    let runs = case["replicas"]["current"] != 0;
    let weight = |name: &str| if runs { case[name].clone() } else { Value::Null };
    let step = case["step"].as_str().and_then(|step| step.split_once('/')).map_or(
        Value::Null,
        |(index, total)| json!({"index": index.parse::<u32>().unwrap(), "total": total.parse::<u32>().unwrap()}),
    );
    json!({
        "namespace": case["namespace"], "name": case["rollout"], "phase": case["phase"], "message": case["message"],
        "strategy": case["strategy"], "step": step, "desired_weight": weight("set_weight"),
        "actual_weight": weight("actual_weight"), "images": case["images"], "replicas": case["replicas"],
        "revisions": case["revisions"], "replicasets": case["replicasets"],
    })
}

/// Of `found` what `expected` has.
fn cut_to(found: &Value, expected: &Value) -> Value {
    match (found, expected) {
        (Value::Object(found), Value::Object(expected)) => {
            let cut = expected
                .iter()
                .map(|(name, value)| (name.clone(), cut_to(found.get(name).unwrap_or(&Value::Null), value)));
            Value::Object(cut.collect())
        }
        (Value::Array(found), Value::Array(expected)) if found.len() == expected.len() => {
            Value::Array(found.iter().zip(expected).map(|(found, expected)| cut_to(found, expected)).collect())
        }
        _ => found.clone(),
    }
}

#[test]
fn rollouts_are_told_as_the_official_plugin_tells_them() {
    let Some(fixtures) = fixtures() else { return };
    let root = fixtures.join("argo-rollouts");
    let expected = fs::read_to_string(root.join("info-expected.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&expected).unwrap();
    assert!(!cases.is_empty());
    for case in &cases {
        let file = root.join(case["file"].as_str().unwrap());
        let found = decode_dir("argo-rollouts", &file.parent().unwrap().to_path_buf());
        let wanted = in_our_words(case);
        let ours = found.iter().find(|it| it["name"] == wanted["name"]).expect("the rollout is printed");
        assert_eq!(cut_to(ours, &wanted), wanted, "{}", file.display());
    }
}

#[test]
fn all_cases_at_once_do_not_mix_their_objects() {
    let Some(fixtures) = fixtures() else { return };
    let info = fixtures.join("argo-rollouts/info");
    let mut texts = Vec::new();
    for dir in fs::read_dir(&info).unwrap() {
        texts.extend(read_all(&dir.unwrap().path()));
    }
    let all = decode("argo-rollouts", &texts.iter().map(String::as_str).collect::<Vec<_>>()).unwrap();
    let names: Vec<_> = all.iter().map(|it| (it["namespace"].to_string(), it["name"].to_string())).collect();
    assert_eq!(all.len(), 11);
    assert!(names.is_sorted(), "{names:?}");
    let twins: Vec<_> = all.iter().filter(|it| it["name"] == "canary-demo").map(|it| it["revisions"].clone()).collect();
    assert!(twins.contains(&json!([31, 30, 29])) && twins.contains(&json!([2, 1])), "{twins:?}");
}

#[test]
fn what_is_safe_and_what_is_not_is_told_apart() {
    let Some(fixtures) = fixtures() else { return };
    let info = fixtures.join("argo-rollouts/info");
    for (dir, name, status) in [
        ("blue-green", "bluegreen-demo", "WaitingApproval"),
        ("canary", "canary-demo", "Failed"),
        ("canary", "canary-demo-weights", "FailedTrafficOnNew"),
        ("canary", "canary-demo-weights-na", "Failed"),
        ("experiment-analysis", "rollout-experiment-analysis", "FailedTrafficOnNew"),
        ("experiment-step", "canary-demo", "Analyzing"),
        ("rollout-aborted", "rollout-background-analysis", "Aborted"),
        ("rollout-invalid", "rollout-invalid", "Failed"),
    ] {
        let found = decode_dir("argo-rollouts", &info.join(dir));
        let found = found.iter().find(|it| it["name"] == name).unwrap();
        assert_eq!(found["status"], status, "{dir}/{name}");
    }
}

#[test]
fn steps_are_labelled_as_the_plugin_labels_them() {
    let Some(fixtures) = fixtures() else { return };
    let cases = fs::read_to_string(fixtures.join("argo-rollouts/canary-step-strings.json")).unwrap();
    let cases: Value = serde_json::from_str(&cases).unwrap();
    let cases = cases["cases"].as_array().unwrap();
    let steps: Vec<&Value> = cases.iter().map(|case| &case[0]).collect();
    let rollout =
        json!({"kind": "Rollout", "metadata": {"name": "r"}, "spec": {"strategy": {"canary": {"steps": steps}}}});
    let found = decode("argo-rollouts", &[&rollout.to_string()]).unwrap();
    for (case, step) in cases.iter().zip(found[0]["steps"].as_array().unwrap()) {
        assert_eq!(step["label"], case[1], "{}", case[0]);
    }
}

#[test]
fn deployments_are_told_as_kubectl_tells_them() {
    let Some(fixtures) = fixtures() else { return };
    let cases = fs::read_to_string(fixtures.join("kubernetes/kubectl-rollout-status.json")).unwrap();
    let cases: Value = serde_json::from_str(&cases).unwrap();
    for case in cases["cases"].as_array().unwrap() {
        let found = decode("deployment", &[&case["object"].to_string()]).unwrap();
        assert_eq!(found[0]["message"], case["message"], "{}", case["name"]);
        assert_eq!(found[0]["phase"] == "Healthy", case["done"] == true, "{}", case["name"]);
    }
}
