//! Whether a plan has the approvals that it needs.

use super::{Approvals, Decision, Requested, Vote, code};
use crate::domain::{
    checklist::Requirement,
    ledger::hash::Hash,
    plan::{Mode, Plan},
    readiness::{
        quorum::{self, Missing, Signer},
        roles::{Right, Roles},
    },
    runbook::risk::Risk,
    time::Timestamp,
};

/// Who people are.
#[derive(Clone, Copy, Debug)]
pub struct People<'a> {
    /// What each role may do.
    pub roles: &'a Roles,
    /// Who answers for the release; `None` where nobody does, or there is no release.
    pub author: Option<&'a str>,
}

/// How the approvals of a plan stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Whether enough people approve it, and nobody denies it.
    pub met: bool,
    /// Approvals that count.
    pub approvals: Vec<Vote>,
    /// Denials. They stick until it is another plan.
    pub denials: Vec<Vote>,
    /// What was said and does not count, with the reason.
    pub not_counted: Vec<(String, &'static str)>,
    /// Who must still approve.
    pub missing: Vec<Missing>,
    /// Who broke the glass, while that holds.
    pub broken: Option<Vote>,
    /// When the first approval that counts runs out.
    pub until: Option<Timestamp>,
}

/// Why a plan may not be run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotApproved {
    /// Somebody said no.
    #[error("{who} denies it: {reason}. A denial sticks until it is another plan")]
    Denied {
        /// Who.
        who: String,
        /// Why. Text from outside.
        reason: String,
    },
    /// Nobody was asked.
    #[error("it needs the approval of {missing}; ask for it with `warroom runbook plan … --request`")]
    NotAsked {
        /// Who.
        missing: String,
    },
    /// Others must still approve it.
    #[error("it still needs the approval of {missing}: `warroom runbook approve {code}`")]
    Missing {
        /// Who.
        missing: String,
        /// The request.
        code: String,
    },
    /// It says that nobody has to approve it, and its risk says otherwise.
    #[error("a plan of risk R4 in production needs a second person, and this one names none; make it again")]
    NobodyNamed,
    /// Nobody signed for breaking the glass.
    #[error(
        "breaking the glass needs one signature, a reason and an incident: `warroom runbook run … --break-glass`, or from elsewhere `warroom runbook approve {0} --break-glass`"
    )]
    GlassNotBroken(String),
}

/// How the approvals of the plan in `requested` stand at `now`.
#[must_use]
pub fn standing(requested: &Requested, people: People<'_>, now: Timestamp) -> Standing {
    let mut standing = Standing::default();
    for vote in &requested.votes {
        let why = not_counted(vote, requested, people, now);
        match (vote.decision, why) {
            (_, Some(why)) => standing.not_counted.push((vote.principal.clone(), why)),
            (Decision::Approve, None) => standing.approvals.push(vote.clone()),
            (Decision::Deny, None) => standing.denials.push(vote.clone()),
            (Decision::BreakGlass, None) => standing.broken = Some(vote.clone()),
            (Decision::Request, None) => {}
        }
    }
    let signers: Vec<Signer<'_>> = standing
        .approvals
        .iter()
        .map(|vote| Signer {
            person: people.roles.person(&vote.principal),
            key: &vote.key,
            role: &vote.role,
            // Without a release there is no owner; who asked is left out already.
            other_than_author: people.author.is_none_or(|author| !people.roles.is_author(&vote.principal, author)),
        })
        .collect();
    let reached = requested.plan.needs.as_ref().map(|needs| quorum::reach(needs, &signers));
    standing.met = standing.denials.is_empty() && reached.as_ref().is_none_or(|reached| reached.met);
    let counted: Vec<usize> = reached.as_ref().map(|reached| reached.counted.clone()).unwrap_or_default();
    standing.until =
        counted.iter().filter_map(|index| standing.approvals.get(*index)).filter_map(|vote| vote.expires).min();
    standing.missing = reached.map(|reached| reached.missing).unwrap_or_default();
    standing
}

/// Why a vote does not count.
fn not_counted(vote: &Vote, requested: &Requested, people: People<'_>, now: Timestamp) -> Option<&'static str> {
    let roles = people.roles;
    if !roles.may(&vote.principal, Right::Approve, &vote.role) {
        return Some("the role may not approve, or is not theirs");
    }
    // A no counts from everybody who may say yes, also from who asked: never run what its author takes back.
    if vote.decision == Decision::Deny {
        return None;
    }
    if vote.expires.is_none_or(|until| until <= now) {
        return Some("it has run out");
    }
    if vote.decision == Decision::BreakGlass {
        return None;
    }
    let asked = requested.by.principal.as_deref().filter(|_| requested.proven);
    let same_person = roles.person(asked.unwrap_or(&requested.by.user)) == roles.person(&vote.principal);
    if same_person || requested.proven && requested.by.key == vote.key {
        return Some("who asks does not approve");
    }
    let same_login = vote.session == (requested.by.user.clone(), requested.host.clone());
    (!requested.proven && same_login).then_some("the same login asked for it; a signed request would tell them apart")
}

/// Whether `plan` may be run at `now`. Breaking the glass needs a signature of its own.
///
/// # Errors
/// Why it may not, and what to do.
pub fn admits(
    plan: &Plan,
    hash: Hash,
    break_glass: bool,
    (approvals, people): (&Approvals, People<'_>),
    now: Timestamp,
) -> Result<(), NotApproved> {
    if plan.mode == Mode::Rehearsal {
        return Ok(());
    }
    let requested = approvals.of(hash);
    let standing = requested.map(|requested| standing(requested, people, now));
    if let Some(denial) = standing.as_ref().and_then(|standing| standing.denials.first()) {
        let reason = denial.reason.clone().unwrap_or_default();
        return Err(NotApproved::Denied { who: denial.principal.clone(), reason });
    }
    if break_glass {
        let broken = standing.is_some_and(|standing| standing.broken.is_some());
        return if broken { Ok(()) } else { Err(NotApproved::GlassNotBroken(code(hash))) };
    }
    let Some(needs) = &plan.needs else {
        let second = plan.risk == Risk::R4 && plan.target.production;
        return if second { Err(NotApproved::NobodyNamed) } else { Ok(()) };
    };
    match standing {
        Some(standing) if standing.met => Ok(()),
        Some(standing) => Err(NotApproved::Missing { missing: words(&standing.missing), code: code(hash) }),
        None => Err(NotApproved::NotAsked { missing: words(&all(needs)) }),
    }
}

/// Everybody whom `needs` asks for, as long as nobody approved it.
#[must_use]
pub fn all(needs: &Requirement) -> Vec<Missing> {
    quorum::reach(needs, &[]).missing
}

/// Who is missing, in words.
#[must_use]
pub fn words(missing: &[Missing]) -> String {
    if missing.is_empty() {
        return "somebody who may approve, and nobody may".to_owned();
    }
    missing.iter().map(Missing::words).collect::<Vec<_>>().join(" and ")
}

/// Everybody whose approval is skipped when the glass is broken: all who could have given one.
#[must_use]
pub fn skipped(needs: Option<&Requirement>, roles: &Roles, except: &str) -> Vec<String> {
    let asked = needs.map(Requirement::roles).unwrap_or_default();
    let mut people: Vec<String> = asked
        .iter()
        .flat_map(|(role, _)| roles.people(role))
        .filter(|person| *person != roles.person(except))
        .map(str::to_owned)
        .collect();
    people.sort_unstable();
    people.dedup();
    people
}
