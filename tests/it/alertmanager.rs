//! Alertmanager: recorded and hostile answers.

use std::{collections::BTreeMap, net::SocketAddr};

use serde_json::{Value, json};
use tokio::io::AsyncWriteExt;
use url::Url;
use warroom::{
    config::schema::source::{Source, SourceKind},
    domain::{
        alert::{Alert, AlertState, Silence},
        demand::Demand,
        facts::{Answer, Facts},
        source::{ErrorKind, SourceError},
        time::Timestamp,
    },
    sources::{connection::kind, connector::Connector},
};

use crate::support::{alertmanager_source, base_url, context, dead_port, http_answer, server, server_of};

fn decode(texts: &[&str]) -> Result<Vec<Value>, SourceError> {
    (kind("alertmanager").expect("it is in the table").decoders[0].decode)(texts)
}

fn connector(source: &Source) -> Box<dyn Connector> {
    (kind("alertmanager").expect("it is in the table").build)(source, &context()).expect("it builds")
}

async fn poll(source: &Source, feed: &str) -> Result<Answer, SourceError> {
    connector(source).poll(feed, &Demand::default()).await
}

fn alerts(answer: &Answer) -> &[Alert] {
    match &answer.facts {
        Facts::Alerts(alerts) => alerts,
        other => panic!("not alerts: {other:?}"),
    }
}

fn silences(answer: &Answer) -> &[Silence] {
    match &answer.facts {
        Facts::Silences(silences) => silences,
        other => panic!("not silences: {other:?}"),
    }
}

/// An alert as the API sends it, with these changes.
fn alert(fingerprint: &str, changes: &Value) -> Value {
    let mut alert = json!({
        "fingerprint": fingerprint,
        "labels": {"alertname": "HighErrorRate", "service": "checkout", "severity": "critical"},
        "annotations": {"summary": "5xx 12%", "runbook_url": "https://runbooks.example/5xx"},
        "startsAt": "2026-11-20T23:29:52.420Z",
        "endsAt": "2026-11-20T23:34:52.420Z",
        "updatedAt": "2026-11-20T23:29:52.420Z",
        "generatorURL": "http://prom.example/graph?g0.expr=x",
        "receivers": [{"name": "default"}],
        "status": {"state": "active", "silencedBy": [], "inhibitedBy": []},
    });
    for (key, value) in changes.as_object().expect("changes") {
        alert[key] = value.clone();
    }
    alert
}

/// A server that answers every request with this JSON.
async fn serving(body: &Value) -> Url {
    base_url(server_of(http_answer("200 OK", "content-type: application/json\r\n", &body.to_string())).await)
}

async fn one_peer(body: &Value) -> Result<Answer, SourceError> {
    poll(&alertmanager_source("am", vec![serving(body).await]), "alerts").await
}

#[tokio::test]
async fn an_alert_is_read_with_all_that_it_says() {
    let answer = one_peer(&json!([alert("69c2e62f0b0aec37", &json!({}))])).await.expect("a good answer");
    let [alert] = alerts(&answer) else { panic!("one alert") };
    assert_eq!((alert.name.as_str(), alert.state), ("HighErrorRate", AlertState::Active));
    assert_eq!(alert.fingerprint, "69c2e62f0b0aec37");
    assert_eq!(alert.source.as_str(), "am");
    assert_eq!(alert.labels["service"], "checkout");
    assert_eq!(alert.runbook_url(), Some("https://runbooks.example/5xx"));
    assert_eq!(alert.receivers, ["default"]);
    assert_eq!(alert.starts_at, "2026-11-20T23:29:52.420Z".parse::<Timestamp>().expect("time"));
    assert_eq!((answer.requests, answer.gaps.len()), (1, 0));
    assert!(answer.bytes > 400);
}

#[tokio::test]
async fn states_fields_and_times_of_other_versions_are_understood() {
    let body = json!([
        alert(
            "01",
            &json!({"status": {"state": "suppressed", "silencedBy": ["s"], "inhibitedBy": ["i"], "mutedBy": ["m"]}})
        ),
        alert("02", &json!({"status": {"state": "unprocessed", "silencedBy": null, "inhibitedBy": null}})),
        alert("03", &json!({"status": {"state": "hibernating", "silencedBy": [], "inhibitedBy": []}})),
        alert("04", &json!({"endsAt": "0001-01-01T00:00:00Z", "annotations": null, "receivers": null})),
        alert("05", &json!({"newField": {"of": ["a", "later"]}, "generatorURL": ""})),
    ]);
    let answer = one_peer(&body).await.expect("a good answer");
    let [muted, unprocessed, unknown, endless, later] = alerts(&answer) else { panic!("five alerts") };
    assert_eq!(muted.state, AlertState::Suppressed);
    assert_eq!(
        (&muted.silenced_by[..], &muted.inhibited_by[..], &muted.muted_by[..]),
        (&["s".to_owned()][..], &["i".to_owned()][..], &["m".to_owned()][..])
    );
    assert_eq!(unprocessed.state, AlertState::Unprocessed);
    assert_eq!(unknown.state, AlertState::Unknown, "never active, never nothing");
    assert_eq!(endless.ends_at, None);
    assert_eq!(later.generator_url, None);
}

#[tokio::test]
async fn an_alert_that_cannot_be_read_is_a_gap_beside_those_that_can() {
    let body = json!([alert("01", &json!({})), alert("02", &json!({"startsAt": "yesterday \u{1b}[31m"})), 7]);
    let answer = one_peer(&body).await.expect("partly good");
    assert_eq!(alerts(&answer).len(), 1);
    assert_eq!(answer.gaps[0].what, "2 of 3 alerts");
    assert!(answer.gaps[0].why.chars().all(warroom::domain::clean::is_safe), "{:?}", answer.gaps);
    let error = one_peer(&json!([{"unlike": "an alert"}])).await.expect_err("nothing in it can be read");
    assert_eq!(error.kind, ErrorKind::Decode);
}

#[tokio::test]
async fn no_alerts_is_a_good_answer_and_null_is_not() {
    assert!(alerts(&one_peer(&json!([])).await.expect("an empty list")).is_empty());
    for body in [json!(null), json!({"status": "success", "data": []}), json!("ok")] {
        assert_eq!(one_peer(&body).await.expect_err("no list").kind, ErrorKind::Decode, "{body}");
    }
}

#[tokio::test]
async fn peers_are_merged_by_fingerprint_and_the_newest_report_wins() {
    let old = alert("01", &json!({"updatedAt": "2026-11-20T23:29:50Z", "receivers": [{"name": "a"}]}));
    let new = alert(
        "01",
        &json!({
            "updatedAt": "2026-11-20T23:29:59Z", "receivers": [{"name": "b"}],
            "status": {"state": "suppressed", "silencedBy": ["x"], "inhibitedBy": []},
        }),
    );
    let other = alert("02", &json!({}));
    for peers in [[json!([old, other]), json!([new])], [json!([new]), json!([other, old])]] {
        let urls = vec![serving(&peers[0]).await, serving(&peers[1]).await];
        let answer = poll(&alertmanager_source("am", urls), "alerts").await.expect("both answer");
        let [merged, second] = alerts(&answer) else { panic!("two alerts") };
        assert_eq!((merged.fingerprint.as_str(), merged.state), ("01", AlertState::Suppressed));
        assert_eq!(merged.receivers.len(), 2);
        assert_eq!(second.fingerprint, "02");
        assert_eq!(answer.requests, 2);
    }
}

#[tokio::test]
async fn a_dead_peer_is_a_gap_and_all_dead_are_an_error() {
    let dead = || format!("http://127.0.0.1:{}", dead_port()).parse::<Url>().expect("URL");
    let (alive, one) = (serving(&json!([alert("01", &json!({}))])).await, dead());
    let answer = poll(&alertmanager_source("am", vec![one.clone(), alive]), "alerts").await.expect("one answers");
    assert_eq!(alerts(&answer).len(), 1);
    assert_eq!(answer.gaps[0].what, format!("peer {}", one.as_str().trim_end_matches('/')));
    assert!(answer.gaps[0].why.contains("refuses connections"), "{:?}", answer.gaps);

    let error = poll(&alertmanager_source("am", vec![dead(), dead()]), "alerts").await.expect_err("none answers");
    assert_eq!(error.kind, ErrorKind::Connect);
    assert!(error.what.contains("no other peer answers either"), "{error}");
}

#[tokio::test]
async fn matchers_go_with_the_question_and_a_bad_one_comes_back_in_the_servers_words() {
    let address = server(|request, mut stream| async move {
        let line = request.head.lines().next().unwrap_or_default().to_owned();
        let wanted = "filter=team%3D%22payments%22";
        let asked = ["active=true", "silenced=true", "inhibited=true", "unprocessed=true", wanted];
        let answer = if line.starts_with("GET /am/api/v2/alerts?") && asked.iter().all(|part| line.contains(part)) {
            http_answer("200 OK", "", "[]")
        } else {
            http_answer("400 Bad Request", "content-type: application/json\r\n", "\"bad matcher format: {bad\"\n")
        };
        let _ = stream.write_all(answer.as_bytes()).await;
    })
    .await;
    let good = matching(address, "team=\"payments\"");
    assert!(alerts(&poll(&good, "alerts").await.expect("the matcher arrives")).is_empty());
    let error = poll(&matching(address, "{bad"), "alerts").await.expect_err("refused");
    assert_eq!((error.kind, error.status), (ErrorKind::Query, Some(400)));
    assert!(error.what.contains("bad matcher format: {bad"), "{error}");
}

fn matching(address: SocketAddr, matcher: &str) -> Source {
    let mut source = alertmanager_source("am", vec![base_url(address).join("am/").expect("URL")]);
    if let SourceKind::Alertmanager(settings) = &mut source.kind {
        settings.matchers.push(matcher.to_owned());
    }
    source
}

#[tokio::test]
async fn the_servers_own_errors_are_told_in_both_of_their_shapes() {
    for (status, body, kind, words) in [
        (
            "422 Unprocessable Entity",
            "{\"code\":602,\"message\":\"comment in body is required\"}",
            ErrorKind::Query,
            "comment in body is required",
        ),
        ("500 Internal Server Error", "\"silence not found\"", ErrorKind::Status, "silence not found"),
        (
            "404 Not Found",
            "{\"code\":404,\"message\":\"path /api/v2/alerts was not found\"}",
            ErrorKind::NotFound,
            "was not found",
        ),
        ("404 Not Found", "404 page not found", ErrorKind::NotFound, "404"),
    ] {
        let url = base_url(server_of(http_answer(status, "", body)).await);
        let error = poll(&alertmanager_source("am", vec![url]), "alerts").await.expect_err(status);
        assert_eq!(error.kind, kind, "{error}");
        assert!(error.what.contains(words), "{error}");
    }
}

#[tokio::test]
async fn silences_are_read_with_their_matchers_and_long_gone_ones_left_out() {
    let silence = |id: &str, state: &str, ends_at: &str, matcher: Value| {
        json!({
            "id": id, "status": {"state": state}, "updatedAt": "2026-11-20T23:29:52.440Z", "comment": "release REL-42",
            "createdBy": "oncall@example.com", "startsAt": "2026-11-20T23:29:52.440Z", "endsAt": ends_at, "matchers": [matcher],
        })
    };
    let body = json!([
        silence(
            "a",
            "active",
            "2099-01-01T00:00:00Z",
            json!({"name": "alertname", "value": "DiskFull", "isRegex": false, "isEqual": true})
        ),
        silence(
            "b",
            "active",
            "2099-01-01T00:00:00Z",
            json!({"name": "service", "value": "pay|cart", "isRegex": true, "isEqual": false})
        ),
        silence("c", "active", "2099-01-01T00:00:00Z", json!({"name": "env", "value": "a\"b", "isRegex": false})),
        silence("d", "expired", "2020-01-01T00:00:00Z", json!({"name": "env", "value": "x", "isRegex": false})),
    ]);
    let answer = poll(&alertmanager_source("am", vec![serving(&body).await]), "silences").await.expect("a good answer");
    let matchers: Vec<_> = silences(&answer).iter().flat_map(|silence| silence.matchers.clone()).collect();
    assert_eq!(matchers, [r#"alertname="DiskFull""#, r#"service!~"pay|cart""#, r#"env="a\"b""#]);
    assert_eq!(silences(&answer)[0].created_by, "oncall@example.com");
}

#[tokio::test]
async fn the_skew_of_the_servers_clock_is_measured() {
    let ahead = chrono::Utc::now() + chrono::TimeDelta::seconds(90);
    let headers = format!("date: {}\r\n", ahead.format("%a, %d %b %Y %H:%M:%S GMT"));
    let url = base_url(server_of(http_answer("200 OK", &headers, "[]")).await);
    let answer = poll(&alertmanager_source("am", vec![url]), "alerts").await.expect("a good answer");
    let skew = answer.skew_millis.expect("there is a date");
    assert!((60_000..=91_000).contains(&skew), "{skew} ms");
}

#[test]
fn a_saved_answer_gives_one_object_for_each_distinct_alert() {
    let shared = alert("02", &json!({}));
    let groups = json!([
        {"labels": {}, "receiver": {"name": "a"}, "alerts": [alert("01", &json!({})), shared]},
        {"labels": {}, "receiver": {"name": "b"}, "alerts": [shared]},
    ]);
    let list =
        json!([alert("03", &json!({"status": {"state": "suppressed", "silencedBy": ["s-1"], "inhibitedBy": null}}))]);
    let decoded = decode(&[&groups.to_string(), &list.to_string()]).expect("good answers");
    let fingerprints: Vec<_> = decoded.iter().map(|alert| alert["fingerprint"].as_str().expect("text")).collect();
    assert_eq!(fingerprints, ["01", "02", "03"]);
    assert_eq!(
        decoded[2],
        json!({
            "fingerprint": "03", "name": "HighErrorRate", "state": "suppressed", "silenced_by": ["s-1"], "inhibited_by": [],
            "muted_by": [], "starts_at": "2026-11-20T23:29:52.420Z",
            "labels": {"alertname": "HighErrorRate", "service": "checkout", "severity": "critical"},
        })
    );
}

#[test]
fn a_saved_answer_may_be_yaml_and_a_saved_error_is_an_error() {
    let yaml = "- fingerprint: '01'\n  startsAt: 2026-11-20T23:29:52Z\n  labels: {alertname: Down}\n  status: {state: active}\n";
    assert_eq!(decode(&[yaml]).expect("YAML")[0]["name"], "Down");
    for saved in ["\"silence not found\"", "{\"code\":602,\"message\":\"silence not found\"}"] {
        let error = decode(&[saved]).expect_err("an error");
        assert_eq!(error.kind, ErrorKind::Query);
        assert!(error.what.contains("silence not found"), "{error}");
    }
}

#[test]
fn the_answers_of_real_servers_decode_to_what_their_readers_saw() {
    let Some(folder) = std::env::var_os("WARROOM_FIXTURES").map(std::path::PathBuf::from) else {
        println!("skipped: WARROOM_FIXTURES is not set");
        return;
    };
    let read = |name: &str| std::fs::read_to_string(folder.join("alertmanager").join(name)).expect(name);
    let states = |decoded: &[Value]| {
        let mut states = BTreeMap::<String, usize>::new();
        for alert in decoded {
            *states.entry(alert["state"].as_str().expect("a word").to_owned()).or_default() += 1;
        }
        states
    };
    let karma = decode(&[&read("karma-0.22.0/alerts_groups.json")]).expect("good");
    assert_eq!(states(&karma), BTreeMap::from([("active".to_owned(), 8), ("suppressed".to_owned(), 4)]));
    let live = decode(&[&read("live-0.25.0/alerts.json"), &read("live-0.25.0/alerts_groups.json")]).expect("good");
    assert_eq!(states(&live), BTreeMap::from([("active".to_owned(), 2), ("suppressed".to_owned(), 2)]));
    assert_eq!(live[1]["inhibited_by"], json!(["69c2e62f0b0aec37"]));
}
