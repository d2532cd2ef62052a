//! How one item of a checklist stands for a release.

use super::{
    roles::Right,
    said::Tick,
    signoff::Ground,
    statement::Ticked,
    waiver::{self, Waiver},
};
use crate::domain::{
    checklist::{
        Due, Item,
        check::Check,
        state::{Evidence, ItemState, automatic},
    },
    time::{Span, Timestamp},
};

/// An item and how it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Its identifier.
    pub id: String,
    /// For people.
    pub title: String,
    /// The word of its check: `manual`, `signed`, `promql`.
    pub kind: &'static str,
    /// The role that answers for it.
    pub owner: Option<String>,
    /// The people who have that role.
    pub people: Vec<String>,
    /// Whether the release waits for it.
    pub mandatory: bool,
    /// How much it counts.
    pub weight: u32,
    /// What it must hold before.
    pub due: Due,
    /// How it stands.
    pub state: ItemState,
    /// How it would stand without its waiver.
    pub beneath: ItemState,
    /// Why, in words. Holds text from outside.
    pub why: String,
    /// Who or what says so. Text from outside.
    pub by: Option<String>,
    /// Whether that is signed.
    pub signed: bool,
    /// When it was said or looked at.
    pub at: Option<Timestamp>,
    /// How long ago that was.
    pub age: Option<Span>,
    /// What a check found.
    pub evidence: Option<Evidence>,
    /// Its waiver, when one holds.
    pub waiver: Option<Waiver>,
}

struct Found {
    state: ItemState,
    why: String,
    by: Option<String>,
    signed: bool,
    at: Option<Timestamp>,
}

/// How `item` stands, by what was said and by what its check found last.
#[must_use]
pub fn judge(item: &Item, evidence: Option<&Evidence>, ground: &Ground<'_>) -> Line {
    let evidence = evidence.filter(|_| !item.check.is_manual());
    let found = match item.check {
        Check::Manual { signed } => manual(item, signed, ground),
        _ => found_by_check(item, evidence, ground),
    };
    let waiver = waiver::holding(&item.id, ground);
    let state = if waiver.is_some() && !found.state.lets_pass() { ItemState::Waived } else { found.state };
    let mut why = found.why;
    if let Some(waiver) = waiver.as_ref().filter(|_| state == ItemState::Waived) {
        why = format!("waived by {} for {}: {} ({why})", waiver.principal, waiver.left.age(), waiver.reason);
    } else if let Some(lapsed) = waiver::lapsed(&item.id, ground).filter(|_| !state.lets_pass()) {
        why = format!("{why}; {lapsed}");
    }
    Line {
        id: item.id.clone(),
        title: item.title.clone(),
        kind: item.check.word(),
        owner: item.owner.clone(),
        people: item.owner.iter().flat_map(|role| ground.roles.people(role)).map(str::to_owned).collect(),
        mandatory: item.mandatory,
        weight: item.weight,
        due: item.due,
        state,
        beneath: found.state,
        why,
        by: found.by,
        signed: found.signed,
        at: found.at,
        age: found.at.map(|at| Span::between(at, ground.now)),
        evidence: evidence.cloned(),
        waiver,
    }
}

fn found_by_check(item: &Item, evidence: Option<&Evidence>, ground: &Ground<'_>) -> Found {
    let now = ground.now;
    let other = evidence.and_then(|evidence| evidence.subject).is_some_and(|subject| subject != ground.subject);
    let state = if other { ItemState::Outdated } else { automatic(evidence, item.every, now) };
    let why = match evidence {
        None => "it has not been looked at yet".to_owned(),
        Some(evidence) if state == ItemState::Stale => {
            let age = Span::between(evidence.at, now).age();
            format!("last looked at {age} ago, due every {}; then: {}", item.every, evidence.words)
        }
        Some(evidence) if other => format!("the release changed since it was looked at; then: {}", evidence.words),
        Some(evidence) => evidence.words.clone(),
    };
    Found { state, why, by: evidence.map(|evidence| evidence.by.clone()), signed: false, at: evidence.map(|e| e.at) }
}

/// Whether a tick of `item` with `state` counts only with the signature of somebody who may tick as its owner. Nobody needs a
/// key to say that something is wrong; a mandatory item is not put aside without one.
#[must_use]
pub fn needs_signature(item: &Item, state: Ticked) -> bool {
    match state {
        Ticked::Fail => false,
        Ticked::Pass => item.check == Check::Manual { signed: true },
        Ticked::NotApplicable => item.mandatory || item.check == Check::Manual { signed: true },
    }
}

fn manual(item: &Item, signed: bool, ground: &Ground<'_>) -> Found {
    let ticks = ground.said.ticks.get(&item.id);
    let last = ticks.and_then(|ticks| ticks.last.as_ref());
    let by_right = ticks.into_iter().flat_map(|ticks| &ticks.signed).filter(|(who, _)| may_tick(who, item, ground));
    let current = |tick: &&Tick| tick.subject == ground.subject && tick.digest == ground.digest;
    // Where no signature is demanded, one about something else says nothing any more.
    let best = by_right.map(|(_, tick)| tick).filter(|tick| signed || current(tick)).max_by_key(|tick| tick.by.seq);
    // Nobody needs a key to say that something is wrong; what was signed is replaced by nothing else that is not.
    let after = |last: &&Tick| best.is_none_or(|best| best.by.seq < last.by.seq);
    let warned = last.filter(|last| last.state == Ticked::Fail).filter(after);
    let tick = warned.or(best).or(last.filter(|_| !signed));
    let Some(tick) = tick else {
        let why = match (signed, last) {
            (true, Some(last)) => {
                format!("{} ticked it, which does not count: it needs a signature of {}", last.by.who, who_may(item))
            }
            (true, None) => format!("it needs a signed tick of {}", who_may(item)),
            (false, _) => "nobody has ticked it".to_owned(),
        };
        return Found { state: ItemState::Open, why, by: None, signed: false, at: None };
    };
    let current = current(&tick);
    let by_right = tick.by.key.is_some() && may_tick(&tick.by.who, item, ground);
    let counts = by_right || !needs_signature(item, tick.state);
    let state = match tick.state {
        _ if current && !counts => ItemState::Open,
        _ if !current => ItemState::Outdated,
        Ticked::Pass => ItemState::Pass,
        Ticked::Fail => ItemState::Fail,
        Ticked::NotApplicable => ItemState::NotApplicable,
    };
    Found {
        state,
        why: match (current, counts) {
            (true, true) => words(tick, by_right, item),
            (true, false) => {
                let who = who_may(item);
                format!(
                    "{}, which does not count: that needs a signature of {who}, or a waiver",
                    words(tick, by_right, item)
                )
            }
            (false, _) if tick.digest == ground.digest => {
                format!("tick it again: the release changed since {}", words(tick, by_right, item))
            }
            (false, _) => format!("tick it again: the checklist changed since {}", words(tick, by_right, item)),
        },
        by: Some(tick.by.who.clone()),
        signed: tick.by.key.is_some(),
        at: Some(tick.by.at),
    }
}

fn may_tick(who: &str, item: &Item, ground: &Ground<'_>) -> bool {
    match &item.owner {
        Some(role) => ground.roles.may(who, Right::Tick, role),
        None => ground.roles.with(who, Right::Tick).next().is_some(),
    }
}

fn who_may(item: &Item) -> String {
    item.owner
        .as_ref()
        .map_or_else(|| "somebody who may tick".to_owned(), |role| format!("somebody who may tick as {role}"))
}

fn words(tick: &Tick, by_right: bool, item: &Item) -> String {
    let said = match tick.state {
        Ticked::Pass => "holds",
        Ticked::Fail => "does not hold",
        Ticked::NotApplicable => "does not apply",
    };
    let mut words = format!("{} says that it {said}", tick.by.who);
    match &item.owner {
        _ if tick.by.key.is_none() => words.push_str(" (unsigned)"),
        Some(role) if !by_right => words = format!("{words} (signed, not as {role})"),
        _ => {}
    }
    if let Some(note) = &tick.note {
        words = format!("{words}: {note}");
    }
    words
}
