//! From points in time to columns, and from values to heights.

use crate::{
    domain::{
        chart::{Metric, Series},
        time::{Span, Timestamp},
    },
    tui::number,
};

/// Cells left of the plot: a value of five cells, a blank, the axis.
pub(super) const GUTTER: usize = 8;

/// The time axis.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    /// The time of the left edge.
    pub(super) start: Timestamp,
    /// How much time there is from edge to edge.
    pub(super) span: Span,
    /// How many cells.
    pub(super) cells: usize,
}

impl Axis {
    /// The column of an instant; `None` outside of the axis.
    pub(super) fn column(&self, at: Timestamp) -> Option<usize> {
        let offset = (at - self.start).num_milliseconds();
        let offset = u64::try_from(offset).ok().filter(|offset| *offset <= self.span.millis())?;
        let cells = self.cells as u64;
        let column = offset.saturating_mul(cells) / self.span.millis().max(1);
        usize::try_from(column.min(cells.saturating_sub(1))).ok()
    }

    /// The time that a column ends at, in milliseconds from the left edge.
    fn end_of(&self, column: usize) -> u64 {
        (column as u64 + 1).saturating_mul(self.span.millis()) / (self.cells as u64).max(1)
    }
}

/// What a metric is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Percent of all events.
    Percent,
    /// Events per second.
    PerSecond,
}

impl Unit {
    pub(super) const fn of(metric: &Metric) -> Self {
        match metric {
            Metric::ErrorRatio { .. } => Self::Percent,
            Metric::Rate { .. } => Self::PerSecond,
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Percent => "%",
            Self::PerSecond => "/s",
        }
    }

    /// A value of a series in this unit.
    pub(super) fn shown(self, value: f64) -> f64 {
        match self {
            Self::Percent => value * 100.0,
            Self::PerSecond => value,
        }
    }

    /// A number with the unit.
    pub(super) fn number(self, value: f64) -> String {
        format!("{} {}", number::digits(value), self.name())
    }
}

/// One value for each column: the highest point that falls into it, so that a short peak is seen at any width; where
/// points are further apart than columns, the one before is held until the next is due. `None` is no data.
pub(super) fn columns(series: &Series, time: &Axis, unit: Unit) -> Vec<Option<f64>> {
    let step = series.step.millis().max(1);
    let first = (series.start - time.start).num_milliseconds();
    let point_at =
        |index: usize| first.saturating_add(i64::try_from((index as u64).saturating_mul(step)).unwrap_or(i64::MAX));
    let mut next = 0;
    let mut begin = 0_i64;
    (0..time.cells)
        .map(|column| {
            let end = i64::try_from(time.end_of(column)).unwrap_or(i64::MAX);
            let mut seen = false;
            let mut highest: Option<f64> = None;
            while next < series.points.len() && point_at(next) < end {
                if point_at(next) >= begin {
                    seen = true;
                    let value = series.points.get(next).copied().flatten().filter(|value| value.is_finite());
                    highest = [highest, value].into_iter().flatten().reduce(f64::max);
                }
                next += 1;
            }
            begin = end;
            if !seen
                && next > 0
                && end - point_at(next - 1) <= i64::try_from(step.saturating_mul(2)).unwrap_or(i64::MAX)
            {
                highest = series.points.get(next - 1).copied().flatten().filter(|value| value.is_finite());
            }
            highest.map(|value| unit.shown(value))
        })
        .collect()
}

/// The next of 1, 2, 2.5 and 5 times a power of ten that is not below `value`.
pub(super) fn nice(value: f64) -> f64 {
    if !value.is_finite() || value <= 0.0 {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    for step in [1.0, 2.0, 2.5, 5.0] {
        if value <= step * power * 1.000_001 {
            return step * power;
        }
    }
    power * 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Timestamp {
        Timestamp::from_timestamp(1_700_000_000 + secs, 0).expect("in range")
    }

    fn series(start: i64, step: u64, points: &[Option<f64>]) -> Series {
        Series {
            service: "checkout".to_owned(),
            environment: "prod".to_owned(),
            metric: Metric::Rate { slo: "availability".to_owned() },
            version: None,
            start: at(start),
            step: Span::from_secs(step),
            points: points.to_vec(),
            query: String::new(),
        }
    }

    #[test]
    fn a_point_stands_in_the_column_of_its_time() {
        let time = Axis { start: at(0), span: Span::from_secs(100), cells: 10 };
        let drawn = columns(&series(20, 10, &[Some(1.0), Some(2.0), None, Some(4.0)]), &time, Unit::PerSecond);
        let none = None;
        assert_eq!(drawn, [none, none, Some(1.0), Some(2.0), none, Some(4.0), Some(4.0), none, none, none]);
        assert_eq!(time.column(at(20)), Some(2));
        assert_eq!(time.column(at(100)), Some(9));
        assert_eq!(time.column(at(101)), None);
        assert_eq!(time.column(at(-1)), None);
    }

    #[test]
    fn a_short_peak_is_not_averaged_away_and_nan_is_no_data() {
        let time = Axis { start: at(0), span: Span::from_secs(100), cells: 2 };
        let points: Vec<Option<f64>> = (0..10).map(|i| Some(if i == 3 { 9.0 } else { 1.0 })).collect();
        assert_eq!(columns(&series(0, 10, &points), &time, Unit::PerSecond), [Some(9.0), Some(1.0)]);
        let nan = series(0, 10, &[Some(f64::NAN); 10]);
        assert_eq!(columns(&nan, &time, Unit::PerSecond), [None, None]);
    }

    #[test]
    fn axes_end_at_round_numbers() {
        for (value, top) in
            [(0.0, 1.0), (0.144, 0.2), (1.8, 2.0), (2.2, 2.5), (41.0, 50.0), (100.0, 100.0), (201.0, 250.0)]
        {
            let nice = nice(value);
            assert!((nice - top).abs() < top * 1e-9, "{value}: {nice}");
        }
        assert!((nice(f64::NAN) - 1.0).abs() < f64::EPSILON);
    }
}
