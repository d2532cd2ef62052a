//! What each kind of step does, one file each. None of them decides what comes next: that is the course of the run.

pub mod command;
pub mod http;
pub mod kubernetes;
pub mod look;
pub mod notify;
pub mod wait_metric;

use std::{path::PathBuf, sync::Arc};

use tokio::sync::watch;

use super::{
    output::{file::Output, mask::Mask},
    place::{Begun, Place, Status},
};
use crate::{
    config::Loaded,
    domain::{
        catalog::Catalog,
        ledger::hash::Hash,
        object::SourceName,
        plan::{Mode, Planned, request::Request},
        run::{Outcome, Run, Stop, Worker},
        runbook::Part,
        source::{ErrorKind, SourceError},
        time::Span,
    },
    sources::{actuators::kubernetes::Actuator, checks::Checks, connector::Context},
};

/// What steps are done with.
#[derive(Clone)]
pub struct Tools {
    /// Looks.
    pub checks: Checks,
    /// Clusters that may be changed.
    pub clusters: Arc<Vec<Actuator>>,
    /// Clock and HTTP clients.
    pub context: Context,
    /// What was declared.
    pub catalog: Arc<Catalog>,
    /// Where programs are run: the catalog's directory.
    pub directory: PathBuf,
    /// The program that has the hidden command [`command::SHIM`]: warroom itself.
    pub program: PathBuf,
}

impl Tools {
    /// Those that settings and catalog name. Does no IO.
    #[must_use]
    pub fn new(loaded: &Loaded, context: Context) -> Self {
        let directory = loaded.catalog_dir.clone().unwrap_or_else(|| PathBuf::from("."));
        let sources = &loaded.settings.sources;
        Self {
            checks: Checks::new(sources.clone(), directory.clone(), context.clone()),
            clusters: Arc::new(sources.iter().filter_map(|source| Actuator::new(source, &context)).collect()),
            context,
            catalog: Arc::clone(&loaded.catalog),
            directory,
            program: command::own_program(),
        }
    }

    /// The cluster that is reached by the source of that name.
    ///
    /// # Errors
    /// When there is none.
    pub fn cluster(&self, name: &SourceName) -> Result<&Actuator, SourceError> {
        self.clusters.iter().find(|cluster| cluster.name() == name).ok_or_else(|| {
            SourceError::new(ErrorKind::Configuration, format!("{name} is no source of the kind kubernetes"))
                .advise("configure it as [[source]], as it was when the plan was made")
        })
    }
}

/// One attempt.
#[derive(Clone, Copy)]
pub struct Task<'a> {
    /// The run.
    pub run: &'a Run,
    /// The step.
    pub step: &'a Planned,
    /// Whether it is taken back.
    pub undo: bool,
    /// Which attempt, from 1.
    pub number: u32,
    /// Where its files are.
    pub place: &'a Place,
    /// Who does it.
    pub worker: &'a Worker,
}

/// How an attempt went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Done {
    /// In one word.
    pub outcome: Outcome,
    /// In words, without secrets.
    pub words: String,
    /// The hash of what it wrote.
    pub output: Option<Hash>,
}

impl Done {
    fn new(outcome: Outcome, words: impl Into<String>) -> Self {
        Self { outcome, words: words.into(), output: None }
    }

    /// It was done.
    pub fn succeeded(words: impl Into<String>) -> Self {
        Self::new(Outcome::Succeeded, words)
    }

    /// It was not done.
    pub fn failed(words: impl Into<String>) -> Self {
        Self::new(Outcome::Failed, words)
    }

    /// It did not have to be done.
    pub fn skipped(words: impl Into<String>) -> Self {
        Self::new(Outcome::Skipped, words)
    }

    /// Nobody knows.
    pub fn unknown(words: impl Into<String>) -> Self {
        Self::new(Outcome::Unknown, words)
    }

    /// A person ended it.
    pub fn aborted(words: impl Into<String>) -> Self {
        Self::new(Outcome::Aborted, words)
    }

    /// The same with what it wrote.
    #[must_use]
    pub fn with(self, output: Option<Hash>) -> Self {
        Self { output, ..self }
    }

    /// For the file of the attempt.
    #[must_use]
    pub fn status(&self, took: Span) -> Status {
        Status { outcome: self.outcome, words: self.words.clone(), took, output: self.output }
    }
}

impl From<Status> for Done {
    fn from(status: Status) -> Self {
        Self { outcome: status.outcome, words: status.words, output: status.output }
    }
}

impl<'a> Task<'a> {
    /// What is done: the step's request, or what takes it back.
    #[must_use]
    pub fn request(&self) -> Option<&'a Request> {
        if self.undo { self.step.undo.as_ref() } else { Some(&self.step.request) }
    }

    /// Whether effects are replaced.
    #[must_use]
    pub fn is_rehearsal(&self) -> bool {
        self.run.plan.mode == Mode::Rehearsal
    }

    /// Whether it asks for what only effects could bring, which were replaced: a validation of a rehearsal. It has to
    /// answer; what it says cannot be asked of it.
    #[must_use]
    pub fn is_without_effect(&self) -> bool {
        self.is_rehearsal() && self.step.part == Part::Validation
    }

    /// The key that is the same for every attempt at this.
    #[must_use]
    pub fn key(&self) -> String {
        let undo = if self.undo { "-undo" } else { "" };
        format!("{}-{}{undo}", self.run.id, self.step.id)
    }

    /// Claims the attempt for this process: from here on something may be done.
    ///
    /// # Errors
    /// What is to be said when it may not.
    pub fn begin(&self) -> Result<(), Done> {
        match self.place.begin(self.worker) {
            Ok(Begun::Mine) => Ok(()),
            Ok(Begun::Other(other)) => Err(Done::unknown(format!("process {} began it already", other.pid))),
            Err(error) => Err(Done::failed(format!("it was not begun: its directory cannot be written: {error}"))),
        }
    }

    /// Keeps `text` as what the attempt wrote; its hash.
    #[must_use]
    pub fn keep(&self, text: &[u8], mask: &Mask) -> Option<Hash> {
        let mut output = Output::new(self.place.open_output().ok()?, mask.clone());
        output.push(text).ok()?;
        output.finish().ok()?
    }
}

/// What a run is told while a step is done.
#[derive(Clone, Debug)]
pub struct Stops(pub watch::Receiver<Option<Stop>>);

impl Stops {
    /// Waits until it is told to stop at once; for ever, when it never is.
    pub async fn now(&mut self) {
        if self.0.wait_for(|stop| *stop == Some(Stop::Now)).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

/// Does what `task` is for. Not for what a person does.
pub async fn perform(tools: &Tools, task: &Task<'_>, stops: &mut Stops) -> Done {
    let Some(request) = task.request() else { return Done::skipped("nothing takes it back") };
    match request {
        Request::Http(request) => http::step(request, task, tools, stops).await,
        Request::Kubernetes(patch) => kubernetes::step(patch, task, tools, stops).await,
        Request::Command(command) => command::step(command, task, tools, stops).await,
        Request::WaitMetric(wait) => wait_metric::step(wait, task, tools, stops).await,
        Request::Check(check) => look::step(check, task, tools, stops).await,
        Request::Notify { request, required } => notify::step(request, *required, task, tools, stops).await,
        Request::Nothing { why } => Done::skipped(why.clone()),
        Request::Manual { instruction, .. } => Done::skipped(format!("shown, not asked: {instruction}")),
    }
}

/// Looks, without changing anything, whether what `task` was for is done. `None` where nothing tells.
pub async fn find_out(tools: &Tools, task: &Task<'_>) -> Option<Done> {
    match task.request()? {
        Request::Kubernetes(patch) => kubernetes::find_out(patch, task, tools).await,
        _ if task.undo => None,
        _ => look::probe(task, tools).await,
    }
}
