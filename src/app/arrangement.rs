//! How panes are arranged in a terminal of some size.

use crate::domain::sizes::{Size, Sizes};

/// Below this there is one line only: no screen makes sense there.
pub const SMALLEST: Size = Size { columns: 40, rows: 10 };

/// How panes are arranged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrangement {
    /// One line with the worst fact.
    OneLine,
    /// One pane at a time.
    OnePane,
    /// All panes below each other, those that are not looked at folded where there is no room.
    Portrait,
    /// Two columns of panes.
    TwoColumns,
    /// Three columns, the board among them.
    ThreeColumns,
}

impl Arrangement {
    /// The arrangement for a terminal of `columns` and `rows`.
    #[must_use]
    pub const fn of(sizes: &Sizes, columns: u16, rows: u16) -> Self {
        if columns < SMALLEST.columns || rows < SMALLEST.rows {
            Self::OneLine
        } else if fits(sizes.three_columns, columns, rows) {
            Self::ThreeColumns
        } else if fits(sizes.two_columns, columns, rows) {
            Self::TwoColumns
        } else if columns < sizes.portrait.columns && rows >= sizes.portrait.rows {
            Self::Portrait
        } else {
            Self::OnePane
        }
    }
}

const fn fits(size: Size, columns: u16, rows: u16) -> bool {
    columns >= size.columns && rows >= size.rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_size_has_its_arrangement_and_the_thresholds_can_be_moved() {
        let mut sizes = Sizes::default();
        for (columns, rows, arrangement) in [
            (0, 0, Arrangement::OneLine),
            (39, 60, Arrangement::OneLine),
            (300, 9, Arrangement::OneLine),
            (40, 10, Arrangement::OnePane),
            (80, 24, Arrangement::OnePane),
            (80, 60, Arrangement::Portrait),
            (60, 100, Arrangement::Portrait),
            (100, 60, Arrangement::OnePane),
            (120, 40, Arrangement::TwoColumns),
            (300, 40, Arrangement::TwoColumns),
            (200, 60, Arrangement::ThreeColumns),
            (u16::MAX, u16::MAX, Arrangement::ThreeColumns),
        ] {
            assert_eq!(Arrangement::of(&sizes, columns, rows), arrangement, "{columns}x{rows}");
        }
        sizes.three_columns = Size { columns: 110, rows: 34 };
        assert_eq!(Arrangement::of(&sizes, 120, 40), Arrangement::ThreeColumns);
    }
}
