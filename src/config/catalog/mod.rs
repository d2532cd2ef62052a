//! The catalog: a directory of files that declare services, SLOs, releases, checklists, runbooks, the calendar and roles.
//!
//! Names are the stems of the files. Directories that other parts of warroom read are left alone.

mod calendar;
pub(crate) mod changes;
mod checklists;
mod commit;
mod files;
mod objectives;
mod openslo;
mod people;
mod policies;
mod releases;
mod roles;
mod routing;
mod runbooks;
mod services;
mod texts;
mod triggers;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use super::{
    diagnostic::{Diagnostic, Report},
    document::{Document, Node},
    load::Names,
};
use crate::domain::{
    catalog::Catalog,
    slo::definition::{Slo, SloId},
};

pub use texts::Texts;

/// The directories of a catalog that are read here.
pub(crate) const DIRECTORIES: [&str; 8] =
    ["services", "slos", "releases", "checklists", "runbooks", "calendar", "policies", "triggers"];

/// Those of them whose files may say where secrets come from, so that excerpts of them are masked with care.
const CONFIDENTIAL: [&str; 1] = ["runbooks"];

/// The files in its root that are read here.
pub(crate) const FILES: [&str; 3] = ["roles.toml", "routing.toml", "allowed_signers"];

/// What reading a catalog needs and gathers.
struct Reader<'a> {
    directory: &'a Path,
    names: &'a Names,
    home: Option<&'a Path>,
    /// Whether its files may name commands to run.
    commands: bool,
    report: &'a mut Report,
    catalog: Catalog,
    /// The checklists that releases name, with their places.
    wanted_checklists: Vec<(Document, Node, String)>,
    /// Names of all services, of those with broken files too.
    services: BTreeSet<String>,
    ids: BTreeSet<SloId>,
    /// Names of all runbooks, of those with broken files too.
    runbooks: BTreeSet<String>,
    /// `roles.toml`, when there is one.
    declared: Option<roles::Declared>,
}

/// Reads every file of the catalog. What is broken is reported, and does not hide the rest.
///
/// `commands` says whether it may name commands to run.
pub(crate) fn load(
    directory: &Path,
    names: &Names,
    home: Option<&Path>,
    commands: bool,
    report: &mut Report,
) -> Catalog {
    let mut reader = Reader::new(directory, names, report);
    (reader.home, reader.commands) = (home, commands);
    reader.services();
    reader.group_slos();
    reader.openslo();
    reader.signers();
    reader.roles();
    reader.calendar_entries();
    reader.policies();
    reader.routing();
    reader.releases();
    reader.runbooks();
    reader.checklists();
    reader.missing_roles();
    reader.catalog
}

impl<'a> Reader<'a> {
    /// One that has read nothing.
    fn new(directory: &'a Path, names: &'a Names, report: &'a mut Report) -> Self {
        Self {
            directory,
            names,
            home: None,
            commands: false,
            report,
            wanted_checklists: Vec::new(),
            catalog: Catalog::default(),
            services: BTreeSet::new(),
            ids: BTreeSet::new(),
            runbooks: BTreeSet::new(),
            declared: None,
        }
    }

    /// A path of the catalog, named from its root.
    fn named(&self, path: &Path) -> String {
        path.strip_prefix(self.directory).unwrap_or(path).display().to_string()
    }

    /// Whether something about the value at `path` or below it was reported.
    fn told(&self, document: &Document, path: &str) -> bool {
        self.report.diagnostics.iter().any(|one| {
            one.origin == document.origin
                && one.key.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        })
    }

    /// Adds an SLO, unless there is one of that identifier.
    fn add_slo(&mut self, slo: Slo, document: &Document, node: &Node) {
        if self.ids.insert(slo.id.clone()) {
            self.catalog.slos.push(slo);
        } else {
            self.report.push(
                Diagnostic::error(document, node, format!("there are two SLOs `{}`", slo.id))
                    .advise("rename one of them, or take one out"),
            );
        }
    }

    /// Reports a source that is not configured.
    fn source_exists(&mut self, name: Option<&String>, document: &Document, node: &Node) {
        let Some(name) = name.filter(|name| !self.names.sources.contains(*name)) else { return };
        let known = self.names.sources.iter().map(String::as_str);
        let mut diagnostic = Diagnostic::error(document, node, format!("no source is called `{name}`"));
        if self.names.sources.is_empty() {
            diagnostic = diagnostic.advise("configure it as [[source]], or leave `source` out");
        } else {
            diagnostic = diagnostic.nearest(name, known.clone()).expected(super::diagnostic::one_of(known));
        }
        self.report.push(diagnostic);
    }
}

/// A file of the catalog: its name, and what was read.
struct File<T> {
    name: String,
    path: PathBuf,
    document: Document,
    root: Node,
    content: Option<T>,
}
