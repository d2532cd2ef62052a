//! What the ledger costs: a durable append with one writer and with eight, the verification of a million events, and their fold.
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

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use warroom::{
    clock::Clock,
    domain::ledger::{
        audit::Stored,
        event::{Actor, Entry, Event, Outcome, Place, Signed, UNSIGNED},
        hash::Hash,
        signature::{Meaning, Verified},
    },
    domain::readiness::{
        act::Act,
        record::{Applied, Record},
        statement::{About, Statement, Ticked, Vote},
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
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a folder");
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
    fold(number);
}

/// A million acts of a thousand releases, folded into what was said; nine of ten unsigned. What is signed is taken as verified.
fn fold(number: u64) {
    let mut record = Record::default();
    let (mut read, mut folded) = (Duration::ZERO, Duration::ZERO);
    let mut next = 1;
    while next <= number {
        let batch: Vec<_> = (next..=number.min(next + 2_047)).map(act).collect();
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

fn act(seq: u64) -> (Vec<u8>, Option<Verified>) {
    let at: DateTime<Utc> = "2026-11-20T14:32:07.120Z".parse().expect("a time");
    let at = at + TimeDelta::seconds(i64::try_from(seq).expect("small"));
    let (release, item) = (format!("release-{}", seq % 1_000), format!("item-{}", seq / 1_000 % 40));
    let (digest, nonce) = (Hash::of(b"checklist"), format!("{seq:026}"));
    let (subject, note) = (Hash::of(release.as_bytes()), Some("looked at the dashboard"));
    let about = About::Signoff {
        signoff: &item,
        vote: Vote::Approve,
        role: "sre",
        checklist: digest,
        expires: Some(at),
        reason: None,
    };
    let statement = Statement { principal: "jo", release: &release, subject, nonce: &nonce, at, about };
    let act = match seq / 1_000 % 10 {
        0 => Act::Signed(statement),
        1 => Act::Note { item: Some(&item), note: "draft 3" },
        _ => Act::Tick { item: &item, state: Ticked::Pass, checklist: "standard", digest, subject, note, signed: None },
    };
    let signed = act.statement().map(|statement| Signed {
        namespace: Meaning::Signoff.namespace().to_owned(),
        statement: statement.object(),
        signature: "x".repeat(300),
    });
    let verified = signed.as_ref().map(|_| Verified { principal: "jo".to_owned(), fingerprint: "SHA256:x".to_owned() });
    let place = Place { seq, id: nonce.clone(), ts: at, host: "bastion-2".to_owned(), prev: Hash::NONE };
    let event = Event::new(act.entry(entry(0).actor, &release, signed), place);
    (event.to_bytes().expect("recordable"), verified)
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
