//! Small rooms for tests of the joins.

use std::sync::Arc;

use crate::domain::{
    alert::{Alert, AlertState},
    canary::settings::CanarySettings,
    catalog::{Catalog, ComponentFile, Environment, ObjectRef, ReleaseFile, Service, Telemetry, VersionFrom},
    facts::{Answer, Delivery, Facts},
    labels::Labels,
    object::ObjectKey,
    room::Room,
    slo::{
        definition::{Binding, Indicator, Objective, Origin, Period, Slo, Window},
        reading::{Amount, Asked, Reading, SloFacts},
    },
    source::{FeedSpec, SourceError, SourceSpec},
    time::{Span, Timestamp},
    workload::{
        Replicas, Revision, Status, Step, StepKind, StepPosition, StepState, Strategy, Template, Traffic,
        TrafficSource, Workload,
    },
};

/// `secs` after a fixed instant.
pub(crate) fn at(secs: i64) -> Timestamp {
    Timestamp::from_timestamp(1_790_000_000 + secs, 0).expect("in range")
}

/// Labels from pairs.
pub(crate) fn labels<const N: usize>(pairs: [(&str, &str); N]) -> Labels {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// A template whose image has this tag.
pub(crate) fn template(hash: &str, tag: &str) -> Template {
    Template { hash: Some(hash.to_owned()), images: vec![format!("shop/app:{tag}")], ..Template::default() }
}

/// A canary of `checkout` from 1.41.7 to 1.42.0 at `weight` percent in the source `eu`.
pub(crate) fn canary(weight: u32, status: Status) -> Workload {
    Workload {
        key: key("eu", "checkout", "u-1"),
        labels: Labels::new(),
        strategy: Strategy::Canary,
        phase: "Progressing".to_owned(),
        message: String::new(),
        status,
        steps: vec![Step { label: "setWeight: 5".to_owned(), kind: StepKind::SetWeight, state: StepState::Current }],
        step: Some(StepPosition { index: 0, total: 1 }),
        traffic: Traffic {
            desired: Some(weight),
            actual: Some(weight),
            max: 100,
            source: TrafficSource::Router,
            verified: None,
        },
        images: Vec::new(),
        replicas: Replicas::default(),
        target: template("new", "1.42.0"),
        stable: Some(template("old", "1.41.7")),
        revisions: vec![revision(8, template("new", "1.42.0")), revision(7, template("old", "1.41.7"))],
        gate: None,
        analyses: Vec::new(),
        started_at: Some(at(-600)),
        finished_at: None,
        managed_by: None,
        missing: Vec::new(),
    }
}

/// A revision of this number.
pub(crate) fn revision(number: u64, template: Template) -> Revision {
    Revision {
        number: Some(number),
        name: format!("checkout-{number}"),
        template,
        tags: Vec::new(),
        health: "Healthy".to_owned(),
        desired: 1,
        current: 1,
        available: 1,
        created_at: None,
        scale_down_at: None,
        trouble: Vec::new(),
    }
}

/// The key of a rollout in the namespace `shop`.
pub(crate) fn key(source: &str, name: &str, uid: &str) -> ObjectKey {
    ObjectKey {
        source: source.into(),
        namespace: "shop".to_owned(),
        kind: "Rollout".to_owned(),
        name: name.to_owned(),
        uid: uid.to_owned(),
    }
}

/// A catalog with `checkout` in `prod`.
pub(crate) fn catalog() -> Catalog {
    let mut catalog = Catalog::default();
    catalog.environments.insert(
        "prod".to_owned(),
        Environment { production: true, one_at_a_time: false, telemetry: labels([("env", "production")]) },
    );
    catalog.environments.insert(
        "staging".to_owned(),
        Environment { production: false, one_at_a_time: false, telemetry: labels([("env", "staging")]) },
    );
    let object = ObjectRef {
        source: None,
        kind: "Rollout".to_owned(),
        name: "checkout".to_owned(),
        namespace: Some("shop".to_owned()),
        version: VersionFrom::default(),
    };
    let telemetry = Telemetry { select: labels([("service", "checkout")]), version_label: Some("version".to_owned()) };
    catalog.services.insert("checkout".to_owned(), Service { objects: vec![object], telemetry, ..Service::default() });
    catalog
}

/// A catalog with an SLO `checkout/NAME`, by which versions are compared 10 s after a canary began and every 15 s.
pub(crate) fn measured(name: &str, indicator: Indicator) -> Catalog {
    let mut catalog = catalog();
    catalog.slos.push(Slo {
        id: format!("checkout/{name}"),
        name: name.to_owned(),
        origin: Origin::File("services/checkout.toml".to_owned()),
        binding: Binding::Service("checkout".to_owned()),
        objective: Objective::new(99.9).expect("in range"),
        period: Period::Rolling(Span::from_days(30)),
        indicator,
        source: None,
    });
    let checkout = catalog.services.get_mut("checkout").expect("there");
    checkout.canary = CanarySettings { warm_up: Span::from_secs(10), every: Span::from_secs(15), margin: 0.01 };
    catalog
}

/// The same with the SLO `checkout/availability`, and a label of the version or none.
pub(crate) fn with_slo(version_label: bool) -> Catalog {
    let mut catalog = measured("availability", Indicator::Bad { bad: "bad".to_owned(), total: "total".to_owned() });
    if !version_label {
        catalog.services.get_mut("checkout").expect("there").telemetry.version_label = None;
    }
    catalog
}

/// `catalog` with a release file of `checkout` at this version.
pub(crate) fn with_release(mut catalog: Catalog, id: &str, version: &str) -> Catalog {
    let component =
        ComponentFile { service: "checkout".to_owned(), version: version.to_owned(), ..ComponentFile::default() };
    let file = ReleaseFile { environment: "prod".to_owned(), components: vec![component], ..ReleaseFile::default() };
    catalog.releases.insert(id.to_owned(), file);
    catalog
}

/// A room with the cluster `eu` of `prod` and the Alertmanager `am`, both polled every 5 s.
pub(crate) fn room(catalog: Catalog) -> Room {
    Room::new(
        Arc::new(catalog),
        vec![spec("eu", "kubernetes", Some("prod"), "rollouts"), spec("am", "alertmanager", None, "alerts")],
    )
}

/// Adds the Prometheus `prom` with this feed.
pub(crate) fn with_prometheus(mut room: Room, feed: &str) -> Room {
    let mut specs: Vec<SourceSpec> = room.sources.iter().map(|source| source.spec.clone()).collect();
    specs.push(spec("prom", "prometheus", None, feed));
    room.set_sources(specs);
    room
}

/// 1.42.0 of `checkout`, which alone runs since two hours ago.
pub(crate) fn alone_since_two_hours() -> Workload {
    let mut workload = canary(100, Status::Succeeded);
    workload.started_at = Some(at(-7_500));
    workload.finished_at = Some(at(-7_200));
    workload.stable = None;
    workload.revisions[1].current = 0;
    workload
}

/// What was read `secs` after the fixed instant of the SLO `checkout/availability`.
pub(crate) fn reading(window: Window, version: Option<&str>, amount: Amount, secs: i64) -> Reading {
    Reading {
        slo: "checkout/availability".to_owned(),
        labels: labels([("service", "checkout"), ("env", "production")]),
        version: version.map(str::to_owned),
        window,
        amount,
        at: at(secs),
        query: "the query".into(),
    }
}

/// The answers to questions that brought `readings`.
pub(crate) fn answers(readings: Vec<Reading>) -> SloFacts {
    let asked = readings.iter().map(|reading| Asked {
        slo: reading.slo.clone(),
        window: reading.window,
        by_version: reading.version.is_some(),
        query: reading.query.clone(),
        notes: Vec::new(),
    });
    SloFacts { asked: asked.collect(), readings, ..SloFacts::default() }
}

/// A room of the catalog [`with_slo`] in which `workloads` run, and `prom` answered its feed `slo` with `readings`.
pub(crate) fn running(workloads: Vec<Workload>, readings: Vec<Reading>) -> Room {
    let mut room = with_prometheus(room(with_slo(true)), "slo");
    deliver(&mut room, "eu", "rollouts", at(0), Facts::Workloads(workloads));
    deliver(&mut room, "prom", "slo", at(0), Facts::Slo(answers(readings)));
    room
}

fn spec(name: &str, kind: &str, environment: Option<&str>, feed: &str) -> SourceSpec {
    SourceSpec {
        name: name.into(),
        kind: kind.to_owned(),
        endpoint: String::new(),
        environment: environment.map(str::to_owned),
        region: None,
        feeds: vec![FeedSpec { name: feed.to_owned(), interval: Span::from_secs(5) }],
    }
}

/// Delivers facts, received at `when`.
pub(crate) fn deliver(room: &mut Room, source: &str, feed: &str, when: Timestamp, facts: Facts) {
    send(room, source, feed, when, Ok(Answer::of(facts)));
}

/// Delivers a failure.
pub(crate) fn fail(room: &mut Room, source: &str, feed: &str, when: Timestamp, error: SourceError) {
    send(room, source, feed, when, Err(error));
}

fn send(room: &mut Room, source: &str, feed: &str, when: Timestamp, outcome: Result<Answer, SourceError>) {
    room.deliver(Delivery {
        source: source.into(),
        feed: feed.to_owned(),
        asked: when,
        received: when,
        next: when,
        outcome,
    });
}

/// A firing alert with these labels.
pub(crate) fn alert<const N: usize>(name: &str, pairs: [(&str, &str); N]) -> Alert {
    Alert {
        source: "am".into(),
        fingerprint: format!("{:016x}", name.len()),
        name: name.to_owned(),
        state: AlertState::Active,
        silenced_by: Vec::new(),
        inhibited_by: Vec::new(),
        muted_by: Vec::new(),
        starts_at: at(0),
        ends_at: None,
        updated_at: None,
        labels: labels(pairs),
        annotations: Labels::new(),
        generator_url: None,
        receivers: Vec::new(),
    }
}
