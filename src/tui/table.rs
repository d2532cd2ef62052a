//! Tables whose columns have a priority: what does not fit goes, the least important first.

use super::{look::Look, strip::Strip, theme::Role};

/// A column.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Column {
    /// Its heading.
    pub(crate) title: &'static str,
    /// The fewest cells that it makes sense with.
    pub(crate) least: usize,
    /// The most cells that it gets.
    pub(crate) most: usize,
    /// Whether numbers end at its right side.
    pub(crate) right: bool,
    /// The order in which columns go when there is no room, the highest first; 0 never goes.
    pub(crate) drop: u8,
}

impl Column {
    /// A column of text.
    pub(crate) const fn text(title: &'static str, least: usize, most: usize, drop: u8) -> Self {
        Self { title, least, most, right: false, drop }
    }

    /// A column of numbers.
    pub(crate) const fn number(title: &'static str, least: usize, drop: u8) -> Self {
        Self { title, least, most: 16, right: true, drop }
    }
}

/// Columns with the cells they got; those that went have none.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    columns: Vec<(Column, Option<usize>)>,
    gap: usize,
}

impl Layout {
    /// Shares `cells` among `columns` for these rows. A row may have fewer cells than there are columns.
    pub(crate) fn of(columns: &[Column], rows: &[Vec<Strip>], cells: usize) -> Self {
        let mut columns: Vec<(Column, Option<usize>)> = columns
            .iter()
            .enumerate()
            .map(|(index, column)| {
                let widest = rows.iter().filter_map(|row| row.get(index)).map(Strip::width).max().unwrap_or(0);
                if widest == 0 && column.drop > 0 && !rows.is_empty() {
                    return (*column, None);
                }
                let wanted = widest.max(column.title.chars().count()).clamp(column.least.min(column.most), column.most);
                // A number that was cut would be another number.
                let least = if column.right { wanted } else { column.least.min(wanted) };
                (Column { least, ..*column }, Some(wanted))
            })
            .collect();
        let needed = |columns: &[(Column, Option<usize>)], gap: usize| {
            let widths: Vec<usize> = columns.iter().filter_map(|(_, width)| *width).collect();
            widths.iter().sum::<usize>() + gap * widths.len().saturating_sub(1)
        };
        // Columns move together before anything is cut.
        let widest = if cells >= 110 { 3 } else { 2 };
        let gap = (1..=widest).rev().find(|gap| needed(&columns, *gap) <= cells).unwrap_or(1);
        let taken = |columns: &[(Column, Option<usize>)]| needed(columns, gap);
        // First the columns that have more than they need give it back, then columns go.
        while taken(&columns) > cells {
            let over = taken(&columns) - cells;
            let slack: usize =
                columns.iter().filter_map(|(column, width)| width.map(|w| w.saturating_sub(column.least))).sum();
            if slack >= over {
                shrink(&mut columns, over);
                break;
            }
            let last = columns.iter_mut().filter(|(column, width)| column.drop > 0 && width.is_some());
            match last.max_by_key(|(column, _)| column.drop) {
                Some((_, width)) => *width = None,
                None => break,
            }
        }
        // What went may have left room to breathe.
        let gap = (gap..=widest).rev().find(|gap| needed(&columns, *gap) <= cells).unwrap_or(gap);
        Self { columns, gap }
    }

    /// The line of headings.
    pub(crate) fn heading(&self, look: &Look) -> Strip {
        let style = look.style(Role::Title);
        let cells = self.columns.iter().map(|(column, _)| Strip::of(column.title, style)).collect::<Vec<_>>();
        self.line(&cells, look)
    }

    /// One row.
    pub(crate) fn line(&self, cells: &[Strip], look: &Look) -> Strip {
        let mut line = Strip::new();
        let mut column_start = 0;
        for ((column, width), cell) in self.columns.iter().zip(cells) {
            let Some(width) = *width else { continue };
            let cell = cell.clone().fitted(width, look.glyphs.ellipsis);
            let blanks = if column.right { width.saturating_sub(cell.width()) } else { 0 };
            let start = column_start + blanks;
            let missing = start.saturating_sub(line.width());
            line = line.put(" ".repeat(missing), look.text()).join(cell);
            column_start += width + self.gap;
        }
        line
    }
}

/// Takes `over` cells from the columns that have the most to give.
fn shrink(columns: &mut [(Column, Option<usize>)], over: usize) {
    for _ in 0..over {
        let widest = columns
            .iter_mut()
            .filter(|(column, width)| width.is_some_and(|w| w > column.least))
            .max_by_key(|(column, width)| width.unwrap_or(0) - column.least);
        if let Some((_, Some(width))) = widest {
            *width -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;

    use super::*;
    use crate::tui::{
        glyph::Charset,
        theme::{Depth, Theme},
    };

    #[test]
    fn columns_go_by_their_priority_and_numbers_end_at_the_right() {
        let look = Look::new(&Theme::built_in("mono").expect("built in"), Charset::Unicode, Depth::None);
        let columns = [Column::text("NAME", 10, 20, 0), Column::number("BURN", 5, 1), Column::text("OWNER", 8, 9, 2)];
        let rows: Vec<Vec<Strip>> = ["checkout", "a-very-long-name"]
            .iter()
            .map(|name| [name, "1.2x", "payments"].iter().map(|text| Strip::of(text, Style::new())).collect())
            .collect();
        let drawn = |cells| {
            let layout = Layout::of(&columns, &rows, cells);
            rows.iter().map(|row| layout.line(row, &look).text()).collect::<Vec<_>>()
        };
        assert_eq!(drawn(40), ["checkout           1.2x  payments", "a-very-long-name   1.2x  payments"]);
        assert_eq!(drawn(23), ["checkout           1.2x", "a-very-long-name   1.2x"]);
        assert_eq!(drawn(17), ["checkout     1.2x", "a-very-lon…  1.2x"]);
    }
}
