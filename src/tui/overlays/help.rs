//! The keys of where you are, from the keymap.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{middle, scrolled, window};
use crate::{
    app::{
        action::Action,
        command,
        keymap::{Scope, TEXT_KEYS},
        model::Overlay,
    },
    domain::level::Level,
    tui::{
        frame::Content,
        look::word,
        scene::Scene,
        strip::{Strip, wrap},
        theme::Role,
    },
};

/// Draws it; `over` is what lies between it and the screen.
pub(super) fn draw(scene: &Scene<'_>, scroll: u16, over: Option<&Overlay>, area: Rect, buffer: &mut Buffer) {
    let look = scene.look;
    let place = Place::of(scene, over);
    let frame = middle(area, 112, area.height);
    let cells = usize::from(frame.width.saturating_sub(4));
    let height = usize::from(frame.height.saturating_sub(2));
    let two = cells >= 90;
    let groups = groups(scene, place, if two { cells / 2 - 2 } else { cells });
    let lines = if two { columns(scene, groups, cells) } else { groups.into_iter().flatten().collect() };
    let shown = frame_height(lines.len(), frame.height);
    let (lines, below) = scrolled(lines, scroll, height);
    let more = if below > 0 { format!("{below} more below: j  ") } else { String::new() };
    let content = Content {
        title: Strip::of(format!("Help: {}", place.title()), look.bold()),
        right: Strip::of(format!("{more}Esc closes"), look.dim()),
        lines,
    };
    window(scene, &content, Rect { height: shown, ..frame }, buffer);
}

/// Where help was asked for.
#[derive(Clone, Copy)]
enum Place {
    /// Where keys are commands.
    Keys(Scope),
    /// Where text is typed, over a screen.
    Text(Scope),
}

impl Place {
    fn of(scene: &Scene<'_>, over: Option<&Overlay>) -> Self {
        let screen = Scope::of_screen(&scene.model.ui.screen);
        match over {
            Some(Overlay::Command(_) | Overlay::Filter { .. }) => Self::Text(screen),
            Some(_) => Self::Keys(Scope::Reading),
            None => Self::Keys(screen),
        }
    }

    const fn scope(self) -> Scope {
        match self {
            Self::Keys(scope) | Self::Text(scope) => scope,
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Keys(scope) => scope.title(),
            Self::Text(_) => TEXT,
        }
    }

    /// The groups, what is special to this place first.
    const fn order(self) -> &'static [&'static str] {
        match self {
            Self::Text(_) => &[TEXT, COMMANDS, LOOK, PANES, CHART, MOVE, TAKE, CONSOLE],
            Self::Keys(Scope::Release) => &[PANES, CHART, LOOK, MOVE, CHANGE, TAKE, CONSOLE, COMMANDS, TEXT],
            Self::Keys(_) => &[LOOK, MOVE, CHANGE, TAKE, CONSOLE, COMMANDS, TEXT],
        }
    }
}

const TEXT: &str = "Where text is typed";
const COMMANDS: &str = "Commands";
const LOOK: &str = "Look";
const PANES: &str = "Panes";
const CHART: &str = "Chart";
const MOVE: &str = "Move";
const TAKE: &str = "Take along";
const CONSOLE: &str = "Console";
const CHANGE: &str = "Change";

fn frame_height(lines: usize, most: u16) -> u16 {
    crate::tui::frame::cells(lines).saturating_add(2).min(most)
}

/// What belongs together, each group with its heading.
fn groups(scene: &Scene<'_>, place: Place, cells: usize) -> Vec<Vec<Strip>> {
    let look = scene.look;
    let mut named: Vec<(&str, Vec<Strip>)> = place.order().iter().map(|name| (*name, Vec::new())).collect();
    let mut add = |name: &str, key: &str, does: &str| {
        let added = key_lines(scene, key, does, cells);
        if let Some((_, lines)) = named.iter_mut().find(|(other, _)| *other == name) {
            lines.extend(added);
        }
    };
    let keymap = &scene.model.setup.keymap;
    for binding in keymap.bindings(place.scope()) {
        match keymap.keys_label(binding) {
            none if none.is_empty() => add(COMMANDS, &format!(":{}", binding.action.name()), binding.action.help()),
            keys => add(group(binding.action), &keys, binding.action.help()),
        }
    }
    // Over details there is no command line.
    if place.scope() != Scope::Reading {
        for command in command::COMMANDS {
            add(COMMANDS, &format!(":{} {}", command.name, command.argument), command.help);
        }
        for (key, does) in TEXT_KEYS {
            add(TEXT, key, does);
        }
    }
    named.push(("Signs", signs(scene)));
    named
        .into_iter()
        .filter(|(_, lines)| !lines.is_empty())
        .map(|(name, lines)| {
            let mut group = vec![Strip::of(name, look.style(Role::Title))];
            group.extend(lines);
            group.push(Strip::new());
            group
        })
        .collect()
}

const fn group(action: Action) -> &'static str {
    match action {
        Action::CursorDown
        | Action::CursorUp
        | Action::CursorFirst
        | Action::CursorLast
        | Action::CursorPageDown
        | Action::CursorPageUp => MOVE,
        Action::PaneNext | Action::PanePrevious | Action::Pane(_) | Action::PaneZoom | Action::PaneAll => PANES,
        Action::ChartShorter | Action::ChartLonger | Action::MetricPrevious | Action::MetricNext | Action::Markers => {
            CHART
        }
        Action::Copy | Action::Plain | Action::Export => TAKE,
        Action::ReleaseOpen
        | Action::DetailOpen
        | Action::Back
        | Action::FilterEdit
        | Action::FilterNext
        | Action::FilterPrevious
        | Action::SortNext
        | Action::SortReverse
        | Action::Board
        | Action::Sources
        | Action::Checklist
        | Action::Ledger => LOOK,
        Action::Write(_) => CHANGE,
        _ => CONSOLE,
    }
}

/// A key and what it does, in as many lines as that takes. A key that needs more room than there is has a line of its own.
fn key_lines(scene: &Scene<'_>, keys: &str, does: &str, cells: usize) -> Vec<Strip> {
    let look = scene.look;
    let start = |text: &str| Strip::of("  ", look.text()).put(text, look.style(Role::Key));
    let parts = wrap(does, cells.saturating_sub(KEYS));
    let alone = keys.len() + 3 > KEYS;
    let mut lines: Vec<Strip> = if alone { vec![start(keys)] } else { Vec::new() };
    lines.extend(parts.iter().enumerate().map(|(index, part)| {
        let keys = if index == 0 && !alone { keys } else { "" };
        start(keys).at(KEYS).put(part, look.text())
    }));
    lines
}

/// Cells for the keys.
const KEYS: usize = 19;

/// What the glyphs mean.
fn signs(scene: &Scene<'_>) -> Vec<Strip> {
    let look = scene.look;
    let levels = [Level::Bad, Level::Unknown, Level::Watch, Level::Run, Level::Paused, Level::Wait, Level::Ok];
    let mut lines: Vec<Strip> = levels
        .iter()
        .map(|level| {
            Strip::of("  ", look.text())
                .put(look.glyph(*level), look.level(*level))
                .at(KEYS)
                .put(word(*level), look.text())
        })
        .collect();
    let stale = Strip::of("  ", look.text()).put(look.glyphs.stale, look.level(Level::Unknown));
    lines.push(stale.at(KEYS).put("STALE: an old value, kept", look.text()));
    lines
}

/// The groups in two columns of about the same height.
fn columns(scene: &Scene<'_>, groups: Vec<Vec<Strip>>, cells: usize) -> Vec<Strip> {
    let look = scene.look;
    let total: usize = groups.iter().map(Vec::len).sum();
    let width = cells / 2;
    let (mut left, mut right) = (Vec::new(), Vec::new());
    for group in groups {
        if right.is_empty() && left.len() + group.len() / 2 <= total / 2 {
            left.extend(group);
        } else {
            right.extend(group);
        }
    }
    (0..left.len().max(right.len()))
        .map(|index| {
            let line =
                left.get(index).cloned().unwrap_or_default().fitted(width.saturating_sub(2), look.glyphs.ellipsis);
            let missing = width.saturating_sub(line.width());
            line.put(" ".repeat(missing), look.text()).join(right.get(index).cloned().unwrap_or_default())
        })
        .collect()
}
