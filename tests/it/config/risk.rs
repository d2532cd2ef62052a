//! What is said about changes, how they may fail, and the rules that a risk is routed by.

use warroom::{
    config::{Loaded, load},
    domain::catalog::ChangeClass,
};

use super::{options, tree};

const CONFIG: &str = "[environments.prod]\nproduction = true\n";
const SERVICE: &str = "owner = \"payments-team\"\n";
const RELEASE: &str = "environment = \"prod\"\n[[component]]\nservice = \"checkout\"\nversion = \"1.42.0\"\n";

const OWN: &str = r#"
[change]
lines = 412
schema_change = true
[[failure]]
mode = "double charge"
effect = "customers pay twice"
severity = 8
occurrence = 3
detection = 7
mitigation = "idempotency keys"
"#;

const BY_CI: &str = r#"{
  "version": 1, "release": "one", "at": "2026-11-20T13:00:00Z", "versions": { "checkout": "1.42.0" },
  "change": { "coverage": 78.5, "pii": false }
}"#;

const ROUTING: &str = r#"
override = ["lead"]
[[rule]]
id = "risky"
when = { score = 60, environments = ["prod"] }
sign = ["lead"]
[[rule]]
id = "schema"
when = { has = ["schema-change"] }
class = "normal"
"#;

const ROLES: &str = "[roles.lead]\nmay = [\"waive\"]\nmembers = [\"ana\"]\n";

fn read(files: &[(&str, &str)]) -> Result<Loaded, Vec<String>> {
    let mut all = vec![("user/config.toml", CONFIG), ("user/catalog/services/checkout.toml", SERVICE)];
    all.extend(files);
    let root = tree(&all);
    load(&options(root.path())).map_err(|report| report.lines())
}

#[test]
fn a_release_and_its_ci_say_what_is_known_of_a_change() {
    let text = format!("{RELEASE}{OWN}");
    let files = [("user/catalog/releases/one.toml", text.as_str()), ("user/catalog/releases/one.change.json", BY_CI)];
    let loaded = read(&files).unwrap_or_else(|lines| panic!("{lines:#?}"));
    assert!(loaded.warnings.is_empty(), "{:#?}", loaded.warnings.lines());
    let change = loaded.catalog.changes.get("one").expect("it says something");
    let [own, by_ci] = change.said.as_slice() else { panic!("{change:#?}") };
    assert_eq!((own.lines, own.schema_change, own.coverage), (Some(412), Some(true), None));
    assert_eq!((by_ci.coverage, by_ci.personal_data, by_ci.lines), (Some(78.5), Some(false), None));
    assert_eq!(by_ci.source, "releases/one.change.json");
    assert_eq!((change.unread.as_deref(), change.failures[0].priority()), (None, 168));
}

#[test]
fn a_file_of_ci_that_is_broken_missing_or_about_something_else_is_told_and_is_not_known() {
    let put = |from: &str, to: &str| BY_CI.replace(from, to);
    for (text, why) in [
        ("{".to_owned(), "EOF"),
        (put("\"version\": 1", "\"version\": 2"), "it has the version 2"),
        (put("\"release\": \"one\"", "\"release\": \"other\""), "it is about the release other"),
        (put("1.42.0", "1.41.0"), "it is about checkout 1.41.0, and 1.42.0 goes out"),
        (put("78.5", "785"), "`coverage` is not from 0 to 100"),
        (put("coverage", "covrage"), "unknown field `covrage`"),
    ] {
        let files = [("user/catalog/releases/one.toml", RELEASE), ("user/catalog/releases/one.change.json", &text)];
        let loaded = read(&files).unwrap_or_else(|lines| panic!("{lines:#?}"));
        let change = loaded.catalog.changes.get("one").expect("it is known to be unknown");
        assert!(change.said.is_empty() && change.unread.as_ref().is_some_and(|told| told.contains(why)), "{change:#?}");
        let lines = loaded.warnings.lines();
        assert!(lines.iter().any(|line| line.contains("one.change.json") && line.contains(why)), "{lines:#?}");
    }
    let named = format!("change_file = \"../ci/one.json\"\n{RELEASE}");
    let loaded = read(&[("user/catalog/releases/one.toml", &named)]).unwrap_or_else(|lines| panic!("{lines:#?}"));
    assert!(loaded.catalog.changes.get("one").is_some_and(|change| change.unread.is_some()));
    let lines = loaded.warnings.lines();
    assert!(lines.iter().any(|line| line.contains("one.toml:1") && line.contains("is not there")), "{lines:#?}");
    let loaded = read(&[("user/catalog/releases/one.toml", RELEASE)]).unwrap_or_else(|lines| panic!("{lines:#?}"));
    assert!(loaded.catalog.changes.is_empty() && loaded.warnings.is_empty(), "nobody promised such a file");
}

#[test]
fn what_is_wrong_with_a_change_or_a_failure_mode_is_told_with_its_place() {
    for (own, expected) in [
        ("[change]\nlins = 3\n", "lines"),
        ("[change]\ncoverage = 140\n", "100"),
        ("[change]\nrehearsed = \"last week\"\n", "a time with its zone"),
        ("[[failure]]\nmode = \"a\"\neffect = \"b\"\nseverity = 11\noccurrence = 1\ndetection = 1\n", "10"),
        ("[[failure]]\nmode = \"a\"\neffect = \"b\"\nseverity = 1\noccurrence = 1\n", "detection"),
        (&format!("{OWN}{}", OWN.replace("[change]\nlines = 412\nschema_change = true\n", "")), "is there twice"),
    ] {
        let text = format!("{RELEASE}{own}");
        let lines = read(&[("user/catalog/releases/one.toml", &text)]).map(|_| ()).expect_err(own);
        assert!(
            lines.iter().any(|line| line.contains("one.toml:") && line.contains(expected)),
            "{own}: {expected}: {lines:#?}"
        );
    }
}

#[test]
fn the_rules_of_a_routing_are_read_and_checked() {
    let files = [("user/catalog/routing.toml", ROUTING), ("user/catalog/roles.toml", ROLES)];
    let routing = read(&files).unwrap_or_else(|lines| panic!("{lines:#?}")).catalog.routing.clone();
    assert_eq!(routing.rules.len(), 2);
    assert_eq!((routing.rules[0].when.score, routing.rules[1].class), (Some(60), Some(ChangeClass::Normal)));
    assert!(routing.overrides.contains("lead"));
    for (from, to, expected) in [
        ("sign = [\"lead\"]", "sign = [\"laed\"]", "there is no role `laed`"),
        ("override = [\"lead\"]", "override = [\"boss\"]", "there is no role `boss`"),
        ("environments = [\"prod\"]", "environments = [\"prd\"]", "prd"),
        ("score = 60", "score = 160", "100"),
        ("has = [\"schema-change\"]", "has = [\"schema\"]", "schema-change"),
        ("class = \"normal\"", "class = \"emergency\"", "emergency"),
        ("class = \"normal\"", "", "calls for nothing"),
        ("id = \"schema\"", "id = \"risky\"", "there are two rules `risky`"),
    ] {
        let text = ROUTING.replace(from, to);
        let files = [("user/catalog/routing.toml", text.as_str()), ("user/catalog/roles.toml", ROLES)];
        let lines = read(&files).map(|_| ()).expect_err(to);
        assert!(
            lines.iter().any(|line| line.contains("routing.toml:") && line.contains(expected)),
            "{to}: {expected}: {lines:#?}"
        );
    }
}
