//! How releases, services, telemetry and deployments meet. The joins and what each says when it fails are those of
//! `docs/catalog.md`: nothing is dropped in silence, and a guess is told as one.

pub mod alerts;
pub mod business;
pub mod canary;
mod counted;
pub mod deploys;
#[cfg(test)]
pub(crate) mod example;
pub mod gauges;
mod latency;
pub mod markers;
pub mod objects;
pub mod profiles;
pub mod queries;
pub mod reasons;
pub mod releases;
pub mod services;
pub mod slos;
pub mod sources;

use super::{chart::Series, facts::Facts, picture::Picture, room::Room, time::Timestamp};

/// Joins everything that `room` knows, as of `now`.
#[must_use]
pub fn picture(room: &Room, now: Timestamp) -> Picture {
    let services = services::Index::new(&room.catalog);
    let objects = objects::collect(room, now);
    let mut releases = releases::build(room, &objects, now);
    let (slos, slos_of_no_service) = slos::judge(room, &services, &releases, now);
    let markers = markers::join(room, &objects);
    let mut analyses = canary::analyse(room, &services, &releases, now);
    let around = deploys::Around { slos: &slos, markers: &markers };
    analyses.extend(deploys::analyse(room, &services, &releases, around, now));
    analyses.extend(business::analyse(room, &services, &releases, now));
    profiles::attach(room, &mut analyses);
    let alerts = alerts::join(room, &services, &releases, now);
    let sources = sources::views(room, &releases, &slos_of_no_service, &alerts, now);
    let known = reasons::Known::new(room, &objects, &slos, &analyses, &alerts, now);
    for release in &mut releases {
        known.judge(release);
    }
    releases::sort(&mut releases);
    let queries = queries::join(room, now);
    let charts = charts(room);
    Picture { at: now, releases, slos, slos_of_no_service, analyses, queries, alerts, markers, charts, sources }
}

fn charts(room: &Room) -> Vec<Series> {
    room.feeds()
        .filter_map(|(_, _, feed)| match feed.feed.value() {
            Some(Facts::Charts(series)) => Some(series.iter().cloned()),
            _ => None,
        })
        .flatten()
        .collect()
}
