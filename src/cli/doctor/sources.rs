//! Whether each source can be reached, how fast, with what clock and as whom.

use super::{Finding, State};
use crate::{
    cli::sources::{Checked, State as Answered, of_round, round},
    config::{
        Loaded,
        schema::source::{Auth, HttpOptions, Source, SourceKind},
    },
    domain::secret::SecretRef,
};

/// A server's clock that is further off than this makes ages wrong.
const SKEW_THAT_MATTERS_MILLIS: i64 = 2_000;

/// Asks every source once.
pub(super) fn findings(loaded: &Loaded) -> Vec<Finding> {
    if loaded.settings.sources.is_empty() {
        return vec![
            Finding::new("sources", "configured", State::Note, "none")
                .advise("`warroom sources list` has a sample of each kind; `warroom --prometheus URL` needs no file"),
        ];
    }
    let checked = match round(loaded) {
        Ok(round) => of_round(&round),
        Err(error) => return vec![Finding::new("sources", "runtime", State::Failed, error.to_string())],
    };
    loaded.settings.sources.iter().zip(&checked).flat_map(|(source, checked)| of_source(source, checked)).collect()
}

fn of_source(source: &Source, checked: &Checked) -> Vec<Finding> {
    let area = format!("source {}", checked.name);
    let mut findings = vec![
        Finding::new(&area, "endpoint", State::Ok, format!("{} {}", checked.kind, checked.endpoint)),
        Finding::new(&area, "authentication", State::Ok, authentication(source)),
    ];
    for feed in &checked.feeds {
        let latency = format!("in {} ms", feed.latency_ms);
        findings.push(match (&feed.error, feed.state) {
            (Some(error), _) => {
                Finding::new(&area, &feed.name, State::Failed, format!("{}: {}", error.kind.word(), error.what))
                    .advise(error.advice.clone())
            }
            (None, Answered::Ok) => Finding::new(&area, &feed.name, State::Ok, format!("answered {latency}")),
            (None, _) => {
                let gaps: Vec<String> = feed.gaps.iter().map(|gap| format!("{}: {}", gap.what, gap.why)).collect();
                Finding::new(&area, &feed.name, State::Note, format!("in part, {latency}; missing {}", gaps.join("; ")))
            }
        });
    }
    if checked.feeds.is_empty() {
        findings.push(Finding::new(&area, "feeds", State::Note, "there is nothing to ask it: unknown"));
    }
    findings.extend(checked.skew_ms.map(|skew| clock(&area, skew)));
    findings
}

fn clock(area: &str, skew_millis: i64) -> Finding {
    let found = format!("{:+.1} s against ours, good to half a second", skew_millis as f64 / 1_000.0);
    if skew_millis.abs() < SKEW_THAT_MATTERS_MILLIS {
        return Finding::new(area, "clock", State::Ok, found);
    }
    Finding::new(area, "clock", State::Note, found)
        .advise("set both clocks by NTP: ages are corrected, but not each other's logs")
}

/// As whom we ask, without any secret.
fn authentication(source: &Source) -> String {
    match &source.kind {
        SourceKind::Prometheus(prometheus) => of_http(&prometheus.http),
        SourceKind::Alertmanager(alertmanager) => of_http(&alertmanager.http),
        SourceKind::Kubernetes(kubernetes) if kubernetes.in_cluster => "service account of this pod".to_owned(),
        SourceKind::Kubernetes(kubernetes) if kubernetes.url.is_some() => "none".to_owned(),
        SourceKind::Kubernetes(_) => "as the kubeconfig says".to_owned(),
    }
}

fn of_http(options: &HttpOptions) -> String {
    match &options.auth {
        None => "none".to_owned(),
        Some(Auth::Basic { user, password }) => format!("user {user}, password from {}", place(password)),
        Some(Auth::Bearer(token)) => format!("bearer token from {}", place(token)),
        Some(Auth::Mtls { cert, .. }) => format!("client certificate {}", cert.display()),
    }
}

fn place(secret: &SecretRef) -> String {
    match secret {
        SecretRef::Env(name) => format!("the environment variable {name}"),
        SecretRef::File(path) => path.display().to_string(),
        // Arguments may name what must not be told.
        SecretRef::Command(argv) => format!("the command {}", argv.first().map_or("", String::as_str)),
    }
}
