//! Patches of Kubernetes objects. An object is read again before it is patched, it must be the one that was planned for, and
//! the server is told which version of it is meant.

use std::fmt;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::{
    config::schema::source::{Source, SourceKind},
    domain::{
        object::SourceName,
        plan::{
            drift::{Strictness, drift},
            request::{Patch, PatchForm},
        },
        source::{ErrorKind, SourceError},
    },
    sources::{
        connector::Context,
        kinds::kubernetes::{
            connection::{Change, Connection, Unanswered},
            failure::refused,
            owned::analyses,
            resource::Scope,
        },
    },
};

/// How often a patch is tried while the status of its object moves: each time it is read and compared again.
const ATTEMPTS: u32 = 5;

/// Patches objects of one cluster.
pub struct Actuator {
    name: SourceName,
    connection: Connection,
}

impl fmt::Debug for Actuator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Actuator").field(&self.name).finish()
    }
}

/// Why an object was not patched, or why nobody knows.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Unpatched {
    /// It is not the object that was planned for. Nothing was changed.
    #[error("{name} is not as it was planned for: {}; make the plan again", .drift.join("; "))]
    Drifted {
        /// The object.
        name: String,
        /// What differs.
        drift: Vec<String>,
    },
    /// It is not there. Nothing was changed.
    #[error("{0} is not there any more")]
    Gone(String),
    /// It could not be asked, or said no. Nothing was changed.
    #[error(transparent)]
    Refused(SourceError),
    /// It was sent, and no answer came. Nobody knows whether it was changed.
    #[error("no answer came, and nobody knows whether it was done: {0}")]
    Unsure(SourceError),
}

impl Actuator {
    /// Patches with what `source` says; `None` for another kind of source. Does no IO.
    #[must_use]
    pub fn new(source: &Source, context: &Context) -> Option<Self> {
        let SourceKind::Kubernetes(settings) = &source.kind else { return None };
        Some(Self { name: source.name.clone(), connection: Connection::new(settings, source, context) })
    }

    /// The source.
    #[must_use]
    pub const fn name(&self) -> &SourceName {
        &self.name
    }

    /// The object at `path`, as the API server has it now; `None` when the server says that it is not there.
    ///
    /// # Errors
    /// Whatever keeps it from arriving.
    pub async fn read(&self, path: &str) -> Result<Option<Value>, SourceError> {
        let answer = self.connection.get(path, &[]).await?;
        match answer.status {
            200 => answer.json().map(Some),
            404 => Ok(None),
            _ => Err(refused(answer, "get", path, &Scope(None))),
        }
    }

    /// The `AnalysisRun`s that the object at `path` with the identity `uid` owns.
    ///
    /// # Errors
    /// Whatever keeps one of them from arriving; also when `path` names no namespace.
    pub async fn analyses(&self, path: &str, uid: &str) -> Result<Vec<Value>, SourceError> {
        let mut parts = path.split('/').skip_while(|part| *part != "namespaces").skip(1);
        let namespace = parts.next().ok_or_else(|| {
            SourceError::new(ErrorKind::Configuration, format!("{path} names no namespace to look for analyses in"))
        })?;
        analyses(&self.connection, namespace, uid).await
    }

    /// Patches the object, when it is still the one that was planned for, and returns it as it is afterwards. With `dry_run`
    /// the server checks everything and keeps nothing.
    ///
    /// # Errors
    /// Why it was not patched; only after [`Unpatched::Unsure`] nobody knows.
    pub async fn patch(&self, patch: &Patch, strictness: Strictness, dry_run: bool) -> Result<Value, Unpatched> {
        for _ in 0..ATTEMPTS {
            let object = self.read(&patch.object).await.map_err(Unpatched::Refused)?;
            let object = object.ok_or_else(|| Unpatched::Gone(patch.name.clone()))?;
            let drift = drift(&patch.observed, &object, strictness);
            if !drift.is_empty() {
                return Err(Unpatched::Drifted { name: patch.name.clone(), drift });
            }
            let body = conditional(patch, &object).map_err(Unpatched::Refused)?;
            let content_type = match patch.form {
                PatchForm::Merge => "application/merge-patch+json",
                PatchForm::Json => "application/json-patch+json",
            };
            let answer = self.connection.patch(&Change { path: &patch.path, dry_run, content_type, body }).await;
            let answer = answer.map_err(
                |Unanswered { error, sent }| {
                    if sent { Unpatched::Unsure(error) } else { Unpatched::Refused(error) }
                },
            )?;
            match answer.status {
                200..=299 => return answer.json().map_err(Unpatched::Unsure),
                // Somebody was faster, mostly its controller with the status: read and compare again.
                409 => {}
                422 if patch.form == PatchForm::Json => {
                    let said = String::from_utf8_lossy(&answer.body).into_owned();
                    if !said.contains("/metadata/resourceVersion") && !said.contains("test") {
                        return Err(Unpatched::Refused(refused(answer, "patch", &patch.name, &Scope(None))));
                    }
                }
                500.. => return Err(Unpatched::Unsure(refused(answer, "patch", &patch.name, &Scope(None)))),
                _ => return Err(Unpatched::Refused(refused(answer, "patch", &patch.name, &Scope(None)))),
            }
        }
        let what = format!("{} changed {ATTEMPTS} times while it was to be patched; nothing was done", patch.name);
        Err(Unpatched::Refused(SourceError::new(ErrorKind::Status, what).advise("try again")))
    }
}

/// The patch with the version of the object that it is meant for.
fn conditional(patch: &Patch, object: &Value) -> Result<Bytes, SourceError> {
    let wrong = |what: &str| SourceError::new(ErrorKind::Configuration, format!("{}: {what}", patch.name));
    let mut body: Value = serde_json::from_str(&patch.body).map_err(|_| wrong("the patch is no JSON"))?;
    let version = object.pointer("/metadata/resourceVersion").and_then(Value::as_str);
    let version = version.ok_or_else(|| wrong("it has no resourceVersion: nobody can say which one is patched"))?;
    match (patch.form, &mut body) {
        (PatchForm::Merge, Value::Object(parts)) => {
            let metadata = parts.entry("metadata").or_insert_with(|| json!({}));
            let metadata = metadata.as_object_mut().ok_or_else(|| wrong("the patch takes its metadata away"))?;
            metadata.insert("resourceVersion".to_owned(), version.into());
        }
        (PatchForm::Json, Value::Array(operations)) => {
            operations.insert(0, json!({"op": "test", "path": "/metadata/resourceVersion", "value": version}));
        }
        _ => return Err(wrong("the patch is not of its form")),
    }
    Ok(body.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::request::Observed;

    fn patch(form: PatchForm, body: &str) -> Patch {
        Patch {
            source: "eu".into(),
            path: "/p".into(),
            object: "/p".into(),
            name: "Rollout shop/checkout".into(),
            form,
            body: body.into(),
            observed: Observed {
                uid: "u1".into(),
                generation: 7,
                resource_version: String::new(),
                facts: std::collections::BTreeMap::new(),
            },
            until: Vec::new(),
            diff: Vec::new(),
        }
    }

    #[test]
    fn the_server_is_told_which_version_of_the_object_is_meant() {
        let object = json!({"metadata": {"resourceVersion": "42"}});
        let sent = |form, body: &str| {
            let bytes = conditional(&patch(form, body), &object).map_err(|error| error.to_string())?;
            Ok::<_, String>(String::from_utf8(bytes.to_vec()).expect("text"))
        };
        let merge = sent(PatchForm::Merge, r#"{"status":{"abort":true}}"#);
        assert_eq!(merge.as_deref(), Ok(r#"{"metadata":{"resourceVersion":"42"},"status":{"abort":true}}"#));
        let json = sent(PatchForm::Json, r#"[{"op":"replace","path":"/spec/template","value":{}}]"#).expect("a patch");
        assert!(json.starts_with(r#"[{"op":"test","path":"/metadata/resourceVersion","value":"42"}"#), "{json}");
        assert!(sent(PatchForm::Merge, "[]").is_err_and(|why| why.contains("not of its form")));
        assert!(sent(PatchForm::Merge, r#"{"metadata":null}"#).is_err_and(|why| why.contains("metadata")));
        assert!(conditional(&patch(PatchForm::Merge, "{}"), &json!({})).is_err(), "an object without a version");
    }
}
