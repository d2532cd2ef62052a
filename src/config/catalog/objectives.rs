//! SLOs: `slos/*.toml`, and what they share with those of services.

use std::sync::LazyLock;

use serde_json::Value as Json;

use super::Reader;
use crate::{
    config::{
        check::schema_of,
        diagnostic::Diagnostic,
        document::{Document, Node, joined},
        schema::slo::{LatencyTable, RatioTable, SloFile, ThresholdTable, WindowValue},
    },
    domain::slo::definition::{Binding, Indicator, Objective, Origin, Period, Slo},
};

/// The schema of an SLO's file.
pub(crate) static SCHEMA: LazyLock<Json> = LazyLock::new(schema_of::<SloFile>);

/// The ways to measure that a table may have.
pub(super) type Indicators<'a> = (Option<&'a RatioTable>, Option<&'a LatencyTable>, Option<&'a ThresholdTable>);

impl From<WindowValue> for Period {
    fn from(window: WindowValue) -> Self {
        match window {
            WindowValue::Rolling(span) => Self::Rolling(span),
            WindowValue::Calendar(calendar) => Self::Calendar { unit: calendar.calendar, zone: calendar.zone },
        }
    }
}

impl Reader<'_> {
    /// `slos/*.toml`: definitions for many services.
    pub(super) fn group_slos(&mut self) {
        for file in self.read::<SloFile>("slos", &SCHEMA) {
            let Some(table) = &file.content else { continue };
            let (document, root) = (&file.document, &file.root);
            self.source_exists(table.source.as_ref(), document, root.get("source").unwrap_or(root));
            let indicator = self.indicator((table.ratio.as_ref(), table.latency.as_ref(), None), document, root);
            let objective = self.objective(table.objective, document, root);
            if let (Some(indicator), Some(objective)) = (indicator, objective) {
                let slo = Slo {
                    id: file.name.clone(),
                    name: file.name.clone(),
                    origin: Origin::File(self.named(&file.path)),
                    binding: Binding::By { label: table.by.clone(), except: table.except.clone() },
                    objective,
                    period: table.window.into(),
                    indicator,
                    source: table.source.as_deref().map(Into::into),
                };
                self.add_slo(slo, document, root);
            }
        }
    }

    pub(super) fn objective(&mut self, percent: f64, document: &Document, node: &Node) -> Option<Objective> {
        Objective::new(percent)
            .map_err(|error| {
                let node = node.get("objective").unwrap_or(node);
                self.report.push(Diagnostic::error(document, node, error.to_string()));
            })
            .ok()
    }

    /// The one way to measure that a table has.
    pub(super) fn indicator(&mut self, found: Indicators<'_>, document: &Document, node: &Node) -> Option<Indicator> {
        match found {
            (Some(ratio), None, None) => self.ratio(ratio, document, node.get("ratio").unwrap_or(node)),
            (None, Some(latency), None) => {
                Some(Indicator::Latency { histogram: latency.histogram.clone(), under: latency.under })
            }
            (None, None, Some(threshold)) => Some(Indicator::Threshold {
                query: threshold.query.clone(),
                good_when: threshold.good_when,
                value: threshold.value,
            }),
            _ => {
                let words =
                    [("ratio", found.0.is_some()), ("latency", found.1.is_some()), ("threshold", found.2.is_some())];
                let there: Vec<&str> = words.iter().filter(|(_, there)| *there).map(|(word, _)| *word).collect();
                let problem = if there.is_empty() {
                    // A way that is there but wrong was reported already, and taken out.
                    if words.iter().any(|(word, _)| self.told(document, &joined(&node.path, word))) {
                        return None;
                    }
                    "the SLO says nowhere how it is measured".to_owned()
                } else {
                    format!("the SLO is measured in {} ways: {}", there.len(), there.join(", "))
                };
                self.report.push(
                    Diagnostic::error(document, node, problem)
                        .expected("exactly one of `ratio`, `latency` or `threshold`"),
                );
                None
            }
        }
    }

    fn ratio(&mut self, ratio: &RatioTable, document: &Document, node: &Node) -> Option<Indicator> {
        let total = ratio.total.clone();
        match (&ratio.bad, &ratio.good) {
            (Some(bad), None) => Some(Indicator::Bad { bad: bad.clone(), total }),
            (None, Some(good)) => Some(Indicator::Good { good: good.clone(), total }),
            _ if self.told(document, &node.path) => None,
            (both, _) => {
                let problem = if both.is_some() { "has both `bad` and `good`" } else { "has neither `bad` nor `good`" };
                self.report.push(
                    Diagnostic::error(document, node, format!("the ratio {problem}"))
                        .expected("`total`, and exactly one of `bad` and `good`"),
                );
                None
            }
        }
    }
}
