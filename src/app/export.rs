//! A table as a file: Markdown, JSON, CSV; and what the file is called.

use serde_json::{Map, Value};

use super::{
    model::{List, Model, Pane, Screen},
    rows,
    table::Table,
};
use crate::domain::{clean::clean, time::Timestamp};

/// A file format of an export.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Markdown.
    Markdown,
    /// JSON: a list of objects.
    Json,
    /// Comma-separated values, RFC 4180.
    Csv,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Markdown, Self::Json, Self::Csv];

    /// The end of the file's name.
    #[must_use]
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Markdown => "md",
            Self::Json => "json",
            Self::Csv => "csv",
        }
    }
}

/// The longest part of a file's name that comes from the name of a release, in bytes.
const LONGEST_PART: usize = 60;
/// What a spreadsheet takes for the beginning of a formula; the wide forms too, which some take as well.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// Writes `table` as it was at `at`, the time of the picture on the screen.
#[must_use]
pub fn write(table: &Table, format: Format, at: Timestamp) -> String {
    match format {
        Format::Markdown => markdown(table, at),
        Format::Json => json(table, at),
        Format::Csv => csv(table),
    }
}

/// `warroom-checkout-1.42.0-slos-20261121T143207Z.md`: release, pane and time. Of what comes from outside only letters,
/// digits, dots and dashes of ASCII are left, so that the name is one name everywhere and never a path.
#[must_use]
pub fn name(model: &Model, format: Format) -> String {
    let release = rows::release(model).map(|release| part(&release.name)).filter(|name| !name.is_empty());
    let release = release.map_or_else(String::new, |name| format!("{name}-"));
    let time = model.now.format("%Y%m%dT%H%M%SZ");
    format!("warroom-{release}{}-{time}.{}", pane(model), format.extension())
}

fn pane(model: &Model) -> &'static str {
    match (&model.ui.screen, model.ui.list()) {
        (Screen::Release(_), None) if model.ui.pane == Pane::Chart => "chart",
        (_, Some(List::Releases)) => "board",
        (_, Some(List::Components)) => "steps",
        (_, Some(List::Slos)) => "slos",
        (_, Some(List::Alerts)) => "alerts",
        (_, Some(List::Analyses)) => "canary",
        (_, Some(List::Timeline)) => "timeline",
        (_, Some(List::Sources)) => "sources",
        (_, Some(List::Checks)) => "checklist",
        (_, Some(List::Ledger)) => "ledger",
        (_, Some(List::Runbooks)) => "runbooks",
        (_, Some(List::Runs)) => "runs",
        (_, Some(List::RunSteps)) => "run",
        (_, Some(List::Approvals)) => "approvals",
        (_, Some(List::Calendar)) => "calendar",
        (_, None) => "screen",
    }
}

/// What of `text` may stand in a file's name.
fn part(text: &str) -> String {
    let mut name = String::new();
    for c in text.chars() {
        let c = if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
        // No dashes or dots in a row: `..` is a way up.
        let doubled = matches!(c, '-' | '.') && name.ends_with(['-', '.']);
        if name.len() < LONGEST_PART && !doubled {
            name.push(c);
        }
    }
    name.trim_matches(['-', '.']).to_owned()
}

fn markdown(table: &Table, at: Timestamp) -> String {
    let line = |cells: &mut dyn Iterator<Item = String>| format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "));
    let mut text = format!("# {}\n\nAs of {}\n\n", escaped(&table.title), instant(at));
    text.push_str(&line(&mut table.columns.iter().map(|head| (*head).to_owned())));
    text.push_str(&line(&mut table.columns.iter().map(|_| "---".to_owned())));
    for row in &table.rows {
        text.push_str(&line(&mut row.iter().map(|cell| escaped(cell))));
    }
    text
}

/// Text that Markdown shows as it is: no table, no tag, no link, no picture comes of it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '|' | '`' | '[' | ']' | '*' | '_' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

fn json(table: &Table, at: Timestamp) -> String {
    let object = |row: &Vec<String>| {
        let key = |head: &str| head.to_lowercase().replace(' ', "_");
        let pairs = table.columns.iter().zip(row).map(|(head, cell)| (key(head), Value::from(cell.clone())));
        Value::Object(pairs.collect::<Map<_, _>>())
    };
    let rows: Vec<Value> = table.rows.iter().map(object).collect();
    format!("{:#}\n", serde_json::json!({ "title": table.title, "at": instant(at), "rows": rows }))
}

fn csv(table: &Table) -> String {
    let mut writer = ::csv::WriterBuilder::new().terminator(::csv::Terminator::CRLF).from_writer(Vec::new());
    // Writing into memory does not fail; should it do so, the text ends there.
    let written = writer.write_record(&table.columns).and_then(|()| {
        table.rows.iter().try_for_each(|row| writer.write_record(row.iter().map(|cell| harmless(cell))))
    });
    debug_assert!(written.is_ok(), "{written:?}");
    writer.into_inner().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// A spreadsheet must not take text from outside for a formula: an apostrophe in front makes text of it. Numbers stay numbers.
fn harmless(cell: &str) -> String {
    let cell = clean(cell);
    let number = cell.trim_end_matches(['%', 'x']).parse::<f64>().is_ok();
    if cell.trim_start().starts_with(FORMULA) && !number { format!("'{cell}") } else { cell.into_owned() }
}

fn instant(at: Timestamp) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(cells: &[&str]) -> Table {
        let rows = cells.iter().map(|cell| vec![(*cell).to_owned(), "x".to_owned()]).collect();
        Table::new("SLOs of evil|name", &["SLO", "DATA AGE"], rows)
    }

    fn at() -> Timestamp {
        Timestamp::from_timestamp(1_795_271_527, 0).expect("in range")
    }

    #[test]
    fn a_spreadsheet_finds_no_formula_in_text_from_outside() {
        let cells =
            ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", " =1", "\t=1", "＝1", "-12.5%", "-3", "2.0x", "a"];
        let text = write(&table(&cells), Format::Csv, at());
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let read: Vec<String> = reader.records().map(|row| row.expect("a row")[0].to_owned()).collect();
        let wanted =
            ["'=cmd|' /C calc'!A0", "'+1+1", "'-2+3", "'@SUM(A1)", "' =1", "' =1", "'＝1", "-12.5%", "-3", "2.0x", "a"];
        assert_eq!(read, wanted);
    }

    #[test]
    fn comma_separated_values_can_be_read_back() {
        let cells = ["a,b", "say \"hi\"", "two\r\nlines", "", "日本"];
        let text = write(&table(&cells), Format::Csv, at());
        assert!(text.starts_with("SLO,DATA AGE\r\n\"a,b\",x\r\n\"say \"\"hi\"\"\",x\r\n"), "{text}");
        let mut reader = ::csv::Reader::from_reader(text.as_bytes());
        let read: Vec<String> = reader.records().map(|row| row.expect("a row")[0].to_owned()).collect();
        assert_eq!(read, ["a,b", "say \"hi\"", "two  lines", "", "日本"]);
    }

    #[test]
    fn markdown_shows_text_from_outside_and_nothing_else() {
        let text = write(&table(&["a|b", "<img src=x>", "![x](http://x)", "\u{1b}[2J"]), Format::Markdown, at());
        let wanted = "# SLOs of evil\\|name\n\nAs of 2026-11-21T14:32:07Z\n\n| SLO | DATA AGE |\n| --- | --- |\n\
                      | a\\|b | x |\n| &lt;img src=x> | x |\n| !\\[x\\](http://x) | x |\n| \u{fffd}\\[2J | x |\n";
        assert_eq!(text, wanted);
    }

    #[test]
    fn json_is_a_list_of_objects_with_its_time() {
        let read: Value = serde_json::from_str(&write(&table(&["a"]), Format::Json, at())).expect("JSON");
        assert_eq!(read["at"], "2026-11-21T14:32:07Z");
        assert_eq!(read["rows"], serde_json::json!([{ "slo": "a", "data_age": "x" }]));
    }

    #[test]
    fn a_file_name_holds_nothing_that_leads_elsewhere() {
        assert_eq!(part("checkout 1.42.0"), "checkout-1.42.0");
        assert_eq!(part("../../etc/passwd\u{1b}[2J"), "etc-passwd-2J");
        assert_eq!(part("日本"), "");
        assert!(part(&"a/".repeat(500)).len() <= LONGEST_PART);
    }
}
