//! The kind `alerts`: nothing fires that has these labels, for the services of the release in its environment.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use super::{Checks, Subject, found::Found};
use crate::{
    config::schema::source::{Source, SourceKind},
    domain::{
        alert::{Alert, AlertState},
        catalog::telemetry_labels,
        demand::Demand,
        facts::Facts,
        labels::Labels,
        source::{ErrorKind, SourceError},
    },
    sources::connection,
};

/// What these alerts say, when `missing` says what could not be asked. Silenced ones fire too.
#[must_use]
pub fn judge(
    alerts: &[Alert],
    missing: Option<&str>,
    labels: &BTreeMap<String, String>,
    subject: Subject<'_>,
) -> Found {
    let release = subject.release;
    let services: Vec<Labels> = release
        .components
        .iter()
        .map(|component| telemetry_labels(subject.catalog, &component.service, &release.environment))
        .collect();
    if services.is_empty() {
        return Found::unknown("the release names no service whose alerts could be looked at");
    }
    let has = |alert: &Alert, wanted: &BTreeMap<String, String>| {
        wanted.iter().all(|(name, value)| alert.labels.get(name) == Some(value))
    };
    let ours: Vec<&Alert> = alerts
        .iter()
        .filter(|alert| has(alert, labels) && services.iter().any(|service| has(alert, service)))
        .collect();
    let firing: Vec<&&Alert> = ours
        .iter()
        .filter(|alert| matches!(alert.state, AlertState::Active | AlertState::Suppressed | AlertState::Unprocessed))
        .collect();
    if let Some(first) = firing.first() {
        let held = if first.state == AlertState::Suppressed { " (silenced)" } else { "" };
        let more = if firing.len() == 1 { String::new() } else { format!(" and {} more", firing.len() - 1) };
        return Found::fail(format!("{}{held} fires{more}", first.name));
    }
    match (missing, ours.iter().find(|alert| alert.state == AlertState::Unknown)) {
        (Some(why), _) => Found::unknown(format!("nothing that was heard of fires, but {why}")),
        (None, Some(alert)) => Found::unknown(format!("{} is in a state that is not known", alert.name)),
        (None, None) => Found::pass(format!("none of {} alerts fires for the release's services", alerts.len())),
    }
}

impl Checks {
    pub(super) async fn alerts(
        &self,
        labels: &BTreeMap<String, String>,
        subject: Subject<'_>,
    ) -> Result<Found, SourceError> {
        let environment = subject.release.environment.as_str();
        let asked: Vec<Source> = self
            .sources
            .iter()
            .filter(|source| matches!(source.kind, SourceKind::Alertmanager(_)))
            .filter(|source| source.environment.as_deref().is_none_or(|own| own == environment))
            .cloned()
            .collect();
        if asked.is_empty() {
            let what = format!("no source of the kind alertmanager for {environment}");
            return Err(SourceError::new(ErrorKind::Configuration, what).advise("configure one as [[source]]"));
        }
        let demand = Demand::default();
        let polls = connection::build(&asked, &self.context).into_iter().map(|one| {
            let demand = &demand;
            async move { (one.connect)()?.poll("alerts", demand).await }
        });
        let (mut alerts, mut missing) = (Vec::new(), None);
        for (source, answer) in asked.iter().zip(join_all(polls).await) {
            match answer {
                Ok(answer) => {
                    let gap = answer.gaps.first().map(|gap| format!("{} of {}: {}", gap.what, source.name, gap.why));
                    missing = missing.or(gap);
                    if let Facts::Alerts(heard) = answer.facts {
                        alerts.extend(heard);
                    }
                }
                Err(error) => missing = missing.or_else(|| Some(format!("{}: {error}", source.name))),
            }
        }
        let names: Vec<&str> = asked.iter().map(|source| source.name.as_str()).collect();
        Ok(judge(&alerts, missing.as_deref(), labels, subject).by(names.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        catalog::{Catalog, ComponentFile, ReleaseFile},
        checklist::state::Finding,
        time::Timestamp,
    };

    fn alert(state: AlertState, service: &str) -> Alert {
        let labels = [("service", service), ("severity", "page")];
        Alert {
            source: "am".into(),
            fingerprint: String::new(),
            name: "Slow".to_owned(),
            state,
            silenced_by: Vec::new(),
            inhibited_by: Vec::new(),
            muted_by: Vec::new(),
            starts_at: Timestamp::UNIX_EPOCH,
            ends_at: None,
            updated_at: None,
            labels: labels.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            annotations: Labels::new(),
            generator_url: None,
            receivers: Vec::new(),
        }
    }

    #[test]
    fn what_fires_fails_and_what_was_not_heard_never_passes() {
        let component = ComponentFile { service: "checkout".to_owned(), ..ComponentFile::default() };
        let release = ReleaseFile { components: vec![component], ..ReleaseFile::default() };
        let catalog = Catalog::default();
        let said = |alerts: &[Alert], missing: Option<&str>, severity: &str| {
            let labels = [("severity".to_owned(), severity.to_owned())].into();
            judge(alerts, missing, &labels, Subject { catalog: &catalog, release: &release })
        };
        let firing = [alert(AlertState::Active, "checkout")];
        assert_eq!(said(&firing, None, "page"), Found::fail("Slow fires"));
        assert_eq!(said(&firing, Some("a peer is silent"), "page").finding, Finding::Fail);
        assert_eq!(said(&firing, None, "ticket").finding, Finding::Pass);
        assert_eq!(said(&[alert(AlertState::Active, "cart")], None, "page").finding, Finding::Pass);
        let silenced = [alert(AlertState::Suppressed, "checkout")];
        assert_eq!(said(&silenced, None, "page"), Found::fail("Slow (silenced) fires"), "a silence makes nothing good");
        assert_eq!(said(&[], Some("a peer is silent"), "page").finding, Finding::Unknown);
        assert_eq!(said(&[alert(AlertState::Unknown, "checkout")], None, "page").finding, Finding::Unknown);
        let nothing = ReleaseFile::default();
        let nothing = judge(&[], None, &BTreeMap::new(), Subject { catalog: &catalog, release: &nothing });
        assert_eq!(nothing.finding, Finding::Unknown, "no service, no answer");
    }
}
