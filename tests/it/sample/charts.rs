//! Half an hour of three metrics.

use warroom::domain::{
    chart::{Metric, Series},
    time::Span,
};

use super::ago;

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

pub(super) fn charts() -> Vec<Series> {
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
