//! The shared store, against a real PostgreSQL.

use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use rustls::RootCertStore;
use warroom::ledger::store::{
    Store, StoreError,
    postgres::{Address, Postgres},
};

use super::{conformance, entry, scribe, sound};
use crate::support::free_port;

/// A PostgreSQL of its own, in a folder that goes with it.
struct Server {
    folder: tempfile::TempDir,
    programs: PathBuf,
    port: u16,
}

impl Server {
    fn start() -> Self {
        let programs = programs();
        let folder = tempfile::tempdir().expect("a folder");
        if rustix::process::geteuid().is_root() {
            // PostgreSQL refuses to run as root.
            run(Command::new("chown").arg("postgres").arg(folder.path()));
        }
        let server = Self { folder, programs, port: free_port() };
        run(server
            .command("initdb")
            .args(["-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"])
            .arg("-D")
            .arg(server.data()));
        server.up();
        server
    }

    fn up(&self) {
        let options = format!("-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories=", self.port);
        run(self
            .command("pg_ctl")
            .arg("-D")
            .arg(self.data())
            .arg("-l")
            .arg(self.folder.path().join("log"))
            .args(["-w", "-t", "30", "-o", &options, "start"]));
    }

    fn down(&self) {
        run(self.command("pg_ctl").arg("-D").arg(self.data()).args(["-m", "fast", "-w", "stop"]));
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = if rustix::process::geteuid().is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.folder.path());
        command
    }

    fn address(&self) -> Address {
        let config = format!("postgresql://postgres@127.0.0.1:{}/postgres?sslmode=disable", self.port);
        Address { config: config.parse().expect("an address"), authorities: RootCertStore::empty() }
    }

    fn open(&self) -> Postgres {
        Postgres::open(self.address(), scribe()).expect("opens")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut stop = self.command("pg_ctl");
        let _ = stop
            .arg("-D")
            .arg(self.data())
            .args(["-m", "immediate", "-w", "stop"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
    }
}

fn run(command: &mut Command) {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    let status = status.unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
    assert!(status.success(), "{command:?}: {status}");
}

/// Where the distribution puts the newest version's programs.
fn programs() -> PathBuf {
    let mut versions: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|folder| folder.filter_map(|entry| Some(entry.ok()?.path().join("bin"))).collect())
        .unwrap_or_default();
    versions.retain(|folder| folder.join("initdb").is_file());
    versions.sort();
    versions.pop().unwrap_or_else(|| {
        let initdb = crate::support::program("initdb", "postgresql");
        initdb.parent().map(Path::to_path_buf).expect("a folder")
    })
}

#[test]
fn postgresql_keeps_a_ledger() {
    let server = Server::start();
    conformance::every_store(&|| Box::new(server.open()));
}

#[test]
fn a_database_that_went_away_is_told_records_nothing_and_is_found_again() {
    let server = Server::start();
    let mut store = server.open();
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
    let reader = || {
        let config = format!("postgresql://auditor@127.0.0.1:{}/postgres?sslmode=disable", server.port);
        Address { config: config.parse().expect("an address"), authorities: RootCertStore::empty() }
    };
    let mut hand = server.address().config.connect(postgres::NoTls).expect("connects");
    hand.batch_execute("CREATE ROLE auditor LOGIN").expect("made");
    let refused = Postgres::open_to_read(reader(), scribe()).map(|_| ()).expect_err("nothing there").to_string();
    assert!(refused.contains("no ledger of warroom yet"), "{refused}");
    server.open().append(&entry("one")).expect("recorded");
    hand.batch_execute("GRANT SELECT ON warroom_event, warroom_schema TO auditor").expect("granted");
    let mut store = Postgres::open_to_read(reader(), scribe()).expect("opens");
    assert_eq!(sound(&mut store), ["one"]);
    let refused = store.append(&entry("two")).expect_err("no right").to_string();
    assert!(refused.contains("read-only for you"), "{refused}");
}

#[test]
fn a_newer_program_s_tables_are_refused_and_a_changing_hand_is_stopped() {
    let server = Server::start();
    let mut store = server.open();
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
