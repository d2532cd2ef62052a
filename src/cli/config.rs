//! `warroom config`: what is wrong with the files, what is in force and where it came from, what may be written.

use std::io::{self, Write};

use serde_json::json;

use super::{Common, Exit, load, output, policy};
use crate::config::{
    Loaded, Options, Report, Settings, breaker,
    check::schema_of,
    load,
    origin::Origin,
    practice,
    provenance::Effective,
    schema::{
        calendar::CalendarFile,
        change::{ChangeDocument, RoutingFile},
        checklist::ChecklistFile,
        release::ReleaseTable,
        runbook::RunbookFile,
        service::ServiceFile,
        slo::SloFile,
    },
};
use crate::domain::readiness::roles::Roles;

/// Arguments of `warroom config`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `warroom config` can do.
#[derive(Clone, Copy, Debug, clap::Subcommand)]
pub enum Command {
    /// Say everything that is wrong with settings and catalog.
    Check {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print the settings in force and where each came from. Secrets are told as references only.
    Show {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Print the JSON Schema of a file: every key with its documentation.
    Schema {
        /// Which file.
        #[arg(value_enum, default_value_t = Shape::Settings)]
        shape: Shape,
    },
}

/// Kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Shape {
    /// config.toml
    Settings,
    /// catalog/services/NAME.toml
    Service,
    /// catalog/slos/NAME.toml
    Slo,
    /// catalog/releases/IDENTIFIER.toml
    Release,
    /// catalog/checklists/NAME.toml
    Checklist,
    /// catalog/runbooks/NAME.toml
    Runbook,
    /// catalog/calendar/NAME.toml
    Calendar,
    /// catalog/roles.toml
    Roles,
    /// catalog/routing.toml
    Routing,
    /// catalog/releases/IDENTIFIER.change.json, which CI writes
    Change,
}

/// Runs it.
#[must_use]
pub fn run(args: &Args, common: &Common) -> Exit {
    let mut text = Vec::new();
    let done = match args.command {
        Command::Check { json } => check(&load::options(common), json, &mut text),
        Command::Show { json } => show(&load::options(common), json, &mut text),
        Command::Schema { shape } => schema(shape, &mut text).map(|()| Exit::Ok),
    };
    output::print(&String::from_utf8_lossy(&text));
    done.unwrap_or(Exit::No)
}

/// Writes everything that is wrong. [`Exit::Ok`] when there is no error; warnings are none.
///
/// # Errors
/// When `out` cannot be written.
pub fn check(options: &Options, json: bool, out: &mut dyn Write) -> io::Result<Exit> {
    let result = load::everything(options);
    let (report, loaded) = match &result {
        Ok(loaded) => (&judged(loaded), Some(loaded)),
        Err(report) => (report, None),
    };
    let loaded = loaded.filter(|_| report.errors() == 0);
    if json {
        let answer = json!({
            "version": 1,
            "ok": loaded.is_some(),
            "errors": report.errors(),
            "warnings": report.warnings(),
            "files": loaded.map(|loaded| &loaded.files),
            "catalog": loaded.and_then(|loaded| loaded.catalog_dir.as_ref()),
            "diagnostics": report,
        });
        writeln!(out, "{answer:#}")?;
    } else {
        if !report.is_empty() {
            write!(out, "{report}")?;
        }
        if let Some(loaded) = loaded {
            summary(loaded, out)?;
        }
    }
    Ok(if loaded.is_some() { Exit::Ok } else { Exit::Usage })
}

/// The same with what is wrong with its policies.
fn judged(loaded: &Loaded) -> Report {
    let mut report = practised(loaded);
    for fault in policy::faults(loaded) {
        report.push(fault);
    }
    report
}

/// The warnings of `loaded`, with what is right by its form and cannot work all the same.
pub(super) fn practised(loaded: &Loaded) -> Report {
    let mut report = loaded.warnings.clone();
    let directory = loaded.catalog_dir.clone().unwrap_or_default();
    let acting = breaker::warnings(&loaded.settings, &loaded.provenance, &loaded.catalog, &directory);
    for warning in practice::warnings(&loaded.catalog, &directory).into_iter().chain(acting) {
        report.push(warning);
    }
    report
}

/// What was read, on a few lines.
fn summary(loaded: &Loaded, out: &mut dyn Write) -> io::Result<()> {
    if loaded.files.is_empty() {
        writeln!(out, "ok: there is no configuration file. Looked for:")?;
        return loaded.places.iter().try_for_each(|place| writeln!(out, "  {}", place.display()));
    }
    let catalog = &loaded.catalog;
    let parts = [
        (loaded.settings.sources.len(), "source", "sources"),
        (catalog.environments.len(), "environment", "environments"),
        (catalog.services.len(), "service", "services"),
        (catalog.slos.len(), "SLO", "SLOs"),
        (catalog.releases.len(), "release", "releases"),
        (catalog.checklists.len(), "checklist", "checklists"),
        (catalog.runbooks.len(), "runbook", "runbooks"),
        (catalog.calendar.len(), "calendar entry", "calendar entries"),
        (catalog.policies.len(), "file of policies", "files of policies"),
    ];
    let parts = parts.map(|(count, one, many)| format!("{count} {}", if count == 1 { one } else { many }));
    writeln!(out, "ok: {}", parts.join(", "))?;
    for file in &loaded.files {
        writeln!(out, "  settings {}", file.display())?;
    }
    match &loaded.catalog_dir {
        Some(directory) => writeln!(out, "  catalog  {}", directory.display()),
        None => writeln!(out, "  catalog  none"),
    }
}

/// Writes the settings in force, each with the layer that it came from. [`Exit::Usage`] when the files are broken.
///
/// # Errors
/// When `out` cannot be written.
pub fn show(options: &Options, json: bool, out: &mut dyn Write) -> io::Result<Exit> {
    let loaded = match load(options) {
        Ok(loaded) => loaded,
        Err(report) => return broken(&report, json, out),
    };
    let settings = serde_json::to_value(&loaded.settings).map_err(io::Error::other)?;
    let values = loaded.provenance.effective(&settings);
    if json {
        let answer = json!({
            "version": 1,
            "values": values,
            "files": loaded.files,
            "places": loaded.places,
            "catalog": loaded.catalog_dir,
        });
        writeln!(out, "{answer:#}")?;
        return Ok(Exit::Ok);
    }
    let width = values.iter().map(|one| written(one).chars().count()).max().unwrap_or(0).min(60);
    for one in &values {
        writeln!(out, "{:width$}  # {}", written(one), origin(one))?;
    }
    match (&loaded.catalog_dir, &loaded.settings.catalog) {
        (Some(directory), None) => writeln!(out, "# the catalog is {}", directory.display())?,
        (None, _) => writeln!(out, "# there is no catalog")?,
        _ => {}
    }
    Ok(Exit::Ok)
}

fn broken(report: &Report, json: bool, out: &mut dyn Write) -> io::Result<Exit> {
    if json {
        let answer = json!({ "version": 1, "ok": false, "diagnostics": report });
        writeln!(out, "{answer:#}")?;
    } else {
        write!(out, "{report}")?;
    }
    Ok(Exit::Usage)
}

fn written(one: &Effective) -> String {
    format!("{} = {}", one.key, one.value)
}

fn origin(one: &Effective) -> String {
    match (&one.from.origin, one.from.line) {
        (Origin::File(path), Some(line)) => format!("{}:{line}", path.display()),
        (origin, _) => origin.to_string(),
    }
}

/// Writes the JSON Schema of a kind of file.
///
/// # Errors
/// When `out` cannot be written.
pub fn schema(shape: Shape, out: &mut dyn Write) -> io::Result<()> {
    let schema = match shape {
        Shape::Settings => schema_of::<Settings>(),
        Shape::Service => schema_of::<ServiceFile>(),
        Shape::Slo => schema_of::<SloFile>(),
        Shape::Release => schema_of::<ReleaseTable>(),
        Shape::Checklist => schema_of::<ChecklistFile>(),
        Shape::Runbook => schema_of::<RunbookFile>(),
        Shape::Calendar => schema_of::<CalendarFile>(),
        Shape::Roles => schema_of::<Roles>(),
        Shape::Routing => schema_of::<RoutingFile>(),
        Shape::Change => schema_of::<ChangeDocument>(),
    };
    writeln!(out, "{schema:#}")
}
