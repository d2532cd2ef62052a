//! Whether a sign-off is given: who signed, in which role, for how long, and who is still missing.

use super::{
    quorum::{self, Missing, Signer},
    roles::{Right, Roles},
    said::{Ballot, Said},
    statement::Vote,
    waiver::POLICY,
};
use crate::domain::{
    catalog::ChangeClass,
    checklist::{Checklist, Due, Requirement, Signoff, state::ItemState},
    ledger::hash::Hash,
    time::{Span, Timestamp},
};

/// The identifier of the sign-off that an emergency release needs when its checklist has none.
pub const EMERGENCY: &str = "emergency";

/// What sign-offs are held against.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// What was said about the release.
    pub said: &'a Said,
    /// Who may what.
    pub roles: &'a Roles,
    /// Who answers for the release.
    pub author: Option<&'a str>,
    /// What must have been signed.
    pub subject: Hash,
    /// The digest of the checklist.
    pub digest: Hash,
    /// Now.
    pub now: Timestamp,
}

/// How a sign-off stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Its identifier.
    pub id: String,
    /// For people.
    pub title: String,
    /// What it must be given before.
    pub due: Due,
    /// How it stands: given, denied (`Fail`), open, expired (`Stale`) or outdated.
    pub state: ItemState,
    /// Approvals that count.
    pub approvals: Vec<Counted>,
    /// Denials that hold.
    pub denials: Vec<Counted>,
    /// What was said and does not count, with the reason.
    pub not_counted: Vec<(String, &'static str)>,
    /// Who must still sign, by the shortest way.
    pub missing: Vec<Missing>,
    /// When it was asked for.
    pub requested_at: Option<Timestamp>,
    /// From the request to the last approval that it needed; so far, while it is open. `None` without a request.
    pub latency: Option<Span>,
    /// When the first approval that counts runs out.
    pub expires_at: Option<Timestamp>,
}

impl Signed {
    /// How it stands, in words. Holds text from outside.
    #[must_use]
    pub fn words(&self) -> String {
        if let Some(denial) = self.denials.first() {
            let reason = denial.reason.as_deref().unwrap_or("no reason given");
            return format!("{} ({}) denies it: {reason}", denial.principal, denial.role);
        }
        let missing: Vec<String> = self.missing.iter().map(Missing::words).collect();
        let missing = missing.join(" and ");
        match self.state {
            ItemState::Pass => {
                let by: Vec<&str> = self.approvals.iter().map(|approval| approval.principal.as_str()).collect();
                format!("signed by {}", by.join(", "))
            }
            ItemState::Outdated => format!("what was signed has changed; it needs {missing} again"),
            ItemState::Stale => format!("a signature has expired; it needs {missing}"),
            _ if missing.is_empty() => "it can never be given as it is written in the checklist".to_owned(),
            _ => format!("it needs {missing}"),
        }
    }
}

/// What one person said, and counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Who.
    pub principal: String,
    /// The fingerprint of the key.
    pub key: String,
    /// In which role.
    pub role: String,
    /// When it was recorded.
    pub at: Timestamp,
    /// When it runs out. A denial does not.
    pub expires_at: Option<Timestamp>,
    /// Why. Text from outside.
    pub reason: Option<String>,
    /// The event.
    pub seq: u64,
}

/// The sign-offs that a release of `class` needs. An emergency needs those written for emergencies, else any one of all,
/// else one of anybody who may sign.
#[must_use]
pub fn needed(checklist: &Checklist, class: ChangeClass, roles: &Roles) -> Vec<Signoff> {
    let mut needed: Vec<Signoff> =
        checklist.signoffs.iter().filter(|signoff| signoff.classes.contains(&class)).cloned().collect();
    if class == ChangeClass::Emergency {
        if needed.is_empty() {
            needed.push(any_of_all(checklist, roles));
        }
        for signoff in &mut needed {
            signoff.by = Requirement::Any(signoff.by.roles().into_iter().map(one).collect());
        }
    }
    needed
}

fn any_of_all(checklist: &Checklist, roles: &Roles) -> Signoff {
    let mut by: Vec<Requirement> = checklist.signoffs.iter().map(|signoff| signoff.by.clone()).collect();
    if by.is_empty() {
        let signing = roles.roles.iter().filter(|(_, role)| role.may.contains(&Right::Sign));
        by = signing.map(|(name, _)| one((name, false))).collect();
    }
    Signoff {
        id: EMERGENCY.to_owned(),
        title: "Emergency: one signature".to_owned(),
        due: Due::Start,
        classes: vec![ChangeClass::Emergency],
        by: Requirement::Any(by),
        expires: Span::from_mins(30),
    }
}

/// The sign-off by which somebody of `role` approves what a policy wants approved. The owner's own approval is none.
#[must_use]
pub fn by_policy(role: &str) -> Signoff {
    Signoff {
        id: format!("{POLICY}{role}"),
        title: format!("Policy: {role}"),
        due: Due::Start,
        classes: vec![ChangeClass::Standard, ChangeClass::Normal, ChangeClass::Emergency],
        by: one((role, true)),
        expires: Span::from_hours(24),
    }
}

fn one((role, not_author): (&str, bool)) -> Requirement {
    Requirement::Role { role: role.to_owned(), count: 1, not_author }
}

/// How `signoff` stands.
#[must_use]
pub fn judge(signoff: &Signoff, ground: &Ground<'_>) -> Signed {
    let votes = ground.said.votes.get(&signoff.id);
    let current = votes.and_then(|votes| votes.get(&ground.subject));
    let requested_at = ground.said.requests.get(&signoff.id).and_then(|by| by.get(&ground.subject)).map(|by| by.at);
    let mut weighed = Weighed::default();
    for (principal, ballot) in current.into_iter().flatten().filter(|(_, ballot)| ballot.vote != Vote::Withdraw) {
        weighed.add(principal, ballot, signoff, ground);
    }
    let signers: Vec<Signer<'_>> = weighed.approvals.iter().map(|approval| signer(approval, ground)).collect();
    let quorum = quorum::reach(&signoff.by, &signers);
    let state = match () {
        () if !weighed.denials.is_empty() => ItemState::Fail,
        () if quorum.met => ItemState::Pass,
        () if weighed.outdated || (current.is_none() && said_of_another(signoff, ground)) => ItemState::Outdated,
        () if weighed.expired => ItemState::Stale,
        () => ItemState::Open,
    };
    let counted: Vec<&Counted> = quorum.counted.iter().filter_map(|index| weighed.approvals.get(*index)).collect();
    let done_at = counted.iter().map(|approval| approval.at).max().filter(|_| quorum.met);
    Signed {
        id: signoff.id.clone(),
        title: signoff.title.clone(),
        due: signoff.due,
        state,
        requested_at,
        latency: requested_at.map(|asked| Span::between(asked, done_at.unwrap_or(ground.now))),
        expires_at: counted.iter().filter_map(|approval| approval.expires_at).min(),
        missing: quorum.missing,
        approvals: weighed.approvals,
        denials: weighed.denials,
        not_counted: weighed.not_counted,
    }
}

fn said_of_another(signoff: &Signoff, ground: &Ground<'_>) -> bool {
    let votes = ground.said.votes.get(&signoff.id);
    let mut others = votes.into_iter().flatten().filter(|(subject, _)| **subject != ground.subject);
    others.any(|(_, votes)| votes.values().any(|ballot| ballot.vote != Vote::Withdraw))
}

fn signer<'a>(approval: &'a Counted, ground: &Ground<'a>) -> Signer<'a> {
    Signer {
        person: ground.roles.person(&approval.principal),
        key: &approval.key,
        role: &approval.role,
        other_than_author: other_than_author(&approval.principal, ground),
    }
}

/// Whether it is surely another person than the release's owner.
fn other_than_author(principal: &str, ground: &Ground<'_>) -> bool {
    ground.author.is_some_and(|author| ground.roles.knows(author) && !ground.roles.is_author(principal, author))
}

#[derive(Default)]
struct Weighed {
    approvals: Vec<Counted>,
    denials: Vec<Counted>,
    not_counted: Vec<(String, &'static str)>,
    outdated: bool,
    expired: bool,
}

impl Weighed {
    fn add(&mut self, principal: &str, ballot: &Ballot, signoff: &Signoff, ground: &Ground<'_>) {
        let asked: Vec<bool> = signoff
            .by
            .roles()
            .iter()
            .filter(|(role, _)| *role == ballot.role)
            .map(|(_, not_author)| *not_author)
            .collect();
        let until = runs_out(ballot, signoff);
        let why = match ballot.vote {
            _ if asked.is_empty() => "this sign-off does not ask for their role",
            _ if !ground.roles.may(principal, Right::Sign, &ballot.role) => {
                "roles.toml does not give them that role, or does not let it sign"
            }
            Vote::Deny => return self.denials.push(counted(principal, ballot, None)),
            _ if ballot.digest != ground.digest => {
                self.outdated = true;
                "it was given for another version of the checklist"
            }
            _ if until.is_none_or(|until| until <= ground.now) => {
                self.expired = true;
                "it has expired"
            }
            _ if asked.iter().all(|not_author| *not_author) && ground.author.is_none() => {
                "the release names no owner, and the owner may not sign; name one in its file"
            }
            _ if asked.iter().all(|not_author| *not_author)
                && ground.author.is_some_and(|author| !ground.roles.knows(author)) =>
            {
                "roles.toml does not know the release's owner, and the owner may not sign"
            }
            _ if asked.iter().all(|not_author| *not_author) && !other_than_author(principal, ground) => {
                "the owner of the release may not sign it off"
            }
            _ => return self.approvals.push(counted(principal, ballot, until)),
        };
        self.not_counted.push((principal.to_owned(), why));
    }
}

/// When an approval runs out: by its own word, and by the checklist's.
fn runs_out(ballot: &Ballot, signoff: &Signoff) -> Option<Timestamp> {
    let given = ballot.signed_at.min(ballot.by.at);
    let longest = given.checked_add_signed(signoff.expires.delta()).unwrap_or(Timestamp::MAX_UTC);
    ballot.expires.map(|expires| expires.min(longest))
}

fn counted(principal: &str, ballot: &Ballot, expires_at: Option<Timestamp>) -> Counted {
    Counted {
        principal: principal.to_owned(),
        key: ballot.by.key.clone().unwrap_or_default(),
        role: ballot.role.clone(),
        at: ballot.by.at,
        expires_at,
        reason: ballot.reason.clone(),
        seq: ballot.by.seq,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::readiness::{
        act::Act,
        example::{RELEASE, Told, at, hash, signoff as about},
    };

    fn roles() -> Roles {
        toml::from_str(
            r#"
            [principals.mira]
            also = ["mira@laptop"]
            [roles.sre]
            members = ["mira", "lin", "jo"]
            may = ["sign"]
            [roles.product]
            members = ["ana", "mira"]
            may = ["sign"]
            [roles.press]
            members = ["kim"]
        "#,
        )
        .expect("roles")
    }

    fn role(role: &str, count: u32, not_author: bool) -> Requirement {
        Requirement::Role { role: role.into(), count, not_author }
    }

    fn go(by: Requirement) -> Signoff {
        Signoff {
            id: "go".into(),
            title: "Go".into(),
            due: Due::Start,
            classes: vec![ChangeClass::Normal],
            by,
            expires: Span::from_hours(2),
        }
    }

    fn stands(told: &Told, by: &Requirement, subject: &str, minute: u64) -> Signed {
        let (said, roles) = (told.record.said(RELEASE).cloned().unwrap_or_default(), roles());
        let ground = Ground {
            said: &said,
            roles: &roles,
            author: Some("jo"),
            subject: hash(subject),
            digest: hash("checklist"),
            now: at(minute),
        };
        judge(&go(by.clone()), &ground)
    }

    #[test]
    fn a_sign_off_is_given_by_people_who_may() {
        use Vote::{Approve, Deny, Withdraw};
        let sre = role("sre", 1, true);
        let both = Requirement::All(vec![role("sre", 1, false), role("product", 1, false)]);
        let two = role("sre", 2, false);
        for (by, votes, state) in [
            (&sre, vec![], ItemState::Open),
            (&sre, vec![("mira", "sre", Approve)], ItemState::Pass),
            (&sre, vec![("ana", "sre", Approve)], ItemState::Open),
            (&sre, vec![("ana", "product", Approve)], ItemState::Open),
            (&sre, vec![("jo", "sre", Approve)], ItemState::Open),
            (&sre, vec![("mira", "sre", Approve), ("lin", "sre", Deny)], ItemState::Fail),
            (&sre, vec![("mira", "sre", Approve), ("kim", "press", Deny)], ItemState::Pass),
            (&sre, vec![("lin", "sre", Deny), ("lin", "sre", Approve)], ItemState::Fail),
            (&sre, vec![("lin", "sre", Deny), ("lin", "sre", Withdraw), ("lin", "sre", Approve)], ItemState::Pass),
            (&sre, vec![("mira", "sre", Approve), ("mira", "sre", Withdraw)], ItemState::Open),
            (&two, vec![("mira", "sre", Approve), ("mira@laptop", "sre", Approve)], ItemState::Open),
            (&two, vec![("mira", "sre", Approve), ("lin", "sre", Approve)], ItemState::Pass),
            (&both, vec![("mira", "sre", Approve), ("mira@laptop", "product", Approve)], ItemState::Open),
            (&both, vec![("mira", "sre", Approve), ("ana", "product", Approve)], ItemState::Pass),
        ] {
            let mut told = Told::default();
            for (who, role, vote) in &votes {
                told.vote(who, role, *vote);
            }
            assert_eq!(stands(&told, by, "subject", 60).state, state, "{by:?} by {votes:?}");
        }
    }

    #[test]
    fn what_does_not_count_is_told_with_its_reason() {
        let mut told = Told::default();
        for (who, role) in [("jo", "sre"), ("ana", "sre"), ("kim", "press")] {
            told.vote(who, role, Vote::Approve);
        }
        let signed = stands(&told, &role("sre", 1, true), "subject", 60);
        let why: Vec<&str> = signed.not_counted.iter().map(|(_, why)| *why).collect();
        assert!(why[0].contains("does not give them that role"), "{why:?}");
        assert!(why[1].contains("owner of the release may not"), "{why:?}");
        assert!(why[2].contains("does not ask for their role"), "{why:?}");
        assert_eq!(signed.missing.len(), 1);
    }

    #[test]
    fn an_approval_runs_out_and_is_void_when_what_was_signed_changes() {
        let mut told = Told::default();
        told.vote("mira", "sre", Vote::Approve);
        let sre = role("sre", 1, true);
        // The checklist lets it hold for two hours, the statement for four.
        let until = at(121);
        assert_eq!(stands(&told, &sre, "subject", 120).expires_at, Some(until));
        assert_eq!(stands(&told, &sre, "subject", 120).state, ItemState::Pass);
        assert_eq!(stands(&told, &sre, "subject", 121).state, ItemState::Stale);
        assert_eq!(stands(&told, &sre, "changed", 60).state, ItemState::Outdated);
        told.sign_about(hash("changed"), "lin", about("go", Vote::Approve, "sre"));
        assert_eq!(stands(&told, &sre, "changed", 60).state, ItemState::Pass);
    }

    #[test]
    fn a_denial_outlives_its_time_and_not_what_was_denied() {
        let mut told = Told::default();
        told.vote("mira", "sre", Vote::Deny);
        let sre = role("sre", 1, true);
        assert_eq!(stands(&told, &sre, "subject", 100_000).state, ItemState::Fail);
        assert_eq!(stands(&told, &sre, "changed", 60).state, ItemState::Outdated);
    }

    #[test]
    fn the_time_from_request_to_signature_is_measured() {
        let mut told = Told::default();
        let sre = role("sre", 1, true);
        assert_eq!(stands(&told, &sre, "subject", 30).latency, None);
        told.tell(&Act::Request { signoff: "go", subject: hash("subject") });
        assert_eq!(stands(&told, &sre, "subject", 31).latency, Some(Span::from_mins(30)));
        told.tell(&Act::Request { signoff: "go", subject: hash("subject") });
        told.vote("mira", "sre", Vote::Approve);
        assert_eq!(stands(&told, &sre, "subject", 90).latency, Some(Span::from_mins(2)));
    }

    #[test]
    fn an_emergency_needs_one_signature() {
        let mut checklist = Checklist {
            name: "service".into(),
            title: None,
            groups: Vec::new(),
            signoffs: vec![go(Requirement::All(vec![role("sre", 2, true), role("product", 1, false)]))],
            digest: hash("checklist"),
            commit: None,
        };
        let ids = |checklist: &Checklist| {
            let needed = needed(checklist, ChangeClass::Emergency, &roles());
            needed.into_iter().map(|signoff| (signoff.id, signoff.by)).collect::<Vec<_>>()
        };
        let one = Requirement::Any(vec![role("sre", 1, true), role("product", 1, false)]);
        assert_eq!(ids(&checklist), [(EMERGENCY.to_owned(), one.clone())]);
        checklist.signoffs[0].classes.push(ChangeClass::Emergency);
        assert_eq!(ids(&checklist), [("go".to_owned(), one)]);
        checklist.signoffs.clear();
        let anybody = Requirement::Any(vec![role("product", 1, false), role("sre", 1, false)]);
        assert_eq!(ids(&checklist), [(EMERGENCY.to_owned(), anybody)]);
    }
}
