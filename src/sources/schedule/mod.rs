//! When each source is asked: one task for each, so that none waits for another.
//!
//! Each feed has its own cadence. A question that fails holds back its own feed, a source that does not answer is left
//! alone as a whole and felt for by one feed at a time; pauses grow with jitter, and `Retry-After` is a floor that nothing
//! gets below. Waiting follows the console's clock, which may be faster than life; timeouts are real time.

mod ask;
mod once;
mod outbox;
mod plan;
mod task;

use std::sync::Arc;

use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
};

pub use self::{
    once::{Round, once, picture},
    outbox::Events,
};
use self::{outbox::Outbox, task::Task};
use super::connection::Connection;
use crate::{
    clock::Clock,
    domain::{demand::Demand, facts::Delivery, object::SourceName, source::SourceSpec},
};

/// What the schedule tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// The sources and their feeds, as they are now. Comes first, and before the first delivery of each new feed.
    Sources(Vec<SourceSpec>),
    /// What one poll brought.
    Delivery(Box<Delivery>),
}

/// Keeps the schedule going. Dropping it ends every task and every question under way.
pub struct Handle {
    wakes: Vec<(SourceName, Arc<Notify>)>,
    outbox: Outbox,
    /// Dropped with the handle, which ends the tasks.
    _tasks: JoinSet<()>,
}

/// Starts to ask every source. Must be called within a tokio runtime.
#[must_use]
pub fn start(connections: Vec<Connection>, clock: Clock, demand: &watch::Receiver<Demand>) -> (Handle, Events) {
    let (outbox, events) = Outbox::new(connections.iter().map(Connection::spec).collect());
    let mut tasks = JoinSet::new();
    let mut wakes = Vec::new();
    for connection in connections {
        let wake = Arc::new(Notify::new());
        wakes.push((connection.source.name.clone(), wake.clone()));
        let task = Task { connection, clock, demand: demand.clone(), outbox: outbox.clone(), wake };
        tasks.spawn(task.run());
    }
    (Handle { wakes, outbox, _tasks: tasks }, events)
}

impl Handle {
    /// Asks this source, or all of them, now. Heard at most once a second for each source, and never before the end of a
    /// `Retry-After`.
    pub fn poll_now(&self, source: Option<&SourceName>) {
        for (name, wake) in &self.wakes {
            if source.is_none_or(|wanted| wanted == name) {
                wake.notify_one();
            }
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.outbox.close();
    }
}
