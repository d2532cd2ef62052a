//! Watches: changes as they happen, a JSON object on each line.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{
    Hub,
    kubernetes::{Resource, failure_object},
    reply,
    selector::Selector,
    table,
};
use crate::sim::cluster::store::Change;

/// The virtual time between two bookmarks, in milliseconds.
const BOOKMARK_EVERY: i64 = 60_000;

/// What is watched.
pub(super) struct Watch {
    /// Which kind of object.
    pub(super) resource: &'static Resource,
    /// Where; everywhere when `None`.
    pub(super) namespace: Option<String>,
    /// Which of them.
    pub(super) selector: Selector,
    /// From which version on; `None` begins with all that is there.
    pub(super) from: Option<u64>,
    /// Whether bookmarks are wanted.
    pub(super) bookmarks: bool,
    /// Whether all that is there comes first, with a bookmark behind it.
    pub(super) initial: bool,
    /// When the server ends it.
    pub(super) timeout: Duration,
    /// Whether objects come as tables of one row.
    pub(super) as_table: bool,
}

/// Answers with changes until the caller goes, or the time is over.
pub(super) fn answer(hub: Arc<Hub>, watch: Watch) -> Response {
    let (sender, receiver) = mpsc::channel::<Bytes>(64);
    tokio::spawn(async move {
        let timeout = watch.timeout;
        // Nobody listens any more, or the time is over: both end the watch.
        let _ = tokio::time::timeout(timeout, follow(hub, watch, sender)).await;
    });
    let lines = futures_util::stream::unfold(receiver, |mut receiver| async move {
        let line = receiver.recv().await?;
        Some((Ok::<_, Infallible>(line), receiver))
    });
    reply::stream(Body::from_stream(lines))
}

fn line(kind: &str, object: &Value) -> Bytes {
    Bytes::from(format!("{}\n", json!({"type": kind, "object": object})))
}

/// An object as the watcher wants it.
fn told(watch: &Watch, kind: &str, object: &Value, now: i64) -> Bytes {
    if !watch.as_table {
        return line(kind, object);
    }
    let metadata = json!({"resourceVersion": object.pointer("/metadata/resourceVersion")});
    line(kind, &table::table(watch.resource.name, std::iter::once(object), &metadata, now))
}

async fn follow(hub: Arc<Hub>, watch: Watch, sender: mpsc::Sender<Bytes>) -> Option<()> {
    let mut changes = hub.changes();
    let mut seen = match watch.from {
        Some(version) if !watch.initial => version,
        _ => {
            let (objects, version) = hub.with(|world| {
                let store = &world.cluster.store;
                let there = store.list(watch.resource.name, watch.namespace.as_deref());
                let objects: Vec<Bytes> = there
                    .filter(|(_, object)| watch.selector.is_match(object))
                    .map(|(_, object)| told(&watch, "ADDED", object, world.now))
                    .collect();
                (objects, store.version())
            });
            for object in objects {
                sender.send(object).await.ok()?;
            }
            if watch.initial {
                sender.send(bookmark(&watch, version, true)).await.ok()?;
            }
            version
        }
    };
    let mut marked = hub.clock().now().timestamp_millis();
    loop {
        changes.borrow_and_update();
        let news = hub.with(|world| {
            let store = &world.cluster.store;
            let changes = store.since(seen)?;
            let lines: Vec<Bytes> = changes
                .filter(|change| watched(&watch, &change.id))
                .filter_map(|change| said(&watch, change, world.now))
                .collect();
            Some((lines, store.version()))
        });
        let Some((lines, version)) = news else {
            let gone = failure_object(410, "Expired", &format!("too old resource version: {seen}"));
            sender.send(line("ERROR", &gone)).await.ok()?;
            return None;
        };
        seen = version;
        for line in lines {
            sender.send(line).await.ok()?;
        }
        let now = hub.clock().now().timestamp_millis();
        if watch.bookmarks && now - marked >= BOOKMARK_EVERY {
            marked = now;
            sender.send(bookmark(&watch, seen, false)).await.ok()?;
        }
        let pause = Duration::from_millis(BOOKMARK_EVERY.unsigned_abs()).div_f64(hub.clock().speed());
        tokio::select! {
            news = changes.changed() => news.ok()?,
            () = sender.closed() => return None,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

fn watched(watch: &Watch, id: &(&'static str, String, String)) -> bool {
    id.0 == watch.resource.name && watch.namespace.as_deref().is_none_or(|namespace| namespace == id.1)
}

/// A change as the watcher is told it, if it is about an object that it selected.
fn said(watch: &Watch, change: &Change, now: i64) -> Option<Bytes> {
    watch.selector.is_match(&change.object).then(|| told(watch, change.kind, &change.object, now))
}

fn bookmark(watch: &Watch, version: u64, initial: bool) -> Bytes {
    let annotations = if initial { json!({"k8s.io/initial-events-end": "true"}) } else { json!({}) };
    let object = json!({
        "apiVersion": watch.resource.api_version(),
        "kind": watch.resource.kind,
        "metadata": {"resourceVersion": version.to_string(), "creationTimestamp": null, "annotations": annotations},
    });
    line("BOOKMARK", &object)
}
