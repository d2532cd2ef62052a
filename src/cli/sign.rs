//! `warroom sign`: sign-offs of a release.

use super::{
    Common, Exit,
    readiness::{
        Room,
        elsewhere::{self, Elsewhere},
        record::{self, How},
    },
    refusal::Refusal,
};
use crate::domain::{
    ledger::{hash::Hash, signature::Meaning},
    readiness::{
        act::Act,
        statement::{About, Statement, Vote},
    },
};

/// Arguments of `warroom sign`.
#[derive(Debug, clap::Args)]
#[command(after_help = super::readiness::EXIT_CODES)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Args {
    /// The release, by its identifier.
    #[arg(value_name = "RELEASE", required_unless_present = "apply", conflicts_with = "apply")]
    release: Option<String>,
    /// The sign-off of its checklist; `emergency` for an emergency release whose checklist has none for it; `policy/ROLE` for an
    /// approval that a policy asks for.
    #[arg(value_name = "SIGNOFF", required_unless_present = "apply", conflicts_with = "apply")]
    signoff: Option<String>,
    /// The role in which you say it; needed when several of yours fit.
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,
    /// Say no. It holds until you withdraw it, or until what goes out changes. Needs a reason.
    #[arg(long, conflicts_with_all = ["withdraw", "request"], requires = "reason")]
    deny: bool,
    /// Take back what you said before.
    #[arg(long, conflicts_with = "request")]
    withdraw: bool,
    /// Ask others for it: from now on it is measured how long they take.
    #[arg(long, conflicts_with_all = ["role", "reason", "print", "subject"])]
    request: bool,
    /// Why, in your words.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
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

/// Signs.
#[must_use]
pub fn run(args: &Args, common: &Common) -> Exit {
    sign(args, common).unwrap_or_else(Refusal::end)
}

fn sign(args: &Args, common: &Common) -> Result<Exit, Refusal> {
    record::allowed(common)?;
    if let Some(path) = &args.elsewhere.apply {
        return elsewhere::apply(path, &args.elsewhere, (Meaning::Signoff, false), common, args.json);
    }
    let (release, signoff) = (args.release.as_deref().unwrap_or_default(), args.signoff.as_deref().unwrap_or_default());
    let room = Room::open(common)?;
    let rules = room.rules(release)?;
    let how =
        How { elsewhere: args.elsewhere.clone(), subject: args.subject.as_deref(), json: args.json, command: "sign" };
    if args.request {
        return record::act(&Act::Request { signoff, subject: rules.subject }, &room, &rules, &how);
    }
    let vote = match (args.deny, args.withdraw) {
        (true, _) => Vote::Deny,
        (_, true) => Vote::Withdraw,
        _ => Vote::Approve,
    };
    let holds = rules.signoff(signoff).ok().map(|needed| needed.expires);
    let expires = holds.filter(|_| vote == Vote::Approve).and_then(|span| room.now.checked_add_signed(span.delta()));
    let about = About::Signoff {
        signoff,
        vote,
        role: args.role.as_deref().unwrap_or_default(),
        checklist: rules.checklist.digest,
        expires,
        reason: args.reason.as_deref(),
    };
    record::act(&Act::Signed(unsigned(release, rules.subject, room.now, about)), &room, &rules, &how)
}

/// A statement whose principal and nonce are set when it is signed.
pub(super) const fn unsigned<'a>(
    release: &'a str,
    subject: Hash,
    at: crate::domain::time::Timestamp,
    about: About<'a>,
) -> Statement<'a> {
    Statement { principal: "", release, subject, nonce: "", at, about }
}
