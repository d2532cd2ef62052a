//! What passing time changes, and how often it is told.

use super::{learn, notice};
use crate::{app::model::Model, domain::time::Span};

/// How far apart the times are that ages are told for.
const AGES: Span = Span::from_secs(5);

/// A second passed. Ages move on every five seconds, and at once when something becomes ageing or stale; between these nothing
/// that is known changes by time alone.
pub(super) fn pass(model: &mut Model) {
    let now = model.now;
    let told = model.ui.ages_at.unwrap_or(model.picture.at);
    if now < told || Span::between(told, now) >= AGES || model.room.freshness_changes(told, now) {
        model.ui.ages_at = Some(now);
        learn(model, |_| {});
    }
}

/// The terminal takes its time: told once.
pub(super) fn slow_terminal(model: &mut Model) {
    if !model.ui.low_bandwidth {
        model.ui.low_bandwidth = true;
        notice(model, "slow link: drawing less often, as with --low-bandwidth");
    }
}
