//! All that is known: the catalog, what each source said last, and what has been seen happening.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{
    catalog::Catalog,
    facts::{Delivery, Facts},
    feed::{Feed, FeedName},
    marker::Marker,
    object::SourceName,
    picture::Picture,
    source::{Gap, SourceSpec},
    time::{Span, Timestamp},
};

/// The state of knowledge. Pure: deliveries go in, a [`Picture`] comes out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Room {
    /// What was declared.
    pub catalog: Arc<Catalog>,
    /// Sources in the order of the configuration.
    pub sources: Vec<SourceState>,
    /// Deployment events seen or rebuilt, oldest first.
    pub markers: Vec<Marker>,
}

/// What is known of one source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SourceState {
    /// Its name, kind, and the feeds that it should have.
    pub spec: SourceSpec,
    /// Its feeds.
    pub feeds: BTreeMap<FeedName, FeedState>,
    /// Server clock minus ours, in milliseconds.
    pub skew_millis: Option<i64>,
    /// Times of the last answers, newest last.
    pub latencies: VecDeque<Span>,
    /// When it failed, newest last, of the last hour.
    pub failures: VecDeque<Timestamp>,
}

/// What is known of one feed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeedState {
    /// Last good facts, their age, and what failed since.
    pub feed: Feed<Facts>,
    /// What the last good answer could not say.
    pub gaps: Vec<Gap>,
    /// When it is asked again.
    pub next: Option<Timestamp>,
}

impl Room {
    /// A room that has heard nothing yet.
    #[must_use]
    pub fn new(catalog: Arc<Catalog>, specs: Vec<SourceSpec>) -> Self {
        let mut room = Self { catalog, sources: Vec::new(), markers: Vec::new() };
        room.set_sources(specs);
        room
    }

    /// Takes the sources and feeds as they are configured now; what is known of feeds that stay is kept.
    pub fn set_sources(&mut self, _specs: Vec<SourceSpec>) {}

    /// Takes what one poll brought.
    pub fn deliver(&mut self, _delivery: Delivery) {}

    /// Joins everything that is known, as of `now`.
    #[must_use]
    pub fn picture(&self, now: Timestamp) -> Picture {
        Picture::empty(now)
    }

    /// The state of the source of this name.
    #[must_use]
    pub fn source(&self, name: &SourceName) -> Option<&SourceState> {
        self.sources.iter().find(|source| source.spec.name == *name)
    }
}
