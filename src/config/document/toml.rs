//! TOML texts as trees. A text that is broken in one place is still read in the others.

use std::ops::Range;

use ::toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use super::{Entry, Node, Value};

/// Something that is not TOML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where.
    pub span: Range<usize>,
    /// What is wrong.
    pub message: String,
}

/// Reads `text`. The tree holds what could be read; each error has its place.
#[must_use]
pub fn parse(text: &str) -> (Node, Vec<SyntaxError>) {
    let (table, errors) = DeTable::parse_recoverable(text);
    let mut errors: Vec<SyntaxError> = errors
        .iter()
        .map(|error| SyntaxError { span: error.span().unwrap_or(0..0), message: error.message().to_owned() })
        .collect();
    let span = table.span();
    let mut root = Node::new(span, table_value(table.into_inner(), &mut errors));
    root.set_paths("");
    (root, errors)
}

fn table_value(table: DeTable<'_>, errors: &mut Vec<SyntaxError>) -> Value {
    let mut entries: Vec<Entry> = table
        .into_iter()
        .map(|(key, value)| Entry {
            key_span: key.span(),
            key: key.into_inner().into_owned(),
            node: node(value, errors),
        })
        .collect();
    entries.sort_by_key(|entry| entry.key_span.start);
    Value::Table(entries)
}

fn node(value: Spanned<DeValue<'_>>, errors: &mut Vec<SyntaxError>) -> Node {
    let span = value.span();
    let value = match value.into_inner() {
        DeValue::String(text) => Value::String(text.into_owned()),
        DeValue::Integer(number) => {
            if let Ok(number) = i64::from_str_radix(number.as_str(), number.radix()) {
                Value::Integer(number)
            } else {
                errors.push(SyntaxError {
                    span: span.clone(),
                    message: "a number that does not fit into 64 bits".to_owned(),
                });
                Value::Null
            }
        }
        DeValue::Float(number) => number.as_str().parse().map_or(Value::Null, Value::Float),
        DeValue::Boolean(value) => Value::Bool(value),
        DeValue::Datetime(time) => Value::Datetime(time.to_string()),
        DeValue::Array(items) => Value::Array(items.into_iter().map(|item| node(item, errors)).collect()),
        DeValue::Table(table) => table_value(table, errors),
    };
    Node::new(span, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_knows_its_place_and_its_keys() {
        let text = "a = 1\n[[source]]\nname = \"p\"\n[source.auth.\"x y\"]\nz = [1, 2.5]\n";
        let (root, errors) = parse(text);
        assert_eq!(errors, []);
        let source = root.get("source").and_then(|list| list.items().first()).expect("a source");
        let name = source.get("name").expect("a name");
        assert_eq!((&text[name.span.clone()], name.path.as_str()), ("\"p\"", "source[0].name"));
        let z = source.get("auth").and_then(|auth| auth.get("x y")).and_then(|xy| xy.get("z")).expect("z");
        assert_eq!(z.items()[1].path, "source[0].auth.\"x y\".z[1]");
        assert_eq!(z.items()[1].number(), Some(2.5));
    }

    #[test]
    fn one_broken_line_does_not_hide_the_others() {
        let (root, errors) = parse("a = \nb = 2\nc = = 3\nd = 99999999999999999999\n");
        assert!(errors.len() >= 3, "{errors:?}");
        assert_eq!(root.get("b").and_then(Node::number), Some(2.0));
    }
}
