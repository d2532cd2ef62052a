//! SLOs of the hand-made room.

use warroom::domain::{
    level::Level,
    slo::{
        definition::{Objective, Origin, Period},
        reading::DataState,
        status::{Budget, BudgetBasis, Burn, Exhaustion, Firing, Pair, PairSeverity, SloKey, SloStatus, Spent},
    },
    time::Span,
};

use super::ago;

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

pub(super) fn slos() -> Vec<SloStatus> {
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
