//! Triggers and promotion criteria, of releases and of files that they build on.

use warroom::{
    config::load,
    domain::{
        checklist::Due,
        time::Span,
        trigger::{Condition, criteria::Criteria},
    },
};

use super::{options, tree};

const CONFIG: &str = "[environments.prod]\nproduction = true\n";
const SERVICE: &str = "owner = \"payments-team\"\n";
const RELEASE: &str = "environment = \"prod\"\n[[component]]\nservice = \"checkout\"\nversion = \"1\"\n";

const WEB: &str = r#"
[[trigger]]
id = "orders"
when = { alert = { labels = { alertname = "OrdersDown" } } }
[promotion]
for = "15m"
"#;

const OWN: &str = r#"
[[trigger]]
id = "error-rate"
when = { error-rate = { over = 2.0, events = 10 } }
in_a_row = 3
for = "1m"
[promotion]
for = "1h"
before = "50%"
"#;

fn read(files: &[(&str, &str)]) -> Result<Option<Criteria>, Vec<String>> {
    let mut all = vec![("user/config.toml", CONFIG), ("user/catalog/services/checkout.toml", SERVICE)];
    all.extend(files);
    let root = tree(&all);
    match load(&options(root.path())) {
        Ok(loaded) => Ok(loaded.catalog.criteria.get("one").cloned()),
        Err(report) => Err(report.lines()),
    }
}

#[test]
fn a_release_builds_on_a_file_and_its_own_take_their_place() {
    let text = format!("triggers = \"web\"\n{RELEASE}{OWN}");
    let files = [("user/catalog/triggers/web.toml", WEB), ("user/catalog/releases/one.toml", &text)];
    let criteria = read(&files).unwrap_or_else(|lines| panic!("{lines:#?}")).expect("it says something");
    let ids: Vec<&str> = criteria.triggers.iter().map(|trigger| trigger.id.as_str()).collect();
    assert_eq!(ids, ["error-rate", "page-burn", "canary", "health", "orders"]);
    let first = &criteria.triggers[0];
    assert_eq!((first.in_a_row, first.lasting), (3, Span::from_mins(1)));
    assert_eq!(first.condition, Condition::ErrorRate { over: 0.02, events: 10.0, slo: None });
    assert_eq!((criteria.promotion.lasting, criteria.promotion.coverage), (Span::from_hours(1), 56));
    assert_eq!(criteria.promotion.before, Due::Traffic(50));
}

#[test]
fn a_release_that_says_nothing_has_the_usual_ones() {
    assert_eq!(read(&[("user/catalog/releases/one.toml", RELEASE)]), Ok(None));
    assert_eq!(Criteria::default().triggers.len(), 4);
}

#[test]
fn what_is_wrong_or_not_there_yet_is_told() {
    for (own, expected) in [
        ("[[trigger]]\nid = \"a\"\nwhen = \"health\"\nact = \"abort\"\n", "no trigger acts by itself"),
        ("[[trigger]]\nid = \"a\"\nwhen = \"healthy\"\n", "healthy"),
        ("[[trigger]]\nid = \"a\"\nwhen = { error-rate = { over = 500.0 } }\n", "over"),
        (
            "[[trigger]]\nid = \"a\"\nwhen = \"health\"\n[[trigger]]\nid = \"a\"\nwhen = \"canary\"\n",
            "there are two triggers `a`",
        ),
        ("[promotion]\nfor = \"30m\"\nbefore = \"start\"\n", "nothing can comply before `start`"),
    ] {
        let text = format!("{RELEASE}{own}");
        let lines = read(&[("user/catalog/releases/one.toml", &text)]).expect_err(own);
        assert!(lines.iter().any(|line| line.contains(expected)), "{own}: {lines:#?}");
    }
    let text = format!("triggers = \"wbe\"\n{RELEASE}");
    let files = [("user/catalog/triggers/web.toml", WEB), ("user/catalog/releases/one.toml", &text)];
    let lines = read(&files).expect_err("there is no such file");
    assert!(lines.iter().any(|line| line.contains("triggers/wbe.toml") && line.contains("`web`")), "{lines:#?}");
}
