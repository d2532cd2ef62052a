//! The kind `rules`: Prometheus has these rules and can evaluate them, and the targets of the release's services are up.

use super::{Checks, Subject, found::Found};
use crate::{
    domain::{
        catalog::{service_select, telemetry_labels},
        object::SourceName,
        source::SourceError,
    },
    sources::kinds::prometheus::{
        api::Tally,
        decode::rules::{Rule, Target},
    },
};

/// What must be there.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Names of alerts.
    pub alerts: &'a [String],
    /// Names of recorded series.
    pub records: &'a [String],
}

/// What these rules say.
#[must_use]
pub fn judge_rules(rules: &[Rule], wanted: Wanted<'_>) -> Found {
    let alerts = wanted.alerts.iter().map(|name| ("alerting", name));
    let names: Vec<(&str, &String)> = alerts.chain(wanted.records.iter().map(|name| ("recording", name))).collect();
    let mut unknown = None;
    for (kind, name) in &names {
        let mut same = rules.iter().filter(|rule| rule.kind == *kind && rule.name == **name).peekable();
        if same.peek().is_none() {
            return Found::fail(format!("there is no {kind} rule {name}"));
        }
        for rule in same {
            match rule.health.as_str() {
                "ok" => {}
                "err" => return Found::fail(format!("the rule {name} cannot be evaluated: {}", rule.last_error)),
                _ => unknown = Some(format!("the rule {name} has not been evaluated yet")),
            }
        }
    }
    unknown.map_or_else(|| Found::pass(format!("{} rules are there", names.len())), Found::unknown)
}

/// What these targets say about the services of the release.
#[must_use]
pub fn judge_targets(targets: &[Target], subject: Subject<'_>) -> Found {
    let release = subject.release;
    if release.components.is_empty() {
        return Found::unknown("the release names no service whose targets could be looked at");
    }
    let (mut up, mut unknown) = (0_usize, None);
    for component in &release.components {
        let select = service_select(subject.catalog, &component.service);
        let all = telemetry_labels(subject.catalog, &component.service, &release.environment);
        // Labels of the environment are often added by the server on the way out: targets do not carry those.
        let ours = |target: &&Target| {
            select.iter().all(|(name, value)| target.labels.get(name) == Some(value))
                && all.iter().all(|(name, value)| target.labels.get(name).is_none_or(|own| own == value))
        };
        let mut ours = targets.iter().filter(ours).peekable();
        if ours.peek().is_none() {
            return Found::fail(format!("no target of {} is scraped", component.service));
        }
        for target in ours {
            match target.health.as_str() {
                "up" => up += 1,
                "down" => {
                    let why = if target.last_error.is_empty() { "down" } else { &target.last_error };
                    return Found::fail(format!("{} of {}: {why}", target.instance(), component.service));
                }
                _ => unknown = Some(format!("{} of {} was not scraped yet", target.instance(), component.service)),
            }
        }
    }
    unknown.map_or_else(|| Found::pass(format!("{up} targets are up")), Found::unknown)
}

impl Checks {
    pub(super) async fn rules(
        &self,
        source: Option<&SourceName>,
        wanted: Wanted<'_>,
        targets: bool,
        subject: Subject<'_>,
    ) -> Result<Found, SourceError> {
        use crate::domain::checklist::state::Finding;
        let (source, api) = self.prometheus(source, subject)?;
        let mut tally = Tally::default();
        let mut found = Vec::new();
        if !wanted.alerts.is_empty() || !wanted.records.is_empty() {
            found.push(judge_rules(&api.rules(&mut tally).await?, wanted));
        }
        if targets {
            found.push(judge_targets(&api.targets(&mut tally).await?, subject));
        }
        if let Some(gap) = tally.gaps.first() {
            found.push(Found::unknown(format!("{} is missing: {}", gap.what, gap.why)));
        }
        let first = |finding: Finding| found.iter().find(|one| one.finding == finding).cloned();
        let words: Vec<&str> = found.iter().map(|one| one.words.as_str()).collect();
        let whole = first(Finding::Fail).or_else(|| first(Finding::Unknown));
        let whole = match whole {
            Some(whole) => whole,
            None if words.is_empty() => Found::unknown("the check asks for nothing"),
            None => Found::pass(words.join("; ")),
        };
        Ok(whole.by(source.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::checklist::state::Finding, sources::kinds::prometheus::decode};

    fn said(rules: &str, alerts: &[&str]) -> Found {
        let body = format!(r#"{{"status":"success","data":{{"groups":[{{"name":"g","rules":{rules}}}]}}}}"#);
        let alerts: Vec<String> = alerts.iter().map(ToString::to_string).collect();
        let rules = decode::rules::rules(&body).expect("an answer").data;
        judge_rules(&rules, Wanted { alerts: &alerts, records: &[] })
    }

    #[test]
    fn a_rule_must_be_there_and_be_evaluated() {
        let slow =
            |health: &str| format!(r#"[{{"type":"alerting","name":"Slow","health":"{health}","lastError":"many"}}]"#);
        assert_eq!(said(&slow("ok"), &["Slow"]), Found::pass("1 rules are there"));
        assert_eq!(said(&slow("err"), &["Slow"]), Found::fail("the rule Slow cannot be evaluated: many"));
        assert_eq!(said(&slow("unknown"), &["Slow"]).finding, Finding::Unknown);
        assert_eq!(said(&slow("ok"), &["Fast"]), Found::fail("there is no alerting rule Fast"));
        let record = r#"[{"type":"recording","name":"Slow","health":"ok"}]"#;
        assert_eq!(said(record, &["Slow"]).finding, Finding::Fail, "a record is no alert");
    }
}
