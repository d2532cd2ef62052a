//! What sources say just now, to be kept: whoever looks into a failed version does that long after it is gone.

use serde_json::{Value, json};

use super::{
    connection,
    connector::Context,
    http::Endpoint,
    kinds::prometheus::api::{Api, Tally},
};
use crate::{
    config::schema::source::{Source, SourceKind},
    domain::{
        chart::{self, Series},
        demand::Demand,
        facts::{Answer, Facts},
        source::{ErrorKind, Gap, SourceError},
    },
};

/// The alerts that `source` knows, and what its answer lacks; `None` for a source that knows none.
///
/// # Errors
/// Whatever keeps them from arriving.
pub async fn alerts(source: &Source, context: &Context) -> Result<Option<(Value, Vec<Gap>)>, SourceError> {
    if matches!(source.kind, SourceKind::Kubernetes(_)) {
        return Ok(None);
    }
    let Answer { facts, gaps, .. } = poll(source, "alerts", &Demand::default(), context).await?;
    match facts {
        Facts::Alerts(alerts) => Ok(Some((json!(alerts), gaps))),
        _ => Err(other(source, "alerts")),
    }
}

/// The series that `demand` asks for, each with its query, and what the answer lacks; `None` for a source without any.
///
/// # Errors
/// Whatever keeps them from arriving.
pub async fn charts(
    source: &Source,
    demand: &Demand,
    context: &Context,
) -> Result<Option<(Vec<Series>, Vec<Gap>)>, SourceError> {
    if !matches!(source.kind, SourceKind::Prometheus(_)) {
        return Ok(None);
    }
    let Answer { facts, gaps, .. } = poll(source, chart::FEED, demand, context).await?;
    match facts {
        Facts::Charts(series) => Ok(Some((series, gaps))),
        _ => Err(other(source, chart::FEED)),
    }
}

/// What `query` gave from `start` to `end` each `step`, in seconds since 1970: rows of labels and `[time, "value"]`, as the
/// server has them, and what the answer lacks.
///
/// # Errors
/// Whatever keeps it from arriving; also when `source` speaks no `PromQL`.
pub async fn range(
    source: &Source,
    query: &str,
    (start, end, step): (i64, i64, i64),
    context: &Context,
) -> Result<(Value, Vec<Gap>), SourceError> {
    let SourceKind::Prometheus(options) = &source.kind else {
        let what = format!("{} is no source of the kind prometheus", source.name);
        return Err(SourceError::new(ErrorKind::Configuration, what));
    };
    let api = Api::new(Endpoint::new(&options.url, &options.http, source, context)?);
    let mut tally = Tally::default();
    let rows = api.range(query, (start, end, step), &mut tally).await?;
    let rows = rows.into_iter().map(|row| {
        let values = row.values.iter().map(|sample| json!([sample.secs, sample.value.to_string()]));
        json!({"metric": row.metric, "values": values.collect::<Vec<_>>()})
    });
    Ok((rows.collect(), tally.gaps))
}

async fn poll(source: &Source, feed: &str, demand: &Demand, context: &Context) -> Result<Answer, SourceError> {
    let connections = connection::build(std::slice::from_ref(source), context);
    let connection = connections.first().ok_or_else(|| other(source, feed))?;
    (connection.connect)()?.poll(feed, demand).await
}

fn other(source: &Source, feed: &str) -> SourceError {
    SourceError::new(ErrorKind::Decode, format!("{} answered something else than its {feed}", source.name))
}
