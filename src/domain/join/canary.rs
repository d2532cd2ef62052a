//! From counts of versions to the analysis of each canary: whose counts they are, and why there are none.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    counted::{Place, counts, recent},
    services::Index,
};
use crate::domain::{
    canary::{
        against::Against,
        analysis::{Analysis, Standing, WindowAnalysis, judge, trend},
        counts::Counts,
        facts::{CanaryFacts, Look},
        settings::CanarySettings,
        what::What,
        windows,
    },
    facts::Facts,
    release::{Component, Phase, Release},
    room::{Room, SourceState},
    slo::{
        definition::{Slo, Window},
        reading::Reading,
    },
    time::Timestamp,
    workload::Strategy,
};

/// The name of the feed that carries the counts.
pub const FEED: &str = "canary";

/// Services and environments where a new version runs beside the one before, and since when.
#[must_use]
pub fn side_by_side(releases: &[Release]) -> BTreeSet<(String, String, Timestamp)> {
    let of_release = |release: &Release| {
        let pairs = release.components.iter().filter_map(pair).map(|pair| (pair.service.to_owned(), pair.since));
        pairs.map(|(service, since)| (service, release.environment.clone(), since)).collect::<Vec<_>>()
    };
    releases.iter().filter(|release| release.phase != Phase::Planned).flat_map(of_release).collect()
}

/// Two versions that run side by side.
#[derive(Clone, Copy)]
pub(super) struct Pair<'a> {
    pub(super) service: &'a str,
    pub(super) canary: &'a str,
    pub(super) baseline: &'a str,
    pub(super) since: Timestamp,
}

fn pair(component: &Component) -> Option<Pair<'_>> {
    let workload = component.workload.as_ref().filter(|workload| workload.status.in_flight())?;
    let (canary, baseline) = (component.version.as_deref()?, component.previous.as_deref()?);
    let service = component.service.as_str();
    (canary != baseline).then_some(Pair { service, canary, baseline, since: workload.started_at? })
}

/// Whether a version runs beside the new one of `component`.
pub(super) fn runs_beside(component: &Component) -> bool {
    pair(component).is_some()
}

/// What to do so that the versions of `service` can be told apart.
pub(super) fn version_advice(service: &str, version: &str) -> String {
    format!(
        "the series of {service} have no version: put the version into a label of its metrics (version=\"{version}\"), and write \
         `version_label = \"version\"` under [telemetry] in services/{service}.toml"
    )
}

/// The analysis of each canary of `releases`, by release, service and SLO.
#[must_use]
pub fn analyse(room: &Room, services: &Index<'_>, releases: &[Release], now: Timestamp) -> Vec<Analysis> {
    let mut analyses = Vec::new();
    for release in releases.iter().filter(|release| release.phase != Phase::Planned) {
        let mut pairs: Vec<Pair<'_>> = release.components.iter().filter_map(pair).collect();
        // Of one service in several regions all counts are together: judged from the latest start on.
        pairs.sort_by_key(|pair| (pair.service, std::cmp::Reverse(pair.since)));
        pairs.dedup_by_key(|pair| pair.service);
        for pair in pairs {
            analyses.extend(Case { room, services, release, pair, now }.analyses());
        }
    }
    analyses
}

/// One pair of versions of one release.
#[derive(Clone, Copy)]
pub(super) struct Case<'a> {
    pub(super) room: &'a Room,
    pub(super) services: &'a Index<'a>,
    pub(super) release: &'a Release,
    pub(super) pair: Pair<'a>,
    pub(super) now: Timestamp,
}

impl<'a> Case<'a> {
    fn analyses(self) -> Vec<Analysis> {
        if !self.has_label() {
            // Then it is judged by what was before, where that says anything.
            let component = |one: &&Component| one.service == self.pair.service && runs_beside(one);
            let mut components = self.release.components.iter().filter(component);
            let judged =
                components.any(|one| one.workload.as_ref().is_some_and(|it| it.strategy != Strategy::BlueGreen));
            let unknown = self.unknown(version_advice(self.pair.service, self.pair.canary));
            return if judged { Vec::new() } else { vec![unknown] };
        }
        let mut analyses = Vec::new();
        for source in &self.room.sources {
            let place = self.place(source);
            let slos = self.room.catalog.slos.iter().filter(|slo| place.may_be_here() && place.measures(slo));
            analyses.extend(slos.map(|slo| self.analysis(place, slo)));
        }
        if analyses.is_empty() {
            let service = self.pair.service;
            analyses.push(self.unknown(format!(
                "no SLO of {service} counts requests by version: give it a `ratio` or `latency` that a prometheus source answers"
            )));
        }
        analyses.extend(self.latencies());
        analyses.extend(self.gauges());
        analyses
    }

    fn has_label(self) -> bool {
        let file = self.room.catalog.services.get(self.pair.service);
        file.is_some_and(|file| file.telemetry.version_label.is_some())
    }

    pub(super) fn place(self, source: &'a SourceState) -> Place<'a> {
        Place { services: self.services, source, service: self.pair.service, environment: &self.release.environment }
    }

    pub(super) fn settings(self) -> CanarySettings {
        self.room.catalog.services.get(self.pair.service).map(|service| service.canary).unwrap_or_default()
    }

    fn unknown(self, why: String) -> Analysis {
        self.blank(Standing::Unknown(why))
    }

    pub(super) fn blank(self, standing: Standing) -> Analysis {
        let settings = self.settings();
        Analysis {
            release: self.release.id.clone(),
            service: self.pair.service.to_owned(),
            environment: self.release.environment.clone(),
            slo: String::new(),
            source: None,
            canary: self.pair.canary.to_owned(),
            baseline: self.pair.baseline.to_owned(),
            what: What::Events,
            against: Against::Beside,
            standing,
            worse_in_a_row: 0,
            needed: None,
            windows: Vec::new(),
            recent: None,
            at: None,
            every: settings.every,
            rules: settings.rules(),
            profile: None,
        }
    }

    fn analysis(self, place: Place<'_>, slo: &Slo) -> Analysis {
        let analysis = match self.looks(place, slo) {
            Err(standing) => self.blank(standing),
            Ok((at, looks)) => {
                let settings = self.settings();
                let rules = settings.rules();
                let (verdict, worse_in_a_row, needed) = judge(&looks, settings.every, &rules);
                let recent = trend(&looks, settings.every);
                let windows = looks.into_iter().next_back().unwrap_or_default();
                Analysis {
                    worse_in_a_row,
                    needed,
                    windows,
                    recent,
                    at: Some(at),
                    ..self.blank(Standing::Judged(verdict))
                }
            }
        };
        Analysis { slo: slo.name.clone(), source: Some(place.source.spec.name.clone()), ..analysis }
    }

    /// The evaluations that count, oldest first, with the time of the newest; or why there are none.
    fn looks(self, place: Place<'_>, slo: &Slo) -> Result<(Timestamp, Vec<Vec<WindowAnalysis>>), Standing> {
        let source = place.source;
        let settings = self.settings();
        let unknown = |why: String| Err(Standing::Unknown(why));
        let first = windows::first(self.pair.since, &settings);
        let feed = source.feeds.get(FEED);
        let facts = feed.and_then(|feed| match feed.feed.value() {
            // Asked before this canary was known, it says nothing about it.
            Some(Facts::Canary(facts)) if self.is_about(facts) => Some((feed, facts)),
            _ => None,
        });
        let Some((feed, facts)) = facts else {
            let failure = feed.and_then(|feed| feed.feed.failure.as_ref());
            return match failure {
                Some(failure) => unknown(format!("{} fails: {}", source.spec.name, failure.error.what)),
                None if self.now < first => Err(Standing::Warming(first)),
                None => Err(Standing::Unanswered(format!("{} has not answered yet", source.spec.name))),
            };
        };
        place.fresh(feed, self.now).map_err(Standing::Unknown)?;
        let mine: Vec<(&Look, Vec<&Reading>)> =
            facts.looks.iter().map(|look| (look, self.mine(place, slo, look, &settings))).collect();
        let mut looks = Vec::new();
        let mut at = None;
        for (look, readings) in mine {
            // An evaluation without counts of both breaks the row.
            match self.windows(&readings) {
                Ok(windows) if !windows.is_empty() => {
                    looks.push(windows);
                    at = Some(look.at);
                }
                Ok(_) => looks.clear(),
                Err(standing) => return Err(standing),
            }
        }
        match at {
            Some(at) if !looks.is_empty() => Ok((at, looks)),
            _ if self.now < first + settings.every.delta() => Err(Standing::Warming(first)),
            _ => unknown(self.missing(facts, place, slo)),
        }
    }

    /// Whether facts were asked for when this canary was known.
    pub(super) fn is_about(self, facts: &CanaryFacts) -> bool {
        facts.about.is_empty() || self.is_among(&facts.about)
    }

    /// Whether this canary is one of `about`.
    pub(super) fn is_among(self, about: &BTreeSet<(String, String, Timestamp)>) -> bool {
        about.contains(&(self.pair.service.to_owned(), self.release.environment.clone(), self.pair.since))
    }

    /// The readings of `look` that are of this service, environment and SLO, over windows after the warm-up.
    fn mine<'b>(self, place: Place<'_>, slo: &Slo, look: &'b Look, settings: &CanarySettings) -> Vec<&'b Reading> {
        if look.every != settings.every {
            return Vec::new();
        }
        let readings = look.readings.iter();
        let fit = readings.filter(|reading| windows::fits(reading.window, look.at, self.pair.since, settings));
        fit.filter(|reading| place.owns(slo, reading)).collect()
    }

    /// Both versions over each window that has counts of both.
    fn windows(self, readings: &[&Reading]) -> Result<Vec<WindowAnalysis>, Standing> {
        let mut sides: BTreeMap<Window, [Option<Counts>; 2]> = BTreeMap::new();
        let mut queries = BTreeMap::new();
        for reading in readings {
            let version = reading.version.as_deref();
            let Some(index) = [self.pair.canary, self.pair.baseline].iter().position(|name| version == Some(name))
            else {
                continue;
            };
            let name = version.unwrap_or_default();
            recent(reading.at, name, self.settings().every, self.now).map_err(Standing::Unknown)?;
            let counts = counts(reading, name).map_err(Standing::Unknown)?;
            if let Some(side) = sides.entry(reading.window).or_default().get_mut(index) {
                *side = counts;
            }
            queries.insert(reading.window, reading.query.clone());
        }
        let both = sides.into_iter().filter_map(|(window, [canary, baseline])| {
            let query = queries.get(&window).cloned().unwrap_or_else(|| "".into());
            Some(WindowAnalysis::of(window, canary?, baseline?, query))
        });
        Ok(both.collect())
    }

    /// Which version has no series.
    fn missing(self, facts: &CanaryFacts, place: Place<'_>, slo: &Slo) -> String {
        let seen = |version: &str| {
            facts
                .looks
                .iter()
                .flat_map(|look| &look.readings)
                .any(|reading| reading.version.as_deref() == Some(version) && place.owns(slo, reading))
        };
        let notes = facts.asked.iter().filter(|asked| asked.slo == slo.id).flat_map(|asked| &asked.notes);
        let note = notes.map(|note| format!(" ({note})")).next().unwrap_or_default();
        match (seen(self.pair.canary), seen(self.pair.baseline)) {
            (false, _) => format!("no series for {}{note}", self.pair.canary),
            (_, false) => format!("no series for {}, so there is nothing to compare with{note}", self.pair.baseline),
            _ => format!("the two versions have no counts over the same time yet{note}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        canary::rules::Verdict,
        facts::Answer,
        join::example::{at, canary, deliver, labels, room, with_prometheus, with_slo},
        level::Level,
        picture::Picture,
        slo::reading::{Amount, Asked},
        source::{ErrorKind, SourceError},
        time::Span,
        workload::Status,
    };

    const WINDOW: Window = Span::from_mins(5);

    fn reading(version: &str, amount: Amount, secs: i64) -> Reading {
        Reading {
            slo: "checkout/availability".to_owned(),
            labels: labels([("service", "checkout"), ("env", "production")]),
            version: Some(version.to_owned()),
            window: WINDOW,
            amount,
            at: at(secs),
            query: "the query".into(),
        }
    }

    fn counts(bad: f64, total: f64) -> Amount {
        Amount::Counts { bad, total }
    }

    /// Three evaluations until `secs`, of these amounts.
    fn looks(secs: i64, new: Option<Amount>, old: Option<Amount>) -> CanaryFacts {
        let look = |secs: i64| Look {
            at: at(secs),
            every: Span::from_secs(15),
            readings: [("1.42.0", new), ("1.41.7", old)]
                .into_iter()
                .filter_map(|(version, amount)| Some(reading(version, amount?, secs)))
                .collect(),
        };
        let asked = Asked {
            slo: "checkout/availability".to_owned(),
            window: WINDOW,
            by_version: true,
            query: "the query".into(),
            notes: Vec::new(),
        };
        CanaryFacts {
            asked: vec![asked],
            looks: [secs - 30, secs - 15, secs].map(look).into(),
            ..CanaryFacts::default()
        }
    }

    fn started(version_label: bool) -> Room {
        let mut room = with_prometheus(room(with_slo(version_label)), FEED);
        deliver(&mut room, "eu", "rollouts", at(0), Facts::Workloads(vec![canary(25, Status::Progressing)]));
        room
    }

    fn seen(facts: CanaryFacts) -> Picture {
        let mut room = started(true);
        deliver(&mut room, "prom", FEED, at(0), Facts::Canary(facts));
        room.picture(at(1))
    }

    fn only(picture: &Picture) -> &Analysis {
        assert_eq!(picture.analyses.len(), 1, "{:#?}", picture.analyses);
        &picture.analyses[0]
    }

    fn unknown(facts: CanaryFacts) -> String {
        match &only(&seen(facts)).standing {
            Standing::Unknown(why) => why.clone(),
            standing => panic!("{standing:?}"),
        }
    }

    #[test]
    fn counts_of_both_versions_are_judged_and_a_failure_is_a_reason() {
        let picture = seen(looks(0, Some(counts(60.4, 600.2)), Some(counts(5.0, 50_000.0))));
        let one = only(&picture);
        assert_eq!(one.standing, Standing::Judged(Verdict::Fail));
        assert_eq!((one.canary.as_str(), one.baseline.as_str(), one.at), ("1.42.0", "1.41.7", Some(at(0))));
        assert_eq!((one.windows[0].canary.bad(), one.windows[0].canary.total()), (60, 600));
        let reasons = &picture.releases[0].reasons;
        assert!(
            reasons.iter().any(|reason| reason.short == "canary FAIL" && reason.level == Level::Bad),
            "{reasons:?}"
        );
        let fine = seen(looks(0, Some(counts(0.0, 3_000.0)), Some(counts(5.0, 50_000.0))));
        assert_eq!(only(&fine).standing, Standing::Judged(Verdict::Pass));
        assert!(fine.releases[0].reasons.iter().all(|reason| reason.short != "canary FAIL"));
    }

    #[test]
    fn no_traffic_is_too_early_and_says_how_many_requests_are_missing() {
        let picture = seen(looks(0, Some(counts(0.0, 0.0)), Some(counts(5.0, 50_000.0))));
        let one = only(&picture);
        assert_eq!(one.standing, Standing::Judged(Verdict::Inconclusive));
        assert!(one.why().starts_with("needs about"), "{}", one.why());
    }

    #[test]
    fn what_is_not_there_is_unknown_with_its_name_and_never_a_pass() {
        let some = || Some(counts(0.0, 50_000.0));
        assert_eq!(unknown(looks(0, None, some())), "no series for 1.42.0");
        assert_eq!(unknown(looks(0, some(), None)), "no series for 1.41.7, so there is nothing to compare with");
        assert_eq!(unknown(looks(0, Some(counts(9.0, 1.0)), some())), "the counts of 1.42.0 are CONFLICT");
        assert_eq!(unknown(CanaryFacts::default()), "no series for 1.42.0");
        let mut old = looks(0, some(), some());
        for reading in old.looks.iter_mut().flat_map(|look| &mut look.readings) {
            reading.at = at(-400);
        }
        assert_eq!(unknown(old), "no new sample of 1.42.0 for 6m41s");
    }

    #[test]
    fn a_service_whose_series_have_no_version_says_how_to_add_it() {
        let picture = started(false).picture(at(1));
        let why = only(&picture).why();
        assert_eq!(only(&picture).word(), "UNKNOWN");
        assert!(why.contains("version_label = \"version\"") && why.contains("services/checkout.toml"), "{why}");
        assert!(side_by_side(&picture.releases).len() == 1);
    }

    #[test]
    fn a_source_that_fails_or_fell_silent_proves_nothing() {
        let mut room = started(true);
        let error = SourceError::new(ErrorKind::Connect, "connection refused");
        crate::domain::join::example::fail(&mut room, "prom", FEED, at(0), error);
        let picture = room.picture(at(1));
        assert_eq!(only(&picture).standing, Standing::Unknown("prom fails: connection refused".to_owned()));
        let mut room = started(true);
        let facts = looks(0, Some(counts(60.0, 600.0)), Some(counts(5.0, 50_000.0)));
        room.deliver(crate::domain::facts::Delivery {
            source: "prom".into(),
            feed: FEED.to_owned(),
            asked: at(0),
            received: at(0),
            next: at(5),
            outcome: Ok(Answer::of(Facts::Canary(facts))),
        });
        assert_eq!(only(&room.picture(at(300))).word(), "UNKNOWN");
    }
}
