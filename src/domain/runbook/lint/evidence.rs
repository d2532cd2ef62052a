//! Whether somebody else than who was told to act says that it worked.

use std::collections::{BTreeMap, BTreeSet};

use url::Url;

use super::{Finding, Level};
use crate::domain::{
    checklist::check::{Check, Location},
    runbook::{Runbook, action::Action, parameter::named},
};

/// Whom a step tells to act, or asks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Party {
    /// The API servers of clusters.
    Kubernetes,
    /// Prometheus.
    Metrics,
    /// Alertmanager.
    Alerts,
    /// A server, by its host.
    Host(String),
    /// A program, by its name.
    Program(String),
    /// A file.
    File(String),
}

impl Party {
    fn words(&self) -> String {
        match self {
            Self::Kubernetes => "Kubernetes".to_owned(),
            Self::Metrics => "Prometheus".to_owned(),
            Self::Alerts => "Alertmanager".to_owned(),
            Self::Host(name) | Self::Program(name) | Self::File(name) => name.clone(),
        }
    }
}

/// Programs that do nothing but tell or ask Kubernetes.
const CLIENTS: [&str; 5] = ["kubectl", "kubectl-argo-rollouts", "oc", "helm", "argo"];

pub(super) fn findings(runbook: &Runbook, all: &BTreeMap<String, Runbook>) -> Option<Finding> {
    if runbook.validation.is_empty() {
        let words = "nothing tells afterwards whether it worked, so no run of it is ever verified";
        let advice = "add a [[validation]], such as a wait_metric on the errors that users see";
        return Some(Finding::new(Level::Error, None, words, advice));
    }
    let mut told = BTreeSet::new();
    gather(runbook, all, &mut told);
    let asked: Vec<Party> = runbook.validation.iter().filter_map(|step| asked(&step.action)).collect();
    if asked.iter().any(|party| !told.contains(party)) {
        return None;
    }
    let names: BTreeSet<String> = asked.iter().map(Party::words).collect();
    let words = if names.is_empty() {
        "its validation looks at nothing that runs".to_owned()
    } else {
        format!("its validation asks only {}, which was told to act", names.into_iter().collect::<Vec<_>>().join(", "))
    };
    let advice = "add a look at what users see: a wait_metric, or alerts";
    Some(Finding::new(Level::Warning, None, words, advice))
}

/// Whom the steps of a runbook tell to act, and those of what it nests. Runbooks that contain each other were refused.
fn gather(runbook: &Runbook, all: &BTreeMap<String, Runbook>, told: &mut BTreeSet<Party>) {
    for step in &runbook.steps {
        match &step.action {
            Action::Http(request) => told.extend(host(&request.url).map(Party::Host)),
            Action::Kubernetes(_) | Action::Rollout(_) => {
                told.insert(Party::Kubernetes);
            }
            Action::Command(command) => told.extend(program(&command.argv)),
            Action::Runbook(nested) => {
                if let Some(other) = all.get(&nested.runbook).filter(|other| other.name != runbook.name) {
                    gather(other, all, told);
                }
            }
            Action::WaitMetric(_) | Action::Check(_) | Action::Manual(_) | Action::Notify(_) => {}
        }
    }
}

/// Whom a look asks; nobody, when it looks at nothing that runs.
fn asked(action: &Action) -> Option<Party> {
    let check = match action {
        Action::WaitMetric(_) => return Some(Party::Metrics),
        Action::Check(check) => check,
        _ => return None,
    };
    match check {
        Check::Promql { .. } | Check::Rules { .. } => Some(Party::Metrics),
        Check::Alerts { .. } => Some(Party::Alerts),
        Check::Kubernetes { .. } => Some(Party::Kubernetes),
        Check::Http { url, .. } => url.host_str().map(|host| Party::Host(host.to_owned())),
        Check::Certificate { host, .. } => Some(Party::Host(host.clone())),
        Check::Command { argv, .. } => program(argv),
        Check::Junit { report: place, .. }
        | Check::Sarif { report: place, .. }
        | Check::Json { document: place, .. } => match place {
            Location::Url(url) => url.host_str().map(|host| Party::Host(host.to_owned())),
            Location::File(path) => Some(Party::File(path.display().to_string())),
        },
        Check::Manual { .. } | Check::Artifact { .. } | Check::Rehearsal { .. } => None,
    }
}

fn program(argv: &[String]) -> Option<Party> {
    let name = argv.first()?.rsplit('/').next()?;
    Some(if CLIENTS.contains(&name) { Party::Kubernetes } else { Party::Program(name.to_owned()) })
}

/// The host of a URL with parameters; one that a parameter chooses is known by the parameter.
fn host(url: &str) -> Option<String> {
    let plain = named(url).iter().fold(url.to_owned(), |url, name| url.replace(&format!("${{{name}}}"), name));
    Url::parse(&plain).ok()?.host_str().map(str::to_owned)
}
