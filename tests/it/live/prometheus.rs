//! Real Prometheus: history back-filled with promtool, rules that fire and record, read through the connector.

mod history;

use std::sync::{Arc, Mutex, Weak};

use url::Url;
use warroom::{
    config::schema::source::{HttpOptions, PrometheusSource, Recorder, Source, SourceKind},
    domain::{
        alert::AlertState,
        catalog::{Catalog, Environment, Service, Telemetry},
        chart::{ChartRequest, Metric},
        demand::Demand,
        facts::{Answer, Facts},
        labels::Labels,
        slo::{
            definition::{Binding, Comparison, Indicator, Objective, Origin, Period, Slo},
            reading::{Amount, Reading, SloFacts},
        },
        time::Span,
    },
    sources::{connector::Connector, kinds::prometheus::KIND},
};

use super::backfilled::Backfilled;
use crate::support::{context, eventually};

/// A server with the history of [`history`], ended when the last test lets go of it.
struct Server {
    connector: Box<dyn Connector>,
    _prometheus: Backfilled,
}

/// The server that all tests of this module share while any of them runs.
fn server() -> Arc<Server> {
    static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
    let mut shared = SHARED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    shared.upgrade().unwrap_or_else(|| {
        let server = Arc::new(Server::start());
        *shared = Arc::downgrade(&server);
        server
    })
}

impl Server {
    fn start() -> Self {
        let prometheus = Backfilled::start(&history::text(chrono::Utc::now().timestamp()), history::RULES);
        let connector = (KIND.build)(&source(prometheus.url()), &context()).expect("a connector");
        Self { connector, _prometheus: prometheus }
    }

    /// The answer of a feed, as soon as the server answers at all.
    async fn ask(&self, feed: &str, demand: &Demand) -> Answer {
        eventually("prometheus", || async {
            match self.connector.poll(feed, demand).await {
                Ok(answer) => Some(answer),
                Err(error) if matches!(error.kind.word(), "no connection" | "HTTP error") => None,
                Err(error) => panic!("{feed}: {error}"),
            }
        })
        .await
    }

    async fn slo(&self, feed: &str, demand: &Demand) -> SloFacts {
        match self.ask(feed, demand).await.facts {
            Facts::Slo(facts) => facts,
            other => panic!("{other:?}"),
        }
    }
}

fn source(url: Url) -> Source {
    Source {
        name: "prom".into(),
        environment: None,
        region: None,
        interval: None,
        timeout: Span::from_secs(20),
        max_body: 32 * 1024 * 1024,
        kind: SourceKind::Prometheus(PrometheusSource {
            url,
            http: HttpOptions::default(),
            slos: vec![Recorder::Sloth, Recorder::Pyrra],
            alerts: true,
        }),
    }
}

fn slo(id: &str, name: &str, binding: Binding, indicator: Indicator) -> Slo {
    Slo {
        id: id.to_owned(),
        name: name.to_owned(),
        origin: Origin::File("slos/x.toml".to_owned()),
        binding,
        objective: Objective::new(99.9).expect("in range"),
        period: Period::Rolling(Span::from_days(30)),
        indicator,
        source: None,
    }
}

fn by_service() -> Binding {
    Binding::By { label: "service".to_owned(), except: vec!["batch-.*".to_owned()] }
}

fn checkout() -> Binding {
    Binding::Service("checkout".to_owned())
}

/// Every kind of indicator, over services of two environments.
fn demand() -> Demand {
    let text = str::to_owned;
    let ratio = Indicator::Bad { bad: text(r#"http_requests_total{code=~"5.."}"#), total: text("http_requests_total") };
    let good = Indicator::Good { good: text(r#"http_requests_total{code="200"}"#), total: text("http_requests_total") };
    let latency = |millis| Indicator::Latency {
        histogram: text("http_request_duration_seconds"),
        under: Span::from_millis(millis),
    };
    let queue = Indicator::Threshold { query: text("queue_length"), good_when: Comparison::Lt, value: 5.0 };
    let whole = Indicator::Expressions {
        bad: Some(text(r#"sum(increase(http_requests_total{service="checkout",code=~"5.."}[$window]))"#)),
        good: None,
        total: text(r#"sum(increase(http_requests_total{service="checkout"}[$window]))"#),
    };
    let environment =
        |env: &str| Environment { telemetry: Labels::from([(text("env"), text(env))]), ..Environment::default() };
    let service = |name: &str| Service {
        telemetry: Telemetry {
            select: Labels::from([(text("service"), text(name))]),
            version_label: Some(text("version")),
        },
        ..Service::default()
    };
    let catalog = Catalog {
        environments: [(text("prod"), environment("production")), (text("staging"), environment("staging"))].into(),
        services: ["checkout", "cart"].map(|name| (text(name), service(name))).into(),
        slos: vec![
            slo("http", "availability", by_service(), ratio),
            slo("checkout/good", "good", checkout(), good),
            slo("checkout/latency", "latency", checkout(), latency(300)),
            slo("checkout/fast", "fast", checkout(), latency(10)),
            slo("checkout/queue", "queue", checkout(), queue),
            slo("checkout/whole", "whole", checkout(), whole),
        ],
        ..Catalog::default()
    };
    let charts =
        vec![ChartRequest { service: text("checkout"), environment: text("prod"), range: Span::from_hours(1) }];
    Demand { catalog: Arc::new(catalog), charts, ..Demand::default() }
}

fn reading<'a>(facts: &'a SloFacts, slo: &str, service: &str, version: Option<&str>) -> Option<&'a Reading> {
    facts.readings.iter().find(|reading| {
        reading.slo == slo
            && reading.labels.get("service").map(String::as_str) == Some(service)
            && reading.labels.get("env").is_none_or(|env| env == "production")
            && reading.version.as_deref() == version
    })
}

fn counts(facts: &SloFacts, slo: &str, service: &str, version: Option<&str>) -> (f64, f64) {
    match reading(facts, slo, service, version).map(|reading| reading.amount) {
        Some(Amount::Counts { bad, total }) => (bad, total),
        other => panic!("{slo} of {service}: {other:?} in {facts:#?}"),
    }
}

fn close(value: f64, expected: f64) -> bool {
    (value - expected).abs() <= 0.02 * expected.abs() + 1e-9
}

#[tokio::test]
async fn counts_equal_what_happened() {
    let server = server();
    let demand = demand();
    for (feed, secs) in [("slo 5m", 300.0), ("slo 1h", 3_600.0)] {
        let facts = server.slo(feed, &demand).await;
        let (bad, total) = counts(&facts, "http", "cart", None);
        assert!(bad == 0.0 && total > 0.0, "no series of errors is no error where there is traffic: {bad} of {total}");
        assert_eq!(counts(&facts, "http", "idle", None), (0.0, 0.0));
        // 10 good and 1 bad each 15 seconds, until a moment ago.
        let (bad, total) = counts(&facts, "http", "steady", None);
        assert!(close(bad / total, 1.0 / 11.0), "{feed}: {bad} of {total}");
        assert!(close(total, 11.0 * secs / 15.0), "{feed}: {total} of {}", 11.0 * secs / 15.0);
        assert!(reading(&facts, "http", "batch-1", None).is_none(), "left out by the definition");
        assert!(facts.readings.iter().all(|reading| reading.labels.get("env").is_none_or(|env| env != "dev")));
        assert!(facts.readings.iter().any(|reading| reading.labels.get("env").is_some_and(|env| env == "staging")));
    }
}

#[tokio::test]
async fn good_events_latency_thresholds_and_whole_expressions_are_counted() {
    let server = server();
    let facts = server.slo("slo 5m", &demand()).await;
    let ratio = |slo| {
        let (bad, total) = counts(&facts, slo, "checkout", None);
        bad / total
    };
    assert!(close(ratio("checkout/good"), ratio("checkout/whole")), "total minus good is bad");
    assert!(close(ratio("checkout/latency"), 0.1), "{}", ratio("checkout/latency"));
    let notes = |slo: &str| {
        facts.asked.iter().filter(|asked| asked.slo == slo).flat_map(|asked| &asked.notes).collect::<Vec<_>>()
    };
    assert_eq!(notes("checkout/latency"), ["no bucket at 0.3: events over 0.25 count as slow"]);
    assert!(reading(&facts, "checkout/fast", "checkout", None).is_none());
    assert_eq!(notes("checkout/fast"), ["no bucket at or below 0.01: the lowest is 0.1"]);
    assert!(close(ratio("checkout/queue"), 1.0), "the queue is always too long");
}

#[tokio::test]
async fn the_first_errors_of_a_new_version_are_seen() {
    let server = server();
    let facts = server.slo("versions", &demand()).await;
    // Its only errors were there at its first sample: increase() alone says 0.
    let (bad, total) = counts(&facts, "http", "checkout", Some("1.42.0"));
    assert!(close(bad, 5.0), "{bad} of {total}");
    assert!(total > 12.0, "{total}");
    let (bad, total) = counts(&facts, "http", "checkout", Some("1.41.0"));
    assert!(close(bad / total, 1.0 / 11.0), "{bad} of {total}");
    assert!(facts.readings.iter().all(|reading| reading.version.is_some() && !reading.labels.contains_key("version")));
}

#[tokio::test]
async fn a_vanished_target_is_as_old_as_it_is_and_a_young_one_as_young() {
    let server = server();
    let demand = demand();
    let now = chrono::Utc::now();
    let facts = server.slo("slo 1h", &demand).await;
    let age = |service| Span::between(reading(&facts, "http", service, None).expect(service).at, now);
    assert!(age("gone") >= Span::from_secs(290), "{}", age("gone"));
    assert!(age("steady") < Span::from_secs(200), "{}", age("steady"));

    let first_seen = server.slo("first seen", &demand).await.first_seen;
    let began = |service: &str, version: Option<&str>| {
        let of = |seen: &&warroom::domain::slo::reading::FirstSeen| {
            seen.slo == "http" && seen.labels["service"] == service && seen.version.as_deref() == version
        };
        Span::between(first_seen.iter().find(of).unwrap_or_else(|| panic!("{service}")).at, now)
    };
    let about = |age: Span, expected: u64| (expected..expected + 200).contains(&(age.millis() / 1_000));
    assert!(about(began("young", None), history::YOUNG), "{}", began("young", None));
    assert!(about(began("checkout", Some("1.42.0")), history::CANARY), "{}", began("checkout", Some("1.42.0")));
    // 1.41.0 is older than the hour that matters for versions.
    assert!(began("checkout", Some("1.41.0")) >= Span::from_mins(59));
}

#[tokio::test]
async fn alerts_that_fire_and_wait_are_read() {
    let server = server();
    let demand = demand();
    let alerts = eventually("the alerts", || async {
        match server.ask("alerts", &demand).await.facts {
            Facts::Alerts(alerts) if alerts.len() == 2 => Some(alerts),
            _ => None,
        }
    })
    .await;
    let find = |name: &str| alerts.iter().find(|alert| alert.name == name).expect(name);
    assert_eq!(find("HighErrorRate").state, AlertState::Active);
    assert_eq!(find("HighErrorRate").summary(), "checkout fails");
    assert_eq!(find("Slow").state, AlertState::Pending);
    assert_eq!(find("Slow").fingerprint.len(), 16);
}

#[tokio::test]
async fn recorded_slos_are_read_and_nan_stays_nan() {
    let server = server();
    let demand = demand();
    let (facts, amounts) = eventually("the recording rules", || async {
        let facts = server.slo("sloth", &demand).await;
        let amounts: Vec<_> = facts
            .readings
            .iter()
            .filter(|reading| reading.window == Span::from_mins(5))
            .map(|reading| (reading.labels["sloth_service"].clone(), reading.amount))
            .collect();
        (amounts.len() == 2).then_some((facts, amounts))
    })
    .await;
    for (service, amount) in amounts {
        match (service.as_str(), amount) {
            ("steady", Amount::Ratio(ratio)) => assert!(close(ratio, 1.0 / 11.0), "{ratio}"),
            ("idle", amount) => assert_eq!(amount, Amount::NotANumber),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(facts.discovered.len(), 2);
    assert!(facts.discovered.iter().all(|slo| (slo.objective.percent() - 99.9).abs() < 1e-12));
    assert!(facts.recorded_budgets.iter().any(|budget| budget.remaining.is_none() && budget.time_weighted));

    let pyrra = eventually("the rules of Pyrra's names", || async {
        Some(server.slo("pyrra", &demand).await).filter(|facts| facts.recorded_budgets.len() == 1)
    })
    .await;
    assert_eq!(pyrra.discovered.len(), 1);
    assert_eq!(pyrra.discovered[0].period, Period::Rolling(Span::from_days(28)));
    assert!(close(pyrra.recorded_budgets[0].remaining.expect("a number"), 0.5), "{:?}", pyrra.recorded_budgets);
}

#[tokio::test]
async fn charts_are_evenly_spaced_and_the_second_poll_asks_for_the_tail() {
    let server = server();
    let demand = demand();
    let first = server.ask("charts", &demand).await;
    let second = server.ask("charts", &demand).await;
    assert!(second.bytes < first.bytes / 4, "{} after {}", second.bytes, first.bytes);
    let (Facts::Charts(charts), Facts::Charts(again)) = (first.facts, second.facts) else { panic!("charts") };
    assert_eq!(charts.len(), again.len());
    let ratio = Metric::ErrorRatio { slo: "availability".to_owned() };
    let of = |version: Option<&str>| {
        again.iter().find(|line| line.metric == ratio && line.version.as_deref() == version).expect("a line")
    };
    assert_eq!(of(None).points.len(), 241);
    assert!(close(of(Some("1.41.0")).points[120].expect("traffic"), 1.0 / 11.0));
    assert_eq!(of(Some("1.42.0")).points[120], None, "there was no canary half an hour ago, which is not zero");
}

#[tokio::test]
async fn every_feed_is_accepted_by_a_real_server() {
    let server = server();
    let demand = demand();
    let feeds = server.connector.feeds(&demand);
    let names: Vec<&str> = feeds.iter().map(|feed| feed.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "slo 5m",
            "slo 30m",
            "slo 1h",
            "slo 2h",
            "slo 6h",
            "slo 1d",
            "slo 3d",
            "slo 30d",
            "versions",
            "first seen",
            "charts",
            "sloth",
            "pyrra",
            "alerts"
        ]
    );
    for feed in names {
        let answer = server.ask(feed, &demand).await;
        assert_eq!(answer.gaps, [], "{feed}");
        assert!(answer.requests <= 3, "{feed}: {} requests", answer.requests);
    }
}
