//! The kind `promql`: one number, or one for each series; all must fit.

use super::{Checks, Subject, found::Found};
use crate::{
    domain::{
        checklist::{predicate::Predicate, state::Finding},
        labels::Labels,
        object::SourceName,
        source::{Gap, SourceError},
    },
    sources::kinds::prometheus::{
        api::Tally,
        decode::series::{OneSample, Series},
    },
};

/// What the answer to a query says.
#[must_use]
pub fn judge(series: Series, gaps: &[Gap], must: &Predicate) -> Found {
    let rows = match series {
        Series::Vector(rows) => rows,
        Series::Scalar(sample) => vec![OneSample { metric: Labels::new(), value: Some(sample), histogram: None }],
        Series::Matrix(_) | Series::Text { .. } => return Found::unknown("the query gives no number"),
    };
    if rows.is_empty() {
        return Found::unknown(format!("no series (must be {must})"));
    }
    let (mut wrong, mut untold) = (Vec::new(), Vec::new());
    for row in &rows {
        let Some(sample) = row.value else {
            untold.push(format!("{}a histogram is no number", name(&row.metric)));
            continue;
        };
        match must.holds_for(sample.value) {
            Ok(true) => {}
            Ok(false) => wrong.push(format!("{}{}", name(&row.metric), sample.value)),
            Err(why) => untold.push(format!("{}{why}", name(&row.metric))),
        }
    }
    let of_all =
        |count: usize| if rows.len() == 1 { String::new() } else { format!("{count} of {} series: ", rows.len()) };
    match (wrong.first(), untold.first()) {
        (Some(first), _) => Found::fail(format!("{}{first} (must be {must})", of_all(wrong.len()))),
        (None, Some(first)) => Found::unknown(format!("{}{first} (must be {must})", of_all(untold.len()))),
        (None, None) => whole(&rows, gaps, must),
    }
}

/// Every series fits; but a part of an answer proves nothing.
fn whole(rows: &[OneSample], gaps: &[Gap], must: &Predicate) -> Found {
    let words = match rows {
        [one] => format!("{} (must be {must})", one.value.map_or(f64::NAN, |sample| sample.value)),
        _ => format!("all {} series are {must}", rows.len()),
    };
    match gaps.first() {
        Some(gap) => Found::unknown(format!("{words}, but {} is missing: {}", gap.what, gap.why)),
        None => Found::pass(words),
    }
}

/// The labels of a series, before its number.
fn name(labels: &Labels) -> String {
    if labels.is_empty() {
        return String::new();
    }
    let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    format!("{{{}}} ", labels.join(","))
}

impl Checks {
    pub(super) async fn promql(
        &self,
        source: Option<&SourceName>,
        query: &str,
        must: &Predicate,
        subject: Subject<'_>,
    ) -> Result<Found, SourceError> {
        let (source, api) = self.prometheus(source, subject)?;
        let mut tally = Tally::default();
        let series = api.value(query, &mut tally).await?;
        let found = judge(series, &tally.gaps, must);
        debug_assert!(found.finding != Finding::NotApplicable);
        Ok(found.by(source.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::kinds::prometheus::decode;

    fn said(result: &str, must: &str) -> Found {
        let body = format!(r#"{{"status":"success","data":{{"resultType":"vector","result":{result}}}}}"#);
        let reply = decode::query(&body).expect("an answer");
        judge(reply.data, &reply.gaps, &must.parse().expect(must))
    }

    #[test]
    fn all_series_must_fit() {
        assert_eq!(said(r#"[{"metric":{},"value":[1,"0.004"]}]"#, "< 0.05"), Found::pass("0.004 (must be < 0.05)"));
        let two = r#"[{"metric":{"pod":"a"},"value":[1,"0.01"]},{"metric":{"pod":"b"},"value":[1,"0.07"]}]"#;
        assert_eq!(said(two, "< 0.05"), Found::fail("1 of 2 series: {pod=\"b\"} 0.07 (must be < 0.05)"));
        assert_eq!(said(two, "< 0.5"), Found::pass("all 2 series are < 0.5"));
    }

    #[test]
    fn no_series_and_no_number_are_unknown() {
        for result in [
            "[]",
            r#"[{"metric":{},"value":[1,"NaN"]}]"#,
            r#"[{"metric":{},"value":[1,"1"]},{"metric":{"a":"b"},"value":[1,"NaN"]}]"#,
            r#"[{"metric":{},"histogram":[1,{"count":"1","sum":"1"}]}]"#,
        ] {
            assert_eq!(said(result, "> 0").finding, Finding::Unknown, "{result}");
        }
        let gap = Gap { what: "part of the answer".to_owned(), why: "a store is down".to_owned() };
        let rows = vec![OneSample {
            metric: Labels::new(),
            value: Some(decode::sample::Sample { secs: 1.0, value: 1.0 }),
            histogram: None,
        }];
        let found = judge(Series::Vector(rows), &[gap], &"> 0".parse().expect("condition"));
        assert!(found.finding == Finding::Unknown && found.words.contains("a store is down"), "{found:?}");
    }
}
