//! `warroom` without a command: the console.

use std::{env, ffi::OsString, path::PathBuf, sync::Arc};

use super::{Color, Common, Exit, load, output, setup, wall, watch};
use crate::{
    app::{
        model::{Mode, Model},
        msg::Msg,
        update,
        wall::Wall,
    },
    clock::Clock,
    config::{self, Settings, schema::ledger::Ledger, watch::Pace},
    domain::{catalog::Catalog, room::Room},
    ledger::agent::Agent,
    runbook::{place, resolve::Resolver},
    shell::{
        alarm::Alarm,
        clipboard::Between,
        console::{Console, Paint},
        inbox::Inbox,
        ledger::Following,
        link::Link,
        operator::Operator,
        paint,
        policies::{Bench, Policies},
        profiles::Keeper,
        recorder::Recorder,
        runtime::{self, Asking, Files, Sources},
        signals,
        tail::Tail,
        terminal::{self, NoTerminal},
    },
    sources::{
        connection::{self, Connection},
        connector::Context,
    },
};

/// Runs the console on the configured sources.
#[must_use]
pub fn run(common: &Common, wall: &wall::Args) -> Exit {
    open(common, wall, None)
}

/// Runs the console and fails at its third frame.
///
/// # Panics
/// That is what it is for; it is not in a release build.
#[cfg(debug_assertions)]
#[must_use]
pub fn panic(common: &Common) -> Exit {
    let mut frames = 0;
    open(
        common,
        &wall::Args::default(),
        Some(Box::new(move |_, buffer| {
            frames += 1;
            buffer.set_string(0, 0, format!("frame {frames}"), ratatui::style::Style::new());
            assert!(frames < 3, "asked to panic");
        })),
    )
}

/// What a console is started with.
pub struct Start {
    /// The settings.
    pub settings: Settings,
    /// The catalog.
    pub catalog: Arc<Catalog>,
    /// The settings file that was read last, and wins.
    pub config_path: Option<PathBuf>,
    /// Where settings files were looked for.
    pub places: Vec<PathBuf>,
    /// What the header says first.
    pub mode: Mode,
    /// Its clock.
    pub clock: Clock,
    /// What its connectors are built from.
    pub context: Context,
    /// What the files say from now on.
    pub files: Files,
    /// The ledger that it follows; `None` where there is none.
    pub ledger: Option<Ledger>,
    /// Where profiles of versions are kept; `None` where there is no place for them.
    pub profiles: Option<PathBuf>,
    /// Who signs for the person in front of it.
    pub agent: Agent,
    /// The arguments that lead a worker to the same settings.
    pub passed_on: Vec<OsString>,
    /// What it says first.
    pub notice: Option<String>,
    /// `--color`.
    pub color: Option<Color>,
    /// `--read-only`.
    pub read_only: bool,
    /// The wall that it hangs on.
    pub wall: Option<Wall>,
    /// What draws, where it is not the theme.
    pub paint: Option<Paint>,
}

fn open(common: &Common, wall: &wall::Args, paint: Option<Paint>) -> Exit {
    match terminal::check(env::var("TERM").ok().as_deref()) {
        Ok(()) => {}
        Err(why @ NoTerminal::Dumb) if !wall.wall => return watch::open(common, Some(&why.short())),
        Err(error) => return refuse(&error),
    }
    // Before files are watched by threads that would take the signal.
    if let Err(exit) = hold_stops() {
        return exit;
    }
    let loaded = match load::load(common) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    let better = watch::better(&loaded.settings, None).filter(|_| !wall.wall && !loaded.settings.sources.is_empty());
    if let Some(why) = better {
        if let Err(exit) = release_stops() {
            return exit;
        }
        return watch::start(prepare(common, loaded), Some(why));
    }
    let clock = Clock::real();
    start(Start { wall: wall.wall(clock.now()), paint, ..prepare(common, loaded) })
}

/// What the configured sources are looked at with. From now on files are watched.
#[must_use]
pub fn prepare(common: &Common, loaded: config::Loaded) -> Start {
    let watching = config::watch::watch(load::options(common), &loaded, Pace::default());
    let clock = Clock::real();
    Start {
        ledger: Some(loaded.settings.ledger.clone()),
        profiles: setup::profiles(),
        agent: Agent::own(),
        passed_on: common.passed_on(),
        notice: None,
        settings: loaded.settings,
        catalog: loaded.catalog,
        config_path: loaded.files.last().cloned(),
        places: loaded.places,
        mode: Mode::ReadOnly,
        clock,
        context: Context::new(clock, true),
        files: Files {
            watch: watching.ok(),
            namespaces: common.namespaces.clone(),
            problems: loaded.warnings.lines(),
            catalog: loaded.catalog_dir,
            themes: loaded.themes,
            look_alone: false,
        },
        color: common.color,
        read_only: common.read_only,
        wall: None,
        paint: None,
    }
}

/// Says why no console can run here.
#[must_use]
pub fn refuse(error: &NoTerminal) -> Exit {
    output::complain(&format!("warroom: {error}"));
    Exit::Usage
}

/// Leaves Ctrl-Z to the console: to be called before anything starts a thread.
///
/// # Errors
/// With the exit code, when it cannot be done; that was told then.
pub fn hold_stops() -> Result<(), Exit> {
    signals::hold_stops().map_err(|error| refuse(&NoTerminal::Modes(error)))
}

/// Gives Ctrl-Z back to the system, where it turns out that no console comes.
///
/// # Errors
/// With the exit code, when that is not possible; that was told then.
pub fn release_stops() -> Result<(), Exit> {
    signals::release_stops().map_err(|error| refuse(&NoTerminal::Modes(error)))
}

/// The runtime of a command.
///
/// # Errors
/// With the exit code, when it cannot be started; that was told then.
pub fn runtime() -> Result<tokio::runtime::Runtime, Exit> {
    runtime::start().map_err(|error| {
        output::complain(&format!("warroom: no threads can be started: {error}"));
        Exit::Usage
    })
}

/// Runs a console until somebody quits.
#[must_use]
pub fn start(start: Start) -> Exit {
    let settings = &start.settings;
    let (wardrobe, broken_themes) = match setup::wardrobe(&start) {
        Ok(made) => made,
        Err(exit) => return exit,
    };
    let runtime = match runtime() {
        Ok(runtime) => runtime,
        Err(exit) => return exit,
    };
    let clock = start.clock;
    let inbox = Arc::new(Inbox::default());
    if let Some(notice) = setup::start_log(settings) {
        inbox.tell(clock.now(), Msg::Notice(notice));
    }
    if let Some(notice) = &start.notice {
        inbox.tell(clock.now(), Msg::Notice(notice.clone()));
    }
    let problems = [broken_themes, start.files.problems.clone()].concat();
    if !problems.is_empty() {
        inbox.tell(clock.now(), Msg::ConfigProblems(problems));
    }
    let connections = connection::build(&settings.sources, &start.context);
    let specs = connections.iter().map(Connection::spec).collect();
    let (profiles, unusable) = setup::stored(start.profiles.as_deref());
    if let Some(why) = unusable {
        inbox.tell(clock.now(), Msg::Notice(why));
    }
    let room = Room { profiles, ..Room::new(Arc::clone(&start.catalog), specs) };
    let setup = setup::of_model(&start, &wardrobe, clock.now());
    let mut model = Model::new(setup, room, clock.now());
    model.ui.wall.clone_from(&start.wall);
    model.ui.low_bandwidth = settings.look.low_bandwidth;
    let demand = update::demand(&model);
    let wardrobe = Arc::new(wardrobe);
    let paint = start.paint.unwrap_or_else(|| paint::painter(Arc::clone(&wardrobe)));
    let agent = start.agent.clone();
    let resolver = Resolver::new(&settings.sources, &start.context);
    let bench = Bench::new(&settings.policy, &start.context);
    let asking = Asking {
        clock,
        inbox: Arc::clone(&inbox),
        context: start.context,
        sources: settings.sources.clone(),
        wardrobe,
        files: start.files,
    };
    let signers = start.catalog.signers.clone();
    let writes = model.setup.read_only.is_none() && start.wall.is_none();
    let recorder = start
        .ledger
        .clone()
        .filter(|_| writes)
        .map(|settings| Recorder::new(runtime.handle().clone(), settings, start.agent, clock, Arc::clone(&inbox)));
    let operator = start.ledger.clone().filter(|_| writes).map(|settings| {
        let ledger = (settings, start.passed_on);
        Operator::new(runtime.handle().clone(), ledger, (resolver, agent), clock, Arc::clone(&inbox))
    });
    let tail = start
        .ledger
        .as_ref()
        .and_then(|settings| place::all(settings).ok())
        .map(|runs| Tail::start(runtime.handle(), runs, clock, Arc::clone(&inbox)));
    let ledger = start.ledger.map(|settings| Following::start(settings, signers, clock, Arc::clone(&inbox)));
    let policies = Policies::start(bench, runtime.handle().clone(), clock, Arc::clone(&inbox));
    let keeper = start.profiles.and_then(|path| Keeper::start(path, clock, Arc::clone(&inbox)).ok());
    let console = Console {
        model,
        clock,
        inbox,
        ledger,
        recorder,
        operator,
        tail,
        policies,
        keeper,
        feeds: Box::new(Sources::start(&runtime, connections, &demand, asking)),
        paint,
        between: Between::of(|name| env::var(name).ok()),
        over_ssh: ["SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"].iter().any(|name| env::var_os(name).is_some()),
        link: env::var("SSH_CONNECTION").ok().and_then(|connection| Link::of(&connection)),
        mouse: settings.terminal.mouse && start.wall.is_none(),
        alarm: Alarm { bell: settings.terminal.bell, notifications: settings.terminal.notifications },
        directory: env::current_dir().unwrap_or_else(|_| PathBuf::from(".")),
    };
    let ended = console.run();
    // Questions under way are nobody's any more.
    runtime.shutdown_background();
    match ended {
        Ok(()) => Exit::Ok,
        Err(error) => {
            output::complain(&format!("warroom: {error}"));
            Exit::Usage
        }
    }
}
