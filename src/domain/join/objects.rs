//! From objects of deployment systems to services and versions.

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
            workloads.iter().map(move |workload| {
                let declared = declared_service(&room.catalog, workload);
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

/// What "version" means for `workload`: what its service says, else the image's tag.
#[must_use]
pub fn version_from(catalog: &Catalog, workload: &Workload) -> VersionFrom {
    declared_service(catalog, workload).map(|(_, object)| object.version.clone()).unwrap_or_default()
}

/// The service whose file names `workload`, with the line that does.
#[must_use]
pub fn declared_service<'a>(catalog: &'a Catalog, workload: &Workload) -> Option<(&'a str, &'a ObjectRef)> {
    catalog.services.iter().find_map(|(name, service)| {
        service.objects.iter().find(|object| names(object, workload)).map(|object| (name.as_str(), object))
    })
}

fn names(object: &ObjectRef, workload: &Workload) -> bool {
    object.kind == workload.key.kind
        && object.name == workload.key.name
        && object.namespace.as_ref().is_none_or(|namespace| *namespace == workload.key.namespace)
        && object.source.as_ref().is_none_or(|source| *source == workload.key.source)
}

/// The service that an object without a file is taken for: its label `app.kubernetes.io/name`, else its own name.
#[must_use]
pub fn guessed_service(workload: &Workload) -> String {
    workload.labels.get("app.kubernetes.io/name").unwrap_or(&workload.key.name).clone()
}
