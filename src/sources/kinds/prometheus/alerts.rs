//! Alerts of the server's own rules, for places without Alertmanager.

use url::Url;

use super::{decode::alerts::RuleAlert, fingerprint::fingerprint};
use crate::domain::{
    alert::{Alert, AlertState},
    object::SourceName,
    time::Timestamp,
};

/// Alerts as the rest of the program knows them. Inactive ones are left out.
#[must_use]
pub fn alerts(read: Vec<RuleAlert>, source: &SourceName, base: &Url) -> Vec<Alert> {
    read.into_iter().filter(|alert| alert.state != "inactive").map(|read| alert(read, source, base)).collect()
}

fn alert(read: RuleAlert, source: &SourceName, base: &Url) -> Alert {
    let state = match read.state.as_str() {
        "firing" => AlertState::Active,
        "pending" => AlertState::Pending,
        _ => AlertState::Unknown,
    };
    let name = read.labels.get("alertname").cloned().unwrap_or_default();
    Alert {
        source: source.clone(),
        fingerprint: fingerprint(&read.labels),
        state,
        silenced_by: Vec::new(),
        inhibited_by: Vec::new(),
        muted_by: Vec::new(),
        starts_at: read.since().unwrap_or(Timestamp::UNIX_EPOCH),
        ends_at: None,
        updated_at: None,
        generator_url: link(base, &name),
        name,
        labels: read.labels,
        annotations: read.annotations,
        receivers: Vec::new(),
    }
}

/// The page of the server where an alert's rule and its value can be looked at.
fn link(base: &Url, name: &str) -> Option<String> {
    let mut url = base.clone();
    url.set_username("").ok()?;
    url.set_password(None).ok()?;
    url.set_query(None);
    url.path_segments_mut().ok()?.pop_if_empty().push("alerts");
    url.query_pairs_mut().append_pair("search", name);
    Some(url.into())
}
