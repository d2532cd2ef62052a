//! Promotion criteria: compliance that must hold, unbroken, before a version becomes the one for everybody.
//!
//! A look at the last value says nothing about the half hour before it, and an average over that half hour accepts a service that
//! is ten minutes old, or a gap of ten minutes. So evaluations are counted, one for each minute, and gaps are told.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::domain::{
    checklist::Due,
    time::{Span, Timestamp},
};

/// What must hold, for how long, before what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Criterion {
    /// Unbroken for so long.
    pub lasting: Span,
    /// So many of the evaluations of that time, one a minute, must have been taken and passed.
    pub coverage: u32,
    /// Before what.
    pub before: Due,
}

/// One evaluation for each of these.
pub const INTERVAL: Span = Span::from_mins(1);

/// So many intervals without data in a row pause compliance; one more begins it anew.
pub const PAUSES: i64 = 3;

/// More changes than this are not remembered; compliance that broke so often has begun anew since.
const RUNS: usize = 256;

impl Default for Criterion {
    /// Half an hour, of which 28 of 30 evaluations passed, before all of the traffic.
    fn default() -> Self {
        Self::of(Span::from_mins(30), Due::Traffic(100))
    }
}

impl Criterion {
    /// Of `lasting`, with two missing evaluations of thirty allowed.
    #[must_use]
    pub fn of(lasting: Span, before: Due) -> Self {
        let coverage = (minutes(lasting) * 28).div_euclid(30).max(1);
        Self { lasting, coverage: u32::try_from(coverage).unwrap_or(u32::MAX), before }
    }

    /// How many evaluations there are in its time.
    #[must_use]
    pub fn evaluations(&self) -> u32 {
        u32::try_from(minutes(self.lasting)).unwrap_or(u32::MAX)
    }
}

/// What one evaluation says, from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evaluation {
    /// Everything is known, and within its limits.
    Pass,
    /// Something is not known, and nothing is over its limit.
    Unknown,
    /// Something is over its limit.
    Fail,
}

/// The evaluations of a release, a run for all that said the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compliance {
    runs: VecDeque<Run>,
}

/// Minutes in a row whose evaluations said the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Run {
    said: Evaluation,
    from: Timestamp,
    first: i64,
    last: i64,
}

/// How far a promotion criterion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Met {
    /// It holds.
    Yes,
    /// Not before this, if compliance stays.
    At(Timestamp),
    /// Paused: not as long as something is not known.
    Paused,
    /// Broken: it begins when everything is within its limits again.
    Broken,
}

/// How compliance stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// The criterion.
    pub criterion: Criterion,
    /// The start of the unbroken run; `None` where there is none.
    pub since: Option<Timestamp>,
    /// Evaluations that passed, of those in the criterion's time.
    pub passed: u32,
    /// How far it is.
    pub met: Met,
}

impl Compliance {
    /// Adds an evaluation at `now`. The worst one of a minute counts for it.
    pub fn add(&mut self, now: Timestamp, said: Evaluation) {
        let minute = minute(now);
        let new = Run { said, from: now, first: minute, last: minute };
        match self.runs.back_mut() {
            Some(run) if minute < run.last => return,
            Some(run) if minute == run.last => {
                if said <= run.said {
                    return;
                }
                run.last -= 1;
                if run.last < run.first {
                    self.runs.pop_back();
                }
                self.runs.push_back(new);
            }
            Some(run) if run.said == said && minute == run.last + 1 => run.last = minute,
            _ => self.runs.push_back(new),
        }
        if self.runs.len() > RUNS {
            self.runs.pop_front();
        }
    }

    /// How far `criterion` is at `now`.
    #[must_use]
    pub fn progress(&self, criterion: Criterion, now: Timestamp) -> Progress {
        let today = minute(now);
        let unbroken = self.unbroken(today);
        let since = unbroken.iter().filter(|run| run.said == Evaluation::Pass).map(|run| run.from).min();
        let passed = passed(&unbroken, today, &criterion);
        let newest = self.runs.back().filter(|run| run.last >= today - 1).map_or(Evaluation::Unknown, |run| run.said);
        let met = match (newest, since) {
            (Evaluation::Fail, _) | (Evaluation::Pass, None) => Met::Broken,
            (Evaluation::Unknown, _) => Met::Paused,
            (Evaluation::Pass, Some(since)) => until(&unbroken, since, &criterion, now),
        };
        Progress { criterion, since, passed, met }
    }

    /// The runs back to where compliance broke: at a failure, or where too much in a row was not known.
    fn unbroken(&self, today: i64) -> Vec<Run> {
        let mut kept = Vec::new();
        let mut gap = 0;
        let mut next = today + 1;
        for run in self.runs.iter().rev() {
            // The minute that has only begun is no gap.
            let missing = (next - run.last - 1).max(0) - i64::from(next == today + 1 && run.last < today);
            gap += missing.max(0);
            match run.said {
                Evaluation::Fail => break,
                Evaluation::Unknown => gap += run.last - run.first + 1,
                Evaluation::Pass if gap > PAUSES => break,
                Evaluation::Pass => gap = 0,
            }
            if gap > PAUSES {
                break;
            }
            kept.push(*run);
            next = run.first;
        }
        kept
    }
}

/// Passed evaluations in the criterion's time that ends with the minute `end`.
fn passed(runs: &[Run], end: i64, criterion: &Criterion) -> u32 {
    let start = end - minutes(criterion.lasting) + 1;
    let within = |run: &Run| (run.last.min(end) - run.first.max(start) + 1).max(0);
    let sum = runs.iter().filter(|run| run.said == Evaluation::Pass).map(within).sum::<i64>();
    u32::try_from(sum).unwrap_or(u32::MAX)
}

/// When the criterion holds if every minute from now on passes.
fn until(runs: &[Run], since: Timestamp, criterion: &Criterion, now: Timestamp) -> Met {
    let today = minute(now);
    let enough = |ahead: i64| {
        let ahead_passed = u32::try_from(ahead).unwrap_or(u32::MAX);
        passed(runs, today + ahead, criterion).saturating_add(ahead_passed) >= criterion.coverage
    };
    let ahead = (0..=minutes(criterion.lasting)).find(|ahead| enough(*ahead)).unwrap_or(minutes(criterion.lasting));
    let covered = now + INTERVAL.times(u64::try_from(ahead).unwrap_or(0)).delta();
    let at = covered.max(since + criterion.lasting.delta());
    if at <= now { Met::Yes } else { Met::At(at) }
}

fn minutes(span: Span) -> i64 {
    i64::try_from(span.millis().div_ceil(INTERVAL.millis())).unwrap_or(i64::MAX).clamp(1, 100_000)
}

fn minute(at: Timestamp) -> i64 {
    at.timestamp().div_euclid(60)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::join::example::at;

    /// Minutes from a letter each: `.` passes, `x` fails, `?` is not known, a space is not evaluated.
    fn progress(minutes: &str) -> Progress {
        let mut compliance = Compliance::default();
        let mut last = 0;
        for (index, letter) in minutes.chars().enumerate() {
            last = i64::try_from(index).expect("few") * 60;
            let said = match letter {
                '.' => Evaluation::Pass,
                'x' => Evaluation::Fail,
                '?' => Evaluation::Unknown,
                _ => continue,
            };
            compliance.add(at(last), said);
        }
        compliance.progress(Criterion::default(), at(last))
    }

    fn met(minutes: &str) -> Met {
        progress(minutes).met
    }

    #[test]
    fn half_an_hour_without_a_break_is_enough_and_less_is_not() {
        assert_eq!(met(&".".repeat(31)), Met::Yes);
        assert_eq!(met(&".".repeat(30)), Met::At(at(1_800)));
        assert_eq!(
            progress(&".".repeat(20)),
            Progress { criterion: Criterion::default(), since: Some(at(0)), passed: 20, met: Met::At(at(1_800)) }
        );
    }

    #[test]
    fn a_failure_begins_it_anew() {
        assert_eq!(met(&format!("{}x", ".".repeat(40))), Met::Broken);
        let after = progress(&format!("{}x{}", ".".repeat(40), ".".repeat(5)));
        assert_eq!((after.since, after.passed, after.met), (Some(at(41 * 60)), 5, Met::At(at(71 * 60))));
    }

    #[test]
    fn two_missing_minutes_are_allowed_and_three_wait_until_they_are_old() {
        assert_eq!(met(&format!("{}??{}", ".".repeat(20), ".".repeat(10))), Met::Yes);
        let three = format!("{}?{}??{}", ".".repeat(15), ".".repeat(5), ".".repeat(10));
        assert_eq!(met(&three), Met::At(at(45 * 60)));
        assert_eq!(met(&format!("{three}{}", ".".repeat(12))), Met::At(at(45 * 60)));
        assert_eq!(met(&format!("{three}{}", ".".repeat(13))), Met::Yes);
    }

    #[test]
    fn what_is_not_known_pauses_and_after_three_minutes_begins_anew() {
        assert_eq!(met(&format!("{}?", ".".repeat(40))), Met::Paused);
        assert_eq!(progress(&format!("{}???.", ".".repeat(40))).since, Some(at(0)));
        assert_eq!(progress(&format!("{}????.", ".".repeat(40))).since, Some(at(44 * 60)));
        // Nobody looked.
        assert_eq!(progress(&format!("{}    .", ".".repeat(40))).since, Some(at(44 * 60)));
        assert_eq!(met(&"?".repeat(60)), Met::Paused);
        assert_eq!(met(""), Met::Paused);
    }

    #[test]
    fn the_worst_evaluation_of_a_minute_counts_for_it() {
        let mut compliance = Compliance::default();
        compliance.add(at(0), Evaluation::Pass);
        compliance.add(at(20), Evaluation::Fail);
        compliance.add(at(30), Evaluation::Pass);
        assert_eq!(compliance.progress(Criterion::default(), at(30)).met, Met::Broken);
    }

    proptest! {
        #[test]
        fn it_never_holds_with_a_failure_or_too_little_data_in_its_time(minutes in "[.?x ]{0,20}[.]{5,40}[.? ]{0,3}[.]{0,30}") {
            let progress = progress(&minutes);
            if progress.met == Met::Yes {
                let last: Vec<char> = minutes.chars().rev().take(30).collect();
                prop_assert!(last.len() == 30 && !last.contains(&'x'), "{minutes:?}");
                prop_assert!(last.iter().filter(|letter| **letter == '.').count() >= 28, "{minutes:?}");
                prop_assert!(progress.since.is_some_and(|since| since <= at(60 * (i64::try_from(minutes.len()).expect("few") - 1)) - Span::from_mins(29).delta()));
            }
        }

        #[test]
        fn an_evaluation_that_does_not_pass_never_helps(minutes in "[.?x ]{30,70}", place in 0_usize..70, worse in "[?x]") {
            let place = place.min(minutes.len() - 1);
            let mut changed = minutes.clone();
            changed.replace_range(place..=place, &worse);
            if minutes.as_bytes().get(place) == Some(&b'.') && met(&changed) == Met::Yes {
                prop_assert_eq!(met(&minutes), Met::Yes);
            }
        }
    }
}
