//! The one way to record what somebody does about a release: look whether it is allowed, sign, verify, append.
//!
//! Everything is checked before anything is signed, and signed before anything is recorded: a refusal leaves no trace.

use std::sync::{Arc, Mutex, PoisonError};

use super::{
    actor,
    agent::{Agent, AgentRefusal},
    store::{Store, StoreError},
};
use crate::domain::{
    checklist::{Checklist, check::Check},
    ledger::{
        canonical::CannotWrite,
        event::{Actor, Event, Signed},
        hash::Hash,
        signature::{self, NotSigned},
        signers::Signers,
    },
    readiness::{
        act::Act,
        roles::{Right, Roles},
        signoff::EMERGENCY,
        statement::{About, Statement, Ticked, Vote},
    },
    time::Timestamp,
};

/// A store that several tasks append to, one after the other.
pub type SharedStore = Arc<Mutex<Box<dyn Store>>>;

/// What an act is held against.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'a> {
    /// The release that the act is about.
    pub release: &'a str,
    /// Who answers for the release: a role that says so does not let them sign.
    pub author: Option<&'a str>,
    /// What the release is now: see [`crate::domain::readiness::subject`].
    pub subject: Hash,
    /// The checklist of the release.
    pub checklist: &'a Checklist,
    /// Who may what.
    pub roles: &'a Roles,
    /// Whose key is whose.
    pub signers: &'a Signers,
}

/// Why nothing was recorded, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The checklist has no such item.
    #[error("the checklist {checklist} has no item {item}; `warroom checklist show` lists them")]
    NoItem {
        /// The checklist.
        checklist: String,
        /// What was asked for.
        item: String,
    },
    /// The checklist has no such sign-off.
    #[error("the checklist {checklist} has no sign-off {signoff}; `warroom checklist show` lists them")]
    NoSignoff {
        /// The checklist.
        checklist: String,
        /// What was asked for.
        signoff: String,
    },
    /// A check answers for the item.
    #[error("a check answers for {0}, nobody can tick it; if it must not hold up the release, have it waived")]
    Automatic(String),
    /// The item demands a signature.
    #[error("the item {0} demands a signature; tick it with a key in your ssh-agent")]
    NeedsSignature(String),
    /// What was looked at is not what is there now.
    #[error("the release or its checklist changed since you looked; look again, then do it again")]
    Changed,
    /// A reason is missing.
    #[error("say why: this act needs a reason of more than blanks")]
    NoReason,
    /// The end is missing or past.
    #[error("say until when it holds: a time that is not past")]
    NoEnd,
    /// The person has not the right.
    #[error(
        "{principal} may not {right} as {role} by the catalog's roles.toml; ask somebody who may, or have it changed"
    )]
    NotAllowed {
        /// Who wanted to.
        principal: String,
        /// To do what.
        right: &'static str,
        /// In which role.
        role: String,
    },
    /// The sign-off asks for other roles.
    #[error("the sign-off {signoff} does not ask for the role {role}; sign in one of its roles")]
    NotAsked {
        /// The sign-off.
        signoff: String,
        /// The role that was named.
        role: String,
    },
    /// The signer answers for the release.
    #[error("{0} answers for this release and cannot sign it off as this role; somebody else must")]
    Author(String),
    /// The agent did not sign.
    #[error(transparent)]
    Agent(#[from] AgentRefusal),
    /// The signature does not verify.
    #[error("the signature that was made does not count, nothing was recorded: {0}")]
    NotSigned(#[from] NotSigned),
    /// The act holds what cannot be recorded.
    #[error(transparent)]
    CannotWrite(#[from] CannotWrite),
    /// The store did not record it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The thread of the store ended.
    #[error("the ledger's thread ended before it answered; look with `warroom ledger show` whether it was recorded")]
    Lost,
}

/// Records `act` at `now` and returns its event. Principal, nonce and time of its statement are set here: the principal
/// is the owner of the first key in `agent` that may sign for it. An act without a statement is recorded as unsigned.
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
    check(&act, rules, now)?;
    let Some(statement) = act.statement() else {
        return append(store, act.entry(actor::actor(), rules.release, None)).await;
    };
    let meaning = statement.about.meaning();
    let identity = agent.identity(rules.signers, meaning, now).await?;
    let nonce = format!("{:032x}", fastrand::u128(..));
    let statement =
        Statement { principal: &identity.principal, release: rules.release, nonce: &nonce, at: now, ..statement };
    may(&statement, rules)?;
    let mut signed =
        Signed { namespace: meaning.namespace().to_owned(), statement: statement.object(), signature: String::new() };
    signed.signature = agent.sign(&identity, meaning, &signed.message()?).await?;
    let verified = signature::verify(&signed, rules.signers, now)?;
    let actor = Actor { principal: Some(verified.principal), key: verified.fingerprint, ..actor::actor() };
    append(store, with(&act, statement).entry(actor, rules.release, Some(signed))).await
}

/// Whether `act` makes sense for the checklist, whoever does it.
///
/// # Errors
/// Why it does not.
pub fn check(act: &Act<'_>, rules: &Rules<'_>, now: Timestamp) -> Result<(), Refusal> {
    match *act {
        Act::Tick { item, state, digest, subject, signed, .. } => {
            let Check::Manual { signed: demanded } = known(item, rules)?.check else {
                return Err(Refusal::Automatic(item.to_owned()));
            };
            // Nobody needs a key to say that something does not hold.
            if demanded && signed.is_none() && state != Ticked::Fail {
                return Err(Refusal::NeedsSignature(item.to_owned()));
            }
            unchanged(subject == rules.subject && digest == rules.checklist.digest)?;
        }
        Act::Untick { item, .. } => drop(known(item, rules)?),
        Act::Note { item, note } => {
            item.map(|item| known(item, rules)).transpose()?;
            said(Some(note))?;
        }
        Act::Request { signoff, subject } => {
            asked(signoff, rules)?;
            unchanged(subject == rules.subject)?;
        }
        Act::CloseReview { note } => said(Some(note))?,
        Act::Signed(_) => {}
    }
    let Some(statement) = act.statement() else { return Ok(()) };
    unchanged(statement.subject == rules.subject)?;
    match statement.about {
        About::Signoff { signoff, vote, checklist, expires, reason, .. } => {
            asked(signoff, rules)?;
            unchanged(checklist == rules.checklist.digest)?;
            if vote == Vote::Deny {
                said(reason)?;
            }
            if vote == Vote::Approve { ends(expires, now) } else { Ok(()) }
        }
        About::Waiver { item, granted, reason, expires, .. } => {
            known(item, rules)?;
            said(Some(reason))?;
            if granted { ends(expires, now) } else { Ok(()) }
        }
        About::Decision { reason, .. } => said(Some(reason)),
        About::Tick { checklist, .. } => unchanged(checklist == rules.checklist.digest),
    }
}

/// Whether the principal of `statement` has the right to make it.
///
/// # Errors
/// Why not.
pub fn may(statement: &Statement<'_>, rules: &Rules<'_>) -> Result<(), Refusal> {
    let who = statement.principal;
    let (right, role) = match statement.about {
        About::Signoff { role, .. } => (Right::Sign, Some(role)),
        About::Waiver { role, .. } => (Right::Waive, Some(role)),
        About::Decision { .. } => (Right::Decide, None),
        About::Tick { item, .. } => (Right::Tick, known(item, rules)?.owner.as_deref()),
    };
    let allowed = match role {
        Some(role) => rules.roles.may(who, right, role),
        None => rules.roles.with(who, right).next().is_some(),
    };
    if !allowed {
        let role = role.unwrap_or("any role").to_owned();
        return Err(Refusal::NotAllowed { principal: who.to_owned(), right: right.word(), role });
    }
    let About::Signoff { signoff, vote, role, .. } = statement.about else { return Ok(()) };
    let Some(demanded) = asked(signoff, rules)? else { return Ok(()) };
    let mut named = demanded.iter().filter(|(name, _)| *name == role).peekable();
    if named.peek().is_none() {
        return Err(Refusal::NotAsked { signoff: signoff.to_owned(), role: role.to_owned() });
    }
    let author = rules.author.is_some_and(|author| rules.roles.is_author(who, author));
    if vote == Vote::Approve && author && named.all(|(_, not_author)| *not_author) {
        return Err(Refusal::Author(who.to_owned()));
    }
    Ok(())
}

fn known<'a>(item: &str, rules: &Rules<'a>) -> Result<&'a crate::domain::checklist::Item, Refusal> {
    let refusal = || Refusal::NoItem { checklist: rules.checklist.name.clone(), item: item.to_owned() };
    rules.checklist.item(item).ok_or_else(refusal)
}

/// The roles that a sign-off asks for; `None` for the one of an emergency, which takes any of them.
fn asked<'a>(signoff: &str, rules: &Rules<'a>) -> Result<Option<Vec<(&'a str, bool)>>, Refusal> {
    if signoff == EMERGENCY {
        return Ok(None);
    }
    let refusal = || Refusal::NoSignoff { checklist: rules.checklist.name.clone(), signoff: signoff.to_owned() };
    let found = rules.checklist.signoffs.iter().find(|known| known.id == signoff).ok_or_else(refusal)?;
    Ok(Some(found.by.roles()))
}

const fn unchanged(same: bool) -> Result<(), Refusal> {
    if same { Ok(()) } else { Err(Refusal::Changed) }
}

fn said(reason: Option<&str>) -> Result<(), Refusal> {
    reason.filter(|reason| !reason.trim().is_empty()).map(|_| ()).ok_or(Refusal::NoReason)
}

fn ends(expires: Option<Timestamp>, now: Timestamp) -> Result<(), Refusal> {
    expires.filter(|end| *end > now).map(|_| ()).ok_or(Refusal::NoEnd)
}

fn with<'a>(act: &Act<'a>, statement: Statement<'a>) -> Act<'a> {
    match *act {
        Act::Tick { item, state, checklist, digest, subject, note, .. } => {
            Act::Tick { item, state, checklist, digest, subject, note, signed: Some(statement) }
        }
        _ => Act::Signed(statement),
    }
}

async fn append(store: SharedStore, entry: crate::domain::ledger::event::Entry) -> Result<Event, Refusal> {
    let write = move || store.lock().unwrap_or_else(PoisonError::into_inner).append(&entry);
    Ok(tokio::task::spawn_blocking(write).await.map_err(|_| Refusal::Lost)??)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        clock::Clock,
        domain::{
            catalog::ChangeClass,
            checklist::{Due, Group, Item, Requirement, Signoff},
            readiness::{
                example::{RELEASE, at, hash, signoff, statement, tick},
                statement::Decision,
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
        let (checklist, people, signers) = (checklist(), roles(), Signers::default());
        let rules = Rules {
            release: RELEASE,
            author: Some("jo"),
            subject: hash("subject"),
            checklist: &checklist,
            roles: &people,
            signers: &signers,
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
        let decision = |reason| stated(About::Decision { decision: Decision::Go, reason });
        let elsewhere = Act::Request { signoff: "go", subject: hash("changed") };
        for (act, why) in [
            (tick("nothing", Ticked::Pass), "has no item nothing"),
            (tick("artifact", Ticked::Pass), "a check answers"),
            (tick("backup", Ticked::Pass), "demands a signature"),
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

    #[test]
    fn who_has_not_the_role_or_answers_for_the_release_does_not_sign_it_off() {
        let (checklist, people, signers) = (checklist(), roles(), Signers::default());
        let rules = Rules {
            release: RELEASE,
            author: Some("jo"),
            subject: hash("subject"),
            checklist: &checklist,
            roles: &people,
            signers: &signers,
        };
        let vote = |who| statement(hash("subject"), who, "n", at(5), signoff("go", Vote::Approve, "sre"));
        assert!(may(&vote("mira"), &rules).is_ok());
        assert!(may(&vote("jo"), &rules).is_err_and(|why| why.to_string().contains("answers for this release")));
        assert!(may(&vote("ana"), &rules).is_err_and(|why| why.to_string().contains("may not sign as sre")));
    }
}
