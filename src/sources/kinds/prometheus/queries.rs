//! The feed of triggers' own queries: one request for each expression, however many services it is about.

use super::{
    api::Tally,
    connector::Prometheus,
    decode::series::{OneSample, Series},
};
use crate::domain::{
    demand::Demand,
    facts::{Answer, Facts},
    join::queries::wanted,
    labels::Labels,
    source::{ErrorKind, SourceError},
    trigger::query::{Answered, Row},
};

/// Asks for every expression. One that the server refuses says so for itself; a server that does not answer fails the feed.
///
/// # Errors
/// When the server cannot be asked.
pub(super) async fn ask(source: &Prometheus, demand: &Demand) -> Result<Answer, SourceError> {
    let mut tally = Tally::default();
    let mut answers = Vec::new();
    for expr in wanted(&demand.catalog, &demand.in_flight, (&source.name, source.environment.as_deref())) {
        let gaps = tally.gaps.len();
        let rows = match source.api.value(expr, &mut tally).await {
            // What is partial proves nothing.
            Ok(_) if tally.gaps.len() > gaps => {
                Err(tally.gaps.last().map_or_else(String::new, |gap| format!("PARTIAL: {}: {}", gap.what, gap.why)))
            }
            Ok(series) => rows(series),
            Err(error) if matches!(error.kind, ErrorKind::Query | ErrorKind::TooLarge) => {
                Err(format!("the query fails: {}", error.what))
            }
            Err(error) => return Err(error),
        };
        answers.push(Answered { expr: expr.to_owned(), rows });
    }
    Ok(tally.answer(Facts::Queries(answers), None))
}

fn rows(series: Series) -> Result<Vec<Row>, String> {
    let row = |sample: OneSample| Row { labels: sample.metric, value: sample.value.map(|sample| sample.value) };
    match series {
        Series::Vector(rows) => Ok(rows.into_iter().map(row).collect()),
        Series::Scalar(sample) => Ok(vec![Row { labels: Labels::new(), value: Some(sample.value) }]),
        Series::Matrix(_) | Series::Text { .. } => Err("the query gives no number".to_owned()),
    }
}
