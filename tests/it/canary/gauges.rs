//! How often a gauge is wrong, and how soon right, by simulation with a fixed seed. The figures of `docs/canary.md` come from here:
//! `cargo test --test it canary::gauges -- --nocapture` prints them.

use warroom::domain::{
    canary::{
        facts::GaugeValue,
        gauge_metric::{GaugeMetric, Worse},
        gauged::judge,
        rules::Verdict,
    },
    time::Timestamp,
};

/// How many stories are told.
const RUNS: u32 = 200;

/// Values of each story: as many as are looked at.
const VALUES: usize = 60;

/// Values around `level`, scattered by 10 % of 100. Each keeps this share of how far off the one before was.
fn values(chance: &mut fastrand::Rng, level: f64, kept: f64) -> Vec<GaugeValue> {
    let mut off = 0.0;
    (0..VALUES)
        .map(|number| {
            let radius = (-2.0 * (1.0 - chance.f64()).ln()).sqrt();
            let normal = radius * (std::f64::consts::TAU * chance.f64()).cos();
            off = if number == 0 { normal } else { kept * off + (1.0 - kept * kept).sqrt() * normal };
            let secs = i64::try_from(number).expect("small") * 60;
            GaugeValue { at: Timestamp::from_timestamp(secs, 0).expect("in range"), value: level + 10.0 * off }
        })
        .collect()
}

/// In percent of the stories: FAIL at any evaluation, and PASS at the last.
fn told(level: f64, kept: f64, margin: f64) -> (f64, f64) {
    let rules = GaugeMetric {
        name: "memory".to_owned(),
        service: "checkout".to_owned(),
        value: "bytes".to_owned(),
        worse: Worse::Higher,
        margin,
        source: None,
    }
    .rules();
    let mut chance = fastrand::Rng::with_seed(7);
    let (mut failed, mut passed) = (0, 0);
    for _ in 0..RUNS {
        let (canary, baseline) = (values(&mut chance, level, kept), values(&mut chance, 100.0, kept));
        let until = |count: usize| judge(&canary[..count], &baseline, Worse::Higher, rules, 3).expect("values").verdict;
        failed += u32::from((1..=VALUES).any(|count| until(count) == Verdict::Fail));
        passed += u32::from(until(VALUES) == Verdict::Pass);
    }
    let percent = |of: u32| f64::from(of) * 100.0 / f64::from(RUNS);
    let told = (percent(failed), percent(passed));
    println!("level {level}, each keeps {kept}, margin {margin}: FAIL {:.1} %, PASS {:.1} %", told.0, told.1);
    told
}

#[test]
fn values_that_follow_one_another_raise_false_alarms_which_is_why_a_gauge_holds_and_never_rolls_back() {
    let (same, following) = (told(100.0, 0.0, 0.1), told(100.0, 0.9, 0.1));
    let wide = told(100.0, 0.9, 0.25);
    let (small, higher, higher_following) = (told(105.0, 0.0, 0.1), told(130.0, 0.0, 0.1), told(130.0, 0.9, 0.1));
    assert!(same.0 <= 4.0 && same.1 >= 60.0, "{same:?}");
    assert!(following.0 >= 3.0 * same.0.max(1.0), "{following:?} {same:?}");
    assert!(wide.0 <= 10.0, "{wide:?}");
    assert!(small.0 <= 25.0, "{small:?}");
    assert!(higher.0 >= 99.0 && higher_following.0 >= 90.0, "{higher:?} {higher_following:?}");
}
