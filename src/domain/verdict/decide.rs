//! From reasons to one word. The heaviest reason decides; what must be known and is not is a reason as well.

use std::collections::BTreeSet;

use super::{
    Word,
    reason::{Effect, Input, Reason},
};
use crate::domain::time::Timestamp;

/// What was decided.
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// In one word.
    pub word: Word,
    /// The heaviest first.
    pub reasons: Vec<Reason>,
    /// When it would be GO, if all stays as it is.
    pub go_at: Option<Timestamp>,
}

/// Decides by `reasons`. An input in `mandatory` that gives none at all is not known.
#[must_use]
pub fn decide(mandatory: &BTreeSet<Input>, reasons: impl IntoIterator<Item = Reason>) -> Decided {
    let mut reasons: Vec<Reason> = reasons.into_iter().collect();
    let heard: BTreeSet<Input> = reasons.iter().map(|reason| reason.input).collect();
    reasons.extend(mandatory.difference(&heard).map(|input| silent(*input)));
    if reasons.is_empty() {
        reasons.push(silent(Input::Deployment));
    }
    reasons.sort_by(|a, b| {
        let heavy = |reason: &Reason| (reason.effect, reason.weight);
        let order = heavy(b).cmp(&heavy(a)).then_with(|| a.id.cmp(&b.id)).then_with(|| a.text.cmp(&b.text));
        order.then_with(|| a.at.cmp(&b.at)).then_with(|| a.source.cmp(&b.source))
    });
    let word = match reasons.first().map_or(Effect::Unknown, |reason| reason.effect) {
        Effect::Supports => Word::Go,
        Effect::Waits | Effect::Stops => Word::Hold,
        Effect::Unknown => Word::Unknown,
        Effect::RollsBack => Word::RollBack,
    };
    let in_the_way = || reasons.iter().filter(|reason| reason.effect > Effect::Supports);
    let times: Option<Vec<Timestamp>> =
        in_the_way().map(|reason| reason.cure.as_ref().and_then(|cure| cure.at)).collect();
    let go_at = times.and_then(|times| times.into_iter().max()).filter(|_| word == Word::Hold);
    Decided { word, reasons, go_at }
}

fn silent(input: Input) -> Reason {
    let text = format!("{}: nothing has been said yet", input.word());
    Reason::new(input, Effect::Unknown, format!("{} silent", input.word()), "unknown", text)
        .cured_when(format!("{} answers", input.word()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::join::example::at;

    const INPUTS: [Input; 11] = [
        Input::Deployment,
        Input::Slo,
        Input::Alerts,
        Input::Triggers,
        Input::Promotion,
        Input::Canary,
        Input::Checklist,
        Input::Incidents,
        Input::Policy,
        Input::Calendar,
        Input::Risk,
    ];
    const EFFECTS: [Effect; 5] = [Effect::Supports, Effect::Waits, Effect::Unknown, Effect::Stops, Effect::RollsBack];

    fn reason(input: Input, effect: Effect, id: u8) -> Reason {
        Reason::new(input, effect, format!("{input:?} {id}"), "short", format!("{effect:?}"))
    }

    fn any_reason() -> impl Strategy<Value = Reason> {
        (prop::sample::select(&INPUTS[..]), prop::sample::select(&EFFECTS[..]), any::<u8>())
            .prop_map(|(input, effect, id)| reason(input, effect, id))
    }

    fn mandatory() -> impl Strategy<Value = BTreeSet<Input>> {
        prop::collection::btree_set(prop::sample::select(&INPUTS[..]), 0..11)
    }

    #[test]
    fn the_heaviest_reason_decides() {
        let word = |effects: &[Effect]| {
            decide(&BTreeSet::new(), effects.iter().map(|effect| reason(Input::Slo, *effect, 0))).word
        };
        assert_eq!(word(&[Effect::Supports]), Word::Go);
        assert_eq!(word(&[Effect::Supports, Effect::Waits]), Word::Hold);
        assert_eq!(word(&[Effect::Waits, Effect::Unknown]), Word::Unknown);
        assert_eq!(word(&[Effect::Unknown, Effect::Stops]), Word::Hold);
        assert_eq!(word(&[Effect::Stops, Effect::RollsBack, Effect::Unknown]), Word::RollBack);
        assert_eq!(word(&[]), Word::Unknown);
    }

    #[test]
    fn the_time_to_go_is_that_of_the_last_reason_and_none_where_one_needs_a_person() {
        let waits = |id, secs| reason(Input::Promotion, Effect::Waits, id).cured_at(at(secs), "if compliance stays");
        let go_at = |reasons: Vec<Reason>| decide(&BTreeSet::new(), reasons).go_at;
        assert_eq!(go_at(vec![waits(1, 60), waits(2, 660)]), Some(at(660)));
        assert_eq!(go_at(vec![waits(1, 60), reason(Input::Checklist, Effect::Waits, 3)]), None);
        assert_eq!(go_at(vec![reason(Input::Slo, Effect::Supports, 3)]), None);
    }

    proptest! {
        #[test]
        fn there_is_no_go_with_a_mandatory_input_unknown(
            mandatory in mandatory(),
            reasons in prop::collection::vec(any_reason(), 0..30),
        ) {
            let decided = decide(&mandatory, reasons.clone());
            if decided.word == Word::Go {
                for input in mandatory {
                    prop_assert!(reasons.iter().any(|reason| reason.input == input));
                    prop_assert!(reasons.iter().all(|reason| reason.effect == Effect::Supports));
                }
            }
        }

        #[test]
        fn more_bad_evidence_never_makes_a_verdict_better(
            mandatory in mandatory(),
            reasons in prop::collection::vec(any_reason(), 0..30),
            more in any_reason(),
        ) {
            prop_assume!(more.effect > Effect::Supports);
            let heaviest = |reasons: Vec<Reason>| decide(&mandatory, reasons).reasons.first().map(|reason| reason.effect);
            let before = heaviest(reasons.clone());
            // Silence of an input is lifted by what it says: only by something worse, or as bad.
            let silent = before == Some(Effect::Unknown) && !reasons.iter().any(|reason| reason.effect == Effect::Unknown);
            prop_assume!(!silent || more.effect >= Effect::Unknown);
            let after = heaviest(reasons.into_iter().chain([more]).collect());
            prop_assert!(after >= before);
        }

        #[test]
        fn the_order_of_arrival_does_not_matter(
            mandatory in mandatory(),
            reasons in prop::collection::vec(any_reason(), 0..20).prop_flat_map(|reasons| {
                (Just(reasons.clone()), Just(reasons).prop_shuffle())
            }),
        ) {
            prop_assert_eq!(decide(&mandatory, reasons.0), decide(&mandatory, reasons.1));
        }

        #[test]
        fn it_never_says_roll_back_because_something_is_missing(
            mandatory in mandatory(),
            reasons in prop::collection::vec(any_reason(), 0..30),
        ) {
            let evidence = reasons.iter().any(|reason| reason.effect == Effect::RollsBack);
            prop_assert_eq!(decide(&mandatory, reasons).word == Word::RollBack, evidence);
        }
    }
}
