//! The selected line. It is remembered by identity, so that it follows its thing when the list is sorted anew.

use std::collections::BTreeMap;

use crate::app::{
    action::Action,
    command,
    keymap::{BINDINGS, TEXT_KEYS},
    model::{List, Model, Overlay},
    rows,
};

/// The longest that details are scrolled. Drawing stops at their real end.
const LONGEST_DETAIL: u16 = 400;
/// Lines of a screen that are no lines of its list: header, verdict, frames, footer.
const AROUND: u16 = 8;

/// Where each selected line was, before something changed.
pub(super) fn remember(model: &Model) -> BTreeMap<List, usize> {
    let chosen = model.ui.selected.iter();
    chosen
        .filter_map(|(list, id)| {
            let place = rows::ids(model, *list).iter().position(|other| other == id)?;
            Some((*list, place))
        })
        .collect()
}

/// Puts the selection of a line that is gone on the one that took its place. One that was not there before either is left
/// alone: it may come back.
pub(super) fn restore(model: &mut Model, before: &BTreeMap<List, usize>) {
    for (list, place) in before {
        let ids = rows::ids(model, *list);
        let Some(chosen) = model.ui.selected.get(list) else { continue };
        if ids.contains(chosen) {
            continue;
        }
        if let Some(id) = ids.get((*place).min(ids.len().saturating_sub(1))) {
            model.ui.selected.insert(*list, id.clone());
        }
    }
}

/// Moves the selection, or scrolls what is being read.
pub(super) fn step(model: &mut Model, action: Action) {
    let page = usize::from(model.ui.size.1.saturating_sub(AROUND).max(1));
    match &mut model.ui.overlay {
        Some(Overlay::Help { scroll, .. }) => {
            let lines = BINDINGS.len() + TEXT_KEYS.len() + 2 * command::COMMANDS.len() + 24;
            *scroll = scrolled(*scroll, action, page, u16::try_from(lines).unwrap_or(u16::MAX));
        }
        Some(Overlay::Detail { scroll, .. }) => *scroll = scrolled(*scroll, action, page, LONGEST_DETAIL),
        Some(_) => {}
        None => {
            let Some(list) = model.ui.list() else { return };
            let ids = rows::ids(model, list);
            let chosen = model.ui.selected.get(&list);
            let place = chosen.and_then(|id| ids.iter().position(|other| other == id)).unwrap_or(0);
            if let Some(id) = ids.get(moved(place, action, page, ids.len())) {
                model.ui.selected.insert(list, id.clone());
            }
        }
    }
}

fn moved(place: usize, action: Action, page: usize, count: usize) -> usize {
    let last = count.saturating_sub(1);
    match action {
        Action::CursorDown => place + 1,
        Action::CursorUp => place.saturating_sub(1),
        Action::CursorFirst => 0,
        Action::CursorLast => last,
        Action::CursorPageDown => place + page,
        Action::CursorPageUp => place.saturating_sub(page),
        // These two go round.
        Action::FilterNext => (place + 1).checked_rem(count).unwrap_or(0),
        Action::FilterPrevious => (place + last).checked_rem(count).unwrap_or(0),
        _ => place,
    }
    .min(last)
}

fn scrolled(scroll: u16, action: Action, page: usize, lines: u16) -> u16 {
    u16::try_from(moved(usize::from(scroll), action, page, usize::from(lines))).unwrap_or(lines)
}
