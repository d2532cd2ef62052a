//! Which definitions one expression answers: those with the same indicator and the same label names, whatever the number of
//! services.

use std::collections::{BTreeMap, BTreeSet};

use super::selector::{none_of, one_of, present};
use crate::domain::{
    catalog::{Catalog, service_select},
    labels::Labels,
    object::SourceName,
    slo::definition::{Binding, Indicator, Slo, SloId},
};

/// Definitions that one expression answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Whom the answer belongs to.
    pub members: Vec<Member>,
    /// How it is measured; the same for all members.
    pub indicator: Indicator,
    /// The labels that tell the members and the environments apart, sorted; the version's label among them.
    pub keys: Vec<String>,
    /// What is added to the selectors.
    pub matchers: Vec<String>,
    /// The label of the version, where the answer is split by it.
    pub version_label: Option<String>,
}

/// One definition of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// The definition.
    pub slo: SloId,
    /// What a row must carry to be its.
    pub select: Labels,
    /// The label whose value is the service, where one definition is for every service.
    pub by: Option<String>,
}

/// Whose series a source holds.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// What was declared.
    pub catalog: &'a Catalog,
    /// The source that is asked.
    pub source: &'a SourceName,
    /// The environment of everything in it, where it has one: then series need not carry the environment's labels.
    pub environment: Option<&'a str>,
}

impl<'a> Scope<'a> {
    /// The definitions that this source can answer from its own series.
    pub fn definitions(self) -> impl Iterator<Item = &'a Slo> {
        self.catalog.slos.iter().filter(move |slo| {
            slo.source.as_ref().is_none_or(|source| source == self.source)
                && !matches!(slo.indicator, Indicator::Recorded)
                && !matches!(slo.binding, Binding::Labels(_))
        })
    }

    /// Groups of `slos`; split by version only those that have a version label.
    #[must_use]
    pub fn groups(self, slos: impl IntoIterator<Item = &'a Slo>, by_version: bool) -> Vec<Group> {
        let mut groups: BTreeMap<String, Group> = BTreeMap::new();
        for slo in slos {
            for version_label in self.version_labels(slo, by_version) {
                let member = self.member(slo);
                let key = key(slo, &member, version_label);
                let group = groups.entry(key).or_insert_with(|| self.group(slo, &member, version_label));
                group.members.push(member);
            }
        }
        groups.into_values().map(|group| self.matched(group)).collect()
    }

    /// The names of the labels that say which environment a series is of.
    #[must_use]
    pub fn environment_labels(self) -> BTreeSet<&'a str> {
        self.catalog
            .environments
            .values()
            .flat_map(|environment| environment.telemetry.keys())
            .map(String::as_str)
            .collect()
    }

    /// Once `None` for a question that is not split; otherwise each version label that matters.
    fn version_labels(self, slo: &Slo, by_version: bool) -> Vec<Option<&'a str>> {
        if !by_version {
            return vec![None];
        }
        let label = |name: &str| self.catalog.services.get(name).and_then(|s| s.telemetry.version_label.as_deref());
        match &slo.binding {
            // A whole expression has its own labels: nothing says that a version is among them.
            _ if matches!(slo.indicator, Indicator::Expressions { .. } | Indicator::Threshold { .. }) => Vec::new(),
            Binding::Service(service) => label(service).into_iter().map(Some).collect(),
            Binding::By { .. } => {
                let all: BTreeSet<&str> = self.catalog.services.keys().filter_map(|name| label(name)).collect();
                all.into_iter().map(Some).collect()
            }
            Binding::Labels(_) => Vec::new(),
        }
    }

    fn member(self, slo: &Slo) -> Member {
        let (select, by) = match &slo.binding {
            Binding::Service(service) => (service_select(self.catalog, service), None),
            Binding::By { label, .. } => (Labels::new(), Some(label.clone())),
            Binding::Labels(labels) => (labels.clone(), None),
        };
        Member { slo: slo.id.clone(), select, by }
    }

    fn group(self, slo: &Slo, member: &Member, version_label: Option<&str>) -> Group {
        let names = member.select.keys().map(String::as_str).chain(member.by.as_deref()).chain(version_label);
        let keys: BTreeSet<&str> = names.chain(self.environment_labels()).collect();
        let matchers = match &slo.binding {
            Binding::By { label, except } => none_of(label, except),
            _ => Vec::new(),
        };
        Group {
            members: Vec::new(),
            indicator: slo.indicator.clone(),
            keys: keys.into_iter().map(str::to_owned).collect(),
            matchers: matchers.into_iter().chain(version_label.map(present)).collect(),
            version_label: version_label.map(str::to_owned),
        }
    }

    /// Adds the matchers that the members and the environments ask for.
    fn matched(self, mut group: Group) -> Group {
        let mut values: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for member in &group.members {
            for (label, value) in &member.select {
                values.entry(label).or_default().insert(value);
            }
        }
        group.matchers.extend(values.into_iter().map(|(label, values)| one_of(label, values)));
        group.matchers.extend(self.environment_matchers());
        group
    }

    /// Leaves out series of environments that nobody declared. Only where every environment is told by the same labels, and
    /// where the source is not bound to one: what is in a bound source need not say so.
    fn environment_matchers(self) -> Vec<String> {
        let names = self.environment_labels();
        let told = |labels: &Labels| labels.len() == names.len();
        let all_told = self.catalog.environments.values().all(|environment| told(&environment.telemetry));
        if self.environment.is_some() || !all_told {
            return Vec::new();
        }
        let values = |name: &str| {
            self.catalog
                .environments
                .values()
                .filter_map(move |e| e.telemetry.get(name).map(String::as_str))
                .collect::<Vec<_>>()
        };
        names.iter().map(|name| one_of(name, values(name))).collect()
    }
}

/// What must be equal for two definitions to be answered by one expression.
fn key(slo: &Slo, member: &Member, version_label: Option<&str>) -> String {
    let except = match &slo.binding {
        Binding::By { except, .. } => except.as_slice(),
        _ => &[],
    };
    format!("{:?} {:?} {:?} {except:?} {version_label:?}", slo.indicator, member.select.keys(), member.by)
}

impl Member {
    /// Whether a row of these labels is its. Labels that the row does not have at all do not speak against it where
    /// `whole_expression`: such an expression was written for this service and may have summed them away.
    #[must_use]
    pub fn owns(&self, row: &Labels, whole_expression: bool) -> bool {
        if let Some(by) = &self.by {
            return row.contains_key(by);
        }
        self.select.iter().all(|(label, value)| match row.get(label) {
            Some(found) => found == value,
            None => whole_expression,
        })
    }
}
