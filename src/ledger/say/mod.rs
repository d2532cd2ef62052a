//! The one way to record what somebody does about a release: look whether it is allowed, sign, verify, append.
//!
//! Everything is checked before anything is signed, and signed before anything is recorded: a refusal leaves no trace.

pub mod elsewhere;
mod guard;
pub mod refusal;

use std::sync::{Arc, Mutex};

pub use refusal::Refusal;

use super::{
    actor,
    agent::{Agent, Speaker},
    store::Store,
};
pub use crate::domain::readiness::rules::Rules;
use crate::domain::{
    ledger::{
        event::{Actor, Event, Signed},
        signature::{self, Verified},
    },
    readiness::{
        act::Act,
        rules,
        statement::{About, Statement},
    },
    time::Timestamp,
};

/// A store that several tasks append to, one after the other.
pub type SharedStore = Arc<Mutex<Box<dyn Store>>>;

/// Records `act` at `now` and returns its event. Principal, nonce and time of its statement are set here: the principal
/// is the owner of the first key in `agent` who may say it. A role that is left empty is the only one that fits. An act
/// without a statement is recorded as unsigned.
///
/// What was said since the record of `rules` was read is read before it is recorded: an act that would not count any more, and
/// one that lets a release pass after somebody said the opposite, is refused.
///
/// # Errors
/// Why nothing was recorded. Only after [`Refusal::Lost`] it is not known.
pub async fn say(
    act: Act<'_>,
    rules: &Rules<'_>,
    now: Timestamp,
    agent: &Agent,
    store: SharedStore,
) -> Result<Event, Refusal> {
    recorded(&actor::actor(), None, &act, rules, now, agent, store).await
}

/// The same, signed as `principal` or not at all: as whoever confirmed it was told.
///
/// # Errors
/// As [`say`]; and when the agent holds no key of theirs.
pub async fn say_only(
    principal: &str,
    act: Act<'_>,
    rules: &Rules<'_>,
    now: Timestamp,
    agent: &Agent,
    store: SharedStore,
) -> Result<Event, Refusal> {
    recorded(&actor::actor(), Some(principal), &act, rules, now, agent, store).await
}

/// The same by `actor`, who need not be the one whose process this is.
///
/// # Errors
/// As [`say`].
pub async fn say_as(
    actor: &Actor,
    act: Act<'_>,
    rules: &Rules<'_>,
    now: Timestamp,
    agent: &Agent,
    store: SharedStore,
) -> Result<Event, Refusal> {
    recorded(actor, None, &act, rules, now, agent, store).await
}

async fn recorded(
    actor: &Actor,
    only: Option<&str>,
    act: &Act<'_>,
    rules: &Rules<'_>,
    now: Timestamp,
    agent: &Agent,
    store: SharedStore,
) -> Result<Event, Refusal> {
    rules::check(act, rules, now)?;
    let Some(statement) = act.statement() else {
        let entry = act.entry(actor.clone(), rules.release, None);
        rules::counts(entry.clone(), rules.record, rules, now, None)?;
        return guard::append(store, entry, None, rules, now).await;
    };
    let meaning = statement.about.meaning();
    let Speaker { identity, role } = speaker_among(only, &statement, rules, now, agent).await?;
    let nonce = nonce();
    let statement =
        Statement { principal: &identity.principal, release: rules.release, nonce: &nonce, at: now, ..statement };
    let statement = in_role(statement, &role);
    let mut signed =
        Signed { namespace: meaning.namespace().to_owned(), statement: statement.object(), signature: String::new() };
    let act = with(act, statement);
    let verified = Verified { principal: identity.principal.clone(), fingerprint: identity.fingerprint() };
    let entry = act.entry(by(actor, &verified), rules.release, Some(signed.clone()));
    rules::counts(entry, rules.record, rules, now, Some(&verified))?;
    signed.signature = agent.sign(&identity, meaning, &signed.message()?).await?;
    let verified = signature::verify(&signed, rules.signers, now)?;
    let entry = act.entry(by(actor, &verified), rules.release, Some(signed));
    guard::append(store, entry, Some(verified), rules, now).await
}

/// Who would sign `statement` now: of the keys in `agent`, the first one whose owner may say it.
///
/// # Errors
/// Why nobody may; of several keys, what is said of the first.
pub async fn speaker(
    statement: &Statement<'_>,
    rules: &Rules<'_>,
    now: Timestamp,
    agent: &Agent,
) -> Result<Speaker, Refusal> {
    speaker_among(None, statement, rules, now, agent).await
}

async fn speaker_among(
    only: Option<&str>,
    statement: &Statement<'_>,
    rules: &Rules<'_>,
    now: Timestamp,
    agent: &Agent,
) -> Result<Speaker, Refusal> {
    let mut keys = agent.identities(rules.signers, statement.about.meaning(), now).await?;
    keys.retain(|identity| only.is_none_or(|only| identity.principal == only));
    Speaker::of(keys, |identity| {
        let statement = Statement { principal: &identity.principal, release: rules.release, at: now, ..*statement };
        let role = rules::role(&statement, rules)?;
        rules::may(&in_role(statement, &role), rules)?;
        Ok(role)
    })
}

/// A number that is used once.
fn nonce() -> String {
    format!("{:032x}", fastrand::u128(..))
}

fn by(actor: &Actor, verified: &Verified) -> Actor {
    Actor { principal: Some(verified.principal.clone()), key: verified.fingerprint.clone(), ..actor.clone() }
}

fn in_role<'a>(statement: Statement<'a>, role: &'a str) -> Statement<'a> {
    let about = match statement.about {
        About::Signoff { signoff, vote, checklist, expires, reason, .. } => {
            About::Signoff { signoff, vote, role, checklist, expires, reason }
        }
        About::Waiver { item, granted, reason, expires, .. } => About::Waiver { item, granted, role, reason, expires },
        other => other,
    };
    Statement { about, ..statement }
}

fn with<'a>(act: &Act<'a>, statement: Statement<'a>) -> Act<'a> {
    match *act {
        Act::Tick { item, state, checklist, digest, subject, note, .. } => {
            Act::Tick { item, state, checklist, digest, subject, note, signed: Some(statement) }
        }
        _ => Act::Signed(statement),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::Clock,
        domain::{
            catalog::ChangeClass,
            checklist::{Checklist, Due, Group, Item, Requirement, Signoff, check::Check},
            ledger::signers::Signers,
            readiness::{
                example::{RELEASE, at, hash, signoff, statement, tick},
                record::Record,
                roles::Roles,
                statement::{Decision, Ticked, Vote},
            },
            time::Span,
        },
        ledger::store::{Scribe, sqlite::Sqlite},
    };

    fn item(id: &str, check: Check) -> Item {
        Item {
            id: id.into(),
            title: id.into(),
            owner: Some("sre".into()),
            mandatory: true,
            weight: 1,
            due: Due::Start,
            check,
            every: Span::from_mins(1),
            timeout: Span::from_secs(5),
        }
    }

    fn checklist() -> Checklist {
        let items = vec![
            item("comms", Check::Manual { signed: false }),
            item("backup", Check::Manual { signed: true }),
            item("artifact", Check::Artifact { same_as: "staging".into() }),
        ];
        Checklist {
            name: "service".into(),
            title: None,
            groups: vec![Group { name: "Readiness".into(), items }],
            signoffs: vec![Signoff {
                id: "go".into(),
                title: "SRE".into(),
                due: Due::Start,
                classes: vec![ChangeClass::Normal],
                by: Requirement::Role { role: "sre".into(), count: 1, not_author: true },
                expires: Span::from_hours(4),
            }],
            digest: hash("checklist"),
            commit: None,
        }
    }

    /// What `act` by nobody's key is told, and how many events are recorded then.
    #[expect(clippy::large_types_passed_by_value, reason = "as `say` takes it")]
    async fn told(act: Act<'_>) -> (Result<Event, String>, u64) {
        let folder = tempfile::tempdir().expect("a folder");
        let scribe = Scribe::new("bastion".into(), Clock::real());
        let store = Sqlite::open(&folder.path().join("ledger.db"), scribe).expect("a ledger");
        let store: SharedStore = Arc::new(Mutex::new(Box::new(store)));
        let (checklist, people, signers, record) = (checklist(), roles(), Signers::default(), Record::default());
        let rules = Rules {
            release: RELEASE,
            author: Some("jo"),
            class: ChangeClass::Normal,
            subject: hash("subject"),
            checklist: &checklist,
            calendar: &std::collections::BTreeMap::new(),
            routing: &crate::domain::risk::routing::Routing::default(),
            roles: &people,
            signers: &signers,
            record: &record,
        };
        let said = say(act, &rules, at(5), &Agent::at(None), Arc::clone(&store)).await;
        let recorded = store.lock().expect("free").head().expect("readable").seq;
        (said.map_err(|refusal| refusal.to_string()), recorded)
    }

    fn roles() -> Roles {
        toml::from_str("[roles.sre]\nmembers = [\"mira\", \"jo\"]\nmay = [\"sign\", \"tick\"]").expect("roles")
    }

    #[tokio::test]
    async fn a_tick_that_needs_no_key_is_recorded_as_unsigned() {
        let (event, recorded) = told(tick("comms", Ticked::Pass)).await;
        let event = event.expect("recorded");
        assert_eq!((event.actor.key.as_str(), event.signed, recorded), ("unsigned", None, 1));
    }

    #[tokio::test]
    async fn what_is_refused_says_why_and_leaves_no_trace() {
        let stated = |about| Act::Signed(statement(hash("subject"), "", "", at(5), about));
        let decision = |reason| stated(About::Decision { decision: Decision::Go, reason, computed: None });
        let elsewhere = Act::Request { signoff: "go", subject: hash("changed") };
        for (act, why) in [
            (tick("nothing", Ticked::Pass), "has no item nothing"),
            (tick("artifact", Ticked::Pass), "a check answers"),
            (tick("backup", Ticked::Pass), "demands a signature"),
            (tick("comms", Ticked::NotApplicable), "demands a signature"),
            (elsewhere, "changed since you looked"),
            (stated(signoff("stop", Vote::Approve, "sre")), "has no sign-off stop"),
            (decision(" "), "needs a reason"),
            (decision("burn is low"), "SSH_AUTH_SOCK is not set"),
        ] {
            let (said, recorded) = told(act).await;
            let refusal = said.expect_err("refused");
            assert!(refusal.contains(why), "{refusal}");
            assert_eq!(recorded, 0, "{refusal}");
        }
    }
}
