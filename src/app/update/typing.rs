//! Lines that are typed: the filter and the command line.

use super::{
    acting, approving, confirming, intend, interrupt, line, navigation, notice, ordering, selection, write_mode,
};
use crate::{
    app::{
        action::Action,
        command::{self, Candidate},
        key::{Key, KeyCode},
        keymap::Scope,
        model::{CommandLine, List, Model, Overlay},
        msg::Effect,
    },
    domain::clean::clean,
};

/// How many commands are remembered.
const HISTORY: usize = 50;

pub(super) fn begin_filter(model: &mut Model) {
    if let Some(list) = model.ui.list() {
        let before = model.ui.filter(list).to_owned();
        model.ui.overlay = Some(Overlay::Filter { list, before });
    } else {
        notice(model, "there is no list here to filter");
    }
}

pub(super) fn begin_command(model: &mut Model) {
    model.ui.overlay = Some(Overlay::Command(CommandLine::default()));
}

/// Filters the list that has the keys.
pub(super) fn set_filter(model: &mut Model, text: &str) {
    match model.ui.list() {
        Some(list) => change_filter(model, list, text.trim().to_owned()),
        None => notice(model, "there is no list here to filter"),
    }
}

/// Text goes where text is typed, and nowhere else.
pub(super) fn paste(model: &mut Model, text: &str) -> Vec<Effect> {
    if input(model).is_none() {
        notice(model, &format!("ignored {} pasted characters: nothing is being typed", text.chars().count()));
        return Vec::new();
    }
    if !write_mode::armed(model) {
        return Vec::new();
    }
    edit(model, |line| line::pasted(line, text));
    Vec::new()
}

/// What came as a burst goes into the line as far as it is text. It can neither run the line nor leave it: a paste that the
/// terminal did not mark looks just like this.
pub(super) fn burst(model: &mut Model, keys: &[Key]) {
    if !write_mode::armed(model) {
        return;
    }
    let is_text = |key: &Key| matches!(key.code, KeyCode::Char(_) | KeyCode::Backspace) && !key.ctrl && !key.alt;
    let ignored = keys.iter().filter(|key| !(is_text(key) && edit(model, |line| line::typed(line, **key)))).count();
    if ignored > 0 {
        notice(model, &format!("{ignored} keys of a burst were no text and are ignored"));
    }
}

/// Leaves the line and puts back what was before.
pub(super) fn cancel(model: &mut Model) {
    if let Some(Overlay::Filter { list, before }) = model.ui.overlay.take() {
        change_filter(model, list, before);
    }
}

pub(super) fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    // Keys with Control that work everywhere work here too.
    if let Some(action) = model.setup.keymap.action(Scope::Reading, key).filter(|_| key.ctrl) {
        return match action {
            Action::Interrupt => interrupt(model),
            Action::Repaint => vec![Effect::Repaint],
            Action::Suspend => vec![Effect::Suspend],
            _ => Vec::new(),
        };
    }
    if matches!(model.ui.overlay, Some(Overlay::Act(_))) {
        return acting::key(model, key);
    }
    if matches!(model.ui.overlay, Some(Overlay::Confirm(_))) {
        return confirming::key(model, key);
    }
    if matches!(model.ui.overlay, Some(Overlay::Order(_))) {
        return ordering::key(model, key);
    }
    if matches!(model.ui.overlay, Some(Overlay::Approve(_))) {
        return approving::key(model, key);
    }
    match key {
        Key { code: KeyCode::Esc, .. } => cancel(model),
        _ if !write_mode::armed(model) => {}
        Key { code: KeyCode::Enter, .. } => return enter(model),
        Key { code: KeyCode::Tab, .. } => complete(model),
        Key { code: KeyCode::F(1), .. } => navigation::go(model, Action::Help),
        Key { code: KeyCode::Up, .. } => up(model),
        Key { code: KeyCode::Down, .. } => down(model),
        Key { code: KeyCode::BackTab, .. } => choose(model, |place| place.saturating_sub(1)),
        Key { code: KeyCode::Backspace, alt: false, .. } => rub_out(model),
        _ => {
            edit(model, |line| line::typed(line, key));
        }
    }
    Vec::new()
}

/// The text that is being typed.
fn input(model: &Model) -> Option<String> {
    match &model.ui.overlay {
        Some(Overlay::Command(line)) => Some(line.input.clone()),
        Some(Overlay::Filter { list, .. }) => Some(model.ui.filter(*list).to_owned()),
        Some(Overlay::EnableWrites { reason, .. }) => Some(reason.clone()),
        _ => None,
    }
}

/// Changes the line; whether there is one, and it may be another one now.
fn edit(model: &mut Model, change: impl FnOnce(&mut String) -> bool) -> bool {
    let Some(mut text) = input(model) else { return false };
    if !change(&mut text) {
        return false;
    }
    match &mut model.ui.overlay {
        Some(Overlay::EnableWrites { reason, .. }) => *reason = text,
        Some(Overlay::Filter { list, .. }) => {
            let list = *list;
            change_filter(model, list, text);
        }
        Some(Overlay::Command(_)) => model.ui.overlay = Some(Overlay::Command(CommandLine::of(text))),
        _ => {}
    }
    true
}

fn change_filter(model: &mut Model, list: List, text: String) {
    let before = selection::remember(model);
    if text.is_empty() {
        model.ui.filters.remove(&list);
    } else {
        model.ui.filters.insert(list, text);
    }
    selection::restore(model, &before);
}

/// Backspace on an empty line leaves it, as everywhere.
fn rub_out(model: &mut Model) {
    if input(model).is_some_and(|line| line.is_empty()) {
        cancel(model);
    } else {
        edit(model, |line| line.pop().is_some());
    }
}

/// The completion above; from the first one on, the commands that were given before and begin like what was typed.
fn up(model: &mut Model) {
    match &model.ui.overlay {
        Some(Overlay::Command(line)) if line.selected == 0 => recall_older(model),
        _ => choose(model, |place| place.saturating_sub(1)),
    }
}

/// A newer command, and in the end what was typed; otherwise the completion below.
fn down(model: &mut Model) {
    match &model.ui.overlay {
        Some(Overlay::Command(CommandLine { recalled: Some((typed, place)), .. })) => {
            let (typed, place) = (typed.clone(), *place);
            let newer = model.ui.history.iter().take(place).rposition(|before| before.starts_with(&typed));
            recall(model, typed, newer);
        }
        _ => choose(model, |place| place + 1),
    }
}

fn recall_older(model: &mut Model) {
    let Some(Overlay::Command(line)) = &model.ui.overlay else { return };
    let (typed, next) = match &line.recalled {
        Some((typed, place)) => (typed.clone(), place + 1),
        None => (line.input.clone(), 0),
    };
    let history = model.ui.history.iter().enumerate().skip(next);
    let older = history.into_iter().find(|(_, before)| before.starts_with(&typed) && **before != line.input);
    if let Some(place) = older.map(|(place, _)| place) {
        recall(model, typed, Some(place));
    }
}

fn recall(model: &mut Model, typed: String, place: Option<usize>) {
    let found = place.and_then(|place| Some((place, model.ui.history.get(place)?.clone())));
    let line = match found {
        Some((place, input)) => CommandLine { recalled: Some((typed, place)), ..CommandLine::of(input) },
        None => CommandLine::of(typed),
    };
    model.ui.overlay = Some(Overlay::Command(line));
}

fn choose(model: &mut Model, place: impl FnOnce(usize) -> usize) {
    let Some(Overlay::Command(line)) = &model.ui.overlay else { return };
    let last = command::candidates(model, &line.input).len().saturating_sub(1);
    let chosen = CommandLine { selected: place(line.selected).min(last), recalled: None, ..line.clone() };
    model.ui.overlay = Some(Overlay::Command(chosen));
}

/// The candidate that Enter runs and Tab completes to.
fn chosen(model: &Model) -> Option<(String, Option<Candidate>)> {
    let Some(Overlay::Command(line)) = &model.ui.overlay else { return None };
    Some((line.input.clone(), command::candidates(model, &line.input).into_iter().nth(line.selected)))
}

fn complete(model: &mut Model) {
    if let Some((_, Some(candidate))) = chosen(model) {
        let input = if candidate.complete { candidate.line } else { format!("{} ", candidate.line) };
        model.ui.overlay = Some(Overlay::Command(CommandLine::of(input)));
    }
}

fn enter(model: &mut Model) -> Vec<Effect> {
    if matches!(model.ui.overlay, Some(Overlay::EnableWrites { .. })) {
        write_mode::enable(model);
        return Vec::new();
    }
    let Some((input, candidate)) = chosen(model) else {
        // A filter stays as it was typed.
        model.ui.overlay = None;
        return Vec::new();
    };
    if candidate.as_ref().is_some_and(|candidate| !candidate.complete) {
        complete(model);
        return Vec::new();
    }
    let line = candidate.map_or(input, |candidate| candidate.line);
    if line.trim().is_empty() {
        model.ui.overlay = None;
        return Vec::new();
    }
    match command::parse(model, &line) {
        Ok(intent) => {
            model.ui.overlay = None;
            model.ui.history.retain(|before| *before != line);
            model.ui.history.insert(0, line);
            model.ui.history.truncate(HISTORY);
            intend(model, intent)
        }
        // The line stays, to be put right.
        Err(problem) => {
            let problem = Some(clean(&problem).into_owned());
            model.ui.overlay = Some(Overlay::Command(CommandLine { problem, ..CommandLine::of(line) }));
            Vec::new()
        }
    }
}
