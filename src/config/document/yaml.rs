//! YAML texts as trees.

use std::ops::Range;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, SeqAccess, Visitor},
};
use serde_saphyr::Spanned;

use super::{Entry, Node, Value, toml::SyntaxError};

/// Reads every document in `text`.
///
/// # Errors
/// What is wrong and where: YAML is read as a whole or not at all.
pub fn parse(text: &str) -> Result<Vec<Node>, SyntaxError> {
    let documents = serde_saphyr::from_multiple::<Spanned<Tree>>(text).map_err(|error| SyntaxError {
        span: error.location().map_or(0..0, |location| span(text, location)),
        message: error.without_snippet().to_string(),
    })?;
    Ok(documents
        .into_iter()
        .map(|document| {
            let mut node = node(text, document);
            node.set_paths("");
            node
        })
        .collect())
}

/// A value as `serde` hands it over.
enum Tree {
    Scalar(Value),
    Array(Vec<Spanned<Tree>>),
    Table(Vec<(Spanned<String>, Spanned<Tree>)>),
}

fn node(text: &str, tree: Spanned<Tree>) -> Node {
    let span = span(text, tree.referenced);
    let value = match tree.value {
        Tree::Scalar(value) => value,
        Tree::Array(items) => Value::Array(items.into_iter().map(|item| node(text, item)).collect()),
        Tree::Table(entries) => Value::Table(
            entries
                .into_iter()
                .map(|(key, value)| Entry {
                    key_span: self::span(text, key.referenced),
                    key: key.value,
                    node: node(text, value),
                })
                .collect(),
        ),
    };
    Node::new(span, value)
}

fn span(text: &str, location: serde_saphyr::Location) -> Range<usize> {
    let place = location.span();
    let bytes = place.byte_offset().zip(place.byte_len()).and_then(|(offset, length)| {
        let start = usize::try_from(offset).ok()?;
        Some(start..start + usize::try_from(length).ok()?)
    });
    // Without byte offsets: from line and column.
    bytes.unwrap_or_else(|| {
        let line = usize::try_from(location.line()).unwrap_or(1).saturating_sub(1);
        let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
        let column = usize::try_from(location.column()).unwrap_or(1).saturating_sub(1);
        let offset = text.get(start..).unwrap_or_default().chars().take(column).map(char::len_utf8).sum::<usize>();
        start + offset..start + offset
    })
}

impl<'de> Deserialize<'de> for Tree {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TreeVisitor)
    }
}

struct TreeVisitor;

impl<'de> Visitor<'de> for TreeVisitor {
    type Value = Tree;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_unit<E>(self) -> Result<Tree, E> {
        Ok(Tree::Scalar(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Tree, E> {
        Ok(Tree::Scalar(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Tree, D::Error> {
        Tree::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Tree, E> {
        Ok(Tree::Scalar(Value::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Tree, E> {
        Ok(Tree::Scalar(Value::Integer(value)))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Tree, E> {
        Ok(Tree::Scalar(i64::try_from(value).map_or(Value::Float(value as f64), Value::Integer)))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Tree, E> {
        Ok(Tree::Scalar(Value::Float(value as f64)))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Tree, E> {
        Ok(Tree::Scalar(Value::Float(value as f64)))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Tree, E> {
        Ok(Tree::Scalar(Value::Float(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Tree, E> {
        Ok(Tree::Scalar(Value::String(value.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Tree, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Tree::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Tree, A::Error> {
        let mut table = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            table.push(entry);
        }
        Ok(Tree::Table(table))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_knows_its_place_and_its_keys() {
        let text = "a: 1\nlist:\n  - name: x\n    at: 0.5\n---\n- b: true\n- ~\n";
        let documents = parse(text).expect("two documents");
        assert_eq!(documents.len(), 2);
        let at = documents[0].get("list").and_then(|list| list.items()[0].get("at")).expect("at");
        assert_eq!((at.path.as_str(), at.number()), ("list[0].at", Some(0.5)));
        assert_eq!(&text[at.span.clone()], "0.5");
        let entry = documents[1].items()[0].entry("b").expect("b");
        assert_eq!(&text[entry.key_span.clone()], "b");
        assert_eq!(documents[1].items()[1].value, Value::Null);
    }

    #[test]
    fn what_is_no_yaml_says_where() {
        let error = parse("a: 1\nb: [1, 2\nc: 3\n").expect_err("an error");
        assert!(error.span.start >= 5, "{error:?}");
    }
}
