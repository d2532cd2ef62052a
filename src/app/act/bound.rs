//! What a dialog is bound to: what goes out, the checklist, and how that stood which it is about.

use serde::{Deserialize, Serialize};

use super::{Kind, Target, reason};
use crate::{
    app::model::Model,
    domain::{
        checklist::state::ItemState,
        ledger::hash::Hash,
        readiness::{
            standing::Standing,
            waiver::{POLICY, is_override},
        },
        release::{Release, ReleaseId},
        verdict::reason::{Effect, Reason},
    },
};

/// What was seen when a dialog was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// What goes out.
    pub subject: Hash,
    /// The version of the checklist.
    pub digest: Hash,
    /// What goes out, for people: `checkout 1.42.0`.
    pub versions: String,
    /// What it rests on: title and state of each line.
    pub states: Vec<(String, ItemState)>,
}

impl Bound {
    /// What is there now of `target` of `release`; `None` where the release or its checklist is gone.
    #[must_use]
    pub fn of(model: &Model, release: &ReleaseId, kind: Kind, target: &Target) -> Option<Self> {
        let standing = model.readiness.get(release)?;
        let reason = reason(model, release, target.name());
        let release = model.picture.release(release)?;
        let name = release.file.as_ref()?.checklist.as_ref()?;
        let digest = model.room.catalog.checklists.get(name)?.digest;
        Some(Self {
            subject: standing.subject,
            digest,
            versions: versions(release),
            states: states(standing, reason, kind, target),
        })
    }

    /// What is another now, in words; `None` when nothing is.
    #[must_use]
    pub fn changed(&self, now: Option<&Self>) -> Option<String> {
        let Some(now) = now else { return Some("the release or its checklist is gone".to_owned()) };
        if self.digest != now.digest {
            return Some("the checklist changed".to_owned());
        }
        if self.subject != now.subject {
            return Some(if self.versions == now.versions {
                "what goes out changed".to_owned()
            } else {
                format!("what goes out changed from {} to {}", self.versions, now.versions)
            });
        }
        let other = now.states.iter().find_map(|(title, state)| {
            let before = self.states.iter().find(|(known, _)| known == title).map(|(_, before)| *before);
            (before != Some(*state)).then(|| match before {
                Some(before) => format!("`{title}` went from {} to {}", before.word(), state.word()),
                None => format!("`{title}` is in the way now: {}", state.word()),
            })
        });
        let gone = || {
            let gone = self.states.iter().find(|(title, _)| !now.states.iter().any(|(known, _)| known == title));
            gone.map(|(title, _)| format!("`{title}` is not in the way any more"))
        };
        other.or_else(gone)
    }
}

fn versions(release: &Release) -> String {
    let components = release.file.iter().flat_map(|file| &file.components);
    let told: Vec<String> =
        components.map(|component| format!("{} {}", component.service, component.version)).collect();
    told.join(", ")
}

/// How that stands which the act is about; for a decision, what is in its way. Words and requests rest on nothing.
fn states(standing: &Standing, reason: Option<&Reason>, kind: Kind, target: &Target) -> Vec<(String, ItemState)> {
    match (kind, target) {
        (Kind::Note | Kind::Request | Kind::Review, _) => Vec::new(),
        (_, Target::Item(id)) if is_override(id) => {
            reason.map(|reason| (id.clone(), stands(reason))).into_iter().collect()
        }
        (_, Target::Item(id)) => {
            standing.lines().filter(|line| line.id == *id).map(|line| (line.title.clone(), line.state)).collect()
        }
        (_, Target::Signoff(id)) => {
            let mut found = standing.signoffs.iter().chain(&standing.approvals).filter(|signed| signed.id == *id);
            match found.next() {
                Some(signed) => vec![(signed.title.clone(), signed.state)],
                // Nobody has said anything to what a policy asks for.
                None if id.starts_with(POLICY) => reason.map(|_| (id.clone(), ItemState::Open)).into_iter().collect(),
                None => Vec::new(),
            }
        }
        (_, Target::Release) => {
            let blocks = standing.blocks.iter().filter(|block| block.id != "decision");
            blocks.map(|block| (block.title.clone(), block.state)).collect()
        }
    }
}

/// How a reason stands that somebody can let pass.
const fn stands(reason: &Reason) -> ItemState {
    match reason.effect {
        Effect::Supports => ItemState::Waived,
        Effect::Unknown => ItemState::Unknown,
        Effect::Waits | Effect::Stops | Effect::RollsBack => ItemState::Fail,
    }
}
