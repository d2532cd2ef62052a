//! The three servers: one thread, three listeners on loopback, one world.

mod alertmanager;
mod gate;
mod kubernetes;
mod parameters;
mod prometheus;
mod reply;
mod reports;
mod selector;
mod table;
mod watch;

use std::{
    net::{SocketAddr, TcpListener},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, extract::State, middleware::Next, response::Response};
use http::{HeaderValue, StatusCode, header};
use tokio::sync::watch as channel;

use self::gate::Gate;
use super::{
    promql::QueryError,
    scenario::{Failure, Scenario, Server},
    world::World,
};
use crate::clock::Clock;

/// The longest time, in real time, that the world is left alone: watches hear of changes within it.
const LONGEST_NAP: Duration = Duration::from_millis(500);

/// The world, and who has to hear when it changes.
pub(crate) struct Hub {
    world: Mutex<World>,
    clock: Clock,
    version: channel::Sender<u64>,
    refusing: [channel::Sender<bool>; 3],
}

impl Hub {
    /// A world of this scenario that starts at `start`.
    ///
    /// # Errors
    /// When an expression of the scenario is none.
    pub(crate) fn new(scenario: Scenario, seed: u64, start: i64, clock: Clock) -> Result<Self, QueryError> {
        let world = World::new(scenario, seed, start)?;
        let version = channel::Sender::new(world.cluster.store.version());
        let refusing = [false; 3].map(channel::Sender::new);
        Ok(Self { world: Mutex::new(world), clock, version, refusing })
    }

    /// Brings the world to the present and looks at it, or changes it.
    pub(crate) fn with<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        world.advance(self.clock.now().timestamp_millis());
        let result = act(&mut world);
        let version = world.cluster.store.version();
        self.version.send_if_modified(|known| std::mem::replace(known, version) != version);
        for server in [Server::Prometheus, Server::Alertmanager, Server::Kubernetes] {
            let refuses = world.failure(server) == Some(Failure::Refuse);
            self.refusing(server).send_if_modified(|known| std::mem::replace(known, refuses) != refuses);
        }
        result
    }

    /// Tells of changes of the cluster.
    pub(crate) fn changes(&self) -> channel::Receiver<u64> {
        self.version.subscribe()
    }

    /// The console's clock.
    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    fn refusing(&self, server: Server) -> &channel::Sender<bool> {
        let [prometheus, alertmanager, kubernetes] = &self.refusing;
        match server {
            Server::Prometheus => prometheus,
            Server::Alertmanager => alertmanager,
            Server::Kubernetes => kubernetes,
        }
    }

    /// Moves the world on while nobody asks, so that watches hear in time and alerts are evaluated bit by bit.
    async fn keep_moving(self: Arc<Self>) {
        loop {
            let wait = self.with(|world| world.next() - world.now);
            let wait = Duration::from_millis(u64::try_from(wait).unwrap_or(0)).div_f64(self.clock.speed());
            tokio::time::sleep(wait.clamp(Duration::from_millis(20), LONGEST_NAP)).await;
        }
    }
}

/// What the servers run on. They stop when it is dropped.
pub(crate) struct Servers {
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Servers {
    /// Serves the world on three listeners: Prometheus, Alertmanager, Kubernetes.
    ///
    /// # Errors
    /// When the thread or the listeners cannot be set up.
    pub(crate) fn start(hub: Arc<Hub>, listeners: [TcpListener; 3]) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let [prometheus, alertmanager, kubernetes] = listeners;
        let base = format!("http://{}", prometheus.local_addr()?);
        let routers = [
            (Server::Prometheus, prometheus, prometheus::router(Arc::clone(&hub))),
            (Server::Alertmanager, alertmanager, alertmanager::router(Arc::clone(&hub), base)),
            (Server::Kubernetes, kubernetes, kubernetes::router(Arc::clone(&hub))),
        ];
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let mut gates = Vec::new();
        for (server, listener, router) in routers {
            listener.set_nonblocking(true)?;
            let address = listener.local_addr()?;
            gates.push((listener, address, hub.refusing(server).subscribe(), dressed(router, &hub, server)));
        }
        let thread = std::thread::Builder::new().name("simulator".to_owned()).spawn(move || {
            runtime.block_on(async move {
                for (listener, address, refusing, router) in gates {
                    match Gate::new(listener, address, refusing) {
                        Ok(gate) => drop(tokio::spawn(async move { axum::serve(gate, router).await })),
                        Err(error) => tracing::error!(%address, %error, "the simulator cannot listen"),
                    }
                }
                tokio::select! {
                    _ = stopped => {}
                    () = hub.keep_moving() => {}
                }
            });
        })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // A thread that is gone already cannot be told, which is as good.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Binds a listener.
pub(crate) fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    TcpListener::bind(address)
}

#[derive(Clone)]
struct Dress {
    hub: Arc<Hub>,
    server: Server,
}

/// Adds what all servers have: the virtual time in `Date`, and failures.
fn dressed(router: Router, hub: &Arc<Hub>, server: Server) -> Router {
    let dress = Dress { hub: Arc::clone(hub), server };
    router.layer(axum::middleware::from_fn_with_state(dress, dress_response))
}

async fn dress_response(State(dress): State<Dress>, request: axum::extract::Request, next: Next) -> Response {
    let mut response = loop {
        match dress.hub.with(|world| world.failure(dress.server)) {
            None => break next.run(request).await,
            Some(Failure::Error) => break reply::text(StatusCode::INTERNAL_SERVER_ERROR, "internal error\n"),
            Some(Failure::Html) => {
                break reply::html(
                    "<!doctype html><html><head><title>Sign in</title></head><body><h1>Sign in to continue</h1></body></html>\n",
                );
            }
            // The connection is cut by the gate, or the caller waits until the outage is over.
            Some(Failure::Refuse | Failure::Timeout) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    };
    let date = dress.hub.clock.now().format("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(date) = HeaderValue::from_str(&date) {
        response.headers_mut().insert(header::DATE, date);
    }
    response
}
