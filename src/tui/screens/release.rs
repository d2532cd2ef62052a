//! The war room of one release: verdict, panes, chart.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{arrangement::Arrangement, model::Pane, rows},
    domain::{
        canary::{analysis::Analysis, what::What},
        release::Release,
    },
    tui::{
        frame::{self, Content},
        list,
        panes::{self, chart},
        scene::Scene,
        strip::Strip,
        theme::Role,
        verdict,
    },
};

/// Draws it, and gives what the footer says at its right.
pub(super) fn draw(scene: &Scene<'_>, release: &Release, area: Rect, buffer: &mut Buffer) -> Strip {
    verdict::draw(scene, release, area, buffer);
    let body = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let pane = scene.model.ui.pane;
    let zoomed = scene.model.ui.zoomed;
    match scene.arrangement {
        Arrangement::OneLine | Arrangement::OnePane => tabbed(scene, release, body, buffer),
        Arrangement::Portrait if zoomed => tabbed(scene, release, body, buffer),
        Arrangement::Portrait => stacked(scene, release, body, buffer),
        Arrangement::TwoColumns | Arrangement::ThreeColumns if zoomed => framed(scene, release, pane, body, buffer),
        Arrangement::TwoColumns => two_columns(scene, release, body, buffer),
        Arrangement::ThreeColumns => three_columns(scene, release, body, buffer),
    }
    Strip::new()
}

/// One pane with the tabs of the others above it, and a short chart below the steps.
fn tabbed(scene: &Scene<'_>, release: &Release, area: Rect, buffer: &mut Buffer) {
    let look = scene.look;
    let pane = scene.model.ui.pane;
    let mut area = area;
    frame::rule(look, area, area.bottom() - 1, buffer);
    area.height -= 1;
    if area.height >= 10 {
        frame::rule(look, area, area.top(), buffer);
        tabs(scene, area.width).draw(buffer, area.x, area.y + 1, area.width);
        frame::rule(look, area, area.y + 2, buffer);
        area.y += 3;
        area.height -= 3;
    } else {
        tabs(scene, area.width).draw(buffer, area.x, area.y, area.width);
        area.y += 1;
        area.height -= 1;
    }
    let below = if pane == Pane::Steps && !scene.model.ui.zoomed && area.height >= 14 {
        (area.height / 3).clamp(6, 10)
    } else {
        0
    };
    let inside = Rect { x: area.x + 1, width: area.width - 2, height: area.height - below, ..area };
    // The tabs say which pane it is; a line of its own says of what and how old, except for the steps.
    let headed = pane != Pane::Steps;
    let (cells, height) = (usize::from(inside.width), usize::from(inside.height).saturating_sub(usize::from(headed)));
    let content = panes::content(scene, release, pane, cells, height);
    let mut lines = list::counted(content.lines, height, look);
    if headed {
        let title = content.title.fitted(cells.saturating_sub(content.right.width() + 2), look.glyphs.ellipsis);
        lines.insert(0, title.right(content.right, cells));
    }
    frame::lines(&lines, look, inside, buffer);
    if below > 0 {
        let chart_area = Rect { y: inside.bottom(), height: below, ..inside };
        let lines = chart::short(scene, release, usize::from(chart_area.width), usize::from(below));
        frame::lines(&lines, look, chart_area, buffer);
    }
}

/// ` 1 Steps  2 Chart …` with the present one marked.
fn tabs(scene: &Scene<'_>, width: u16) -> Strip {
    let look = scene.look;
    let drawn = |gap: &str, titles: bool| {
        Pane::ALL.iter().fold(Strip::new(), |line, pane| {
            let here = *pane == scene.model.ui.pane;
            let name = if titles || here { format!(" {}", pane.title()) } else { String::new() };
            let text = format!(" {}{name} ", pane.number());
            let style = if here { look.style(Role::Accent).patch(look.style(Role::TextInverse)) } else { look.text() };
            line.put(text, style).put(gap, look.text())
        })
    };
    let room = usize::from(width);
    let full = drawn("", true);
    if full.width() <= room { full } else { drawn("", false) }
}

/// All panes below each other, the one with the keys larger; where there is no room for all of them, the others fold.
fn stacked(scene: &Scene<'_>, release: &Release, area: Rect, buffer: &mut Buffer) {
    let mut y = area.y;
    for (pane, height) in Pane::ALL.into_iter().zip(stacked_heights(scene, area.height)) {
        framed(scene, release, pane, Rect { y, height, ..area }, buffer);
        y += height;
    }
}

/// A pane folded to a frame with one line.
const FOLDED: u16 = 3;

/// The heights of all panes, in their order, which fill `height` together.
fn stacked_heights(scene: &Scene<'_>, height: u16) -> [u16; 8] {
    let focus = scene.model.ui.pane;
    // What has few lines needs no more.
    let lines = |count: usize| frame::cells(count).saturating_add(2);
    let mut heights = Pane::ALL.map(|pane| match pane {
        Pane::Steps => 14,
        Pane::Chart => 12,
        Pane::Slo => lines(rows::slos(scene.model).len() + 1).clamp(5, 14),
        Pane::Alerts => lines(rows::alerts(scene.model).len()).clamp(FOLDED, 8),
        Pane::Timeline => lines(rows::timeline(scene.model).len()).clamp(FOLDED, 9),
        Pane::Sources => lines(rows::sources(scene.model).len() + 1).clamp(FOLDED, 8),
        Pane::Checks => match rows::standing(scene.model) {
            Some(_) => lines(rows::checks(scene.model).len() + 1).clamp(FOLDED, 12),
            None => FOLDED,
        },
        Pane::Triggers => analyses_height(scene, 12),
    });
    let sum = |heights: &[u16; 8]| heights.iter().sum::<u16>();
    for pane in FOLDING {
        let over = sum(&heights).saturating_sub(height);
        if let (true, Some(own)) = (pane != focus, heights.get_mut(pane.number() - 1)) {
            *own = own.saturating_sub(over).max(FOLDED);
        }
    }
    // The one with the keys grows first; no text has a use for more than this, and a chart always has.
    for (pane, most) in [(focus, 30), (Pane::Chart, u16::MAX)] {
        let spare = height.saturating_sub(sum(&heights));
        if let Some(own) = heights.get_mut(pane.number() - 1) {
            *own = (*own).max(own.saturating_add(spare).min(most));
        }
    }
    heights
}

/// The order in which panes fold: what is looked at least often first.
const FOLDING: [Pane; 6] = [Pane::Sources, Pane::Timeline, Pane::Alerts, Pane::Chart, Pane::Slo, Pane::Steps];

/// Two columns and a timeline strip.
fn two_columns(scene: &Scene<'_>, release: &Release, area: Rect, buffer: &mut Buffer) {
    // All sources in sight, as long as there are few.
    let sources = frame::cells(scene.picture.sources.len()).saturating_add(3);
    let timeline = sources.clamp(6, 9).min(area.height / 4);
    let small = checks_height(scene, 10).min(area.height / 4);
    let rest = area.height - timeline - small;
    // The steps and the chart get what SLOs and alerts do not need.
    let wanted = rows::slos(scene.model).len().max(rows::alerts(scene.model).len() + 1);
    let middle = frame::cells(wanted).saturating_add(3).clamp(7, (rest * 2 / 5).max(7));
    let top = rest.saturating_sub(middle);
    let rows = split_rows(area, &[top, middle, small, timeline]);
    let mut place = |row: usize, left_width: u16, left: Pane, right: Pane| {
        let Some(row) = rows.get(row) else { return };
        framed(scene, release, left, Rect { width: left_width, ..*row }, buffer);
        framed(scene, release, right, Rect { x: row.x + left_width, width: row.width - left_width, ..*row }, buffer);
    };
    place(0, area.width * 2 / 5, Pane::Steps, Pane::Chart);
    place(1, area.width * 3 / 5, Pane::Slo, Pane::Alerts);
    place(2, area.width / 2, Pane::Checks, Pane::Triggers);
    place(3, area.width * 3 / 5, Pane::Timeline, Pane::Sources);
}

/// The height of the row of checks and canaries: all lines of both in sight, as long as there are few.
fn checks_height(scene: &Scene<'_>, most: u16) -> u16 {
    let checks = match rows::standing(scene.model) {
        Some(_) => frame::cells(rows::checks(scene.model).len()).saturating_add(3).clamp(FOLDED, most),
        None => FOLDED,
    };
    checks.max(analyses_height(scene, most))
}

/// An analysis has a line, and below it what was counted: two lines for each window; and one or two words on the way it was compared.
fn analyses_height(scene: &Scene<'_>, most: u16) -> u16 {
    let analyses = rows::analyses(scene.model);
    let remarks = |one: &Analysis| match (one.against.remarks().len(), one.what.told()) {
        (0, None) => 0,
        (0, Some(_)) => usize::from(!one.windows.is_empty() || matches!(one.what, What::Gauge { .. })),
        _ => 2,
    };
    let lines: usize = analyses.iter().map(|row| 1 + (2 * row.item.windows.len()).max(1) + remarks(row.item)).sum();
    frame::cells(lines).saturating_add(2).clamp(FOLDED, most)
}

/// Three columns: the board stays in sight, three charts.
fn three_columns(scene: &Scene<'_>, release: &Release, area: Rect, buffer: &mut Buffer) {
    let small = checks_height(scene, 12);
    let bottom = (area.height / 5).clamp(8, 14);
    let middle = (area.height / 4).clamp(9, 18);
    let top = area.height - small - bottom - middle;
    let rows = split_rows(area, &[top, middle, small, bottom]);
    let board = 38;
    let steps = 52;
    if let Some(row) = rows.first() {
        releases(scene, release, Rect { width: board, ..*row }, buffer);
        framed(scene, release, Pane::Steps, Rect { x: row.x + board, width: steps, ..*row }, buffer);
        let charts = Rect { x: row.x + board + steps, width: row.width - board - steps, ..*row };
        let first = charts.height * 3 / 5;
        framed(scene, release, Pane::Chart, Rect { height: first, ..charts }, buffer);
        let below = Rect { y: charts.y + first, height: charts.height - first, ..charts };
        let half = below.width / 2;
        for (further, part) in
            [(1, Rect { width: half, ..below }), (2, Rect { x: below.x + half, width: below.width - half, ..below })]
        {
            let content =
                chart::metric(scene, release, further, usize::from(part.width - 4), usize::from(part.height - 2));
            frame::draw(&content, false, scene.look, part, buffer);
        }
    }
    let mut place = |row: usize, left_width: u16, left: Pane, right: Pane| {
        let Some(row) = rows.get(row) else { return };
        framed(scene, release, left, Rect { width: left_width, ..*row }, buffer);
        framed(scene, release, right, Rect { x: row.x + left_width, width: row.width - left_width, ..*row }, buffer);
    };
    place(1, area.width * 3 / 5, Pane::Slo, Pane::Alerts);
    place(2, area.width / 2, Pane::Checks, Pane::Triggers);
    place(3, area.width / 2, Pane::Timeline, Pane::Sources);
}

/// The board as a narrow list, this release marked.
fn releases(scene: &Scene<'_>, release: &Release, area: Rect, buffer: &mut Buffer) {
    let look = scene.look;
    let all: Vec<&Release> = rows::releases(scene.model).into_iter().map(|row| row.item).collect();
    let here = all.iter().position(|other| other.id == release.id);
    let window = list::Window::of(all.len(), here, usize::from(area.height.saturating_sub(2)));
    let cells = usize::from(area.width.saturating_sub(4));
    let mut lines: Vec<Strip> = all
        .iter()
        .skip(window.first)
        .take(window.shown)
        .map(|other| {
            let mark = if other.id == release.id { look.glyphs.here } else { " " };
            let name =
                Strip::of(format!("{mark} "), look.style(Role::Accent)).join(look.status(other.level, &other.name));
            let reason = other.reasons.iter().find(|reason| reason.level == other.level);
            let short = reason.map_or_else(|| other.phase.word(), |reason| reason.short.as_str());
            name.fitted(cells.saturating_sub(14), look.glyphs.ellipsis)
                .at(cells.saturating_sub(13))
                .put(short, look.text())
        })
        .collect();
    if window.rest {
        lines.push(window.rest_line(all.iter().map(|other| other.level), look));
    }
    let title = Strip::of("0 ", look.style(Role::Accent)).put("Releases", look.bold());
    let content = Content { title, right: Strip::of(all.len().to_string(), look.text()), lines };
    frame::draw(&content, false, look, area, buffer);
}

/// A pane with its frame.
fn framed(scene: &Scene<'_>, release: &Release, pane: Pane, area: Rect, buffer: &mut Buffer) {
    let (cells, height) = (usize::from(area.width.saturating_sub(4)), usize::from(area.height.saturating_sub(2)));
    let content = panes::content(scene, release, pane, cells, height);
    frame::draw(&content, pane == scene.model.ui.pane, scene.look, area, buffer);
}

fn split_rows(area: Rect, heights: &[u16]) -> Vec<Rect> {
    let mut y = area.y;
    heights
        .iter()
        .map(|height| {
            let row = Rect { y, height: (*height).min(area.bottom().saturating_sub(y)), ..area };
            y += row.height;
            row
        })
        .collect()
}
