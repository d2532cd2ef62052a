//! `warroom` without a command: the console.

use std::{env, path::PathBuf, sync::Arc};

use super::{Common, Exit, output};
use crate::{
    app::{
        keymap::{self, Scope},
        model::{Mode, Model, Setup},
    },
    clock::Clock,
    domain::{catalog::Catalog, demand::Demand, object::SourceName, room::Room},
    shell::{
        clipboard::Between,
        console::{Console, Feeds, Paint},
        inbox::Inbox,
        terminal,
    },
};

/// Runs the console on the configured sources.
#[must_use]
pub fn run(common: &Common) -> Exit {
    start(common, Box::new(draw))
}

/// Runs the console and fails when its first frame has been seen.
#[cfg(debug_assertions)]
#[must_use]
#[expect(clippy::panic, reason = "this is what it is for, and it is not in a release build")]
pub fn panic(common: &Common) -> Exit {
    let mut frames = 0;
    start(
        common,
        Box::new(move |model, buffer| {
            frames += 1;
            draw(model, buffer);
            assert!(frames < 3, "asked to panic");
        }),
    )
}

fn start(_common: &Common, paint: Paint) -> Exit {
    if let Err(error) = terminal::check(env::var("TERM").ok().as_deref()) {
        output::complain(&format!("warroom: {error}"));
        return Exit::Usage;
    }
    let clock = Clock::real();
    let setup = Setup {
        mode: Mode::ReadOnly,
        who: String::new(),
        config_path: None,
        config_places: Vec::new(),
        zone: None,
        themes: vec!["default".to_owned()],
    };
    let model = Model::new(setup, Room::new(Arc::new(Catalog::default()), Vec::new()), clock.now());
    let console = Console {
        model,
        clock,
        inbox: Arc::new(Inbox::default()),
        feeds: Box::new(Nothing),
        paint,
        between: Between::of(env::var("TMUX").ok().as_deref(), env::var("TERM").ok().as_deref()),
        over_ssh: ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"].iter().any(|name| env::var_os(name).is_some()),
        directory: env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
    };
    match console.run() {
        Ok(()) => Exit::Ok,
        Err(error) => {
            output::complain(&format!("warroom: {error}"));
            Exit::Usage
        }
    }
}

struct Nothing;

impl Feeds for Nothing {
    fn poll(&self, _: Option<SourceName>) {}

    fn demand(&self, _: Demand) {}
}

fn draw(model: &Model, buffer: &mut ratatui::buffer::Buffer) {
    let style = ratatui::style::Style::new();
    let head = format!(" warroom  {:?}  {}", model.ui.screen, model.now.format("%H:%M:%SZ"));
    buffer.set_string(0, 0, head, style);
    for (row, binding) in (2..buffer.area.height).zip(keymap::bindings(Scope::of_screen(&model.ui.screen))) {
        buffer.set_string(1, row, format!("{:20} {}", binding.keys_label(), binding.action.help()), style);
    }
}
