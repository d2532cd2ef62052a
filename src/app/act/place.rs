//! Where something would be said: the release and the line that are looked at, or why it cannot be said here.

use super::{Kind, Target};
use crate::{
    app::{
        model::{List, Model, Pane, Screen},
        rows::{self, CheckRow},
        write::recordable,
    },
    domain::{
        checklist::{Checklist, Item, state::ItemState},
        readiness::{item::needs_signature, standing::Standing, statement::Ticked},
        release::Release,
    },
};

/// A release with its checklist, and what of it something would be said about.
#[derive(Clone, Debug)]
pub struct Place<'a> {
    /// The release.
    pub release: &'a Release,
    /// How it stands.
    pub standing: &'a Standing,
    /// Its checklist.
    pub checklist: &'a Checklist,
    /// The line.
    pub target: Target,
    /// What it is called for people.
    pub title: String,
    /// What of it counts only with a signature.
    pub needs_key: Vec<Ticked>,
}

/// Where `kind` would be said now.
///
/// # Errors
/// Why it cannot be said, in words for a person, and what to do.
pub fn place(model: &Model, kind: Kind) -> Result<Place<'_>, String> {
    if model.ui.frozen.is_some() {
        let key = model.setup.keymap.key_of(crate::app::action::Action::Freeze);
        return Err(format!("the screen is FROZEN and shows what was: {key} goes on first"));
    }
    recordable(model)?;
    let release = rows::release(model).ok_or("open a release first: it is about one release")?;
    let none = || "this release has no checklist: `checklist` in its file names one".to_owned();
    let standing = model.readiness.get(&release.id).ok_or_else(none)?;
    let name = release.file.as_ref().and_then(|file| file.checklist.as_ref()).ok_or_else(none)?;
    let checklist = model.room.catalog.checklists.get(name).ok_or_else(none)?;
    let target = target(model, kind, standing)?;
    let (title, needs_key) = match &target {
        Target::Item(id) => {
            let line = standing.lines().find(|line| line.id == *id).ok_or_else(|| format!("there is no item {id}"))?;
            (line.title.clone(), checklist.item(id).map(needing).unwrap_or_default())
        }
        Target::Signoff(id) => {
            let signed = standing.signoffs.iter().find(|signed| signed.id == *id);
            (signed.map_or_else(|| id.clone(), |signed| signed.title.clone()), Vec::new())
        }
        Target::Release => (release.name.clone(), Vec::new()),
    };
    Ok(Place { release, standing, checklist, target, title, needs_key })
}

/// What can be said of `item` with a signature only.
fn needing(item: &Item) -> Vec<Ticked> {
    let states = [Ticked::Pass, Ticked::Fail, Ticked::NotApplicable];
    states.into_iter().filter(|state| needs_signature(item, *state)).collect()
}

fn target(model: &Model, kind: Kind, standing: &Standing) -> Result<Target, String> {
    let row = row(model);
    match (kind, row) {
        (Kind::Tick, Some(CheckRow::Item { line, .. })) if matches!(line.kind, "manual" | "signed") => {
            Ok(Target::Item(line.id.clone()))
        }
        (Kind::Tick, Some(CheckRow::Item { line, .. })) => {
            Err(format!("a check answers for {}: nobody can tick it; a waiver lets it pass", line.id))
        }
        (Kind::Note | Kind::Waive, Some(CheckRow::Item { line, .. })) => Ok(Target::Item(line.id.clone())),
        (Kind::Request | Kind::Sign, Some(CheckRow::Signoff(signed))) => Ok(Target::Signoff(signed.id.clone())),
        (Kind::Request | Kind::Sign, _) => the_only_one(standing),
        (Kind::Note | Kind::Decide, _) => Ok(Target::Release),
        (Kind::Review, _) if standing.debt.is_some() => Ok(Target::Release),
        (Kind::Review, _) => Err("no review is owed: only an emergency owes one".to_owned()),
        (Kind::Tick | Kind::Waive, _) => {
            Err("choose the line of an item first, in the checklist or in pane 5".to_owned())
        }
    }
}

/// The sign-off that is meant where no line of one is chosen: the only one that there is, or that is not given yet.
fn the_only_one(standing: &Standing) -> Result<Target, String> {
    let mut open = standing.signoffs.iter().filter(|signed| signed.state != ItemState::Pass);
    match (standing.signoffs.as_slice(), open.next(), open.next()) {
        ([], ..) => Err("the checklist asks for no sign-off of this release".to_owned()),
        ([only], ..) | (_, Some(only), None) => Ok(Target::Signoff(only.id.clone())),
        _ => Err("choose the line of a sign-off first".to_owned()),
    }
}

/// The chosen line, where the lines of the checklist are on the screen and have the keys.
fn row(model: &Model) -> Option<CheckRow<'_>> {
    let looking = match &model.ui.screen {
        Screen::Checklist(_) => true,
        Screen::Release(_) => model.ui.pane == Pane::Checks,
        _ => false,
    };
    looking.then(|| rows::selected(model, List::Checks, &rows::checks(model))).flatten()
}
