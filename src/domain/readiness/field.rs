//! Fields of an event's data and of signed statements, read without trust in their shape.

use chrono::SecondsFormat;
use serde_json::{Map, Value};

use crate::domain::{ledger::hash::Hash, time::Timestamp};

/// Why an event of a known action does not count: its data says something else than the action needs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A field is not there.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A field is there and of another shape.
    #[error("`{name}` must be {must}")]
    Shape {
        /// The field.
        name: &'static str,
        /// What it must be.
        must: &'static str,
    },
    /// The act must be signed, and is not.
    #[error("it carries no signature")]
    Unsigned,
    /// It is signed for another meaning.
    #[error("it is signed for another meaning than {0}")]
    Meaning(&'static str),
    /// The event and what was signed are about different things.
    #[error("the event and what was signed name different {0}s")]
    Disagree(&'static str),
    /// The event belongs to no release.
    #[error("it names no release")]
    NoRelease,
}

/// The text in `name`.
pub(in crate::domain) fn text<'a>(map: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, Malformed> {
    maybe(map, name)?.ok_or(Malformed::Missing(name))
}

/// The text in `name`, where it may be left out.
pub(in crate::domain) fn maybe<'a>(
    map: &'a Map<String, Value>,
    name: &'static str,
) -> Result<Option<&'a str>, Malformed> {
    match map.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(Malformed::Shape { name, must: "a text" }),
    }
}

/// The text in `name`, which has more than blanks.
pub(in crate::domain) fn words<'a>(map: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, Malformed> {
    let text = text(map, name)?;
    if text.trim().is_empty() { Err(Malformed::Shape { name, must: "more than blanks" }) } else { Ok(text) }
}

/// The hash in `name`.
pub(in crate::domain) fn hash(map: &Map<String, Value>, name: &'static str) -> Result<Hash, Malformed> {
    text(map, name)?
        .parse()
        .map_err(|_| Malformed::Shape { name, must: "a SHA-256 hash of 64 hexadecimal digits in lower case" })
}

/// The time in `name`.
pub(in crate::domain) fn time(map: &Map<String, Value>, name: &'static str) -> Result<Timestamp, Malformed> {
    text(map, name)?.parse().map_err(|_| Malformed::Shape { name, must: "a time such as 2026-11-20T14:32:07.123Z" })
}

/// The time in `name`, where it may be left out.
pub(in crate::domain) fn maybe_time(
    map: &Map<String, Value>,
    name: &'static str,
) -> Result<Option<Timestamp>, Malformed> {
    maybe(map, name)?.map(|_| time(map, name)).transpose()
}

/// A time as statements write it: UTC, with milliseconds.
pub(in crate::domain) fn written(time: Timestamp) -> String {
    time.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// An object of these texts; what is `None` is left out.
pub(in crate::domain) fn object<const N: usize>(fields: [(&str, Option<String>); N]) -> Map<String, Value> {
    fields.into_iter().filter_map(|(name, text)| text.map(|text| (name.to_owned(), Value::String(text)))).collect()
}
