//! The review that is owed after somebody broke the glass: a run without the approvals that its plan needs is looked at
//! afterwards, and until somebody says so it is told wherever its runbook and its release are.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Run;
use crate::domain::{
    ledger::event::{Actor, Entry, Event, Outcome},
    readiness::{act::RELEASE, field},
    time::{Span, Timestamp},
};

/// The action that closes it, as for an emergency.
pub const CLOSE: &str = "review.close";

/// That a run was started without the approvals that it needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Glass {
    /// The incident that it was for. Text from outside.
    pub incident: Option<String>,
    /// Why. Text from outside.
    pub reason: Option<String>,
    /// Who looked at it afterwards; `None` as long as that is owed.
    pub reviewed: Option<Reviewed>,
}

/// That somebody looked at it afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reviewed {
    /// Who, by name or login.
    pub who: String,
    /// When.
    pub at: Timestamp,
    /// What was found. Text from outside.
    pub note: String,
}

impl Run {
    /// The broken glass whose review is still owed.
    #[must_use]
    pub fn owes_review(&self) -> Option<&Glass> {
        self.glass.as_ref().filter(|glass| glass.reviewed.is_none())
    }

    /// What is owed, in a line for people, at `now`: `run-1 of checkout in prod ran WITHOUT its approvals, by mira 3h ago, for
    /// INC-7: users wait`. Nothing when nothing is. Holds text from outside.
    #[must_use]
    pub fn owed(&self, now: Timestamp) -> Option<String> {
        let glass = self.owes_review()?;
        let who = self.by.principal.as_ref().unwrap_or(&self.by.user);
        let age = Span::between(self.at, now).age();
        let incident = glass.incident.as_ref().map_or_else(String::new, |incident| format!(", for {incident}"));
        let reason = glass.reason.as_ref().map_or_else(String::new, |reason| format!(": {reason}"));
        let (id, target) = (&self.id, &self.plan.target);
        Some(format!(
            "{id} of {} in {} ran WITHOUT its approvals, by {who} {age} ago{incident}{reason}",
            target.service, target.environment
        ))
    }

    /// Marks it as looked at when `event` says so: of this run, or of everything about its release.
    pub(super) fn reviewed_by(&mut self, event: &Event) {
        let whole = event.release.is_some() && event.release == self.plan.target.release && event.target == RELEASE;
        if let (true, Some(glass), Ok(note)) =
            (whole || event.target == self.id, &mut self.glass, field::words(&event.data, "note"))
        {
            let who = event.actor.principal.as_ref().unwrap_or(&event.actor.user).clone();
            glass.reviewed.get_or_insert(Reviewed { who, at: event.ts, note: note.to_owned() });
        }
    }
}

/// Whether `event` closes a review.
pub(super) fn closes(event: &Event) -> bool {
    event.action == CLOSE && event.outcome == Outcome::Done
}

/// The entry that says that `actor` looked at `run` afterwards, and found `note`.
#[must_use]
pub fn close(run: &Run, actor: Actor, note: &str) -> Entry {
    Entry {
        actor,
        action: CLOSE.to_owned(),
        target: run.id.clone(),
        release: run.plan.target.release.clone(),
        outcome: Outcome::Done,
        data: Map::from_iter([("note".to_owned(), Value::from(note))]),
        signed: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::run::{
        act::Act,
        example::{Journal, at, create, plan},
        runs::Runs,
    };

    fn broken() -> Journal {
        let mut journal = Journal::default();
        for (run, environment, glass) in [("run-1", "prod", true), ("run-2", "staging", true), ("run-3", "dev", false)]
        {
            let mut plan = plan();
            plan.target.environment = environment.into();
            let mut act = create(plan);
            if let Act::Create { break_glass, incident, reason, .. } = &mut act {
                (*break_glass, *incident, *reason) = (glass, Some("INC-7".into()), Some("users wait".into()));
            }
            journal.say(run, &act).expect("a run");
        }
        journal
    }

    fn owed(runs: &Runs) -> Vec<&str> {
        runs.owed().map(|run| run.id.as_str()).collect()
    }

    #[test]
    fn a_run_without_its_approvals_owes_a_review_until_somebody_closes_it() {
        let mut journal = broken();
        assert_eq!(owed(&journal.runs), ["run-2", "run-1"]);
        let words = journal.runs.run("run-1").and_then(|run| run.owed(at(3_601))).expect("owed");
        assert_eq!(
            words,
            "run-1 of checkout in prod ran WITHOUT its approvals, by mira 1h00m ago, for INC-7: users wait"
        );
        let entry = close(journal.runs.run("run-1").expect("it"), Actor::default(), "it was right");
        journal.tell(entry);
        assert_eq!(owed(&journal.runs), ["run-2"]);
        let glass = journal.runs.run("run-1").and_then(|run| run.glass.as_ref()).expect("broken");
        assert_eq!(glass.reviewed.as_ref().map(|review| review.note.as_str()), Some("it was right"));
    }

    #[test]
    fn the_review_of_a_release_closes_all_of_it_and_nothing_of_another_one() {
        let mut journal = broken();
        let mut entry = close(journal.runs.run("run-1").expect("it"), Actor::default(), " ");
        entry.target = RELEASE.into();
        journal.tell(entry.clone());
        assert_eq!(owed(&journal.runs).len(), 2, "nothing was said");
        entry.data = Map::from_iter([("note".to_owned(), Value::from("looked at"))]);
        for (release, outcome, left) in [
            (None, Outcome::Done, 2),
            (Some("cart-2"), Outcome::Done, 2),
            (Some("checkout-1.42"), Outcome::Refused, 2),
            (Some("checkout-1.42"), Outcome::Done, 0),
        ] {
            journal.tell(Entry { release: release.map(str::to_owned), outcome, ..entry.clone() });
            assert_eq!(owed(&journal.runs).len(), left, "{release:?}");
        }
    }
}
