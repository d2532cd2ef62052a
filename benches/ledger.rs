//! What the ledger costs: a durable append with one writer and with eight, and the verification of a million events.
//!
//! `cargo bench --bench ledger`; `WARROOM_EVENTS` says how many events are verified.
#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    missing_docs,
    reason = "a measurement that cannot go on shall fail loudly"
)]

use std::{
    io::Cursor,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use serde_json::json;
use warroom::{
    clock::Clock,
    domain::ledger::{
        audit::Stored,
        event::{Actor, Entry, Event, Outcome, Place, UNSIGNED},
        hash::Hash,
    },
    ledger::{
        export::lines,
        store::{Scribe, Store as _, sqlite::Sqlite},
        verify::{Against, Export, verify},
    },
};

/// How many events each writer appends.
const APPENDS: usize = 200;

fn main() {
    let folder = tempfile::tempdir_in(".").expect("a folder");
    for writers in [1, 8] {
        let path = folder.path().join(format!("{writers}.db"));
        drop(open(&path));
        let begun = Instant::now();
        let mut times: Vec<Duration> = thread::scope(|scope| {
            let writers: Vec<_> = (0..writers).map(|_| scope.spawn(|| append(&path))).collect();
            writers.into_iter().flat_map(|writer| writer.join().expect("a writer")).collect()
        });
        let whole = begun.elapsed();
        times.sort();
        let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
        println!(
            "append, {writers} writers: {:.0}/s, median {:.1?}, 99 of 100 within {:.1?}",
            times.len() as f64 / whole.as_secs_f64(),
            at(50),
            at(99)
        );
    }
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
}

fn open(path: &Path) -> Sqlite {
    Sqlite::open(path, Scribe::new("bastion-2".to_owned(), Clock::real())).expect("opens")
}

fn append(path: &Path) -> Vec<Duration> {
    let mut store = open(path);
    (0..APPENDS)
        .map(|number| {
            let begun = Instant::now();
            store.append(&entry(number as u64)).expect("recorded");
            begun.elapsed()
        })
        .collect()
}

fn entry(number: u64) -> Entry {
    Entry {
        actor: Actor {
            key: UNSIGNED.to_owned(),
            user: "jo".to_owned(),
            terminal: Some("/dev/pts/3".to_owned()),
            ssh_client: Some("192.0.2.7".to_owned()),
            ..Actor::default()
        },
        action: "checklist.tick".to_owned(),
        target: format!("item-{number}"),
        release: Some("checkout-1.42".to_owned()),
        outcome: Outcome::Done,
        data: json!({ "checklist": "standard", "state": "pass", "note": "looked at the dashboard" })
            .as_object()
            .cloned()
            .unwrap_or_default(),
        signed: None,
    }
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
