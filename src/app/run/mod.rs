//! Plans and runs in the console: a plan is resolved, looked at and confirmed, and a run is watched and told what to do.
//!
//! Resolving and running happen outside. What a person confirms is [`Authorised`] or [`AuthorisedOrder`], the only things
//! that the shell starts a run by, or records about one.

use serde::{Deserialize, Serialize};

mod approving;
mod authorise;
mod confirmation;
mod evidence;
mod order;
mod rehearsal;
mod target;

pub use approving::{Approving, AuthorisedApproval, Verdict, approval_place, authorise_approval};
pub use authorise::{
    Authorised, AuthorisedOrder, AuthorisedRecovery, Breaking, authorise, authorise_order, authorise_recovery,
};
pub use confirmation::{AGAIN, Confirmation, Field, Given, Phase, Resolved, View, WAITS, approved, who_holds};
pub use evidence::{Evidence, Known};
pub use order::{Answer, Deed, Order, deed_place, deed_risk};
pub use rehearsal::{lint, rehearsal};
pub use target::{Asked, Staged, Target, runbook_for, target};

use crate::domain::{run::RunId, time::Timestamp};

/// Whose output is looked at: an attempt at a step of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempted {
    /// The run.
    pub run: RunId,
    /// The step.
    pub step: String,
    /// The place of the step in the plan, from 0.
    pub index: usize,
    /// Whether the step is taken back.
    pub undo: bool,
    /// Which attempt, from 1.
    pub number: u32,
}

/// The end of what an attempt wrote, as it was kept: secrets are masked already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Whose.
    pub of: Attempted,
    /// Its last lines, or why there are none to be had on this machine. Text from outside.
    pub lines: Result<Vec<String>, String>,
    /// How many bytes come before them.
    pub before: u64,
    /// When it was read.
    pub at: Timestamp,
}

/// How many lines of output are kept at hand.
pub const OUTPUT_LINES: usize = 200;
