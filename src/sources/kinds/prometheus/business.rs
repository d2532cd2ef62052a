//! The feed of business metrics: events of the slot after deploys and of half an hour before them, today and in past weeks. Two ranges for
//! today and the weeks before take as many requests as there are unlike definitions and slots, whatever the number of services.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    api::Tally,
    connector::Prometheus,
    looks::{Grid, looks},
    query::{counts::Question, scope::Scope},
    window::sides,
};
use crate::domain::{
    canary::{
        deploy::{Deploy, GRID, REACH},
        facts::{BusinessFacts, Look},
        metric::{BusinessMetric, WEEK, WEEKS, slot},
    },
    catalog::Catalog,
    demand::Demand,
    facts::{Answer, Facts},
    join::business::EVERY,
    object::SourceName,
    slo::definition::{Binding, Slo, Window},
    source::SourceError,
    time::{Span, Timestamp},
};

/// Samples arrive late: what is older than this does not change any more.
const SETTLED: Span = Span::from_mins(5);

/// How often the feed is asked; `None` where no business metric is to be judged here.
pub(super) fn interval(scope: Scope<'_>, demand: &Demand, usual: Span) -> Option<Span> {
    let any = deploys(scope, demand)
        .any(|deploy| metrics(scope.catalog, scope.source).any(|metric| metric.service == deploy.service));
    any.then(|| EVERY.divided(2).max(usual))
}

fn deploys<'a>(scope: Scope<'a>, demand: &'a Demand) -> impl Iterator<Item = &'a Deploy> {
    demand.business.iter().filter(move |deploy| scope.environment.is_none_or(|bound| bound == deploy.environment))
}

fn metrics<'a>(catalog: &'a Catalog, source: &'a SourceName) -> impl Iterator<Item = &'a BusinessMetric> {
    let here = move |metric: &&BusinessMetric| metric.source.as_ref().is_none_or(|name| name == source);
    catalog.business.iter().filter(here)
}

/// Asks for the events.
///
/// # Errors
/// Whatever keeps one of the answers from arriving: a feed is whole or it failed.
pub(super) async fn ask(source: &Prometheus, scope: Scope<'_>, demand: &Demand) -> Result<Answer, SourceError> {
    let mut tally = Tally::default();
    let now = source.clock.now();
    let mut slots: BTreeMap<Window, BTreeSet<&str>> = BTreeMap::new();
    let mut before: BTreeSet<&str> = BTreeSet::new();
    for deploy in deploys(scope, demand) {
        before.insert(&deploy.service);
        if let Some(slot) = slot(deploy.began, now) {
            slots.entry(slot).or_default().insert(&deploy.service);
        }
    }
    let definitions: Vec<Slo> = metrics(scope.catalog, scope.source).filter_map(BusinessMetric::definition).collect();
    let asking = Asking { source, scope, definitions: &definitions };
    let newest = now.timestamp().div_euclid(seconds(EVERY)) * seconds(EVERY);
    let week = seconds(WEEK);
    let weeks = i64::try_from(WEEKS).unwrap_or(4);
    let mut facts = BusinessFacts { about: demand.business.clone(), ..BusinessFacts::default() };
    let questions = asking.questions(&slots, &mut tally).await?;
    facts.slots = looks(source, &questions, (newest - weeks * week, newest, week), &mut tally).await?.0;
    let questions = asking.questions(&BTreeMap::from([(REACH, before)]), &mut tally).await?;
    let ends: BTreeSet<Timestamp> = deploys(scope, demand).map(Deploy::before).collect();
    if let (Some(first), Some(last)) = (ends.first(), ends.last()) {
        for week in (0..=weeks).map(|number| number * week) {
            let grid = (first.timestamp() - week, last.timestamp() - week, seconds(GRID));
            let wanted: BTreeSet<i64> = ends.iter().map(|end| end.timestamp() - week).collect();
            facts.before.extend(asking.past(&questions, grid, &wanted, now, &mut tally).await?);
        }
    }
    Ok(tally.answer(Facts::Business(facts), None))
}

fn seconds(span: Span) -> i64 {
    i64::try_from(span.millis() / 1_000).unwrap_or(i64::MAX)
}

/// What is asked with.
#[derive(Clone, Copy)]
struct Asking<'a> {
    source: &'a Prometheus,
    scope: Scope<'a>,
    definitions: &'a [Slo],
}

impl Asking<'_> {
    async fn questions(
        self,
        windows: &BTreeMap<Window, BTreeSet<&str>>,
        tally: &mut Tally,
    ) -> Result<Vec<Question>, SourceError> {
        let mut wanted = Vec::new();
        for (window, services) in windows {
            let of_these =
                |slo: &&Slo| matches!(&slo.binding, Binding::Service(name) if services.contains(name.as_str()));
            let groups = self.scope.groups(self.definitions.iter().filter(of_these), false);
            wanted.extend(groups.into_iter().map(|group| (*window, group)));
        }
        let (windows, groups): (Vec<_>, Vec<_>) = wanted.into_iter().unzip();
        let sides = sides(self.source, &groups, tally).await?;
        let mut questions = Vec::new();
        for ((window, group), sides) in windows.into_iter().zip(groups).zip(sides) {
            // One that cannot be asked has no reading, which is told.
            questions.extend(sides.map(|sides| Question::new(questions.len(), group, &sides, window)));
        }
        Ok(questions)
    }

    /// What was counted at times that are over: asked once.
    async fn past(
        self,
        questions: &[Question],
        grid: Grid,
        wanted: &BTreeSet<i64>,
        now: Timestamp,
        tally: &mut Tally,
    ) -> Result<Vec<Look>, SourceError> {
        let expressions: Vec<&str> = questions.iter().map(|question| &*question.expression).collect();
        let key = format!("{grid:?} {}", expressions.join("\n"));
        if let Some(known) = self.source.memory.past(&key, now) {
            return Ok(known);
        }
        let (mut found, _) = looks(self.source, questions, grid, tally).await?;
        found.retain(|look| wanted.contains(&look.at.timestamp()));
        if grid.1 + seconds(SETTLED) <= now.timestamp() {
            self.source.memory.keep_past(key, found.clone(), now);
        }
        Ok(found)
    }
}
