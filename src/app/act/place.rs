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
        readiness::{
            item::needs_signature,
            signoff::Signed,
            standing::Standing,
            statement::Ticked,
            waiver::{OVERRIDE, is_override},
        },
        release::Release,
        verdict::reason::{Reason, Remedy},
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

/// Where `kind` can be said now, where it is meant most likely first; never empty.
///
/// # Errors
/// Why it cannot be said, in words for a person, and what to do.
pub fn places(model: &Model, kind: Kind) -> Result<Vec<Place<'_>>, String> {
    if model.ui.frozen.is_some() {
        let key = model.setup.keymap.key_of(crate::app::action::Action::Freeze);
        return Err(format!("the screen is FROZEN and shows what was: {key} goes on first"));
    }
    recordable(model)?;
    if kind == Kind::Waive && model.ui.screen == Screen::Calendar {
        return held(model);
    }
    let release = rows::release(model).ok_or("open a release first: it is about one release")?;
    let (standing, _) = ground(model, release)?;
    targets(model, kind, release, standing)?.into_iter().map(|target| place(model, release, target)).collect()
}

/// What of a release people sign, and its checklist.
fn ground<'a>(model: &'a Model, release: &Release) -> Result<(&'a Standing, &'a Checklist), String> {
    let none = || "this release has no checklist: `checklist` in its file names one".to_owned();
    let standing = model.readiness.get(&release.id).ok_or_else(none)?;
    let name = release.file.as_ref().and_then(|file| file.checklist.as_ref()).ok_or_else(none)?;
    let checklist = model.room.catalog.checklists.get(name).ok_or_else(none)?;
    Ok((standing, checklist))
}

/// What would be said about `target` of `release`.
///
/// # Errors
/// When one of them is not there.
pub fn place<'a>(model: &'a Model, release: &'a Release, target: Target) -> Result<Place<'a>, String> {
    let (standing, checklist) = ground(model, release)?;
    let (title, needs_key) = match &target {
        // Neither an item nor a sign-off of the checklist: its name says what it is.
        Target::Item(id) if is_override(id) => (id.clone(), Vec::new()),
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

/// Releases that the chosen entry of the calendar holds, or that somebody let pass.
fn held(model: &Model) -> Result<Vec<Place<'_>>, String> {
    let date =
        rows::selected(model, List::Calendar, &rows::dates(model)).ok_or("choose an entry of the calendar first")?;
    let item = format!("{OVERRIDE}{}", date.name);
    let releases: Vec<&Release> =
        model.picture.releases.iter().filter(|release| reason(model, &release.id, &item).is_some()).collect();
    if releases.is_empty() {
        return Err(format!("{} holds no release now: there is nothing to let pass", date.title()));
    }
    if date.entry.overrides.is_empty() {
        return Err(format!("nobody may let a release pass {}: its file names no role in `override`", date.title()));
    }
    let mut places: Vec<_> =
        releases.into_iter().map(|release| place(model, release, Target::Item(item.clone()))).collect();
    // One without a checklist cannot be let pass; that is told where it is the only one.
    places.sort_by_key(Result::is_err);
    if places.first().is_some_and(Result::is_ok) {
        places.retain(Result::is_ok);
    }
    places.into_iter().collect()
}

/// The reason of the verdict that somebody takes out of the way by signing what is called `name`, or has.
#[must_use]
pub fn reason<'a>(model: &'a Model, release: &str, name: &str) -> Option<&'a Reason> {
    let reasons = &model.verdicts.get(release)?.reasons;
    reasons.iter().find(|reason| reason.remedy.as_ref().is_some_and(|remedy| remedy.name() == name))
}

/// The line that is chosen, and what of the verdict somebody could let pass or approve.
fn targets(model: &Model, kind: Kind, release: &Release, standing: &Standing) -> Result<Vec<Target>, String> {
    let reasons = model.verdicts.get(&release.id).map_or(&[][..], |verdict| &verdict.reasons);
    let remedies = || reasons.iter().filter_map(|reason| reason.remedy.as_ref());
    let mut targets: Vec<Target> = Vec::new();
    match kind {
        Kind::Waive => targets.extend(remedies().filter_map(|remedy| match remedy {
            Remedy::Waive { item, roles } if !roles.is_empty() => Some(Target::Item(item.clone())),
            _ => None,
        })),
        Kind::Sign | Kind::Request => {
            let asked = remedies().filter(|remedy| matches!(remedy, Remedy::Sign { .. })).map(Remedy::name);
            let mut names: Vec<&str> = asked.collect();
            let said = standing.approvals.iter().map(|signed| signed.id.as_str());
            names.extend(said.filter(|name| reason(model, &release.id, name).is_none()));
            targets.extend(names.into_iter().map(|name| Target::Signoff(name.to_owned())));
        }
        Kind::Tick | Kind::Note | Kind::Decide | Kind::Review => {}
    }
    match target(model, kind, standing) {
        Ok(first) => {
            let given = |signed: &Signed| signed.id == first.name() && signed.state == ItemState::Pass;
            let last = row(model).is_none() && standing.signoffs.iter().any(given);
            let place = if last { targets.len() } else { 0 };
            targets.insert(place, first);
        }
        Err(why) if targets.is_empty() => return Err(why),
        Err(_) => {}
    }
    Ok(targets)
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
        (Kind::Tick, _) => Err("choose the line of an item first, in the checklist or in pane 5".to_owned()),
        (Kind::Waive, _) => Err("choose the line of an item first, in the checklist or in pane 5; nothing else that \
                                 holds this release can be let pass"
            .to_owned()),
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
