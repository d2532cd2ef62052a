//! The demo from end to end.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    os::unix::fs::PermissionsExt as _,
    process::{Command, Stdio},
    sync::Arc,
};

use serde_json::{Value, json};
use warroom::{
    clock::Clock,
    domain::{
        demand::Demand,
        facts::Facts,
        slo::reading::Amount,
        time::{Span, Timestamp},
    },
    sim::{self, Options, Running},
    sources::{connector::Context, kinds},
};

use crate::support::program;

fn warroom() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
    command.arg("demo").stdin(Stdio::null());
    command
}

fn output(command: &mut Command) -> (Option<i32>, String, String) {
    let output = command.output().expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_list_names_every_story_and_the_default() {
    let (code, text, _) = output(warroom().arg("--list"));
    assert_eq!(code, Some(0));
    for name in ["bad-canary", "slow-canary", "steady", "source-down", "blue-green", "freeze", "scale"] {
        assert!(text.lines().any(|line| line.starts_with(name)), "{name}: {text}");
    }
    assert!(text.lines().any(|line| line.starts_with("bad-canary") && line.ends_with("(default)")), "{text}");
}

#[test]
fn an_unknown_story_and_a_wild_speed_are_refused_with_what_is_possible() {
    let (code, _, error) = output(warroom().args(["--serve", "--scenario", "worse-canary", "--listen", "127.0.0.1:0"]));
    assert_eq!(code, Some(2));
    assert!(error.contains("worse-canary") && error.contains("bad-canary"), "{error}");
    let (code, _, error) = output(warroom().args(["--speed", "1000"]));
    assert_eq!(code, Some(2));
    assert!(error.contains("from 0.1 to 100"), "{error}");
}

#[test]
fn written_files_are_a_starting_point_and_are_not_overwritten() {
    let directory = tempfile::tempdir().expect("a directory");
    let target = directory.path().join("start");
    let (code, text, error) = output(warroom().arg("--write").arg(&target));
    assert_eq!(code, Some(0), "{error}");
    assert!(text.contains("config.toml"), "{text}");
    assert!(target.join("catalog/services/checkout.toml").is_file());
    let key = target.join("keys/demo-key-you");
    assert_eq!(key.metadata().expect("there").permissions().mode() & 0o777, 0o600);
    assert!(text.contains("ssh-add") && text.contains("demo-key-you"), "{text}");
    let public = Command::new(program("ssh-keygen", "openssh-client")).args(["-y", "-f"]).arg(&key).output();
    let public = public.expect("it starts").stdout;
    let public = String::from_utf8_lossy(&public).split_whitespace().nth(1).expect("a key").to_owned();
    let allowed = std::fs::read_to_string(target.join("catalog/allowed_signers")).expect("readable");
    assert!(allowed.contains(&public), "{allowed}");
    let (code, _, error) = output(warroom().arg("--write").arg(&target));
    assert_eq!(code, Some(2));
    assert!(error.contains("is there already"), "{error}");
}

#[tokio::test]
async fn the_simulator_alone_says_where_it_is_and_ends_on_a_signal() {
    let mut child =
        warroom().args(["--serve", "--listen", "127.0.0.1:0"]).stdout(Stdio::piped()).spawn().expect("it starts");
    let mut lines = BufReader::new(child.stdout.take().expect("piped"));
    let url = loop {
        let mut line = String::new();
        assert!(lines.read_line(&mut line).expect("readable") > 0, "the end came before the URL");
        if let Some(url) = line.strip_prefix("Kubernetes ") {
            break url.trim().to_owned();
        }
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let answer = client.get(format!("{url}/version")).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let id = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(id, rustix::process::Signal::INT).expect("alive");
    let mut rest = String::new();
    lines.read_to_string(&mut rest).expect("readable");
    assert!(rest.contains("kubectl --server"), "{rest}");
    assert_eq!(child.wait().expect("ended").code(), Some(0));
}

/// What all feeds of the monitoring sources of a story say after `seconds` of it.
async fn monitoring(scenario: &str, seconds: u64) -> (Vec<Facts>, Running) {
    let start = Timestamp::from_timestamp_millis(1_763_650_000_123).expect("in range");
    let clock = Clock::running_from(start + Span::from_secs(seconds).delta(), 1.0);
    let options = Options { scenario: scenario.to_owned(), start: Some(start), ..Options::new(clock) };
    let running = sim::start(&options).expect("starts");
    let own = running.settings().clone();
    let demand = Demand { catalog: Arc::new(own.catalog), ..Demand::default() };
    let context = Context::new(clock, false);
    let mut facts = Vec::new();
    for source in own.settings.sources.iter().filter(|source| source.kind.word() != "kubernetes") {
        let kind = kinds::all().iter().find(|kind| kind.name == source.kind.word()).expect("a known kind");
        let connector = (kind.build)(source, &context).expect("builds");
        for feed in connector.feeds(&demand) {
            let answer = connector.poll(&feed.name, &demand).await;
            let answer = answer.unwrap_or_else(|error| panic!("{} {}: {error}", source.name, feed.name));
            assert!(answer.gaps.is_empty(), "{} {}: {:?}", source.name, feed.name, answer.gaps);
            assert!(
                answer.skew_millis.is_none_or(|skew| skew.abs() <= 2_000),
                "{}: {:?}",
                source.name,
                answer.skew_millis
            );
            facts.push(answer.facts);
        }
    }
    (facts, running)
}

/// What the decoders of deployments read from all lists of the cluster.
async fn deployments(running: &Running) -> Vec<Value> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let mut texts = Vec::new();
    for path in [
        "apis/argoproj.io/v1alpha1/rollouts",
        "apis/argoproj.io/v1alpha1/analysisruns",
        "apis/apps/v1/deployments",
        "apis/apps/v1/replicasets",
        "api/v1/pods",
    ] {
        let url = running.urls().kubernetes.join(path).expect("a URL");
        texts.push(client.get(url).send().await.expect("an answer").text().await.expect("a body"));
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let kind = kinds::all().iter().find(|kind| kind.name == "kubernetes").expect("a known kind");
    kind.decoders
        .iter()
        .flat_map(|decoder| (decoder.decode)(&texts).unwrap_or_else(|error| panic!("{}: {error}", decoder.name)))
        .collect()
}

#[tokio::test]
async fn the_decoders_read_the_cluster_as_it_is_meant() {
    let (_, running) = monitoring("bad-canary", 60).await;
    let found = deployments(&running).await;
    let names: Vec<&str> = found.iter().filter_map(|one| one["name"].as_str()).collect();
    assert_eq!(names.len(), 7, "{names:?}");
    let of = |name: &str, keys: &[&str]| {
        let one = found.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{name}: {names:?}"));
        json!(keys.iter().map(|key| one[*key].clone()).collect::<Vec<_>>())
    };
    let keys = ["phase", "message", "step", "desired_weight", "actual_weight"];
    assert_eq!(of("checkout", &keys), json!(["Paused", "CanaryPauseStep", {"index": 3, "total": 7}, 25, 25]));
    assert_eq!(of("payments", &keys), json!(["Healthy", "", {"index": 4, "total": 4}, 100, 100]));
    assert_eq!(of("search", &keys), json!(["Paused", "CanaryPauseStep", {"index": 1, "total": 4}, 20, 20]));
    assert_eq!(of("mobile-bff", &keys), json!(["Paused", "CanaryPauseStep", {"index": 4, "total": 9}, 40, 40]));
    assert_eq!(of("checkout", &["images"])[0].as_array().map(Vec::len), Some(2));
    assert_eq!(
        of("checkout", &["replicas"])[0],
        json!({"desired": 20, "current": 25, "updated": 5, "ready": 25, "available": 25})
    );
    assert_eq!(of("cart", &["phase"])[0], "Healthy");
}

#[tokio::test]
async fn the_ordinary_connectors_read_the_bad_canary() {
    let (facts, _running) = monitoring("bad-canary", 85).await;
    let alerts = facts.iter().flat_map(|facts| if let Facts::Alerts(list) = facts { list.as_slice() } else { &[] });
    let alerts: Vec<&str> = alerts.map(|alert| alert.name.as_str()).collect();
    for name in ["CanaryErrorRatio", "ErrorBudgetBurn", "QueueBacklog", "DiskWillFillSoon"] {
        assert!(alerts.contains(&name), "{name}: {alerts:?}");
    }
    let readings: Vec<_> = facts
        .iter()
        .flat_map(|facts| if let Facts::Slo(slo) = facts { slo.readings.as_slice() } else { &[] })
        .collect();
    let five = Span::from_mins(5);
    let canary = readings
        .iter()
        .find(|it| it.slo == "checkout/availability" && it.version.as_deref() == Some("1.42.0") && it.window == five)
        .unwrap_or_else(|| panic!("the canary is not measured: {readings:?}"));
    let Amount::Counts { bad, total } = canary.amount else { panic!("{canary:?}") };
    assert!(bad / total > 0.1, "{canary:?}");
    assert!(readings.iter().any(|reading| reading.slo.contains("search")), "Sloth's series are read");
}

#[tokio::test]
async fn the_ordinary_connectors_read_every_story() {
    for (scenario, seconds, phase) in
        [("steady", 10, "Paused"), ("source-down", 20, "Paused"), ("blue-green", 40, "Paused")]
    {
        let (facts, running) = monitoring(scenario, seconds).await;
        assert!(facts.iter().any(|facts| matches!(facts, Facts::Slo(slo) if !slo.readings.is_empty())), "{scenario}");
        let found = deployments(&running).await;
        let checkout = found.iter().find(|one| one["name"] == "checkout").expect("there");
        assert_eq!(checkout["phase"], phase, "{scenario}: {checkout}");
    }
}
