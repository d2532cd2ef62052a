//! The series of the simulated Prometheus: counters by formula, recorded ratios, alerts.

use std::{collections::BTreeMap, sync::Arc};

use promql_parser::{
    label::{MatchOp, Matcher},
    parser::Expr,
};

use super::{
    alerts::{AlertBook, AlertSeries, Firing},
    promql::{
        Evaluation, NAME, Storage, Value, matches,
        series::{Curve, Grid, Samples, Series},
    },
    traffic::{BOUNDS, Track, hash, unit},
};
use crate::domain::labels::Labels;

/// The distance of samples and of rule evaluations, in milliseconds.
pub(crate) const SCRAPE: i64 = 5_000;

/// What the environment is called in labels.
pub(crate) const ENVIRONMENT: &str = "production";

/// The gauge of memory.
pub(crate) const MEMORY: &str = "process_resident_memory_bytes";

/// How far memory goes up and down, as a share.
const SWAY: f64 = 0.02;

/// Status codes, and which share of the good or bad requests has each.
const CODES: [(&str, bool, f64); 4] =
    [("200", true, 0.995), ("404", true, 0.005), ("500", false, 0.8), ("503", false, 0.2)];

/// What a series counts.
#[derive(Clone, Copy, Debug)]
enum Counted {
    /// Requests of one code: good or bad, and the share of it.
    Code(bool, f64),
    /// Requests answered within a bound.
    Within(usize),
    /// The sum of answer times.
    Seconds,
    /// All requests.
    All,
}

/// How the values of a series are made.
#[derive(Clone)]
enum Source {
    Counter {
        track: Arc<Track>,
        counted: Counted,
        share: f64,
    },
    Constant {
        value: f64,
        start: i64,
        end: Option<i64>,
    },
    /// Goes up and down around `level`.
    Gauge {
        level: f64,
        seed: u64,
        start: i64,
        end: Option<i64>,
    },
    Recorded {
        expr: Arc<Expr>,
        start: i64,
    },
    Alert {
        firings: Vec<Firing>,
    },
}

/// A series as it is known to the catalogue of metrics.
struct Definition {
    labels: Arc<Labels>,
    source: Source,
}

/// All series, by the metric's name.
pub(crate) struct Families {
    by_name: BTreeMap<&'static str, Vec<Definition>>,
    anchor: i64,
    whole: bool,
}

/// What Prometheus knows at one moment.
#[derive(Clone)]
pub(crate) struct Snapshot {
    families: Arc<Families>,
    alerts: Arc<Vec<AlertSeries>>,
    /// The moment, in milliseconds.
    pub(crate) now: i64,
}

/// A recording rule with a constant label set.
pub(crate) struct Recording {
    /// The recorded metric.
    pub(crate) name: &'static str,
    /// Its labels.
    pub(crate) labels: Labels,
    /// Its expression.
    pub(crate) expr: Arc<Expr>,
}

impl Families {
    /// The series of all versions of all services. Samples are taken at `anchor` and every five seconds from there; counters are
    /// `whole` numbers or not.
    pub(crate) fn new(
        tracks: &BTreeMap<String, Vec<Arc<Track>>>,
        recordings: &[Recording],
        anchor: i64,
        whole: bool,
    ) -> Self {
        let mut families = Self { by_name: BTreeMap::new(), anchor, whole };
        for (service, lives) in tracks {
            for track in lives {
                families.add_track(service, track);
            }
        }
        let oldest = tracks.values().flatten().map(|track| track.start).min().unwrap_or(anchor);
        for recording in recordings {
            let source = Source::Recorded { expr: Arc::clone(&recording.expr), start: oldest };
            families.add(recording.name, recording.labels.clone(), source);
        }
        families
    }

    fn add(&mut self, name: &'static str, mut labels: Labels, source: Source) {
        labels.insert(NAME.to_owned(), name.to_owned());
        self.by_name.entry(name).or_default().push(Definition { labels: Arc::new(labels), source });
    }

    fn add_track(&mut self, service: &str, track: &Arc<Track>) {
        let share = 1.0 / track.instances.len().max(1) as f64;
        for instance in &track.instances {
            let base = |pairs: &[(&str, &str)]| -> Labels {
                let fixed = [("service", service), ("env", ENVIRONMENT), ("job", service), ("instance", instance)];
                fixed.iter().chain(pairs).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
            };
            let version = ("version", track.version.as_str());
            let counter = |counted| Source::Counter { track: Arc::clone(track), counted, share };
            for (code, good, part) in CODES {
                self.add(
                    "http_requests_total",
                    base(&[version, ("code", code), ("method", "GET")]),
                    counter(Counted::Code(good, part)),
                );
            }
            for (index, (le, _)) in BOUNDS.iter().enumerate() {
                self.add(
                    "http_request_duration_seconds_bucket",
                    base(&[version, ("le", le)]),
                    counter(Counted::Within(index)),
                );
            }
            self.add("http_request_duration_seconds_sum", base(&[version]), counter(Counted::Seconds));
            self.add("http_request_duration_seconds_count", base(&[version]), counter(Counted::All));
            let constant = |value| Source::Constant { value, start: track.start, end: track.end };
            if let Some(level) = track.memory {
                let seed = hash(0, instance.as_bytes());
                let gauge = Source::Gauge { level, seed, start: track.start, end: track.end };
                self.add(MEMORY, base(&[version]), gauge);
            }
            self.add("up", base(&[]), constant(1.0));
            self.add("process_start_time_seconds", base(&[version]), constant(track.start as f64 / 1_000.0));
        }
    }
}

impl Snapshot {
    /// What is known at `now`.
    pub(crate) fn new(families: Arc<Families>, book: &AlertBook, now: i64) -> Self {
        Self { families, alerts: book.series(), now }
    }

    fn series(&self, labels: &Arc<Labels>, source: &Source) -> Series {
        let curve = Sampled { source: source.clone(), snapshot: self.clone() };
        Series { labels: Arc::clone(labels), samples: Samples::Curve(Arc::new(curve)) }
    }
}

impl Storage for Snapshot {
    fn select(&self, matchers: &[Matcher]) -> Vec<Series> {
        let exact = matchers
            .iter()
            .find(|matcher| matcher.name == NAME && matches!(matcher.op, MatchOp::Equal))
            .map(|matcher| matcher.value.as_str());
        let mut found = Vec::new();
        for (name, family) in &self.families.by_name {
            if exact.is_none_or(|wanted| wanted == *name) {
                found.extend(
                    family
                        .iter()
                        .filter(|one| matches(matchers, &one.labels))
                        .map(|one| self.series(&one.labels, &one.source)),
                );
            }
        }
        if exact.is_none_or(|wanted| wanted.starts_with("ALERTS")) {
            for (labels, firings) in self.alerts.iter().filter(|(labels, _)| matches(matchers, labels)) {
                found.push(self.series(labels, &Source::Alert { firings: firings.clone() }));
            }
        }
        found
    }
}

/// A series at one moment.
struct Sampled {
    source: Source,
    snapshot: Snapshot,
}

impl Curve for Sampled {
    fn grid(&self) -> Grid {
        let (start, end) = match &self.source {
            Source::Counter { track, .. } => (track.start, track.end),
            Source::Constant { start, end, .. } | Source::Gauge { start, end, .. } => (*start, *end),
            Source::Recorded { start, .. } => (*start, None),
            Source::Alert { firings } => (firings.first().map_or(0, |(from, ..)| *from), None),
        };
        Grid { start, end, now: self.snapshot.now, step: SCRAPE, anchor: self.snapshot.families.anchor }
    }

    fn value(&self, at: i64) -> Option<f64> {
        match &self.source {
            Source::Counter { track, counted, share } => {
                let value = count(track, *counted, at) * share;
                Some(if self.snapshot.families.whole && !matches!(counted, Counted::Seconds) {
                    value.floor()
                } else {
                    value
                })
            }
            Source::Constant { value, .. } => Some(*value),
            Source::Gauge { level, seed, .. } => {
                let height = unit(hash(*seed, &at.to_le_bytes())) * 2.0 - 1.0;
                Some((level * (1.0 + SWAY * height)).round())
            }
            Source::Recorded { expr, .. } => match Evaluation::new(&self.snapshot, at, at, SCRAPE).at(expr, at).ok()? {
                Value::Scalar(value) => Some(value),
                Value::Vector(samples) => samples.first().map(|sample| sample.value),
                _ => None,
            },
            Source::Alert { firings } => firings
                .iter()
                .find(|(from, to, _)| *from <= at && to.is_none_or(|to| at < to))
                .map(|(_, _, value)| *value),
        }
    }

    fn monotone(&self) -> bool {
        matches!(self.source, Source::Counter { .. })
    }
}

/// What a counter counted up to `at`, over all instances.
fn count(track: &Track, counted: Counted, at: i64) -> f64 {
    match counted {
        Counted::Code(true, part) => (track.requests(at) - track.errors(at)) * part,
        Counted::Code(false, part) => track.errors(at) * part,
        Counted::Within(bound) => track.within(bound, at),
        Counted::Seconds => track.seconds(at),
        Counted::All => track.requests(at),
    }
}
