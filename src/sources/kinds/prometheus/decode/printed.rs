//! What `sources decode prometheus` prints: one object for each series, alert or target.

use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};

use super::{
    Reply, alerts, envelope, query,
    sample::Sample,
    series::{HistogramSample, Series},
};
use crate::{
    domain::{
        labels::Labels,
        source::{ErrorKind, Gap, SourceError},
    },
    sources::kinds::prometheus::fingerprint::fingerprint,
};

/// Reads saved answers and prints them.
///
/// A sample is `{"time", "value", "state"}`: seconds since 1970, the number or null, and `ok`, `nan`, `+inf` or `-inf`.
///
/// # Errors
/// The server's own error of the first body that holds one, or that a text is not an answer of this API.
pub fn decode(bodies: &[&str]) -> Result<Vec<Value>, SourceError> {
    bodies.iter().try_fold(Vec::new(), |mut objects, body| {
        objects.extend(one(body)?);
        Ok(objects)
    })
}

/// Which part of the API an answer comes from, told by the keys of its `data`.
#[derive(Deserialize)]
struct Shape {
    #[serde(rename = "resultType")]
    result_type: Option<serde::de::IgnoredAny>,
    alerts: Option<serde::de::IgnoredAny>,
    groups: Option<serde::de::IgnoredAny>,
    #[serde(rename = "activeTargets")]
    targets: Option<Vec<Target>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    labels: Labels,
    health: String,
    #[serde(default)]
    last_error: String,
}

fn one(body: &str) -> Result<Vec<Value>, SourceError> {
    let Reply { data, gaps } = envelope::<&RawValue>(body)?;
    let text = data.get();
    if text.starts_with('[') {
        return label_sets(text);
    }
    match serde_json::from_str::<Shape>(text) {
        Ok(shape) if shape.result_type.is_some() => Ok(series(query(body)?.data, &gaps)),
        Ok(shape) if shape.alerts.is_some() || shape.groups.is_some() => {
            Ok(alerts::alerts(body)?.data.iter().map(alert).collect())
        }
        Ok(Shape { targets: Some(targets), .. }) => Ok(targets.iter().map(target).collect()),
        _ => Err(another_part()),
    }
}

/// The answer of `/api/v1/series`.
fn label_sets(text: &str) -> Result<Vec<Value>, SourceError> {
    let sets: Vec<Labels> = serde_json::from_str(text).map_err(|_| another_part())?;
    Ok(sets.into_iter().map(|metric| json!({ "metric": metric })).collect())
}

fn another_part() -> SourceError {
    SourceError::new(ErrorKind::Decode, "an answer of a part of the Prometheus API that warroom does not read")
        .advise("give it answers of query, query_range, series, alerts, rules or targets")
}

fn series(series: Series, gaps: &[Gap]) -> Vec<Value> {
    let mut objects = match series {
        Series::Vector(rows) => rows
            .into_iter()
            .map(|row| {
                let mut object = Map::from_iter([("metric".to_owned(), json!(row.metric))]);
                object.insert("value".to_owned(), row.value.as_ref().map_or(Value::Null, sample));
                if let Some(one) = &row.histogram {
                    object.insert("histogram".to_owned(), histogram(one));
                }
                object
            })
            .collect(),
        Series::Matrix(rows) => rows
            .into_iter()
            .map(|row| {
                let values = row.values.iter().map(sample).collect();
                let mut object = Map::from_iter([("metric".to_owned(), json!(row.metric))]);
                object.insert("values".to_owned(), Value::Array(values));
                if !row.histograms.is_empty() {
                    object.insert("histograms".to_owned(), row.histograms.iter().map(histogram).collect());
                }
                object
            })
            .collect(),
        Series::Scalar(one) => {
            vec![Map::from_iter([("metric".to_owned(), json!({})), ("value".to_owned(), sample(&one))])]
        }
        Series::Text { secs, text } => vec![Map::from_iter([
            ("metric".to_owned(), json!({})),
            ("text".to_owned(), json!({ "time": secs, "text": text })),
        ])],
    };
    if !gaps.is_empty() {
        let why: Vec<&str> = gaps.iter().map(|gap| gap.why.as_str()).collect();
        for object in &mut objects {
            object.insert("partial".to_owned(), json!(why));
        }
    }
    objects.into_iter().map(Value::Object).collect()
}

fn sample(sample: &Sample) -> Value {
    // JSON has neither NaN nor infinity: they become null, and the state says which of them it was.
    json!({ "time": sample.secs, "value": sample.value, "state": sample.state() })
}

fn histogram(one: &HistogramSample) -> Value {
    json!({ "time": one.secs, "count": one.count, "sum": one.sum })
}

fn alert(alert: &alerts::RuleAlert) -> Value {
    json!({
        "fingerprint": fingerprint(&alert.labels),
        "name": alert.labels.get("alertname"),
        "state": alert.state,
        "starts_at": alert.since(),
        "value": alert.value,
        "labels": alert.labels,
        "annotations": alert.annotations,
    })
}

fn target(target: &Target) -> Value {
    json!({ "target": target.labels, "health": target.health, "last_error": target.last_error })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_and_infinity_are_told_and_not_dropped() {
        let printed = decode(&[r#"{"status":"success","data":{"resultType":"vector","result":[
            {"metric":{"a":"1"},"value":[10,"0.25"]},{"metric":{"a":"2"},"value":[10,"NaN"]},
            {"metric":{"a":"3"},"value":[10,"-Inf"]}]}}"#])
        .expect("series");
        assert_eq!(
            printed,
            [
                json!({"metric": {"a": "1"}, "value": {"time": 10.0, "value": 0.25, "state": "ok"}}),
                json!({"metric": {"a": "2"}, "value": {"time": 10.0, "value": null, "state": "nan"}}),
                json!({"metric": {"a": "3"}, "value": {"time": 10.0, "value": null, "state": "-inf"}}),
            ]
        );
    }

    #[test]
    fn an_error_body_gives_its_type() {
        let error = decode(&[r#"{"status":"error","errorType":"bad_data","error":"1:5: parse error"}"#]);
        let error = error.expect_err("an error");
        assert_eq!((error.kind, error.what.as_str()), (ErrorKind::Query, "bad_data: 1:5: parse error"));
    }

    #[test]
    fn a_partial_answer_says_so_on_each_series() {
        let printed = decode(&[r#"{"status":"success","isPartial":true,"data":{"resultType":"matrix","result":[
            {"metric":{},"values":[[1,"1"],[2,"NaN"]]}]}}"#])
        .expect("series");
        assert_eq!(printed[0]["values"][1]["state"], "nan");
        assert_eq!(printed[0]["partial"].as_array().map(Vec::len), Some(1));
    }
}
