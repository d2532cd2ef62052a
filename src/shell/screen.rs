//! From cells to bytes: only what changed, in one write.

use crossterm::{
    Command,
    cursor::MoveTo,
    terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate},
};
use ratatui::{
    buffer::{Buffer, Cell},
    layout::Rect,
    style::{Color, Modifier},
};
use unicode_width::UnicodeWidthStr;

/// Frames shorter than this need no help to be shown at once.
const SMALL: usize = 256;

/// What the terminal shows, as far as we know.
#[derive(Debug)]
pub struct Screen {
    shown: Buffer,
    next: Buffer,
    all: bool,
    bytes: Vec<u8>,
}

impl Screen {
    /// A screen of `size`, of which nothing is known.
    #[must_use]
    pub fn new(size: (u16, u16)) -> Self {
        let area = Rect::new(0, 0, size.0, size.1);
        Self { shown: Buffer::empty(area), next: Buffer::empty(area), all: true, bytes: Vec::with_capacity(1 << 16) }
    }

    /// The terminal has another size now; what it shows is not known.
    pub fn resize(&mut self, size: (u16, u16)) {
        let area = Rect::new(0, 0, size.0, size.1);
        if self.next.area != area {
            self.next = Buffer::empty(area);
        }
        self.forget();
    }

    /// What the terminal shows is not known any more: the next frame paints all of it.
    pub const fn forget(&mut self) {
        self.all = true;
    }

    /// Draws a frame and gives the bytes that make it so; empty when nothing changed.
    pub fn frame(&mut self, draw: impl FnOnce(&mut Buffer)) -> &[u8] {
        self.next.reset();
        draw(&mut self.next);
        self.bytes.clear();
        if self.all {
            self.shown = Buffer::empty(self.next.area);
            self.bytes.extend_from_slice(b"\x1b[0m");
            tell(&mut self.bytes, &Clear(ClearType::All));
        }
        for row in 0..self.next.area.height {
            if let Some(moved) = Move::of(&self.shown, &self.next, row) {
                moved.write(&mut self.bytes);
                moved.apply(&mut self.shown);
            }
        }
        doubt_halves(&mut self.shown, &self.next);
        write_cells(&mut self.bytes, self.shown.diff_iter(&self.next));
        self.all = false;
        std::mem::swap(&mut self.shown, &mut self.next);
        if self.bytes.len() > SMALL {
            // A terminal that knows these two shows nothing half done.
            let mut begin = Vec::new();
            tell(&mut begin, &BeginSynchronizedUpdate);
            self.bytes.splice(0..0, begin);
            tell(&mut self.bytes, &EndSynchronizedUpdate);
        }
        &self.bytes
    }
}

/// Cells of a row that all go one to the left, as those of a chart do when time moves on. The terminal can do that itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Move {
    row: u16,
    /// The cell that goes away.
    from: u16,
    /// The cell that becomes empty.
    to: u16,
}

/// So many changed cells cost more than a move.
const WORTH_A_MOVE: usize = 10;

impl Move {
    /// The move that saves most in `row`; `None` where painting the cells costs less.
    fn of(shown: &Buffer, next: &Buffer, row: u16) -> Option<Self> {
        let (before, after) = (cells(shown, row)?, cells(next, row)?);
        let mut best: Option<(usize, Self)> = None;
        let (mut from, mut saved) = (0, 0);
        for (column, (now, moved)) in after.iter().zip(before.iter().skip(1)).enumerate() {
            if now != moved {
                (from, saved) = (column + 1, 0);
                continue;
            }
            if before.get(column) != Some(now) {
                saved += 1;
            }
            if saved > best.map_or(WORTH_A_MOVE, |(most, _)| most) {
                let ends = (u16::try_from(from), u16::try_from(column + 1));
                best = ends.0.ok().zip(ends.1.ok()).map(|(from, to)| (saved, Self { row, from, to }));
            }
        }
        // Terminals do not agree on the width of wide characters, nor on what a move makes of half of one.
        let plain = |cells: &[Cell]| cells.iter().all(|cell| cell.symbol().width() == 1);
        best.map(|(_, best)| best).filter(|_| plain(before) && plain(after))
    }

    /// Deletes a character, which takes the rest of the row to the left, and inserts one, which takes the rest back.
    fn write(self, bytes: &mut Vec<u8>) {
        tell(bytes, &MoveTo(self.from, self.row));
        bytes.extend_from_slice(b"\x1b[P");
        tell(bytes, &MoveTo(self.to, self.row));
        bytes.extend_from_slice(b"\x1b[@");
    }

    /// What `buffer` shows after it.
    fn apply(self, buffer: &mut Buffer) {
        let width = usize::from(buffer.area.width);
        let start = usize::from(self.row) * width;
        let (from, to) = (start + usize::from(self.from), start + usize::from(self.to));
        if let Some(moved) = buffer.content.get_mut(from..=to) {
            moved.rotate_left(1);
            if let Some(last) = moved.last_mut() {
                last.reset();
            }
        }
    }
}

/// Where a wide character gives way to something else, its right half is whatever the terminal makes of it: it is painted too.
fn doubt_halves(shown: &mut Buffer, next: &Buffer) {
    for index in 0..shown.content.len() {
        let (Some(before), Some(after)) = (shown.content.get(index), next.content.get(index)) else { return };
        if before != after
            && before.symbol().width() > 1
            && let Some(half) = shown.content.get_mut(index + 1)
        {
            half.set_symbol("\u{fffd}");
        }
    }
}

/// The cells of a row.
fn cells(buffer: &Buffer, row: u16) -> Option<&[Cell]> {
    let width = usize::from(buffer.area.width);
    let start = usize::from(row) * width;
    buffer.content.get(start..start + width)
}

/// Appends what a command says to the terminal.
fn tell(bytes: &mut Vec<u8>, command: &impl Command) {
    let mut text = String::new();
    // Writing into memory does not fail.
    if command.write_ansi(&mut text).is_ok() {
        bytes.extend_from_slice(text.as_bytes());
    }
}

/// Colours and attributes of a cell.
type Style = (Color, Color, Modifier);

/// What a terminal shows that was told nothing.
const PLAIN: Style = (Color::Reset, Color::Reset, Modifier::empty());

/// Attributes and their numbers.
const ATTRIBUTES: [(Modifier, &str); 8] = [
    (Modifier::BOLD, "1"),
    (Modifier::DIM, "2"),
    (Modifier::ITALIC, "3"),
    (Modifier::UNDERLINED, "4"),
    (Modifier::SLOW_BLINK, "5"),
    (Modifier::REVERSED, "7"),
    (Modifier::HIDDEN, "8"),
    (Modifier::CROSSED_OUT, "9"),
];

/// Writes cells at their places. The 16 colours are written as 30 to 37 and 90 to 97, which old terminals know too;
/// crossterm has 256-colour codes for them, and takes bold and reverse away where `NO_COLOR` is set.
fn write_cells<'a>(bytes: &mut Vec<u8>, cells: impl Iterator<Item = (u16, u16, &'a Cell)>) {
    let mut style = PLAIN;
    let mut next = None;
    for (x, y, cell) in cells {
        if next != Some((x, y)) {
            tell(bytes, &MoveTo(x, y));
        }
        // After a wide character the place is told again: terminals do not agree on widths.
        next = Some((x.saturating_add(1), y));
        let wanted = (cell.fg, cell.bg, cell.modifier);
        if wanted != style {
            bytes.extend_from_slice(rendition(wanted).as_bytes());
            style = wanted;
        }
        bytes.extend_from_slice(cell.symbol().as_bytes());
    }
    if style != PLAIN {
        bytes.extend_from_slice(b"\x1b[0m");
    }
}

/// The sequence for a style, whatever was before.
fn rendition((fg, bg, modifier): Style) -> String {
    let mut text = "\x1b[0".to_owned();
    for (attribute, number) in ATTRIBUTES {
        if modifier.contains(attribute) {
            text.extend([";", number]);
        }
    }
    for (colour, ground) in [(fg, 0), (bg, 10)] {
        let told = match colour {
            Color::Reset => continue,
            Color::Rgb(red, green, blue) => format!(";{};2;{red};{green};{blue}", 38 + ground),
            Color::Indexed(index) => format!(";{};5;{index}", 38 + ground),
            named => format!(";{}", named_colour(named) + ground),
        };
        text.push_str(&told);
    }
    text.push('m');
    text
}

/// The number of one of the 16 colours, as a foreground.
const fn named_colour(colour: Color) -> u8 {
    match colour {
        Color::Black => 30,
        Color::Red => 31,
        Color::Green => 32,
        Color::Yellow => 33,
        Color::Blue => 34,
        Color::Magenta => 35,
        Color::Cyan => 36,
        Color::Gray => 37,
        Color::DarkGray => 90,
        Color::LightRed => 91,
        Color::LightGreen => 92,
        Color::LightYellow => 93,
        Color::LightBlue => 94,
        Color::LightMagenta => 95,
        Color::LightCyan => 96,
        Color::White => 97,
        Color::Reset | Color::Rgb(..) | Color::Indexed(_) => 39,
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;

    #[test]
    fn a_still_room_costs_nothing_and_a_changed_cell_costs_little() {
        let mut screen = Screen::new((80, 24));
        let draw = |text: &'static str| {
            move |buffer: &mut Buffer| {
                buffer.set_string(0, 0, text, Style::new());
            }
        };
        assert!(!screen.frame(draw("14:32:07Z")).is_empty());
        assert_eq!(screen.frame(draw("14:32:07Z")), b"");
        let changed = screen.frame(draw("14:32:08Z"));
        assert!(changed.len() < 40, "{}", String::from_utf8_lossy(changed));
    }

    /// What a person sees: characters and colours of the cells.
    fn seen(terminal: &vt100::Parser) -> Vec<String> {
        let (rows, columns) = terminal.screen().size();
        let cell = |row, column| {
            let cell = terminal.screen().cell(row, column).expect("on the screen");
            // The colour of a blank's letter is nobody's to see.
            let letter = (!cell.contents().trim().is_empty()).then(|| (cell.contents(), cell.fgcolor()));
            format!("{letter:?}{:?}", cell.bgcolor())
        };
        (0..rows).flat_map(|row| (0..columns).map(move |column| cell(row, column))).collect()
    }

    #[test]
    fn a_chart_that_moves_on_by_a_column_is_moved_by_the_terminal() {
        let bars = ["▁", "▂", "▅", "█", "▃"];
        let draw = |offset: usize| {
            move |buffer: &mut Buffer| {
                for row in 0..10_u16 {
                    buffer.set_string(0, row, "label |", Style::new().fg(Color::Red));
                    for column in 0..60_u16 {
                        let index = usize::from(column) + offset;
                        let bar = bars[(index * index + usize::from(row)) % bars.len()];
                        buffer.set_string(
                            8 + column,
                            row,
                            bar,
                            Style::new().fg(Color::Indexed(u8::try_from(index).expect("few bars"))),
                        );
                    }
                    buffer.set_string(70, row, "| right", Style::new().bg(Color::Blue));
                }
            }
        };
        let mut screen = Screen::new((80, 10));
        let mut terminal = vt100::Parser::new(10, 80, 0);
        terminal.process(screen.frame(draw(0)));
        for offset in 1..40 {
            let bytes = screen.frame(draw(offset));
            assert!(bytes.len() < 10 * 60, "{}", bytes.len());
            terminal.process(bytes);
            let mut whole = vt100::Parser::new(10, 80, 0);
            whole.process(Screen::new((80, 10)).frame(draw(offset)));
            assert!(seen(&terminal) == seen(&whole), "{}", terminal.screen().contents());
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_was_shown_before_the_terminal_shows_the_frame(
            frames in proptest::collection::vec((0_u16..30, 0_usize..4, "[a-c ]{0,20}[a日b]{0,2}[ab]{20}"), 1..20),
        ) {
            let mut screen = Screen::new((60, 2));
            let mut terminal = vt100::Parser::new(2, 60, 0);
            for (column, colour, text) in frames {
                let colour = [Color::Reset, Color::Red, Color::Rgb(1, 2, 3), Color::Indexed(9)][colour];
                let draw = |buffer: &mut Buffer| {
                    buffer.set_string(column, 0, &text, Style::new().fg(colour));
                    buffer.set_string(0, 1, &text, Style::new().bg(colour));
                };
                terminal.process(screen.frame(draw));
                let mut whole = vt100::Parser::new(2, 60, 0);
                whole.process(Screen::new((60, 2)).frame(draw));
                proptest::prop_assert_eq!(seen(&terminal), seen(&whole));
            }
        }
    }

    #[test]
    fn attributes_do_not_depend_on_the_environment() {
        let mut screen = Screen::new((10, 1));
        let bytes = screen.frame(|buffer| {
            let style = Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED);
            buffer.set_string(0, 0, "x", style.fg(Color::Red).bg(Color::White));
            buffer.set_string(2, 0, "y", Style::new().fg(Color::Rgb(1, 2, 3)).bg(Color::Indexed(208)));
        });
        let text = String::from_utf8_lossy(bytes).into_owned();
        let wanted = "\x1b[0m\x1b[2J\x1b[1;1H\x1b[0;1;7;31;107mx\x1b[1;3H\x1b[0;38;2;1;2;3;48;5;208my\x1b[0m";
        assert_eq!(text, wanted);
    }
}
