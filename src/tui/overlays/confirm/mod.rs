//! The confirmation of a plan: what will happen, what speaks for it, what nobody knows, and what is still missing.

mod brief;
pub(super) mod full;
pub(super) mod sheet;

use ratatui::{buffer::Buffer, layout::Rect, style::Modifier};

use super::{scrolled, window};
use crate::{
    app::{
        keymap::label,
        run::{Confirmation, Phase, View},
    },
    domain::{level::Level, plan::Mode, time::Span},
    tui::{
        frame::{self, Content},
        scene::Scene,
        strip::{Strip, wrap},
        theme::Role,
    },
};

/// How wide it is at most.
const WIDTH: u16 = 116;

/// Draws it.
pub(super) fn draw(scene: &Scene<'_>, dialog: &Confirmation, area: Rect, buffer: &mut Buffer) {
    let look = scene.look;
    let width = WIDTH.min(area.width);
    let cells = usize::from(width.saturating_sub(4));
    // Header and footer stay in sight.
    let most = area.height.saturating_sub(2);
    let inside = usize::from(most.saturating_sub(2));
    let state = state(scene, dialog, cells);
    let lines = match dialog.view {
        View::Brief => {
            let asked = brief::asked(scene, dialog, cells);
            let room = inside.saturating_sub(state.len() + asked.len());
            let mut lines = brief::about(scene, dialog, cells, room);
            lines.extend(asked);
            lines
        }
        View::Full(scroll) => {
            let room = inside.saturating_sub(state.len() + 1);
            let full = match &dialog.resolved {
                Some(resolved) => full::lines(scene, resolved, cells),
                None => vec![Strip::of("no plan yet", look.text())],
            };
            let (mut lines, below) = scrolled(full, scroll, room);
            let words = if below > 0 {
                format!("{below} more below: j   F3 or Esc goes back")
            } else {
                "F3 or Esc goes back".to_owned()
            };
            lines.push(Strip::of(words, look.dim()));
            lines
        }
    };
    let lines: Vec<Strip> = lines.into_iter().chain(state).collect();
    let height = frame::cells(lines.len()).saturating_add(2).min(most);
    let place = Rect { x: area.x + (area.width - width) / 2, y: area.y + 1 + (most - height) / 2, width, height };
    let content = Content { title: title(scene, dialog), right: right(scene, dialog), lines };
    window(scene, &content, place, buffer);
}

/// `✗ ROLL BACK checkout in  PROD   risk R3`.
fn title(scene: &Scene<'_>, dialog: &Confirmation) -> Strip {
    let look = scene.look;
    let role = if dialog.target.production { Role::EnvProd } else { Role::EnvStage };
    let verb = if dialog.mode == Mode::Rehearsal { "REHEARSE for" } else { "ROLL BACK" };
    let to = dialog.resolved.as_ref().map(|resolved| resolved.plan.target.to.is_some());
    let verb = if to == Some(false) && dialog.mode == Mode::Real { "RUN for" } else { verb };
    let line = Strip::of(format!("{verb} {} in ", dialog.target.service), look.bold())
        .put(format!(" {} ", dialog.target.environment), look.style(role));
    let line = match dialog.risk() {
        Some(risk) => line.put(format!("  risk {}", risk.word()), look.bold()),
        None => line,
    };
    match dialog.glass {
        Some(_) => {
            let loud = look.words(Level::Bad).add_modifier(Modifier::REVERSED);
            line.put("  ", look.text()).put(" BREAKS THE GLASS ", loud)
        }
        None => line,
    }
}

/// From when on it takes keys, or until when.
fn right(scene: &Scene<'_>, dialog: &Confirmation) -> Strip {
    let (look, model) = (scene.look, scene.model);
    let words = match dialog.phase {
        Phase::Void(_) => return Strip::of("VOID", look.words(Level::Bad)),
        Phase::Refused(_) => return Strip::of("CANNOT BE PLANNED", look.words(Level::Bad)),
        Phase::Starting(_) => "being started".to_owned(),
        Phase::Resolving => "not armed: being planned".to_owned(),
        _ if model.now < dialog.armed_at(&model.setup) => "armed in 0.8 s".to_owned(),
        _ => {
            let left = model.setup.lived(Span::between(model.now, dialog.end(&model.setup))).millis().div_ceil(1_000);
            format!("expires in {}:{:02}", left / 60, left % 60)
        }
    };
    Strip::of(words, look.text())
}

/// What is confirmed by what is typed.
fn does(scene: &Scene<'_>, dialog: &Confirmation) -> &'static str {
    match (dialog.asks(scene.model), &dialog.glass) {
        (true, _) => "asks others to approve it; nothing is run",
        (false, Some(_)) => "signs that the glass is broken, and runs it",
        (false, None) => "runs it",
    }
}

/// What is missing, or how it is confirmed, or what became of it; and the keys.
fn state(scene: &Scene<'_>, dialog: &Confirmation, cells: usize) -> Vec<Strip> {
    let (look, model) = (scene.look, scene.model);
    let prefix = label(model.setup.keymap.prefix);
    let (level, words) = match (&dialog.phase, &dialog.problem) {
        (Phase::Void(why), _) => (Level::Bad, format!("VOID: {why}. Esc closes this; look again and open it anew")),
        (Phase::Refused(why), _) => (Level::Bad, format!("{why}. Esc closes this")),
        (Phase::Resolving, _) => {
            (Level::Run, "resolving…: every object is looked at; nothing is changed by it".to_owned())
        }
        (Phase::Starting(since), _) => {
            let took = model.setup.lived(Span::between(*since, model.now)).millis() / 1_000;
            (Level::Run, format!("the run is being started ({took} s)"))
        }
        (_, Some(problem)) => (Level::Bad, format!("not started: {problem}")),
        _ => match (dialog.missing(model), &dialog.phase) {
            (Some(missing), _) => (Level::Wait, missing),
            (None, Phase::Prefixed(_)) => {
                (Level::Watch, format!("{prefix} … Enter {} now, any other key does not", does(scene, dialog)))
            }
            (None, _) => (Level::Ok, format!("{prefix} Enter {}", does(scene, dialog))),
        },
    };
    let words = if look.glyphs.ellipsis == "…" { words } else { words.replace('…', "...") };
    let mut lines: Vec<Strip> = Vec::new();
    for (index, part) in wrap(&words, cells.saturating_sub(2)).into_iter().enumerate() {
        let start = if index == 0 { look.glyph(level) } else { " " };
        lines.push(Strip::of(start, look.level(level)).put(" ", look.text()).put(part, look.words(level)));
    }
    let key = |line: Strip, key: &str, words: &str| {
        line.put(key, look.style(Role::Key)).put(format!(" {words}   "), look.text())
    };
    let mut keys = key(Strip::new(), "Esc", "cancel");
    if dialog.is_open() && dialog.phase != Phase::Asking {
        let other = if dialog.mode == Mode::Real { "rehearsal" } else { "for real" };
        keys = key(keys, "F2", other);
    }
    if dialog.resolved.is_some() {
        keys = key(keys, "F3", "full plan");
    }
    if dialog.is_open() && dialog.needs_second() {
        let other = if dialog.glass.is_some() { "wait for approval" } else { "break the glass" };
        keys = key(keys, "F4", other);
    }
    lines.push(keys);
    lines
}
