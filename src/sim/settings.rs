//! What a console needs to look at the simulation: sources, environments, catalog.

use std::collections::BTreeMap;

use super::{
    Urls,
    cluster::NAMESPACE,
    metrics::{ENVIRONMENT, MEMORY},
    people::People,
    readiness,
    scenario::{Scenario, Service, Strategy},
};
use crate::{
    config::{
        self, declared,
        schema::source::{
            AlertmanagerSource, HttpOptions, KubernetesSource, PrometheusSource, Recorder, Source, SourceKind,
        },
    },
    domain::{
        canary::{
            gauge::GaugeRules,
            gauge_metric::{GaugeMetric, Worse},
            settings::CanarySettings,
        },
        catalog::{Catalog, ChangeWindow, ComponentFile, Environment, ObjectRef, ReleaseFile, Telemetry, VersionFrom},
        labels::Labels,
        object::SourceName,
        risk::change::Change,
        slo::definition::{Binding, Indicator, Objective, Origin, Period, Slo},
        time::{Span, Timestamp},
        trigger::criteria::Criteria,
    },
};

/// The environment that everything is in.
pub(super) const PROD: &str = "prod";

/// What the definition for all services promises, in percent.
pub(super) const SHARED_OBJECTIVE: f64 = 99.9;

/// Counters of failed requests.
pub(super) const BAD: &str = "http_requests_total{code=~\"5..\"}";

/// Counters of all requests.
pub(super) const TOTAL: &str = "http_requests_total";

/// The histogram of answer times.
pub(super) const HISTOGRAM: &str = "http_request_duration_seconds";

/// The period of all SLOs.
pub(super) const PERIOD: Span = Span::from_days(30);

/// How canaries are judged: soon and often, because a story takes minutes.
pub(super) const CANARY: CanarySettings =
    CanarySettings { warm_up: Span::from_secs(10), every: Span::from_secs(15), margin: 0.01 };

/// Settings and catalog of a simulation.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// Sources and environments, as if from `config.toml`.
    pub settings: config::Settings,
    /// The catalog, as if from its files.
    pub catalog: Catalog,
}

/// Settings for a scenario of these people that is served at `urls` since `start`.
pub(super) fn of(scenario: &Scenario, urls: &Urls, start: Timestamp, people: &People) -> Result<Settings, String> {
    let environment = Environment {
        production: true,
        one_at_a_time: false,
        telemetry: Labels::from([("env".to_owned(), ENVIRONMENT.to_owned())]),
    };
    let environments = BTreeMap::from([(PROD.to_owned(), environment)]);
    let settings = config::Settings {
        sources: sources(scenario, urls),
        environments: environments.clone(),
        ..config::Settings::default()
    };
    let mut catalog = Catalog {
        environments,
        services: scenario.services.iter().map(|service| (service.name.clone(), service_file(service))).collect(),
        slos: slos(scenario)?,
        gauges: scenario.services.iter().filter_map(memory).collect(),
        releases: releases(scenario, start),
        changes: changes(scenario),
        criteria: scenario.releases.iter().map(|release| (release.id.clone(), Criteria::default())).collect(),
        ..Catalog::default()
    };
    readiness::texts(scenario, urls, start, people).read_into(&mut catalog).map_err(|report| report.to_string())?;
    Ok(Settings { settings, catalog })
}

fn sources(scenario: &Scenario, urls: &Urls) -> Vec<Source> {
    let source = |name: &str, environment: Option<&str>, kind| Source {
        name: SourceName::from(name),
        environment: environment.map(str::to_owned),
        region: None,
        interval: Some(Span::from_secs(5)),
        timeout: Span::from_secs(10),
        max_body: 32 * 1024 * 1024,
        kind,
    };
    let slos = if scenario.services.iter().any(|service| service.sloth.is_some()) {
        vec![Recorder::Sloth]
    } else {
        Vec::new()
    };
    let http = HttpOptions::default;
    vec![
        source(
            "prom",
            None,
            SourceKind::Prometheus(PrometheusSource {
                url: urls.prometheus.clone(),
                http: http(),
                slos,
                alerts: false,
            }),
        ),
        source(
            "alerts",
            None,
            SourceKind::Alertmanager(AlertmanagerSource {
                urls: vec![urls.alertmanager.clone()],
                http: http(),
                matchers: Vec::new(),
            }),
        ),
        source(
            "cluster",
            Some(PROD),
            SourceKind::Kubernetes(KubernetesSource {
                url: Some(urls.kubernetes.clone()),
                ..KubernetesSource::default()
            }),
        ),
    ]
}

/// The kind of object that a service lives in.
pub(super) fn object_kind(service: &Service) -> &'static str {
    if service.strategy == Strategy::Deployment { "Deployment" } else { "Rollout" }
}

fn service_file(service: &Service) -> crate::domain::catalog::Service {
    crate::domain::catalog::Service {
        owner: Some(service.owner.clone()),
        criticality: Some(service.criticality),
        depends_on: service.depends_on.clone(),
        links: BTreeMap::from([("dashboard".to_owned(), dashboard(service))]),
        incidents: BTreeMap::new(),
        objects: vec![ObjectRef {
            source: None,
            kind: object_kind(service).to_owned(),
            name: service.name.clone(),
            namespace: Some(NAMESPACE.to_owned()),
            version: VersionFrom::ImageTag,
        }],
        telemetry: Telemetry {
            select: Labels::from([("service".to_owned(), service.name.clone())]),
            version_label: Some("version".to_owned()),
        },
        canary: CANARY,
    }
}

/// The gauge of a service's memory, where that is measured.
fn memory(service: &Service) -> Option<GaugeMetric> {
    service.memory.map(|_| GaugeMetric {
        name: "memory".to_owned(),
        service: service.name.clone(),
        value: MEMORY.to_owned(),
        worse: Worse::Higher,
        margin: GaugeRules::default().margin,
        source: None,
    })
}

/// The address of a service's dashboard.
pub(super) fn dashboard(service: &Service) -> String {
    format!("https://grafana.example.net/d/{}", service.name)
}

/// Services that have an availability SLO of their own.
pub(super) fn exceptions(scenario: &Scenario) -> Vec<String> {
    let own = |service: &&Service| service.sloth.is_some() || service.slos.iter().any(|slo| slo.under.is_none());
    scenario.services.iter().filter(own).map(|service| service.name.clone()).collect()
}

fn slos(scenario: &Scenario) -> Result<Vec<Slo>, String> {
    let mut slos = Vec::new();
    for service in &scenario.services {
        for slo in &service.slos {
            let indicator = match slo.under {
                Some(under) => Indicator::Latency { histogram: HISTOGRAM.to_owned(), under },
                None => Indicator::Bad { bad: BAD.to_owned(), total: TOTAL.to_owned() },
            };
            slos.push(Slo {
                id: format!("{}/{}", service.name, slo.name),
                name: slo.name.clone(),
                origin: Origin::File(format!("services/{}.toml", service.name)),
                binding: Binding::Service(service.name.clone()),
                objective: slo.objective,
                period: Period::Rolling(PERIOD),
                indicator,
                source: None,
            });
        }
    }
    slos.push(Slo {
        id: "http".to_owned(),
        name: "http".to_owned(),
        origin: Origin::File("slos/http.toml".to_owned()),
        binding: Binding::By { label: "service".to_owned(), except: exceptions(scenario) },
        objective: Objective::new(SHARED_OBJECTIVE).map_err(|error| error.to_string())?,
        period: Period::Rolling(PERIOD),
        indicator: Indicator::Bad { bad: BAD.to_owned(), total: TOTAL.to_owned() },
        source: None,
    });
    Ok(slos)
}

/// When the releases of a story may happen: from the full hour before its start, for four hours.
pub(super) fn window(start: Timestamp) -> ChangeWindow {
    let hour = 3_600_000;
    let millis = start.timestamp_millis();
    let begin = Timestamp::from_timestamp_millis(millis - millis.rem_euclid(hour)).unwrap_or(start);
    ChangeWindow { start: begin, end: begin + Span::from_hours(4).delta() }
}

/// What the releases say about their changes, as their files would.
fn changes(scenario: &Scenario) -> BTreeMap<String, Change> {
    let said = scenario.releases.iter().filter(|one| one.change.is_some() || !one.failures.is_empty());
    let change = |release: &super::scenario::Release| {
        let source = format!("releases/{}.toml", release.id);
        let change = declared(release.change.as_ref(), &release.failures, source);
        (release.id.clone(), change)
    };
    said.map(change).collect()
}

fn releases(scenario: &Scenario, start: Timestamp) -> BTreeMap<String, ReleaseFile> {
    let component = |component: &super::scenario::Component| ComponentFile {
        service: component.service.clone(),
        version: component.version.clone(),
        artifact: None,
        after: component.after.clone(),
    };
    let file = |release: &super::scenario::Release| ReleaseFile {
        title: Some(release.title.clone()),
        owner: Some(release.owner.clone()),
        environment: PROD.to_owned(),
        class: release.class,
        ticket: Some(release.ticket.clone()),
        window: Some(window(start)),
        checklist: release.checklist.clone(),
        links: BTreeMap::new(),
        risks: Vec::new(),
        components: release.components.iter().map(component).collect(),
    };
    scenario.releases.iter().map(|release| (release.id.clone(), file(release))).collect()
}
