//! What `config.toml` says, after all layers.

use std::{collections::BTreeMap, path::PathBuf};

use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::schema::{
    ledger::Ledger,
    policy::Policy,
    source::{Source, SourceKind},
    text::{PathText, ZoneText},
};
use crate::domain::{catalog::Environment, sizes::Sizes};

/// Settings of warroom: `config.toml`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(title = "warroom settings")]
pub struct Settings {
    /// The catalog's directory. `catalog/` beside the configuration file when left out.
    #[schemars(with = "Option<PathText>")]
    pub catalog: Option<PathBuf>,
    /// Connections to outside systems. A later layer that has any replaces the whole list.
    #[serde(rename = "source")]
    pub sources: Vec<Source>,
    /// Places where versions run, by name.
    #[schemars(extend("propertyNames" = { "format": "name" }))]
    pub environments: BTreeMap<String, Environment>,
    /// How it looks.
    pub look: Look,
    /// For people who do not see the screen.
    pub accessibility: Accessibility,
    /// What the terminal is used for beside the picture.
    pub terminal: Terminal,
    /// What it may do.
    pub console: Console,
    /// Keys of your own.
    pub keys: Keys,
    /// Who you are.
    pub identity: Identity,
    /// The record of what people and warroom did.
    pub ledger: Ledger,
    /// Who acts when a trigger pauses or aborts a rollout by itself.
    pub breaker: Breaker,
    /// Policies that another server judges.
    pub policy: Policy,
    /// The log.
    pub log: Log,
}

/// Limits every cluster of `settings` to `namespaces`; none at all is no limit.
pub fn narrow(settings: &mut Settings, namespaces: &[String]) {
    if namespaces.is_empty() {
        return;
    }
    for source in &mut settings.sources {
        if let SourceKind::Kubernetes(cluster) = &mut source.kind {
            cluster.namespaces = namespaces.to_vec();
        }
    }
}

/// How it looks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Look {
    /// The name of the theme.
    pub theme: String,
    /// Themes of environments, by name: the console wears one while it looks at that environment alone.
    #[schemars(extend("propertyNames" = { "format": "name" }))]
    pub environments: BTreeMap<String, String>,
    /// Whether the terminal's ground is dark or light.
    pub ground: Ground,
    /// Which characters lines and charts are drawn with.
    pub charset: Charset,
    /// How many colours the terminal has.
    pub colour: Colour,
    /// The zone in which times are shown. With UTC the computer's own one is shown when you ask for it.
    #[schemars(with = "ZoneText")]
    pub zone: Tz,
    /// Draw less by itself, for terminals at the end of a slow link: the clock each minute, ages in minutes, data at most four
    /// times a second. Over SSH this begins by itself when the link takes its time.
    pub low_bandwidth: bool,
    /// From which size of the terminal on panes stand beside each other.
    pub sizes: Sizes,
}

impl Default for Look {
    fn default() -> Self {
        Self {
            theme: "default".to_owned(),
            environments: BTreeMap::new(),
            ground: Ground::Auto,
            charset: Charset::Auto,
            colour: Colour::Auto,
            zone: Tz::UTC,
            low_bandwidth: false,
            sizes: Sizes::default(),
        }
    }
}

/// Whether the terminal's ground is dark or light.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Ground {
    /// What `COLORFGBG` says; unknown where it says nothing, and then colours are used that can be read on both.
    #[default]
    Auto,
    /// Dark.
    Dark,
    /// Light.
    Light,
}

/// Which characters lines and charts are drawn with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Charset {
    /// What the terminal's locale allows.
    #[default]
    Auto,
    /// Lines and blocks of Unicode.
    Unicode,
    /// ASCII alone.
    Ascii,
    /// Unicode, with charts in braille: finer, where the font has it.
    Braille,
}

/// How many colours the terminal has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Colour {
    /// What the terminal says.
    #[default]
    Auto,
    /// 24 bits.
    Truecolor,
    /// The 256 of xterm.
    #[serde(rename = "256")]
    Palette256,
    /// The 16 of ANSI.
    #[serde(rename = "16")]
    Ansi16,
    /// None at all.
    None,
}

/// For people who do not see the screen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Accessibility {
    /// A screen reader reads the terminal: a line for each change takes the place of the screen, as `warroom watch --plain` writes.
    pub screen_reader: bool,
}

/// What the terminal is used for beside the picture: nothing, until you choose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Terminal {
    /// Whether its title says how the worst release is.
    pub title: bool,
    /// Whether it rings when a release grows BAD, at most twice a minute.
    pub bell: bool,
    /// How the desktop is notified when a release grows BAD.
    pub notifications: Notifications,
    /// Whether the wheel of the mouse moves the selection. The terminal's own selection then wants Shift held.
    pub mouse: bool,
}

/// How the desktop is notified, by the sequence that the terminal understands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Notifications {
    /// Not at all.
    #[default]
    None,
    /// OSC 9, as in iTerm2, kitty, Ghostty and Windows Terminal.
    Osc9,
    /// OSC 777, as in foot, urxvt, Ghostty and terminals made of VTE.
    Osc777,
}

/// Keys of your own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Keys {
    /// What begins a chord: the way to everything that changes something.
    pub prefix: String,
    /// Keys of actions, by the action's name, instead of those that it has: `"theme.next" = ["T", "F2"]`.
    pub actions: BTreeMap<String, Vec<String>>,
}

impl Default for Keys {
    fn default() -> Self {
        Self { prefix: "Ctrl-X".to_owned(), actions: BTreeMap::new() }
    }
}

/// What the console may do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Console {
    /// Whether it is READ-ONLY for good: nothing can be changed from it.
    pub read_only: bool,
}

/// Who you are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Identity {
    /// The name that is shown: `mira`. The login name when left out.
    pub name: Option<String>,
}

/// Who acts when a trigger pauses or aborts a rollout by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Breaker {
    /// The service account as which this process acts: a name of `allowed_signers` and `roles.toml` whose key its ssh-agent has. This
    /// process does nothing by itself where it is left out.
    #[serde(rename = "as")]
    #[schemars(extend("minLength" = 1))]
    pub account: Option<String>,
}

/// The log. It goes to files, never to the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Log {
    /// How much is written.
    pub level: LogLevel,
    /// Where; `$XDG_STATE_HOME/warroom` when left out.
    #[schemars(with = "Option<PathText>")]
    pub directory: Option<PathBuf>,
}

/// How much is written to the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// What failed.
    Error,
    /// And what looks wrong.
    Warn,
    /// And what happened.
    #[default]
    Info,
    /// And how.
    Debug,
    /// And each step of it.
    Trace,
}

impl LogLevel {
    /// The word in the configuration, which `tracing` understands too.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}
