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
    /// Frames.
    pub border: border::Set<'static>,
}

const UNICODE: Glyphs = Glyphs {
    ok: "✓",
    watch: "▲",
    bad: "✗",
    run: "►",
    wait: "◷",
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
    border: border::PLAIN,
};

const BRAILLE: Glyphs = Glyphs { heights: &[" ", "⣀", "⣤", "⣶", "⣿"], ..UNICODE };

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
