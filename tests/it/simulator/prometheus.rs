//! The simulated Prometheus.

use serde_json::json;

use super::{beginning, client, get, query, story};

fn seconds(after: f64) -> f64 {
    beginning().timestamp_millis() as f64 / 1_000.0 + after
}

#[tokio::test]
async fn the_same_seed_gives_the_same_bytes_at_the_same_virtual_time() {
    let (one, two) = (story("bad-canary", 100), story("bad-canary", 200));
    for text in [
        "http_requests_total",
        "sum by (service, le) (rate(http_request_duration_seconds_bucket[5m]))",
        "ALERTS",
        "slo:sli_error:ratio_rate1h",
    ] {
        let answers = (query(&one, text, seconds(90.0)).await, query(&two, text, seconds(90.0)).await);
        assert_eq!(answers.0.to_string(), answers.1.to_string(), "{text}");
        assert_ne!(answers.0["data"]["result"], json!([]), "{text}");
    }
}

#[tokio::test]
async fn get_and_post_are_answered_alike_and_the_date_is_the_storys() {
    let running = story("steady", 30);
    let path = format!("api/v1/query?query=up&time={}", seconds(20.0));
    let (status, by_get) = get(&running.urls().prometheus, &path).await;
    assert_eq!(status, 200);
    assert_eq!(by_get, query(&running, "up", seconds(20.0)).await);
    let answer =
        client().get(running.urls().prometheus.join("-/ready").expect("a URL")).send().await.expect("an answer");
    let date = answer.headers()["date"].to_str().expect("text").to_owned();
    assert!(date.starts_with("Thu, 20 Nov 2025"), "{date}");
}

#[tokio::test]
async fn errors_have_the_shape_of_prometheus() {
    let running = story("steady", 30);
    let base = &running.urls().prometheus;
    for (path, status, kind) in [
        ("api/v1/query?query=sum(", 400, "bad_data"),
        ("api/v1/query?query=", 400, "bad_data"),
        ("api/v1/query?query=up&time=yesterday", 400, "bad_data"),
        ("api/v1/query?query=rate(up)", 400, "bad_data"),
        ("api/v1/query?query=predict_linear(up[5m],60)", 422, "execution"),
        ("api/v1/query?query=up%20%2B%20on(service)%20up", 422, "execution"),
        ("api/v1/query?query=sum_over_time(up[300d:1s])", 422, "execution"),
        ("api/v1/query_range?query=up&start=0&end=100000&step=1", 400, "bad_data"),
        ("api/v1/query_range?query=up&start=10&end=0&step=1", 400, "bad_data"),
        ("api/v1/query_range?query=up&start=0&end=10&step=0", 400, "bad_data"),
        ("api/v1/series", 400, "bad_data"),
    ] {
        let (got, body) = get(base, path).await;
        assert_eq!(
            (got, &body["status"], &body["errorType"]),
            (status, &json!("error"), &json!(kind)),
            "{path}: {body}"
        );
        assert!(body["error"].as_str().is_some_and(|text| !text.is_empty()), "{path}");
    }
    let (status, body) = get(base, "api/v2/nothing").await;
    assert_eq!((status, body), (404, json!("404 page not found\n")));
}

#[tokio::test]
async fn ranges_labels_and_series_are_answered() {
    let running = story("bad-canary", 100);
    let base = &running.urls().prometheus;
    let (start, end) = (seconds(0.0), seconds(60.0));
    let path = format!(
        "api/v1/query_range?query=sum(rate(http_requests_total{{service=\"checkout\"}}[1m]))&start={start}&end={end}&step=15s"
    );
    let (_, body) = get(base, &path).await;
    assert_eq!(body["data"]["resultType"], "matrix");
    assert_eq!(body["data"]["result"][0]["values"].as_array().map(Vec::len), Some(5));
    let (_, body) = get(base, "api/v1/label/le/values?match[]=http_request_duration_seconds_bucket").await;
    assert_eq!(body["data"].as_array().map(Vec::len), Some(12));
    let (_, body) = get(base, "api/v1/label/version/values?match[]=http_requests_total{service=\"checkout\"}").await;
    assert_eq!(body["data"], json!(["1.41.6", "1.41.7", "1.42.0"]));
    let (_, body) = get(base, "api/v1/series?match[]=up{service=\"cart\"}").await;
    assert_eq!(body["data"].as_array().map(Vec::len), Some(2));
    let (_, body) = get(base, "api/v1/labels").await;
    assert!(body["data"].as_array().is_some_and(|names| names.contains(&json!("version"))));
    let (_, body) = get(base, "api/v1/targets").await;
    assert!(body["data"]["activeTargets"].as_array().is_some_and(|targets| targets.len() > 10));
    let (_, body) = get(base, "api/v1/status/buildinfo").await;
    assert_eq!(body["data"]["version"], "2.42.0");
}

#[tokio::test]
async fn the_canary_alert_fires_in_alerts_rules_and_series() {
    let running = story("bad-canary", 60);
    let base = &running.urls().prometheus;
    let (_, body) = get(base, "api/v1/alerts").await;
    let alert = &body["data"]["alerts"][0];
    assert_eq!((&alert["labels"]["alertname"], &alert["state"]), (&json!("CanaryErrorRatio"), &json!("firing")));
    assert_eq!(alert["labels"]["version"], "1.42.0");
    let (_, body) = get(base, "api/v1/rules?type=alert").await;
    assert_eq!(body["data"]["groups"][0]["rules"][0]["state"], "firing");
    let body = query(&running, "ALERTS{alertstate=\"firing\",version=\"1.42.0\"}", seconds(59.0)).await;
    assert_eq!(body["data"]["result"][0]["value"][1], "1");
}
