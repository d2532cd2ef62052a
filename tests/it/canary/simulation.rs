//! How often the rules are wrong, and how soon they are right, by simulation with a fixed seed. The figures of `docs/canary.md` come from here:
//! `cargo test --test it canary::simulation -- --nocapture` prints them.

use warroom::domain::{
    canary::{
        analysis::{WindowAnalysis, judge},
        compare::Comparison,
        counts::Counts,
        fisher,
        rules::{Rules, Verdict},
    },
    time::Span,
};

/// Requests of the baseline for each of the canary: a canary of 5 %.
const RATIO: u64 = 19;

/// How many stories are told; a share of them is right to about one percentage point.
const RUNS: usize = 1_000;

/// Poisson numbers: the failures of many requests, each with a small chance.
struct Chance(fastrand::Rng);

impl Chance {
    fn failures(&mut self, mean: f64) -> f64 {
        if mean > 40.0 {
            // Box and Muller: the normal distribution is near enough at such means.
            let radius = (-2.0 * (1.0 - self.0.f64()).ln()).sqrt();
            let normal = radius * (std::f64::consts::TAU * self.0.f64()).cos();
            return (mean + mean.sqrt() * normal).max(0.0);
        }
        let limit = (-mean).exp();
        let mut product = self.0.f64();
        let mut failures = 0.0;
        while product > limit {
            product *= self.0.f64();
            failures += 1.0;
        }
        failures
    }

    fn counts(&mut self, requests: u64, share: f64) -> Counts {
        let all = requests as f64;
        Counts::measured(self.failures(all * share).min(all), all).unwrap()
    }
}

fn sum(of: &[Counts]) -> Counts {
    Counts::new(of.iter().map(|one| one.bad()).sum(), of.iter().map(|one| one.total()).sum()).unwrap()
}

/// Both versions, minute by minute.
struct Story {
    canary: Vec<Counts>,
    baseline: Vec<Counts>,
}

impl Story {
    fn new(chance: &mut Chance, minutes: usize, requests: u64, (share, before): (f64, f64)) -> Self {
        Self {
            canary: (0..minutes).map(|_| chance.counts(requests, share)).collect(),
            baseline: (0..minutes).map(|_| chance.counts(requests * RATIO, before)).collect(),
        }
    }

    fn p(&self, minute: usize) -> f64 {
        fisher::worse(sum(&self.canary[..minute]), sum(&self.baseline[..minute]))
    }

    /// The windows of an evaluation at this minute: the longest of the list, and five minutes.
    fn look(&self, minute: usize, longest: usize) -> Vec<WindowAnalysis> {
        let mut lengths = vec![longest];
        if longest > 5 {
            lengths.insert(0, 5);
        }
        let window = |length: usize| {
            let of = |side: &[Counts]| sum(&side[minute - length..minute]);
            let span = Span::from_mins(length as u64);
            WindowAnalysis::of(span, of(&self.canary), of(&self.baseline), "".into())
        };
        lengths.into_iter().map(window).collect()
    }

    /// What is said at this minute, by the rules as they are applied to a release.
    fn verdict(&self, minute: usize) -> Verdict {
        let longest = [40, 20, 10, 5, 2, 1].into_iter().find(|length| *length + 2 <= minute).unwrap();
        let looks: Vec<_> = (minute - 2..=minute).map(|minute| self.look(minute, longest)).collect();
        judge(&looks, Span::from_mins(1), &Rules::default()).0
    }
}

/// How many of a hundred runs.
fn percent(runs: usize, mut of: impl FnMut() -> bool) -> f64 {
    (0..runs).filter(|_| of()).count() as f64 * 100.0 / runs as f64
}

#[test]
fn without_a_difference_a_canary_hardly_ever_fails() {
    let mut chance = Chance(fastrand::Rng::with_seed(6));
    println!("requests/min, share: p < 0.01 at any of 30 looks, in 3 in a row, FAIL by the rules of a release");
    for (requests, share) in [(10, 0.005), (60, 0.005), (600, 0.001), (600, 0.005)] {
        let stories: Vec<Story> = (0..RUNS).map(|_| Story::new(&mut chance, 30, requests, (share, share))).collect();
        let mut told = stories.iter();
        let looks = |story: &Story| (1..=30).map(|minute| story.p(minute) < 0.01).collect::<Vec<_>>();
        let any = percent(RUNS, || looks(told.next().unwrap()).contains(&true));
        let mut told = stories.iter();
        let row = percent(RUNS, || looks(told.next().unwrap()).windows(3).any(|three| three == [true; 3]));
        let mut told = stories.iter();
        let fail = percent(RUNS, || {
            let story = told.next().unwrap();
            (3..=30).any(|minute| story.verdict(minute) == Verdict::Fail)
        });
        println!("{requests:4} {:5} %: {any:5.2} % {row:5.2} % {fail:5.2} %", share * 100.0);
        assert!(any <= 8.0, "one look in thirty: {any} %");
        assert!(row <= 4.0 && row <= any, "three in a row: {row} %");
        assert!(fail <= 4.0, "by the rules of a release: {fail} %");
    }
}

#[test]
fn a_real_difference_is_found_as_soon_as_the_number_of_requests_allows() {
    let mut chance = Chance(fastrand::Rng::with_seed(7));
    println!("requests/min, share from and to: p < 0.01 after 5, 10 and 30 minutes; FAIL within 30 minutes");
    for (requests, share, expected) in
        [(10, 0.055, [46.0, 83.0, 100.0]), (60, 0.015, [26.0, 55.0, 95.0]), (600, 0.015, [97.0, 100.0, 100.0])]
    {
        let stories: Vec<Story> = (0..RUNS).map(|_| Story::new(&mut chance, 30, requests, (share, 0.005))).collect();
        let found = [5, 10, 30].map(|minute| {
            let mut told = stories.iter();
            percent(RUNS, || told.next().unwrap().p(minute) < 0.01)
        });
        let mut told = stories.iter();
        let fail = percent(RUNS, || {
            let story = told.next().unwrap();
            (3..=30).any(|minute| story.verdict(minute) == Verdict::Fail)
        });
        println!("{requests:4} 0.5 % to {:4} %: {found:?} {fail} %", share * 100.0);
        for (found, expected) in found.into_iter().zip(expected) {
            assert!((found - expected).abs() <= 6.0, "{requests}: {found} % and not {expected} %");
        }
        assert!(fail >= 85.0, "{requests} requests a minute: {fail} %");
    }
}

#[test]
fn a_difference_that_does_not_matter_never_fails_however_certain_it_is() {
    let mut chance = Chance(fastrand::Rng::with_seed(8));
    let story = Story::new(&mut chance, 30, 60_000, (0.003, 0.001));
    let compared = Comparison::of(sum(&story.canary), sum(&story.baseline)).unwrap();
    assert!(compared.p < 1e-9, "{compared:?}");
    for minute in 3..=30 {
        assert_eq!(story.verdict(minute), Verdict::Pass, "{minute}");
    }
}
