//! The files of a catalog about who may do what and what must hold, as texts that lie in no directory.

use std::path::{Path, PathBuf};

use super::Reader;
use crate::{
    config::{diagnostic::Report, document::Document, load::Names},
    domain::{catalog::Catalog, ledger::signers::Signers},
};

/// What a catalog's files say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Texts {
    /// `roles.toml`.
    pub roles: String,
    /// `allowed_signers`.
    pub signers: String,
    /// Name and text of each of `checklists/`.
    pub checklists: Vec<(String, String)>,
    /// Name and text of each of `calendar/`.
    pub calendar: Vec<(String, String)>,
    /// Name and text of each of `runbooks/`.
    pub runbooks: Vec<(String, String)>,
}

impl Texts {
    /// Reads them into a catalog that has its releases, services and environments.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn read_into(&self, catalog: &mut Catalog) -> Result<(), Report> {
        let mut report = Report::default();
        let names = Names { environments: catalog.environments.keys().cloned().collect(), ..Names::default() };
        let mut reader = Reader::new(Path::new(""), &names, &mut report);
        reader.catalog.releases.clone_from(&catalog.releases);
        reader.services = catalog.services.keys().cloned().collect();
        reader.catalog.signers = Signers::read(&self.signers).0;
        reader.roles_of(PathBuf::from("roles.toml"), Document::built_in(&self.roles));
        for (name, text) in &self.calendar {
            reader.calendar_entry(name, Document::built_in(text));
        }
        let mut files = Vec::new();
        for (name, text) in &self.runbooks {
            files.push(reader.runbook(name, Document::built_in(text)));
        }
        reader.add_runbooks(&files, None);
        let mut files = Vec::new();
        for (name, text) in &self.checklists {
            files.push(reader.checklist(name, Document::built_in(text)));
        }
        reader.merge(files, None);
        let read = reader.catalog;
        if report.errors() > 0 {
            return Err(report);
        }
        (catalog.signers, catalog.roles) = (read.signers, read.roles);
        (catalog.checklists, catalog.runbooks) = (read.checklists, read.runbooks);
        catalog.calendar = read.calendar;
        Ok(())
    }
}
