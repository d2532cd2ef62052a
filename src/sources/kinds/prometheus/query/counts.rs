//! Counts of events over a window: bad and total together in one answer, so that a ratio never comes from two moments.

use std::sync::Arc;

use super::{
    indicator::Sides,
    part::{Part, Role, aggregate, joined},
    scope::Group,
};
use crate::domain::slo::definition::Window;

/// The question for one group and one window.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// Whom the answer belongs to.
    pub group: Group,
    /// Over which window.
    pub window: Window,
    /// The whole expression, to be sent and to be copied.
    pub expression: Arc<str>,
    /// A label that tells rows apart which are not to be added.
    pub apart: Option<&'static str>,
    /// What a reader should know about the question.
    pub notes: Vec<String>,
}

impl Question {
    /// The question of `group` over `window`. `number` tells its rows from those of other groups in the same request.
    #[must_use]
    pub fn new(number: usize, group: Group, sides: &Sides, window: Window) -> Self {
        let parts = parts(&group, sides, window);
        Self {
            expression: joined(number, &parts).into(),
            group,
            window,
            apart: sides.apart,
            notes: sides.notes.clone(),
        }
    }
}

fn parts(group: &Group, sides: &Sides, window: Window) -> Vec<Part> {
    let keys = &group.keys;
    let mut apart = keys.clone();
    apart.extend(sides.apart.map(str::to_owned));
    let mut parts = vec![
        Part { role: Role::Total, expression: sides.total.events(keys, window) },
        Part { role: sides.role, expression: sides.other.events(&apart, window) },
    ];
    if let Some(selector) = sides.total_selector() {
        // The samples of an aggregation have the time of the question, so the real time is asked for.
        parts.push(Part { role: Role::At, expression: aggregate("max", keys, &format!("timestamp({selector})")) });
    }
    if group.version_label.is_some() {
        let first = if sides.role == Role::Bad { Role::BadFirst } else { Role::GoodFirst };
        parts.extend(sides.total.first(keys, window, Role::TotalFirst));
        parts.extend(sides.other.first(&apart, window, first));
    }
    parts
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::domain::{
        catalog::{Catalog, Environment, Service, Telemetry},
        labels::Labels,
        object::SourceName,
        slo::definition::{Binding, Indicator, Objective, Origin, Period, Slo},
        time::Span,
    };
    use crate::sources::kinds::prometheus::query::{bucket::Boundaries, scope::Scope};

    const FIVE: Window = Span::from_mins(5);

    fn slo(id: &str, binding: Binding, indicator: Indicator) -> Slo {
        Slo {
            id: id.to_owned(),
            name: "availability".to_owned(),
            origin: Origin::File("x.toml".to_owned()),
            binding,
            objective: Objective::new(99.9).expect("in range"),
            period: Period::Rolling(Span::from_days(30)),
            indicator,
            source: None,
        }
    }

    fn ratio() -> Indicator {
        Indicator::Bad {
            bad: r#"http_requests_total{code=~"5.."}"#.to_owned(),
            total: "http_requests_total".to_owned(),
        }
    }

    fn by_service() -> Binding {
        Binding::By { label: "service".to_owned(), except: vec!["batch-.*".to_owned()] }
    }

    fn catalog(slos: Vec<Slo>) -> Catalog {
        let environment = |env: &str| Environment {
            production: false,
            one_at_a_time: false,
            telemetry: Labels::from([("env".to_owned(), env.to_owned())]),
        };
        let service = Service {
            telemetry: Telemetry { select: Labels::new(), version_label: Some("version".to_owned()) },
            ..Service::default()
        };
        Catalog {
            environments: [("prod", "production"), ("staging", "staging")]
                .map(|(name, env)| (name.to_owned(), environment(env)))
                .into(),
            services: ["a", "b"].map(|name| (name.to_owned(), service.clone())).into(),
            slos,
            ..Catalog::default()
        }
    }

    fn questions(catalog: &Catalog, by_version: bool, boundaries: Option<&Boundaries>) -> Vec<Question> {
        let source = SourceName::from("prom");
        let scope = Scope { catalog, source: &source, environment: None };
        let groups = scope.groups(scope.definitions(), by_version).into_iter().enumerate();
        let questions: Vec<Question> = groups
            .map(|(number, group)| {
                let sides = Sides::of(&group, boundaries).expect("askable");
                Question::new(number, group, &sides, FIVE)
            })
            .collect();
        for question in &questions {
            let parsed = promql_parser::parser::parse(&question.expression);
            assert!(parsed.is_ok(), "{:?}: {}", parsed.err(), question.expression);
        }
        questions
    }

    fn expressions(catalog: &Catalog, by_version: bool) -> Vec<Arc<str>> {
        questions(catalog, by_version, None).into_iter().map(|question| question.expression).collect()
    }

    #[test]
    fn one_definition_for_every_service_is_one_expression() {
        assert_eq!(expressions(&catalog(vec![slo("http", by_service(), ratio())]), false), [concat!(
            r#"label_replace(sum by (env, service) (increase(http_requests_total{service!="",service!~"batch-.*",env=~"production|staging"}[5m])), "wr_part", "total 0", "", "")"#,
            r#" or label_replace(sum by (env, service) (increase(http_requests_total{code=~"5..",service!="",service!~"batch-.*",env=~"production|staging"}[5m])), "wr_part", "bad 0", "", "")"#,
            r#" or label_replace(max by (env, service) (timestamp(http_requests_total{service!="",service!~"batch-.*",env=~"production|staging"})), "wr_part", "at 0", "", "")"#,
        )
        .into()]);
    }

    #[test]
    fn equal_indicators_of_services_are_one_expression_whatever_their_number() {
        let service = |name: &str| slo(&format!("{name}/availability"), Binding::Service(name.to_owned()), ratio());
        let two = expressions(&catalog(vec![service("a"), service("b")]), false);
        assert_eq!(two.len(), 1);
        assert!(two[0].contains(r#"http_requests_total{service=~"a|b",env=~"production|staging"}[5m]"#), "{}", two[0]);
        let many: Vec<Slo> = (0..1_000).map(|n| service(&format!("s{n}"))).collect();
        assert_eq!(expressions(&catalog(many), false).len(), 1);
    }

    #[test]
    fn versions_count_what_a_young_series_had_at_its_first_sample() {
        let versions = expressions(&catalog(vec![slo("http", by_service(), ratio())]), true);
        assert_eq!(versions.len(), 1);
        let bad =
            r#"http_requests_total{code=~"5..",service!="",service!~"batch-.*",version!="",env=~"production|staging"}"#;
        let repair = format!(
            r#"label_replace(sum by (env, service, version) (min_over_time({bad}[5m]) unless {bad} offset 5m), "wr_part", "bad_first 0", "", "")"#
        );
        assert!(versions[0].contains(&repair), "{}", versions[0]);
    }

    #[test]
    fn a_definition_of_a_service_without_a_version_label_is_not_split() {
        let mut catalog = catalog(vec![slo("x", Binding::Service("c".to_owned()), ratio())]);
        assert_eq!(expressions(&catalog, true).len(), 0);
        catalog.services.clear();
        catalog.slos = vec![slo("http", by_service(), ratio())];
        assert_eq!(expressions(&catalog, true).len(), 0);
    }

    #[test]
    fn an_environment_without_labels_keeps_the_series_of_all() {
        let mut catalog = catalog(vec![slo("http", by_service(), ratio())]);
        catalog.environments.insert("lab".to_owned(), Environment::default());
        assert!(!expressions(&catalog, false)[0].contains("env=~"));
    }

    #[test]
    fn a_latency_counts_the_bucket_at_its_threshold_as_good() {
        let indicator = Indicator::Latency {
            histogram: r#"http_request_duration_seconds{route="/pay"}"#.to_owned(),
            under: Span::from_millis(300),
        };
        let boundaries = Boundaries::new([("0.3".to_owned(), 2.0), ("+Inf".to_owned(), 2.0)]);
        let catalog = catalog(vec![slo("a/latency", Binding::Service("a".to_owned()), indicator)]);
        let asked = &questions(&catalog, false, Some(&boundaries))[0].expression;
        let good = r#"sum by (env, service, le) (increase(http_request_duration_seconds_bucket{route="/pay",service="a",env=~"production|staging",le="0.3"}[5m]))"#;
        assert!(asked.contains(good), "{asked}");
        assert!(asked.contains(r#"http_request_duration_seconds_count{route="/pay",service="a""#), "{asked}");
    }

    #[test]
    fn a_threshold_counts_samples_and_a_sample_without_a_number_is_none() {
        let indicator = Indicator::Threshold {
            query: "queue_length / workers".to_owned(),
            good_when: crate::domain::slo::definition::Comparison::Lt,
            value: 7.5,
        };
        let asked = expressions(&catalog(vec![slo("a/queue", Binding::Service("a".to_owned()), indicator)]), false);
        assert!(asked[0].contains("count_over_time(((queue_length / workers) < 7.5)[5m:1m])"), "{}", asked[0]);
        assert!(asked[0].contains("count_over_time(((queue_length / workers) >= -Inf)[5m:1m])"), "{}", asked[0]);
    }

    #[test]
    fn whole_expressions_get_their_window_and_bare_counters_are_counted() {
        let indicator = |good: &str, total: &str| Indicator::Expressions {
            bad: None,
            good: Some(good.to_owned()),
            total: total.to_owned(),
        };
        let of = |indicator| catalog(vec![slo("a/x", Binding::Service("a".to_owned()), indicator)]);
        let asked = expressions(&of(indicator("sum(increase(ok[$window]))", "requests_total")), false);
        assert!(asked[0].contains("sum by (env, service) (sum(increase(ok[5m])))"), "{}", asked[0]);
        assert!(asked[0].contains("sum by (env, service) (increase(requests_total[5m]))"), "{}", asked[0]);
    }

    #[test]
    fn hostile_label_values_stay_inside_their_quotes() {
        let mut catalog = catalog(vec![
            slo("1", Binding::Service("a".to_owned()), ratio()),
            slo("2", Binding::Service("b".to_owned()), ratio()),
        ]);
        for (service, value) in catalog.services.values_mut().zip(["\"} or vector(1) #\n", "$1|.*\\"]) {
            service.telemetry.select = Labels::from([("service".to_owned(), value.to_owned())]);
        }
        assert_eq!(expressions(&catalog, false).len(), 1);
    }
}
