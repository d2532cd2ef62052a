//! One run: its steps, what they write, the effect as others see it, and what was recorded. The same for everybody who looks.

mod advice;
mod effect;
mod output;
mod record;
mod steps;

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::arrangement::Arrangement,
    domain::run::Run,
    tui::{
        frame::{self, Content},
        progress,
        scene::Scene,
        strip::Strip,
    },
};

/// Draws it, and gives what the footer says at its right.
pub(super) fn draw(scene: &Scene<'_>, run: &Run, area: Rect, buffer: &mut Buffer) -> Strip {
    let look = scene.look;
    head(scene, run, area, buffer);
    let mut body = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let advice = advice::lines(scene, run, usize::from(body.width.saturating_sub(2)));
    let most = usize::from(body.height / 3).max(1);
    let told = frame::cells(advice.len().min(most));
    let inside = Rect { x: body.x + 1, width: body.width.saturating_sub(2), height: told, ..body };
    frame::lines(&crate::tui::list::counted(advice, usize::from(told), look), look, inside, buffer);
    body = Rect { y: body.y + told, height: body.height.saturating_sub(told), ..body };
    match scene.arrangement {
        Arrangement::TwoColumns | Arrangement::ThreeColumns => wide(scene, run, body, buffer),
        Arrangement::OneLine | Arrangement::OnePane | Arrangement::Portrait => narrow(scene, run, body, buffer),
    }
    Strip::of("goes on without this terminal", look.dim())
}

/// The line under the header: where it stands, on what, and the clock against its budget.
fn head(scene: &Scene<'_>, run: &Run, area: Rect, buffer: &mut Buffer) {
    let (look, now) = (scene.look, scene.model.now);
    let width = usize::from(area.width);
    let (level, word) = progress::stands(scene, run);
    let (done, all) = progress::steps(run);
    let clock = progress::clock(run, look, now).put(" ", look.text());
    Strip::of(" ", look.text())
        .put(format!(" {} {word} ", look.glyph(level)), look.badge(level))
        .put(format!("  {done}/{all} steps  "), look.text())
        .put(progress::what(run), look.bold())
        .fitted(width.saturating_sub(clock.width() + 2), look.glyphs.ellipsis)
        .right(clock, width)
        .draw(buffer, area.x, area.y, area.width);
}

fn wide(scene: &Scene<'_>, run: &Run, area: Rect, buffer: &mut Buffer) {
    let effect = height_of(&effect::content(scene, run, usize::from(area.width.saturating_sub(4))), 4, area.height / 3);
    let record = 7.min(area.height / 4);
    let top = area.height.saturating_sub(effect + record);
    let left = area.width / 2;
    let upper = Rect { height: top, ..area };
    place(scene, Rect { width: left, ..upper }, buffer, true, |cells, height| {
        steps::content(scene, run, cells, height)
    });
    place(scene, Rect { x: area.x + left, width: area.width - left, ..upper }, buffer, false, |cells, height| {
        output::content(scene, run, cells, height)
    });
    let middle = Rect { y: area.y + top, height: effect, ..area };
    place(scene, middle, buffer, false, |cells, _| effect::content(scene, run, cells));
    let bottom = Rect { y: area.y + top + effect, height: record, ..area };
    place(scene, bottom, buffer, false, |_, height| record::content(scene, run, height));
}

/// All below each other: the steps first, then the effect, then what is left for output.
fn narrow(scene: &Scene<'_>, run: &Run, area: Rect, buffer: &mut Buffer) {
    let cells = usize::from(area.width.saturating_sub(4));
    let wanted = height_of(&steps::content(scene, run, cells, usize::MAX), 3, area.height);
    let effect_wanted = height_of(&effect::content(scene, run, cells), 3, area.height / 3);
    let effect = if area.height >= 14 { effect_wanted } else { 0 };
    let output = if area.height >= 18 { 4 } else { 0 };
    let first = wanted.min(area.height.saturating_sub(effect + output)).max(area.height.min(3));
    let rest = area.height.saturating_sub(first + effect);
    place(scene, Rect { height: first, ..area }, buffer, true, |cells, height| {
        steps::content(scene, run, cells, height)
    });
    let middle = Rect { y: area.y + first, height: effect, ..area };
    place(scene, middle, buffer, false, |cells, _| effect::content(scene, run, cells));
    let below = Rect { y: area.y + first + effect, height: rest, ..area };
    let record = if rest >= 14 { 6 } else { 0 };
    place(scene, Rect { height: rest - record, ..below }, buffer, false, |cells, height| {
        output::content(scene, run, cells, height)
    });
    let bottom = Rect { y: below.bottom() - record, height: record, ..below };
    place(scene, bottom, buffer, false, |_, height| record::content(scene, run, height));
}

fn height_of(content: &Content, least: u16, most: u16) -> u16 {
    frame::cells(content.lines.len()).saturating_add(2).min(most).max(least)
}

fn place(
    scene: &Scene<'_>,
    area: Rect,
    buffer: &mut Buffer,
    focused: bool,
    content: impl FnOnce(usize, usize) -> Content,
) {
    if area.height < 3 {
        return;
    }
    let (cells, height) = (usize::from(area.width.saturating_sub(4)), usize::from(area.height.saturating_sub(2)));
    frame::draw(&content(cells, height), focused, scene.look, area, buffer);
}
