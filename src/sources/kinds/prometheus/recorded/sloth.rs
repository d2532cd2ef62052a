//! Sloth: `slo:sli_error:ratio_rate5m` and its like, `sloth_slo_info`, `slo:period_error_budget_remaining:ratio`.

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
pub const ID: &str = "sloth_id";

/// The names of its series.
pub const SERIES: &str = "slo:sli_error:ratio_rate.+|slo:period_error_budget_remaining:ratio|slo:time_period:days|slo:objective:ratio|sloth_slo_info";

const RATIO: &str = "slo:sli_error:ratio_rate";
const BUDGET: &str = "slo:period_error_budget_remaining:ratio";
const DAYS: &str = "slo:time_period:days";
const OBJECTIVE: &str = "slo:objective:ratio";

/// Labels that say something about the rule and not about the service.
const OF_THE_RULE: [&str; 5] = ["sloth_window", "sloth_mode", "sloth_objective", "sloth_spec", "sloth_version"];

/// Periods that no series tells are Sloth's default.
const USUAL_DAYS: u64 = 30;

pub(super) fn read(sets: &BTreeMap<String, Set>, reader: &Reader<'_>) -> Recorded {
    let mut recorded = Recorded::default();
    for (key, set) in sets {
        one(&mut recorded, &format!("sloth:{key}"), set, reader);
    }
    recorded.facts.asked = questions(&recorded.facts, &reader.query);
    recorded.newest = newest(&recorded.facts.readings);
    recorded
}

fn one(recorded: &mut Recorded, id: &str, set: &Set, reader: &Reader<'_>) {
    let mut labels = Labels::new();
    let mut objective = None;
    let mut rounded_objective = None;
    let mut days = None;
    for (name, row, value, _) in &set.rows {
        labels.extend(of_the_service(row));
        // The label has the number that people wrote, the series the noise of its binary fraction.
        objective = objective.or_else(|| Objective::new(row.get("sloth_objective")?.parse().ok()?).ok());
        match name.as_str() {
            OBJECTIVE => rounded_objective = objective_of_share(*value),
            DAYS => days = whole_days(*value),
            _ => {}
        }
    }
    let Some(objective) = objective.or(rounded_objective) else {
        recorded.leave_out(id, "neither sloth_slo_info nor slo:objective:ratio tells its objective");
        return;
    };
    recorded.facts.discovered.push(Slo {
        id: id.to_owned(),
        name: labels.get("sloth_slo").cloned().unwrap_or_else(|| id.to_owned()),
        origin: Origin::Sloth,
        binding: Binding::Labels(labels.clone()),
        objective,
        period: Period::Rolling(days.unwrap_or(Span::from_days(USUAL_DAYS))),
        indicator: Indicator::Recorded,
        source: Some(reader.source.clone()),
    });
    for (name, row, value, evaluated) in &set.rows {
        let at = set.at.unwrap_or(*evaluated);
        if let Some(window) = window(name) {
            let labels = of_the_service(row).collect();
            let reading = Reading {
                slo: id.to_owned(),
                labels,
                version: None,
                window,
                amount: amount(*value),
                at,
                query: reader.query.clone(),
            };
            recorded.facts.readings.push(reading);
        } else if name == BUDGET {
            recorded.facts.recorded_budgets.push(budget(id, row, *value, at, reader));
        }
    }
}

fn budget(id: &str, row: &Labels, value: f64, at: Timestamp, reader: &Reader<'_>) -> RecordedBudget {
    RecordedBudget {
        slo: id.to_owned(),
        labels: of_the_service(row).collect(),
        // One 5-minute slice without traffic makes it NaN for the whole period (slok/sloth#531).
        remaining: value.is_finite().then_some(value),
        time_weighted: true,
        at,
        query: reader.query.clone(),
    }
}

fn of_the_service(row: &Labels) -> impl Iterator<Item = (String, String)> {
    row.iter()
        .filter(|(name, _)| !OF_THE_RULE.contains(&name.as_str()))
        .map(|(name, value)| (name.clone(), value.clone()))
}

fn window(name: &str) -> Option<Window> {
    name.strip_prefix(RATIO)?.parse().ok()
}

fn whole_days(value: f64) -> Option<Span> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was looked at")]
    (1.0..=3_660.0).contains(&value).then(|| Span::from_days(value.round() as u64))
}
