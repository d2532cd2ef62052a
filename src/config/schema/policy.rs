//! `[policy]`: policies that are judged by another server.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    source::HttpOptions,
    text::{DurationText, UrlText},
};
use crate::domain::time::Span;

/// Policies that an Open Policy Agent judges, beside those of the catalog: both must allow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Policy {
    /// The URL of its decision: `https://opa.example.net/v1/data/warroom/gate`. Nobody is asked when left out.
    #[schemars(with = "Option<UrlText>")]
    pub opa: Option<Url>,
    /// How long an answer may take; later it is a denial.
    #[schemars(with = "DurationText", extend("x-span-min" = "10ms", "x-span-max" = "30s"))]
    pub timeout: Span,
    /// How to talk HTTP to it.
    #[serde(flatten)]
    pub http: HttpOptions,
}

impl Default for Policy {
    fn default() -> Self {
        Self { opa: None, timeout: Span::from_secs(2), http: HttpOptions::default() }
    }
}
