//! A machine with a ledger, on which runs are started with the real program.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use warroom::{
    clock::Clock,
    domain::{
        plan::Plan,
        run::{
            Known, Outcome, Run, RunId, State,
            act::{Act, Resume},
        },
        time::Span,
    },
    ledger::store::{Scribe, postgres::Postgres},
    runbook::{
        journal::Journal,
        process::{Alive, alive},
        start::{Confirmed, create},
    },
};

use super::plans::{actor, journal};
use crate::{
    ledger::database::{Server, address},
    support::DEADLINE,
};

/// A folder with settings, a ledger, and what steps leave.
pub(super) struct Desk {
    folder: tempfile::TempDir,
    /// The address of the database that keeps the ledger, when that is no file of the folder.
    database: Option<String>,
}

impl Desk {
    pub(super) fn new() -> Self {
        Self::within(&std::env::temp_dir())
    }

    /// One whose folder is in `directory`.
    pub(super) fn within(directory: &Path) -> Self {
        let folder = tempfile::tempdir_in(directory).expect("a folder");
        let ledger = folder.path().join("ledger.db");
        let settings = format!("[ledger.store]\nsqlite = \"{}\"\n", ledger.display());
        fs::write(folder.path().join("config.toml"), settings).expect("settings");
        drop(journal(&ledger));
        Self { folder, database: None }
    }

    /// One whose ledger `server` keeps, in a database of that name.
    pub(super) fn at(server: &Server, name: &str) -> Self {
        let mut hand = server.address().config.connect(postgres::NoTls).expect("connects");
        hand.batch_execute(&format!("CREATE DATABASE {name}")).expect("made");
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("postgresql://postgres@127.0.0.1:{}/{name}?sslmode=disable", server.port);
        let settings = format!("[ledger.store.postgres]\nurl = \"{url}\"\n");
        fs::write(folder.path().join("config.toml"), settings).expect("settings");
        let desk = Self { folder, database: Some(url) };
        drop(desk.journal());
        desk
    }

    pub(super) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn ledger(&self) -> PathBuf {
        self.path().join("ledger.db")
    }

    /// Whether a database keeps the ledger.
    pub(super) fn is_in_database(&self) -> bool {
        self.database.is_some()
    }

    /// Where runs keep their files.
    pub(super) fn runs(&self) -> PathBuf {
        self.path().join(if self.database.is_some() { "state/warroom/runs" } else { "runs" })
    }

    /// From now on `who` alone has `role`.
    pub(super) fn role(&self, role: &str, who: &str) {
        let catalog = self.path().join("catalog");
        fs::create_dir_all(&catalog).expect("a catalog");
        fs::write(catalog.join("roles.toml"), format!("[roles.{role}]\nmembers = [\"{who}\"]\n")).expect("roles");
    }

    /// The journal of runs, to read and to write.
    pub(super) fn journal(&self) -> Journal {
        let Some(url) = &self.database else { return journal(&self.ledger()) };
        let scribe = Scribe::new("bastion-2".to_owned(), Clock::real());
        let store = Postgres::open(address(url), scribe).expect("a ledger");
        Journal::open(Box::new(store), actor()).expect("a journal")
    }

    /// warroom with these arguments.
    pub(super) fn warroom(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_warroom"));
        command.args(arguments).arg("--config").arg(self.path().join("config.toml"));
        command.env("XDG_STATE_HOME", self.path().join("state"));
        command.current_dir(self.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// What warroom says to these arguments.
    pub(super) fn say(&self, arguments: &[&str]) -> Output {
        self.warroom(arguments).output().expect("warroom runs")
    }

    /// The settings have this too.
    pub(super) fn configure(&self, more: &str) {
        let path = self.path().join("config.toml");
        let settings = fs::read_to_string(&path).expect("settings");
        fs::write(path, format!("{settings}{more}")).expect("settings");
    }

    /// A file of `plan`, and what confirms it.
    pub(super) fn file(&self, plan: &Plan) -> (String, String) {
        let path = self.path().join("plan.json");
        fs::write(&path, serde_json::to_vec(plan).expect("JSON")).expect("a file");
        (path.display().to_string(), plan.hash().expect("a hash").to_string())
    }

    /// A run of `plan`, on which nobody works yet. What may be run at all is asked elsewhere: these plans come from no catalog.
    pub(super) fn create(&self, plan: &Plan) -> Result<RunId, String> {
        let reason = Some("a test".to_owned());
        let confirmed = Confirmed {
            plan: plan.clone(),
            reason,
            incident: None,
            take_over: None,
            break_glass: false,
            computed: None,
        };
        create(&mut self.journal(), confirmed).map_err(|why| why.to_string())
    }

    /// Starts `plan` and follows it.
    pub(super) fn start(&self, plan: &Plan, more: &[&str]) -> Child {
        let id = self.create(plan).expect("a run");
        let arguments = [&["runbook", "attach", &id, "--recover"], more].concat();
        self.warroom(&arguments).spawn().expect("warroom runs")
    }

    /// Starts `plan` and follows it until that ends: its exit code, and what it said.
    pub(super) fn run(&self, plan: &Plan) -> (i32, String) {
        told(&self.start(plan, &[]).wait_with_output().expect("it ends"))
    }

    /// The newest run.
    pub(super) fn newest(&self) -> Option<Run> {
        self.journal().runs().newest().first().map(|run| (*run).clone())
    }

    /// The newest run as soon as `holds` is true of it.
    pub(super) fn until(&self, what: &str, holds: impl Fn(&Run) -> bool) -> Run {
        until(what, || self.newest().filter(&holds))
    }

    /// The lines of a file that steps write; none when there is no such file.
    pub(super) fn lines(&self, name: &str) -> Vec<String> {
        let text = fs::read_to_string(self.path().join(name)).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// A script that appends `line` to the file `name` in the folder.
    pub(super) fn appends(&self, line: &str, name: &str) -> String {
        format!("echo {line} >> '{}'", self.path().join(name).display())
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        // Nothing of a test goes on when it is over.
        for run in self.journal().runs().newest() {
            kill_worker(run);
        }
    }
}

/// Ends the worker of `run` with SIGKILL, if there is one; whether there was.
pub(super) fn kill_worker(run: &Run) -> bool {
    let Some(worker) = run.worker.as_ref().filter(|worker| alive(worker) == Alive::Yes) else { return false };
    if worker.pid == std::process::id() {
        return false;
    }
    kill(worker.pid);
    true
}

/// Ends a process with SIGKILL.
pub(super) fn kill(pid: u32) {
    let pid = Pid::from_raw(i32::try_from(pid).expect("a number")).expect("a process");
    let _ = kill_process(pid, Signal::KILL);
}

/// A person at the newest run until it is `over`, who looks what became of a step that nobody knows of (`there`), and takes everything
/// back when one failed. How often nobody knew.
pub(super) fn person(desk: &Desk, mut over: impl FnMut() -> bool, there: impl Fn(&str, bool) -> bool) -> usize {
    let (mut journal, mut unknown) = (desk.journal(), 0);
    while !over() {
        let _ = journal.wait(Duration::from_millis(20));
        let _ = journal.catch_up();
        let Some(run) = journal.runs().newest().first().map(|run| (*run).clone()) else { continue };
        if !matches!(run.state, State::Waiting(_)) || run.open().is_some() {
            continue;
        }
        let last = run.attempts.last().expect("something was done");
        if last.result.as_ref().is_none_or(|result| result.outcome != Outcome::Unknown) {
            let _ = journal.record(&run.id, &Act::Resume { how: Resume::Undo, reason: None });
            continue;
        }
        let outcome = if there(&last.step, last.undo) { Outcome::Succeeded } else { Outcome::Failed };
        let act = Act::Result {
            epoch: run.epoch,
            step: last.step.clone(),
            undo: last.undo,
            number: last.number,
            outcome,
            words: "looked at".to_owned(),
            took: Span::ZERO,
            known: Known::Person,
            output: None,
        };
        unknown += usize::from(journal.record(&run.id, &act).is_ok());
    }
    unknown
}

/// Exit code and all that was said.
pub(super) fn told(output: &Output) -> (i32, String) {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&text).into_owned())
}

/// Looks again and again until there is something.
pub(super) fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < DEADLINE, "gave up waiting for {what}");
        thread::sleep(Duration::from_millis(10));
    }
}
