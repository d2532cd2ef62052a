//! From the connectors to whoever listens, without bounds to overrun: a slow listener gets the newest facts of each
//! feed, not all of them.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;

use super::Event;
use crate::domain::{facts::Delivery, feed::FeedName, object::SourceName, source::SourceSpec};

/// Where the tasks of the sources put what they have.
#[derive(Clone)]
pub(super) struct Outbox {
    shared: Arc<Shared>,
}

struct Shared {
    state: Mutex<State>,
    filled: Notify,
}

#[derive(Default)]
struct State {
    specs: Vec<SourceSpec>,
    specs_changed: bool,
    /// Feeds that have something, in the order in which they got it.
    order: VecDeque<(SourceName, FeedName)>,
    waiting: HashMap<(SourceName, FeedName), Waiting>,
    closed: bool,
}

/// What waits of one feed: the newest good answer, and the newest failure after it. A failure must not push out the good
/// answer before it, or the value would be lost that it is to stand beside.
#[derive(Default)]
struct Waiting {
    good: Option<Box<Delivery>>,
    failure: Option<Box<Delivery>>,
}

impl Outbox {
    pub(super) fn new(specs: Vec<SourceSpec>) -> (Self, Events) {
        let state = State { specs, specs_changed: true, ..State::default() };
        let shared = Arc::new(Shared { state: Mutex::new(state), filled: Notify::new() });
        (Self { shared: shared.clone() }, Events { shared })
    }

    /// Puts the spec of one source in the place of the one with the same name.
    pub(super) fn set_spec(&self, spec: SourceSpec) {
        let mut state = self.shared.lock();
        if let Some(place) = state.specs.iter_mut().find(|known| known.name == spec.name)
            && *place != spec
        {
            *place = spec;
            state.specs_changed = true;
        }
        drop(state);
        self.shared.filled.notify_one();
    }

    /// Takes one delivery.
    pub(super) fn deliver(&self, delivery: Delivery) {
        let key = (delivery.source.clone(), delivery.feed.clone());
        let mut state = self.shared.lock();
        if !state.waiting.contains_key(&key) {
            state.order.push_back(key.clone());
        }
        let waiting = state.waiting.entry(key).or_default();
        if delivery.outcome.is_ok() {
            *waiting = Waiting { good: Some(Box::new(delivery)), failure: None };
        } else {
            waiting.failure = Some(Box::new(delivery));
        }
        drop(state);
        self.shared.filled.notify_one();
    }

    /// Nothing will come any more.
    pub(super) fn close(&self) {
        self.shared.lock().closed = true;
        self.shared.filled.notify_one();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the sources have to say, for one listener.
pub struct Events {
    shared: Arc<Shared>,
}

impl Events {
    /// Waits for the next event; `None` when the schedule has ended and everything was told.
    ///
    /// Dropping the future loses nothing.
    pub async fn recv(&mut self) -> Option<Event> {
        loop {
            {
                let mut state = self.shared.lock();
                if let Some(event) = state.take() {
                    return Some(event);
                }
                if state.closed {
                    return None;
                }
            }
            self.shared.filled.notified().await;
        }
    }

    /// The next event, if there is one already.
    pub fn try_recv(&mut self) -> Option<Event> {
        self.shared.lock().take()
    }
}

impl State {
    /// Specs go first: a delivery of a feed that nobody has heard of would be dropped.
    fn take(&mut self) -> Option<Event> {
        if std::mem::take(&mut self.specs_changed) {
            return Some(Event::Sources(self.specs.clone()));
        }
        loop {
            let key = self.order.front()?;
            let waiting =
                self.waiting.get_mut(key).and_then(|waiting| waiting.good.take().or_else(|| waiting.failure.take()));
            match waiting {
                Some(delivery) => return Some(Event::Delivery(delivery)),
                None => {
                    if let Some(key) = self.order.pop_front() {
                        self.waiting.remove(&key);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        facts::{Answer, Facts},
        source::{ErrorKind, SourceError},
        time::Timestamp,
    };

    fn delivery(feed: &str, second: i64, good: bool) -> Delivery {
        let at = Timestamp::from_timestamp(1_700_000_000 + second, 0).expect("in range");
        let outcome = if good {
            Ok(Answer::of(Facts::Alerts(Vec::new())))
        } else {
            Err(SourceError::new(ErrorKind::Timeout, "late"))
        };
        Delivery { source: "am".into(), feed: feed.to_owned(), asked: at, received: at, next: at, outcome }
    }

    fn told(events: &mut Events) -> Vec<(String, i64, bool)> {
        std::iter::from_fn(|| events.try_recv())
            .filter_map(|event| match event {
                Event::Delivery(delivery) => {
                    let second = delivery.received.timestamp() - 1_700_000_000;
                    Some((delivery.feed, second, delivery.outcome.is_ok()))
                }
                Event::Sources(_) => None,
            })
            .collect()
    }

    #[test]
    fn a_slow_listener_gets_the_newest_of_each_feed() {
        let (outbox, mut events) = Outbox::new(Vec::new());
        for second in 0..100 {
            outbox.deliver(delivery("alerts", second, true));
            outbox.deliver(delivery("silences", second, true));
        }
        assert_eq!(told(&mut events), [("alerts".to_owned(), 99, true), ("silences".to_owned(), 99, true)]);
    }

    #[test]
    fn a_failure_does_not_push_out_the_value_that_it_stands_beside() {
        let (outbox, mut events) = Outbox::new(Vec::new());
        outbox.deliver(delivery("alerts", 1, true));
        outbox.deliver(delivery("alerts", 2, false));
        outbox.deliver(delivery("alerts", 3, false));
        assert_eq!(told(&mut events), [("alerts".to_owned(), 1, true), ("alerts".to_owned(), 3, false)]);
        outbox.deliver(delivery("alerts", 4, false));
        outbox.deliver(delivery("alerts", 5, true));
        assert_eq!(told(&mut events), [("alerts".to_owned(), 5, true)]);
    }

    #[tokio::test]
    async fn what_was_there_before_the_end_is_told() {
        let (outbox, mut events) = Outbox::new(Vec::new());
        outbox.deliver(delivery("alerts", 1, true));
        outbox.close();
        assert!(matches!(events.recv().await, Some(Event::Sources(_))));
        assert!(matches!(events.recv().await, Some(Event::Delivery(_))));
        assert_eq!(events.recv().await, None);
    }
}
