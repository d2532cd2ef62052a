//! In which role somebody speaks, and whether they may.

use super::{Breach, Rules, listed};
use crate::domain::{
    checklist::Signoff,
    readiness::{
        roles::{Right, Roles},
        statement::{About, Statement, Vote},
    },
};

/// The role in which the principal of `statement` speaks: the one that it names, otherwise the only one that fits. Empty where no
/// role is needed.
///
/// # Errors
/// When none fits, or several do.
pub fn role(statement: &Statement<'_>, rules: &Rules<'_>) -> Result<String, Breach> {
    let who = statement.principal;
    let (right, asked) = match statement.about {
        About::Signoff { role: "", signoff, vote, .. } => {
            if let Some(before) = own_ballot_role(who, signoff, rules).filter(|_| vote == Vote::Withdraw) {
                return Ok(before);
            }
            (
                Right::Sign,
                signoff_roles(&rules.signoff(signoff)?, |not_author| {
                    vote != Vote::Approve
                        || !not_author
                        || rules
                            .author
                            .is_some_and(|author| rules.roles.knows(author) && !rules.roles.is_author(who, author))
                }),
            )
        }
        About::Waiver { role: "", item, .. } => {
            let all = with(rules.roles, Right::Waive);
            let asked = rules.overriding(item)?;
            (Right::Waive, all.into_iter().filter(|role| asked.is_none_or(|asked| asked.contains(role))).collect())
        }
        About::Signoff { role, .. } | About::Waiver { role, .. } => return Ok(role.to_owned()),
        About::Decision { .. } | About::Tick { .. } => return Ok(String::new()),
    };
    let own: Vec<&str> = asked.iter().map(String::as_str).filter(|role| rules.roles.may(who, right, role)).collect();
    match own.as_slice() {
        [role] => Ok((*role).to_owned()),
        [] => {
            if let About::Signoff { signoff, .. } = statement.about {
                refuse_author(who, &rules.signoff(signoff)?, rules)?;
            }
            let asked: Vec<&str> = asked.iter().map(String::as_str).collect();
            Err(Breach::NoRole { principal: who.to_owned(), right: right.word(), asked: listed(&asked) })
        }
        several => Err(Breach::WhichRole { principal: who.to_owned(), right: right.word(), roles: listed(several) }),
    }
}

/// When the only roles that a person has here are closed to the owner of the release, that is what to say.
fn refuse_author(who: &str, signoff: &Signoff, rules: &Rules<'_>) -> Result<(), Breach> {
    let could = signoff.by.roles().iter().any(|(role, _)| rules.roles.may(who, Right::Sign, role));
    match (could, rules.author) {
        (false, _) => Ok(()),
        (true, None) => Err(Breach::NoAuthor),
        (true, Some(author)) if !rules.roles.knows(author) => Err(Breach::UnknownAuthor(author.to_owned())),
        (true, Some(_)) => Err(Breach::Author(who.to_owned())),
    }
}

fn own_ballot_role(who: &str, signoff: &str, rules: &Rules<'_>) -> Option<String> {
    let ballots = rules.record.said(rules.release)?.votes.get(signoff)?.get(&rules.subject)?;
    ballots.get(who).filter(|ballot| ballot.vote != Vote::Withdraw).map(|ballot| ballot.role.clone())
}

fn signoff_roles(signoff: &Signoff, open: impl Fn(bool) -> bool) -> Vec<String> {
    let mut roles: Vec<String> = signoff
        .by
        .roles()
        .into_iter()
        .filter(|(_, not_author)| open(*not_author))
        .map(|(role, _)| role.to_owned())
        .collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}

fn with(roles: &Roles, right: Right) -> Vec<String> {
    roles.roles.iter().filter(|(_, role)| role.may.contains(&right)).map(|(name, _)| name.clone()).collect()
}

/// Whether the principal of `statement` has the right to make it.
///
/// # Errors
/// Why not.
pub fn may(statement: &Statement<'_>, rules: &Rules<'_>) -> Result<(), Breach> {
    let who = statement.principal;
    let (right, role) = match statement.about {
        About::Signoff { role, .. } => (Right::Sign, Some(role)),
        About::Waiver { role, .. } => (Right::Waive, Some(role)),
        About::Decision { .. } => (Right::Decide, None),
        About::Tick { item, .. } => (Right::Tick, rules.item(item)?.owner.as_deref()),
    };
    let allowed = match role {
        Some(role) => rules.roles.may(who, right, role),
        None => rules.roles.with(who, right).next().is_some(),
    };
    if !allowed {
        let role = role.unwrap_or("any role").to_owned();
        return Err(Breach::NotAllowed { principal: who.to_owned(), right: right.word(), role });
    }
    if let About::Waiver { item, role, .. } = statement.about
        && let Some(asked) = rules.overriding(item)?.filter(|asked| !asked.contains(role))
    {
        let asked = listed(&asked.iter().map(String::as_str).collect::<Vec<_>>());
        return Err(Breach::NotOverriding { entry: item.to_owned(), role: role.to_owned(), asked });
    }
    let About::Signoff { signoff, vote, role, .. } = statement.about else { return Ok(()) };
    let needed = rules.signoff(signoff)?;
    let asked = needed.by.roles();
    let mut named = asked.iter().filter(|(name, _)| *name == role).peekable();
    if named.peek().is_none() {
        let asked = signoff_roles(&needed, |_| true);
        let asked = listed(&asked.iter().map(String::as_str).collect::<Vec<_>>());
        return Err(Breach::NotAsked { signoff: signoff.to_owned(), role: role.to_owned(), asked });
    }
    if vote == Vote::Approve && named.all(|(_, not_author)| *not_author) {
        match rules.author {
            None => return Err(Breach::NoAuthor),
            Some(author) if !rules.roles.knows(author) => return Err(Breach::UnknownAuthor(author.to_owned())),
            Some(author) if rules.roles.is_author(who, author) => return Err(Breach::Author(who.to_owned())),
            Some(_) => {}
        }
    }
    Ok(())
}
