//! Where everything that happens queues for the interface: one order for all, one consumer.

use std::{
    collections::VecDeque,
    sync::{Condvar, Mutex, PoisonError},
    time::Duration,
};

use crate::{app::msg::Msg, domain::time::Timestamp};

/// More keys than this wait for no one: the terminal is not being read.
const BOUND: usize = 1_024;

/// Something for the interface.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// A message for the model.
    Msg(Timestamp, Msg),
    /// The terminal may show something else than what was painted.
    Repaint,
}

/// A bounded queue. Polls of the same feed coalesce, the newest wins, so that a blocked drawing costs no memory.
#[derive(Debug, Default)]
pub struct Inbox {
    queue: Mutex<VecDeque<Event>>,
    filled: Condvar,
}

impl Inbox {
    /// Puts something in. Never waits: beyond the bound, what a person did is dropped, and what was learned replaces what was
    /// known before.
    pub fn put(&self, event: Event) {
        let mut queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let before = queue.len();
        queue.retain(|waiting| !replaces(&event, waiting));
        let person = matches!(event, Event::Msg(_, Msg::Key(_) | Msg::Burst(_) | Msg::Paste(_) | Msg::Wheel { .. }));
        if before == queue.len() && queue.len() >= BOUND && person {
            return;
        }
        queue.push_back(event);
        self.filled.notify_one();
    }

    /// Puts a message in.
    pub fn tell(&self, at: Timestamp, msg: Msg) {
        self.put(Event::Msg(at, msg));
    }

    /// Everything that waits, in order; waits for the first one, but not for longer than `patience`.
    #[must_use]
    pub fn take(&self, patience: Duration) -> Vec<Event> {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut queue, _) = self
            .filled
            .wait_timeout_while(queue, patience, |queue| queue.is_empty())
            .unwrap_or_else(PoisonError::into_inner);
        queue.drain(..).collect()
    }
}

/// Whether `event` makes `waiting` pointless.
fn replaces(event: &Event, waiting: &Event) -> bool {
    match (event, waiting) {
        (Event::Msg(_, Msg::Delivery(new)), Event::Msg(_, Msg::Delivery(old))) => {
            // A failure must not push out the good answer before it: that is the value which stays beside the failure.
            new.source == old.source && new.feed == old.feed && (new.outcome.is_ok() || old.outcome.is_err())
        }
        (
            Event::Msg(_, Msg::Evidence { release: new_release, item: new_item, .. }),
            Event::Msg(_, Msg::Evidence { release, item, .. }),
        ) => new_release == release && new_item == item,
        (Event::Msg(_, Msg::Sources(_)), Event::Msg(_, Msg::Sources(_)))
        | (Event::Msg(_, Msg::Catalog(_)), Event::Msg(_, Msg::Catalog(_)))
        | (Event::Msg(_, Msg::Ledger(_)), Event::Msg(_, Msg::Ledger(_)))
        | (Event::Msg(_, Msg::Output(_)), Event::Msg(_, Msg::Output(_)))
        | (Event::Msg(_, Msg::ConfigProblems(_)), Event::Msg(_, Msg::ConfigProblems(_)))
        | (Event::Msg(_, Msg::Themes(_)), Event::Msg(_, Msg::Themes(_)))
        | (Event::Msg(_, Msg::Resize(..)), Event::Msg(_, Msg::Resize(..)))
        | (Event::Repaint, Event::Repaint) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::key::Key,
        domain::{
            facts::{Answer, Delivery, Facts},
            source::{ErrorKind, SourceError},
        },
    };

    fn now() -> Timestamp {
        Timestamp::from_timestamp(1_700_000_000, 0).expect("in range")
    }

    fn failure(feed: &str, what: &str) -> Msg {
        Msg::Delivery(Box::new(Delivery {
            source: "prom".into(),
            feed: feed.to_owned(),
            asked: now(),
            received: now(),
            next: now(),
            outcome: Err(SourceError::new(ErrorKind::Timeout, what)),
        }))
    }

    #[test]
    fn the_newest_answer_of_a_feed_replaces_the_one_that_still_waits() {
        let inbox = Inbox::default();
        inbox.tell(now(), failure("a", "first"));
        inbox.tell(now(), failure("b", "other"));
        inbox.tell(now(), failure("a", "second"));
        let told: Vec<Event> = inbox.take(Duration::ZERO);
        let wanted = [failure("b", "other"), failure("a", "second")].map(|msg| Event::Msg(now(), msg));
        assert_eq!(told, wanted);
    }

    #[test]
    fn a_failure_does_not_push_out_the_answer_before_it() {
        let inbox = Inbox::default();
        let mut good = failure("a", "");
        if let Msg::Delivery(delivery) = &mut good {
            delivery.outcome = Ok(Answer::of(Facts::Alerts(Vec::new())));
        }
        inbox.tell(now(), good.clone());
        inbox.tell(now(), failure("a", "one"));
        inbox.tell(now(), failure("a", "two"));
        let told = inbox.take(Duration::ZERO);
        assert_eq!(told, [good.clone(), failure("a", "two")].map(|msg| Event::Msg(now(), msg)));
        inbox.tell(now(), failure("a", "three"));
        inbox.tell(now(), good.clone());
        assert_eq!(inbox.take(Duration::ZERO), [Event::Msg(now(), good)]);
    }

    #[test]
    fn a_terminal_that_nobody_reads_does_not_fill_the_memory() {
        let inbox = Inbox::default();
        for _ in 0..10_000 {
            inbox.tell(now(), Msg::Key(Key::char('j')));
            inbox.tell(now(), failure("a", "again"));
        }
        assert!(inbox.take(Duration::ZERO).len() <= BOUND + 1);
    }
}
