//! The feed of when series began: how much of a window a young service or version has lived through.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    api::Tally,
    connector::Prometheus,
    decode::sample::instant,
    owner::Owners,
    query::{
        first_seen::AgeQuestion,
        part::{Role, requests, take_mark},
        scope::Scope,
    },
    window,
};
use crate::domain::{
    facts::{Answer, Facts},
    labels::Labels,
    slo::reading::{FirstSeen, SloFacts},
    source::SourceError,
    time::Timestamp,
};

/// Which label sets are there, and since when the young ones are.
#[derive(Default)]
struct Age {
    now: BTreeMap<Labels, Timestamp>,
    then: BTreeSet<Labels>,
    since: BTreeMap<Labels, Timestamp>,
}

/// Asks when the series of all definitions began, by service and by version.
///
/// # Errors
/// Whatever keeps one of the answers from arriving.
pub(super) async fn ask(source: &Prometheus, scope: Scope<'_>) -> Result<Answer, SourceError> {
    let mut tally = Tally::default();
    let questions = questions(source, scope, &mut tally).await?;
    let mut ages: Vec<Age> = questions.iter().map(|_| Age::default()).collect();
    let presence: Vec<String> = questions.iter().enumerate().map(|(number, asked)| asked.presence(number)).collect();
    collect(source, &presence, &mut ages, &mut tally).await?;

    let mut beginnings = Vec::new();
    for (number, (question, age)) in questions.iter().zip(&mut ages).enumerate() {
        let known = source.memory.beginnings(&question.key());
        let young: BTreeSet<Labels> = age.now.keys().filter(|labels| !age.then.contains(*labels)).cloned().collect();
        age.since = known.into_iter().filter(|(labels, _)| young.contains(labels)).collect();
        let unknown: BTreeSet<Labels> = young.into_iter().filter(|labels| !age.since.contains_key(labels)).collect();
        if !unknown.is_empty() {
            beginnings.push(question.beginnings(number, &unknown));
        }
    }
    collect(source, &beginnings, &mut ages, &mut tally).await?;

    let mut facts = SloFacts::default();
    for (question, age) in questions.iter().zip(ages) {
        tell(question, &age, &mut facts.first_seen);
        source.memory.keep_beginnings(question.key(), age.since);
    }
    Ok(tally.answer(Facts::Slo(facts), None))
}

async fn questions(source: &Prometheus, scope: Scope<'_>, tally: &mut Tally) -> Result<Vec<AgeQuestion>, SourceError> {
    let services = scope.groups(scope.definitions(), false);
    let versions = scope.groups(scope.definitions(), true);
    let groups: Vec<_> = services.into_iter().chain(versions).collect();
    let sides = window::sides(source, &groups, tally).await?;
    // What cannot be asked is told by the feeds of the windows.
    let askable = groups.into_iter().zip(sides).filter_map(|(group, sides)| Some((group, sides.ok()?)));
    Ok(askable.filter_map(|(group, sides)| AgeQuestion::new(group, &sides)).collect())
}

async fn collect(
    source: &Prometheus,
    expressions: &[String],
    ages: &mut [Age],
    tally: &mut Tally,
) -> Result<(), SourceError> {
    for request in requests(expressions.iter().map(String::as_str)) {
        for mut row in source.api.instant(&request, tally).await? {
            let (Some((number, role)), Some(sample)) = (take_mark(&mut row.metric), row.value) else { continue };
            let Some(age) = ages.get_mut(number) else { continue };
            match role {
                Role::Now => age.now.extend(sample.at().map(|at| (row.metric, at))),
                Role::Then => {
                    age.then.insert(row.metric);
                }
                Role::Since | Role::SinceCoarse => {
                    if let Some(at) = instant(sample.value) {
                        age.since.entry(row.metric).and_modify(|first| *first = at.min(*first)).or_insert(at);
                    }
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// When each label set began: the young ones at their first sample, the others before what was looked at.
fn tell(question: &AgeQuestion, age: &Age, told: &mut Vec<FirstSeen>) {
    let owners = Owners::of(&question.group);
    for (labels, evaluated) in &age.now {
        let at = match age.since.get(labels) {
            Some(since) => *since,
            None if age.then.contains(labels) => *evaluated - question.back.delta(),
            None => continue,
        };
        let mut labels = labels.clone();
        let version = question.group.version_label.as_ref().and_then(|label| labels.remove(label));
        for member in owners.of_row(&labels) {
            told.push(FirstSeen {
                slo: member.slo.clone(),
                labels: labels.clone(),
                version: version.clone(),
                at,
                looked_back: question.back,
            });
        }
    }
}
