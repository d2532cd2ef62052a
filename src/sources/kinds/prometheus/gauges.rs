//! The feed of gauges of versions that run side by side: the last values of each, in one request for all gauges of services whose
//! evaluations are as far apart, whatever the number of services.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    api::Tally,
    canary::canaries,
    connector::Prometheus,
    looks::Grid,
    query::{
        gauge::{GaugeQuestion, gauges},
        part::requests,
        scope::Scope,
    },
};
use crate::domain::{
    canary::{
        facts::GaugeFacts,
        gauge_metric::{GaugeMetric, MOST},
    },
    demand::Demand,
    facts::{Answer, Facts},
    slo::definition::Slo,
    source::SourceError,
    time::{Span, Timestamp},
};

/// Services whose evaluations are as far apart, and from when on the first of them is warm.
struct Asked<'a> {
    services: BTreeSet<&'a str>,
    warm: Timestamp,
}

/// How often the feed is asked: twice for each new value. `None` where no version with a gauge runs beside another one.
pub(super) fn interval(scope: Scope<'_>, demand: &Demand, usual: Span) -> Option<Span> {
    wanted(scope, demand).keys().min().map(|every| every.divided(2).max(usual))
}

fn metrics(scope: Scope<'_>) -> impl Iterator<Item = &GaugeMetric> {
    scope.catalog.gauges.iter().filter(move |metric| metric.source.as_ref().is_none_or(|name| name == scope.source))
}

fn wanted<'a>(scope: Scope<'a>, demand: &'a Demand) -> BTreeMap<Span, Asked<'a>> {
    let measured: BTreeSet<&str> = metrics(scope).map(|metric| metric.service.as_str()).collect();
    let mut wanted: BTreeMap<Span, Asked<'_>> = BTreeMap::new();
    for (service, since) in canaries(scope, demand).filter(|(service, _)| measured.contains(service)) {
        let Some(file) = scope.catalog.services.get(service) else { continue };
        let warm = since + file.canary.warm_up.delta();
        let asked = wanted.entry(file.canary.every).or_insert_with(|| Asked { services: BTreeSet::new(), warm });
        asked.services.insert(service);
        asked.warm = asked.warm.min(warm);
    }
    wanted
}

/// Asks for the values.
///
/// # Errors
/// Whatever keeps one of the answers from arriving: a feed is whole or it failed.
pub(super) async fn ask(source: &Prometheus, scope: Scope<'_>, demand: &Demand) -> Result<Answer, SourceError> {
    let mut tally = Tally::default();
    let mut facts = GaugeFacts { about: demand.canaries.clone(), series: Vec::new() };
    let now = source.clock.now();
    for (every, asked) in wanted(scope, demand) {
        let Some(grid) = grid(asked.warm, every, now) else { continue };
        let ours = metrics(scope).filter(|metric| asked.services.contains(metric.service.as_str()));
        let definitions: Vec<Slo> = ours.filter_map(GaugeMetric::definition).collect();
        let groups = scope.groups(&definitions, true).into_iter().enumerate();
        // What cannot be asked has no series, which is told.
        let questions: Vec<GaugeQuestion> =
            groups.filter_map(|(number, group)| GaugeQuestion::new(number, group).ok()).collect();
        let mut rows = Vec::new();
        for request in requests(questions.iter().map(|question| &*question.expression)) {
            rows.extend(source.api.range(&request, grid, &mut tally).await?);
        }
        facts.series.extend(gauges(&questions, rows));
    }
    // The age of each value is judged where it is used.
    Ok(tally.answer(Facts::Gauges(facts), None))
}

/// The last times on multiples of `every` at which somebody is warm, at most as many as are looked at; `None` where nobody is.
fn grid(warm: Timestamp, every: Span, now: Timestamp) -> Option<Grid> {
    let step = i64::try_from(every.millis() / 1_000).unwrap_or(i64::MAX).max(1);
    let end = now.timestamp().div_euclid(step) * step;
    let most = i64::try_from(MOST).unwrap_or(1);
    let start = (end - (most - 1) * step).max(-(-warm.timestamp()).div_euclid(step) * step);
    (start <= end).then_some((start, end, step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_on_a_grid_from_the_warm_up_on_and_no_more_than_are_looked_at() {
        let at = |secs| Timestamp::from_timestamp(secs, 0).expect("in range");
        let every = Span::from_secs(15);
        assert_eq!(grid(at(1_000), every, at(999)), None);
        assert_eq!(grid(at(1_000), every, at(1_007)), Some((1_005, 1_005, 15)));
        assert_eq!(grid(at(1_000), every, at(1_100)), Some((1_005, 1_095, 15)));
        assert_eq!(grid(at(1_005), every, at(9_000)), Some((9_000 - 59 * 15, 9_000, 15)));
    }
}
