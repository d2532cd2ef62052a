//! The runbooks: what is staged, how long it may take, when it was last tried out; and the selected one in full.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{
        model::List,
        rows::{self, RunbookRow},
        run::{lint as lint_of, rehearsal},
    },
    domain::{
        level::Level,
        runbook::{Part, Runbook, Step, action::Effect, lint},
    },
    tui::{
        frame,
        list::{self, Window},
        scene::Scene,
        strip::{Strip, wrap},
        table::Column,
        theme::Role,
    },
};

/// Draws it, and gives what the footer says at its right.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) -> Strip {
    let look = scene.look;
    let (cells, height) = (usize::from(area.width), usize::from(area.height));
    frame::rule(look, area, area.top(), buffer);
    frame::rule(look, area, area.bottom() - 1, buffer);
    let found = rows::runbooks(scene.model);
    let indent = |line: Strip| Strip::of(" ", look.text()).join(line);
    let mut lines = Vec::new();
    if let Some(release) = rows::release(scene.model) {
        let staged = found.iter().filter(|row| row.item.fits == Some(true)).count();
        let words = format!("{staged} staged for {} in {}", release.name, release.environment);
        let level = if staged == 0 { Level::Watch } else { Level::Ok };
        lines.push(indent(look.status(level, &words)));
    }
    let room = height.saturating_sub(2 + lines.len());
    if found.is_empty() {
        let words = if rows::total(scene.model, List::Runbooks) == 0 {
            "no runbook is staged: put files into runbooks/ of the catalog (docs/runbooks.md)"
        } else {
            "no runbook passes the filter: Esc takes it off"
        };
        lines.push(indent(Strip::of(words, look.text())));
    } else {
        let chosen = rows::chosen_runbook(scene.model);
        let told = chosen.map(|runbook| detail(scene, runbook, cells.saturating_sub(2))).unwrap_or_default();
        let most = room.saturating_sub((told.len() + 1).min(room * 3 / 5));
        lines.extend(table(scene, &found, cells, (found.len() + 1).min(most)));
        lines.push(Strip::new());
        lines.extend(told.into_iter().map(indent));
    }
    let inside = Rect { y: area.y + 1, height: area.height.saturating_sub(2), ..area };
    let lines = list::counted(lines, usize::from(inside.height), look);
    frame::lines(&lines, look, inside, buffer);
    let levels: Vec<Level> = found.iter().map(|row| rehearsal(scene.model, row.item.runbook).0).collect();
    if levels.is_empty() {
        return Strip::new();
    }
    Strip::of("rehearsed: ", look.text()).join(list::counts(&levels, look))
}

fn table(scene: &Scene<'_>, found: &[rows::Row<RunbookRow<'_>>], cells: usize, height: usize) -> Vec<Strip> {
    let look = scene.look;
    let selected = rows::position(scene.model, List::Runbooks, found);
    let window = Window::of(found.len(), selected, height.saturating_sub(1));
    let rows: Vec<Vec<Strip>> =
        found.iter().skip(window.first).take(window.shown).map(|row| row_of(scene, &row.item)).collect();
    let columns = [
        Column::text("RUNBOOK", 14, 34, 0),
        Column::text("FOR", 6, 24, 1),
        Column::text("RISK", 4, 4, 2),
        Column::number("BUDGET", 3, 3),
        Column::number("STEPS", 5, 5),
        Column::text("REHEARSED", 14, 44, 0),
        Column::text("LINT", 4, 14, 3),
        Column::text("OWNER", 5, 14, 4),
    ];
    let mut lines = window.table(&columns, &rows, selected, cells, look);
    if window.rest {
        lines.push(window.rest_line(found.iter().map(|row| rehearsal(scene.model, row.item.runbook).0), look));
    }
    lines
}

fn row_of(scene: &Scene<'_>, row: &RunbookRow<'_>) -> Vec<Strip> {
    let (look, runbook) = (scene.look, row.runbook);
    let style = if row.fits == Some(false) { look.dim() } else { look.bold() };
    let steps = runbook.all().count();
    vec![
        Strip::of(&runbook.name, style),
        Strip::of(services(runbook), look.text()),
        Strip::of(runbook.risk.map_or("plan", |risk| risk.word()), look.text()),
        Strip::of(runbook.budget.to_string(), look.text()),
        Strip::of(steps.to_string(), look.text()),
        rehearsed(scene, runbook),
        linted(scene, runbook),
        Strip::of(runbook.owner.as_deref().unwrap_or_default(), look.text()),
    ]
}

fn services(runbook: &Runbook) -> String {
    if runbook.services.is_empty() { "any service".to_owned() } else { runbook.services.join(", ") }
}

/// How a finding of the lint is drawn.
const fn lint_level(level: lint::Level) -> Level {
    match level {
        lint::Level::Error => Level::Bad,
        lint::Level::Warning => Level::Watch,
        lint::Level::Note => Level::Wait,
    }
}

/// `▲ 2 warnings`: how much a reader would warn of, by the worst of it.
fn linted(scene: &Scene<'_>, runbook: &Runbook) -> Strip {
    let look = scene.look;
    let found = lint_of(scene.model, runbook);
    match found.first() {
        None => look.status(Level::Ok, "none"),
        Some(worst) => look.status(lint_level(worst.level), &found.len().to_string()),
    }
}

/// `✓ rehearsed 12d ago, 4m10s of 10m`.
pub(crate) fn rehearsed(scene: &Scene<'_>, runbook: &Runbook) -> Strip {
    let (level, words) = rehearsal(scene.model, runbook);
    scene.look.status(level, &words)
}

/// Everything about one runbook: what it is for, what it does, how each step is taken back.
pub(crate) fn detail(scene: &Scene<'_>, runbook: &Runbook, cells: usize) -> Vec<Strip> {
    let look = scene.look;
    let mut lines = vec![Strip::of(&runbook.title, look.bold()).put(format!("  {}", runbook.name), look.text())];
    let mut say = |label: &str, words: &str| {
        for (index, part) in wrap(words, cells.saturating_sub(14)).into_iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            lines.push(Strip::of(format!("  {label}"), look.dim()).at(13).put(part, look.text()));
        }
    };
    say("purpose", runbook.purpose.as_deref().unwrap_or("?"));
    let places =
        if runbook.environments.is_empty() { "any environment".to_owned() } else { runbook.environments.join(", ") };
    say("for", &format!("{} in {places}", services(runbook)));
    let owner = runbook.owner.as_deref().unwrap_or("nobody");
    let reviewers = if runbook.reviewers.is_empty() {
        "reviewed by nobody".to_owned()
    } else {
        format!("reviewed by {}", runbook.reviewers.join(", "))
    };
    say("owner", &format!("{owner}; {reviewers}"));
    let objectives = [("RTO", runbook.rto), ("RPO", runbook.rpo)];
    let agreed: Vec<String> =
        objectives.iter().filter_map(|(name, span)| span.map(|span| format!(", {name} {span}"))).collect();
    say("budget", &format!("{}{}", runbook.budget, agreed.concat()));
    say("version", &version(runbook));
    for parameter in &runbook.parameters {
        let default =
            parameter.default.as_ref().map_or("must be given".to_owned(), |value| format!("{value} when not given"));
        say("parameter", &format!("{}: {default}", parameter.name));
    }
    lines.push(Strip::of("  rehearsal", look.dim()).at(13).join(rehearsed(scene, runbook)));
    for finding in lint_of(scene.model, runbook) {
        let step = finding.step.as_ref().map(|step| format!("{step}: ")).unwrap_or_default();
        let words = format!("{step}{}; {}", finding.words, finding.advice);
        for (index, part) in wrap(&words, cells.saturating_sub(15)).into_iter().enumerate() {
            let label = Strip::of(if index == 0 { "  lint" } else { "" }, look.dim()).at(13);
            let start = if index == 0 { look.glyph(lint_level(finding.level)) } else { " " };
            lines.push(label.put(start, look.level(lint_level(finding.level))).put(format!(" {part}"), look.text()));
        }
    }
    let mut part = None;
    for (index, (of, step)) in runbook.all().enumerate() {
        if part.replace(of) != Some(of) {
            lines.push(Strip::of(heading(of), look.style(Role::Title)));
        }
        lines.push(step_line(scene, index + 1, step, cells));
    }
    lines
}

fn version(runbook: &Runbook) -> String {
    let digest = runbook.digest.short();
    match &runbook.commit {
        Some(commit) => format!("{digest}, commit {}", commit.chars().take(12).collect::<String>()),
        None => format!("{digest}, in no repository"),
    }
}

const fn heading(part: Part) -> &'static str {
    match part {
        Part::Before => "What must hold before",
        Part::Steps => "What is done",
        Part::Validation => "What verifies it",
    }
}

/// `2 flag new_pricing → off   http   limit 1m   undo yes`.
fn step_line(scene: &Scene<'_>, number: usize, step: &Step, cells: usize) -> Strip {
    let look = scene.look;
    let writes = step.effect() == Effect::Write;
    let undo = match (&step.undo, writes) {
        (Some(_), _) => Strip::of("undo yes", look.text()),
        (None, true) if matches!(step.action.word(), "rollout" | "kubernetes") => {
            Strip::of("undo by its kind", look.text())
        }
        (None, true) => Strip::of("NO undo", look.bold()),
        (None, false) => Strip::of("only looks", look.dim()),
    };
    let right =
        Strip::of(format!("{:<12} limit {:<6} ", step.action.word(), step.timeout.to_string()), look.text()).join(undo);
    let room = cells.saturating_sub(right.width() + 4);
    Strip::of(format!("  {number:>2} "), look.dim())
        .put(&step.title, look.text())
        .fitted(room, look.glyphs.ellipsis)
        .at(room.min(58))
        .join(right)
}
