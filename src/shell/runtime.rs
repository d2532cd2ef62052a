//! What runs beside the interface: the schedule of the sources, and what reloads files. It goes on when nobody reads the terminal.

use std::{io, sync::Arc};

use tokio::{
    runtime::{Builder, Runtime},
    sync::{mpsc, watch},
};

use super::{
    console::{Feeds, WORKER},
    inbox::Inbox,
};
use crate::{
    app::msg::Msg,
    clock::Clock,
    domain::{demand::Demand, object::SourceName},
    sources::{
        connection::Connection,
        schedule::{self, Event},
    },
};

/// Threads of the runtime.
const WORKERS: usize = 2;

/// The runtime of a console or of a command.
///
/// # Errors
/// When its threads cannot be started.
pub fn start() -> io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(WORKERS).thread_name(WORKER).enable_all().build()
}

/// Something for the schedule to do.
#[derive(Debug)]
enum Order {
    /// Ask this source, or all of them, now.
    Poll(Option<SourceName>),
    /// Ask these from now on instead.
    Replace(Vec<Connection>),
}

/// The schedule of the sources, running.
#[derive(Clone, Debug)]
pub struct Sources {
    orders: mpsc::UnboundedSender<Order>,
    demand: watch::Sender<Demand>,
}

impl Sources {
    /// Starts to ask `connections`; what they say goes into `inbox`. It ends when the last clone is dropped.
    #[must_use]
    pub fn start(
        runtime: &Runtime,
        connections: Vec<Connection>,
        clock: Clock,
        demand: Demand,
        inbox: Arc<Inbox>,
    ) -> Self {
        let (orders, ordered) = mpsc::unbounded_channel();
        let (demand, wanted) = watch::channel(demand);
        runtime.spawn(ask(connections, clock, wanted, ordered, inbox));
        Self { orders, demand }
    }

    /// Asks these sources from now on instead of those before.
    pub fn replace(&self, connections: Vec<Connection>) {
        // Nobody listens any more only when the console ends.
        let _ = self.orders.send(Order::Replace(connections));
    }
}

impl Feeds for Sources {
    fn poll(&self, source: Option<SourceName>) {
        let _ = self.orders.send(Order::Poll(source));
    }

    fn demand(&self, demand: Demand) {
        self.demand.send_replace(demand);
    }
}

async fn ask(
    connections: Vec<Connection>,
    clock: Clock,
    demand: watch::Receiver<Demand>,
    mut orders: mpsc::UnboundedReceiver<Order>,
    inbox: Arc<Inbox>,
) {
    let (mut handle, mut events) = schedule::start(connections, clock, &demand);
    loop {
        tokio::select! {
            event = events.recv() => match event {
                Some(Event::Sources(specs)) => inbox.tell(clock.now(), Msg::Sources(specs)),
                Some(Event::Delivery(delivery)) => inbox.tell(clock.now(), Msg::Delivery(delivery)),
                // Nothing is asked any more, for want of sources: an order may change that.
                None => match orders.recv().await {
                    Some(Order::Replace(connections)) => {
                        (handle, events) = schedule::start(connections, clock, &demand);
                    }
                    Some(Order::Poll(_)) => {}
                    None => return,
                },
            },
            order = orders.recv() => match order {
                Some(Order::Poll(source)) => handle.poll_now(source.as_ref()),
                Some(Order::Replace(connections)) => (handle, events) = schedule::start(connections, clock, &demand),
                None => return,
            },
        }
    }
}
