//! The verdict on every release, worked out anew when something was learned.

use super::{calendar, policies};
use crate::{
    app::{ledger::State, model::Model},
    domain::{
        release::ReleaseId,
        verdict::{
            calendar::held,
            judge::{Beside, Readiness, judge as judge_all},
            risk::risks,
        },
    },
};

/// Judges every release that is going somewhere.
pub(super) fn judge(model: &mut Model) {
    calendar::refresh(model);
    let mut watch = std::mem::take(&mut model.watch);
    let moving = calendar::moving(model);
    let unknown = ledger_unknown(model);
    let risks = risks(&model.picture, &model.room.catalog, model.ledger.record_of_runs());
    let readiness = |id: &ReleaseId| of(model, id, unknown.as_deref());
    let beside = Beside {
        catalog: &model.room.catalog,
        readiness: &readiness,
        risks: &risks,
        others: &|release| {
            let mut reasons = calendar::reasons(model, release, &moving);
            reasons.extend(policies::reasons(model, release));
            reasons
        },
    };
    let verdicts = judge_all(&model.picture, &beside, &mut watch);
    model.held = held(&model.picture.releases, &verdicts);
    model.verdicts = verdicts;
    model.watch = watch;
    model.policies.learned = Some(model.now);
}

/// How the release stands against its checklist; `None` where it has none.
pub(super) fn of<'a>(model: &'a Model, id: &str, unknown: Option<&'a str>) -> Option<Readiness<'a>> {
    Some(Readiness { standing: model.readiness.get(id)?, unknown })
}

/// Why what people said is not known; `None` where it is.
pub(super) fn ledger_unknown(model: &Model) -> Option<String> {
    let ledger = &model.ledger;
    if ledger.is_known() {
        return None;
    }
    let why = match ledger.state {
        State::Off => "no ledger here".to_owned(),
        State::Opening => "the ledger is being read".to_owned(),
        _ => ledger.trouble().unwrap_or_else(|| "the ledger has not been read".to_owned()),
    };
    Some(why)
}
