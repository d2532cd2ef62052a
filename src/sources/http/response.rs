//! An answer as it came, and what its status means.

use bytes::Bytes;
use chrono::DateTime;
use http::{HeaderMap, StatusCode, header};
use serde::Deserialize;

use crate::domain::{
    clean::clean,
    source::{ErrorKind, SourceError},
    time::{Span, Timestamp},
};

/// No server may send us away for longer than this.
const LONGEST_RETRY_AFTER: Span = Span::from_hours(1);
/// Text from outside in a message is cut after so many characters.
const LONGEST_QUOTE: usize = 300;

/// A whole answer. Redirects and answers over the limit never become one.
#[derive(Clone, Debug)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The body, decompressed.
    pub body: Bytes,
    /// The header `Content-Type`, in lower case; empty where there was none.
    pub content_type: String,
    /// The server's clock minus ours, in milliseconds; `None` without a usable `Date`. Good to about half a second.
    pub skew_millis: Option<i64>,
    /// How long the server asked to be left alone, at most an hour.
    pub retry_after: Option<Span>,
    /// Method and URL of the request, without credentials and query.
    pub target: String,
    /// Whether the request said who we are.
    pub(in crate::sources) authenticated: bool,
}

impl Response {
    /// The answer itself when its status says success, otherwise what went wrong.
    ///
    /// `explain` may read the API's own error from the body: its kind (used for statuses that do not speak for
    /// themselves) and its words.
    ///
    /// # Errors
    /// One [`SourceError`] for each status that is not 2xx.
    pub fn success(self, explain: impl FnOnce(&Self) -> Option<(ErrorKind, String)>) -> Result<Self, SourceError> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        let explained = explain(&self);
        let (kind, said) = match (self.status, explained) {
            (401, said) => (ErrorKind::Unauthenticated, said.map(|(_, text)| text)),
            (403, said) => (ErrorKind::Forbidden, said.map(|(_, text)| text)),
            (429, said) => (ErrorKind::RateLimited, said.map(|(_, text)| text)),
            (_, Some((kind, text))) => (kind, Some(text)),
            (404, None) => (ErrorKind::NotFound, None),
            (_, None) => (ErrorKind::Status, None),
        };
        Err(self.refusal(kind, said))
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`ErrorKind::Decode`], which says so when it is a web page, or ends early.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T, SourceError> {
        serde_json::from_slice(&self.body).map_err(|error| self.not_json(&error))
    }

    /// The error for a body that `error` says is not the JSON that was expected.
    #[must_use]
    pub fn not_json(&self, error: &serde_json::Error) -> SourceError {
        let decode = |what: String| SourceError::new(ErrorKind::Decode, format!("{}: {what}", self.target));
        if let Some(page) = self.page() {
            return decode(format!("{page} instead of JSON"))
                .advise("a login page or a proxy answers here; check url, auth and proxy");
        }
        if self.body.is_empty() {
            return decode("an empty answer instead of JSON".to_owned()).advise("check the path in url");
        }
        if error.is_eof() {
            return decode(format!("the answer ends in the middle, after {} bytes", self.body.len()))
                .advise("a proxy or the server cut it off");
        }
        decode(format!("not the JSON of this API: {}", quote(&error.to_string())))
            .advise("is this the right kind of source for this url?")
    }

    /// What is said of a body that is a web page.
    fn page(&self) -> Option<String> {
        let start = self.body.iter().copied().find(|byte| !byte.is_ascii_whitespace());
        if start != Some(b'<') && !self.content_type.starts_with("text/html") {
            return None;
        }
        let head = self.body.get(..self.body.len().min(4_096)).unwrap_or_default();
        let text = String::from_utf8_lossy(head);
        let title = text
            .to_ascii_lowercase()
            .find("<title>")
            .and_then(|at| text.get(at + "<title>".len()..))
            .and_then(|rest| rest.split('<').next())
            .map(|title| quote(title.trim()))
            .filter(|title| !title.is_empty());
        Some(title.map_or_else(|| "an HTML page".to_owned(), |title| format!("an HTML page (\"{title}\")")))
    }

    fn refusal(&self, kind: ErrorKind, said: Option<String>) -> SourceError {
        let reason = StatusCode::from_u16(self.status).ok().and_then(|status| status.canonical_reason()).unwrap_or("");
        let status = format!("{} {reason}", self.status);
        let said = said.or_else(|| self.page()).or_else(|| self.plain_words());
        let what = match said {
            Some(said) if !said.is_empty() => format!("{}: {}: {}", self.target, status.trim(), quote(&said)),
            _ => format!("{}: {}", self.target, status.trim()),
        };
        let mut error = SourceError::new(kind, what).advise(self.advice(kind));
        error.status = Some(self.status);
        error.retry_after = self.retry_after;
        error
    }

    /// A short plain-text body, such as `404 page not found`.
    fn plain_words(&self) -> Option<String> {
        let text = std::str::from_utf8(&self.body).ok()?.trim();
        (self.content_type.starts_with("text/plain") && !text.is_empty()).then(|| text.to_owned())
    }

    fn advice(&self, kind: ErrorKind) -> String {
        match kind {
            ErrorKind::Unauthenticated if self.authenticated => {
                "the credentials were refused: wrong, expired or revoked".to_owned()
            }
            ErrorKind::Unauthenticated => "set auth for this source".to_owned(),
            ErrorKind::Forbidden => "the credentials are known but may not do this: ask for read access".to_owned(),
            ErrorKind::NotFound => "check the path prefix in url".to_owned(),
            ErrorKind::RateLimited => self.retry_after.map_or_else(
                || "warroom asks less often for a while".to_owned(),
                |span| format!("the server wants to be left alone for {span}"),
            ),
            ErrorKind::Proxy => "set user and password in `proxy`, from a secret".to_owned(),
            ErrorKind::Status if self.status >= 500 => "the server or what stands before it has a problem".to_owned(),
            _ => String::new(),
        }
    }
}

/// The facts of an answer that stand in its head.
pub(in crate::sources) struct Head {
    pub(in crate::sources) content_type: String,
    pub(in crate::sources) skew_millis: Option<i64>,
    pub(in crate::sources) retry_after: Option<Span>,
}

impl Head {
    /// Reads them; `asked` and `answered` are our times around the exchange.
    pub(in crate::sources) fn read(headers: &HeaderMap, asked: Timestamp, answered: Timestamp) -> Self {
        let text = |name| headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
        let date = text(header::DATE).and_then(http_date);
        // An answer from a cache carries the time at which it was made, not the server's time now.
        let fresh = text(header::AGE).is_none_or(|age| age.trim() == "0");
        let middle = asked + (answered - asked) / 2;
        let skew = date.filter(|_| fresh).map(|date| {
            // The header has whole seconds, cut off: half a second is what is missing on average.
            (date - middle).num_milliseconds() + 500
        });
        let retry_after = text(header::RETRY_AFTER).and_then(|value| retry_after(value, date.unwrap_or(answered)));
        Self {
            content_type: text(header::CONTENT_TYPE).unwrap_or_default().to_ascii_lowercase(),
            skew_millis: skew,
            retry_after,
        }
    }
}

fn http_date(text: &str) -> Option<Timestamp> {
    DateTime::parse_from_rfc2822(text.trim()).ok().map(|date| date.to_utc())
}

/// `Retry-After` as seconds or as a date, RFC 9110 §10.2.3. A date is measured against the server's own clock.
fn retry_after(value: &str, server_now: Timestamp) -> Option<Span> {
    let span = match value.trim().parse::<u64>() {
        Ok(secs) => Span::from_secs(secs.min(LONGEST_RETRY_AFTER.millis() / 1_000)),
        Err(_) => Span::between(server_now, http_date(value)?),
    };
    Some(span.min(LONGEST_RETRY_AFTER))
}

/// Text from outside, safe and short enough for a message.
pub(in crate::sources) fn quote(text: &str) -> String {
    let safe = clean(text);
    match safe.char_indices().nth(LONGEST_QUOTE) {
        Some((end, _)) => format!("{}…", safe.get(..end).unwrap_or_default()),
        None => safe.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        http_date(text).expect(text)
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date_of_the_server() {
        let now = at("Wed, 21 Oct 2026 07:28:00 GMT");
        assert_eq!(retry_after("120", now), Some(Span::from_secs(120)));
        assert_eq!(retry_after("Wed, 21 Oct 2026 07:28:30 GMT", now), Some(Span::from_secs(30)));
        assert_eq!(retry_after("Wed, 21 Oct 2026 07:27:00 GMT", now), Some(Span::ZERO));
        assert_eq!(retry_after("soon", now), None);
    }

    #[test]
    fn nobody_sends_us_away_for_a_year() {
        let now = at("Wed, 21 Oct 2026 07:28:00 GMT");
        for value in ["31536000", "18446744073709551615", "Thu, 21 Oct 2027 07:28:00 GMT"] {
            assert_eq!(retry_after(value, now), Some(LONGEST_RETRY_AFTER), "{value}");
        }
    }

    #[test]
    fn skew_is_the_servers_date_against_the_middle_of_the_exchange() {
        let mut headers = HeaderMap::new();
        headers.insert(header::DATE, "Wed, 21 Oct 2026 07:28:10 GMT".parse().expect("header"));
        let asked = at("Wed, 21 Oct 2026 07:28:00 GMT");
        let answered = at("Wed, 21 Oct 2026 07:28:02 GMT");
        assert_eq!(Head::read(&headers, asked, answered).skew_millis, Some(9_500));
        headers.insert(header::AGE, "30".parse().expect("header"));
        assert_eq!(Head::read(&headers, asked, answered).skew_millis, None, "a cached answer has an old date");
    }

    #[test]
    fn quoted_text_is_safe_and_short() {
        assert_eq!(quote("a\u{1b}]0;x"), "a\u{fffd}]0;x");
        assert_eq!(quote(&"x".repeat(1_000)).chars().count(), LONGEST_QUOTE + 1);
    }
}
