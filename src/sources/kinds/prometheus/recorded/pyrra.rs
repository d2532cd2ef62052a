//! Pyrra: `http_requests:burnrate5m` (an error ratio, whatever its name says), `pyrra_objective`, `pyrra_window`,
//! `pyrra_availability`.

use std::collections::BTreeMap;

use super::{Reader, Recorded, Set, amount, newest, objective_of_share, questions};
use crate::domain::{
    labels::Labels,
    slo::{
        definition::{Binding, Indicator, Objective, Origin, Period, Slo, Window},
        reading::{Reading, RecordedBudget},
    },
    time::{Span, Timestamp},
};

/// The label that tells one SLO from another.
pub const ID: &str = "slo";

/// The names of its series.
pub const SERIES: &str = ".+:burnrate.+|pyrra_objective|pyrra_window|pyrra_availability";

const OBJECTIVE: &str = "pyrra_objective";
const WINDOW: &str = "pyrra_window";
const AVAILABILITY: &str = "pyrra_availability";

/// Periods that no series tells are Pyrra's usual one.
const USUAL: Span = Span::from_days(28);

pub(super) fn read(sets: &BTreeMap<String, Set>, reader: &Reader<'_>) -> Recorded {
    let mut recorded = Recorded::default();
    for (key, set) in sets {
        one(&mut recorded, key, set, reader);
    }
    recorded.facts.asked = questions(&recorded.facts, &reader.query);
    recorded.newest = newest(&recorded.facts.readings);
    recorded
}

fn one(recorded: &mut Recorded, key: &str, set: &Set, reader: &Reader<'_>) {
    let id = format!("pyrra:{key}");
    let value = |wanted: &str| set.rows.iter().find(|(name, ..)| name == wanted).map(|(_, _, value, _)| *value);
    let Some(objective) = value(OBJECTIVE).and_then(objective_of_share) else {
        recorded.leave_out(
            &id,
            "pyrra_objective does not tell its objective; Pyrra does not record it for SLOs with grouping",
        );
        return;
    };
    let period = value(WINDOW).and_then(seconds).unwrap_or(USUAL);
    let labels = common(set);
    recorded.facts.discovered.push(Slo {
        id: id.clone(),
        name: labels.get(ID).cloned().unwrap_or_else(|| key.to_owned()),
        origin: Origin::Pyrra,
        binding: Binding::Labels(labels),
        objective,
        period: Period::Rolling(period),
        indicator: Indicator::Recorded,
        source: Some(reader.source.clone()),
    });
    for (name, row, value, evaluated) in &set.rows {
        let at = set.at.unwrap_or(*evaluated);
        let read = |window, ratio| Reading {
            slo: id.clone(),
            labels: row.clone(),
            version: None,
            window,
            amount: amount(ratio),
            at,
            query: reader.query.clone(),
        };
        if let Some(window) = window(name) {
            recorded.facts.readings.push(read(window, *value));
        } else if name == AVAILABILITY {
            recorded.facts.readings.push(read(period, 1.0 - value));
            recorded.facts.recorded_budgets.push(budget(&id, row, *value, objective, at, reader));
        }
    }
}

/// Pyrra counts events over the period: ((1 - T) - errors / all) / (1 - T), not clamped.
fn budget(
    id: &str,
    row: &Labels,
    availability: f64,
    objective: Objective,
    at: Timestamp,
    reader: &Reader<'_>,
) -> RecordedBudget {
    RecordedBudget {
        slo: id.to_owned(),
        labels: row.clone(),
        remaining: availability.is_finite().then(|| 1.0 - (1.0 - availability) / objective.budget()),
        time_weighted: false,
        at,
        query: reader.query.clone(),
    }
}

/// The labels that all series of the SLO have in common, as far as they have them.
fn common(set: &Set) -> Labels {
    let mut labels = Labels::new();
    for (.., row, _, _) in &set.rows {
        labels.extend(row.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    labels.retain(|name, value| set.rows.iter().all(|(_, row, ..)| row.get(name).is_none_or(|found| found == value)));
    labels
}

fn window(name: &str) -> Option<Window> {
    let (_, window) = name.rsplit_once(":burnrate")?;
    window.parse().ok()
}

fn seconds(value: f64) -> Option<Span> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was looked at")]
    (60.0..=3.2e8).contains(&value).then(|| Span::from_secs(value as u64))
}
