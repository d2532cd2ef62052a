//! After a deploy against before it: for services where no version runs beside the new one, or where versions cannot be told apart.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{
    counted::{Place, counts, recent},
    services::Index,
};
use crate::domain::{
    canary::{
        against::{Against, Before, Stored},
        analysis::{Analysis, Standing, WindowAnalysis, judge},
        before_after::{Circumstances, Confounder, confounders},
        counts::Counts,
        deploy::{Deploy, REACH},
        facts::{DeployFacts, Look},
        profile::{Measure, Of},
        rules::Verdict,
        settings::CanarySettings,
        what::What,
        windows,
    },
    catalog::Catalog,
    facts::Facts,
    marker::{Marker, MarkerKind},
    release::{Component, Phase, Release},
    room::{Room, SourceState},
    slo::{
        definition::{Slo, Window},
        reading::Reading,
        status::{Firing, SloStatus},
    },
    time::{Span, Timestamp},
    workload::{Status, Strategy},
};

/// The name of the feed that carries the counts.
pub const FEED: &str = "deploys";

/// A deploy is watched so long after it was done.
const WATCHED: Span = Span::from_hours(2);
/// One that has been under way for longer is compared with nothing that is like today.
const UNDER_WAY: Span = Span::from_hours(24);
/// Another deploy as near as this may be the cause.
const NEAR: Span = Span::from_mins(15);

/// Deploys of `releases` that are judged by what was before them.
#[must_use]
pub fn deploys(catalog: &Catalog, releases: &[Release], now: Timestamp) -> BTreeSet<Deploy> {
    releases.iter().flat_map(|release| of_release(catalog, release, now)).map(|judged| judged.deploy).collect()
}

/// A deploy, and what it deploys.
struct Judged<'a> {
    deploy: Deploy,
    component: &'a Component,
    /// Whether only a part of the requests goes to the new version.
    partial: bool,
}

/// One for each service of `release` that has no version beside it anywhere.
fn of_release<'a>(catalog: &Catalog, release: &'a Release, now: Timestamp) -> Vec<Judged<'a>> {
    let mut found: BTreeMap<&str, Judged<'a>> = BTreeMap::new();
    if release.phase == Phase::Planned {
        return Vec::new();
    }
    for component in &release.components {
        let Some(judged) = of_component(catalog, release, component, now) else { continue };
        match found.get_mut(component.service.as_str()) {
            // Of one service in several regions all counts are together.
            Some(first) => {
                first.deploy.began = first.deploy.began.min(judged.deploy.began);
                first.deploy.full = first.deploy.full.max(judged.deploy.full);
                first.partial |= judged.partial;
            }
            None => {
                found.insert(&component.service, judged);
            }
        }
    }
    let beside = |judged: &Judged<'_>| {
        let same = release.components.iter().filter(|one| one.service == judged.deploy.service);
        same.clone().any(|one| super::canary::runs_beside(one) && has_version(catalog, &one.service))
    };
    found.into_values().filter(|judged| !beside(judged)).collect()
}

fn of_component<'a>(
    catalog: &Catalog,
    release: &Release,
    component: &'a Component,
    now: Timestamp,
) -> Option<Judged<'a>> {
    let workload = component.workload.as_ref()?;
    let began = workload.started_at?;
    let old = |at: Timestamp, most: Span| Span::between(at, now) > most;
    let (full, partial) = match workload.status {
        Status::Succeeded if component.phase == Phase::Done => {
            let full = workload.finished_at.unwrap_or(began).max(began);
            (full, false)
        }
        // Before it is switched, nobody is on the new one; and nothing says when it was.
        _ if workload.strategy == Strategy::BlueGreen => return None,
        Status::Progressing
        | Status::WaitingApproval
        | Status::PausedTimed
        | Status::PausedManual
        | Status::Suspended
        | Status::Analyzing
        | Status::Promoting
        | Status::FailedTrafficOnNew
            if matches!(component.phase, Phase::RollingOut | Phase::Failed) =>
        {
            (began, true)
        }
        _ => return None,
    };
    let too_old = if partial { old(began, UNDER_WAY) } else { old(full, WATCHED) || old(began, UNDER_WAY) };
    if too_old || (partial && has_version(catalog, &component.service)) {
        return None;
    }
    let deploy = Deploy { service: component.service.clone(), environment: release.environment.clone(), began, full };
    Some(Judged { deploy, component, partial })
}

fn has_version(catalog: &Catalog, service: &str) -> bool {
    catalog.services.get(service).is_some_and(|file| file.telemetry.version_label.is_some())
}

/// What else is known of the time of a deploy.
#[derive(Clone, Copy)]
pub struct Around<'a> {
    /// SLOs of every service.
    pub slos: &'a [SloStatus],
    /// Deployment events, joined.
    pub markers: &'a [Marker],
}

/// The analysis of each deploy of `releases` that has nothing beside it, by release, service and SLO.
#[must_use]
pub fn analyse(
    room: &Room,
    services: &Index<'_>,
    releases: &[Release],
    around: Around<'_>,
    now: Timestamp,
) -> Vec<Analysis> {
    let mut analyses = Vec::new();
    for release in releases {
        for judged in of_release(&room.catalog, release, now) {
            let Judged { deploy, component, partial } = &judged;
            let case = Case { room, services, release, component, deploy, partial: *partial, around, now };
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
    partial: bool,
    around: Around<'a>,
    now: Timestamp,
}

/// Both times over every window, and the hour a week before.
struct Counted {
    at: Timestamp,
    looks: Vec<Vec<WindowAnalysis>>,
    before: Baseline,
    last_week: Option<Counts>,
}

/// What the version before did: in the half hour before the deploy, or by its stored profile.
struct Baseline {
    counts: Counts,
    until: Timestamp,
    reach: Span,
    query: Arc<str>,
    stored: Option<Stored>,
}

impl<'a> Case<'a> {
    fn analyses(self) -> Vec<Analysis> {
        let mut analyses = Vec::new();
        for source in &self.room.sources {
            let place = self.place(source);
            let slos = self.room.catalog.slos.iter().filter(|slo| place.may_be_here() && place.measures(slo));
            analyses.extend(slos.map(|slo| self.analysis(place, slo)));
        }
        if analyses.is_empty() {
            let service = &self.deploy.service;
            analyses.push(self.blank(Standing::Unknown(format!(
                "no SLO of {service} counts requests: give it a `ratio` or `latency` that a prometheus source answers"
            ))));
        }
        analyses
    }

    fn place(self, source: &'a SourceState) -> Place<'a> {
        let (service, environment) = (self.deploy.service.as_str(), self.deploy.environment.as_str());
        Place { services: self.services, source, service, environment }
    }

    fn settings(self) -> CanarySettings {
        self.room.catalog.services.get(&self.deploy.service).map(|service| service.canary).unwrap_or_default()
    }

    /// How versions of a service whose series have none could be told apart.
    fn advice(self) -> Option<String> {
        let service = &self.deploy.service;
        (!has_version(&self.room.catalog, service)).then(|| super::canary::version_advice(service, self.version()))
    }

    fn version(self) -> &'a str {
        self.component.version.as_deref().unwrap_or("new")
    }

    fn blank(self, standing: Standing) -> Analysis {
        let settings = self.settings();
        Analysis {
            release: self.release.id.clone(),
            service: self.deploy.service.clone(),
            environment: self.deploy.environment.clone(),
            slo: String::new(),
            source: None,
            canary: self.version().to_owned(),
            baseline: self.component.previous.clone().unwrap_or_else(|| "the version before".to_owned()),
            what: What::Events,
            against: self.against(Vec::new(), None),
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

    fn against(self, confounders: Vec<Confounder>, baseline: Option<Baseline>) -> Against {
        let (until, reach, query, stored) = match baseline {
            Some(Baseline { until, reach, query, stored, .. }) => (until, reach, query, stored),
            None => (self.deploy.before(), REACH, "".into(), None),
        };
        let (partial, advice) = (self.partial, self.advice());
        Against::Before(Before { until, reach, query, confounders, partial, advice, stored })
    }

    fn analysis(self, place: Place<'a>, slo: &Slo) -> Analysis {
        let analysis = match self.counted(place, slo) {
            Err(standing) => self.blank(standing),
            Ok(counted) => self.judged(counted),
        };
        Analysis { slo: slo.name.clone(), source: Some(place.source.spec.name.clone()), ..analysis }
    }

    fn judged(self, counted: Counted) -> Analysis {
        let settings = self.settings();
        let rules = settings.rules();
        let Counted { at, looks, before, last_week } = counted;
        let (verdict, worse_in_a_row, needed) = judge(&looks, settings.every, &rules);
        let windows = looks.into_iter().next_back().unwrap_or_default();
        let confounders = windows.iter().max_by_key(|window| window.window).map_or_else(Vec::new, |longest| {
            let circumstances = Circumstances {
                before: before.reach,
                after: longest.window,
                last_week,
                others: [self.other_deploys(), self.silent_systems(), self.upstream()].concat(),
            };
            confounders(longest.canary, before.counts, &circumstances, &rules)
        });
        let blank = self.blank(Standing::Judged(verdict));
        let baseline = before.stored.as_ref().map_or(blank.baseline, |stored| stored.version.clone());
        let against = self.against(confounders, Some(before));
        // No difference of all requests says little of the few that the new version gets; and none to a bad version says nothing good.
        let barred = verdict == Verdict::Pass && against.cannot_pass();
        let standing = if barred { Standing::Judged(Verdict::Inconclusive) } else { blank.standing };
        Analysis { worse_in_a_row, needed, windows, at: Some(at), baseline, against, standing, ..blank }
    }

    /// The counts after the deploy at each evaluation, oldest first, with those before it; or why there are none.
    fn counted(self, place: Place<'_>, slo: &Slo) -> Result<Counted, Standing> {
        let settings = self.settings();
        let unknown = Standing::Unknown;
        let source = &place.source.spec.name;
        let first = windows::first(self.deploy.full, &settings);
        let feed = place.source.feeds.get(FEED);
        let facts = feed.and_then(|feed| match feed.feed.value() {
            // Asked before this deploy was known, it says nothing about it.
            Some(Facts::Deploys(facts)) if facts.about.contains(self.deploy) => Some((feed, facts)),
            _ => None,
        });
        let Some((feed, facts)) = facts else {
            return Err(match feed.and_then(|feed| feed.feed.failure.as_ref()) {
                Some(failure) => unknown(format!("{source} fails: {}", failure.error.what)),
                None if self.now < first => Standing::Warming(first),
                None => Standing::Unanswered(format!("{source} has not answered yet")),
            });
        };
        place.fresh(feed, self.now).map_err(unknown)?;
        let before = self.baseline(place, slo, facts).map_err(unknown)?;
        let mut looks = Vec::new();
        let mut at = None;
        for look in facts.after.iter().filter(|look| look.every == settings.every) {
            let windows = match &before {
                Some(before) => self.windows(place, slo, look, before.counts).map_err(unknown)?,
                None => Vec::new(),
            };
            if windows.is_empty() {
                looks.clear();
            } else {
                looks.push(windows);
                at = Some(look.at);
            }
        }
        let last_week = past(place, slo, &facts.last_week, self.deploy.last_week()).ok().flatten();
        let last_week = last_week.map(|(counts, _)| counts);
        match (at, before) {
            (Some(at), Some(before)) if !looks.is_empty() => Ok(Counted { at, looks, before, last_week }),
            _ if self.now < first + settings.every.delta() => Err(Standing::Warming(first)),
            (_, before) => Err(unknown(self.missing(facts, slo, before.is_some()))),
        }
    }

    /// What was before: the half hour before the deploy; where that holds no request, the stored profile of the version before.
    fn baseline(self, place: Place<'_>, slo: &Slo, facts: &DeployFacts) -> Result<Option<Baseline>, String> {
        let until = self.deploy.before();
        let before = past(place, slo, &facts.before, until)?.map(|(counts, query)| Baseline {
            counts,
            until,
            reach: REACH,
            query,
            stored: None,
        });
        if before.as_ref().is_some_and(|before| before.counts.total() > 0) {
            return Ok(before);
        }
        Ok(self.stored(place, slo).or(before))
    }

    fn stored(self, place: Place<'_>, slo: &Slo) -> Option<Baseline> {
        let Deploy { service, environment, began, .. } = self.deploy;
        let new = Of { service, environment, version: self.version() };
        let measure = Measure::of(slo, &place.source.spec.name)?;
        let known = self.room.profiles.before(new, self.component.previous.as_deref(), *began, &measure)?;
        let counts = known.counted.counts;
        let over = counts.share().filter(|share| *share > slo.objective.budget());
        Some(Baseline {
            counts,
            until: known.counted.until,
            reach: known.counted.span(),
            query: "".into(),
            stored: Some(Stored { version: known.version.to_owned(), over }),
        })
    }

    fn windows(self, place: Place<'_>, slo: &Slo, look: &Look, before: Counts) -> Result<Vec<WindowAnalysis>, String> {
        let settings = self.settings();
        let fits = |reading: &&Reading| windows::fits(reading.window, look.at, self.deploy.full, &settings);
        let readings = look.readings.iter().filter(fits).filter(|reading| place.owns(slo, reading));
        let mut windows: BTreeMap<Window, WindowAnalysis> = BTreeMap::new();
        for reading in readings {
            recent(reading.at, &self.deploy.service, settings.every, self.now)?;
            if let Some(after) = counts(reading, &self.deploy.service)? {
                let window = WindowAnalysis::of(reading.window, after, before, Arc::clone(&reading.query));
                windows.insert(reading.window, window);
            }
        }
        Ok(windows.into_values().collect())
    }

    fn missing(self, facts: &DeployFacts, slo: &Slo, before: bool) -> String {
        let service = &self.deploy.service;
        let notes = facts.asked.iter().filter(|asked| asked.slo == slo.id).flat_map(|asked| &asked.notes);
        let note = notes.map(|note| format!(" ({note})")).next().unwrap_or_default();
        if before {
            format!("no series of {service} after the deploy{note}")
        } else {
            format!(
                "no series of {service} in the {REACH} before the deploy, so there is nothing to compare with{note}"
            )
        }
    }

    /// Deploys of other services at about the same time: `payments 7.3.1`.
    fn other_deploys(self) -> Vec<Confounder> {
        let near = |at: Timestamp| (at - self.deploy.began).abs() <= NEAR.delta();
        let here = |marker: &&Marker| marker.environment.as_deref() == Some(self.deploy.environment.as_str());
        let started = self.around.markers.iter().filter(|marker| marker.kind == MarkerKind::Started && near(marker.at));
        let others = started.filter(here).filter_map(|marker| {
            let service = marker.service.as_deref().filter(|service| *service != self.deploy.service)?;
            Some(format!("{service} {}", marker.version.as_deref().unwrap_or("?")))
        });
        others.collect::<BTreeSet<_>>().into_iter().map(Confounder::Deploy).collect()
    }

    /// Deployment systems of the environment that have told nothing yet.
    fn silent_systems(self) -> Vec<Confounder> {
        let here = |source: &&SourceState| {
            let bound = source.spec.environment.as_deref();
            source.spec.kind == "kubernetes" && bound.is_none_or(|bound| bound == self.deploy.environment)
        };
        let silent = |source: &&SourceState| source.feeds.values().all(|feed| feed.feed.value().is_none());
        let names = self.room.sources.iter().filter(here).filter(silent).map(|source| source.spec.name.to_string());
        names.map(Confounder::DeploysUnknown).collect()
    }

    /// What is to be said of the services that this one calls.
    fn upstream(self) -> Vec<Confounder> {
        let calls = self.room.catalog.services.get(&self.deploy.service).map_or(&[][..], |file| &file.depends_on);
        calls.iter().filter_map(|service| self.burns(service)).collect()
    }

    /// That `service` burns, or that nobody can say. What is not known is no proof that this deploy is the cause.
    fn burns(self, service: &str) -> Option<Confounder> {
        let of_it = |slo: &&SloStatus| {
            slo.key.service == service && slo.key.environment == self.deploy.environment && slo.key.version.is_none()
        };
        let statuses: Vec<&SloStatus> = self.around.slos.iter().filter(of_it).collect();
        let any = |is: fn(&Firing) -> bool| statuses.iter().flat_map(|slo| &slo.pairs).any(|pair| is(&pair.firing));
        let unasked = statuses.is_empty() && !self.burns_are_known();
        match () {
            () if any(|firing| *firing == Firing::Yes) => Some(Confounder::Upstream(service.to_owned())),
            () if unasked || any(|firing| matches!(firing, Firing::Unknown { .. })) => {
                Some(Confounder::UpstreamUnknown(service.to_owned()))
            }
            () => None,
        }
    }

    /// Whether every source that may know SLOs of this environment has told what it knows of them.
    fn burns_are_known(self) -> bool {
        let told = |source: &SourceState| {
            let mut facts = source.feeds.values().map(|feed| feed.feed.value());
            facts.clone().any(|facts| matches!(facts, Some(Facts::Slo(_)))) || facts.all(|facts| facts.is_some())
        };
        self.room.sources.iter().filter(|source| self.place(source).may_be_here()).all(told)
    }
}

/// The counts of the evaluation at `at`, with their query.
fn past(place: Place<'_>, slo: &Slo, looks: &[Look], at: Timestamp) -> Result<Option<(Counts, Arc<str>)>, String> {
    let mut at_that_time = looks.iter().filter(|look| look.at == at).flat_map(|look| &look.readings);
    let Some(reading) = at_that_time.find(|reading| place.owns(slo, reading)) else { return Ok(None) };
    let counts = counts(reading, "the time before the deploy")?;
    Ok(counts.map(|counts| (counts, Arc::clone(&reading.query))))
}

#[cfg(test)]
mod tests;
