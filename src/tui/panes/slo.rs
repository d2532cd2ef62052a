//! Pane 3: burn by window, budget left, pairs with both halves.

use std::fmt::Write as _;

use super::burn;
use crate::{
    app::{model::List, rows},
    domain::{
        level::Level,
        release::Release,
        slo::{
            definition::{Period, Window},
            status::{BudgetBasis, Burn, Exhaustion, Firing, Pair, PairSeverity, SloStatus},
        },
        time::Span,
    },
    tui::{
        frame::Content,
        list, number,
        scene::Scene,
        strip::Strip,
        table::{Column, Layout},
        theme::Role,
    },
};

/// The windows of the table, each with the order in which it goes when there is no room.
const WINDOWS: [(&str, Window, u8); 7] = [
    ("5m", Window::from_mins(5), 1),
    ("30m", Window::from_mins(30), 9),
    ("1h", Window::from_hours(1), 2),
    ("2h", Window::from_hours(2), 11),
    ("6h", Window::from_hours(6), 3),
    ("1d", Window::from_days(1), 10),
    ("3d", Window::from_days(3), 8),
];

pub(super) fn content(scene: &Scene<'_>, release: &Release, cells: usize, height: usize) -> Content {
    let look = scene.look;
    let rows = rows::slos(scene.model);
    let selected = scene.chosen(List::Slos, &rows);
    let slos: Vec<&SloStatus> = rows.into_iter().map(|row| row.item).collect();
    let title = Strip::of("SLO burn", look.bold());
    let right = super::origin(scene, |source| slos.iter().any(|slo| slo.key.source == source.name));
    if slos.is_empty() {
        let empty = super::nothing(scene, "no SLO matches a service of this release", &["prometheus"]);
        return Content { title, right, lines: vec![empty] };
    }
    let headed = height > 2;
    let room = height.saturating_sub(usize::from(headed));
    let window = list::Window::of(slos.len(), selected.or_else(|| worst_of(&slos)), room);
    let shown = slos.get(window.first..window.first + window.shown).unwrap_or_default();
    let rows: Vec<Vec<Strip>> = shown.iter().map(|slo| row(scene, release, slo)).collect();
    let layout = Layout::of(&columns(), &rows, cells);
    let details: Vec<Vec<Strip>> = shown.iter().map(|slo| detail(scene, slo)).collect();
    let selected = selected.and_then(|index| index.checked_sub(window.first));
    let open = opened(shown, &details, selected, room.saturating_sub(shown.len()));
    let mut lines: Vec<Strip> = headed.then(|| layout.heading(look)).into_iter().collect();
    for (index, (row, detail)) in rows.iter().zip(details).enumerate() {
        let line = layout.line(row, look);
        let chosen = selected == Some(index) && scene.has_keys(List::Slos);
        lines.push(if chosen { line.filled(cells, look.selection()) } else { line });
        if open.get(index) == Some(&true) {
            lines.extend(detail);
        }
    }
    if window.rest {
        lines.push(window.rest_line(slos.iter().map(|slo| slo.level), look));
    }
    Content { title, right, lines }
}

/// The place of the first of those that need a person most: what is seen until somebody chose another.
fn worst_of(slos: &[&SloStatus]) -> Option<usize> {
    (0..slos.len()).rev().max_by_key(|index| slos.get(*index).map(|slo| slo.level))
}

fn columns() -> Vec<Column> {
    let mut columns = vec![
        Column::text("SLO", 22, 36, 0),
        Column::number("OBJ %", 4, 4),
        Column::number("LEFT", 5, 0),
        Column::text("BUDGET", 7, 10, 11),
    ];
    columns.extend(WINDOWS.iter().map(|(title, _, drop)| Column::number(title, 5, *drop)));
    columns.push(Column::number("GONE", 5, 6));
    columns.push(Column::text("DATA", 14, 20, 3));
    columns
}

fn row(scene: &Scene<'_>, release: &Release, slo: &SloStatus) -> Vec<Strip> {
    let look = scene.look;
    let name = match &slo.key.version {
        None => look.status(slo.level, &format!("{} {}", slo.key.service, slo.key.slo)),
        Some(version) => {
            let what = tag(release, slo, version);
            Strip::of(format!("  {} ", look.glyphs.branch), look.dim())
                .join(look.status(slo.level, &format!("{what}{version}")))
        }
    };
    let whole = slo.key.version.is_none();
    let (left, bar) = if whole {
        (burn::left(scene, &slo.budget), scene.bar(slo.budget.remaining, 7, Role::Chart2))
    } else {
        // A version has no budget of its own: it spends its service's.
        (Strip::new(), Strip::new())
    };
    let objective = if whole { number::objective(slo.objective.percent()) } else { String::new() };
    let mut cells = vec![name, Strip::of(objective, look.text()), left, bar];
    cells.extend(WINDOWS.iter().map(|(_, window, _)| burn::asked(scene, slo, *window)));
    cells.push(if whole { Strip::of(gone(slo.exhaustion), look.text()) } else { Strip::new() });
    cells.push(burn::state(scene, slo));
    cells
}

/// What a version is in this release: `canary `, `stable `, or nothing.
fn tag(release: &Release, slo: &SloStatus, version: &str) -> &'static str {
    let component = release.components.iter().find(|component| component.service == slo.key.service);
    match component {
        Some(component) if component.version.as_deref() == Some(version) => "canary ",
        Some(component) if component.previous.as_deref() == Some(version) => "stable ",
        _ => "",
    }
}

/// When the budget is gone, for a column.
fn gone(exhaustion: Exhaustion) -> String {
    match exhaustion {
        Exhaustion::Exhausted => "now".to_owned(),
        Exhaustion::NotBurning | Exhaustion::Never => "never".to_owned(),
        Exhaustion::AtLeast(span) => format!(">{}", span.age()),
        Exhaustion::In(span) => span.age(),
        Exhaustion::AfterPeriod => "after period".to_owned(),
        Exhaustion::Unknown => number::UNKNOWN.to_owned(),
    }
}

/// Which SLOs show their pairs and warnings: all where there is room, else the selected one and those that need a person.
fn opened(slos: &[&SloStatus], details: &[Vec<Strip>], selected: Option<usize>, room: usize) -> Vec<bool> {
    let mut order: Vec<usize> = (0..slos.len()).collect();
    order.sort_by_key(|index| {
        let level = slos.get(*index).map_or(Level::Ok, |slo| slo.level);
        (selected != Some(*index), std::cmp::Reverse(level), *index)
    });
    let mut open = vec![false; slos.len()];
    let mut left = room;
    for index in order {
        let size = details.get(index).map_or(0, Vec::len);
        if let (true, Some(flag)) = (size <= left && size > 0, open.get_mut(index)) {
            *flag = true;
            left -= size;
        }
    }
    open
}

/// Pairs, budget and warnings of one SLO.
fn detail(scene: &Scene<'_>, slo: &SloStatus) -> Vec<Strip> {
    let look = scene.look;
    if slo.key.version.is_some() {
        return Vec::new();
    }
    let mut lines: Vec<Strip> = slo.pairs.iter().map(|pair| pair_line(scene, pair)).collect();
    let period = match slo.period {
        Period::Rolling(span) => format!("of the last {}", long(span)),
        Period::Calendar { .. } => "of this calendar period".to_owned(),
    };
    let basis = match slo.budget.basis {
        BudgetBasis::Events => "by events",
        BudgetBasis::Time => "by time",
        BudgetBasis::Projection => "projected",
        BudgetBasis::None => "nothing to work from",
    };
    let mut budget = format!("{} {period} left, {basis}", number::whole_percent(slo.budget.remaining));
    if let Some(spent) = slo.spent_since_release {
        let percent = |share| number::percent(Some(share));
        let (least, most) = (percent(spent.at_least), percent(spent.at_most));
        let _ = write!(budget, "; {} spent since the release began ({least} to {most})", percent(spent.share));
    }
    lines.push(Strip::of("    budget ", look.dim()).put(budget, look.text()));
    for warning in &slo.warnings {
        lines.push(
            Strip::of("    ", look.text())
                .put(look.glyph(Level::Watch), look.level(Level::Watch))
                .put(format!(" {warning}"), look.bold()),
        );
    }
    lines
}

fn pair_line(scene: &Scene<'_>, pair: &Pair) -> Strip {
    let look = scene.look;
    let (severity, fires) = match pair.severity {
        PairSeverity::Page => ("page  ", Level::Bad),
        PairSeverity::Ticket => ("ticket", Level::Watch),
    };
    let (level, words) = match &pair.firing {
        Firing::Yes => (fires, "FIRING".to_owned()),
        Firing::No => (Level::Ok, "quiet".to_owned()),
        Firing::CannotFire { max } => {
            (Level::Watch, format!("cannot fire: burn is at most {}", number::burn(Some(*max))))
        }
        Firing::LowTraffic { bad, needed } => (
            Level::Watch,
            format!("low traffic: {} bad events, it takes {}", number::digits(*bad), number::digits(*needed)),
        ),
        Firing::Unknown { why } => (Level::Unknown, why.clone()),
    };
    let line = Strip::of(format!("    {severity} "), look.dim())
        .put(format!("{}/{} at {}", pair.long, pair.short, number::burn(Some(pair.factor))), look.text())
        .at(28)
        .join(look.status(level, &words));
    if pair.note.is_empty() || matches!(pair.firing, Firing::Unknown { .. }) {
        return line;
    }
    line.put(format!("  {}", pair.note), look.dim())
}

/// `30 days`, `1h`.
fn long(span: Span) -> String {
    let days = span.millis() / 86_400_000;
    if days > 0 && span == Span::from_days(days) { format!("{days} days") } else { span.to_string() }
}

/// What the board shows of a release's SLOs: burns over one and six hours, and the least budget.
pub(crate) struct Burns {
    /// `15.1/6.1x`.
    pub(crate) burn: Strip,
    /// `41 %`.
    pub(crate) left: Strip,
}

/// The worst SLO of `release`.
pub(crate) fn worst(scene: &Scene<'_>, release: &Release) -> Burns {
    let look = scene.look;
    let slos: Vec<&SloStatus> = rows::slos_of(scene.picture, release).collect();
    let whole = || slos.iter().filter(|slo| slo.key.version.is_none());
    let rate = |slo: &SloStatus, window| slo.burn(window).and_then(Burn::effective).filter(|rate| rate.is_finite());
    let hour = Window::from_hours(1);
    let loudest = whole().max_by(|a, b| {
        let weight = |slo: &SloStatus| (slo.level, rate(slo, hour).unwrap_or(0.0));
        let ((level_a, rate_a), (level_b, rate_b)) = (weight(a), weight(b));
        level_a.cmp(&level_b).then(rate_a.total_cmp(&rate_b))
    });
    let Some(slo) = loudest else {
        let none = || Strip::of(number::UNKNOWN, look.words(Level::Unknown));
        return Burns { burn: Strip::of("no SLO", look.words(Level::Unknown)), left: none() };
    };
    let burn = burn::cell(scene, slo, hour).put("/", look.dim()).join(burn::cell(scene, slo, Window::from_hours(6)));
    // A budget that is not known is less than any that is.
    let worth = |slo: &SloStatus| slo.budget.remaining.filter(|left| left.is_finite()).unwrap_or(f64::NEG_INFINITY);
    let least = whole().min_by(|a, b| worth(a).total_cmp(&worth(b))).unwrap_or(slo);
    let left = burn::left(scene, &least.budget);
    Burns { burn, left }
}
