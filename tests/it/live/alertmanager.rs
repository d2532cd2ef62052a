//! Real Alertmanager: alerts, silences, peers.

use std::{path::Path, process::Command};

use serde_json::{Value, json};
use url::Url;
use warroom::{
    config::schema::source::Source,
    domain::{
        alert::{Alert, AlertState, Silence},
        demand::Demand,
        facts::{Answer, Facts},
        source::{ErrorKind, SourceError},
    },
    sources::{connection::kind, http::install_crypto},
};

use crate::support::{Running, alertmanager_source, base_url, context, eventually, free_port, program};

const CONFIG: &str = r"
route: { receiver: default, group_by: [alertname], group_wait: 1s }
receivers: [{ name: default }]
inhibit_rules:
  - source_matchers: [severity=critical]
    target_matchers: [severity=warning]
    equal: [service]
";

/// A real server on loopback, alone (no gossip), with an empty store.
pub(super) struct Alertmanager {
    pub(super) process: Running,
    url: Url,
    _folder: tempfile::TempDir,
}

impl Alertmanager {
    pub(super) async fn start() -> Self {
        install_crypto();
        let folder = tempfile::tempdir().expect("temporary folder");
        let config = folder.path().join("alertmanager.yml");
        std::fs::write(&config, CONFIG).expect("temporary file");
        let port = free_port();
        let url = base_url(([127, 0, 0, 1], port).into());
        let process = Running::start(&mut command(&config, folder.path(), &url));
        let server = Self { process, url, _folder: folder };
        eventually("Alertmanager to be ready", async || {
            let answer = reqwest::get(server.at("/-/ready")).await.ok()?;
            answer.status().is_success().then_some(())
        })
        .await;
        server
    }

    /// Where it listens.
    pub(super) const fn url(&self) -> &Url {
        &self.url
    }

    fn at(&self, path: &str) -> Url {
        self.url.join(path).expect("path")
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> Value {
        let request = reqwest::Client::new().post(self.at(path)).header("content-type", "application/json");
        let answer = request.body(body.to_string()).send().await.expect("it answers");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        serde_json::from_slice(&answer.bytes().await.expect("body")).unwrap_or(Value::Null)
    }

    async fn fire(&self, labels: Value) {
        self.post("/api/v2/alerts", &json!([{"labels": labels, "annotations": {"summary": "5xx 12%"}}])).await;
    }
}

fn command(config: &Path, folder: &Path, url: &Url) -> Command {
    let mut command = Command::new(program("prometheus-alertmanager", "prometheus-alertmanager"));
    let address = format!("127.0.0.1:{}", url.port().expect("it has one"));
    command
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.path={}", folder.join("data").display()))
        .arg(format!("--web.listen-address={address}"))
        .arg(format!("--web.external-url={url}"))
        // Without this it gossips on every interface.
        .arg("--cluster.listen-address=");
    command
}

async fn poll(source: &Source, feed: &str) -> Result<Answer, SourceError> {
    let connector = (kind("alertmanager").expect("it is in the table").build)(source, &context()).expect("it builds");
    connector.poll(feed, &Demand::default()).await
}

async fn alerts(source: &Source) -> (Vec<Alert>, Answer) {
    let answer = poll(source, "alerts").await.expect("it answers");
    match answer.facts.clone() {
        Facts::Alerts(alerts) => (alerts, answer),
        other => panic!("not alerts: {other:?}"),
    }
}

async fn silences(source: &Source) -> Vec<Silence> {
    match poll(source, "silences").await.expect("it answers").facts {
        Facts::Silences(silences) => silences,
        other => panic!("not silences: {other:?}"),
    }
}

fn named<'a>(alerts: &'a [Alert], name: &str) -> Option<&'a Alert> {
    alerts.iter().find(|alert| alert.name == name)
}

#[tokio::test]
async fn alerts_that_fire_are_silenced_or_inhibited_are_read_as_such() {
    let server = Alertmanager::start().await;
    let source = alertmanager_source("am", vec![server.url.clone()]);
    assert!(alerts(&source).await.0.is_empty(), "nothing fires yet");
    assert!(silences(&source).await.is_empty());

    server.fire(json!({"alertname": "HighErrorRate", "service": "checkout", "severity": "critical"})).await;
    server.fire(json!({"alertname": "HighLatency", "service": "checkout", "severity": "warning"})).await;
    server.fire(json!({"alertname": "DiskFull", "service": "db", "severity": "warning"})).await;
    let silence = server
        .post(
            "/api/v2/silences",
            &json!({
                "matchers": [{"name": "alertname", "value": "DiskFull", "isRegex": false, "isEqual": true}],
                "startsAt": chrono::Utc::now(), "endsAt": chrono::Utc::now() + chrono::TimeDelta::hours(1),
                "createdBy": "oncall", "comment": "release REL-42",
            }),
        )
        .await;
    let silence = silence["silenceID"].as_str().expect("its id").to_owned();

    let (found, answer) = eventually("all three alerts in their states", async || {
        let (found, answer) = alerts(&source).await;
        let suppressed = |name| named(&found, name).is_some_and(|alert| alert.state == AlertState::Suppressed);
        (found.len() == 3 && suppressed("DiskFull") && suppressed("HighLatency")).then_some((found, answer))
    })
    .await;
    let firing = named(&found, "HighErrorRate").expect("it fires");
    assert_eq!(firing.state, AlertState::Active);
    assert_eq!(firing.summary(), "5xx 12%");
    assert_eq!(firing.receivers, ["default"]);
    assert_eq!(named(&found, "DiskFull").expect("silenced").silenced_by, [silence.as_str()]);
    assert_eq!(named(&found, "HighLatency").expect("inhibited").inhibited_by, [firing.fingerprint.as_str()]);
    assert!(answer.skew_millis.expect("it sends a date").abs() < 5_000, "it is the same clock");
    assert_eq!(answer.gaps, []);

    let held = silences(&source).await;
    assert_eq!((held[0].id.as_str(), held[0].state.as_str()), (silence.as_str(), "active"));
    assert_eq!(held[0].matchers, [r#"alertname="DiskFull""#]);
}

#[tokio::test]
async fn two_peers_are_one_source_and_the_death_of_one_is_a_gap() {
    let (mut first, second) = (Alertmanager::start().await, Alertmanager::start().await);
    let source = alertmanager_source("am", vec![first.url.clone(), second.url.clone()]);
    let both = json!({"alertname": "HighErrorRate", "service": "checkout"});
    first.fire(both.clone()).await;
    second.fire(both).await;
    second.fire(json!({"alertname": "OnlySecondHeard"})).await;
    eventually("two distinct alerts of three", async || (alerts(&source).await.0.len() == 2).then_some(())).await;

    first.process.stop();
    let (found, answer) = alerts(&source).await;
    assert_eq!(found.len(), 2);
    assert_eq!(answer.gaps.len(), 1);
    assert!(answer.gaps[0].what.contains(first.url.as_str().trim_end_matches('/')), "{:?}", answer.gaps);
}

#[tokio::test]
async fn a_matcher_that_the_real_server_cannot_read_comes_back_in_its_words() {
    let server = Alertmanager::start().await;
    let mut source = alertmanager_source("am", vec![server.url.clone()]);
    if let warroom::config::schema::source::SourceKind::Alertmanager(settings) = &mut source.kind {
        settings.matchers = vec!["{bad".to_owned()];
    }
    let error = poll(&source, "alerts").await.expect_err("refused");
    assert_eq!(error.kind, ErrorKind::Query);
    assert!(error.what.contains("bad matcher format"), "{error}");
}
