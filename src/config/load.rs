//! Everything that is configured, read at once.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock},
};

use serde_json::Value as Json;

use super::{
    breaker, catalog,
    check::schema_of,
    diagnostic::{Diagnostic, Report, Severity, one_of},
    document::Node,
    layers::{self, Layer},
    options::{Options, Trust},
    origin::Origin,
    provenance::Provenance,
    schema::source::SourceKind,
    settings::Settings,
    themes::{self, ThemeFile},
};
use crate::domain::catalog::Catalog;

/// Everything that is configured.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The settings, after all layers.
    pub settings: Settings,
    /// The catalog, with the environments of the settings.
    pub catalog: Arc<Catalog>,
    /// Where the catalog was read; `None` when there is none.
    pub catalog_dir: Option<PathBuf>,
    /// Where each setting came from.
    pub provenance: Provenance,
    /// The settings files that were read. None on a first run.
    pub files: Vec<PathBuf>,
    /// Where settings files were looked for. Later ones win.
    pub places: Vec<PathBuf>,
    /// The user's themes.
    pub themes: Vec<ThemeFile>,
    /// What looks wrong and was loaded nevertheless, or left out.
    pub warnings: Report,
}

impl Loaded {
    /// Whether nothing was configured at all: no file, and no source from anywhere else.
    #[must_use]
    pub const fn first_run(&self) -> bool {
        self.files.is_empty() && self.settings.sources.is_empty()
    }
}

/// Names that files may refer to. Of files that are broken too, so that one error does not cause ten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names {
    pub(crate) environments: BTreeSet<String>,
    pub(crate) sources: BTreeSet<String>,
}

impl Names {
    fn add(&mut self, root: &Node) {
        self.environments
            .extend(root.get("environments").into_iter().flat_map(Node::entries).map(|entry| entry.key.clone()));
        let sources = root.get("source").into_iter().flat_map(Node::items);
        self.sources.extend(sources.filter_map(|source| source.get("name")?.text()).map(str::to_owned));
    }
}

/// The schema of the settings.
pub(crate) static SCHEMA: LazyLock<Json> = LazyLock::new(schema_of::<Settings>);

/// Reads settings and catalog. No file at all is no error.
///
/// # Errors
/// Everything that is wrong, in all files at once; with the warnings.
pub fn load(options: &Options) -> Result<Loaded, Report> {
    let mut report = Report::default();
    let mut names = Names::default();
    let layers = layers::all(options, &SCHEMA, &mut |root| names.add(root), &mut report);
    let (settings, provenance) = settings(&layers, &mut report);
    references(&settings, &layers, &names, &mut report);
    if let Some(found) = breaker::trusted(&settings, &provenance, options) {
        report.push(found);
    }
    let files: Vec<PathBuf> = layers.iter().filter_map(|layer| file_of(&layer.document.origin)).collect();
    let catalog_dir = catalog_dir(&settings, &files, &provenance, &mut report);
    let mut catalog = match &catalog_dir {
        Some(directory) => {
            let commands = may_run(directory, &settings, &provenance, options);
            catalog::load(directory, &names, options.home_dir.as_deref(), commands, &mut report)
        }
        None => Catalog::default(),
    };
    catalog.environments.clone_from(&settings.environments);
    let themes = themes::load(options, &mut report);
    report.sort();
    if report.errors() > 0 {
        return Err(report);
    }
    let places = options.places().into_iter().map(|place| place.path).collect();
    Ok(Loaded {
        settings,
        catalog: Arc::new(catalog),
        catalog_dir,
        provenance,
        files,
        places,
        themes,
        warnings: report,
    })
}

fn file_of(origin: &Origin) -> Option<PathBuf> {
    match origin {
        Origin::File(path) => Some(path.clone()),
        _ => None,
    }
}

fn settings(layers: &[Layer], report: &mut Report) -> (Settings, Provenance) {
    let merged = layers::merge(layers).and_then(|merged| {
        let provenance = Provenance::new(&merged.cache, layers);
        Ok((merged.try_deserialize()?, provenance))
    });
    merged.unwrap_or_else(|error| {
        // What is wrong with the shape was told before, with its place.
        if report.errors() == 0 {
            report.push(Diagnostic::new(
                Severity::Error,
                Origin::BuiltIn,
                format!("the settings do not fit together: {error}"),
            ));
        }
        (Settings::default(), Provenance::default())
    })
}

/// What only the whole can tell: names that are there twice, or not at all.
fn references(settings: &Settings, layers: &[Layer], names: &Names, report: &mut Report) {
    let Some((layer, nodes)) = layers.iter().rev().find_map(|layer| Some((layer, layer.root.get("source")?.items())))
    else {
        return;
    };
    let document = &layer.document;
    let mut seen = BTreeSet::new();
    for (source, node) in settings.sources.iter().zip(nodes) {
        let at = |key: &str| node.get(key).unwrap_or(node);
        if !seen.insert(source.name.clone()) {
            report.push(
                Diagnostic::error(document, at("name"), format!("two sources are called `{}`", source.name))
                    .advise("give each source a name of its own"),
            );
        }
        if let Some(environment) = source.environment.as_ref().filter(|name| !names.environments.contains(*name)) {
            report.push(unknown_environment(Diagnostic::error(document, at("environment"), ""), environment, names));
        }
        if let SourceKind::Kubernetes(cluster) = &source.kind {
            let ways = [
                ("in_cluster", cluster.in_cluster),
                ("url", cluster.url.is_some()),
                ("kubeconfig", cluster.kubeconfig.is_some()),
                // With a kubeconfig, the context is one of its own.
                ("context", cluster.context.is_some() && cluster.kubeconfig.is_none()),
            ];
            let chosen: Vec<&str> = ways.iter().filter(|(_, chosen)| *chosen).map(|(way, _)| *way).collect();
            if let [_, .., last] = chosen.as_slice() {
                report.push(
                    Diagnostic::error(
                        document,
                        at(last),
                        format!("a cluster is reached in one way, not by {}", chosen.join(" and ")),
                    )
                    .expected("kubeconfig and context, or in_cluster = true, or url"),
                );
            }
        }
    }
}

/// What is wrong with an environment that nobody defined.
pub(crate) fn unknown_environment(mut diagnostic: Diagnostic, name: &str, names: &Names) -> Diagnostic {
    diagnostic.problem = format!("no environment is called `{name}`");
    let diagnostic = diagnostic.nearest(name, names.environments.iter().map(String::as_str));
    if names.environments.is_empty() {
        diagnostic.advise(format!("define it in config.toml: [environments.{name}]"))
    } else {
        diagnostic
            .expected(one_of(names.environments.iter().map(String::as_str)))
            .advise(format!("or define it in config.toml: [environments.{name}]"))
    }
}

/// Whether the catalog may name commands to run: not when only a `warroom.toml` that happened to lie in the working directory leads
/// to it.
fn may_run(directory: &Path, settings: &Settings, provenance: &Provenance, options: &Options) -> bool {
    let found = options.places().into_iter().filter(|place| place.trust == Trust::Found).map(|place| place.path);
    match &settings.catalog {
        Some(_) => {
            let origin = provenance.of("catalog").origin;
            !found.into_iter().any(|path| origin == Origin::File(path))
        }
        None => !found.into_iter().any(|path| path.parent().is_some_and(|parent| directory == parent.join("catalog"))),
    }
}

/// The catalog's directory: the configured one, or `catalog/` beside the last settings file that has one.
fn catalog_dir(
    settings: &Settings,
    files: &[PathBuf],
    provenance: &Provenance,
    report: &mut Report,
) -> Option<PathBuf> {
    if let Some(directory) = &settings.catalog {
        if !directory.is_dir() {
            let from = provenance.of("catalog");
            let mut diagnostic = Diagnostic::new(
                Severity::Error,
                from.origin,
                format!("the catalog {} is not a directory", directory.display()),
            )
            .advise("make the directory, or take `catalog` out to use catalog/ beside this file");
            "catalog".clone_into(&mut diagnostic.key);
            report.push(diagnostic);
            return None;
        }
        return Some(directory.clone());
    }
    files
        .iter()
        .rev()
        .filter_map(|file| file.parent())
        .map(|parent: &Path| parent.join("catalog"))
        .find(|path| path.is_dir())
}
