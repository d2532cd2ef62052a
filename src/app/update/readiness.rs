//! How every release stands against its checklist, worked out anew when something was learned.

use std::collections::BTreeMap;

use crate::{
    app::model::Model,
    domain::{
        readiness::{
            said::Said,
            standing::{Inputs, Standing},
            subject::Subject,
        },
        release::{Release, ReleaseId},
        runbook::rehearsal,
    },
};

/// Judges every release that has a checklist.
pub(super) fn judge(model: &mut Model) {
    let judged: BTreeMap<ReleaseId, Standing> = model
        .picture
        .releases
        .iter()
        .filter_map(|release| Some((release.id.clone(), standing(model, release)?)))
        .collect();
    model.readiness = judged;
}

fn standing(model: &Model, release: &Release) -> Option<Standing> {
    let catalog = &model.room.catalog;
    let checklist = catalog.checklists.get(release.file.as_ref()?.checklist.as_ref()?)?;
    let subject = Subject::of(release, checklist.digest).hash().ok()?;
    let nothing = Said::default();
    // What the record of runs says needs no look: it is as new as the record.
    let mut evidence = model.evidence.get(&release.id).cloned().unwrap_or_default();
    evidence.extend(rehearsal::evidence(checklist, catalog, model.ledger.record_of_runs(), model.now));
    let inputs = Inputs {
        release,
        checklist,
        roles: &catalog.roles,
        said: model.ledger.record.said(&release.id).unwrap_or(&nothing),
        evidence: &evidence,
        subject,
    };
    Some(Standing::at(model.now, &inputs))
}
