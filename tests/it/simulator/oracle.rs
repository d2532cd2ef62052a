//! A real Prometheus is given the simulator's samples and asked the same questions.

use std::{collections::BTreeMap, fmt::Write as _, path::Path, process::Command};

use serde_json::Value;

use super::{beginning, client, get, query, story};
use crate::support::{Running, eventually, free_port, program};

/// What both are asked, at two moments. Series that ended within the last five minutes do not occur: a back-fill knows no staleness.
const QUESTIONS: &[&str] = &[
    "http_requests_total{service=\"checkout\"}",
    "http_requests_total{service=~\"cart|search\",code!~\"2..\",version!=\"\"}",
    "sum by (service) (increase(http_requests_total[10m]))",
    "sum by (service, version) (increase(http_requests_total{code=~\"5..\"}[7m]))",
    "sum without (instance, code, method) (rate(http_requests_total[1m]))",
    "rate(http_requests_total{service=\"mobile-bff\",version=\"5.12.0\"}[15m])",
    "irate(http_requests_total{service=\"cart\"}[1m])",
    "delta(http_requests_total{service=\"cart\",code=\"200\"}[3m])",
    "deriv(http_requests_total{service=\"cart\",code=\"200\"}[1m])",
    "increase(http_requests_total{service=\"checkout\"}[33s] offset 2m)",
    "http_requests_total{service=\"cart\"} offset 90s",
    "http_requests_total{service=\"cart\"} @ 1763649950.5",
    "min_over_time(http_requests_total{service=\"cart\"}[1m]) / max_over_time(http_requests_total{service=\"cart\"}[1m])",
    "avg_over_time(http_requests_total{service=\"cart\"}[2m])",
    "sum_over_time(http_requests_total{service=\"cart\"}[40s])",
    "count_over_time(http_requests_total{service=\"cart\"}[47s])",
    "last_over_time(http_requests_total{service=\"cart\"}[47s])",
    "quantile_over_time(0.3, http_requests_total{service=\"cart\"}[1m])",
    "stddev_over_time(http_requests_total{service=\"cart\",code=\"200\"}[1m])",
    "changes(http_requests_total{service=\"checkout\",code=\"500\"}[2m])",
    "max_over_time(sum by (service) (rate(http_requests_total[1m]))[5m:15s])",
    "avg_over_time((sum(rate(http_requests_total{service=\"checkout\"}[30s])))[4m:7s] offset 10s)",
    "sum by (service) (rate(http_requests_total{code=~\"5..\"}[5m])) / sum by (service) (rate(http_requests_total[5m]))",
    "(sum by (service) (rate(http_requests_total{code=\"500\",service=\"nothing\"}[5m])) or 0 * sum by (service) (rate(http_requests_total[5m])))",
    "sum by (service) (rate(http_requests_total[5m])) > 100",
    "sum by (service) (rate(http_requests_total[5m])) > bool 100",
    "100 < sum by (service) (rate(http_requests_total[5m]))",
    "sum by (service) (rate(http_requests_total[5m])) and on (service) http_requests_total{version=\"1.42.0\"}",
    "sum by (service) (rate(http_requests_total[5m])) unless on (service) http_requests_total{version=\"1.42.0\"}",
    "sum by (service, code) (rate(http_requests_total[5m])) / on (service) group_left sum by (service) (rate(http_requests_total[5m]))",
    "sum by (service, code) (rate(http_requests_total[5m])) / ignoring (code) group_left sum by (service) (rate(http_requests_total[5m]))",
    "topk(2, sum by (service) (rate(http_requests_total[5m])))",
    "bottomk(1, sum by (service) (rate(http_requests_total[5m])))",
    "quantile(0.5, rate(http_requests_total{code=\"200\"}[5m]))",
    "count by (code) (http_requests_total)",
    "count_values(\"value\", count by (service) (http_requests_total))",
    "stddev(rate(http_requests_total{code=\"200\"}[5m]))",
    "group by (version) (http_requests_total{service=\"checkout\"})",
    "max(http_requests_total) - min(http_requests_total) ^ 2 % 7",
    "-http_requests_total{service=\"cart\",code=\"200\"}",
    "histogram_quantile(0.95, sum by (service, le) (rate(http_request_duration_seconds_bucket[5m])))",
    "histogram_quantile(0.5, rate(http_request_duration_seconds_bucket{service=\"checkout\",version=\"1.42.0\"}[2m]))",
    "sum(rate(http_request_duration_seconds_sum[5m])) / sum(rate(http_request_duration_seconds_count[5m]))",
    "label_replace(count by (service) (http_requests_total), \"short\", \"$1-${2}\", \"service\", \"(.)(.).*\")",
    "label_join(count by (service, code) (http_requests_total), \"both\", \"/\", \"service\", \"code\")",
    "timestamp(http_requests_total{service=\"cart\",code=\"200\"})",
    "time() - 1",
    "vector(1) + scalar(count(http_requests_total{service=\"nothing\"}))",
    "absent(nothing{service=\"a\",code=~\"5..\"})",
    "absent(http_requests_total)",
    "clamp_max(round(rate(http_requests_total{service=\"cart\",code=\"200\"}[5m]), 0.1), 50)",
    "clamp(abs(0 - rate(http_requests_total{service=\"cart\"}[5m])), 0.5, 20)",
    "sqrt(count(http_requests_total)) * ln(vector(7)) + exp(vector(1)) - floor(vector(2.7)) + ceil(vector(1.2))",
    "0 / count(nothing) or vector(0) / vector(0)",
    "hour() + minute() * 100 + day_of_week() * 10000",
    "http_requests_total{service=\"cart\",code=\"200\"}[17s]",
];

/// Label sets to values; a difference in order does not matter.
fn table(body: &Value) -> BTreeMap<String, Vec<f64>> {
    let number =
        |value: &Value| value.as_str().map_or(f64::NAN, |text| text.replace("Inf", "inf").parse().unwrap_or(f64::NAN));
    let data = &body["data"];
    match data["resultType"].as_str() {
        Some("scalar") => BTreeMap::from([(String::new(), vec![number(&data["result"][1])])]),
        _ => data["result"]
            .as_array()
            .unwrap_or_else(|| panic!("no result: {body}"))
            .iter()
            .map(|row| {
                let values = row["values"].as_array().map_or_else(
                    || vec![number(&row["value"][1])],
                    |list| list.iter().map(|pair| number(&pair[1])).collect(),
                );
                (row["metric"].to_string(), values)
            })
            .collect(),
    }
}

fn same(one: &[f64], two: &[f64]) -> bool {
    let close = |a: f64, b: f64| {
        (a.is_nan() && b.is_nan()) || a.total_cmp(&b).is_eq() || (a - b).abs() <= 1e-9 * a.abs().max(b.abs())
    };
    one.len() == two.len() && one.iter().zip(two).all(|(a, b)| close(*a, *b))
}

/// The samples of all metrics of the last half hour, in the OpenMetrics format.
async fn dump(running: &warroom::sim::Running, at: f64) -> String {
    let mut text = String::new();
    for (family, suffixes) in
        [("http_requests", vec!["_total"]), ("http_request_duration_seconds", vec!["_bucket", "_sum", "_count"])]
    {
        writeln!(text, "# TYPE {family} {}", if suffixes.len() == 1 { "counter" } else { "unknown" })
            .expect("a String");
        for suffix in suffixes {
            if suffix != "_total" {
                writeln!(text, "# TYPE {family}{suffix} unknown").expect("a String");
            }
            let body = query(running, &format!("{family}{suffix}[20m]"), at).await;
            for row in body["data"]["result"].as_array().expect("rows") {
                let labels = row["metric"].as_object().expect("labels");
                let labels: Vec<String> = labels
                    .iter()
                    .filter(|(name, _)| *name != "__name__")
                    .map(|(name, value)| format!("{name}={value}"))
                    .collect();
                for pair in row["values"].as_array().expect("values") {
                    writeln!(
                        text,
                        "{family}{suffix}{{{}}} {} {}",
                        labels.join(","),
                        pair[1].as_str().expect("a number"),
                        pair[0]
                    )
                    .expect("a String");
                }
            }
        }
    }
    text.push_str("# EOF\n");
    text
}

fn back_fill(directory: &Path, text: &str) {
    let file = directory.join("samples.txt");
    std::fs::write(&file, text).expect("written");
    let mut command = Command::new(program("promtool", "prometheus"));
    let output = command
        .args(["tsdb", "create-blocks-from", "openmetrics", "--quiet"])
        .arg(&file)
        .arg(directory.join("data"))
        .output()
        .expect("promtool runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[tokio::test]
async fn the_answers_are_those_of_a_real_prometheus() {
    let simulator = story("bad-canary", 190);
    let start = beginning().timestamp_millis() as f64 / 1_000.0;
    let directory = tempfile::tempdir().expect("a directory");
    back_fill(directory.path(), &dump(&simulator, start + 185.0).await);
    let port = free_port();
    std::fs::write(directory.path().join("prometheus.yml"), "global:\n  evaluation_interval: 5s\n").expect("written");
    let mut command = Command::new(program("prometheus", "prometheus"));
    command
        .arg(format!("--config.file={}", directory.path().join("prometheus.yml").display()))
        .arg(format!("--storage.tsdb.path={}", directory.path().join("data").display()))
        .arg("--storage.tsdb.retention.time=100y")
        .arg(format!("--web.listen-address=127.0.0.1:{port}"));
    let _prometheus = Running::start(&mut command);
    let base = url::Url::parse(&format!("http://127.0.0.1:{port}/")).expect("a URL");
    let ready = base.join("-/ready").expect("a URL");
    eventually("Prometheus", || async {
        client().get(ready.clone()).send().await.ok().filter(|answer| answer.status().is_success())
    })
    .await;
    let (mut wrong, mut answered) = (Vec::new(), 0);
    for at in [start + 180.0, start + 171.777] {
        for question in QUESTIONS {
            let ours = query(&simulator, question, at).await;
            let encoded: String = url::form_urlencoded::byte_serialize(question.as_bytes()).collect();
            let (_, theirs) = get(&base, &format!("api/v1/query?query={encoded}&time={at}")).await;
            let (one, two) = (table(&ours), table(&theirs));
            answered += usize::from(!one.is_empty());
            let keys = one.keys().eq(two.keys());
            if !keys || !one.values().zip(two.values()).all(|(a, b)| same(a, b)) {
                let short =
                    |table: &BTreeMap<String, Vec<f64>>| format!("{table:?}").chars().take(600).collect::<String>();
                wrong.push(format!("{question}\n  here:  {}\n  there: {}", short(&one), short(&two)));
            }
        }
    }
    assert!(answered >= 2 * (QUESTIONS.len() - 3), "only {answered} questions have an answer with anything in it");
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}
