//! Which files were found, and whether they are right.

use std::path::Path;

use super::{Finding, State};
use crate::{
    cli::config::practised,
    config::{Loaded, Options, Report},
};

const AREA: &str = "configuration";

/// What is to be said of settings, catalog and places.
pub(super) fn findings(options: &Options, loaded: &Result<Loaded, Report>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = options.places().iter().map(|place| file(&place.path)).collect();
    match loaded {
        Ok(loaded) => {
            if loaded.files.is_empty() {
                let places: Vec<String> = loaded.places.iter().map(|path| path.display().to_string()).collect();
                findings.push(
                    Finding::new(AREA, "settings", State::Note, "no file was found: this is a first run").advise(
                        format!(
                            "write one of {}; `warroom demo --write DIR` makes a starting point",
                            places.join(", ")
                        ),
                    ),
                );
            }
            findings.push(catalog(loaded));
            findings.extend(
                practised(loaded).lines().into_iter().map(|line| Finding::new(AREA, "warning", State::Note, line)),
            );
        }
        Err(report) => {
            findings.extend(report.lines().into_iter().map(|line| {
                Finding::new(AREA, "error", State::Failed, line).advise("`warroom config check` shows the place")
            }));
        }
    }
    findings
}

fn file(path: &Path) -> Finding {
    let found = if path.is_file() { "found" } else { "not there" };
    Finding::new(AREA, "file", State::Ok, format!("{}: {found}", path.display()))
}

fn catalog(loaded: &Loaded) -> Finding {
    let Some(directory) = &loaded.catalog_dir else {
        return Finding::new(
            AREA,
            "catalog",
            State::Note,
            "none: services are unknown, rollouts appear as ad hoc releases",
        )
        .advise("make catalog/services/NAME.toml beside the configuration file");
    };
    let catalog = &loaded.catalog;
    let found = format!(
        "{}: {} services, {} releases, {} SLOs",
        directory.display(),
        catalog.services.len(),
        catalog.releases.len(),
        catalog.slos.len()
    );
    Finding::new(AREA, "catalog", State::Ok, found)
}
