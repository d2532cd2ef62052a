//! An instant selector of `PromQL`, to which matchers can be added. Text from outside is quoted, never pasted.

use std::fmt;

use promql_parser::parser::{self, Expr};

/// `name{matchers}`, without a range, an offset or an instant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Selector {
    name: Option<String>,
    matchers: Vec<String>,
}

impl Selector {
    /// Reads a selector such as `http_requests_total{code=~"5.."}`.
    ///
    /// # Errors
    /// In words, when the text is anything else.
    pub fn parse(text: &str) -> Result<Self, String> {
        let selector = match parser::parse(text) {
            Ok(Expr::VectorSelector(selector)) => selector,
            Ok(_) => return Err(format!("`{text}` is an expression, not a selector")),
            Err(error) => return Err(format!("`{text}` is not PromQL: {error}")),
        };
        if selector.offset.is_some() || selector.at.is_some() {
            return Err(format!("`{text}` has an offset or an instant; the window is added here"));
        }
        if !selector.matchers.or_matchers.is_empty() {
            return Err(format!("`{text}` joins matchers by `or`, to which labels cannot be added"));
        }
        let mut matchers: Vec<String> = selector.matchers.matchers.iter().map(ToString::to_string).collect();
        let name = selector.name.filter(|name| {
            let plain = is_metric_name(name);
            if !plain {
                matchers.insert(0, equals("__name__", name));
            }
            plain
        });
        Ok(Self { name, matchers })
    }

    /// The same with matchers added. One that is there already is not repeated.
    #[must_use]
    pub fn with<'a>(&self, matchers: impl IntoIterator<Item = &'a String>) -> Self {
        let mut more = self.clone();
        for matcher in matchers {
            if !more.matchers.contains(matcher) {
                more.matchers.push(matcher.clone());
            }
        }
        more
    }

    /// The same of the metric whose name has `suffix` added; `None` where the selector names none.
    #[must_use]
    pub fn suffixed(&self, suffix: &str) -> Option<Self> {
        let name = self.name.as_ref()?;
        Some(Self { name: Some(format!("{name}{suffix}")), matchers: self.matchers.clone() })
    }

    /// The metric's name, where it is given plainly.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name.as_deref().unwrap_or_default())?;
        if self.name.is_none() || !self.matchers.is_empty() {
            write!(f, "{{{}}}", self.matchers.join(","))?;
        }
        Ok(())
    }
}

/// `label="value"`.
#[must_use]
pub fn equals(label: &str, value: &str) -> String {
    format!("{}={}", name(label), quote(value))
}

/// A matcher for any of `values`: `=` for one, `=~` for more. Duplicates and order do not matter.
#[must_use]
pub fn one_of<'a>(label: &str, values: impl IntoIterator<Item = &'a str>) -> String {
    let mut values: Vec<&str> = values.into_iter().collect();
    values.sort_unstable();
    values.dedup();
    if let [value] = values.as_slice() {
        return equals(label, value);
    }
    let any: Vec<String> = values.into_iter().map(literally).collect();
    format!("{}=~{}", name(label), quote(&any.join("|")))
}

/// A matcher for anything that has the label at all.
#[must_use]
pub fn present(label: &str) -> String {
    format!("{}!=\"\"", name(label))
}

/// A matcher that leaves out what any of `patterns` matches, and what has no such label at all.
#[must_use]
pub fn none_of(label: &str, patterns: &[String]) -> Vec<String> {
    let mut matchers = vec![present(label)];
    if !patterns.is_empty() {
        matchers.push(format!("{}!~{}", name(label), quote(&patterns.join("|"))));
    }
    matchers
}

/// A label's name; quoted where it is not one of the classic kind (Prometheus 3).
#[must_use]
pub fn name(label: &str) -> String {
    let plain = !label.is_empty()
        && !label.starts_with(|c: char| c.is_ascii_digit())
        && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain { label.to_owned() } else { quote(label) }
}

fn is_metric_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == ':')
}

/// A string literal of `PromQL`.
#[must_use]
pub fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// A regular expression that matches `text` and nothing else, as Go's `QuoteMeta` writes it.
fn literally(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if r"\.+*?()|[]{}^$".contains(c) {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matchers(text: &str) -> Vec<promql_parser::label::Matcher> {
        match parser::parse(text).unwrap_or_else(|error| panic!("{text}: {error}")) {
            Expr::VectorSelector(selector) => selector.matchers.matchers,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn matchers_are_added_to_what_was_written() {
        let selector = Selector::parse(r#"http_requests_total{ code =~ "5.." }"#).expect("a selector");
        let more = selector.with(&[equals("service", "checkout"), equals("service", "checkout")]);
        assert_eq!(more.to_string(), r#"http_requests_total{code=~"5..",service="checkout"}"#);
        assert_eq!(Selector::parse("up").expect("a selector").to_string(), "up");
        assert_eq!(
            selector.suffixed("_bucket").map(|s| s.to_string()).as_deref(),
            Some(r#"http_requests_total_bucket{code=~"5.."}"#)
        );
    }

    #[test]
    fn what_is_not_a_bare_selector_is_refused_in_words() {
        for text in ["sum(up)", "up[5m]", "up offset 5m", "up @ 10", "up{", "", "1", "\"up\""] {
            assert!(!Selector::parse(text).expect_err(text).is_empty());
        }
    }

    #[test]
    fn a_name_that_is_not_classic_is_matched_by_its_label() {
        let selector = Selector::parse(r#"{__name__="http.requests",a="b"}"#).expect("a selector");
        assert_eq!(selector.to_string(), r#"{__name__="http.requests",a="b"}"#);
    }

    #[test]
    fn several_values_are_matched_literally() {
        assert_eq!(one_of("service", ["b.x", "a", "a"]), r#"service=~"a|b\\.x""#);
        assert_eq!(one_of("service", ["a", "a"]), r#"service="a""#);
        assert_eq!(
            none_of("service", &["batch-.*".to_owned(), "x".to_owned()]),
            ["service!=\"\"", "service!~\"batch-.*|x\""]
        );
    }

    proptest! {
        #[test]
        fn any_value_stays_one_value(values in proptest::collection::vec("\\PC{0,12}|[\"\\\\\n{}|.*]{1,6}", 1..4)) {
            let selector = Selector::parse("up").unwrap().with(&[one_of("l", values.iter().map(String::as_str))]);
            let read = matchers(&selector.to_string());
            prop_assert_eq!(read.len(), 1);
            for value in &values {
                prop_assert!(read[0].is_match(value), "{} does not match {:?}", selector, value);
            }
            prop_assert!(!read[0].is_match("something else that nobody wrote"));
        }
    }
}
