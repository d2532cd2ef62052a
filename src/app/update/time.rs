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

#[cfg(test)]
mod tests {
    use super::super::{tests::*, update};
    use crate::{app::msg::Msg, domain::facts::Facts};

    #[test]
    fn ages_move_on_every_five_seconds_and_when_something_ages() {
        let mut model = console();
        for source in &mut model.room.sources {
            // Asked for every five seconds: ageing after ten, stale after twenty.
            for state in source.feeds.values_mut() {
                state.feed.succeed(Facts::Workloads(Vec::new()), at(3), at(3));
            }
        }
        update(&mut model, at(10), Msg::Tick);
        let told = |second: i64, model: &mut crate::app::model::Model| {
            update(model, at(second), Msg::Tick);
            model.ui.ages_at
        };
        for (second, wanted) in [(11, 10), (13, 10), (14, 14), (15, 14), (18, 14), (19, 19), (23, 19)] {
            assert_eq!(told(second, &mut model), Some(at(wanted)), "{second}");
        }
        // The clock went back.
        assert_eq!(told(3, &mut model), Some(at(3)));
    }

    #[test]
    fn a_slow_terminal_is_told_once() {
        let mut model = console();
        update(&mut model, at(0), Msg::SlowTerminal);
        assert!(model.ui.low_bandwidth && model.ui.notice.is_some());
        model.ui.notice = None;
        update(&mut model, at(1), Msg::SlowTerminal);
        assert_eq!(model.ui.notice, None);
    }
}
