//! What is remembered of every release between two pictures: the trails of its triggers and its compliance.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    Trigger,
    look::Look,
    promotion::{Compliance, Criterion, Evaluation, Progress},
    state::{Standing, TriggerState},
    trail::Trail,
};
use crate::domain::{
    release::{Release, ReleaseId},
    time::Timestamp,
};

/// What is remembered of every release.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Watch {
    releases: BTreeMap<ReleaseId, Watched>,
}

/// What is remembered of one release.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Watched {
    /// What goes out, and since when: another deploy begins anew.
    what: String,
    /// By trigger and service.
    trails: BTreeMap<String, Trail>,
    compliance: Compliance,
}

/// A look at a trigger of one service.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// The trigger.
    pub trigger: Arc<Trigger>,
    /// The service.
    pub service: String,
    /// The look.
    pub look: Look,
}

impl Watch {
    /// Takes the looks of one picture at `release`, and says how its triggers stand now. Whatever is not among them any more is
    /// forgotten.
    pub fn observe(&mut self, release: &Release, looks: Vec<Taken>) -> Vec<Standing> {
        let watched = self.releases.entry(release.id.clone()).or_default();
        watched.begin(&what(release));
        let mut before = std::mem::take(&mut watched.trails);
        let mut standings = Vec::with_capacity(looks.len());
        for Taken { trigger, service, look } in looks {
            let key = format!("{} {service}", trigger.id);
            let trail = match before.remove(&key) {
                Some(mut trail) => {
                    trail.add(&trigger, look);
                    trail
                }
                None => Trail::new(&trigger, look),
            };
            let state = TriggerState::of(&trigger, &trail);
            let (look, within_since) = (Arc::clone(&trail.last), trail.within_since);
            standings.push(Standing { trigger, service, state, look, within_since });
            watched.trails.insert(key, trail);
        }
        standings
    }

    /// Adds one evaluation of `release`, and says how far its promotion criterion is.
    pub fn comply(&mut self, release: &Release, criterion: Criterion, now: Timestamp, said: Evaluation) -> Progress {
        let watched = self.releases.entry(release.id.clone()).or_default();
        watched.begin(&what(release));
        watched.compliance.add(now, said);
        watched.compliance.progress(criterion, now)
    }

    /// Forgets releases that are not there any more.
    pub fn keep(&mut self, there: impl Fn(&ReleaseId) -> bool) {
        self.releases.retain(|id, _| there(id));
    }
}

impl Watched {
    fn begin(&mut self, what: &str) {
        if self.what != what {
            *self = Self { what: what.to_owned(), ..Self::default() };
        }
    }
}

/// What goes out, and since when. A deploy that begins anew is another one.
fn what(release: &Release) -> String {
    let versions = release
        .components
        .iter()
        .map(|component| format!("{} {} ", component.service, component.version.as_deref().unwrap_or("?")));
    let mut what: String = versions.collect();
    if let Some(at) = release.started_at {
        what.push_str(&at.to_rfc3339());
    }
    what
}
