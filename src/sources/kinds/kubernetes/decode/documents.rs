//! Saved answers: objects, lists and multi-document files, JSON or YAML.

use serde_json::Value;

use super::Objects;
use crate::domain::{
    clean::clean,
    source::{ErrorKind, SourceError},
};

/// Reads all objects of all `texts`. Kinds that are not needed are ignored; what is no Kubernetes object is an error.
pub(super) fn read(texts: &[&str]) -> Result<Objects, SourceError> {
    let mut objects = Objects::default();
    for (index, text) in texts.iter().enumerate() {
        let place = format!("file {} of {}", index + 1, texts.len());
        for document in documents(text).map_err(|error| bad(&place, &error))? {
            take(&mut objects, document, "").map_err(|error| bad(&place, &error))?;
        }
    }
    objects.forget_duplicates();
    Ok(objects)
}

fn bad(place: &str, error: &str) -> SourceError {
    SourceError::new(ErrorKind::Decode, format!("{place}: {error}"))
        .advise("save objects with: kubectl get rollouts,replicasets,pods,analysisruns,experiments,deployments -o yaml")
}

fn documents(text: &str) -> Result<Vec<Value>, String> {
    let start = text.trim_start_matches('\u{feff}').trim_start();
    if start.is_empty() {
        return Err("it is empty".to_owned());
    }
    if start.starts_with('<') {
        return Err("it is HTML or XML, not JSON or YAML".to_owned());
    }
    if start.starts_with('{') || start.starts_with('[') {
        let stream = serde_json::Deserializer::from_str(start).into_iter();
        let json: Result<Vec<Value>, _> = stream.collect();
        // YAML may begin with a brace too; but then the error that helps is that of JSON.
        return json.or_else(|error| yaml(start).map_err(|_| format!("not JSON: {error}")));
    }
    yaml(start).map_err(|error| format!("not YAML: {error}"))
}

fn yaml(text: &str) -> Result<Vec<Value>, String> {
    serde_saphyr::from_multiple(text).map_err(|error| {
        let first = error.to_string();
        clean(first.lines().next().unwrap_or_default()).into_owned()
    })
}

/// Takes one document; `inherited` is the kind of the list that it comes from, because items of a list carry none.
fn take(objects: &mut Objects, document: Value, inherited: &str) -> Result<(), String> {
    let Value::Object(mut fields) = document else {
        return match document {
            Value::Null => Ok(()),
            Value::Array(items) => items.into_iter().try_for_each(|item| take(objects, item, inherited)),
            _ if !inherited.is_empty() => Ok(()),
            _ => Err("it holds no Kubernetes object".to_owned()),
        };
    };
    let kind = fields.get("kind").and_then(Value::as_str).unwrap_or(inherited).to_owned();
    if kind == "Status" {
        let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
        return Err(format!("it holds an error of the API server: {}: {}", text("reason"), clean(text("message"))));
    }
    if let Some(of) = kind.strip_suffix("List") {
        let items = fields.remove("items").unwrap_or_default();
        let Value::Array(items) = items else { return Ok(()) };
        let of = if of.is_empty() { "object" } else { of };
        return items.into_iter().try_for_each(|item| take(objects, item, of));
    }
    if kind.is_empty() {
        return Err("it holds no Kubernetes object: `kind` is missing".to_owned());
    }
    objects.add(&kind, Value::Object(fields)).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_a_list_have_the_kind_of_the_list() {
        let list =
            r#"{"kind": "RolloutList", "items": [{"metadata": {"name": "a"}}, null, 7, {"metadata": {"name": "b"}}]}"#;
        let objects = read(&[list]).expect("a list");
        assert_eq!(objects.rollouts.iter().map(|it| it.metadata.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[test]
    fn several_documents_and_lists_of_lists_are_joined_and_other_kinds_ignored() {
        let yaml = "---\nkind: Service\nmetadata: {name: s}\n---\n# nothing\n---\nkind: List\nitems:\n- kind: Pod\n  metadata: {name: p}\n- kind: Rollout\n  metadata: {name: r}\n";
        let json = r#"{"kind": "Rollout", "metadata": {"name": "q"}} {"kind": "List", "items": []}"#;
        let objects = read(&[yaml, json]).expect("documents");
        assert_eq!((objects.rollouts.len(), objects.pods.len()), (2, 1));
    }

    #[test]
    fn what_is_no_object_is_said_with_its_place() {
        for (text, why) in [
            ("", "it is empty"),
            ("<html><body>login</body></html>", "HTML"),
            ("{\"kind\": \"Rollout\", \"metadata\"", "not JSON"),
            ("just words", "no Kubernetes object"),
            ("a: 1", "`kind` is missing"),
            ("a: [1", "not YAML"),
            (r#"{"kind": "Status", "reason": "Forbidden", "message": "rollouts is forbidden"}"#, "Forbidden: rollouts"),
        ] {
            let error = read(&["{\"kind\": \"List\"}", text]).expect_err(text).to_string();
            assert!(error.contains("file 2 of 2") && error.contains(why), "{text:?}: {error}");
        }
    }
}
