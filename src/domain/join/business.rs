//! Business metrics after a deploy against the same slot of past weeks.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    counted::{Place, recent},
    services::Index,
};
use crate::domain::{
    canary::{
        against::Against,
        analysis::{Analysis, Standing},
        business::{Week, deviation},
        deploy::Deploy,
        facts::{BusinessFacts, Look},
        metric::{BusinessMetric, WEEK, WEEKS, first, slot},
        rules::{Rules, Verdict},
        what::{Slot, What},
    },
    catalog::Catalog,
    facts::Facts,
    release::{Component, Phase, Release},
    room::{Room, SourceState},
    slo::{
        definition::Slo,
        reading::{Amount, Reading},
    },
    time::{Span, Timestamp},
    workload::Status,
};

/// The name of the feed that carries the counts.
pub const FEED: &str = "business";

/// A deploy is watched so long after it was done.
const WATCHED: Span = Span::from_hours(2);
/// One that began longer ago is not the cause of what happens now.
const OLDEST: Span = Span::from_hours(24);
/// How often slots are looked at.
pub const EVERY: Span = Span::from_secs(30);

/// Deploys of `releases` whose services have business metrics.
#[must_use]
pub fn deploys(catalog: &Catalog, releases: &[Release], now: Timestamp) -> BTreeSet<Deploy> {
    releases.iter().flat_map(|release| of_release(catalog, release, now)).map(|(deploy, _)| deploy).collect()
}

fn of_release<'a>(catalog: &Catalog, release: &'a Release, now: Timestamp) -> Vec<(Deploy, &'a Component)> {
    let measured: BTreeSet<&str> = catalog.business.iter().map(|metric| metric.service.as_str()).collect();
    let mut found: BTreeMap<&str, (Deploy, &'a Component)> = BTreeMap::new();
    if release.phase == Phase::Planned {
        return Vec::new();
    }
    for component in release.components.iter().filter(|one| measured.contains(one.service.as_str())) {
        let Some((began, full)) = moved(component, now) else { continue };
        let (service, environment) = (component.service.clone(), release.environment.clone());
        let entry = found
            .entry(&component.service)
            .or_insert_with(|| (Deploy { service, environment, began, full }, component));
        // Of one service in several regions all counts are together: from the first one on.
        entry.0.began = entry.0.began.min(began);
    }
    found.into_values().collect()
}

/// When the new version of a component began and was done, while that is watched.
fn moved(component: &Component, now: Timestamp) -> Option<(Timestamp, Timestamp)> {
    let workload = component.workload.as_ref()?;
    let began = workload.started_at?;
    let full = match workload.status {
        Status::Succeeded if component.phase == Phase::Done => workload.finished_at.unwrap_or(began).max(began),
        Status::Succeeded => return None,
        status if status.in_flight() && matches!(component.phase, Phase::RollingOut | Phase::Failed) => now,
        _ => return None,
    };
    let within = |at: Timestamp, most: Span| Span::between(at, now.max(at)) <= most;
    (within(full, WATCHED) && within(began, OLDEST)).then_some((began, began))
}

/// The analysis of each business metric of each deploy of `releases`.
#[must_use]
pub fn analyse(room: &Room, services: &Index<'_>, releases: &[Release], now: Timestamp) -> Vec<Analysis> {
    let mut analyses = Vec::new();
    for release in releases {
        for (deploy, component) in of_release(&room.catalog, release, now) {
            let case = Case { room, services, release, component, deploy: &deploy, now };
            analyses.extend(case.analyses());
        }
    }
    analyses
}

/// One deploy of one release.
#[derive(Clone, Copy)]
struct Case<'a> {
    room: &'a Room,
    services: &'a Index<'a>,
    release: &'a Release,
    component: &'a Component,
    deploy: &'a Deploy,
    now: Timestamp,
}

impl<'a> Case<'a> {
    fn analyses(self) -> Vec<Analysis> {
        let mut analyses = Vec::new();
        let metrics = || self.room.catalog.business.iter().filter(|metric| metric.service == self.deploy.service);
        for source in &self.room.sources {
            let place = self.place(source);
            if !place.may_be_here() {
                continue;
            }
            for metric in metrics().filter(|metric| metric.source.as_ref().is_none_or(|name| *name == source.spec.name))
            {
                analyses.extend(metric.definition().map(|slo| self.analysis(place, metric, &slo)));
            }
        }
        analyses
    }

    fn place(self, source: &'a SourceState) -> Place<'a> {
        let (service, environment) = (self.deploy.service.as_str(), self.deploy.environment.as_str());
        Place { services: self.services, source, service, environment }
    }

    fn analysis(self, place: Place<'_>, metric: &BusinessMetric, slo: &Slo) -> Analysis {
        let (standing, what, at) = match self.judged(place, slo) {
            Err(standing) => (standing, What::Business { newest: None }, None),
            Ok((standing, what, at)) => (standing, what, Some(at)),
        };
        Analysis {
            release: self.release.id.clone(),
            service: self.deploy.service.clone(),
            environment: self.deploy.environment.clone(),
            slo: metric.name.clone(),
            source: Some(place.source.spec.name.clone()),
            canary: self.component.version.clone().unwrap_or_else(|| "new".to_owned()),
            baseline: "past weeks".to_owned(),
            what,
            against: Against::Beside,
            standing,
            worse_in_a_row: 0,
            needed: None,
            windows: Vec::new(),
            recent: None,
            at,
            every: EVERY,
            rules: Rules::default(),
            profile: None,
        }
    }

    fn judged(self, place: Place<'_>, slo: &Slo) -> Result<(Standing, What, Timestamp), Standing> {
        let facts = self.facts(place)?;
        if slot(self.deploy.began, self.now).is_none() {
            return Err(Standing::Warming(first(self.deploy.began)));
        }
        let newest = facts.slots.last().map(|look| look.at);
        let seen = newest.and_then(|at| Some((at, find(place, slo, &facts.slots, at, None)?)));
        let Some((at, reading)) = seen else {
            return Err(Standing::Unknown(format!("no series of {} of {}", slo.name, self.deploy.service)));
        };
        let window = reading.window;
        recent(reading.at, &slo.name, EVERY, self.now).map_err(Standing::Unknown)?;
        let until = self.deploy.before();
        let events = |looks: &[Look], at, window| find(place, slo, looks, at, window).and_then(total);
        let weeks = (1..=WEEKS).filter_map(|week| {
            let back = WEEK.times(week).delta();
            let slot = events(&facts.slots, at - back, Some(window))?;
            Some(Week { before: events(&facts.before, until - back, None)?, slot })
        });
        let weeks: Vec<Week> = weeks.collect();
        let before = events(&facts.before, until, None);
        let found = total(reading).zip(before).and_then(|(seen, before)| deviation(seen, before, &weeks));
        let Some(deviation) = found else {
            let why = match (weeks.len(), before) {
                (0, _) => format!("nothing is known of {} in past weeks", slo.name),
                (_, None) => format!("nothing is known of {} before the deploy", slo.name),
                _ => format!("there were no {} before the deploy, today or in past weeks", slo.name),
            };
            return Err(Standing::Impossible(why));
        };
        let verdict = match () {
            () if deviation.alarm => Verdict::Fail,
            () if deviation.too_few => Verdict::Inconclusive,
            () => Verdict::Pass,
        };
        let newest = Some(Slot { deviation, window, query: Arc::clone(&reading.query) });
        Ok((Standing::Judged(verdict), What::Business { newest }, at))
    }

    fn facts(self, place: Place<'_>) -> Result<&BusinessFacts, Standing> {
        let source = &place.source.spec.name;
        let feed = place.source.feeds.get(FEED);
        match feed.map(|feed| (feed, feed.feed.value())) {
            Some((feed, Some(Facts::Business(facts)))) if facts.about.contains(self.deploy) => {
                place.fresh(feed, self.now).map_err(Standing::Unknown)?;
                Ok(facts)
            }
            other => Err(match other.and_then(|(feed, _)| feed.feed.failure.as_ref()) {
                Some(failure) => Standing::Unknown(format!("{source} fails: {}", failure.error.what)),
                None => Standing::Unanswered(format!("{source} has not answered yet")),
            }),
        }
    }
}

/// The reading of the evaluation at `at`, over `window` where there are several.
fn find<'b>(
    place: Place<'_>,
    slo: &Slo,
    looks: &'b [Look],
    at: Timestamp,
    window: Option<Span>,
) -> Option<&'b Reading> {
    let of_then = looks.iter().filter(|look| look.at == at).flat_map(|look| &look.readings);
    let mut ours = of_then.filter(|reading| place.owns(slo, reading));
    ours.find(|reading| window.is_none_or(|window| reading.window == window))
}

/// How many events; `None` where the source said no number.
const fn total(reading: &Reading) -> Option<f64> {
    match reading.amount {
        Amount::Counts { total, .. } => Some(total),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
