//! The shapes of Alertmanager's API v2, as servers from 0.16 on send them.
//!
//! Lists and maps may be `null` or missing (`mutedBy` came with 0.28); a time of the year 1 means none.

use chrono::{DateTime, Datelike, Utc};
use serde::{Deserialize, Deserializer, Serialize};

use crate::domain::{
    alert::{Alert, AlertState, Silence},
    labels::Labels,
    object::SourceName,
    time::Timestamp,
};

/// `gettableAlert`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireAlert {
    pub(super) fingerprint: String,
    #[serde(default, deserialize_with = "nullable")]
    pub(super) labels: Labels,
    #[serde(default, deserialize_with = "nullable")]
    pub(super) annotations: Labels,
    pub(super) starts_at: DateTime<Utc>,
    #[serde(default)]
    pub(super) ends_at: Option<DateTime<Utc>>,
    #[serde(default)]
    pub(super) updated_at: Option<DateTime<Utc>>,
    #[serde(default, rename = "generatorURL")]
    pub(super) generator_url: Option<String>,
    #[serde(default, deserialize_with = "nullable")]
    pub(super) receivers: Vec<Receiver>,
    #[serde(default, deserialize_with = "nullable")]
    pub(super) status: AlertStatus,
}

/// `receiver`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(super) struct Receiver {
    pub(super) name: String,
}

/// `alertStatus`.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default, rename_all = "camelCase")]
pub(super) struct AlertStatus {
    pub(super) state: String,
    #[serde(deserialize_with = "nullable")]
    pub(super) silenced_by: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub(super) inhibited_by: Vec<String>,
    #[serde(deserialize_with = "nullable")]
    pub(super) muted_by: Vec<String>,
}

/// `gettableSilence`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct WireSilence {
    pub(super) id: String,
    #[serde(default, deserialize_with = "nullable")]
    status: SilenceStatus,
    #[serde(default, deserialize_with = "nullable")]
    matchers: Vec<Matcher>,
    pub(super) starts_at: DateTime<Utc>,
    pub(super) ends_at: DateTime<Utc>,
    #[serde(default)]
    pub(super) updated_at: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "nullable")]
    created_by: String,
    #[serde(default, deserialize_with = "nullable")]
    comment: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct SilenceStatus {
    state: String,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Matcher {
    name: String,
    value: String,
    #[serde(default)]
    is_regex: bool,
    /// Came with 0.22; before, every matcher was one of equality.
    #[serde(default = "yes")]
    is_equal: bool,
}

const fn yes() -> bool {
    true
}

/// `null` and a missing field mean the same.
fn nullable<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

impl WireAlert {
    /// Takes the newer of two reports of the same alert, and the receivers of both.
    pub(super) fn merge(&mut self, other: Self) {
        let mut receivers = std::mem::take(&mut self.receivers);
        receivers.extend(
            other.receivers.iter().filter(|receiver| !receivers.contains(receiver)).cloned().collect::<Vec<_>>(),
        );
        if other.updated_at > self.updated_at {
            *self = other;
        }
        self.receivers = receivers;
    }

    /// The alert's name; every alert should have one.
    pub(super) fn name(&self) -> String {
        self.labels.get("alertname").cloned().unwrap_or_default()
    }

    /// The fact.
    pub(super) fn into_alert(self, source: &SourceName) -> Alert {
        Alert {
            source: source.clone(),
            name: self.name(),
            fingerprint: self.fingerprint,
            state: match self.status.state.as_str() {
                "active" => AlertState::Active,
                "suppressed" => AlertState::Suppressed,
                "unprocessed" => AlertState::Unprocessed,
                _ => AlertState::Unknown,
            },
            silenced_by: self.status.silenced_by,
            inhibited_by: self.status.inhibited_by,
            muted_by: self.status.muted_by,
            starts_at: self.starts_at,
            ends_at: self.ends_at.filter(|at| said(*at)),
            updated_at: self.updated_at.filter(|at| said(*at)),
            labels: self.labels,
            annotations: self.annotations,
            generator_url: self.generator_url.filter(|url| !url.is_empty()),
            receivers: self.receivers.into_iter().map(|receiver| receiver.name).collect(),
        }
    }
}

/// Go writes a time that was never set as the first of January of the year 1.
fn said(at: Timestamp) -> bool {
    at.year() > 1
}

impl WireSilence {
    /// Whether it still says something: it holds, will hold, or ended after `since`.
    pub(super) fn matters_since(&self, since: Timestamp) -> bool {
        self.status.state != "expired" || self.ends_at > since
    }

    /// The fact.
    pub(super) fn into_silence(self, source: &SourceName) -> Silence {
        Silence {
            source: source.clone(),
            id: self.id,
            state: self.status.state,
            matchers: self.matchers.iter().map(Matcher::text).collect(),
            starts_at: self.starts_at,
            ends_at: self.ends_at,
            created_by: self.created_by,
            comment: self.comment,
        }
    }
}

impl Matcher {
    fn text(&self) -> String {
        let operator = match (self.is_equal, self.is_regex) {
            (true, false) => "=",
            (false, false) => "!=",
            (true, true) => "=~",
            (false, true) => "!~",
        };
        format!("{}{operator}{:?}", self.name, self.value)
    }
}
