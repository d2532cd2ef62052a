//! All that is known: the catalog, what each source said last, and what has been seen happening.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use serde::{Deserialize, Serialize};

use super::{
    canary::profile::Profiles,
    catalog::Catalog,
    facts::{Answer, Delivery, Facts},
    feed::{Feed, FeedName},
    join,
    marker::{Marker, MarkerLog},
    object::SourceName,
    picture::Picture,
    source::{Gap, SourceSpec},
    time::{Span, Timestamp},
};

/// How many answers the median latency is taken from.
const LATENCIES: usize = 31;

/// How long a failure counts.
const FAILURES_KEPT: Span = Span::from_hours(1);

/// The state of knowledge. Pure: deliveries go in, a [`Picture`] comes out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Room {
    /// What was declared.
    pub catalog: Arc<Catalog>,
    /// Sources in the order of the configuration.
    pub sources: Vec<SourceState>,
    /// Deployment events seen or rebuilt.
    pub markers: MarkerLog,
    /// What earlier versions did while each alone ran.
    #[serde(default, skip_serializing_if = "Profiles::is_empty")]
    pub profiles: Profiles,
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
        let mut room =
            Self { catalog, sources: Vec::new(), markers: MarkerLog::default(), profiles: Profiles::default() };
        room.set_sources(specs);
        room
    }

    /// Takes the sources and feeds as they are configured now; what is known of feeds that stay is kept.
    pub fn set_sources(&mut self, specs: Vec<SourceSpec>) {
        let mut before: BTreeMap<SourceName, SourceState> =
            self.sources.drain(..).map(|state| (state.spec.name.clone(), state)).collect();
        self.sources = specs
            .into_iter()
            .map(|spec| match before.remove(&spec.name) {
                Some(state) if state.spec.kind == spec.kind => state.configured_as(spec),
                _ => SourceState::new(spec),
            })
            .collect();
    }

    /// Takes what one poll brought. An answer of a source or feed that is not configured any more is dropped.
    pub fn deliver(&mut self, delivery: Delivery) {
        let Delivery { source, feed, asked, received, next, outcome } = delivery;
        let Some(state) = self.sources.iter_mut().find(|state| state.spec.name == source) else { return };
        state.forget_failures_before(received);
        let Some(fed) = state.feeds.get_mut(&feed) else { return };
        fed.next = Some(next);
        match outcome {
            Err(error) => {
                fed.feed.fail(error, received);
                state.failures.push_back(received);
            }
            Ok(answer) => {
                state.latencies.push_back(Span::between(asked, received));
                while state.latencies.len() > LATENCIES {
                    state.latencies.pop_front();
                }
                state.skew_millis = answer.skew_millis.or(state.skew_millis);
                let newest = newest_by_our_clock(&answer, state.skew_millis, received);
                self.markers.observe(&self.catalog, fed.feed.value(), &answer.facts, newest, received);
                fed.gaps = answer.gaps;
                fed.feed.succeed(answer.facts, received, newest);
            }
        }
    }

    /// Joins everything that is known, as of `now`.
    #[must_use]
    pub fn picture(&self, now: Timestamp) -> Picture {
        join::picture(self, now)
    }

    /// Whether a feed is of another freshness at `after` than it was at `before`.
    #[must_use]
    pub fn freshness_changes(&self, before: Timestamp, after: Timestamp) -> bool {
        self.feeds().any(|(_, _, state)| state.feed.freshness(before) != state.feed.freshness(after))
    }

    /// The state of the source of this name.
    #[must_use]
    pub fn source(&self, name: &SourceName) -> Option<&SourceState> {
        self.sources.iter().find(|source| source.spec.name == *name)
    }

    /// Every feed with its source.
    pub(crate) fn feeds(&self) -> impl Iterator<Item = (&SourceState, &FeedName, &FeedState)> {
        self.sources.iter().flat_map(|source| source.feeds.iter().map(move |(name, feed)| (source, name, feed)))
    }

    /// Markers, oldest first.
    #[must_use]
    pub fn marker_list(&self) -> &[Marker] {
        self.markers.all()
    }
}

/// The newest sample's time by our clock; an answer without one is as new as its arrival. Never in the future.
fn newest_by_our_clock(answer: &Answer, skew_millis: Option<i64>, received: Timestamp) -> Timestamp {
    answer
        .newest
        .map_or(received, |newest| (newest - chrono::TimeDelta::milliseconds(skew_millis.unwrap_or(0))).min(received))
}

impl SourceState {
    fn new(spec: SourceSpec) -> Self {
        Self {
            spec: SourceSpec { feeds: Vec::new(), ..spec.clone() },
            feeds: BTreeMap::new(),
            skew_millis: None,
            latencies: VecDeque::new(),
            failures: VecDeque::new(),
        }
        .configured_as(spec)
    }

    fn configured_as(mut self, spec: SourceSpec) -> Self {
        let mut before = std::mem::take(&mut self.feeds);
        for feed in &spec.feeds {
            let mut state = before.remove(&feed.name).unwrap_or(FeedState {
                feed: Feed::new(feed.interval),
                gaps: Vec::new(),
                next: None,
            });
            state.feed.interval = feed.interval;
            self.feeds.insert(feed.name.clone(), state);
        }
        self.spec = spec;
        self
    }

    fn forget_failures_before(&mut self, now: Timestamp) {
        while self.failures.front().is_some_and(|at| Span::between(*at, now) > FAILURES_KEPT) {
            self.failures.pop_front();
        }
    }

    /// The median of the last answers' times.
    #[must_use]
    pub fn median_latency(&self) -> Option<Span> {
        let mut sorted: Vec<Span> = self.latencies.iter().copied().collect();
        sorted.sort_unstable();
        sorted.get(sorted.len() / 2).copied()
    }
}
