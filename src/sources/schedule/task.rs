//! The task of one source: it connects, asks each feed when it is due, and tells what came.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use futures_util::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio::{
    sync::{Notify, watch},
    time::Instant,
};

use super::{
    ask::{ask, connect, feeds, guarded},
    outbox::Outbox,
    plan::Plan,
};
use crate::{
    clock::Clock,
    domain::{
        demand::Demand,
        facts::{Answer, Delivery},
        feed::FeedName,
        join::{business, canary, deploys, gauges},
        source::SourceError,
        time::{Span, Timestamp},
    },
    sources::{
        backoff::Backoff,
        connection::{CONNECTION_FEED, CONNECTION_INTERVAL, Connection},
        connector::Connector,
    },
};

/// What a task works with.
pub(super) struct Task {
    pub(super) connection: Connection,
    pub(super) clock: Clock,
    pub(super) demand: watch::Receiver<Demand>,
    pub(super) outbox: Outbox,
    pub(super) wake: Arc<Notify>,
}

/// How one poll ended.
struct Polled {
    feed: FeedName,
    asked: Timestamp,
    outcome: Result<Answer, SourceError>,
}

impl Task {
    /// Runs until it is dropped.
    pub(super) async fn run(mut self) {
        let connector = self.connected().await;
        self.watch(connector.as_ref()).await;
    }

    /// Tries until there is a connector. What is missing may appear.
    async fn connected(&self) -> Box<dyn Connector> {
        let mut backoff = Backoff::new(self.clock.real_duration(CONNECTION_INTERVAL));
        loop {
            let asked = self.clock.now();
            match connect(self.connection.connect.clone()).await {
                Ok(connector) => return connector,
                Err(error) => {
                    let pause = backoff.next_pause().min(CONNECTION_INTERVAL.duration()).div_f64(self.clock.speed());
                    let polled = Polled { feed: CONNECTION_FEED.to_owned(), asked, outcome: Err(error) };
                    self.deliver(polled, pause);
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        () = self.wake.notified() => {}
                    }
                }
            }
        }
    }

    async fn watch(&mut self, connector: &dyn Connector) {
        let mut plan = Plan::new(self.clock);
        let mut polls: FuturesUnordered<BoxFuture<'_, Polled>> = FuturesUnordered::new();
        let mut changes: FuturesUnordered<BoxFuture<'_, FeedName>> = FuturesUnordered::new();
        let mut listening = BTreeSet::new();
        let mut demand = Arc::new(self.demand.borrow_and_update().clone());
        let mut demand_may_change = true;
        self.adopt(connector, &demand, &mut plan);
        loop {
            for feed in plan.start(Instant::now()) {
                if listening.insert(feed.clone()) {
                    changes.push(Box::pin(changed(connector, feed.clone())));
                }
                polls.push(Box::pin(self.poll(connector, feed, demand.clone())));
            }
            let due = plan.wake_at();
            let wake = self.wake.clone();
            let mut wanted = self.demand.clone();
            tokio::select! {
                Some(polled) = polls.next() => self.take(polled, &mut plan),
                Some(feed) = changes.next() => {
                    listening.remove(&feed);
                    plan.changed(&feed, Instant::now());
                }
                () = until(due) => {}
                () = wake.notified() => plan.wake(Instant::now()),
                news = wanted.changed(), if demand_may_change => {
                    demand_may_change = news.is_ok();
                    let before = demand;
                    demand = Arc::new(self.demand.borrow_and_update().clone());
                    self.adopt(connector, &demand, &mut plan);
                    let now = Instant::now();
                    for (feed, same) in [
                        (canary::FEED, before.canaries == demand.canaries),
                        (gauges::FEED, before.canaries == demand.canaries),
                        (deploys::FEED, before.deploys == demand.deploys),
                        (business::FEED, before.business == demand.business),
                    ] {
                        if !same {
                            // What was asked, or is being asked, is not about the new ones.
                            plan.changed(feed, now);
                        }
                    }
                    if before.catalog != demand.catalog {
                        // Every question may be another one now.
                        plan.wake(Instant::now());
                    }
                }
            }
        }
    }

    fn adopt(&self, connector: &dyn Connector, demand: &Demand, plan: &mut Plan) {
        match feeds(connector, demand) {
            Ok(feeds) => {
                plan.adopt(&feeds, Instant::now());
                self.outbox.set_spec(self.connection.connected_spec(connector, feeds));
            }
            Err(error) => {
                plan.adopt(&[], Instant::now());
                self.outbox.set_spec(self.connection.spec());
                let polled = Polled { feed: CONNECTION_FEED.to_owned(), asked: self.clock.now(), outcome: Err(error) };
                self.deliver(polled, CONNECTION_INTERVAL.duration());
            }
        }
    }

    fn poll<'a>(
        &self,
        connector: &'a dyn Connector,
        feed: FeedName,
        demand: Arc<Demand>,
    ) -> impl Future<Output = Polled> + Send + use<'a> {
        let (clock, source) = (self.clock, self.connection.source.clone());
        async move {
            let asked = clock.now();
            let outcome = ask(connector, &source, &feed, &demand).await;
            Polled { feed, asked, outcome }
        }
    }

    /// Plans the next poll of the feed and tells what came; an answer to a feed that nobody wants any more is dropped.
    fn take(&self, polled: Polled, plan: &mut Plan) {
        let now = Instant::now();
        let next = match &polled.outcome {
            Ok(_) => plan.succeeded(&polled.feed, now),
            Err(error) => plan.failed(&polled.feed, error, now),
        };
        if let Some(next) = next {
            self.deliver(polled, next.saturating_duration_since(now));
        }
    }

    fn deliver(&self, polled: Polled, real_pause: Duration) {
        let received = self.clock.now();
        let pause = real_pause.mul_f64(self.clock.speed());
        self.outbox.deliver(Delivery {
            source: self.connection.source.name.clone(),
            feed: polled.feed,
            asked: polled.asked,
            received,
            next: received + Span::from_millis(u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)).delta(),
            outcome: polled.outcome,
        });
    }
}

async fn changed(connector: &dyn Connector, feed: FeedName) -> FeedName {
    // One that panics here is asked at its interval, and no more is made of it.
    if guarded(async { connector.changed(&feed).await }).await.is_err() {
        std::future::pending::<()>().await;
    }
    feed
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}
