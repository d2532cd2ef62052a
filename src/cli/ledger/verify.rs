//! `warroom ledger verify`.

use std::{
    fmt::Write as _,
    fs::File,
    io::{self, BufRead, BufReader, IsTerminal as _, Write as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use super::{Refusal, cannot_read, given::Given, reader, signers, signers_in};
use crate::{
    cli::{Exit, output},
    clock::Clock,
    config::Loaded,
    domain::ledger::{checkpoint::Checkpoint, proof::Proof},
    ledger::{
        actor,
        store::{Scribe, Store, StoreError, sqlite::Sqlite},
        verify::{Against, Export, Live, Report, verify},
    },
};

/// Arguments of `warroom ledger verify`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 everything holds, 1 something is wrong, 2 it cannot be read, 3 there is nothing to verify or signatures could not be checked."
)]
pub struct Args {
    /// An export (JSON lines) or a `SQLite` ledger, `-` for standard input; the ledger of the settings when left out.
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    file: Option<PathBuf>,
    /// Hold it against this checkpoint, which was kept elsewhere; may be given several times.
    #[arg(long = "checkpoint", value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    checkpoints: Vec<PathBuf>,
    /// Who may sign, as OpenSSH's `allowed_signers`; the catalog's when left out.
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    allowed_signers: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// Verifies, and says what was found.
pub(super) fn run(args: &Args, loaded: &Loaded) -> Result<Exit, Refusal> {
    let signers = match &args.allowed_signers {
        Some(path) => signers_in(path, false)?,
        None => signers(loaded)?,
    };
    let now = Clock::real().now();
    let given = args.checkpoints.iter().map(|path| Given::read(path, signers.as_ref(), now));
    let given = given.collect::<Result<Vec<_>, _>>()?;
    let checkpoints = given.iter().map(|given| given.checkpoint.clone()).collect();
    let against = Against { checkpoints, signers };
    let report = match args.file.as_deref() {
        None => live(reader(loaded)?.as_mut(), &against)?,
        Some(path) if path == Path::new("-") => export(BufReader::new(io::stdin()), &against)?,
        Some(path) => file(path, &against)?,
    };
    output::print(&if args.json { output::json(&as_json(&report, &given)) } else { as_text(&report, &given) });
    Ok(exit(&report, &given))
}

fn exit(report: &Report, given: &[Given]) -> Exit {
    let unchecked = report.unchecked > 0 || given.iter().any(|given| given.proof == Proof::Unchecked);
    match () {
        () if report.is_broken() || given.iter().any(|given| matches!(given.proof, Proof::Bad { .. })) => Exit::No,
        () if report.events == 0 || unchecked => Exit::Unknown,
        () => Exit::Ok,
    }
}

fn file(path: &Path, against: &Against) -> Result<Report, Refusal> {
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path).map_err(|error| cannot_read(path, &error))?);
    if reader.fill_buf().map_err(|error| cannot_read(path, &error))?.starts_with(b"SQLite format 3\0") {
        let scribe = Scribe::new(actor::host(), Clock::real());
        return live(&mut Sqlite::open_to_read(path, scribe).map_err(Refusal::usage)?, against);
    }
    export(reader, against)
}

fn live(store: &mut dyn Store, against: &Against) -> Result<Report, Refusal> {
    let unreadable = |error: StoreError| Refusal::usage(error);
    let source = Live::new(store).map_err(unreadable)?;
    let all = source.last();
    verify(source, against, progress(Some(all))).map_err(unreadable)
}

fn export(reader: impl BufRead + Send, against: &Against) -> Result<Report, Refusal> {
    verify(Export::new(reader), against, progress(None))
        .map_err(|error| Refusal::usage(format!("the export cannot be read: {error}")))
}

/// Tells a person who waits how far it is, on standard error and only where that is a terminal.
fn progress(all: Option<u64>) -> impl FnMut(u64) {
    let seen = io::stderr().is_terminal();
    let (mut told, mut shown) = (Instant::now(), false);
    move |verified| {
        let done = all == Some(verified);
        if seen && (told.elapsed() > Duration::from_millis(500) || shown && done) {
            (told, shown) = (Instant::now(), true);
            let of = all.map_or_else(String::new, |all| format!(" of {all}"));
            let end = if done { "\n" } else { "" };
            let _ = write!(io::stderr(), "\r{verified}{of} events looked at{end}");
        }
    }
}

fn as_text(report: &Report, given: &[Given]) -> String {
    let mut text = String::new();
    let mut line = |what: &str, found: &str| {
        let _ = writeln!(text, "{what:11} {found}");
    };
    let Some(point) = report.checkpoint.as_ref().filter(|_| report.events > 0) else {
        if report.fault_count == 0 {
            return "There is no event: there is nothing to verify.\n".to_owned();
        }
        return faults(report);
    };
    line("ledger", &format!("{}, {} events", point.origin, report.events));
    line(
        "chain",
        &if report.fault_count == 0 { "holds".to_owned() } else { format!("BROKEN: faults {}", report.fault_count) },
    );
    line("root", &point.root.to_string());
    line("signatures", &signatures(report));
    for given in given {
        let found = agreement(report, &given.checkpoint);
        line("checkpoint", &format!("over {} events: {found}{}", given.checkpoint.size, given.words()));
    }
    text.push_str(&faults(report));
    for sentence in not_proved(report, given) {
        let _ = writeln!(text, "\nNot proved: {sentence}");
    }
    text
}

fn signatures(report: &Report) -> String {
    let mut parts = vec![format!("{} verified", report.verified), format!("{} events unsigned", report.unsigned)];
    if report.unchecked > 0 {
        parts.push(format!("{} NOT CHECKED", report.unchecked));
    }
    if report.bad_count > 0 {
        parts.push(format!("{} BAD", report.bad_count));
    }
    parts.join(", ")
}

fn agreement(report: &Report, point: &Checkpoint) -> &'static str {
    use crate::domain::ledger::audit::Wrong;
    let denies = report.faults.iter().any(|fault| match &fault.wrong {
        Wrong::Root { size } | Wrong::Cut { size } => *size == point.size,
        Wrong::OtherLedger(origin) => *origin == point.origin,
        _ => false,
    });
    match (denies, report.fault_count) {
        (true, _) => "DOES NOT AGREE",
        (false, 0) => "agrees",
        (false, _) => "not to be judged beside other faults",
    }
}

fn faults(report: &Report) -> String {
    let mut text = String::new();
    for fault in &report.faults {
        let _ = writeln!(text, "{fault}");
    }
    for bad in &report.bad {
        let _ = writeln!(text, "event {}: its signature does not count: {}", bad.seq, bad.why);
    }
    let told = report.faults.len() + report.bad.len();
    let more = (report.fault_count + report.bad_count).saturating_sub(u64::try_from(told).unwrap_or(u64::MAX));
    if more > 0 {
        let _ = writeln!(text, "… and {more} more");
    }
    text
}

/// What the verification leaves open, in sentences.
fn not_proved(report: &Report, given: &[Given]) -> Vec<String> {
    let mut open = Vec::new();
    let held = given.iter().map(|given| given.checkpoint.size).filter(|size| *size <= report.events).max();
    match held {
        None => open.push(
            "that the end was not cut off, and that the ledger was not written anew as a whole. Only a checkpoint that was kept elsewhere shows that: --checkpoint FILE".to_owned(),
        ),
        Some(size) if size < report.events => open.push(format!(
            "what came after event {size}, the last one that a given checkpoint covers, may have been cut off or written anew"
        )),
        Some(_) => {}
    }
    if report.unchecked > 0 {
        open.push(
            "who signed. There is no allowed_signers: give one with --allowed-signers FILE, or `catalog` in the settings"
                .to_owned(),
        );
    }
    open
}

fn as_json(report: &Report, given: &[Given]) -> Value {
    let faults: Vec<Value> =
        report.faults.iter().map(|fault| json!({ "seq": fault.seq, "wrong": fault.wrong.to_string() })).collect();
    let bad: Vec<Value> = report.bad.iter().map(|bad| json!({ "seq": bad.seq, "wrong": bad.why })).collect();
    let checkpoints: Vec<Value> = given
        .iter()
        .map(|Given { checkpoint, proof }| {
            let found = agreement(report, checkpoint);
            json!({ "origin": checkpoint.origin, "size": checkpoint.size, "agreement": found, "signature": proof })
        })
        .collect();
    json!({
        "version": 1,
        "events": report.events,
        "origin": report.checkpoint.as_ref().map(|point| &point.origin),
        "root": report.checkpoint.as_ref().map(|point| point.root.to_string()),
        "faults": faults, "fault_count": report.fault_count,
        "signatures": {
            "verified": report.verified, "unsigned": report.unsigned, "unchecked": report.unchecked,
            "bad_count": report.bad_count, "bad": bad,
        },
        "checkpoints": checkpoints,
        "not_proved": not_proved(report, given),
    })
}
