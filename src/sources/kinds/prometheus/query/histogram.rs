//! All buckets of a histogram by version, so that percentiles of versions can be compared.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    indicator::{BOUNDARY_LABEL, Side, buckets, counts_millis},
    part::{Part, Role, aggregate, joined, take_mark},
    scope::Group,
};
use crate::{
    domain::{
        canary::facts::HistogramReading,
        labels::Labels,
        slo::definition::{Indicator, Window},
        time::Timestamp,
    },
    sources::kinds::prometheus::{
        decode::{sample::instant, series::OneSample},
        owner::Owners,
    },
};

/// The question for one histogram and one window.
#[derive(Clone, Debug, PartialEq)]
pub struct HistogramQuestion {
    /// Whom the answer belongs to.
    pub group: Group,
    /// Over which window.
    pub window: Window,
    /// The whole expression, to be sent and to be copied.
    pub expression: Arc<str>,
    /// What one of its unit is in seconds.
    unit: f64,
}

impl HistogramQuestion {
    /// The question of `group` over `window`. `number` tells its rows from those of others in the same request.
    ///
    /// # Errors
    /// In words, when the definition is no histogram that can be asked.
    pub fn new(number: usize, group: Group, window: Window) -> Result<Self, String> {
        let Indicator::Latency { histogram, .. } = &group.indicator else {
            return Err("it has no histogram".to_owned());
        };
        let bucket = buckets(&group, histogram)?;
        let unit = if counts_millis(&bucket) { 0.001 } else { 1.0 };
        let mut keys = group.keys.clone();
        keys.push(BOUNDARY_LABEL.to_owned());
        let newest = aggregate("max", &group.keys, &format!("timestamp({bucket})"));
        let side = Side::Counters(bucket);
        let mut parts = vec![Part { role: Role::Total, expression: side.events(&keys, window) }];
        parts.extend(side.first(&keys, window, Role::TotalFirst));
        parts.push(Part { role: Role::At, expression: newest });
        Ok(Self { expression: joined(number, &parts).into(), group, window, unit })
    }
}

/// What the rows of one label set say.
#[derive(Default)]
struct Counted {
    bounds: BTreeMap<u64, f64>,
    at: Option<Timestamp>,
}

/// Sorts the rows of one moment by question and label set.
#[must_use]
pub fn histograms(questions: &[HistogramQuestion], rows: Vec<OneSample>) -> Vec<HistogramReading> {
    let mut sorted: Vec<BTreeMap<Labels, Counted>> = questions.iter().map(|_| BTreeMap::new()).collect();
    for mut row in rows {
        let (Some((number, role)), Some(sample)) = (take_mark(&mut row.metric), row.value) else { continue };
        let Some(sets) = sorted.get_mut(number) else { continue };
        let bound = row.metric.remove(BOUNDARY_LABEL).and_then(|text| text.parse::<f64>().ok());
        let set = sets.entry(row.metric).or_default();
        match (role, bound) {
            (Role::At, _) => set.at = instant(sample.value),
            // Two spellings of one boundary are one boundary.
            (Role::Total | Role::TotalFirst, Some(bound)) => {
                *set.bounds.entry(bound.to_bits()).or_default() += sample.value;
            }
            _ => {}
        }
    }
    let mut readings = Vec::new();
    for (question, sets) in questions.iter().zip(sorted) {
        let owners = Owners::of(&question.group);
        for (mut labels, set) in sets {
            let version = question.group.version_label.as_ref().and_then(|label| labels.remove(label));
            let (Some(version), Some(at)) = (version, set.at) else { continue };
            let bounds: Vec<(f64, f64)> =
                set.bounds.iter().map(|(bound, count)| (f64::from_bits(*bound) * question.unit, *count)).collect();
            for member in owners.of_row(&labels) {
                readings.push(HistogramReading {
                    slo: member.slo.clone(),
                    labels: labels.clone(),
                    version: version.clone(),
                    window: question.window,
                    bounds: bounds.clone(),
                    at,
                    query: Arc::clone(&question.expression),
                });
            }
        }
    }
    readings
}
