//! Evaluations at several times, asked at once: questions of one window each, at times on a grid, so that they do not move from poll to
//! poll.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    api::Tally,
    connector::Prometheus,
    decode::series::{ManySamples, OneSample},
    query::{
        counts::Question,
        histogram::{HistogramQuestion, histograms},
        part::requests,
        scope::{Group, Scope},
        selector::one_of,
    },
    reading::readings,
    window::{refuse, sides},
};
use crate::domain::{
    canary::{
        facts::{HistogramLook, Look},
        latency::one_for_each_histogram,
        windows,
    },
    catalog::service_select,
    slo::{
        definition::{Binding, Slo, Window},
        reading::Asked,
    },
    source::SourceError,
    time::{Span, Timestamp},
};

/// From, until, and the distance, in seconds.
pub(super) type Grid = (i64, i64, i64);

/// The last evaluations: times on multiples of their distance.
pub(super) fn last(now: Timestamp, every: Span) -> Grid {
    let step = i64::try_from(every.millis() / 1_000).unwrap_or(i64::MAX).max(1);
    let end = now.timestamp().div_euclid(step) * step;
    let looks = i64::try_from(windows::LOOKS).unwrap_or(1);
    (end - (looks - 1) * step, end, step)
}

/// What was counted at each time of the grid, oldest first, and what was asked.
///
/// # Errors
/// Whatever keeps one of the answers from arriving.
pub(super) async fn looks(
    source: &Prometheus,
    questions: &[Question],
    grid: Grid,
    tally: &mut Tally,
) -> Result<(Vec<Look>, Vec<Asked>), SourceError> {
    let rows = rows(source, questions.iter().map(|question| &*question.expression), grid, tally).await?;
    let every = every(grid);
    let mut asked = readings(questions, Vec::new()).asked;
    let mut looks = Vec::new();
    for (secs, rows) in rows {
        let found = readings(questions, rows);
        asked = found.asked;
        let Some(at) = Timestamp::from_timestamp(secs, 0) else { continue };
        looks.push(Look { at, every, readings: found.readings });
    }
    Ok((looks, asked))
}

/// What was counted of histograms at each time of the grid, oldest first.
///
/// # Errors
/// Whatever keeps one of the answers from arriving.
pub(super) async fn histogram_looks(
    source: &Prometheus,
    questions: &[HistogramQuestion],
    grid: Grid,
    tally: &mut Tally,
) -> Result<Vec<HistogramLook>, SourceError> {
    let rows = rows(source, questions.iter().map(|question| &*question.expression), grid, tally).await?;
    let looks = rows.into_iter().filter_map(|(secs, rows)| {
        let at = Timestamp::from_timestamp(secs, 0)?;
        Some(HistogramLook { at, every: every(grid), readings: histograms(questions, rows) })
    });
    Ok(looks.collect())
}

fn every(grid: Grid) -> Span {
    Span::from_secs(u64::try_from(grid.2).unwrap_or_default())
}

async fn rows<'a>(
    source: &Prometheus,
    expressions: impl Iterator<Item = &'a str>,
    grid: Grid,
    tally: &mut Tally,
) -> Result<BTreeMap<i64, Vec<OneSample>>, SourceError> {
    let mut rows: BTreeMap<i64, Vec<OneSample>> = BTreeMap::new();
    for request in requests(expressions) {
        for series in source.api.range(&request, grid, tally).await? {
            sort(series, &mut rows);
        }
    }
    Ok(rows)
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
///
/// # Errors
/// Whatever keeps the boundaries of histograms from arriving.
pub(super) async fn questions(
    source: &Prometheus,
    scope: Scope<'_>,
    windows: &BTreeMap<Window, BTreeSet<&str>>,
    by_version: bool,
    asked: &mut Vec<Asked>,
    tally: &mut Tally,
) -> Result<Vec<Question>, SourceError> {
    let mut wanted: Vec<(Window, Group)> = Vec::new();
    for (window, services) in windows {
        let groups = scope.groups(scope.definitions().filter(|slo| is_of(slo, services)), by_version);
        wanted.extend(groups.into_iter().filter_map(|group| Some((*window, narrowed(scope, group, services)?))));
    }
    let (windows, groups): (Vec<_>, Vec<_>) = wanted.into_iter().unzip();
    let sides = sides(source, &groups, tally).await?;
    let mut questions = Vec::new();
    for ((window, group), sides) in windows.into_iter().zip(groups).zip(sides) {
        match sides {
            Ok(sides) => questions.push(Question::new(questions.len(), group, &sides, window)),
            Err(why) => refuse(&group, window, &why, asked),
        }
    }
    Ok(questions)
}

/// One question for each window and histogram, by version, about the services that want it.
pub(super) fn histogram_questions(
    scope: Scope<'_>,
    windows: &BTreeMap<Window, BTreeSet<&str>>,
) -> Vec<HistogramQuestion> {
    let mut questions = Vec::new();
    for (window, services) in windows {
        let slos = one_for_each_histogram(scope.definitions().filter(|slo| is_of(slo, services)));
        let groups = scope.groups(slos, true).into_iter();
        for group in groups.filter_map(|group| narrowed(scope, group, services)) {
            // What cannot be asked is told by the counts of the same definition.
            questions.extend(HistogramQuestion::new(questions.len(), group, *window));
        }
    }
    questions
}

fn is_of(slo: &Slo, services: &BTreeSet<&str>) -> bool {
    match &slo.binding {
        Binding::Service(name) => services.contains(name.as_str()),
        Binding::By { .. } => true,
        Binding::Labels(_) => false,
    }
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
