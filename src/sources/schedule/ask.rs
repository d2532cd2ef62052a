//! Asking one feed once: bounded in time, and a panic is a failure of that feed alone.

use std::{any::Any, future::Future, panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;

use crate::{
    config::schema::source::Source,
    domain::{
        clean::clean,
        demand::Demand,
        facts::Answer,
        source::{ErrorKind, FeedSpec, SourceError},
    },
    sources::{connection::Connect, connector::Connector},
};

/// What `connector` says to `feed`.
pub(super) async fn ask(
    connector: &dyn Connector,
    source: &Source,
    feed: &str,
    demand: &Demand,
) -> Result<Answer, SourceError> {
    // A connector keeps to the timeout by itself and then knows better what was late; this is for one that does not.
    let limit = source.timeout.duration().mul_f64(1.1) + Duration::from_millis(100);
    // The call itself may panic too, before there is a future.
    let poll = async { connector.poll(feed, demand).await };
    match tokio::time::timeout(limit, guarded(poll)).await {
        Ok(outcome) => outcome.unwrap_or_else(|panic| Err(bug(&panic))),
        Err(_) => Err(SourceError::new(ErrorKind::Timeout, format!("no whole answer in {}", source.timeout))
            .advise("is the server overloaded? timeout of this source can be raised")),
    }
}

/// A connector, made where blocking does no harm: secrets may come from commands.
pub(super) async fn connect(connect: Connect) -> Result<Box<dyn Connector>, SourceError> {
    match tokio::task::spawn_blocking(move || connect()).await {
        Ok(outcome) => outcome,
        Err(error) if error.is_panic() => Err(bug(&error.into_panic())),
        Err(_) => Err(SourceError::new(ErrorKind::Configuration, "the program ended before the source was set up")),
    }
}

/// The feeds of `connector`.
pub(super) fn feeds(connector: &dyn Connector, demand: &Demand) -> Result<Vec<FeedSpec>, SourceError> {
    std::panic::catch_unwind(AssertUnwindSafe(|| connector.feeds(demand))).map_err(|panic| bug(&panic))
}

/// What `work` comes to, or what it panicked with.
pub(super) async fn guarded<T>(work: impl Future<Output = T>) -> Result<T, Box<dyn Any + Send>> {
    AssertUnwindSafe(work).catch_unwind().await
}

fn bug(panic: &Box<dyn Any + Send>) -> SourceError {
    let said = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("without a word");
    SourceError::new(ErrorKind::Internal, format!("the connector panicked: {}", clean(said)))
        .advise("please report it with the log; everything else goes on")
}
