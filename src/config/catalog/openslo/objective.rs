//! An SLO object and its objectives.

use super::{Indicators, Object, Reader};
use crate::{
    config::{
        diagnostic::{Diagnostic, one_of},
        document::Node,
        form,
    },
    domain::{
        object::SourceName,
        slo::definition::{Binding, Comparison, Indicator, Objective, Origin, Period, Slo},
    },
};

/// How events are counted.
const METHODS: [&str; 3] = ["Occurrences", "Timeslices", "RatioTimeslices"];

/// What all objectives of an SLO share.
struct Shared<'a> {
    service: &'a str,
    name: &'a str,
    period: Period,
    indicator: super::indicator::Measured,
    source: Option<SourceName>,
}

impl Reader<'_> {
    /// Reads one SLO; one of warroom's own for each objective.
    pub(super) fn openslo_slo(&mut self, object: &Object, indicators: &Indicators) {
        let before = self.report.errors();
        self.unknown_keys(object, &object.node, &["apiVersion", "kind", "metadata", "spec"]);
        let Some(spec) = object.node.get("spec") else {
            self.report.push(object.error(&object.node, "`spec` is missing"));
            return;
        };
        let known = [
            "description",
            "service",
            "indicator",
            "indicatorRef",
            "timeWindow",
            "budgetingMethod",
            "objectives",
            "alertPolicies",
        ];
        self.unknown_keys(object, spec, &known);
        let name = self.wanted_name(object, &object.node, object.name(), "metadata.name");
        let service = self.wanted_name(object, spec, spec.get("service").and_then(Node::text), "spec.service");
        let occurrences = self.method(object, spec);
        let objectives = self.objectives(object, spec);
        if !occurrences || objectives.is_none() {
            return;
        }
        let period = self.openslo_period(object, spec);
        let measured = self.measured(object, spec, indicators);
        let (Some(name), Some(service), Some(period), Some(measured), Some(objectives)) =
            (name, service, period, measured, objectives)
        else {
            return;
        };
        if self.report.errors() > before {
            return;
        }
        self.known_service(object, spec, service);
        let source =
            measured.source.clone().filter(|name| self.names.sources.contains(name)).map(|name| name.as_str().into());
        let shared = Shared { service, name, period, indicator: measured, source };
        for (index, objective) in objectives.iter().enumerate() {
            let id = if objectives.len() == 1 { None } else { Some(index + 1) };
            self.openslo_objective(object, objective, id, &shared);
        }
    }

    fn wanted_name<'n>(&mut self, object: &Object, node: &Node, name: Option<&'n str>, key: &str) -> Option<&'n str> {
        match name {
            Some(text) if form::name(text).is_ok() => Some(text),
            Some(text) => {
                let diagnostic = object.error(node, &format!("`{text}` in `{key}` is not a name"));
                self.report.push(diagnostic.expected("a name of letters, digits, ., _ and -"));
                None
            }
            None => {
                self.report.push(object.error(node, &format!("`{key}` is missing")).expected("a name"));
                None
            }
        }
    }

    /// Whether the budgeting method is one that is read.
    fn method(&mut self, object: &Object, spec: &Node) -> bool {
        let node = spec.get("budgetingMethod");
        let diagnostic = match node.and_then(Node::text) {
            Some("Occurrences") => return true,
            Some(method) if METHODS.contains(&method) => object
                .unsupported(node.unwrap_or(spec), &format!("the budgeting method {method} is"))
                .expected("Occurrences"),
            Some(method) => object
                .error(node.unwrap_or(spec), &format!("`{method}` is not a budgeting method"))
                .expected(one_of(METHODS))
                .nearest(method, METHODS),
            None => object.error(node.unwrap_or(spec), "`budgetingMethod` is missing").expected(one_of(METHODS)),
        };
        self.report.push(diagnostic);
        false
    }

    /// The objectives, unless they make a composite.
    fn objectives<'n>(&mut self, object: &Object, spec: &'n Node) -> Option<&'n [Node]> {
        let objectives = spec.get("objectives").map_or(&[][..], Node::items);
        let composite = objectives
            .iter()
            .find(|one| ["indicator", "indicatorRef", "compositeWeight"].iter().any(|key| one.get(key).is_some()));
        let diagnostic = match (objectives, composite) {
            (_, Some(one)) => object.unsupported(one, "an SLO composed of several indicators is"),
            ([], _) => object.error(spec, "`objectives` is missing or empty").expected("at least one objective"),
            _ => return Some(objectives),
        };
        self.report.push(diagnostic);
        None
    }

    fn known_service(&mut self, object: &Object, spec: &Node, service: &str) {
        if self.services.contains(service) {
            return;
        }
        let problem = format!("{}: no service is called `{service}`", object.title());
        let node = spec.get("service").unwrap_or(spec);
        self.report.push(
            Diagnostic::warning(&object.document, node, problem)
                .nearest(service, self.services.iter().map(String::as_str))
                .advise(format!("it is shown under that name; write services/{service}.toml to say more about it")),
        );
    }

    fn openslo_objective(&mut self, object: &Object, node: &Node, number: Option<usize>, shared: &Shared<'_>) {
        let known = ["displayName", "op", "value", "target", "targetPercent", "timeSliceTarget", "timeSliceWindow"];
        self.unknown_keys(object, node, &known);
        let objective = self.target(object, node);
        let indicator = match &shared.indicator.indicator {
            Ok(indicator) => Some(indicator.clone()),
            Err(query) => self.threshold(object, node, query),
        };
        let (Some(objective), Some(indicator)) = (objective, indicator) else { return };
        let ending = number.map_or_else(String::new, |number| format!("-{number}"));
        let name = format!("{}{ending}", shared.name);
        let slo = Slo {
            id: format!("{}/{name}", shared.service),
            name,
            origin: Origin::OpenSlo(self.named(&object.path)),
            binding: Binding::Service(shared.service.to_owned()),
            objective,
            period: shared.period,
            indicator,
            source: shared.source.clone(),
        };
        self.add_slo(slo, &object.document, object.node.get("metadata").unwrap_or(node));
    }

    /// `target` is a ratio, `targetPercent` a percentage; exactly one of them.
    fn target(&mut self, object: &Object, node: &Node) -> Option<Objective> {
        let (ratio, percent) = (node.get("target"), node.get("targetPercent"));
        let (place, number) = match (ratio, percent) {
            // 0.9995 x 100 shall be 99.95 and not 99.95000000000001.
            (Some(place), None) => (place, place.number().map(|ratio| (ratio * 1e11).round() / 1e9)),
            (None, Some(place)) => (place, place.number()),
            (both, _) => {
                let word = if both.is_some() { "both `target` and `targetPercent`" } else { "no `target`" };
                self.report.push(
                    object
                        .error(node, &format!("an objective has {word}"))
                        .expected("exactly one of `target` and `targetPercent`"),
                );
                return None;
            }
        };
        let objective = number.and_then(|number| Objective::new(number).ok());
        if objective.is_none() {
            let expected = if ratio.is_some() {
                "a ratio above 0 and below 1, such as 0.999"
            } else {
                "a percentage above 0 and below 100"
            };
            let diagnostic = object.error(place, "the target is out of range");
            self.report.push(diagnostic.expected(expected).found(place.described()));
        }
        objective
    }

    fn threshold(&mut self, object: &Object, node: &Node, query: &str) -> Option<Indicator> {
        const OPERATORS: [&str; 4] = ["lt", "lte", "gt", "gte"];
        let op = node.get("op");
        let good_when = match op.and_then(Node::text) {
            Some("lt") => Some(Comparison::Lt),
            Some("lte") => Some(Comparison::Lte),
            Some("gt") => Some(Comparison::Gt),
            Some("gte") => Some(Comparison::Gte),
            other => {
                let diagnostic = object.error(op.unwrap_or(node), "a threshold needs `op`").expected(one_of(OPERATORS));
                self.report.push(match other {
                    Some(other) => diagnostic.found(format!("`{other}`")).nearest(other, OPERATORS),
                    None => diagnostic,
                });
                None
            }
        };
        let value = node.get("value").and_then(Node::number).filter(|value| value.is_finite());
        if value.is_none() {
            let at = node.get("value").unwrap_or(node);
            self.report.push(object.error(at, "a threshold needs `value`").expected("a number"));
        }
        Some(Indicator::Threshold { query: query.to_owned(), good_when: good_when?, value: value? })
    }
}
