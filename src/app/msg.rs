//! Everything that can happen to the console, and everything that it can ask for. A recording is a list of `(at, Msg)`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{
    act::{Authorised, Placed, Signer},
    breaker::{Holding, Order},
    key::Key,
    ledger::Ledger,
    policies::Questions,
    run::{
        Asked, Attempted, Authorised as AuthorisedRun, AuthorisedApproval, AuthorisedOrder, AuthorisedRecovery, Output,
    },
};
use crate::domain::{
    canary::profile::Profiles, catalog::Catalog, checklist::state::Evidence, demand::Demand, facts::Delivery,
    ledger::signature::Meaning, object::SourceName, plan::Plan, policy::Decision, release::ReleaseId, run::RunId,
    source::SourceSpec,
};

/// What happened. Closed and serialisable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Msg {
    /// A key was pressed.
    Key(Key),
    /// Three keys or more came faster than a person types.
    Burst(Vec<Key>),
    /// Text was pasted.
    Paste(String),
    /// The terminal got the focus, or lost it.
    Focus(bool),
    /// The console goes on after it was suspended.
    Resumed,
    /// The wheel of the mouse was turned by one notch.
    Wheel {
        /// Down.
        down: bool,
    },
    /// The terminal has this many columns and rows.
    Resize(u16, u16),
    /// Time passed: ages are due to be drawn again.
    Tick,
    /// A poll ended.
    Delivery(Box<Delivery>),
    /// The sources and their feeds, as configured now.
    Sources(Vec<SourceSpec>),
    /// The catalog was read again.
    Catalog(Arc<Catalog>),
    /// What the ledger has now, and whether it can be read.
    Ledger(Box<Ledger>),
    /// A check of an item was looked at.
    Evidence {
        /// The release.
        release: ReleaseId,
        /// The item of its checklist.
        item: String,
        /// What was found.
        evidence: Evidence,
    },
    /// What is stored of earlier versions, by others too.
    Profiles(Box<Profiles>),
    /// Policies answered.
    Decided {
        /// Which questions: [`Questions::number`].
        number: u64,
        /// What they decided about each release.
        decisions: Vec<(ReleaseId, Decision)>,
    },
    /// Who the ssh-agent would sign as, for a dialog.
    Identified {
        /// The dialog.
        act: u64,
        /// Who, or why nobody.
        outcome: Result<Signer, String>,
    },
    /// What became of something that was confirmed.
    Recorded {
        /// The dialog.
        act: u64,
        /// Where it stands, or why it was not recorded.
        outcome: Result<Placed, String>,
    },
    /// A plan was resolved, for a dialog.
    Planned {
        /// The dialog.
        act: u64,
        /// The plan, or why there is none.
        outcome: Result<Box<Plan>, String>,
        /// What is not known of what it would change, in words.
        #[serde(default)]
        unknown: Vec<String>,
    },
    /// What became of a plan that was confirmed.
    Started {
        /// The dialog.
        act: u64,
        /// The run, or why there is none.
        outcome: Result<RunId, String>,
    },
    /// What became of something that a run was to be told.
    Told {
        /// The dialog.
        act: u64,
        /// The event, or why it was not recorded.
        outcome: Result<u64, String>,
    },
    /// What became of something that the circuit breaker of this process did.
    Breaker {
        /// The release.
        release: ReleaseId,
        /// The event, or why nothing was done.
        outcome: Result<u64, String>,
    },
    /// What the step of a run wrote that is looked at.
    Output(Box<Output>),
    /// The catalog or the configuration on disk is broken; the last good one stays. Empty when all is well again.
    ConfigProblems(Vec<String>),
    /// The themes that there are now, the one that the files choose first.
    Themes(Vec<String>),
    /// Something for the notice line: `copied 214 bytes`.
    Notice(String),
    /// The terminal takes its time: from now on as with `--low-bandwidth`.
    SlowTerminal,
}

/// What the shell must do. Only [`Effect::Record`], [`Effect::AskApproval`], [`Effect::Approve`], [`Effect::StartRun`], [`Effect::TellRun`],
/// [`Effect::RecoverRun`] and [`Effect::Hold`] change anything outside, and only by what was confirmed; and [`Effect::Breaker`], by the
/// rule of the circuit breaker alone.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Leave the console.
    Quit,
    /// Suspend to the shell (Ctrl-Z).
    Suspend,
    /// Paint everything again.
    Repaint,
    /// Ask this source, or all of them, now.
    Poll(Option<SourceName>),
    /// What connectors should look at from now on.
    Demand(Demand),
    /// Ask the policies; the answer is [`Msg::Decided`], whatever becomes of it.
    AskPolicies(Box<Questions>),
    /// Ask the ssh-agent who it would sign as; nothing is signed.
    Identify {
        /// For which dialog.
        act: u64,
        /// For what it would sign.
        meaning: Meaning,
        /// Whose keys may sign.
        catalog: Arc<Catalog>,
    },
    /// Record this in the ledger.
    Record(Box<Authorised>),
    /// Do not record what this dialog confirmed, if that can still be helped.
    GiveUp(u64),
    /// Resolve a plan: everything is looked at, nothing is changed.
    Plan {
        /// For which dialog.
        act: u64,
        /// What for.
        asked: Box<Asked>,
    },
    /// Ask others to approve the plan that this confirms; nothing is run.
    AskApproval(Box<AuthorisedRun>),
    /// Sign what somebody says about a plan that others want to run.
    Approve(Box<AuthorisedApproval>),
    /// Start a run of this plan.
    StartRun(Box<AuthorisedRun>),
    /// Record this about a run.
    TellRun(Box<AuthorisedOrder>),
    /// Start another worker for a run that nobody works on.
    RecoverRun(Box<AuthorisedRecovery>),
    /// Do what the circuit breaker says.
    Breaker(Box<Order>),
    /// Record that a person holds the circuit breaker.
    Hold(Box<Holding>),
    /// Follow the output of this attempt from now on, or of none.
    Tail(Option<Attempted>),
    /// Keep this of the versions that run, for the deploys to come.
    KeepProfiles(Box<Profiles>),
    /// Copy to the clipboard of the terminal (OSC 52).
    Copy {
        /// What it is, for the notice: `the query of checkout availability`.
        what: String,
        /// The text, without control characters.
        text: String,
    },
    /// Leave the alternate screen, print this, wait for a key.
    ShowPlain(String),
    /// Set the terminal's title.
    Title(String),
    /// Ring, or notify in this text, as was chosen: something grew worse.
    Alarm(String),
    /// Write a file of this name with this content into the working directory.
    Export {
        /// The file's name.
        name: String,
        /// Its content.
        content: String,
    },
}
