//! Samples that are worked out when somebody looks at them.

use std::sync::Arc;

use crate::domain::labels::Labels;

/// A series whose samples stand on a regular grid and are worked out by formula.
pub(crate) trait Curve: Send + Sync {
    /// The instants at which samples may exist.
    fn grid(&self) -> Grid;

    /// The value at an instant of the grid; `None` where the series has no sample there.
    fn value(&self, at: i64) -> Option<f64>;

    /// Whether values never fall and never lack: then the ends of a window tell all that `increase` wants.
    fn monotone(&self) -> bool {
        false
    }
}

/// Instants at which samples may exist, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grid {
    /// The first moment of the series; its first sample is on the grid at or after it.
    pub(crate) start: i64,
    /// The moment from which there are no more samples and the series is stale.
    pub(crate) end: Option<i64>,
    /// The newest moment at which anything was scraped at all.
    pub(crate) now: i64,
    /// The distance of samples.
    pub(crate) step: i64,
    /// One instant of the grid, whichever.
    pub(crate) anchor: i64,
}

impl Grid {
    /// The grid's last instant at or before `at`.
    fn floor(&self, at: i64) -> i64 {
        at - (at - self.anchor).rem_euclid(self.step)
    }

    /// The grid's first instant at or after `at`.
    fn ceil(&self, at: i64) -> i64 {
        at + (self.anchor - at).rem_euclid(self.step)
    }

    /// First and last instant with a sample within `from..=to`.
    fn within(&self, from: i64, to: i64) -> Option<(i64, i64)> {
        let first = self.ceil(from.max(self.start));
        let limit = self.end.map_or(to, |end| to.min(end - 1));
        let last = self.floor(limit.min(self.now));
        (first <= last).then_some((first, last))
    }

    /// Whether the series is known to have ended at `at`.
    fn stale_at(&self, at: i64) -> bool {
        self.end.is_some_and(|end| self.ceil(end) <= at.min(self.now))
    }
}

/// Where the samples of a series are.
#[derive(Clone)]
pub(crate) enum Samples {
    /// Worked out.
    Curve(Arc<dyn Curve>),
    /// Kept: what a subquery brought.
    List(Vec<(i64, f64)>),
}

/// A series.
#[derive(Clone)]
pub(crate) struct Series {
    /// Its labels with `__name__`.
    pub(crate) labels: Arc<Labels>,
    /// Its samples.
    pub(crate) samples: Samples,
}

/// First and last sample of a window, and how many there are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Ends {
    /// The oldest sample.
    pub(crate) first: (i64, f64),
    /// The newest sample.
    pub(crate) last: (i64, f64),
    /// How many samples.
    pub(crate) count: i64,
}

/// What the ends of a window tell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Known {
    /// All that `increase` wants.
    Ends(Ends),
    /// That there is no sample.
    Empty,
    /// Not enough: every sample counts.
    NotByEnds,
}

impl Samples {
    /// The newest sample within `from..=to`; `None` also where the series has ended before `to`.
    pub(crate) fn newest(&self, from: i64, to: i64) -> Option<(i64, f64)> {
        match self {
            Self::List(points) => points.iter().rev().find(|(at, _)| *at <= to).filter(|(at, _)| *at >= from).copied(),
            Self::Curve(curve) => {
                let grid = curve.grid();
                if grid.stale_at(to) {
                    return None;
                }
                let (_, at) = grid.within(from, to)?;
                // A curve that lacks a value at its newest instant is stale there: an alert that stopped firing has no sample.
                curve.value(at).map(|value| (at, value))
            }
        }
    }

    /// Whether the ends of a window tell all that `increase` wants.
    pub(crate) fn told_by_ends(&self) -> bool {
        matches!(self, Self::Curve(curve) if curve.monotone())
    }

    /// The ends of `from..=to` without looking at what is between, where that is enough.
    pub(crate) fn ends(&self, from: i64, to: i64) -> Known {
        let Self::Curve(curve) = self else { return Known::NotByEnds };
        if !curve.monotone() {
            return Known::NotByEnds;
        }
        let grid = curve.grid();
        let ends = grid.within(from, to).and_then(|(first, last)| {
            let count = (last - first) / grid.step + 1;
            Some(Ends { first: (first, curve.value(first)?), last: (last, curve.value(last)?), count })
        });
        ends.map_or(Known::Empty, Known::Ends)
    }

    /// How many samples `collect` would touch.
    pub(crate) fn cost(&self, from: i64, to: i64) -> usize {
        match self {
            Self::List(points) => points.len(),
            Self::Curve(curve) => {
                let grid = curve.grid();
                grid.within(from, to)
                    .map_or(0, |(first, last)| usize::try_from((last - first) / grid.step + 1).unwrap_or(usize::MAX))
            }
        }
    }

    /// All samples within `from..=to`, oldest first.
    pub(crate) fn collect(&self, from: i64, to: i64) -> Vec<(i64, f64)> {
        match self {
            Self::List(points) => points.iter().filter(|(at, _)| (from..=to).contains(at)).copied().collect(),
            Self::Curve(curve) => {
                let grid = curve.grid();
                let Some((first, last)) = grid.within(from, to) else { return Vec::new() };
                let mut points = Vec::new();
                let mut at = first;
                while at <= last {
                    if let Some(value) = curve.value(at) {
                        points.push((at, value));
                    }
                    at += grid.step;
                }
                points
            }
        }
    }
}
