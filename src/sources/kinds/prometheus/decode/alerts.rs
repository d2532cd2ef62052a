//! Alerts, from `/api/v1/alerts` and from `/api/v1/rules`.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{Reply, envelope};
use crate::domain::{labels::Labels, source::SourceError, time::Timestamp};

/// An alert as the rule engine tells it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleAlert {
    /// All labels, `alertname` among them; without the server's external labels.
    pub labels: Labels,
    /// Its annotations.
    #[serde(default)]
    pub annotations: Labels,
    /// `firing`, `pending` or `inactive`.
    pub state: String,
    /// Since when its condition holds. Go's zero time is written where there is none.
    #[serde(default)]
    pub active_at: Option<Timestamp>,
    /// The value of the expression, as text: `1e+00`.
    #[serde(default)]
    pub value: String,
    /// The rule's expression, where the answer names it (`/api/v1/rules`).
    #[serde(skip)]
    pub expression: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Body {
    Alerts { alerts: Vec<RuleAlert> },
    Rules { groups: Vec<Group> },
}

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
struct Rule {
    #[serde(default)]
    query: String,
    #[serde(default)]
    alerts: Vec<RuleAlert>,
}

/// Reads alerts, whichever of the two ways they come.
///
/// # Errors
/// The server's own error, or that the text is not an answer of this API.
pub fn alerts(body: &str) -> Result<Reply<Vec<RuleAlert>>, SourceError> {
    let reply = envelope::<Body>(body)?;
    let data = match reply.data {
        Body::Alerts { alerts } => alerts,
        Body::Rules { groups } => groups.into_iter().flat_map(|group| group.rules).flat_map(of_rule).collect(),
    };
    Ok(Reply { data, gaps: reply.gaps })
}

fn of_rule(rule: Rule) -> impl Iterator<Item = RuleAlert> {
    let Rule { query, alerts } = rule;
    alerts.into_iter().map(move |alert| RuleAlert { expression: Some(query.clone()), ..alert })
}

impl RuleAlert {
    /// Since when its condition holds; `None` where the server wrote none.
    #[must_use]
    pub fn since(&self) -> Option<Timestamp> {
        self.active_at.filter(|at| *at > DateTime::<Utc>::UNIX_EPOCH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::source::ErrorKind;

    #[test]
    fn alerts_come_from_both_answers() {
        let alert = r#"{"activeAt":"2018-07-04T20:27:12.60602144+02:00","annotations":{"summary":"slow"},
            "labels":{"alertname":"Slow"},"state":"firing","value":"1e+00"}"#;
        let listed = alerts(&format!(r#"{{"status":"success","data":{{"alerts":[{alert}]}}}}"#)).expect("alerts").data;
        let ruled = alerts(&format!(
            r#"{{"status":"success","data":{{"groups":[{{"name":"g","rules":[
                {{"type":"alerting","query":"up == 0","alerts":[{alert}]}},{{"type":"recording","query":"x"}}]}}]}}}}"#
        ))
        .expect("rules")
        .data;
        assert_eq!(listed[0].labels, ruled[0].labels);
        assert_eq!(ruled[0].expression.as_deref(), Some("up == 0"));
        assert_eq!(listed[0].since().map(|at| at.timestamp()), Some(1_530_728_832));
    }

    #[test]
    fn a_body_of_wrong_types_is_a_stated_error() {
        for data in ["null", "[]", "{}", r#"{"alerts":[{"labels":null,"state":"firing"}]}"#, r#"{"alerts":null}"#] {
            let error = alerts(&format!(r#"{{"status":"success","data":{data}}}"#)).expect_err("an error");
            assert_eq!(error.kind, ErrorKind::Decode, "{data}");
        }
    }
}
