//! The user's themes, as text: what they mean is for those who draw.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    diagnostic::{Diagnostic, Report, Severity},
    layers::read,
    options::Options,
    origin::Origin,
};

/// A theme of the user's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThemeFile {
    /// Its name: the stem of the file.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// What stands in it.
    pub text: Arc<str>,
}

impl Options {
    /// Where the user's themes are: `$XDG_CONFIG_HOME/warroom/themes`.
    #[must_use]
    pub fn themes_dir(&self) -> Option<PathBuf> {
        self.user_dir.as_ref().map(|directory| directory.join("themes"))
    }
}

/// Reads every theme of the user's, in the order of their names. One that cannot be read is told and left out.
pub(crate) fn load(options: &Options, report: &mut Report) -> Vec<ThemeFile> {
    let Some(directory) = options.themes_dir() else { return Vec::new() };
    let mut themes = Vec::new();
    for path in files(&directory) {
        let Some(name) = path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned) else {
            let origin = Origin::File(path.clone());
            report.push(Diagnostic::new(Severity::Warning, origin, "the name of a theme has to be UTF-8"));
            continue;
        };
        match read(&path) {
            Ok(Some(text)) => themes.push(ThemeFile { name, path, text }),
            // It was taken away just now.
            Ok(None) => {}
            Err(diagnostic) => report.push(Diagnostic { severity: Severity::Warning, ..*diagnostic }),
        }
    }
    themes
}

/// The theme files in a directory; none where there is no such directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok);
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        // Editors put files beside the one that is written.
        .filter(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')))
        .collect();
    paths.sort();
    paths
}
