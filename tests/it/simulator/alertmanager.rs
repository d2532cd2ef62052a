//! The simulated Alertmanager.

use serde_json::{Value, json};

use super::{client, get, story};

fn names(body: &Value) -> Vec<&str> {
    let mut names: Vec<&str> =
        body.as_array().expect("a list").iter().filter_map(|alert| alert["labels"]["alertname"].as_str()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn alerts_can_be_filtered_and_the_silenced_one_says_by_whom() {
    let running = story("bad-canary", 100);
    let base = &running.urls().alertmanager;
    let (_, all) = get(base, "api/v2/alerts").await;
    assert_eq!(names(&all), ["CanaryErrorRatio", "DiskWillFillSoon", "ErrorBudgetBurn", "QueueBacklog"]);
    let (_, shown) = get(base, "api/v2/alerts?silenced=false&filter=severity%3D~%22page|critical%22").await;
    assert_eq!(names(&shown), ["CanaryErrorRatio", "ErrorBudgetBurn"]);
    let (_, held) = get(base, "api/v2/alerts?active=false").await;
    assert_eq!(names(&held), ["DiskWillFillSoon"]);
    let (_, silences) = get(base, "api/v2/silences").await;
    assert_eq!(held[0]["status"]["silencedBy"][0], silences[0]["id"]);
    assert_eq!(silences[0]["status"]["state"], "active");
    let (_, groups) = get(base, "api/v2/alerts/groups").await;
    assert_eq!(groups.as_array().map(Vec::len), Some(4));
    let (status, body) = get(base, "api/v2/alerts?filter={bad").await;
    assert_eq!((status, body), (400, json!("bad matcher format: {bad")));
    let (_, status) = get(base, "api/v2/status").await;
    assert_eq!(status["versionInfo"]["version"], "0.25.0");
}

#[tokio::test]
async fn a_silence_can_be_made_and_ended() {
    let running = story("bad-canary", 100);
    let base = &running.urls().alertmanager;
    let url = base.join("api/v2/silences").expect("a URL");
    let post = async |body: Value| {
        let answer = client()
            .post(url.clone())
            .header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .await
            .expect("an answer");
        (answer.status().as_u16(), serde_json::from_str::<Value>(&answer.text().await.expect("a body")).expect("JSON"))
    };
    let mut silence = json!({
        "matchers": [{"name": "alertname", "value": "Queue.*", "isRegex": true, "isEqual": true}],
        "startsAt": "2025-11-20T14:00:00Z", "endsAt": "2035-01-01T00:00:00Z", "createdBy": "jo", "comment": "",
    });
    assert_eq!(post(silence.clone()).await, (422, json!({"code": 602, "message": "comment in body is required"})));
    silence["comment"] = json!("known");
    let (status, made) = post(silence.clone()).await;
    assert_eq!(status, 200, "{made}");
    let (_, active) = get(base, "api/v2/alerts?silenced=false").await;
    assert!(!names(&active).contains(&"QueueBacklog"));
    let path = format!("api/v2/silence/{}", made["silenceID"].as_str().expect("an id"));
    let answer = client().delete(base.join(&path).expect("a URL")).send().await.expect("an answer");
    assert_eq!(answer.status(), 200);
    let (_, ended) = get(base, &path).await;
    assert_eq!(ended["status"]["state"], "expired");
    silence["endsAt"] = json!("2020-01-01T00:00:00Z");
    assert_eq!(post(silence).await, (400, json!("Failed to create silence: end time can't be in the past")));
}

#[tokio::test]
async fn a_log_in_page_comes_instead_of_alerts_and_prometheus_refuses_for_a_while() {
    let running = story("source-down", 80);
    let (status, page) = get(&running.urls().alertmanager, "api/v2/alerts").await;
    assert_eq!(status, 200);
    assert!(page.as_str().is_some_and(|page| page.contains("Sign in")), "{page}");
    let url = running.urls().prometheus.join("-/ready").expect("a URL");
    let error = client().get(url).send().await.expect_err("nobody answers");
    assert!(error.is_connect() || error.is_request(), "{error:?}");
    let later = story("source-down", 121);
    assert_eq!(get(&later.urls().prometheus, "-/ready").await.0, 200);
    assert_eq!(get(&later.urls().alertmanager, "api/v2/alerts").await.1.as_array().map(Vec::len), Some(1));
}
