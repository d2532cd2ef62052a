//! From labels to a service and an environment.

use std::collections::HashMap;

use crate::domain::{
    catalog::{Catalog, service_select},
    labels::{Labels, carries},
};

/// Finds services and environments by the labels of series and alerts, without looking at every service for every label set.
pub struct Index<'a> {
    catalog: &'a Catalog,
    /// The first pair of each service's `select` to the services that have it.
    by_pair: HashMap<(String, String), Vec<(&'a str, Labels)>>,
}

impl<'a> Index<'a> {
    /// An index over the services of `catalog`.
    #[must_use]
    pub fn new(catalog: &'a Catalog) -> Self {
        let mut by_pair: HashMap<_, Vec<_>> = HashMap::new();
        for name in catalog.services.keys() {
            let select = service_select(catalog, name);
            if let Some((label, value)) = select.first_key_value() {
                by_pair.entry((label.clone(), value.clone())).or_default().push((name.as_str(), select));
            }
        }
        Self { catalog, by_pair }
    }

    /// The service whose `select` the labels carry; of several the one that selects by most labels. A service without a file is
    /// the value of the label `service`.
    #[must_use]
    pub fn service(&self, labels: &Labels) -> Option<String> {
        self.declared(labels)
            .map(str::to_owned)
            .or_else(|| labels.get("service").filter(|name| !name.is_empty()).cloned())
    }

    /// The declared service whose `select` the labels carry.
    #[must_use]
    pub fn declared(&self, labels: &Labels) -> Option<&'a str> {
        labels
            .iter()
            .filter_map(|(label, value)| self.by_pair.get(&(label.clone(), value.clone())))
            .flatten()
            .filter(|(_, select)| carries(labels, select))
            .max_by_key(|(name, select)| (select.len(), std::cmp::Reverse(*name)))
            .map(|(name, _)| *name)
    }

    /// The environment whose telemetry labels are carried; of several the one with most labels. With no environment declared
    /// everything is in the nameless one.
    #[must_use]
    pub fn environment(&self, labels: &Labels) -> Option<String> {
        self.environment_or(labels, None)
    }

    /// The same for what comes from a source that is bound to an environment: labels that name one win, else it is that one.
    #[must_use]
    pub fn environment_or(&self, labels: &Labels, bound: Option<&str>) -> Option<String> {
        let carried = self
            .catalog
            .environments
            .iter()
            .filter(|(_, environment)| carries(labels, &environment.telemetry))
            .max_by_key(|(name, environment)| (environment.telemetry.len(), std::cmp::Reverse(name.as_str())));
        match (carried, bound) {
            (Some((name, environment)), _) if !environment.telemetry.is_empty() => Some(name.clone()),
            (_, Some(bound)) => Some(bound.to_owned()),
            (Some((name, _)), None) => Some(name.clone()),
            (None, None) => self.catalog.environments.is_empty().then(String::new),
        }
    }
}
