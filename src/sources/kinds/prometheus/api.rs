//! The HTTP API: always POST, because a query of a thousand services does not fit into a URL.

use super::decode::{
    self, Reply,
    alerts::RuleAlert,
    refusal::{in_body, not_this_api},
    rules::{Rule, Target},
    series::{ManySamples, OneSample, Series},
};
use crate::{
    domain::{
        facts::{Answer, Facts},
        source::{ErrorKind, Gap, SourceError},
        time::Timestamp,
    },
    sources::http::{Endpoint, Response},
};

/// What the requests of one poll had in common.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tally {
    /// How many there were.
    pub requests: u32,
    /// Bytes of all bodies.
    pub bytes: u64,
    /// The server's clock minus ours, in milliseconds.
    pub skew_millis: Option<i64>,
    /// What made answers partial.
    pub gaps: Vec<Gap>,
}

impl Tally {
    /// The answer with these facts.
    #[must_use]
    pub fn answer(self, facts: Facts, newest: Option<Timestamp>) -> Answer {
        let Self { requests, bytes, skew_millis, mut gaps } = self;
        gaps.dedup();
        Answer { facts, newest, skew_millis, gaps, requests, bytes }
    }

    /// Takes the data out of a reply and remembers what was missing in it.
    fn take<T>(&mut self, reply: Reply<T>) -> T {
        self.gaps.extend(reply.gaps);
        reply.data
    }
}

/// A server of the API.
#[derive(Debug)]
pub struct Api {
    endpoint: Endpoint,
}

impl Api {
    /// The API below `endpoint`.
    #[must_use]
    pub const fn new(endpoint: Endpoint) -> Self {
        Self { endpoint }
    }

    /// The base URL, without credentials.
    #[must_use]
    pub fn shown(&self) -> String {
        self.endpoint.shown()
    }

    /// An instant query, as of the server's now.
    ///
    /// # Errors
    /// Whatever keeps an instant vector from arriving.
    pub async fn instant(&self, query: &str, tally: &mut Tally) -> Result<Vec<OneSample>, SourceError> {
        let body = self.post("api/v1/query", &[("query", query)], tally).await?;
        match tally.take(decode::query(text(&body)?)?) {
            Series::Vector(rows) => Ok(rows),
            _ => Err(not_this_api(text(&body)?, &"an instant query did not give a vector")),
        }
    }

    /// An instant query of whatever kind, as of the server's now.
    ///
    /// # Errors
    /// Whatever keeps an answer from arriving.
    pub async fn value(&self, query: &str, tally: &mut Tally) -> Result<Series, SourceError> {
        let body = self.post("api/v1/query", &[("query", query)], tally).await?;
        Ok(tally.take(decode::query(text(&body)?)?))
    }

    /// A range query: from `start` to `end`, both in whole seconds since 1970, each `step` seconds.
    ///
    /// # Errors
    /// Whatever keeps a matrix from arriving.
    pub async fn range(
        &self,
        query: &str,
        (start, end, step): (i64, i64, i64),
        tally: &mut Tally,
    ) -> Result<Vec<ManySamples>, SourceError> {
        let (start, end, step) = (start.to_string(), end.to_string(), step.to_string());
        let form = [("query", query), ("start", &start), ("end", &end), ("step", &step)];
        let body = self.post("api/v1/query_range", &form, tally).await?;
        match tally.take(decode::query(text(&body)?)?) {
            Series::Matrix(rows) => Ok(rows),
            _ => Err(not_this_api(text(&body)?, &"a range query did not give a matrix")),
        }
    }

    /// The alerts of the server's rules.
    ///
    /// # Errors
    /// Whatever keeps them from arriving.
    pub async fn alerts(&self, tally: &mut Tally) -> Result<Vec<RuleAlert>, SourceError> {
        let response = self.endpoint.get("api/v1/alerts", &[]).await?;
        let body = good(response, tally)?;
        Ok(tally.take(decode::alerts::alerts(text(&body)?)?))
    }

    /// The server's rules.
    ///
    /// # Errors
    /// Whatever keeps them from arriving.
    pub async fn rules(&self, tally: &mut Tally) -> Result<Vec<Rule>, SourceError> {
        let body = good(self.endpoint.get("api/v1/rules", &[]).await?, tally)?;
        Ok(tally.take(decode::rules::rules(text(&body)?)?))
    }

    /// What the server scrapes.
    ///
    /// # Errors
    /// Whatever keeps it from arriving.
    pub async fn targets(&self, tally: &mut Tally) -> Result<Vec<Target>, SourceError> {
        let body = good(self.endpoint.get("api/v1/targets", &[("state", "active")]).await?, tally)?;
        Ok(tally.take(decode::rules::targets(text(&body)?)?))
    }

    async fn post(&self, path: &str, form: &[(&str, &str)], tally: &mut Tally) -> Result<Response, SourceError> {
        good(self.endpoint.post_form(path, form).await?, tally)
    }
}

/// Counts a response and lets it through when its status says success.
fn good(response: Response, tally: &mut Tally) -> Result<Response, SourceError> {
    tally.requests += 1;
    tally.bytes += response.body.len() as u64;
    tally.skew_millis = response.skew_millis.or(tally.skew_millis);
    response.success(|response| {
        let error = in_body(std::str::from_utf8(&response.body).ok()?)?;
        Some((error.kind, error.what))
    })
}

fn text(response: &Response) -> Result<&str, SourceError> {
    std::str::from_utf8(&response.body).map_err(|error| {
        SourceError::new(ErrorKind::Decode, format!("{}: the answer is not UTF-8: {error}", response.target))
    })
}
