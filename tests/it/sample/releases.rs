//! Releases of the hand-made room: one that goes wrong, and five in other states.

use warroom::domain::{
    catalog::{ChangeClass, ReleaseFile},
    labels::Labels,
    level::Level,
    release::{Component, Phase, Release},
    workload::{
        Analysis, Gate, Replicas, Revision, Status, Step, StepKind, StepPosition, StepState, Strategy, TaggedImage,
        Template, Traffic, TrafficSource, Workload,
    },
};

use super::{ago, key, reason};

fn steps(current: usize, failed: bool) -> Vec<Step> {
    let all = [
        ("setWeight: 5", StepKind::SetWeight),
        ("pause: 5m", StepKind::Pause),
        ("analysis: error-ratio", StepKind::Analysis),
        ("setWeight: 25", StepKind::SetWeight),
        ("pause: until promoted", StepKind::Pause),
        ("setWeight: 50", StepKind::SetWeight),
        ("pause: 30m", StepKind::Pause),
        ("setWeight: 100", StepKind::SetWeight),
    ];
    all.iter()
        .enumerate()
        .map(|(index, (label, kind))| Step {
            label: (*label).to_owned(),
            kind: *kind,
            state: match index.cmp(&current) {
                std::cmp::Ordering::Less => StepState::Done,
                std::cmp::Ordering::Equal if failed => StepState::Failed,
                std::cmp::Ordering::Equal => StepState::Current,
                std::cmp::Ordering::Greater => StepState::Ahead,
            },
        })
        .collect()
}

fn workload(name: &str, version: &str, previous: &str, status: Status, current: u32, weight: u32) -> Workload {
    let template = |version: &str| Template {
        hash: Some(format!("6cbc91{}", version.len())),
        images: vec![format!("registry.example/shop/{name}:{version}")],
        ..Template::default()
    };
    let revision = |number, version: &str, tag: &str, pods| Revision {
        number: Some(number),
        name: format!("{name}-{number}"),
        template: template(version),
        tags: vec![tag.to_owned()],
        health: "Healthy".to_owned(),
        desired: pods,
        current: pods,
        available: pods,
        created_at: Some(ago(1_600)),
        scale_down_at: None,
        trouble: Vec::new(),
    };
    Workload {
        key: key(name),
        labels: Labels::new(),
        strategy: Strategy::Canary,
        phase: "Paused".to_owned(),
        message: "CanaryPauseStep".to_owned(),
        status,
        steps: steps(current as usize, false),
        step: Some(StepPosition { index: current, total: 8 }),
        traffic: Traffic {
            desired: Some(weight),
            actual: Some(weight),
            max: 100,
            source: TrafficSource::Router,
            verified: Some(true),
        },
        images: vec![TaggedImage {
            image: format!("registry.example/shop/{name}:{version}"),
            tags: vec!["canary".to_owned()],
        }],
        replicas: Replicas { desired: 12, current: 12, updated: 3, ready: 12, available: 12 },
        target: template(version),
        stable: Some(template(previous)),
        revisions: vec![revision(189, version, "canary", 3), revision(188, previous, "stable", 9)],
        gate: None,
        analyses: Vec::new(),
        started_at: Some(ago(1_520)),
        finished_at: None,
        managed_by: None,
        missing: Vec::new(),
    }
}

fn component(service: &str, version: &str, previous: &str, level: Level, workload: Option<Workload>) -> Component {
    Component {
        service: service.to_owned(),
        guessed: false,
        region: Some("eu-1".to_owned()),
        version: Some(version.to_owned()),
        previous: Some(previous.to_owned()),
        after: Vec::new(),
        key: Some(key(service)),
        phase: Phase::RollingOut,
        level,
        problem: None,
        workload,
    }
}

fn release(id: &str, name: &str, phase: Phase, level: Level, components: Vec<Component>) -> Release {
    Release {
        id: id.to_owned(),
        name: name.to_owned(),
        file: Some(ReleaseFile { environment: "prod".to_owned(), ..ReleaseFile::default() }),
        environment: "prod".to_owned(),
        production: true,
        class: ChangeClass::Normal,
        components,
        phase,
        level,
        reasons: Vec::new(),
        started_at: Some(ago(1_520)),
        finished_at: None,
        data_at: Some(ago(4)),
    }
}

pub(super) fn releases() -> Vec<Release> {
    let mut checkout = workload("checkout", "1.42.0", "1.41.7", Status::PausedManual, 4, 25);
    checkout.gate = Some(Gate { reason: "CanaryPauseStep".to_owned(), since: Some(ago(365)), until: None });
    checkout.traffic.actual = Some(20);
    checkout.analyses = vec![
        Analysis {
            run: "checkout-6cbc91-3".to_owned(),
            metric: "error-ratio".to_owned(),
            phase: "Failed".to_owned(),
            successful: 3,
            failed: 2,
            inconclusive: 0,
            error: 0,
            value: Some("0.41".to_owned()),
            query: Some("sum(rate(http_requests_total{code=~\"5..\"}[1m]))".to_owned()),
            message: "Metric \"error-ratio\" assessed Failed".to_owned(),
        },
        Analysis {
            run: "checkout-6cbc91-3".to_owned(),
            metric: "p99-latency".to_owned(),
            phase: "Running".to_owned(),
            successful: 5,
            failed: 0,
            inconclusive: 0,
            error: 0,
            value: Some("0.31".to_owned()),
            query: None,
            message: String::new(),
        },
    ];
    let mut cart = component("cart", "3.8.1", "3.8.0", Level::Ok, None);
    let mut cart_workload = workload("cart", "3.8.1", "3.8.0", Status::Succeeded, 8, 100);
    cart_workload.steps = steps(8, false);
    cart.workload = Some(cart_workload);
    cart.phase = Phase::Done;
    let mut first = release(
        "checkout-1-42",
        "checkout 1.42.0",
        Phase::RollingOut,
        Level::Bad,
        vec![
            component("checkout", "1.42.0", "1.41.7", Level::Paused, Some(checkout)),
            cart,
            component(
                "pricing",
                "12.0.3",
                "12.0.1",
                Level::Run,
                Some(workload("pricing", "12.0.3", "12.0.1", Status::Progressing, 1, 5)),
            ),
        ],
    );
    first.reasons = vec![
        reason(Level::Bad, "page firing", "CheckoutErrorBudgetBurn fires for 6m07s"),
        reason(Level::Bad, "page burn", "checkout availability burns 15.1x (1h), page at 14.4x"),
        reason(
            Level::Bad,
            "canary burns",
            "checkout 1.42.0 availability burns 4100x (5m): 41.00 % of its requests are bad",
        ),
        reason(Level::Watch, "ticket burn", "checkout latency burns 6.0x (6h), ticket at 6x"),
    ];

    let mut all = vec![first];
    all.extend(other_releases());
    all
}

fn other_releases() -> Vec<Release> {
    let payments = release(
        "payments-7-3",
        "payments 7.3.1",
        Phase::Baking,
        Level::Run,
        vec![component(
            "payments",
            "7.3.1",
            "7.3.0",
            Level::Run,
            Some(workload("payments", "7.3.1", "7.3.0", Status::PausedTimed, 6, 100)),
        )],
    );
    let mut search = release(
        "search-2026-11",
        "search 2026.11.2",
        Phase::RollingOut,
        Level::Watch,
        vec![component(
            "search",
            "2026.11.2",
            "2026.11.1",
            Level::Run,
            Some(workload("search", "2026.11.2", "2026.11.1", Status::Progressing, 5, 50)),
        )],
    );
    search.reasons = vec![reason(Level::Watch, "ticket burn", "search freshness burns 2.1x (6h), ticket at 1x")];
    let mut ledger = release(
        "ledger-3",
        "ledger 3.0.0",
        Phase::Planned,
        Level::Wait,
        vec![component("ledger", "3.0.0", "2.9.4", Level::Wait, None)],
    );
    ledger.components[0].problem = Some("no object: ledger in prod has not moved yet".to_owned());
    ledger.started_at = None;
    let mut mobile = release(
        "prod-us/shop/mobile-bff@7f9c",
        "mobile-bff 11.9",
        Phase::RollingOut,
        Level::Unknown,
        vec![component(
            "mobile-bff",
            "11.9",
            "11.8",
            Level::Unknown,
            Some(workload("mobile-bff", "11.9", "11.8", Status::Unknown, 1, 5)),
        )],
    );
    mobile.file = None;
    mobile.data_at = Some(ago(372));
    mobile.reasons =
        vec![reason(Level::Unknown, "unknown", "mobile-bff: prod-us is STALE for 6m12s, its steps cannot be judged")];
    let mut geo = release(
        "geo-0-88",
        "geo 0.88",
        Phase::Done,
        Level::Ok,
        vec![component(
            "geo",
            "0.88",
            "0.87",
            Level::Ok,
            Some(workload("geo", "0.88", "0.87", Status::Succeeded, 8, 100)),
        )],
    );
    geo.data_at = Some(ago(41));
    vec![mobile, search, payments, ledger, geo]
}
