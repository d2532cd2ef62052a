//! Query parameters and form fields, which the Prometheus API takes alike.

use chrono::DateTime;

use crate::{domain::time::Span, sim::promql::QueryError};

/// Parameters in the order in which they came.
pub(super) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// From the URL's query and, for POST, the body.
    pub(super) fn new(query: Option<&str>, body: &[u8]) -> Self {
        let parse = |bytes: &[u8]| url::form_urlencoded::parse(bytes).into_owned().collect::<Vec<_>>();
        let mut all = parse(query.unwrap_or_default().as_bytes());
        all.extend(parse(body));
        Self(all)
    }

    /// The first of this name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All of this name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Whether it is there and not `false` or `0`.
    pub(super) fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(|value| !matches!(value, "false" | "0" | ""))
    }

    /// An instant, as seconds since 1970 or RFC 3339, in milliseconds.
    pub(super) fn time(&self, name: &str) -> Result<Option<i64>, QueryError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let wrong = || {
            QueryError::BadData(format!("invalid parameter \"{name}\": cannot parse \"{text}\" to a valid timestamp"))
        };
        if let Ok(seconds) = text.parse::<f64>() {
            return millis(seconds).map(Some).ok_or_else(wrong);
        }
        DateTime::parse_from_rfc3339(text).map(|at| Some(at.timestamp_millis())).map_err(|_| wrong())
    }

    /// A length of time, as seconds or as Prometheus writes durations, in milliseconds.
    pub(super) fn duration(&self, name: &str) -> Result<i64, QueryError> {
        let text = self.get(name).unwrap_or_default();
        let wrong = || {
            QueryError::BadData(format!("invalid parameter \"{name}\": cannot parse \"{text}\" to a valid duration"))
        };
        if let Ok(seconds) = text.parse::<f64>() {
            return millis(seconds).ok_or_else(wrong);
        }
        let span: Span = text.parse().map_err(|_| wrong())?;
        i64::try_from(span.millis()).map_err(|_| wrong())
    }
}

fn millis(seconds: f64) -> Option<i64> {
    let millis = (seconds * 1_000.0).round();
    #[expect(clippy::cast_possible_truncation, reason = "checked to be far within the range")]
    (millis.abs() < 9e15).then_some(millis as i64)
}
