//! How often the comparison of versions is wrong, and how soon it is right: the tables of `docs/canary.md`, by simulation with a fixed
//! seed. Run with `cargo bench --bench canary`.
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    missing_docs,
    reason = "a benchmark that cannot go on shall fail loudly"
)]

mod stories;

use stories::{Alarms, Chance, MINUTES, Power, SAME, Story, WORSE, percent, stories, sum};
use warroom::domain::canary::{counts::Counts, mann_whitney};

fn main() {
    let mut chance = Chance::new(6);
    let same = SAME.map(|(requests, share)| (requests, share, stories(&mut chance, requests, (share, share))));
    println!("| no difference | p < 0.01 at any evaluation | in three in a row | FAIL by the rules of a release |");
    println!("| --- | --- | --- | --- |");
    for (requests, share, stories) in &same {
        let Alarms { any, row, fail } = Alarms::of(stories);
        println!("| {requests} requests/min, {:.1} % bad | {any:.1} % | {row:.1} % | {fail:.1} % |", share * 100.0);
    }

    let mut chance = Chance::new(7);
    let worse = WORSE.map(|(requests, share)| (requests, share, stories(&mut chance, requests, (share, 0.005))));
    println!("\n| bad share of the canary, from 0.5 % | found after 5 min | 10 min | 30 min | FAIL by the rules |");
    println!("| --- | --- | --- | --- | --- |");
    for (requests, share, stories) in &worse {
        let Power { found: [five, ten, thirty], fail } = Power::of(stories);
        let share = share * 100.0;
        println!("| {requests} requests/min, to {share} % | {five:.0} % | {ten:.0} % | {thirty:.0} % | {fail:.0} % |");
    }

    println!("\n| the same by Mann and Whitney's test of each minute's bad share | 5 min | 10 min | 30 min |");
    println!("| --- | --- | --- | --- |");
    for (requests, share, stories) in &worse {
        let [five, ten, thirty] = [5, 10, MINUTES].map(|minute| percent(stories, |story| ranked(story, minute) < 0.01));
        println!("| {requests} requests/min, to {} % | {five:.0} % | {ten:.0} % | {thirty:.0} % |", share * 100.0);
    }

    println!("\n| no difference, p below it at any evaluation | Fisher | pooled z |");
    println!("| --- | --- | --- |");
    for alpha in [0.05, 0.01, 0.001] {
        for (requests, share, stories) in &same {
            let (fisher, pooled) = (peeking(stories, alpha, Story::fisher), peeking(stories, alpha, pooled));
            let share = share * 100.0;
            println!("| {alpha}: {requests} requests/min, {share:.1} % bad | {fisher:.1} % | {pooled:.1} % |");
        }
    }
}

/// In how many of a hundred stories p is below `alpha` in any minute.
fn peeking(stories: &[Story], alpha: f64, p: impl Fn(&Story, usize) -> f64) -> f64 {
    percent(stories, |story| (1..=MINUTES).any(|minute| p(story, minute) < alpha))
}

/// The p of the pooled z test, which the rules do not use.
fn pooled(story: &Story, minute: usize) -> f64 {
    let (canary, baseline) = (sum(&story.canary[..minute]), sum(&story.baseline[..minute]));
    let [canary, bad, baseline, others] =
        [canary.total(), canary.bad(), baseline.total(), baseline.bad()].map(|count| count as f64);
    let share = (bad + others) / (canary + baseline);
    let spread = (share * (1.0 - share) * (1.0 / canary + 1.0 / baseline)).sqrt();
    if spread == 0.0 {
        return 1.0;
    }
    0.5 * libm::erfc((bad / canary - others / baseline) / spread / std::f64::consts::SQRT_2)
}

/// The p of Mann and Whitney's test of each minute's bad share, which the rules use for gauges only.
fn ranked(story: &Story, minute: usize) -> f64 {
    let shares = |side: &[Counts]| -> Vec<f64> {
        side[..minute].iter().map(|one| one.bad() as f64 / one.total() as f64).collect()
    };
    mann_whitney::higher(&shares(&story.canary), &shares(&story.baseline)).map_or(1.0, |test| test.p)
}
