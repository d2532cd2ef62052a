//! Characters with a meaning, as Unicode, as ASCII and with braille charts. None of them has an emoji form: those change
//! width and colour from terminal to terminal.

use ratatui::symbols::border;

/// Which characters may be drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// Box drawing and eighth blocks.
    #[default]
    Unicode,
    /// Nothing above 0x7e.
    Ascii,
    /// Like Unicode, with charts in braille dots.
    Braille,
}

/// The characters of one charset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glyphs {
    /// Good.
    pub ok: &'static str,
    /// Worth an eye.
    pub watch: &'static str,
    /// Bad.
    pub bad: &'static str,
    /// Under way; also the cursor of a list.
    pub run: &'static str,
    /// Waiting.
    pub wait: &'static str,
    /// Paused.
    pub paused: &'static str,
    /// Not known.
    pub unknown: &'static str,
    /// Too old.
    pub stale: &'static str,
    /// Forbidden.
    pub blocked: &'static str,
    /// The cursor of a list.
    pub cursor: &'static str,
    /// From one to the next: `1.41.7 → 1.42.0`.
    pub arrow: &'static str,
    /// Between steps of a path: `warroom › checkout`.
    pub path: &'static str,
    /// What the other panes are about.
    pub here: &'static str,
    /// Between facts of one line.
    pub dot: &'static str,
    /// What was cut off.
    pub ellipsis: &'static str,
    /// A horizontal rule.
    pub rule: &'static str,
    /// The part of something, before what belongs to it.
    pub branch: &'static str,
    /// The limit of a chart.
    pub limit: &'static str,
    /// Where a chart's marker stands, above the axis.
    pub guide: &'static str,
    /// The corner of a chart's axes.
    pub corner: &'static str,
    /// A tick on the vertical axis.
    pub tick: &'static str,
    /// The vertical axis.
    pub axis: &'static str,
    /// Nothing was measured.
    pub no_data: &'static str,
    /// The filled part of a bar.
    pub full: &'static str,
    /// The empty part of a bar.
    pub empty: &'static str,
    /// Heights from nothing to full, in equal parts.
    pub heights: &'static [&'static str],
    /// Whether two values stand in each cell of a chart, drawn with dots.
    pub dots: bool,
    /// Frames.
    pub border: border::Set<'static>,
}

const UNICODE: Glyphs = Glyphs {
    ok: "✓",
    watch: "▲",
    bad: "✗",
    run: "►",
    wait: "◷",
    // Not U+2225, which DejaVu Sans Mono does not have.
    paused: "‖",
    unknown: "?",
    stale: "◌",
    blocked: "⊘",
    cursor: "►",
    arrow: "→",
    path: "›",
    here: "›",
    dot: "·",
    ellipsis: "…",
    rule: "─",
    branch: "└",
    limit: "╌",
    guide: "┊",
    corner: "└",
    tick: "┤",
    axis: "│",
    no_data: "░",
    full: "█",
    empty: "░",
    heights: &[" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"],
    dots: false,
    border: border::PLAIN,
};

const BRAILLE: Glyphs = Glyphs { heights: &[" ", "⣀", "⣤", "⣶", "⣿"], dots: true, ..UNICODE };

const ASCII: Glyphs = Glyphs {
    ok: "+",
    watch: "!",
    bad: "X",
    run: ">",
    wait: ".",
    paused: "=",
    unknown: "?",
    stale: "~",
    blocked: "#",
    cursor: ">",
    arrow: "->",
    path: "/",
    here: ">",
    dot: "-",
    ellipsis: "..",
    rule: "-",
    branch: "`",
    limit: "-",
    guide: "'",
    corner: "+",
    tick: "|",
    axis: "|",
    no_data: "x",
    full: "#",
    empty: ".",
    heights: &[" ", ".", ":", "-", "=", "+", "*", "#"],
    dots: false,
    border: border::Set {
        top_left: "+",
        top_right: "+",
        bottom_left: "+",
        bottom_right: "+",
        vertical_left: "|",
        vertical_right: "|",
        horizontal_top: "-",
        horizontal_bottom: "-",
    },
};

/// The braille character with `left` and `right` of its four rows of dots filled from below.
#[must_use]
pub fn dots(left: usize, right: usize) -> char {
    const LEFT: [u32; 5] = [0x00, 0x40, 0x44, 0x46, 0x47];
    const RIGHT: [u32; 5] = [0x00, 0x80, 0xa0, 0xb0, 0xb8];
    let [left, right] = [LEFT.get(left), RIGHT.get(right)].map(|bits| bits.copied().unwrap_or_default());
    char::from_u32(0x2800 + left + right).unwrap_or(' ')
}

impl Glyphs {
    /// The characters of `charset`.
    #[must_use]
    pub const fn of(charset: Charset) -> Self {
        match charset {
            Charset::Unicode => UNICODE,
            Charset::Ascii => ASCII,
            Charset::Braille => BRAILLE,
        }
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    #[test]
    fn dots_rise_from_below_on_both_sides() {
        assert_eq!(
            [(0, 0), (1, 1), (4, 4), (4, 0), (0, 2)].map(|(left, right)| dots(left, right)),
            ['⠀', '⣀', '⣿', '⡇', '⢠']
        );
    }

    #[test]
    fn ascii_is_ascii_and_every_status_is_one_cell_and_unlike_the_others() {
        for charset in [Charset::Unicode, Charset::Ascii, Charset::Braille] {
            let g = Glyphs::of(charset);
            let statuses = [g.ok, g.watch, g.bad, g.run, g.wait, g.paused, g.unknown, g.stale, g.blocked];
            for (index, glyph) in statuses.iter().enumerate() {
                assert_eq!(glyph.width(), 1, "{glyph}");
                assert!(!statuses.iter().skip(index + 1).any(|other| other == glyph), "{glyph} twice");
            }
            for height in g.heights {
                assert_eq!(height.width(), 1, "{height}");
            }
        }
        let ascii = format!("{ASCII:?}");
        assert!(ascii.is_ascii(), "{ascii}");
    }
}
