//! What the ledger costs: a durable append with one writer and with eight, in `SQLite` and in PostgreSQL, the verification of a million
//! events and of signatures, and the fold.
//!
//! `cargo bench --bench ledger`; `WARROOM_EVENTS` says how many events are verified. PostgreSQL is the distribution's, started on loopback.
#![allow(
    clippy::expect_used,
    clippy::panic,
    dead_code,
    clippy::print_stdout,
    missing_docs,
    reason = "a measurement that cannot go on shall fail loudly"
)]

#[path = "../tests/it/ledger/database.rs"]
mod database;
mod events;

use std::{
    io::Cursor,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use ssh_key::{HashAlg, LineEnding, PrivateKey};
use warroom::{
    clock::Clock,
    domain::{
        ledger::{
            audit::Stored,
            event::{Event, Place},
            hash::Hash,
            signers::Signers,
        },
        readiness::record::{Applied, Record},
    },
    ledger::{
        export::lines,
        store::{Scribe, Store, postgres::Postgres, sqlite::Sqlite},
        verify::{Against, Export, verify},
    },
    sources::http::install_crypto,
};

use database::Server;
use events::{act, entry};

/// How many events each writer appends.
const APPENDS: usize = 200;

/// How many signatures are verified.
const SIGNATURES: u64 = 20_000;

fn main() {
    install_crypto();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
    for writers in [1, 8] {
        let path = folder.path().join(format!("{writers}.db"));
        appends("SQLite", writers, &|| Box::new(open(&path)));
    }
    for writers in [1, 8] {
        let server = Server::start();
        appends("PostgreSQL", writers, &|| Box::new(Postgres::open(server.address(), scribe()).expect("opens")));
    }
    signatures();
    let number = std::env::var("WARROOM_EVENTS").ok().map_or(1_000_000, |text| text.parse().expect("a number"));
    let export = export(number);
    let begun = Instant::now();
    let report = verify(Export::new(Cursor::new(&export)), &Against::default(), |_| ()).expect("readable");
    let taken = begun.elapsed();
    assert!(!report.is_broken() && report.events == number, "{report:?}");
    println!(
        "verify, chain and tree, {number} events, {} MB: {taken:.2?}, {:.0} events/s on {} cores",
        export.len() / 1_000_000,
        number as f64 / taken.as_secs_f64(),
        thread::available_parallelism().map_or(1, std::num::NonZero::get)
    );
    fold(number);
}

/// A million acts of a thousand releases, folded into what was said; nine of ten unsigned. What is signed is taken as verified.
fn fold(number: u64) {
    let mut record = Record::default();
    let (mut read, mut folded) = (Duration::ZERO, Duration::ZERO);
    let mut next = 1;
    while next <= number {
        let batch: Vec<_> = (next..=number.min(next + 2_047)).map(|seq| act(seq, Hash::NONE)).collect();
        next += 2_048;
        let begun = Instant::now();
        let events: Vec<_> =
            batch.iter().map(|(bytes, verified)| (Event::from_bytes(bytes).expect("an event"), verified)).collect();
        read += begun.elapsed();
        let begun = Instant::now();
        for (event, verified) in &events {
            assert_eq!(record.apply(event, verified.as_ref()), Applied::Counted, "{:?}", record.told());
        }
        folded += begun.elapsed();
    }
    println!(
        "fold, {number} events, {} releases: {folded:.2?}, {:.0} events/s on one core; reading their bytes before: {read:.2?}",
        record.releases().count(),
        number as f64 / folded.as_secs_f64()
    );
}

fn open(path: &Path) -> Sqlite {
    Sqlite::open(path, scribe()).expect("opens")
}

fn scribe() -> Scribe {
    Scribe::new("bastion-2".to_owned(), Clock::real())
}

/// Appends with so many writers at once, each with a connection of its own.
fn appends(name: &str, writers: usize, open: &(dyn Fn() -> Box<dyn Store> + Sync)) {
    drop(open());
    let begun = Instant::now();
    let mut times: Vec<Duration> = thread::scope(|scope| {
        let writers: Vec<_> = (0..writers).map(|_| scope.spawn(|| append(open().as_mut()))).collect();
        writers.into_iter().flat_map(|writer| writer.join().expect("a writer")).collect()
    });
    let whole = begun.elapsed();
    times.sort();
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    println!(
        "append, {name}, {writers} writers: {:.0}/s, median {:.1?}, 99 of 100 within {:.1?}",
        times.len() as f64 / whole.as_secs_f64(),
        at(50),
        at(99)
    );
}

fn append(store: &mut dyn Store) -> Vec<Duration> {
    (0..APPENDS)
        .map(|number| {
            let begun = Instant::now();
            store.append(&entry(number as u64)).expect("recorded");
            begun.elapsed()
        })
        .collect()
}

/// Signatures of one key over statements of their own: verified one after the other, and as an export.
fn signatures() {
    let folder = tempfile::tempdir().expect("a folder");
    let key = folder.path().join("jo");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status();
    assert!(made.expect("OpenSSH is installed").success(), "a key");
    let private = PrivateKey::read_openssh_file(&key).expect("a key");
    let public = private.public_key().to_openssh().expect("text");
    let (signers, bad) = Signers::read(&format!("jo namespaces=\"warroom.signoff.v1\" {public}\n"));
    assert!(bad.is_empty(), "{bad:?}");
    let fingerprint = private.fingerprint(HashAlg::Sha256).to_string();
    let (mut text, mut prev) = (Vec::new(), Hash::NONE);
    for seq in 1..=SIGNATURES {
        let (bytes, _) = act(seq * 10_000, Hash::NONE);
        let mut event = Event::from_bytes(&bytes).expect("an event");
        (event.seq, event.prev) = (seq, prev);
        event.actor.key.clone_from(&fingerprint);
        event.actor.principal = Some("jo".to_owned());
        let signed = event.signed.as_mut().expect("a signed act");
        let message = signed.message().expect("canonical");
        let signature = private.sign(&signed.namespace, HashAlg::Sha512, &message).expect("signed");
        signed.signature = signature.to_pem(LineEnding::LF).expect("text");
        let bytes = event.to_bytes().expect("recordable");
        prev = Hash::leaf(&bytes);
        text.extend(lines::line(&Stored { seq, hash: prev, bytes }));
    }
    let against = Against { signers: Some(signers), ..Against::default() };
    let begun = Instant::now();
    let report = verify(Export::new(Cursor::new(&text)), &against, |_| ()).expect("readable");
    let taken = begun.elapsed();
    assert!(!report.is_broken() && report.verified == SIGNATURES, "{report:?}");
    println!(
        "verify, with a signature of Ed25519 in each, {SIGNATURES} events: {taken:.2?}, {:.0} events/s",
        SIGNATURES as f64 / taken.as_secs_f64()
    );
}

fn export(number: u64) -> Vec<u8> {
    let (mut text, mut prev) = (Vec::new(), Hash::NONE);
    let ts = "2026-11-20T14:32:07.120Z".parse().expect("a time");
    for seq in 1..=number {
        let place = Place { seq, id: format!("{seq:026}"), ts, host: "bastion-2".to_owned(), prev };
        let bytes = Event::new(entry(seq), place).to_bytes().expect("recordable");
        prev = Hash::leaf(&bytes);
        text.extend(lines::line(&Stored { seq, hash: prev, bytes }));
    }
    text
}
