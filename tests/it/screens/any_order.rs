//! Any messages in any order, with a drawing after each: no panic, and nothing unsafe on the screen.

use std::sync::Arc;

use proptest::prelude::*;
use warroom::{
    app::{
        act::{Placed, Signer},
        key::{Key, KeyCode},
        ledger::{Ledger, State},
        model::Model,
        msg::Msg,
        update::update,
    },
    domain::{
        catalog::Catalog,
        clean::is_safe,
        facts::{Answer, Delivery, Facts},
        room::Room,
        source::{ErrorKind, FeedSpec, SourceError, SourceSpec},
        time::Span,
    },
};

use super::{ascii_look, default_look, drawn, readiness};
use crate::sample;

/// Text as the world sends it: wide, combined, from right to left, with control characters, long, empty.
fn odd_text() -> impl Strategy<Value = String> {
    let parts = prop::sample::select(vec![
        "checkout",
        "日本語",
        "e\u{301}\u{300}\u{302}",
        "שלום",
        "مرحبا",
        "\u{202e}gpj",
        "\u{1b}[2J",
        "\u{7}",
        "\t",
        "\n",
        "👩\u{200d}🚀",
        "🇩🇪",
        "\u{fe0f}",
        "\u{200b}",
        "한글",
        " ",
        "",
        "a-very-long-name-without-any-blank-in-it-at-all",
    ]);
    prop_oneof![
        3 => prop::collection::vec(parts, 0..5).prop_map(|parts| parts.concat()),
        1 => ".{0,24}",
    ]
}

fn spec(name: &str, kind: &str, feeds: &[&str]) -> SourceSpec {
    SourceSpec {
        name: name.into(),
        kind: kind.to_owned(),
        endpoint: format!("https://{name}.example/"),
        environment: Some("prod".to_owned()),
        region: None,
        feeds: feeds.iter().map(|feed| FeedSpec { name: (*feed).to_owned(), interval: Span::from_secs(5) }).collect(),
    }
}

fn specs() -> Vec<SourceSpec> {
    vec![
        spec("prod-eu", "kubernetes", &["rollouts"]),
        spec("am-eu", "alertmanager", &["alerts"]),
        spec("prom-eu", "prometheus", &["charts"]),
    ]
}

/// What a source says about the room by hand, with `name` in place of names.
fn facts(which: u8, name: &str) -> (&'static str, &'static str, Facts) {
    let picture = sample::live();
    match which {
        0 => {
            let workloads = picture.releases.into_iter().flat_map(|release| release.components);
            let mut found: Vec<_> = workloads.filter_map(|component| component.workload).collect();
            for workload in found.iter_mut().skip(1) {
                name.clone_into(&mut workload.key.name);
                name.clone_into(&mut workload.message);
                workload.images.iter_mut().for_each(|image| image.image = format!("{name}:{name}"));
                workload.steps.iter_mut().for_each(|step| name.clone_into(&mut step.label));
            }
            ("prod-eu", "rollouts", Facts::Workloads(found))
        }
        1 => {
            let mut alerts: Vec<_> = picture.alerts.into_iter().map(|joined| joined.alert).collect();
            alerts.iter_mut().skip(1).for_each(|alert| name.clone_into(&mut alert.name));
            ("am-eu", "alerts", Facts::Alerts(alerts))
        }
        2 => ("prom-eu", "charts", Facts::Charts(picture.charts)),
        _ => {
            let mut markers = picture.markers;
            for marker in &mut markers {
                name.clone_into(&mut marker.text);
            }
            ("prod-eu", "rollouts", Facts::Markers(markers))
        }
    }
}

fn delivery() -> impl Strategy<Value = Msg> {
    (0..4_u8, odd_text(), prop::bool::weighted(0.2)).prop_map(|(which, name, fails)| {
        let (source, feed, facts) = facts(which, &name);
        let outcome = if fails { Err(SourceError::new(ErrorKind::Connect, name)) } else { Ok(Answer::of(facts)) };
        let at = sample::now();
        let next = at + Span::from_secs(5).delta();
        Msg::Delivery(Box::new(Delivery {
            source: source.into(),
            feed: feed.to_owned(),
            asked: at,
            received: at,
            next,
            outcome,
        }))
    })
}

fn key() -> impl Strategy<Value = Key> {
    let code = prop_oneof![
        4 => proptest::char::range(' ', '~').prop_map(KeyCode::Char),
        3 => prop::sample::select("12345678+/:?jkGs[]{}mtzpa".chars().collect::<Vec<_>>()).prop_map(KeyCode::Char),
        1 => any::<char>().prop_map(KeyCode::Char),
        4 => prop::sample::select(vec![
            KeyCode::Enter, KeyCode::Enter, KeyCode::Esc, KeyCode::Tab, KeyCode::BackTab, KeyCode::Backspace,
            KeyCode::Up, KeyCode::Down, KeyCode::Home, KeyCode::End, KeyCode::PageUp, KeyCode::PageDown,
        ]),
    ];
    let code =
        prop_oneof![6 => code.boxed(), 1 => Just(KeyCode::Char('x')).boxed(), 1 => Just(KeyCode::Char('c')).boxed()];
    (code, prop::bool::weighted(0.12)).prop_map(|(code, ctrl)| Key { code, ctrl, alt: false })
}

fn message() -> impl Strategy<Value = Msg> {
    prop_oneof![
        10 => key().prop_map(Msg::Key),
        5 => delivery(),
        2 => (0..220_u16, 0..70_u16).prop_map(|(columns, rows)| Msg::Resize(columns, rows)),
        1 => (0..=500_u16, 0..=200_u16).prop_map(|(columns, rows)| Msg::Resize(columns, rows)),
        1 => prop::collection::vec(key(), 3..8).prop_map(Msg::Burst),
        1 => odd_text().prop_map(Msg::Paste),
        1 => odd_text().prop_map(Msg::Notice),
        1 => prop::collection::vec(odd_text(), 0..3).prop_map(Msg::ConfigProblems),
        1 => prop::sample::subsequence(specs(), 0..=3).prop_map(Msg::Sources),
        1 => Just(Msg::Catalog(Arc::new(Catalog::default()))),
        1 => Just(Msg::Tick),
        2 => Just(Msg::Catalog(Arc::new(readiness::catalog()))),
        2 => prop::sample::select(vec![State::Following, State::Opening, State::Off, State::Empty]).prop_map(|state| {
            Msg::Ledger(Box::new(Ledger { state, read_at: Some(sample::now()), ..Ledger::default() }))
        }),
        1 => (0..4_u64, odd_text(), any::<bool>()).prop_map(|(act, text, known)| {
            let signer = Signer { principal: "mira".into(), key: text.clone() };
            Msg::Identified { act, outcome: if known { Ok(signer) } else { Err(text) } }
        }),
        1 => (0..4_u64, odd_text(), any::<bool>()).prop_map(|(act, text, placed)| {
            let place = Placed { seq: act, who: text.clone(), signed: placed };
            Msg::Recorded { act, outcome: if placed { Ok(place) } else { Err(text) } }
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn any_order_of_messages_is_drawn(messages in prop::collection::vec(message(), 1..24), plain: bool) {
        let look = if plain { ascii_look() } else { default_look() };
        let setup = sample::model(sample::checkout(), sample::quiet()).setup;
        let mut model = Model::new(setup, Room::new(Arc::default(), specs()), sample::now());
        for (second, message) in (0_u64..).zip(messages) {
            update(&mut model, sample::now() + Span::from_secs(second).delta(), message);
            let buffer = drawn(&model, &look, model.ui.size);
            for cell in &buffer.content {
                prop_assert!(cell.symbol().chars().all(is_safe), "{:?}", cell.symbol());
            }
        }
    }
}
