//! Watches: the API server says that something changed, so that it is asked at once instead of at the next interval.
//!
//! A watch brings no facts. It starts at the version of the last poll, and any change that the last poll did not show wakes the next
//! one. So a watch that breaks, or that is forbidden, costs nothing but speed: it is tried again after a growing while.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use bytes::BytesMut;
use futures_util::future::select_all;
use http_body_util::BodyExt;
use kube_client::client::Body;
use serde::Deserialize;
use tokio::{
    sync::{Mutex, watch},
    time,
};

use super::{
    connection::Connection,
    decode::{lenient, objects::Meta},
    resource::{Resource, Scope},
};
use crate::domain::time::Span;

/// How long the server is asked to keep a watch open.
const LASTS: &str = "290";
/// A watch that is silent for longer than it should last is dead.
const SILENT: Duration = Duration::from_secs(320);
/// The first pause after a failure; it doubles.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause after failures.
const LONGEST_PAUSE: Duration = Duration::from_mins(5);
/// A feed is woken no more often than this: a busy cluster changes all the time.
const GAP: Span = Span::from_secs(1);

/// What the last poll showed of one scope.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    /// The version of the list.
    pub(super) resource_version: String,
    /// The version of each object, by uid. Versions are compared for equality only.
    pub(super) versions: HashMap<String, String>,
}

/// The watches of a cluster.
pub(super) struct Watches {
    feeds: Vec<Feed>,
}

struct Feed {
    name: &'static str,
    scopes: Vec<Watched>,
    state: Mutex<State>,
}

/// One scope of a feed, as polls see it.
struct Watched {
    resource: Resource,
    scope: Scope,
    seen: watch::Sender<Option<Seen>>,
}

/// Streams that are open. They outlive the future that waits for them.
struct State {
    open: Vec<Stream>,
    woken: Option<Instant>,
}

/// The stream of one scope.
#[derive(Default)]
struct Stream {
    body: Option<Body>,
    buffer: BytesMut,
    failures: u32,
    /// A version that the server has forgotten: a newer poll is awaited.
    forgotten: Option<String>,
}

/// What a line of a watch says.
#[derive(Debug, PartialEq, Eq)]
enum Line {
    /// Something changed that the last poll did not show.
    News,
    /// Nothing that matters.
    Nothing,
    /// The version is too old.
    Forgotten,
    /// It makes no sense, or is an error.
    Broken,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Event {
    #[serde(deserialize_with = "lenient::text", rename = "type")]
    kind: String,
    #[serde(deserialize_with = "lenient::part")]
    object: Changed,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Changed {
    #[serde(deserialize_with = "lenient::part")]
    metadata: Meta,
    #[serde(deserialize_with = "lenient::text")]
    code: String,
}

impl Watches {
    /// Watches of these feeds in these scopes. Nothing is opened yet.
    pub(super) fn new(feeds: &[(&'static str, Resource)], scopes: &[Scope]) -> Self {
        let feed = |&(name, resource): &(&'static str, Resource)| {
            let watched = |scope: &Scope| Watched { resource, scope: scope.clone(), seen: watch::Sender::new(None) };
            let open = scopes.iter().map(|_| Stream::default()).collect();
            Feed { name, scopes: scopes.iter().map(watched).collect(), state: Mutex::new(State { open, woken: None }) }
        };
        Self { feeds: feeds.iter().map(feed).collect() }
    }

    /// A poll showed this.
    pub(super) fn seen(&self, feed: &str, scope: &Scope, seen: &Seen) {
        let watched = self.feeds.iter().filter(|it| it.name == feed).flat_map(|it| &it.scopes);
        for watched in watched.filter(|watched| watched.scope == *scope) {
            watched.seen.send_replace(Some(seen.clone()));
        }
    }

    /// Waits until `feed` changed since its last poll. Dropping the future keeps the streams.
    pub(super) async fn changed(&self, connection: &Connection, feed: &str) {
        let Some(feed) = self.feeds.iter().find(|it| it.name == feed) else { return std::future::pending().await };
        let mut state = feed.state.lock().await;
        let State { open, woken } = &mut *state;
        let news = feed.scopes.iter().zip(open).map(|(watched, stream)| Box::pin(stream.news(connection, watched)));
        select_all(news).await;
        let clock = connection.clock();
        if let Some(since) = woken.map(|woken| woken.elapsed()) {
            time::sleep(clock.real_duration(GAP).saturating_sub(since)).await;
        }
        *woken = Some(Instant::now());
    }
}

impl Stream {
    /// Waits for news, whatever happens to the connection meanwhile.
    async fn news(&mut self, connection: &Connection, watched: &Watched) {
        loop {
            if self.body.is_none() {
                self.open(connection, watched).await;
            }
            match self.line(connection.max_body()).await {
                Some(line) => match read(&line, &watched.seen) {
                    Line::News => {
                        self.failures = 0;
                        return;
                    }
                    Line::Nothing => self.failures = 0,
                    Line::Forgotten => {
                        self.forgotten = version(watched);
                        self.drop_stream();
                    }
                    Line::Broken => self.drop_stream(),
                },
                None => self.drop_stream(),
            }
        }
    }

    /// Opens the stream at the version of the last poll, once there is one that the server still knows.
    async fn open(&mut self, connection: &Connection, watched: &Watched) {
        if self.failures > 0 {
            time::sleep(pause(self.failures)).await;
        }
        let mut polls = watched.seen.subscribe();
        let forgotten = self.forgotten.clone();
        let usable = |seen: &Option<Seen>| {
            seen.as_ref().is_some_and(|seen| {
                !seen.resource_version.is_empty() && Some(&seen.resource_version) != forgotten.as_ref()
            })
        };
        let Ok(seen) = polls.wait_for(usable).await.map(|seen| seen.clone()) else {
            return std::future::pending().await;
        };
        let from = seen.map(|seen| seen.resource_version).unwrap_or_default();
        let query = [
            ("watch", "1"),
            ("allowWatchBookmarks", "true"),
            ("timeoutSeconds", LASTS),
            ("resourceVersion", from.as_str()),
        ];
        match connection.stream(&watched.resource.path(&watched.scope), &query).await {
            Ok(body) => self.body = Some(body),
            Err(error) => {
                if error.status == Some(410) {
                    self.forgotten = Some(from);
                }
                self.drop_stream();
            }
        }
    }

    fn drop_stream(&mut self) {
        self.body = None;
        self.buffer.clear();
        self.failures = self.failures.saturating_add(1);
    }

    /// The next whole line; `None` when the stream has ended, broke, is silent for too long, or sends a line without end.
    async fn line(&mut self, most: u64) -> Option<Vec<u8>> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line = self.buffer.split_to(end + 1);
                return Some(line.to_vec());
            }
            if self.buffer.len() as u64 > most {
                return None;
            }
            let frame = time::timeout(SILENT, self.body.as_mut()?.frame()).await.ok()??.ok()?;
            if let Ok(data) = frame.into_data() {
                self.buffer.extend_from_slice(&data);
            }
        }
    }
}

fn version(watched: &Watched) -> Option<String> {
    watched.seen.borrow().as_ref().map(|seen| seen.resource_version.clone())
}

fn read(line: &[u8], seen: &watch::Sender<Option<Seen>>) -> Line {
    if line.iter().all(u8::is_ascii_whitespace) {
        return Line::Nothing;
    }
    let Ok(event) = serde_json::from_slice::<Event>(line) else { return Line::Broken };
    let meta = &event.object.metadata;
    let seen = seen.borrow();
    let shown = seen.as_ref().and_then(|seen| seen.versions.get(&meta.uid));
    match event.kind.as_str() {
        "ADDED" | "MODIFIED" if shown == Some(&meta.resource_version) => Line::Nothing,
        "DELETED" if shown.is_none() => Line::Nothing,
        "ADDED" | "MODIFIED" | "DELETED" => Line::News,
        "BOOKMARK" => Line::Nothing,
        "ERROR" if event.object.code == "410" => Line::Forgotten,
        _ => Line::Broken,
    }
}

/// The pause after so many failures, with a quarter of chance so that consoles do not come in step.
fn pause(failures: u32) -> Duration {
    let doubled = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(failures.saturating_sub(1).min(16)));
    doubled.min(LONGEST_PAUSE).mul_f64(0.75 + fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_last_poll_did_not_show_is_news() {
        let versions = HashMap::from([("u".to_owned(), "7".to_owned())]);
        let (seen, _keep) = watch::channel(Some(Seen { resource_version: "9".to_owned(), versions }));
        let event = |kind: &str, uid: &str, version: &str| {
            format!(r#"{{"type":"{kind}","object":{{"metadata":{{"uid":"{uid}","resourceVersion":"{version}"}}}}}}"#)
        };
        for (line, expected) in [
            (event("MODIFIED", "u", "7"), Line::Nothing),
            (event("MODIFIED", "u", "8"), Line::News),
            (event("ADDED", "new", "8"), Line::News),
            (event("DELETED", "u", "10"), Line::News),
            (event("DELETED", "gone", "10"), Line::Nothing),
            (event("BOOKMARK", "", "11"), Line::Nothing),
            (r#"{"type":"ERROR","object":{"kind":"Status","code":410}}"#.to_owned(), Line::Forgotten),
            (r#"{"type":"ERROR","object":{"kind":"Status","code":500}}"#.to_owned(), Line::Broken),
            ("{\"type\":".to_owned(), Line::Broken),
            ("<html>".to_owned(), Line::Broken),
            ("\r\n".to_owned(), Line::Nothing),
        ] {
            assert_eq!(read(line.as_bytes(), &seen), expected, "{line}");
        }
    }

    #[test]
    fn pauses_grow_and_have_an_end() {
        assert!(pause(1) < Duration::from_secs(1));
        assert!(pause(6) > Duration::from_secs(10));
        assert!(pause(u32::MAX) <= LONGEST_PAUSE.mul_f64(1.25));
    }
}
