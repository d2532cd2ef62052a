//! From flags, files and environment to what a command works with.

use std::{
    env,
    path::{Path, PathBuf},
};

use chrono::Offset as _;
use chrono_tz::Tz;

use super::{Color, Common, Exit, console::Start, load, output};
use crate::{
    app::{announcement, keymap::Keymap, model::Setup, zone::Zone},
    config::{self, Loaded, Settings, settings::Notifications, watch::Pace},
    domain::{breaker::account::Account, canary::profile::Profiles, time::Timestamp},
    ledger::actor,
    shell::{log, profiles, runtime::Files, wardrobe::Wardrobe},
    sources::http,
};

/// What the model has to know of the outside.
#[must_use]
pub fn of_model(start: &Start, wardrobe: &Wardrobe, now: Timestamp) -> Setup {
    let shown = |path: &PathBuf| path.display().to_string();
    Setup {
        mode: start.mode.clone(),
        who: who(&start.settings),
        login: format!("{}@{}", actor::actor().user, actor::host()),
        config_path: start.config_path.as_ref().map(shown),
        config_places: start.places.iter().map(shown).collect(),
        zone: zone(&start.settings, now),
        sizes: start.settings.look.sizes.clone(),
        zone_chosen: start.settings.look.zone != Tz::UTC,
        announce: announcement::Wanted {
            title: start.settings.terminal.title,
            alarm: start.settings.terminal.bell || start.settings.terminal.notifications != Notifications::None,
        },
        themes: wardrobe.names(&start.settings.look.theme),
        // What is wrong with them was told before; the demo does without.
        keymap: Keymap::chosen(load::chosen(&start.settings.keys)).unwrap_or_default(),
        read_only: read_only(start),
        account: account(start),
        policy_server: start.settings.policy.opa.as_ref().map(http::shown),
    }
}

/// As whom this process acts by itself: never at a wall, never read-only, never without a ledger.
fn account(start: &Start) -> Option<Account> {
    let may = read_only(start).is_none() && start.wall.is_none() && start.ledger.is_some();
    let name = start.settings.breaker.account.clone().filter(|_| may)?;
    let process = format!("{}:{}:{:08x}", actor::host(), std::process::id(), fastrand::u32(..));
    Some(Account { name, process })
}

/// What keeps this console from changing anything.
fn read_only(start: &Start) -> Option<String> {
    let setting = || start.settings.console.read_only.then(|| "the setting console.read_only".to_owned());
    if start.read_only { Some("--read-only".to_owned()) } else { setting() }
}

/// The settings and themes for the demo: what a person likes, from flags and files, and nothing of what is connected to. Files
/// that are broken are not asked: the demo works without any.
///
/// # Errors
/// With the exit code, when the flags cannot be used; that was told then.
pub fn likings(common: &Common) -> Result<(Settings, Files), Exit> {
    let flags = Common { config: None, prometheus: None, alertmanager: None, context: None, ..common.clone() };
    let mut options = load::options(&flags);
    if let Ok(loaded) = config::load(&options) {
        let watch = config::watch::watch(options, &loaded, Pace::default()).ok();
        let Loaded { settings, themes, .. } = loaded;
        return Ok((settings, Files { watch, themes, look_alone: true, ..Files::default() }));
    }
    let nowhere = PathBuf::from("/nonexistent");
    options.user_dir = None;
    (options.working_dir, options.system_dir) = (nowhere.clone(), nowhere);
    options.variables.clear();
    config::load(&options).map(|loaded| (loaded.settings, Files::default())).map_err(|report| {
        output::complain(&report.to_string());
        Exit::Usage
    })
}

/// `mira@bastion-2`.
#[must_use]
pub fn who(settings: &Settings) -> String {
    // The same name as in the ledger, where none was configured.
    let name = settings.identity.name.clone().unwrap_or_else(actor::user);
    let host = actor::host();
    let host = host.split('.').next().unwrap_or_default();
    format!("{name}@{host}")
}

/// The configured zone; the computer's own where none was configured. `None` where that is UTC anyway.
fn zone(settings: &Settings, now: Timestamp) -> Option<Zone> {
    if settings.look.zone != Tz::UTC {
        return Some(Zone::Named(settings.look.zone));
    }
    let seconds = now.with_timezone(&chrono::Local).offset().fix().local_minus_utc();
    let name = env::var("TZ").ok().or_else(|| iana_time_zone::get_timezone().ok());
    // The name is believed only where it says the same as the clock of the computer.
    let named = name.and_then(|name| name.trim_start_matches(':').parse().ok()).map(Zone::Named);
    let named = named.filter(|zone| zone.offset(now).local_minus_utc() == seconds);
    (seconds != 0).then(|| named.unwrap_or(Zone::East(seconds)))
}

/// The themes, and what is wrong with those of the user.
///
/// # Errors
/// With the exit code, when the configured theme is not there or broken; that was told then.
pub fn wardrobe(start: &Start) -> Result<(Wardrobe, Vec<String>), Exit> {
    let look = &start.settings.look;
    let (wardrobe, problems) = Wardrobe::new(look, &start.files.themes, start.color == Some(Color::Always));
    match wardrobe.look(&look.theme) {
        Ok(_) => Ok((wardrobe, problems)),
        Err(error) => {
            let lines = problems.into_iter().chain([error.to_string()]);
            lines.for_each(|line| output::complain(&format!("warroom: {line}")));
            Err(Exit::Usage)
        }
    }
}

/// Starts the log, in the configured directory or in the user's state directory. A console without a log still works, so
/// what went wrong is given back as a notice.
#[must_use]
pub fn start_log(settings: &Settings) -> Option<String> {
    let directory = log_directory(settings)?;
    let failed = log::start(&directory, settings.log.level.word()).err()?;
    Some(format!("no log in {}: {failed}", directory.display()))
}

/// Where log files go; `None` where there is no home.
#[must_use]
pub fn log_directory(settings: &Settings) -> Option<PathBuf> {
    let configured = settings.log.directory.clone();
    configured.or_else(|| state_directory().map(|state| state.join("warroom"))).map(|directory| directory.join("log"))
}

/// Where profiles of versions are kept; `None` where there is no home.
#[must_use]
pub fn profiles() -> Option<PathBuf> {
    state_directory().map(|state| state.join("warroom").join(profiles::NAME))
}

/// The profiles that are kept at `path`, and why they cannot be used where they cannot.
#[must_use]
pub fn stored(path: Option<&Path>) -> (Profiles, Option<String>) {
    match path.map_or_else(|| Ok(Profiles::default()), profiles::read) {
        Ok(stored) => (stored, None),
        Err(why) => (Profiles::default(), Some(why.to_string())),
    }
}

fn state_directory() -> Option<PathBuf> {
    let absolute = |name: &str| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(Path::new(".local/state"))))
}
