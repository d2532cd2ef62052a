//! From the rows of an answer to readings of SLOs.

use std::collections::BTreeMap;

use super::{
    decode::{sample::instant, series::OneSample},
    query::{
        counts::Question,
        part::{Role, take_mark},
        scope::Member,
    },
};
use crate::domain::{
    labels::Labels,
    slo::{
        definition::Indicator,
        reading::{Amount, Asked, Reading},
    },
    source::Gap,
    time::{Span, Timestamp},
};

/// How far back Prometheus looks for the newest sample of a series (`--query.lookback-delta`, five minutes unless it is set).
/// A series whose newest sample is not found is at least this old.
const LOOKBACK: Span = Span::from_mins(5);

/// Bad events may exceed all events by this share before the numbers contradict themselves: `increase()` extrapolates each series
/// on its own.
const SLACK: f64 = 0.01;

/// The readings of one feed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Readings {
    /// What was asked, for each member of each question.
    pub asked: Vec<Asked>,
    /// What was answered.
    pub readings: Vec<Reading>,
    /// What could not be answered.
    pub gaps: Vec<Gap>,
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
    let mut found = Readings::default();
    let mut counted: Vec<BTreeMap<Labels, Counted>> = vec![BTreeMap::new(); questions.len()];
    for mut row in rows {
        let Some((number, role)) = take_mark(&mut row.metric) else { continue };
        let (Some(question), Some(sets)) = (questions.get(number), counted.get_mut(number)) else { continue };
        let Some(sample) = row.value else {
            found.gaps.push(Gap {
                what: words(&row.metric),
                why: "native histograms where counters were asked for".to_owned(),
            });
            continue;
        };
        let boundary = question.apart.and_then(|label| row.metric.remove(label));
        let boundary = boundary.and_then(|text| text.parse().ok()).unwrap_or(f64::INFINITY);
        let set = sets.entry(row.metric).or_default();
        set.evaluated = sample.at();
        match role {
            Role::Total => set.total = Some(sample.value),
            Role::TotalFirst => set.total_first = Some(sample.value),
            Role::Bad | Role::Good => set.other.push((boundary, sample.value)),
            Role::BadFirst | Role::GoodFirst => set.other_first.push((boundary, sample.value)),
            Role::At => set.at = instant(sample.value),
            Role::Since | Role::Now | Role::Then => {}
        }
    }
    for (question, sets) in questions.iter().zip(counted) {
        found.asked.extend(question.group.members.iter().map(|member| asked(question, member)));
        if whole_expression(&question.group.indicator) && sets.values().any(Counted::has_no_total) {
            let why = "the two expressions give different labels, so that their rows do not meet";
            found.gaps.extend(
                question.group.members.iter().map(|member| Gap { what: member.slo.clone(), why: why.to_owned() }),
            );
            continue;
        }
        let owners = Owners::of(question);
        for (labels, set) in sets {
            found.take(question, &owners, labels, &set);
        }
    }
    found
}

fn asked(question: &Question, member: &Member) -> Asked {
    Asked {
        slo: member.slo.clone(),
        window: question.window,
        by_version: question.group.version_label.is_some(),
        query: question.expression.clone(),
        notes: question.notes.clone(),
    }
}

impl Readings {
    fn take(&mut self, question: &Question, owners: &Owners<'_>, mut labels: Labels, set: &Counted) {
        let version = question.group.version_label.as_ref().and_then(|label| labels.remove(label));
        let (Some(at), owners) = (set.at(question), owners.of_row(&labels)) else { return };
        if owners.is_empty() {
            return;
        }
        let amount = match set.amount(&question.group.indicator) {
            Ok(Some(amount)) => amount,
            Ok(None) => return,
            Err(why) => {
                self.gaps.push(Gap { what: words(&labels), why });
                return;
            }
        };
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
    }
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
            return Ok(other.filter(|_| !good).map(|bad| worth(bad, 0.0)));
        };
        let bad = match other {
            Some(other) if good => total - other,
            Some(other) => other,
            // Without one bad event there is no series of bad events yet.
            None if !good => 0.0,
            // A histogram has all its buckets from its first event on: a missing one is not a count of zero.
            None if matches!(indicator, Indicator::Latency { .. }) && total > 0.0 => {
                return Err("the histogram has no bucket at or just below the threshold".to_owned());
            }
            None => total,
        };
        Ok(Some(worth(bad, total)))
    }
}

/// The amount that two numbers make. What the server said is not made nicer: NaN and infinity stay what they are.
fn worth(bad: f64, total: f64) -> Amount {
    if bad.is_nan() || total.is_nan() {
        return Amount::NotANumber;
    }
    if bad.is_infinite() || total.is_infinite() {
        return Amount::Infinite;
    }
    let slack = total.abs() * SLACK;
    let bad = match bad {
        bad if bad < 0.0 && bad >= -slack => 0.0,
        bad if bad > total && bad <= total + slack => total,
        bad => bad,
    };
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

/// Whether the definition is a whole expression, to which nothing was added.
const fn whole_expression(indicator: &Indicator) -> bool {
    matches!(indicator, Indicator::Expressions { .. } | Indicator::Threshold { .. })
}

/// Finds the members that a row belongs to, without asking each of a thousand.
struct Owners<'a> {
    question: &'a Question,
    by_select: BTreeMap<&'a Labels, Vec<&'a Member>>,
}

impl<'a> Owners<'a> {
    fn of(question: &'a Question) -> Self {
        let mut by_select: BTreeMap<&Labels, Vec<&Member>> = BTreeMap::new();
        for member in &question.group.members {
            by_select.entry(&member.select).or_default().push(member);
        }
        Self { question, by_select }
    }

    fn of_row(&self, row: &Labels) -> Vec<&'a Member> {
        let whole = whole_expression(&self.question.group.indicator);
        let members = &self.question.group.members;
        match members.first() {
            Some(first) if !whole && first.by.is_none() => {
                let own = row.iter().filter(|(name, _)| first.select.contains_key(*name));
                let own: Labels = own.map(|(name, value)| (name.clone(), value.clone())).collect();
                self.by_select.get(&own).cloned().unwrap_or_default()
            }
            _ => members.iter().filter(|member| member.owns(row, whole)).collect(),
        }
    }
}

fn words(labels: &Labels) -> String {
    if labels.is_empty() {
        return "a series without labels".to_owned();
    }
    labels.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(", ")
}
