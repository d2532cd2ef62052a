//! Why a command did not do what it was asked, with its exit code.

use super::{Exit, output};
use crate::{
    domain::readiness::rules::Breach,
    ledger::{say, store::StoreError},
};

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(super) struct Refusal {
    /// How the command ends.
    pub(super) exit: Exit,
    /// What is told; nothing where it was told before.
    pub(super) told: String,
}

impl Refusal {
    /// It cannot run here, or was asked wrongly.
    #[expect(clippy::needless_pass_by_value, reason = "the form that map_err wants")]
    pub(super) fn usage(told: impl ToString) -> Self {
        Self { exit: Exit::Usage, told: told.to_string() }
    }

    /// There is no such thing, or it is not allowed.
    #[expect(clippy::needless_pass_by_value, reason = "the form that map_err wants")]
    pub(super) fn no(told: impl ToString) -> Self {
        Self { exit: Exit::No, told: told.to_string() }
    }

    /// It cannot be said.
    #[expect(clippy::needless_pass_by_value, reason = "the form that map_err wants")]
    pub(super) fn unknown(told: impl ToString) -> Self {
        Self { exit: Exit::Unknown, told: told.to_string() }
    }

    /// Tells it, and ends the command.
    pub(super) fn end(self) -> Exit {
        if !self.told.is_empty() {
            output::complain(&format!("warroom: {}", self.told));
        }
        self.exit
    }
}

impl From<Breach> for Refusal {
    fn from(breach: Breach) -> Self {
        match breach {
            Breach::NoRelease(_)
            | Breach::NoChecklist(_)
            | Breach::NoItem { .. }
            | Breach::NoSignoff { .. }
            | Breach::NoReason
            | Breach::NoEnd
            | Breach::WhichRole { .. } => Self::usage(breach),
            Breach::NeedsSignature(_) => Self::no(format!("{breach}: add `--sign`")),
            _ => Self::no(breach),
        }
    }
}

impl From<say::Refusal> for Refusal {
    fn from(refusal: say::Refusal) -> Self {
        match refusal {
            say::Refusal::Breach(breach) => breach.into(),
            say::Refusal::Store(StoreError::Unsure { .. }) | say::Refusal::Lost => Self::unknown(refusal),
            say::Refusal::Store(StoreError::Moved { .. })
            | say::Refusal::Overtaken { .. }
            | say::Refusal::NotSigned(_)
            | say::Refusal::NoStatement(_)
            | say::Refusal::TooOld(_)
            | say::Refusal::Damaged(_) => Self::no(refusal),
            say::Refusal::Agent(_)
            | say::Refusal::Store(_)
            | say::Refusal::Elsewhere { .. }
            | say::Refusal::CannotWrite(_) => Self::usage(refusal),
        }
    }
}
