//! Lists with a selection: what is in them, in which order, and which part fits.

use super::{
    look::Look,
    strip::Strip,
    table::{Column, Layout},
    theme::Role,
};
use crate::domain::level::Level;

/// The part of a list that fits into some lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Window {
    /// The first one that is shown.
    pub(crate) first: usize,
    /// How many are shown.
    pub(crate) shown: usize,
    /// Whether the line below says how many are not.
    pub(crate) rest: bool,
}

impl Window {
    /// As many of `total` as fit into `height` lines, `selected` among them; where not all fit, the last line is for the count of the rest.
    pub(crate) fn of(total: usize, selected: Option<usize>, height: usize) -> Self {
        if total <= height {
            return Self { first: 0, shown: total, rest: false };
        }
        let shown = height.saturating_sub(1);
        let selected = selected.unwrap_or(0).min(total - 1);
        let first = selected.saturating_sub(shown / 2).min(total - shown);
        Self { first, shown, rest: height > 0 }
    }

    /// The heading and the lines of the window, `rows`, `cells` wide; the cursor stands before the one that is `selected` among all.
    pub(crate) fn table(
        self,
        columns: &[Column],
        rows: &[Vec<Strip>],
        selected: Option<usize>,
        cells: usize,
        look: &Look,
    ) -> Vec<Strip> {
        let layout = Layout::of(columns, rows, cells.saturating_sub(2));
        let mut lines = vec![Strip::of("  ", look.text()).join(layout.heading(look))];
        for (index, row) in rows.iter().enumerate() {
            let chosen = selected == Some(self.first + index);
            let mark = if chosen { look.glyphs.cursor } else { " " };
            let line = Strip::of(mark, look.style(Role::Accent)).put(" ", look.text()).join(layout.line(row, look));
            lines.push(if chosen { line.filled(cells, look.selection()) } else { line });
        }
        lines
    }

    /// `+12 more  ✗1 ?3`: what is outside of the window, by level, the worst first.
    pub(crate) fn rest_line(self, levels: impl IntoIterator<Item = Level>, look: &Look) -> Strip {
        let hidden: Vec<Level> = levels
            .into_iter()
            .enumerate()
            .filter(|(index, _)| *index < self.first || *index >= self.first + self.shown)
            .map(|(_, level)| level)
            .collect();
        Strip::of(format!("  +{} more  ", hidden.len()), look.text()).join(counts(&hidden, look))
    }
}

/// `✗`: the glyph of the worst of `levels`; nothing where there are none.
pub(crate) fn worst(levels: &[Level], look: &Look) -> Strip {
    levels.iter().max().map_or_else(Strip::new, |level| Strip::of(look.glyph(*level), look.level(*level)))
}

/// `✗1 ?1 ▲1 ◷1 ✓2`: how many of each level, the worst first.
pub(crate) fn counts(levels: &[Level], look: &Look) -> Strip {
    let all = [Level::Bad, Level::Unknown, Level::Watch, Level::Run, Level::Paused, Level::Wait, Level::Ok];
    let mut line = Strip::new();
    for level in all {
        let count = levels.iter().filter(|other| **other == level).count();
        if count > 0 {
            let gap = if line.width() == 0 { "" } else { " " };
            line = line
                .put(gap, look.text())
                .put(look.glyph(level), look.level(level))
                .put(count.to_string(), look.text());
        }
    }
    line
}

/// The lines that fit into `height`; where not all do, the last one says how many more there are.
pub(crate) fn counted(mut lines: Vec<Strip>, height: usize, look: &Look) -> Vec<Strip> {
    if lines.len() > height && height > 0 {
        let hidden = lines.len() + 1 - height;
        lines.truncate(height - 1);
        lines.push(Strip::of(format!("+{hidden} more lines"), look.dim()));
    }
    lines.truncate(height);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selected_line_is_always_in_the_window() {
        for total in 0..30 {
            for height in 0..12 {
                for selected in 0..total {
                    let window = Window::of(total, Some(selected), height);
                    assert!(window.shown + usize::from(window.rest) <= height.max(total.min(height)));
                    if window.shown > 0 {
                        assert!((window.first..window.first + window.shown).contains(&selected));
                    }
                }
            }
        }
    }
}
