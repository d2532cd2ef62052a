//! The feed of counts after deploys and before them, for services with no version beside the new one. What was before a deploy does not
//! change any more, so it is asked once; what is after it takes as many requests as windows and definitions, whatever the number of services.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    api::Tally,
    connector::Prometheus,
    looks::{last, looks, questions},
    query::scope::Scope,
};
use crate::domain::{
    canary::{
        deploy::{Deploy, GRID, LAST_WEEK, REACH},
        facts::{DeployFacts, Look},
        settings::CanarySettings,
        windows,
    },
    demand::Demand,
    facts::{Answer, Facts},
    slo::definition::Window,
    source::SourceError,
    time::{Span, Timestamp},
};

/// Samples arrive late: what is older than this does not change any more.
const SETTLED: Span = Span::from_mins(5);

/// How often the feed is asked; `None` where no deploy is to be judged here.
pub(super) fn interval(scope: Scope<'_>, demand: &Demand, usual: Span) -> Option<Span> {
    let every = deploys(scope, demand).map(|deploy| settings(scope, deploy).every);
    every.min().map(|every| every.divided(windows::LOOKS).max(usual))
}

fn deploys<'a>(scope: Scope<'a>, demand: &'a Demand) -> impl Iterator<Item = &'a Deploy> {
    demand.deploys.iter().filter(move |deploy| scope.environment.is_none_or(|bound| bound == deploy.environment))
}

fn settings(scope: Scope<'_>, deploy: &Deploy) -> CanarySettings {
    scope.catalog.services.get(&deploy.service).map(|file| file.canary).unwrap_or_default()
}

/// Asks for the counts after and before.
///
/// # Errors
/// Whatever keeps one of the answers from arriving: a feed is whole or it failed.
pub(super) async fn ask(source: &Prometheus, scope: Scope<'_>, demand: &Demand) -> Result<Answer, SourceError> {
    let mut tally = Tally::default();
    let mut facts = DeployFacts { about: demand.deploys.clone(), ..DeployFacts::default() };
    let now = source.clock.now();
    let mut wanted: BTreeMap<Span, BTreeMap<Window, BTreeSet<&str>>> = BTreeMap::new();
    for deploy in deploys(scope, demand) {
        let settings = settings(scope, deploy);
        for window in windows::windows(deploy.full, &settings, now) {
            wanted.entry(settings.every).or_default().entry(window).or_default().insert(&deploy.service);
        }
    }
    for (every, windows) in wanted {
        let questions = questions(source, scope, &windows, false, &mut facts.asked, &mut tally).await?;
        let (looks, asked) = looks(source, &questions, last(now, every), &mut tally).await?;
        facts.after.extend(looks);
        facts.asked.extend(asked);
    }
    facts.after.sort_by_key(|look| look.at);
    let past = Past { source, scope, demand, now };
    facts.before = past.looks(REACH, Deploy::before, &mut tally).await?;
    facts.last_week = past.looks(LAST_WEEK, Deploy::last_week, &mut tally).await?;
    Ok(tally.answer(Facts::Deploys(facts), None))
}

/// What is over.
#[derive(Clone, Copy)]
struct Past<'a> {
    source: &'a Prometheus,
    scope: Scope<'a>,
    demand: &'a Demand,
    now: Timestamp,
}

impl Past<'_> {
    /// The counts over `window` that ends at a time of each deploy.
    async fn looks(
        self,
        window: Window,
        end: fn(&Deploy) -> Timestamp,
        tally: &mut Tally,
    ) -> Result<Vec<Look>, SourceError> {
        let deploys: Vec<&Deploy> = deploys(self.scope, self.demand).collect();
        let services: BTreeSet<&str> = deploys.iter().map(|deploy| deploy.service.as_str()).collect();
        let times: BTreeSet<Timestamp> = deploys.iter().map(|deploy| end(deploy)).collect();
        let (Some(first), Some(newest)) = (times.first(), times.last()) else { return Ok(Vec::new()) };
        let grid = (first.timestamp(), newest.timestamp(), i64::try_from(GRID.millis() / 1_000).unwrap_or(300));
        let windows = BTreeMap::from([(window, services)]);
        let questions = questions(self.source, self.scope, &windows, false, &mut Vec::new(), tally).await?;
        let expressions: Vec<&str> = questions.iter().map(|question| &*question.expression).collect();
        let key = format!("{grid:?} {}", expressions.join("\n"));
        if let Some(known) = self.source.memory.past(&key, self.now) {
            return Ok(known);
        }
        let (mut found, _) = looks(self.source, &questions, grid, tally).await?;
        found.retain(|look| times.contains(&look.at));
        if *newest + SETTLED.delta() <= self.now {
            self.source.memory.keep_past(key, found.clone(), self.now);
        }
        Ok(found)
    }
}
