//! Answers of the Prometheus HTTP API, typed. No IO, no clock; hostile bodies give a stated error.

pub mod alerts;
pub mod printed;
pub mod refusal;
pub mod rules;
pub mod sample;
pub mod series;

use serde::Deserialize;

use self::{
    refusal::{not_this_api, refused},
    series::{QueryData, Series},
};
use crate::domain::source::{Gap, SourceError};

/// A good answer and what the server said about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply<T> {
    /// What was asked for.
    pub data: T,
    /// Why the answer is not whole; empty when it is.
    pub gaps: Vec<Gap>,
}

/// What surrounds every answer.
#[derive(Deserialize)]
struct Envelope<T> {
    status: String,
    data: Option<T>,
    #[serde(default, rename = "errorType")]
    error_type: Option<String>,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    warnings: Option<Vec<String>>,
    /// `VictoriaMetrics` cluster: some storage nodes did not answer.
    #[serde(default, rename = "isPartial")]
    is_partial: bool,
}

/// Reads the answer to a query.
///
/// # Errors
/// The server's own error, or that the text is not an answer of this API.
pub fn query(body: &str) -> Result<Reply<Series>, SourceError> {
    let reply = envelope::<QueryData<'_>>(body)?;
    let data = reply.data.read().map_err(|error| not_this_api(body, &error))?;
    Ok(Reply { data, gaps: reply.gaps })
}

/// Reads what surrounds an answer, and its `data` as `T`.
fn envelope<'a, T: Deserialize<'a>>(body: &'a str) -> Result<Reply<T>, SourceError> {
    let envelope: Envelope<T> = serde_json::from_str(body).map_err(|error| not_this_api(body, &error))?;
    let gaps = gaps(envelope.warnings.as_deref().unwrap_or_default(), envelope.is_partial);
    match (envelope.status.as_str(), envelope.data) {
        ("success", Some(data)) => Ok(Reply { data, gaps }),
        ("success", None) => Err(not_this_api(body, &"`data` is missing")),
        _ => Err(refused(envelope.error_type.as_deref().unwrap_or("unknown"), envelope.error.as_deref().unwrap_or(""))),
    }
}

/// What makes an answer partial. Engine warnings share the field with partial responses of Thanos (thanos#7354); since
/// Prometheus 2.54 they begin with `PromQL`.
fn gaps(warnings: &[String], is_partial: bool) -> Vec<Gap> {
    let said = warnings.iter().filter(|warning| !warning.starts_with("PromQL")).map(String::as_str);
    let flag = is_partial.then_some("the server marked the answer as partial (isPartial)");
    said.chain(flag).map(|why| Gap { what: "part of the answer".to_owned(), why: why.to_owned() }).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::source::ErrorKind;

    fn vector(body: &str) -> Vec<series::OneSample> {
        match query(body).expect("an answer").data {
            Series::Vector(rows) => rows,
            other => panic!("a vector, not {other:?}"),
        }
    }

    #[test]
    fn the_order_of_keys_does_not_matter() {
        let rows = vector(
            r#"{"data":{"result":[{"value":[1.5,"2"],"metric":{"a":"b"}}],"resultType":"vector"},"status":"success"}"#,
        );
        assert_eq!(rows[0].value.map(|sample| sample.value), Some(2.0));
        assert_eq!(rows[0].metric["a"], "b");
    }

    #[test]
    fn a_series_may_have_only_histograms() {
        let rows = vector(
            r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[7,
                {"count":"10","sum":"3.5","buckets":[[0,"0","1","10"]]}]}]}}"#,
        );
        assert_eq!(rows[0].value, None);
        assert_eq!(rows[0].histogram.map(|h| h.count), Some(10.0));
        let matrix = query(
            r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"histograms":[[7,
                {"count":"10","sum":"3.5"}]]}]}}"#,
        );
        assert!(matches!(matrix.expect("an answer").data, Series::Matrix(rows) if rows[0].values.is_empty()));
    }

    #[test]
    fn scalars_and_texts_are_results_too() {
        let scalar = query(r#"{"status":"success","data":{"resultType":"scalar","result":[1,"+Inf"]}}"#);
        assert!(matches!(scalar.expect("an answer").data, Series::Scalar(s) if s.state() == "+inf"));
        let text = query(r#"{"status":"success","data":{"resultType":"string","result":[1,"hello"]}}"#);
        assert!(matches!(text.expect("an answer").data, Series::Text { text, .. } if text == "hello"));
    }

    #[test]
    fn a_warning_of_the_engine_is_no_gap_and_any_other_is() {
        let body = |rest: &str| {
            let body = format!(r#"{{"status":"success","data":{{"resultType":"vector","result":[]}}{rest}}}"#);
            query(&body).expect("an answer").gaps.into_iter().map(|gap| gap.why).collect::<Vec<_>>()
        };
        assert_eq!(body(""), Vec::<String>::new());
        assert_eq!(body(r#","warnings":["PromQL warning: quantile"],"infos":["PromQL info: not a counter"]"#), [""; 0]);
        assert_eq!(body(r#","warnings":["store 10.0.0.1: unavailable"]"#), ["store 10.0.0.1: unavailable"]);
        assert_eq!(body(r#","isPartial":true"#).len(), 1);
        assert_eq!(body(r#","isPartial":false,"warnings":null"#), [""; 0]);
    }

    #[test]
    fn hostile_bodies_give_a_stated_error() {
        let deep = format!(r#"{{"status":"success","data":{}"#, "[".repeat(100_000));
        for body in [
            "",
            "null",
            "[]",
            "{}",
            "<html><body>Sign in</body></html>",
            r#"{"status":"success"}"#,
            r#"{"status":"success","data":null}"#,
            r#"{"status":null,"data":{}}"#,
            r#"{"status":"success","data":{"resultType":"vector","result":null}}"#,
            r#"{"status":"success","data":{"resultType":"vector","result":{}}}"#,
            r#"{"status":"success","data":{"resultType":"vector","result":[null]}}"#,
            r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":null,"value":[1,"1"]}]}}"#,
            r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":1},"value":[1,"1"]}]}}"#,
            r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,1]}]}}"#,
            r#"{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1,"1"]}]"#,
            r#"{"status":"success","data":{"resultType":"vektor","result":[]}}"#,
            deep.as_str(),
        ] {
            let error = query(body).expect_err("an error");
            assert_eq!(error.kind, ErrorKind::Decode, "{body:.80}");
            assert!(!error.what.is_empty());
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(body in ".{0,200}") {
            let _ = query(&body);
        }

        #[test]
        fn a_cut_answer_is_an_error(cut in 0_usize..150) {
            let body = r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"up"},"values":[[1435781430.781,"1"],[1435781445.781,"NaN"]]}]}}"#;
            let cut = cut.min(body.len() - 1);
            prop_assert_eq!(query(&body[..cut]).expect_err("cut").kind, ErrorKind::Decode);
        }
    }
}
