//! The embedded store.

use std::{fs, os::unix::fs::PermissionsExt as _};

use rusqlite::Connection;
use warroom::{
    domain::ledger::audit::{Chain, look},
    ledger::store::{Store, StoreError, sqlite::Sqlite},
};

use super::{all, conformance, entry, scribe, sound};

#[test]
fn sqlite_keeps_a_ledger() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("new/ledger.db");
    conformance::every_store(&|| Box::new(Sqlite::open(&path, scribe()).expect("opens")));
}

#[test]
fn a_reader_needs_the_ledger_to_be_there_and_cannot_write() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.db");
    let missing = Sqlite::open_to_read(&path, scribe()).expect_err("there is none").to_string();
    assert!(missing.contains("cannot be opened") && missing.contains("ledger.db"), "{missing}");
    let mut writer = Sqlite::open(&path, scribe()).expect("opens");
    writer.append(&entry("one")).expect("recorded");
    let mut reader = Sqlite::open_to_read(&path, scribe()).expect("opens");
    assert_eq!(sound(&mut reader), ["one"]);
    assert!(matches!(reader.append(&entry("two")), Err(StoreError::ReadOnly)));
    assert_eq!(sound(&mut reader), ["one"]);
}

#[test]
fn all_who_may_write_the_directory_may_append_and_nobody_else() {
    for (directory, file) in [(0o2775, 0o664), (0o770, 0o660), (0o755, 0o644), (0o700, 0o600), (0o777, 0o664)] {
        let folder = tempfile::tempdir().expect("a folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(directory)).expect("rights");
        let path = folder.path().join("ledger.db");
        let mut store = Sqlite::open(&path, scribe()).expect("opens");
        store.append(&entry("one")).expect("recorded");
        for name in ["ledger.db", "ledger.db-wal", "ledger.db-shm"] {
            let rights = fs::metadata(folder.path().join(name)).expect(name).permissions().mode() & 0o777;
            assert_eq!(rights, file, "{name} in {directory:o}");
        }
    }
}

#[test]
fn a_file_of_something_else_and_a_ledger_of_a_newer_program_are_refused_in_words() {
    let folder = tempfile::tempdir().expect("a folder");
    let refused = |name: &str| Sqlite::open(&folder.path().join(name), scribe()).expect_err(name).to_string();
    std::fs::write(folder.path().join("text"), "this is no database, and long enough to look at: ".repeat(40))
        .expect("written");
    assert!(refused("text").contains("is not a ledger of warroom"));
    let other = Connection::open(folder.path().join("other")).expect("opens");
    other.execute_batch("CREATE TABLE a (b); PRAGMA user_version = 7").expect("made");
    assert!(refused("other").contains("is not a ledger of warroom"));
    drop(Sqlite::open(&folder.path().join("newer"), scribe()).expect("opens"));
    let newer = Connection::open(folder.path().join("newer")).expect("opens");
    newer.execute_batch("PRAGMA user_version = 2").expect("made");
    assert!(refused("newer").contains("use the newer warroom"));
}

#[test]
fn who_changes_a_row_is_stopped_and_who_goes_around_that_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.db");
    let mut store = Sqlite::open(&path, scribe()).expect("opens");
    for target in ["one", "two", "three"] {
        store.append(&entry(target)).expect("recorded");
    }
    let hand = Connection::open(&path).expect("opens");
    let change = "UPDATE event SET body = CAST(replace(CAST(body AS TEXT), 'two', 'ten') AS BLOB) WHERE seq = 2";
    assert!(hand.execute(change, []).expect_err("stopped").to_string().contains("append-only"));
    assert!(hand.execute("DELETE FROM event", []).expect_err("stopped").to_string().contains("append-only"));
    hand.execute_batch(&format!("DROP TRIGGER event_no_update; {change}")).expect("a determined hand");
    let mut chain = Chain::new(Vec::new());
    let faults: Vec<String> =
        all(&mut store).iter().filter_map(|event| chain.push(look(event)).err()).map(|f| f.to_string()).collect();
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].starts_with("event 2: its bytes were changed"), "{faults:?}");
}
