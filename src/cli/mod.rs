//! The command line: one module for each subcommand.

pub mod checklist;
pub mod completions;
pub mod config;
pub mod console;
pub mod decide;
pub mod demo;
pub mod doctor;
pub mod gate;
mod headless;
pub mod hidden;
pub mod judge;
pub mod ledger;
pub mod load;
pub mod man;
pub mod output;
pub mod policy;
mod readiness;
mod refusal;
pub mod runbook;
pub mod setup;
pub mod sign;
pub mod sources;
pub mod status;
pub mod theme;
pub mod waive;
pub mod wall;
pub mod watch;

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{Args, Parser, Subcommand, ValueEnum};

/// The release war room in a terminal: what is rolling out, what it does to users, and the safest way back.
#[derive(Debug, Parser)]
#[command(name = "warroom", version, after_help = EXIT_CODES, propagate_version = true)]
pub struct Arguments {
    /// What every command understands.
    #[command(flatten)]
    pub common: Common,
    /// What a shared screen is asked to show.
    #[command(flatten)]
    pub wall: wall::Args,
    /// The command; the console when there is none.
    #[command(subcommand)]
    pub command: Option<Command>,
}

const EXIT_CODES: &str = "Without a command, the console starts.

Exit codes: 0 yes or ok, 1 no or failed, 2 usage or environment, 3 unknown, 128+n after a signal.";

/// What every command understands.
#[derive(Clone, Debug, Default, Args)]
pub struct Common {
    /// Read this configuration file instead of ./warroom.toml.
    #[arg(long, global = true, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub config: Option<PathBuf>,
    /// Ask this Prometheus, instead of the configured sources.
    #[arg(long, global = true, value_name = "URL", help_heading = "Sources without a file")]
    pub prometheus: Option<String>,
    /// Ask this Alertmanager, instead of the configured sources.
    #[arg(long, global = true, value_name = "URL", help_heading = "Sources without a file")]
    pub alertmanager: Option<String>,
    /// Ask the Kubernetes cluster of this context, instead of the configured sources.
    #[arg(long, global = true, value_name = "NAME", help_heading = "Sources without a file")]
    pub context: Option<String>,
    /// Look at this namespace only; may be given several times.
    #[arg(
        long = "namespace",
        short = 'n',
        global = true,
        value_name = "NAME",
        help_heading = "Sources without a file"
    )]
    pub namespaces: Vec<String>,
    /// How many colours to use.
    #[arg(long, global = true, value_enum, value_name = "WHEN", help_heading = "Look")]
    pub color: Option<Color>,
    /// Draw without Unicode.
    #[arg(long, global = true, help_heading = "Look")]
    pub ascii: bool,
    /// Draw less by itself, for a terminal at the end of a slow link.
    #[arg(long, global = true, help_heading = "Look")]
    pub low_bandwidth: bool,
    /// The theme to start with.
    #[arg(long, global = true, value_name = "NAME", help_heading = "Look")]
    pub theme: Option<String>,
    /// Never leave READ-ONLY: nothing can be changed from this console.
    #[arg(long, global = true)]
    pub read_only: bool,
    /// How much goes to the log file.
    #[arg(long, global = true, value_enum, value_name = "LEVEL")]
    pub log_level: Option<LogLevel>,
}

impl Common {
    /// What of it says where settings and sources are, for a process that goes on alone.
    #[must_use]
    pub fn passed_on(&self) -> Vec<OsString> {
        let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone()).into_os_string();
        let named = [
            ("--config", self.config.as_ref().map(absolute)),
            ("--prometheus", self.prometheus.as_ref().map(OsString::from)),
            ("--alertmanager", self.alertmanager.as_ref().map(OsString::from)),
            ("--context", self.context.as_ref().map(OsString::from)),
        ];
        let named = named.into_iter().filter_map(|(flag, value)| Some([flag.into(), value?])).flatten();
        let namespaces = self.namespaces.iter().flat_map(|name| [OsString::from("--namespace"), name.into()]);
        named.chain(namespaces).collect()
    }
}

/// How many colours to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// What terminal and `NO_COLOR` say.
    Auto,
    /// None; attributes only.
    #[value(alias = "none")]
    Never,
    /// At least 16, also against `NO_COLOR`.
    Always,
    /// The 16 of ANSI.
    #[value(name = "16")]
    Ansi16,
    /// The 256 of xterm.
    #[value(name = "256")]
    Palette256,
    /// 24 bits.
    Truecolor,
}

impl Color {
    /// The word in the configuration; `None` where the flag says more than a setting can.
    #[must_use]
    pub const fn setting(self) -> Option<&'static str> {
        match self {
            Self::Auto => Some("auto"),
            Self::Never => Some("none"),
            Self::Always => None,
            Self::Ansi16 => Some("16"),
            Self::Palette256 => Some("256"),
            Self::Truecolor => Some("truecolor"),
        }
    }
}

/// How much goes to the log file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogLevel {
    /// What failed.
    Error,
    /// And what looks wrong.
    Warn,
    /// And what happened.
    Info,
    /// And how.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// The word in the configuration.
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

/// A subcommand.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// The console on a built-in simulator: no configuration, no network.
    Demo(demo::Args),
    /// Ask every source once and print the picture.
    Status(status::Args),
    /// The room as lines, one for each change: for screen readers, logs and serial consoles.
    Watch(watch::Args),
    /// Connections to outside systems.
    Sources(sources::Args),
    /// Readiness of a release, item by item.
    Checklist(checklist::Args),
    /// Sign a release off, deny it, or ask others to.
    Sign(sign::Args),
    /// Take an item of a checklist out, for a time.
    Waive(waive::Args),
    /// Go, no-go or hold.
    Decide(decide::Args),
    /// May this release go on? For pipelines: reasons and an exit code.
    Gate(gate::Args),
    /// Ways back that are prepared in files: what they would do, and their runs.
    Runbook(runbook::Args),
    /// Compare a canary with its baseline, on numbers of your own.
    Judge(judge::Args),
    /// Policies in Rego, and their tests.
    Policy(policy::Args),
    /// The record of what people and warroom did.
    Ledger(ledger::Args),
    /// Settings and catalog.
    Config(config::Args),
    /// Themes.
    Theme(theme::Args),
    /// What works here, and what to do about the rest.
    Doctor(doctor::Args),
    /// Print completions for a shell.
    Completions(completions::Args),
    /// Print the manual page.
    Man,
    /// Fail while the console runs, to try what becomes of the terminal.
    #[cfg(debug_assertions)]
    #[command(hide = true)]
    Panic,
}

/// How a command ended. An interface: scripts rely on the numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Yes, or all is well.
    Ok,
    /// No, or it failed.
    No,
    /// It was asked wrongly, or cannot run here.
    Usage,
    /// It cannot be said.
    Unknown,
}

impl Exit {
    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::No => 1,
            Self::Usage => 2,
            Self::Unknown => 3,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Does what the command line says.
#[must_use]
pub fn run(arguments: &Arguments) -> Exit {
    let common = &arguments.common;
    if arguments.wall.wall && arguments.command.is_some() {
        output::complain(
            "warroom: --wall comes after the command: `warroom demo --wall`; other commands have no screen",
        );
        return Exit::Usage;
    }
    match &arguments.command {
        None => console::run(common, &arguments.wall),
        Some(Command::Demo(args)) => demo::run(args, common),
        Some(Command::Status(args)) => status::run(args, common),
        Some(Command::Watch(args)) => watch::run(args, common),
        Some(Command::Sources(args)) => sources::run(args, common),
        Some(Command::Checklist(args)) => checklist::run(args, common),
        Some(Command::Sign(args)) => sign::run(args, common),
        Some(Command::Waive(args)) => waive::run(args, common),
        Some(Command::Decide(args)) => decide::run(args, common),
        Some(Command::Gate(args)) => gate::run(args, common),
        Some(Command::Runbook(args)) => runbook::run(args, common),
        Some(Command::Judge(args)) => judge::run(args),
        Some(Command::Policy(args)) => policy::run(args, common),
        Some(Command::Ledger(args)) => ledger::run(args, common),
        Some(Command::Config(args)) => config::run(args, common),
        Some(Command::Theme(args)) => theme::run(args, common),
        Some(Command::Doctor(args)) => doctor::run(args, common),
        Some(Command::Completions(args)) => completions::run(args),
        Some(Command::Man) => man::run(),
        #[cfg(debug_assertions)]
        Some(Command::Panic) => console::panic(common),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_contradicts_itself_nowhere() {
        Arguments::command().debug_assert();
    }
}
