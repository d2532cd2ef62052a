//! Starts a run: it is recorded, with the right to act, and a worker of its own takes it up.

use std::{
    ffi::{OsStr, OsString},
    fs::{self, OpenOptions},
    io,
    os::unix::{fs::OpenOptionsExt as _, process::CommandExt as _},
    path::Path,
    process::{Child, Command, Stdio},
};

use ulid::Ulid;

use super::{
    approve::{self, Barred},
    journal::{Journal, JournalError},
    place,
    steps::command::own_program,
};
use crate::{
    clock::Clock,
    config::schema::ledger::Ledger,
    domain::{
        catalog::Catalog,
        plan::{Mode, Plan, fit::Unfit},
        readiness::standing::against,
        run::{RunId, act::Act, runs::Refused},
        time::Timestamp,
        verdict::computed::Computed,
    },
    ledger::{
        actor,
        open::{self, OpenError},
        reading,
        store::Store,
    },
};

/// The hidden command that is the worker.
pub const WORKER: &str = "_exec";

/// What its worker says beside the journal, in the run's directory.
const LOG: &str = "worker.log";

/// A plan that somebody confirmed.
#[derive(Clone, Debug, PartialEq)]
pub struct Confirmed {
    /// The plan.
    pub plan: Plan,
    /// Why.
    pub reason: Option<String>,
    /// The incident that it is for.
    pub incident: Option<String>,
    /// The run whose leases it takes over.
    pub take_over: Option<RunId>,
    /// Whether it is started without the approvals that it needs.
    pub break_glass: bool,
    /// The verdict on its release when it was confirmed, where one was computed.
    pub computed: Option<Computed>,
}

/// Why there is no run.
#[derive(Debug, thiserror::Error)]
pub enum NotStarted {
    /// The plan may not be run.
    #[error("the plan cannot be run: {0}")]
    Unfit(#[from] Unfit),
    /// It may not be run.
    #[error(transparent)]
    Barred(#[from] Barred),
    /// It goes forward, and the release waits.
    #[error("it takes a new version on, and {0}. A way back is not held; what goes forward waits, or breaks the glass")]
    Held(String),
    /// There is no ledger to record it in.
    #[error(transparent)]
    Ledger(#[from] OpenError),
    /// It was not recorded.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Records that `confirmed` is to be done, where everybody approved it who must, in the ledger that `settings` name. The
/// journal is for who follows the run. Blocks.
///
/// # Errors
/// Why there is no run.
pub fn begin(
    settings: &Ledger,
    catalog: &Catalog,
    confirmed: Confirmed,
    clock: Clock,
) -> Result<(Journal, RunId), NotStarted> {
    let mut store = open::open(settings, clock)?;
    approve::admitted(&confirmed.plan, confirmed.break_glass, store.as_mut(), catalog, clock.now())?;
    if !confirmed.break_glass {
        held(&confirmed.plan, store.as_mut(), catalog, clock.now())?;
    }
    let mut journal = Journal::open(store, actor::actor())?;
    let id = create(&mut journal, confirmed)?;
    Ok((journal, id))
}

/// Whether nothing holds up a plan that takes a new version on: its change window, and a no-go or hold. A way back is never held.
fn held(plan: &Plan, store: &mut dyn Store, catalog: &Catalog, now: Timestamp) -> Result<(), NotStarted> {
    let runbook = catalog.runbooks.get(&plan.runbook.name);
    if plan.mode == Mode::Rehearsal || !runbook.is_some_and(|runbook| runbook.goes_forward(&catalog.runbooks)) {
        return Ok(());
    }
    if let Some(window) = plan.window.filter(|window| now < window.start || now > window.end) {
        let [start, end] = [window.start, window.end].map(|at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string());
        return Err(NotStarted::Held(format!("the change window is from {start} to {end}")));
    }
    let Some(release) = &plan.target.release else { return Ok(()) };
    let read = reading::read(store, &catalog.signers).map_err(JournalError::from)?;
    match read.record.said(release).and_then(|said| against(said, &catalog.roles)) {
        Some((who, stop)) => Err(NotStarted::Held(format!("{who} decided {}: {}", stop.decision.word(), stop.reason))),
        None => Ok(()),
    }
}

/// Records that `confirmed` is to be done; the run has its leases then. Blocks.
///
/// # Errors
/// Why there is no run.
pub fn create(journal: &mut Journal, confirmed: Confirmed) -> Result<RunId, NotStarted> {
    let Confirmed { plan, reason, incident, take_over, break_glass, computed } = confirmed;
    plan.fit()?;
    let hash = plan.hash().map_err(|why| JournalError::from(Refused::Malformed(why.to_string())))?;
    let act = Act::Create { plan, hash, reason, incident, take_over, break_glass, countdown: None, computed };
    let id = identifier();
    journal.record(&id, &act)?;
    Ok(id)
}

/// `run-` and the last ten characters of a ULID.
pub(super) fn identifier() -> RunId {
    let ulid = Ulid::from_parts(0, fastrand::u128(..)).to_string().to_lowercase();
    format!("run-{}", ulid.get(ulid.len().saturating_sub(10)..).unwrap_or(&ulid))
}

/// Starts a worker for the run `id`, whose files are below `runs`. It leads a session of its own as soon as it runs, and goes
/// on when this process ends. `arguments` say where settings are.
///
/// # Errors
/// When it cannot be started. The run is there, and another worker may take it up.
pub fn worker(runs: &Path, id: &str, arguments: &[OsString]) -> io::Result<Child> {
    let directory = place::of(runs, id).ok_or_else(|| io::Error::other("that is not the name of a run"))?;
    place::make(&directory)?;
    let log = OpenOptions::new().append(true).create(true).mode(0o640).open(directory.join(LOG))?;
    let mut command = Command::new(own_program());
    command
        .arg0(OsStr::new("warroom"))
        .arg(WORKER)
        .arg(id)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log);
    command.spawn()
}

/// What the worker of the run with this directory said last for itself, beside the journal; `None` where it said nothing.
#[must_use]
pub fn last_words(directory: &Path) -> Option<String> {
    let log = fs::read_to_string(directory.join(LOG)).ok()?;
    log.lines().rfind(|line| !line.trim().is_empty()).map(str::to_owned)
}
