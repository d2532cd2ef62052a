//! Pane 6: new versions against those they replace, beside them or before the deploy: both counts, the difference and what it lies between, what is still needed.

use crate::{
    app::{model::List, rows},
    domain::{
        canary::{
            against::Against,
            analysis::{Analysis, WindowAnalysis},
            counts::Counts,
            what::What,
            words,
        },
        level::Level,
        release::{Phase, Release},
    },
    tui::{
        frame::Content,
        list,
        scene::Scene,
        strip::{Strip, wrap},
    },
};

pub(super) fn content(scene: &Scene<'_>, release: &Release, cells: usize, height: usize) -> Content {
    let look = scene.look;
    let rows = rows::analyses(scene.model);
    let selected = scene.chosen(List::Analyses, &rows);
    let analyses: Vec<&Analysis> = rows.into_iter().map(|row| row.item).collect();
    let title = Strip::of("Canary", look.bold());
    let right = super::origin(scene, |source| analyses.iter().any(|one| one.source.as_ref() == Some(&source.name)));
    if analyses.is_empty() {
        let text = wrap(nothing(release), cells).into_iter();
        return Content { title, right, lines: text.map(|line| Strip::of(line, look.dim())).collect() };
    }
    let window = list::Window::of(analyses.len(), selected.or_else(|| worst_of(&analyses)), height);
    let shown = analyses.get(window.first..window.first + window.shown).unwrap_or_default();
    let mut room = height.saturating_sub(shown.len() + usize::from(window.rest));
    let mut lines = Vec::new();
    for (index, analysis) in shown.iter().enumerate() {
        let details = details(scene, analysis, cells);
        let open = details.len() <= room;
        let line = heading(scene, analysis, !open);
        let chosen = selected == Some(index + window.first) && scene.has_keys(List::Analyses);
        lines.push(if chosen { line.filled(cells, look.selection()) } else { line });
        if open {
            room -= details.len();
            lines.extend(details);
        }
    }
    if window.rest {
        lines.push(window.rest_line(analyses.iter().map(|one| one.level()), look));
    }
    Content { title, right, lines }
}

/// Why there is nothing to compare.
const fn nothing(release: &Release) -> &'static str {
    match release.phase {
        Phase::Planned | Phase::Readiness => "no canary yet: once it runs, it is compared with the version beside it",
        _ => {
            "no canary runs beside another version, and no deploy of the last two hours is compared with what was before it"
        }
    }
}

fn worst_of(analyses: &[&Analysis]) -> Option<usize> {
    (0..analyses.len()).rev().max_by_key(|index| analyses.get(*index).map(|one| one.level()))
}

/// `✗ FAIL checkout availability`, with the reason where there is no room for more.
fn heading(scene: &Scene<'_>, analysis: &Analysis, reason: bool) -> Strip {
    let look = scene.look;
    let word = look.status(analysis.level(), analysis.word());
    let line = word.put(format!("  {} {}", analysis.service, analysis.slo), look.text());
    if reason {
        return line.put(format!("  {}", analysis.why()), look.dim());
    }
    let stands = match (&analysis.what, &analysis.against) {
        (What::Business { .. }, _) => "against",
        (_, Against::Beside) => "beside",
        (_, Against::Before(_)) => "after",
    };
    line.put(format!("  {} {stands} {}", analysis.canary, analysis.baseline), look.dim())
}

fn details(scene: &Scene<'_>, analysis: &Analysis, cells: usize) -> Vec<Strip> {
    let look = scene.look;
    let mut lines = Vec::new();
    let counted = !analysis.windows.is_empty();
    let remarks = analysis.what.told().into_iter().chain(analysis.against.remarks()).collect::<Vec<_>>().join("; ");
    let why = match (counted, analysis.level()) {
        (true, Level::Ok | Level::Bad | Level::Watch) => remarks,
        _ => analysis.why(),
    };
    if !why.is_empty() {
        let text = wrap(&why, cells.saturating_sub(4)).into_iter();
        lines.extend(text.map(|line| Strip::of(format!("    {line}"), look.text())));
    }
    for window in &analysis.windows {
        lines.extend(compared(scene, window, analysis.against.sides()));
    }
    lines
}

/// `5m  canary 75/3,800 1.97 %  stable 2/57,000 0.0035 %` and `+1.97 pp (95 %: +1.58 to +2.46 pp)  p 2.1e-60`.
fn compared(scene: &Scene<'_>, window: &WindowAnalysis, (new, old): (&str, &str)) -> Vec<Strip> {
    let look = scene.look;
    let side = |counts: Counts| {
        let share = counts.share().map_or_else(|| "no requests".to_owned(), words::share);
        format!("{}/{} {share}", words::count(counts.bad()), words::count(counts.total()))
    };
    let head = Strip::of(format!("    {:<4}", window.window.to_string()), look.dim());
    let both = head
        .put(format!("{new} "), look.dim())
        .put(side(window.canary), look.text())
        .put(format!("  {old} "), look.dim())
        .put(side(window.baseline), look.text());
    let Some(compared) = window.comparison else { return vec![both] };
    let (low, high) = compared.interval;
    let low = words::points(low);
    let told = format!(
        "{} (95 %: {} to {})  p {}",
        words::points(compared.difference),
        low.trim_end_matches(" pp"),
        words::points(high),
        words::p(compared.p)
    );
    vec![both, Strip::of("        ", look.dim()).put(told, look.text())]
}
