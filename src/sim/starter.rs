//! `demo --write`: configuration and catalog as files that a new user can start from.

use std::{
    fmt::Write as _,
    io,
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
};

use super::{
    Urls,
    cluster::NAMESPACE,
    metrics::{ENVIRONMENT, MEMORY},
    people::People,
    read, readiness,
    scenario::{Release, Scenario, Service},
    settings::{self, BAD, HISTOGRAM, PROD, SHARED_OBJECTIVE, TOTAL},
};
use crate::{
    config::{
        Texts,
        schema::change::{ChangeTable, FailureTable},
    },
    domain::time::Timestamp,
};

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A file is there already.
    #[error("{0} is there already: choose an empty directory")]
    Exists(PathBuf),
    /// A file cannot be written.
    #[error("cannot write {path}: {source}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The scenario is not known.
    #[error(transparent)]
    Scenario(#[from] super::SimError),
}

/// Writes `config.toml` and `catalog/` with `people` for a scenario, with so many services where it can have any number, into `directory`, which is made when it is not there. Nothing is ever
/// overwritten: when one of the files exists, none is written. Gives the files, in order.
///
/// # Errors
/// See [`WriteError`].
pub fn write(
    directory: &Path,
    scenario: &str,
    services: Option<usize>,
    urls: &Urls,
    start: Timestamp,
    people: &People,
) -> Result<Vec<PathBuf>, WriteError> {
    create(directory, &files(&read(scenario, services)?, urls, start, people))
}

/// Writes the keys of `people` into `keys/`, each for its owner alone. Nothing is overwritten. Gives the files, in order.
///
/// # Errors
/// See [`WriteError`].
pub fn write_keys(directory: &Path, people: &People) -> Result<Vec<PathBuf>, WriteError> {
    let mut files = Vec::new();
    for (name, private, public) in people.files() {
        files.push((format!("keys/demo-key-{name}"), private));
        files.push((format!("keys/demo-key-{name}.pub"), public));
    }
    create(directory, &files)
}

fn create(directory: &Path, files: &[(String, String)]) -> Result<Vec<PathBuf>, WriteError> {
    let paths: Vec<PathBuf> = files.iter().map(|(name, _)| directory.join(name)).collect();
    if let Some(there) = paths.iter().find(|path| path.symlink_metadata().is_ok()) {
        return Err(WriteError::Exists(there.clone()));
    }
    for (path, (_, text)) in paths.iter().zip(files) {
        let failed = |source| WriteError::Io { path: path.clone(), source };
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(failed)?;
        }
        let public = path.extension().is_some() || !path.parent().is_some_and(|parent| parent.ends_with("keys"));
        let mode = if public { 0o666 } else { 0o600 };
        let mut file =
            std::fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(failed)?;
        io::Write::write_all(&mut file, text.as_bytes()).map_err(failed)?;
    }
    Ok(paths)
}

fn files(scenario: &Scenario, urls: &Urls, start: Timestamp, people: &People) -> Vec<(String, String)> {
    let mut files = vec![
        ("config.toml".to_owned(), config(scenario, urls)),
        ("catalog/slos/http.toml".to_owned(), shared_slo(scenario)),
    ];
    for service in &scenario.services {
        files.push((format!("catalog/services/{}.toml", service.name), service_file(service)));
    }
    for release in &scenario.releases {
        files.push((format!("catalog/releases/{}.toml", release.id), release_file(release, start)));
    }
    let Texts { roles, signers, checklists, calendar, runbooks } = readiness::texts(scenario, urls, start, people);
    for (name, text) in calendar {
        files.push((format!("catalog/calendar/{name}.toml"), text));
    }
    for (name, text) in checklists {
        files.push((format!("catalog/checklists/{name}.toml"), text));
    }
    for (name, text) in runbooks {
        files.push((format!("catalog/runbooks/{name}.toml"), text));
    }
    files.push(("catalog/roles.toml".to_owned(), roles));
    files.push(("catalog/allowed_signers".to_owned(), signers));
    files
}

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn list(texts: &[String]) -> String {
    format!("[{}]", texts.iter().map(|text| quoted(text)).collect::<Vec<_>>().join(", "))
}

fn config(scenario: &Scenario, urls: &Urls) -> String {
    let recorded = if scenario.services.iter().any(|service| service.sloth.is_some()) {
        "slos = [\"sloth\"]                          # also read SLOs that Sloth records; or \"pyrra\"\n"
    } else {
        "# slos = [\"sloth\"]                        # also read SLOs that Sloth or Pyrra records\n"
    };
    format!(
        "# warroom: a starting point. `warroom config check --config config.toml` tells what is wrong with it,
# `warroom config schema` what else can be said. The catalog lies in `catalog/` beside this file.

[ledger]
store = {{ sqlite = \"ledger.db\" }}            # what people decide is recorded here; signed with a key of your ssh-agent

[environments.{PROD}]
production = true
telemetry = {{ env = {environment} }}         # what the environment is called in labels of series and alerts

# The URLs are those of `warroom demo --serve`; put your own in their place.
[[source]]
name = \"prom\"
kind = \"prometheus\"                         # also Thanos, Mimir, VictoriaMetrics
url = {prometheus}
interval = \"5s\"
{recorded}# auth = {{ bearer = {{ env = \"PROM_TOKEN\" }} }}  # secrets come from the environment, a file or a command

[[source]]
name = \"alerts\"
kind = \"alertmanager\"
urls = [{alertmanager}]
interval = \"5s\"

[[source]]
name = \"cluster\"
kind = \"kubernetes\"
url = {kubernetes}
# context = \"prod-eu\"                       # a context of your kubeconfig, instead of `url`
# namespaces = [\"shop\"]                     # these alone; all of them when left out
environment = \"{PROD}\"                      # what runs there is in this environment
interval = \"5s\"
",
        environment = quoted(ENVIRONMENT),
        prometheus = quoted(urls.prometheus.as_str()),
        alertmanager = quoted(urls.alertmanager.as_str()),
        kubernetes = quoted(urls.kubernetes.as_str()),
    )
}

fn shared_slo(scenario: &Scenario) -> String {
    format!(
        "# One definition for every service whose series carry the label: one query for each window, however many services there are.
objective = {SHARED_OBJECTIVE:?}
window = \"30d\"
by = \"service\"
ratio = {{ bad = {}, total = {} }}
except = {}   # these have their own
",
        quoted(BAD),
        quoted(TOTAL),
        list(&settings::exceptions(scenario)),
    )
}

fn service_file(service: &Service) -> String {
    let mut text = format!(
        "# The service {name}: the file's stem is its name.
owner = {owner}
criticality = {criticality}                         # 1 highest to 4
depends_on = {depends_on}
links = {{ dashboard = {dashboard} }}

[[object]]                                # where it lives in deployment systems
kind = \"{kind}\"
name = {quoted_name}
namespace = \"{NAMESPACE}\"
version = \"image-tag\"                       # or template-hash, label:NAME, annotation:NAME

[telemetry]
select = {{ service = {quoted_name} }}        # labels that its series and alerts carry
version_label = \"version\"                   # the label that tells versions apart

[canary]                                  # how a new version is compared with the one beside it
warm_up = \"{warm_up}\"                         # so long after its start it is not judged
every = \"{every}\"                           # three evaluations in a row that say \"worse\" are a FAIL
",
        name = service.name,
        owner = quoted(&service.owner),
        criticality = service.criticality,
        depends_on = list(&service.depends_on),
        dashboard = quoted(&settings::dashboard(service)),
        kind = settings::object_kind(service),
        quoted_name = quoted(&service.name),
        warm_up = settings::CANARY.warm_up,
        every = settings::CANARY.every,
    );
    for slo in &service.slos {
        let indicator = match slo.under {
            Some(under) => format!("latency = {{ histogram = {}, under = \"{under}\" }}", quoted(HISTOGRAM)),
            None => format!("ratio = {{ bad = {}, total = {} }}", quoted(BAD), quoted(TOTAL)),
        };
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\n[[slo]]\nname = {}\nobjective = {:?}                          # percent\nwindow = \"30d\"\n{indicator}\n",
            quoted(&slo.name),
            slo.objective.percent()
        );
    }
    if service.memory.is_some() {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\n[[gauge]]                                 # compared with the version beside it; worse is a HOLD\nname = \"memory\"\nvalue = {}\n\
             margin = 10                               # percent\n",
            quoted(MEMORY),
        );
    }
    text
}

/// What a release is held against while it goes out: what holds for one that says nothing, written out.
const CRITERIA: &str = r#"
# What speaks for going back; page-burn, canary and health hold beside it. docs/verdict.md has all of them.
[[trigger]]
id = "error-rate"
when = { error-rate = { over = 5.0, events = 5 } }   # percent of the new version's requests over 5 minutes
in_a_row = 2

[promotion]                                 # what must hold, unbroken, before all of the traffic
for = "30m"
before = "100%"
"#;

/// What a release's file says about its change.
#[derive(serde::Serialize)]
struct Said<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    change: Option<&'a ChangeTable>,
    #[serde(skip_serializing_if = "<[FailureTable]>::is_empty")]
    failure: &'a [FailureTable],
}

fn release_file(release: &Release, start: Timestamp) -> String {
    let window = settings::window(start);
    let time = |at: Timestamp| at.format("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut text = format!(
        "# The release {}: the file's stem is its identifier.
title = {}
owner = {}
environment = \"{PROD}\"
class = {:32}# standard, normal, emergency
ticket = {}
window = {{ start = {}, end = {} }}
{}",
        release.id,
        quoted(&release.title),
        quoted(&release.owner),
        quoted(release.class.word()),
        quoted(&release.ticket),
        time(window.start),
        time(window.end),
        release.checklist.as_ref().map(|name| format!("checklist = {}\n", quoted(name))).unwrap_or_default(),
    );
    for component in &release.components {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "\n[[component]]\nservice = {}\nversion = {}\n",
            quoted(&component.service),
            quoted(&component.version)
        );
        if !component.after.is_empty() {
            let _ = writeln!(text, "after = {}                     # these go first", list(&component.after));
        }
    }
    let change = Said { change: release.change.as_ref(), failure: &release.failures };
    if let Ok(change) = toml::to_string(&change)
        && !change.is_empty()
    {
        let _ = write!(text, "\n# What is known of its risk, and how it may fail.\n{change}");
    }
    text.push_str(CRITERIA);
    text
}
