//! Screens, panes, and the way back.

use super::{notice, selection};
use crate::app::{
    action::Action,
    model::{List, Model, Overlay, Pane, Screen},
    rows,
};

/// How many screens Esc remembers.
const BACK: usize = 16;

pub(super) fn go(model: &mut Model, action: Action) {
    match action {
        Action::ReleaseOpen => open_selected(model),
        Action::DetailOpen => detail(model),
        Action::Back => back(model),
        Action::PaneNext => pane(model, 1),
        Action::PanePrevious => pane(model, Pane::ALL.len() - 1),
        Action::Pane(pane) => model.ui.pane = pane,
        Action::PaneZoom => model.ui.zoomed = !model.ui.zoomed,
        Action::PaneAll => model.ui.zoomed = false,
        Action::Board => {
            let home = if model.room.sources.is_empty() { Screen::FirstRun } else { Screen::Board };
            open(model, home);
            model.ui.back.clear();
        }
        Action::Sources => open(model, Screen::Sources),
        Action::Checklist => checklist(model),
        Action::Ledger => open(model, Screen::Ledger),
        Action::Runbooks => runbooks(model),
        Action::Runs => open(model, Screen::Runs),
        Action::Approvals => open(model, Screen::Approvals),
        Action::Calendar => open(model, Screen::Calendar),
        Action::Help => {
            model.ui.overlay = match model.ui.overlay.take() {
                Some(Overlay::Help { over, .. }) => over.map(|over| *over),
                over => Some(Overlay::Help { scroll: 0, over: over.map(Box::new) }),
            };
        }
        _ => {}
    }
}

/// Shows `screen`, and remembers where we were.
pub(super) fn open(model: &mut Model, screen: Screen) {
    model.ui.overlay = None;
    if model.ui.screen == screen {
        return;
    }
    if let Screen::Release(_) = screen {
        // What was selected in the panes of another release, and how they were filtered, means nothing here.
        for list in [List::Components, List::Slos, List::Alerts, List::Analyses, List::Timeline, List::Checks] {
            model.ui.selected.remove(&list);
            model.ui.filters.remove(&list);
        }
        model.ui.pane = Pane::Steps;
        model.ui.zoomed = false;
        model.ui.chart.metric = 0;
    }
    let before = std::mem::replace(&mut model.ui.screen, screen);
    if before != Screen::FirstRun {
        model.ui.back.push(before);
    }
    if model.ui.back.len() > BACK {
        model.ui.back.remove(0);
    }
}

/// One level back: what lies on top, the zoom, the filter, the screen. At the bottom, nothing.
pub(super) fn back(model: &mut Model) {
    if close(model) {
        return;
    }
    if std::mem::take(&mut model.ui.zoomed) {
        return;
    }
    if let Some(list) = model.ui.list() {
        let before = selection::remember(model);
        if model.ui.filters.remove(&list).is_some() {
            selection::restore(model, &before);
            return;
        }
    }
    if let Some(screen) = model.ui.back.pop() {
        model.ui.screen = screen;
    } else if model.ui.screen == Screen::Board && model.ui.environment.take().is_some() {
        notice(model, "releases of every environment");
    }
}

/// Closes what lies on top; what lay below help comes back. `false` where nothing did.
pub(super) fn close(model: &mut Model) -> bool {
    match model.ui.overlay.take() {
        None => return false,
        Some(Overlay::Help { over, .. }) => model.ui.overlay = over.map(|over| *over),
        Some(_) => {}
    }
    true
}

/// With the first source the first-run screen is over, and with the last one gone it is back.
pub(super) fn first_run_or_board(model: &mut Model) {
    match (model.room.sources.is_empty(), &model.ui.screen) {
        (false, Screen::FirstRun) => model.ui.screen = Screen::Board,
        (true, Screen::Board) => model.ui.screen = Screen::FirstRun,
        _ => {}
    }
}

fn open_selected(model: &mut Model) {
    let releases = rows::releases(model);
    let Some(release) = rows::selected(model, List::Releases, &releases) else { return };
    let id = release.id.clone();
    model.ui.selected.insert(List::Releases, id.clone());
    open(model, Screen::Release(id));
}

/// The checklist of the release that is looked at.
fn checklist(model: &mut Model) {
    let id = match &model.ui.screen {
        Screen::Release(id) | Screen::Checklist(id) => Some(id.clone()),
        _ => rows::selected(model, List::Releases, &rows::releases(model)).map(|release| release.id.clone()),
    };
    let Some(id) = id else { return };
    // From pane 5 the chosen line stays chosen.
    if ![Screen::Checklist(id.clone()), Screen::Release(id.clone())].contains(&model.ui.screen) {
        model.ui.selected.remove(&List::Checks);
        model.ui.filters.remove(&List::Checks);
    }
    open(model, Screen::Checklist(id));
}

/// The runbooks, those for the release that is looked at first.
fn runbooks(model: &mut Model) {
    let release = match &model.ui.screen {
        Screen::Release(id) | Screen::Checklist(id) => Some(id.clone()),
        Screen::Runbooks(release) => release.clone(),
        Screen::Run(id) => model.ledger.runs.run(id).and_then(|run| run.plan.target.release.clone()),
        Screen::Board => {
            rows::selected(model, List::Releases, &rows::releases(model)).map(|release| release.id.clone())
        }
        _ => None,
    };
    model.ui.selected.remove(&List::Runbooks);
    open(model, Screen::Runbooks(release));
}

fn detail(model: &mut Model) {
    if model.ui.screen == Screen::Runs {
        if let Some(run) = rows::selected(model, List::Runs, &rows::runs(model)) {
            let id = run.id.clone();
            model.ui.selected.insert(List::Runs, id.clone());
            model.ui.selected.remove(&List::RunSteps);
            open(model, Screen::Run(id));
        }
        return;
    }
    if matches!(model.ui.screen, Screen::Release(_)) && model.ui.pane == Pane::Checks {
        return checklist(model);
    }
    match model.ui.list() {
        Some(list) if !rows::ids(model, list).is_empty() => {
            model.ui.overlay = Some(Overlay::Detail { list, scroll: 0 });
        }
        Some(_) => {}
        None => model.ui.zoomed = !model.ui.zoomed,
    }
}

fn pane(model: &mut Model, by: usize) {
    let place = (model.ui.pane.number() + Pane::ALL.len() - 1 + by) % Pane::ALL.len();
    model.ui.pane = Pane::ALL.get(place).copied().unwrap_or(Pane::Steps);
}
