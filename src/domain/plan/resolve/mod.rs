//! From a runbook and a target to a plan. Pure: [`outline`] says which objects have to be looked at, [`make()`] decides by what
//! was seen.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Mode, Target};
use crate::domain::{
    catalog::{Catalog, ChangeClass, ChangeWindow, ReleaseFile},
    object::SourceName,
    runbook::Runbook,
    workload::Manager,
};

mod expand;
mod fill;
mod make;
mod merge;
mod needs;
mod order;
mod rollouts;
mod target;

pub use self::{
    expand::{Draft, Outline, outline},
    make::{Made, make},
};

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// The release.
    pub release: Option<String>,
    /// The service; the one of the release that the runbook is for when left out.
    pub service: Option<String>,
    /// The environment; the release's when left out.
    pub environment: Option<String>,
    /// Values of the runbook's parameters.
    pub parameters: BTreeMap<String, String>,
    /// Whether its effects shall be real.
    pub mode: Mode,
}

/// A source, as far as plans care.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its name.
    pub source: SourceName,
    /// The environment of everything in it.
    pub environment: Option<String>,
}

/// What plans are made of beside the runbook.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// What was declared.
    pub catalog: &'a Catalog,
    /// Kubernetes clusters.
    pub clusters: &'a [Place],
    /// Sources that speak `PromQL`.
    pub metrics: &'a [Place],
}

/// An object that has to be looked at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Want {
    /// The cluster.
    pub source: SourceName,
    /// `Rollout`, or `apiVersion/Kind`.
    pub kind: String,
    /// Its namespace; `None` where it has none, or where nobody knows.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

/// What a look at an object brought.
#[derive(Clone, Debug, PartialEq)]
pub enum Look {
    /// It is there.
    There(Box<Thing>),
    /// The server says that it is not there.
    Missing,
    /// Nobody knows; why, in words that are told and not part of a plan.
    Unreadable(String),
}

/// An object that is there.
#[derive(Clone, Debug, PartialEq)]
pub struct Thing {
    /// Its path in the API.
    pub path: String,
    /// The object.
    pub object: Value,
    /// Its `ReplicaSet`s.
    pub sets: Vec<Value>,
    /// What puts it back to what a repository says.
    pub manager: Option<Manager>,
}

/// All looks.
pub type Looks = BTreeMap<Want, Look>;

/// Why there is no plan.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It was asked for wrongly.
    #[error("{0}")]
    Asked(String),
    /// The state of things does not allow it.
    #[error("{0}")]
    State(String),
    /// What has to be known is not known.
    #[error("{0}")]
    NotKnown(String),
}

/// What a plan is for, with what follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Aim {
    /// Without the versions, which only objects tell.
    pub target: Target,
    /// How much ceremony the change needs.
    pub class: ChangeClass,
    /// When the release may be changed.
    pub window: Option<ChangeWindow>,
}

impl Ground<'_> {
    /// The clusters of `environment`: those that are bound to it, else those that are bound to none; or the one of that name.
    #[must_use]
    pub fn clusters_of(&self, environment: &str, source: Option<&SourceName>) -> Vec<SourceName> {
        of(self.clusters, environment, source)
    }

    /// The first source of metrics of `environment`, or the one of that name.
    #[must_use]
    pub fn metrics_of(&self, environment: &str, source: Option<&SourceName>) -> Option<SourceName> {
        of(self.metrics, environment, source).into_iter().next()
    }

    fn release(&self, id: Option<&str>) -> Option<&ReleaseFile> {
        self.catalog.releases.get(id?)
    }

    fn runbook(&self, name: &str) -> Result<&Runbook, Refused> {
        self.catalog.runbooks.get(name).ok_or_else(|| {
            let known = self.catalog.runbooks.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
            let known = if known.is_empty() { "none" } else { known.as_str() };
            Refused::Asked(format!("there is no runbook {name}; there are: {known}"))
        })
    }
}

fn of(places: &[Place], environment: &str, source: Option<&SourceName>) -> Vec<SourceName> {
    let those = |fits: &dyn Fn(&Place) -> bool| -> Vec<SourceName> {
        places.iter().filter(|place| fits(place)).map(|place| place.source.clone()).collect()
    };
    if let Some(source) = source {
        return those(&|place| place.source == *source);
    }
    let bound = those(&|place| place.environment.as_deref() == Some(environment));
    if bound.is_empty() { those(&|place| place.environment.is_none()) } else { bound }
}
