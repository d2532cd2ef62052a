//! Appends what was decided only while what it was decided on still holds.

use std::{collections::BTreeMap, sync::PoisonError};

use super::{Refusal, Rules, SharedStore};
use crate::{
    domain::{
        calendar,
        catalog::ChangeClass,
        checklist::Checklist,
        ledger::{
            event::{Entry, Event},
            hash::Hash,
            signature::Verified,
            signers::Signers,
        },
        readiness::{
            act::{self, Act, Reading},
            record::Record,
            roles::Roles,
            rules,
            statement::{About, Decision, Statement, Ticked, Vote},
        },
        risk::routing::Routing,
        time::Timestamp,
    },
    ledger::{
        reading,
        store::{Store, StoreError},
    },
};

/// How often an append is tried again when others were faster. Each time at least one event was recorded.
const TRIES: usize = 100;

/// Rules that own what they are about: the store has a thread of its own.
struct Owned {
    release: String,
    author: Option<String>,
    class: ChangeClass,
    subject: Hash,
    checklist: Checklist,
    calendar: BTreeMap<String, calendar::Entry>,
    routing: Routing,
    roles: Roles,
    signers: Signers,
    record: Record,
}

/// Appends `entry`, which `verified` signed, unless what was recorded since the record of `rules` speaks against it.
pub(super) async fn append(
    store: SharedStore,
    entry: Entry,
    verified: Option<Verified>,
    rules: &Rules<'_>,
    now: Timestamp,
) -> Result<Event, Refusal> {
    let owned = Owned {
        release: rules.release.to_owned(),
        author: rules.author.map(str::to_owned),
        class: rules.class,
        subject: rules.subject,
        checklist: rules.checklist.clone(),
        calendar: rules.calendar.clone(),
        routing: rules.routing.clone(),
        roles: rules.roles.clone(),
        signers: rules.signers.clone(),
        record: rules.record.only(rules.release),
    };
    let write = move || {
        let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
        owned.append(store.as_mut(), &entry, verified.as_ref(), now)
    };
    tokio::task::spawn_blocking(write).await.map_err(|_| Refusal::Lost)?
}

impl Owned {
    fn append(
        mut self,
        store: &mut dyn Store,
        entry: &Entry,
        verified: Option<&Verified>,
        now: Timestamp,
    ) -> Result<Event, Refusal> {
        let lets_pass = passes(entry);
        if (lets_pass || ticks(entry))
            && let Some(why) = reading::damage(store)?
        {
            return Err(Refusal::Damaged(why));
        }
        let mut moved = None;
        for _ in 0..TRIES {
            let head = store.head()?;
            let mut against = None;
            let release = self.release.clone();
            reading::read_on(store, &mut self.record, &self.signers, |event| {
                if lets_pass && event.release.as_deref() == Some(&release) && stops(event) {
                    against.get_or_insert_with(|| overtaken(event));
                }
            })?;
            if let Some(overtaken) = against {
                return Err(overtaken);
            }
            rules::counts(entry.clone(), &self.record, &self.rules(), now, verified)?;
            match store.append_after(head, entry) {
                Err(error @ StoreError::Moved { .. }) => moved = Some(error),
                other => return Ok(other?),
            }
        }
        Err(moved.unwrap_or(StoreError::Busy).into())
    }

    fn rules(&self) -> Rules<'_> {
        Rules {
            release: &self.release,
            author: self.author.as_deref(),
            class: self.class,
            subject: self.subject,
            checklist: &self.checklist,
            calendar: &self.calendar,
            routing: &self.routing,
            roles: &self.roles,
            signers: &self.signers,
            record: &self.record,
        }
    }
}

/// Whether `entry` takes something out of a release's way that somebody may have put there meanwhile.
fn passes(entry: &Entry) -> bool {
    let decision = entry.signed.as_ref().and_then(|signed| signed.statement.get("decision")?.as_str());
    match entry.action.as_str() {
        "signoff.give" | "waiver.grant" => true,
        "decision.take" => decision == Some(Decision::Go.word()),
        _ => false,
    }
}

/// Whether `entry` says that an item holds, or need not.
fn ticks(entry: &Entry) -> bool {
    let state = entry.data.get("state").and_then(|state| state.as_str());
    entry.action == "checklist.tick" && state != Some(Ticked::Fail.word())
}

/// Whether somebody says in `event` that the release should not go on.
fn stops(event: &Event) -> bool {
    let Reading::Act(_, act) = act::read(event) else { return false };
    match act {
        Act::Tick { state, .. } => state == Ticked::Fail,
        Act::Signed(Statement { about: About::Signoff { vote, .. }, .. }) => vote == Vote::Deny,
        Act::Signed(Statement { about: About::Decision { decision, .. }, .. }) => decision != Decision::Go,
        _ => false,
    }
}

fn overtaken(event: &Event) -> Refusal {
    Refusal::Overtaken {
        who: event.actor.principal.as_ref().unwrap_or(&event.actor.user).clone(),
        action: event.action.clone(),
        target: event.target.clone(),
        seq: event.seq,
    }
}
