//! Four connections, one of which fails.

use warroom::domain::{
    feed::Freshness,
    level::Level,
    object::SourceName,
    picture::{FeedView, SourceView},
    source::{ErrorKind, SourceError},
    time::Span,
};

use super::{ago, now};

fn source(name: &str, kind: &str, endpoint: &str, feeds: &[(&str, u64)], age: u64, latency: u64) -> SourceView {
    SourceView {
        name: SourceName::from(name),
        kind: kind.to_owned(),
        endpoint: endpoint.to_owned(),
        environment: Some("prod".to_owned()),
        level: Level::Ok,
        word: "FRESH".to_owned(),
        feeds: feeds
            .iter()
            .map(|(feed, interval)| FeedView {
                name: (*feed).to_owned(),
                freshness: Freshness::Fresh,
                age: Some(Span::from_secs(age)),
                interval: Span::from_secs(*interval),
                error: None,
            })
            .collect(),
        age: Some(Span::from_secs(age)),
        latency: Some(Span::from_millis(latency)),
        errors_last_hour: 0,
        error: None,
        failing_since: None,
        next: Some(now() + Span::from_secs(2).delta()),
        skew_millis: Some(200),
        gaps: Vec::new(),
        effects: Vec::new(),
    }
}

pub(super) fn sources() -> Vec<SourceView> {
    let mut us = source("prod-us", "kubernetes", "context prod-us", &[("rollouts", 5), ("deployments", 5)], 372, 88);
    us.level = Level::Bad;
    "FAILED".clone_into(&mut us.word);
    us.errors_last_hour = 13;
    us.error = Some(
        SourceError::new(ErrorKind::Status, "https://prod-us.example:6443 answered 502 Bad Gateway")
            .advise("ask who runs the API server, or look at its load balancer"),
    );
    us.failing_since = Some(ago(372));
    us.next = Some(now() + Span::from_secs(24).delta());
    us.effects = vec!["steps and traffic are UNKNOWN: mobile-bff 11.9".to_owned()];
    for feed in &mut us.feeds {
        feed.freshness = Freshness::Stale;
    }
    vec![
        source(
            "prom-eu",
            "prometheus",
            "https://prometheus.example/",
            &[("slo short", 5), ("slo long", 60), ("charts", 15)],
            3,
            41,
        ),
        source("am-eu", "alertmanager", "https://alertmanager.example/", &[("alerts", 10), ("silences", 30)], 5, 23),
        source("prod-eu", "kubernetes", "context prod-eu", &[("rollouts", 5), ("deployments", 5)], 4, 60),
        us,
    ]
}
