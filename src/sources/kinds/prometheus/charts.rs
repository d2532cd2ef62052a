//! The feed of charts: only what somebody looks at, and of that only what is new.

use std::collections::BTreeMap;

use super::{
    api::Tally,
    connector::Prometheus,
    decode::series::ManySamples,
    memory::Drawn,
    query::{
        charts::{Line, groups, step, window},
        part::{Role, requests, take_mark},
        scope::Scope,
    },
    window as windows,
};
use crate::domain::{
    chart::{ChartRequest, Metric, Series},
    demand::Demand,
    facts::{Answer, Facts},
    labels::Labels,
    source::SourceError,
    time::{Span, Timestamp},
};

/// Points at the end that are asked for again: their windows were not full of samples yet.
const TAIL: i64 = 2;

/// A series of a line: its version and what it counts, by boundary.
type Key = (Option<String>, Role);

/// Values by time, in seconds since 1970.
type Points = BTreeMap<i64, f64>;

/// Asks for the charts that are looked at.
///
/// # Errors
/// Whatever keeps one of the answers from arriving.
pub(super) async fn ask(source: &Prometheus, scope: Scope<'_>, demand: &Demand) -> Result<Answer, SourceError> {
    let mut tally = Tally::default();
    let mut series = Vec::new();
    for request in &demand.charts {
        series.extend(one(source, scope, request, &mut tally).await?);
    }
    source.memory.forget_charts(source.clock.now());
    Ok(tally.answer(Facts::Charts(series), None))
}

async fn one(
    source: &Prometheus,
    scope: Scope<'_>,
    request: &ChartRequest,
    tally: &mut Tally,
) -> Result<Vec<Series>, SourceError> {
    let (names, groups): (Vec<_>, Vec<_>) = groups(scope, request).into_iter().unzip();
    let sides = windows::sides(source, &groups, tally).await?;
    let lines: Vec<Line> = names
        .into_iter()
        .zip(&groups)
        .zip(sides)
        .filter_map(|((name, group), sides)| Some(Line::new(name, group, sides.ok()?)))
        .collect();
    let step = step(request.range);
    let window = window(step, scrape_interval(source, &lines, tally).await?);
    let grid = Grid::ending(source.clock.now(), request.range, step);
    let expressions: Vec<String> =
        lines.iter().enumerate().map(|(number, line)| line.expression(number, window)).collect();
    let mut drawn = BTreeMap::new();
    for query in requests(expressions.iter().map(String::as_str)) {
        drawn.extend(points(source, &query, grid, tally).await?);
    }
    let series = lines.iter().zip(expressions).enumerate();
    Ok(series.flat_map(|(number, (line, query))| draw(request, line, number, &query, window, grid, &drawn)).collect())
}

/// The times of a chart's points, in seconds since 1970, on multiples of the step so that points do not move.
#[derive(Clone, Copy, Debug)]
struct Grid {
    start: i64,
    end: i64,
    step: i64,
}

impl Grid {
    fn ending(now: Timestamp, range: Span, step: Span) -> Self {
        let whole = |span: Span| i64::try_from(span.millis() / 1_000).unwrap_or(i64::MAX).max(1);
        let step = whole(step);
        let end = now.timestamp().div_euclid(step) * step;
        Self { start: end - whole(range).div_euclid(step) * step, end, step }
    }

    fn times(self) -> impl Iterator<Item = i64> {
        (0..=(self.end - self.start) / self.step).map(move |index| self.start + index * self.step)
    }
}

/// How often the series are sampled; the connection's own interval where nothing tells.
async fn scrape_interval(source: &Prometheus, lines: &[Line], tally: &mut Tally) -> Result<Span, SourceError> {
    let Some(question) = lines.iter().find_map(Line::sampling) else { return Ok(source.interval) };
    let now = source.clock.now();
    if let Some(known) = source.memory.scrape_interval(&question, now) {
        return Ok(known);
    }
    let rows = source.api.instant(&question, tally).await?;
    let samples = rows.first().and_then(|row| row.value).map_or(0.0, |sample| sample.value);
    if samples.is_nan() || samples < 2.0 {
        return Ok(Span::from_mins(1));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 150,000")]
    let interval = Span::from_millis((300_000.0 / samples) as u64);
    source.memory.keep_scrape_interval(question, interval, now);
    Ok(interval)
}

/// The points of a query: those that are remembered, and the new ones.
async fn points(
    source: &Prometheus,
    query: &str,
    grid: Grid,
    tally: &mut Tally,
) -> Result<BTreeMap<Labels, Points>, SourceError> {
    let key = format!("{} {query}", grid.step);
    let mut drawn = source.memory.chart(&key).filter(|drawn| drawn.start <= grid.start).unwrap_or_default();
    let start = if drawn.end > grid.start { drawn.end - TAIL * grid.step } else { grid.start }.max(grid.start);
    for row in drawn.rows.values_mut() {
        row.retain(|time, _| (grid.start..start).contains(time));
    }
    for ManySamples { metric, values, .. } in source.api.range(query, (start, grid.end, grid.step), tally).await? {
        let row = drawn.rows.entry(metric).or_default();
        #[expect(clippy::cast_possible_truncation, reason = "times of a chart are whole seconds of this century")]
        row.extend(values.into_iter().map(|sample| (sample.secs.round() as i64, sample.value)));
    }
    drawn.rows.retain(|_, row| !row.is_empty());
    let rows = drawn.rows.clone();
    source.memory.keep_chart(key, Drawn { start: grid.start, end: grid.end, at: source.clock.now(), ..drawn });
    Ok(rows)
}

/// The series of one line: error ratio and rate for each version.
fn draw(
    request: &ChartRequest,
    line: &Line,
    number: usize,
    query: &str,
    window: Span,
    grid: Grid,
    drawn: &BTreeMap<Labels, Points>,
) -> Vec<Series> {
    let counts = counts(line, number, drawn);
    let versions: std::collections::BTreeSet<&Option<String>> = counts.keys().map(|(version, _)| version).collect();
    let mut series = Vec::new();
    for version in versions {
        let total = counts.get(&(version.clone(), Role::Total));
        let other = counts.get(&(version.clone(), line.role));
        let total_at = |time: &i64| total.and_then(|row| row.get(time)).copied().filter(|total| total.is_finite());
        let ratio = |time: i64| {
            let total = total_at(&time).filter(|total| *total > 0.0)?;
            let other = other.and_then(|row| row.get(&time)).copied();
            let bad = match (line.role, other) {
                (Role::Bad, bad) => bad.unwrap_or(0.0),
                // No good events are told: every event was bad, unless it is a histogram that lacks the bucket.
                (_, None) if line.apart().is_some() => return None,
                (_, good) => total - good.unwrap_or(0.0),
            };
            Some(bad / total).filter(|ratio| ratio.is_finite()).map(|ratio| ratio.clamp(0.0, 1.0))
        };
        let rate = |time: i64| total_at(&time).map(|total| total / window.secs());
        let of = |metric, points| Series {
            service: request.service.clone(),
            environment: request.environment.clone(),
            metric,
            version: version.clone(),
            start: Timestamp::from_timestamp(grid.start, 0).unwrap_or_default(),
            step: Span::from_secs(u64::try_from(grid.step).unwrap_or(1)),
            points,
            query: query.to_owned(),
        };
        series.push(of(Metric::ErrorRatio { slo: line.slo.clone() }, grid.times().map(ratio).collect()));
        series.push(of(Metric::Rate { slo: line.slo.clone() }, grid.times().map(rate).collect()));
    }
    series
}

/// The rows of a line by version and what they count. Of rows that are told apart by a boundary, the highest counts at each time.
fn counts(line: &Line, number: usize, drawn: &BTreeMap<Labels, Points>) -> BTreeMap<Key, Points> {
    let mut sorted: BTreeMap<Key, Vec<(f64, &Points)>> = BTreeMap::new();
    for (labels, row) in drawn {
        let mut labels = labels.clone();
        let Some((_, role)) = take_mark(&mut labels).filter(|(of, _)| *of == number) else { continue };
        let boundary = line.apart().and_then(|label| labels.remove(label)).and_then(|text| text.parse().ok());
        let version = line.version_label.as_ref().and_then(|label| labels.remove(label));
        sorted.entry((version, role)).or_default().push((boundary.unwrap_or(f64::INFINITY), row));
    }
    let highest = sorted.into_iter().map(|(key, mut rows)| {
        rows.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let mut points = BTreeMap::new();
        for (_, row) in rows {
            points.extend(row.iter().map(|(time, value)| (*time, *value)));
        }
        (key, points)
    });
    highest.collect()
}
