//! Templates that are still there to go back to, and what differs between two of them.

use serde_json::Value;

use super::{CannotDecide, without_label};

/// A template that a `ReplicaSet` keeps.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Kept {
    /// Its hash.
    pub(super) hash: String,
    /// The revision number. A template that is used again gets a new one.
    pub(super) revision: u64,
    /// The template, without the label of the hash.
    pub(super) template: Value,
}

/// The templates that `sets` keep, the newest first.
pub(super) fn kept(sets: &[Value], label: &str, revision: &str) -> Vec<Kept> {
    let mut kept: Vec<_> = sets
        .iter()
        .filter_map(|set| {
            let of = |map: &str, key: &str| set.get("metadata")?.get(map)?.get(key)?.as_str();
            let hash = of("labels", label)?.to_owned();
            let revision = of("annotations", revision).and_then(|number| number.parse().ok()).unwrap_or(0);
            Some(Kept { hash, revision, template: without_label(set.pointer("/spec/template")?, label) })
        })
        .collect();
    kept.sort_by_key(|kept| std::cmp::Reverse(kept.revision));
    kept
}

/// The template that `wanted` names: by hash, by the tag of an image, or by a whole image; or, when nothing is wanted, the
/// newest one that is not `current`.
///
/// # Errors
/// When there is none any more.
pub(super) fn target<'a>(kept: &'a [Kept], wanted: Option<&str>, current: &str) -> Result<&'a Kept, CannotDecide> {
    let found = match wanted {
        None => kept.iter().find(|kept| kept.hash != current),
        Some(wanted) => kept.iter().find(|kept| {
            kept.hash == wanted || images(&kept.template).any(|image| image == wanted || tag(image) == Some(wanted))
        }),
    };
    found.ok_or_else(|| {
        let known: Vec<_> = kept.iter().map(|kept| format!("{} ({})", kept.hash, name(&kept.template))).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        CannotDecide::NoTemplate { wanted: wanted.unwrap_or("before this one").to_owned(), known }
    })
}

fn images(template: &Value) -> impl Iterator<Item = &str> {
    let containers = template.pointer("/spec/containers").and_then(Value::as_array);
    containers.into_iter().flatten().filter_map(|container| container.get("image")?.as_str())
}

fn tag(image: &str) -> Option<&str> {
    image.rsplit('/').next()?.split('@').next()?.split_once(':').map(|(_, tag)| tag)
}

/// A template for people: its first image.
pub(super) fn name(template: &Value) -> String {
    images(template).next().unwrap_or("no image").to_owned()
}

/// What differs, one line for each value: `- /spec/containers/0/image: shop/checkout:1.42.0`.
pub(super) fn diff(from: &Value, to: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    differences(from, to, "", &mut lines);
    lines
}

fn differences(from: &Value, to: &Value, path: &str, lines: &mut Vec<String>) {
    match (from, to) {
        _ if from == to => {}
        (Value::Object(one), Value::Object(other)) => {
            let mut names: Vec<_> = one.keys().chain(other.keys().filter(|name| !one.contains_key(*name))).collect();
            names.sort();
            for name in names {
                let (one, other) = (one.get(name).unwrap_or(&Value::Null), other.get(name).unwrap_or(&Value::Null));
                differences(one, other, &format!("{path}/{name}"), lines);
            }
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => {
            for (index, (one, other)) in one.iter().zip(other).enumerate() {
                differences(one, other, &format!("{path}/{index}"), lines);
            }
        }
        _ => {
            let line =
                |sign: char, value: &Value| (!value.is_null()).then(|| format!("{sign} {path}: {}", told(value)));
            lines.extend([line('-', from), line('+', to)].into_iter().flatten());
        }
    }
}

fn told(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_differs_is_told_value_by_value_also_what_was_only_taken_away() {
        let from = json!({"spec": {"containers": [{"image": "shop/checkout:2", "args": ["--new"]}]}});
        let to = json!({"spec": {"containers": [{"image": "shop/checkout:1"}]}});
        assert_eq!(
            diff(&from, &to),
            [
                "- /spec/containers/0/args: [\"--new\"]",
                "- /spec/containers/0/image: shop/checkout:2",
                "+ /spec/containers/0/image: shop/checkout:1",
            ]
        );
        assert!(diff(&to, &to).is_empty());
    }

    #[test]
    fn the_tag_of_an_image_is_not_the_port_of_its_registry() {
        assert_eq!(tag("localhost:5000/shop/checkout:1.42.0@sha256:9c"), Some("1.42.0"));
        assert_eq!(tag("localhost:5000/shop/checkout"), None);
    }
}
