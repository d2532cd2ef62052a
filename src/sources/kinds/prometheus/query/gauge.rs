//! The values of a gauge by version, averaged over the targets of each.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    part::{Part, Role, aggregate, joined, take_mark},
    scope::Group,
    selector::Selector,
};
use crate::{
    domain::{
        canary::facts::{GaugeSeries, GaugeValue},
        labels::Labels,
        slo::definition::Indicator,
        time::Timestamp,
    },
    sources::kinds::prometheus::{
        decode::{sample::instant, series::ManySamples},
        owner::Owners,
    },
};

/// The question for the gauges of one group.
#[derive(Clone, Debug, PartialEq)]
pub struct GaugeQuestion {
    /// Whom the answer belongs to.
    pub group: Group,
    /// The whole expression, to be sent and to be copied.
    pub expression: Arc<str>,
}

impl GaugeQuestion {
    /// The question of `group`. `number` tells its rows from those of others in the same request.
    ///
    /// # Errors
    /// In words, when the definition is no selector.
    pub fn new(number: usize, group: Group) -> Result<Self, String> {
        let Indicator::Good { total, .. } = &group.indicator else {
            return Err("it selects no series".to_owned());
        };
        let selector = Selector::parse(total)?.with(&group.matchers);
        let parts = [
            Part { role: Role::Mean, expression: aggregate("avg", &group.keys, &selector.to_string()) },
            // A server repeats the last sample of a series that ended for some minutes: its own time tells.
            Part { role: Role::At, expression: aggregate("max", &group.keys, &format!("timestamp({selector})")) },
        ];
        Ok(Self { expression: joined(number, &parts).into(), group })
    }
}

/// What the rows of one label set say, by the time that was asked about.
#[derive(Default)]
struct Said {
    means: BTreeMap<i64, f64>,
    sampled: BTreeMap<i64, f64>,
}

/// Sorts the series of all requests by question and label set.
#[must_use]
pub fn gauges(questions: &[GaugeQuestion], rows: Vec<ManySamples>) -> Vec<GaugeSeries> {
    let mut sorted: Vec<BTreeMap<Labels, Said>> = questions.iter().map(|_| BTreeMap::new()).collect();
    for ManySamples { mut metric, values, .. } in rows {
        let Some((number, role)) = take_mark(&mut metric) else { continue };
        let Some(sets) = sorted.get_mut(number) else { continue };
        let said = sets.entry(metric).or_default();
        #[expect(
            clippy::cast_possible_truncation,
            reason = "times that were asked about are whole seconds of this century"
        )]
        let values = values.into_iter().map(|sample| (sample.secs.round() as i64, sample.value));
        match role {
            Role::Mean => said.means.extend(values),
            Role::At => said.sampled.extend(values),
            _ => {}
        }
    }
    let mut series = Vec::new();
    for (question, sets) in questions.iter().zip(sorted) {
        let owners = Owners::of(&question.group);
        for (mut labels, said) in sets {
            let version = question.group.version_label.as_ref().and_then(|label| labels.remove(label));
            let Some(version) = version else { continue };
            let values = values(&said);
            series.extend(owners.of_row(&labels).into_iter().map(|member| GaugeSeries {
                gauge: member.slo.clone(),
                labels: labels.clone(),
                version: version.clone(),
                values: values.clone(),
                query: Arc::clone(&question.expression),
            }));
        }
    }
    series
}

/// The values, each of a sample that is newer than the one before: a value that is said again is no second one.
fn values(said: &Said) -> Vec<GaugeValue> {
    let mut values: Vec<GaugeValue> = Vec::new();
    for (time, value) in said.means.iter().filter(|(_, value)| value.is_finite()) {
        let at: Option<Timestamp> = said.sampled.get(time).copied().and_then(instant);
        let Some(at) = at.filter(|at| values.last().is_none_or(|last| last.at < *at)) else { continue };
        values.push(GaugeValue { at, value: *value });
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{
            canary::gauge_metric::{GaugeMetric, Worse},
            catalog::{Catalog, Environment, Service, Telemetry},
            object::SourceName,
        },
        sources::kinds::prometheus::{decode::sample::Sample, query::scope::Scope},
    };

    fn questions() -> Vec<GaugeQuestion> {
        let service = Service {
            telemetry: Telemetry { select: Labels::new(), version_label: Some("version".to_owned()) },
            ..Service::default()
        };
        let telemetry = Labels::from([("env".to_owned(), "production".to_owned())]);
        let metric = |service: &str| GaugeMetric {
            name: "memory".to_owned(),
            service: service.to_owned(),
            value: "process_resident_memory_bytes".to_owned(),
            worse: Worse::Higher,
            margin: 0.1,
            source: None,
        };
        let names: Vec<String> = (0..300).map(|number| format!("s{number}")).collect();
        let catalog = Catalog {
            environments: [("prod".to_owned(), Environment { telemetry, ..Environment::default() })].into(),
            services: names.iter().map(|name| (name.clone(), service.clone())).collect(),
            ..Catalog::default()
        };
        let source = SourceName::from("prom");
        let scope = Scope { catalog: &catalog, source: &source, environment: None };
        let definitions: Vec<_> = names.iter().filter_map(|name| metric(name).definition()).collect();
        let groups = scope.groups(&definitions, true).into_iter().enumerate();
        groups.map(|(number, group)| GaugeQuestion::new(number, group).expect("a selector")).collect()
    }

    fn row(role: &str, version: &str, values: &[(f64, f64)]) -> ManySamples {
        let metric = [("service", "s7"), ("env", "production"), ("version", version), ("wr_part", role)];
        ManySamples {
            metric: metric.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            values: values.iter().map(|(secs, value)| Sample { secs: *secs, value: *value }).collect(),
            histograms: Vec::new(),
        }
    }

    #[test]
    fn one_expression_asks_for_the_gauge_of_any_number_of_services() {
        let questions = questions();
        assert_eq!(questions.len(), 1);
        let text = &questions[0].expression;
        assert!(promql_parser::parser::parse(text).is_ok(), "{text}");
        assert!(
            text.starts_with("label_replace(avg by (env, service, version) (process_resident_memory_bytes{"),
            "{text}"
        );
        assert!(text.contains(r#"version!="""#) && text.contains(r#"env="production""#), "{text}");
    }

    #[test]
    fn what_is_said_again_is_no_new_value_and_no_number_is_none() {
        let rows = vec![
            row("mean 0", "2", &[(60.0, 1.0), (75.0, 2.0), (90.0, 2.0), (105.0, f64::NAN), (120.0, 3.0), (135.0, 3.0)]),
            row(
                "at 0",
                "2",
                &[(60.0, 58.0), (75.0, 73.0), (90.0, 73.0), (105.0, 103.0), (120.0, 118.0), (135.0, 118.0)],
            ),
            row("mean 0", "1", &[(60.0, f64::NAN)]),
            row("at 0", "1", &[(60.0, 58.0)]),
        ];
        let series = gauges(&questions(), rows);
        let of = |version: &str| {
            let one = series.iter().find(|one| one.version == version).expect(version);
            assert_eq!(one.gauge, "s7 gauge memory");
            one.values.iter().map(|value| (value.at.timestamp(), value.value)).collect::<Vec<_>>()
        };
        assert_eq!(of("2"), [(58, 1.0), (73, 2.0), (118, 3.0)]);
        assert_eq!(of("1"), []);
    }
}
