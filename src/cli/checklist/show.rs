//! `warroom checklist show` and `run`.

use std::{collections::BTreeMap, str::FromStr};

use super::{json, list, text};
use crate::{
    cli::{
        Common, Exit, console, output,
        readiness::{Room, preview},
        refusal::Refusal,
    },
    clock::Clock,
    domain::{
        checklist::{
            Item,
            state::{Evidence, ItemState},
        },
        readiness::{
            next::Next,
            rules::{Breach, Rules},
            standing::Standing,
        },
    },
    sources::{
        checks::{Checks, Subject},
        connector::Context,
    },
};

const CODES: &str = "Exit codes: 0 complete, 1 not complete, 2 there is no such release or item, or it cannot run, 3 only what is not known is in the way.";

/// Arguments of `warroom checklist show`.
#[derive(Debug, clap::Args)]
#[command(after_help = CODES)]
pub struct Args {
    /// The release, by its identifier; all that have a checklist when left out.
    #[arg(value_name = "RELEASE")]
    release: Option<String>,
    /// How it is printed.
    #[command(flatten)]
    form: Form,
}

/// Arguments of `warroom checklist run`.
#[derive(Debug, clap::Args)]
#[command(after_help = CODES)]
pub struct RunArgs {
    /// The release, by its identifier.
    #[arg(value_name = "RELEASE")]
    release: String,
    /// Look at this item alone.
    #[arg(long, value_name = "ITEM")]
    item: Option<String>,
    /// How it is printed.
    #[command(flatten)]
    form: Form,
}

/// How a standing is printed.
#[derive(Clone, Copy, Debug, clap::Args)]
struct Form {
    /// What it must be complete for: `start`, `25%` of traffic, `done`, `rolled-back`.
    #[arg(long, value_name = "STEP", default_value = "done")]
    before: Before,
    /// Print JSON; `docs/json.md` tells its shape.
    #[arg(long)]
    json: bool,
}

/// A step of a release that a checklist is held against.
#[derive(Clone, Copy, Debug)]
struct Before(Next);

impl FromStr for Before {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let share =
            text.strip_suffix('%').and_then(|share| share.parse().ok()).filter(|share| (1..=100).contains(share));
        match (text, share) {
            ("start", _) => Ok(Self(Next::Start)),
            ("done", _) => Ok(Self(Next::Done)),
            ("rolled-back", _) => Ok(Self(Next::RolledBack)),
            (_, Some(share)) => Ok(Self(Next::Traffic(share))),
            _ => Err("write start, a share of traffic such as 25%, done or rolled-back".to_owned()),
        }
    }
}

/// A release, and how it stands.
pub(super) struct Shown<'a> {
    pub(super) room: &'a Room,
    pub(super) rules: Rules<'a>,
    pub(super) standing: Standing,
    pub(super) parts: String,
    pub(super) exit: Exit,
}

pub(super) fn show(args: &Args, common: &Common) -> Result<Exit, Refusal> {
    let room = Room::open(common)?;
    match &args.release {
        Some(release) => print(&room, release, &BTreeMap::new(), args.form),
        None => list::print(&room, args.form.before.0, args.form.json),
    }
}

pub(super) fn run(args: &RunArgs, common: &Common) -> Result<Exit, Refusal> {
    let mut room = Room::open(common)?;
    let rules = room.rules(&args.release)?;
    if let Some(wanted) = &args.item {
        let item = rules
            .checklist
            .item(wanted)
            .ok_or_else(|| Breach::NoItem { checklist: rules.checklist.name.clone(), item: wanted.clone() })?;
        if item.check.is_manual() {
            return Err(Refusal::usage(format!(
                "only a person can tell of {wanted}: `warroom checklist tick` says it"
            )));
        }
    }
    let items = rules.checklist.items().filter(|item| args.item.as_ref().is_none_or(|wanted| item.id == *wanted));
    let evidence = look(&room, &rules, items)?;
    room.now = Clock::real().now();
    print(&room, &args.release, &evidence, args.form)
}

/// Looks once at the automatic ones of `items`, each within its time.
fn look<'a>(
    room: &Room,
    rules: &Rules<'_>,
    items: impl Iterator<Item = &'a Item>,
) -> Result<BTreeMap<String, Evidence>, Refusal> {
    let directory = room.loaded.catalog_dir.clone().unwrap_or_default();
    let context = Context::new(Clock::real(), true);
    let checks = Checks::new(room.loaded.settings.sources.clone(), directory, context);
    let subject = Subject { catalog: &room.loaded.catalog, release: room.file(rules)? };
    let runtime = console::runtime().map_err(|exit| Refusal { exit, told: "nothing was looked at".to_owned() })?;
    let looked = runtime.block_on(checks.look_at_all(items, subject));
    runtime.shutdown_background();
    let about = Some(rules.subject);
    Ok(looked.into_iter().map(|(id, evidence)| (id.to_owned(), Evidence { subject: about, ..evidence })).collect())
}

fn print(room: &Room, release: &str, evidence: &BTreeMap<String, Evidence>, form: Form) -> Result<Exit, Refusal> {
    let rules = room.rules(release)?;
    let standing = room.standing(&rules, form.before.0, evidence)?;
    let exit = exit(&standing, room);
    let shown = Shown { room, rules, standing, parts: preview::parts(room, &rules)?, exit };
    output::print(&if form.json { output::json(&json::write(&shown)) } else { text::write(&shown) });
    Ok(exit)
}

/// Complete when nothing is in the way; not known when only what is not known is, or when the ledger is damaged.
pub(super) fn exit(standing: &Standing, room: &Room) -> Exit {
    let unknown = |state: ItemState| matches!(state, ItemState::Unknown | ItemState::Stale);
    match () {
        () if standing.blocks.iter().any(|block| !unknown(block.state)) => Exit::No,
        () if !standing.blocks.is_empty() || standing.progress.total == 0 => Exit::Unknown,
        () if room.reading.damage.is_some() => Exit::Unknown,
        () => Exit::Ok,
    }
}

/// The word for an exit code.
pub(super) const fn word(exit: Exit) -> &'static str {
    match exit {
        Exit::Ok => "COMPLETE",
        Exit::No => "NOT COMPLETE",
        Exit::Unknown | Exit::Usage => "UNKNOWN",
    }
}
