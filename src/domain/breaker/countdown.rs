//! Countdowns before an act of the circuit breaker, folded from the events of a ledger in their order. The same rules tell a writer
//! whether an event would count before it is appended.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::domain::{
    ledger::{
        event::{Actor, Entry, Event, Outcome, Signed},
        hash::Hash,
    },
    release::ReleaseId,
    run::RunId,
    time::Timestamp,
    trigger::Act,
};

/// The family of its actions.
pub const FAMILY: &str = "breaker.";

/// What is counted down to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The trigger that fired.
    pub trigger: String,
    /// The service that it looks at, whose rollout is paused or aborted.
    pub service: String,
    /// What is done.
    pub act: Act,
    /// The version that was judged.
    pub version: String,
    /// The hash of its template, where that is known: the same version may be deployed twice.
    pub template: Option<String>,
    /// The numbers behind it, in words. Text from outside may be in it.
    pub evidence: String,
    /// When they were measured.
    pub measured: Timestamp,
}

impl Case {
    /// What is acted on once: `1.42.0 6cbc91`.
    #[must_use]
    pub fn what(&self) -> String {
        self.template.as_ref().map_or_else(|| self.version.clone(), |template| format!("{} {template}", self.version))
    }
}

/// Something about a countdown. The event's action is its tag, its data the rest; its target is the release.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "action", content = "data", deny_unknown_fields)]
pub enum Said {
    /// A process begins to count.
    #[serde(rename = "breaker.begin")]
    Begin {
        /// What for.
        case: Case,
        /// The hash of the plan that is run at its end.
        plan: Hash,
        /// That plan in a few words: `abort checkout prod to 1.41.7`.
        does: String,
        /// When it ends.
        until: Timestamp,
        /// The process that counts.
        process: String,
        /// The countdown before it of this release, which is over with this; 0 where there was none.
        after: u64,
    },
    /// It is over, and nothing was done.
    #[serde(rename = "breaker.stop")]
    Stop {
        /// The event that began it.
        countdown: u64,
        /// Why.
        why: String,
    },
    /// A person holds it, until its trigger has cleared.
    #[serde(rename = "breaker.hold")]
    Hold {
        /// The event that began it.
        countdown: u64,
        /// Why.
        reason: String,
        /// Who, where that is not the one who recorded it: a decision about the release counts as holding it.
        who: Option<String>,
    },
    /// The trigger of a countdown that was held has cleared.
    #[serde(rename = "breaker.clear")]
    Clear {
        /// The event that began it.
        countdown: u64,
    },
}

/// A countdown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Countdown {
    /// The event that began it.
    pub seq: u64,
    /// The release.
    pub release: ReleaseId,
    /// What for.
    pub case: Case,
    /// The hash of the plan that is run at its end.
    pub plan: Hash,
    /// That plan in a few words. Text from outside may be in it.
    pub does: String,
    /// When it began.
    pub at: Timestamp,
    /// When it ends.
    pub until: Timestamp,
    /// The account that acts, or the login where nothing is signed.
    pub by: String,
    /// The machine.
    pub host: String,
    /// The process that counts.
    pub process: String,
    /// How it stands.
    pub state: State,
}

/// How a countdown stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// It counts.
    Counting,
    /// It is over, and nothing was done.
    Stopped {
        /// Why. Text from outside may be in it.
        why: String,
        /// When.
        at: Timestamp,
    },
    /// A person holds it.
    Held {
        /// Who.
        who: String,
        /// Why. Text from outside.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// This run was started.
    Acted {
        /// Which.
        run: RunId,
        /// When.
        at: Timestamp,
    },
}

/// Why something about a countdown does not count.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCounted {
    /// What was recorded before cannot be trusted.
    #[error(
        "an event about the circuit breaker is damaged: nothing is done by itself; `warroom ledger verify` says more"
    )]
    Distrusted,
    /// Another event came first.
    #[error("the countdown of {0} is another one by now")]
    Overtaken(ReleaseId),
    /// A person holds it.
    #[error("{0} holds the circuit breaker of {1} until the trigger has cleared")]
    Held(String, ReleaseId),
    /// It acted before.
    #[error("the circuit breaker acted on this version of {0} once, and acts on a version once")]
    Once(ReleaseId),
    /// It is over.
    #[error("the countdown of {0} is over")]
    Over(ReleaseId),
    /// The plan is another one.
    #[error("the plan is not the one that the countdown of {0} was begun for")]
    OtherPlan(ReleaseId),
    /// The data is not what it must be.
    #[error("the event cannot be read: {0}")]
    Malformed(String),
}

/// The newest countdown of every release, and what was acted on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Countdowns {
    newest: BTreeMap<ReleaseId, Arc<Countdown>>,
    acted: BTreeSet<(ReleaseId, String)>,
    distrusted: bool,
}

impl Said {
    /// The entry for the ledger: by `actor` with what they signed, about `release`.
    ///
    /// # Errors
    /// When it holds what JSON cannot say.
    pub fn entry(&self, (actor, signed): (Actor, Option<Signed>), release: &str) -> Result<Entry, serde_json::Error> {
        let mut parts = match serde_json::to_value(self)? {
            Value::Object(parts) => parts,
            _ => Map::new(),
        };
        let action = parts.remove("action").and_then(|action| action.as_str().map(str::to_owned)).unwrap_or_default();
        let data = match parts.remove("data") {
            Some(Value::Object(data)) => data,
            _ => Map::new(),
        };
        Ok(Entry {
            actor,
            action,
            target: release.to_owned(),
            release: Some(release.to_owned()),
            outcome: Outcome::Done,
            data,
            signed,
        })
    }

    /// What `event` says about a countdown; `None` where it is about something else.
    ///
    /// # Errors
    /// When it is about one, and its data is not what it must be.
    pub fn read(event: &Event) -> Result<Option<Self>, NotCounted> {
        if !event.action.starts_with(FAMILY) {
            return Ok(None);
        }
        serde_json::from_value(json!({ "action": event.action, "data": event.data }))
            .map(Some)
            .map_err(|why| NotCounted::Malformed(why.to_string()))
    }
}

impl Countdowns {
    /// The newest countdown of `release`.
    #[must_use]
    pub fn of(&self, release: &str) -> Option<&Countdown> {
        self.newest.get(release).map(AsRef::as_ref)
    }

    /// The newest countdown of every release.
    pub fn all(&self) -> impl Iterator<Item = &Countdown> {
        self.newest.values().map(AsRef::as_ref)
    }

    /// Whether it acted on that version of `release` before.
    #[must_use]
    pub fn acted_on(&self, release: &str, what: &str) -> bool {
        self.acted.contains(&(release.to_owned(), what.to_owned()))
    }

    /// Whether what was recorded cannot be trusted.
    #[must_use]
    pub const fn is_distrusted(&self) -> bool {
        self.distrusted
    }

    /// From now on nothing counts any more: an event about it is damaged.
    pub fn distrust(&mut self) {
        self.distrusted = true;
    }

    /// Whether `said` about `release` would count if it were the next event.
    ///
    /// # Errors
    /// Why it would not.
    pub fn admits(&self, release: &str, said: &Said) -> Result<(), NotCounted> {
        if self.distrusted {
            return Err(NotCounted::Distrusted);
        }
        let name = || release.to_owned();
        let newest = self.of(release);
        if let Said::Begin { case, after, .. } = said {
            if let Some(State::Held { who, .. }) = newest.map(|newest| &newest.state) {
                return Err(NotCounted::Held(who.clone(), name()));
            }
            if self.acted_on(release, &case.what()) {
                return Err(NotCounted::Once(name()));
            }
            let before = newest.map_or(0, |newest| newest.seq);
            return if *after == before { Ok(()) } else { Err(NotCounted::Overtaken(name())) };
        }
        let (Said::Stop { countdown, .. } | Said::Hold { countdown, .. } | Said::Clear { countdown }) = said else {
            return Err(NotCounted::Over(name()));
        };
        let newest = newest.filter(|newest| newest.seq == *countdown).ok_or_else(|| NotCounted::Overtaken(name()))?;
        match (said, &newest.state) {
            (Said::Stop { .. } | Said::Hold { .. }, State::Counting) | (Said::Clear { .. }, State::Held { .. }) => {
                Ok(())
            }
            _ => Err(NotCounted::Over(name())),
        }
    }

    /// Whether a run of that plan may be started at the end of the countdown that began with the event `countdown`.
    ///
    /// # Errors
    /// Why not.
    pub fn admits_act(&self, release: Option<&str>, countdown: u64, plan: Hash) -> Result<(), NotCounted> {
        let release = release.unwrap_or_default();
        if self.distrusted {
            return Err(NotCounted::Distrusted);
        }
        let found = self.of(release).filter(|found| found.seq == countdown);
        let found = found.ok_or_else(|| NotCounted::Overtaken(release.to_owned()))?;
        match &found.state {
            State::Counting if self.acted_on(release, &found.case.what()) => Err(NotCounted::Once(release.to_owned())),
            State::Counting if found.plan == plan => Ok(()),
            State::Counting => Err(NotCounted::OtherPlan(release.to_owned())),
            State::Held { who, .. } => Err(NotCounted::Held(who.clone(), release.to_owned())),
            State::Stopped { .. } | State::Acted { .. } => Err(NotCounted::Over(release.to_owned())),
        }
    }

    /// Applies what `event` says, when it counts.
    ///
    /// # Errors
    /// Why it does not. It stays in the ledger and changes nothing here.
    pub fn apply(&mut self, event: &Event) -> Result<(), NotCounted> {
        let Some(said) = Said::read(event)? else { return Ok(()) };
        if event.release.as_deref() != Some(&event.target) {
            return Err(NotCounted::Malformed("it names another release than its target".to_owned()));
        }
        self.admits(&event.target, &said)?;
        let at = event.ts;
        let by = || event.actor.principal.as_ref().unwrap_or(&event.actor.user).clone();
        let state = match said {
            Said::Begin { case, plan, does, until, process, .. } => {
                let (seq, release, host) = (event.seq, event.target.clone(), event.host.clone());
                let state = State::Counting;
                let begun = Countdown { seq, release, case, plan, does, at, until, by: by(), host, process, state };
                self.newest.insert(event.target.clone(), Arc::new(begun));
                return Ok(());
            }
            Said::Stop { why, .. } => State::Stopped { why, at },
            Said::Hold { reason, who, .. } => State::Held { who: who.unwrap_or_else(by), reason, at },
            Said::Clear { .. } => State::Stopped { why: "the trigger has cleared".to_owned(), at },
        };
        self.put(&event.target, state);
        Ok(())
    }

    /// The run that `event` creates was started at the end of a countdown that [`Countdowns::admits_act`].
    pub fn act(&mut self, event: &Event) {
        let Some(release) = &event.release else { return };
        if let Some(what) = self.of(release).map(|found| found.case.what()) {
            self.acted.insert((release.clone(), what));
        }
        self.put(release, State::Acted { run: event.target.clone(), at: event.ts });
    }

    fn put(&mut self, release: &str, state: State) {
        if let Some(found) = self.newest.get_mut(release).map(Arc::make_mut) {
            found.state = state;
        }
    }
}
