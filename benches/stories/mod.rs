//! Simulated canaries with a fixed seed, minute by minute: how often rules are wrong where both versions are the same, and how soon
//! they are right where one is worse.

use warroom::domain::{
    canary::{
        analysis::{WindowAnalysis, judge},
        counts::Counts,
        fisher,
        rules::{Rules, Verdict},
    },
    time::Span,
};

/// Requests of the baseline for each of the canary: a canary of 5 %.
const RATIO: u64 = 19;

/// How many stories are told in each case; a share of them is right to about one percentage point.
pub(crate) const RUNS: usize = 1_000;

/// How long each of them is, in minutes. There is a look in each minute.
pub(crate) const MINUTES: usize = 30;

/// Requests of a canary in a minute, and the bad share of both versions.
pub(crate) const SAME: [(u64, f64); 4] = [(10, 0.005), (60, 0.005), (600, 0.001), (600, 0.005)];

/// Requests of a canary in a minute, and its bad share; that of the baseline is 0.5 %.
pub(crate) const WORSE: [(u64, f64); 3] = [(10, 0.055), (60, 0.015), (600, 0.015)];

/// Random numbers of a fixed seed.
pub(crate) struct Chance(fastrand::Rng);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    /// A Poisson number: the failures of many requests, each with a small chance.
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
        Counts::measured(self.failures(all * share).min(all), all).expect("counts")
    }
}

/// The sum of the counts of some minutes.
pub(crate) fn sum(of: &[Counts]) -> Counts {
    Counts::new(of.iter().map(|one| one.bad()).sum(), of.iter().map(|one| one.total()).sum()).expect("counts")
}

/// Both versions, minute by minute.
pub(crate) struct Story {
    pub(crate) canary: Vec<Counts>,
    pub(crate) baseline: Vec<Counts>,
}

impl Story {
    /// A canary of so many requests a minute with this bad share, beside a baseline with another one.
    pub(crate) fn new(chance: &mut Chance, requests: u64, (share, before): (f64, f64)) -> Self {
        Self {
            canary: (0..MINUTES).map(|_| chance.counts(requests, share)).collect(),
            baseline: (0..MINUTES).map(|_| chance.counts(requests * RATIO, before)).collect(),
        }
    }

    /// Fisher's p of everything until this minute.
    pub(crate) fn fisher(&self, minute: usize) -> f64 {
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
    pub(crate) fn verdict(&self, minute: usize) -> Verdict {
        let longest = [40, 20, 10, 5, 2, 1].into_iter().find(|length| *length + 2 <= minute).expect("a window");
        let looks: Vec<_> = (minute - 2..=minute).map(|minute| self.look(minute, longest)).collect();
        judge(&looks, Span::from_mins(1), &Rules::default()).0
    }

    /// Whether the rules say FAIL in any minute.
    fn fails(&self) -> bool {
        (3..=MINUTES).any(|minute| self.verdict(minute) == Verdict::Fail)
    }
}

/// So many stories of one case.
pub(crate) fn stories(chance: &mut Chance, requests: u64, shares: (f64, f64)) -> Vec<Story> {
    (0..RUNS).map(|_| Story::new(chance, requests, shares)).collect()
}

/// Of how many of a hundred stories that is true.
pub(crate) fn percent(stories: &[Story], of: impl Fn(&Story) -> bool) -> f64 {
    stories.iter().filter(|story| of(story)).count() as f64 * 100.0 / stories.len() as f64
}

/// How many of a hundred stories without a difference end in a false alarm.
pub(crate) struct Alarms {
    /// With p < 0.01 in any of thirty looks.
    pub(crate) any: f64,
    /// In three of them in a row.
    pub(crate) row: f64,
    /// By the rules of a release.
    pub(crate) fail: f64,
}

impl Alarms {
    pub(crate) fn of(stories: &[Story]) -> Self {
        let looks = |story: &Story| (1..=MINUTES).map(|minute| story.fisher(minute) < 0.01).collect::<Vec<_>>();
        Self {
            any: percent(stories, |story| looks(story).contains(&true)),
            row: percent(stories, |story| looks(story).windows(3).any(|three| three == [true; 3])),
            fail: percent(stories, Story::fails),
        }
    }
}

/// In how many of a hundred stories a real difference is found.
pub(crate) struct Power {
    /// With p < 0.01 after 5, 10 and 30 minutes.
    pub(crate) found: [f64; 3],
    /// By the rules of a release within 30 minutes.
    pub(crate) fail: f64,
}

impl Power {
    pub(crate) fn of(stories: &[Story]) -> Self {
        let found = [5, 10, MINUTES].map(|minute| percent(stories, |story| story.fisher(minute) < 0.01));
        Self { found, fail: percent(stories, Story::fails) }
    }
}
