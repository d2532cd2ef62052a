//! Every screen in every state at every size, in every look. A file holds all states of a screen at one size; lines that are
//! equal to the one before are counted.

use std::fmt::Write as _;

use insta::assert_snapshot;
use warroom::{
    app::model::{List, Model, Screen},
    domain::picture::Picture,
    tui::look::Look,
};

use super::{ascii_look, default_look, drawn, mono_look, styles, text};
use crate::sample;

const SIZES: [(u16, u16); 6] = [(60, 16), (80, 24), (120, 40), (200, 60), (80, 60), (60, 100)];

fn states() -> [(&'static str, Picture); 5] {
    [
        ("good", sample::live()),
        ("stale", sample::stale()),
        ("failed", sample::failed()),
        ("loading", sample::loading()),
        ("empty", sample::quiet()),
    ]
}

fn screens() -> [(&'static str, Screen); 3] {
    [("board", Screen::Board), ("release", sample::checkout()), ("sources", Screen::Sources)]
}

fn model(screen: Screen, picture: Picture, size: (u16, u16)) -> Model {
    let mut model = sample::model(screen, picture);
    model.ui.size = size;
    model.ui.selected.insert(List::Sources, "prod-us".to_owned());
    model
}

/// Equal lines, one below the other, as one line and their number.
fn squeezed(text: &str) -> String {
    let mut out = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let mut count = 1;
        while lines.next_if_eq(&line).is_some() {
            count += 1;
        }
        out.push_str(line);
        if count > 1 {
            let _ = write!(out, "  (x{count})");
        }
        out.push('\n');
    }
    out
}

/// All states of a screen, each under its name.
fn all_states(
    screen: &Screen,
    size: (u16, u16),
    look: &Look,
    show: impl Fn(&ratatui::buffer::Buffer) -> String,
) -> String {
    states().into_iter().fold(String::new(), |out, (state, picture)| {
        let buffer = drawn(&model(screen.clone(), picture, size), look, size);
        format!("{out}== {state}\n{}", squeezed(&show(&buffer)))
    })
}

#[test]
fn text_of_every_screen_in_every_state_at_every_size() {
    for (name, screen) in screens() {
        for size in SIZES {
            let shown = all_states(&screen, size, &default_look(), text);
            assert_snapshot!(format!("{name}_{}x{}", size.0, size.1), shown);
        }
    }
}

#[test]
fn styles_of_every_screen_in_every_state_with_colours_and_without() {
    for (name, screen) in screens() {
        for (look_name, look) in [("dark", default_look()), ("mono", mono_look())] {
            for size in [(80, 24), (120, 40)] {
                let shown = all_states(&screen, size, &look, styles);
                assert_snapshot!(format!("{name}_{}x{}_{look_name}", size.0, size.1), shown);
            }
        }
    }
}

#[test]
fn every_screen_in_ascii() {
    for (name, screen) in screens() {
        let shown = all_states(&screen, (80, 24), &ascii_look(), text);
        assert_snapshot!(format!("{name}_80x24_ascii"), shown);
    }
}

#[test]
fn a_theme_changes_no_text_and_ascii_is_ascii() {
    for (_, screen) in screens() {
        for (_, picture) in states() {
            for size in SIZES {
                let model = model(screen.clone(), picture.clone(), size);
                assert_eq!(
                    text(&drawn(&model, &default_look(), size)),
                    text(&drawn(&model, &mono_look(), size)),
                    "{screen:?} {size:?}"
                );
                let ascii = text(&drawn(&model, &ascii_look(), size));
                assert!(ascii.is_ascii(), "{screen:?} {size:?}:\n{ascii}");
            }
        }
    }
}
