//! What versions do while they alone run is remembered, and given to be kept.

use super::learn;
use crate::{
    app::{model::Model, msg::Effect},
    domain::{canary::profile::Profiles, join::profiles, time::Span},
};

/// How often is looked for something to keep, where nothing is known yet.
const FIRST: Span = Span::from_secs(10);
/// How often after that: the file is written no more often.
const LOOK: Span = Span::from_mins(5);

/// What is new since the last look, to be kept.
pub(super) fn observe(model: &mut Model) -> Option<Effect> {
    let now = model.now;
    if *model.profiles_due.get_or_insert(now + FIRST.delta()) > now {
        return None;
    }
    let found = profiles::observe(&model.room, &model.picture);
    let new = model.room.profiles.merge(found.clone());
    let next = if model.room.profiles.is_empty() { FIRST } else { LOOK };
    model.profiles_due = Some(now + next.delta());
    new.then(|| Effect::KeepProfiles(Box::new(found)))
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
        app::{
            model::Model,
            msg::{Effect, Msg},
        },
        domain::{
            canary::{
                counts::Counts,
                profile::{Kept, Measure, Of, Profiles},
            },
            join::example,
            ledger::hash::Hash,
            slo::reading::Amount,
            time::Span,
        },
    };

    #[test]
    fn what_a_version_did_is_given_to_be_kept_once_and_looked_for_again_after_five_minutes() {
        let reading =
            |bad, secs| example::reading(Span::from_hours(1), None, Amount::Counts { bad, total: 9_000.0 }, secs);
        let mut model = console();
        model.room = example::running(vec![example::alone_since_two_hours()], vec![reading(1.0, 0)]);
        let kept = |model: &mut Model, secs| {
            let effects = update(model, example::at(secs), Msg::Tick);
            effects.into_iter().find_map(|effect| match effect {
                Effect::KeepProfiles(found) => Some(found.len()),
                _ => None,
            })
        };
        let told = [-1, 1, 8, 9, 10, 14, 250].map(|secs| kept(&mut model, secs));
        assert_eq!(told, [None, None, None, Some(1), None, None, None]);
        assert_eq!(model.room.profiles.len(), 1);
    }

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
