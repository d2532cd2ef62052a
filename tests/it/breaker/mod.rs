//! The circuit breaker from outside: what it does, what holds it, and that it does it once.

pub(crate) mod shop;

use serde_json::Value;
use warroom::domain::run::{Ending, State};

use self::shop::{RELEASE, Shop};
use crate::ledger::database::Server;

#[tokio::test]
async fn a_canary_that_goes_bad_is_paused_after_its_countdown_signed_recorded_and_read_back() {
    let shop = Shop::new().await;
    let mut watching = shop.watch();
    let line = watching.until(&["PAUSES checkout-1.42: checkout in "]);
    assert!(line.contains("errors FIRED; hold it: warroom decide checkout-1.42 hold"), "{line}");
    assert!(!shop.paused().await, "it only counts");
    let line = watching.until(&["BREAKER PAUSED checkout-1.42: checkout, by robot", "is verified"]);
    assert!(line.contains("errors is FIRED still, and nothing more is done by itself"), "{line}");
    assert!(shop.paused().await);
    let runs = shop.runs();
    let [run] = runs.as_slice() else { panic!("{runs:?}") };
    assert_eq!(run.state, State::Ended(Ending::Verified));
    assert_eq!((run.by.principal.as_deref(), run.plan.runbook.name.as_str()), (Some("robot"), "breaker-pause"));
    let told = shop.recorded();
    for words in ["breaker.begin", "run.create"] {
        let line = told.lines().find(|line| line.contains(words)).unwrap_or_else(|| panic!("{words}: {told}"));
        assert!(line.contains("robot") && line.contains("signed"), "{line}");
    }
}

#[tokio::test]
async fn a_canary_that_goes_bad_is_aborted_where_its_trigger_says_so_and_the_stable_version_has_all_traffic() {
    let shop = Shop::that("abort", "10s", None).await;
    let mut watching = shop.watch();
    watching.until(&["ABORTS checkout-1.42: checkout in ", "errors FIRED"]);
    assert_ne!(shop.rollout().await["status"]["abort"], true, "it only counts");
    watching.until(&["BREAKER ABORTED checkout-1.42: checkout, by robot", "is verified"]);
    let rollout = shop.rollout().await;
    assert_eq!(rollout["status"]["abort"], true, "{rollout:#}");
    let runs = shop.runs();
    let [run] = runs.as_slice() else { panic!("{runs:?}") };
    assert_eq!(run.state, State::Ended(Ending::Verified));
    assert_eq!((run.by.principal.as_deref(), run.plan.runbook.name.as_str()), (Some("robot"), "breaker-abort"));
    assert!(shop.recorded().contains("breaker.begin"));
}

#[tokio::test]
async fn two_processes_that_share_a_database_abort_once() {
    let shop = Shop::that("abort", "10s", Some(Server::start())).await;
    let mut both = [shop.watch(), shop.watch()];
    for watching in &mut both {
        watching.until(&["BREAKER ABORTED checkout-1.42", "is verified"]);
    }
    once(&shop);
    assert_eq!(shop.rollout().await["status"]["abort"], true);
}

#[tokio::test]
async fn who_decides_hold_in_the_countdown_holds_it_and_nothing_is_done() {
    let shop = Shop::new().await;
    let mut watching = shop.watch();
    watching.until(&["PAUSES checkout-1.42"]);
    let (_, shown) = shop.say(&["checklist", "show", RELEASE, "--json"]);
    let shown: Value = serde_json::from_str(&shown).unwrap_or_else(|_| panic!("{shown}"));
    let subject = shown["subject"].as_str().unwrap_or_else(|| panic!("{shown:#}")).to_owned();
    let hold = ["decide", RELEASE, "hold", "--reason", "a known fault of the load test", "--subject", &subject];
    let (code, told) = shop.say(&hold);
    assert!(code == Some(0) && told.contains("the circuit breaker of checkout-1.42 is held"), "{told}");
    let line = watching.until(&["BREAKER HELD checkout-1.42: by "]);
    assert!(line.contains("a known fault of the load test"), "{line}");
    assert!(!shop.paused().await && shop.runs().is_empty());
    assert!(shop.recorded().contains("breaker.hold"));
}

#[tokio::test]
async fn a_source_that_falls_silent_in_the_countdown_stops_it() {
    let shop = Shop::new().await;
    let mut watching = shop.watch();
    watching.until(&["PAUSES checkout-1.42"]);
    shop.prometheus.fall_silent();
    let line = watching.until(&["BREAKER STOPPED checkout-1.42", "nothing was done"]);
    assert!(line.contains("prom does not answer"), "{line}");
    assert!(!shop.paused().await && shop.runs().is_empty());
    assert!(shop.recorded().contains("breaker.stop"));
}

#[tokio::test]
async fn of_two_processes_that_act_as_the_same_account_one_acts() {
    let shop = Shop::new().await;
    let mut both = [shop.watch(), shop.watch()];
    for watching in &mut both {
        watching.until(&["BREAKER PAUSED checkout-1.42", "is verified"]);
    }
    once(&shop);
}

const QUERIES: &str = r#"
[[trigger]]
id = "share"
in_a_row = 1
[trigger.when.query]
expr = 'sum by (service, version) (rate(http_requests_total{code=~"5.."}[1m])) / sum by (service, version) (rate(http_requests_total[1m]))'
over = 0.05
source = "prom"
events = 'sum by (service, version) (increase(http_requests_total[1m]))'
at_least = 20
[[trigger]]
id = "broken"
when = { query = { expr = "sum(", over = 0 } }
"#;

#[tokio::test]
async fn a_query_of_ones_own_is_judged_for_each_service_and_one_that_fails_cannot_tell() {
    let shop = Shop::new().await;
    shop.add(&format!("catalog/releases/{RELEASE}.toml"), QUERIES);
    let output = shop.command(&["status", RELEASE, "--json"], &shop.you).output().expect("it starts");
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let triggers = told["releases"][0]["verdict"]["triggers"].as_array().unwrap_or_else(|| panic!("{told:#}")).clone();
    let of = |id: &str, service: &str| {
        let found = triggers.iter().find(|one| one["id"] == id && one["service"] == service);
        found.unwrap_or_else(|| panic!("{id} {service}: {triggers:#?}")).clone()
    };
    assert_eq!(of("share", "checkout")["state"], "fired", "{:#}", of("share", "checkout"));
    assert_eq!(of("share", "payments")["over"], false, "{:#}", of("share", "payments"));
    for service in ["checkout", "payments"] {
        let broken = of("broken", service);
        assert_eq!(broken["state"], "cannot tell", "{broken:#}");
        assert!(broken["cannot_tell"].as_str().is_some_and(|why| why.contains("the query fails")), "{broken:#}");
    }
}

/// That one process counted at a time, and one acted. A process that was starved stops what it counts, and begins anew.
fn once(shop: &Shop) {
    let told = shop.recorded();
    let count = |words: &str| told.lines().filter(|line| line.contains(words)).count();
    assert_eq!((count("breaker.begin"), count("run.create")), (count("breaker.stop") + 1, 1), "{told}");
    assert_eq!(shop.runs().len(), 1);
}
