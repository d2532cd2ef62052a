//! Label and field selectors of Kubernetes.

use serde_json::Value;

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Condition {
    In(String, Vec<String>),
    NotIn(String, Vec<String>),
    Exists(String),
    Missing(String),
}

/// Conditions that must all hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Selector {
    labels: Vec<Condition>,
    fields: Vec<Condition>,
}

impl Selector {
    /// Reads `labelSelector` and `fieldSelector`; `None` when one of them is malformed.
    pub(super) fn parse(labels: &str, fields: &str) -> Option<Self> {
        Some(Self { labels: conditions(labels)?, fields: conditions(fields)? })
    }

    /// Whether the object satisfies it.
    pub(super) fn is_match(&self, object: &Value) -> bool {
        let labels = object.pointer("/metadata/labels");
        let label = |name: &str| labels.and_then(|labels| labels.get(name)).and_then(Value::as_str);
        let field = |name: &str| object.pointer(&format!("/{}", name.replace('.', "/"))).and_then(Value::as_str);
        self.labels.iter().all(|condition| condition.holds(label))
            && self.fields.iter().all(|condition| condition.holds(field))
    }
}

impl Condition {
    fn holds<'a>(&self, get: impl Fn(&str) -> Option<&'a str>) -> bool {
        let within =
            |name: &str, values: &[String]| get(name).is_some_and(|value| values.iter().any(|known| known == value));
        match self {
            Self::In(name, values) => within(name, values),
            Self::NotIn(name, values) => !within(name, values),
            Self::Exists(name) => get(name).is_some(),
            Self::Missing(name) => get(name).is_none(),
        }
    }
}

fn conditions(text: &str) -> Option<Vec<Condition>> {
    let (mut parts, mut depth, mut part) = (Vec::new(), 0, String::new());
    for letter in text.chars() {
        match letter {
            ',' if depth == 0 => parts.push(std::mem::take(&mut part)),
            _ => {
                depth += i32::from(letter == '(') - i32::from(letter == ')');
                part.push(letter);
            }
        }
    }
    parts.push(part);
    parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).map(condition).collect()
}

fn condition(text: &str) -> Option<Condition> {
    let set = |rest: &str| -> Option<Vec<String>> {
        let inside = rest.trim().strip_prefix('(')?.strip_suffix(')')?;
        Some(inside.split(',').map(|value| value.trim().to_owned()).collect())
    };
    if let Some((name, rest)) = text.split_once(" notin ") {
        return Some(Condition::NotIn(name.trim().to_owned(), set(rest)?));
    }
    if let Some((name, rest)) = text.split_once(" in ") {
        return Some(Condition::In(name.trim().to_owned(), set(rest)?));
    }
    if let Some((name, value)) = text.split_once("!=") {
        return Some(Condition::NotIn(name.trim().to_owned(), vec![value.trim().to_owned()]));
    }
    if let Some((name, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
        return Some(Condition::In(name.trim().to_owned(), vec![value.trim().to_owned()]));
    }
    if text.contains(char::is_whitespace) {
        return None;
    }
    Some(match text.strip_prefix('!') {
        Some(name) => Condition::Missing(name.to_owned()),
        None => Condition::Exists(text.to_owned()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn selectors_are_read_in_all_their_forms() {
        let object = json!({"metadata": {"name": "a", "labels": {"app": "checkout", "tier": "web"}}});
        for (labels, fields, wanted) in [
            ("app=checkout,tier!=db", "", true),
            ("app in (cart, checkout)", "metadata.name=a", true),
            ("app notin (checkout)", "", false),
            ("tier,!canary", "", true),
            ("", "metadata.name!=a", false),
            ("", "", true),
        ] {
            assert_eq!(Selector::parse(labels, fields).expect(labels).is_match(&object), wanted, "{labels} {fields}");
        }
        assert_eq!(Selector::parse("app checkout", ""), None);
    }
}
