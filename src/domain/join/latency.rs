//! Answer times of a canary beside its baseline: slower by more than what a trigger of the release allows?

use std::collections::{BTreeMap, BTreeSet};

use super::{
    canary::{Case, FEED},
    counted::{Place, recent},
};
use crate::domain::{
    canary::{
        analysis::{Analysis, Standing, WindowAnalysis},
        facts::{CanaryFacts, HistogramLook, HistogramReading},
        latency::{Buckets, Latency, compare, one_for_each_histogram},
        rules::Verdict,
        slower::judge,
        what::{Measured, What},
        windows,
    },
    facts::Facts,
    release::ReleaseId,
    room::Room,
    slo::definition::{Slo, Window},
    time::{Span, Timestamp},
    trigger::{Condition, criteria::Criteria},
};

/// By how much answers may be slower, by the triggers of a release.
fn limits(room: &Room, release: &ReleaseId) -> BTreeSet<Span> {
    let usual = Criteria::default();
    let criteria = room.catalog.criteria.get(release).unwrap_or(&usual);
    let over = criteria.triggers.iter().filter_map(|trigger| match trigger.condition {
        Condition::Latency { over } => Some(over),
        _ => None,
    });
    over.collect()
}

impl<'a> Case<'a> {
    /// One analysis for each histogram of the service and each limit.
    pub(super) fn latencies(self) -> Vec<Analysis> {
        let limits = limits(self.room, &self.release.id);
        let mut analyses = Vec::new();
        for source in &self.room.sources {
            let place = self.place(source);
            let slos = self.room.catalog.slos.iter().filter(|slo| place.may_be_here() && place.measures(slo));
            for slo in one_for_each_histogram(slos) {
                analyses.extend(limits.iter().map(|over| self.latency(place, slo, *over)));
            }
        }
        analyses
    }

    fn latency(self, place: Place<'a>, slo: &Slo, over: Span) -> Analysis {
        let what = |newest| What::Latency { over, newest };
        let analysis = match self.evaluations(place, slo, over) {
            Err(standing) => Analysis { what: what(None), ..self.blank(standing) },
            Ok((at, looks)) => self.slower(at, looks, &what),
        };
        let source = Some(place.source.spec.name.clone());
        Analysis { slo: format!("{} +{over}", slo.name), source, ..analysis }
    }

    fn slower(self, at: Timestamp, looks: Vec<Measured>, what: &dyn Fn(Option<Measured>) -> What) -> Analysis {
        let rules = self.settings().rules();
        let latencies: Vec<Latency> = looks.iter().map(|look| look.latency.clone()).collect();
        let newest = looks.into_iter().next_back();
        let (verdict, worse_in_a_row, needed) = judge(&latencies, &rules);
        let (standing, windows) = match newest.as_ref().map(|newest| (&newest.latency, newest)) {
            Some((Latency::Unknown(why), _)) => (Standing::Impossible(why.clone()), Vec::new()),
            Some((Latency::SlowFraction { canary, baseline, .. }, newest)) => {
                let window = WindowAnalysis::of(newest.window, *canary, *baseline, newest.query.clone());
                (Standing::Judged(verdict), vec![window])
            }
            Some(_) => (Standing::Judged(verdict), Vec::new()),
            None => (Standing::Judged(Verdict::Inconclusive), Vec::new()),
        };
        Analysis { worse_in_a_row, needed, windows, at: Some(at), what: what(newest), ..self.blank(standing) }
    }

    /// The evaluations that count, oldest first, with the time of the newest; or why there are none.
    fn evaluations(self, place: Place<'_>, slo: &Slo, over: Span) -> Result<(Timestamp, Vec<Measured>), Standing> {
        let facts = self.facts(place)?;
        let mut looks = Vec::new();
        let mut at = None;
        for look in facts.histograms.iter().filter(|look| look.every == self.settings().every) {
            match self.measured(place, slo, look, over)? {
                Some(measured) => {
                    looks.push(measured);
                    at = Some(look.at);
                }
                // An evaluation without both breaks the row.
                None => looks.clear(),
            }
        }
        let first = windows::first(self.pair.since, &self.settings());
        match at {
            Some(at) if !looks.is_empty() => Ok((at, looks)),
            _ if self.now < first + self.settings().every.delta() => Err(Standing::Warming(first)),
            _ => Err(Standing::Unknown(no_histogram(facts, place, slo, [self.pair.canary, self.pair.baseline]))),
        }
    }

    fn facts(self, place: Place<'a>) -> Result<&'a CanaryFacts, Standing> {
        let source = &place.source.spec.name;
        let first = windows::first(self.pair.since, &self.settings());
        let feed = place.source.feeds.get(FEED);
        match feed.map(|feed| (feed, feed.feed.value())) {
            Some((feed, Some(Facts::Canary(facts)))) if self.is_about(facts) => {
                place.fresh(feed, self.now).map_err(Standing::Unknown)?;
                Ok(facts)
            }
            other => Err(match other.and_then(|(feed, _)| feed.feed.failure.as_ref()) {
                Some(failure) => Standing::Unknown(format!("{source} fails: {}", failure.error.what)),
                None if self.now < first => Standing::Warming(first),
                None => Standing::Unanswered(format!("{source} has not answered yet")),
            }),
        }
    }

    /// Both versions at one evaluation, over the shortest window that has both.
    fn measured(
        self,
        place: Place<'_>,
        slo: &Slo,
        look: &HistogramLook,
        over: Span,
    ) -> Result<Option<Measured>, Standing> {
        let settings = self.settings();
        let fits = |one: &&HistogramReading| windows::fits(one.window, look.at, self.pair.since, &settings);
        let ours = look.readings.iter().filter(fits).filter(|one| place.owns_labels(slo, &one.slo, &one.labels));
        let mut sides: BTreeMap<Window, [Option<&HistogramReading>; 2]> = BTreeMap::new();
        for reading in ours {
            let index = [self.pair.canary, self.pair.baseline].iter().position(|name| *name == reading.version);
            let Some(index) = index else { continue };
            recent(reading.at, &reading.version, settings.every, self.now).map_err(Standing::Unknown)?;
            if let Some(side) = sides.entry(reading.window).or_default().get_mut(index) {
                *side = Some(reading);
            }
        }
        let both = sides.into_iter().find_map(|(window, [canary, baseline])| Some((window, canary?, baseline?)));
        Ok(both.map(|(window, canary, baseline)| {
            let buckets = |one: &HistogramReading| Buckets::new(one.bounds.iter().copied());
            let latency = compare(&buckets(canary), &buckets(baseline), over);
            Measured { latency, window, query: canary.query.clone() }
        }))
    }
}

/// Which version has no histogram.
fn no_histogram(facts: &CanaryFacts, place: Place<'_>, slo: &Slo, versions: [&str; 2]) -> String {
    let all = || facts.histograms.iter().flat_map(|look| &look.readings);
    let seen = |version: &str| all().any(|one| one.version == version && place.owns_labels(slo, &one.slo, &one.labels));
    match versions.into_iter().find(|version| !seen(version)) {
        Some(version) => format!("no histogram of {version}"),
        None => "the two versions have no histogram over the same time yet".to_owned(),
    }
}

#[cfg(test)]
mod tests;
