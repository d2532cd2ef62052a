//! Every feed of every source once, for commands that answer and end.

use std::sync::Arc;

use futures_util::{StreamExt, future::join_all, stream};
use tokio::time::{Instant, timeout_at};

use super::{
    ask::{ask, connect, feeds},
    plan::CONCURRENCY,
};
use crate::{
    clock::Clock,
    domain::{
        canary::profile::Profiles,
        demand::Demand,
        facts::{Answer, Delivery},
        join::{business, canary, deploys, gauges, queries},
        picture::Picture,
        room::Room,
        source::{ErrorKind, FeedSpec, SourceError, SourceSpec},
        time::{Span, Timestamp},
    },
    sources::connection::{CONNECTION_FEED, CONNECTION_INTERVAL, Connection},
};

/// What one round of questions brought.
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// The sources with their feeds, in the order of the configuration.
    pub sources: Vec<SourceSpec>,
    /// One delivery for each feed, in the same order. A source that could not be set up has one, of
    /// [`CONNECTION_FEED`].
    pub deliveries: Vec<Delivery>,
}

/// Asks every feed of every source once, all sources at the same time. What has not answered after `deadline` (real time)
/// is a timeout.
pub async fn once(connections: &[Connection], clock: Clock, demand: &Demand, deadline: Span) -> Round {
    round(connections, clock, demand, deadline, &[]).await
}

/// The same, and then what only the first answers tell to ask: the counts of versions that run side by side and after deploys, and the
/// queries of triggers of releases that are under way. `profiles` are those that are stored of earlier versions.
pub async fn picture(
    connections: &[Connection],
    clock: Clock,
    demand: &Demand,
    profiles: Profiles,
    deadline: Span,
) -> Picture {
    let end = Instant::now() + deadline.duration();
    let first = once(connections, clock, demand, deadline).await;
    let mut room = Room { profiles, ..Room::new(Arc::clone(&demand.catalog), first.sources) };
    first.deliveries.into_iter().for_each(|delivery| room.deliver(delivery));
    let picture = room.picture(clock.now());
    let releases = &picture.releases;
    let (canaries, in_flight) = (canary::side_by_side(releases), queries::under_way(releases));
    let deploys = deploys::deploys(&demand.catalog, releases, picture.at);
    let measured = business::deploys(&demand.catalog, releases, picture.at);
    if !canaries.is_empty() || !deploys.is_empty() || !measured.is_empty() || !in_flight.is_empty() {
        let left = Span::from_millis(u64::try_from(end.duration_since(Instant::now()).as_millis()).unwrap_or(u64::MAX));
        let demand = Demand { in_flight, canaries, deploys, business: measured, ..demand.clone() };
        let feeds = [business::FEED, canary::FEED, deploys::FEED, gauges::FEED, queries::FEED];
        let second = round(connections, clock, &demand, left, &feeds).await;
        room.set_sources(second.sources);
        second.deliveries.into_iter().for_each(|delivery| room.deliver(delivery));
    }
    room.picture(clock.now())
}

/// Asks every feed, or those of these names alone.
async fn round(connections: &[Connection], clock: Clock, demand: &Demand, deadline: Span, only: &[&str]) -> Round {
    let end = Instant::now() + deadline.duration();
    let rounds = join_all(connections.iter().map(|connection| of_one(connection, clock, demand, end, only))).await;
    let (sources, deliveries): (Vec<_>, Vec<_>) = rounds.into_iter().unzip();
    Round { sources, deliveries: deliveries.into_iter().flatten().collect() }
}

async fn of_one(
    connection: &Connection,
    clock: Clock,
    demand: &Demand,
    end: Instant,
    only: &[&str],
) -> (SourceSpec, Vec<Delivery>) {
    let asked = clock.now();
    let made = in_time(end, connect(connection.connect.clone())).await;
    let made = made.and_then(|connector| feeds(connector.as_ref(), demand).map(|feeds| (connector, feeds)));
    let (connector, feeds) = match made {
        Ok(made) => made,
        Err(error) => {
            let feed = FeedSpec { name: CONNECTION_FEED.to_owned(), interval: CONNECTION_INTERVAL };
            return (connection.spec(), vec![delivery(connection, clock, &feed, asked, Err(error))]);
        }
    };
    let connector = connector.as_ref();
    let asked: Vec<FeedSpec> =
        feeds.iter().filter(|feed| only.is_empty() || only.contains(&feed.name.as_str())).cloned().collect();
    let deliveries = stream::iter(asked)
        .map(|feed| async move {
            let asked = clock.now();
            let outcome = in_time(end, ask(connector, &connection.source, &feed.name, demand)).await;
            delivery(connection, clock, &feed, asked, outcome)
        })
        .buffered(CONCURRENCY)
        .collect()
        .await;
    (connection.connected_spec(connector, feeds), deliveries)
}

async fn in_time<T>(end: Instant, work: impl Future<Output = Result<T, SourceError>>) -> Result<T, SourceError> {
    timeout_at(end, work)
        .await
        .unwrap_or_else(|_| Err(SourceError::new(ErrorKind::Timeout, "no whole answer before the command's deadline")))
}

fn delivery(
    connection: &Connection,
    clock: Clock,
    feed: &FeedSpec,
    asked: Timestamp,
    outcome: Result<Answer, SourceError>,
) -> Delivery {
    let received = clock.now();
    Delivery {
        source: connection.source.name.clone(),
        feed: feed.name.clone(),
        asked,
        received,
        next: received + feed.interval.delta(),
        outcome,
    }
}
