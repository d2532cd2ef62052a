//! A real PostgreSQL for tests and benchmarks, on loopback.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use rustls::RootCertStore;
use warroom::ledger::store::postgres::Address;

/// A PostgreSQL of its own, in a folder that goes with it.
pub(crate) struct Server {
    folder: tempfile::TempDir,
    programs: PathBuf,
    pub(crate) port: u16,
}

impl Server {
    pub(crate) fn start() -> Self {
        let programs = programs();
        let folder = tempfile::tempdir().expect("a folder");
        if rustix::process::geteuid().is_root() {
            // PostgreSQL refuses to run as root.
            run(Command::new("chown").arg("postgres").arg(folder.path()));
        }
        // A port on which nobody listened a moment ago.
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let server = Self { folder, programs, port: port.expect("loopback").port() };
        run(server
            .command("initdb")
            .args(["-A", "trust", "-U", "postgres", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8"])
            .arg("-D")
            .arg(server.data()));
        server.up();
        server
    }

    pub(crate) fn up(&self) {
        let options = format!("-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories=", self.port);
        run(self
            .command("pg_ctl")
            .arg("-D")
            .arg(self.data())
            .arg("-l")
            .arg(self.folder.path().join("log"))
            .args(["-w", "-t", "30", "-o", &options, "start"]));
    }

    pub(crate) fn down(&self) {
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

    pub(crate) fn address(&self) -> Address {
        address(&format!("postgresql://postgres@127.0.0.1:{}/postgres?sslmode=disable", self.port))
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
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let folder = std::env::split_paths(&folders).find(|folder| folder.join("initdb").is_file());
        folder.expect("PostgreSQL is not installed: `apt-get install postgresql` (Debian, Ubuntu), or run tests/run")
    })
}

/// The database at `url`.
pub(crate) fn address(url: &str) -> Address {
    Address { config: url.parse().expect("an address"), authorities: RootCertStore::empty() }
}
