//! Texts with a form of their own: durations, zones, URLs, `PromQL`.

use std::{
    path::{Path, PathBuf},
    str::FromStr,
};

use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use promql_parser::parser::Expr;
use url::Url;

use super::{diagnostic::nearest, excerpt::is_sensitive};
use crate::domain::{
    checklist::{Due, predicate::Predicate},
    runbook::parameter,
    time::{Span, Timestamp},
};

/// What is wrong with a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Flaw {
    /// What is wrong.
    pub problem: String,
    /// The valid text that is most like it.
    pub nearest: Option<String>,
    /// What to do.
    pub advice: Option<String>,
    /// Whether the text holds a secret and must not be repeated.
    pub secret: bool,
}

impl Flaw {
    fn new(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), ..Self::default() }
    }

    fn advise(self, advice: impl Into<String>) -> Self {
        Self { advice: Some(advice.into()), ..self }
    }

    fn secret(problem: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { problem: problem.into(), nearest: None, advice: Some(advice.into()), secret: true }
    }
}

/// Checks `text` against the `format` of the schema; formats that are not known here hold nothing to check.
///
/// # Errors
/// When the text does not have that form.
pub fn check(format: &str, text: &str) -> Result<(), Flaw> {
    match format {
        "span" => span(text).map(|_| ()),
        "zone" => zone(text),
        "size" => text.parse::<crate::domain::sizes::Size>().map(|_| ()).map_err(Flaw::new),
        "http-url" => http_url(text),
        "link" => link(text),
        "proxy" => proxy(text),
        "promql-selector" => selector(text),
        "promql-histogram" => histogram(text),
        "promql" => query(text),
        "regex" => regex(text),
        "matcher" => matcher(text),
        "label" => label(text),
        "header" => header(text),
        "field-name" => field_name(text),
        "url-pattern" => url_pattern(text),
        "version-from" => version(text),
        "instant" => instant(text),
        "local-time" => local_time(text).map(|_| ()),
        "day" => day(text).map(|_| ()),
        "name" => name(text),
        "due" => due(text).map(|_| ()),
        "condition" => condition(text),
        "location" if text.contains("://") => link(text),
        "location" | "path" if text.is_empty() => Err(Flaw::new("an empty path")),
        _ => Ok(()),
    }
}

/// The path that `text` means: relative to `base`, with `~/` for `home`.
#[must_use]
pub fn path(text: &str, base: &Path, home: Option<&Path>) -> PathBuf {
    match (text.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => home.join(rest),
        _ if text == "~" => home.map_or_else(|| base.join(text), Path::to_path_buf),
        _ => base.join(text),
    }
}

/// A duration; with a hint for the usual mistakes.
///
/// # Errors
/// When `text` is none.
pub fn span(text: &str) -> Result<Span, Flaw> {
    let flaw = || Flaw::new(format!("`{text}` is not a duration"));
    match text.parse::<Span>() {
        Ok(Span::ZERO) => Err(flaw().advise("it has to be longer than nothing")),
        Ok(span) => Ok(span),
        Err(_) if text.contains('.') => Err(flaw().advise("write whole numbers with smaller units: 1h30m, not 1.5h")),
        Err(_) if text.trim().chars().all(|c| c.is_ascii_digit()) && !text.trim().is_empty() => {
            Err(Flaw { nearest: Some(format!("{}s", text.trim())), ..flaw().advise("add a unit") })
        }
        Err(_) => Err(flaw().advise("units are ms, s, m, h, d and w, from the largest to the smallest")),
    }
}

fn zone(text: &str) -> Result<(), Flaw> {
    if Tz::from_str(text).is_ok() {
        return Ok(());
    }
    let names = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
    let near = nearest(text, names.clone()).or_else(|| {
        nearest(text, names.filter_map(|name| name.rsplit('/').next())).and_then(|city| {
            let ending = format!("/{city}");
            chrono_tz::TZ_VARIANTS
                .iter()
                .map(|zone| zone.name())
                .find(|name| name.ends_with(&ending))
                .map(str::to_owned)
        })
    });
    Err(Flaw { nearest: near, ..Flaw::new(format!("`{text}` is not a time zone of the IANA database")) })
}

/// A URL of one of the schemes; `paths` says whether an `@` may stand in its path.
fn parsed_url(text: &str, schemes: &[&str], paths: bool) -> Result<Url, Flaw> {
    // A password may hold a slash, and the scheme may be missing: in a base URL, any `@` is taken for credentials.
    let authority = text.split_once("://").map_or(text, |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or(rest));
    let has_credentials = if paths { authority.contains('@') } else { text.contains('@') };
    if has_credentials {
        return Err(Flaw::secret(
            "credentials do not belong into a URL",
            "take them out and write auth = { basic = { user = \"…\", password = { env = \"NAME\" } } }",
        ));
    }
    let url = Url::parse(text).map_err(|error| {
        let flaw = Flaw::new(format!("`{text}` is not a URL: {error}"));
        if text.contains("://") {
            flaw
        } else {
            Flaw { nearest: Some(format!("https://{text}")), ..flaw.advise("begin with https:// or http://") }
        }
    })?;
    if !schemes.contains(&url.scheme()) {
        let flaw = Flaw::new(format!("a URL with `{}:` cannot be used here", url.scheme()));
        // `localhost:9090` is a URL with the scheme `localhost`.
        return Err(if text.contains("://") {
            flaw
        } else {
            Flaw { nearest: Some(format!("http://{text}")), ..flaw.advise("begin with https:// or http://") }
        });
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(Flaw::new(format!("`{text}` names no host")));
    }
    Ok(url)
}

fn http_url(text: &str) -> Result<(), Flaw> {
    let url = parsed_url(text, &["http", "https"], false)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Flaw::new("a base URL has no `?` and no `#`").advise("write it up to the path prefix"));
    }
    if let Some(at) = ["/api/v1", "/api/v2"].iter().find_map(|tail| url.path().find(tail)) {
        let base = url.path().get(..at).unwrap_or_default();
        let near = format!("{}{base}", url.origin().ascii_serialization());
        return Err(Flaw { nearest: Some(near), ..Flaw::new("a base URL ends before `/api/`") });
    }
    Ok(())
}

fn link(text: &str) -> Result<(), Flaw> {
    parsed_url(text, &["http", "https"], true).map(|_| ())
}

fn proxy(text: &str) -> Result<(), Flaw> {
    if text == "none" {
        return Ok(());
    }
    parsed_url(text, &["http", "https", "socks5", "socks5h"], false).map(|_| ()).map_err(|flaw| {
        let advice = "take them out, and set HTTPS_PROXY in the environment where the proxy wants credentials";
        if flaw.secret { Flaw::secret(flaw.problem, advice) } else { flaw }
    })
}

fn promql(text: &str) -> Result<Expr, Flaw> {
    promql_parser::parser::parse(text).map_err(|error| {
        let first = error.lines().next().unwrap_or_default().to_owned();
        Flaw::new(format!("not PromQL: {first}"))
    })
}

fn selector(text: &str) -> Result<(), Flaw> {
    match promql(text)? {
        Expr::VectorSelector(selector) if selector.offset.is_some() || selector.at.is_some() => {
            Err(Flaw::new("a selector here has no `offset` and no `@`").advise("warroom adds the time itself"))
        }
        Expr::VectorSelector(_) => Ok(()),
        Expr::MatrixSelector(_) => {
            Err(Flaw::new("a selector here has no range in `[…]`").advise("warroom adds the windows itself"))
        }
        _ => Err(Flaw::new("an expression is not a selector").advise(
            "name the counters alone, such as http_requests_total{code=~\"5..\"}: warroom sums and rates them itself",
        )),
    }
}

fn histogram(text: &str) -> Result<(), Flaw> {
    selector(text)?;
    let metric = text.split('{').next().unwrap_or_default().trim();
    match ["_bucket", "_count", "_sum"].iter().find_map(|tail| metric.strip_suffix(tail)) {
        Some(base) => {
            let near = text.replacen(metric, base, 1);
            Err(Flaw {
                nearest: Some(near),
                ..Flaw::new("the histogram's name is without `_bucket`, `_count` and `_sum`")
            })
        }
        None if metric.is_empty() => Err(Flaw::new("the selector names no histogram")),
        None => Ok(()),
    }
}

fn query(text: &str) -> Result<(), Flaw> {
    match promql(text)? {
        Expr::MatrixSelector(_) => Err(Flaw::new("a query here gives one value for each series, not a range")),
        Expr::StringLiteral(_) => Err(Flaw::new("a text is not a query")),
        _ => Ok(()),
    }
}

fn regex(text: &str) -> Result<(), Flaw> {
    regex::Regex::new(text).map(|_| ()).map_err(|error| {
        let reason = error.to_string();
        let reason = reason.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        Flaw::new(format!("not a regular expression: {reason}"))
    })
}

fn matcher(text: &str) -> Result<(), Flaw> {
    let text = text.trim();
    let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text);
    let at = inner.find(['=', '!']).ok_or_else(|| Flaw::new(format!("`{text}` has no =, !=, =~ or !~")))?;
    let (name, rest) = inner.split_at(at);
    label(name.trim())?;
    let operator = ["=~", "!~", "!=", "="].into_iter().find(|operator| rest.starts_with(operator));
    let Some(operator) = operator else {
        return Err(Flaw::new(format!("`{text}` has no =, !=, =~ or !~")));
    };
    let value = rest.get(operator.len()..).unwrap_or_default().trim().trim_matches('"');
    if operator.ends_with('~') { regex(value) } else { Ok(()) }
}

fn label(text: &str) -> Result<(), Flaw> {
    let mut chars = text.chars();
    let first = chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if first && chars.all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Ok(());
    }
    Err(Flaw::new(format!("`{text}` is not a label name")))
}

fn field_name(text: &str) -> Result<(), Flaw> {
    let token = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c));
    if token { Ok(()) } else { Err(Flaw::new(format!("`{text}` is not a header name"))) }
}

/// A URL with parameters: whatever they are, they are a part of a path, of a query, or of a host's name.
fn url_pattern(text: &str) -> Result<(), Flaw> {
    let names = parameter::named(text);
    link(&names.into_iter().fold(text.to_owned(), |text, name| text.replace(&format!("${{{name}}}"), "x")))
}

fn header(text: &str) -> Result<(), Flaw> {
    field_name(text)?;
    if is_sensitive(text) || text.to_lowercase().ends_with("-key") {
        return Err(Flaw::secret(
            format!("the header `{text}` holds a secret, and secrets never stand in the file"),
            "use auth = { bearer = { env = \"NAME\" } } or another form of auth",
        ));
    }
    Ok(())
}

fn version(text: &str) -> Result<(), Flaw> {
    let words = ["image-tag", "template-hash"];
    let named = ["label:", "annotation:"].iter().find_map(|prefix| text.strip_prefix(prefix));
    match named {
        Some("") => Err(Flaw::new(format!("`{text}` names no {}", text.trim_end_matches(':')))),
        Some(_) => Ok(()),
        None if words.contains(&text) => Ok(()),
        None => Err(Flaw {
            nearest: nearest(text, words.into_iter().chain(["label:", "annotation:"])),
            ..Flaw::new(format!("`{text}` does not say where a version is read"))
        }),
    }
}

/// A time on the clocks of a zone, with or without seconds.
///
/// # Errors
/// When it is none.
pub fn local_time(text: &str) -> Result<NaiveDateTime, Flaw> {
    let read = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"];
    let read = read.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok());
    read.ok_or_else(|| {
        Flaw::new(format!("`{text}` is not a local time"))
            .advise("write it without an offset; `zone` says whose clocks")
    })
}

/// A day of the calendar.
///
/// # Errors
/// When it is none.
pub fn day(text: &str) -> Result<NaiveDate, Flaw> {
    text.parse().map_err(|_| Flaw::new(format!("`{text}` is not a day")))
}

fn instant(text: &str) -> Result<(), Flaw> {
    if text.parse::<Timestamp>().is_ok() || chrono::DateTime::parse_from_rfc3339(text).is_ok() {
        return Ok(());
    }
    Err(Flaw::new(format!("`{text}` is not a time with its zone")).advise("end it with Z for UTC, or with +01:00"))
}

/// The moment before which something must hold.
///
/// # Errors
/// When `text` is none.
pub fn due(text: &str) -> Result<Due, Flaw> {
    let share = text.strip_suffix('%').and_then(|share| share.trim().parse::<u8>().ok());
    match (text, share) {
        ("start", _) => Ok(Due::Start),
        ("done", _) => Ok(Due::Done),
        ("rolled-back", _) => Ok(Due::RolledBack),
        (_, Some(share @ 1..=100)) => Ok(Due::Traffic(share)),
        _ => Err(Flaw {
            nearest: nearest(text, ["start", "done", "rolled-back"]),
            ..Flaw::new(format!("`{text}` is no moment of a release"))
        }),
    }
}

fn condition(text: &str) -> Result<(), Flaw> {
    text.parse::<Predicate>().map(|_| ()).map_err(|_| {
        let flaw = Flaw::new(format!("`{text}` is no condition"));
        if text.trim().parse::<f64>().is_ok() {
            flaw.advise(format!("say how it is compared: `<= {0}`, `== {0}` or `>= {0}`", text.trim()))
        } else {
            flaw.advise("a number, `true`, `false` or a text in quotes after <, <=, ==, !=, >= or >; or `exists`")
        }
    })
}

/// Whether `text` can be the name of a thing that people type.
///
/// # Errors
/// When it has other characters than letters, digits, `.`, `_`, `-`, or does not begin with a letter or digit.
pub fn name(text: &str) -> Result<(), Flaw> {
    let good = text.chars().next().is_some_and(char::is_alphanumeric)
        && text.chars().all(|c| c.is_alphanumeric() || "._-".contains(c));
    if good { Ok(()) } else { Err(Flaw::new(format!("`{text}` is not a name"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_taken_or_refused_with_a_hint() {
        let near = |format: &str, text: &str| check(format, text).expect_err(text).nearest;
        assert_eq!(near("span", "15").as_deref(), Some("15s"));
        assert_eq!(near("zone", "Berlin").as_deref(), Some("Europe/Berlin"));
        assert_eq!(near("zone", "Europe/Berln").as_deref(), Some("Europe/Berlin"));
        assert_eq!(near("http-url", "localhost:9090").as_deref(), Some("http://localhost:9090"));
        assert_eq!(near("http-url", "https://h/p/api/v1/query").as_deref(), Some("https://h/p"));
        assert_eq!(near("promql-histogram", "h_bucket{a=\"b\"}").as_deref(), Some("h{a=\"b\"}"));
        assert_eq!(near("version-from", "imagetag").as_deref(), Some("image-tag"));
        for (format, good) in [
            ("promql-selector", "http_requests_total{code=~\"5..\"}"),
            ("promql-selector", "{__name__=\"x\"}"),
            ("http-url", "https://mimir.example.net/prometheus"),
            ("http-url", "http://[::1]:9090"),
            ("matcher", "team=~\"pay.*\""),
            ("version-from", "label:app.kubernetes.io/version"),
            ("instant", "2026-11-20T14:00:00+01:00"),
            ("proxy", "socks5h://127.0.0.1:1080"),
        ] {
            assert_eq!(check(format, good), Ok(()), "{good}");
        }
        for (format, bad) in [
            ("promql-selector", "rate(x[5m])"),
            ("promql-selector", "x[5m]"),
            ("promql-selector", "x offset 5m"),
            ("promql-selector", "x{"),
            ("regex", "("),
            ("matcher", "team"),
            ("header", "Authorization"),
            ("header", "X-Api-Key"),
            ("http-url", "https://u:p@h"),
            ("instant", "2026-11-20T14:00:00"),
        ] {
            assert!(check(format, bad).is_err(), "{bad} was taken");
        }
    }
}
