//! Screens as text and style, at the sizes and in the states that matter, and at every other size without a panic.

mod any_order;
mod any_size;
mod calendar;
mod hostile;
mod matrix;
mod pictures;
mod promises;
pub(crate) mod readiness;
mod runs;
mod verdict;

use std::fmt::Write as _;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Color, Modifier, Style},
};
use warroom::{
    app::model::Model,
    tui::{
        self,
        glyph::Charset,
        look::Look,
        theme::{Depth, Theme},
    },
};

/// The default theme on a terminal with 16 colours.
pub(crate) fn default_look() -> Look {
    Look::new(&Theme::built_in("default").expect("built in"), Charset::Unicode, Depth::Ansi16)
}

/// No colours.
fn mono_look() -> Look {
    Look::new(&Theme::built_in("mono").expect("built in"), Charset::Unicode, Depth::None)
}

/// No colours, no Unicode.
pub(crate) fn ascii_look() -> Look {
    Look::new(&Theme::built_in("mono").expect("built in"), Charset::Ascii, Depth::None)
}

pub(crate) fn drawn(model: &Model, look: &Look, (width, height): (u16, u16)) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buffer = Buffer::empty(area);
    tui::render(model, look, area, &mut buffer);
    buffer
}

/// Lines of the screen as a person sees them.
pub(crate) fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        let mut covered = 0;
        for x in 0..buffer.area.width {
            if covered > 0 {
                covered -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            covered = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
            line.push_str(symbol);
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// A letter for each cell's style, `.` for plain ones, and what the letters mean.
pub(crate) fn styles(buffer: &Buffer) -> String {
    let mut known: Vec<Style> = vec![Style::reset()];
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            let plain = cell.fg == Color::Reset && cell.bg == Color::Reset && cell.modifier.is_empty();
            // What a blank looks like shows only where it has a ground or is reversed.
            let blank = cell.symbol() == " " && cell.bg == Color::Reset && !cell.modifier.contains(Modifier::REVERSED);
            if plain || blank {
                line.push('.');
                continue;
            }
            let style = cell.style();
            let index = known.iter().position(|other| *other == style).unwrap_or_else(|| {
                known.push(style);
                known.len() - 1
            });
            line.push(char::from(b'a' + u8::try_from(index - 1).expect("few styles")));
        }
        out.push_str(line.trim_end_matches('.'));
        out.push('\n');
    }
    for (index, style) in known.iter().enumerate().skip(1) {
        let letter = char::from(b'a' + u8::try_from(index - 1).expect("few styles"));
        let _ = writeln!(out, "{letter} = {}", told(style));
    }
    out
}

fn told(style: &Style) -> String {
    let mut words = Vec::new();
    for (colour, place) in [(style.fg, ""), (style.bg, "on ")] {
        if let Some(colour) = colour.filter(|colour| *colour != Color::Reset) {
            words.push(format!("{place}{colour}").to_lowercase());
        }
    }
    for (modifier, word) in [
        (Modifier::BOLD, "bold"),
        (Modifier::DIM, "dim"),
        (Modifier::UNDERLINED, "underlined"),
        (Modifier::REVERSED, "reversed"),
    ] {
        if style.add_modifier.contains(modifier) {
            words.push(word.to_owned());
        }
    }
    words.join(" ")
}
