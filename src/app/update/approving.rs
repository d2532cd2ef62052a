//! The dialog in which a plan of somebody else is approved or denied: opened by a chord, signed by the prefix and Enter.

use std::sync::Arc;

use super::{line, navigation, notice, write_mode};
use crate::{
    app::{
        act::{Field, Identity, Phase, Signer},
        key::{Key, KeyCode},
        model::{Model, Overlay},
        msg::Effect,
        run::{Approving, View, approval_place, authorise_approval},
        write::{self, recordable},
    },
    domain::{ledger::signature::Meaning, time::Span},
};

/// How long the prefix waits for Enter.
const PATIENCE: Span = Span::from_secs(2);

/// Opens the dialog for the request that is looked at, and asks the agent who would sign.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let act = model.ui.acts + 1;
    match approval_place(model).map(|requested| Approving::new(act, requested, model)) {
        Ok(dialog) => {
            model.ui.acts = act;
            model.ui.overlay = Some(Overlay::Approve(Box::new(dialog)));
            let catalog = Arc::clone(&model.room.catalog);
            vec![Effect::Identify { act, meaning: Meaning::Approval, catalog }]
        }
        Err(why) => {
            notice(model, &why);
            Vec::new()
        }
    }
}

/// The agent said who would sign.
pub(super) fn identified(model: &mut Model, act: u64, outcome: &Result<Signer, String>) {
    let catalog = Arc::clone(&model.room.catalog);
    let Some(dialog) = any(model).filter(|dialog| dialog.act == act) else { return };
    match outcome {
        Ok(signer) => {
            dialog.roles = Approving::roles_of(&signer.principal, &catalog.roles);
            dialog.identity = Identity::Known(signer.clone());
        }
        Err(why) => dialog.identity = Identity::Refused(why.clone()),
    }
}

/// A key for the dialog.
pub(super) fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    if key.code == KeyCode::Esc {
        return escape(model);
    }
    if !write_mode::armed(model) {
        return Vec::new();
    }
    let (now, prefix) = (model.now, model.setup.keymap.prefix);
    let patience = model.setup.patience(PATIENCE).delta();
    let Some(dialog) = opened(model) else { return Vec::new() };
    dialog.touched = now;
    let prefixed = matches!(dialog.phase, Phase::Prefixed(since) if since <= now && now - since <= patience);
    dialog.phase = Phase::Open;
    match key {
        _ if key == prefix => dialog.phase = if prefixed { Phase::Open } else { Phase::Prefixed(now) },
        Key { code: KeyCode::F(1), .. } => navigation::go(model, crate::app::action::Action::Help),
        Key { code: KeyCode::F(3), .. } => {
            dialog.view = if dialog.view == View::Brief { View::Full(0) } else { View::Brief };
        }
        Key { code: KeyCode::Enter, ctrl: false, alt: false } if prefixed => return confirm(model),
        _ if prefixed => {}
        _ if matches!(dialog.view, View::Full(_)) => dialog.view = dialog.view.scrolled(key),
        _ => fill_in(dialog, key),
    }
    Vec::new()
}

/// Esc: out of the full plan, else out of the dialog. What is being signed may be recorded all the same: then it is told.
pub(super) fn escape(model: &mut Model) -> Vec<Effect> {
    match &mut model.ui.overlay {
        Some(Overlay::Approve(dialog)) if dialog.view != View::Brief => dialog.view = View::Brief,
        _ => model.ui.overlay = None,
    }
    Vec::new()
}

fn fill_in(dialog: &mut Approving, key: Key) {
    match (key.code, dialog.focus) {
        (KeyCode::Enter | KeyCode::Tab | KeyCode::Down, _) => step(dialog, 1),
        (KeyCode::BackTab | KeyCode::Up, _) => step(dialog, -1),
        (KeyCode::Left | KeyCode::Right, Field::What) => {
            dialog.answer = dialog.answer.other();
            dialog.phrase.clear();
        }
        (KeyCode::Left | KeyCode::Right, Field::Role) => {
            dialog.in_role = (dialog.in_role + 1) % dialog.roles.len().max(1);
        }
        _ => edit(dialog, |text| line::typed(text, key)),
    }
}

fn step(dialog: &mut Approving, by: isize) {
    dialog.focus = line::beside(&dialog.fields(), dialog.focus, by).unwrap_or(Field::Nothing);
}

fn edit(dialog: &mut Approving, change: impl FnOnce(&mut String) -> bool) {
    let text = match dialog.focus {
        Field::Words => &mut dialog.words,
        Field::Phrase => &mut dialog.phrase,
        _ => return,
    };
    if change(text) {
        dialog.problem = None;
    }
}

/// Pasted text goes into the reason, and never into what confirms.
pub(super) fn paste(model: &mut Model, text: &str) {
    if !write_mode::armed(model) {
        return;
    }
    let now = model.now;
    let Some(dialog) = opened(model) else { return };
    dialog.phase = Phase::Open;
    dialog.touched = now;
    if dialog.focus == Field::Words && dialog.view == View::Brief {
        edit(dialog, |line| line::pasted(line, text));
    } else {
        notice(model, "pasted text is ignored here: what confirms is typed");
    }
}

/// Keys that came faster than a person types.
pub(super) fn burst(model: &mut Model, keys: &[Key]) {
    if !write_mode::armed(model) {
        return;
    }
    let Some(dialog) = opened(model) else { return };
    dialog.phase = Phase::Open;
    if dialog.focus != Field::Words || dialog.view != View::Brief {
        notice(model, &format!("ignored {} keys that came as a burst", keys.len()));
        return;
    }
    edit(dialog, |text| line::burst(text, keys));
}

fn confirm(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Approve(dialog)) = &model.ui.overlay else { return Vec::new() };
    let authorised = authorise_approval(model, dialog);
    let now = model.now;
    let Some(dialog) = opened(model) else { return Vec::new() };
    match authorised {
        Ok(authorised) => {
            dialog.phase = Phase::Recording(now);
            dialog.problem = None;
            vec![Effect::Approve(Box::new(authorised))]
        }
        Err(why) => {
            dialog.problem = Some(why);
            Vec::new()
        }
    }
}

/// It was recorded, or why not. Whether it was about this dialog.
pub(super) fn told(model: &mut Model, act: u64, outcome: &Result<u64, String>) -> bool {
    let now = model.now;
    let Some(dialog) = any(model).filter(|dialog| dialog.act == act) else { return false };
    match outcome {
        Ok(seq) => {
            let words = format!("recorded as event {seq}: {} {}", dialog.answer.decision().word(), dialog.code);
            model.ui.overlay = None;
            notice(model, &words);
        }
        Err(why) => {
            dialog.problem = Some(why.clone());
            dialog.phase = Phase::Open;
            dialog.touched = now;
        }
    }
    true
}

/// Voids the dialog when the request does not stand any more, or when nobody touched it for long.
pub(super) fn keep(model: &mut Model) {
    let (now, patience) = (model.now, model.setup.patience(PATIENCE).delta());
    let Some(Overlay::Approve(dialog)) = &model.ui.overlay else { return };
    if !dialog.is_open() {
        return;
    }
    let over = now >= dialog.end(&model.setup) || now < dialog.opened;
    let why = write::barred(model)
        .map(|why| format!("READ-ONLY by {why}"))
        .or_else(|| recordable(model).err())
        .or_else(|| dialog.changed(model))
        .or_else(|| over.then(|| "nobody touched this for two minutes".to_owned()));
    let Some(dialog) = opened(model) else { return };
    if matches!(dialog.phase, Phase::Prefixed(since) if now < since || now - since > patience) {
        dialog.phase = Phase::Open;
    }
    if let Some(why) = why {
        dialog.phase = Phase::Void(why);
    }
}

fn opened(model: &mut Model) -> Option<&mut Approving> {
    match &mut model.ui.overlay {
        Some(Overlay::Approve(dialog)) if dialog.is_open() => Some(dialog),
        _ => None,
    }
}

/// The dialog, also where help lies over it.
fn any(model: &mut Model) -> Option<&mut Approving> {
    match model.ui.overlay.as_mut()? {
        Overlay::Approve(dialog) => Some(dialog),
        Overlay::Help { over, .. } => match over.as_deref_mut()? {
            Overlay::Approve(dialog) => Some(dialog),
            _ => None,
        },
        _ => None,
    }
}
