//! What a release file and the file that CI writes say about a change, and how it may fail.

use std::{collections::BTreeSet, path::Path};

use super::{File, Reader};
use crate::{
    config::{
        diagnostic::{Diagnostic, Severity},
        document::Node,
        form, layers,
        origin::Origin,
        schema::{
            change::{ChangeDocument, ChangeTable, FailureTable},
            release::ReleaseTable,
        },
    },
    domain::{
        risk::{
            change::{Change, Facts},
            failure::FailureMode,
        },
        time::Timestamp,
    },
};

/// The only version of what CI writes.
const VERSION: u64 = 1;

impl Reader<'_> {
    /// Reads what is said about the change of a release.
    pub(super) fn change(&mut self, file: &File<ReleaseTable>, content: &ReleaseTable) {
        self.failures(file, content);
        let mut change = declared(content.change.as_ref(), &content.failure, self.named(&file.path));
        self.written_by_ci(file, content, &mut change);
        if change != Change::default() {
            self.catalog.changes.insert(file.name.clone(), change);
        }
    }

    /// Whether each is there once.
    fn failures(&mut self, file: &File<ReleaseTable>, content: &ReleaseTable) {
        let nodes = file.root.get("failure").map_or(&[][..], Node::items);
        let mut seen = BTreeSet::new();
        for (table, node) in content.failure.iter().zip(nodes) {
            if !seen.insert(table.mode.as_str()) {
                let node = node.get("mode").unwrap_or(node);
                let problem = format!("the failure mode `{}` is there twice", table.mode);
                self.report.push(
                    Diagnostic::error(&file.document, node, problem).advise("take one of them out, or name it better"),
                );
            }
        }
    }

    /// The file that CI writes: the one that the release names must be there, the one beside it may be.
    ///
    /// What is wrong with it is a warning, because CI writes it and nobody shall lose the rest of the catalog for it; what it would
    /// have said is not known then.
    fn written_by_ci(&mut self, file: &File<ReleaseTable>, content: &ReleaseTable, change: &mut Change) {
        let beside = file.document.base.join(format!("{}.change.json", file.name));
        let path = match &content.change_file {
            Some(named) => form::path(named, &file.document.base, self.home),
            None => beside,
        };
        let name = self.named(&path);
        match read(&path, &file.name, content) {
            Ok(Some(document)) => {
                change.said.push(facts(&document.change, name, Some(document.at)));
            }
            Ok(None) if content.change_file.is_none() => return,
            Ok(None) => {
                let node = file.root.get("change_file").unwrap_or(&file.root);
                change.unread = Some(format!("{name} is not there"));
                self.report.push(
                    Diagnostic::warning(
                        &file.document,
                        node,
                        format!("{name} is not there: what it would say is unknown"),
                    )
                    .advise("let CI write it (docs/risk.md), or take `change_file` out"),
                );
            }
            Err(why) => {
                change.unread = Some(format!("{name} cannot be used: {why}"));
                self.report.push(
                    Diagnostic::new(Severity::Warning, Origin::File(path.clone()), format!("cannot be used: {why}"))
                        .advise("what it would say is unknown; docs/risk.md has its shape"),
                );
            }
        }
        change.file = Some(path.display().to_string());
    }
}

/// What a release's own file, `source`, says about its change.
pub(crate) fn declared(change: Option<&ChangeTable>, failures: &[FailureTable], source: String) -> Change {
    let said = change.map(|table| facts(table, source, None)).into_iter().collect();
    Change { said, failures: failures.iter().map(failure).collect(), ..Change::default() }
}

/// What CI wrote at `path`; `None` where there is nothing.
fn read(path: &Path, release: &str, content: &ReleaseTable) -> Result<Option<ChangeDocument>, String> {
    let text = layers::read(path).map_err(|diagnostic| diagnostic.problem.clone())?;
    let Some(text) = text else { return Ok(None) };
    let document: ChangeDocument = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let coverage = document.change.coverage;
    let other = content.component.iter().find_map(|component| {
        let about = document.versions.get(&component.service)?;
        (*about != component.version).then_some((component, about))
    });
    match () {
        () if document.version != VERSION => Err(format!("it has the version {}, not {VERSION}", document.version)),
        () if document.release != release => Err(format!("it is about the release {}", document.release)),
        () if coverage.is_some_and(|percent| !(0.0..=100.0).contains(&percent)) => {
            Err("`coverage` is not from 0 to 100".to_owned())
        }
        () => match other {
            Some((component, about)) => {
                Err(format!("it is about {} {about}, and {} goes out", component.service, component.version))
            }
            None => Ok(Some(document)),
        },
    }
}

fn facts(table: &ChangeTable, source: String, at: Option<Timestamp>) -> Facts {
    Facts {
        source,
        at,
        lines: table.lines,
        files: table.files,
        coverage: table.coverage,
        schema_change: table.schema_change,
        personal_data: table.pii,
        pages: table.pages,
        incidents: table.incidents,
        rehearsed: table.rehearsed,
    }
}

fn failure(table: &FailureTable) -> FailureMode {
    FailureMode {
        mode: table.mode.clone(),
        effect: table.effect.clone(),
        severity: table.severity,
        occurrence: table.occurrence,
        detection: table.detection,
        mitigation: table.mitigation.clone(),
    }
}
