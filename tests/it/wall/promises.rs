//! What holds on every wall.

use proptest::prelude::*;
use ratatui::style::Color;
use warroom::{
    app::{
        model::Screen,
        wall::{Page, Wall},
    },
    domain::{
        clean::is_safe,
        marker::MarkerKind,
        picture::Picture,
        readiness::statement::Decision,
        time::Span,
        verdict::reason::{Effect, Input, Reason},
    },
};

use super::wall;
use crate::{
    sample::{self, procedures::running},
    screens::{
        ascii_look, default_look, drawn,
        readiness::{RELEASE, held},
        text,
    },
};

const PAGES: [Page; 3] = [Page::Worst, Page::Board, Page::Slo];

#[test]
fn what_is_not_known_is_never_drawn_like_what_is_well() {
    for picture in [sample::stale(), sample::failed(), sample::loading(), Picture::empty(sample::now())] {
        for page in PAGES {
            for size in [(80, 24), (120, 40), (200, 60)] {
                let buffer = drawn(&wall(page.clone(), picture.clone()), &default_look(), size);
                let green = buffer.content.iter().any(|cell| cell.fg == Color::Green || cell.bg == Color::Green);
                assert!(!green, "{page} {size:?}:\n{}", text(&buffer));
            }
        }
    }
}

#[test]
fn silent_sources_are_told_in_words_with_their_age_on_every_page() {
    for page in PAGES {
        for size in [(60, 16), (80, 24), (120, 40)] {
            let text = text(&drawn(&wall(page.clone(), sample::live()), &default_look(), size));
            assert!(text.contains("prod-us 6m12s"), "{page} {size:?}:\n{text}");
        }
        let text = text(&drawn(&wall(page, sample::stale()), &ascii_look(), (80, 24)));
        assert!(text.contains("4 SOURCES STALE") && text.contains("6m12s"), "{text}");
    }
}

#[test]
fn a_private_wall_shows_no_people_no_hosts_and_no_texts_of_others() {
    let mut picture = sample::live();
    picture.alerts[0].alert.annotations.insert("summary".to_owned(), "customer Acme cannot pay".to_owned());
    let mut marker = picture.markers[0].clone();
    (marker.kind, marker.at) = (MarkerKind::Paused, sample::now());
    "paused by jo@example.com from https://ci.example/run/7".clone_into(&mut marker.text);
    picture.markers.push(marker);
    let workload = picture.releases[0].components[0].workload.as_mut().expect("an object");
    "customer Acme waits".clone_into(&mut workload.message);
    let reason =
        sample::reason(warroom::domain::level::Level::Bad, "failed", "checkout: Degraded: customer Acme waits");
    picture.releases[0].reasons.insert(0, reason);
    let secrets = ["mira", "bastion", "Acme", "jo@", "example", "6443", "Bad Gateway"];
    for page in PAGES {
        for size in [(80, 24), (120, 40), (300, 80)] {
            let model = wall(page.clone(), picture.clone());
            let text = text(&drawn(&model, &default_look(), size));
            for secret in secrets {
                assert!(!text.contains(secret), "{secret} on {page} {size:?}:\n{text}");
            }
        }
    }
    let mut open = wall(Page::Worst, picture);
    open.ui.wall.as_mut().expect("a wall").privacy = false;
    let text = text(&drawn(&open, &default_look(), (300, 80)));
    assert!(text.contains("mira@bastion-2") && text.contains("Acme") && text.contains("Bad Gateway"), "{text}");
}

#[test]
fn a_private_wall_says_what_was_said_and_done_and_neither_by_whom_nor_why() {
    let mut model = held(Screen::Board, Decision::Hold);
    model.ledger.runs = running().ledger().runs;
    let denied = Reason::new(Input::Policy, Effect::Stops, "approval", "approval denied", "denied by ana: Acme waits");
    let verdict = model.verdicts.get_mut(RELEASE).expect("judged");
    verdict.reasons.insert(0, denied.by_somebody());
    for page in [Page::Board, Page::Release(RELEASE.to_owned())] {
        for privacy in [true, false] {
            let wall = Wall { privacy, ..Wall::new(vec![page.clone()], None, model.now) };
            model.ui.wall = Some(wall);
            let shown = text(&drawn(&model, &default_look(), (300, 80)));
            let told = ["RUN run-0192", "HOLD checkout 1.42.0", "WAIVED checkout 1.42.0: budget"];
            for words in told {
                assert!(shown.contains(words), "{words} on {page}, privacy {privacy}:\n{shown}");
            }
            for personal in ["mira", "the database is not ready", "by ana", "Acme"] {
                let told = shown.contains(personal);
                assert!(!privacy || !told, "{personal} on {page}:\n{shown}");
            }
            assert!(privacy || shown.contains("by mira"), "{page}:\n{shown}");
        }
    }
}

#[test]
fn over_some_hours_no_cell_of_the_letters_is_always_lit() {
    let size = (120, 40);
    let mut model = wall(Page::Worst, sample::live());
    let mut always = vec![true; usize::from(size.0) * usize::from(size.1)];
    for step in 0..48_u64 {
        model.now = sample::now() + Span::from_mins(10).times(step).delta();
        let buffer = drawn(&model, &default_look(), size);
        for (lit, cell) in always.iter_mut().zip(&buffer.content) {
            *lit &= cell.symbol() == "█" && cell.fg == Color::Red;
        }
    }
    let burnt = always.iter().filter(|lit| **lit).count();
    assert_eq!(burnt, 0, "{burnt} cells shine for ever");
}

#[test]
fn the_state_can_be_read_without_colour_and_without_unicode() {
    let buffer = drawn(&wall(Page::Worst, sample::live()), &ascii_look(), (120, 40));
    let text = text(&buffer);
    assert!(text.is_ascii(), "{text}");
    assert!(
        text.lines().filter(|line| line.contains("##") && line.trim_start().starts_with('#')).count() >= 8,
        "{text}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn any_size_is_drawn_with_mode_and_clock(
        place in 0..3_usize, state in 0..6_usize, name in "\\PC{0,40}|.{0,20}", big: bool, plain: bool,
        width in prop_oneof![0..500_u16, 38..90_u16], height in prop_oneof![0..200_u16, 8..30_u16], hours in 0..48_u64,
    ) {
        let states = [
            sample::live, sample::stale, sample::failed, sample::loading, sample::quiet,
            || Picture::empty(sample::now()),
        ];
        let mut picture = states[state]();
        for release in &mut picture.releases {
            release.name.clone_from(&name);
            release.reasons.iter_mut().for_each(|reason| reason.short.clone_from(&name));
        }
        let mut model = wall(PAGES[place].clone(), picture);
        model.ui.wall.as_mut().expect("a wall").big = big;
        model.now = sample::now() + Span::from_hours(hours).delta();
        let look = if plain { ascii_look() } else { default_look() };
        let buffer = drawn(&model, &look, (width, height));
        prop_assert!(buffer.content.iter().all(|cell| cell.symbol().chars().all(is_safe)));
        if width >= 40 && height >= 10 {
            let text = text(&buffer);
            let header = text.lines().take(2).collect::<String>();
            prop_assert!(header.contains("WALL") && header.contains(":32:07Z"), "{text}");
            prop_assert!(text.contains("page 1/1"), "{text}");
        }
    }
}
