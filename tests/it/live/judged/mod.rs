//! A real Prometheus with a history of good and bad versions, judged by the commands that pipelines use.

mod cluster;
mod history;
mod stored;

use std::{
    fs,
    net::SocketAddr,
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

use super::backfilled::Backfilled;
use crate::support::base_url;
use cluster::{Deployed, How};
use history::{History, Requests};

/// Seconds of half an hour.
const HALF_AN_HOUR: i64 = 1_800;
/// How far back the history goes: every page pair is covered.
const PAST: i64 = 7 * 3_600;

/// Settings and catalog that lead to a Prometheus and a cluster.
struct Shop {
    folder: TempDir,
    prometheus: Backfilled,
}

impl Shop {
    async fn new(prometheus: Backfilled, cluster: SocketAddr, services: &[&str]) -> Self {
        prometheus.ready().await;
        let folder = tempfile::tempdir().expect("a folder");
        let shop = Self { folder, prometheus };
        let (prometheus, cluster) = (shop.prometheus.url(), base_url(cluster));
        shop.write(
            "config.toml",
            &format!(
                "[environments.prod]\nproduction = true\ntelemetry = {{ env = \"production\" }}\n\n\
                 [[source]]\nname = \"prom\"\nkind = \"prometheus\"\nurl = \"{prometheus}\"\nalerts = true\n\n\
                 [[source]]\nname = \"eu\"\nkind = \"kubernetes\"\nurl = \"{cluster}\"\nenvironment = \"prod\"\n"
            ),
        );
        shop.write(
            "catalog/slos/http.toml",
            "objective = 99.5\nby = \"service\"\n\
             ratio = { bad = 'http_requests_total{code=~\"5..\"}', total = \"http_requests_total\" }\n",
        );
        for service in services {
            shop.write(
                &format!("catalog/releases/{service}-1.1.toml"),
                &format!("environment = \"prod\"\n[[component]]\nservice = \"{service}\"\nversion = \"1.1\"\n"),
            );
        }
        shop
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        fs::write(path, text).expect("written");
    }

    /// The file of a service, with `more` at its end.
    fn service(&self, name: &str, kind: &str, more: &str) {
        let object = format!("[[object]]\nkind = \"{kind}\"\nname = \"{name}\"\n");
        self.write(&format!("catalog/services/{name}.toml"), &format!("{object}{more}"));
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
        command.args(arguments).arg("--config").arg(self.folder.path().join("config.toml"));
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("XDG_STATE_HOME", self.folder.path().join("state"));
        command
    }

    async fn run(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(arguments);
        tokio::task::spawn_blocking(move || command.output().expect("it starts")).await.expect("it ends")
    }

    /// The gate's answer: exit code and text.
    async fn gate(&self, release: &str) -> (Option<i32>, String) {
        let output = self.run(&["gate", release]).await;
        let told = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        (output.status.code(), told.concat())
    }

    async fn status(&self) -> Value {
        let output = self.run(&["status", "--json"]).await;
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
    }
}

fn now() -> i64 {
    chrono::Utc::now().timestamp()
}

const BY_VERSION: &str = "[telemetry]\nversion_label = \"version\"\n";
const LATENCY: &str = "[[slo]]\nname = \"latency\"\nobjective = 99\n\
                       latency = { histogram = \"http_request_duration_seconds\", under = \"500ms\" }\n";

/// A stable version of so many requests in 20 steps, one in a thousand bad, and a canary beside it for half an hour.
fn beside(history: &mut History, service: &str, good: i64, bad: i64) {
    let stable = Requests { service, version: "1.0", from: PAST, until: 0, good: 19_980, bad: 20 };
    history.requests(&stable);
    history.requests(&Requests { version: "1.1", from: HALF_AN_HOUR, good, bad, ..stable });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_good_a_bad_a_thin_and_a_slow_canary_are_told_apart_by_the_gate() {
    let mut history = History::until(now());
    beside(&mut history, "good", 999, 1);
    // 2 % bad: less than the 5 % of the error rate, and of the whole service a tenth of a percent.
    beside(&mut history, "bad", 980, 20);
    beside(&mut history, "thin", 40, 0);
    // All answers are good by the SLO, and the canary's take 300 ms longer.
    beside(&mut history, "slow", 999, 1);
    history.answers("slow", "1.0", PAST, "0.15");
    history.answers("slow", "1.1", HALF_AN_HOUR, "0.45");
    let since = history.end - HALF_AN_HOUR;
    let services = ["good", "bad", "thin", "slow"];
    let deployed = services.map(|name| Deployed { name, how: How::Canary, since });
    let cluster = cluster::start(&deployed).await;
    let shop = Shop::new(Backfilled::start(&history.text(), ""), cluster, &services).await;
    for service in services {
        shop.service(service, "Rollout", BY_VERSION);
    }
    shop.service("slow", "Rollout", &format!("{BY_VERSION}{LATENCY}"));

    let (code, text) = shop.gate("good-1.1").await;
    assert_eq!(code, Some(0), "{text}");
    assert!(text.starts_with("GO good-1.1 before it gets 50 % of traffic"), "{text}");

    let (code, text) = shop.gate("bad-1.1").await;
    assert_eq!(code, Some(1), "{text}");
    assert!(text.starts_with("ROLL BACK bad-1.1 before it gets 50 % of traffic: bad canary FAIL +1.9"), "{text}");
    assert!(!text.contains("page"), "no page pair fires: {text}");

    let (code, text) = shop.gate("thin-1.1").await;
    assert_eq!(code, Some(1), "{text}");
    assert!(text.starts_with("HOLD thin-1.1"), "{text}");
    assert!(text.contains("inconclusive, needs about") && text.contains("more requests"), "{text}");

    let (code, text) = shop.gate("slow-1.1").await;
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.starts_with("ROLL BACK slow-1.1 before it gets 50 % of traffic: slow latency FAIL p95 +300 ms"),
        "{text}"
    );

    let status = shop.status().await;
    let verdict = |id: &str| {
        let releases = status["releases"].as_array().expect("releases");
        let release = releases.iter().find(|release| release["id"] == id).expect(id);
        release["verdict"]["word"].as_str().expect("a verdict").to_owned()
    };
    assert_eq!(["good-1.1", "bad-1.1", "thin-1.1"].map(verdict), ["go", "roll_back", "hold"]);
}

const MEMORY: &str = "[[gauge]]\nname = \"memory\"\nvalue = \"process_resident_memory_bytes\"\n";

#[tokio::test(flavor = "multi_thread")]
async fn a_canary_that_takes_more_memory_is_held_and_one_that_takes_as_much_goes_on() {
    let mut history = History::until(now());
    let services = ["same", "heavy", "gone", "blind"];
    for service in services {
        beside(&mut history, service, 999, 1);
    }
    for service in ["same", "heavy", "gone"] {
        history.memory(service, "1.0", (PAST, 0), 500_000_000);
    }
    history.memory("same", "1.1", (HALF_AN_HOUR, 0), 500_000_000);
    history.memory("heavy", "1.1", (HALF_AN_HOUR, 0), 650_000_000);
    // Its last sample is repeated by the server for five minutes.
    history.memory("gone", "1.1", (HALF_AN_HOUR, 270), 650_000_000);
    let since = history.end - HALF_AN_HOUR;
    let cluster = cluster::start(&services.map(|name| Deployed { name, how: How::Canary, since })).await;
    let shop = Shop::new(Backfilled::start(&history.text(), ""), cluster, &services).await;
    for service in services {
        shop.service(service, "Rollout", &format!("{BY_VERSION}{MEMORY}"));
    }

    let (code, text) = shop.gate("same-1.1").await;
    assert_eq!(code, Some(0), "{text}");
    assert!(text.starts_with("GO same-1.1 before it gets 50 % of traffic"), "{text}");

    let (code, text) = shop.gate("heavy-1.1").await;
    assert_eq!(code, Some(1), "{text}");
    assert!(text.starts_with("HOLD heavy-1.1 before it gets 50 % of traffic: heavy canary FAIL +30."), "{text}");
    for told in ["memory: median 6", " values against ", ": +15", " M (+30.", "95 % between +14", ", p "] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(text.contains("a gauge alone is no reason to go back: a person decides"), "{text}");

    let (code, text) = shop.gate("gone-1.1").await;
    assert_eq!(code, Some(3), "{text}");
    assert!(text.starts_with("UNKNOWN gone-1.1") && text.contains("no new sample of 1.1 for "), "{text}");
    let (code, text) = shop.gate("blind-1.1").await;
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("no series of memory for 1.1"), "{text}");

    let status = shop.status().await;
    let analyses = status["analyses"].as_array().expect("analyses");
    let of = |service: &str| {
        let ours = |one: &&Value| one["service"] == service && one["what"] == "gauge";
        analyses.iter().find(ours).unwrap_or_else(|| panic!("{service}: {analyses:#?}"))
    };
    assert_eq!(services.map(|service| of(service)["verdict"].clone()), ["pass", "fail", "unknown", "unknown"]);
    let compared = &of("heavy")["gauge"]["compared"];
    let samples = compared["canary"]["samples"].as_u64().expect("a number");
    assert!((20..=30).contains(&samples), "a value a minute since the warm-up of five: {compared:#}");
    let low = compared["interval"]["low"].as_f64().expect("a number");
    assert!((135e6..152e6).contains(&low), "{compared:#}");
    let query = of("heavy")["query"].as_str().expect("a query");
    assert!(query.contains("avg by (env, service, version) (process_resident_memory_bytes{"), "{query}");
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_that_fall_by_a_fifth_hold_a_canary_that_answers_every_request() {
    let mut history = History::until(now());
    let since = 2_700;
    // By weeks that are known, and orders in each step since the deploy, where 60 are usual.
    let stories = [("fewer", 4, 48), ("usual", 4, 60), ("young", 0, 48)];
    for (service, weeks, after) in stories {
        beside(&mut history, service, 999, 1);
        history.orders(service, weeks, 60, (since, after));
    }
    let deployed = stories.map(|(name, ..)| Deployed { name, how: How::Canary, since: history.end - since });
    let cluster = cluster::start(&deployed).await;
    let services = stories.map(|(service, ..)| service);
    let shop = Shop::new(Backfilled::start(&history.text(), ""), cluster, &services).await;
    for service in services {
        let orders = "[[business]]\nname = \"orders\"\nevents = \"orders_total\"\n";
        shop.service(service, "Rollout", &format!("{BY_VERSION}{orders}"));
    }

    let (code, text) = shop.gate("fewer-1.1").await;
    assert_eq!(code, Some(1), "{text}");
    assert!(text.starts_with("HOLD fewer-1.1") && text.contains("-20.0 % of 7200 expected"), "{text}");
    let (code, text) = shop.gate("usual-1.1").await;
    assert_eq!(code, Some(0), "{text}");
    // What has no past is in nobody's way, and says why.
    let (code, text) = shop.gate("young-1.1").await;
    assert_eq!(code, Some(0), "{text}");
    let status = shop.status().await;
    let analyses = status["analyses"].as_array().expect("analyses");
    let of = |service: &str| {
        let found = analyses.iter().find(|one| one["service"] == service && one["slo"] == "orders");
        found.unwrap_or_else(|| panic!("{service}: {analyses:?}"))
    };
    assert!(of("young").to_string().contains("nothing is known of orders in past weeks"), "{}", of("young"));
}

/// A version that took the place of another one `since` seconds ago: requests in 20 steps before and after.
fn replaced(history: &mut History, service: &str, since: i64, before: (i64, i64), after: (i64, i64)) {
    let old = Requests { service, version: "1.0", from: PAST, until: since, good: before.0, bad: before.1 };
    history.requests(&old);
    history.requests(&Requests { version: "1.1", from: since, until: 0, good: after.0, bad: after.1, ..old });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deploy_with_nothing_beside_it_is_judged_by_what_was_before() {
    let mut history = History::until(now());
    let usual = (19_980, 20);
    // Far enough apart that none is the cause of another one's trouble.
    let stories = [
        ("worse", How::Replaced, 1_800, (19_600, 400)),
        ("unlabelled", How::Canary, 3_000, (19_600, 400)),
        ("busy", How::Canary, 4_200, (31_360, 640)),
        ("fine", How::Replaced, 5_400, usual),
        ("unsure", How::Canary, 6_600, usual),
    ];
    for (service, _, since, after) in stories {
        replaced(&mut history, service, since, usual, after);
    }
    let deployed = stories.map(|(name, how, since, _)| Deployed { name, how, since: history.end - since });
    let cluster = cluster::start(&deployed).await;
    let services = stories.map(|(service, ..)| service);
    let shop = Shop::new(Backfilled::start(&history.text(), ""), cluster, &services).await;
    for (service, how, ..) in stories {
        shop.service(service, if how == How::Canary { "Rollout" } else { "Deployment" }, "");
    }

    let told = |text: &str, words: &[&str]| {
        for word in words {
            assert!(text.contains(word), "{word}: {text}");
        }
    };
    let (code, text) = shop.gate("worse-1.1").await;
    assert_eq!(code, Some(1), "{text}");
    told(&text, &["DONE worse-1.1", "after the deploy against before it, not side by side"]);
    let (code, text) = shop.gate("fine-1.1").await;
    assert_eq!((code, text.trim()), (Some(0), "DONE fine-1.1: there is nothing to decide"));

    let (code, text) = shop.gate("unlabelled-1.1").await;
    assert_eq!(code, Some(1), "{text}");
    told(&text, &["ROLL BACK unlabelled-1.1", "canary FAIL +1.9", "version_label = \"version\""]);
    let (code, text) = shop.gate("busy-1.1").await;
    assert_eq!(code, Some(1), "{text}");
    told(&text, &["HOLD busy-1.1", "what else may be the cause: traffic changed by +60 %"]);
    let (code, text) = shop.gate("unsure-1.1").await;
    assert_eq!(code, Some(1), "{text}");
    told(&text, &["HOLD unsure-1.1", "only a part of the requests goes to the new version, so this cannot pass"]);

    let status = shop.status().await;
    let analyses = status["analyses"].as_array().expect("analyses");
    let of = |service: &str| analyses.iter().find(|one| one["service"] == service).expect(service);
    let verdicts = services.map(|service| of(service)["verdict"].as_str().expect("a word"));
    assert_eq!(verdicts, ["fail", "fail", "fail", "pass", "inconclusive"]);
    assert_eq!((&of("fine")["against"], &of("fine")["before"]["window"]), (&"before".into(), &"30m".into()));
    let before = of("fine")["windows"][0]["baseline"]["total"].as_u64().expect("requests");
    assert!((119_000..121_000).contains(&before), "1,000 requests in 15 seconds for half an hour: {before}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_else_may_have_made_a_deploy_worse_is_named_and_a_person_decides() {
    let mut history = History::until(now());
    let (usual, worse) = ((19_980, 20), (19_600, 400));
    let week = 7 * 86_400;
    let then = Requests { service: "weekly", version: "1.0", from: week + PAST, until: week - PAST, good: 0, bad: 0 };
    history.requests(&Requests { good: worse.0, bad: worse.1, ..then });
    replaced(&mut history, "weekly", 1_800, usual, worse);
    replaced(&mut history, "near", 4_200, usual, worse);
    replaced(&mut history, "neighbour", 4_500, usual, usual);
    replaced(&mut history, "caller", 6_600, usual, worse);
    history.requests(&Requests { service: "called", good: 16_000, bad: 4_000, from: PAST, until: 0, ..then });
    let deployed = [("weekly", 1_800), ("near", 4_200), ("neighbour", 4_500), ("caller", 6_600)];
    let objects = deployed.map(|(name, since)| Deployed { name, how: How::Canary, since: history.end - since });
    let cluster = cluster::start(&objects).await;
    let services = deployed.map(|(service, _)| service);
    let shop = Shop::new(Backfilled::start(&history.text(), ""), cluster, &services).await;
    for service in services {
        let calls = if service == "caller" { "depends_on = [\"called\"]\n" } else { "" };
        shop.write(
            &format!("catalog/services/{service}.toml"),
            &format!("{calls}[[object]]\nkind = \"Rollout\"\nname = \"{service}\"\n"),
        );
    }
    shop.write("catalog/services/called.toml", "");

    for (release, cause) in [
        ("weekly-1.1", "the same hour last week was as bad: 2.00 %"),
        ("near-1.1", "neighbour 1.1 was deployed at the same time"),
        ("caller-1.1", "called, which it calls, burns"),
    ] {
        let (code, text) = shop.gate(release).await;
        assert_eq!(code, Some(1), "{text}");
        assert!(text.starts_with(&format!("HOLD {release}")), "{text}");
        assert!(text.contains(&format!("what else may be the cause: {cause}")), "{text}");
    }
}
