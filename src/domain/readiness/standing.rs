//! The readiness of a release at one moment: every item and sign-off, what is missing before the next step, what is loud.

use std::collections::BTreeMap;

use super::{
    item::{self, Line},
    next::Next,
    progress::Progress,
    roles::{Right, Roles},
    said::{self, Said, Unseen},
    signoff::{self, Ground, Signed},
    statement::{Decision, Vote},
    waiver::{self, Waiver},
};
use crate::domain::{
    catalog::{ChangeClass, Risk},
    checklist::{
        Checklist,
        state::{Evidence, ItemState},
    },
    ledger::hash::Hash,
    level::Level,
    release::Release,
    time::{Span, Timestamp},
    verdict::computed::Computed,
};

/// What readiness is worked out from.
#[derive(Clone, Copy, Debug)]
pub struct Inputs<'a> {
    /// The release.
    pub release: &'a Release,
    /// Its checklist.
    pub checklist: &'a Checklist,
    /// Who may what.
    pub roles: &'a Roles,
    /// What was said about it.
    pub said: &'a Said,
    /// The last evidence of each automatic item, by its identifier.
    pub evidence: &'a BTreeMap<String, Evidence>,
    /// What is ticked and signed: the hash of [`super::subject::Subject`].
    pub subject: Hash,
}

/// The readiness of a release at one moment.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    /// What is ticked and signed.
    pub subject: Hash,
    /// Items by group, in the order of the file.
    pub groups: Vec<Group>,
    /// The sign-offs that its change class needs.
    pub signoffs: Vec<Signed>,
    /// Items and sign-offs together: what a table shows.
    pub progress: Progress,
    /// The next step.
    pub next: Next,
    /// What it waits for. Empty: nothing of the checklist is in the way.
    pub blocks: Vec<Block>,
    /// Waivers that hold. Every screen shows them.
    pub waivers: Vec<Waiver>,
    /// Waivers that hold and let it pass an entry of the calendar or a denial of a policy, or keep a laxer class than its risk calls for.
    pub overrides: Vec<Waiver>,
    /// How approvals stand that policies may have asked for, where somebody gave or denied one.
    pub approvals: Vec<Signed>,
    /// The last decision of somebody who may decide.
    pub decision: Option<Decided>,
    /// Known issues and accepted risks, with how long they are still accepted; `None` when that is over.
    pub risks: Vec<(Risk, Option<Span>)>,
    /// The review that an emergency still owes. Every screen shows it.
    pub debt: Option<Debt>,
}

/// Items that belong together.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its items.
    pub lines: Vec<Line>,
    /// How far it is.
    pub progress: Progress,
}

/// Something that the next step waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The item or sign-off; `decision` for a no-go or hold.
    pub id: String,
    /// For people.
    pub title: String,
    /// How it stands.
    pub state: ItemState,
    /// Why. Holds text from outside.
    pub why: String,
}

/// A decision that counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decided {
    /// What.
    pub decision: Decision,
    /// Who.
    pub principal: String,
    /// Why. Text from outside.
    pub reason: String,
    /// When it was recorded.
    pub at: Timestamp,
    /// Whether it is a go for what has changed since. A no-go or a hold stands until it is taken back or decided anew, whatever
    /// changes.
    pub outdated: bool,
    /// What was computed when it was decided, where that is known.
    pub computed: Option<Computed>,
    /// Whose no-go or hold, recorded before it was signed, this go replaces.
    pub over: Vec<(String, Decision)>,
}

/// A review that is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Debt {
    /// Since when.
    pub since: Timestamp,
    /// How long that is.
    pub age: Span,
}

impl Standing {
    /// The readiness at `now`.
    #[must_use]
    pub fn at(now: Timestamp, inputs: &Inputs<'_>) -> Self {
        Self::before(Next::of(inputs.release), now, inputs)
    }

    /// The readiness at `now` for that next step, for those who cannot see where the release is.
    #[must_use]
    pub fn before(next: Next, now: Timestamp, inputs: &Inputs<'_>) -> Self {
        let Inputs { release, checklist, roles, said, subject, .. } = *inputs;
        let author = release.file.as_ref().and_then(|file| file.owner.as_deref());
        let ground = Ground { said, roles, author, subject, digest: checklist.digest, now };
        let groups: Vec<Group> = checklist.groups.iter().map(|group| judge_group(group, inputs, &ground)).collect();
        let needed = signoff::needed(checklist, release.class, roles);
        let signoffs: Vec<Signed> = needed.iter().map(|signoff| signoff::judge(signoff, &ground)).collect();
        let mut progress = groups.iter().fold(Progress::default(), |sum, group| sum.and(group.progress));
        for signed in &signoffs {
            progress.add(signed.state, true, None);
        }
        let decision = decided(&ground);
        Self {
            subject,
            blocks: blocks(next, &groups, &signoffs, decision.as_ref(), release.class),
            waivers: checklist.items().filter_map(|item| waiver::holding(&item.id, &ground)).collect(),
            overrides: overridden(said).filter_map(|item| waiver::holding(item, &ground)).collect(),
            approvals: approved(said).map(|role| signoff::judge(&signoff::by_policy(role), &ground)).collect(),
            risks: release
                .file
                .iter()
                .flat_map(|file| &file.risks)
                .map(|risk| (risk.clone(), risk.left(now)))
                .collect(),
            debt: debt(release, said, now),
            groups,
            signoffs,
            progress,
            next,
            decision,
        }
    }

    /// All items, in the order of the file.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.groups.iter().flat_map(|group| &group.lines)
    }

    /// Decisions of people that stand against the next step, in their words: `HOLD`, and why.
    pub fn against(&self) -> impl Iterator<Item = (String, &str)> {
        let decisions = self.blocks.iter().filter(|block| block.id == "decision");
        decisions.filter_map(|block| Some((block.title.strip_prefix("Decision: ")?.to_uppercase(), block.why.as_str())))
    }

    /// How much it needs a person: the worst of what is mandatory; a waiver, a debt, a risk that nobody accepts any more and an
    /// advisory item at least an eye.
    #[must_use]
    pub fn level(&self) -> Level {
        let over = self.risks.iter().any(|(_, left)| left.is_none());
        let loud = over || !self.waivers.is_empty() || !self.overrides.is_empty() || self.debt.is_some();
        self.progress.level().max(if loud { Level::Watch } else { Level::Ok })
    }
}

/// What somebody wanted to let it pass, beside items of its checklist.
fn overridden(said: &Said) -> impl Iterator<Item = &str> {
    said.waivers.keys().map(String::as_str).filter(|item| waiver::is_override(item))
}

/// The roles in which somebody said something because a policy asks for it.
fn approved(said: &Said) -> impl Iterator<Item = &str> {
    said.votes.keys().filter_map(|signoff| signoff.strip_prefix(waiver::POLICY))
}

fn judge_group(group: &crate::domain::checklist::Group, inputs: &Inputs<'_>, ground: &Ground<'_>) -> Group {
    let judge = |item| item::judge(item, inputs.evidence.get(&item.id), ground);
    let lines: Vec<Line> = group.items.iter().map(judge).collect();
    let mut progress = Progress::default();
    for line in &lines {
        progress.add(line.state, line.mandatory, Some(line.weight));
    }
    Group { name: group.name.clone(), lines, progress }
}

fn blocks(
    next: Next,
    groups: &[Group],
    signoffs: &[Signed],
    decision: Option<&Decided>,
    class: ChangeClass,
) -> Vec<Block> {
    let items = groups.iter().flat_map(|group| &group.lines);
    let items = items.filter(|line| line.mandatory && !line.state.lets_pass() && next.waits_for(line.due));
    let mut blocks: Vec<Block> = items
        .map(|line| Block { id: line.id.clone(), title: line.title.clone(), state: line.state, why: line.why.clone() })
        .collect();
    // In an emergency one signature is enough for all. A denial is never passed over.
    let enough = class == ChangeClass::Emergency && signoffs.iter().any(|signed| signed.state == ItemState::Pass);
    let missing = signoffs.iter().filter(|signed| !signed.state.lets_pass() && next.waits_for(signed.due));
    blocks.extend(missing.filter(|signed| !enough || signed.state == ItemState::Fail).map(|signed| Block {
        id: signed.id.clone(),
        title: signed.title.clone(),
        state: signed.state,
        why: signed.words(),
    }));
    let against = decision.filter(|decided| decided.decision != Decision::Go && next != Next::Nothing);
    blocks.extend(against.filter(|_| next != Next::RolledBack).map(|decided| Block {
        id: "decision".to_owned(),
        title: format!("Decision: {}", decided.decision.word()),
        state: ItemState::Fail,
        why: format!("{} decided {}: {}", decided.principal, decided.decision.word(), decided.reason),
    }));
    blocks
}

fn decided(ground: &Ground<'_>) -> Option<Decided> {
    let by_right: Vec<(&String, &said::Decided)> = by_right(ground.said, ground.roles).collect();
    let gos = || by_right.iter().filter(|(_, decided)| decided.decision == Decision::Go);
    let gone = by_right
        .iter()
        .copied()
        .filter(|(_, decided)| decided.decision != Decision::Go && gos().any(|(_, go)| go.replaces(decided)));
    let last = against(ground.said, ground.roles);
    let (principal, decided) = last.or_else(|| gos().max_by_key(|(_, decided)| decided.by.seq).copied())?;
    let go = decided.decision == Decision::Go;
    let over = gone.filter(|_| go).map(|(who, gone)| (who.clone(), gone.decision));
    Some(Decided {
        decision: decided.decision,
        principal: principal.clone(),
        reason: decided.reason.clone(),
        at: decided.by.at,
        outdated: go && decided.subject != ground.subject,
        computed: decided.computed.clone(),
        over: over.collect(),
    })
}

/// The no-go or hold that stands, and whose it is: the last one of somebody who may decide, unless a later go replaces it.
#[must_use]
pub fn against<'a>(said: &'a Said, roles: &'a Roles) -> Option<(&'a String, &'a said::Decided)> {
    let stops = by_right(said, roles).filter(|(_, decided)| decided.decision != Decision::Go);
    let replaced =
        |stop: &said::Decided| by_right(said, roles).any(|(_, go)| go.decision == Decision::Go && go.replaces(stop));
    stops.filter(|(_, stop)| !replaced(stop)).max_by_key(|(_, stop)| stop.by.seq)
}

/// The decisions of those who may decide.
fn by_right<'a>(said: &'a Said, roles: &'a Roles) -> impl Iterator<Item = (&'a String, &'a said::Decided)> {
    said.decisions.iter().filter(|(who, _)| roles.with(who, Right::Decide).next().is_some())
}

/// The no-go or hold of somebody else that stands and that who signs a go at `signed_at` cannot have seen.
#[must_use]
pub fn unseen(said: &Said, roles: &Roles, principal: &str, signed_at: Timestamp) -> Option<Unseen> {
    let others = by_right(said, roles).filter(|(who, _)| *who != principal);
    let against = others.filter(|(_, decided)| decided.decision != Decision::Go && decided.by.at > signed_at);
    let (who, decided) = against.max_by_key(|(_, decided)| decided.by.seq)?;
    Some(Unseen { who: who.clone(), said: decided.decision.word(), seq: decided.by.seq })
}

/// An emergency owes a review from its first signature or its start, until one is closed after the last of them.
fn debt(release: &Release, said: &Said, now: Timestamp) -> Option<Debt> {
    if release.class != ChangeClass::Emergency {
        return None;
    }
    let ballots = said.votes.values().flat_map(BTreeMap::values).flat_map(BTreeMap::values);
    let approved = ballots.filter(|ballot| ballot.vote == Vote::Approve).map(|ballot| ballot.by.at);
    let moments: Vec<Timestamp> = approved.chain(release.started_at).collect();
    let (since, last) = (*moments.iter().min()?, *moments.iter().max()?);
    let closed = said.review.as_ref().is_some_and(|review| review.by.at >= last);
    (!closed).then(|| Debt { since, age: Span::between(since, now) })
}

#[cfg(test)]
mod tests;
