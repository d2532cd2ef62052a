//! Parameters of a runbook: typed, with the values that are let in, and how they are filled in.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::{Deserialize, Serialize};

/// Something that is asked for when a runbook is planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parameter {
    /// `${name}` stands for it.
    pub name: String,
    /// For people.
    pub title: Option<String>,
    /// What it may be.
    pub kind: Kind,
    /// The value when none is given; it must be given when there is none.
    pub default: Option<String>,
}

/// What a parameter may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A text on one line, not empty, without control characters, that does not begin with `-`.
    Text,
    /// A whole number within bounds.
    Number {
        /// The least.
        min: Option<i64>,
        /// The most.
        max: Option<i64>,
    },
    /// One of these.
    Choice(Vec<String>),
    /// A version, tag or digest: letters, digits, and `. _ - + : @ /`, that begins with a letter or digit.
    Version,
    /// A length of time: `5m`.
    Duration,
    /// An instant: `2026-11-21T14:32:07Z`.
    Instant,
}

/// Parameters that every runbook has, from the target that it is planned for.
pub const GIVEN: [&str; 5] = ["release", "service", "environment", "from", "to"];

/// Why a value is not let in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotLetIn {
    /// No value, and no default.
    #[error("the parameter `{0}` needs a value: --set {0}=VALUE")]
    Missing(String),
    /// There is no such parameter.
    #[error("there is no parameter `{name}`; this runbook has: {known}")]
    Unknown {
        /// What was given.
        name: String,
        /// What there is.
        known: String,
    },
    /// The value is not one of those.
    #[error("the parameter `{name}` must be {must}, not `{value}`")]
    Value {
        /// The parameter.
        name: String,
        /// What it must be.
        must: String,
        /// What was given.
        value: String,
    },
}

impl Parameter {
    /// `value`, when it is let in.
    ///
    /// # Errors
    /// What it must be.
    pub fn admit(&self, value: &str) -> Result<(), NotLetIn> {
        let fits = match &self.kind {
            Kind::Text => !value.trim().is_empty() && !value.starts_with('-') && !value.chars().any(char::is_control),
            Kind::Number { min, max } => value
                .parse::<i64>()
                .is_ok_and(|number| min.is_none_or(|min| number >= min) && max.is_none_or(|max| number <= max)),
            Kind::Choice(values) => values.iter().any(|known| known == value),
            Kind::Version => is_version(value),
            Kind::Duration => value.parse::<crate::domain::time::Span>().is_ok(),
            Kind::Instant => chrono::DateTime::parse_from_rfc3339(value).is_ok(),
        };
        if fits {
            return Ok(());
        }
        Err(NotLetIn::Value { name: self.name.clone(), must: self.kind.words(), value: value.to_owned() })
    }
}

impl Kind {
    /// What it must be, for people.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Text => "a text on one line that does not begin with -".to_owned(),
            Self::Number { min, max } => match (min, max) {
                (Some(min), Some(max)) => format!("a whole number from {min} to {max}"),
                (Some(min), None) => format!("a whole number, at least {min}"),
                (None, Some(max)) => format!("a whole number, at most {max}"),
                (None, None) => "a whole number".to_owned(),
            },
            Self::Choice(values) => format!("one of {}", values.join(", ")),
            Self::Version => "a version such as 1.41.7".to_owned(),
            Self::Duration => "a length of time such as 5m".to_owned(),
            Self::Instant => "an instant such as 2026-11-21T14:32:07Z".to_owned(),
        }
    }
}

fn is_version(value: &str) -> bool {
    value.starts_with(|first: char| first.is_ascii_alphanumeric())
        && value.chars().all(|each| each.is_ascii_alphanumeric() || "._-+:@/".contains(each))
}

/// The values of `parameters`: what was given, and defaults.
///
/// # Errors
/// The first value that is missing, unknown or not let in.
pub fn values(
    parameters: &[Parameter],
    given: &BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, NotLetIn> {
    if let Some(name) = given.keys().find(|name| !parameters.iter().any(|known| known.name == **name)) {
        let known = parameters.iter().map(|known| known.name.as_str()).collect::<Vec<_>>().join(", ");
        let known = if known.is_empty() { "none".to_owned() } else { known };
        return Err(NotLetIn::Unknown { name: name.clone(), known });
    }
    let value = |parameter: &Parameter| {
        let value = given.get(&parameter.name).or(parameter.default.as_ref());
        let value = value.ok_or_else(|| NotLetIn::Missing(parameter.name.clone()))?;
        parameter.admit(value)?;
        Ok((parameter.name.clone(), value.clone()))
    };
    parameters.iter().map(value).collect()
}

/// How a value is written where it is filled in, so that it can never become more than a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A whole argument, header or JSON string.
    Whole,
    /// A part of a URL: percent-encoded.
    Url,
    /// The content of a quoted string of `PromQL`.
    Query,
}

/// `text` with every `${name}` replaced by its value, written for `place`.
///
/// # Errors
/// The name that has no value. For [`Place::Whole`], also a `${name}` with anything beside it.
pub fn fill(text: &str, values: &BTreeMap<String, String>, place: Place) -> Result<String, String> {
    let (mut out, mut rest) = (String::new(), text);
    while let Some(start) = rest.find("${") {
        let (before, behind) = rest.split_at(start);
        let Some((name, after)) = behind.get(2..).and_then(|behind| behind.split_once('}')) else { break };
        if place == Place::Whole && !(out.is_empty() && before.is_empty() && after.is_empty()) {
            return Err(format!("${{{name}}} must stand alone here: nothing is filled in inside a value"));
        }
        let value = values.get(name).ok_or_else(|| format!("${{{name}}} has no value"))?;
        out.push_str(before);
        out.push_str(&written(value, place));
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

/// The names that stand as `${name}` in `text`, in their order; one that stands there twice is told twice.
#[must_use]
pub fn named(text: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = text;
    while let Some((_, behind)) = rest.split_once("${") {
        let Some((name, after)) = behind.split_once('}') else { break };
        names.push(name);
        rest = after;
    }
    names
}

fn written(value: &str, place: Place) -> String {
    match place {
        Place::Whole => value.to_owned(),
        Place::Url => value.bytes().fold(String::new(), |mut out, byte| {
            if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
                out.push(char::from(byte));
            } else {
                // Writing to a text cannot fail.
                let _ = write!(out, "%{byte:02X}");
            }
            out
        }),
        Place::Query => value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(name: &str, kind: Kind, default: Option<&str>) -> Parameter {
        Parameter { name: name.into(), title: None, kind, default: default.map(str::to_owned) }
    }

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_value_is_let_in_only_when_it_is_of_its_kind() {
        for (kind, good, bad) in [
            (Kind::Text, "new pricing", "-rf"),
            (Kind::Number { min: Some(1), max: Some(9) }, "9", "10"),
            (Kind::Choice(vec!["on".into(), "off".into()]), "off", "maybe"),
            (Kind::Version, "sha256:9c1f", "1.2; rm"),
            (Kind::Duration, "5m", "soon"),
            (Kind::Instant, "2026-11-21T14:32:07Z", "yesterday"),
        ] {
            let parameter = parameter("it", kind, None);
            assert_eq!(parameter.admit(good), Ok(()));
            let refused = parameter.admit(bad).expect_err("not let in").to_string();
            assert!(refused.contains(bad) && refused.contains("must be"), "{refused}");
        }
    }

    #[test]
    fn what_is_not_given_has_its_default_or_is_asked_for() {
        let parameters = [parameter("flag", Kind::Text, None), parameter("share", Kind::Text, Some("0"))];
        assert_eq!(values(&parameters, &map(&[("flag", "x")])), Ok(map(&[("flag", "x"), ("share", "0")])));
        assert_eq!(values(&parameters, &map(&[])), Err(NotLetIn::Missing("flag".into())));
        let unknown = values(&parameters, &map(&[("flog", "x")])).expect_err("unknown").to_string();
        assert!(unknown.contains("`flog`") && unknown.contains("flag, share"), "{unknown}");
    }

    #[test]
    fn a_value_never_becomes_more_than_a_value() {
        let values = map(&[("it", "a/b?c=\"d\\")]);
        assert_eq!(fill("http://x/${it}/y", &values, Place::Url).as_deref(), Ok("http://x/a%2Fb%3Fc%3D%22d%5C/y"));
        assert_eq!(fill("up{v=\"${it}\"}", &values, Place::Query).as_deref(), Ok(r#"up{v="a/b?c=\"d\\"}"#));
        assert_eq!(fill("${it}", &values, Place::Whole).as_deref(), Ok("a/b?c=\"d\\"));
        assert!(fill("--x=${it}", &values, Place::Whole).is_err_and(|why| why.contains("must stand alone")));
        assert!(fill("${that}", &values, Place::Url).is_err_and(|why| why.contains("has no value")));
        assert_eq!(fill("costs $5 and ${", &values, Place::Url).as_deref(), Ok("costs $5 and ${"));
        assert_eq!(named("${a}/$b/${c-d}${"), ["a", "c-d"]);
    }
}
