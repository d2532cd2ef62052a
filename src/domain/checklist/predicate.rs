//! What a value must be: `< 0.05`, `>= 3`, `== "ready"`, `exists`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::Value;

/// What a value must be. Written as people write it.
#[derive(Clone, Debug, PartialEq)]
pub enum Predicate {
    /// Compared with a number.
    Number(Comparison, f64),
    /// Equal to a text, or not.
    Text {
        /// Whether it must be equal.
        equal: bool,
        /// The text.
        text: String,
    },
    /// True or false.
    Truth(bool),
    /// Anything but absent or null.
    Exists,
}

/// How numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `<`
    Below,
    /// `<=`
    AtMost,
    /// `==`
    Equal,
    /// `!=`
    Other,
    /// `>=`
    AtLeast,
    /// `>`
    Above,
}

const SIGNS: [(&str, Comparison); 6] = [
    ("<=", Comparison::AtMost),
    (">=", Comparison::AtLeast),
    ("==", Comparison::Equal),
    ("!=", Comparison::Other),
    ("<", Comparison::Below),
    (">", Comparison::Above),
];

/// Why nobody can say whether a value is right.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotComparable {
    /// There is no value.
    #[error("there is no such value")]
    Absent,
    /// It is not a number: NaN, or a text.
    #[error("`{0}` is not a number")]
    NotANumber(String),
    /// It is not a text, true or false.
    #[error("`{0}` is of another kind than what it is compared with")]
    OtherKind(String),
}

impl Predicate {
    /// Whether `number` is right. A number that is none is not comparable: unknown, never right.
    ///
    /// # Errors
    /// When nobody can say.
    pub fn holds_for(&self, number: f64) -> Result<bool, NotComparable> {
        if number.is_nan() {
            return Err(NotComparable::NotANumber("NaN".to_owned()));
        }
        match self {
            Self::Number(comparison, limit) => Ok(comparison.holds(number, *limit)),
            Self::Exists => Ok(true),
            Self::Text { .. } | Self::Truth(_) => Err(NotComparable::OtherKind(number.to_string())),
        }
    }

    /// Whether a JSON value is right. A number may be written as a text, as Prometheus does.
    ///
    /// # Errors
    /// When nobody can say.
    pub fn holds(&self, value: Option<&Value>) -> Result<bool, NotComparable> {
        let value = value.filter(|value| !value.is_null()).ok_or(NotComparable::Absent)?;
        match (self, value) {
            (Self::Exists, _) => Ok(true),
            (Self::Number(..), Value::Number(number)) => self.holds_for(number.as_f64().unwrap_or(f64::NAN)),
            (Self::Number(..), Value::String(text)) => match text.trim().parse() {
                Ok(number) => self.holds_for(number),
                Err(_) => Err(NotComparable::NotANumber(text.clone())),
            },
            (Self::Text { equal, text }, Value::String(found)) => Ok((text == found) == *equal),
            (Self::Truth(wanted), Value::Bool(found)) => Ok(wanted == found),
            (Self::Number(..), other) => Err(NotComparable::NotANumber(other.to_string())),
            (_, other) => Err(NotComparable::OtherKind(other.to_string())),
        }
    }
}

impl Comparison {
    #[expect(clippy::float_cmp, reason = "who writes == for a number means exactly that")]
    fn holds(self, number: f64, limit: f64) -> bool {
        match self {
            Self::Below => number < limit,
            Self::AtMost => number <= limit,
            Self::Equal => number == limit,
            Self::Other => number != limit,
            Self::AtLeast => number >= limit,
            Self::Above => number > limit,
        }
    }
}

impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(comparison, limit) => {
                let sign = SIGNS.iter().find(|(_, sign)| sign == comparison).map_or("==", |(sign, _)| sign);
                write!(f, "{sign} {limit}")
            }
            Self::Text { equal, text } => write!(f, "{} \"{text}\"", if *equal { "==" } else { "!=" }),
            Self::Truth(truth) => write!(f, "== {truth}"),
            Self::Exists => f.write_str("exists"),
        }
    }
}

/// A text that is no predicate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no condition: write `< 0.05`, `>= 3`, `== \"ready\"`, `!= \"down\"`, `== true` or `exists`")]
pub struct NotAPredicate(String);

impl FromStr for Predicate {
    type Err = NotAPredicate;

    fn from_str(text: &str) -> Result<Self, NotAPredicate> {
        let wrong = || NotAPredicate(text.to_owned());
        let text = text.trim();
        if text == "exists" {
            return Ok(Self::Exists);
        }
        let (sign, comparison) = SIGNS.iter().find(|(sign, _)| text.starts_with(sign)).ok_or_else(wrong)?;
        let value = text.get(sign.len()..).unwrap_or_default().trim();
        let equal = match comparison {
            Comparison::Equal => Some(true),
            Comparison::Other => Some(false),
            _ => None,
        };
        match (equal, value) {
            (Some(equal), "true" | "false") => Ok(Self::Truth((value == "true") == equal)),
            (Some(equal), quoted) if quoted.len() > 1 && quoted.starts_with('"') && quoted.ends_with('"') => {
                Ok(Self::Text { equal, text: quoted.trim_matches('"').to_owned() })
            }
            _ => value
                .parse()
                .ok()
                .filter(|limit: &f64| limit.is_finite())
                .map(|limit| Self::Number(*comparison, limit))
                .ok_or_else(wrong),
        }
    }
}

impl Serialize for Predicate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Predicate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Predicate {
        text.parse().expect(text)
    }

    #[test]
    fn a_condition_is_read_as_it_is_written() {
        for text in
            ["< 0.05", "<= 3", "== 1", "!= 0", ">= 99.9", "> -1", "== \"ready\"", "!= \"down\"", "== true", "exists"]
        {
            assert_eq!(read(text).to_string(), text);
        }
        assert_eq!(read("!=false"), Predicate::Truth(true));
        for text in ["", "3", "< ", "< x", "~ 3", "== ready", "< inf", "< NaN"] {
            assert!(text.parse::<Predicate>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_number_is_neither_right_nor_wrong() {
        assert_eq!(read("< 0.05").holds_for(0.01), Ok(true));
        assert_eq!(read("< 0.05").holds_for(0.05), Ok(false));
        assert!(read("< 0.05").holds_for(f64::NAN).is_err());
        assert_eq!(read(">= 3").holds(Some(&json!("4"))), Ok(true));
        assert_eq!(read("== \"ready\"").holds(Some(&json!("ready"))), Ok(true));
        assert_eq!(read("== true").holds(Some(&json!(false))), Ok(false));
        assert_eq!(read("exists").holds(Some(&json!(null))), Err(NotComparable::Absent));
        assert_eq!(read("!= \"down\"").holds(None), Err(NotComparable::Absent));
        assert!(read("== \"ready\"").holds(Some(&json!(1))).is_err());
        assert!(read("> 1").holds(Some(&json!([2]))).is_err());
    }
}
