//! The calendar as plain text.

use super::Table;
use crate::app::{
    model::Model,
    rows::{self, Date},
};

const COLUMNS: [&str; 7] = ["STATE", "KIND", "WHAT", "FROM", "UNTIL", "ABOUT", "HOLDS"];

pub(super) fn dates(model: &Model) -> Table {
    let rows = rows::dates(model);
    Table::new("Calendar", &COLUMNS, rows.iter().map(|row| line(model, &row.item)).collect())
}

fn line(model: &Model, date: &Date<'_>) -> Vec<String> {
    let at = |time: crate::domain::time::Timestamp| time.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let held: Vec<&str> = rows::held(model, date).iter().map(|held| held.id.as_str()).collect();
    vec![
        date.stands(model.now).1,
        date.entry.kind.word().to_owned(),
        date.title().to_owned(),
        date.time.map_or_else(|| "?".to_owned(), |time| at(time.from)),
        date.time.map_or_else(|| "?".to_owned(), |time| at(time.until)),
        rows::about(&date.entry.scope),
        held.join(", "),
    ]
}
