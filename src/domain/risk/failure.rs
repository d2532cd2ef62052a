//! How a release may fail: failure modes and effects, as IEC 60812 has them.

use serde::{Deserialize, Serialize};

/// One way to fail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailureMode {
    /// What fails, and how.
    pub mode: String,
    /// What that does to users.
    pub effect: String,
    /// How bad the effect is: 1 (nobody notices) to 10 (worst).
    pub severity: u8,
    /// How often it is to be expected: 1 (hardly ever) to 10 (almost certainly).
    pub occurrence: u8,
    /// How it is noticed before users are: 1 (at once, by itself) to 10 (not at all).
    pub detection: u8,
    /// What is done against it.
    pub mitigation: Option<String>,
}

/// From this severity on a mode is grave, however seldom it is.
pub const GRAVE: u8 = 9;

impl FailureMode {
    /// The risk priority number of IEC 60812, annex B: severity times occurrence times detection, 1 to 1000.
    #[must_use]
    pub fn priority(&self) -> u16 {
        u16::from(self.severity) * u16::from(self.occurrence) * u16::from(self.detection)
    }

    /// `RPN 168 = severity 8 x occurrence 3 x detection 7`.
    #[must_use]
    pub fn words(&self) -> String {
        format!(
            "RPN {} = severity {} x occurrence {} x detection {}",
            self.priority(),
            self.severity,
            self.occurrence,
            self.detection
        )
    }
}
