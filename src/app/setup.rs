//! What does not change while a console runs: how it was started, and what it may.

use serde::{Deserialize, Serialize};

use super::{announcement, keymap::Keymap, zone::Zone};
use crate::domain::{breaker::account::Account, sizes::Sizes, time::Span};

/// What does not change while the console runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    /// What the header says first.
    pub mode: Mode,
    /// Who sits here: `mira@bastion-2`.
    pub who: String,
    /// As whom what is not signed is recorded: the login name that the system knows, `mira@bastion-2`.
    #[serde(default)]
    pub login: String,
    /// Where the configuration was read; `None` on a first run.
    pub config_path: Option<String>,
    /// Where it would be read from: for the first-run screen.
    pub config_places: Vec<String>,
    /// From which size of the terminal on panes stand beside each other.
    #[serde(default)]
    pub sizes: Sizes,
    /// Names of the themes that can be chosen, the starting one first.
    pub themes: Vec<String>,
    /// The keys in force.
    #[serde(skip)]
    pub keymap: Keymap,
    /// What keeps this console from ever changing anything: `--read-only`. `None` where it may.
    pub read_only: Option<String>,
    /// As whom this process acts by itself when a trigger says so; `None` where it never does.
    #[serde(default)]
    pub account: Option<Account>,
    /// The server that judges policies, for people.
    #[serde(default)]
    pub policy_server: Option<String>,
    /// The zone of the settings, or the computer's own; `None` where that is UTC anyway.
    pub zone: Option<Zone>,
    /// Whether that zone is on from the start, because the settings name it.
    pub zone_chosen: bool,
    /// What the terminal is told beside the picture.
    pub announce: announcement::Wanted,
}

/// What the console may do and what it looks at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Looks, and never acts.
    ReadOnly,
    /// Looks at the built-in simulator.
    Demo {
        /// The scenario's name.
        scenario: String,
        /// How many times faster than life.
        speed: f64,
    },
}

impl Setup {
    /// A span of a person's patience, in the time that is told here: in a fast demo it is that much longer.
    #[must_use]
    pub fn patience(&self, span: Span) -> Span {
        scaled(span, self.speed())
    }

    /// What a span of the time that is told here is in a person's life.
    #[must_use]
    pub fn lived(&self, span: Span) -> Span {
        scaled(span, 1.0 / self.speed())
    }

    const fn speed(&self) -> f64 {
        match self.mode {
            Mode::Demo { speed, .. } if speed > 0.0 => speed,
            Mode::ReadOnly | Mode::Demo { .. } => 1.0,
        }
    }
}

fn scaled(span: Span, factor: f64) -> Span {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "minutes, at a speed of at most 100")]
    Span::from_millis((span.millis() as f64 * factor) as u64)
}
