//! Settings: layers, diagnostics, secrets.

use std::{collections::BTreeMap, fs, path::PathBuf};

use warroom::config::{Options, load};

/// Options that see nothing but `root`: `root/etc`, `root/user`, `root/work`.
pub(crate) fn options(root: &std::path::Path) -> Options {
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
        let path: PathBuf = root.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a directory");
        fs::write(path, text).expect("a file");
    }
    root
}

#[test]
fn every_error_of_a_file_is_told_at_once_and_no_secret_with_it() {
    let root = tree(&[(
        "user/config.toml",
        "catalogue = 1\n[[source]]\nname = \"prom\"\nkind = \"prometeus\"\nurl = \"localhost:9090\"\nauth = { bearer = \"hunter2\" }\n",
    )]);
    let report = load(&options(root.path())).expect_err("four errors");
    let text = report.to_string();
    for part in
        ["did you mean `catalog`?", "did you mean `prometheus`?", "did you mean `http://localhost:9090`?", "env = "]
    {
        assert!(text.contains(part), "{part} is missing in\n{text}");
    }
    assert_eq!(report.errors(), 4, "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}
