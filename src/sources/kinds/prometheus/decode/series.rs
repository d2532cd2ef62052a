//! The result of a query: series of samples, or one scalar or text.

use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;

use super::sample::{NumberText, Sample};
use crate::domain::labels::Labels;

/// The result of an instant or range query.
#[derive(Clone, Debug, PartialEq)]
pub enum Series {
    /// Instant query: one sample for each series.
    Vector(Vec<OneSample>),
    /// Range query: many.
    Matrix(Vec<ManySamples>),
    /// A number without labels.
    Scalar(Sample),
    /// A text without labels.
    Text {
        /// Seconds since 1970.
        secs: f64,
        /// The text.
        text: String,
    },
}

/// A series with one sample.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct OneSample {
    /// Its labels; `__name__` among them where the query kept it.
    pub metric: Labels,
    /// Its number. A series of native histograms has none.
    #[serde(default)]
    pub value: Option<Sample>,
    /// Its native histogram.
    #[serde(default)]
    pub histogram: Option<HistogramSample>,
}

/// A series with many samples.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ManySamples {
    /// Its labels.
    pub metric: Labels,
    /// Its numbers, oldest first. A series of native histograms has none.
    #[serde(default)]
    pub values: Vec<Sample>,
    /// Its native histograms.
    #[serde(default)]
    pub histograms: Vec<HistogramSample>,
}

/// A native histogram at one time. Its buckets are not kept.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(from = "(f64, RawHistogram)")]
pub struct HistogramSample {
    /// Seconds since 1970.
    pub secs: f64,
    /// How many events.
    pub count: f64,
    /// The sum of their values.
    pub sum: f64,
}

#[derive(Deserialize)]
struct RawHistogram {
    count: NumberText,
    sum: NumberText,
    #[serde(default, rename = "buckets")]
    _buckets: IgnoredAny,
}

impl From<(f64, RawHistogram)> for HistogramSample {
    fn from((secs, raw): (f64, RawHistogram)) -> Self {
        Self { secs, count: raw.count.0, sum: raw.sum.0 }
    }
}

/// `data` of a query. The result is kept as text until its type is known: the API does not promise an order of keys.
#[derive(Deserialize)]
pub(super) struct QueryData<'a> {
    #[serde(rename = "resultType")]
    result_type: String,
    #[serde(borrow)]
    result: &'a RawValue,
}

impl QueryData<'_> {
    pub(super) fn read(&self) -> Result<Series, serde_json::Error> {
        let text = self.result.get();
        Ok(match self.result_type.as_str() {
            "vector" => Series::Vector(serde_json::from_str(text)?),
            "matrix" => Series::Matrix(serde_json::from_str(text)?),
            "scalar" => Series::Scalar(serde_json::from_str(text)?),
            "string" => {
                let (secs, text) = serde_json::from_str(text)?;
                Series::Text { secs, text }
            }
            other => {
                return Err(serde::de::Error::custom(format_args!(
                    "`resultType` is {other:?}, not vector, matrix, scalar or string"
                )));
            }
        })
    }
}
