//! SLOs that another program's rules have recorded: a handful of series for each, all of them in one request.

pub mod pyrra;
pub mod sloth;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    decode::{sample::instant, series::OneSample},
    query::selector::name,
};
use crate::{
    config::schema::source::Recorder,
    domain::{
        labels::Labels,
        object::SourceName,
        slo::{
            definition::{Objective, SloId, Window},
            pairs,
            reading::{Amount, Asked, Reading, SloFacts},
        },
        source::Gap,
        time::Timestamp,
    },
};

/// The label that marks the rows with the time of the newest sample.
const TIME_MARK: &str = "wr_part";

/// What a recorder's answer is read with.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    /// The source that was asked.
    pub source: &'a SourceName,
    /// Labels that say which environment a series is of.
    pub environment_labels: &'a BTreeSet<&'a str>,
    /// The query, to be copied.
    pub query: Arc<str>,
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recorded {
    /// Definitions, readings, budgets.
    pub facts: SloFacts,
    /// SLOs that cannot be judged, and why.
    pub gaps: Vec<Gap>,
    /// The time of the newest sample.
    pub newest: Option<Timestamp>,
}

impl Recorded {
    /// Tells that an SLO cannot be judged.
    fn leave_out(&mut self, id: &str, why: &str) {
        self.gaps.push(Gap { what: format!("SLO {id}"), why: why.to_owned() });
    }
}

/// The feed's name for a recorder.
#[must_use]
pub const fn feed_name(recorder: Recorder) -> &'static str {
    match recorder {
        Recorder::Sloth => "sloth",
        Recorder::Pyrra => "pyrra",
    }
}

/// The query that brings everything that a recorder knows.
#[must_use]
pub fn query(recorder: Recorder, environment_labels: &BTreeSet<&str>) -> String {
    let (series, id) = match recorder {
        Recorder::Sloth => (sloth::SERIES, sloth::ID),
        Recorder::Pyrra => (pyrra::SERIES, pyrra::ID),
    };
    let all = format!(r#"{{__name__=~"{series}",{id}!=""}}"#);
    let ratios = match recorder {
        Recorder::Sloth => format!(r#"slo:sli_error:ratio_rate5m{{{id}!=""}}"#),
        Recorder::Pyrra => format!(r#"{{__name__=~".+:burnrate.+",{id}!=""}}"#),
    };
    let keys: Vec<String> = std::iter::once(id).chain(environment_labels.iter().copied()).map(name).collect();
    let times = format!("max by ({}) (timestamp({ratios}))", keys.join(", "));
    format!(r#"{all} or label_replace({times}, "{TIME_MARK}", "at", "", "")"#)
}

/// Reads the answer to [`query`].
#[must_use]
pub fn read(recorder: Recorder, rows: Vec<OneSample>, reader: &Reader<'_>) -> Recorded {
    let sets = sets(
        rows,
        match recorder {
            Recorder::Sloth => sloth::ID,
            Recorder::Pyrra => pyrra::ID,
        },
        reader,
    );
    match recorder {
        Recorder::Sloth => sloth::read(&sets, reader),
        Recorder::Pyrra => pyrra::read(&sets, reader),
    }
}

/// The series of one recorded SLO in one environment.
#[derive(Clone, Debug, Default)]
struct Set {
    /// Metric name, labels, value and time of evaluation.
    rows: Vec<(String, Labels, f64, Timestamp)>,
    /// The time of the newest sample of its ratios.
    at: Option<Timestamp>,
}

/// Sorts rows by SLO, and by environment where one SLO is recorded in several. The key is the definition's identifier without the
/// recorder's name.
fn sets(rows: Vec<OneSample>, id: &str, reader: &Reader<'_>) -> BTreeMap<String, Set> {
    let mut by_place: BTreeMap<(String, Labels), Set> = BTreeMap::new();
    for mut row in rows {
        let (Some(sample), Some(of)) = (row.value, row.metric.get(id).cloned()) else { continue };
        let Some(evaluated) = sample.at() else { continue };
        let place = row.metric.iter().filter(|(name, _)| reader.environment_labels.contains(name.as_str()));
        let place = place.map(|(name, value)| (name.clone(), value.clone())).collect();
        let set = by_place.entry((of, place)).or_default();
        match row.metric.remove("__name__") {
            Some(name) => set.rows.push((name, row.metric, sample.value, evaluated)),
            None if row.metric.contains_key(TIME_MARK) => set.at = instant(sample.value),
            None => {}
        }
    }
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    for (id, _) in by_place.keys() {
        *places.entry(id.clone()).or_default() += 1;
    }
    let keyed = by_place.into_iter().map(|((id, place), set)| {
        let key = if places.get(&id).is_some_and(|count| *count > 1) {
            let place: Vec<String> = place.iter().map(|(name, value)| format!("{name}={value}")).collect();
            format!("{id}@{}", place.join(","))
        } else {
            id
        };
        (key, set)
    });
    keyed.collect()
}

/// A number as it was recorded.
const fn amount(ratio: f64) -> Amount {
    if ratio.is_nan() {
        Amount::NotANumber
    } else if ratio.is_infinite() {
        Amount::Infinite
    } else {
        Amount::Ratio(ratio)
    }
}

/// The objective of a share such as 0.9990000000000001: rules carry the noise of binary fractions.
fn objective_of_share(share: f64) -> Option<Objective> {
    Objective::new((share * 1e11).round() / 1e9).ok()
}

/// Every window that an SLO should have: those that the answer has for any SLO of the same period; the usual ones where it has none.
fn questions(facts: &SloFacts, query: &Arc<str>) -> Vec<Asked> {
    let mut of_period: BTreeMap<String, BTreeSet<Window>> = BTreeMap::new();
    let periods: BTreeMap<&SloId, String> =
        facts.discovered.iter().map(|slo| (&slo.id, format!("{:?}", slo.period))).collect();
    for reading in &facts.readings {
        if let Some(period) = periods.get(&reading.slo) {
            of_period.entry(period.clone()).or_default().insert(reading.window);
        }
    }
    let asked = facts.discovered.iter().flat_map(|slo| {
        let usual = || pairs::windows(slo.period, &slo.origin).into_iter().collect();
        let windows = periods.get(&slo.id).and_then(|period| of_period.get(period)).cloned().unwrap_or_else(usual);
        windows.into_iter().map(|window| Asked {
            slo: slo.id.clone(),
            window,
            by_version: false,
            query: query.clone(),
            notes: Vec::new(),
        })
    });
    asked.collect()
}

/// The newest sample of all readings.
fn newest(readings: &[Reading]) -> Option<Timestamp> {
    readings.iter().map(|reading| reading.at).max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::kinds::prometheus::decode::sample::Sample;

    fn row(labels: &[(&str, &str)], value: f64) -> OneSample {
        let metric = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        OneSample { metric, value: Some(Sample { secs: 1_700_000_000.0, value }), histogram: None }
    }

    fn read_rows(recorder: Recorder, rows: Vec<OneSample>) -> Recorded {
        let environment_labels = BTreeSet::from(["env"]);
        let text = query(recorder, &environment_labels);
        assert!(promql_parser::parser::parse(&text).is_ok(), "{text}");
        let source = SourceName::from("prom");
        read(recorder, rows, &Reader { source: &source, environment_labels: &environment_labels, query: text.into() })
    }

    fn sloth(name: &str, env: &str, value: f64) -> OneSample {
        let labels =
            [("__name__", name), ("sloth_id", "a-b"), ("sloth_service", "a"), ("sloth_slo", "b"), ("env", env)];
        let mut row = row(&labels, value);
        if name == "sloth_slo_info" {
            row.metric.insert("sloth_objective".to_owned(), "99.95".to_owned());
        }
        row
    }

    #[test]
    fn nan_and_infinity_of_sloth_are_kept_and_missing_windows_are_asked() {
        let read = read_rows(
            Recorder::Sloth,
            vec![
                sloth("sloth_slo_info", "p", 1.0),
                sloth("slo:time_period:days", "p", 28.0),
                sloth("slo:sli_error:ratio_rate5m", "p", f64::NAN),
                sloth("slo:sli_error:ratio_rate1h", "p", f64::INFINITY),
                sloth("slo:period_error_budget_remaining:ratio", "p", f64::NAN),
            ],
        );
        let amounts: Vec<Amount> = read.facts.readings.iter().map(|reading| reading.amount).collect();
        assert_eq!(amounts, [Amount::NotANumber, Amount::Infinite]);
        assert_eq!(read.facts.recorded_budgets[0].remaining, None);
        assert_eq!(read.facts.discovered[0].id, "sloth:a-b");
        assert!((read.facts.discovered[0].objective.percent() - 99.95).abs() < 1e-12);
        let asked: Vec<String> = read.facts.asked.iter().map(|asked| asked.window.to_string()).collect();
        assert_eq!(asked, ["5m", "1h"]);
        let nothing = read_rows(Recorder::Sloth, vec![sloth("sloth_slo_info", "p", 1.0)]);
        assert_eq!(nothing.facts.asked.len(), 7, "an SLO without one ratio is still asked for");
    }

    #[test]
    fn one_slo_in_two_environments_is_two() {
        let rows = ["p", "s"].map(|env| sloth("sloth_slo_info", env, 1.0));
        let read = read_rows(Recorder::Sloth, rows.into());
        let ids: Vec<&str> = read.facts.discovered.iter().map(|slo| slo.id.as_str()).collect();
        assert_eq!(ids, ["sloth:a-b@env=p", "sloth:a-b@env=s"]);
    }

    #[test]
    fn an_slo_without_an_objective_is_told_and_not_dropped() {
        let read = read_rows(Recorder::Sloth, vec![sloth("slo:sli_error:ratio_rate5m", "p", 0.1)]);
        assert_eq!(read.gaps[0].what, "SLO sloth:a-b");
        let grouped = row(&[("__name__", "http_requests:burnrate5m"), ("slo", "x"), ("handler", "/pay")], 0.1);
        assert_eq!(read_rows(Recorder::Pyrra, vec![grouped]).gaps[0].what, "SLO pyrra:x");
    }

    #[test]
    fn the_budget_of_pyrra_is_of_events_and_may_be_negative() {
        let of = |name, value| row(&[("__name__", name), ("slo", "x")], value);
        let read = read_rows(
            Recorder::Pyrra,
            vec![
                of("pyrra_objective", 0.990_000_000_000_000_1),
                of("pyrra_window", 1_209_600.0),
                of("pyrra_availability", 0.97),
                of("http_requests:burnrate1h30m", 0.02),
            ],
        );
        let budget = &read.facts.recorded_budgets[0];
        assert!((budget.remaining.expect("a number") + 2.0).abs() < 1e-9 && !budget.time_weighted);
        assert!(read.facts.readings.iter().any(|reading| reading.window.to_string() == "1h30m"));
        assert!((read.facts.discovered[0].objective.percent() - 99.0).abs() < 1e-12);
    }
}
