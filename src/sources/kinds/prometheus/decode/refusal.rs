//! Answers that are not what was asked for: the API's own errors, and bodies of something else.

use std::fmt::Display;

use serde::Deserialize;

use crate::domain::source::{ErrorKind, SourceError};

/// How much of a foreign text is shown.
const SHOWN: usize = 200;

/// The API's own error: `errorType` and its text.
///
/// The type alone does not tell a timeout: Prometheus 2.42 answers a short `timeout` with 422 `execution` and the words
/// "context deadline exceeded".
#[must_use]
pub fn refused(error_type: &str, text: &str) -> SourceError {
    let lower = text.to_ascii_lowercase();
    let timed_out = error_type == "timeout"
        || ["context deadline exceeded", "query timed out", "timeout exceeded"]
            .iter()
            .any(|words| lower.contains(words));
    let what = format!("{error_type}: {}", shorten(text));
    if timed_out {
        SourceError::new(ErrorKind::Timeout, what)
            .advise("the server gave up on the query: it may be busy, or the window too long for it")
    } else {
        SourceError::new(ErrorKind::Query, what)
    }
}

/// The error in a body that came with a status other than success; `None` where the body is not of this API.
#[must_use]
pub fn in_body(body: &str) -> Option<SourceError> {
    #[derive(Deserialize)]
    struct Refusal {
        #[serde(rename = "errorType")]
        error_type: String,
        #[serde(default)]
        error: String,
    }
    let refusal: Refusal = serde_json::from_str(body).ok()?;
    Some(refused(&refusal.error_type, &refusal.error))
}

/// A text that is not an answer of this API, and how one sees it.
#[must_use]
pub fn not_this_api(body: &str, why: &dyn Display) -> SourceError {
    let start = body.trim_start();
    let what = if start.is_empty() {
        "the answer is empty".to_owned()
    } else if start.starts_with('<') {
        format!("the answer is a page, not JSON: {}", shorten(start))
    } else {
        format!("not an answer of the Prometheus API: {why}")
    };
    let error = SourceError::new(ErrorKind::Decode, what);
    if start.starts_with('<') {
        error.advise("is the URL the API's base, with its path prefix, and does a sign-in page stand before it?")
    } else {
        error
    }
}

/// The beginning of a foreign text, cut between characters.
fn shorten(text: &str) -> String {
    let mut chars = text.chars();
    let mut short: String = chars.by_ref().take(SHOWN).collect();
    if chars.next().is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_api_gives_its_type_and_text() {
        let error = in_body(r#"{"status":"error","errorType":"bad_data","error":"parse error"}"#).expect("an error");
        assert_eq!((error.kind, error.what.as_str()), (ErrorKind::Query, "bad_data: parse error"));
    }

    #[test]
    fn a_timeout_is_known_by_its_words_too() {
        for (error_type, text) in [
            ("execution", "expanding series: context deadline exceeded"),
            ("timeout", "query timed out in expression evaluation"),
            ("timeout", ""),
        ] {
            assert_eq!(refused(error_type, text).kind, ErrorKind::Timeout, "{error_type} {text}");
        }
        assert_eq!(refused("canceled", "query was canceled").kind, ErrorKind::Query);
    }

    #[test]
    fn plain_text_and_pages_are_not_of_this_api() {
        assert_eq!(in_body("404 page not found"), None);
        assert_eq!(in_body("<html>"), None);
        let page = not_this_api("\n<!DOCTYPE html>", &"expected value");
        assert!(page.what.contains("a page"), "{page}");
        assert!(page.advice.contains("path prefix"), "{page}");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let error = refused("bad_data", &"é".repeat(1_000));
        assert!(error.what.chars().count() < 230);
    }
}
