//! When each feed of one source is asked next. Pure: time comes in as an argument, in real time.

use std::{collections::BTreeMap, time::Duration};

use tokio::time::Instant;

use crate::{
    clock::Clock,
    domain::{
        feed::FeedName,
        source::{ErrorKind, FeedSpec, SourceError},
    },
    sources::backoff::Backoff,
};

/// How many feeds of one source are asked at the same time.
pub(super) const CONCURRENCY: usize = 4;
/// People and sources may ask for an early poll, but not more often than this.
const SHORTEST_REPEAT: Duration = Duration::from_secs(1);
/// First polls are spread over this time.
const SPREAD: Duration = Duration::from_millis(300);

/// When each feed of one source is asked next.
pub(super) struct Plan {
    clock: Clock,
    feeds: BTreeMap<FeedName, FeedPlan>,
    /// Set while the source as a whole does not answer.
    hold: Option<Hold>,
    /// The server asked to be left alone until then.
    banned_until: Option<Instant>,
    woken: Option<Instant>,
}

struct FeedPlan {
    spec: FeedSpec,
    due: Instant,
    asked: Option<Instant>,
    asking: bool,
    /// It changed while it was being asked.
    again: bool,
    backoff: Option<Backoff>,
    banned_until: Option<Instant>,
}

struct Hold {
    since: Instant,
    until: Instant,
    backoff: Backoff,
}

/// Whether an error is about the way to the source rather than about one question.
pub(super) const fn about_the_source(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Configuration
            | ErrorKind::Dns
            | ErrorKind::Connect
            | ErrorKind::Tls
            | ErrorKind::Proxy
            | ErrorKind::Unauthenticated
            | ErrorKind::RateLimited
            | ErrorKind::Redirect
    )
}

impl Plan {
    pub(super) const fn new(clock: Clock) -> Self {
        Self { clock, feeds: BTreeMap::new(), hold: None, banned_until: None, woken: None }
    }

    /// Takes the feeds as they are wanted now. New ones are due almost at once, those that stay keep their place.
    pub(super) fn adopt(&mut self, specs: &[FeedSpec], now: Instant) {
        self.feeds.retain(|name, _| specs.iter().any(|spec| spec.name == *name));
        for spec in specs {
            let interval = self.clock.real_duration(spec.interval);
            self.feeds
                .entry(spec.name.clone())
                .and_modify(|feed| {
                    if feed.spec.interval > spec.interval && feed.backoff.is_none() {
                        feed.due = feed.due.min(feed.asked.map_or(now, |asked| asked + interval));
                    }
                    feed.spec = spec.clone();
                })
                .or_insert_with(|| FeedPlan {
                    spec: spec.clone(),
                    due: now + SPREAD.min(interval).mul_f64(fastrand::f64()),
                    asked: None,
                    asking: false,
                    again: false,
                    backoff: None,
                    banned_until: None,
                });
        }
    }

    /// The feeds to ask now, marked as being asked. While the source does not answer, one at a time feels the way.
    pub(super) fn start(&mut self, now: Instant) -> Vec<FeedName> {
        let mut due: Vec<&mut FeedPlan> = Vec::new();
        let mut asking = 0;
        let gate = self.gate();
        for feed in self.feeds.values_mut() {
            if feed.asking {
                asking += 1;
            } else if gate.is_none_or(|gate| now >= gate) && now >= feed.due {
                due.push(feed);
            }
        }
        let most = if self.hold.is_some() { 1 } else { CONCURRENCY };
        // The one that has waited longest first, so that no feed starves and none probes for all others.
        due.sort_by_key(|feed| feed.asked);
        due.into_iter()
            .take(most.saturating_sub(asking))
            .map(|feed| {
                feed.asking = true;
                feed.asked = Some(now);
                feed.spec.name.clone()
            })
            .collect()
    }

    /// When [`Plan::start`] may have something next, if nothing else happens before.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        let asking = self.feeds.values().filter(|feed| feed.asking).count();
        if asking >= if self.hold.is_some() { 1 } else { CONCURRENCY } {
            return None;
        }
        let earliest = self.feeds.values().filter(|feed| !feed.asking).map(|feed| feed.due).min()?;
        Some(self.gate().map_or(earliest, |gate| gate.max(earliest)))
    }

    /// Nothing of this source is asked before then.
    fn gate(&self) -> Option<Instant> {
        self.hold.as_ref().map(|hold| hold.until).max(self.banned_until)
    }

    /// Takes a good answer; says when the feed is asked next, or nothing when nobody wants it any more.
    pub(super) fn succeeded(&mut self, name: &str, now: Instant) -> Option<Instant> {
        let feed = self.feeds.get_mut(name)?;
        let interval = self.clock.real_duration(feed.spec.interval);
        self.hold = None;
        feed.asking = false;
        feed.backoff = None;
        // An answer that takes longer than the interval still leaves the server some peace.
        feed.due = feed.asked.map_or(now, |asked| asked + interval).max(now + interval / 4);
        if std::mem::take(&mut feed.again) {
            feed.due = feed.due.min(feed.asked.map_or(now, |asked| asked + SHORTEST_REPEAT).max(now));
        }
        Some(feed.due)
    }

    /// Takes a failure; says when the feed is asked next, or nothing when nobody wants it any more.
    pub(super) fn failed(&mut self, name: &str, error: &SourceError, now: Instant) -> Option<Instant> {
        let ban = error.retry_after.map(|span| now + self.clock.real_duration(span));
        let feed = self.feeds.get_mut(name)?;
        let interval = self.clock.real_duration(feed.spec.interval);
        feed.asking = false;
        let pause = feed.backoff.get_or_insert_with(|| Backoff::new(interval)).next_pause();
        feed.due = now + scaled(&self.clock, pause);
        if about_the_source(error.kind) {
            let asked = feed.asked.unwrap_or(now);
            self.banned_until = self.banned_until.max(ban);
            self.hold_back(asked, interval, now);
        } else {
            feed.banned_until = feed.banned_until.max(ban);
        }
        let gate = self.gate();
        let feed = self.feeds.get_mut(name)?;
        feed.due = feed.due.max(feed.banned_until.unwrap_or(now));
        Some(gate.map_or(feed.due, |gate| gate.max(feed.due)))
    }

    /// Leaves the whole source alone for longer than the last time. Failures of questions that were under way when the
    /// hold began are the same failure.
    fn hold_back(&mut self, asked: Instant, interval: Duration, now: Instant) {
        let clock = self.clock;
        match &mut self.hold {
            Some(hold) if asked <= hold.since => {}
            Some(hold) => {
                hold.since = now;
                hold.until = now + scaled(&clock, hold.backoff.next_pause());
            }
            None => {
                let mut backoff = Backoff::new(interval);
                let until = now + scaled(&clock, backoff.next_pause());
                self.hold = Some(Hold { since: now, until, backoff });
            }
        }
    }

    /// Somebody wants everything now. At most once a second, and never before the server's `Retry-After` is over.
    pub(super) fn wake(&mut self, now: Instant) {
        if self.woken.is_some_and(|woken| now < woken + SHORTEST_REPEAT) {
            return;
        }
        self.woken = Some(now);
        if let Some(hold) = &mut self.hold {
            hold.until = hold.until.min(now);
        }
        for feed in self.feeds.values_mut() {
            feed.due = feed.banned_until.unwrap_or(now).max(now);
        }
    }

    /// The source says that `name` changed. At most once a second, and no way round a backoff.
    pub(super) fn changed(&mut self, name: &str, now: Instant) {
        if let Some(feed) = self.feeds.get_mut(name)
            && feed.backoff.is_none()
        {
            let earliest = feed.asked.map_or(now, |asked| asked + SHORTEST_REPEAT).max(now);
            feed.due = feed.due.min(earliest);
            // The answer that is under way may not have it yet.
            feed.again = feed.asking;
        }
    }
}

/// A pause of the console's clock in real time.
fn scaled(clock: &Clock, pause: Duration) -> Duration {
    pause.div_f64(clock.speed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::Span;

    fn specs(feeds: &[(&str, u64)]) -> Vec<FeedSpec> {
        feeds
            .iter()
            .map(|(name, secs)| FeedSpec { name: (*name).to_owned(), interval: Span::from_secs(*secs) })
            .collect()
    }

    /// A plan whose first polls are all due.
    fn plan(feeds: &[(&str, u64)]) -> (Plan, Instant) {
        let now = Instant::now();
        let mut plan = Plan::new(Clock::real());
        plan.adopt(&specs(feeds), now);
        (plan, now + SPREAD)
    }

    fn error(kind: ErrorKind) -> SourceError {
        SourceError::new(kind, "wrong")
    }

    const fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn each_feed_keeps_its_own_cadence() {
        let (mut plan, now) = plan(&[("alerts", 15), ("silences", 30)]);
        assert_eq!(plan.start(now), ["alerts", "silences"]);
        assert_eq!(plan.start(now + secs(60)), Vec::<String>::new(), "both are being asked");
        assert_eq!(plan.succeeded("alerts", now + secs(1)), Some(now + secs(15)));
        assert_eq!(plan.succeeded("silences", now + secs(1)), Some(now + secs(30)));
        assert_eq!(plan.wake_at(), Some(now + secs(15)));
        assert_eq!(plan.start(now + secs(15)), ["alerts"]);
    }

    #[test]
    fn a_failed_question_holds_back_its_own_feed_alone() {
        let (mut plan, now) = plan(&[("alerts", 15), ("silences", 15)]);
        plan.start(now);
        plan.succeeded("silences", now);
        let next = plan.failed("alerts", &error(ErrorKind::Query), now).expect("it is asked again");
        assert!((secs(5)..secs(10)).contains(&(next - now)));
        assert_eq!(plan.start(now + secs(15)).len(), 2);
    }

    #[test]
    fn a_dead_source_is_probed_by_one_feed_at_a_time_and_all_come_back_with_the_first_answer() {
        let (mut plan, now) = plan(&[("a", 15), ("b", 15), ("c", 15)]);
        assert_eq!(plan.start(now).len(), 3);
        for feed in ["a", "b", "c"] {
            plan.failed(feed, &error(ErrorKind::Connect), now + secs(1));
        }
        assert_eq!(plan.start(now + secs(2)), Vec::<String>::new(), "it is left alone");
        let later = now + secs(60);
        let probe = plan.start(later);
        assert_eq!(probe.len(), 1);
        assert_eq!(plan.wake_at(), None, "nothing is to be done before the probe ends");
        plan.failed(&probe[0], &error(ErrorKind::Connect), later);
        let later = later + secs(60);
        let other = plan.start(later);
        assert_ne!(other, probe, "another feed probes, so that each knows");
        plan.succeeded(&other[0], later);
        assert_eq!(plan.start(later).len(), 2, "the others follow at once");
    }

    #[test]
    fn retry_after_is_a_floor_that_no_hurry_gets_below() {
        let (mut plan, now) = plan(&[("a", 5), ("b", 5)]);
        plan.start(now);
        plan.succeeded("b", now);
        let limited = SourceError { retry_after: Some(Span::from_secs(120)), ..error(ErrorKind::RateLimited) };
        assert!(plan.failed("a", &limited, now).expect("asked again") >= now + secs(120));
        plan.wake(now + secs(30));
        plan.changed("b", now + secs(30));
        assert_eq!(plan.start(now + secs(119)), Vec::<String>::new());
        assert_eq!(plan.start(now + secs(121)).len(), 1);
    }

    #[test]
    fn a_wish_for_now_ends_a_backoff_but_is_heard_once_a_second() {
        let (mut plan, now) = plan(&[("a", 60)]);
        plan.start(now);
        plan.failed("a", &error(ErrorKind::Connect), now);
        plan.wake(now + secs(1));
        assert_eq!(plan.start(now + secs(1)), ["a"]);
        plan.failed("a", &error(ErrorKind::Connect), now + secs(1));
        plan.wake(now + Duration::from_millis(1_500));
        assert_eq!(plan.start(now + Duration::from_millis(1_500)), Vec::<String>::new());
    }

    #[test]
    fn what_changes_while_it_is_asked_is_asked_again() {
        let (mut plan, now) = plan(&[("canary", 20)]);
        assert_eq!(plan.start(now), ["canary"]);
        plan.changed("canary", now + secs(1));
        assert_eq!(plan.succeeded("canary", now + secs(3)), Some(now + secs(3)));
        assert_eq!(plan.start(now + secs(3)), ["canary"]);
        assert_eq!(plan.succeeded("canary", now + secs(4)), Some(now + secs(23)), "and then at its cadence");
    }

    #[test]
    fn new_feeds_are_asked_at_once_and_gone_ones_never_again() {
        let (mut plan, now) = plan(&[("alerts", 15)]);
        plan.start(now);
        plan.adopt(&specs(&[("charts", 15)]), now);
        assert_eq!(plan.succeeded("alerts", now), None, "nobody wants it any more");
        assert_eq!(plan.start(now + SPREAD), ["charts"]);
    }

    #[test]
    fn a_shorter_interval_counts_from_the_last_question() {
        let (mut plan, now) = plan(&[("slo 3d", 900)]);
        plan.start(now);
        plan.succeeded("slo 3d", now);
        plan.adopt(&specs(&[("slo 3d", 15)]), now + secs(5));
        assert_eq!(plan.wake_at(), Some(now + secs(15)));
    }

    #[test]
    fn no_more_than_four_are_asked_at_once() {
        let (mut plan, now) = plan(&[("a", 5), ("b", 5), ("c", 5), ("d", 5), ("e", 5), ("f", 5)]);
        assert_eq!(plan.start(now).len(), CONCURRENCY);
        assert_eq!(plan.start(now + secs(1)), Vec::<String>::new());
        plan.succeeded("a", now + secs(1));
        assert_eq!(plan.start(now + secs(1)).len(), 1);
    }
}
