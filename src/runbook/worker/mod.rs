//! The worker: the process that does what a run is for. It needs no console and no terminal.
//!
//! It asks the course of the run what comes next, records the intent, does it, keeps how it went, and records the result. Killed
//! anywhere and started again, it knows from the journal and from the directory of the attempt where it was.

pub mod clock;
mod recover;
mod snapshot;
mod watch;

use std::{
    path::PathBuf,
    sync::Arc,
    thread::sleep,
    time::{Duration, Instant},
};

use tokio::runtime::Runtime;

use self::{clock::Elapsed, watch::Watch};
use super::{
    journal::{Journal, JournalError},
    place::{self, Place, Status},
    process::{self, Alive},
    steps::{self, Done, Stops, Task, Tools},
};
use crate::{
    domain::{
        plan::{Planned, request::Request},
        run::{
            Ending, Known, Outcome, Run, State, Worker,
            act::Act,
            course::{Next, next},
            runs::{Refused, Runs},
        },
        runbook::action::Effect,
        time::Span,
    },
    ledger::{actor, open::OpenError, store::Store},
};

/// Opens the ledger: each thread has its own connection.
pub type Opener = Arc<dyn Fn() -> Result<Box<dyn Store>, OpenError> + Send + Sync>;

/// How long it waits for a person before it looks by itself.
const WAIT: Duration = Duration::from_millis(100);

/// How long it waits for a store that is away, at first and at most.
const AWAY: (Duration, Duration) = (Duration::from_millis(200), Duration::from_secs(5));

/// What a worker works with.
pub struct Order<'a> {
    /// The run.
    pub run: &'a str,
    /// Where all runs keep their files.
    pub runs: PathBuf,
    /// What steps are done with.
    pub tools: Tools,
    /// Opens the ledger.
    pub open: Opener,
    /// Whether a worker of another machine, which cannot be seen from here, is taken for gone.
    pub recover: bool,
}

/// Why a worker stopped before the run was over.
#[derive(Debug, thiserror::Error)]
pub enum Stopped {
    /// The ledger cannot be had.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Nothing more can be recorded, or may be.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Its files cannot be kept.
    #[error("the directory of the run cannot be made: {0}")]
    Place(std::io::Error),
    /// It is no run.
    #[error("{0} is not the name of a run")]
    Name(String),
}

impl From<Refused> for Stopped {
    fn from(refused: Refused) -> Self {
        Self::Journal(refused.into())
    }
}

/// Works on a run until it is over. Blocks.
///
/// # Errors
/// Why it stopped before: another worker has the run, or nothing can be recorded. Another worker may take it up then.
pub fn work(order: Order<'_>, runtime: &Runtime) -> Result<Ending, Stopped> {
    let directory = place::of(&order.runs, order.run).ok_or_else(|| Stopped::Name(order.run.to_owned()))?;
    place::make(&directory).map_err(Stopped::Place)?;
    let mut journal = Journal::open((order.open)()?, actor::actor())?;
    if let State::Ended(ending) = journal.run(order.run)?.state {
        return Ok(ending);
    }
    if talks_tls(journal.run(order.run)?) {
        order.tools.context.clients.prepare(order.tools.context.use_environment_proxy);
    }
    let me = process::myself();
    let epoch = claim(&mut journal, &order, &me)?;
    let used = Span::between(journal.run(order.run)?.at, order.tools.context.clock.now());
    let watch = Watch::start(Arc::clone(&order.open), order.run, &me, Elapsed::of(&directory, &me, used));
    let stops = Stops(watch.stops.clone());
    let id = order.run.to_owned();
    Hand { id, epoch, me, directory, journal, tools: order.tools, stops, runtime }.work()
}

/// Whether a request of the run goes over TLS.
fn talks_tls(run: &Run) -> bool {
    let requests = run.plan.steps.iter().flat_map(|step| step.undo.iter().chain([&step.request]));
    let mut urls = requests.filter_map(|request| match request {
        Request::Http(request) | Request::Notify { request, .. } => Some(&request.url),
        _ => None,
    });
    urls.any(|url| url.starts_with("https:"))
}

/// Takes the run up, when nobody works on it.
fn claim(journal: &mut Journal, order: &Order<'_>, me: &Worker) -> Result<u64, Stopped> {
    let epoch = journal.run(order.run)?.epoch;
    let free = |runs: &Runs| {
        let other = runs.run(order.run).and_then(|run| run.worker.as_ref());
        if other == Some(me) {
            return Ok(());
        }
        let why = match other.map(process::alive) {
            None | Some(Alive::No) => return Ok(()),
            Some(Alive::Elsewhere) if order.recover => return Ok(()),
            Some(Alive::Elsewhere) => {
                "a worker on another machine has it; if that one is gone, take it up with --recover"
            }
            Some(Alive::Yes) => "another worker does it",
        };
        Err(Refused::Misplaced { run: order.run.to_owned(), why })
    };
    journal.record_while(order.run, &Act::Claim { epoch, worker: me.clone() }, free)?;
    Ok(epoch)
}

/// A worker that has its run.
struct Hand<'a> {
    id: String,
    epoch: u64,
    me: Worker,
    directory: PathBuf,
    journal: Journal,
    tools: Tools,
    stops: Stops,
    runtime: &'a Runtime,
}

/// An attempt, as it is recorded.
#[derive(Clone)]
struct Which {
    step: String,
    undo: bool,
    number: u32,
}

impl Hand<'_> {
    fn work(mut self) -> Result<Ending, Stopped> {
        loop {
            self.catch_up()?;
            let run = self.journal.run(&self.id)?.clone();
            if !run.is_over() && run.worker.as_ref() != Some(&self.me) {
                return Err(Refused::Fenced(self.id).into());
            }
            let moved = match next(&run) {
                Next::Over(ending) => return Ok(ending),
                Next::End(ending, words) => self.record(&Act::End { epoch: self.epoch, ending, words }),
                Next::Wait(_) => self.pause(),
                Next::Do { step, undo, number } => {
                    let which = Which { step: step.id.clone(), undo, number };
                    self.attempt(&run, step, &which)
                }
                Next::FindOut(attempt) => {
                    let which = Which { step: attempt.step.clone(), undo: attempt.undo, number: attempt.number };
                    self.find_out(&run, &which)
                }
            };
            match moved {
                // Something was said meanwhile, so something else comes next.
                Ok(()) | Err(JournalError::Refused(Refused::Misplaced { .. })) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Begins a step, and does it.
    fn attempt(&mut self, run: &Run, step: &Planned, which: &Which) -> Result<(), JournalError> {
        if step.effect == Effect::Write && run.is_real() && run.snapshot.is_none() {
            let (files, missing) = self.runtime.block_on(snapshot::take(run, &self.directory, &self.tools, &self.me));
            self.record(&Act::Snapshot { epoch: self.epoch, files, missing })?;
        }
        let place = self.place(run, which);
        // Before the intent: whoever finds one knows by this that it is the right machine.
        let made = place.make();
        let deadline = self.tools.context.clock.now() + step.timeout.delta();
        let Which { step: id, undo, number } = which.clone();
        self.record(&Act::Intent { epoch: self.epoch, step: id, undo, number, deadline })?;
        match made {
            Ok(()) => self.perform(run, step, which, &place),
            Err(error) => {
                let words = format!("it was not begun: its directory cannot be made: {error}");
                self.result(which, &Done::failed(words).status(Span::ZERO), Known::Worker)
            }
        }
    }

    /// Does what was begun, and records how it went.
    fn perform(&mut self, run: &Run, step: &Planned, which: &Which, place: &Place) -> Result<(), JournalError> {
        if is_for_a_person(run, step, which) {
            return self.person(which);
        }
        let started = Instant::now();
        let task = Task { run, step, undo: which.undo, number: which.number, place, worker: &self.me };
        let mut stops = self.stops.clone();
        let done = self.runtime.block_on(steps::perform(&self.tools, &task, &mut stops));
        let (done, known) = self.sure(done, &task);
        let status = done.status(self.tools.context.clock.since(started));
        // The result says it too; this is for whoever comes when this process is killed before that is recorded.
        let _ = place.conclude(&status);
        self.result(which, &status, known)
    }

    /// Asks the probe where nobody else can tell.
    fn sure(&self, done: Done, task: &Task<'_>) -> (Done, Known) {
        let unsure = matches!(done.outcome, Outcome::Unknown | Outcome::Aborted | Outcome::TimedOut);
        let read_back = matches!(task.request(), Some(Request::Kubernetes(_)));
        if !unsure || read_back || task.step.effect == Effect::Read {
            return (done, Known::Worker);
        }
        let looked = self.runtime.block_on(steps::find_out(&self.tools, task));
        match looked {
            // What was ended in the middle and is not there was ended; it did not fail by itself.
            Some(looked) if looked.outcome == Outcome::Succeeded || done.outcome == Outcome::Unknown => {
                let words = format!("{}; {}", done.words, looked.words);
                (Done { words, output: done.output, ..looked }, Known::Probe)
            }
            _ => (done, Known::Worker),
        }
    }

    /// Waits until a person says how it went, or that it is to stop.
    fn person(&mut self, which: &Which) -> Result<(), JournalError> {
        loop {
            self.catch_up()?;
            let run = self.journal.run(&self.id)?;
            if run.is_over() || run.open().is_none() || run.worker.as_ref() != Some(&self.me) {
                return Ok(());
            }
            if run.stop.is_some() {
                let done = Done::aborted("it was told to stop before somebody said that it was done");
                return self.result(which, &done.status(Span::ZERO), Known::Worker);
            }
            self.pause()?;
        }
    }

    fn result(&mut self, which: &Which, status: &Status, known: Known) -> Result<(), JournalError> {
        let Which { step, undo, number } = which.clone();
        let Status { outcome, words, took, output } = status.clone();
        self.record(&Act::Result { epoch: self.epoch, step, undo, number, outcome, words, took, known, output })
    }

    /// Records `act`, as long as this is the worker of the run. A store that is away is waited for: there is nothing else to do.
    fn record(&mut self, act: &Act) -> Result<(), JournalError> {
        let (id, me) = (self.id.clone(), self.me.clone());
        let mine = |runs: &Runs| match runs.run(&id) {
            Some(run) if run.worker.as_ref() == Some(&me) => Ok(()),
            _ => Err(Refused::Fenced(id.clone())),
        };
        let mut pause = AWAY.0;
        loop {
            match self.journal.record_while(&id, act, mine) {
                Ok(_) => return Ok(()),
                Err(error) if error.may_pass() => sleep(pause),
                Err(error) => return Err(error),
            }
            pause = (pause * 2).min(AWAY.1);
        }
    }

    fn catch_up(&mut self) -> Result<(), JournalError> {
        let mut pause = AWAY.0;
        loop {
            match self.journal.catch_up() {
                Ok(_) => return Ok(()),
                Err(error) if error.may_pass() => sleep(pause),
                Err(error) => return Err(error),
            }
            pause = (pause * 2).min(AWAY.1);
        }
    }

    /// Waits until there may be something new.
    fn pause(&mut self) -> Result<(), JournalError> {
        match self.journal.wait(WAIT) {
            Err(error) if !error.may_pass() => Err(error),
            Err(_) => {
                sleep(WAIT);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    fn place(&self, run: &Run, which: &Which) -> Place {
        let index = run.plan.steps.iter().position(|step| step.id == which.step).unwrap_or(usize::MAX);
        Place::of(&self.directory, index, &which.step, which.undo, which.number)
    }
}

/// Whether a person does it.
fn is_for_a_person(run: &Run, step: &Planned, which: &Which) -> bool {
    let request = if which.undo { step.undo.as_ref() } else { Some(&step.request) };
    run.is_real() && matches!(request, Some(Request::Manual { .. }))
}
