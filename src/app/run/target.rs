//! What a plan is asked for: a runbook, and the release that it shall bring back.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use crate::{
    app::{
        model::{List, Model, Screen},
        rows,
        write::recordable,
    },
    domain::{
        catalog::Catalog,
        plan::Mode,
        release::{Release, ReleaseId},
        runbook::Runbook,
    },
};

/// What a plan is for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The release.
    pub release: ReleaseId,
    /// What it is called for people. Text from outside.
    pub name: String,
    /// The environment.
    pub environment: String,
    /// Whether that is production.
    pub production: bool,
    /// The service of it that the runbook is for.
    pub service: String,
}

/// What the shell is asked to plan. Everything is looked at live; nothing is changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The catalog that the person sees.
    pub catalog: Arc<Catalog>,
    /// The runbook's name.
    pub runbook: String,
    /// What for.
    pub target: Target,
    /// Whether its effects are to be real.
    pub mode: Mode,
    /// The values that were given.
    pub values: BTreeMap<String, String>,
}

/// A runbook, and the service of a release that it is staged for.
pub type Staged<'a> = (&'a Runbook, String);

/// The release that a plan would be for now, and the runbooks that are staged for it, each with the service it is for.
///
/// # Errors
/// Why there is none, in words, and what to do.
pub fn target(model: &Model) -> Result<(&Release, Vec<Staged<'_>>), String> {
    if model.ui.frozen.is_some() {
        let key = model.setup.keymap.key_of(crate::app::action::Action::Freeze);
        return Err(format!("the screen is FROZEN and shows what was: {key} goes on first"));
    }
    recordable(model)?;
    let release = match &model.ui.screen {
        Screen::Release(id) | Screen::Checklist(id) | Screen::Runbooks(Some(id)) => model.picture.release(id),
        Screen::Run(id) => {
            let run = model.ledger.runs.run(id);
            run.and_then(|run| run.plan.target.release.as_ref()).and_then(|id| model.picture.release(id))
        }
        Screen::Board => rows::selected(model, List::Releases, &rows::releases(model)),
        _ => None,
    };
    let release = release.ok_or("open a release first: a runbook is planned for one release")?;
    if release.environment.is_empty() {
        return Err("the environment of the release is not known: nothing can be planned for it".to_owned());
    }
    let staged = runbook_for(model, release);
    if staged.is_empty() {
        return Err(format!("no runbook is staged for {} in {}: see :runbooks", release.name, release.environment));
    }
    Ok((release, staged))
}

/// The runbooks that are staged for a service of `release`, each with the service: the one that needs most first.
#[must_use]
pub fn runbook_for<'a>(model: &'a Model, release: &Release) -> Vec<Staged<'a>> {
    let mut services: Vec<&str> = release.leading().map(|component| component.service.as_str()).into_iter().collect();
    services.extend(release.components.iter().map(|component| component.service.as_str()));
    let staged = model.room.catalog.runbooks.values().filter_map(|runbook| {
        let service = services.iter().find(|service| runbook.is_for(service, &release.environment))?;
        // One that names its services was made for them.
        Some((runbook.services.is_empty(), runbook, (*service).to_owned()))
    });
    let mut staged: Vec<_> = staged.collect();
    staged.sort_by(|a, b| (a.0, &a.1.name).cmp(&(b.0, &b.1.name)));
    staged.into_iter().map(|(_, runbook, service)| (runbook, service)).collect()
}
