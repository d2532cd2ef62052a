//! Sources as a person sees them, with what each one makes unknown.

use crate::domain::{
    chart,
    facts::Facts,
    feed::Freshness,
    level::Level,
    picture::{FeedView, JoinedAlert, SourceView},
    release::Release,
    room::{FeedState, Room, SourceState},
    slo::status::SloStatus,
    source::ErrorKind,
    time::{Span, Timestamp},
};

/// From how many milliseconds on a difference of clocks is worth a word.
pub const SKEW_THAT_MATTERS: i64 = 2_000;

/// Every source, in the order of the configuration.
#[must_use]
pub fn views(
    room: &Room,
    releases: &[Release],
    slos_of_no_service: &[SloStatus],
    alerts: &[JoinedAlert],
    now: Timestamp,
) -> Vec<SourceView> {
    room.sources
        .iter()
        .map(|source| {
            let mut view = view(source, now);
            view.effects = effects(source, &view, releases);
            view.effects.extend(orphans(source, slos_of_no_service, alerts));
            view
        })
        .collect()
}

fn view(source: &SourceState, now: Timestamp) -> SourceView {
    let feeds: Vec<FeedView> = telling(source)
        .map(|(name, state)| FeedView {
            name: name.clone(),
            freshness: state.feed.freshness(now),
            age: state.feed.age(now),
            interval: state.feed.interval,
            error: state.feed.failure.as_ref().map(|failure| failure.error.clone()),
        })
        .collect();
    let states = || source.feeds.values();
    let failure = states().filter_map(|state| state.feed.failure.as_ref()).min_by_key(|failure| failure.since);
    let mut gaps: Vec<_> = states().flat_map(|state| state.gaps.iter().cloned()).collect();
    gaps.sort_by(|a, b| (&a.what, &a.why).cmp(&(&b.what, &b.why)));
    gaps.dedup();
    let skewed = source.skew_millis.is_some_and(|skew| skew.abs() >= SKEW_THAT_MATTERS);
    let (level, word) = judge(&feeds, !gaps.is_empty(), skewed);
    SourceView {
        name: source.spec.name.clone(),
        kind: source.spec.kind.clone(),
        endpoint: source.spec.endpoint.clone(),
        environment: source.spec.environment.clone(),
        level,
        word: word.to_owned(),
        age: telling_age(source, now),
        latency: source.median_latency(),
        errors_last_hour: u32::try_from(
            source.failures.iter().filter(|at| Span::between(**at, now) <= Span::from_hours(1)).count(),
        )
        .unwrap_or(u32::MAX),
        error: failure.map(|failure| failure.error.clone()),
        failing_since: failure.map(|failure| failure.since),
        next: states().filter_map(|state| state.next).min(),
        skew_millis: source.skew_millis,
        gaps,
        effects: Vec::new(),
        feeds,
    }
}

/// The feeds that say how the source is. A chart that somebody has just opened says nothing of it before its first answer.
fn telling(source: &SourceState) -> impl Iterator<Item = (&String, &FeedState)> {
    let opened = |state: &FeedState| state.feed.value().is_none() && state.feed.failure.is_none();
    source.feeds.iter().filter(move |(name, state)| name.as_str() != chart::FEED || !opened(state))
}

/// The age that tells how well the source is: of the feed that is worst off where one is not fresh, otherwise of the one that is asked
/// for most often. A feed that is asked for every quarter of an hour may be old and well.
fn telling_age(source: &SourceState, now: Timestamp) -> Option<Span> {
    let feeds = || telling(source).map(|(_, state)| state);
    let worst = feeds().filter(|state| state.feed.freshness(now) > Freshness::Fresh);
    let relative =
        |state: &&FeedState| state.feed.age(now).map(|age| age.millis() / state.feed.interval.millis().max(1));
    let quickest = || feeds().min_by_key(|state| state.feed.interval);
    worst.max_by_key(relative).or_else(quickest)?.feed.age(now)
}

/// The worst of the feeds. A failed poll whose last answer is still fresh is worth an eye; once that is old it is unknown.
fn judge(feeds: &[FeedView], partial: bool, skewed: bool) -> (Level, &'static str) {
    let any = |test: &dyn Fn(&FeedView) -> bool| feeds.iter().any(test);
    if feeds.is_empty() {
        return (Level::Unknown, "NOT ASKED");
    }
    if any(&|feed| feed.error.is_some() && feed.freshness >= Freshness::Stale) {
        (Level::Bad, "FAILED")
    } else if any(&|feed| feed.freshness == Freshness::Stale) {
        (Level::Unknown, "STALE")
    } else if any(&|feed| feed.freshness == Freshness::Never) {
        (Level::Wait, "WAITING")
    } else if any(&|feed| feed.error.is_some()) {
        (Level::Watch, "FAILING")
    } else if partial {
        (Level::Watch, "PARTIAL")
    } else if skewed {
        (Level::Watch, "SKEWED")
    } else if any(&|feed| feed.freshness == Freshness::Ageing) {
        (Level::Watch, "AGEING")
    } else {
        (Level::Ok, "FRESH")
    }
}

/// What cannot be known while the source is as it is.
fn effects(source: &SourceState, view: &SourceView, releases: &[Release]) -> Vec<String> {
    let mut effects = Vec::new();
    let silent: Vec<&FeedView> = view.feeds.iter().filter(|feed| feed.freshness >= Freshness::Stale).collect();
    if !silent.is_empty() && view.word != "WAITING" {
        effects.push(match source.spec.kind.as_str() {
            "kubernetes" => {
                let names: Vec<&str> = releases
                    .iter()
                    .filter(|release| {
                        release
                            .components
                            .iter()
                            .any(|c| c.key.as_ref().is_some_and(|key| key.source == source.spec.name))
                    })
                    .map(|release| release.name.as_str())
                    .take(4)
                    .collect();
                match names.as_slice() {
                    [] => "rollouts there are not known".to_owned(),
                    names => format!("steps and traffic are UNKNOWN: {}", names.join(", ")),
                }
            }
            "prometheus" => "burn, budgets and charts are UNKNOWN".to_owned(),
            "alertmanager" => "whether alerts fire is UNKNOWN".to_owned(),
            _ => "what it says is UNKNOWN".to_owned(),
        });
    }
    if let Some(skew) = view.skew_millis.filter(|skew| skew.abs() >= SKEW_THAT_MATTERS) {
        effects.push(format!("its clock is {:+.1} s from ours: times are corrected", skew as f64 / 1_000.0));
    }
    if view.error.as_ref().is_some_and(|error| error.kind == ErrorKind::RateLimited) {
        effects.push("it asks to be left alone for a while".to_owned());
    }
    effects
}

/// What the source says of services that nobody declared.
fn orphans(source: &SourceState, slos: &[SloStatus], alerts: &[JoinedAlert]) -> Vec<String> {
    let mut lines = Vec::new();
    let slos = slos.iter().filter(|slo| slo.key.source == source.spec.name && slo.key.version.is_none()).count();
    if slos > 0 {
        lines.push(format!("{slos} SLOs of no service"));
    }
    let has_alerts = source.feeds.values().any(|state| matches!(state.feed.value(), Some(Facts::Alerts(_))));
    let alerts = alerts.iter().filter(|a| a.service.is_none() && a.sources.contains(&source.spec.name)).count();
    if has_alerts && alerts > 0 {
        lines.push(format!("{alerts} alerts of no service"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        join::example::{at, canary, catalog, deliver, fail, room},
        source::{FeedSpec, SourceError},
        workload::Status,
    };

    #[test]
    fn a_source_goes_from_waiting_over_fresh_and_failing_to_failed() {
        let mut room = room(catalog());
        let look = |room: &Room, secs: i64| {
            let view = room.picture(at(secs)).sources[0].clone();
            (view.level, view.word)
        };
        assert_eq!(look(&room, 0), (Level::Wait, "WAITING".to_owned()));
        deliver(&mut room, "eu", "rollouts", at(0), Facts::Workloads(vec![canary(25, Status::Progressing)]));
        assert_eq!(look(&room, 5), (Level::Ok, "FRESH".to_owned()));
        let refused = || SourceError::new(ErrorKind::Connect, "connection refused").advise("is it running?");
        fail(&mut room, "eu", "rollouts", at(5), refused());
        assert_eq!(look(&room, 6), (Level::Watch, "FAILING".to_owned()));
        assert_eq!(look(&room, 30), (Level::Bad, "FAILED".to_owned()));
        let view = room.picture(at(30)).sources[0].clone();
        assert_eq!(view.effects, ["steps and traffic are UNKNOWN: checkout 1.42.0"]);
        assert_eq!((view.errors_last_hour, view.failing_since), (1, Some(at(5))));
        deliver(&mut room, "eu", "rollouts", at(31), Facts::Workloads(Vec::new()));
        assert_eq!(look(&room, 31), (Level::Ok, "FRESH".to_owned()));
    }

    #[test]
    fn a_slow_feed_that_is_well_does_not_make_its_source_look_old() {
        let mut room = room(catalog());
        let mut spec = room.sources[0].spec.clone();
        spec.feeds.push(FeedSpec { name: "deployments".to_owned(), interval: Span::from_mins(2) });
        room.set_sources(vec![spec]);
        deliver(&mut room, "eu", "deployments", at(0), Facts::Workloads(Vec::new()));
        deliver(&mut room, "eu", "rollouts", at(59), Facts::Workloads(Vec::new()));
        assert_eq!(room.picture(at(60)).sources[0].age, Some(Span::from_secs(1)));
        assert_eq!(room.picture(at(75)).sources[0].age, Some(Span::from_secs(16)));
    }

    #[test]
    fn a_chart_that_was_just_opened_does_not_make_its_source_wait_and_one_that_fails_is_told() {
        let mut room = room(catalog());
        let mut spec = room.sources[0].spec.clone();
        spec.feeds.push(FeedSpec { name: chart::FEED.to_owned(), interval: Span::from_secs(5) });
        room.set_sources(vec![spec]);
        let look = |room: &Room| {
            let view = room.picture(at(1)).sources[0].clone();
            (view.word, view.age.is_some(), view.effects.len())
        };
        assert_eq!(look(&room).0, "WAITING");
        deliver(&mut room, "eu", "rollouts", at(0), Facts::Workloads(Vec::new()));
        assert_eq!(look(&room), ("FRESH".to_owned(), true, 0));
        fail(&mut room, "eu", chart::FEED, at(0), SourceError::new(ErrorKind::Timeout, "no answer"));
        assert_eq!(look(&room).0, "FAILED");
    }

    #[test]
    fn one_dead_source_does_not_touch_another() {
        let mut room = room(catalog());
        deliver(&mut room, "am", "alerts", at(0), Facts::Alerts(Vec::new()));
        fail(&mut room, "eu", "rollouts", at(0), SourceError::new(ErrorKind::Timeout, "no answer"));
        let words: Vec<String> = room.picture(at(1)).sources.into_iter().map(|view| view.word).collect();
        assert_eq!(words, ["FAILED", "FRESH"]);
    }
}
