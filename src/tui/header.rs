//! The first line of every screen: what it may do, where, when, and how much of the data to trust. It is never dropped.

use ratatui::{buffer::Buffer, layout::Rect, style::Modifier};

use super::{scene::Scene, strip::Strip, theme::Role};
use crate::{
    app::{
        model::{Mode, Screen},
        write_mode::{Ending, LASTS},
    },
    domain::{level::Level, picture::SourceView, time::Span},
};

/// Draws the header into the first line of `area`.
pub(crate) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    let look = scene.look;
    let width = usize::from(area.width);
    let text = look.text();
    let gap = if width >= 100 { "   " } else { "  " };
    let mut right = Strip::of(scene.now(), look.bold());
    if width >= 100 && !scene.model.setup.who.is_empty() {
        right = right.put(gap, text).put(&scene.model.setup.who, text);
    }
    right = right.put(gap, text).join(sources(scene, width)).put(" ", text);
    let mode = mode(scene).put(gap, text).join(environment(scene));
    let room = width.saturating_sub(right.width() + mode.width() + 3);
    let path = Strip::of(" ", text).join(path(scene, room)).fitted(room, look.glyphs.ellipsis);
    // The mode stands at the same place on every screen of one width, so that the eye finds it.
    let mode_at = (path.width() + 2).max((width * 2 / 5).min(width.saturating_sub(right.width() + mode.width() + 2)));
    let left = path.at(mode_at).join(mode);
    let left_width = left.width();
    left.draw(buffer, area.x, area.y, area.width);
    let start = width.saturating_sub(right.width()).max(left_width + 1);
    right.draw(
        buffer,
        area.x.saturating_add(super::frame::cells(start)),
        area.y,
        area.width.saturating_sub(super::frame::cells(start)),
    );
}

/// `warroom › checkout 1.42.0`.
fn path(scene: &Scene<'_>, room: usize) -> Strip {
    let look = scene.look;
    let place = match &scene.model.ui.screen {
        Screen::FirstRun => "first run".to_owned(),
        Screen::Board => "board".to_owned(),
        Screen::Release(id) => scene.picture.release(id).map_or_else(|| id.clone(), |release| release.name.clone()),
        Screen::Sources => "sources".to_owned(),
        Screen::Checklist(id) => {
            let name = scene.picture.release(id).map_or(id.as_str(), |release| release.name.as_str());
            format!("{name} {} checklist", look.glyphs.path)
        }
        Screen::Ledger => "ledger".to_owned(),
        Screen::Runbooks(_) => "runbooks".to_owned(),
        Screen::Runs => "runs".to_owned(),
        Screen::Run(id) => format!("runs {} {id}", look.glyphs.path),
        Screen::Approvals => "approvals".to_owned(),
        Screen::Calendar => "calendar".to_owned(),
    };
    let place = Strip::of(place, look.bold());
    let full = Strip::of("warroom", look.style(Role::Accent))
        .put(format!(" {} ", look.glyphs.path), look.dim())
        .join(place.clone());
    // In a narrow terminal the place says more than the program's name.
    if full.width() < room { full } else { place }
}

/// What it may do, in words: ` WRITE 8:41 ` before anything else.
fn mode(scene: &Scene<'_>) -> Strip {
    match writing(scene) {
        Some(writing) if scene.model.ui.frozen.is_some() || scene.model.setup.mode != Mode::ReadOnly => {
            writing.put(" ", scene.look.text()).join(looking(scene))
        }
        Some(writing) => writing,
        None => looking(scene),
    }
}

/// WRITE mode with the time that is left of it; what ends it earlier by itself is named when that is less than a minute away.
fn writing(scene: &Scene<'_>) -> Option<Strip> {
    let (look, model) = (scene.look, scene.model);
    let write = model.write.as_ref()?;
    let (first, ending) = write.end(&model.setup);
    let (at, word) = match ending {
        Ending::Idle | Ending::Away if Span::between(model.now, first) <= model.setup.patience(Span::from_mins(1)) => {
            (first, if ending == Ending::Idle { " idle" } else { " away" })
        }
        _ => (write.since + model.setup.patience(LASTS).delta(), ""),
    };
    let left = model.setup.lived(Span::between(model.now, at)).millis().div_ceil(1_000);
    let left = if model.ui.low_bandwidth {
        format!("{}m", left.div_ceil(60))
    } else {
        format!("{}:{:02}", left / 60, left % 60)
    };
    let style = look.style(Role::DangerGround).patch(look.style(Role::DangerText)).add_modifier(Modifier::BOLD);
    Some(Strip::of(format!(" WRITE {left}{word} "), style))
}

fn looking(scene: &Scene<'_>) -> Strip {
    let look = scene.look;
    if scene.model.ui.frozen.is_some() {
        let age = scene.since(scene.picture.at).age();
        return Strip::of(format!(" FROZEN {age} "), look.badge(Level::Watch));
    }
    match &scene.model.setup.mode {
        Mode::ReadOnly => Strip::of("READ-ONLY", look.text()),
        Mode::Demo { speed, .. } => Strip::of(format!(" DEMO x{speed} "), look.style(Role::TextInverse)),
    }
}

/// The environment in words: of the release, else of the filter, else of all that is shown.
pub(crate) fn environment(scene: &Scene<'_>) -> Strip {
    let look = scene.look;
    let told = |name: &str, production: bool| {
        let role = if production { Role::EnvProd } else { Role::EnvStage };
        let pad = if production { " " } else { "" };
        if name.is_empty() {
            Strip::of("environment ?", look.words(Level::Unknown))
        } else {
            Strip::of(format!("{pad}{name}{pad}"), look.style(role))
        }
    };
    let production =
        |name: &str| scene.picture.releases.iter().any(|release| release.environment == name && release.production);
    if let Screen::Run(id) = &scene.model.ui.screen {
        let run = scene.model.shown_ledger().runs.run(id);
        return run.map_or_else(Strip::new, |run| told(&run.plan.target.environment, run.plan.target.production));
    }
    if let Screen::Release(id) | Screen::Checklist(id) | Screen::Runbooks(Some(id)) = &scene.model.ui.screen {
        return scene
            .picture
            .release(id)
            .map_or_else(Strip::new, |release| told(&release.environment, release.production));
    }
    if let Some(name) = &scene.model.ui.environment {
        return told(name, production(name));
    }
    let mut names: Vec<&str> = scene.picture.releases.iter().map(|release| release.environment.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    match names.as_slice() {
        [] => Strip::new(),
        [one] => told(one, production(one)),
        several => Strip::of(format!("{} environments", several.len()), look.text()),
    }
}

/// `src 5/6 ◌ 6m12s`; with room for it `sources 5/6  ◌ STALE gh-deploy 6m12s`.
pub(crate) fn sources(scene: &Scene<'_>, width: usize) -> Strip {
    let look = scene.look;
    let all = &scene.picture.sources;
    let fresh = all.iter().filter(|source| source.level == Level::Ok).count();
    let label = if width >= 100 { "sources" } else { "src" };
    let line = Strip::of(format!("{label} {fresh}/{} ", all.len()), look.text());
    let Some(worst) = all.iter().max_by_key(|source| (source.level, source.age)) else {
        return line.put("none", look.words(Level::Unknown));
    };
    let age = worst.age.map(|age| scene.aged(age).age());
    let (glyph, role) = glyph(scene, worst);
    let line = line.put(glyph, look.style(role)).put(" ", look.text());
    let age = age.unwrap_or_else(|| if worst.level == Level::Wait { String::new() } else { "?".to_owned() });
    let words = look.words(worst.level);
    match (worst.level, width) {
        (Level::Ok, _) => line.put(age, look.text()),
        (_, 150..) => line.put(&worst.word, words).put(format!(" {} {age}", worst.name), look.text()),
        (_, 72..) => line.put(format!("{} {age}", worst.word).trim_end(), words),
        _ => line.put(age, words),
    }
}

fn glyph(scene: &Scene<'_>, source: &SourceView) -> (&'static str, Role) {
    let glyphs = &scene.look.glyphs;
    match (source.word.as_str(), source.level) {
        ("STALE", _) => (glyphs.stale, Role::Unknown),
        (_, Level::Ok) => (glyphs.ok, Role::Ok),
        (_, Level::Bad) => (glyphs.bad, Role::Bad),
        (_, Level::Wait) => (glyphs.wait, Role::Wait),
        (_, Level::Watch) => (glyphs.watch, Role::Warn),
        _ => (glyphs.unknown, Role::Unknown),
    }
}
