//! What is on every page: where and when, who does not answer, what happened last, which page this is.

use ratatui::{buffer::Buffer, layout::Rect, style::Modifier};

use super::{headline, letters, letters::Letters, privacy, state};
use crate::{
    app::{
        model::Mode,
        wall::{Page, Wall},
    },
    domain::{level::Level, picture::SourceView},
    tui::{header, scene::Scene, strip::Strip, theme::Role},
};

/// Mode, environment, clock, age and sources.
pub(super) fn header(scene: &Scene<'_>, wall: &Wall, area: Rect, buffer: &mut Buffer) {
    let look = scene.look;
    let width = usize::from(area.width);
    let text = look.text();
    let mut left = Strip::of("WALL", look.bold());
    if let Mode::Demo { speed, .. } = scene.model.setup.mode {
        left = left.put(format!("  DEMO x{speed}"), look.bold());
    }
    let clock = Strip::of(scene.clock(scene.model.now), look.bold());
    let right = clock.put(if width < 60 { " " } else { "   " }, text).join(header::sources(scene, width));
    // What says most comes first; what has no room goes.
    let room = width.saturating_sub(right.width() + 2);
    let environment = header::environment(scene);
    let of_release = matches!(wall.page(), Page::Worst | Page::Release(_)) && environment.width() > 0;
    if of_release && left.width() + environment.width() + 2 <= room {
        left = left.put("  ", text).join(environment);
    }
    if left.width() + 16 <= room && width >= 100 {
        left = left.put(format!("  {} no keys act", look.glyphs.dot), look.dim());
    }
    if !wall.privacy && left.width() + scene.model.setup.who.len() + 2 <= room {
        left = left.put("  ", text).put(&scene.model.setup.who, text);
    }
    left.fitted(room, look.glyphs.ellipsis).right(right, width).draw(buffer, area.x, area.y, area.width);
}

/// A line for each source: how it is, and since when.
pub(super) fn list(scene: &Scene<'_>, wall: &Wall, most: usize) -> Vec<Strip> {
    let look = scene.look;
    let sources = scene.picture.sources.iter().take(most);
    let line = |source: &SourceView| look.status(source.level, &source.word).at(12).join(one(scene, wall, source));
    sources.map(line).collect()
}

/// Sources that do not answer as they should: in large words, with what that makes unknown. Nothing where all answer.
pub(super) fn sources(scene: &Scene<'_>, wall: &Wall, cells: usize, large: bool) -> Vec<Strip> {
    let look = scene.look;
    let ill: Vec<&SourceView> = state::doubts(scene.picture).collect();
    let Some(worst) = ill.iter().map(|source| source.level).max() else { return Vec::new() };
    let words = counted(&ill);
    let told = ill.iter().fold(Strip::new(), |line, source| {
        let gap = if line.width() == 0 { "" } else { "   " };
        line.put(gap, look.text()).join(one(scene, wall, source))
    });
    if let Some(letters) = Letters::small(&words, cells).filter(|_| large) {
        let mut lines = vec![Strip::new()];
        let colour = headline::colour(look, Level::Unknown);
        lines.extend(letters.lines(headline::pixel(look, true), colour, colour));
        lines.push(told);
        return lines;
    }
    // Without room for letters, a filled line.
    let style = letters::solid(look.level(worst)).add_modifier(Modifier::BOLD | Modifier::REVERSED);
    let line = Strip::of(format!(" {} {words}   {}", look.glyph(worst), told.text()), style);
    vec![line.fitted(cells, look.glyphs.ellipsis).filled(cells, style)]
}

/// `1 SOURCE FAILED, 2 STALE`.
fn counted(ill: &[&SourceView]) -> String {
    let mut words: Vec<(&str, usize)> = Vec::new();
    for source in ill {
        match words.iter_mut().find(|(word, _)| *word == source.word) {
            Some((_, count)) => *count += 1,
            None => words.push((&source.word, 1)),
        }
    }
    let parts = words.iter().enumerate().map(|(index, (word, count))| {
        let noun = match (index, count) {
            (0, 1) => " SOURCE",
            (0, _) => " SOURCES",
            _ => "",
        };
        format!("{count}{noun} {word}")
    });
    parts.collect::<Vec<_>>().join(", ")
}

/// `prod-us 6m12s no connection, again in 24s: steps and traffic are UNKNOWN: mobile-bff`.
fn one(scene: &Scene<'_>, wall: &Wall, source: &SourceView) -> Strip {
    let look = scene.look;
    let age = source.failing_since.map(|at| scene.since(at)).or_else(|| source.age.map(|age| scene.aged(age)));
    let mut line = Strip::of(source.name.as_str(), look.bold())
        .put(age.map(|age| format!(" {}", age.age())).unwrap_or_default(), look.text());
    if let Some(error) = &source.error {
        // What a server answered may name hosts and people: on a private wall the kind of trouble must do.
        let told = if wall.privacy { error.kind.word().to_owned() } else { error.to_string() };
        line = line.put(format!(" {told}"), look.text());
    }
    if let Some(next) = source.next.filter(|next| *next > scene.model.now) {
        line = line.put(format!(", again in {}", scene.until(next).age()), look.text());
    }
    match source.effects.first() {
        Some(effect) if wall.privacy => line.put(format!(": {}", privacy::masked(effect)), look.dim()),
        Some(effect) => line.put(format!(": {effect}"), look.dim()),
        None => line,
    }
}

/// The newest events, and which page this is.
pub(super) fn footer(scene: &Scene<'_>, wall: &Wall, area: Rect, buffer: &mut Buffer) {
    let look = scene.look;
    let width = usize::from(area.width);
    let right = turn(scene, wall);
    let room = width.saturating_sub(right.width() + 2);
    let left = match &scene.model.ui.notice {
        Some(notice) => Strip::of(&notice.text, look.bold()),
        None if !scene.model.config_problems.is_empty() => {
            look.status(Level::Watch, "files on disk are broken: the last good ones are in use")
        }
        None => events(scene, wall, room),
    };
    left.fitted(room, look.glyphs.ellipsis).right(right, width).draw(buffer, area.x, area.bottom() - 1, area.width);
}

/// `next page in 12s  page 1/3`, or why none comes.
fn turn(scene: &Scene<'_>, wall: &Wall) -> Strip {
    let look = scene.look;
    let page = Strip::of(format!("page {}/{}", wall.place + 1, wall.pages.len()), look.bold());
    let why = if !wall.rotates() {
        return if wall.pages.len() > 1 { page.put("  no rotation", look.dim()) } else { page };
    } else if wall.held {
        "held: p lets go".to_owned()
    } else if wall.stays(scene.picture) {
        "stays while this is BAD".to_owned()
    } else {
        let next = wall.next_at(scene.picture).map(|at| format!("next in {}", scene.until(at).age()));
        next.unwrap_or_default()
    };
    Strip::of(why, look.text()).put("  ", look.text()).join(page)
}

/// As many of the newest deployment events as fit, newest first.
fn events(scene: &Scene<'_>, wall: &Wall, cells: usize) -> Strip {
    let look = scene.look;
    let mut line = Strip::new();
    for marker in scene.picture.markers.iter().rev().take(8) {
        let service = marker.service.as_deref().unwrap_or("?");
        let text = if wall.privacy { privacy::masked(&marker.text) } else { marker.text.as_str().into() };
        let gap = if line.width() == 0 { String::new() } else { format!(" {} ", look.glyphs.dot) };
        let next = Strip::of(gap, look.dim())
            .put(scene.minute(marker.at), look.dim())
            .put(format!(" {service} {text}"), look.text());
        if line.width() + next.width() > cells {
            break;
        }
        line = line.join(next);
    }
    line
}

/// A heading inside a page: `OTHERS`.
pub(super) fn title(scene: &Scene<'_>, words: &str) -> Strip {
    Strip::of(words, scene.look.style(Role::Title))
}
