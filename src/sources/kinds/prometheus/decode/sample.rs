//! One sample of a series: `[1435781451.781, "1"]`.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{self, SeqAccess, Visitor},
};

use crate::domain::time::Timestamp;

/// A time and a number. The API writes numbers as text, so that `NaN`, `+Inf` and `-Inf` survive JSON.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sample {
    /// Seconds since 1970.
    pub secs: f64,
    /// The number, which may be NaN or infinite.
    pub value: f64,
}

impl Sample {
    /// When, to the millisecond; `None` where the number of seconds is no time that a calendar knows.
    #[must_use]
    pub fn at(&self) -> Option<Timestamp> {
        instant(self.secs)
    }

    /// What the number is worth, in one word: `ok`, `nan`, `+inf` or `-inf`.
    #[must_use]
    pub const fn state(&self) -> &'static str {
        match self.value {
            value if value.is_nan() => "nan",
            f64::INFINITY => "+inf",
            f64::NEG_INFINITY => "-inf",
            _ => "ok",
        }
    }
}

/// The instant so many seconds after 1970, to the millisecond.
#[must_use]
pub fn instant(secs: f64) -> Option<Timestamp> {
    let millis = (secs * 1_000.0).round();
    // Beyond this the cast would be wrong long before the calendar ends.
    if !millis.is_finite() || millis.abs() > 8.0e15 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the range was looked at")]
    Timestamp::from_timestamp_millis(millis as i64)
}

/// A number written as text. Reads without an allocation: a matrix has hundreds of thousands of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NumberText(pub f64);

impl<'de> Deserialize<'de> for NumberText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NumberTextVisitor)
    }
}

struct NumberTextVisitor;

impl Visitor<'_> for NumberTextVisitor {
    type Value = NumberText;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number written as text, such as \"1\" or \"NaN\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<NumberText, E> {
        text.parse().map(NumberText).map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

impl<'de> Deserialize<'de> for Sample {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(SampleVisitor)
    }
}

struct SampleVisitor;

impl<'de> Visitor<'de> for SampleVisitor {
    type Value = Sample;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sample, such as [1435781451.781, \"1\"]")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Sample, A::Error> {
        let secs = seq.next_element()?.ok_or_else(|| de::Error::invalid_length(0, &self))?;
        let NumberText(value) = seq.next_element()?.ok_or_else(|| de::Error::invalid_length(1, &self))?;
        Ok(Sample { secs, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Sample, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn nan_and_both_infinities_are_told_apart() {
        for (text, state) in [("1e-3", "ok"), ("NaN", "nan"), ("+Inf", "+inf"), ("-Inf", "-inf")] {
            let sample = read(&format!("[1435781451.781,\"{text}\"]")).expect(text);
            assert_eq!(sample.state(), state);
            assert_eq!(sample.at().map(|at| at.timestamp_millis()), Some(1_435_781_451_781));
        }
    }

    #[test]
    fn what_is_not_a_sample_is_an_error() {
        for text in
            ["[1,1]", "[1,null]", "[null,\"1\"]", "[1]", "[]", "[1,\"\"]", "[1,\"one\"]", "[1,\"1\",2]", "{}", "null"]
        {
            assert!(read(text).is_err(), "{text} was taken");
        }
    }

    #[test]
    fn a_time_beyond_the_calendar_is_no_time() {
        assert_eq!(instant(1e300), None);
        assert_eq!(instant(f64::NAN), None);
        assert_eq!(instant(-1e18), None);
    }
}
