//! From readings to the SLOs of services.

use super::services::Index;
use crate::domain::{release::Release, room::Room, slo::status::SloStatus, time::Timestamp};

/// The SLOs of services, and those that no service matches.
#[must_use]
pub fn judge(
    _room: &Room,
    _services: &Index<'_>,
    _releases: &[Release],
    _now: Timestamp,
) -> (Vec<SloStatus>, Vec<SloStatus>) {
    (Vec::new(), Vec::new())
}
