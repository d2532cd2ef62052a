//! `warroom demo`.

mod agent;
mod colleague;
mod desk;
mod rehearsal;

use std::{
    env, io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
};

use self::desk::Desk;
use super::{
    Common, Exit,
    console::{self, Start},
    output, setup, wall, watch,
};
use crate::{
    app::model::Mode,
    clock::Clock,
    config,
    ledger::agent::Agent,
    shell::{
        runtime::Files,
        scratch,
        terminal::{self, NoTerminal},
    },
    sim::{self, Options, People, Running, Settings, SimError, Urls, YOU},
    sources::connector::Context,
};

/// Arguments of `warroom demo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The story to play; `--list` names them.
    #[arg(long, value_name = "NAME", default_value = sim::DEFAULT_SCENARIO)]
    pub scenario: String,
    /// How many services the story `scale` has, from 20 to 5000.
    #[arg(long, value_name = "NUMBER", value_parser = services)]
    pub services: Option<usize>,
    /// List the stories.
    #[arg(long)]
    pub list: bool,
    /// How many times faster than life, from 0.1 to 100.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = speed)]
    pub speed: f64,
    /// What makes the noise: the same seed tells the same story.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
    /// A line for each change instead of the screen, as `warroom watch --plain` writes.
    #[arg(long, conflicts_with_all = ["serve", "wall"])]
    pub plain: bool,
    /// Run the simulator alone, for another warroom, kubectl, curl or a browser, until Ctrl-C.
    #[arg(long)]
    pub serve: bool,
    /// Where `--serve` listens: Prometheus here, Alertmanager on the next port, Kubernetes on the one after it.
    #[arg(long, value_name = "ADDRESS:PORT", default_value_t = LISTEN)]
    pub listen: SocketAddr,
    /// Write configuration and catalog into this directory, as a starting point.
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath, conflicts_with = "serve")]
    pub write: Option<PathBuf>,
    /// What a shared screen is asked to show.
    #[command(flatten)]
    pub wall: wall::Args,
}

const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 19_090);

fn speed(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(speed) if (0.1..=100.0).contains(&speed) => Ok(speed),
        _ => Err("write a number from 0.1 to 100".to_owned()),
    }
}

fn services(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(count) if (20..=5_000).contains(&count) => Ok(count),
        _ => Err("write a number from 20 to 5000".to_owned()),
    }
}

/// A running simulator and what a console needs to look at it. The simulator stops when this is dropped.
pub struct Prepared {
    /// The simulator.
    pub running: Running,
    /// Sources, environments and catalog.
    pub settings: Settings,
    /// The one clock of simulator and console.
    pub clock: Clock,
    /// The story's name.
    pub scenario: String,
}

/// Starts the simulator on free ports of loopback, for a console in the same program.
///
/// # Errors
/// When the story is not known or the simulator cannot start.
pub fn prepare(args: &Args) -> Result<Prepared, SimError> {
    let clock = Clock::running_from(Clock::real().now(), args.speed);
    let options =
        Options { scenario: args.scenario.clone(), services: args.services, seed: args.seed, ..Options::new(clock) };
    let running = sim::start(&options)?;
    let settings = running.settings().clone();
    Ok(Prepared { running, settings, clock, scenario: options.scenario })
}

/// Runs it.
#[must_use]
pub fn run(args: &Args, common: &Common) -> Exit {
    if args.list {
        return list();
    }
    if let Some(directory) = &args.write {
        return write(args, directory);
    }
    if args.serve {
        return serve(args);
    }
    // Before files are watched by threads that would take the signal.
    if let Err(exit) = console::hold_stops() {
        return exit;
    }
    let likings = match setup::likings(common) {
        Ok(likings) => likings,
        Err(exit) => return exit,
    };
    let term = env::var("TERM").ok();
    let better = watch::better(&likings.0, term.as_deref()).filter(|_| !args.plain && !args.wall.wall);
    let lines = args.plain || better.is_some();
    match terminal::check(term.as_deref()) {
        Err(_) if args.plain => {}
        Ok(()) | Err(NoTerminal::Dumb) if lines => {}
        Ok(()) => {}
        Err(error) => return console::refuse(&error),
    }
    if lines && let Err(exit) = console::release_stops() {
        return exit;
    }
    let prepared = match prepare(args) {
        Ok(prepared) => prepared,
        Err(error) => return failed(&error),
    };
    let mut start = start(&prepared, likings, args, common);
    match desk(&prepared) {
        Ok(desk) => {
            start.notice = desk.invitation(&prepared);
            start.ledger = Some(desk.ledger());
            start.agent = desk.agent(YOU);
            start.passed_on = vec!["--config".into(), desk.config().into()];
            if let Some(clock) = prepared.clock.written() {
                start.passed_on.extend(["--clock".into(), clock.into()]);
            }
            start.settings.ledger = desk.ledger();
            start.settings.identity.name = Some(YOU.to_owned());
        }
        Err(error) => {
            let why = format!(
                "the demo has no ledger, so nobody can tick or sign: no private directory in {} ({error})",
                env::temp_dir().display()
            );
            start.files.problems.push(why);
        }
    }
    let exit = if lines { watch::start(start, better) } else { console::start(start) };
    scratch::remove();
    exit
}

/// Where the people of the story work, at work.
fn desk(prepared: &Prepared) -> io::Result<Desk> {
    let desk = Desk::new()?;
    desk.open(prepared)?;
    Ok(desk)
}

/// What a console on the simulator is started with.
fn start(prepared: &Prepared, (likings, files): (config::Settings, Files), args: &Args, common: &Common) -> Start {
    let simulated = &prepared.settings;
    Start {
        settings: config::Settings {
            look: likings.look,
            console: likings.console,
            keys: likings.keys,
            accessibility: likings.accessibility,
            terminal: likings.terminal,
            identity: likings.identity,
            log: likings.log,
            ..simulated.settings.clone()
        },
        catalog: Arc::new(simulated.catalog.clone()),
        config_path: None,
        files,
        places: Vec::new(),
        mode: Mode::Demo { scenario: prepared.scenario.clone(), speed: args.speed },
        clock: prepared.clock,
        context: Context::new(prepared.clock, false),
        ledger: None,
        profiles: None,
        agent: Agent::at(None),
        passed_on: Vec::new(),
        notice: None,
        color: common.color,
        read_only: common.read_only,
        wall: args.wall.wall(prepared.clock.now()),
        paint: None,
    }
}

fn failed(error: &dyn std::error::Error) -> Exit {
    output::complain(&format!("warroom: {error}"));
    Exit::Usage
}

fn list() -> Exit {
    match sim::scenarios() {
        Ok(scenarios) => {
            let width = scenarios.iter().map(|scenario| scenario.name.len()).max().unwrap_or(0);
            for scenario in scenarios {
                let default = if scenario.name == sim::DEFAULT_SCENARIO { " (default)" } else { "" };
                output::print(&format!("{:width$}  {}{default}", scenario.name, scenario.title));
            }
            Exit::Ok
        }
        Err(error) => failed(&error),
    }
}

/// The three addresses of `--listen`: the port and the two after it, or any free ones for port 0.
fn addresses(listen: SocketAddr) -> [SocketAddr; 3] {
    [0, 1, 2].map(|index| {
        let port = if listen.port() == 0 { 0 } else { listen.port().saturating_add(index) };
        SocketAddr::new(listen.ip(), port)
    })
}

fn write(args: &Args, directory: &Path) -> Exit {
    let [prometheus, alertmanager, kubernetes] =
        addresses(args.listen).map(|address| format!("http://{address}/").parse());
    let (Ok(prometheus), Ok(alertmanager), Ok(kubernetes)) = (prometheus, alertmanager, kubernetes) else {
        output::complain(&format!("warroom: {} cannot stand in a URL", args.listen));
        return Exit::Usage;
    };
    let urls = Urls { prometheus, alertmanager, kubernetes };
    let people = match People::new() {
        Ok(people) => people,
        Err(error) => return failed(&error),
    };
    let written = sim::write(directory, &args.scenario, args.services, &urls, Clock::real().now(), &people)
        .and_then(|paths| Ok([paths, sim::write_keys(directory, &people)?].concat()));
    match written {
        Ok(paths) => {
            for path in &paths {
                output::print(&format!("wrote {}", path.display()));
            }
            let config = directory.join("config.toml");
            output::print(&format!(
                "\nNow: warroom demo --serve    in one terminal\nand: warroom --config {}    in another.",
                config.display()
            ));
            let key = directory.join("keys/demo-key-you");
            output::print(&format!(
                "To sign there as `you`: ssh-add {} (a key for nothing but this demo).",
                key.display()
            ));
            output::print("Then put the URLs of your own systems into it.");
            Exit::Ok
        }
        Err(error) => failed(&error),
    }
}

fn serve(args: &Args) -> Exit {
    let clock = Clock::running_from(Clock::real().now(), args.speed);
    let options = Options {
        scenario: args.scenario.clone(),
        services: args.services,
        seed: args.seed,
        clock,
        start: None,
        people: None,
        addresses: addresses(args.listen),
    };
    let running = match sim::start(&options) {
        Ok(running) => running,
        Err(error) => return failed(&error),
    };
    let urls = running.urls();
    let (prometheus, alertmanager, kubernetes) =
        (&urls.prometheus, &urls.alertmanager, urls.kubernetes.as_str().trim_end_matches('/'));
    output::print(&format!(
        "The story `{}` runs at speed {}. Ctrl-C ends it.\n
Prometheus    {prometheus}
Alertmanager  {alertmanager}
Kubernetes    {kubernetes}\n
warroom --prometheus {prometheus} --alertmanager {alertmanager}
warroom demo --write DIR, then warroom --config DIR/config.toml
kubectl --server={kubernetes} get rollouts -A -w
curl '{prometheus}api/v1/query?query=up'",
        args.scenario, args.speed,
    ));
    wait_for_signal()
}

/// Waits until somebody ends the program.
fn wait_for_signal() -> Exit {
    use signal_hook::{consts::TERM_SIGNALS, iterator::Signals};
    match Signals::new(TERM_SIGNALS) {
        Ok(mut signals) => {
            let _ = signals.forever().next();
            Exit::Ok
        }
        Err(error) => failed(&error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speed_is_between_a_tenth_and_a_hundred() {
        assert_eq!(speed("10"), Ok(10.0));
        for wrong in ["0", "0.05", "101", "fast", "NaN", "-1"] {
            assert!(speed(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_servers_take_three_ports_in_a_row_or_any() {
        assert_eq!(addresses(LISTEN).map(|address| address.port()), [19_090, 19_091, 19_092]);
        assert_eq!(addresses(SocketAddr::new(LISTEN.ip(), 0)).map(|address| address.port()), [0, 0, 0]);
    }
}
