//! A war room by hand: six releases in six states, for tests of what is drawn.

mod analyses;
mod charts;
pub(crate) mod dialogs;
mod events;
pub(crate) mod procedures;
mod releases;
mod slos;
mod sources;

use std::sync::Arc;

use warroom::{
    app::model::{Mode, Model, Screen, Setup, Ui, Wanted},
    domain::{
        canary::analysis::Standing,
        catalog::Catalog,
        feed::Freshness,
        level::Level,
        object::ObjectKey,
        picture::Picture,
        release::Reason,
        room::Room,
        slo::reading::DataState,
        source::{ErrorKind, SourceError},
        time::{Span, Timestamp},
    },
};

use self::{
    analyses::analyses,
    charts::charts,
    events::{alerts, markers},
    releases::releases,
    slos::slos,
    sources::sources,
};

/// 14:32:07 on the day of the story.
pub(crate) fn now() -> Timestamp {
    "2026-11-20T14:32:07Z".parse().expect("a time")
}

pub(crate) fn ago(secs: u64) -> Timestamp {
    now() - Span::from_secs(secs).delta()
}

/// A console that looks at `picture`.
pub(crate) fn model(screen: Screen, picture: Picture) -> Model {
    Model {
        now: now(),
        setup: Setup {
            mode: Mode::ReadOnly,
            who: "mira@bastion-2".to_owned(),
            login: "mira@bastion-2".to_owned(),
            config_path: Some("/etc/warroom/config.toml".to_owned()),
            config_places: vec!["/etc/warroom/config.toml".to_owned(), "~/.config/warroom/config.toml".to_owned()],
            sizes: warroom::domain::sizes::Sizes::default(),
            zone: Some(warroom::app::zone::Zone::Named(chrono_tz::Tz::Europe__Berlin)),
            zone_chosen: false,
            announce: warroom::app::announcement::Wanted::default(),
            themes: vec!["default".to_owned(), "mono".to_owned()],
            keymap: warroom::app::keymap::Keymap::default(),
            read_only: None,
            account: None,
            policy_server: None,
        },
        room: Room::new(Arc::new(Catalog::default()), Vec::new()),
        picture,
        ledger: warroom::app::ledger::Ledger::default(),
        evidence: std::collections::BTreeMap::new(),
        output: None,
        verdicts: std::collections::BTreeMap::new(),
        held: std::collections::BTreeMap::new(),
        watch: warroom::domain::trigger::watch::Watch::default(),
        breaker: warroom::app::breaker::Breaker::default(),
        policies: warroom::app::policies::Policies::default(),
        agenda: warroom::domain::calendar::agenda::Agenda::default(),
        readiness: std::collections::BTreeMap::new(),
        config_problems: Vec::new(),
        write: None,
        ui: Ui { size: (80, 24), ..Ui::new(screen, "default".to_owned()) },
        wanted: Wanted::default(),
        profiles_due: None,
    }
}

/// The release that goes wrong.
pub(crate) fn checkout() -> Screen {
    Screen::Release("checkout-1-42".to_owned())
}

/// A live room.
pub(crate) fn live() -> Picture {
    Picture {
        at: now(),
        releases: releases(),
        slos: slos(),
        slos_of_no_service: Vec::new(),
        analyses: analyses(),
        queries: Vec::new(),
        alerts: alerts(),
        markers: markers(),
        charts: charts(),
        sources: sources(),
    }
}

/// The same after the sources have been silent for six minutes: values are kept, and nothing is sure any more.
pub(crate) fn stale() -> Picture {
    let mut picture = live();
    let age = Span::from_secs(372);
    for source in &mut picture.sources {
        (source.level, source.word, source.age) = (Level::Unknown, "STALE".to_owned(), Some(age));
        for feed in &mut source.feeds {
            (feed.freshness, feed.age) = (Freshness::Stale, Some(age));
        }
    }
    for slo in &mut picture.slos {
        slo.level = Level::Unknown;
        slo.state = DataState::Stale { age };
        for burn in &mut slo.burns {
            burn.state = DataState::Stale { age };
        }
    }
    for analysis in &mut picture.analyses {
        analysis.standing = Standing::Unknown("the counts of prom-eu are old".to_owned());
        (analysis.windows, analysis.needed, analysis.at) = (Vec::new(), None, None);
    }
    for alert in &mut picture.alerts {
        alert.stale = true;
    }
    for release in &mut picture.releases {
        release.level = release.level.max(Level::Unknown);
        release.data_at = Some(ago(372));
        release.reasons.push(reason(Level::Unknown, "unknown", "prom-eu has no fresh answer for 6m12s"));
        release.reasons.sort_by_key(|reason| std::cmp::Reverse(reason.level));
    }
    picture
}

/// Sources fail, and there is nothing from before.
pub(crate) fn failed() -> Picture {
    let mut picture = Picture::empty(now());
    picture.sources = sources();
    for source in &mut picture.sources {
        source.level = Level::Bad;
        "FAILED".clone_into(&mut source.word);
        source.age = None;
        source.error = Some(
            SourceError::new(ErrorKind::Connect, format!("{} does not answer", source.endpoint))
                .advise("check the address and the network"),
        );
        source.failing_since = Some(ago(372));
        source.effects = vec!["what it says is UNKNOWN".to_owned()];
        for feed in &mut source.feeds {
            (feed.freshness, feed.age) = (Freshness::Never, None);
        }
    }
    picture
}

/// Nothing has answered yet.
pub(crate) fn loading() -> Picture {
    let mut picture = failed();
    for source in &mut picture.sources {
        source.level = Level::Wait;
        "WAITING".clone_into(&mut source.word);
        source.error = None;
        source.failing_since = None;
        source.effects.clear();
        source.errors_last_hour = 0;
        source.latency = None;
    }
    picture
}

/// All is well and nothing moves.
pub(crate) fn quiet() -> Picture {
    let mut picture = Picture::empty(now());
    picture.sources = sources();
    picture.sources.retain(|source| source.level == Level::Ok);
    picture
}

/// A thousand releases.
pub(crate) fn huge() -> Picture {
    let mut picture = live();
    let pattern = picture.releases.clone();
    for number in 0..994 {
        let mut release = pattern[number % pattern.len()].clone();
        release.id = format!("{}-{number}", release.id);
        release.name = format!("service-{number} 2.{number}.0");
        release.level = release.level.min(Level::Watch);
        release.reasons.retain(|reason| reason.level <= Level::Watch);
        picture.releases.push(release);
    }
    picture.releases.sort_by_key(|release| std::cmp::Reverse(release.level));
    picture
}

pub(crate) fn reason(level: Level, short: &str, text: &str) -> Reason {
    Reason {
        level,
        short: short.to_owned(),
        text: text.to_owned(),
        source: Some("prom-eu".to_owned()),
        at: Some(ago(4)),
    }
}

fn key(name: &str) -> ObjectKey {
    ObjectKey {
        source: "prod-eu".into(),
        namespace: "shop".to_owned(),
        kind: "Rollout".to_owned(),
        name: name.to_owned(),
        uid: format!("uid-{name}"),
    }
}
