//! The two feeds of a cluster: its Rollouts and its Deployments, each with what belongs to them.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::{Mutex, PoisonError},
};

use futures_util::{
    future::{BoxFuture, FutureExt},
    stream::{self, StreamExt, TryStreamExt},
};
use serde::Deserialize;

use super::{
    connection::Connection,
    decode::{
        Objects,
        objects::{Object, Rollout},
    },
    list::{Cost, Listed, list},
    resource::{ANALYSIS_RUNS, DEPLOYMENTS, EXPERIMENTS, PODS, REPLICA_SETS, ROLLOUTS, Resource, Scope},
    watch::{Seen, Watches},
};
use crate::{
    config::schema::source::{KubernetesSource, Source, SourceKind},
    domain::{
        demand::Demand,
        facts::{Answer, Facts},
        object::SourceName,
        source::{ErrorKind, FeedSpec, Gap, SourceError},
        time::Span,
        workload::{Status, Workload},
    },
    sources::connector::{Connector, Context},
};

/// The feed of Argo Rollouts.
pub(super) const ROLLOUTS_FEED: &str = "rollouts";
/// The feed of plain Deployments.
pub(super) const DEPLOYMENTS_FEED: &str = "deployments";
/// How often Rollouts are asked for, unless the configuration says otherwise. A watch brings changes sooner.
const ROLLOUTS_INTERVAL: Span = Span::from_secs(10);
/// How often Deployments are: there are many more of them, and they have no steps.
const DEPLOYMENTS_INTERVAL: Span = Span::from_secs(30);
/// Namespaces that are asked at once.
const AT_ONCE: usize = 8;
/// Selects the `ReplicaSet`s that no Deployment made.
const NOT_OF_DEPLOYMENTS: &str = "!pod-template-hash";
/// Selects what Deployments made.
const OF_DEPLOYMENTS: &str = "pod-template-hash";
/// Selects the pods that Argo Rollouts made.
const OF_ROLLOUTS: &str = "rollouts-pod-template-hash";
/// Hashes in one selector: a URL must not grow without end.
const MOST_HASHES: usize = 50;

/// Namespace and name of Deployments, by the scope in which Rollouts that use them were seen.
type Templates = BTreeMap<Option<String>, BTreeSet<(String, String)>>;

/// A cluster.
pub(super) struct Cluster {
    name: SourceName,
    connection: Connection,
    scopes: Vec<Scope>,
    interval: Option<Span>,
    /// Deployments that are templates of Rollouts, so that they are not listed twice.
    templates: Mutex<Templates>,
    watches: Watches,
}

/// What one scope brought.
#[derive(Default)]
struct Found {
    workloads: Vec<Workload>,
    gaps: Vec<Gap>,
    cost: Cost,
    /// Why there is nothing at all, where that is for good.
    refused: Option<SourceError>,
}

/// Builds the connector of `source`. Does no IO.
///
/// # Errors
/// [`ErrorKind::Configuration`] when the settings contradict each other.
pub(super) fn build(source: &Source, context: &Context) -> Result<Box<dyn Connector>, SourceError> {
    let wrong = |what: String, advice: &str| Err(SourceError::new(ErrorKind::Configuration, what).advise(advice));
    let SourceKind::Kubernetes(settings) = &source.kind else {
        return wrong(format!("{} is not of kind kubernetes", source.name), "");
    };
    if let Some(problem) = contradiction(settings) {
        return wrong(format!("{}: {problem}", source.name), "set one of url, in_cluster, or kubeconfig and context");
    }
    let label = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c))
    };
    if let Some(name) = settings.namespaces.iter().find(|name| !label(name)) {
        return wrong(
            format!("{}: {name:?} is no namespace", source.name),
            "namespaces are small letters, digits and -; leave the list out for all of them",
        );
    }
    let mut scopes: Vec<Scope> = Vec::new();
    for name in &settings.namespaces {
        let scope = Scope(Some(name.clone()));
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    if scopes.is_empty() {
        scopes.push(Scope(None));
    }
    Ok(Box::new(Cluster {
        name: source.name.clone(),
        connection: Connection::new(settings, source, context),
        watches: Watches::new(&[(ROLLOUTS_FEED, ROLLOUTS), (DEPLOYMENTS_FEED, DEPLOYMENTS)], &scopes),
        scopes,
        interval: source.interval,
        templates: Mutex::default(),
    }))
}

fn contradiction(settings: &KubernetesSource) -> Option<&'static str> {
    let kubeconfig = settings.kubeconfig.is_some() || settings.context.is_some();
    match (settings.url.is_some(), settings.in_cluster, kubeconfig) {
        (true, true, _) => Some("url and in_cluster exclude each other"),
        (true, _, true) => Some("url excludes kubeconfig and context"),
        (_, true, true) => Some("in_cluster excludes kubeconfig and context"),
        _ => None,
    }
}

impl Connector for Cluster {
    fn endpoint(&self) -> String {
        self.connection.endpoint()
    }

    fn feeds(&self, _demand: &Demand) -> Vec<FeedSpec> {
        let feed = |name: &str, usual| FeedSpec { name: name.to_owned(), interval: self.interval.unwrap_or(usual) };
        vec![feed(ROLLOUTS_FEED, ROLLOUTS_INTERVAL), feed(DEPLOYMENTS_FEED, DEPLOYMENTS_INTERVAL)]
    }

    fn poll<'a>(&'a self, feed: &'a str, _demand: &'a Demand) -> BoxFuture<'a, Result<Answer, SourceError>> {
        Box::pin(async move {
            match feed {
                ROLLOUTS_FEED => joined(self.scopes.iter().map(|it| self.rollouts(it).boxed()).collect()).await,
                DEPLOYMENTS_FEED => joined(self.scopes.iter().map(|it| self.deployments(it).boxed()).collect()).await,
                other => Err(SourceError::new(ErrorKind::Configuration, format!("there is no feed {other:?}"))),
            }
        })
    }

    fn changed<'a>(&'a self, feed: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(self.watches.changed(&self.connection, feed))
    }
}

impl Cluster {
    /// The Rollouts of one scope.
    async fn rollouts(&self, scope: &Scope) -> Result<Found, SourceError> {
        let mut found = Found::default();
        let mut objects = Objects::default();
        match list::<Rollout>(&self.connection, &ROLLOUTS, scope, "").await {
            Ok(listed) => {
                self.watches.seen(ROLLOUTS_FEED, scope, &seen(&listed));
                objects.rollouts = found.take(listed);
            }
            Err(error) if error.kind == ErrorKind::NotFound => {
                self.remember_templates(scope, BTreeSet::new());
                let why = "the cluster has no rollouts.argoproj.io; Deployments are shown all the same";
                found.gaps.push(Gap { what: "Argo Rollouts is not installed".to_owned(), why: why.to_owned() });
                return Ok(found);
            }
            Err(error) => return found.or_refused(error, &ROLLOUTS, scope),
        }
        self.remember_templates(scope, objects.templates());
        if objects.rollouts.is_empty() {
            return Ok(found);
        }
        self.belongings(&mut objects, scope, &mut found).await?;
        found.workloads = objects.rollouts(&self.name);
        Ok(found)
    }

    /// What belongs to the Rollouts: only what can matter is asked for.
    async fn belongings(&self, objects: &mut Objects, scope: &Scope, found: &mut Found) -> Result<(), SourceError> {
        let experiments = objects.rollouts.iter().any(Rollout::has_experiments);
        let analyses = experiments || objects.rollouts.iter().any(Rollout::has_analyses);
        let (sets, pods, runs, experiments) = tokio::join!(
            list(&self.connection, &REPLICA_SETS, scope, NOT_OF_DEPLOYMENTS),
            list(&self.connection, &PODS, scope, OF_ROLLOUTS),
            self.list_if(analyses, &ANALYSIS_RUNS, scope),
            self.list_if(experiments, &EXPERIMENTS, scope),
        );
        objects.replica_sets = found.take_or_gap(sets, &REPLICA_SETS, scope, &mut objects.unread)?;
        objects.pods = found.take_or_gap(pods, &PODS, scope, &mut objects.unread)?;
        objects.analysis_runs = found.take_or_gap(runs, &ANALYSIS_RUNS, scope, &mut objects.unread)?;
        objects.experiments = found.take_or_gap(experiments, &EXPERIMENTS, scope, &mut objects.unread)?;
        Ok(())
    }

    /// The Deployments of one scope.
    async fn deployments(&self, scope: &Scope) -> Result<Found, SourceError> {
        let mut found = Found::default();
        let mut objects = Objects::default();
        let (deployments, sets, templates) = tokio::join!(
            list(&self.connection, &DEPLOYMENTS, scope, ""),
            list(&self.connection, &REPLICA_SETS, scope, OF_DEPLOYMENTS),
            self.templates(scope),
        );
        match deployments {
            Ok(listed) => {
                self.watches.seen(DEPLOYMENTS_FEED, scope, &seen(&listed));
                objects.deployments = found.take(listed);
            }
            Err(error) => return found.or_refused(error, &DEPLOYMENTS, scope),
        }
        objects.replica_sets = found.take_or_gap(sets, &REPLICA_SETS, scope, &mut objects.unread)?;
        found.workloads = objects.deployments(&self.name, &templates);
        // Pods say why something does not go on; of all that runs well there may be thousands.
        let hashes = unsettled(&found.workloads);
        if !hashes.is_empty() {
            let selector = format!("{OF_DEPLOYMENTS} in ({})", hashes.join(","));
            let pods = list(&self.connection, &PODS, scope, &selector).await;
            objects.pods = found.take_or_gap(pods, &PODS, scope, &mut objects.unread)?;
            found.workloads = objects.deployments(&self.name, &templates);
        }
        Ok(found)
    }

    async fn list_if<T: for<'de> Deserialize<'de> + Default>(
        &self,
        wanted: bool,
        resource: &Resource,
        scope: &Scope,
    ) -> Result<Listed<T>, SourceError> {
        if wanted {
            return list(&self.connection, resource, scope, "").await;
        }
        Ok(Listed { items: Vec::new(), resource_version: String::new(), cost: Cost::default() })
    }

    /// Deployments that Rollouts take their template from. Before the first poll of Rollouts it has to ask; that it cannot know
    /// costs only that such a Deployment is listed too.
    async fn templates(&self, scope: &Scope) -> BTreeSet<(String, String)> {
        let known = self.templates.lock().unwrap_or_else(PoisonError::into_inner).get(&scope.0).cloned();
        if let Some(known) = known {
            return known;
        }
        let Ok(listed) = list::<Rollout>(&self.connection, &ROLLOUTS, scope, "").await else { return BTreeSet::new() };
        let templates = Objects { rollouts: listed.items, ..Objects::default() }.templates();
        self.remember_templates(scope, templates.clone());
        templates
    }

    fn remember_templates(&self, scope: &Scope, templates: BTreeSet<(String, String)>) {
        self.templates.lock().unwrap_or_else(PoisonError::into_inner).insert(scope.0.clone(), templates);
    }
}

/// Asks all scopes, several at once. What is refused in some of them is a gap; what is refused in all of them is an error.
async fn joined(asked: Vec<BoxFuture<'_, Result<Found, SourceError>>>) -> Result<Answer, SourceError> {
    let all: Vec<Found> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
    if let [Found { refused: Some(error), .. }, rest @ ..] = all.as_slice()
        && rest.iter().all(|found| found.refused.is_some())
    {
        return Err(error.clone());
    }
    let mut workloads = Vec::new();
    let mut gaps = Vec::new();
    let mut cost = Cost::default();
    for found in all {
        workloads.extend(found.workloads);
        gaps.extend(found.gaps);
        cost.add(found.cost);
    }
    workloads.sort_by(|one, other| one.key.cmp(&other.key));
    Ok(Answer {
        facts: Facts::Workloads(workloads),
        newest: None,
        skew_millis: cost.skew_millis,
        gaps,
        requests: cost.requests,
        bytes: cost.bytes,
    })
}

impl Found {
    fn take<T>(&mut self, listed: Listed<T>) -> Vec<T> {
        self.cost.add(listed.cost);
        listed.items
    }

    /// What the feed is about cannot be read here. A missing right is for good; anything else may pass, and until then the last
    /// good answer is worth more than one with holes.
    fn or_refused(mut self, error: SourceError, resource: &Resource, scope: &Scope) -> Result<Self, SourceError> {
        if error.kind != ErrorKind::Forbidden {
            return Err(error);
        }
        self.gaps.push(gap(resource, scope, &error));
        self.refused = Some(error);
        Ok(self)
    }

    /// What belongs to an object may be forbidden, or not installed: then the rest is shown. Pods are never worth more than that.
    fn take_or_gap<T>(
        &mut self,
        listed: Result<Listed<T>, SourceError>,
        resource: &Resource,
        scope: &Scope,
        unread: &mut BTreeSet<String>,
    ) -> Result<Vec<T>, SourceError> {
        match listed {
            Ok(listed) => Ok(self.take(listed)),
            Err(error) if matches!(error.kind, ErrorKind::Forbidden | ErrorKind::NotFound) || *resource == PODS => {
                unread.insert(resource.plural.to_owned());
                self.gaps.push(gap(resource, scope, &error));
                Ok(Vec::new())
            }
            Err(error) => Err(error),
        }
    }
}

fn gap(resource: &Resource, scope: &Scope, error: &SourceError) -> Gap {
    Gap { what: format!("{} {}", resource.plural, scope.words()), why: error.to_string() }
}

fn seen<T: Object>(listed: &Listed<T>) -> Seen {
    let versions = listed.items.iter().map(|object| {
        let meta = object.meta();
        (meta.uid.clone(), meta.resource_version.clone())
    });
    Seen { resource_version: listed.resource_version.clone(), versions: versions.collect::<HashMap<_, _>>() }
}

/// The template hashes of Deployments that have not come to rest.
fn unsettled(workloads: &[Workload]) -> Vec<String> {
    let moving = workloads.iter().filter(|workload| !matches!(workload.status, Status::Succeeded | Status::Suspended));
    moving.filter_map(|workload| workload.target.hash.clone()).take(MOST_HASHES).collect()
}
