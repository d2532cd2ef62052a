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

/// The time axis. Its columns are parts of absolute time, so that a chart moves by whole columns and what is drawn in a column
/// stays as it is while the column wanders to the left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    /// The number of the first column, counted from 1970.
    first: i64,
    /// How much time there is from edge to edge.
    span: Span,
    /// How many cells.
    pub(super) cells: usize,
}

impl Axis {
    /// An axis of `cells` columns, of which the last one holds `at`.
    pub(super) fn holding(at: Timestamp, span: Span, cells: usize) -> Self {
        let mut axis = Self { first: 0, span, cells };
        let last = i128::from(at.timestamp_millis()) * axis.width().1 / axis.width().0;
        axis.first = i64::try_from(last).unwrap_or(0) - i64::try_from(cells).unwrap_or(0) + 1;
        axis
    }

    /// The time of a column: so many milliseconds for so many columns.
    fn width(&self) -> (i128, i128) {
        (i128::from(self.span.millis()).max(1), i128::try_from(self.cells).unwrap_or(1).max(1))
    }

    /// When a column begins, in milliseconds since 1970.
    fn begin_of(&self, column: usize) -> i64 {
        let (millis, columns) = self.width();
        let column = i128::from(self.first) + i128::try_from(column).unwrap_or(0);
        // Rounded up: what happens on an edge belongs to the column after it, wherever the axis begins.
        i64::try_from((column * millis + columns - 1).div_euclid(columns)).unwrap_or(i64::MAX)
    }

    /// The time of the left edge.
    pub(super) fn start(&self) -> Timestamp {
        Timestamp::from_timestamp_millis(self.begin_of(0)).unwrap_or_default()
    }

    /// The time of the right edge.
    pub(super) fn end(&self) -> Timestamp {
        Timestamp::from_timestamp_millis(self.begin_of(self.cells)).unwrap_or_default()
    }

    /// The same time in twice as many columns.
    pub(super) const fn halved(self) -> Self {
        Self { first: self.first * 2, span: self.span, cells: self.cells * 2 }
    }

    /// The column of an instant; `None` outside of the axis.
    pub(super) fn column(&self, at: Timestamp) -> Option<usize> {
        let (millis, columns) = self.width();
        let column = (i128::from(at.timestamp_millis()) * columns).div_euclid(millis) - i128::from(self.first);
        usize::try_from(column).ok().filter(|column| *column < self.cells)
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
    let step = i64::try_from(series.step.millis()).unwrap_or(i64::MAX).max(1);
    let first = series.start.timestamp_millis();
    let point_at = |index: usize| first.saturating_add(step.saturating_mul(i64::try_from(index).unwrap_or(i64::MAX)));
    let mut next = 0;
    (0..time.cells)
        .map(|column| {
            let (begin, end) = (time.begin_of(column), time.begin_of(column + 1));
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
            if !seen && next > 0 && end - point_at(next - 1) <= step.saturating_mul(2) {
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
        let time = Axis::holding(at(99), Span::from_secs(100), 10);
        let drawn = columns(&series(20, 10, &[Some(1.0), Some(2.0), None, Some(4.0)]), &time, Unit::PerSecond);
        let none = None;
        assert_eq!(drawn, [none, none, Some(1.0), Some(2.0), none, Some(4.0), Some(4.0), none, none, none]);
        assert_eq!(time.column(at(20)), Some(2));
        assert_eq!(time.column(at(99)), Some(9));
        assert_eq!(time.column(at(100)), None);
        assert_eq!(time.column(at(-1)), None);
    }

    #[test]
    fn a_chart_moves_by_whole_columns_and_a_column_keeps_what_is_in_it() {
        // 70 cells for half an hour: no column is a whole number of milliseconds wide.
        let (span, cells) = (Span::from_mins(30), 70);
        let points: Vec<Option<f64>> = (0..360_u32).map(|index| Some(f64::from(index * 7 % 31))).collect();
        let series = series(0, 15, &points);
        let mut before = columns(&series, &Axis::holding(at(3_000), span, cells), Unit::PerSecond);
        let mut moves = 0;
        for second in 3_001..3_000 + 1_800 {
            let time = Axis::holding(at(second), span, cells);
            assert_eq!(time.column(at(second)), Some(cells - 1));
            let now = columns(&series, &time, Unit::PerSecond);
            if now != before {
                assert_eq!(now[1..cells - 1], before[2..]);
                moves += 1;
            }
            before = now;
        }
        assert!((65..=70).contains(&moves), "{moves}");
    }

    #[test]
    fn a_short_peak_is_not_averaged_away_and_nan_is_no_data() {
        let time = Axis::holding(at(99), Span::from_secs(100), 2);
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
