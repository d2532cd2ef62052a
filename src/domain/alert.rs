//! Alerts and silences.

use serde::{Deserialize, Serialize};

use super::{labels::Labels, object::SourceName, time::Timestamp};

/// Whether an alert calls somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// Firing and sent to its receivers.
    Active,
    /// Its condition holds, but not yet for long enough.
    Pending,
    /// Firing, but silenced, inhibited or muted.
    Suppressed,
    /// Known to the server, not yet sorted by it.
    Unprocessed,
    /// A state that this version of warroom does not know.
    Unknown,
}

/// How loud an alert is, read from its labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// For the record.
    Info,
    /// To be looked at in working hours: `warning`, `ticket`.
    Ticket,
    /// Wakes somebody: `critical`, `page`, `error`.
    Page,
}

impl Severity {
    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Ticket => "ticket",
            Self::Page => "page",
        }
    }
}

/// One alert. Several sources may report the same one; they are merged by fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Who reported it.
    pub source: SourceName,
    /// The server's fingerprint of its labels (16 hexadecimal digits for Alertmanager).
    pub fingerprint: String,
    /// The label `alertname`.
    pub name: String,
    /// Whether it calls somebody.
    pub state: AlertState,
    /// Ids of silences that hold it.
    pub silenced_by: Vec<String>,
    /// Fingerprints of alerts that hold it.
    pub inhibited_by: Vec<String>,
    /// Names of time intervals that hold it.
    pub muted_by: Vec<String>,
    /// Since when it fires.
    pub starts_at: Timestamp,
    /// When it resolved or is taken for resolved without news.
    pub ends_at: Option<Timestamp>,
    /// When the server last heard of it.
    pub updated_at: Option<Timestamp>,
    /// All labels.
    pub labels: Labels,
    /// All annotations, `summary` and `runbook_url` among them.
    pub annotations: Labels,
    /// Where its expression can be looked at.
    pub generator_url: Option<String>,
    /// Receivers that hear of it.
    pub receivers: Vec<String>,
}

impl Alert {
    /// How loud: the first of `severity`, `sloth_severity`, `priority` that says something known; a page when none does,
    /// because an alert of unknown weight is not taken lightly.
    #[must_use]
    pub fn severity(&self) -> Severity {
        for label in ["severity", "sloth_severity", "grafana_slo_severity", "priority"] {
            match self.labels.get(label).map(|value| value.to_ascii_lowercase()).as_deref() {
                Some("page" | "critical" | "crit" | "error" | "emergency" | "p1" | "p0" | "high") => {
                    return Severity::Page;
                }
                Some("ticket" | "warning" | "warn" | "p2" | "p3" | "medium" | "low") => return Severity::Ticket,
                Some("info" | "information" | "none" | "debug" | "p4" | "p5") => return Severity::Info,
                _ => {}
            }
        }
        Severity::Page
    }

    /// What it says of itself: `summary`, else `description`, else nothing.
    #[must_use]
    pub fn summary(&self) -> &str {
        ["summary", "description", "message"]
            .iter()
            .find_map(|key| self.annotations.get(*key))
            .map_or("", String::as_str)
    }

    /// The page that says what to do.
    #[must_use]
    pub fn runbook_url(&self) -> Option<&str> {
        self.annotations.get("runbook_url").or_else(|| self.annotations.get("runbook")).map(String::as_str)
    }
}

/// A silence in Alertmanager.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// Who reported it.
    pub source: SourceName,
    /// The server's identifier.
    pub id: String,
    /// `active`, `pending` or `expired`, as the server writes it.
    pub state: String,
    /// Matchers, as Alertmanager writes them: `service="checkout"`.
    pub matchers: Vec<String>,
    /// From when.
    pub starts_at: Timestamp,
    /// Until when.
    pub ends_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// Why.
    pub comment: String,
}
