//! How large a terminal has to be for what.

use std::{borrow::Cow, fmt, str::FromStr};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// Columns and rows of a terminal, written `120x40`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Size {
    /// Characters in a line.
    pub columns: u16,
    /// Lines.
    pub rows: u16,
}

impl JsonSchema for Size {
    fn schema_name() -> Cow<'static, str> {
        "Size".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "format": "size",
            "title": "columns and rows of a terminal such as 120x40", "examples": ["120x40"],
        })
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = |text: &str| text.trim().parse::<u16>().ok().filter(|number| *number > 0);
        let (columns, rows) = text.split_once('x').map(|(columns, rows)| (number(columns), number(rows))).unzip();
        match (columns.flatten(), rows.flatten()) {
            (Some(columns), Some(rows)) => Ok(Self { columns, rows }),
            _ => Err(format!("`{text}` is not a size: write columns and rows, as in 120x40")),
        }
    }
}

impl TryFrom<String> for Size {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Size> for String {
    fn from(size: Size) -> Self {
        size.to_string()
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.columns, self.rows)
    }
}

/// From which size on panes stand beside each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Sizes {
    /// The smallest terminal with two columns of panes. Smaller ones show one pane at a time.
    pub two_columns: Size,
    /// The smallest terminal with three columns.
    pub three_columns: Size,
    /// A terminal that is narrower and at least as high shows all panes below each other.
    pub portrait: Size,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            two_columns: Size { columns: 110, rows: 34 },
            three_columns: Size { columns: 180, rows: 50 },
            portrait: Size { columns: 84, rows: 47 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_columns_and_rows() {
        assert_eq!("120x40".parse(), Ok(Size { columns: 120, rows: 40 }));
        assert_eq!(Size { columns: 80, rows: 24 }.to_string(), "80x24");
        for wrong in ["", "120", "120x", "x40", "0x40", "120x40x2", "-1x40", "120x70000"] {
            assert!(wrong.parse::<Size>().is_err(), "{wrong}");
        }
    }
}
