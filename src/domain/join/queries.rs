//! Queries of triggers: which have to be asked, and what is known of their answers.

use std::collections::BTreeSet;

use crate::domain::{
    catalog::Catalog,
    facts::Facts,
    feed::Freshness,
    object::SourceName,
    release::{Phase, Release},
    room::Room,
    time::Timestamp,
    trigger::{
        Condition,
        query::{Answered, Query, Told},
    },
};

/// The feed of their answers.
pub const FEED: &str = "triggers";

/// The expressions that `source` is asked for: each once, of the releases that are under way in `environment`, however many
/// services they have.
#[must_use]
pub fn wanted<'a>(
    catalog: &'a Catalog,
    in_flight: &BTreeSet<(String, String)>,
    (source, environment): (&SourceName, Option<&str>),
) -> BTreeSet<&'a str> {
    let mut wanted = BTreeSet::new();
    for (id, criteria) in &catalog.criteria {
        let Some(file) = catalog.releases.get(id) else { continue };
        let here = environment.is_none_or(|own| own == file.environment);
        let moves = |service: &str| in_flight.contains(&(service.to_owned(), file.environment.clone()));
        if !here || !file.components.iter().any(|component| moves(&component.service)) {
            continue;
        }
        let asked = criteria.triggers.iter().filter_map(|trigger| match &trigger.condition {
            Condition::Query(query) => Some(query),
            _ => None,
        });
        let asked = asked.filter(|query| query.source.as_ref().is_none_or(|wanted| wanted == source));
        wanted.extend(asked.flat_map(Query::expressions));
    }
    wanted
}

/// The services of declared releases that are under way, where nobody has said so yet.
#[must_use]
pub fn under_way(releases: &[Release]) -> BTreeSet<(String, String)> {
    let moves = |release: &&Release| {
        release.file.is_some() && !matches!(release.phase, Phase::Planned | Phase::Done | Phase::RolledBack)
    };
    let places = |release: &Release| {
        let environment = release.environment.clone();
        release
            .components
            .iter()
            .map(move |component| (component.service.clone(), environment.clone()))
            .collect::<Vec<_>>()
    };
    releases.iter().filter(moves).flat_map(places).collect()
}

/// What is known of all answers. A source that is silent for too long says nothing any more.
pub(super) fn join(room: &Room, now: Timestamp) -> Vec<Told> {
    let mut told = Vec::new();
    for (source, name, state) in room.feeds().filter(|(_, name, _)| *name == FEED) {
        let Some(good) = &state.feed.good else { continue };
        let Facts::Queries(answers) = &good.value else { continue };
        let silent = (state.feed.freshness(now) >= Freshness::Stale).then(|| {
            let age = crate::domain::time::Span::between(good.newest, now).age();
            format!("STALE {age}: the feed {name} of {}", source.spec.name)
        });
        told.extend(answers.iter().map(|answered| Told {
            source: source.spec.name.clone(),
            environment: source.spec.environment.clone(),
            at: good.newest,
            answered: match &silent {
                Some(why) => Answered { rows: Err(why.clone()), ..answered.clone() },
                None => answered.clone(),
            },
        }));
    }
    told
}
