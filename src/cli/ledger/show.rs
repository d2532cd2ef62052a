//! `warroom ledger show`.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::{Refusal, reader, signers};
use crate::{
    cli::{Exit, output},
    config::Loaded,
    domain::{
        clean::clean,
        ledger::{
            audit::{Looked, Stored, look},
            claim::{self, Nonces},
            event::{Event, Outcome},
            hash::Hash,
            proof::{Proof, proof},
            signers::Signers,
        },
    },
    ledger::store::Store,
};

/// Arguments of `warroom ledger show`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 printed, 1 there is no such event or it is damaged, 2 the ledger cannot be read."
)]
pub struct Args {
    /// One event with everything that it says, by its number or its identifier.
    #[arg(value_name = "SEQ|ID", conflicts_with_all = ["release", "actor", "action"])]
    event: Option<String>,
    /// Only events of this release.
    #[arg(long, value_name = "RELEASE")]
    release: Option<String>,
    /// Only events of this person: a name in `allowed_signers`, or a login name.
    #[arg(long, value_name = "NAME")]
    actor: Option<String>,
    /// Only this action (`signoff.give`), or all that begin with it (`signoff`).
    #[arg(long, value_name = "ACTION")]
    action: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// An event that was read, with what is known of its truth.
struct Shown {
    event: Event,
    hash: Hash,
    proof: Proof,
}

/// Prints.
pub(super) fn run(args: &Args, loaded: &Loaded) -> Result<Exit, Refusal> {
    let signers = signers(loaded)?;
    let (shown, damaged) = read(args, reader(loaded)?.as_mut(), signers.as_ref())?;
    if let (Some(wanted), true, true) = (&args.event, shown.is_empty(), damaged.is_empty()) {
        return Err(Refusal::no(format!("the ledger has no event {wanted}")));
    }
    let text = match (args.json, args.event.is_some()) {
        (true, _) => output::json(&as_json(&shown)),
        (false, true) => shown.iter().map(whole).collect(),
        (false, false) => shown.iter().map(line).collect(),
    };
    output::print(&text);
    for fault in &damaged {
        output::complain(&format!("warroom: {fault}"));
    }
    Ok(if damaged.is_empty() { Exit::Ok } else { Exit::No })
}

/// The events that `args` asks for, and what is damaged among them.
fn read(args: &Args, store: &mut dyn Store, signers: Option<&Signers>) -> Result<(Vec<Shown>, Vec<String>), Refusal> {
    let (mut shown, mut damaged) = (Vec::new(), Vec::new());
    let number: Option<u64> = args.event.as_deref().and_then(|text| text.parse().ok());
    let (mut seq, mut nonces) = (0, Nonces::default());
    // Also for one event all before it are read: a statement that was recorded before does not count again.
    while number.is_none_or(|number| seq < number) {
        let stored = store.after(seq, 2_048).map_err(Refusal::usage)?;
        let Some(last) = stored.last() else { break };
        seq = last.seq;
        for stored in stored.iter().filter(|stored| number.is_none_or(|number| stored.seq <= number)) {
            let this = number.is_none_or(|number| number == stored.seq);
            match judged(stored, signers, &mut nonces) {
                Ok(one) if this && wanted(args, &one.event) => shown.push(one),
                Err(fault) if this => damaged.push(fault),
                Ok(_) | Err(_) => {}
            }
        }
    }
    Ok((shown, damaged))
}

/// The event, and what its signature proves beside the events before; or what is damaged.
fn judged(stored: &Stored, signers: Option<&Signers>, nonces: &mut Nonces) -> Result<Shown, String> {
    let Looked { hash, event, .. } = look(stored);
    let event = event.map_err(|fault| fault.to_string())?;
    let proof = nonces.held(proof(&event, signers), claim::nonce(&event));
    Ok(Shown { event, hash, proof })
}

fn wanted(args: &Args, event: &Event) -> bool {
    let is = |wanted: &Option<String>, found: Option<&String>| wanted.is_none() || wanted.as_ref() == found;
    let action = args.action.as_deref().is_none_or(|action| {
        event.action.strip_prefix(action).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    });
    let person = is(&args.actor, Some(&event.actor.user)) || is(&args.actor, event.actor.principal.as_ref());
    let one = args.event.as_deref().is_none_or(|id| id.parse::<u64>().is_ok() || id == event.id);
    one && action && person && is(&args.release, event.release.as_ref())
}

/// Who acted, and whether that is proved: `jo (signed)`, `jo (unsigned)`.
fn who(shown: &Shown) -> String {
    let user = &shown.event.actor.user;
    match &shown.proof {
        Proof::Unsigned => format!("{user} (unsigned)"),
        Proof::Verified { principal } => format!("{principal} (signed)"),
        Proof::Unchecked => {
            format!("{} (signature NOT CHECKED)", shown.event.actor.principal.as_ref().unwrap_or(user))
        }
        Proof::Bad { .. } => format!("{user} (SIGNATURE DOES NOT COUNT)"),
    }
}

const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Done => "done",
        Outcome::Refused => "refused",
        Outcome::Failed => "failed",
        Outcome::Unknown => "unknown",
    }
}

fn line(shown: &Shown) -> String {
    let event = &shown.event;
    let line = format!(
        "{:>6}  {}  {}  {}{}{}  {}  {}{}",
        event.seq,
        event.ts.format("%Y-%m-%dT%H:%M:%SZ"),
        event.release.as_deref().unwrap_or("-"),
        event.action,
        claim::behind(event),
        claim::beside(event),
        event.target,
        who(shown),
        if event.outcome == Outcome::Done { String::new() } else { format!("  {}", outcome(event.outcome)) },
    );
    format!("{}\n", clean(&line))
}

fn whole(shown: &Shown) -> String {
    let event = &shown.event;
    let signature = match &shown.proof {
        Proof::Unsigned => "none".to_owned(),
        Proof::Verified { principal } => format!("of {principal}, with {}", event.actor.key),
        Proof::Unchecked => "NOT CHECKED: the catalog has no allowed_signers".to_owned(),
        Proof::Bad { why } => format!("BAD: {why}"),
    };
    let data = Value::Object(event.data.clone()).to_string();
    let statement = event
        .signed
        .as_ref()
        .map_or_else(|| "-".to_owned(), |signed| Value::Object(signed.statement.clone()).to_string());
    let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let rows = [
        ("event", format!("{} {}", event.seq, event.id)),
        ("time", event.ts.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()),
        ("who", who(shown)),
        ("user", format!("{} on {}", event.actor.user, event.host)),
        ("terminal", or_none(&event.actor.terminal)),
        ("from", or_none(&event.actor.ssh_client)),
        ("action", event.action.clone()),
        ("decision", claim::decision(event).unwrap_or("-").to_owned()),
        ("computed", claim::computed(event).map_or_else(|| "-".to_owned(), |computed| computed.words())),
        ("target", event.target.clone()),
        ("release", or_none(&event.release)),
        ("outcome", outcome(event.outcome).to_owned()),
        ("data", data),
        ("statement", statement),
        ("signature", signature),
        ("hash", shown.hash.to_string()),
        ("before", event.prev.to_string()),
    ];
    rows.iter().fold(String::new(), |mut text, (name, value)| {
        let _ = writeln!(text, "{name:10} {}", clean(value));
        text
    })
}

fn as_json(shown: &[Shown]) -> Value {
    let events: Vec<Value> = shown
        .iter()
        .map(|shown| json!({ "event": shown.event, "hash": shown.hash, "signature": shown.proof }))
        .collect();
    json!({ "version": 1, "events": events })
}
