//! The others of the story: what they tick, sign and decide goes the way of everybody's acts, into the demo's ledger.

use std::sync::{Arc, Mutex, PoisonError};

use super::{desk::Desk, rehearsal};
use crate::{
    clock::Clock,
    domain::{
        catalog::Catalog,
        ledger::{
            event::{Actor, UNSIGNED},
            hash::Hash,
        },
        readiness::{
            act,
            statement::{About, Statement},
        },
        time::Timestamp,
    },
    ledger::{
        reading,
        say::{Rules, SharedStore, say_as},
    },
    sim::{Act, Deed, Settings},
};

/// Where the others sit.
pub(super) const HOST: &str = "bastion-2";

/// Does `acts` in their order, each at its time; those of the past at once, with the time that they had.
pub(super) async fn play(acts: &[Act], settings: &Settings, desk: &Desk, clock: Clock) {
    let begun = clock.now();
    for act in acts {
        if act.at > begun {
            let left = crate::domain::time::Span::between(clock.now(), act.at);
            clock.sleep(left).await;
        }
        let then = if act.at > begun { clock } else { Clock::running_from(act.at, 1.0) };
        if let Deed::Rehearse(rehearsed) = &act.deed {
            if let Err(error) = rehearsal::record(rehearsed, act, settings, desk) {
                tracing::error!(%error, ?act, "the demo's rehearsal could not be recorded");
            }
            continue;
        }
        let told = match desk.ledger_at(HOST, then) {
            Some(Ok(store)) => {
                record(act, &settings.catalog, desk, then.now(), Arc::new(Mutex::new(Box::new(store)))).await
            }
            Some(Err(error)) => Err(error.to_string()),
            None => return,
        };
        if let Err(error) = told {
            tracing::error!(%error, ?act, "somebody of the demo could not act");
        }
    }
}

async fn record(act: &Act, catalog: &Catalog, desk: &Desk, now: Timestamp, store: SharedStore) -> Result<(), String> {
    let read = reading::read(store.lock().unwrap_or_else(PoisonError::into_inner).as_mut(), &catalog.signers);
    let record = read.map_err(|error| error.to_string())?.record;
    let rules = Rules::of(catalog, &record, &act.release).map_err(|breach| breach.to_string())?;
    let checklist = rules.checklist;
    let actor = actor(&act.by);
    let until =
        |signoff: &str| checklist.signoffs.iter().find(|one| one.id == signoff).map(|one| now + one.expires.delta());
    let Some(done) = said(&act.deed, &checklist.name, checklist.digest, &rules, now, until) else { return Ok(()) };
    let agent = desk.agent(&act.by);
    say_as(&actor, done, &rules, now, &agent, store).await.map(drop).map_err(|error| error.to_string())
}

/// Who it is, at the terminal of then.
pub(super) fn actor(name: &str) -> Actor {
    Actor {
        principal: None,
        key: UNSIGNED.to_owned(),
        user: name.to_owned(),
        terminal: Some("/dev/pts/3".to_owned()),
        ssh_client: Some("192.0.2.14".to_owned()),
    }
}

/// The act that `deed` is; `None` where it is none about a release. Principal, nonce and time are set when it is recorded.
fn said<'a>(
    deed: &'a Deed,
    name: &'a str,
    digest: Hash,
    rules: &Rules<'a>,
    now: Timestamp,
    until: impl Fn(&str) -> Option<Timestamp>,
) -> Option<act::Act<'a>> {
    let subject = rules.subject;
    let stated = |about| Statement { principal: "", release: rules.release, subject, nonce: "", at: now, about };
    Some(match deed {
        Deed::Rehearse(_) => return None,
        Deed::Tick { item, state, note, signed } => act::Act::Tick {
            item,
            state: *state,
            checklist: name,
            digest,
            subject,
            note: note.as_deref(),
            signed: signed.then(|| stated(About::Tick { item, state: *state, checklist: digest })),
        },
        Deed::Note { item, note } => act::Act::Note { item: item.as_deref(), note },
        Deed::Request { signoff } => act::Act::Request { signoff, subject },
        Deed::Sign { signoff, vote, role, reason } => act::Act::Signed(stated(About::Signoff {
            signoff,
            vote: *vote,
            role,
            checklist: digest,
            expires: until(signoff),
            reason: reason.as_deref(),
        })),
        Deed::Waive { item, role, reason, length } => act::Act::Signed(stated(About::Waiver {
            item,
            granted: true,
            role,
            reason,
            expires: Some(now + length.delta()),
        })),
        Deed::Decide { decision, reason } => {
            act::Act::Signed(stated(About::Decision { decision: *decision, reason, computed: None }))
        }
    })
}
