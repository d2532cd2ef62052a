//! Policies of a catalog in front of the simulator: what they say is what the gate says.

use std::fs;

use serde_json::Value;

use crate::gate::{Story, text};

/// What the gate says of `checkout` with this policy in the catalog, and its exit code.
fn asked(policy: &str) -> (Option<i32>, Value) {
    let story = Story::new("slow-canary", "1");
    let policies = story.folder.path().join("catalog/policies");
    fs::create_dir_all(&policies).expect("a folder");
    fs::write(policies.join("team.rego"), format!("package warroom.gate\n\n{policy}\n")).expect("a policy");
    let output = story.gate(&["checkout", "--format", "json"]);
    let document = serde_json::from_slice(&output.stdout);
    (output.status.code(), document.unwrap_or_else(|error| panic!("{error}: {}", text(&output))))
}

/// The reasons of policies in `document`, as effect and text.
fn reasons(document: &Value) -> Vec<(String, String)> {
    let all = document["verdict"]["reasons"].as_array().expect("reasons");
    let of_policies = all.iter().filter(|reason| reason["input"] == "policy");
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    of_policies.map(|reason| (text(&reason["effect"]), text(&reason["text"]))).collect()
}

#[test]
fn a_denial_is_a_reason_of_the_verdict_and_stands_in_the_answer() {
    let (code, document) = asked(
        r#"default allow := false

allow if count(deny) == 0

deny contains {"id": "friday", "msg": sprintf("not %s on a friday", [input.release.id]), "overridable_by": ["commander"]} if {
	input.schema == "warroom.gate/1"
	time.parse_rfc3339_ns(input.now) > 0
}"#,
    );
    assert_eq!(code, Some(1), "{document:#}");
    let said = reasons(&document);
    assert!(said.contains(&("stops".to_owned(), "not checkout-1.43 on a friday".to_owned())), "{said:?}");
    let denial = &document["policy"]["decision"]["deny"][0];
    assert_eq!((&denial["id"], &denial["overridable_by"][0]), (&"friday".into(), &"commander".into()));
    assert!(document["policy"]["at"].is_string() && document["policy"]["input"].is_string(), "{document:#}");
}

#[test]
fn what_policies_allow_supports_the_verdict() {
    let (_, document) = asked("allow := true");
    assert_eq!(reasons(&document), [("supports".to_owned(), "policies allow it".to_owned())], "{document:#}");
}

#[test]
fn whatever_a_policy_does_the_gate_answers_with_no_and_the_reason() {
    let endless =
        "allow if {\n\tsome a in numbers.range(1, 100000)\n\tsome b in numbers.range(1, 100000)\n\ta + b < 0\n}";
    let huge = "allow if count(numbers.range(1, 100000000)) > 0";
    let memory = "allow if count([x | some a in numbers.range(1, 3000); some b in numbers.range(1, 3000); x := sprintf(\"%d %d\", [a, b])]) > 0";
    let deep = format!("allow if {}1{} == 1", "(".repeat(50_000), ")".repeat(50_000));
    let panics = "allow if strings.count(\"abc\", \"\") >= 0";
    let undefined = "allow if input.nothing";
    let broken = "allow if {";
    for policy in [endless, huge, memory, &deep, panics, undefined, broken] {
        let (code, document) = asked(policy);
        let short: String = policy.chars().take(60).collect();
        assert_eq!(code, Some(1), "{short}: {document:#}");
        assert!(reasons(&document).iter().any(|(effect, _)| effect == "stops"), "{short}: {document:#}");
    }
}
