//! A pane: a frame with a title, its source and age at the right, and lines in it.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{look::Look, strip::Strip, theme::Role};

/// What is in a pane.
#[derive(Clone, Debug, Default)]
pub(crate) struct Content {
    /// What it is.
    pub(crate) title: Strip,
    /// Where it comes from, and how old it is.
    pub(crate) right: Strip,
    /// Lines. Where there are more than fit, the frame says how many.
    pub(crate) lines: Vec<Strip>,
}

/// Draws a framed pane.
pub(crate) fn draw(content: &Content, focused: bool, look: &Look, area: Rect, buffer: &mut Buffer) {
    if area.width < 4 || area.height < 2 {
        lines(&content.lines, look, area, buffer);
        return;
    }
    let border = look.style(if focused { Role::BorderFocus } else { Role::Border });
    outline(border, look, area, buffer);
    let room = usize::from(area.width) - 4;
    // The title gives way to the age, unless hardly anything were left of it.
    let beside = room.saturating_sub(content.right.width() + 5);
    let for_title = if beside >= 12 { beside } else { room.saturating_sub(2) };
    let title =
        Strip::of(" ", border).join(content.title.clone().fitted(for_title, look.glyphs.ellipsis)).put(" ", border);
    title.draw(buffer, area.x + 1, area.y, area.width - 2);
    let right = Strip::of(" ", border).join(content.right.clone()).put(" ", border);
    if content.right.width() > 0 && title.width() + right.width() < room {
        let start = usize::from(area.width) - 2 - right.width();
        right.draw(buffer, area.x + cells(start), area.y, area.width);
    }
    let inside = Rect { x: area.x + 2, y: area.y + 1, width: area.width - 4, height: area.height - 2 };
    lines(&content.lines, look, inside, buffer);
    let hidden = content.lines.len().saturating_sub(usize::from(inside.height));
    if hidden > 0 {
        let count = Strip::of(" ", border).put(format!("+{hidden} more"), look.text()).put(" ", border);
        let start = usize::from(area.width).saturating_sub(2 + count.width());
        count.draw(buffer, area.x + cells(start), area.bottom() - 1, area.width);
    }
}

/// Draws lines one below the other, shortened to the width.
pub(crate) fn lines(lines: &[Strip], look: &Look, area: Rect, buffer: &mut Buffer) {
    for (line, y) in lines.iter().zip(area.top()..area.bottom()) {
        line.clone().fitted(usize::from(area.width), look.glyphs.ellipsis).draw(buffer, area.x, y, area.width);
    }
}

/// A horizontal rule over the whole width.
pub(crate) fn rule(look: &Look, area: Rect, y: u16, buffer: &mut Buffer) {
    Strip::of(look.glyphs.rule.repeat(usize::from(area.width)), look.style(Role::Border))
        .draw(buffer, area.x, y, area.width);
}

fn outline(style: ratatui::style::Style, look: &Look, area: Rect, buffer: &mut Buffer) {
    let set = look.glyphs.border;
    let across = usize::from(area.width) - 2;
    let top = format!("{}{}{}", set.top_left, set.horizontal_top.repeat(across), set.top_right);
    let bottom = format!("{}{}{}", set.bottom_left, set.horizontal_bottom.repeat(across), set.bottom_right);
    Strip::of(top, style).draw(buffer, area.x, area.y, area.width);
    Strip::of(bottom, style).draw(buffer, area.x, area.bottom() - 1, area.width);
    for y in area.top() + 1..area.bottom() - 1 {
        Strip::of(set.vertical_left, style).draw(buffer, area.x, y, 1);
        Strip::of(set.vertical_right, style).draw(buffer, area.right() - 1, y, 1);
    }
}

/// Cells as the buffer counts them.
pub(crate) fn cells(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}
