//! Requests, errors and answer times as closed-form functions of time: months of history cost nothing.

use std::sync::Arc;

use super::scenario::Behaviour;

/// Upper bounds of the latency histogram, in seconds, as they are written in the label `le`.
pub(crate) const BOUNDS: [(&str, f64); 12] = [
    ("0.005", 0.005),
    ("0.01", 0.01),
    ("0.025", 0.025),
    ("0.05", 0.05),
    ("0.1", 0.1),
    ("0.25", 0.25),
    ("0.5", 0.5),
    ("1", 1.0),
    ("2.5", 2.5),
    ("5", 5.0),
    ("10", 10.0),
    ("+Inf", f64::INFINITY),
];

/// How far answer times spread around their median: the standard deviation of their logarithm.
const SPREAD: f64 = 0.6;

const DAY: f64 = 86_400.0;

/// The traffic of a service.
#[derive(Clone, Debug)]
pub(crate) struct Traffic {
    /// Requests per second at `origin`.
    pub(crate) rate: f64,
    /// The swing over a day, as a share of the rate.
    pub(crate) daily: f64,
    /// The flutter, as a share of the rate.
    pub(crate) noise: f64,
    /// What makes its flutter its own.
    pub(crate) seed: u64,
    /// The start of the story, in milliseconds.
    pub(crate) origin: i64,
}

impl Traffic {
    /// Requests since `origin` (negative before it): the integral of `rate * (1 + daily * sin)` plus a flutter that never
    /// outruns the rate, so that the count never falls.
    pub(crate) fn requests(&self, at: i64) -> f64 {
        let seconds = (at - self.origin) as f64 / 1_000.0;
        let turn = std::f64::consts::TAU / DAY;
        let swing = self.daily / turn * (1.0 - (turn * seconds).cos());
        self.rate
            * (seconds
                + swing
                + self.noise * (self.flutter(seconds, 20.0) * 10.0 + self.flutter(seconds, 300.0) * 75.0))
    }

    /// Straight lines between random heights (-1 to 1) at multiples of `every` seconds.
    fn flutter(&self, seconds: f64, every: f64) -> f64 {
        let position = seconds / every;
        let bucket = position.floor();
        let height = |bucket: f64| -> f64 {
            #[expect(clippy::cast_possible_truncation, reason = "seconds of a few centuries at most")]
            let bucket = bucket as i64;
            unit(hash(self.seed ^ every.to_bits(), &bucket.to_le_bytes())) * 2.0 - 1.0
        };
        let (left, right) = (height(bucket), height(bucket + 1.0));
        left + (right - left) * (position - bucket)
    }
}

/// A hash (FNV-1a, mixed once more) that is the same on every machine.
pub(crate) fn hash(seed: u64, bytes: &[u8]) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325 ^ seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    for byte in bytes {
        state = (state ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    state = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    state ^ (state >> 27)
}

/// A hash as a number from 0 to 1.
pub(crate) fn unit(hash: u64) -> f64 {
    (hash >> 11) as f64 / (1_u64 << 53) as f64
}

/// What a version has served up to a moment.
#[derive(Clone, Copy, Debug, Default)]
struct Served {
    requests: f64,
    errors: f64,
    seconds: f64,
    buckets: [f64; BOUNDS.len()],
}

/// A stretch of time in which a version has one share of the traffic and one behaviour.
#[derive(Clone, Debug)]
struct Stretch {
    from: i64,
    share: f64,
    behaviour: Behaviour,
    before: Served,
    fast: [f64; BOUNDS.len()],
}

/// One life of a version of a service: from its first pod to its last.
#[derive(Clone, Debug)]
pub(crate) struct Track {
    /// The service's traffic.
    pub(crate) traffic: Arc<Traffic>,
    /// The version.
    pub(crate) version: String,
    /// When its first pod started, in milliseconds.
    pub(crate) start: i64,
    /// When its last pod went.
    pub(crate) end: Option<i64>,
    /// Addresses of the targets that are scraped.
    pub(crate) instances: Vec<String>,
    /// Bytes of memory that each of them takes; not measured where there are none.
    pub(crate) memory: Option<f64>,
    stretches: Vec<Stretch>,
}

impl Track {
    /// A version that starts and has no traffic yet.
    pub(crate) fn new(traffic: Arc<Traffic>, version: &str, start: i64, instances: Vec<String>) -> Self {
        Self { traffic, version: version.to_owned(), start, end: None, instances, memory: None, stretches: Vec::new() }
    }

    /// From `from` on it has `share` (0 to 1) of the traffic and behaves like this.
    pub(crate) fn serve(&mut self, from: i64, share: f64, behaviour: Behaviour) {
        let before = self.served(from);
        let median = behaviour.latency.secs().max(0.000_1);
        let fast = BOUNDS.map(|(_, bound)| normal((bound / median).ln() / SPREAD));
        self.stretches.push(Stretch { from, share, behaviour, before, fast });
    }

    /// Whether it has this share and this behaviour already.
    pub(crate) fn serves(&self, share: f64, behaviour: Behaviour) -> bool {
        self.stretches.last().is_some_and(|last| same(last.share, share) && last.behaviour == behaviour)
    }

    fn stretch(&self, at: i64) -> Option<(&Stretch, f64)> {
        let at = self.end.map_or(at, |end| at.min(end));
        let index = self.stretches.partition_point(|stretch| stretch.from <= at).checked_sub(1)?;
        let stretch = self.stretches.get(index)?;
        let requests = stretch.share * (self.traffic.requests(at) - self.traffic.requests(stretch.from));
        Some((stretch, requests))
    }

    fn served(&self, at: i64) -> Served {
        let Some((stretch, requests)) = self.stretch(at) else { return Served::default() };
        let mut served = stretch.before;
        served.requests += requests;
        served.errors += requests * stretch.behaviour.errors;
        served.seconds += requests * mean(&stretch.behaviour);
        for (bucket, fast) in served.buckets.iter_mut().zip(stretch.fast) {
            *bucket += requests * fast;
        }
        served
    }

    /// All requests up to `at`.
    pub(crate) fn requests(&self, at: i64) -> f64 {
        self.stretch(at).map_or(0.0, |(stretch, requests)| stretch.before.requests + requests)
    }

    /// Failed requests up to `at`.
    pub(crate) fn errors(&self, at: i64) -> f64 {
        self.stretch(at).map_or(0.0, |(stretch, requests)| stretch.before.errors + requests * stretch.behaviour.errors)
    }

    /// The sum of all answer times up to `at`, in seconds.
    pub(crate) fn seconds(&self, at: i64) -> f64 {
        self.stretch(at).map_or(0.0, |(stretch, requests)| stretch.before.seconds + requests * mean(&stretch.behaviour))
    }

    /// Requests up to `at` that were answered within the bound of this index of [`BOUNDS`].
    pub(crate) fn within(&self, bound: usize, at: i64) -> f64 {
        self.stretch(at).map_or(0.0, |(stretch, requests)| {
            let before = stretch.before.buckets.get(bound).copied().unwrap_or(0.0);
            before + requests * stretch.fast.get(bound).copied().unwrap_or(1.0)
        })
    }
}

fn same(a: f64, b: f64) -> bool {
    (a - b).abs() < 1e-12
}

/// The mean of a log-normal distribution.
fn mean(behaviour: &Behaviour) -> f64 {
    behaviour.latency.secs() * (SPREAD * SPREAD / 2.0).exp()
}

/// The standard normal distribution (Abramowitz and Stegun 26.2.17, to 1e-7).
fn normal(x: f64) -> f64 {
    if x.is_infinite() {
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    let t = 1.0 / (1.0 + 0.231_641_9 * x.abs());
    let density = (-x * x / 2.0).exp() / std::f64::consts::TAU.sqrt();
    let terms = [0.319_381_530, -0.356_563_782, 1.781_477_937, -1.821_255_978, 1.330_274_429];
    let series = terms.iter().rev().fold(0.0, |sum, term| (sum + term) * t);
    let upper = (density * series).clamp(0.0, 1.0);
    if x >= 0.0 { 1.0 - upper } else { upper }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Span;

    fn traffic(daily: f64, noise: f64) -> Arc<Traffic> {
        Arc::new(Traffic { rate: 200.0, daily, noise, seed: 7, origin: 1_000_000_000 })
    }

    #[test]
    fn a_count_never_falls_and_is_its_rate_in_the_long_run() {
        let traffic = traffic(0.3, 0.2);
        let mut before = f64::NEG_INFINITY;
        for step in -20_000..20_000 {
            let now = traffic.requests(1_000_000_000 + step * 5_000);
            assert!(now >= before, "fell at step {step}");
            before = now;
        }
        let day = traffic.requests(1_000_000_000 + 86_400_000) - traffic.requests(1_000_000_000);
        assert!((day / 86_400.0 - 200.0).abs() < 0.1, "{day}");
    }

    #[test]
    fn a_version_counts_from_its_start_over_changes_of_share_and_behaviour() {
        let traffic = traffic(0.0, 0.0);
        let start = traffic.origin;
        let mut track = Track::new(Arc::clone(&traffic), "1", start, vec!["a".to_owned()]);
        let good = Behaviour { errors: 0.0, latency: Span::from_millis(100) };
        track.serve(start, 0.05, good);
        track.serve(start + 20_000, 0.25, Behaviour { errors: 0.4, ..good });
        assert!((track.requests(start + 20_000) - 200.0).abs() < 1e-6);
        assert!((track.requests(start + 30_000) - 700.0).abs() < 1e-6);
        assert!((track.errors(start + 30_000) - 200.0).abs() < 1e-6);
        assert!((track.within(11, start + 30_000) - 700.0).abs() < 1e-6);
        assert!((track.within(4, start + 30_000) - 350.0).abs() < 1e-3, "half is faster than the median");
        track.end = Some(start + 40_000);
        assert!((track.requests(start + 99_000) - track.requests(start + 40_000)).abs() < 1e-9);
    }

    #[test]
    fn the_normal_distribution_is_the_one_of_the_tables() {
        for (x, p) in [(0.0, 0.5), (1.0, 0.841_344_7), (-1.96, 0.024_997_9), (3.0, 0.998_650_1)] {
            assert!((normal(x) - p).abs() < 1e-6, "{x}");
        }
    }
}
