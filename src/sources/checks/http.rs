//! The kind `http`: a request is answered as it should be.

use std::time::Instant;

use serde_json::Value;
use url::Url;

use super::{
    Checks, MAX_BODY,
    found::{self, Found},
};
use crate::{
    config::schema::source::HttpOptions,
    domain::{
        checklist::{predicate::Predicate, state::Finding},
        source::SourceError,
        time::Span,
    },
    sources::http::{Endpoint, shown},
};

/// How it should be answered.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The status.
    pub status: u16,
    /// A field of the JSON answer, and what it must be.
    pub field: Option<&'a (String, Predicate)>,
    /// How long it may take.
    pub within: Option<Span>,
}

/// What an answer of this status and body, after `took`, says.
#[must_use]
pub fn judge(status: u16, body: &[u8], took: Span, wanted: &Wanted<'_>) -> Found {
    if status != wanted.status {
        return Found::fail(format!("status {status} (must be {}) in {took}", wanted.status));
    }
    if let Some(limit) = wanted.within.filter(|limit| took > *limit) {
        return Found::fail(format!("status {status}, but in {took} (must be within {limit})"));
    }
    let Some((pointer, must)) = wanted.field else { return Found::pass(format!("status {status} in {took}")) };
    match serde_json::from_slice::<Value>(body) {
        Ok(document) => {
            let found = found::field(&document, pointer, must);
            Found { words: format!("status {status} in {took}; {}", found.words), ..found }
        }
        Err(error) => Found::unknown(format!("status {status} in {took}; the answer is not JSON: {error}")),
    }
}

impl Checks {
    pub(super) async fn http(&self, url: &Url, wanted: &Wanted<'_>, timeout: Span) -> Result<Found, SourceError> {
        let endpoint = Endpoint::limited(url, &HttpOptions::default(), (timeout, MAX_BODY), &self.context)?;
        let started = Instant::now();
        let answer = endpoint.get_itself().await;
        let took = Span::from_millis(u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX));
        let found = match answer {
            Ok(answer) => judge(answer.status, &answer.body, took, wanted),
            // A redirect is not followed, but it is an answer.
            Err(SourceError { status: Some(status), .. }) => judge(status, &[], took, wanted),
            Err(error) => return Err(error),
        };
        debug_assert!(found.finding != Finding::NotApplicable);
        Ok(found.by(shown(url)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_judged_by_status_time_and_field() {
        let field = ("/status".to_owned(), "== \"ok\"".parse().expect("condition"));
        let wanted = Wanted { status: 200, field: Some(&field), within: Some(Span::from_millis(300)) };
        let took = Span::from_millis(120);
        let good = judge(200, b"{\"status\":\"ok\"}", took, &wanted);
        assert_eq!(good, Found::pass("status 200 in 120ms; /status is \"ok\" (must be == \"ok\")"));
        assert_eq!(judge(200, b"{\"status\":\"down\"}", took, &wanted).finding, Finding::Fail);
        assert_eq!(judge(503, b"{\"status\":\"ok\"}", took, &wanted), Found::fail("status 503 (must be 200) in 120ms"));
        assert_eq!(judge(200, b"{\"status\":\"ok\"}", Span::from_secs(1), &wanted).finding, Finding::Fail);
        for body in [&b"<html>"[..], b"", b"{}", b"{\"status\":", b"\xff"] {
            assert_eq!(judge(200, body, took, &wanted).finding, Finding::Unknown, "{body:?}");
        }
    }
}
