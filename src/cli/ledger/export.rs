//! `warroom ledger export`.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use clap::ValueEnum;

use super::{Refusal, destination, reader};
use crate::{
    cli::{Exit, output},
    clock::Clock,
    config::Loaded,
    domain::ledger::{
        audit::{Fault, Looked, Stored, look},
        event::Event,
    },
    ledger::{
        export::{
            collector::{Address, Collector, Transport},
            delivery::{Undelivered, deliver},
            lines, ocsf,
            proof::{self, Unprovable},
            syslog,
        },
        open::authorities,
        store::Store,
    },
};

/// Arguments of `warroom ledger export`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Exit codes: 0 written or delivered, 1 an event is damaged or there is no such event, 2 the ledger cannot be read or the export not written, 3 stalled: the collector did not take everything."
)]
pub struct Args {
    /// In which form.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = Format::Jsonl)]
    format: Format,
    /// Only this event.
    #[arg(long, value_name = "SEQ")]
    event: Option<u64>,
    /// With the proof that the event is in the ledger, and the checkpoint that the proof leads to.
    #[arg(long, requires = "event", conflicts_with = "format")]
    proof: bool,
    /// The file to write; standard output when left out.
    #[arg(long, short, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    output: Option<PathBuf>,
    /// Send what is behind the cursor to a collector of syslog: udp://HOST:PORT, tcp://HOST:PORT or tls://HOST:PORT.
    #[arg(long, value_name = "URL", requires = "cursor", conflicts_with_all = ["format", "event", "proof", "output"])]
    to: Option<Address>,
    /// The file that keeps how far the collector has come.
    #[arg(long, value_name = "FILE", requires = "to", value_hint = clap::ValueHint::FilePath)]
    cursor: Option<PathBuf>,
    /// Authorities that may vouch for the collector over TLS, as PEM; the system's when left out.
    #[arg(long, value_name = "FILE", requires = "to", value_hint = clap::ValueHint::FilePath)]
    ca: Option<PathBuf>,
}

/// In which form events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// JSON lines that `warroom ledger verify` reads.
    Jsonl,
    /// OCSF, as JSON lines.
    Ocsf,
    /// RFC 5424, one message in each line.
    Syslog,
}

/// Writes.
pub(super) fn run(args: &Args, loaded: &Loaded) -> Result<Exit, Refusal> {
    let mut store = reader(loaded)?;
    if let (Some(address), Some(cursor)) = (&args.to, &args.cursor) {
        return send(store.as_mut(), address, cursor, args.ca.as_deref());
    }
    if let (Some(seq), true) = (args.event, args.proof) {
        let proved = proof::inclusion(store.as_mut(), seq).map_err(|error| match error {
            Unprovable::Store(error) => Refusal::usage(error),
            other => Refusal::no(other),
        })?;
        let mut to = destination(args.output.as_ref())?;
        return write!(to, "{}", output::json(&proved))
            .and_then(|()| to.flush())
            .map_or_else(not_written, Ok)
            .map(|()| Exit::Ok);
    }
    let mut to = destination(args.output.as_ref())?;
    let first = args.event.unwrap_or(1);
    let written = events(store.as_mut(), args.format, (first, args.event.unwrap_or(u64::MAX)), &mut to)?;
    to.flush().map_or_else(not_written, Ok)?;
    match args.event {
        Some(seq) if written == 0 => Err(Refusal::no(format!("the ledger has no event {seq}"))),
        _ => Ok(Exit::Ok),
    }
}

/// Sends what is behind the cursor.
fn send(store: &mut dyn Store, address: &Address, cursor: &Path, ca: Option<&Path>) -> Result<Exit, Refusal> {
    let authorities = match address.transport {
        Transport::Tls => authorities(ca).map_err(Refusal::usage)?,
        Transport::Udp | Transport::Tcp => rustls::RootCertStore::empty(),
    };
    let collector = Collector { address: address.clone(), authorities };
    let clock = Clock::real();
    match deliver(store, &collector, cursor, || clock.now()) {
        Ok(sent) => {
            output::complain(&format!("{sent} events delivered"));
            Ok(Exit::Ok)
        }
        Err(error @ Undelivered::Stalled { .. }) => Err(Refusal::unknown(error)),
        Err(error @ (Undelivered::Damaged(_) | Undelivered::OtherLedger(_))) => Err(Refusal::no(error)),
        Err(error) => Err(Refusal::usage(error)),
    }
}

/// Writes the events between two places, both included. How many there were.
fn events(
    store: &mut dyn Store,
    format: Format,
    (first, last): (u64, u64),
    to: &mut dyn Write,
) -> Result<u64, Refusal> {
    let (mut seq, mut written) = (first.saturating_sub(1), 0);
    loop {
        let limit = u32::try_from((last - seq).min(2_048)).unwrap_or(2_048);
        let events = store.after(seq, limit).map_err(Refusal::usage)?;
        let Some(end) = events.last() else { return Ok(written) };
        seq = end.seq;
        for stored in events.iter().filter(|stored| stored.seq <= last) {
            to.write_all(&form(format, stored)?).map_or_else(not_written, Ok)?;
            written += 1;
        }
        if seq >= last {
            return Ok(written);
        }
    }
}

fn form(format: Format, stored: &Stored) -> Result<Vec<u8>, Refusal> {
    let read = || -> Result<Event, Refusal> {
        let Looked { event, .. } = look(stored);
        event.map_err(|fault: Fault| Refusal::no(format!("{fault}; export it as JSON lines, which keep what is there")))
    };
    Ok(match format {
        Format::Jsonl => lines::line(stored),
        Format::Ocsf => format!("{}\n", ocsf::object(&read()?, stored.hash)).into_bytes(),
        Format::Syslog => format!("{}\n", syslog::message(&read()?, stored.hash)).into_bytes(),
    })
}

#[expect(clippy::needless_pass_by_value, reason = "the form that map_err wants")]
fn not_written<T>(error: io::Error) -> Result<T, Refusal> {
    Err(Refusal::usage(format!("the export was not written to its end: {error}")))
}
