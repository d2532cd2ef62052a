//! How much a mistake would cost, and so what is asked before something is done.

use serde::{Deserialize, Serialize};

/// How much a mistake would cost. Each asks for what the one before asks for, and more.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum Risk {
    /// Nothing: it only looks.
    #[default]
    R0,
    /// It can be undone, and production does not notice: a chord and one line.
    R1,
    /// Production, reversible at once: WRITE mode, a typed phrase and a reason.
    R2,
    /// A rollback in production: also the plan, its evidence, and the version in the phrase.
    R3,
    /// What cannot be undone, or what nobody can see the state of: also a second person.
    R4,
}

impl Risk {
    /// The word for people.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::R0 => "R0",
            Self::R1 => "R1",
            Self::R2 => "R2",
            Self::R3 => "R3",
            Self::R4 => "R4",
        }
    }
}

/// What the risk of a plan follows from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a ground of its own")]
pub struct Grounds {
    /// Whether a step changes anything.
    pub writes: bool,
    /// Whether it happens in production.
    pub production: bool,
    /// Whether every write has an undo.
    pub undoable: bool,
    /// Whether the running version of a service is changed.
    pub rollback: bool,
    /// How many regions are changed.
    pub regions: usize,
    /// Whether what is changed could be seen when the plan was made.
    pub observed: bool,
}

/// With more regions than these at once, a plan asks for a second person.
pub const REGIONS: usize = 3;

/// The least risk that a plan has, and why.
#[must_use]
pub fn least(grounds: &Grounds) -> (Risk, &'static str) {
    if !grounds.writes {
        return (Risk::R0, "it only looks");
    }
    if !grounds.production {
        return (Risk::R1, "it does not touch production");
    }
    if !grounds.observed {
        return (Risk::R4, "the present state of what it changes is not known");
    }
    if !grounds.undoable {
        return (Risk::R4, "a step in production cannot be undone");
    }
    if grounds.regions > REGIONS {
        return (Risk::R4, "it changes more than three regions at once");
    }
    if grounds.rollback {
        return (Risk::R3, "it changes the version that runs in production");
    }
    (Risk::R2, "it changes production, and can be undone at once")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_undone_or_seen_in_production_asks_for_two_people() {
        let all =
            Grounds { writes: true, production: true, undoable: true, rollback: true, regions: 3, observed: true };
        assert_eq!(least(&all).0, Risk::R3);
        assert_eq!(least(&Grounds { undoable: false, ..all }).0, Risk::R4);
        assert_eq!(least(&Grounds { observed: false, ..all }).0, Risk::R4);
        assert_eq!(least(&Grounds { regions: 4, ..all }).0, Risk::R4);
        assert_eq!(least(&Grounds { rollback: false, ..all }).0, Risk::R2);
        assert_eq!(least(&Grounds { production: false, undoable: false, ..all }).0, Risk::R1);
        assert_eq!(least(&Grounds { writes: false, ..all }).0, Risk::R0);
        assert!(Risk::R4 > Risk::R3);
    }
}
