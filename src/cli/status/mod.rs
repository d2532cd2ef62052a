//! `warroom status`: one look at everything, for people in a hurry and for scripts.

mod analyses;
mod breaker;
mod json;
mod policies;
mod readiness;
mod reviews;
mod risk;
mod text;
mod verdict;

use std::{collections::BTreeMap, path::PathBuf, sync::Arc};

use self::{readiness::Readiness, reviews::Reviews};
use super::{Common, Exit, console, load, output, setup};
use crate::{
    clock::Clock,
    config::Loaded,
    domain::{
        alert::{AlertState, Severity},
        breaker::countdown::Countdown,
        canary::analysis::Analysis,
        demand::Demand,
        level::Level,
        picture::{JoinedAlert, Picture, SourceView},
        release::{Release, ReleaseId},
        slo::status::SloStatus,
        time::Span,
        verdict::{Verdict, computed::Computed},
    },
    ledger::reading::Reading,
    sources::{connection, connector::Context, schedule},
};

/// How long all of it may take.
const DEADLINE: Span = Span::from_secs(20);
/// So long somebody who decides waits for what is computed: a no-go is recorded soon, whatever hangs.
const BESIDE: Span = Span::from_secs(5);

/// Arguments of `warroom status`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Exit codes: 0 all is well, 1 something is bad, 2 it cannot run, 3 something is not known.")]
pub struct Args {
    /// Only this release, by identifier or name.
    pub release: Option<String>,
    /// Print JSON; `docs/json.md` tells its shape.
    #[arg(long)]
    pub json: bool,
    /// Tell the state by the exit code. It always does; the flag says so in scripts.
    #[arg(long)]
    pub exit_code: bool,
}

/// Asks every source once and prints the picture.
#[must_use]
pub fn run(args: &Args, common: &Common) -> Exit {
    let loaded = match load::load(common) {
        Ok(loaded) => loaded,
        Err(exit) => return exit,
    };
    if loaded.settings.sources.is_empty() {
        output::complain(&nothing_configured(&loaded.places, "status"));
        return Exit::Usage;
    }
    let picture = match look(&loaded, DEADLINE) {
        Ok(picture) => picture,
        Err(exit) => return exit,
    };
    let (ledger, reading) = readiness::read(&loaded);
    let verdicts = verdict::of(&loaded, &picture, (&ledger, &reading));
    let countdowns = breaker::of(&reading);
    let part = match &args.release {
        None => Part { reviews: Reviews::of(&ledger, &reading, None), verdicts, countdowns, ..Part::whole(&picture) },
        Some(wanted) => match Part::of(&picture, wanted) {
            Ok(part) => {
                let release = part.releases.first().copied();
                let reviews = Reviews::of(&ledger, &reading, release);
                let readiness = readiness::of(&loaded, (ledger, &reading), part.releases.first(), picture.at);
                Part { readiness, reviews, verdicts, countdowns, ..part }
            }
            Err(problem) => {
                output::complain(&format!("warroom: {problem}"));
                return if unknown_sources(&picture) { Exit::Unknown } else { Exit::No };
            }
        },
    };
    let exit = part.exit();
    output::print(&if args.json { json::write(&part, exit) } else { text::write(&part) });
    exit
}

/// What `warroom COMMAND` says where there is nobody to ask.
pub(super) fn nothing_configured(places: &[PathBuf], command: &str) -> String {
    let places: Vec<String> = places.iter().map(|place| format!("  {}", place.display())).collect();
    format!(
        "warroom: no source is configured. Write one of these files (`warroom demo --write DIR` makes a starting point):\n{}\n\
         or name the sources: warroom {command} --prometheus URL --context NAME",
        places.join("\n")
    )
}

/// Asks every feed of every source once, and about canaries.
fn look(loaded: &Loaded, deadline: Span) -> Result<Picture, Exit> {
    let runtime = console::runtime()?;
    let clock = Clock::real();
    let connections = connection::build(&loaded.settings.sources, &Context::new(clock, true));
    let demand = Demand { catalog: Arc::clone(&loaded.catalog), ..Demand::default() };
    let (profiles, unusable) = setup::stored(setup::profiles().as_deref());
    if let Some(why) = unusable {
        output::complain(&format!("warroom: {why}"));
    }
    let picture = runtime.block_on(schedule::picture(&connections, clock, &demand, profiles, deadline));
    runtime.shutdown_background();
    Ok(picture)
}

/// The verdict on `release` by one look at every source; `None` where there is none on it, or no source to look at.
pub(super) fn computed(loaded: &Loaded, reading: &Reading, release: &str) -> Option<Computed> {
    if loaded.settings.sources.is_empty() {
        return None;
    }
    let picture = look(loaded, BESIDE).ok()?;
    let verdicts = verdict::of(loaded, &picture, (&readiness::Ledger::Read, reading));
    verdicts.get(release).map(Computed::of)
}

/// What was asked for: everything, or one release and what belongs to it.
pub(super) struct Part<'a> {
    picture: &'a Picture,
    releases: Vec<&'a Release>,
    slos: Vec<&'a SloStatus>,
    alerts: Vec<&'a JoinedAlert>,
    sources: Vec<&'a SourceView>,
    /// Of the one release that was asked for.
    readiness: Option<Readiness>,
    /// What was run without its approvals, and nobody looked at afterwards.
    reviews: Reviews,
    /// On every release that is going somewhere.
    verdicts: BTreeMap<ReleaseId, Verdict>,
    /// The newest countdown of the circuit breaker of each release.
    countdowns: BTreeMap<ReleaseId, Countdown>,
}

impl<'a> Part<'a> {
    pub(super) fn whole(picture: &'a Picture) -> Self {
        Self {
            picture,
            releases: picture.releases.iter().collect(),
            slos: picture.slos.iter().collect(),
            alerts: picture.alerts.iter().collect(),
            sources: picture.sources.iter().collect(),
            readiness: None,
            reviews: Reviews::default(),
            verdicts: BTreeMap::new(),
            countdowns: BTreeMap::new(),
        }
    }

    /// The comparisons of the releases.
    fn analyses(&self) -> impl Iterator<Item = &'a Analysis> {
        let ours = |one: &&Analysis| self.releases.iter().any(|release| release.id == one.release);
        self.picture.analyses.iter().filter(ours)
    }

    /// `BAD: 2 releases, 12 SLOs, 1 alert, 3 sources`.
    pub(super) fn headline(&self) -> String {
        text::headline(self)
    }

    fn of(picture: &'a Picture, wanted: &str) -> Result<Self, String> {
        let release = named(picture, wanted)?;
        Ok(Self {
            releases: vec![release],
            slos: crate::app::rows::slos_of(picture, release).collect(),
            alerts: crate::app::rows::alerts_of(picture, release).collect(),
            ..Self::whole(picture)
        })
    }
    /// Bad when anything is known to be; unknown when anything that it rests on is; well otherwise, as long as there is
    /// anything to be well.
    fn exit(&self) -> Exit {
        let releases = self.releases.iter().map(|release| release.level);
        let slos = self.slos.iter().map(|slo| slo.level);
        let worst = Level::worst(releases.chain(slos), Level::Ok);
        let pages = self.alerts.iter().any(|joined| {
            !joined.stale && joined.alert.state == AlertState::Active && joined.alert.severity() == Severity::Page
        });
        if worst == Level::Bad || pages {
            Exit::No
        } else if worst == Level::Unknown || unknown_sources(self.picture) {
            Exit::Unknown
        } else {
            Exit::Ok
        }
    }
}

/// The release that `wanted` means: its identifier or name, or a part of it that no other one has.
pub(super) fn named<'a>(picture: &'a Picture, wanted: &str) -> Result<&'a Release, String> {
    let exact = |release: &&Release| release.id == wanted || release.name == wanted;
    let close = |release: &&Release| release.id.contains(wanted) || release.name.contains(wanted);
    let mut found: Vec<&Release> = picture.releases.iter().filter(exact).collect();
    if found.is_empty() {
        found = picture.releases.iter().filter(close).collect();
    }
    let names = |releases: &[&Release]| releases.iter().map(|release| release.id.clone()).collect::<Vec<_>>();
    match found.as_slice() {
        [release] => Ok(release),
        [] => {
            let all: Vec<&Release> = picture.releases.iter().collect();
            let known = if all.is_empty() { "there is none".to_owned() } else { names(&all).join(", ") };
            Err(format!("no release `{wanted}`; known: {known}"))
        }
        several => Err(format!("`{wanted}` may be {}: type more of it", names(several).join(" or "))),
    }
}

/// Whether a source does not say what it should. What a source is not able to say is no proof that anything is bad.
fn unknown_sources(picture: &Picture) -> bool {
    picture.sources.iter().any(|source| source.level >= Level::Unknown)
}

/// The word for an exit code.
const fn word(exit: Exit) -> &'static str {
    match exit {
        Exit::Ok => "OK",
        Exit::No => "BAD",
        Exit::Unknown | Exit::Usage => "UNKNOWN",
    }
}
