//! From the rows of an answer to readings of SLOs.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    decode::{sample::instant, series::OneSample},
    owner::{Owners, whole_expression},
    query::{
        counts::Question,
        part::{Role, take_mark},
        scope::Member,
        selector::Selector,
    },
};
use crate::domain::{
    labels::Labels,
    slo::{
        definition::Indicator,
        reading::{Amount, Asked, Reading},
    },
    time::{Span, Timestamp},
};

/// How far back Prometheus looks for the newest sample of a series (`--query.lookback-delta`, five minutes unless it is set).
/// A series whose newest sample is not found is at least this old.
const LOOKBACK: Span = Span::from_mins(5);

/// The readings of one feed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Readings {
    /// What was asked, for each member of each question.
    pub asked: Vec<Asked>,
    /// What was answered.
    pub readings: Vec<Reading>,
    /// The time of the newest sample.
    pub newest: Option<Timestamp>,
}

/// What the rows of one label set say.
#[derive(Clone, Debug, Default)]
struct Counted {
    evaluated: Option<Timestamp>,
    at: Option<Timestamp>,
    total: Option<f64>,
    total_first: Option<f64>,
    /// Bad or good events; by boundary where the rows are told apart by one.
    other: Vec<(f64, f64)>,
    other_first: Vec<(f64, f64)>,
}

/// Sorts the rows of all requests by question and label set, and works out what each says.
#[must_use]
pub fn readings(questions: &[Question], rows: Vec<OneSample>) -> Readings {
    let mut sorted: Vec<Sorted> = questions.iter().map(|_| Sorted::default()).collect();
    for mut row in rows {
        let Some((number, role)) = take_mark(&mut row.metric) else { continue };
        if let (Some(question), Some(sorted)) = (questions.get(number), sorted.get_mut(number)) {
            sorted.take(question, role, row);
        }
    }
    let mut found = Readings::default();
    for (question, mut sorted) in questions.iter().zip(sorted) {
        found.judge(question, &mut sorted);
        found.asked.extend(question.group.members.iter().map(|member| asked(question, member, &sorted.notes)));
    }
    found
}

/// The rows of one question.
#[derive(Clone, Debug, Default)]
struct Sorted {
    sets: BTreeMap<Labels, Counted>,
    /// What kept rows from being counted.
    notes: BTreeSet<String>,
}

impl Sorted {
    fn take(&mut self, question: &Question, role: Role, mut row: OneSample) {
        let Some(sample) = row.value else {
            self.notes.insert("native histograms came where numbers were expected".to_owned());
            return;
        };
        let boundary = question.apart.and_then(|label| row.metric.remove(label));
        let boundary = boundary.and_then(|text| text.parse().ok()).unwrap_or(f64::INFINITY);
        let set = self.sets.entry(row.metric).or_default();
        set.evaluated = sample.at();
        match role {
            Role::Total => set.total = Some(sample.value),
            Role::TotalFirst => set.total_first = Some(sample.value),
            Role::Bad | Role::Good => set.other.push((boundary, sample.value)),
            Role::BadFirst | Role::GoodFirst => set.other_first.push((boundary, sample.value)),
            Role::At => set.at = instant(sample.value),
            Role::Mean | Role::Since | Role::SinceCoarse | Role::Now | Role::Then => {}
        }
    }
}

fn asked(question: &Question, member: &Member, notes: &BTreeSet<String>) -> Asked {
    Asked {
        slo: member.slo.clone(),
        window: question.window,
        by_version: question.group.version_label.is_some(),
        query: question.expression.clone(),
        notes: question.notes.iter().chain(notes).cloned().collect(),
    }
}

impl Readings {
    fn judge(&mut self, question: &Question, sorted: &mut Sorted) {
        let Sorted { sets, notes } = sorted;
        if whole_expression(&question.group.indicator) && sets.values().any(Counted::has_no_total) {
            notes.insert("the two expressions give different labels, so that their rows do not meet".to_owned());
            return;
        }
        if !sets.is_empty()
            && sets.values().all(|set| set.other.is_empty())
            && may_be_misspelt(&question.group.indicator)
        {
            notes.insert("there is no series of bad events: no error yet, or the selector is misspelt".to_owned());
        }
        let owners = Owners::of(&question.group);
        for (labels, set) in std::mem::take(sets) {
            if let Err(why) = self.take(question, &owners, labels, &set) {
                notes.insert(why);
            }
        }
    }

    fn take(
        &mut self,
        question: &Question,
        owners: &Owners<'_>,
        mut labels: Labels,
        set: &Counted,
    ) -> Result<(), String> {
        let version = question.group.version_label.as_ref().and_then(|label| labels.remove(label));
        let owners = owners.of_row(&labels);
        let (Some(at), false) = (set.at(question), owners.is_empty()) else { return Ok(()) };
        let Some(amount) = set.amount(&question.group.indicator)? else { return Ok(()) };
        self.newest = self.newest.max(Some(at));
        for member in owners {
            let mut labels = labels.clone();
            // A whole expression may have summed the service's labels away; it is the service's all the same.
            labels.extend(member.select.clone());
            self.readings.push(Reading {
                slo: member.slo.clone(),
                labels,
                version: version.clone(),
                window: question.window,
                amount,
                at,
                query: question.expression.clone(),
            });
        }
        Ok(())
    }
}

/// Whether bad events have a metric of their own, so that their absence may be a mistake and not only good luck.
fn may_be_misspelt(indicator: &Indicator) -> bool {
    let Indicator::Bad { bad, total } = indicator else { return false };
    let name = |text: &str| Selector::parse(text).ok().and_then(|selector| selector.name().map(str::to_owned));
    name(bad) != name(total)
}

impl Counted {
    const fn has_no_total(&self) -> bool {
        self.total.is_none() && self.total_first.is_none()
    }

    /// The time of the newest sample; where only the evaluation's time is known, as late as it can have been.
    fn at(&self, question: &Question) -> Option<Timestamp> {
        let evaluated = self.evaluated?;
        let at_latest =
            if whole_expression(&question.group.indicator) { evaluated } else { evaluated - LOOKBACK.delta() };
        Some(self.at.unwrap_or(at_latest))
    }

    /// What was counted; `None` where nothing was.
    fn amount(&self, indicator: &Indicator) -> Result<Option<Amount>, String> {
        let good = !matches!(indicator, Indicator::Bad { .. } | Indicator::Expressions { bad: Some(_), .. });
        let other = sum_some(highest(&self.other), highest(&self.other_first));
        let Some(total) = sum_some(self.total, self.total_first) else {
            // Bad events of nothing contradict themselves, which must be seen.
            return Ok(other.filter(|bad| !good && *bad != 0.0).map(|bad| worth(bad, 0.0)));
        };
        let bad = match other {
            Some(other) if good => total - other,
            Some(other) => other,
            // Without one bad event there is no series of bad events yet.
            None if !good => 0.0,
            // A histogram has all its buckets from its first event on: a missing one is not a count of zero.
            None if matches!(indicator, Indicator::Latency { .. }) && total > 0.0 => {
                return Err(
                    "some series have no bucket at or just below the threshold: they are not counted".to_owned()
                );
            }
            None => total,
        };
        Ok(Some(worth(bad, total)))
    }
}

/// The amount that two numbers make. What the server said is not made nicer here: NaN, infinity and contradictions stay.
fn worth(bad: f64, total: f64) -> Amount {
    if bad.is_nan() || total.is_nan() {
        return Amount::NotANumber;
    }
    if bad.is_infinite() || total.is_infinite() {
        return Amount::Infinite;
    }
    Amount::Counts { bad, total }
}

/// The events of the highest boundary, in all its spellings.
fn highest(rows: &[(f64, f64)]) -> Option<f64> {
    let top = rows.iter().map(|(boundary, _)| *boundary).max_by(f64::total_cmp)?;
    Some(rows.iter().filter(|(boundary, _)| boundary.total_cmp(&top).is_eq()).map(|(_, events)| events).sum())
}

fn sum_some(one: Option<f64>, other: Option<f64>) -> Option<f64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one + other),
        (one, other) => one.or(other),
    }
}
