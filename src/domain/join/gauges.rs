//! Gauges of a canary beside those of its baseline: memory, CPU, length of a queue.

use super::{
    canary::Case,
    counted::{Place, recent},
};
use crate::domain::{
    canary::{
        analysis::{Analysis, Standing},
        facts::{GaugeFacts, GaugeSeries, GaugeValue},
        gauge_metric::GaugeMetric,
        gauged::judge,
        what::{GaugeLook, What},
    },
    facts::Facts,
    slo::definition::Slo,
    time::Timestamp,
};

/// The name of the feed that carries the values.
pub const FEED: &str = "gauges";

impl<'a> Case<'a> {
    /// One analysis for each gauge of the service, and each source that may hold it.
    pub(super) fn gauges(self) -> Vec<Analysis> {
        let mut analyses = Vec::new();
        for source in &self.room.sources {
            let place = self.place(source);
            let here = |metric: &&GaugeMetric| {
                metric.service == self.pair.service
                    && metric.source.as_ref().is_none_or(|name| *name == source.spec.name)
            };
            let metrics = self.room.catalog.gauges.iter().filter(|_| place.may_be_here()).filter(here);
            analyses.extend(metrics.filter_map(|metric| Some(self.gauge(place, metric, &metric.definition()?))));
        }
        analyses
    }

    fn gauge(self, place: Place<'a>, metric: &GaugeMetric, definition: &Slo) -> Analysis {
        let analysis = match self.gauged(place, metric, definition) {
            Err(standing) => Analysis { what: What::Gauge { newest: None }, ..self.blank(standing) },
            Ok((at, look)) => Analysis {
                worse_in_a_row: look.gauged.worse_in_a_row,
                needed: look.gauged.needed,
                at: Some(at),
                what: What::Gauge { newest: Some(look.clone()) },
                ..self.blank(Standing::Judged(look.gauged.verdict))
            },
        };
        Analysis { slo: metric.name.clone(), source: Some(place.source.spec.name.clone()), ..analysis }
    }

    /// The newest evaluation and its time, or why there is none.
    fn gauged(
        self,
        place: Place<'a>,
        metric: &GaugeMetric,
        definition: &Slo,
    ) -> Result<(Timestamp, GaugeLook), Standing> {
        let settings = self.settings();
        let warm = self.pair.since + settings.warm_up.delta();
        let facts = self.values_known(place, warm)?;
        let side = |version: &str| {
            let mut of_version = facts.series.iter().filter(|one| one.version == version);
            of_version.find(|one| place.owns_labels(definition, &one.gauge, &one.labels))
        };
        let warm_values = |series: &GaugeSeries| {
            series.values.iter().copied().filter(|value| value.at >= warm).collect::<Vec<GaugeValue>>()
        };
        let (canary, baseline) = (side(self.pair.canary), side(self.pair.baseline));
        let values = [canary, baseline].map(|series| series.map(warm_values).unwrap_or_default());
        let newest = values.each_ref().map(|values| values.last().map(|value| value.at));
        let (Some(series), [Some(at), Some(before)]) = (canary, newest) else {
            if self.now < warm + settings.every.times(2).delta() {
                return Err(Standing::Warming(warm));
            }
            let why = if let [None, _] = newest {
                no_values(&metric.name, canary, self.pair.canary)
            } else {
                let why = no_values(&metric.name, baseline, self.pair.baseline);
                format!("{why}, so there is nothing to compare with")
            };
            return Err(Standing::Unknown(why));
        };
        for (at, version) in [(at, self.pair.canary), (before, self.pair.baseline)] {
            recent(at, version, settings.every, self.now).map_err(Standing::Unknown)?;
        }
        let [canary, baseline] = values;
        let gauged = judge(&canary, &baseline, metric.worse, metric.rules(), settings.rules().in_a_row);
        let gauged = gauged.ok_or_else(|| {
            Standing::Unknown(format!("the two versions have no values of {} over the same time yet", metric.name))
        })?;
        Ok((at, GaugeLook { gauged, query: series.query.clone() }))
    }

    fn values_known(self, place: Place<'a>, warm: Timestamp) -> Result<&'a GaugeFacts, Standing> {
        let source = &place.source.spec.name;
        let feed = place.source.feeds.get(FEED);
        match feed.map(|feed| (feed, feed.feed.value())) {
            Some((feed, Some(Facts::Gauges(facts)))) if self.is_among(&facts.about) => {
                place.fresh(feed, self.now).map_err(Standing::Unknown)?;
                Ok(facts)
            }
            other => Err(match other.and_then(|(feed, _)| feed.feed.failure.as_ref()) {
                Some(failure) => Standing::Unknown(format!("{source} fails: {}", failure.error.what)),
                None if self.now < warm => Standing::Warming(warm),
                None => Standing::Unanswered(format!("{source} has not answered yet")),
            }),
        }
    }
}

/// Why a version has no values.
fn no_values(gauge: &str, series: Option<&GaugeSeries>, version: &str) -> String {
    match series {
        None => format!("no series of {gauge} for {version}"),
        Some(series) if series.values.is_empty() => format!("{gauge} of {version} is not a number"),
        Some(_) => format!("no value of {gauge} of {version} since it is warm"),
    }
}

#[cfg(test)]
mod tests;
