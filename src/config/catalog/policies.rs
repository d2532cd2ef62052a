//! `policies/*.rego`: rules of a team. They are only read here; what they say is judged elsewhere.

use super::Reader;

impl Reader<'_> {
    /// Reads the policies and their tests.
    pub(super) fn policies(&mut self) {
        for path in self.files("policies", &["rego"]) {
            let (Some(document), Some(name)) = (self.document(&path), path.file_stem()) else { continue };
            self.catalog.policies.insert(name.to_string_lossy().into_owned(), document.text.to_string());
        }
    }
}
