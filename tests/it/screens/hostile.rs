//! What catalogs, checks and people wrote is drawn as data: on no screen and in no window does it act on the terminal.

use std::sync::Arc;

use proptest::prelude::*;
use warroom::{
    app::{
        ledger::{Ledger, State},
        model::{List, Model, Overlay, Pane, Screen},
        msg::{Effect, Msg},
        update::update,
    },
    domain::{
        catalog::{Risk, RiskKind},
        checklist::state::{Evidence, Finding},
        clean::is_safe,
        time::Span,
    },
};

use super::{
    ascii_look, default_look, drawn,
    readiness::{RELEASE, said},
    text,
};
use crate::sample;

/// Texts that steer a terminal which takes them for its own.
const EVIL: [&str; 8] = [
    "\u{1b}[2J\u{1b}[H all green",
    "\u{1b}]0;title\u{7}",
    "\u{1b}]52;c;cm0gLXJmIH4=\u{1b}\\",
    "\u{9b}31m\u{90}q\u{9c}",
    "\u{202e}nruter\u{2066}\u{2069}",
    "two\r\nlines\n✓ OK signed by mira\u{8}\u{8}",
    "tab\tand\u{0}nothing\u{7f}",
    "\u{feff}\u{200f}\u{e0041}\u{fff9}\u{2028}",
];

/// Names and words of the ledger and the catalog that the sample of readiness is made of.
const WORDS: [&str; 7] = [
    "mira",
    "lin",
    "bastion-2",
    "all three are off",
    "the burn was our own load test",
    "the key is not known",
    "SHA256:mira",
];

/// The room of the other tests, with `evil` wherever somebody else than warroom wrote something.
fn room(screen: Screen, evil: &str) -> Model {
    let mut model = said(screen);
    let catalog = Arc::make_mut(&mut model.room.catalog);
    for checklist in catalog.checklists.values_mut() {
        checklist.title = Some(evil.to_owned());
        checklist.commit = Some(evil.to_owned());
        for group in &mut checklist.groups {
            evil.clone_into(&mut group.name);
            for item in &mut group.items {
                evil.clone_into(&mut item.title);
            }
        }
        for signoff in &mut checklist.signoffs {
            evil.clone_into(&mut signoff.title);
        }
    }
    for role in catalog.roles.roles.values_mut() {
        role.title = Some(evil.to_owned());
        role.members = vec![evil.to_owned()];
    }
    for release in &mut model.picture.releases {
        evil.clone_into(&mut release.name);
        if let Some(file) = &mut release.file {
            file.owner = Some(evil.to_owned());
            file.risks.push(Risk {
                title: evil.to_owned(),
                kind: RiskKind::KnownIssue,
                owner: evil.to_owned(),
                expires: sample::now(),
                link: None,
            });
        }
    }
    for (item, finding) in [("artifact", Finding::Pass), ("budget", Finding::Fail), ("journey", Finding::Unknown)] {
        let evidence = Evidence {
            at: sample::ago(3),
            finding,
            words: evil.to_owned(),
            by: evil.to_owned(),
            took: Span::from_secs(1),
            subject: None,
        };
        let msg = Msg::Evidence { release: RELEASE.into(), item: item.into(), evidence };
        update(&mut model, sample::now(), msg);
    }
    let ledger = ledger(&model.ledger, evil);
    update(&mut model, sample::now(), Msg::Ledger(Box::new(ledger)));
    model
}

/// The same ledger, in which people are called and say `evil`.
fn ledger(ledger: &Ledger, evil: &str) -> Ledger {
    let as_json = |text: &str| serde_json::to_string(text).expect("a text");
    let mut json = serde_json::to_string(ledger).expect("a ledger");
    for word in WORDS {
        assert!(json.contains(&as_json(word)), "{word} is not in the ledger any more");
        json = json.replace(&as_json(word), &as_json(evil));
    }
    let mut ledger: Ledger = serde_json::from_str(&json).expect("a ledger");
    for recorded in &mut ledger.newest {
        let event = &mut Arc::make_mut(recorded).event;
        event.actor.terminal = Some(evil.to_owned());
        event.actor.ssh_client = Some(evil.to_owned());
        event.release = event.release.take().map(|_| evil.to_owned());
    }
    ledger.damage = Some(evil.to_owned());
    ledger.state = State::Away { why: evil.to_owned(), since: sample::ago(9) };
    ledger
}

fn screens() -> [Screen; 5] {
    [Screen::Board, sample::checkout(), Screen::Checklist(RELEASE.into()), Screen::Ledger, Screen::Sources]
}

fn overlays() -> [Option<Overlay>; 4] {
    let detail = |list| Some(Overlay::Detail { list, scroll: 0 });
    [None, detail(List::Checks), detail(List::Ledger), detail(List::Releases)]
}

fn unsafe_characters(model: &Model, size: (u16, u16)) -> Vec<char> {
    let mut found = Vec::new();
    for look in [default_look(), ascii_look()] {
        let buffer = drawn(model, &look, size);
        found.extend(buffer.content.iter().flat_map(|cell| cell.symbol().chars()).filter(|c| !is_safe(*c)));
    }
    found
}

#[test]
fn known_attacks_are_drawn_as_text_on_every_screen_and_in_every_window() {
    for evil in EVIL {
        for screen in screens() {
            let mut model = room(screen.clone(), evil);
            model.ui.pane = Pane::Checks;
            for overlay in overlays() {
                model.ui.overlay.clone_from(&overlay);
                for size in [(60, 16), (80, 24), (200, 60)] {
                    let found = unsafe_characters(&model, size);
                    assert!(found.is_empty(), "{evil:?} {screen:?} {overlay:?} {size:?}: {found:?}");
                }
            }
        }
    }
}

/// The words are there all the same: what is dangerous is replaced, not what it says.
#[test]
fn what_is_made_harmless_is_still_read() {
    let model = room(Screen::Checklist(RELEASE.into()), "\u{1b}[31mred\u{202e}");
    let drawn = text(&drawn(&model, &default_look(), (200, 60)));
    assert!(drawn.contains("\u{fffd}[31mred\u{fffd}"), "{drawn}");
}

/// Loud lines above and many checks leave the panes of a low terminal little room.
#[test]
fn a_release_with_much_to_say_is_drawn_in_every_height() {
    let model = room(sample::checkout(), "");
    for width in [80, 110, 120, 200] {
        for height in 10..70 {
            assert_eq!(unsafe_characters(&model, (width, height)), Vec::<char>::new(), "{width}x{height}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn whatever_others_wrote_stays_text(
        evil in "\\PC{0,40}|.{0,40}|[\u{0}-\u{1f}\u{7f}-\u{9f}\u{200b}-\u{200f}\u{2028}-\u{202e}\u{2060}-\u{206f}]{0,20}",
        screen in 0..5_usize, overlay in 0..4_usize, zoomed: bool, width in 0..=300_u16, height in 0..=80_u16,
    ) {
        let mut model = room(screens()[screen].clone(), &evil);
        model.ui.overlay.clone_from(&overlays()[overlay]);
        model.ui.pane = Pane::Checks;
        model.ui.zoomed = zoomed;
        let found = unsafe_characters(&model, (width, height));
        prop_assert!(found.is_empty(), "{:?}", found);
    }

    /// The terminal's title and alarms leave the program beside the picture.
    #[test]
    fn what_is_announced_is_text_too(evil in "\\PC{0,40}|.{0,40}") {
        let mut model = room(Screen::Board, &evil);
        model.setup.announce.title = true;
        model.setup.announce.alarm = true;
        let ledger = model.ledger.clone();
        for effect in update(&mut model, sample::now(), Msg::Ledger(Box::new(ledger))) {
            if let Effect::Title(title) = effect {
                prop_assert!(title.chars().all(is_safe), "{:?}", title);
            }
        }
    }
}
