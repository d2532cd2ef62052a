//! Alerting rules: evaluated like Prometheus does, handed on like Alertmanager does.

use std::{collections::BTreeMap, sync::Arc};

use promql_parser::parser::Expr;

use super::{
    metrics::{SCRAPE, Snapshot},
    promql::{self, Evaluation, NAME, QueryError, Value},
    scenario::AlertRule,
};
use crate::domain::labels::Labels;

/// Past firings that are remembered for `ALERTS`.
const REMEMBERED: usize = 500;

/// An alert of a rule.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ActiveAlert {
    /// Labels of the element and of the rule.
    pub(crate) labels: Labels,
    /// The rule's annotations, filled in.
    pub(crate) annotations: Labels,
    /// Since when the expression holds, in milliseconds.
    pub(crate) active_at: i64,
    /// Since when it fires; `None` is pending.
    pub(crate) fired_at: Option<i64>,
    /// The newest value.
    pub(crate) value: f64,
}

impl ActiveAlert {
    /// `firing` or `pending`.
    pub(crate) fn state(&self) -> &'static str {
        if self.fired_at.is_some() { "firing" } else { "pending" }
    }
}

/// A rule and its alerts.
#[derive(Clone, Debug)]
pub(crate) struct Rule {
    /// As the scenario says.
    pub(crate) declared: AlertRule,
    /// Its expression.
    expr: Arc<Expr>,
    /// Its alerts.
    pub(crate) active: BTreeMap<Labels, ActiveAlert>,
}

/// From when, until when, and the value.
pub(crate) type Firing = (i64, Option<i64>, f64);

/// A label set of `ALERTS`, and when it was there.
pub(crate) type AlertSeries = (Arc<Labels>, Vec<Firing>);

/// All rules, and what they did so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct AlertBook {
    /// The rules in the order of the scenario.
    pub(crate) rules: Vec<Rule>,
    history: BTreeMap<Labels, Vec<Firing>>,
    series: Arc<Vec<AlertSeries>>,
    /// When the rules were evaluated last.
    pub(crate) evaluated: i64,
}

impl AlertBook {
    /// A book of these rules.
    ///
    /// # Errors
    /// When an expression is none.
    pub(crate) fn new(rules: &[AlertRule]) -> Result<Self, QueryError> {
        let rules = rules
            .iter()
            .map(|rule| {
                Ok(Rule { declared: rule.clone(), expr: Arc::new(promql::parse(&rule.expr)?), active: BTreeMap::new() })
            })
            .collect::<Result<Vec<_>, QueryError>>()?;
        Ok(Self { rules, ..Self::default() })
    }

    /// The series `ALERTS`.
    pub(crate) fn series(&self) -> Arc<Vec<AlertSeries>> {
        Arc::clone(&self.series)
    }

    /// All alerts, rule by rule.
    pub(crate) fn alerts(&self) -> impl Iterator<Item = (&Rule, &ActiveAlert)> {
        self.rules.iter().flat_map(|rule| rule.active.values().map(move |alert| (rule, alert)))
    }

    /// Evaluates all rules at the moment of the snapshot.
    pub(crate) fn evaluate(&mut self, snapshot: &Snapshot) {
        let now = snapshot.now;
        self.evaluated = now;
        let before = self.states();
        for rule in &mut self.rules {
            let Ok(Value::Vector(samples)) = Evaluation::new(snapshot, now, now, SCRAPE).at(&rule.expr, now) else {
                continue;
            };
            let hold = rule.declared.hold.delta().num_milliseconds();
            let mut active = BTreeMap::new();
            for sample in samples {
                let labels = alert_labels(&rule.declared, &sample.labels);
                let known = rule.active.get(&labels);
                let active_at = known.map_or(now, |alert| alert.active_at);
                let fired_at =
                    known.and_then(|alert| alert.fired_at).or_else(|| (now - active_at >= hold).then_some(now));
                let annotations = rule
                    .declared
                    .annotations
                    .iter()
                    .map(|(name, text)| (name.clone(), fill_in(text, &labels, sample.value)))
                    .collect();
                active.insert(
                    labels.clone(),
                    ActiveAlert { labels, annotations, active_at, fired_at, value: sample.value },
                );
            }
            rule.active = active;
        }
        let after = self.states();
        if before != after {
            self.remember(&before, &after, now);
        }
    }

    /// The label sets of `ALERTS` that exist now.
    fn states(&self) -> std::collections::BTreeSet<Labels> {
        self.alerts()
            .map(|(_, alert)| {
                let mut labels = alert.labels.clone();
                labels.insert(NAME.to_owned(), "ALERTS".to_owned());
                labels.insert("alertstate".to_owned(), alert.state().to_owned());
                labels
            })
            .collect()
    }

    fn remember(
        &mut self,
        before: &std::collections::BTreeSet<Labels>,
        after: &std::collections::BTreeSet<Labels>,
        now: i64,
    ) {
        for gone in before.difference(after) {
            if let Some(last) = self.history.get_mut(gone).and_then(|firings| firings.last_mut()) {
                last.1 = Some(now);
            }
        }
        for come in after.difference(before) {
            let firings = self.history.entry(come.clone()).or_default();
            firings.push((now, None, 1.0));
            if firings.len() > REMEMBERED {
                firings.remove(0);
            }
        }
        self.series = Arc::new(
            self.history.iter().map(|(labels, firings)| (Arc::new(labels.clone()), firings.clone())).collect(),
        );
    }
}

fn alert_labels(rule: &AlertRule, labels: &Labels) -> Labels {
    let mut labels = labels.clone();
    labels.remove(NAME);
    labels.extend(rule.labels.clone());
    labels.insert("alertname".to_owned(), rule.name.clone());
    labels
}

/// Fills in `{{ $labels.NAME }}` and `{{ $value }}`. A ratio is written as a percentage, so that a sentence can hold it.
fn fill_in(text: &str, labels: &Labels, value: f64) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        filled.push_str(before);
        if let Some((inside, next)) = after.split_once("}}") {
            filled.push_str(&inserted(inside.trim(), labels, value));
            rest = next;
        } else {
            filled.push_str("{{");
            rest = after;
        }
    }
    filled.push_str(rest);
    filled
}

fn inserted(what: &str, labels: &Labels, value: f64) -> String {
    match what {
        "$value" if value.abs() <= 1.0 => format!("{:.1} %", value * 100.0),
        "$value" => format!("{value:.2}"),
        other => other.strip_prefix("$labels.").and_then(|name| labels.get(name)).cloned().unwrap_or_default(),
    }
}

/// The fingerprint of a label set: FNV-1a over names and values, each followed by 0xff, as in `prometheus/common/model`.
pub(crate) fn fingerprint(labels: &Labels) -> String {
    let mut state = 0xcbf2_9ce4_8422_2325_u64;
    let mut add = |byte: u8| state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    for (name, value) in labels {
        name.bytes().chain([0xff]).chain(value.bytes()).chain([0xff]).for_each(&mut add);
    }
    format!("{state:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> Labels {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn a_fingerprint_is_the_one_that_alertmanager_prints() {
        // Recorded from Alertmanager 0.25.0.
        let high = labels(&[
            ("alertname", "HighErrorRate"),
            ("env", "prod"),
            ("service", "checkout"),
            ("severity", "critical"),
        ]);
        assert_eq!(fingerprint(&high), "69c2e62f0b0aec37");
        let disk = labels(&[("alertname", "DiskFull"), ("service", "db"), ("severity", "warning")]);
        assert_eq!(fingerprint(&disk), "fea87206e6e9c5ec");
    }

    #[test]
    fn annotations_are_filled_in() {
        let labels = labels(&[("service", "checkout")]);
        assert_eq!(
            fill_in("{{ $labels.service }} fails {{$value}} of it", &labels, 0.4),
            "checkout fails 40.0 % of it"
        );
        assert_eq!(fill_in("{{ $labels.gone }}|{{ $value", &labels, 1.0), "|{{ $value");
    }
}
