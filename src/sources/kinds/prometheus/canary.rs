//! The feed of counts by version for canary analysis: the last evaluations of every pair of versions that runs side by side, in as few
//! requests as windows and definitions allow, whatever the number of services.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    api::Tally,
    connector::Prometheus,
    looks::{histogram_looks, histogram_questions, last, looks, questions},
    query::scope::Scope,
};
use crate::domain::{
    canary::{facts::CanaryFacts, windows},
    demand::Demand,
    facts::{Answer, Facts},
    slo::definition::Window,
    source::SourceError,
    time::{Span, Timestamp},
};

/// The services that share the distance of their evaluations, by window.
type Wanted<'a> = BTreeMap<Span, BTreeMap<Window, BTreeSet<&'a str>>>;

/// How often the feed is asked: a third of the shortest distance of evaluations, so that a new one is seen soon. `None` where no two versions
/// run side by side here.
pub(super) fn interval(scope: Scope<'_>, demand: &Demand, usual: Span) -> Option<Span> {
    let every =
        canaries(scope, demand).filter_map(|(service, _)| Some(scope.catalog.services.get(service)?.canary.every));
    every.min().map(|every| every.divided(windows::LOOKS).max(usual))
}

/// Services that can be split by version, and since when two versions run.
pub(super) fn canaries<'a>(scope: Scope<'a>, demand: &'a Demand) -> impl Iterator<Item = (&'a str, Timestamp)> {
    let here = move |environment: &str| scope.environment.is_none_or(|bound| bound == environment);
    let known = move |service: &str| {
        scope.catalog.services.get(service).is_some_and(|file| file.telemetry.version_label.is_some())
    };
    demand
        .canaries
        .iter()
        .filter(move |(service, environment, _)| here(environment) && known(service))
        .map(|(service, _, since)| (service.as_str(), *since))
}

/// Asks for the counts at the last evaluations.
///
/// # Errors
/// Whatever keeps one of the answers from arriving: a feed is whole or it failed.
pub(super) async fn ask(source: &Prometheus, scope: Scope<'_>, demand: &Demand) -> Result<Answer, SourceError> {
    let mut tally = Tally::default();
    let mut facts = CanaryFacts { about: demand.canaries.clone(), ..CanaryFacts::default() };
    let now = source.clock.now();
    for (every, windows) in wanted(scope, demand, now) {
        let questions = questions(source, scope, &windows, true, &mut facts.asked, &mut tally).await?;
        let (looks, asked) = looks(source, &questions, last(now, every), &mut tally).await?;
        facts.looks.extend(looks);
        facts.asked.extend(asked);
        let histograms = histogram_questions(scope, &shortest(&windows));
        facts.histograms.extend(histogram_looks(source, &histograms, last(now, every), &mut tally).await?);
    }
    facts.looks.sort_by_key(|look| look.at);
    facts.histograms.sort_by_key(|look| look.at);
    // Evaluations are as far apart as their settings say: how old their samples are is judged by those, not by how often the feed is asked.
    Ok(tally.answer(Facts::Canary(facts), None))
}

/// Each service in the shortest of its windows alone.
fn shortest<'a>(windows: &BTreeMap<Window, BTreeSet<&'a str>>) -> BTreeMap<Window, BTreeSet<&'a str>> {
    let mut seen = BTreeSet::new();
    let mut shortest = BTreeMap::new();
    for (window, services) in windows {
        let new: BTreeSet<&str> = services.iter().copied().filter(|service| seen.insert(*service)).collect();
        if !new.is_empty() {
            shortest.insert(*window, new);
        }
    }
    shortest
}

fn wanted<'a>(scope: Scope<'a>, demand: &'a Demand, now: Timestamp) -> Wanted<'a> {
    let mut wanted = Wanted::new();
    for (service, since) in canaries(scope, demand) {
        let Some(file) = scope.catalog.services.get(service) else { continue };
        for window in windows::windows(since, &file.canary, now) {
            wanted.entry(file.canary.every).or_default().entry(window).or_default().insert(service);
        }
    }
    wanted
}
