//! The dialog before a run is told something: opened by a chord, confirmed by the prefix and Enter.

use super::{line, navigation, notice, write_mode};
use crate::{
    app::{
        act::{Field, Phase},
        key::{Key, KeyCode},
        model::{Model, Overlay},
        msg::Effect,
        run::{Deed, Order, authorise_order, authorise_recovery, deed_place},
        write::{self, recordable},
    },
    domain::time::Span,
};

/// How long the prefix waits for Enter.
const PATIENCE: Span = Span::from_secs(2);

/// Opens the dialog for the run that is looked at.
pub(super) fn open(model: &mut Model, deed: Deed) {
    let (act, now) = (model.ui.acts + 1, model.now);
    let opened = deed_place(model, deed).map(|run| Order::new(act, deed, run, now));
    match opened {
        Ok(order) => {
            model.ui.acts = act;
            model.ui.overlay = Some(Overlay::Order(Box::new(order)));
        }
        Err(why) => notice(model, &why),
    }
}

/// A key for the dialog.
pub(super) fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    if key.code == KeyCode::Esc {
        model.ui.overlay = None;
        return Vec::new();
    }
    if !write_mode::armed(model) {
        return Vec::new();
    }
    let (now, prefix) = (model.now, model.setup.keymap.prefix);
    let patience = model.setup.patience(PATIENCE).delta();
    let Some(order) = opened(model) else { return Vec::new() };
    order.touched = now;
    let prefixed = matches!(order.phase, Phase::Prefixed(since) if since <= now && now - since <= patience);
    order.phase = Phase::Open;
    match key {
        _ if key == prefix => order.phase = if prefixed { Phase::Open } else { Phase::Prefixed(now) },
        Key { code: KeyCode::F(1), .. } => navigation::go(model, crate::app::action::Action::Help),
        Key { code: KeyCode::Enter, ctrl: false, alt: false } if prefixed => return confirm(model),
        _ if prefixed => {}
        _ => fill_in(order, key),
    }
    Vec::new()
}

fn fill_in(order: &mut Order, key: Key) {
    match key.code {
        KeyCode::Enter | KeyCode::Tab | KeyCode::Down => step(order, 1),
        KeyCode::BackTab | KeyCode::Up => step(order, -1),
        KeyCode::Left | KeyCode::Right | KeyCode::Char(' ') if order.focus == Field::What => {
            order.answer = order.answer.other();
        }
        _ => edit(order, |text| line::typed(text, key)),
    }
}

fn step(order: &mut Order, by: isize) {
    order.focus = line::beside(&order.fields(), order.focus, by).unwrap_or(Field::Nothing);
}

fn edit(order: &mut Order, change: impl FnOnce(&mut String) -> bool) {
    let text = match order.focus {
        Field::Words => &mut order.words,
        Field::Phrase => &mut order.phrase,
        _ => return,
    };
    if change(text) {
        order.problem = None;
    }
}

/// Pasted text goes into the reason, and never into what confirms.
pub(super) fn paste(model: &mut Model, text: &str) {
    if !write_mode::armed(model) {
        return;
    }
    let now = model.now;
    let Some(order) = opened(model) else { return };
    order.phase = Phase::Open;
    order.touched = now;
    if order.focus == Field::Words {
        edit(order, |line| line::pasted(line, text));
    } else {
        notice(model, "pasted text is ignored here: what confirms is typed");
    }
}

/// Keys that came faster than a person types.
pub(super) fn burst(model: &mut Model, keys: &[Key]) {
    if !write_mode::armed(model) {
        return;
    }
    let Some(order) = opened(model) else { return };
    order.phase = Phase::Open;
    if order.focus != Field::Words {
        notice(model, &format!("ignored {} keys that came as a burst", keys.len()));
        return;
    }
    edit(order, |text| line::burst(text, keys));
}

fn confirm(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Order(order)) = &model.ui.overlay else { return Vec::new() };
    let authorised = if order.deed == Deed::Recover {
        authorise_recovery(model, order).map(|recovery| Effect::RecoverRun(Box::new(recovery)))
    } else {
        authorise_order(model, order).map(|order| Effect::TellRun(Box::new(order)))
    };
    let now = model.now;
    let Some(order) = opened(model) else { return Vec::new() };
    match authorised {
        Ok(effect) => {
            order.phase = Phase::Recording(now);
            order.problem = None;
            vec![effect]
        }
        Err(why) => {
            order.problem = Some(why);
            Vec::new()
        }
    }
}

/// It was recorded, or why not.
pub(super) fn told(model: &mut Model, act: u64, outcome: Result<u64, String>) {
    let now = model.now;
    let order = any(model).filter(|order| order.act == act);
    match (outcome, order) {
        (Ok(seq), order) => {
            if order.is_some() {
                navigation::close(model);
            }
            notice(model, &format!("recorded as event {seq}: the run takes it up"));
        }
        (Err(why), Some(order)) => {
            order.problem = Some(why);
            order.phase = Phase::Open;
            order.touched = now;
        }
        (Err(why), None) => notice(model, &format!("not recorded: {why}")),
    }
}

/// Voids the dialog when the run does not stand where it stood, or when nobody touched it for long.
pub(super) fn keep(model: &mut Model) {
    let (now, patience) = (model.now, model.setup.patience(PATIENCE).delta());
    let Some(Overlay::Order(order)) = &model.ui.overlay else { return };
    if !order.is_open() {
        return;
    }
    let over = now >= order.end(&model.setup) || now < order.opened;
    let why = write::barred(model)
        .map(|why| format!("READ-ONLY by {why}"))
        .or_else(|| recordable(model).err())
        .or_else(|| order.changed(model))
        .or_else(|| over.then(|| "nobody touched this for two minutes".to_owned()));
    let Some(order) = opened(model) else { return };
    if matches!(order.phase, Phase::Prefixed(since) if now < since || now - since > patience) {
        order.phase = Phase::Open;
    }
    if let Some(why) = why {
        order.phase = Phase::Void(why);
    }
}

fn opened(model: &mut Model) -> Option<&mut Order> {
    match &mut model.ui.overlay {
        Some(Overlay::Order(order)) if order.is_open() => Some(order),
        _ => None,
    }
}

/// The dialog, also where help lies over it.
fn any(model: &mut Model) -> Option<&mut Order> {
    match model.ui.overlay.as_mut()? {
        Overlay::Order(order) => Some(order),
        Overlay::Help { over, .. } => match over.as_deref_mut()? {
            Overlay::Order(order) => Some(order),
            _ => None,
        },
        _ => None,
    }
}
