//! Triggers and promotion criteria, of releases and of files that they build on.

use warroom::{
    cli::config::check,
    config::load,
    domain::{
        checklist::Due,
        time::Span,
        trigger::{Act, Condition, criteria::Criteria},
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
    assert_eq!(ids, ["error-rate", "page-burn", "canary", "business", "latency", "health", "orders"]);
    let first = &criteria.triggers[0];
    assert_eq!((first.in_a_row, first.lasting), (3, Span::from_mins(1)));
    assert_eq!(first.condition, Condition::ErrorRate { over: 0.02, events: 10.0, slo: None });
    assert_eq!((criteria.promotion.lasting, criteria.promotion.coverage), (Span::from_hours(1), 56));
    assert_eq!(criteria.promotion.before, Due::Traffic(50));
}

#[test]
fn a_release_that_says_nothing_has_the_usual_ones() {
    assert_eq!(read(&[("user/catalog/releases/one.toml", RELEASE)]), Ok(None));
    assert_eq!(Criteria::default().triggers.len(), 6);
}

#[test]
fn what_is_wrong_is_told() {
    for (own, expected) in [
        ("[[trigger]]\nid = \"a\"\nwhen = \"health\"\ncountdown = \"30s\"\n", "advice is given at once"),
        ("[[trigger]]\nid = \"a\"\nwhen = \"health\"\nact = \"abort\"\ncountdown = \"9s\"\n", "10s"),
        ("[[trigger]]\nid = \"a\"\nwhen = \"health\"\nact = \"stop\"\n", "stop"),
        (
            "[[trigger]]\nid = \"a\"\nwhen = { query = { expr = \"up\", over = 1, source = \"nowhere\" } }\n",
            "no source is called `nowhere`",
        ),
        (
            "[[trigger]]\nid = \"a\"\nwhen = { query = { expr = \"up\", over = 1, events = \"up\" } }\n",
            "`events` and `at_least` go together",
        ),
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

const ACTS: &str = "[[trigger]]\nid = \"health\"\nwhen = \"health\"\nact = \"abort\"\n";
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";

/// What `config check` says of a trigger that aborts, beside these roles and keys, with `account` as who acts.
fn checked(roles: &str, signers: &str, account: &str) -> String {
    let (config, release) = (format!("{CONFIG}{account}"), format!("{RELEASE}{ACTS}"));
    let root = tree(&[
        ("user/config.toml", &config),
        ("user/catalog/services/checkout.toml", SERVICE),
        ("user/catalog/releases/one.toml", &release),
        ("user/catalog/roles.toml", roles),
        ("user/catalog/allowed_signers", signers),
    ]);
    let mut told = Vec::new();
    check(&options(root.path()), false, &mut told).expect("written");
    String::from_utf8(told).expect("text")
}

#[test]
fn a_trigger_that_acts_is_loaded_with_its_countdown_and_told_of_where_nobody_may() {
    let text = format!("{RELEASE}{ACTS}countdown = \"90s\"\n");
    let criteria = read(&[("user/catalog/releases/one.toml", &text)]).expect("loaded").expect("it says something");
    let health = criteria.triggers.iter().find(|trigger| trigger.id == "health").expect("it");
    assert_eq!((health.act, health.countdown), (Act::Abort, Span::from_secs(90)));

    let roles = "[roles.breaker]\nmembers = [\"robot\"]\nmay = [\"abort\"]\n";
    let key = format!("robot {KEY}\n");
    let account = "[breaker]\nas = \"robot\"\n";
    let told = checked(roles, "", account);
    assert!(told.contains("nobody with a key may abort a normal change"), "{told}");
    assert!(told.contains("robot has no key in allowed_signers") && told.contains("breaker.as"), "{told}");
    let told = checked("", &key, account);
    assert!(told.contains("robot may neither pause nor abort"), "{told}");
    let told = checked(&format!("{roles}classes = [\"standard\"]\n"), &key, account);
    assert!(told.contains("nobody with a key may abort a normal change"), "{told}");
    let told = checked(roles, &key, account);
    assert!(!told.contains("warning"), "{told}");
}

#[test]
fn a_file_that_lies_in_the_working_directory_makes_nobody_act() {
    let root = tree(&[("work/warroom.toml", "[breaker]\nas = \"mira\"\n")]);
    let report = load(&options(root.path())).expect_err("refused");
    assert!(report.lines().iter().any(|line| line.contains("may not make this process act by itself")), "{report}");
}
