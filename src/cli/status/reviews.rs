//! The reviews that are owed after breaking the glass, as far as the ledger can be read.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::readiness::Ledger;
use crate::{
    cli::runbook,
    domain::{
        release::Release,
        run::{Run, runs::Runs},
        time::Timestamp,
    },
    ledger::reading::Reading,
};

/// What was run without its approvals, and nobody looked at afterwards.
#[derive(Default)]
pub(super) struct Reviews {
    owed: Vec<Run>,
    /// Why it is not known.
    unknown: Option<String>,
}

impl Reviews {
    /// Those of `release`, or all.
    pub(super) fn of(ledger: &Ledger, reading: &Reading, release: Option<&Release>) -> Self {
        let unknown = match ledger {
            Ledger::Unknown(why) => Some(why.clone()),
            Ledger::Read | Ledger::Empty => None,
        };
        let about = |run: &&Run| {
            let target = &run.plan.target;
            release.is_none_or(|release| {
                let parts = || release.components.iter().map(|component| &component.service);
                target.release.as_ref() == Some(&release.id)
                    || (target.environment == release.environment && parts().any(|service| *service == target.service))
            })
        };
        Self { owed: reading.runs.iter().flat_map(Runs::owed).filter(about).cloned().collect(), unknown }
    }

    /// Lines for people; nothing where nothing is owed.
    pub(super) fn text(&self, now: Timestamp) -> String {
        let mut text = String::new();
        if let Some(why) = &self.unknown {
            let _ = writeln!(text, "\nREVIEWS OWED UNKNOWN: {}", crate::domain::clean::clean(why));
        }
        if !self.owed.is_empty() {
            text.push('\n');
            runbook::reviews(&self.owed, now, "", &mut text);
        }
        text
    }

    /// For programs; `null` where it is not known.
    pub(super) fn json(&self) -> Value {
        if self.unknown.is_some() {
            return Value::Null;
        }
        json!(self.owed.iter().map(runbook::owed).collect::<Vec<_>>())
    }
}
