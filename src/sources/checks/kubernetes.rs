//! The kind `kubernetes`: a field of an object, in every cluster of the release's environment.

use futures_util::future::join_all;
use serde_json::Value;

use super::{
    Checks, Subject,
    found::{self, Found},
};
use crate::{
    config::schema::source::{Source, SourceKind},
    domain::{
        checklist::{predicate::Predicate, state::Finding},
        object::SourceName,
        source::{ErrorKind, SourceError},
    },
    sources::{
        connector::Context,
        kinds::kubernetes::object::{Reader, Wanted},
    },
};

/// A cluster that checks may read.
#[derive(Debug)]
pub(super) struct Cluster {
    name: SourceName,
    environment: Option<String>,
    reader: Reader,
}

/// The clusters among `sources`. Does no IO.
pub(super) fn clusters(sources: &[Source], context: &Context) -> Vec<Cluster> {
    let clusters = sources.iter().filter_map(|source| match &source.kind {
        SourceKind::Kubernetes(settings) => Some(Cluster {
            name: source.name.clone(),
            environment: source.environment.clone(),
            reader: Reader::new(settings, source, context),
        }),
        _ => None,
    });
    clusters.collect()
}

/// What the field at `pointer` of `object` says.
#[must_use]
pub fn judge(object: &Value, pointer: &str, must: &Predicate) -> Found {
    if object.pointer("/metadata/deletionTimestamp").is_some_and(|at| !at.is_null()) {
        return Found::unknown("the object is being deleted");
    }
    if pointer.starts_with("/status") && is_behind(object) {
        return Found::unknown("its controller has not seen the last change of it yet");
    }
    if object.pointer(pointer).is_none_or(Value::is_null) {
        let words = "is not there; Kubernetes leaves out what is zero or empty";
        return Found::unknown(format!("{pointer} {words} (must be {must})"));
    }
    found::field(object, pointer, must)
}

/// Whether the status is about an older specification. Argo Rollouts writes the number as a text.
fn is_behind(object: &Value) -> bool {
    let number = |pointer: &str| match object.pointer(pointer) {
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(text)) => text.parse().ok(),
        _ => None,
    };
    let (wanted, seen) = (number("/metadata/generation"), number("/status/observedGeneration"));
    matches!((wanted, seen), (Some(wanted), Some(seen)) if seen < wanted)
}

/// What all clusters say together: the worst, told with the name of the cluster.
fn together(mut said: Vec<(&SourceName, Found)>) -> Found {
    let names: Vec<&str> = said.iter().map(|(name, _)| name.as_str()).collect();
    let by = names.join(", ");
    if said.len() == 1 {
        return said.remove(0).1.by(by);
    }
    let worst = [Finding::Fail, Finding::Unknown].into_iter().find_map(|finding| {
        let (name, found) = said.iter().find(|(_, found)| found.finding == finding)?;
        Some(Found { words: format!("{name}: {}", found.words), ..found.clone() })
    });
    let whole = worst.unwrap_or_else(|| {
        let words: Vec<String> = said.iter().map(|(name, found)| format!("{name}: {}", found.words)).collect();
        Found::pass(words.join("; "))
    });
    whole.by(by)
}

impl Checks {
    pub(super) async fn kubernetes(
        &self,
        source: Option<&SourceName>,
        wanted: Wanted<'_>,
        field: (&str, &Predicate),
        subject: Subject<'_>,
    ) -> Result<Found, SourceError> {
        let asked = self.clusters_of(source, subject)?;
        let looks = asked.iter().map(|cluster| async move {
            let found = match cluster.reader.read(wanted).await {
                Ok(Some(object)) => judge(&object, field.0, field.1),
                Ok(None) => Found::fail(missing(wanted)),
                Err(error) => Found::failed(error),
            };
            (&cluster.name, found)
        });
        Ok(together(join_all(looks).await))
    }

    /// The cluster of that name; else all of the release's environment; else those that are bound to none.
    fn clusters_of(&self, source: Option<&SourceName>, subject: Subject<'_>) -> Result<Vec<&Cluster>, SourceError> {
        let environment = subject.release.environment.as_str();
        let those = |fits: &dyn Fn(&Cluster) -> bool| -> Vec<&Cluster> {
            self.clusters.iter().filter(|cluster| fits(cluster)).collect()
        };
        let mut asked = match source {
            Some(name) => those(&|cluster| cluster.name == *name),
            None => those(&|cluster| cluster.environment.as_deref() == Some(environment)),
        };
        if asked.is_empty() && source.is_none() {
            asked = those(&|cluster| cluster.environment.is_none());
        }
        if !asked.is_empty() {
            return Ok(asked);
        }
        let what = source.map_or_else(
            || format!("no source of the kind kubernetes for {environment}"),
            |name| format!("{name} is no source of the kind kubernetes"),
        );
        Err(SourceError::new(ErrorKind::Configuration, what)
            .advise("configure one as [[source]], or name it in the check"))
    }
}

fn missing(wanted: Wanted<'_>) -> String {
    let place = wanted.namespace.map(|namespace| format!(" in {namespace}")).unwrap_or_default();
    format!("there is no {} {}{place}", wanted.kind, wanted.name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(object: &Value, field: &str, must: &str) -> Found {
        judge(object, field, &must.parse().expect(must))
    }

    #[test]
    fn a_field_is_judged_and_one_that_is_missing_is_unknown() {
        let object = json!({"metadata": {"generation": 3}, "spec": {"paused": false},
            "status": {"observedGeneration": 3, "readyReplicas": 4, "conditions": [{"type": "Available"}]}});
        assert_eq!(said(&object, "/status/readyReplicas", ">= 3").finding, Finding::Pass);
        assert_eq!(said(&object, "/status/readyReplicas", ">= 5").finding, Finding::Fail);
        assert_eq!(said(&object, "/spec/paused", "== false").finding, Finding::Pass);
        assert_eq!(said(&object, "/status/conditions/0/type", "== \"Available\"").finding, Finding::Pass);
        for field in ["/status/unavailableReplicas", "/status/conditions/1", "/nothing"] {
            let found = said(&object, field, "== 0");
            assert_eq!(found.finding, Finding::Unknown, "{field}");
            assert!(found.words.contains("is not there"), "{}", found.words);
        }
        assert_eq!(said(&object, "/status/conditions", "> 0").finding, Finding::Unknown);
    }

    #[test]
    fn a_status_that_is_older_than_what_is_wanted_proves_nothing() {
        for (seen, finding) in
            [(json!(2), Finding::Unknown), (json!("2"), Finding::Unknown), (json!("3"), Finding::Pass)]
        {
            let object = json!({"metadata": {"generation": 3}, "spec": {"replicas": 4},
                "status": {"observedGeneration": seen, "replicas": 4}});
            assert_eq!(said(&object, "/status/replicas", "== 4").finding, finding, "{object}");
            assert_eq!(said(&object, "/spec/replicas", "== 4").finding, Finding::Pass, "what is wanted is known");
        }
        let leaving = json!({"metadata": {"deletionTimestamp": "2026-11-20T14:00:00Z"}, "spec": {"replicas": 4}});
        assert_eq!(said(&leaving, "/spec/replicas", "== 4").finding, Finding::Unknown);
    }

    #[test]
    fn every_cluster_must_have_it() {
        let (eu, us) = (SourceName::from("eu"), SourceName::from("us"));
        let good = Found::pass("4");
        let told = |other: Found| together(vec![(&eu, good.clone()), (&us, other)]);
        assert_eq!(told(Found::pass("5")), Found::pass("eu: 4; us: 5").by("eu, us"));
        assert_eq!(told(Found::unknown("silent")), Found::unknown("us: silent").by("eu, us"));
        assert_eq!(told(Found::fail("2")), Found::fail("us: 2").by("eu, us"));
    }
}
