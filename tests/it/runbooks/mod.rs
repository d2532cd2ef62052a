//! Runbooks: how they are written, what is said about them, and how they are listed.

mod listing;
mod shipped;
mod writing;

use warroom::config::{Loaded, Report, load};

use crate::config::{options, tree};

const SETTINGS: &str = r#"
[environments.prod]
production = true
[environments.staging]
[[source]]
name = "prom"
kind = "prometheus"
url = "https://prometheus.example.net"
"#;

const ROLES: &str = r#"
[principals.mira]
name = "Mira"
[roles.sre]
members = ["mira"]
may = ["tick", "sign", "approve"]
[roles.dba]
members = ["mira"]
may = ["tick"]
"#;

/// A catalog with two services, roles and these files of `runbooks/`.
fn catalog(files: &[(&str, &str)]) -> Result<Loaded, Report> {
    let mut all = vec![
        ("user/config.toml".to_owned(), SETTINGS),
        ("user/catalog/roles.toml".to_owned(), ROLES),
        ("user/catalog/services/checkout.toml".to_owned(), "depends_on = [\"cart\"]"),
        ("user/catalog/services/cart.toml".to_owned(), ""),
    ];
    all.extend(files.iter().map(|(name, text)| (format!("user/catalog/{name}"), *text)));
    let all: Vec<(&str, &str)> = all.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    let root = tree(&all);
    load(&options(root.path()))
}

/// What is said about these files, one line each, without the directory.
fn told(files: &[(&str, &str)]) -> Vec<String> {
    let report = catalog(files).expect_err("it was taken");
    let short = |line: String| line.split_once("user/catalog/").map_or(line.clone(), |(_, rest)| rest.to_owned());
    report.lines().into_iter().map(short).collect()
}
