//! What people and CI say about a change before it goes out.

use serde::{Deserialize, Serialize};

use super::failure::FailureMode;
use crate::domain::time::Timestamp;

/// What is said about the change of one release.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Change {
    /// By each file that says something.
    pub said: Vec<Facts>,
    /// Why the file that CI writes says nothing, where there should be one: it is not there, it is broken.
    pub unread: Option<String>,
    /// The path of that file, where it is there or should be.
    pub file: Option<String>,
    /// How it may fail; empty where nobody looked.
    pub failures: Vec<FailureMode>,
}

/// What one file says. What it leaves out is not known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// The file.
    pub source: String,
    /// When it was written, where it says so.
    pub at: Option<Timestamp>,
    /// Lines that are added, changed or taken out.
    pub lines: Option<u64>,
    /// Files that are changed.
    pub files: Option<u64>,
    /// How much of the changed lines tests run, in percent.
    pub coverage: Option<f64>,
    /// Whether a schema of stored data is changed.
    pub schema_change: Option<bool>,
    /// Whether personal data (PII) is touched.
    pub personal_data: Option<bool>,
    /// Pages that the people on call had in the last 12 hours.
    pub pages: Option<u64>,
    /// Incidents of its services in the last 30 days.
    pub incidents: Option<u64>,
    /// When the way back was rehearsed last, for those who rehearse elsewhere.
    pub rehearsed: Option<Timestamp>,
}
