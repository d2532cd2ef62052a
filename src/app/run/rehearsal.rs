//! When a runbook was last tried out, in words.

use crate::{
    app::model::Model,
    domain::{
        level::Level,
        runbook::Runbook,
        time::{Span, Timestamp},
    },
};

/// What is known of the last rehearsal of a runbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rehearsal {
    /// The ledger was not read yet, so nobody can say.
    Unknown,
    /// There was none of this version.
    Never,
    /// When the last one ended and how long it took; whether that is longer ago than the runbook wants.
    At {
        /// When it ended.
        at: Timestamp,
        /// How long it took.
        took: Span,
        /// Whether it is too old.
        old: bool,
    },
}

impl Rehearsal {
    /// How much it needs a person.
    #[must_use]
    pub const fn level(self) -> Level {
        match self {
            Self::Unknown => Level::Unknown,
            Self::Never | Self::At { old: true, .. } => Level::Watch,
            Self::At { .. } => Level::Ok,
        }
    }

    /// `rehearsed 12d ago, 4m10s of 10m`.
    #[must_use]
    pub fn words(self, now: Timestamp, budget: Span) -> String {
        match self {
            Self::Unknown => "rehearsal not known: the ledger was not read".to_owned(),
            Self::Never => "never rehearsed".to_owned(),
            Self::At { at, took, old } => {
                let old = if old { ", too long ago" } else { "" };
                format!("rehearsed {} ago{old}, {} of {budget}", Span::between(at, now).age(), took.age())
            }
        }
    }
}

/// The last rehearsal of `runbook`, in whichever environment.
#[must_use]
pub fn rehearsal(model: &Model, runbook: &Runbook) -> Rehearsal {
    let ledger = model.shown_ledger();
    if !ledger.is_known() {
        return Rehearsal::Unknown;
    }
    match ledger.runs.rehearsed(runbook.digest, None) {
        None => Rehearsal::Never,
        Some((at, took)) => Rehearsal::At { at, took, old: Span::between(at, model.now) > runbook.rehearse },
    }
}
