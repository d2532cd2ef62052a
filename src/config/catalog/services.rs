//! `services/*.toml`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use serde_json::Value as Json;

use super::{File, Reader};
use crate::{
    config::{
        check::schema_of,
        diagnostic::{Diagnostic, one_of},
        document::Node,
        schema::service::{ObjectKind, ObjectTable, ServiceFile},
    },
    domain::{
        canary::{gauge_metric::GaugeMetric, metric::BusinessMetric},
        catalog::{ObjectRef, Service, Telemetry, VersionFrom},
        slo::definition::{Binding, Origin, Slo},
    },
};

/// The schema of a service's file.
pub(crate) static SCHEMA: LazyLock<Json> = LazyLock::new(schema_of::<ServiceFile>);

/// Which service an object belongs to: by source, kind, namespace and name.
type Owners = BTreeMap<(Option<String>, String, Option<String>, String), String>;

impl Reader<'_> {
    pub(super) fn services(&mut self) {
        let stems = self.files("services", &["toml"]);
        self.services =
            stems.iter().filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned())).collect();
        let mut owners = Owners::new();
        for file in self.read::<ServiceFile>("services", &SCHEMA) {
            self.service(&file, &mut owners);
        }
    }

    fn service(&mut self, file: &File<ServiceFile>, owners: &mut Owners) {
        let Some(content) = &file.content else { return };
        self.dependencies(file, content);
        let nodes = file.root.get("object").map_or(&[][..], Node::items);
        for (object, node) in content.object.iter().zip(nodes) {
            self.object(file, object, node, owners);
        }
        self.service_slos(file, content);
        self.business(file, content);
        self.gauges(file, content);
        let service = Service {
            owner: content.owner.clone(),
            criticality: content.criticality,
            depends_on: content.depends_on.clone(),
            links: content.links.clone(),
            incidents: content.incidents.clone(),
            objects: content.object.iter().map(object_ref).collect(),
            telemetry: Telemetry {
                select: content.telemetry.select.clone(),
                version_label: content.telemetry.version_label.clone(),
            },
            canary: content.canary.into(),
        };
        self.catalog.services.insert(file.name.clone(), service);
    }

    fn business(&mut self, file: &File<ServiceFile>, content: &ServiceFile) {
        let nodes = file.root.get("business").map_or(&[][..], Node::items);
        let mut seen = BTreeSet::new();
        for (table, node) in content.business.iter().zip(nodes) {
            self.source_exists(table.source.as_ref(), &file.document, node.get("source").unwrap_or(node));
            if !seen.insert(&table.name) {
                let node = node.get("name").unwrap_or(node);
                let problem = format!("there are two business metrics `{}`", table.name);
                self.report.push(
                    Diagnostic::error(&file.document, node, problem).advise("rename one of them, or take one out"),
                );
            }
            self.catalog.business.push(BusinessMetric {
                name: table.name.clone(),
                service: file.name.clone(),
                events: table.events.clone(),
                source: table.source.as_deref().map(Into::into),
            });
        }
    }

    fn gauges(&mut self, file: &File<ServiceFile>, content: &ServiceFile) {
        let nodes = file.root.get("gauge").map_or(&[][..], Node::items);
        let mut seen = BTreeSet::new();
        for (table, node) in content.gauge.iter().zip(nodes) {
            self.source_exists(table.source.as_ref(), &file.document, node.get("source").unwrap_or(node));
            if !seen.insert(&table.name) {
                let node = node.get("name").unwrap_or(node);
                let problem = format!("there are two gauges `{}`", table.name);
                self.report.push(
                    Diagnostic::error(&file.document, node, problem).advise("rename one of them, or take one out"),
                );
            }
            self.catalog.gauges.push(GaugeMetric {
                name: table.name.clone(),
                service: file.name.clone(),
                value: table.value.clone(),
                worse: table.worse,
                margin: table.margin / 100.0,
                source: table.source.as_deref().map(Into::into),
            });
        }
    }

    fn dependencies(&mut self, file: &File<ServiceFile>, content: &ServiceFile) {
        let nodes = file.root.get("depends_on").map_or(&[][..], Node::items);
        let mut seen = BTreeSet::new();
        for (name, node) in content.depends_on.iter().zip(nodes) {
            let problem = if *name == file.name {
                Some(format!("`{name}` depends on itself"))
            } else if !self.services.contains(name) {
                self.report.push(self.unknown_service(Diagnostic::error(&file.document, node, ""), name));
                None
            } else if seen.insert(name) {
                None
            } else {
                Some(format!("`{name}` is named twice"))
            };
            if let Some(problem) = problem {
                self.report.push(Diagnostic::error(&file.document, node, problem).advise("take it out"));
            }
        }
    }

    /// What is wrong with a service that has no file.
    pub(super) fn unknown_service(&self, mut diagnostic: Diagnostic, name: &str) -> Diagnostic {
        diagnostic.problem = format!("no service is called `{name}`");
        let others = || self.services.iter().map(String::as_str);
        let diagnostic =
            diagnostic.nearest(name, others()).advise(format!("services are files: write services/{name}.toml"));
        if self.services.is_empty() || self.services.len() > 12 {
            diagnostic
        } else {
            diagnostic.expected(one_of(others()))
        }
    }

    fn object(&mut self, file: &File<ServiceFile>, object: &ObjectTable, node: &Node, owners: &mut Owners) {
        self.source_exists(object.source.as_ref(), &file.document, node.get("source").unwrap_or(node));
        let word = object_ref(object).kind;
        let key = (object.source.clone(), word.clone(), object.namespace.clone(), object.name.clone());
        if let Some(owner) = owners.insert(key, file.name.clone()) {
            let whose =
                if owner == file.name { "already there".to_owned() } else { format!("also of the service `{owner}`") };
            let problem = format!("the {word} `{}` is {whose}", object.name);
            self.report.push(
                Diagnostic::error(&file.document, node, problem)
                    .advise("an object belongs to one service: take one of them out"),
            );
        }
    }

    fn service_slos(&mut self, file: &File<ServiceFile>, content: &ServiceFile) {
        let nodes = file.root.get("slo").map_or(&[][..], Node::items);
        for (table, node) in content.slo.iter().zip(nodes) {
            self.source_exists(table.source.as_ref(), &file.document, node.get("source").unwrap_or(node));
            let indicators = (table.ratio.as_ref(), table.latency.as_ref(), table.threshold.as_ref());
            let indicator = self.indicator(indicators, &file.document, node);
            let objective = self.objective(table.objective, &file.document, node);
            if let (Some(indicator), Some(objective)) = (indicator, objective) {
                let slo = Slo {
                    id: format!("{}/{}", file.name, table.name),
                    name: table.name.clone(),
                    origin: Origin::File(self.named(&file.path)),
                    binding: Binding::Service(file.name.clone()),
                    objective,
                    period: table.window.into(),
                    indicator,
                    source: table.source.as_deref().map(Into::into),
                };
                self.add_slo(slo, &file.document, node.get("name").unwrap_or(node));
            }
        }
    }
}

fn object_ref(object: &ObjectTable) -> ObjectRef {
    let kind = match object.kind {
        ObjectKind::Rollout => "Rollout",
        ObjectKind::Deployment => "Deployment",
    };
    let version = match object.version.split_once(':') {
        Some(("label", name)) => VersionFrom::Label(name.to_owned()),
        Some(("annotation", name)) => VersionFrom::Annotation(name.to_owned()),
        _ if object.version == "template-hash" => VersionFrom::TemplateHash,
        _ => VersionFrom::ImageTag,
    };
    ObjectRef {
        source: object.source.as_deref().map(Into::into),
        kind: kind.to_owned(),
        name: object.name.clone(),
        namespace: object.namespace.clone(),
        version,
    }
}
