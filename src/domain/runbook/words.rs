//! What a step does, in one line for people, before it is resolved. Secrets are in headers and variables, which are not told.

use super::{
    action::{Action, Body},
    fill::pattern,
};
use crate::domain::checklist::check::{Check, Location};

impl Action {
    /// In one line: `PUT https://flags.example.net/api/${flag}`, `rollout: abort`.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Http(request) => format!("{} {}{}", request.method, request.url, body(request.body.as_ref())),
            Self::Kubernetes(change) => {
                let part = change.subresource.as_ref().map_or_else(String::new, |part| format!(" ({part})"));
                let namespace = change.namespace.as_ref().map_or_else(String::new, |one| format!("{one}/"));
                format!("patch {} {namespace}{}{part}: {}", change.kind, change.name, change.patch)
            }
            Self::Rollout(rollout) => {
                let service = rollout.service.as_ref().map_or_else(String::new, |service| format!(" {service}"));
                let to = rollout.to.as_ref().map_or_else(String::new, |to| format!(" to {to}"));
                format!("rollout: {}{service}{to}", rollout.verb.word())
            }
            Self::Command(command) => format!("run {}", command.argv.join(" ")),
            Self::WaitMetric(wait) => format!("wait until {} {} for {}", one_line(&wait.query), wait.must, wait.hold),
            Self::Check(check) => format!("look: {}", check.words()),
            Self::Manual(manual) => {
                let who = manual.who.as_ref().map_or_else(|| "whoever runs it".to_owned(), Clone::clone);
                let evidence = if manual.evidence { " and writes down how it went" } else { "" };
                format!("{who} does{evidence}: {}", manual.instruction)
            }
            Self::Notify(message) => {
                format!("tell {}{}", message.request.url, if message.required { " (required)" } else { "" })
            }
            Self::Runbook(nested) => {
                let with = nested.with.iter().map(|(name, value)| format!(" {name}={value}"));
                format!("runbook {}{}", nested.runbook, with.collect::<String>())
            }
        }
    }
}

fn body(body: Option<&Body>) -> String {
    match body {
        Some(Body::Json(value)) => format!(" {value}"),
        Some(Body::Text(text)) => format!(" with {} bytes of text", text.len()),
        None => String::new(),
    }
}

impl Check {
    /// In one line: `alerts severity=page`, `promql job:errors:ratio5m < 0.05`.
    #[must_use]
    pub fn words(&self) -> String {
        let word = self.word();
        match self {
            Self::Promql { query, must, .. } => format!("{word} {} {must}", one_line(query)),
            Self::Http { url, status, field, .. } => match field {
                Some((pointer, must)) => format!("{word} {} {pointer} {must}", pattern(url)),
                None => format!("{word} {} answers {status}", pattern(url)),
            },
            Self::Kubernetes { kind, namespace, name, field, must, .. } => {
                let namespace = namespace.as_ref().map_or_else(String::new, |one| format!("{one}/"));
                format!("{word} {kind} {namespace}{name} {field} {must}")
            }
            Self::Certificate { host, port, left, .. } => format!("{word} {host}:{port} for {left} more"),
            Self::Junit { report, .. } => format!("{word} {}", place(report)),
            Self::Sarif { report, worst } => format!("{word} {} at most {worst}", place(report)),
            Self::Json { document, field, must } => format!("{word} {} {field} {must}", place(document)),
            Self::Alerts { labels } => {
                let labels = labels.iter().map(|(name, value)| format!(" {name}={value}"));
                format!("{word}{}", labels.collect::<String>())
            }
            Self::Rules { alerts, records, targets, .. } => {
                let names = alerts.iter().chain(records).map(|name| format!(" {name}"));
                format!("{word}{}{}", names.collect::<String>(), if *targets { " and targets" } else { "" })
            }
            Self::Command { argv, exit, field } => match field {
                Some((pointer, must)) => format!("{word} {} {pointer} {must}", argv.join(" ")),
                None => format!("{word} {} exits with {exit}", argv.join(" ")),
            },
            Self::Artifact { same_as } => format!("{word} the same as in {same_as}"),
            Self::Rehearsal { runbook, within } => format!("{word} of {runbook} at most {within} ago"),
            Self::Manual { .. } => word.to_owned(),
        }
    }
}

/// A query without the line ends that its author gave it.
fn one_line(query: &str) -> String {
    query.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn place(location: &Location) -> String {
    match location {
        Location::File(path) => path.display().to_string(),
        Location::Url(url) => pattern(url),
    }
}
