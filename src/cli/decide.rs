//! `warroom decide`: go, no-go or hold, and the review that an emergency owes.

use clap::ValueEnum;

use super::{
    Common, Exit, output,
    readiness::{
        Room,
        elsewhere::{self, Elsewhere},
        record::{self, How},
    },
    refusal::Refusal,
    sign::unsigned,
    status::computed,
};
use crate::{
    clock::Clock,
    domain::{
        breaker::countdown::{Said, State},
        clean::clean,
        ledger::signature::Meaning,
        readiness::{
            act::Act,
            statement::{About, Decision},
        },
    },
    runbook::breaker,
};

/// Arguments of `warroom decide`.
#[derive(Debug, clap::Args)]
#[command(after_help = super::readiness::EXIT_CODES)]
pub struct Args {
    /// The release, by its identifier.
    #[arg(value_name = "RELEASE", required_unless_present = "apply", conflicts_with = "apply")]
    release: Option<String>,
    /// What you decide.
    #[arg(value_name = "DECISION", value_enum, required_unless_present = "apply", conflicts_with = "apply")]
    decision: Option<Word>,
    /// Why, in your words.
    #[arg(long, value_name = "TEXT", required_unless_present = "apply", conflicts_with = "apply")]
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

/// What can be decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Word {
    /// It may go on.
    Go,
    /// It may not.
    NoGo,
    /// It waits.
    Hold,
    /// An emergency was looked at afterwards: its review is closed. Needs no key.
    Reviewed,
}

impl Word {
    const fn decision(self) -> Option<Decision> {
        match self {
            Self::Go => Some(Decision::Go),
            Self::NoGo => Some(Decision::NoGo),
            Self::Hold => Some(Decision::Hold),
            Self::Reviewed => None,
        }
    }
}

/// Decides.
#[must_use]
pub fn run(args: &Args, common: &Common) -> Exit {
    decide(args, common).unwrap_or_else(Refusal::end)
}

fn decide(args: &Args, common: &Common) -> Result<Exit, Refusal> {
    record::allowed(common)?;
    if let Some(path) = &args.elsewhere.apply {
        return elsewhere::apply(path, &args.elsewhere, (Meaning::Decision, false), common, args.json);
    }
    let (release, reason) = (args.release.as_deref().unwrap_or_default(), args.reason.as_deref().unwrap_or_default());
    let room = Room::open(common)?;
    if args.decision == Some(Word::Hold) && !args.elsewhere.print {
        hold(release, reason, &room);
    }
    let rules = room.rules(release)?;
    let how =
        How { elsewhere: args.elsewhere.clone(), subject: args.subject.as_deref(), json: args.json, command: "decide" };
    let decision = args.decision.and_then(Word::decision);
    let computed = decision.and_then(|_| computed(&room.loaded, &room.reading, release));
    let computed = computed.map(|computed| computed.object());
    let computed = computed.as_ref();
    let act = match decision {
        Some(decision) => {
            let about = About::Decision { decision, reason, computed };
            Act::Signed(unsigned(release, rules.subject, room.now, about))
        }
        None if how.elsewhere.print => {
            return Err(Refusal::usage("a review is closed without a key; leave --print out"));
        }
        None => Act::CloseReview { note: reason },
    };
    record::act(&act, &room, &rules, &how)
}

/// Holds the circuit breaker of `release`, where it counts down: at once, before any key is asked for.
fn hold(release: &str, reason: &str, room: &Room) {
    let newest = room.reading.runs.as_ref().and_then(|runs| runs.countdowns().of(release));
    let Some(countdown) = newest.filter(|newest| newest.state == State::Counting) else { return };
    let said = Said::Hold { countdown: countdown.seq, reason: reason.to_owned(), who: None };
    let told = match breaker::record(&room.loaded.settings.ledger, Clock::real(), release, &said) {
        Ok(seq) => format!("the circuit breaker of {release} is held, as event {seq}, until the trigger has cleared"),
        Err(why) => format!("warroom: the circuit breaker of {release} is NOT held: {why}"),
    };
    output::complain(&clean(&told));
}
