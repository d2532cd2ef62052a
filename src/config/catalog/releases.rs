//! `releases/*.toml`.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

use serde_json::Value as Json;

use super::{File, Reader, triggers::Said};
use crate::{
    config::{
        check::schema_of,
        diagnostic::{Diagnostic, one_of},
        document::Node,
        load::unknown_environment,
        schema::release::{ComponentTable, ReleaseTable},
    },
    domain::catalog::{ChangeWindow, ComponentFile, ReleaseFile, Risk},
};

/// The schema of a release's file.
pub(crate) static SCHEMA: LazyLock<Json> = LazyLock::new(schema_of::<ReleaseTable>);

/// Which release claims a service, an environment and a version.
type Claims = BTreeMap<(String, String, String), String>;

impl Reader<'_> {
    pub(super) fn releases(&mut self) {
        let mut claims = Claims::new();
        let triggers = self.trigger_files();
        for file in self.read::<ReleaseTable>("releases", &SCHEMA) {
            let Some(content) = &file.content else { continue };
            self.environment(&file, content);
            if let (Some(owner), Some(node)) = (&content.owner, file.root.get("owner")) {
                self.author_exists(owner, &file.document, node);
            }
            self.window(&file, content);
            self.components(&file, content, &mut claims);
            if let (Some(name), Some(node)) = (&content.checklist, file.root.get("checklist")) {
                self.wanted_checklists.push((file.document.clone(), node.clone(), name.clone()));
            }
            let said = Said {
                name: content.triggers.as_deref(),
                triggers: &content.trigger,
                promotion: content.promotion.as_ref(),
            };
            if !said.is_nothing() {
                let criteria = self.criteria(&said, &triggers, &file.document, &file.root);
                self.catalog.criteria.insert(file.name.clone(), criteria);
            }
            self.change(&file, content);
            self.catalog.releases.insert(file.name.clone(), release(content));
        }
    }

    fn environment(&mut self, file: &File<ReleaseTable>, content: &ReleaseTable) {
        let Some(node) = file.root.get("environment") else { return };
        if !self.names.environments.contains(&content.environment) {
            let diagnostic = Diagnostic::error(&file.document, node, "");
            self.report.push(unknown_environment(diagnostic, &content.environment, self.names));
        }
    }

    fn window(&mut self, file: &File<ReleaseTable>, content: &ReleaseTable) {
        let Some(window) = content.window else { return };
        if window.end <= window.start {
            let node = file.root.get("window").and_then(|window| window.get("end")).unwrap_or(&file.root);
            self.report.push(
                Diagnostic::error(&file.document, node, "the window ends before it starts")
                    .expected(format!("a time after {}", window.start.to_rfc3339()))
                    .found(window.end.to_rfc3339()),
            );
        }
    }

    fn components(&mut self, file: &File<ReleaseTable>, content: &ReleaseTable, claims: &mut Claims) {
        let nodes = file.root.get("component").map_or(&[][..], Node::items);
        let members: BTreeSet<&str> = content.component.iter().map(|one| one.service.as_str()).collect();
        let mut seen = BTreeSet::new();
        for (component, node) in content.component.iter().zip(nodes) {
            let at = |key: &str| node.get(key).unwrap_or(node);
            if !self.services.contains(&component.service) {
                let diagnostic = Diagnostic::error(&file.document, at("service"), "");
                self.report.push(self.unknown_service(diagnostic, &component.service));
            }
            if !seen.insert(component.service.as_str()) {
                let problem = format!("the service `{}` is there twice", component.service);
                self.report
                    .push(Diagnostic::error(&file.document, at("service"), problem).advise("take one of them out"));
            }
            if component.version.is_empty() {
                self.report.push(
                    Diagnostic::error(&file.document, at("version"), "an empty version")
                        .expected("the version that the service shall have, such as 1.42.0"),
                );
            }
            self.after(file, component, at("after"), &members);
            self.claim(file, content, component, at("version"), claims);
        }
        self.cycles(file, content);
    }

    fn after(&mut self, file: &File<ReleaseTable>, component: &ComponentTable, node: &Node, members: &BTreeSet<&str>) {
        for (name, node) in component.after.iter().zip(node.items()) {
            if *name == component.service {
                let problem = format!("`{name}` goes after itself");
                self.report.push(Diagnostic::error(&file.document, node, problem).advise("take it out"));
            } else if !members.contains(name.as_str()) {
                let problem = format!("`{name}` is not in this release");
                self.report.push(
                    Diagnostic::error(&file.document, node, problem)
                        .expected(one_of(members.iter().copied().filter(|member| *member != component.service)))
                        .nearest(name, members.iter().copied()),
                );
            }
        }
    }

    /// Two releases may not claim the same version of a service in an environment: whichever is meant, the screen would guess.
    fn claim(
        &mut self,
        file: &File<ReleaseTable>,
        content: &ReleaseTable,
        component: &ComponentTable,
        node: &Node,
        claims: &mut Claims,
    ) {
        let key = (component.service.clone(), content.environment.clone(), component.version.clone());
        if let Some(other) = claims.insert(key, file.name.clone()).filter(|other| *other != file.name) {
            let problem = format!("the release `{other}` claims {} {} too", component.service, component.version);
            self.report.push(
                Diagnostic::warning(&file.document, node, problem)
                    .advise("both are on HOLD while it rolls out: take the component out of one of them"),
            );
        }
    }

    /// Components that wait for each other would never go.
    fn cycles(&mut self, file: &File<ReleaseTable>, content: &ReleaseTable) {
        let mut waiting: BTreeMap<&str, BTreeSet<&str>> = content
            .component
            .iter()
            .map(|one| {
                (
                    one.service.as_str(),
                    one.after.iter().map(String::as_str).filter(|name| *name != one.service).collect(),
                )
            })
            .collect();
        loop {
            let names: BTreeSet<&str> = waiting.keys().copied().collect();
            let before = waiting.len();
            waiting.retain(|_, after| after.iter().any(|name| names.contains(name)));
            if waiting.is_empty() {
                return;
            }
            if waiting.len() == before {
                break;
            }
        }
        let names: Vec<&str> = waiting.keys().copied().collect();
        let node = file.root.get("component").unwrap_or(&file.root);
        let problem = format!("these components wait for each other: {}", names.join(", "));
        self.report.push(Diagnostic::error(&file.document, node, problem).advise("take one `after` out"));
    }
}

fn release(content: &ReleaseTable) -> ReleaseFile {
    ReleaseFile {
        title: content.title.clone(),
        owner: content.owner.clone(),
        environment: content.environment.clone(),
        class: content.class,
        ticket: content.ticket.clone(),
        window: content.window.map(|window| ChangeWindow { start: window.start, end: window.end }),
        checklist: content.checklist.clone(),
        links: content.links.clone(),
        risks: content
            .risk
            .iter()
            .map(|one| Risk {
                title: one.title.clone(),
                kind: one.kind,
                owner: one.owner.clone(),
                expires: one.expires,
                link: one.link.clone(),
            })
            .collect(),
        components: content
            .component
            .iter()
            .map(|one| ComponentFile {
                service: one.service.clone(),
                version: one.version.clone(),
                artifact: one.artifact.clone(),
                after: one.after.clone(),
            })
            .collect(),
    }
}
