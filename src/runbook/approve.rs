//! Asking for approvals of plans, and giving them: read, checked, signed, recorded.

use super::journal::is_of;
use crate::{
    domain::{
        catalog::Catalog,
        ledger::{
            audit::look,
            event::{Actor, Entry, Event, Place, Signed},
            hash::Hash,
            proof::{Proof, proof},
            signature::{self, Meaning, Verified},
            signers::Signers,
        },
        plan::Plan,
        readiness::roles::{Right, Roles},
        run::approval::{self, ASKED, Approvals, Decision, HOLDS, NotApproved, People, Requested, Statement, standing},
        time::{Span, Timestamp},
    },
    ledger::{
        agent::{Agent, AgentRefusal, Speaker},
        store::{Store, StoreError},
    },
};

/// How many events are asked for at once.
const BATCH: u32 = 2_048;

/// What somebody says about a plan.
#[derive(Clone, Copy, Debug)]
pub struct Word<'a> {
    /// What is said.
    pub decision: Decision,
    /// Why.
    pub reason: Option<&'a str>,
    /// The incident.
    pub incident: Option<&'a str>,
    /// The role in which it is said; the only one that fits when left out.
    pub role: Option<&'a str>,
    /// How long it holds.
    pub holds: Span,
}

impl Word<'_> {
    /// A word that holds as long as usual.
    #[must_use]
    pub const fn new(decision: Decision) -> Self {
        Self { decision, reason: None, incident: None, role: None, holds: HOLDS }
    }

    /// Whether it says why, where it must.
    ///
    /// # Errors
    /// When it does not.
    pub fn is_whole(&self) -> Result<(), NotSaid> {
        let blank = |text: Option<&str>| text.is_none_or(|text| text.trim().is_empty());
        match self.decision {
            Decision::Deny if blank(self.reason) => Err(NotSaid::NoReason("a denial", "")),
            Decision::BreakGlass if blank(self.reason) || blank(self.incident) => {
                Err(NotSaid::NoReason("breaking the glass", " and an incident"))
            }
            _ => Ok(()),
        }
    }
}

/// Who may say what, and who does.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    /// Whose keys count.
    pub signers: &'a Signers,
    /// What each role may do.
    pub roles: &'a Roles,
    /// Whose process this is.
    pub actor: &'a Actor,
    /// The agent that signs.
    pub agent: &'a Agent,
    /// Now.
    pub now: Timestamp,
}

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum NotSaid {
    /// The agent does not sign.
    #[error(transparent)]
    Agent(#[from] AgentRefusal),
    /// The person may not.
    #[error("{0} has no role that may approve plans (roles.toml: may = [\"approve\"])")]
    MayNot(String),
    /// What was signed elsewhere is no statement about a plan.
    #[error(
        "this is no statement about a plan that warroom made: {0}; let `--print` write it, and sign the file as it is"
    )]
    NoStatement(String),
    /// What was signed elsewhere is about a plan that nobody asked for.
    #[error("nobody asks for an approval of the plan {0} now; `warroom runbook approve` lists what waits")]
    NotAsked(String),
    /// Several roles fit.
    #[error("say in which role: {0}")]
    WhichRole(String),
    /// It needs words.
    #[error("{0} needs a reason{1}")]
    NoReason(&'static str, &'static str),
    /// It would not count.
    #[error("it would not count: {0}")]
    WouldNotCount(String),
    /// The signature is not good.
    #[error(transparent)]
    NotSigned(#[from] signature::NotSigned),
    /// It cannot be written.
    #[error(transparent)]
    CannotWrite(#[from] crate::domain::ledger::canonical::CannotWrite),
}

/// All that was asked and said, from the events of `store`. What is damaged says nothing. Blocks.
///
/// # Errors
/// When the store cannot be read.
pub fn read(store: &mut dyn Store, signers: &Signers) -> Result<Approvals, StoreError> {
    let (mut approvals, mut upto) = (Approvals::default(), 0);
    loop {
        let batch = store.after(upto, BATCH)?;
        let Some(last) = batch.last() else { return Ok(approvals) };
        upto = last.seq;
        let about = batch.iter().filter(|stored| is_of(stored, "approval."));
        for event in about.filter_map(|stored| look(stored).event.ok()) {
            approvals.apply(&event, verified(&event, signers).as_ref());
        }
    }
}

/// Why a plan may not be run.
#[derive(Debug, thiserror::Error)]
pub enum Barred {
    /// It has not the approvals that it needs.
    #[error(transparent)]
    NotApproved(#[from] NotApproved),
    /// Nobody can say which it has.
    #[error("its approvals are not known: {0}")]
    Store(#[from] StoreError),
    /// It has no hash.
    #[error(transparent)]
    CannotWrite(#[from] crate::domain::ledger::canonical::CannotWrite),
}

/// Whether `plan` may be run at `now`, by what `store` says of its approvals. Asked right before a run is created. Blocks.
///
/// # Errors
/// Why it may not, and what to do.
pub fn admitted(
    plan: &Plan,
    break_glass: bool,
    store: &mut dyn Store,
    catalog: &Catalog,
    now: Timestamp,
) -> Result<(), Barred> {
    let approvals = read(store, &catalog.signers)?;
    let release = plan.target.release.as_ref().and_then(|id| catalog.releases.get(id));
    let people = People { roles: &catalog.roles, author: release.and_then(|release| release.owner.as_deref()) };
    Ok(approval::admits(plan, plan.hash()?, break_glass, (&approvals, people), now)?)
}

/// Who signed `event`, when that counts. Most events are not about approvals: their signatures are not looked at here.
#[must_use]
pub fn verified(event: &Event, signers: &Signers) -> Option<Verified> {
    Decision::of(&event.action)?;
    match proof(event, Some(signers)) {
        Proof::Verified { principal } => Some(Verified { principal, fingerprint: event.actor.key.clone() }),
        _ => None,
    }
}

/// What asks others to approve `plan`, to be appended to the ledger: signed where the agent has a key that counts, so that it
/// is known who asks.
///
/// # Errors
/// Why it cannot be asked for.
pub async fn ask(plan: &Plan, desk: &Desk<'_>) -> Result<Entry, NotSaid> {
    let hash = plan.hash()?;
    let expires = desk.now.checked_add_signed(ASKED.delta()).unwrap_or(desk.now);
    let word = Word { holds: ASKED, ..Word::new(Decision::Request) };
    let signed = match desk.agent.identity(desk.signers, Meaning::Approval, desk.now).await {
        Ok(identity) => sign(&word, hash, &Speaker { identity, role: String::new() }, desk).await,
        Err(why) => Err(why.into()),
    };
    let (actor, signed) = match signed {
        Ok((actor, signed)) => (actor, Some(signed)),
        // Without a key the login stands for the person, and it is told that it does.
        Err(NotSaid::Agent(_)) => (desk.actor.clone(), None),
        Err(other) => return Err(other),
    };
    Ok(approval::request(plan, (actor, signed), expires)?)
}

/// Who would say `word` now: of the keys at `desk`, the first one whose owner has a role that may approve, the wanted one where
/// it is named.
///
/// # Errors
/// Why nobody may; of several keys, what is said of the first.
pub async fn speaker(word: &Word<'_>, desk: &Desk<'_>) -> Result<Speaker, NotSaid> {
    let keys = desk.agent.identities(desk.signers, Meaning::Approval, desk.now).await?;
    Speaker::of(keys, |identity| role(&identity.principal, word.role, desk.roles))
}

/// What says `word` about the plan of `requested`, signed by `speaker`, to be appended to the ledger. It was tried whether it
/// would count.
///
/// # Errors
/// Why it would not.
pub async fn say(
    word: &Word<'_>,
    speaker: &Speaker,
    (requested, approvals): (&Requested, &Approvals),
    desk: &Desk<'_>,
) -> Result<Entry, NotSaid> {
    word.is_whole()?;
    let (actor, signed) = sign(word, requested.hash, speaker, desk).await?;
    said((actor, signed), (requested, approvals), desk)
}

/// The entry of what was `signed` about the plan of `requested`, when it would count.
pub(super) fn said(
    (actor, signed): (Actor, Signed),
    (requested, approvals): (&Requested, &Approvals),
    desk: &Desk<'_>,
) -> Result<Entry, NotSaid> {
    let statement = Statement::read(&signed.statement).map_err(|why| NotSaid::WouldNotCount(why.to_string()))?;
    let skipped = match statement.decision {
        Decision::BreakGlass => standing::skipped(requested.plan.needs.as_ref(), desk.roles, statement.principal),
        _ => Vec::new(),
    };
    let release = requested.plan.target.release.as_deref();
    let entry = approval::entry(&statement, (actor, signed.clone()), release, &skipped);
    counts(&entry, requested, approvals, desk)?;
    Ok(entry)
}

/// What breaks the glass for `plan`, signed once by who breaks it, to be appended to the ledger in this order: where nobody was
/// asked for an approval, the plan comes first, because a signature alone does not say what it is about.
///
/// # Errors
/// Why it would not count.
pub async fn break_glass(
    word: &Word<'_>,
    speaker: &Speaker,
    plan: &Plan,
    approvals: &Approvals,
    desk: &Desk<'_>,
) -> Result<Vec<Entry>, NotSaid> {
    let hash = plan.hash()?;
    if let Some(requested) = approvals.of(hash).filter(|requested| requested.expires > desk.now) {
        return Ok(vec![say(word, speaker, (requested, approvals), desk).await?]);
    }
    let expires = desk.now.checked_add_signed(ASKED.delta()).unwrap_or(desk.now);
    let request = approval::request(plan, (desk.actor.clone(), None), expires)?;
    let mut asked = approvals.clone();
    asked.apply(&next(&request, approvals, desk), None);
    let requested = asked.of(hash).ok_or_else(|| NotSaid::WouldNotCount("it cannot be asked for".to_owned()))?;
    let said = say(word, speaker, (requested, &asked), desk).await?;
    Ok(vec![request, said])
}

/// The event that `entry` would be, if it were the next one.
fn next(entry: &Entry, approvals: &Approvals, desk: &Desk<'_>) -> Event {
    let place = Place {
        seq: approvals.upto() + 1,
        id: String::new(),
        ts: desk.now,
        host: crate::ledger::actor::host(),
        prev: Hash::NONE,
    };
    Event::new(entry.clone(), place)
}

/// Whether `entry` would count if it were recorded now: otherwise nothing is recorded, and it is said why.
fn counts(entry: &Entry, requested: &Requested, approvals: &Approvals, desk: &Desk<'_>) -> Result<(), NotSaid> {
    let no = |why: &str| Err(NotSaid::WouldNotCount(why.to_owned()));
    let event = next(entry, approvals, desk);
    let mut after = approvals.clone();
    let principal = event.actor.principal.clone().unwrap_or_default();
    let verified = Verified { principal: principal.clone(), fingerprint: event.actor.key.clone() };
    if let approval::Applied::Ignored(why) = after.apply(&event, Some(&verified)) {
        return no(&why);
    }
    let Some(after) = after.of(requested.hash) else { return no("nobody asked for it") };
    let people = People { roles: desk.roles, author: None };
    let standing = approval::standing(after, people, desk.now);
    if event.action == Decision::Approve.action() && !standing.denials.is_empty() {
        return no("somebody denied it, and that sticks until it is another plan");
    }
    let counted =
        |votes: &[approval::Vote]| votes.iter().any(|vote| vote.principal == principal && vote.at == desk.now);
    if event.action == Decision::Approve.action() && !counted(&standing.approvals) {
        let why = standing.not_counted.iter().rev().find(|(who, _)| *who == principal).map_or("", |(_, why)| why);
        return no(why);
    }
    Ok(())
}

/// The role in which `principal` speaks: the wanted one, or the only one that may approve.
pub(super) fn role(principal: &str, wanted: Option<&str>, roles: &Roles) -> Result<String, NotSaid> {
    let fitting: Vec<&str> = roles.with(principal, Right::Approve).collect();
    match (wanted, fitting.as_slice()) {
        (Some(role), fitting) if fitting.contains(&role) => Ok(role.to_owned()),
        (Some(_), _) | (None, []) => Err(NotSaid::MayNot(principal.to_owned())),
        (None, [one]) => Ok((*one).to_owned()),
        (None, several) => Err(NotSaid::WhichRole(several.join(", "))),
    }
}

async fn sign(
    word: &Word<'_>,
    plan: Hash,
    Speaker { identity, role }: &Speaker,
    desk: &Desk<'_>,
) -> Result<(Actor, Signed), NotSaid> {
    let mut signed = unsigned(word, plan, (&identity.principal, role), desk.now);
    signed.signature = desk.agent.sign(identity, Meaning::Approval, &signed.message()?).await?;
    Ok((verified_actor(&signed, desk)?, signed))
}

/// What `principal` signs who says `word` about that plan in `role`.
pub(super) fn unsigned(word: &Word<'_>, plan: Hash, (principal, role): (&str, &str), now: Timestamp) -> Signed {
    let nonce = format!("{:032x}", fastrand::u128(..));
    let statement = Statement {
        principal,
        plan,
        decision: word.decision,
        role,
        reason: word.reason,
        incident: word.incident,
        expires: now.checked_add_signed(word.holds.delta()),
        nonce: &nonce,
        at: now,
    };
    let namespace = Meaning::Approval.namespace().to_owned();
    Signed { namespace, statement: statement.object(), signature: String::new() }
}

/// Who signed, when the signature is good.
pub(super) fn verified_actor(signed: &Signed, desk: &Desk<'_>) -> Result<Actor, NotSaid> {
    let Verified { principal, fingerprint } = signature::verify(signed, desk.signers, desk.now)?;
    Ok(Actor { principal: Some(principal), key: fingerprint, ..desk.actor.clone() })
}
