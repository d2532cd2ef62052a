//! Where a run keeps its files, on the machine that works on it.
//!
//! Each attempt has a directory. It is there before the intent is recorded; `begun` is made, by exactly one process, before
//! anything is done; `status.json` is there before the result is recorded. All three are durable. So whoever finds an intent
//! without a result knows from the directory: nothing was begun, it goes on, it ended so, or nobody knows.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{
    config::schema::ledger::{Ledger, LedgerStore},
    domain::{
        ledger::hash::Hash,
        plan::request::Observed,
        run::{Outcome, Worker},
        time::Span,
    },
    ledger::open::{self, OpenError},
};

/// The group may read: who shares a ledger may share what its runs wrote. Secrets are taken out of it.
const DIRECTORY: u32 = 0o750;
const FILE: u32 = 0o640;

const BEGUN: &str = "begun";
const STATUS: &str = "status.json";
const PROGRAM: &str = "program.json";
const CHILD: &str = "child.json";
const OBJECT: &str = "object.json";
const OUTPUT: &str = "output";

/// The directory of all runs: beside the ledger's file, or in the user's own directory where a database keeps the ledger.
///
/// # Errors
/// When there is no place for it.
pub fn all(settings: &Ledger) -> Result<PathBuf, OpenError> {
    let file = match open::place(settings)? {
        LedgerStore::Sqlite(path) => path,
        LedgerStore::Postgres { .. } => match open::place(&Ledger::default())? {
            LedgerStore::Sqlite(path) => path,
            LedgerStore::Postgres { .. } => return Err(OpenError::Nowhere),
        },
    };
    Ok(file.with_file_name("runs"))
}

/// The directory of the run `id` among `all`; `None` when that is no identifier of a run.
#[must_use]
pub fn of(all: &Path, id: &str) -> Option<PathBuf> {
    let rest = id.strip_prefix("run-")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
    (!rest.is_empty() && rest.len() < 64 && rest.chars().all(plain)).then(|| all.join(id))
}

/// Makes a directory with those above it.
///
/// # Errors
/// When it cannot be made.
pub fn make(directory: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(DIRECTORY).create(directory)
}

/// The directory of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    directory: PathBuf,
}

/// How an attempt went: what is known before it is recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// In one word.
    pub outcome: Outcome,
    /// In words, without secrets.
    pub words: String,
    /// How long it took.
    pub took: Span,
    /// The hash of what it wrote.
    pub output: Option<Hash>,
}

/// A program that is to be run in an attempt. Its environment is not in it: secrets are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// The exit codes that are a success.
    pub exit: Vec<i32>,
    /// How long it may take.
    pub timeout: Span,
    /// How long it has to end after it was told to.
    pub grace: Span,
    /// Names of the environment variables that hold a secret.
    pub secrets: Vec<String>,
}

/// Who may do what an attempt is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// Whoever asked, and nobody else.
    Mine,
    /// This one did it, or does it.
    Other(Worker),
}

impl Place {
    /// The directory, below that of the run, of attempt `number` at the step that is at `index` in the plan.
    #[must_use]
    pub fn of(run: &Path, index: usize, step: &str, undo: bool, number: u32) -> Self {
        let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '@') { c } else { '_' };
        let step: String = step.chars().take(64).map(plain).collect();
        let undo = if undo { ".undo" } else { "" };
        Self { directory: run.join(format!("{index:02}-{step}{undo}.{number}")) }
    }

    /// The one in `directory`.
    #[must_use]
    pub const fn at(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// Makes it, durably.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make(&self) -> io::Result<()> {
        make(&self.directory)?;
        sync(&self.directory)?;
        self.directory.parent().map_or(Ok(()), sync)
    }

    /// Whether it is there: then this is where the attempt is made.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.directory.is_dir()
    }

    /// Claims, durably, that `worker` does what the attempt is for. Of all who ask, one may.
    ///
    /// # Errors
    /// When it cannot be written: then nobody may.
    pub fn begin(&self, worker: &Worker) -> io::Result<Begun> {
        let own = self.directory.join(format!("{BEGUN}.{}.{}", worker.pid, worker.started));
        write(&own, &serde_json::to_vec(worker)?)?;
        let linked = fs::hard_link(&own, self.directory.join(BEGUN));
        fs::remove_file(&own)?;
        match linked {
            Ok(()) => {
                sync(&self.directory)?;
                Ok(Begun::Mine)
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => match self.begun()? {
                Some(other) => Ok(Begun::Other(other)),
                None => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    /// Who does what the attempt is for.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn begun(&self) -> io::Result<Option<Worker>> {
        self.read(BEGUN)
    }

    /// How it went, where that is known.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn status(&self) -> io::Result<Option<Status>> {
        self.read(STATUS)
    }

    /// Keeps, durably, how it went.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn conclude(&self, status: &Status) -> io::Result<()> {
        self.replace(STATUS, &serde_json::to_vec(status)?)
    }

    /// The program that it runs.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn program(&self) -> io::Result<Option<Program>> {
        self.read(PROGRAM)
    }

    /// Says which program it runs.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_program(&self, program: &Program) -> io::Result<()> {
        self.replace(PROGRAM, &serde_json::to_vec(program)?)
    }

    /// Says which process its program is.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_child(&self, child: &Worker) -> io::Result<()> {
        self.replace(CHILD, &serde_json::to_vec(child)?)
    }

    /// The process of its program.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn child(&self) -> io::Result<Option<Worker>> {
        self.read(CHILD)
    }

    /// Keeps what the attempt made of the object at that path.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn remember(&self, object: &str, observed: &Observed) -> io::Result<()> {
        self.replace(OBJECT, &serde_json::to_vec(&(object, observed))?)
    }

    /// What the attempt made of an object, by its path.
    #[must_use]
    pub fn object(&self) -> Option<(String, Observed)> {
        self.read(OBJECT).ok().flatten()
    }

    /// The file of what it writes.
    #[must_use]
    pub fn output(&self) -> PathBuf {
        self.directory.join(OUTPUT)
    }

    /// Opens the file of what it writes, empty.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn open_output(&self) -> io::Result<File> {
        create(&self.output())
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> io::Result<Option<T>> {
        match fs::read(self.directory.join(name)) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Puts `bytes` in the place of the file `name`: whoever reads it finds all or nothing of it.
    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let own = self.directory.join(format!("{name}.tmp"));
        write(&own, bytes)?;
        fs::rename(&own, self.directory.join(name))?;
        sync(&self.directory)
    }
}

pub(super) fn create(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(FILE).open(path)
}

fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Makes the names in `directory` durable.
fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::{sync::Barrier, thread};

    use super::*;

    fn worker(pid: u32) -> Worker {
        Worker { host: "bastion".into(), boot: "b".into(), pid, started: 1 }
    }

    #[test]
    fn of_many_who_begin_at_once_one_may() {
        let folder = tempfile::tempdir().expect("a folder");
        for turn in 0..20 {
            let place = Place::of(folder.path(), 1, "abort", false, turn);
            place.make().expect("made");
            let barrier = Barrier::new(8);
            let begun: Vec<Begun> = thread::scope(|scope| {
                let all: Vec<_> = (0..8)
                    .map(|pid| {
                        let (place, barrier) = (&place, &barrier);
                        scope.spawn(move || {
                            barrier.wait();
                            place.begin(&worker(pid)).expect("told")
                        })
                    })
                    .collect();
                all.into_iter().map(|one| one.join().expect("ended")).collect()
            });
            assert_eq!(begun.iter().filter(|begun| **begun == Begun::Mine).count(), 1, "{begun:?}");
            let winner = place.begun().expect("readable").expect("begun");
            assert!(begun.iter().all(|begun| *begun == Begun::Mine || *begun == Begun::Other(winner.clone())));
        }
    }

    #[test]
    fn no_name_leads_out_of_the_directory_of_runs() {
        let all = Path::new("/state/runs");
        assert_eq!(of(all, "run-01jd8k"), Some(all.join("run-01jd8k")));
        for id in ["", "run-", "run-..", "run-../x", "run-a/b", "other", "run-a\0"] {
            assert_eq!(of(all, id), None, "{id}");
        }
        let place = Place::of(all, 3, "../../etc/passwd", true, 1);
        assert_eq!(place.directory(), all.join("03-______etc_passwd.undo.1"));
    }

    #[test]
    fn half_a_status_is_no_status() {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place::of(folder.path(), 0, "flag", false, 1);
        place.make().expect("made");
        assert_eq!(place.status().expect("readable"), None);
        fs::write(place.directory().join("status.json.tmp"), b"{\"outcome\":").expect("torn");
        assert_eq!(place.status().expect("readable"), None, "what was torn was never put in place");
        let status = Status { outcome: Outcome::Failed, words: "exit code 1".into(), took: Span::ZERO, output: None };
        place.conclude(&status).expect("written");
        assert_eq!(place.status().expect("readable"), Some(status));
    }
}
