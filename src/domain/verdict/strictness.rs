//! How strict a release is judged: the readiness score that it needs, by how critical its services are and by its change class.

use serde::{Deserialize, Serialize};

use crate::domain::{
    catalog::{Catalog, ChangeClass},
    readiness::progress::Progress,
    release::Release,
};

/// The readiness score and what it must be, in percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// The weight that holds by evidence.
    pub score: u8,
    /// What it must be at least.
    pub needed: u8,
}

/// The score that a release needs before it is called done. A service of no known criticality counts as the most critical.
///
/// A standard change needs a little less: what it does was approved beforehand. An emergency needs none: it needs its signature,
/// and owes a review.
#[must_use]
pub const fn needed(criticality: Option<u8>, class: ChangeClass) -> u8 {
    let normal = match criticality {
        Some(2) => 95,
        Some(3) => 90,
        Some(4..) => 80,
        _ => 100,
    };
    match class {
        ChangeClass::Normal => normal,
        ChangeClass::Standard => normal - LESS,
        ChangeClass::Emergency => 0,
    }
}

/// How much less a standard change needs.
const LESS: u8 = 5;

/// The score of `release`; `None` where nothing of its checklist applies.
#[must_use]
pub fn score(release: &Release, catalog: &Catalog, progress: &Progress) -> Option<Score> {
    Some(Score { score: progress.score()?, needed: needed(criticality(release, catalog), release.class) })
}

/// The highest criticality (the lowest number) of the services of `release`; `None` where one of them says nothing.
#[must_use]
pub fn criticality(release: &Release, catalog: &Catalog) -> Option<u8> {
    let of = |service: &str| catalog.services.get(service).and_then(|service| service.criticality);
    let all: Option<Vec<u8>> = release.components.iter().map(|component| of(&component.service)).collect();
    all.and_then(|all| all.into_iter().min())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_more_critical_a_service_the_more_must_hold_and_what_is_not_said_is_critical() {
        let normal = |criticality| needed(criticality, ChangeClass::Normal);
        assert_eq!([Some(1), Some(2), Some(3), Some(4), None].map(normal), [100, 95, 90, 80, 100]);
        let standard = |criticality| needed(criticality, ChangeClass::Standard);
        assert_eq!([Some(1), Some(2), Some(3), Some(4), None].map(standard), [95, 90, 85, 75, 95]);
        assert_eq!(needed(Some(1), ChangeClass::Emergency), 0);
    }
}
