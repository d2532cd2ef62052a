//! The feeds of windows: counts of every definition that wants the window, in as few requests as the limits allow.

use std::collections::BTreeMap;

use super::{
    api::Tally,
    connector::Prometheus,
    query::{
        bucket::Boundaries,
        counts::Question,
        indicator::{BOUNDARY_LABEL, Sides, buckets},
        part::{Part, Role, aggregate, joined, requests, take_mark},
        scope::{Group, Scope},
    },
    reading::readings,
};
use crate::domain::{
    facts::{Answer, Facts},
    slo::{
        definition::{Indicator, Slo, Window},
        reading::{Asked, SloFacts},
    },
    source::SourceError,
};

/// Asks for the counts of each definition over its window.
///
/// # Errors
/// Whatever keeps one of the answers from arriving: a feed is whole or it failed.
pub(super) async fn ask(
    source: &Prometheus,
    scope: Scope<'_>,
    wanted: &[(&Slo, Window)],
    by_version: bool,
) -> Result<Answer, SourceError> {
    let mut tally = Tally::default();
    let (windows, groups): (Vec<_>, Vec<_>) = groups(scope, wanted, by_version).into_iter().unzip();
    let sides = sides(source, &groups, &mut tally).await?;
    let mut facts = SloFacts::default();
    let mut questions = Vec::new();
    for ((window, group), sides) in windows.into_iter().zip(groups).zip(sides) {
        match sides {
            Ok(sides) => questions.push(Question::new(questions.len(), group, &sides, window)),
            Err(why) => refuse(&group, window, &why, &mut facts.asked),
        }
    }
    let mut rows = Vec::new();
    for request in requests(questions.iter().map(|question| &*question.expression)) {
        rows.extend(source.api.instant(&request, &mut tally).await?);
    }
    let found = readings(&questions, rows);
    facts.asked.extend(found.asked);
    facts.readings = found.readings;
    Ok(tally.answer(Facts::Slo(facts), found.newest))
}

/// Both sides of each group, or in words why it cannot be asked.
///
/// # Errors
/// Whatever keeps the boundaries of histograms from arriving.
pub(super) async fn sides(
    source: &Prometheus,
    groups: &[Group],
    tally: &mut Tally,
) -> Result<Vec<Result<Sides, String>>, SourceError> {
    let boundaries = boundaries(source, groups, tally).await?;
    let known = |group: &Group| histogram(group).and_then(|selector| boundaries.get(&selector));
    Ok(groups.iter().map(|group| Sides::of(group, known(group))).collect())
}

/// The groups of each window. Definitions of one group share an expression; windows do not.
fn groups(scope: Scope<'_>, wanted: &[(&Slo, Window)], by_version: bool) -> Vec<(Window, Group)> {
    let mut windows: BTreeMap<Window, Vec<&Slo>> = BTreeMap::new();
    for (slo, window) in wanted {
        windows.entry(*window).or_default().push(slo);
    }
    let groups = windows
        .into_iter()
        .flat_map(|(window, slos)| scope.groups(slos, by_version).into_iter().map(move |group| (window, group)));
    groups.collect()
}

/// A definition that cannot be asked is told as a question without an answer, so that it is NO DATA with a reason.
pub(super) fn refuse(group: &Group, window: Window, why: &str, asked: &mut Vec<Asked>) {
    for member in &group.members {
        asked.push(Asked {
            slo: member.slo.clone(),
            window,
            by_version: group.version_label.is_some(),
            query: "".into(),
            notes: vec![why.to_owned()],
        });
    }
}

/// The selector of the buckets of a group's histogram.
fn histogram(group: &Group) -> Option<String> {
    let Indicator::Latency { histogram, .. } = &group.indicator else { return None };
    Some(buckets(group, histogram).ok()?.to_string())
}

/// The boundaries of all histograms of `groups`: one request for those that are not known.
///
/// The boundaries of series that live now, not of all that the server ever stored, which is what the label's values would be.
async fn boundaries(
    source: &Prometheus,
    groups: &[Group],
    tally: &mut Tally,
) -> Result<BTreeMap<String, Boundaries>, SourceError> {
    let now = source.clock.now();
    let mut known = BTreeMap::new();
    let mut unknown = Vec::new();
    for selector in groups.iter().filter_map(histogram) {
        match source.memory.boundaries(&selector, now) {
            Some(boundaries) => {
                known.insert(selector, boundaries);
            }
            None if !unknown.contains(&selector) => unknown.push(selector),
            None => {}
        }
    }
    let questions: Vec<String> = unknown
        .iter()
        .enumerate()
        .map(|(number, selector)| {
            let expression = aggregate("count", &[BOUNDARY_LABEL.to_owned()], selector);
            joined(number, &[Part { role: Role::Now, expression }])
        })
        .collect();
    let mut found: BTreeMap<usize, Vec<(String, f64)>> = BTreeMap::new();
    for request in requests(questions.iter().map(String::as_str)) {
        for mut row in source.api.instant(&request, tally).await? {
            let (Some((number, _)), Some(le)) = (take_mark(&mut row.metric), row.metric.remove(BOUNDARY_LABEL)) else {
                continue;
            };
            found.entry(number).or_default().push((le, row.value.map_or(0.0, |sample| sample.value)));
        }
    }
    let found = unknown
        .into_iter()
        .enumerate()
        .map(|(number, selector)| (selector, Boundaries::new(found.remove(&number).unwrap_or_default())));
    let found: Vec<_> = found.collect();
    source
        .memory
        .keep_boundaries(found.iter().filter(|(_, boundaries)| *boundaries != Boundaries::default()).cloned(), now);
    known.extend(found);
    Ok(known)
}
