//! Drawing. Pure: a model and a theme in, a buffer out.

mod chart;
mod facts;
mod footer;
mod frame;
pub mod glyph;
mod header;
mod list;
pub mod look;
mod loud;
mod number;
mod overlays;
mod panes;
mod progress;
pub mod safe;
mod scene;
mod screens;
mod strip;
mod table;
pub mod theme;
mod track;
mod verdict;

use ratatui::{buffer::Buffer, layout::Rect, style::Style};

use self::{look::Look, scene::Scene, theme::Role};
use crate::app::model::Model;

/// Draws the console into `area` of `buffer`, at any size. Nothing that could steer a terminal is left in it.
pub fn render(model: &Model, look: &Look, area: Rect, buffer: &mut Buffer) {
    let area = area.intersection(*buffer.area());
    if area.is_empty() {
        return;
    }
    if look.paint_background {
        buffer.set_style(area, Style::new().patch(look.style(Role::Ground)).patch(look.text()));
    }
    let scene = Scene::new(model, look, (area.width, area.height));
    screens::draw(&scene, area, buffer);
    safe::make_safe(buffer);
}
