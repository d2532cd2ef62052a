//! `warroom waive`: exceptions from items of a checklist, with an end.

use super::{
    Common, Exit,
    readiness::{
        Room,
        elsewhere::{self, Elsewhere},
        record::{self, How},
    },
    refusal::Refusal,
    sign::unsigned,
};
use crate::domain::{
    ledger::signature::Meaning,
    readiness::{act::Act, statement::About},
    time::{Span, Timestamp},
};

/// Arguments of `warroom waive`.
#[derive(Debug, clap::Args)]
#[command(after_help = super::readiness::EXIT_CODES)]
pub struct Args {
    /// The release, by its identifier.
    #[arg(value_name = "RELEASE", required_unless_present = "apply", conflicts_with = "apply")]
    release: Option<String>,
    /// The item of its checklist; `calendar/NAME` for an entry of the calendar, `policy/ID` for a denial of a policy.
    #[arg(value_name = "ITEM", required_unless_present = "apply", conflicts_with = "apply")]
    item: Option<String>,
    /// Why, in your words. Every screen shows it until the waiver lapses.
    #[arg(long, value_name = "TEXT", required_unless_present = "apply", conflicts_with = "apply")]
    reason: Option<String>,
    /// The role in which you say it; needed when several of yours may waive.
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    /// Until when it holds: 2026-11-20T18:00:00Z.
    #[arg(long, value_name = "TIME", conflicts_with = "holds")]
    until: Option<Timestamp>,
    /// How long it holds: 4h.
    #[arg(long = "for", id = "holds", value_name = "DURATION")]
    holds: Option<Span>,
    /// End a waiver before its time.
    #[arg(long, conflicts_with_all = ["until", "holds"])]
    revoke: bool,
    /// Only if this is what goes out: the subject that `checklist show` prints, or its first digits. Nothing is asked then.
    #[arg(long, value_name = "HASH")]
    subject: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    /// Where the key is not here.
    #[command(flatten)]
    elsewhere: Elsewhere,
}

/// Waives.
#[must_use]
pub fn run(args: &Args, common: &Common) -> Exit {
    waive(args, common).unwrap_or_else(Refusal::end)
}

fn waive(args: &Args, common: &Common) -> Result<Exit, Refusal> {
    record::allowed(common)?;
    if let Some(path) = &args.elsewhere.apply {
        return elsewhere::apply(path, &args.elsewhere, (Meaning::Waiver, false), common, args.json);
    }
    if !args.revoke && args.until.is_none() && args.holds.is_none() {
        return Err(Refusal::usage("a waiver has an end: say it with `--for 4h` or `--until 2026-11-20T18:00:00Z`"));
    }
    let (release, item) = (args.release.as_deref().unwrap_or_default(), args.item.as_deref().unwrap_or_default());
    let room = Room::open(common)?;
    let rules = room.rules(release)?;
    let end = args.holds.map(|span| room.now.checked_add_signed(span.delta()).unwrap_or(Timestamp::MAX_UTC));
    let about = About::Waiver {
        item,
        granted: !args.revoke,
        role: args.role.as_deref().unwrap_or_default(),
        reason: args.reason.as_deref().unwrap_or_default(),
        expires: args.until.or(end),
    };
    let how =
        How { elsewhere: args.elsewhere.clone(), subject: args.subject.as_deref(), json: args.json, command: "waive" };
    record::act(&Act::Signed(unsigned(release, rules.subject, room.now, about)), &room, &rules, &how)
}
