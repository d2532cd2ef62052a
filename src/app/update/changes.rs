//! What changed of each release a moment ago: the screen marks it for a while.

use std::collections::BTreeMap;

use crate::{
    app::model::{Changed, Model},
    domain::{
        release::{Release, ReleaseId},
        time::Timestamp,
    },
};

/// What of a release can be seen to change.
#[derive(PartialEq, Eq)]
pub(super) struct Seen {
    state: String,
    progress: String,
}

/// What is seen of every release now.
pub(super) fn seen(model: &Model) -> BTreeMap<ReleaseId, Seen> {
    model.picture.releases.iter().map(|release| (release.id.clone(), of(model, release))).collect()
}

fn of(model: &Model, release: &Release) -> Seen {
    let progress = release.components.iter().map(|component| {
        let workload = component.workload.as_ref();
        let step = workload.and_then(|workload| workload.step);
        let traffic = workload.and_then(|workload| workload.traffic.actual);
        format!("{:?} {step:?} {traffic:?}", component.version)
    });
    let verdict = model.verdicts.get(&release.id).map_or("", |verdict| verdict.word.word());
    Seen {
        state: format!("{verdict} {} {}", release.level.word(), release.headline()),
        progress: std::iter::once(release.phase.word().to_owned()).chain(progress).collect(),
    }
}

/// Remembers what is not as it was `before`. A release that is new has not changed: all of it is new.
pub(super) fn remember(model: &mut Model, before: &BTreeMap<ReleaseId, Seen>) {
    let now = model.now;
    let fresh = |at: Option<Timestamp>| at.filter(|at| Changed::is_fresh(*at, now));
    model.ui.changed.retain(|_, changed| fresh(changed.state).is_some() || fresh(changed.progress).is_some());
    for (id, seen) in seen(model) {
        let Some(old) = before.get(&id).filter(|old| **old != seen) else { continue };
        let changed = model.ui.changed.entry(id).or_default();
        if old.state != seen.state {
            changed.state = Some(now);
        }
        if old.progress != seen.progress {
            changed.progress = Some(now);
        }
    }
}
