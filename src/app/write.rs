//! What will change something: enumerated once, so that one gate stands before all of it.

use super::model::{Model, SMALLEST};

/// Something that changes the world outside, or lets it be changed. Reached by the chord prefix and by name, never by a key
/// alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Write {
    /// READ-ONLY to WRITE, and back.
    Enable,
    /// Plan a rollback.
    Rollback,
    /// Hold a release where it is.
    Hold,
    /// Let a held release go on.
    Continue,
    /// Acknowledge an incident.
    Acknowledge,
    /// Add a note to an incident.
    Note,
    /// Sign a checklist off.
    Sign,
    /// Waive an item of a checklist.
    Waive,
    /// Stop a run after its step.
    StopRun,
    /// Kill the step of a run.
    KillRun,
}

/// Whether something can be asked for here and now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It can.
    Ready,
    /// This console may not.
    Barred(String),
    /// It does not exist yet: what it will be.
    NotYet(&'static str),
}

impl Write {
    /// All of them, in the order of the menu.
    pub const ALL: [Self; 10] = [
        Self::Enable,
        Self::Rollback,
        Self::Hold,
        Self::Continue,
        Self::Acknowledge,
        Self::Note,
        Self::Sign,
        Self::Waive,
        Self::StopRun,
        Self::KillRun,
    ];

    /// The name that never changes: `rollback.plan`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Enable => "write.enable",
            Self::Rollback => "rollback.plan",
            Self::Hold => "release.hold",
            Self::Continue => "release.continue",
            Self::Acknowledge => "incident.ack",
            Self::Note => "incident.note",
            Self::Sign => "checklist.sign",
            Self::Waive => "checklist.waive",
            Self::StopRun => "run.stop",
            Self::KillRun => "run.kill",
        }
    }

    /// What it does, in a line.
    #[must_use]
    pub const fn help(self) -> &'static str {
        match self {
            Self::Enable => "WRITE mode on or off",
            Self::Rollback => "plan a rollback",
            Self::Hold => "hold the release",
            Self::Continue => "let the release go on",
            Self::Acknowledge => "acknowledge the incident",
            Self::Note => "note on the incident",
            Self::Sign => "sign the checklist off",
            Self::Waive => "waive a check",
            Self::StopRun => "stop the run after a step",
            Self::KillRun => "kill the step of the run",
        }
    }

    /// Whether it can be asked for here and now. The one place that decides it.
    #[must_use]
    pub fn standing(self, model: &Model) -> Standing {
        if let Some(why) = barred(model) {
            return Standing::Barred(why);
        }
        match self {
            Self::Enable => Standing::Ready,
            Self::Rollback => Standing::NotYet("a staged runbook will become a plan with evidence and time budget"),
            Self::Hold => Standing::NotYet("it will pause the rollout in its deployment system"),
            Self::Continue => Standing::NotYet("it will resume a rollout that was held"),
            Self::Acknowledge => Standing::NotYet("it will acknowledge the incident at the paging service"),
            Self::Note => Standing::NotYet("it will add a line to the incident and to the ledger"),
            Self::Sign => Standing::NotYet("it will sign the checklist with your key"),
            Self::Waive => Standing::NotYet("it will waive one check, with a reason and an end"),
            Self::StopRun => Standing::NotYet("it will end a run of a runbook after its step"),
            Self::KillRun => Standing::NotYet("it will end the step of a run at once"),
        }
    }
}

/// Why nothing at all may be changed from this console; `None` where it may be.
#[must_use]
pub fn barred(model: &Model) -> Option<String> {
    let (columns, rows) = model.ui.size;
    if model.ui.wall.is_some() {
        return Some("--wall".to_owned());
    }
    if columns < SMALLEST.0 || rows < SMALLEST.1 {
        return Some("a terminal that is too small to show it".to_owned());
    }
    model.setup.read_only.clone()
}
