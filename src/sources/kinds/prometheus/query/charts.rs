//! Charts of one service: error ratio and rate of each of its SLOs, whole and by version, in one range query.

use super::{
    indicator::Sides,
    part::{Part, Role, joined},
    scope::{Group, Scope},
    selector::equals,
};
use crate::domain::{
    catalog::{service_select, telemetry_labels},
    chart::ChartRequest,
    slo::definition::{Binding, Slo},
    time::Span,
};

/// At most so many points; steps are chosen so that there are at least about half as many.
const MOST_POINTS: u64 = 240;

/// Steps that divide minutes, hours and days, in seconds.
const STEPS: [u64; 14] = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200];

/// The distance of two points of a chart that goes back `range`.
#[must_use]
pub fn step(range: Span) -> Span {
    let least = range.divided(MOST_POINTS);
    STEPS.iter().map(|step| Span::from_secs(*step)).find(|step| *step >= least).unwrap_or(Span::from_days(1))
}

/// The window that each point looks back over: at least a step, so that no event falls between two points, and four times the
/// distance of two samples, because less gives holes.
#[must_use]
pub fn window(step: Span, scrape_interval: Span) -> Span {
    step.max(scrape_interval.times(4))
}

/// One line of a chart to be asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// The SLO's short name.
    pub slo: String,
    /// The label of the version, where the line is split by it.
    pub version_label: Option<String>,
    /// What the second number counts: [`Role::Bad`] or [`Role::Good`].
    pub role: Role,
    /// Both sides.
    sides: Sides,
    apart: bool,
}

/// An SLO of the service whose chart is wanted, as a group of its own.
#[must_use]
pub fn groups(scope: Scope<'_>, request: &ChartRequest) -> Vec<(String, Group)> {
    let mut groups = Vec::new();
    for slo in scope.definitions().filter(|slo| is_of(scope, slo, &request.service)) {
        for by_version in [false, true] {
            for mut group in scope.groups([slo], by_version) {
                group.matchers = matchers(scope, request, group.version_label.as_deref());
                group.keys = group.version_label.iter().cloned().collect();
                groups.push((slo.name.clone(), group));
            }
        }
    }
    groups
}

/// Whether `slo` is one of `service`.
fn is_of(scope: Scope<'_>, slo: &Slo, service: &str) -> bool {
    match &slo.binding {
        Binding::Service(name) => name == service,
        Binding::By { label, except } => {
            let select = service_select(scope.catalog, service);
            select.get(label).is_some_and(|value| !except.iter().any(|pattern| matches_whole(pattern, value)))
        }
        Binding::Labels(_) => false,
    }
}

fn matches_whole(pattern: &str, value: &str) -> bool {
    regex::Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|pattern| pattern.is_match(value))
}

fn matchers(scope: Scope<'_>, request: &ChartRequest, version_label: Option<&str>) -> Vec<String> {
    let labels = if scope.environment.is_some() {
        service_select(scope.catalog, &request.service)
    } else {
        telemetry_labels(scope.catalog, &request.service, &request.environment)
    };
    let labels = labels.iter().map(|(label, value)| equals(label, value));
    labels.chain(version_label.map(super::selector::present)).collect()
}

impl Line {
    /// The line of `group`, one of the SLO `slo`.
    #[must_use]
    pub fn new(slo: String, group: &Group, sides: Sides) -> Self {
        let apart = sides.apart.is_some();
        Self { slo, version_label: group.version_label.clone(), role: sides.role, sides, apart }
    }

    /// The expression of its points; `number` tells them from those of other lines.
    #[must_use]
    pub fn expression(&self, number: usize, window: Span) -> String {
        let keys: Vec<String> = self.version_label.iter().cloned().collect();
        let mut other = keys.clone();
        if self.apart {
            other.extend(self.sides.apart.map(str::to_owned));
        }
        joined(
            number,
            &[
                Part { role: Role::Total, expression: self.sides.total.events(&keys, window) },
                Part { role: self.role, expression: self.sides.other.events(&other, window) },
            ],
        )
    }

    /// The label that tells rows apart which are not to be added.
    #[must_use]
    pub const fn apart(&self) -> Option<&'static str> {
        self.sides.apart
    }

    /// A question whose answer tells how often its series are sampled: how many samples of five minutes there are.
    #[must_use]
    pub fn sampling(&self) -> Option<String> {
        let selector = self.sides.total_selector()?;
        Some(format!("max (count_over_time({selector}[5m]))"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chart_has_some_two_hundred_points_on_round_times() {
        for (range, expected) in
            [("15m", "5s"), ("1h", "15s"), ("6h", "2m"), ("1d", "10m"), ("3d", "30m"), ("30s", "1s")]
        {
            assert_eq!(step(range.parse().expect("a span")).to_string(), expected, "{range}");
        }
        assert_eq!(window(Span::from_secs(5), Span::from_secs(15)), Span::from_mins(1));
        assert_eq!(window(Span::from_mins(10), Span::from_secs(15)), Span::from_mins(10));
    }
}
