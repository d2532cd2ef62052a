//! The HTTP API of Prometheus.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Router,
    body::Bytes,
    extract::{Path, RawQuery, State},
    response::Response,
    routing::{any, get},
};
use chrono::{DateTime, SecondsFormat};
use http::StatusCode;
use promql_parser::{label::Matcher, parser::Expr};
use serde_json::{Map, Value, json};

use super::{Hub, parameters::Parameters, reply};
use crate::{
    domain::labels::Labels,
    sim::{
        alerts::{ActiveAlert, Rule},
        metrics::{SCRAPE, Snapshot},
        promql::{self, Evaluation, NAME, QueryError, Storage, Value as Answer, alternatives, series::Series},
    },
};

/// Points of one series that a range query may have.
const MAX_POINTS: i64 = 11_000;

/// The routes.
pub(super) fn router(hub: Arc<Hub>) -> Router {
    Router::new()
        .route("/api/v1/query", any(query))
        .route("/api/v1/query_range", any(query_range))
        .route("/api/v1/series", any(series))
        .route("/api/v1/labels", any(labels))
        .route("/api/v1/label/{name}/values", get(label_values))
        .route("/api/v1/alerts", get(alerts))
        .route("/api/v1/rules", get(rules))
        .route("/api/v1/targets", get(targets))
        .route("/api/v1/metadata", get(metadata))
        .route("/api/v1/status/buildinfo", get(build_info))
        // What a build server would serve, so that the simulator needs no fourth port.
        .route("/ci/{build}/{report}", get(super::reports::report))
        .route("/-/ready", get(|| async { reply::text(StatusCode::OK, "Prometheus Server is Ready.\n") }))
        .route("/-/healthy", get(|| async { reply::text(StatusCode::OK, "Prometheus Server is Healthy.\n") }))
        .fallback(|| async { reply::text(StatusCode::NOT_FOUND, "404 page not found\n") })
        .with_state(hub)
}

fn answer(result: Result<Value, QueryError>) -> Response {
    match result {
        Ok(data) => reply::json(StatusCode::OK, &json!({"status": "success", "data": data})),
        Err(error) => {
            let (status, kind) = match &error {
                QueryError::BadData(_) => (StatusCode::BAD_REQUEST, "bad_data"),
                QueryError::Execution(_) => (StatusCode::UNPROCESSABLE_ENTITY, "execution"),
            };
            reply::json(status, &json!({"status": "error", "errorType": kind, "error": error.to_string()}))
        }
    }
}

async fn query(State(hub): State<Arc<Hub>>, RawQuery(raw): RawQuery, body: Bytes) -> Response {
    answer(instant(&hub, &Parameters::new(raw.as_deref(), &body)))
}

fn instant(hub: &Hub, parameters: &Parameters) -> Result<Value, QueryError> {
    let snapshot = hub.with(|world| world.snapshot());
    let at = parameters.time("time")?.unwrap_or(snapshot.now);
    let expr = promql::parse(parameters.get("query").unwrap_or_default())?;
    Ok(match Evaluation::new(&snapshot, at, at, SCRAPE).at(&expr, at)? {
        Answer::Scalar(value) => json!({"resultType": "scalar", "result": [seconds(at), number(value)]}),
        Answer::Text(text) => json!({"resultType": "string", "result": [seconds(at), text]}),
        Answer::Vector(samples) => {
            let rows: Vec<Value> = samples
                .iter()
                .map(|sample| json!({"metric": *sample.labels, "value": [seconds(at), number(sample.value)]}))
                .collect();
            json!({"resultType": "vector", "result": rows})
        }
        Answer::Matrix(rows) => matrix(&rows),
    })
}

fn matrix(rows: &[promql::Row]) -> Value {
    let rows: Vec<Value> = rows
        .iter()
        .map(|row| {
            let values: Vec<Value> =
                row.points.iter().map(|(at, value)| json!([seconds(*at), number(*value)])).collect();
            json!({"metric": *row.labels, "values": values})
        })
        .collect();
    json!({"resultType": "matrix", "result": rows})
}

async fn query_range(State(hub): State<Arc<Hub>>, RawQuery(raw): RawQuery, body: Bytes) -> Response {
    answer(range(&hub, &Parameters::new(raw.as_deref(), &body)))
}

fn range(hub: &Hub, parameters: &Parameters) -> Result<Value, QueryError> {
    let needed = |name: &str| {
        parameters.time(name)?.ok_or_else(|| {
            QueryError::BadData(format!("invalid parameter \"{name}\": cannot parse \"\" to a valid timestamp"))
        })
    };
    let (start, end) = (needed("start")?, needed("end")?);
    if end < start {
        return Err(QueryError::BadData(
            "invalid parameter \"end\": end timestamp must not be before start time".to_owned(),
        ));
    }
    let step = parameters.duration("step")?;
    if step <= 0 {
        return Err(QueryError::BadData("invalid parameter \"step\": zero or negative query resolution step widths are not accepted. Try a positive integer".to_owned()));
    }
    if (end - start) / step > MAX_POINTS {
        return Err(QueryError::BadData("exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)".to_owned()));
    }
    let expr = promql::parse(parameters.get("query").unwrap_or_default())?;
    let snapshot = hub.with(|world| world.snapshot());
    let rows = Evaluation::new(&snapshot, start, end, SCRAPE).steps(&expr, step)?;
    Ok(matrix(&rows))
}

/// The series of `match[]` with a sample in the time that is asked for; all series when there is no `match[]` and `all` says so.
fn matching(snapshot: &Snapshot, parameters: &Parameters, all: bool) -> Result<Vec<Series>, QueryError> {
    let (start, end) =
        (parameters.time("start")?.unwrap_or(i64::MIN / 4), parameters.time("end")?.unwrap_or(snapshot.now));
    let mut groups: Vec<Vec<Matcher>> = Vec::new();
    for text in parameters.all("match[]") {
        match promql::parse(text) {
            Ok(Expr::VectorSelector(selector)) => groups.extend(alternatives(&selector)),
            _ => {
                return Err(QueryError::BadData(format!(
                    "invalid parameter \"match[]\": 1:1: parse error: not a series selector: {text}"
                )));
            }
        }
    }
    if groups.is_empty() {
        if !all {
            return Err(QueryError::BadData("no match[] parameter provided".to_owned()));
        }
        groups.push(Vec::new());
    }
    let mut found: Vec<Series> = Vec::new();
    for group in groups {
        found.extend(snapshot.select(&group).into_iter().filter(|series| series.samples.cost(start, end) > 0));
    }
    Ok(found)
}

async fn series(State(hub): State<Arc<Hub>>, RawQuery(raw): RawQuery, body: Bytes) -> Response {
    let snapshot = hub.with(|world| world.snapshot());
    let found = matching(&snapshot, &Parameters::new(raw.as_deref(), &body), false);
    answer(found.map(|found| {
        let unique: BTreeSet<Arc<Labels>> = found.into_iter().map(|series| series.labels).collect();
        json!(unique.iter().map(|labels| json!(**labels)).collect::<Vec<_>>())
    }))
}

async fn labels(State(hub): State<Arc<Hub>>, RawQuery(raw): RawQuery, body: Bytes) -> Response {
    let snapshot = hub.with(|world| world.snapshot());
    let found = matching(&snapshot, &Parameters::new(raw.as_deref(), &body), true);
    answer(
        found
            .map(|found| json!(found.iter().flat_map(|series| series.labels.keys().cloned()).collect::<BTreeSet<_>>())),
    )
}

async fn label_values(State(hub): State<Arc<Hub>>, Path(name): Path<String>, RawQuery(raw): RawQuery) -> Response {
    let snapshot = hub.with(|world| world.snapshot());
    let found = matching(&snapshot, &Parameters::new(raw.as_deref(), &[]), true);
    answer(found.map(|found| {
        json!(found.iter().filter_map(|series| series.labels.get(&name).cloned()).collect::<BTreeSet<_>>())
    }))
}

fn alert_object(alert: &ActiveAlert) -> Value {
    json!({
        "labels": alert.labels,
        "annotations": alert.annotations,
        "state": alert.state(),
        "activeAt": instant_text(alert.active_at),
        "value": exponent(alert.value),
    })
}

async fn alerts(State(hub): State<Arc<Hub>>) -> Response {
    let alerts: Vec<Value> = hub.with(|world| world.alerts.alerts().map(|(_, alert)| alert_object(alert)).collect());
    answer(Ok(json!({"alerts": alerts})))
}

async fn rules(State(hub): State<Arc<Hub>>, RawQuery(raw): RawQuery) -> Response {
    let parameters = Parameters::new(raw.as_deref(), &[]);
    let (evaluated, alerting, recording) = hub.with(|world| {
        let evaluated = instant_text(world.alerts.evaluated);
        let alerting: Vec<Value> = world.alerts.rules.iter().map(|rule| alerting_rule(rule, &evaluated)).collect();
        let recording: Vec<Value> = world.recordings().map(|(name, labels, query)| {
            json!({"name": name, "query": query, "labels": labels, "health": "ok", "type": "recording", "evaluationTime": 0.001, "lastEvaluation": evaluated})
        }).collect();
        (evaluated, alerting, recording)
    });
    let wanted = |kind: &str| parameters.get("type").is_none_or(|asked| asked == kind);
    let group = |name: &str, rules: Vec<Value>| json!({"name": name, "file": "/etc/prometheus/rules/demo.yml", "rules": rules, "interval": 5, "limit": 0, "evaluationTime": 0.002, "lastEvaluation": evaluated});
    let mut groups = Vec::new();
    if wanted("alert") && !alerting.is_empty() {
        groups.push(group("alerts", alerting));
    }
    if wanted("record") && !recording.is_empty() {
        groups.push(group("sloth-slo-sli-recordings", recording));
    }
    answer(Ok(json!({"groups": groups})))
}

fn alerting_rule(rule: &Rule, evaluated: &str) -> Value {
    let states: Vec<&str> = rule.active.values().map(ActiveAlert::state).collect();
    let state = ["firing", "pending"].into_iter().find(|state| states.contains(state)).unwrap_or("inactive");
    json!({
        "state": state,
        "name": rule.declared.name,
        "query": rule.declared.expr,
        "duration": rule.declared.hold.secs(),
        "labels": rule.declared.labels,
        "annotations": rule.declared.annotations,
        "alerts": rule.active.values().map(alert_object).collect::<Vec<_>>(),
        "health": "ok",
        "evaluationTime": 0.001,
        "lastEvaluation": evaluated,
        "type": "alerting",
    })
}

async fn targets(State(hub): State<Arc<Hub>>) -> Response {
    let snapshot = hub.with(|world| world.snapshot());
    let up = Matcher::new(promql_parser::label::MatchOp::Equal, NAME, "up");
    let active: Vec<Value> = snapshot
        .select(&[up])
        .into_iter()
        .filter_map(|series| {
            let (taken, _) = series.samples.newest(snapshot.now - promql::LOOKBACK, snapshot.now)?;
            let mut labels = Labels::clone(&series.labels);
            labels.remove(NAME);
            let instance = labels.get("instance").cloned().unwrap_or_default();
            Some(json!({
                "discoveredLabels": {"__address__": instance},
                "labels": labels,
                "scrapePool": labels.get("job"),
                "scrapeUrl": format!("http://{instance}/metrics"),
                "globalUrl": format!("http://{instance}/metrics"),
                "lastError": "",
                "lastScrape": instant_text(taken),
                "lastScrapeDuration": 0.004,
                "health": "up",
                "scrapeInterval": "5s",
                "scrapeTimeout": "5s",
            }))
        })
        .collect();
    answer(Ok(json!({"activeTargets": active, "droppedTargets": []})))
}

async fn metadata() -> Response {
    let one = |kind: &str, help: &str| json!([{"type": kind, "help": help, "unit": ""}]);
    answer(Ok(json!({
        "http_requests_total": one("counter", "Requests that were answered."),
        "http_request_duration_seconds": one("histogram", "Time to answer a request."),
        "process_resident_memory_bytes": one("gauge", "Memory of the process in bytes."),
        "process_start_time_seconds": one("gauge", "Start time of the process since unix epoch in seconds."),
    })))
}

async fn build_info() -> Response {
    answer(Ok(json!({
        "version": "2.42.0",
        "revision": "warroom-simulator",
        "branch": "demo",
        "buildUser": "",
        "buildDate": "",
        "goVersion": "",
    })))
}

/// Milliseconds as seconds, with a fraction only where there is one.
fn seconds(at: i64) -> Value {
    if at % 1_000 == 0 { json!(at / 1_000) } else { json!(at as f64 / 1_000.0) }
}

/// A sample's value as Prometheus writes it.
pub(super) fn number(value: f64) -> String {
    if value.is_nan() {
        "NaN".to_owned()
    } else if value == f64::INFINITY {
        "+Inf".to_owned()
    } else if value == f64::NEG_INFINITY {
        "-Inf".to_owned()
    } else {
        value.to_string()
    }
}

/// A value with an exponent of at least two digits: `4e-01`.
fn exponent(value: f64) -> String {
    if !value.is_finite() {
        return number(value);
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) => {
            let (sign, digits) = exponent.strip_prefix('-').map_or(('+', exponent), |digits| ('-', digits));
            format!("{mantissa}e{sign}{digits:0>2}")
        }
        None => text,
    }
}

/// An instant in RFC 3339 with milliseconds.
pub(super) fn instant_text(at: i64) -> String {
    DateTime::from_timestamp_millis(at).map_or_else(String::new, |at| at.to_rfc3339_opts(SecondsFormat::Millis, true))
}

/// Labels as a JSON object.
pub(super) fn object(labels: &Labels) -> Map<String, Value> {
    labels.iter().map(|(name, value)| (name.clone(), json!(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_prometheus_writes_them() {
        for (value, text) in
            [(0.4, "0.4"), (1e21, "1000000000000000000000"), (f64::NAN, "NaN"), (f64::INFINITY, "+Inf"), (-0.5, "-0.5")]
        {
            assert_eq!(number(value), text);
        }
        assert_eq!(exponent(0.4), "4e-01");
        assert_eq!(exponent(1_234.5), "1.2345e+03");
        assert_eq!(seconds(1_500), json!(1.5));
    }
}
