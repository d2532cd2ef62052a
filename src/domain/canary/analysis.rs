//! What is known of a new version of one service, by one SLO.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    against::Against,
    compare::Comparison,
    counts::Counts,
    needed::{Needed, needed, of_further_evaluations},
    profile::Kept,
    rules::{Finding, Rules, Verdict},
    what::What,
    words,
};
use crate::domain::{
    level::Level,
    object::SourceName,
    release::ReleaseId,
    slo::{definition::Window, forecast::Recent},
    time::{Span, Timestamp},
};

/// A new version and its baseline, by the bad events of one SLO.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Analysis {
    /// Of which release.
    pub release: ReleaseId,
    /// The service.
    pub service: String,
    /// The environment.
    pub environment: String,
    /// The SLO's short name: what counts as bad; empty where none can be asked.
    pub slo: String,
    /// The source that counts; `None` where none can.
    pub source: Option<SourceName>,
    /// The new version.
    pub canary: String,
    /// The version before it.
    pub baseline: String,
    /// What is compared.
    #[serde(default)]
    pub what: What,
    /// Where the counts of that come from.
    #[serde(default)]
    pub against: Against,
    /// What is said about it.
    pub standing: Standing,
    /// How many of the last evaluations in a row said "worse".
    pub worse_in_a_row: u32,
    /// What it still takes, where it is too early to say.
    pub needed: Option<Needed>,
    /// The newest evaluation, by window, shortest first.
    pub windows: Vec<WindowAnalysis>,
    /// What both versions together did to requests lately; `None` without evaluations.
    pub recent: Option<Recent>,
    /// The time of the newest evaluation.
    pub at: Option<Timestamp>,
    /// The distance of two evaluations.
    pub every: Span,
    /// The rules.
    pub rules: Rules,
    /// What is stored of the version before.
    #[serde(default)]
    pub profile: Option<Kept>,
}

/// What is said about a canary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Judged by the rules.
    Judged(Verdict),
    /// It warms up: judged from then on.
    Warming(Timestamp),
    /// Nobody has answered yet; in words.
    Unanswered(String),
    /// It cannot be judged, and why, with what to do.
    Unknown(String),
    /// What is there does not allow to judge it, however long one waits; and why, with what to do.
    Impossible(String),
}

/// Both versions over one window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WindowAnalysis {
    /// The window.
    pub window: Window,
    /// The canary's events.
    pub canary: Counts,
    /// The baseline's.
    pub baseline: Counts,
    /// Both compared; `None` where one had no traffic.
    pub comparison: Option<Comparison>,
    /// The whole query, to be copied.
    pub query: Arc<str>,
}

impl WindowAnalysis {
    /// Compares.
    #[must_use]
    pub fn of(window: Window, canary: Counts, baseline: Counts, query: Arc<str>) -> Self {
        Self { window, canary, baseline, comparison: Comparison::of(canary, baseline), query }
    }

    fn finding(&self, rules: &Rules) -> Finding {
        self.comparison.map_or(Finding::Open, |comparison| comparison.finding(rules))
    }
}

impl Analysis {
    /// How much it needs a person.
    #[must_use]
    pub fn level(&self) -> Level {
        match self.standing {
            // Something else may be the cause: a person has to look.
            Standing::Judged(Verdict::Fail) if self.against.is_doubtful() || self.what.is_weighed() => Level::Watch,
            Standing::Judged(Verdict::Fail) => Level::Bad,
            Standing::Judged(Verdict::Pass) => Level::Ok,
            Standing::Judged(Verdict::Inconclusive) | Standing::Warming(_) | Standing::Impossible(_) => Level::Wait,
            Standing::Unanswered(_) | Standing::Unknown(_) => Level::Unknown,
        }
    }

    /// The word for people: `FAIL`, `WARMING`, `UNKNOWN`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self.standing {
            Standing::Judged(verdict) => verdict.word(),
            Standing::Warming(_) => "WARMING",
            Standing::Unanswered(_) | Standing::Unknown(_) => "UNKNOWN",
            Standing::Impossible(_) => "NOT JUDGED",
        }
    }

    /// The window that says most: the first whose difference is the most certain.
    #[must_use]
    pub fn leading(&self) -> Option<&WindowAnalysis> {
        let p = |window: &&WindowAnalysis| window.comparison.map_or(f64::INFINITY, |comparison| comparison.p);
        self.windows.iter().min_by(|one, other| p(one).total_cmp(&p(other)))
    }

    /// What both versions together did to requests lately, with the SLO's short name and its source.
    #[must_use]
    pub fn lately(&self) -> Option<(&str, &SourceName, Recent)> {
        // What was before, and slow requests by another boundary, are no part of it.
        let both_now = self.against == Against::Beside && self.what == What::Events;
        Some((self.slo.as_str(), self.source.as_ref()?, self.recent.filter(|_| both_now)?))
    }

    /// The query that says most.
    #[must_use]
    pub fn query(&self) -> Option<&Arc<str>> {
        self.leading().map(|window| &window.query).or_else(|| self.what.query())
    }

    /// The reason in a line, without the word: `needs about 380 more requests`, `no series for 1.43.0`.
    #[must_use]
    pub fn why(&self) -> String {
        let said = std::iter::once(self.counted()).chain(self.against.remarks());
        said.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("; ")
    }

    fn counted(&self) -> String {
        let (Some(measured), Standing::Judged(verdict)) = (self.what.told(), &self.standing) else {
            return self.events();
        };
        if !self.windows.is_empty() {
            return format!("{measured}: {}", self.events());
        }
        if *verdict != Verdict::Inconclusive {
            return measured;
        }
        if self.worse_in_a_row > 0 {
            return format!("{measured}, worse in {} of {} evaluations", self.worse_in_a_row, self.rules.in_a_row);
        }
        match self.what.needs() {
            Some(needs) => format!("{needs}: {measured}"),
            None => measured,
        }
    }

    fn events(&self) -> String {
        let looks = format!("worse in {} of {} evaluations", self.worse_in_a_row, self.rules.in_a_row);
        match (&self.standing, self.needed) {
            (Standing::Unanswered(why) | Standing::Unknown(why) | Standing::Impossible(why), _) => why.clone(),
            (Standing::Warming(until), _) => format!("warms up, judged from {} on", until.format("%H:%M:%SZ")),
            (Standing::Judged(Verdict::Inconclusive), Some(more)) if self.worse_in_a_row > 0 => {
                format!("{looks}, {}", words::needs(more, "requests"))
            }
            (Standing::Judged(Verdict::Inconclusive), Some(more)) => words::needs(more, "requests"),
            (Standing::Judged(Verdict::Inconclusive), None) if self.against.cannot_pass() => {
                self.leading().map_or_else(String::new, told)
            }
            (Standing::Judged(Verdict::Inconclusive), None) => "the baseline has no requests".to_owned(),
            (Standing::Judged(Verdict::Fail | Verdict::Pass), _) => self.leading().map_or_else(String::new, told),
        }
    }
}

/// `9 of 500 bad (1.80 %) against 12 of 10,000 (0.120 %) in 5m: +1.68 pp, p 2.1e-7`.
fn told(window: &WindowAnalysis) -> String {
    let side = |counts: Counts| {
        let share = counts.share().map_or_else(|| "no requests".to_owned(), words::share);
        (format!("{} of {}", words::count(counts.bad()), words::count(counts.total())), share)
    };
    let ((canary, share), (baseline, before)) = (side(window.canary), side(window.baseline));
    let compared = window.comparison.map_or_else(String::new, |comparison| {
        format!(": {}, p {}", words::points(comparison.difference), words::p(comparison.p))
    });
    format!("{canary} bad ({share}) against {baseline} ({before}) in {}{compared}", window.window)
}

/// Fewer new bad events than this are no trend.
const TREND: f64 = 10.0;

/// What both versions together did to requests lately, from evaluations that are `every` apart, oldest first: over the shortest
/// window, or since the oldest evaluation where that grew faster. Bad events that left the window meanwhile are not counted back, so a
/// growth is never told too large.
#[must_use]
pub fn trend(looks: &[Vec<WindowAnalysis>], every: Span) -> Option<Recent> {
    let newest = looks.last()?.first()?;
    let both = |window: &WindowAnalysis| {
        let bad = window.canary.bad() + window.baseline.bad();
        (bad as f64, (window.canary.total() + window.baseline.total()) as f64)
    };
    let (bad, total) = both(newest);
    if total <= 0.0 {
        return None;
    }
    let whole = Recent { ratio: bad / total, window: newest.window };
    let apart = every.times(u64::try_from(looks.len()).ok()?.saturating_sub(1));
    let oldest = looks.first()?.iter().find(|one| one.window == newest.window);
    let grown = oldest.map_or(0.0, |oldest| bad - both(oldest).0);
    if grown < TREND || apart == Span::ZERO || apart >= newest.window {
        return Some(whole);
    }
    let ratio = (grown / (total * apart.secs() / newest.window.secs())).min(1.0);
    Some(if ratio > whole.ratio { Recent { ratio, window: apart } } else { whole })
}

/// The verdict on evaluations, oldest first; each is what the windows of that moment say. Also how many of the last said "worse", and
/// what it still takes.
#[must_use]
pub fn judge(looks: &[Vec<WindowAnalysis>], every: Span, rules: &Rules) -> (Verdict, u32, Option<Needed>) {
    let findings: Vec<Finding> = looks.iter().map(|windows| finding(windows, rules)).collect();
    let worse = findings.iter().rev().take_while(|finding| **finding == Finding::Worse).count();
    let worse = u32::try_from(worse).unwrap_or(u32::MAX);
    let newest = findings.last().copied().unwrap_or(Finding::Open);
    let verdict = Verdict::of(newest, worse, rules);
    if verdict != Verdict::Inconclusive {
        return (verdict, worse, None);
    }
    let windows = looks.last().map(Vec::as_slice).unwrap_or_default();
    let more = if newest == Finding::Worse {
        further(windows, every, rules.in_a_row.saturating_sub(worse), rules)
    } else {
        windows
            .iter()
            .filter(|window| window.finding(rules) == Finding::Open)
            .filter_map(|window| needed(window.canary, window.baseline, rules))
            .max_by_key(|needed| match needed {
                Needed::About(more) => *more,
                Needed::Never => u64::MAX,
            })
    };
    (verdict, worse, more)
}

/// What all windows of an evaluation say together: worse where any is, no worse where all are.
fn finding(windows: &[WindowAnalysis], rules: &Rules) -> Finding {
    let says = |finding| windows.iter().filter(|window| window.finding(rules) == finding).count();
    if says(Finding::Worse) > 0 {
        Finding::Worse
    } else if !windows.is_empty() && says(Finding::NoWorse) == windows.len() {
        Finding::NoWorse
    } else {
        Finding::Open
    }
}

/// The requests of so many more evaluations, at the rate of the window that is worse.
fn further(windows: &[WindowAnalysis], every: Span, missing: u32, rules: &Rules) -> Option<Needed> {
    let worse = windows.iter().find(|window| window.finding(rules) == Finding::Worse)?;
    let each = worse.canary.total() as f64 * every.secs() / worse.window.secs().max(1.0);
    Some(Needed::About(of_further_evaluations(each, missing)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Span = Span::from_secs(15);

    fn look(canary: (u64, u64), baseline: (u64, u64)) -> Vec<WindowAnalysis> {
        let counts = |(bad, total)| Counts::new(bad, total).expect("possible");
        vec![WindowAnalysis::of(Span::from_mins(5), counts(canary), counts(baseline), "".into())]
    }

    #[test]
    fn a_canary_fails_only_when_three_evaluations_in_a_row_say_worse() {
        let (good, bad) = (look((0, 600), (5, 50_000)), look((30, 600), (5, 50_000)));
        let of = |looks: &[&Vec<WindowAnalysis>]| {
            judge(&looks.iter().map(|look| (*look).clone()).collect::<Vec<_>>(), EVERY, &Rules::default())
        };
        assert_eq!(of(&[&good, &good, &good]), (Verdict::Pass, 0, None));
        // 600 requests in five minutes are 30 in 15 s.
        assert_eq!(of(&[&good, &good, &bad]), (Verdict::Inconclusive, 1, Some(Needed::About(60))));
        assert_eq!(of(&[&good, &bad, &bad]), (Verdict::Inconclusive, 2, Some(Needed::About(30))));
        assert_eq!(of(&[&bad, &bad, &bad]), (Verdict::Fail, 3, None));
        assert_eq!(of(&[&bad, &bad, &good]), (Verdict::Pass, 0, None));
        assert_eq!(of(&[&bad, &bad]).0, Verdict::Inconclusive);
    }

    #[test]
    fn a_fault_that_just_began_is_seen_at_its_own_rate_and_not_thinned_by_the_window() {
        // 200 requests a second, 5 of them bad since 60 s: 15 s, 30 s and 45 s of it before.
        let looks =
            [look((75, 15_000), (0, 45_000)), look((150, 15_000), (0, 45_000)), look((225, 15_000), (0, 45_000))];
        let seen = trend(&looks, EVERY).expect("seen");
        assert!((seen.ratio - 0.025).abs() < 1e-9 && seen.window == Span::from_secs(30), "{seen:?}");
        let steady = trend(&[look((225, 15_000), (0, 45_000)), look((230, 15_000), (0, 45_000))], EVERY).expect("seen");
        assert!((steady.ratio - 230.0 / 60_000.0).abs() < 1e-9, "five more are no trend: {steady:?}");
        assert_eq!(trend(&[], EVERY), None);
    }

    #[test]
    fn one_window_that_is_worse_outweighs_one_that_is_not() {
        let mut both = look((30, 600), (5, 50_000));
        both.extend(look((30, 60_000), (5, 5_000_000)));
        let looks = vec![both; 3];
        assert_eq!(judge(&looks, EVERY, &Rules::default()).0, Verdict::Fail);
    }

    #[test]
    fn too_few_requests_and_none_at_all_say_how_many_are_missing_and_never_pass() {
        for canary in [(0, 0), (0, 100)] {
            let (verdict, _, needed) = judge(&[look(canary, (0, 100_000))], EVERY, &Rules::default());
            assert_eq!(verdict, Verdict::Inconclusive);
            assert!(matches!(needed, Some(Needed::About(200..=400))), "{needed:?}");
        }
        assert_eq!(judge(&[], EVERY, &Rules::default()), (Verdict::Inconclusive, 0, None));
        assert_eq!(judge(&[look((0, 500), (0, 0))], EVERY, &Rules::default()), (Verdict::Inconclusive, 0, None));
    }
}
