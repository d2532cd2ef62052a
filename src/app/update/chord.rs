//! The chord prefix and the key that follows it: the way to everything that changes something.

use super::{act, acting, approving, confirming, navigation, notice, ordering, write_mode};
use crate::{
    app::{
        action::Action,
        breaker,
        key::{Key, KeyCode},
        keymap::{Scope, label},
        model::Model,
        msg::{Effect, Msg},
        write::{Standing, Write},
    },
    domain::time::Span,
};

/// How long the prefix waits for its key.
const PATIENCE: Span = Span::from_secs(2);

/// Forgets a prefix that came too long ago, or after which something else happened than a key.
pub(super) fn expire(model: &mut Model, msg: &Msg) {
    let over = match msg {
        // What this key may do is decided where keys are: the menu may still be on the screen.
        Msg::Key(_) => false,
        Msg::Burst(_) | Msg::Paste(_) | Msg::Wheel { .. } => true,
        _ => !waits(model),
    };
    if over {
        model.ui.chord = None;
    }
}

fn waits(model: &Model) -> bool {
    let patience = model.setup.patience(PATIENCE).delta();
    model.ui.chord.is_some_and(|since| since <= model.now && model.now - since <= patience)
}

/// What `key` means to the chord; `None` when it has nothing to do with one.
pub(super) fn key(model: &mut Model, scope: Scope, key: Key) -> Option<Vec<Effect>> {
    let prefix = model.setup.keymap.prefix;
    if model.ui.chord.is_none() {
        return (key == prefix && model.setup.keymap.bindings(scope).any(|binding| !binding.chords.is_empty())).then(
            || {
                model.ui.chord = Some(model.now);
                Vec::new()
            },
        );
    }
    let in_time = waits(model);
    model.ui.chord = None;
    if !in_time {
        notice(model, &format!("too late after {0}: press {0} again", label(prefix)));
        return Some(Vec::new());
    }
    if let Some(action) = model.setup.keymap.chord(scope, key) {
        return Some(act(model, action));
    }
    match model.setup.keymap.action(scope, key) {
        Some(Action::Help) => navigation::go(model, Action::Help),
        Some(Action::Back | Action::Interrupt) => {}
        _ if key == prefix || key.code == KeyCode::Esc => {}
        _ => notice(model, &format!("{} {} means nothing here", label(prefix), label(key))),
    }
    Some(Vec::new())
}

/// Holds the circuit breaker, at once: it makes nothing worse, and there is little time.
fn hold(model: &mut Model) -> Vec<Effect> {
    match breaker::hold(model) {
        Ok(holding) => {
            notice(model, &format!("holding the circuit breaker of {}", holding.release()));
            vec![Effect::Hold(Box::new(holding))]
        }
        Err(why) => {
            notice(model, &why);
            Vec::new()
        }
    }
}

/// Does what changes something, or says why not.
pub(super) fn write(model: &mut Model, write: Write) -> Vec<Effect> {
    match write.standing(model) {
        Standing::Ready => match write {
            Write::Act(kind) => return acting::open(model, kind),
            Write::Rollback => return confirming::open(model),
            Write::Hold => return hold(model),
            Write::Approve => return approving::open(model),
            Write::Run(deed) => ordering::open(model, deed),
            _ => write_mode::toggle(model),
        },
        Standing::Barred(why) => {
            notice(model, &format!("READ-ONLY by {why}: nothing can be changed from this console"));
        }
        Standing::Blocked(why) => notice(model, &why),
        Standing::NotYet(what) => notice(model, &format!("not yet: {what}")),
    }
    Vec::new()
}
