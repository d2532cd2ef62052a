//! Reasons that people give: items, sign-offs, risks, the readiness score, and the change window that the release itself names.

use super::{
    reason::{Effect, Input, Reason},
    strictness::Score,
};
use crate::domain::{
    catalog::ChangeWindow,
    checklist::state::ItemState,
    readiness::{
        next::Next,
        standing::{Block, Standing},
    },
    time::Timestamp,
};

/// What the checklist says; `unknown` is why what people said is not known.
#[must_use]
pub fn checklist(standing: &Standing, unknown: Option<&str>) -> Vec<Reason> {
    // What a person decided stands beside the verdict and is no part of it.
    let mut reasons: Vec<Reason> = standing.blocks.iter().filter(|block| block.id != "decision").map(block).collect();
    if let Some(why) = unknown {
        let text = format!("what people said is not known: {why}");
        reasons.push(
            Reason::new(Input::Checklist, Effect::Unknown, "ledger", "ledger unknown", text)
                .cured_when("the ledger is read"),
        );
    }
    for (risk, left) in &standing.risks {
        if left.is_none() {
            let text = format!("{}: {} is accepted no longer", risk.kind.word(), risk.title);
            let reason =
                Reason::new(Input::Checklist, Effect::Waits, format!("risk {}", risk.title), "risk expired", text);
            reasons.push(reason.cured_when(format!("{} accepts it anew", risk.owner)));
        }
    }
    if reasons.is_empty() {
        let waived = match standing.waivers.len() {
            0 => String::new(),
            1 => ", 1 waiver among what holds".to_owned(),
            many => format!(", {many} waivers among what holds"),
        };
        let text = format!("nothing of the checklist is in the way before {}{waived}", standing.next.words());
        reasons.push(Reason::new(Input::Checklist, Effect::Supports, "checklist", "checklist", text));
    }
    reasons
}

fn block(block: &Block) -> Reason {
    let (effect, short) = match block.state {
        ItemState::Fail => (Effect::Stops, "checklist fails"),
        ItemState::Unknown | ItemState::Stale => (Effect::Unknown, "check unknown"),
        ItemState::Open | ItemState::Outdated | ItemState::Pass | ItemState::Waived | ItemState::NotApplicable => {
            (Effect::Waits, "checklist waits")
        }
    };
    let text = format!("{}: {}", block.title, block.state.word().to_lowercase());
    let reason = Reason::new(Input::Checklist, effect, format!("check {}", block.id), short, text);
    Reason { evidence: block.why.clone(), ..reason }.cured_when(format!("{} holds", block.id))
}

/// What the readiness score says. It must be reached before a release is called done.
#[must_use]
pub fn score(score: Score, next: Next) -> Option<Reason> {
    let low = score.score < score.needed && next == Next::Done;
    low.then(|| {
        let text = format!("readiness {} %, and it takes {} %", score.score, score.needed);
        Reason::new(Input::Checklist, Effect::Waits, "score", "readiness low", text)
            .cured_when(format!("readiness is {} %", score.needed))
    })
}

/// What the change window of the release's own file says.
#[must_use]
pub fn window(window: ChangeWindow, next: Next, now: Timestamp) -> Option<Reason> {
    // What has begun is not held half way because its time is over; it goes on, or back.
    if next != Next::Start {
        return None;
    }
    if now < window.start {
        let text = format!("its window opens at {}", window.start.format("%Y-%m-%d %H:%MZ"));
        let reason = Reason::new(Input::Calendar, Effect::Waits, "window", "before its window", text);
        return Some(reason.cured_at(window.start, "when its window opens"));
    }
    let text = format!("its window closed at {}", window.end.format("%Y-%m-%d %H:%MZ"));
    let closed = Reason::new(Input::Calendar, Effect::Stops, "window", "window closed", text);
    (now >= window.end).then(|| closed.cured_when("another window is agreed"))
}
