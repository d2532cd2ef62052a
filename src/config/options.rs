//! What loading depends on besides the files: everything impure, as values.

use std::{
    collections::BTreeMap,
    env,
    path::{Path, PathBuf},
};

/// What loading depends on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `--config`: read instead of `./warroom.toml`.
    pub config: Option<PathBuf>,
    /// Environment variables; only those named `WARROOM__…` are looked at.
    pub variables: BTreeMap<String, String>,
    /// The working directory.
    pub working_dir: PathBuf,
    /// What `~/` means.
    pub home_dir: Option<PathBuf>,
    /// `$XDG_CONFIG_HOME/warroom`.
    pub user_dir: Option<PathBuf>,
    /// `/etc/warroom`.
    pub system_dir: PathBuf,
    /// Flags.
    pub overrides: Vec<Override>,
}

/// A flag that sets a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The flag, as it was typed: `--theme`.
    pub flag: String,
    /// The keys of the value.
    pub keys: Vec<String>,
    /// The value: a text as it is, anything else as TOML.
    pub value: String,
    /// Whether the value is an element to be added to a list that replaces the one of the files.
    pub element: bool,
}

impl Override {
    /// A flag that sets the value at `keys`, such as `["look", "theme"]`.
    pub fn value(flag: impl Into<String>, keys: &[&str], value: impl Into<String>) -> Self {
        let keys = keys.iter().map(|key| (*key).to_owned()).collect();
        Self { flag: flag.into(), keys, value: value.into(), element: false }
    }

    /// `--prometheus URL`: a source of this URL. Sources of flags replace those of the files. Without a file nobody says which SLOs
    /// it records, so both recorders are tried; `alerts` reads firing alerts from it too, for want of an Alertmanager.
    #[must_use]
    pub fn prometheus(url: &str, alerts: bool) -> Self {
        Self::source(
            "--prometheus",
            format!(
                "{{ name = \"prometheus\", kind = \"prometheus\", url = {}, slos = [\"sloth\", \"pyrra\"], alerts = {alerts} }}",
                quoted(url)
            ),
        )
    }

    /// `--alertmanager URL`: a source of this URL.
    #[must_use]
    pub fn alertmanager(url: &str) -> Self {
        Self::source(
            "--alertmanager",
            format!("{{ name = \"alertmanager\", kind = \"alertmanager\", urls = [{}] }}", quoted(url)),
        )
    }

    /// `--context NAME`: the Kubernetes cluster of this context.
    #[must_use]
    pub fn context(name: &str) -> Self {
        let source_name: String =
            name.chars().map(|c| if c.is_alphanumeric() || "._-".contains(c) { c } else { '-' }).collect();
        let source_name = source_name.trim_start_matches(['.', '_', '-']);
        let source_name = if source_name.is_empty() { "kubernetes" } else { source_name };
        Self::source(
            "--context",
            format!("{{ name = {}, kind = \"kubernetes\", context = {} }}", quoted(source_name), quoted(name)),
        )
    }

    /// A flag that adds a source, given as an inline table of TOML.
    pub fn source(flag: impl Into<String>, table: impl Into<String>) -> Self {
        Self { flag: flag.into(), keys: vec!["source".to_owned()], value: table.into(), element: true }
    }
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

impl Options {
    /// The options of this process: its environment, its working directory, the usual places.
    #[must_use]
    pub fn from_process(config: Option<PathBuf>, overrides: Vec<Override>) -> Self {
        let directory = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let home_dir = directory("HOME");
        let user_dir = directory("XDG_CONFIG_HOME").or_else(|| home_dir.as_ref().map(|home| home.join(".config")));
        Self {
            config,
            variables: env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
                .filter(|(name, _)| name.starts_with(PREFIX))
                .map(|(name, value)| (name, value.to_string_lossy().into_owned()))
                .collect(),
            working_dir: env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
            home_dir,
            user_dir: user_dir.map(|path| path.join("warroom")),
            system_dir: PathBuf::from("/etc/warroom"),
            overrides,
        }
    }

    /// The files that would be read, whether they exist or not. Later ones win.
    #[must_use]
    pub fn places(&self) -> Vec<Place> {
        let fixed = |directory: &Path| Place { path: directory.join("config.toml"), trust: Trust::Fixed };
        let mut places = vec![fixed(&self.system_dir)];
        places.extend(self.user_dir.as_deref().map(fixed));
        places.push(match &self.config {
            Some(path) => Place { path: self.working_dir.join(path), trust: Trust::Given },
            None => Place { path: self.working_dir.join("warroom.toml"), trust: Trust::Found },
        });
        places
    }
}

/// What the names of environment variables begin with.
pub const PREFIX: &str = "WARROOM__";

/// A file that is read when it exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its path.
    pub path: PathBuf,
    /// How it got its place.
    pub trust: Trust,
}

/// How a file got its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trust {
    /// One of the two fixed places.
    Fixed,
    /// Given by `--config`: it has to exist.
    Given,
    /// It happened to lie in the working directory: it may not name commands to run.
    Found,
}
