//! The files of one directory of the catalog.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::{CONFIDENTIAL, File, Reader};
use crate::config::{
    check::{self, Rules},
    diagnostic::{Diagnostic, Severity},
    document::{Document, toml},
    form, layers,
    origin::Origin,
};

impl Reader<'_> {
    /// The files of `kind/` with one of the endings, by name. Hidden files and copies of editors are none.
    pub(super) fn files(&mut self, kind: &str, endings: &[&str]) -> Vec<PathBuf> {
        let directory = self.directory.join(kind);
        let entries = match fs::read_dir(&directory) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
            Err(error) => {
                self.unreadable(&directory, &error);
                return Vec::new();
            }
        };
        let mut files = Vec::new();
        for entry in entries {
            match entry {
                Ok(entry) => files.push(entry.path()),
                Err(error) => self.unreadable(&directory, &error),
            }
        }
        files.retain(|path| {
            let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with(['.', '#']));
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            !hidden && endings.contains(&ending)
        });
        files.sort();
        files
    }

    fn unreadable(&mut self, path: &Path, error: &io::Error) {
        self.report.push(
            Diagnostic::new(Severity::Error, Origin::File(path.to_owned()), format!("cannot be read: {error}"))
                .advise("check the rights of the directory"),
        );
    }

    /// The document of a file; `None` when it is not there any more, or was reported.
    pub(super) fn document(&mut self, path: &Path) -> Option<Document> {
        let text: Arc<str> = match layers::read(path) {
            Ok(text) => text?,
            Err(diagnostic) => {
                self.report.push(*diagnostic);
                return None;
            }
        };
        let base = path.parent().map(Path::to_path_buf).unwrap_or_default();
        Some(Document { origin: Origin::File(path.to_owned()), text, base, confidential: false })
    }

    /// Reads the TOML files of `kind/` as `T`, checked against its schema.
    pub(super) fn read<T: DeserializeOwned>(&mut self, kind: &str, schema: &Json) -> Vec<File<T>> {
        let paths = self.files(kind, &["toml"]);
        let confidential = CONFIDENTIAL.contains(&kind);
        paths.into_iter().filter_map(|path| self.file(path, schema, confidential)).collect()
    }

    fn file<T: DeserializeOwned>(&mut self, path: PathBuf, schema: &Json, confidential: bool) -> Option<File<T>> {
        let name = path.file_stem()?.to_string_lossy().into_owned();
        if let Err(flaw) = form::name(&name) {
            let origin = Origin::File(path);
            self.report.push(
                Diagnostic::new(Severity::Error, origin, format!("the file's stem is its name, and {}", flaw.problem))
                    .expected("letters, digits, ., _ and -")
                    .advise("rename the file"),
            );
            return None;
        }
        let document = Document { confidential, ..self.document(&path)? };
        Some(self.parsed(name, path, document, schema))
    }

    /// A document as `T`, checked against its schema.
    pub(super) fn parsed<T: DeserializeOwned>(
        &mut self,
        name: String,
        path: PathBuf,
        document: Document,
        schema: &Json,
    ) -> File<T> {
        let (mut root, errors) = toml::parse(&document.text);
        layers::syntax(&document, "TOML", &errors, self.report);
        let before = self.report.errors();
        let rules = Rules { commands: self.commands, home: self.home };
        check::check(schema, &document, &mut root, rules, self.report);
        let content = match serde_json::from_value(root.json()) {
            Ok(content) => Some(content),
            Err(error) => {
                // What is wrong with the shape was told before, with its place.
                if self.report.errors() == before && errors.is_empty() {
                    self.report.push(Diagnostic::error(&document, &root, format!("cannot be read: {error}")));
                }
                None
            }
        };
        File { name, path, document, root, content }
    }
}
