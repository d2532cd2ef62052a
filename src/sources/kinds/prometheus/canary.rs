//! The feed of counts by version for canary analysis: the last evaluations of every pair of versions that runs side by side, in as few
//! requests as windows and definitions allow, whatever the number of services.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    api::Tally,
    connector::Prometheus,
    decode::series::{ManySamples, OneSample},
    query::{
        counts::Question,
        part::requests,
        scope::{Group, Scope},
        selector::one_of,
    },
    reading::readings,
    window::{refuse, sides},
};
use crate::domain::{
    canary::{
        facts::{CanaryFacts, Look},
        windows,
    },
    catalog::service_select,
    demand::Demand,
    facts::{Answer, Facts},
    slo::definition::{Binding, Slo, Window},
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
fn canaries<'a>(scope: Scope<'a>, demand: &'a Demand) -> impl Iterator<Item = (&'a str, Timestamp)> {
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
    let mut facts = CanaryFacts::default();
    for (every, windows) in wanted(scope, demand, source.clock.now()) {
        let questions = questions(source, scope, &windows, &mut facts, &mut tally).await?;
        let grid = grid(source.clock.now(), every);
        let mut rows: BTreeMap<i64, Vec<OneSample>> = BTreeMap::new();
        for request in requests(questions.iter().map(|question| &*question.expression)) {
            for series in source.api.range(&request, grid, &mut tally).await? {
                sort(series, &mut rows);
            }
        }
        let mut asked = readings(&questions, Vec::new()).asked;
        for (secs, rows) in rows {
            let found = readings(&questions, rows);
            asked = found.asked;
            let Some(at) = Timestamp::from_timestamp(secs, 0) else { continue };
            facts.looks.push(Look { at, every, readings: found.readings });
        }
        facts.asked.extend(asked);
    }
    facts.looks.sort_by_key(|look| look.at);
    // Evaluations are as far apart as their settings say: how old their samples are is judged by those, not by how often the feed is asked.
    Ok(tally.answer(Facts::Canary(facts), None))
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

/// The last evaluations: times on multiples of their distance, so that they do not move from poll to poll.
fn grid(now: Timestamp, every: Span) -> (i64, i64, i64) {
    let step = i64::try_from(every.millis() / 1_000).unwrap_or(i64::MAX).max(1);
    let end = now.timestamp().div_euclid(step) * step;
    let looks = i64::try_from(windows::LOOKS).unwrap_or(1);
    (end - (looks - 1) * step, end, step)
}

/// The rows of a series, by time.
fn sort(series: ManySamples, rows: &mut BTreeMap<i64, Vec<OneSample>>) {
    let ManySamples { metric, values, .. } = series;
    for sample in values {
        #[expect(clippy::cast_possible_truncation, reason = "times of evaluations are whole seconds of this century")]
        let at = sample.secs.round() as i64;
        rows.entry(at).or_default().push(OneSample { metric: metric.clone(), value: Some(sample), histogram: None });
    }
}

/// One question for each window and group of definitions, about the services that want it.
async fn questions(
    source: &Prometheus,
    scope: Scope<'_>,
    windows: &BTreeMap<Window, BTreeSet<&str>>,
    facts: &mut CanaryFacts,
    tally: &mut Tally,
) -> Result<Vec<Question>, SourceError> {
    let mut wanted: Vec<(Window, Group)> = Vec::new();
    for (window, services) in windows {
        let of_these = |slo: &&Slo| match &slo.binding {
            Binding::Service(name) => services.contains(name.as_str()),
            Binding::By { .. } => true,
            Binding::Labels(_) => false,
        };
        let groups = scope.groups(scope.definitions().filter(of_these), true);
        wanted.extend(groups.into_iter().filter_map(|group| Some((*window, narrowed(scope, group, services)?))));
    }
    let (windows, groups): (Vec<_>, Vec<_>) = wanted.into_iter().unzip();
    let sides = sides(source, &groups, tally).await?;
    let mut questions = Vec::new();
    for ((window, group), sides) in windows.into_iter().zip(groups).zip(sides) {
        match sides {
            Ok(sides) => questions.push(Question::new(questions.len(), group, &sides, window)),
            Err(why) => refuse(&group, window, &why, &mut facts.asked),
        }
    }
    Ok(questions)
}

/// A definition for every service, asked for these services alone; `None` where none of them carries its label.
fn narrowed(scope: Scope<'_>, mut group: Group, services: &BTreeSet<&str>) -> Option<Group> {
    let Some(label) = group.members.iter().find_map(|member| member.by.clone()) else { return Some(group) };
    let selects: Vec<_> = services.iter().map(|service| service_select(scope.catalog, service)).collect();
    let values: BTreeSet<&str> = selects.iter().filter_map(|select| select.get(&label)).map(String::as_str).collect();
    if values.is_empty() {
        return None;
    }
    group.matchers.push(one_of(&label, values));
    Some(group)
}
