//! What has to be done to a rollout to reach what a person wants: the table of verbs, decided by the state that is seen
//! when the plan is made. Pure: objects in, patch out.
//!
//! The right way back depends on where a rollout stands. While it is under way all traffic goes to the stable version by
//! `abort`; when it is done `abort` does nothing, and the template of the earlier version has to be put back. Systems accept
//! the wrong one and do nothing, so each decision says what must be seen afterwards.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::request::{Observed, PatchForm};
use crate::domain::{checklist::predicate::Predicate, runbook::action::Verb, workload::Manager};

mod argo;
mod deployment;
mod template;

/// An object and what belongs to it, as the API server says it now.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// The Rollout or Deployment.
    pub object: &'a Value,
    /// Its `ReplicaSet`s.
    pub sets: &'a [Value],
    /// What puts it back to what a repository says.
    pub manager: Option<&'a Manager>,
}

/// What has to be done, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision {
    /// In a word, with what it is for: `abort`, `undo to 6cbc91`.
    pub verb: String,
    /// Why that, in the words of the state.
    pub why: String,
    /// What a person should know before.
    pub notes: Vec<String>,
    /// The change; `None` when what is wanted is so already.
    pub change: Option<Change>,
    /// The state that decided.
    pub observed: Observed,
    /// What takes it back.
    pub undo: Option<Change>,
    /// The hash of the template that runs afterwards, where that is known.
    pub to: Option<String>,
}

/// A patch, and what is seen when it has taken effect.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// `status`, or the object itself.
    pub subresource: Option<&'static str>,
    /// How it is written.
    pub form: PatchForm,
    /// The patch.
    pub body: Value,
    /// What must be in the object afterwards.
    pub until: Vec<(String, Predicate)>,
    /// What changes for people, line by line.
    pub diff: Vec<String>,
}

/// Why nothing can be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotDecide {
    /// There is no such verb for the kind.
    #[error("a {kind} knows no {verb}; {instead}")]
    NoVerb {
        /// `Deployment`.
        kind: String,
        /// What was asked for.
        verb: &'static str,
        /// What to do instead.
        instead: &'static str,
    },
    /// The state does not allow it.
    #[error("{0}")]
    State(String),
    /// The version that shall be reached is not there any more.
    #[error(
        "no template of version {wanted} is left; there are: {known}. An older one can only come from the repository"
    )]
    NoTemplate {
        /// What was asked for.
        wanted: String,
        /// What there is.
        known: String,
    },
    /// The object is not what it should be.
    #[error("the object lacks {0}: what it would do cannot be known")]
    Lacks(&'static str),
}

/// What has to be done to `seen` so that `verb` holds, with `to` as the version to go back to.
///
/// # Errors
/// Why nothing can be done, and what to do instead.
pub fn decide(verb: Verb, to: Option<&str>, seen: &Seen<'_>) -> Result<Decision, CannotDecide> {
    match seen.object.get("kind").and_then(Value::as_str) {
        Some("Rollout") => argo::decide(verb, to, seen),
        Some("Deployment") => deployment::decide(verb, to, seen),
        Some(kind) => Err(CannotDecide::NoVerb {
            kind: kind.to_owned(),
            verb: verb.word(),
            instead: "only Rollout and Deployment can be rolled back so; use a `kubernetes` or `command` step",
        }),
        None => Err(CannotDecide::Lacks("its kind")),
    }
}

/// What decides the verb beside identity and generation, by kind: the name of a fact, and where the object says it.
const FACTS: [(&str, &[(&str, &str)]); 2] = [
    (
        "Rollout",
        &[
            ("abort", "/status/abort"),
            ("currentPodHash", "/status/currentPodHash"),
            ("paused", "/spec/paused"),
            ("promoteFull", "/status/promoteFull"),
            ("stableRS", "/status/stableRS"),
        ],
    ),
    ("Deployment", &[("paused", "/spec/paused")]),
];

/// The state of `object` that decides.
///
/// # Errors
/// When it has no identity.
fn observed(object: &Value) -> Result<Observed, CannotDecide> {
    let text = |path: &str| object.pointer(path).and_then(Value::as_str).map(str::to_owned);
    let kind = object.get("kind").and_then(Value::as_str);
    let facts = FACTS.iter().find(|(known, _)| Some(*known) == kind).map_or(&[][..], |(_, facts)| *facts);
    let facts = facts.iter().map(|(name, path)| ((*name).to_owned(), fact(object, path)));
    Ok(Observed {
        uid: text("/metadata/uid").ok_or(CannotDecide::Lacks("metadata.uid"))?,
        generation: object
            .pointer("/metadata/generation")
            .and_then(Value::as_u64)
            .ok_or(CannotDecide::Lacks("metadata.generation"))?,
        resource_version: text("/metadata/resourceVersion").unwrap_or_default(),
        facts: facts.collect::<BTreeMap<_, _>>(),
    })
}

/// What `object` says now of the fact `name` of a plan; a fact that begins with `/` is a pointer.
pub(super) fn fact_of(object: &Value, name: &str) -> String {
    let kind = object.get("kind").and_then(Value::as_str);
    let facts = FACTS.iter().find(|(known, _)| Some(*known) == kind).map_or(&[][..], |(_, facts)| *facts);
    fact(object, facts.iter().find(|(known, _)| *known == name).map_or(name, |(_, path)| path))
}

/// A value in words: texts as they are, all else as JSON. Kubernetes leaves out what is false or empty.
fn fact(object: &Value, path: &str) -> String {
    match object.pointer(path) {
        None | Some(Value::Null | Value::Bool(false)) => "-".to_owned(),
        Some(Value::String(text)) if text.is_empty() => "-".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

/// Stops or lets go on what a person may stop: the same for all kinds.
fn paused(pause: bool) -> Change {
    let diff = vec![format!("- paused: {}", !pause), format!("+ paused: {pause}")];
    Change {
        subresource: None,
        form: PatchForm::Merge,
        body: json!({"spec": {"paused": pause}}),
        until: vec![("/spec/paused".to_owned(), Predicate::Truth(pause))],
        diff,
    }
}

fn paused_now(object: &Value) -> bool {
    object.pointer("/spec/paused").and_then(Value::as_bool).unwrap_or(false)
}

fn equals(path: &str, text: &str) -> (String, Predicate) {
    (path.to_owned(), Predicate::Text { equal: true, text: text.to_owned() })
}

/// What is said where something outside will put the object back.
fn put_back(manager: Option<&Manager>) -> Option<String> {
    let Manager { system, name } = manager?;
    Some(match system.as_str() {
        "Argo CD" => format!(
            "Argo CD ({name}) puts this back within seconds where self-heal is on: revert the change in the repository too"
        ),
        _ => format!("{system} ({name}) puts this back when it next applies: revert the change in the repository too"),
    })
}

/// A map without `label` in its labels.
fn without_label(template: &Value, label: &str) -> Value {
    let mut template = template.clone();
    if let Some(labels) = template.pointer_mut("/metadata/labels").and_then(Value::as_object_mut) {
        labels.remove(label);
    }
    if template.pointer("/metadata/labels").and_then(Value::as_object).is_some_and(Map::is_empty)
        && let Some(metadata) = template.get_mut("metadata").and_then(Value::as_object_mut)
    {
        metadata.remove("labels");
    }
    template
}
