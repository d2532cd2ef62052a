//! The plot: one series tall, the others a line each on the same scale, events on the axis.

use std::borrow::Cow;

use ratatui::style::Style;

use super::{
    Named,
    scale::{Axis, GUTTER},
};
use crate::tui::{
    glyph::dots,
    number,
    scene::Scene,
    strip::{Strip, width},
    theme::Role,
};

/// A deployment event in a chart.
pub(super) struct Event {
    pub(super) letter: char,
    pub(super) column: usize,
    pub(super) time: String,
    pub(super) text: String,
}

/// What all lines of a plot share.
pub(super) struct Plot<'a> {
    /// The value at the top.
    pub(super) top: f64,
    /// The limit, and its words.
    pub(super) limit: Option<(f64, String)>,
    pub(super) events: &'a [Event],
    pub(super) time: Axis,
    /// Whether the time axis says what happened: where nothing else does.
    pub(super) told: bool,
}

impl Plot<'_> {
    /// `height` lines: the plot, the other series, the axis, the times.
    pub(super) fn lines(&self, scene: &Scene<'_>, named: &[Named<'_>], height: usize) -> Vec<Strip> {
        let Some((main, others)) = named.split_first() else { return Vec::new() };
        let room = height.saturating_sub(2);
        let for_others = others.len().min(if room < 3 { 0 } else { room / 3 });
        let rows = room - for_others;
        let mut lines: Vec<Strip> = (0..rows).map(|row| self.row(scene, main, row, rows)).collect();
        for series in others.iter().take(for_others) {
            let gutter = format!("{:>width$} ", series.name, width = GUTTER - 1);
            let line = Strip::of(gutter, scene.look.text());
            lines.push(line.join(self.cells(scene, series, 0, 1)));
        }
        lines.push(self.axis(scene));
        lines.push(self.times(scene));
        lines
    }

    /// One line of the tall series with its label.
    fn row(&self, scene: &Scene<'_>, series: &Named<'_>, row: usize, rows: usize) -> Strip {
        let look = scene.look;
        let value = self.top * (rows - row) as f64 / rows as f64;
        let labelled = row == 0 || rows >= 4 && rows.is_multiple_of(2) && row == rows / 2;
        let gutter = if labelled {
            format!("{:>width$} {}", number::digits(value), look.glyphs.tick, width = GUTTER - 2)
        } else {
            format!("{:>width$}{}", "", look.glyphs.axis, width = GUTTER - 1)
        };
        Strip::of(gutter, look.dim()).join(self.cells(scene, series, row, rows))
    }

    /// The cells of one line of a series that is `rows` lines high. Line 0 is the top.
    fn cells(&self, scene: &Scene<'_>, series: &Named<'_>, row: usize, rows: usize) -> Strip {
        let look = scene.look;
        let glyphs = &look.glyphs;
        let steps = glyphs.heights.len() - 1;
        let below = (rows - 1 - row) * steps;
        let tall = rows > 1;
        let limit = self.limit.as_ref().filter(|_| tall).map(|(value, _)| *value);
        let limit_row = limit.map(|value| rows - 1 - self.level(value, rows).min(rows - 1));
        let mut line = Strip::new();
        let mut run = (String::new(), Style::new());
        let values_in_cell = if glyphs.dots { 2 } else { 1 };
        for (column, values) in series.values.chunks(values_in_cell).enumerate() {
            let known = || values.iter().flatten().copied();
            // A little is not nothing: whatever was measured has a height.
            let height = |value: f64| self.level(value, rows * steps).max(1).saturating_sub(below).min(steps);
            let highest = known().map(height).max();
            let (symbol, style) = match highest {
                None if row + 1 == rows => (Cow::from(glyphs.no_data), look.style(Role::ChartNoData)),
                Some(0) if Some(row) == limit_row => (glyphs.limit.into(), look.style(Role::ChartLimit)),
                None | Some(0) => self.blank(scene, column, tall),
                Some(here) => {
                    let over = limit.is_some_and(|limit| known().any(|value| value > limit));
                    let role = if over { Role::ChartLimit } else { series.role };
                    let symbol = match values {
                        [left, right] => {
                            let [left, right] = [left, right].map(|value| value.map_or(0, height));
                            dots(left, right).to_string().into()
                        }
                        _ => glyphs.heights.get(here).copied().unwrap_or(glyphs.full).into(),
                    };
                    (symbol, look.style(role))
                }
            };
            if run.1 != style && !run.0.is_empty() {
                line = line.put(std::mem::take(&mut run.0), run.1);
            }
            run.1 = style;
            run.0.push_str(&symbol);
        }
        line.put(run.0, run.1)
    }

    /// Nothing, or the guide of an event.
    fn blank(&self, scene: &Scene<'_>, column: usize, tall: bool) -> (Cow<'static, str>, Style) {
        if tall && self.events.iter().any(|event| event.column == column) {
            return (scene.look.glyphs.guide.into(), scene.look.style(Role::ChartMarker));
        }
        (" ".into(), scene.look.text())
    }

    /// `value` in parts of `parts`, from 0 to `parts`.
    fn level(&self, value: f64, parts: usize) -> usize {
        let level = value / self.top * parts as f64;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the parts of a screen"
        )]
        let level = level.clamp(0.0, parts as f64).floor() as usize;
        level
    }

    /// The time axis with the letters of events.
    fn axis(&self, scene: &Scene<'_>) -> Strip {
        let look = scene.look;
        let line = Strip::of(format!("{:>width$} {}", 0, look.glyphs.corner, width = GUTTER - 2), look.dim());
        (0..self.time.cells).fold(line, |line, column| {
            match self.events.iter().rev().find(|event| event.column == column) {
                Some(event) => line.put(event.letter.to_string(), look.style(Role::ChartMarker)),
                None => line.put(look.glyphs.rule, look.dim()),
            }
        })
    }

    /// The times of both ends, and of events where they fit between.
    fn times(&self, scene: &Scene<'_>) -> Strip {
        let look = scene.look;
        let end = scene.tick(self.time.end());
        let last = (GUTTER + self.time.cells).saturating_sub(end.chars().count());
        let mut line = Strip::of(" ".repeat(GUTTER), look.text()).put(scene.tick(self.time.start()), look.dim());
        for (index, event) in self.events.iter().enumerate() {
            let start = (GUTTER + event.column).saturating_sub(2);
            let next =
                self.events.get(index + 1..).unwrap_or_default().iter().find(|next| next.column > event.column + 5);
            let end = next.map_or(last, |next| (GUTTER + next.column).saturating_sub(2)).min(last);
            let full = format!("{} {}", event.time, event.text);
            let fits = |text: &str| start > line.width() && start + width(text) < end;
            // What happened is worth more than the minute, which the axis tells about.
            let said = [full.as_str(), event.text.as_str()].into_iter().filter(|_| self.told);
            if let Some(text) = said.chain([event.time.as_str()]).find(|text| fits(text)) {
                line = line.at(start).put(text, look.style(Role::ChartMarker));
            }
        }
        if last > line.width() { line.at(last).put(end, look.dim()) } else { line }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heights_are_parts_of_the_top() {
        let time =
            Axis::holding(crate::domain::time::Timestamp::UNIX_EPOCH, crate::domain::time::Span::from_mins(1), 10);
        let plot = Plot { top: 50.0, limit: None, events: &[], time, told: false };
        assert_eq!(plot.level(0.0, 8), 0);
        assert_eq!(plot.level(25.0, 8), 4);
        assert_eq!(plot.level(50.0, 8), 8);
        assert_eq!(plot.level(500.0, 8), 8);
    }
}
