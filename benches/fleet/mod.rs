//! A made-up fleet under one definition, and a Prometheus of its own on loopback that answers for it.

use std::{
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{Form, Router, extract::State, http::header, routing::post};
use regex::Regex;
use serde::Deserialize;
use warroom::{
    app::model::{Mode, Model, Setup},
    clock::Clock,
    config::schema::source::{HttpOptions, PrometheusSource, Source, SourceKind},
    domain::{
        catalog::{Catalog, Service},
        demand::Demand,
        facts::{Answer, Delivery, Facts},
        object::ObjectKey,
        room::Room,
        slo::definition::{Binding, Indicator, Objective, Origin, Period, Slo},
        source::{FeedSpec, SourceSpec},
        time::{Span, Timestamp},
        workload::{
            Replicas, Status, Step, StepKind, StepPosition, StepState, Strategy, Template, Traffic, TrafficSource,
            Workload,
        },
    },
    sources::{
        self,
        connector::Context,
        schedule::{Round, once},
    },
};

/// What a server has been asked.
#[derive(Default)]
pub struct Load {
    /// Requests.
    pub requests: AtomicU64,
    /// Bytes of queries.
    pub asked: AtomicU64,
    /// Bytes of answers.
    pub answered: AtomicU64,
}

/// A Prometheus that knows `services` services.
pub struct Server {
    services: usize,
    part: Regex,
    /// What it has been asked.
    pub load: Load,
}

#[derive(Deserialize)]
struct Asked {
    query: String,
}

/// One definition for all services: bad events over all events, 99.9 % over 30 days, which is measured over eight windows.
#[must_use]
pub fn catalog() -> Arc<Catalog> {
    let slo = Slo {
        id: "http".to_owned(),
        name: "http".to_owned(),
        origin: Origin::File("slos/http.toml".to_owned()),
        binding: Binding::By { label: "service".to_owned(), except: Vec::new() },
        objective: Objective::new(99.9).expect("a percentage"),
        period: Period::Rolling(Span::from_days(30)),
        indicator: Indicator::Bad {
            bad: r#"http_requests_total{code=~"5.."}"#.to_owned(),
            total: "http_requests_total".to_owned(),
        },
        source: None,
    };
    Arc::new(Catalog { slos: vec![slo], ..Catalog::default() })
}

/// Starts a server of `services` services on loopback and polls each feed of a connector once.
pub async fn poll(services: usize) -> (Arc<Server>, Round) {
    let part = Regex::new(r#""wr_part", "(\w+) (\d+)""#).expect("a pattern");
    let server = Arc::new(Server { services, part, load: Load::default() });
    let app = Router::new().route("/api/v1/query", post(answer)).with_state(Arc::clone(&server));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let url = format!("http://{}", listener.local_addr().expect("bound")).parse().expect("a URL");
    tokio::spawn(async move { axum::serve(listener, app).await });
    let source = Source {
        name: "prom".into(),
        environment: Some("prod".to_owned()),
        region: None,
        interval: None,
        timeout: Span::from_secs(30),
        max_body: 32 * 1024 * 1024,
        kind: SourceKind::Prometheus(PrometheusSource {
            url,
            http: HttpOptions::default(),
            slos: Vec::new(),
            alerts: false,
        }),
    };
    let connections = sources::build(&[source], &Context::new(Clock::real(), false));
    let demand = Demand { catalog: catalog(), ..Demand::default() };
    let round = once(&connections, Clock::real(), &demand, Span::from_secs(60)).await;
    for delivery in &round.deliveries {
        assert!(delivery.outcome.is_ok(), "{}: {:?}", delivery.feed, delivery.outcome);
    }
    (server, round)
}

/// A room that has heard the whole round.
#[must_use]
pub fn room(round: &Round) -> Room {
    let mut room = Room::new(catalog(), round.sources.clone());
    for delivery in &round.deliveries {
        room.deliver(delivery.clone());
    }
    room
}

async fn answer(
    State(server): State<Arc<Server>>,
    Form(asked): Form<Asked>,
) -> ([(header::HeaderName, &'static str); 1], String) {
    let body = server.rows(&asked.query);
    let Load { requests, asked: bytes_asked, answered } = &server.load;
    requests.fetch_add(1, Ordering::Relaxed);
    bytes_asked.fetch_add(asked.query.len() as u64, Ordering::Relaxed);
    answered.fetch_add(body.len() as u64, Ordering::Relaxed);
    ([(header::CONTENT_TYPE, "application/json")], body)
}

impl Server {
    /// One row for each service and each marked part of the query, as Prometheus would answer.
    fn rows(&self, query: &str) -> String {
        let now = Clock::real().now().timestamp();
        let mut body = r#"{"status":"success","data":{"resultType":"vector","result":["#.to_owned();
        let mut between = "";
        for found in self.part.captures_iter(query) {
            let (role, group) = (&found[1], &found[2]);
            for service in 0..self.services {
                let value = match role {
                    "total" => format!("{}.25", 100_000 + service),
                    "bad" => format!("{}.5", service % 50),
                    "at" => now.to_string(),
                    "since" => (now - 90 * 86_400).to_string(),
                    "now" | "then" => "1".to_owned(),
                    _ => continue,
                };
                let metric = format!(r#"{{"service":"service-{service:04}","wr_part":"{role} {group}"}}"#);
                let _ = write!(body, r#"{between}{{"metric":{metric},"value":[{now}.123,"{value}"]}}"#);
                between = ",";
            }
        }
        body.push_str("]}}");
        body
    }
}

/// A range answer of about `megabytes`: series of 1,440 points, as a day at one minute.
#[must_use]
pub fn matrix(megabytes: usize) -> String {
    let mut body = r#"{"status":"success","data":{"resultType":"matrix","result":["#.to_owned();
    let mut series = 0;
    while body.len() < megabytes * 1_000_000 {
        let between = if series == 0 { "" } else { "," };
        let metric = format!(r#"{{"service":"service-{series:04}","environment":"prod","version":"1.42.0"}}"#);
        let _ = write!(body, r#"{between}{{"metric":{metric},"values":["#);
        for point in 0..1_440 {
            let between = if point == 0 { "" } else { "," };
            let value = f64::from(point * 7 % 1_000) / 1e5;
            let _ = write!(body, r#"{between}[{}.781,"{value}"]"#, 1_790_000_000 + point * 60);
        }
        body.push_str("]}");
        series += 1;
    }
    body.push_str("]}}");
    body
}

/// A console that has heard the round, and in which every service has a canary under way.
#[must_use]
pub fn model(round: &Round, services: usize) -> Model {
    let mut specs = round.sources.clone();
    let feed = FeedSpec { name: "rollouts".to_owned(), interval: Span::from_secs(5) };
    specs.push(SourceSpec {
        name: "cluster".into(),
        kind: "kubernetes".to_owned(),
        endpoint: "context prod".to_owned(),
        environment: Some("prod".to_owned()),
        region: None,
        feeds: vec![feed],
    });
    let now = Clock::real().now();
    // Each service but the first is called by one of those before it.
    let mut catalog = Catalog::clone(&catalog());
    for service in 0..services {
        let called = [service * 2 + 1, service * 2 + 2].into_iter().filter(|called| *called < services);
        let depends_on = called.map(|called| format!("service-{called:04}")).collect();
        catalog.services.insert(format!("service-{service:04}"), Service { depends_on, ..Service::default() });
    }
    let mut room = Room::new(Arc::new(catalog), specs);
    let workloads = (0..services).map(|service| canary(service, now)).collect();
    let cluster = Delivery {
        source: "cluster".into(),
        feed: "rollouts".to_owned(),
        asked: now,
        received: now,
        next: now,
        outcome: Ok(Answer::of(Facts::Workloads(workloads))),
    };
    for delivery in round.deliveries.iter().cloned().chain([cluster]) {
        room.deliver(delivery);
    }
    let setup = Setup {
        mode: Mode::ReadOnly,
        who: "mira@bastion-2".to_owned(),
        login: String::new(),
        config_path: None,
        config_places: Vec::new(),
        zone: None,
        sizes: warroom::domain::sizes::Sizes::default(),
        themes: Vec::new(),
        keymap: warroom::app::keymap::Keymap::default(),
        read_only: None,
        account: None,
        policy_server: None,
        zone_chosen: false,
        announce: warroom::app::announcement::Wanted::default(),
    };
    Model::new(setup, room, now)
}

fn canary(service: usize, now: Timestamp) -> Workload {
    let name = format!("service-{service:04}");
    let template = |hash: &str, tag: &str| Template {
        hash: Some(hash.to_owned()),
        images: vec![format!("registry.example/shop/{name}:{tag}")],
        ..Template::default()
    };
    let step = |index: u32| Step {
        label: format!("setWeight: {}", index * 25),
        kind: StepKind::SetWeight,
        state: if index < 2 { StepState::Done } else { StepState::Ahead },
    };
    Workload {
        key: ObjectKey {
            source: "cluster".into(),
            namespace: "shop".to_owned(),
            kind: "Rollout".to_owned(),
            name: name.clone(),
            uid: format!("uid-{service}"),
        },
        labels: [].into(),
        strategy: Strategy::Canary,
        phase: "Progressing".to_owned(),
        message: "more replicas need to be updated".to_owned(),
        status: Status::Progressing,
        steps: (0..4).map(step).collect(),
        step: Some(StepPosition { index: 2, total: 4 }),
        traffic: Traffic {
            desired: Some(50),
            actual: Some(50),
            max: 100,
            source: TrafficSource::Router,
            verified: None,
        },
        images: Vec::new(),
        replicas: Replicas::default(),
        target: template("6f5b", "1.42.0"),
        stable: Some(template("58cd", "1.41.7")),
        revisions: Vec::new(),
        gate: None,
        analyses: Vec::new(),
        started_at: Some(now - Span::from_mins(12).delta()),
        finished_at: None,
        managed_by: None,
        missing: Vec::new(),
    }
}
