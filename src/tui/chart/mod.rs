//! Charts of one component: a metric over time, the versions apart, with deployment events on the time axis.

mod plot;
mod scale;

use self::{
    plot::{Event, Plot},
    scale::{Axis, Unit, columns},
};
use super::{facts, number, scene::Scene, strip::Strip, theme::Role};
use crate::app::rows;
use crate::domain::{
    chart::{Metric, Series},
    level::Level,
    release::{Component, Release},
    slo::status::PairSeverity,
    time::{Span, Timestamp},
};

/// A chart, ready to be laid out.
pub(crate) struct Chart {
    /// `availability error ratio (%)`.
    pub(crate) title: String,
    /// The versions with their newest values.
    pub(crate) key: Strip,
    /// The same without versions.
    pub(crate) short_key: Strip,
    /// The deployment events in it, oldest first.
    pub(crate) events: Vec<Strip>,
    /// The plot with its axes, of the height asked for.
    pub(crate) lines: Vec<Strip>,
}

/// One line of a chart with its name.
struct Named<'a> {
    name: &'static str,
    version: Option<&'a str>,
    role: Role,
    /// A value for each column, or two where a cell holds two.
    values: Vec<Option<f64>>,
    newest: Option<f64>,
}

/// The chart of `metric`, `height` lines high with its axes; `None` where it would be too small to say anything.
pub(crate) fn chart(
    scene: &Scene<'_>,
    release: &Release,
    component: &Component,
    metric: &Metric,
    (cells, height): (usize, usize),
) -> Option<Chart> {
    if cells < scale::GUTTER + 10 || height < 4 {
        return None;
    }
    let across = cells - scale::GUTTER;
    let end = scene.picture.at;
    let span = scene.model.ui.chart.range;
    let time = Axis::holding(end, span, across);
    let unit = Unit::of(metric);
    let fine = if scene.look.glyphs.dots { time.halved() } else { time };
    let named = named(scene, release, component, metric, &fine, unit);
    let events = events(scene, release, component, &time);
    let limit = limit(scene, release, component, metric);
    let highest = named.iter().flat_map(|series| series.values.iter().flatten()).copied().fold(0.0, f64::max);
    let plot = Plot {
        top: scale::nice(highest.max(limit.as_ref().map_or(0.0, |(value, _)| value * 1.2))),
        limit: limit.clone(),
        events: &events,
        time,
        told: height < 8,
    };
    let keys = |versions| -> Vec<Strip> { named.iter().map(|one| key_of(scene, one, unit, versions)).collect() };
    let limited = limit.as_ref().map(|(_, words)| {
        let line = Strip::of(scene.look.glyphs.limit.repeat(2), scene.look.style(Role::ChartLimit));
        line.put(format!(" {words}  "), scene.look.text())
    });
    let key = |versions| {
        let mut key = keys(versions);
        key.splice(key.len().min(1)..key.len().min(1), limited.clone());
        key
    };
    Some(Chart {
        title: title(metric, unit),
        key: fitting(scene, [key(true), key(false)], cells.saturating_sub(2)),
        short_key: keys(false).into_iter().take(3).fold(Strip::new(), Strip::join),
        events: event_keys(scene, &events),
        lines: plot.lines(scene, &named, height),
    })
}

/// The first of two keys that fits into `cells`; where none does, the beginning of the second one with the count of the rest.
fn fitting(scene: &Scene<'_>, keys: [Vec<Strip>; 2], cells: usize) -> Strip {
    let [full, short] = keys;
    for key in [full, short.clone()] {
        let line = key.into_iter().fold(Strip::new(), Strip::join);
        // The blanks at its end need no room.
        if line.width() <= cells + 2 {
            return line;
        }
    }
    let all = short.len();
    let mut line = Strip::new();
    for (index, one) in short.into_iter().enumerate() {
        if line.width() + one.width() + 2 > cells {
            return line.put(format!("+{}", all - index), scene.look.text());
        }
        line = line.join(one);
    }
    line
}

fn title(metric: &Metric, unit: Unit) -> String {
    match metric {
        Metric::ErrorRatio { slo } => format!("{slo} error ratio ({})", unit.name()),
        Metric::Rate { slo } => format!("{slo} rate ({})", unit.name()),
    }
}

/// The series, the one that matters most first: the new version, the old one, the whole service, then the rest.
fn named<'a>(
    scene: &Scene<'a>,
    release: &'a Release,
    component: &Component,
    metric: &Metric,
    time: &Axis,
    unit: Unit,
) -> Vec<Named<'a>> {
    let mut all: Vec<(u8, &Series)> = facts::series(scene, release, component, metric)
        .into_iter()
        .map(|series| {
            let rank = match series.version.as_deref() {
                Some(version) if component.version.as_deref() == Some(version) => 0,
                Some(version) if component.previous.as_deref() == Some(version) => 1,
                None => 2,
                Some(_) => 3,
            };
            (rank, series)
        })
        .collect();
    all.sort_by(|a, b| (a.0, &a.1.version).cmp(&(b.0, &b.1.version)));
    // Before the new version has traffic, the whole service is what there is to see.
    if all.first().is_some_and(|(_, series)| series.points.iter().all(Option::is_none)) {
        all.rotate_left(1);
    }
    let done = component.version == component.previous;
    let roles = [Role::Chart1, Role::Chart2, Role::Chart3, Role::Chart4];
    all.into_iter()
        .zip(roles)
        .map(|((rank, series), role)| Named {
            name: match rank {
                0 if done => "now",
                0 => "canary",
                1 => "stable",
                2 => "all",
                _ => "other",
            },
            version: series.version.as_deref(),
            role,
            values: columns(series, time, unit),
            newest: newest(series, scene.picture.at).map(|value| unit.shown(value)),
        })
        .collect()
}

/// The newest point, unless it is missing or too far back to be called the present.
fn newest(series: &Series, now: Timestamp) -> Option<f64> {
    let last = series.points.len().checked_sub(1)?;
    let at = series.start + series.step.times(last as u64).delta();
    if Span::between(at, now) > series.step.times(4) {
        return None;
    }
    series.points.last().copied().flatten().filter(|value| value.is_finite())
}

fn key_of(scene: &Scene<'_>, series: &Named<'_>, unit: Unit, versions: bool) -> Strip {
    let look = scene.look;
    let version = series.version.filter(|_| versions).map(|version| format!(" {version}")).unwrap_or_default();
    let value = series.newest.map_or_else(|| number::UNKNOWN.to_owned(), |value| unit.number(value));
    let style = if series.newest.is_some() { look.bold() } else { look.words(Level::Unknown) };
    Strip::of(look.glyphs.full, look.style(series.role))
        .put(format!(" {}{version} ", series.name), look.text())
        .put(value, style)
        .put("  ", look.text())
}

/// What the metric should stay under, and what that is: the burn that pages, else the objective.
fn limit(scene: &Scene<'_>, release: &Release, component: &Component, metric: &Metric) -> Option<(f64, String)> {
    let Metric::ErrorRatio { slo: name } = metric else { return None };
    let slo = rows::slos_of(scene.picture, release)
        .find(|slo| slo.key.version.is_none() && slo.key.service == component.service && slo.key.slo == *name)?;
    let budget = slo.objective.budget();
    let page = slo.pairs.iter().filter(|pair| pair.severity == PairSeverity::Page).min_by_key(|pair| pair.long);
    let (share, what) = match page {
        Some(pair) if pair.factor * budget < 1.0 => {
            (pair.factor * budget, format!("page {}", number::burn(Some(pair.factor))))
        }
        _ => (budget, format!("objective {} %", number::objective(slo.objective.percent()))),
    };
    Some((share * 100.0, format!("{what} = {}", number::percent(Some(share)))))
}

/// Deployment events within the time of the chart, with a letter each.
fn events(scene: &Scene<'_>, release: &Release, component: &Component, time: &Axis) -> Vec<Event> {
    if !scene.model.ui.chart.markers {
        return Vec::new();
    }
    let mut markers: Vec<_> = rows::markers_of(scene.picture, release)
        .filter(|marker| facts::belongs(marker, component, release))
        .filter_map(|marker| time.column(marker.at).map(|column| (column, marker)))
        .collect();
    let letters = 'A'..='Z';
    let extra = markers.len().saturating_sub(26);
    markers.drain(..extra);
    letters
        .zip(markers)
        .map(|(letter, (column, marker))| Event {
            letter,
            column,
            time: scene.tick(marker.at),
            text: marker.text.clone(),
        })
        .collect()
}

/// `A 14:07 canary 5 %`, one for each event.
fn event_keys(scene: &Scene<'_>, events: &[Event]) -> Vec<Strip> {
    let look = scene.look;
    let key = |event: &Event| {
        Strip::of(event.letter.to_string(), look.style(Role::ChartMarker))
            .put(format!(" {} {}  ", event.time, event.text), look.text())
    };
    events.iter().map(key).collect()
}

/// The newest of the events' keys that fit into `cells`; the older ones are counted.
pub(crate) fn newest_events(scene: &Scene<'_>, keys: &[Strip], cells: usize) -> Strip {
    let mut room = cells.saturating_sub(4);
    let fit = keys.iter().rev().take_while(|key| {
        let fits = key.width() <= room;
        room = room.saturating_sub(key.width());
        fits
    });
    let count = fit.count();
    let hidden = keys.len() - count;
    let start = if hidden > 0 { Strip::of(format!("+{hidden}  "), scene.look.text()) } else { Strip::new() };
    keys.iter().skip(hidden).cloned().fold(start, Strip::join)
}
