//! Schedule, backoff and the table of kinds.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::future::BoxFuture;
use tokio::sync::{Notify, watch};
use warroom::{
    clock::Clock,
    domain::{
        chart::ChartRequest,
        demand::Demand,
        facts::{Answer, Delivery, Facts},
        source::{ErrorKind, FeedSpec, SourceError, SourceSpec},
        time::Span,
    },
    sources::{
        connection::{CONNECTION_FEED, Connection},
        connector::Connector,
        kinds,
        schedule::{self, Event, Events},
    },
};

use crate::support::{alertmanager_source, eventually};

/// A connector that does as it is told for each feed, and counts.
#[derive(Clone)]
struct Script {
    feeds: fn(&Demand) -> Vec<FeedSpec>,
    answer: Arc<Answering>,
    asked: Arc<std::sync::Mutex<BTreeMap<String, usize>>>,
    changed: Arc<Notify>,
}

/// What to do when this feed is asked for the n-th time.
type Answering = dyn Fn(&str, usize) -> Told + Send + Sync;

enum Told {
    Good,
    Bad(SourceError),
    Panic,
    Silence,
}

impl Script {
    fn new(feeds: fn(&Demand) -> Vec<FeedSpec>, answer: impl Fn(&str, usize) -> Told + Send + Sync + 'static) -> Self {
        Self { feeds, answer: Arc::new(answer), asked: Arc::default(), changed: Arc::default() }
    }

    fn asked(&self, feed: &str) -> usize {
        self.asked.lock().unwrap().get(feed).copied().unwrap_or(0)
    }

    fn connection(&self, name: &str) -> Connection {
        let script = self.clone();
        Connection::new(alertmanager_source(name, Vec::new()), move || Ok(Box::new(script.clone())))
    }
}

impl Connector for Script {
    fn endpoint(&self) -> String {
        "script".to_owned()
    }

    fn feeds(&self, demand: &Demand) -> Vec<FeedSpec> {
        (self.feeds)(demand)
    }

    fn poll<'a>(&'a self, feed: &'a str, _demand: &'a Demand) -> BoxFuture<'a, Result<Answer, SourceError>> {
        let count = {
            let mut asked = self.asked.lock().unwrap();
            let count = asked.entry(feed.to_owned()).or_default();
            *count += 1;
            *count
        };
        let told = (self.answer)(feed, count);
        Box::pin(async move {
            match told {
                Told::Good => Ok(Answer::of(Facts::Alerts(Vec::new()))),
                Told::Bad(error) => Err(error),
                Told::Panic => panic!("index out of bounds \u{1b}[31m"),
                Told::Silence => std::future::pending().await,
            }
        })
    }

    fn changed<'a>(&'a self, _feed: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(self.changed.notified())
    }
}

fn feed(name: &str, secs: u64) -> FeedSpec {
    FeedSpec { name: name.to_owned(), interval: Span::from_secs(secs) }
}

fn two_feeds(_: &Demand) -> Vec<FeedSpec> {
    vec![feed("alerts", 10), feed("silences", 20)]
}

fn one_feed(_: &Demand) -> Vec<FeedSpec> {
    vec![feed("alerts", 10)]
}

/// A schedule, and what it told so far.
struct Room {
    handle: schedule::Handle,
    events: Events,
    demand: watch::Sender<Demand>,
    specs: Vec<SourceSpec>,
    deliveries: Vec<Delivery>,
}

impl Room {
    fn start(connections: Vec<Connection>) -> Self {
        let (demand, wanted) = watch::channel(Demand::default());
        let (handle, events) = schedule::start(connections, Clock::real(), &wanted);
        Self { handle, events, demand, specs: Vec::new(), deliveries: Vec::new() }
    }

    /// Listens for so long; with the paused clock of these tests that takes no time.
    async fn listen(&mut self, seconds: u64) {
        let end = tokio::time::Instant::now() + Duration::from_secs(seconds);
        while let Ok(event) = tokio::time::timeout_at(end, self.events.recv()).await {
            match event.expect("the schedule goes on") {
                Event::Sources(specs) => self.specs = specs,
                Event::Delivery(delivery) => self.deliveries.push(*delivery),
            }
        }
    }

    fn of(&self, source: &str, feed: &str) -> Vec<&Delivery> {
        self.deliveries.iter().filter(|one| one.source.as_str() == source && one.feed == feed).collect()
    }
}

fn refused() -> SourceError {
    SourceError::new(ErrorKind::Connect, "nobody listens")
}

#[tokio::test(start_paused = true)]
async fn each_feed_is_asked_at_its_own_cadence() {
    let script = Script::new(two_feeds, |_, _| Told::Good);
    let mut room = Room::start(vec![script.connection("am")]);
    room.listen(61).await;
    assert_eq!(room.of("am", "alerts").len(), 7, "at 0 s, 10 s … 60 s");
    assert_eq!(room.of("am", "silences").len(), 4);
    let names: Vec<_> = room.specs[0].feeds.iter().map(|feed| feed.name.as_str()).collect();
    assert_eq!(names, ["alerts", "silences"]);
}

#[tokio::test(start_paused = true)]
async fn one_source_that_hangs_panics_or_fails_does_not_hold_up_another() {
    let bad = Script::new(
        |_| vec![feed("hangs", 10), feed("panics", 10), feed("fails", 10)],
        |feed, _| match feed {
            "hangs" => Told::Silence,
            "panics" => Told::Panic,
            _ => Told::Bad(SourceError::new(ErrorKind::Decode, "HTML")),
        },
    );
    let good = Script::new(one_feed, |_, _| Told::Good);
    let mut room = Room::start(vec![bad.connection("bad"), good.connection("good")]);
    room.listen(61).await;
    assert_eq!(room.of("good", "alerts").len(), 7);

    let panic = room.of("bad", "panics")[0].outcome.as_ref().expect_err("it panicked");
    assert_eq!(panic.kind, ErrorKind::Internal);
    assert!(panic.what.contains("index out of bounds \u{fffd}[31m"), "{panic}");
    assert!(room.of("bad", "panics").len() > 1, "it is tried again");

    let late = room.of("bad", "hangs")[0].outcome.as_ref().expect_err("it hangs");
    assert_eq!(late.kind, ErrorKind::Timeout);
    assert!(!room.of("bad", "fails").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_dead_source_is_asked_less_and_less_often() {
    let script = Script::new(two_feeds, |_, _| Told::Bad(refused()));
    let mut room = Room::start(vec![script.connection("am")]);
    room.listen(600).await;
    let asked = script.asked("alerts") + script.asked("silences");
    assert!((6..=22).contains(&asked), "{asked} questions in ten minutes, 90 without backoff");
    assert!(script.asked("alerts") >= 2 && script.asked("silences") >= 2, "both know that it is dead");
    for delivery in &room.deliveries {
        assert!(delivery.next > delivery.received, "the next try is told");
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_question_leaves_the_other_feeds_their_cadence() {
    let script = Script::new(two_feeds, |feed, _| match feed {
        "alerts" => Told::Good,
        _ => Told::Bad(SourceError::new(ErrorKind::Query, "bad matcher")),
    });
    let mut room = Room::start(vec![script.connection("am")]);
    room.listen(61).await;
    assert_eq!(room.of("am", "alerts").len(), 7);
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_kept_even_when_somebody_presses_the_key() {
    let script = Script::new(one_feed, |_, count| {
        if count > 1 {
            return Told::Good;
        }
        let mut error = SourceError::new(ErrorKind::RateLimited, "too many");
        error.retry_after = Some(Span::from_secs(300));
        Told::Bad(error)
    });
    let mut room = Room::start(vec![script.connection("am")]);
    room.listen(30).await;
    room.handle.poll_now(None);
    room.listen(250).await;
    assert_eq!(script.asked("alerts"), 1);
    room.listen(60).await;
    assert!(script.asked("alerts") > 1);
}

#[tokio::test(start_paused = true)]
async fn poll_now_asks_this_source_at_once_and_hears_one_press_a_second() {
    let (wanted, other) = (
        Script::new(|_| vec![feed("alerts", 600)], |_, _| Told::Good),
        Script::new(|_| vec![feed("alerts", 600)], |_, _| Told::Good),
    );
    let mut room = Room::start(vec![wanted.connection("wanted"), other.connection("other")]);
    room.listen(10).await;
    for _ in 0..20 {
        room.handle.poll_now(Some(&"wanted".into()));
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    room.listen(5).await;
    assert_eq!(wanted.asked("alerts"), 2);
    assert_eq!(other.asked("alerts"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_says_it_changed_is_asked_before_its_time() {
    let script = Script::new(|_| vec![feed("rollouts", 600)], |_, _| Told::Good);
    let mut room = Room::start(vec![script.connection("eu")]);
    room.listen(10).await;
    script.changed.notify_one();
    room.listen(5).await;
    assert_eq!(script.asked("rollouts"), 2);
    script.changed.notify_one();
    room.listen(5).await;
    assert_eq!(script.asked("rollouts"), 3, "it goes on listening");
}

#[tokio::test(start_paused = true)]
async fn feeds_follow_what_is_looked_at() {
    let script = Script::new(
        |demand| {
            let charts = demand.charts.iter().map(|chart| feed(&format!("chart {}", chart.service), 10));
            std::iter::once(feed("alerts", 10)).chain(charts).collect()
        },
        |_, _| Told::Good,
    );
    let mut room = Room::start(vec![script.connection("prom")]);
    room.listen(31).await;
    assert_eq!(room.specs[0].feeds.len(), 1);
    let chart = ChartRequest { service: "checkout".into(), environment: "prod".into(), range: Span::from_mins(30) };
    room.demand.send_modify(|demand| demand.charts.push(chart));
    room.listen(2).await;
    assert_eq!(script.asked("chart checkout"), 1, "what somebody looks at is asked at once");
    assert_eq!(room.specs[0].feeds.len(), 2, "and its feed was told before");
    room.demand.send_modify(|demand| demand.charts.clear());
    room.listen(60).await;
    assert_eq!(script.asked("chart checkout"), 1, "and not any more when nobody looks");
}

#[tokio::test(start_paused = true)]
async fn a_source_that_cannot_be_set_up_is_a_failed_source_until_its_secret_appears() {
    let tries = Arc::new(AtomicUsize::new(0));
    let (count, script) = (tries.clone(), Script::new(one_feed, |_, _| Told::Good));
    let connection = Connection::new(alertmanager_source("am", Vec::new()), move || {
        if count.fetch_add(1, Ordering::Relaxed) < 3 {
            return Err(SourceError::new(ErrorKind::Configuration, "AM_TOKEN is not set"));
        }
        Ok(Box::new(script.clone()))
    });
    let mut room = Room::start(vec![connection]);
    room.listen(4).await;
    assert_eq!(room.specs[0].feeds[0].name, CONNECTION_FEED);
    let failed = room.of("am", CONNECTION_FEED)[0].outcome.as_ref().expect_err("no token");
    assert_eq!(failed.kind, ErrorKind::Configuration);
    room.listen(300).await;
    assert!(!room.of("am", "alerts").is_empty(), "it came up by itself");
    assert_eq!(room.specs[0].feeds[0].name, "alerts");
}

#[tokio::test]
async fn dropping_the_handle_ends_the_schedule() {
    let script = Script::new(one_feed, |_, _| Told::Silence);
    let (_demand, wanted) = watch::channel(Demand::default());
    let (handle, mut events) = schedule::start(vec![script.connection("am")], Clock::real(), &wanted);
    eventually("the first question", async || (script.asked("alerts") == 1).then_some(())).await;
    drop(handle);
    while events.recv().await.is_some() {}
    eventually("the end of every task", async || (Arc::strong_count(&script.asked) == 1).then_some(())).await;
}

#[tokio::test(start_paused = true)]
async fn a_fast_clock_asks_more_often_and_still_gives_answers_their_real_time() {
    let script = Script::new(two_feeds, |feed, _| if feed == "alerts" { Told::Good } else { Told::Silence });
    let (_demand, wanted) = watch::channel(Demand::default());
    let clock = Clock::running_from(chrono::Utc::now(), 10.0);
    let (_handle, mut events) = schedule::start(vec![script.connection("am")], clock, &wanted);
    let end = tokio::time::Instant::now() + Duration::from_secs(9);
    while let Ok(Some(event)) = tokio::time::timeout_at(end, events.recv()).await {
        if let Event::Delivery(delivery) = event {
            assert_eq!(delivery.feed, "alerts", "ten real seconds have not passed");
        }
    }
    assert!((8..=10).contains(&script.asked("alerts")), "every real second: {}", script.asked("alerts"));
}

#[tokio::test(start_paused = true)]
async fn one_round_asks_everything_once_and_ends_at_its_deadline() {
    let quick = Script::new(two_feeds, |_, _| Told::Good);
    let stuck = Script::new(one_feed, |_, _| Told::Silence);
    let unset = Connection::new(alertmanager_source("unset", Vec::new()), || {
        Err(SourceError::new(ErrorKind::Configuration, "AM_TOKEN is not set"))
    });
    let connections = [quick.connection("quick"), stuck.connection("stuck"), unset];
    let round = schedule::once(&connections, Clock::real(), &Demand::default(), Span::from_secs(3)).await;
    let outcomes: Vec<_> = round
        .deliveries
        .iter()
        .map(|one| (one.source.as_str(), one.feed.as_str(), one.outcome.as_ref().err().map(|error| error.kind)))
        .collect();
    assert_eq!(
        outcomes,
        [
            ("quick", "alerts", None),
            ("quick", "silences", None),
            ("stuck", "alerts", Some(ErrorKind::Timeout)),
            ("unset", CONNECTION_FEED, Some(ErrorKind::Configuration)),
        ]
    );
    assert_eq!(round.sources.len(), 3);
}

#[test]
fn every_kind_and_decoder_is_documented_and_named_once() {
    let mut names = std::collections::BTreeSet::new();
    let mut decoders = std::collections::BTreeSet::new();
    assert!(!kinds::all().is_empty());
    for kind in kinds::all() {
        assert!(names.insert(kind.name), "{} twice", kind.name);
        assert!(kind.doc.len() > 20, "{} is not documented", kind.name);
        assert!(kind.sample.starts_with("[[source]]"), "the sample of {} is no [[source]]", kind.name);
        let sample: toml::Table =
            kind.sample.parse().unwrap_or_else(|error| panic!("sample of {}: {error}", kind.name));
        assert_eq!(sample["source"][0]["kind"].as_str(), Some(kind.name));
        for decoder in kind.decoders {
            assert!(decoders.insert(decoder.name), "{} twice", decoder.name);
            assert!(decoder.doc.len() > 20, "{} is not documented", decoder.name);
        }
    }
}

#[test]
fn every_decoder_refuses_what_is_no_answer_of_its_api() {
    for decoder in kinds::all().iter().flat_map(|kind| kind.decoders) {
        for text in ["", "<html><title>Sign in</title></html>", "[{\"a\":", "\u{0}\u{1}\u{2}", "42"] {
            let error = (decoder.decode)(&[text]).expect_err(&format!("{} took {text:?}", decoder.name));
            assert!(error.to_string().chars().all(warroom::domain::clean::is_safe), "{error:?}");
            assert!(!error.what.is_empty());
        }
    }
}
