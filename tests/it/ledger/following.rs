//! A console that follows a ledger.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use warroom::{
    app::{
        ledger::{Ledger, State},
        msg::Msg,
    },
    clock::Clock,
    config::schema::ledger::{Ledger as Settings, LedgerStore},
    domain::ledger::signers::Signers,
    ledger::{
        export::cursor::{Cursor, Stalled},
        store::{Store, sqlite::Sqlite},
    },
    shell::{
        inbox::{Event, Inbox},
        ledger::Following,
    },
};

use super::{entry, scribe};

/// What it tells once `enough` holds.
fn told(inbox: &Inbox, enough: impl Fn(&Ledger) -> bool) -> Ledger {
    let deadline = Instant::now() + Duration::from_secs(20);
    let mut last = None;
    while Instant::now() < deadline {
        for event in inbox.take(Duration::from_millis(50)) {
            if let Event::Msg(_, Msg::Ledger(ledger)) = event {
                if enough(&ledger) {
                    return *ledger;
                }
                last = Some(ledger);
            }
        }
    }
    panic!("never told; the last was {last:?}");
}

#[test]
fn a_console_sees_what_another_process_records_and_that_the_ledger_is_gone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.db");
    let settings = Settings { store: Some(LedgerStore::Sqlite(path.clone())), ..Settings::default() };
    let inbox = Arc::new(Inbox::default());
    let _following = Following::start(settings, Signers::default(), Clock::real(), Arc::clone(&inbox));
    let empty = told(&inbox, |ledger| ledger.state == State::Empty);
    assert!(empty.is_known() && !path.exists(), "looking makes no ledger");
    let mut writer = Sqlite::open(&path, scribe()).expect("opens");
    writer.append(&entry("one")).expect("recorded");
    told(&inbox, |ledger| ledger.state == State::Following && ledger.events == 1);
    writer.append(&entry("two")).expect("recorded");
    let two = told(&inbox, |ledger| ledger.events == 2);
    assert_eq!(two.newest.first().map(|recorded| recorded.event.seq), Some(2), "the newest first");
    assert_eq!(two.trouble(), None);
    drop(writer);
    std::fs::remove_file(&path).expect("removed");
    let gone = told(&inbox, |ledger| matches!(ledger.state, State::Away { .. }));
    assert_eq!(gone.events, 2, "what was read stays");
    assert!(gone.trouble().expect("trouble").contains("its file is gone"));
}

#[test]
fn an_export_that_stalls_is_told_and_so_is_that_it_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let (path, cursor) = (folder.path().join("ledger.db"), folder.path().join("siem"));
    Sqlite::open(&path, scribe()).expect("opens").append(&entry("one")).expect("recorded");
    let settings = Settings { store: Some(LedgerStore::Sqlite(path)), cursors: vec![cursor.clone()] };
    let inbox = Arc::new(Inbox::default());
    let _following = Following::start(settings, Signers::default(), Clock::real(), Arc::clone(&inbox));
    let stalled = |ledger: &Ledger, why: &str| ledger.stalled.iter().any(|export| export.why.contains(why));
    let never = told(&inbox, |ledger| stalled(ledger, "never run"));
    assert_eq!(never.stalled.first().map(|export| export.export.as_str()), Some("siem"));
    let refused = Stalled { since: Clock::real().now(), why: "connection refused".into() };
    Cursor { stalled: Some(refused), ..Cursor::default() }.write(&cursor).expect("written");
    told(&inbox, |ledger| stalled(ledger, "connection refused"));
    Cursor { seq: 1, ..Cursor::default() }.write(&cursor).expect("written");
    told(&inbox, |ledger| ledger.stalled.is_empty());
    std::fs::write(&cursor, "nonsense").expect("written");
    told(&inbox, |ledger| stalled(ledger, "is no cursor"));
}

#[test]
fn an_event_that_was_changed_is_told_and_reading_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.db");
    let mut writer = Sqlite::open(&path, scribe()).expect("opens");
    for name in ["one", "two", "three"] {
        writer.append(&entry(name)).expect("recorded");
    }
    drop(writer);
    let forger = rusqlite::Connection::open(&path).expect("opens");
    forger.execute_batch("DROP TRIGGER event_no_update; UPDATE event SET body = X'00' WHERE seq = 2").expect("changed");
    drop(forger);
    let settings = Settings { store: Some(LedgerStore::Sqlite(path)), ..Settings::default() };
    let inbox = Arc::new(Inbox::default());
    let _following = Following::start(settings, Signers::default(), Clock::real(), Arc::clone(&inbox));
    let ledger = told(&inbox, |ledger| ledger.state == State::Following);
    assert_eq!(ledger.events, 3);
    assert!(ledger.newest.iter().any(|recorded| recorded.event.seq == 3), "reading goes on");
    let trouble = ledger.trouble().expect("trouble");
    assert!(trouble.contains("damaged") && trouble.contains('2'), "{trouble}");
}
