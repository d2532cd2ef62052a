//! What lies over a screen and takes the keys.

mod act;
mod approve;
mod chord;
mod command;
mod confirm;
mod detail;
mod filter;
mod help;
mod order;
mod risk;
mod write;

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    frame::{self, Content},
    scene::Scene,
    theme::Role,
};
use crate::app::model::Overlay;

/// Draws the overlay that is open, if there is one.
pub(crate) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) {
    match &scene.model.ui.overlay {
        None => {}
        Some(Overlay::Help { scroll, over }) => help::draw(scene, *scroll, over.as_deref(), area, buffer),
        Some(Overlay::Command(line)) => command::draw(scene, line, area, buffer),
        Some(Overlay::Filter { list, .. }) => filter::draw(scene, *list, area, buffer),
        Some(Overlay::EnableWrites { reason, environment, opened }) => {
            write::draw(scene, reason, environment, *opened, area, buffer);
        }
        Some(Overlay::Act(dialog)) => act::draw(scene, dialog, area, buffer),
        Some(Overlay::Confirm(dialog)) => confirm::draw(scene, dialog, area, buffer),
        Some(Overlay::Order(order)) => order::draw(scene, order, area, buffer),
        Some(Overlay::Approve(dialog)) => approve::draw(scene, dialog, area, buffer),
        Some(Overlay::Detail { list, scroll }) => detail::draw(scene, *list, *scroll, area, buffer),
    }
    if scene.model.ui.chord.is_some() {
        chord::draw(scene, area, buffer);
    }
}

/// The middle of the screen, at most so large; header, verdict and footer stay in sight.
fn middle(area: Rect, width: u16, height: u16) -> Rect {
    let width = width.min(area.width);
    let height = height.min(area.height.saturating_sub(3));
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + 2 + (area.height.saturating_sub(3) - height) / 2,
        width,
        height,
    }
}

/// Takes away what is below, and draws a frame with lines.
fn window(scene: &Scene<'_>, content: &Content, area: Rect, buffer: &mut Buffer) {
    for y in area.top()..area.bottom() {
        for x in area.left()..area.right() {
            if let Some(cell) = buffer.cell_mut((x, y)) {
                cell.reset();
            }
        }
        // Half of a wide character is left of the window: it goes too, or the terminal would draw over the frame.
        let before = area.left().checked_sub(1).and_then(|x| buffer.cell_mut((x, y)));
        if let Some(cell) = before.filter(|cell| super::strip::width(cell.symbol()) > 1) {
            cell.set_symbol(" ");
        }
    }
    buffer.set_style(area, scene.look.style(Role::Overlay));
    frame::draw(content, true, scene.look, area, buffer);
}

/// The part of `lines` from `scroll` on that fits, and how far it can be scrolled.
fn scrolled<T>(lines: Vec<T>, scroll: u16, height: usize) -> (Vec<T>, usize) {
    let most = lines.len().saturating_sub(height);
    let first = usize::from(scroll).min(most);
    (lines.into_iter().skip(first).take(height).collect(), most - first)
}
