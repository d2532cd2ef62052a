//! `warroom checklist tick`, `untick` and `note`.

use crate::{
    cli::{
        Common, Exit,
        readiness::{
            EXIT_CODES, Room,
            elsewhere::{self, Elsewhere},
            record::{self, How},
        },
        refusal::Refusal,
        sign::unsigned,
    },
    domain::{
        ledger::signature::Meaning,
        readiness::{
            act::Act,
            statement::{About, Ticked},
        },
    },
};

/// Arguments of `warroom checklist tick`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct TickArgs {
    /// The release, by its identifier.
    #[arg(value_name = "RELEASE", required_unless_present = "apply", conflicts_with = "apply")]
    release: Option<String>,
    /// The item of its checklist.
    #[arg(value_name = "ITEM", required_unless_present = "apply", conflicts_with = "apply")]
    item: Option<String>,
    /// Say that it does not hold.
    #[arg(long, conflicts_with = "not_applicable")]
    fail: bool,
    /// Say that it does not apply to this release.
    #[arg(long)]
    not_applicable: bool,
    /// In your words. It is recorded and not signed.
    #[arg(long, value_name = "TEXT", conflicts_with_all = ["print", "apply"])]
    note: Option<String>,
    /// Sign it with your key. Items that demand a signature stay open without.
    #[arg(long)]
    sign: bool,
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

/// Arguments of `warroom checklist untick`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub struct UntickArgs {
    /// The release, by its identifier.
    #[arg(value_name = "RELEASE")]
    release: String,
    /// The item of its checklist.
    #[arg(value_name = "ITEM")]
    item: String,
    /// In your words.
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Arguments of `warroom checklist note`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXIT_CODES)]
pub struct NoteArgs {
    /// The release, by its identifier.
    #[arg(value_name = "RELEASE")]
    release: String,
    /// In your words.
    #[arg(value_name = "TEXT")]
    text: String,
    /// The item that it is about; the whole release when left out.
    #[arg(long, value_name = "ITEM")]
    item: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn tick(args: &TickArgs, common: &Common) -> Result<Exit, Refusal> {
    record::allowed(common)?;
    if let Some(path) = &args.elsewhere.apply {
        return elsewhere::apply(path, &args.elsewhere, (Meaning::Signoff, true), common, args.json);
    }
    let (release, item) = (args.release.as_deref().unwrap_or_default(), args.item.as_deref().unwrap_or_default());
    let room = Room::open(common)?;
    let rules = room.rules(release)?;
    let state = match (args.fail, args.not_applicable) {
        (true, _) => Ticked::Fail,
        (_, true) => Ticked::NotApplicable,
        _ => Ticked::Pass,
    };
    let digest = rules.checklist.digest;
    let about = About::Tick { item, state, checklist: digest };
    let signed = (args.sign || args.elsewhere.print).then(|| unsigned(release, rules.subject, room.now, about));
    let note = args.note.as_deref();
    let act = Act::Tick { item, state, checklist: &rules.checklist.name, digest, subject: rules.subject, note, signed };
    let how = How {
        elsewhere: args.elsewhere.clone(),
        subject: args.subject.as_deref(),
        json: args.json,
        command: "checklist tick",
    };
    record::act(&act, &room, &rules, &how)
}

pub(super) fn untick(args: &UntickArgs, common: &Common) -> Result<Exit, Refusal> {
    let act = Act::Untick { item: &args.item, note: args.note.as_deref() };
    plain(&act, &args.release, common, args.json)
}

pub(super) fn note(args: &NoteArgs, common: &Common) -> Result<Exit, Refusal> {
    let act = Act::Note { item: args.item.as_deref(), note: &args.text };
    plain(&act, &args.release, common, args.json)
}

fn plain(act: &Act<'_>, release: &str, common: &Common, json: bool) -> Result<Exit, Refusal> {
    record::allowed(common)?;
    let room = Room::open(common)?;
    record::act(act, &room, &room.rules(release)?, &How { json, ..How::default() })
}
