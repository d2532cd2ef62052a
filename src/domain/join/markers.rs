//! From deployment events to services and environments.

use super::{objects::Object, services::Index};
use crate::domain::{marker::Marker, room::Room};

/// The remembered events with the service and environment of their objects, where those are known.
#[must_use]
pub fn join(room: &Room, _services: &Index<'_>, objects: &[Object<'_>]) -> Vec<Marker> {
    room.marker_list()
        .iter()
        .map(|marker| {
            let object = objects.iter().find(|object| object.workload.key == marker.object);
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
