//! The API of Kubernetes, as far as a tool for rollouts needs it.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::{RawQuery, State},
    response::Response,
};
use http::{HeaderMap, Method, StatusCode, Uri, header};
use serde_json::{Value, json};

use super::{
    Hub,
    parameters::Parameters,
    reply,
    selector::Selector,
    table,
    watch::{self, Watch},
};
use crate::sim::cluster::{PatchError, PatchFailure, PatchRequest, store::ObjectId};

/// A kind of object that the API has.
pub(super) struct Resource {
    group: &'static str,
    version: &'static str,
    /// Its plural, as in paths.
    pub(super) name: &'static str,
    singular: &'static str,
    /// Its kind, as in objects.
    pub(super) kind: &'static str,
    short: &'static [&'static str],
    namespaced: bool,
    patched: bool,
}

impl Resource {
    /// Group and version as objects carry them.
    pub(super) fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.to_owned() } else { format!("{}/{}", self.group, self.version) }
    }
}

const fn resource(
    group: &'static str,
    version: &'static str,
    name: &'static str,
    singular: &'static str,
    kind: &'static str,
    short: &'static [&'static str],
) -> Resource {
    Resource { group, version, name, singular, kind, short, namespaced: true, patched: false }
}

const ARGO: &str = "argoproj.io";

static RESOURCES: [Resource; 8] = [
    Resource { patched: true, ..resource(ARGO, "v1alpha1", "rollouts", "rollout", "Rollout", &["ro"]) },
    resource(ARGO, "v1alpha1", "analysisruns", "analysisrun", "AnalysisRun", &["ar"]),
    resource(ARGO, "v1alpha1", "experiments", "experiment", "Experiment", &["exp"]),
    Resource { patched: true, ..resource("apps", "v1", "deployments", "deployment", "Deployment", &["deploy"]) },
    resource("apps", "v1", "replicasets", "replicaset", "ReplicaSet", &["rs"]),
    resource("", "v1", "pods", "pod", "Pod", &["po"]),
    resource("", "v1", "events", "event", "Event", &["ev"]),
    Resource { namespaced: false, ..resource("", "v1", "namespaces", "namespace", "Namespace", &["ns"]) },
];

/// The one route: the path says what is meant.
pub(super) fn router(hub: Arc<Hub>) -> Router {
    Router::new().fallback(serve).with_state(hub)
}

/// An error as Kubernetes tells it.
pub(super) fn failure_object(code: u16, reason: &str, message: &str) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": message, "reason": reason, "code": code})
}

fn failure(code: StatusCode, reason: &str, message: &str) -> Response {
    reply::json(code, &failure_object(code.as_u16(), reason, message))
}

fn not_found() -> Response {
    failure(StatusCode::NOT_FOUND, "NotFound", "the server could not find the requested resource")
}

async fn serve(
    State(hub): State<Arc<Hub>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    RawQuery(raw): RawQuery,
    body: Bytes,
) -> Response {
    let path = uri.path().trim_end_matches('/').to_owned();
    if let Some(found) = discovery(&path) {
        return found;
    }
    if method == Method::POST && path == "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews" {
        return access_review(&body);
    }
    let parameters = Parameters::new(raw.as_deref(), &[]);
    let Some(target) = Target::parse(&path) else { return not_found() };
    match method {
        Method::GET if target.name.is_some() => get(&hub, &target, table::wanted(&headers)),
        Method::GET if parameters.flag("watch") => start_watch(hub, &target, &parameters, table::wanted(&headers)),
        Method::GET => list(&hub, &target, &parameters, table::wanted(&headers)),
        Method::PATCH if target.name.is_some() => patch(&hub, &target, &headers, &parameters, &body),
        _ => failure(
            StatusCode::METHOD_NOT_ALLOWED,
            "MethodNotAllowed",
            "the server does not allow this method on the requested resource",
        ),
    }
}

/// What a path means.
struct Target {
    resource: &'static Resource,
    namespace: Option<String>,
    name: Option<String>,
    status: bool,
}

impl Target {
    fn parse(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let (group, version, rest) = match parts.as_slice() {
            ["api", version, rest @ ..] => ("", *version, rest),
            ["apis", group, version, rest @ ..] => (*group, *version, rest),
            _ => return None,
        };
        let (namespace, rest) = match rest {
            ["namespaces", namespace, rest @ ..] if !rest.is_empty() => (Some((*namespace).to_owned()), rest),
            rest => (None, rest),
        };
        let (name, rest) = rest.split_first()?;
        let resource =
            RESOURCES.iter().find(|known| known.group == group && known.version == version && known.name == *name)?;
        let (object, status) = match rest {
            [] => (None, false),
            [object] => (Some(*object), false),
            [object, "status"] => (Some(*object), true),
            _ => return None,
        };
        Some(Self { resource, namespace, name: object.map(str::to_owned), status })
    }

    fn id(&self) -> ObjectId {
        (self.resource.name, self.namespace.clone().unwrap_or_default(), self.name.clone().unwrap_or_default())
    }

    fn missing(&self) -> Response {
        let name = self.name.as_deref().unwrap_or_default();
        let plural = if self.resource.group.is_empty() {
            self.resource.name.to_owned()
        } else {
            format!("{}.{}", self.resource.name, self.resource.group)
        };
        failure(StatusCode::NOT_FOUND, "NotFound", &format!("{plural} \"{name}\" not found"))
    }
}

fn get(hub: &Hub, target: &Target, as_table: bool) -> Response {
    let found = hub.with(|world| {
        let object = world.cluster.store.get(&target.id())?;
        let table = || table::table(target.resource.name, std::iter::once(object), &json!({}), world.now);
        Some(if as_table { table() } else { object.clone() })
    });
    found.map_or_else(|| target.missing(), |object| reply::json(StatusCode::OK, &object))
}

fn selector(parameters: &Parameters) -> Option<Selector> {
    Selector::parse(
        parameters.get("labelSelector").unwrap_or_default(),
        parameters.get("fieldSelector").unwrap_or_default(),
    )
}

fn bad_selector() -> Response {
    failure(StatusCode::BAD_REQUEST, "BadRequest", "unable to parse requirement of the selector")
}

fn list(hub: &Hub, target: &Target, parameters: &Parameters, as_table: bool) -> Response {
    let Some(selector) = selector(parameters) else { return bad_selector() };
    let limit = parameters
        .get("limit")
        .and_then(|limit| limit.parse::<usize>().ok())
        .filter(|limit| *limit > 0)
        .unwrap_or(usize::MAX);
    // The token is `version/namespace/name` of the last object that was sent.
    let after = match parameters.get("continue").filter(|token| !token.is_empty()) {
        None => None,
        Some(token) => match token.splitn(3, '/').collect::<Vec<_>>().as_slice() {
            [version, namespace, name] if version.parse::<u64>().is_ok() => Some((
                version.parse().unwrap_or(0),
                (target.resource.name, (*namespace).to_owned(), (*name).to_owned()),
            )),
            _ => return failure(StatusCode::BAD_REQUEST, "BadRequest", "continue key is not valid"),
        },
    };
    hub.with(|world| {
        let store = &world.cluster.store;
        if after.as_ref().is_some_and(|(version, _)| store.since(*version).is_none()) {
            return failure(
                StatusCode::GONE,
                "Expired",
                "The provided continue parameter is too old to display a consistent list result.",
            );
        }
        let matching: Vec<(&ObjectId, &Value)> = store
            .list(target.resource.name, target.namespace.as_deref())
            .filter(|(id, object)| after.as_ref().is_none_or(|(_, last)| *id > last) && selector.is_match(object))
            .collect();
        let mut metadata = json!({"resourceVersion": store.version().to_string()});
        let rest = matching.len().saturating_sub(limit);
        if let (Some((id, _)), Some(metadata)) =
            (limit.checked_sub(1).and_then(|last| matching.get(last)).filter(|_| rest > 0), metadata.as_object_mut())
        {
            metadata.insert("continue".to_owned(), json!(format!("{}/{}/{}", store.version(), id.1, id.2)));
            metadata.insert("remainingItemCount".to_owned(), json!(rest));
        }
        if as_table {
            let objects = matching.iter().take(limit).map(|(_, object)| *object);
            return reply::json(StatusCode::OK, &table::table(target.resource.name, objects, &metadata, world.now));
        }
        let items: Vec<Value> =
            matching.iter().take(limit).map(|(_, object)| listed(target.resource, object)).collect();
        let kind = format!("{}List", target.resource.kind);
        reply::json(
            StatusCode::OK,
            &json!({"apiVersion": target.resource.api_version(), "kind": kind, "metadata": metadata, "items": items}),
        )
    })
}

/// An object as it stands in a list: built-in kinds leave out what the list says already.
fn listed(resource: &Resource, object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(fields) = object.as_object_mut().filter(|_| resource.group != ARGO) {
        fields.remove("kind");
        fields.remove("apiVersion");
    }
    object
}

fn start_watch(hub: Arc<Hub>, target: &Target, parameters: &Parameters, as_table: bool) -> Response {
    let Some(selector) = selector(parameters) else { return bad_selector() };
    let version = parameters.get("resourceVersion").unwrap_or_default();
    let from = match version {
        "" | "0" => None,
        text => match text.parse() {
            Ok(version) => Some(version),
            Err(_) => {
                return failure(
                    StatusCode::BAD_REQUEST,
                    "BadRequest",
                    &format!("invalid resource version \"{version}\""),
                );
            }
        },
    };
    let seconds = parameters.get("timeoutSeconds").and_then(|seconds| seconds.parse().ok()).unwrap_or(1_800);
    let watch = Watch {
        resource: target.resource,
        namespace: target.namespace.clone(),
        selector,
        from,
        bookmarks: parameters.flag("allowWatchBookmarks"),
        initial: parameters.flag("sendInitialEvents"),
        timeout: Duration::from_secs(seconds),
        as_table,
    };
    watch::answer(hub, watch)
}

fn patch(hub: &Hub, target: &Target, headers: &HeaderMap, parameters: &Parameters, body: &[u8]) -> Response {
    if !target.resource.patched {
        return failure(
            StatusCode::FORBIDDEN,
            "Forbidden",
            "the simulator lets rollouts and deployments be patched only",
        );
    }
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let operations = match kind.split(';').next().unwrap_or_default().trim() {
        "application/json-patch+json" => true,
        "application/merge-patch+json" | "application/strategic-merge-patch+json" => false,
        _ => {
            return failure(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "UnsupportedMediaType",
                "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json",
            );
        }
    };
    let Ok(body) = serde_json::from_slice::<Value>(body) else {
        return failure(StatusCode::BAD_REQUEST, "BadRequest", "the body of the request is no JSON");
    };
    let request = PatchRequest {
        id: target.id(),
        status: target.status && target.resource.group == ARGO,
        operations,
        body: &body,
        dry_run: parameters.get("dryRun") == Some("All"),
    };
    let result = hub.with(|world| {
        let now = world.now;
        let result = world.cluster.patch(&request, now);
        if result.is_ok() && !request.dry_run {
            world.happen();
            // What the controller did with it at once is part of the answer.
            return world.cluster.store.get(&request.id).cloned().ok_or(PatchFailure::NotFound);
        }
        result
    });
    let name = target.name.as_deref().unwrap_or_default();
    match result {
        Ok(object) => reply::json(StatusCode::OK, &object),
        Err(PatchFailure::NotFound) => target.missing(),
        Err(error @ PatchFailure::Conflict) => {
            let message = format!(
                "Operation cannot be fulfilled on {}.{} \"{name}\": {error}",
                target.resource.name, target.resource.group
            );
            failure(StatusCode::CONFLICT, "Conflict", &message)
        }
        Err(PatchFailure::Patch(PatchError::Malformed(message))) => {
            failure(StatusCode::BAD_REQUEST, "BadRequest", &message)
        }
        Err(error) => failure(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Invalid",
            &format!("{} \"{name}\" is invalid: {error}", target.resource.kind),
        ),
    }
}

/// Everything is allowed here.
fn access_review(body: &[u8]) -> Response {
    let mut review = serde_json::from_slice::<Value>(body).unwrap_or_else(|_| json!({}));
    if let Some(review) = review.as_object_mut() {
        review.insert("kind".to_owned(), json!("SelfSubjectAccessReview"));
        review.insert("apiVersion".to_owned(), json!("authorization.k8s.io/v1"));
        review.insert("status".to_owned(), json!({"allowed": true}));
    }
    reply::json(StatusCode::CREATED, &review)
}

fn discovery(path: &str) -> Option<Response> {
    let version =
        |group: &str, version: &str| json!({"groupVersion": format!("{group}/{version}"), "version": version});
    let group = |name: &str, number: &str| json!({"name": name, "versions": [version(name, number)], "preferredVersion": version(name, number)});
    let value = match path {
        "/version" => json!({
            "major": "1", "minor": "32", "gitVersion": "v1.32.0-warroom.demo", "gitCommit": "", "gitTreeState": "clean",
            "buildDate": "", "goVersion": "", "compiler": "", "platform": "linux/amd64",
        }),
        "/api" => json!({"kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": []}),
        "/apis" => {
            json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": [group("apps", "v1"), group(ARGO, "v1alpha1")]})
        }
        "/apis/apps" => with_kind(group("apps", "v1"), "APIGroup"),
        "/apis/argoproj.io" => with_kind(group(ARGO, "v1alpha1"), "APIGroup"),
        "/api/v1" => resource_list("", "v1"),
        "/apis/apps/v1" => resource_list("apps", "v1"),
        "/apis/argoproj.io/v1alpha1" => resource_list(ARGO, "v1alpha1"),
        "/healthz" | "/livez" | "/readyz" => return Some(reply::text(StatusCode::OK, "ok")),
        _ => return None,
    };
    Some(reply::json(StatusCode::OK, &value))
}

fn with_kind(mut value: Value, kind: &str) -> Value {
    if let Some(value) = value.as_object_mut() {
        value.insert("kind".to_owned(), json!(kind));
        value.insert("apiVersion".to_owned(), json!("v1"));
    }
    value
}

fn resource_list(group: &str, version: &str) -> Value {
    let mut resources = Vec::new();
    for known in RESOURCES.iter().filter(|known| known.group == group && known.version == version) {
        let verbs =
            if known.patched { json!(["get", "list", "patch", "watch"]) } else { json!(["get", "list", "watch"]) };
        resources.push(json!({
            "name": known.name, "singularName": known.singular, "namespaced": known.namespaced, "kind": known.kind,
            "verbs": verbs, "shortNames": known.short,
        }));
        if known.patched {
            resources.push(json!({
                "name": format!("{}/status", known.name), "singularName": "", "namespaced": true, "kind": known.kind, "verbs": ["get", "patch"],
            }));
        }
    }
    let group_version = if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") };
    json!({"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": group_version, "resources": resources})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_resources_objects_and_status() {
        let read = |path: &str| Target::parse(path).map(|it| (it.resource.kind, it.namespace, it.name, it.status));
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(read("/apis/argoproj.io/v1alpha1/rollouts"), Some(("Rollout", None, None, false)));
        assert_eq!(
            read("/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts/a/status"),
            Some(("Rollout", text("shop"), text("a"), true))
        );
        assert_eq!(read("/api/v1/namespaces/shop/pods"), Some(("Pod", text("shop"), None, false)));
        assert_eq!(read("/api/v1/namespaces/shop"), Some(("Namespace", None, text("shop"), false)));
        assert_eq!(read("/api/v1/namespaces"), Some(("Namespace", None, None, false)));
        assert_eq!(read("/apis/apps/v1/daemonsets"), None);
        assert_eq!(read("/metrics"), None);
    }
}
