//! What charts show.

use crate::{
    app::{action::Action, model::Model, rows},
    domain::time::Span,
};

/// How far back charts go, in the order of `[` and `]`.
pub const RANGES: [Span; 7] = [
    Span::from_mins(15),
    Span::from_mins(30),
    Span::from_hours(1),
    Span::from_hours(3),
    Span::from_hours(6),
    Span::from_hours(12),
    Span::from_hours(24),
];

pub(super) fn change(model: &mut Model, action: Action) {
    let range = model.ui.chart.range;
    match action {
        Action::ChartShorter => {
            model.ui.chart.range = RANGES.into_iter().rev().find(|other| *other < range).unwrap_or(range);
        }
        Action::ChartLonger => {
            model.ui.chart.range = RANGES.into_iter().find(|other| *other > range).unwrap_or(range);
        }
        Action::Markers => model.ui.chart.markers = !model.ui.chart.markers,
        Action::MetricPrevious | Action::MetricNext => {
            let count = rows::release(model).map_or(0, |release| rows::metrics(model.shown(), release).len());
            let by = if action == Action::MetricNext { 1 } else { count.saturating_sub(1) };
            model.ui.chart.metric = (model.ui.chart.metric + by).checked_rem(count).unwrap_or(0);
        }
        _ => {}
    }
}
