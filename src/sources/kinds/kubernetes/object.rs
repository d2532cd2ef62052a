//! One object of a cluster, of whatever kind: what a check looks at.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Mutex, PoisonError},
};

use serde::Deserialize;
use serde_json::Value;

use super::{
    connection::Connection,
    decode::{lenient, managers},
    failure::refused,
    list::list,
    resource::{REPLICA_SETS, Scope},
};
use crate::{
    config::schema::source::{KubernetesSource, Source},
    domain::{
        source::{ErrorKind, SourceError},
        workload::Manager,
    },
    sources::{
        connector::Context,
        http::{Response, quote},
    },
};

/// Reads single objects of one cluster, with the rights and through the proxies of its source.
pub struct Reader {
    connection: Connection,
    /// Kinds that the cluster was asked about.
    known: Mutex<BTreeMap<String, Place>>,
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reader").field(&self.connection.endpoint()).finish()
    }
}

/// Which object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// `Deployment`, or `apiVersion/Kind` such as `batch/v1/CronJob`.
    pub kind: &'a str,
    /// Its namespace, where its kind has one.
    pub namespace: Option<&'a str>,
    /// Its name.
    pub name: &'a str,
}

/// An object with what belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Looked {
    /// Its path in the API.
    pub path: String,
    /// The object.
    pub object: Value,
    /// Its `ReplicaSet`s.
    pub sets: Vec<Value>,
    /// What puts it back to what a repository says.
    pub manager: Option<Manager>,
}

/// Where objects of a kind are found.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    /// Empty for the core group.
    group: String,
    version: String,
    plural: String,
    namespaced: bool,
}

/// Kinds that are known by their bare name: kind, group, version, plural, whether they live in namespaces.
const KINDS: [(&str, &str, &str, &str, bool); 16] = [
    ("Rollout", "argoproj.io", "v1alpha1", "rollouts", true),
    ("Deployment", "apps", "v1", "deployments", true),
    ("StatefulSet", "apps", "v1", "statefulsets", true),
    ("DaemonSet", "apps", "v1", "daemonsets", true),
    ("ReplicaSet", "apps", "v1", "replicasets", true),
    ("Pod", "", "v1", "pods", true),
    ("Service", "", "v1", "services", true),
    ("ConfigMap", "", "v1", "configmaps", true),
    ("PersistentVolumeClaim", "", "v1", "persistentvolumeclaims", true),
    ("Namespace", "", "v1", "namespaces", false),
    ("Node", "", "v1", "nodes", false),
    ("Job", "batch", "v1", "jobs", true),
    ("CronJob", "batch", "v1", "cronjobs", true),
    ("HorizontalPodAutoscaler", "autoscaling", "v2", "horizontalpodautoscalers", true),
    ("PodDisruptionBudget", "policy", "v1", "poddisruptionbudgets", true),
    ("Ingress", "networking.k8s.io", "v1", "ingresses", true),
];

impl Reader {
    /// Reads with what `source` says. Does no IO.
    #[must_use]
    pub fn new(settings: &KubernetesSource, source: &Source, context: &Context) -> Self {
        Self { connection: Connection::new(settings, source, context), known: Mutex::default() }
    }

    /// The object as the API server has it now. `None` when the server says that there is no object of that name.
    ///
    /// # Errors
    /// Whatever keeps the object, or the word that it is not there, from arriving.
    pub async fn read(&self, wanted: Wanted<'_>) -> Result<Option<Value>, SourceError> {
        let place = self.place(wanted.kind).await?;
        let path = place.path(wanted)?;
        self.read_at(&path, &place, wanted).await
    }

    /// The object with its path and what belongs to it: the `ReplicaSet`s of a Rollout or Deployment, and what puts it back to
    /// what a repository says.
    ///
    /// # Errors
    /// As [`Reader::read`]; also what keeps the `ReplicaSet`s from arriving.
    pub async fn look(&self, wanted: Wanted<'_>) -> Result<Option<Looked>, SourceError> {
        let place = self.place(wanted.kind).await?;
        let found = if place.namespaced && wanted.namespace.is_none() {
            let Some(namespace) = self.namespace_of(&place, wanted).await? else { return Ok(None) };
            Some(namespace)
        } else {
            None
        };
        let wanted = Wanted { namespace: found.as_deref().or(wanted.namespace), ..wanted };
        let path = place.path(wanted)?;
        let Some(object) = self.read_at(&path, &place, wanted).await? else { return Ok(None) };
        let sets = self.sets(&object, wanted).await?;
        let meta = object.get("metadata").cloned().unwrap_or(Value::Null);
        let manager = serde_json::from_value(meta).ok().as_ref().and_then(managers::manager);
        Ok(Some(Looked { path, object, sets, manager }))
    }

    /// The only namespace that has an object of that name; `None` when none has.
    async fn namespace_of(&self, place: &Place, wanted: Wanted<'_>) -> Result<Option<String>, SourceError> {
        let path = format!("{}/{}", root(&place.group, &place.version), place.plural);
        let selector = format!("metadata.name={}", segment(wanted.name, "name")?);
        let answer = self.connection.get(&path, &[("fieldSelector", &selector)]).await?;
        if answer.status != 200 {
            return Err(refused(answer, "list", &place.name(), &Scope(None)));
        }
        let list: Value = answer.json()?;
        let items = list.get("items").and_then(Value::as_array);
        let named = |item: &&Value| item.pointer("/metadata/name").and_then(Value::as_str) == Some(wanted.name);
        let namespaces = items.into_iter().flatten().filter(named);
        let namespaces: Vec<_> = namespaces.filter_map(|item| item.pointer("/metadata/namespace")?.as_str()).collect();
        match namespaces.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some((*one).to_owned())),
            several => {
                let what = format!("{} namespaces have a {} {}", several.len(), wanted.kind, wanted.name);
                Err(configuration(what).advise("say in the catalog which one is meant: namespace of the object"))
            }
        }
    }

    /// The `ReplicaSet`s that `object` owns; none for other kinds.
    async fn sets(&self, object: &Value, wanted: Wanted<'_>) -> Result<Vec<Value>, SourceError> {
        let label = match object.get("kind").and_then(Value::as_str) {
            Some("Rollout") => "rollouts-pod-template-hash",
            Some("Deployment") => "pod-template-hash",
            _ => return Ok(Vec::new()),
        };
        let labels = object.pointer("/spec/selector/matchLabels").and_then(Value::as_object);
        let pairs =
            labels.into_iter().flatten().filter_map(|(name, value)| Some(format!("{name}={}", value.as_str()?)));
        let selector = [label.to_owned()].into_iter().chain(pairs).collect::<Vec<_>>().join(",");
        let scope = Scope(wanted.namespace.map(str::to_owned));
        let listed = list::<Value>(&self.connection, &REPLICA_SETS, &scope, &selector).await?;
        let uid = object.pointer("/metadata/uid").and_then(Value::as_str);
        let owned = |set: &Value| {
            let owners = set.pointer("/metadata/ownerReferences").and_then(Value::as_array);
            owners.into_iter().flatten().any(|owner| uid.is_some() && owner.get("uid").and_then(Value::as_str) == uid)
        };
        Ok(listed.items.into_iter().filter(owned).collect())
    }

    async fn read_at(&self, path: &str, place: &Place, wanted: Wanted<'_>) -> Result<Option<Value>, SourceError> {
        let answer = self.connection.get(path, &[]).await?;
        match answer.status {
            200 => the_object(&answer, wanted).map(Some),
            404 if is_missing(&answer, wanted.name) => Ok(None),
            404 => {
                self.known.lock().unwrap_or_else(PoisonError::into_inner).remove(wanted.kind);
                Err(not_served(wanted.kind))
            }
            _ => {
                let scope = Scope(wanted.namespace.filter(|_| place.namespaced).map(str::to_owned));
                Err(refused(answer, "get", &place.name(), &scope))
            }
        }
    }

    async fn place(&self, kind: &str) -> Result<Place, SourceError> {
        if kind.rsplit('/').next() == Some("Secret") {
            let what = "warroom reads no Secret: what it finds stands on the screen and in the record";
            return Err(configuration(what).advise("have a command say whether it is as it should be"));
        }
        let Some((version, name)) = kind.rsplit_once('/') else {
            let known = KINDS.iter().find(|(known, ..)| *known == kind);
            return known.map(Place::known).ok_or_else(|| {
                let example = "batch/v1/CronJob";
                configuration(format!("the kind {} is not known by its bare name", quote(kind)))
                    .advise(format!("write apiVersion/Kind, such as {example}: kubectl api-resources lists them"))
            });
        };
        if let Some(known) = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(kind) {
            return Ok(known.clone());
        }
        let place = self.discover(kind, version, name).await?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(kind.to_owned(), place.clone());
        Ok(place)
    }

    /// Asks the API server where objects of a kind are.
    async fn discover(&self, kind: &str, api_version: &str, name: &str) -> Result<Place, SourceError> {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let path = root(segment(group, "group")?, segment(version, "version")?);
        segment(name, "kind")?;
        let answer = self.connection.get(&path, &[]).await?;
        match answer.status {
            200 => {}
            404 => return Err(not_served(kind)),
            _ => return Err(refused(answer, "get", &path, &Scope(None))),
        }
        let list: ResourceList = answer.json()?;
        let resource = list.resources.into_iter().find(|one| one.kind == name && !one.name.contains('/'));
        let ResourceLine { name: plural, namespaced, .. } = resource.ok_or_else(|| not_served(kind))?;
        if plural == "secrets" && group.is_empty() {
            return Err(configuration("warroom reads no Secret"));
        }
        let plural = segment(&plural, "plural")?.to_owned();
        Ok(Place { group: group.to_owned(), version: version.to_owned(), plural, namespaced })
    }
}

impl Place {
    fn known((_, group, version, plural, namespaced): &(&str, &str, &str, &str, bool)) -> Self {
        let (group, version, plural) = ((*group).to_owned(), (*version).to_owned(), (*plural).to_owned());
        Self { group, version, plural, namespaced: *namespaced }
    }

    fn path(&self, wanted: Wanted<'_>) -> Result<String, SourceError> {
        let (root, plural) = (root(&self.group, &self.version), &self.plural);
        let name = segment(wanted.name, "name")?;
        if !self.namespaced {
            return Ok(format!("{root}/{plural}/{name}"));
        }
        let namespace = wanted.namespace.ok_or_else(|| {
            configuration(format!("{} lives in a namespace", wanted.kind)).advise("add namespace to the check")
        })?;
        Ok(format!("{root}/namespaces/{}/{plural}/{name}", segment(namespace, "namespace")?))
    }

    /// The name in RBAC rules and for people.
    fn name(&self) -> String {
        if self.group.is_empty() { self.plural.clone() } else { format!("{}.{}", self.plural, self.group) }
    }
}

fn root(group: &str, version: &str) -> String {
    if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") }
}

/// `text` as a part of a path, which it must not leave.
fn segment<'a>(text: &'a str, what: &str) -> Result<&'a str, SourceError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':');
    // The core group has no name.
    let empty = text.is_empty() && what != "group";
    if empty || matches!(text, "." | "..") || !text.chars().all(plain) {
        return Err(configuration(format!("{} is no {what} of Kubernetes", quote(&format!("{text:?}")))));
    }
    Ok(text)
}

fn configuration(what: impl Into<String>) -> SourceError {
    SourceError::new(ErrorKind::Configuration, what.into())
}

fn not_served(kind: &str) -> SourceError {
    SourceError::new(ErrorKind::NotFound, format!("the cluster does not know the kind {}", quote(kind)))
        .advise("kubectl api-resources lists what it knows; is what brings this kind installed?")
}

/// What an API server says of itself under `/apis/GROUP/VERSION`.
#[derive(Default, Deserialize)]
#[serde(default)]
struct ResourceList {
    #[serde(deserialize_with = "lenient::list")]
    resources: Vec<ResourceLine>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ResourceLine {
    #[serde(deserialize_with = "lenient::text")]
    kind: String,
    #[serde(deserialize_with = "lenient::text")]
    name: String,
    namespaced: bool,
}

/// The object in `answer`, if that is the one that was asked for.
fn the_object(answer: &Response, wanted: Wanted<'_>) -> Result<Value, SourceError> {
    let object: Value = answer.json()?;
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let kind = wanted.kind.rsplit('/').next();
    if text("/kind") == kind && text("/metadata/name") == Some(wanted.name) {
        return Ok(object);
    }
    let found = format!("{:?} {:?}", text("/kind").unwrap_or_default(), text("/metadata/name").unwrap_or_default());
    let what = format!("{}: another object was answered: {}", answer.target, quote(&found));
    Err(SourceError::new(ErrorKind::Decode, what).advise("is this the address of a Kubernetes API server?"))
}

/// Whether a 404 is about the object, and not about its kind or the whole address.
fn is_missing(answer: &Response, name: &str) -> bool {
    let Ok(status) = answer.json::<Value>() else { return false };
    let text = |pointer: &str| status.pointer(pointer).and_then(Value::as_str);
    let named = text("/details/name") == Some(name)
        || text("/message").is_some_and(|message| message.ends_with(&format!("\"{name}\" not found")));
    text("/kind") == Some("Status") && text("/reason") == Some("NotFound") && named
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(kind: &str, namespace: Option<&str>, name: &str) -> Option<String> {
        let place = KINDS.iter().find(|(known, ..)| *known == kind).map(Place::known).expect("known");
        place.path(Wanted { kind, namespace, name }).ok()
    }

    #[test]
    fn an_object_is_found_where_the_api_server_has_it() {
        let text = |text: &str| Some(text.to_owned());
        let rollout = "/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/checkout";
        assert_eq!(path("Rollout", Some("shop"), "checkout"), text(rollout));
        assert_eq!(path("Pod", Some("shop"), "a-1"), text("/api/v1/namespaces/shop/pods/a-1"));
        assert_eq!(path("Node", Some("ignored"), "n1"), text("/api/v1/nodes/n1"));
    }

    #[test]
    fn a_name_never_leads_out_of_its_kind() {
        for name in ["", ".", "..", "a/b", "../../secrets/a", "a%2fb", "a?watch=1", "a b", "é", "a\n"] {
            assert_eq!(path("Pod", Some("shop"), name), None, "{name}");
            assert_eq!(path("Pod", Some(name), "a"), None, "{name}");
        }
        assert_eq!(path("Pod", None, "a"), None, "a pod without a namespace");
    }
}
