//! The looks that were taken at one condition, folded: how often in a row it was over, since when, and whether that is enough.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    Trigger,
    look::{Finding, Look},
};
use crate::domain::time::{Span, Timestamp};

/// Two looks nearer than this are one: sources deliver in bursts, and the picture is joined more often than they answer.
pub const APART: Span = Span::from_secs(10);

/// A gap of so many usual distances between looks ends a row.
const LONGEST_GAP: Span = Span::from_secs(45);

/// The looks that were taken at one condition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trail {
    /// The newest look.
    pub last: Arc<Look>,
    /// The last looks in a row that were over.
    pub over: u32,
    /// Since when they are.
    pub over_since: Option<Timestamp>,
    /// Since when it fires.
    pub fired_since: Option<Timestamp>,
    /// Since when every look was within the limit: none was over, held, early or knew nothing.
    #[serde(default)]
    pub within_since: Option<Timestamp>,
    /// When the newest counted look was taken; `None` where none knew anything.
    counted_at: Option<Timestamp>,
    /// When it was last known to be over, or not to be.
    known_at: Option<Timestamp>,
}

impl Trail {
    /// A trail that begins with `look`.
    #[must_use]
    pub fn new(trigger: &Trigger, look: Look) -> Self {
        let look = Arc::new(look);
        let mut trail = Self {
            counted_at: None,
            last: Arc::clone(&look),
            over: 0,
            over_since: None,
            fired_since: None,
            within_since: None,
            known_at: None,
        };
        trail.take(trigger, look);
        trail
    }

    /// Adds a look. One that is not newer than the one that counted last is dropped; one that is hardly newer, or knows nothing, takes
    /// the place of the newest and counts for nothing.
    pub fn add(&mut self, trigger: &Trigger, look: Look) {
        self.take(trigger, Arc::new(look));
    }

    fn take(&mut self, trigger: &Trigger, look: Arc<Look>) {
        let knows = |look: &Look| !matches!(look.finding, Finding::Unknown(_));
        let apart =
            self.counted_at.is_none_or(|counted| look.at >= counted && Span::between(counted, look.at) >= APART);
        // What nobody knew has the time of asking, which may be later than that of the measurement which arrives next.
        if knows(&self.last) && self.counted_at.is_some_and(|counted| look.at < counted) {
            return;
        }
        let counts = apart && knows(&look);
        self.last = look;
        if self.last.finding == Finding::Within {
            self.within_since.get_or_insert(self.last.at);
        } else {
            self.within_since = None;
        }
        if counts {
            self.counted_at = Some(self.last.at);
            self.count(trigger);
        }
    }

    fn count(&mut self, trigger: &Trigger) {
        let at = self.last.at;
        match self.last.finding {
            Finding::Over => {
                let gap = self.known_at.is_some_and(|known| Span::between(known, at) > LONGEST_GAP);
                if gap && self.fired_since.is_none() {
                    self.over = 0;
                }
                self.over = self.over.saturating_add(1);
                if self.over == 1 {
                    self.over_since = Some(at);
                }
                self.known_at = Some(at);
                let long = self.over_since.is_some_and(|since| Span::between(since, at) >= trigger.lasting);
                if self.over >= trigger.in_a_row && long && self.fired_since.is_none() {
                    self.fired_since = Some(at);
                }
            }
            Finding::Within | Finding::Held(_) | Finding::Early { .. } | Finding::Nothing(_) => {
                self.over = 0;
                self.over_since = None;
                self.fired_since = None;
                self.known_at = Some(at);
            }
            // What is not known neither adds to a row nor clears what fired.
            Finding::Unknown(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::{
        join::example::at,
        trigger::{Condition, state::TriggerState},
    };

    fn trigger() -> Trigger {
        Trigger::new("error-rate", Condition::ErrorRate { over: 0.05, events: 5.0, slo: None })
    }

    fn look(finding: Finding, secs: i64) -> Look {
        Look::bare(finding, "", "5 %", at(secs))
    }

    fn unknown() -> Finding {
        Finding::Unknown("no answer".to_owned())
    }

    fn trail(findings: &[(Finding, i64)]) -> Trail {
        let mut looks = findings.iter().map(|(finding, secs)| look(finding.clone(), *secs));
        let mut trail = Trail::new(&trigger(), looks.next().expect("one"));
        looks.for_each(|look| trail.add(&trigger(), look));
        trail
    }

    #[test]
    fn what_was_measured_before_somebody_asked_in_vain_is_heard_at_once() {
        let late = trail(&[(unknown(), 12), (Finding::Over, 5)]);
        assert_eq!((&late.last.finding, late.over), (&Finding::Over, 1));
        let again = trail(&[(Finding::Over, 5), (unknown(), 14), (Finding::Over, 5)]);
        assert_eq!((&again.last.finding, again.over), (&Finding::Over, 1), "the same measurement is one");
    }

    #[test]
    fn it_fires_after_two_evaluations_in_a_row() {
        let once = trail(&[(Finding::Over, 0)]);
        assert_eq!((once.over, once.fired_since), (1, None));
        let twice = trail(&[(Finding::Over, 0), (Finding::Over, 15)]);
        assert_eq!((twice.over_since, twice.fired_since), (Some(at(0)), Some(at(15))));
        let broken = trail(&[(Finding::Over, 0), (Finding::Within, 15), (Finding::Over, 30)]);
        assert_eq!(broken.fired_since, None);
    }

    #[test]
    fn the_same_sample_seen_twice_counts_once() {
        let trail = trail(&[(Finding::Over, 0), (Finding::Over, 0), (Finding::Over, 4)]);
        assert_eq!((trail.over, trail.fired_since), (1, None));
    }

    #[test]
    fn a_row_does_not_go_on_over_a_long_gap() {
        let trail =
            trail(&[(Finding::Over, 0), (unknown(), 15), (unknown(), 30), (unknown(), 45), (Finding::Over, 60)]);
        assert_eq!((trail.over, trail.fired_since), (1, None));
    }

    #[test]
    fn what_fired_is_not_cleared_by_silence() {
        let trail = trail(&[(Finding::Over, 0), (Finding::Over, 15), (unknown(), 30), (unknown(), 600)]);
        assert_eq!(trail.fired_since, Some(at(15)));
        assert!(matches!(TriggerState::of(&trigger(), &trail), TriggerState::Fired { cannot_clear: Some(_), .. }));
    }

    #[test]
    fn how_long_it_is_within_its_limit_begins_anew_with_every_look_that_is_not() {
        let since = |findings: &[(Finding, i64)]| trail(findings).within_since;
        assert_eq!(since(&[(Finding::Over, 0), (Finding::Within, 15), (Finding::Within, 30)]), Some(at(15)));
        for other in [Finding::Over, unknown(), Finding::Held("few".to_owned())] {
            assert_eq!(since(&[(Finding::Within, 0), (other.clone(), 15)]), None, "{other:?}");
            let again = [(Finding::Within, 0), (other, 15), (Finding::Within, 30)];
            assert_eq!(since(&again), Some(at(30)));
        }
    }

    fn any_finding() -> impl Strategy<Value = Finding> {
        prop_oneof![
            Just(Finding::Over),
            Just(Finding::Within),
            Just(Finding::Held("few".to_owned())),
            Just(Finding::Early { why: "young".to_owned(), until: None }),
            Just(Finding::Unknown("no answer".to_owned())),
        ]
    }

    proptest! {
        #[test]
        fn nothing_fires_without_enough_looks_that_were_over(findings in prop::collection::vec((any_finding(), 0_i64..60), 1..40)) {
            let mut secs = 0;
            let mut over = 0;
            let mut trail: Option<Trail> = None;
            for (finding, apart) in findings {
                secs += apart;
                over += u32::from(finding == Finding::Over);
                let look = look(finding, secs);
                match &mut trail {
                    Some(trail) => trail.add(&trigger(), look),
                    None => trail = Some(Trail::new(&trigger(), look)),
                }
                let fired = trail.as_ref().is_some_and(|trail| trail.fired_since.is_some());
                prop_assert!(!fired || over >= 2);
            }
        }

        #[test]
        fn silence_alone_never_fires(count in 1_i64..60) {
            let mut trail = Trail::new(&trigger(), look(unknown(), 0));
            for turn in 1..count {
                trail.add(&trigger(), look(unknown(), turn * 15));
            }
            let cannot_tell = matches!(TriggerState::of(&trigger(), &trail), TriggerState::CannotTell { .. });
            prop_assert!(cannot_tell);
        }
    }
}
