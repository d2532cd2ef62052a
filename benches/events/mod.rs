//! Events as a busy year would record them.

use std::path::{Path, PathBuf};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use warroom::{
    clock::Clock,
    domain::{
        ledger::{
            event::{Actor, Entry, Event, Outcome, Place, Signed, UNSIGNED},
            hash::Hash,
            signature::{Meaning, Verified},
        },
        readiness::{
            act::Act,
            statement::{About, Statement, Ticked, Vote},
        },
    },
    ledger::store::{Scribe, sqlite::Sqlite},
};

/// Makes a ledger of so many events in `folder`, nine of ten unsigned, and the settings that name it: their path.
pub(crate) fn ledger(folder: &Path, number: u64) -> PathBuf {
    let path = folder.join("ledger.db");
    drop(Sqlite::open(&path, Scribe::new("bastion-2".to_owned(), Clock::real())).expect("a ledger"));
    let mut database = rusqlite::Connection::open(&path).expect("opens");
    let transaction = database.transaction().expect("begun");
    let mut prev = Hash::NONE;
    for seq in 1..=number {
        let (bytes, _) = act(seq, prev);
        prev = Hash::leaf(&bytes);
        let release = format!("release-{}", seq % 1_000);
        let row = rusqlite::params![seq.cast_signed(), prev.bytes(), release, bytes];
        let mut insert = transaction.prepare_cached("INSERT INTO event (seq, hash, release, body) VALUES (?, ?, ?, ?)");
        insert.as_mut().expect("prepared").execute(row).expect("inserted");
    }
    transaction.commit().expect("committed");
    let settings = folder.join("config.toml");
    let text = format!("[ledger.store]\nsqlite = \"{}\"\n", path.display());
    std::fs::write(&settings, text).expect("written");
    settings
}

/// The act of event `seq` of a ledger of a thousand releases, behind the event with hash `prev`: its bytes, and who signed it when it is
/// one in ten. The signature is none.
pub(crate) fn act(seq: u64, prev: Hash) -> (Vec<u8>, Option<Verified>) {
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
    let place = Place { seq, id: nonce.clone(), ts: at, host: "bastion-2".to_owned(), prev };
    let event = Event::new(act.entry(entry(0).actor, &release, signed), place);
    (event.to_bytes().expect("recordable"), verified)
}

/// A tick of one release.
pub(crate) fn entry(number: u64) -> Entry {
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
