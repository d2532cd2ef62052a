//! The indicator of an SLO: `ratioMetric` or `thresholdMetric`.

use super::{Indicators, Object, Reader, query};
use crate::{
    config::{
        diagnostic::one_of,
        document::{Node, Value},
    },
    domain::slo::definition::Indicator,
};

/// How an SLO is measured.
pub(super) struct Measured {
    /// The indicator; of a threshold only the query, because each objective has its own threshold.
    pub(super) indicator: Result<Indicator, String>,
    /// The data source that it names.
    pub(super) source: Option<String>,
}

/// Types of metric sources that speak `PromQL`. `Any` is what the examples of `OpenSLO` write.
const TYPES: [&str; 7] = ["prometheus", "promql", "thanos", "mimir", "cortex", "victoriametrics", "any"];

impl Reader<'_> {
    /// The indicator of the SLO, in place or by reference.
    pub(super) fn measured(&mut self, object: &Object, spec: &Node, indicators: &Indicators) -> Option<Measured> {
        let sli = match (spec.get("indicator"), spec.get("indicatorRef")) {
            (Some(inline), None) => inline.get("spec").unwrap_or(inline),
            (None, Some(reference)) => {
                let name = reference.text().unwrap_or_default();
                let Some(found) = indicators.get(name) else {
                    let diagnostic = object.error(reference, &format!("no SLI is called `{name}`"));
                    self.report.push(diagnostic.nearest(name, indicators.keys().map(String::as_str)));
                    return None;
                };
                found
            }
            _ => {
                let diagnostic = object.error(spec, "it says nowhere, or twice, how it is measured");
                self.report.push(diagnostic.expected("exactly one of `indicator` and `indicatorRef`"));
                return None;
            }
        };
        match (sli.get("ratioMetric"), sli.get("thresholdMetric")) {
            (Some(ratio), None) => self.ratio_metric(object, ratio),
            (None, Some(threshold)) => {
                let (query, source) = self.metric(object, threshold)?;
                Some(Measured { indicator: Err(query), source })
            }
            _ => {
                let diagnostic = object.error(sli, "the indicator has none, or more than one, metric");
                self.report.push(diagnostic.expected("exactly one of `ratioMetric` and `thresholdMetric`"));
                None
            }
        }
    }

    fn ratio_metric(&mut self, object: &Object, ratio: &Node) -> Option<Measured> {
        self.unknown_keys(object, ratio, &["counter", "good", "bad", "total", "raw", "rawType"]);
        if let Some(raw) = ratio.get("raw") {
            self.report.push(object.unsupported(raw, "a raw ratio is").expected("`total`, and `good` or `bad`"));
            return None;
        }
        if let Some(counter) = ratio.get("counter").filter(|node| node.value == Value::Bool(false)) {
            self.report
                .push(object.unsupported(counter, "a ratio of gauges (counter: false) is").expected("counter: true"));
            return None;
        }
        let (good, bad) = (ratio.get("good"), ratio.get("bad"));
        let (Some(total), Some(side), true) = (ratio.get("total"), good.or(bad), good.is_none() || bad.is_none())
        else {
            let diagnostic = object.error(ratio, "the ratio is not complete");
            self.report.push(diagnostic.expected("`total`, and exactly one of `good` and `bad`"));
            return None;
        };
        let total = self.events(object, total);
        let side = self.events(object, side);
        let ((total, source), (side, _)) = (total?, side?);
        let (bad, good) = if good.is_some() { (None, Some(side)) } else { (Some(side), None) };
        Some(Measured { indicator: Ok(Indicator::Expressions { bad, good, total }), source })
    }

    /// The expression of events over `$window`, and the data source.
    fn events(&mut self, object: &Object, node: &Node) -> Option<(String, Option<String>)> {
        let (text, source) = self.metric(object, node)?;
        match query::over_window(&text) {
            Ok(expression) => Some((expression, source)),
            Err(why) => {
                let diagnostic =
                    object.unsupported(place_of_query(node).unwrap_or(node), &format!("a query that {why} is"));
                self.report.push(diagnostic.expected(
                    "counters, such as sum(http_requests_total{code=~\"5..\"}), or an expression over [$window]",
                ));
                None
            }
        }
    }

    /// The query of a metric, and the data source that it names.
    fn metric(&mut self, object: &Object, node: &Node) -> Option<(String, Option<String>)> {
        let Some(source) = node.get("metricSource") else {
            self.report.push(object.error(node, "`metricSource` is missing"));
            return None;
        };
        if let Some(kind) = source.get("type") {
            let word = kind.text().unwrap_or_default();
            if !TYPES.contains(&word.to_lowercase().as_str()) {
                let diagnostic = object.unsupported(kind, &format!("the metric source {word} is"));
                self.report.push(diagnostic.expected(one_of(["Prometheus"])));
                return None;
            }
        }
        let Some(query) = place_of_query(node) else {
            self.report.push(object.error(source, "the metric has no `query`").expected("spec: { query: … }"));
            return None;
        };
        let text = query.text().unwrap_or_default().trim();
        if let Err(problem) = query::check(text) {
            let diagnostic = object.error(query, &problem);
            self.report.push(diagnostic.expected("a PromQL query"));
            return None;
        }
        let reference = source.get("metricSourceRef").and_then(Node::text).map(str::to_owned);
        Some((text.to_owned(), reference))
    }
}

fn place_of_query(metric: &Node) -> Option<&Node> {
    metric.get("metricSource")?.get("spec")?.get("query")
}
