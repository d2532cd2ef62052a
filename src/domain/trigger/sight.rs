//! What is seen of one service of a release: everything that a trigger looks at.

use std::collections::BTreeSet;

use super::{look::Look, query::Told};
use crate::domain::{
    canary::analysis::Analysis,
    labels::Labels,
    object::SourceName,
    picture::JoinedAlert,
    release::Component,
    slo::{definition::SloId, forecast::Recent, status::SloStatus},
    time::{Span, Timestamp},
};

/// What is seen of one service of a release.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'a> {
    /// The service where it is deployed.
    pub component: &'a Component,
    /// Its environment.
    pub environment: &'a str,
    /// Its SLOs in the release's environment, of the whole service and of single versions, of every source.
    pub slos: &'a [&'a SloStatus],
    /// Those that count slow requests, not failed ones.
    pub slow: &'a BTreeSet<&'a SloId>,
    /// Its alerts in the release's environment.
    pub alerts: &'a [&'a JoinedAlert],
    /// Why alerts are not known; `None` where every source of alerts has answered lately.
    pub alerts_unknown: Option<&'a str>,
    /// What the canary analysis says of it, where there is one.
    pub canary: Option<&'a Look>,
    /// What both versions together did to all requests in the last moments, by the SLO's short name and source.
    pub recent: &'a [(&'a str, &'a SourceName, Recent)],
    /// Every comparison of its versions.
    pub analyses: &'a [&'a Analysis],
    /// What sources said to the queries of triggers, of all services.
    pub queries: &'a [Told],
    /// The labels of its series.
    pub select: &'a Labels,
    /// The label of its version, where it has one.
    pub version_label: Option<&'a str>,
    /// When the release began to move; `None` where nothing says.
    pub started_at: Option<Timestamp>,
    /// Now.
    pub now: Timestamp,
}

impl Sight<'_> {
    /// How long ago the deploy began: `12m after the deploy began`; empty where nothing says.
    #[must_use]
    pub fn since_deploy(&self) -> String {
        self.started_at
            .map_or_else(String::new, |at| format!(", {} after the deploy began", Span::between(at, self.now).age()))
    }

    /// What was bad of all requests lately, by the SLO `slo`: by versions where they are compared, else over five minutes.
    #[must_use]
    pub fn lately(&self, slo: &SloStatus) -> Option<Recent> {
        let compared = self.recent.iter().find(|(name, source, _)| *name == slo.key.slo && **source == slo.key.source);
        compared.map(|(_, _, recent)| *recent).or_else(|| {
            let burn = slo.burn(Span::from_mins(5)).filter(|burn| burn.state.is_ok())?;
            Some(Recent { ratio: burn.ratio?, window: burn.window })
        })
    }
}
