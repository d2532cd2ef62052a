//! From deployment events to services and environments.

use std::collections::HashMap;

use super::objects::Object;
use crate::domain::{marker::Marker, room::Room};

/// The remembered events with the service and environment of their objects, where those are known.
#[must_use]
pub fn join(room: &Room, objects: &[Object<'_>]) -> Vec<Marker> {
    let objects: HashMap<_, _> = objects.iter().map(|object| (&object.workload.key, object)).collect();
    room.marker_list()
        .iter()
        .map(|marker| {
            let object = objects.get(&marker.object);
            let environment =
                room.source(&marker.object.source).map(|source| source.spec.environment.clone().unwrap_or_default());
            Marker {
                service: object.map(|object| object.service.clone()).or_else(|| marker.service.clone()),
                environment: environment.or_else(|| marker.environment.clone()),
                ..marker.clone()
            }
        })
        .collect()
}
