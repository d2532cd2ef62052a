//! What versions do while they alone run is remembered, and given to be kept.

use super::learn;
use crate::{
    app::{model::Model, msg::Effect},
    domain::{canary::profile::Profiles, join::profiles, time::Span},
};

/// How often is looked for something to keep.
const LOOK: Span = Span::from_secs(10);
/// Where something was found, the next look is so much later: the file is written no more often.
const PAUSE: Span = Span::from_mins(5);

/// What is new since the last look, to be kept.
pub(super) fn observe(model: &mut Model) -> Option<Effect> {
    let now = model.now;
    if *model.profiles_due.get_or_insert(now + LOOK.delta()) > now {
        return None;
    }
    let found = profiles::observe(&model.room, &model.picture);
    let next = if found.is_empty() { LOOK } else { PAUSE };
    model.profiles_due = Some(now + next.delta());
    if found.is_empty() {
        return None;
    }
    model.room.profiles.merge(found.clone());
    Some(Effect::KeepProfiles(Box::new(found)))
}

/// What is stored, by others too.
pub(super) fn take(model: &mut Model, stored: Profiles) {
    if model.room.profiles.merge(stored) {
        learn(model, |_| {});
    }
}

#[cfg(test)]
mod tests {
    use super::super::{tests::*, update};
    use crate::{
        app::msg::{Effect, Msg},
        domain::{
            canary::{
                counts::Counts,
                profile::{Kept, Measure, Of, Profiles},
            },
            ledger::hash::Hash,
        },
    };

    #[test]
    fn what_others_stored_is_known_from_then_on() {
        let mut stored = Profiles::default();
        let measure = Measure { slo: "http".to_owned(), source: "prom".into(), definition: Hash::of(b"") };
        let kept = Kept { counts: Counts::new(1, 1_000).expect("possible"), from: at(-3_600), until: at(0) };
        stored.add(Of { service: "checkout", environment: "prod", version: "1.41.7" }, measure, kept);
        let mut model = console();
        let effects = update(&mut model, at(1), Msg::Profiles(Box::new(stored.clone())));
        assert_eq!(model.room.profiles, stored);
        assert!(!effects.iter().any(|effect| matches!(effect, Effect::KeepProfiles(_))), "it is kept already");
    }
}
