//! What will change something: enumerated once, so that one gate stands before all of it.

use super::{
    act::{Kind, places},
    breaker,
    keymap::label,
    ledger::State,
    model::{Model, SMALLEST},
    run::{Deed, approval_place, deed_place, target},
};

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
    /// Say something about a release: recorded in the ledger.
    Act(Kind),
    /// Approve a plan of somebody else, or deny it.
    Approve,
    /// Tell a run something.
    Run(Deed),
}

/// Whether something can be asked for here and now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It can.
    Ready,
    /// This console may not.
    Barred(String),
    /// Not now or not here: why, and what to do.
    Blocked(String),
    /// It does not exist yet: what it will be.
    NotYet(&'static str),
}

impl Write {
    /// All of them, in the order of the menu.
    pub const ALL: [Self; 21] = [
        Self::Enable,
        Self::Rollback,
        Self::Hold,
        Self::Continue,
        Self::Acknowledge,
        Self::Act(Kind::Tick),
        Self::Act(Kind::Note),
        Self::Act(Kind::Request),
        Self::Act(Kind::Sign),
        Self::Act(Kind::Waive),
        Self::Act(Kind::Decide),
        Self::Act(Kind::Review),
        Self::Approve,
        Self::Run(Deed::Stop),
        Self::Run(Deed::Kill),
        Self::Run(Deed::Retry),
        Self::Run(Deed::Skip),
        Self::Run(Deed::Undo),
        Self::Run(Deed::End),
        Self::Run(Deed::Resolve),
        Self::Run(Deed::Recover),
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
            Self::Act(Kind::Tick) => "checklist.tick",
            Self::Act(Kind::Note) => "checklist.note",
            Self::Act(Kind::Request) => "signoff.request",
            Self::Act(Kind::Sign) => "signoff.sign",
            Self::Act(Kind::Waive) => "waiver.change",
            Self::Act(Kind::Decide) => "decision.take",
            Self::Act(Kind::Review) => "review.close",
            Self::Approve => "approval.give",
            Self::Run(Deed::Stop) => "run.stop",
            Self::Run(Deed::Kill) => "run.kill",
            Self::Run(Deed::Retry) => "run.retry",
            Self::Run(Deed::Skip) => "run.skip",
            Self::Run(Deed::Undo) => "run.undo",
            Self::Run(Deed::End) => "run.end",
            Self::Run(Deed::Resolve) => "run.resolve",
            Self::Run(Deed::Recover) => "run.recover",
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
            Self::Act(Kind::Tick) => "tick or untick the item",
            Self::Act(Kind::Note) => "note on item or release",
            Self::Act(Kind::Request) => "ask for a sign-off",
            Self::Act(Kind::Sign) => "sign off, deny, withdraw",
            Self::Act(Kind::Waive) => "waive it, or revoke that",
            Self::Act(Kind::Decide) => "decide go, no-go, hold",
            Self::Act(Kind::Review) => "close the review",
            Self::Approve => "approve the plan, or deny it",
            Self::Run(Deed::Stop) => "stop the run after a step",
            Self::Run(Deed::Kill) => "kill the step of the run",
            Self::Run(Deed::Retry) => "try the step again",
            Self::Run(Deed::Skip) => "go on without the step",
            Self::Run(Deed::Undo) => "take back what was done",
            Self::Run(Deed::End) => "end the run here",
            Self::Run(Deed::Resolve) => "say how the step went",
            Self::Run(Deed::Recover) => "take up a run left alone",
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
            Self::Rollback => target(model).map_or_else(Standing::Blocked, |_| Standing::Ready),
            Self::Hold => match breaker::counting(model) {
                Ok(Some(_)) => Standing::Ready,
                Ok(None) => Standing::NotYet("it will pause the rollout in its deployment system"),
                Err(why) => Standing::Blocked(why),
            },
            Self::Continue => Standing::NotYet("it will resume a rollout that was held"),
            Self::Acknowledge => Standing::NotYet("it will acknowledge the incident at the paging service"),
            Self::Act(kind) => match places(model, kind) {
                Err(why) => Standing::Blocked(why),
                Ok(_) if kind.is_grave() && model.write.is_none() => {
                    let prefix = label(model.setup.keymap.prefix);
                    Standing::Blocked(format!("this needs WRITE mode: {prefix} e takes it"))
                }
                Ok(_) => Standing::Ready,
            },
            Self::Approve => approval_place(model).map_or_else(Standing::Blocked, |_| Standing::Ready),
            Self::Run(deed) => deed_place(model, deed).map_or_else(Standing::Blocked, |_| Standing::Ready),
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

/// Whether the ledger takes anything now.
///
/// # Errors
/// Why not, in words.
pub fn recordable(model: &Model) -> Result<(), String> {
    let ledger = &model.ledger;
    match &ledger.state {
        State::Off => Err("this console has no ledger to record it in".to_owned()),
        State::Opening => Err("the ledger is still being read: nothing can be recorded yet".to_owned()),
        State::Away { .. } => Err(format!("{}: nothing can be recorded", ledger.trouble().unwrap_or_default())),
        State::Empty | State::Following => match &ledger.unwritable {
            Some(why) => Err(format!("the ledger cannot be written: {why}")),
            None => Ok(()),
        },
    }
}
