//! A war room by hand: six releases in six states, for tests of what is drawn.

use std::sync::Arc;

use warroom::{
    app::model::{Mode, Model, Screen, Setup, Ui, Wanted},
    domain::{
        alert::{Alert, AlertState},
        catalog::{Catalog, ChangeClass, ReleaseFile},
        chart::{Metric, Series},
        feed::Freshness,
        labels::Labels,
        level::Level,
        marker::{Marker, MarkerKind},
        object::{ObjectKey, SourceName},
        picture::{FeedView, JoinedAlert, Picture, SourceView},
        release::{Component, Phase, Reason, Release},
        room::Room,
        slo::{
            definition::{Objective, Origin, Period},
            reading::DataState,
            status::{Budget, BudgetBasis, Burn, Exhaustion, Firing, Pair, PairSeverity, SloKey, SloStatus, Spent},
        },
        source::{ErrorKind, SourceError},
        time::{Span, Timestamp},
        workload::{
            Analysis, Gate, Replicas, Revision, Status, Step, StepKind, StepPosition, StepState, Strategy, TaggedImage,
            Template, Traffic, TrafficSource, Workload,
        },
    },
};

/// 14:32:07 on the day of the story.
pub(crate) fn now() -> Timestamp {
    "2026-11-20T14:32:07Z".parse().expect("a time")
}

pub(crate) fn ago(secs: u64) -> Timestamp {
    now() - Span::from_secs(secs).delta()
}

/// A console that looks at `picture`.
pub(crate) fn model(screen: Screen, picture: Picture) -> Model {
    Model {
        now: now(),
        setup: Setup {
            mode: Mode::ReadOnly,
            who: "mira@bastion-2".to_owned(),
            config_path: Some("/etc/warroom/config.toml".to_owned()),
            config_places: vec!["/etc/warroom/config.toml".to_owned(), "~/.config/warroom/config.toml".to_owned()],
            zone: Some((3_600, "CET".to_owned())),
            themes: vec!["default".to_owned(), "mono".to_owned()],
        },
        room: Room::new(Arc::new(Catalog::default()), Vec::new()),
        picture,
        config_problems: Vec::new(),
        ui: Ui { size: (80, 24), ..Ui::new(screen, "default".to_owned()) },
        wanted: Wanted::default(),
    }
}

/// The release that goes wrong.
pub(crate) fn checkout() -> Screen {
    Screen::Release("checkout-1-42".to_owned())
}

/// A live room.
pub(crate) fn live() -> Picture {
    Picture {
        at: now(),
        releases: releases(),
        slos: slos(),
        slos_of_no_service: Vec::new(),
        alerts: alerts(),
        markers: markers(),
        charts: charts(),
        sources: sources(),
    }
}

/// The same after the sources have been silent for six minutes: values are kept, and nothing is sure any more.
pub(crate) fn stale() -> Picture {
    let mut picture = live();
    let age = Span::from_secs(372);
    for source in &mut picture.sources {
        (source.level, source.word, source.age) = (Level::Unknown, "STALE".to_owned(), Some(age));
        for feed in &mut source.feeds {
            (feed.freshness, feed.age) = (Freshness::Stale, Some(age));
        }
    }
    for slo in &mut picture.slos {
        slo.level = Level::Unknown;
        slo.state = DataState::Stale { age };
        for burn in &mut slo.burns {
            burn.state = DataState::Stale { age };
        }
    }
    for alert in &mut picture.alerts {
        alert.stale = true;
    }
    for release in &mut picture.releases {
        release.level = release.level.max(Level::Unknown);
        release.data_at = Some(ago(372));
        release.reasons.push(reason(Level::Unknown, "unknown", "prom-eu has no fresh answer for 6m12s"));
        release.reasons.sort_by_key(|reason| std::cmp::Reverse(reason.level));
    }
    picture
}

/// Sources fail, and there is nothing from before.
pub(crate) fn failed() -> Picture {
    let mut picture = Picture::empty(now());
    picture.sources = sources();
    for source in &mut picture.sources {
        source.level = Level::Bad;
        "FAILED".clone_into(&mut source.word);
        source.age = None;
        source.error = Some(
            SourceError::new(ErrorKind::Connect, format!("{} does not answer", source.endpoint))
                .advise("check the address and the network"),
        );
        source.failing_since = Some(ago(372));
        source.effects = vec!["what it says is UNKNOWN".to_owned()];
        for feed in &mut source.feeds {
            (feed.freshness, feed.age) = (Freshness::Never, None);
        }
    }
    picture
}

/// Nothing has answered yet.
pub(crate) fn loading() -> Picture {
    let mut picture = failed();
    for source in &mut picture.sources {
        source.level = Level::Wait;
        "WAITING".clone_into(&mut source.word);
        source.error = None;
        source.failing_since = None;
        source.effects.clear();
        source.errors_last_hour = 0;
        source.latency = None;
    }
    picture
}

/// All is well and nothing moves.
pub(crate) fn quiet() -> Picture {
    let mut picture = Picture::empty(now());
    picture.sources = sources();
    picture.sources.retain(|source| source.level == Level::Ok);
    picture
}

/// A thousand releases.
pub(crate) fn huge() -> Picture {
    let mut picture = live();
    let pattern = picture.releases.clone();
    for number in 0..994 {
        let mut release = pattern[number % pattern.len()].clone();
        release.id = format!("{}-{number}", release.id);
        release.name = format!("service-{number} 2.{number}.0");
        release.level = release.level.min(Level::Watch);
        release.reasons.retain(|reason| reason.level <= Level::Watch);
        picture.releases.push(release);
    }
    picture.releases.sort_by_key(|release| std::cmp::Reverse(release.level));
    picture
}

pub(crate) fn reason(level: Level, short: &str, text: &str) -> Reason {
    Reason {
        level,
        short: short.to_owned(),
        text: text.to_owned(),
        source: Some("prom-eu".to_owned()),
        at: Some(ago(4)),
    }
}

fn key(name: &str) -> ObjectKey {
    ObjectKey {
        source: "prod-eu".into(),
        namespace: "shop".to_owned(),
        kind: "Rollout".to_owned(),
        name: name.to_owned(),
        uid: format!("uid-{name}"),
    }
}

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

fn releases() -> Vec<Release> {
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

fn burn(window: Span, rate: Option<f64>, state: &DataState) -> Burn {
    Burn {
        window,
        state: state.clone(),
        rate,
        ratio: rate.map(|rate| rate * 0.0001),
        bad: None,
        total: None,
        coverage: 1.0,
        at: Some(ago(4)),
        query: "sum(rate(http_requests_total{service=\"checkout\",code=~\"5..\"}[1h]))".into(),
    }
}

const WINDOWS: [u64; 7] = [5, 30, 60, 120, 360, 1_440, 4_320];

fn slo(service: &str, name: &str, objective: f64, rates: [f64; 7], left: Option<f64>, level: Level) -> SloStatus {
    let state = if level == Level::Unknown { DataState::NoData } else { DataState::Ok };
    let known = level != Level::Unknown;
    let pair = |severity, long, short, factor: f64| {
        let rate = |minutes: u64| {
            WINDOWS.iter().position(|window| *window == minutes).map(|index| rates[index]).filter(|_| known)
        };
        let over = |minutes| rate(minutes).map(|rate| rate > factor);
        let firing = match (over(long), over(short)) {
            (Some(true), Some(true)) => Firing::Yes,
            (Some(_), Some(_)) => Firing::No,
            _ => Firing::Unknown { why: "no data".to_owned() },
        };
        Pair {
            severity,
            long: Span::from_mins(long),
            short: Span::from_mins(short),
            factor,
            long_over: over(long),
            short_over: over(short),
            firing,
            note: format!("{:.1}x and {:.1}x", rate(long).unwrap_or_default(), rate(short).unwrap_or_default()),
        }
    };
    SloStatus {
        key: SloKey {
            service: service.to_owned(),
            environment: "prod".to_owned(),
            slo: name.to_owned(),
            source: "prom-eu".into(),
            version: None,
        },
        id: format!("{service}/{name}"),
        origin: Origin::File(format!("services/{service}.toml")),
        objective: Objective::new(objective).expect("an objective"),
        period: Period::Rolling(Span::from_days(30)),
        state: state.clone(),
        level,
        burns: WINDOWS
            .iter()
            .zip(rates)
            .map(|(minutes, rate)| burn(Span::from_mins(*minutes), known.then_some(rate), &state))
            .collect(),
        pairs: vec![
            pair(PairSeverity::Page, 60, 5, 14.4),
            pair(PairSeverity::Page, 360, 30, 6.0),
            pair(PairSeverity::Ticket, 4_320, 360, 1.0),
        ],
        budget: Budget {
            remaining: left,
            state,
            basis: BudgetBasis::Events,
            so_far: None,
            query: "1 - sum(increase(http_requests_total[30d]))".into(),
        },
        exhaustion: if known { Exhaustion::AtLeast(Span::from_hours(20)) } else { Exhaustion::Unknown },
        spent_since_release: known.then_some(Spent {
            share: 0.021,
            at_least: 0.019,
            at_most: 0.024,
            basis: BudgetBasis::Events,
        }),
        warnings: Vec::new(),
    }
}

fn version_of(slo: &SloStatus, version: &str, rates: [Option<f64>; 7], level: Level) -> SloStatus {
    let mut own = slo.clone();
    own.key.version = Some(version.to_owned());
    own.level = level;
    for (burn, rate) in own.burns.iter_mut().zip(rates) {
        burn.rate = rate;
        burn.state = if rate.is_some() { DataState::Ok } else { DataState::Warming { coverage: 0.4 } };
    }
    own
}

fn slos() -> Vec<SloStatus> {
    let availability =
        slo("checkout", "availability", 99.99, [1_025.0, 171.0, 85.4, 42.7, 15.1, 4.0, 1.4], Some(0.41), Level::Bad);
    let canary = version_of(
        &availability,
        "1.42.0",
        [Some(4_100.0), Some(680.0), Some(340.0), None, None, None, None],
        Level::Bad,
    );
    let stable = version_of(
        &availability,
        "1.41.7",
        [Some(0.3), Some(0.3), Some(0.4), Some(0.4), Some(0.4), Some(0.4), Some(0.5)],
        Level::Ok,
    );
    let mut latency = slo("checkout", "latency", 99.0, [6.4, 6.2, 6.0, 5.1, 3.2, 1.1, 0.9], Some(0.63), Level::Watch);
    latency.warnings = vec!["page 14.4x cannot tell more: burn is at most 100x".to_owned()];
    vec![
        availability,
        canary,
        stable,
        latency,
        slo("cart", "availability", 99.95, [0.3, 0.3, 0.3, 0.4, 0.4, 0.5, 0.5], Some(0.88), Level::Ok),
        slo("pricing", "availability", 99.9, [0.0; 7], None, Level::Unknown),
        slo("payments", "availability", 99.95, [0.3, 0.4, 0.4, 0.5, 0.6, 0.6, 0.6], Some(0.72), Level::Ok),
        slo("search", "freshness", 99.5, [2.0, 2.0, 2.1, 2.2, 2.1, 1.2, 1.0], Some(-0.12), Level::Watch),
        slo("ledger", "availability", 99.9, [0.1, 0.1, 0.1, 0.1, 0.2, 0.2, 0.2], Some(0.97), Level::Ok),
        slo("mobile-bff", "availability", 99.9, [0.0; 7], None, Level::Unknown),
        slo("geo", "availability", 99.5, [0.2, 0.2, 0.2, 0.2, 0.3, 0.3, 0.3], Some(0.91), Level::Ok),
    ]
}

fn alert(name: &str, severity: &str, state: AlertState, since: u64, summary: &str) -> JoinedAlert {
    JoinedAlert {
        alert: Alert {
            source: "am-eu".into(),
            fingerprint: format!("{since:016x}"),
            name: name.to_owned(),
            state,
            silenced_by: if state == AlertState::Suppressed { vec!["5f0c91ab-6a1e".to_owned()] } else { Vec::new() },
            inhibited_by: Vec::new(),
            muted_by: Vec::new(),
            starts_at: ago(since),
            ends_at: None,
            updated_at: Some(ago(5)),
            labels: Labels::from([
                ("alertname".to_owned(), name.to_owned()),
                ("service".to_owned(), "checkout".to_owned()),
                ("severity".to_owned(), severity.to_owned()),
            ]),
            annotations: Labels::from([
                ("summary".to_owned(), summary.to_owned()),
                ("runbook_url".to_owned(), format!("https://runbooks.example/{name}")),
            ]),
            generator_url: Some("https://prometheus.example/graph?g0.expr=up".to_owned()),
            receivers: vec!["on-call".to_owned()],
        },
        sources: vec!["am-eu".into()],
        service: Some("checkout".to_owned()),
        environment: Some("prod".to_owned()),
        release: Some("checkout-1-42".to_owned()),
        stale: false,
    }
}

fn alerts() -> Vec<JoinedAlert> {
    vec![
        alert(
            "CheckoutErrorBudgetBurn",
            "page",
            AlertState::Active,
            367,
            "checkout burns its error budget 15 times too fast",
        ),
        alert("CheckoutPodRestarts", "warning", AlertState::Active, 185, "3 restarts in 10 minutes"),
        alert("CheckoutLatencyHigh", "page", AlertState::Suppressed, 425, "p99 over 900 ms"),
    ]
}

fn marker(secs: u64, kind: MarkerKind, text: &str) -> Marker {
    Marker {
        at: ago(secs),
        observed_at: ago(secs.saturating_sub(2)),
        object: key("checkout"),
        service: Some("checkout".to_owned()),
        environment: Some("prod".to_owned()),
        version: Some("1.42.0".to_owned()),
        kind,
        text: text.to_owned(),
        dedupe: format!("checkout/{secs}"),
    }
}

fn markers() -> Vec<Marker> {
    vec![
        marker(1_520, MarkerKind::Started, "1.42.0 started"),
        marker(1_510, MarkerKind::Weight, "canary 5 %"),
        marker(785, MarkerKind::Weight, "canary 25 %"),
        marker(365, MarkerKind::Paused, "paused"),
    ]
}

fn series(metric: Metric, version: Option<&str>, value: impl Fn(usize) -> Option<f64>) -> Series {
    Series {
        service: "checkout".to_owned(),
        environment: "prod".to_owned(),
        metric,
        version: version.map(str::to_owned),
        start: ago(1_800),
        step: Span::from_secs(15),
        points: (0..=120).map(value).collect(),
        query: "sum(rate(http_requests_total{code=~\"5..\"}[1m]))".to_owned(),
    }
}

fn charts() -> Vec<Series> {
    let errors = || Metric::ErrorRatio { slo: "availability".to_owned() };
    let latency = || Metric::ErrorRatio { slo: "latency".to_owned() };
    let rate = || Metric::Rate { slo: "availability".to_owned() };
    // The canary has traffic after 20 points, and the fault begins with its share of 25 % at point 68.
    let wave = |i: usize| f64::from(u32::try_from(i * 7 % 5).expect("small")) / 5.0;
    let canary = move |i: usize| match i {
        0..20 => None,
        20..68 => Some(0.0002 * wave(i)),
        68..80 => Some(0.034 * f64::from(u32::try_from(i - 67).expect("small"))),
        _ => Some(0.40 + 0.02 * wave(i)),
    };
    vec![
        series(errors(), Some("1.42.0"), canary),
        series(errors(), Some("1.41.7"), move |i| Some(0.0001 * wave(i))),
        series(errors(), None, move |i| Some(0.0001 * wave(i) + canary(i).unwrap_or(0.0) * 0.25)),
        series(latency(), None, move |i| (!(40..48).contains(&i)).then_some(0.004 + 0.003 * wave(i))),
        series(rate(), Some("1.42.0"), move |i| {
            canary(i).map(|_| if i < 68 { 10.0 + wave(i) } else { 50.0 + wave(i) })
        }),
        series(rate(), Some("1.41.7"), move |i| Some(if i < 68 { 190.0 } else { 150.0 } + 4.0 * wave(i))),
    ]
}

fn source(name: &str, kind: &str, endpoint: &str, feeds: &[(&str, u64)], age: u64, latency: u64) -> SourceView {
    SourceView {
        name: SourceName::from(name),
        kind: kind.to_owned(),
        endpoint: endpoint.to_owned(),
        environment: Some("prod".to_owned()),
        level: Level::Ok,
        word: "FRESH".to_owned(),
        feeds: feeds
            .iter()
            .map(|(feed, interval)| FeedView {
                name: (*feed).to_owned(),
                freshness: Freshness::Fresh,
                age: Some(Span::from_secs(age)),
                interval: Span::from_secs(*interval),
                error: None,
            })
            .collect(),
        age: Some(Span::from_secs(age)),
        latency: Some(Span::from_millis(latency)),
        errors_last_hour: 0,
        error: None,
        failing_since: None,
        next: Some(now() + Span::from_secs(2).delta()),
        skew_millis: Some(200),
        gaps: Vec::new(),
        effects: Vec::new(),
    }
}

fn sources() -> Vec<SourceView> {
    let mut us = source("prod-us", "kubernetes", "context prod-us", &[("rollouts", 5), ("deployments", 5)], 372, 88);
    us.level = Level::Bad;
    "FAILED".clone_into(&mut us.word);
    us.errors_last_hour = 13;
    us.error = Some(
        SourceError::new(ErrorKind::Status, "https://prod-us.example:6443 answered 502 Bad Gateway")
            .advise("ask who runs the API server, or look at its load balancer"),
    );
    us.failing_since = Some(ago(372));
    us.next = Some(now() + Span::from_secs(24).delta());
    us.effects = vec!["steps and traffic are UNKNOWN: mobile-bff 11.9".to_owned()];
    for feed in &mut us.feeds {
        feed.freshness = Freshness::Stale;
    }
    vec![
        source(
            "prom-eu",
            "prometheus",
            "https://prometheus.example/",
            &[("slo short", 5), ("slo long", 60), ("charts", 15)],
            3,
            41,
        ),
        source("am-eu", "alertmanager", "https://alertmanager.example/", &[("alerts", 10), ("silences", 30)], 5, 23),
        source("prod-eu", "kubernetes", "context prod-eu", &[("rollouts", 5), ("deployments", 5)], 4, 60),
        us,
    ]
}
