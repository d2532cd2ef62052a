//! What the targets have in common.

use std::fs;

use warroom::{
    config::{self, Options, Override},
    sources::kinds,
};

/// Reads `data` as a saved answer. Whatever comes out must be told without a control character that steers a terminal.
pub fn decode(kind: &str, data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let decoders = kinds::all().iter().flat_map(|known| known.decoders);
    let decoder = decoders.into_iter().find(|decoder| decoder.name == kind).expect("a decoder of this name");
    match (decoder.decode)(&[text]) {
        Ok(objects) => assert!(objects.iter().all(|object| serde_json::to_string(object).is_ok())),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// Loads a configuration in which the file `name` holds `data`.
pub fn load(name: &str, data: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(name);
    fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
    fs::write(&file, data).expect("a file");
    let options = Options {
        working_dir: folder.path().to_owned(),
        system_dir: folder.path().join("none"),
        overrides: vec![Override::value("--catalog", &["catalog"], "catalog")],
        ..Options::default()
    };
    if let Err(report) = config::load(&options) {
        assert!(report.errors() > 0 && report.lines().iter().all(|line| !line.is_empty()));
    }
}
