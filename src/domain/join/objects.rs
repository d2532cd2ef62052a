//! From objects of deployment systems to services and versions.

use std::collections::HashMap;

use crate::domain::{
    catalog::{Catalog, ObjectRef, VersionFrom},
    facts::Facts,
    feed::{FeedName, Freshness},
    object::SourceName,
    room::Room,
    time::Timestamp,
    workload::Workload,
};

/// An object with what is known about its picture.
pub struct Object<'a> {
    /// The object.
    pub workload: &'a Workload,
    /// The source that reported it.
    pub source: SourceName,
    /// The feed that it came with.
    pub feed: FeedName,
    /// Its environment; empty where the source is bound to none.
    pub environment: String,
    /// Its region.
    pub region: Option<String>,
    /// Its service.
    pub service: String,
    /// Whether the service was guessed, because no file names the object.
    pub guessed: bool,
    /// What "version" means for it.
    pub version_from: VersionFrom,
    /// How fresh the picture of it is.
    pub freshness: Freshness,
    /// When that picture was taken.
    pub seen_at: Timestamp,
}

impl Object<'_> {
    /// The version that goes out.
    #[must_use]
    pub fn target_version(&self) -> Option<String> {
        self.workload.target.version(&self.version_from)
    }

    /// The version that it came from.
    #[must_use]
    pub fn stable_version(&self) -> Option<String> {
        self.workload.stable.as_ref().and_then(|template| template.version(&self.version_from))
    }
}

/// Every object that any source reported last.
#[must_use]
pub fn collect(room: &Room, now: Timestamp) -> Vec<Object<'_>> {
    let declared = Declared::new(&room.catalog);
    room.feeds()
        .filter_map(|(source, name, feed)| match &feed.feed.good {
            Some(good) => match &good.value {
                Facts::Workloads(workloads) => Some((source, name, feed, good, workloads)),
                _ => None,
            },
            None => None,
        })
        .flat_map(|(source, name, feed, good, workloads)| {
            let freshness = feed.feed.freshness(now);
            let declared = &declared;
            workloads.iter().map(move |workload| {
                let declared = declared.find(workload);
                let (service, guessed) = declared
                    .map_or_else(|| (guessed_service(workload), true), |(service, _)| (service.to_owned(), false));
                Object {
                    workload,
                    source: source.spec.name.clone(),
                    feed: name.clone(),
                    environment: source.spec.environment.clone().unwrap_or_default(),
                    region: source.spec.region.clone(),
                    service,
                    guessed,
                    version_from: declared.map(|(_, object)| object.version.clone()).unwrap_or_default(),
                    freshness,
                    seen_at: good.newest,
                }
            })
        })
        .collect()
}

/// The objects that service files name, by kind and name.
pub struct Declared<'a>(HashMap<(&'a str, &'a str), Vec<(&'a str, &'a ObjectRef)>>);

impl<'a> Declared<'a> {
    /// An index over the services of `catalog`.
    #[must_use]
    pub fn new(catalog: &'a Catalog) -> Self {
        let mut index: HashMap<_, Vec<_>> = HashMap::new();
        for (service, file) in &catalog.services {
            for object in &file.objects {
                index.entry((object.kind.as_str(), object.name.as_str())).or_default().push((service.as_str(), object));
            }
        }
        Self(index)
    }

    /// The service whose file names `workload`, with the line that does.
    #[must_use]
    pub fn find(&self, workload: &Workload) -> Option<(&'a str, &'a ObjectRef)> {
        let key = &workload.key;
        self.0.get(&(key.kind.as_str(), key.name.as_str()))?.iter().copied().find(|(_, object)| {
            object.namespace.as_ref().is_none_or(|namespace| *namespace == key.namespace)
                && object.source.as_ref().is_none_or(|source| *source == key.source)
        })
    }
}

/// The service that an object without a file is taken for: its label `app.kubernetes.io/name`, else its own name.
#[must_use]
pub fn guessed_service(workload: &Workload) -> String {
    workload.labels.get("app.kubernetes.io/name").unwrap_or(&workload.key.name).clone()
}

/// Why `environment` shows no object of a service: no source, no answer, or really none.
#[must_use]
pub fn why_missing(room: &Room, service: &str, environment: &str) -> String {
    let mut sources = room
        .sources
        .iter()
        .filter(|source| {
            source.spec.kind == "kubernetes" && source.spec.environment.as_deref().unwrap_or_default() == environment
        })
        .peekable();
    if sources.peek().is_none() {
        return format!("no deployment system of {environment} is configured");
    }
    let silent = sources.find(|source| source.feeds.values().any(|state| state.feed.good.is_none()));
    let Some(silent) = silent else { return format!("no object: {service} in {environment}") };
    let failure = silent.feeds.values().find_map(|state| state.feed.failure.as_ref());
    match failure {
        Some(failure) => format!("{} fails: {}", silent.spec.name, failure.error.what),
        None => format!("{} has not answered yet", silent.spec.name),
    }
}
