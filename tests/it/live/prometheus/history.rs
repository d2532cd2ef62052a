//! What happened before the server started, as `OpenMetrics` text, and its rules.

use std::fmt::Write;

/// Seconds between two samples.
const STEP: i64 = 15;
/// How far back the history goes, in seconds.
const PAST: i64 = 2 * 3_600 + 600;
/// How old the young service is.
pub(super) const YOUNG: u64 = 1_500;
/// How old the canary is.
pub(super) const CANARY: u64 = 120;

/// Rules of Sloth's names, and two alerts.
pub(super) const RULES: &str = r#"
groups:
- name: alerts
  interval: 1s
  rules:
  - alert: HighErrorRate
    expr: vector(1)
    labels: {service: checkout, env: production, severity: page}
    annotations: {summary: checkout fails}
  - alert: Slow
    expr: vector(1)
    for: 1h
    labels: {service: checkout}
- name: sloth
  interval: 1s
  rules:
  - record: slo:sli_error:ratio_rate5m
    expr: sum(rate(http_requests_total{service="steady",code=~"5.."}[5m])) / sum(rate(http_requests_total{service="steady"}[5m]))
    labels: {sloth_id: steady-availability, sloth_service: steady, sloth_slo: availability, sloth_window: 5m}
  - record: slo:sli_error:ratio_rate5m
    expr: 0 * sum(rate(http_requests_total{service="idle"}[5m])) / sum(rate(http_requests_total{service="idle"}[5m]))
    labels: {sloth_id: idle-availability, sloth_service: idle, sloth_slo: availability, sloth_window: 5m}
  - record: slo:period_error_budget_remaining:ratio
    expr: 1 - slo:sli_error:ratio_rate5m / 0.001
  - record: slo:objective:ratio
    expr: vector(0.9990000000000001)
    labels: {sloth_id: idle-availability, sloth_service: idle, sloth_slo: availability}
  - record: sloth_slo_info
    expr: vector(1)
    labels: {sloth_id: steady-availability, sloth_service: steady, sloth_slo: availability, sloth_objective: "99.9", sloth_mode: test}
- name: pyrra
  interval: 1s
  rules:
  - record: http_requests:burnrate5m
    expr: vector(0.0002)
    labels: {slo: web, service: web}
  - record: pyrra_objective
    expr: vector(0.99)
    labels: {slo: web}
  - record: pyrra_window
    expr: vector(2419200)
    labels: {slo: web}
  - record: pyrra_availability
    expr: vector(0.995)
    labels: {slo: web}
"#;

/// The history that ends now.
pub(super) fn text(now: i64) -> String {
    let end = now - now.rem_euclid(STEP);
    let all = end - PAST..=end;
    let mut text = String::from("# TYPE http_requests counter\n");
    let mut requests = |labels: &str, from: i64, until: i64, first: i64, each: i64| {
        for (index, at) in all.clone().step_by(15).filter(|at| (from..=until).contains(at)).enumerate() {
            let value = first + each * i64::try_from(index).expect("small");
            writeln!(text, "http_requests_total{{{labels}}} {value} {at}").expect("text");
        }
    };
    let young = |age: u64| end - i64::try_from(age).expect("small");
    for (service, version) in [("steady", "7"), ("checkout", "1.41.0"), ("batch-1", "1")] {
        let labels = |code| format!(r#"service="{service}",env="production",version="{version}",code="{code}""#);
        requests(&labels(200), 0, end, 1_000, 10);
        requests(&labels(500), 0, end, 100, 1);
    }
    let canary = |code| format!(r#"service="checkout",env="production",version="1.42.0",code="{code}""#);
    requests(&canary(200), young(CANARY), end, 7, 1);
    requests(&canary(500), young(CANARY), end, 5, 0);
    for env in ["production", "staging", "dev"] {
        requests(&format!(r#"service="cart",env="{env}",code="200""#), 0, end, 0, 3);
    }
    requests(r#"service="idle",env="production",code="200""#, 0, end, 50, 0);
    requests(r#"service="gone",env="production",code="200""#, 0, end - 480, 50, 5);
    requests(r#"service="young",env="production",code="200""#, young(YOUNG), end, 5, 5);

    text.push_str("# TYPE http_request_duration_seconds histogram\n");
    for (index, at) in all.clone().step_by(15).enumerate() {
        for (le, each) in [("0.1", 5), ("0.25", 9), ("0.5", 10), ("+Inf", 10)] {
            let labels = format!(r#"service="checkout",env="production",le="{le}""#);
            writeln!(text, "http_request_duration_seconds_bucket{{{labels}}} {} {at}", index * each).expect("text");
        }
        let labels = r#"service="checkout",env="production""#;
        writeln!(text, "http_request_duration_seconds_count{{{labels}}} {} {at}", index * 10).expect("text");
        writeln!(text, "http_request_duration_seconds_sum{{{labels}}} {index} {at}").expect("text");
    }
    text.push_str("# TYPE queue_length gauge\n");
    for at in all.step_by(15) {
        writeln!(text, r#"queue_length{{service="checkout",env="production"}} 9 {at}"#).expect("text");
    }
    text.push_str("# EOF\n");
    text
}
