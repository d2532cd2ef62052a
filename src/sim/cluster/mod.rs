//! The simulated cluster: workloads, the controller that moves them, and the objects that its API shows.

mod controller;
mod patch;
mod render;
mod revision;
mod status;
pub(crate) mod store;
pub(crate) mod workload;

use std::collections::HashMap;

use serde_json::{Map, Value, json};

pub(crate) use self::{patch::PatchError, revision::uid};
use self::{
    revision::template_hash,
    store::{ObjectId, Store},
    workload::Workload,
};
use super::scenario::{Service, Step, Strategy, Verb};

/// The namespace of everything.
pub(crate) const NAMESPACE: &str = "shop";

/// The cluster.
#[derive(Debug)]
pub(crate) struct Cluster {
    /// Rollouts and Deployments.
    workloads: Vec<Workload>,
    /// Where each of them is, by name.
    places: HashMap<String, usize>,
    /// What the API shows.
    pub(crate) store: Store,
}

/// What a patch is about.
pub(crate) struct PatchRequest<'a> {
    /// Which object.
    pub(crate) id: ObjectId,
    /// Only its status (`…/status`), or only the rest.
    pub(crate) status: bool,
    /// JSON patch instead of merge patch.
    pub(crate) operations: bool,
    /// The body.
    pub(crate) body: &'a Value,
    /// Only try (`dryRun=All`).
    pub(crate) dry_run: bool,
}

/// Why a patch had no effect.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PatchFailure {
    /// 404.
    #[error("not found")]
    NotFound,
    /// 409: the object is not the one that was looked at.
    #[error("the object has been modified; please apply your changes to the latest version and try again")]
    Conflict,
    /// 400 or 422.
    #[error(transparent)]
    Patch(#[from] PatchError),
    /// 422: what it leads to is not valid.
    #[error("{0}")]
    Invalid(String),
}

impl Cluster {
    /// A cluster without anything in it.
    pub(crate) fn new() -> Self {
        Self { workloads: Vec::new(), places: HashMap::new(), store: Store::new() }
    }

    /// Gives a version of a service to the cluster. The first one, and those that were followed by another, are taken as settled.
    pub(crate) fn deploy(&mut self, service: &Service, tag: &str, settled: bool, now: i64) {
        if let Some(workload) = self.workload_mut(&service.name) {
            workload.generation += 1;
            if let Some(image) = workload.spec.pointer_mut("/template/spec/containers/0/image") {
                *image = json!(image_of(&service.name, tag));
            }
            workload.take_template(now);
        } else {
            self.places.insert(service.name.clone(), self.workloads.len());
            self.workloads.push(new_workload(service, tag, now));
        }
        if settled && let Some(workload) = self.workload_mut(&service.name) {
            workload.settle(now);
        }
    }

    /// The workload of a service.
    pub(crate) fn workload(&self, name: &str) -> Option<&Workload> {
        self.workloads.get(*self.places.get(name)?)
    }

    fn workload_mut(&mut self, name: &str) -> Option<&mut Workload> {
        self.workloads.get_mut(*self.places.get(name)?)
    }

    /// Does to a rollout what a person would.
    pub(crate) fn act(&mut self, service: &str, verb: Verb, now: i64) {
        let Some(workload) = self.workload_mut(service) else { return };
        match verb {
            Verb::Promote => workload.promote(now),
            Verb::PromoteFull => workload.promote_full = true,
            Verb::Abort => workload.abort(now),
            Verb::Retry => workload.retry(now),
            Verb::Pause | Verb::Resume => {
                workload.generation += 1;
                if let Some(spec) = workload.spec.as_object_mut() {
                    spec.insert("paused".to_owned(), json!(verb == Verb::Pause));
                }
            }
        }
    }

    /// Moves all workloads to `now`. `quality` measures the error ratio of a version of a service.
    pub(crate) fn reconcile(&mut self, now: i64, quality: &dyn Fn(&str, &str) -> f64) {
        for workload in &mut self.workloads {
            let name = workload.name.clone();
            workload.reconcile(now, &|version| quality(&name, version));
        }
    }

    /// When something will be due by itself, after `now`.
    pub(crate) fn next_event(&self, now: i64) -> Option<i64> {
        self.workloads.iter().filter_map(|workload| workload.next_event(now)).min()
    }

    /// Shows in the API what is there now.
    pub(crate) fn publish(&mut self, now: i64) {
        let mut there = std::collections::BTreeSet::new();
        let namespace = ("namespaces", String::new(), NAMESPACE.to_owned());
        let object = json!({
            "apiVersion": "v1", "kind": "Namespace",
            "metadata": {"name": NAMESPACE, "uid": uid(6, NAMESPACE), "resourceVersion": "", "labels": {"kubernetes.io/metadata.name": NAMESPACE}},
            "spec": {"finalizers": ["kubernetes"]}, "status": {"phase": "Active"},
        });
        there.insert(namespace.clone());
        self.store.put(namespace, object);
        for workload in &self.workloads {
            for (id, object) in render::objects(workload, now) {
                there.insert(id.clone());
                self.store.put(id, object);
            }
        }
        self.store.retain(|id| there.contains(id));
    }

    /// Patches an object and gives what it is now.
    ///
    /// # Errors
    /// See [`PatchFailure`].
    pub(crate) fn patch(&mut self, request: &PatchRequest<'_>, now: i64) -> Result<Value, PatchFailure> {
        let before = self.store.get(&request.id).ok_or(PatchFailure::NotFound)?.clone();
        let mut after = before.clone();
        if request.operations {
            patch::apply(&mut after, request.body)?;
        } else {
            if !request.body.is_object() {
                return Err(PatchError::Malformed("a merge patch is an object".to_owned()).into());
            }
            patch::merge(&mut after, request.body);
        }
        if after.pointer("/metadata/resourceVersion") != before.pointer("/metadata/resourceVersion") {
            return Err(PatchFailure::Conflict);
        }
        let containers = after.pointer("/spec/template/spec/containers").and_then(Value::as_array);
        if containers.is_none_or(Vec::is_empty) {
            return Err(PatchFailure::Invalid("spec.template.spec.containers: Required value".to_owned()));
        }
        if request.dry_run {
            return Ok(after);
        }
        let workload = self.workload_mut(&request.id.2).ok_or(PatchFailure::NotFound)?;
        if request.status {
            take_status(workload, &before, &after, now);
        } else {
            take_spec(workload, &before, &after, now);
        }
        Ok(after)
    }
}

/// What a change of the status makes the controller do.
fn take_status(workload: &mut Workload, before: &Value, after: &Value, now: i64) {
    let flag = |object: &Value, path: &str| object.pointer(path).and_then(Value::as_bool).unwrap_or(false);
    match (flag(before, "/status/abort"), flag(after, "/status/abort")) {
        (false, true) => workload.abort(now),
        (true, false) => workload.retry(now),
        _ => {}
    }
    if flag(after, "/status/promoteFull") && workload.in_flight() && workload.aborted.is_none() {
        workload.promote_full = true;
        workload.pause = None;
    }
    let paused = |object: &Value| {
        object.pointer("/status/pauseConditions").and_then(Value::as_array).is_some_and(|list| !list.is_empty())
    };
    if paused(before) && !paused(after) {
        workload.promote(now);
    } else if let Some(step) =
        after.pointer("/status/currentStepIndex").and_then(Value::as_u64).filter(|_| workload.in_flight())
        && before.pointer("/status/currentStepIndex") != after.pointer("/status/currentStepIndex")
    {
        workload.step = usize::try_from(step).unwrap_or(usize::MAX).min(workload.steps().len());
    }
}

/// What a change of specification and metadata makes.
fn take_spec(workload: &mut Workload, before: &Value, after: &Value, now: i64) {
    if before.get("spec") != after.get("spec") {
        workload.generation += 1;
        workload.spec = after.get("spec").cloned().unwrap_or(Value::Null);
        // A typed API does not store what is false; a custom resource is stored as it was written.
        if workload.strategy == Strategy::Deployment && workload.spec.pointer("/paused") == Some(&Value::Bool(false)) {
            workload.spec.as_object_mut().and_then(|spec| spec.remove("paused"));
        }
        // A template that was taken from a ReplicaSet may still carry its hash.
        if let Some(labels) = workload.spec.pointer_mut("/template/metadata/labels").and_then(Value::as_object_mut) {
            labels.remove("rollouts-pod-template-hash");
            labels.remove("pod-template-hash");
        }
        workload.take_template(now);
    }
    let map = |path: &str| after.pointer(path).and_then(Value::as_object).cloned().unwrap_or_default();
    workload.labels = map("/metadata/labels");
    workload.annotations = map("/metadata/annotations");
}

fn image_of(service: &str, tag: &str) -> String {
    format!("registry.example.net/shop/{service}:{tag}")
}

fn new_workload(service: &Service, tag: &str, now: i64) -> Workload {
    let name = &service.name;
    let mut spec = json!({
        "replicas": service.replicas,
        "revisionHistoryLimit": 5,
        "selector": {"matchLabels": {"app": name}},
        "template": {
            "metadata": {"labels": {"app": name, "app.kubernetes.io/name": name}},
            "spec": {"containers": [{
                "name": name,
                "image": image_of(name, tag),
                "ports": [{"containerPort": 8080, "name": "http", "protocol": "TCP"}],
                "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
            }]},
        },
    });
    if let Some(spec) = spec.as_object_mut() {
        spec.insert("strategy".to_owned(), strategy_of(service));
    }
    let template = spec.get("template").cloned().unwrap_or(Value::Null);
    let hash = template_hash(&template);
    let mut labels = Map::new();
    labels.insert("app".to_owned(), json!(name));
    labels.insert("app.kubernetes.io/name".to_owned(), json!(name));
    Workload {
        name: name.clone(),
        namespace: NAMESPACE.to_owned(),
        strategy: service.strategy,
        router: service.router,
        ready_after: service.ready_after.delta().num_milliseconds(),
        uid: uid(0, name),
        created: now,
        generation: 1,
        spec,
        labels,
        annotations: Map::new(),
        revisions: vec![revision::Revision::new(name, 1, hash.clone(), template, now)],
        stable: hash.clone(),
        current: hash,
        step: 0,
        weight: 0,
        weight_since: now,
        pause: None,
        aborted: None,
        promote_full: false,
        started: now,
        finished: now,
        analyses: Vec::new(),
        notices: Vec::new(),
    }
}

fn strategy_of(service: &Service) -> Value {
    let name = &service.name;
    match service.strategy {
        Strategy::Deployment => {
            json!({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 0}})
        }
        Strategy::BlueGreen => {
            let mut strategy = json!({
                "activeService": name,
                "previewService": format!("{name}-preview"),
                "scaleDownDelaySeconds": 30,
                "autoPromotionEnabled": service.auto_promotion.is_some(),
            });
            if let (Some(span), Some(strategy)) = (service.auto_promotion, strategy.as_object_mut()) {
                strategy.insert("autoPromotionSeconds".to_owned(), json!(span.millis() / 1_000));
            }
            json!({"blueGreen": strategy})
        }
        Strategy::Canary => {
            let steps: Vec<Value> = service.steps.iter().map(step_object).collect();
            let mut canary = json!({"steps": steps, "maxSurge": "25%", "maxUnavailable": 0});
            if let Some(canary) = canary.as_object_mut().filter(|_| service.router) {
                canary.insert("canaryService".to_owned(), json!(format!("{name}-canary")));
                canary.insert("stableService".to_owned(), json!(format!("{name}-stable")));
                canary.insert(
                    "trafficRouting".to_owned(),
                    json!({"istio": {"virtualService": {"name": name, "routes": ["primary"]}}}),
                );
            }
            json!({"canary": canary})
        }
    }
}

fn step_object(step: &Step) -> Value {
    match step {
        Step::Weight(weight) => json!({"setWeight": weight}),
        Step::Pause(None) => json!({"pause": {}}),
        Step::Pause(Some(span)) => json!({"pause": {"duration": span.to_string()}}),
        Step::Analysis(template) => json!({"analysis": {"templates": [{"templateName": template}]}}),
    }
}
