//! The verdicts, as far as one look can say: what must hold for a time has only just begun, and no check is run.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    policies,
    readiness::{Ledger, standing},
};
use crate::{
    config::Loaded,
    domain::{
        picture::Picture,
        readiness::standing::Standing,
        release::{Release, ReleaseId},
        time::Span,
        trigger::{state::TriggerState, watch::Watch},
        verdict::{
            Verdict,
            judge::{Beside, Readiness, judge},
            policy::policy,
            risk::risks,
        },
    },
    ledger::reading::Reading,
};

/// The verdict on every release of `picture` that is going somewhere.
pub(super) fn of(
    loaded: &Loaded,
    picture: &Picture,
    (ledger, reading): (&Ledger, &Reading),
) -> BTreeMap<ReleaseId, Verdict> {
    let unknown = match ledger {
        Ledger::Unknown(why) => Some(why.as_str()),
        Ledger::Read | Ledger::Empty => None,
    };
    let of_release =
        |release| Some((ReleaseId::clone(release), standing(loaded, reading, picture.release(release)?, picture.at)?));
    let standings: BTreeMap<ReleaseId, Standing> =
        picture.releases.iter().filter_map(|release| of_release(&release.id)).collect();
    let readiness = |id: &ReleaseId| Some(Readiness { standing: standings.get(id)?, unknown });
    let catalog = &loaded.catalog;
    let risks = risks(picture, catalog, reading.runs.as_ref());
    let alone = Beside { catalog, readiness: &readiness, risks: &risks, others: &|_| Vec::new() };
    let verdicts = judge(picture, &alone, &mut Watch::default());
    if !policies::are_asked(loaded) {
        return verdicts;
    }
    let rulings = policies::rulings(loaded, picture, &verdicts, &readiness, reading.runs.as_ref());
    // They were asked just now.
    let lasts = Span::from_mins(1);
    let others = |release: &Release| policy(rulings.get(&release.id), standings.get(&release.id), lasts, picture.at);
    let together = Beside { catalog, readiness: &readiness, risks: &risks, others: &others };
    judge(picture, &together, &mut Watch::default())
}

/// The object for programs; `docs/json.md` tells its shape.
pub(super) fn json(verdict: &Verdict) -> Value {
    let reasons = verdict.reasons.iter().map(|reason| {
        json!({
            "id": reason.id,
            "input": reason.input,
            "effect": reason.effect,
            "text": reason.text,
            "evidence": reason.evidence,
            "query": reason.query.as_deref(),
            "source": reason.source,
            "at": reason.at,
            "screen": reason.input.screen(),
        })
    });
    let triggers = verdict.triggers.iter().map(|standing| {
        json!({
            "id": standing.trigger.id,
            "service": standing.service,
            "state": standing.state.word().to_lowercase(),
            "over": standing.state.is_over(),
            "cannot_tell": match &standing.state {
                TriggerState::CannotTell { why } => Some(why),
                TriggerState::Fired { cannot_clear, .. } => cannot_clear.as_ref(),
                _ => None,
            },
            "reading": standing.look.reading,
            "limit": standing.look.limit,
            "closeness": standing.look.closeness,
            "at": standing.look.at,
            "act": standing.trigger.act,
        })
    });
    json!({
        "word": verdict.word,
        "answer": verdict.answer(),
        "before": verdict.before,
        "change": verdict.change(verdict.at),
        "go_at": verdict.go_at,
        "reasons": reasons.collect::<Vec<_>>(),
        "triggers": triggers.collect::<Vec<_>>(),
        "promotion": {
            "for_seconds": verdict.promotion.criterion.lasting.secs(),
            "due": verdict.promotion_due,
            "since": verdict.promotion.since,
            "passed": verdict.promotion.passed,
            "needed": verdict.promotion.criterion.coverage,
        },
        "readiness": verdict.score.map(|score| json!({ "score": score.score, "needed": score.needed })),
        "risk": verdict.risk.as_deref().map(super::risk::json),
        "people": verdict.human.as_ref().map(|human| json!({
            "decision": human.decision,
            "who": human.who,
            "reason": human.reason,
            "at": human.at,
            "outdated": human.outdated,
            "disagrees": human.disagrees,
            "computed_then": human.computed,
            "over": human.over.iter().map(|(who, said)| json!({ "who": who, "decision": said })).collect::<Vec<_>>(),
            "escalation": human.escalation,
        })),
    })
}
