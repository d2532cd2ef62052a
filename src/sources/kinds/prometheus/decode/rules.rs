//! Rules of `/api/v1/rules` and targets of `/api/v1/targets`.

use serde::Deserialize;

use super::{Reply, envelope};
use crate::domain::{labels::Labels, source::SourceError};

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rule {
    /// `alerting` or `recording`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The alert's name, or that of the recorded series.
    pub name: String,
    /// `ok`, `err`, or `unknown` before the first evaluation. Empty where the server does not say.
    #[serde(default)]
    pub health: String,
    /// What the last evaluation said. Text from outside.
    #[serde(default)]
    pub last_error: String,
}

/// Something that is scraped.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Target {
    /// Its labels, without the server's external labels.
    #[serde(default)]
    pub labels: Labels,
    /// `up`, `down`, or `unknown` before the first scrape.
    pub health: String,
    /// What the last scrape said. Text from outside.
    #[serde(default)]
    pub last_error: String,
}

impl Target {
    /// Its name for people.
    #[must_use]
    pub fn instance(&self) -> &str {
        self.labels.get("instance").map_or("a target", String::as_str)
    }
}

#[derive(Deserialize)]
struct Groups {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Targets {
    active_targets: Vec<Target>,
}

/// Reads rules.
///
/// # Errors
/// The server's own error, or that the text is not an answer of this API.
pub fn rules(body: &str) -> Result<Reply<Vec<Rule>>, SourceError> {
    let reply = envelope::<Groups>(body)?;
    Ok(Reply { data: reply.data.groups.into_iter().flat_map(|group| group.rules).collect(), gaps: reply.gaps })
}

/// Reads active targets.
///
/// # Errors
/// The server's own error, or that the text is not an answer of this API.
pub fn targets(body: &str) -> Result<Reply<Vec<Target>>, SourceError> {
    let reply = envelope::<Targets>(body)?;
    Ok(Reply { data: reply.data.active_targets, gaps: reply.gaps })
}
