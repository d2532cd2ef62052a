//! Settings: layers, diagnostics, secrets.

mod calendar;
mod commands;
mod garbage;
mod gauges;
mod layers;
mod reload;
mod risk;
mod secrets;
mod triggers;
mod wrong;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use warroom::config::{Options, Report};

/// Options that see nothing but `root`: `root/etc`, `root/user`, `root/work`, `root/home`.
pub(crate) fn options(root: &Path) -> Options {
    Options {
        config: None,
        variables: BTreeMap::new(),
        working_dir: root.join("work"),
        home_dir: Some(root.join("home")),
        user_dir: Some(root.join("user")),
        system_dir: root.join("etc"),
        overrides: Vec::new(),
    }
}

/// Writes files below a new directory.
pub(crate) fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().expect("a directory");
    for (name, text) in files {
        write(root.path(), name, text);
    }
    root
}

/// Writes one file below `root`.
pub(crate) fn write(root: &Path, name: &str, text: &str) {
    let path: PathBuf = root.join(name);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
    fs::write(path, text).expect("a file");
}

/// The lines of a report, with paths from `root`.
pub(crate) fn lines(report: &Report, root: &Path) -> Vec<String> {
    let root = format!("{}/", root.display());
    report.lines().into_iter().map(|line| line.replace(&root, "")).collect()
}
