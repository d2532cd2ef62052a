//! The shared store, against a real PostgreSQL.

use warroom::ledger::store::{Store, StoreError, postgres::Postgres};

use super::{
    conformance,
    database::{Server, address},
    entry, scribe, sound,
};

fn open(server: &Server) -> Postgres {
    Postgres::open(server.address(), scribe()).expect("opens")
}

#[test]
fn postgresql_keeps_a_ledger() {
    let server = Server::start();
    conformance::every_store(&|| Box::new(open(&server)));
}

#[test]
fn a_database_that_went_away_is_told_records_nothing_and_is_found_again() {
    let server = Server::start();
    let mut store = open(&server);
    store.append(&entry("before")).expect("recorded");
    server.down();
    let told = store.append(&entry("meanwhile")).expect_err("there is no database");
    assert!(matches!(told, StoreError::Away(_) | StoreError::Database(_)), "{told}");
    let told = store.head().expect_err("there is no database").to_string();
    assert!(told.contains("does not answer"), "{told}");
    server.up();
    store.append(&entry("after")).expect("recorded on a new connection");
    assert_eq!(sound(&mut store), ["before", "after"]);
}

#[test]
fn a_reader_needs_no_right_but_to_read() {
    let server = Server::start();
    let reader = || address(&format!("postgresql://auditor@127.0.0.1:{}/postgres?sslmode=disable", server.port));
    let mut hand = server.address().config.connect(postgres::NoTls).expect("connects");
    hand.batch_execute("CREATE ROLE auditor LOGIN").expect("made");
    let refused = Postgres::open_to_read(reader(), scribe()).map(|_| ()).expect_err("nothing there").to_string();
    assert!(refused.contains("no ledger of warroom yet"), "{refused}");
    open(&server).append(&entry("one")).expect("recorded");
    hand.batch_execute("GRANT SELECT ON warroom_event, warroom_schema TO auditor").expect("granted");
    let mut store = Postgres::open_to_read(reader(), scribe()).expect("opens");
    assert_eq!(sound(&mut store), ["one"]);
    let refused = store.append(&entry("two")).expect_err("no right").to_string();
    assert!(refused.contains("read-only for you"), "{refused}");
}

#[test]
fn a_newer_program_s_tables_are_refused_and_a_changing_hand_is_stopped() {
    let server = Server::start();
    let mut store = open(&server);
    store.append(&entry("one")).expect("recorded");
    let mut hand = server.address().config.connect(postgres::NoTls).expect("connects");
    for change in ["UPDATE warroom_event SET hash = hash", "DELETE FROM warroom_event", "TRUNCATE warroom_event"] {
        let stopped = hand.batch_execute(change).expect_err(change);
        assert!(stopped.as_db_error().expect("an answer").message().contains("append-only"), "{stopped}");
    }
    hand.batch_execute("UPDATE warroom_schema SET version = 2").expect("changed");
    let refused = Postgres::open(server.address(), scribe()).map(|_| ()).expect_err("newer").to_string();
    assert!(refused.contains("use the newer warroom"), "{refused}");
}
