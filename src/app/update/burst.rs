//! Keys that came faster than a person types: text where text is typed, and nothing anywhere else.

use super::{act, notice, typing};
use crate::app::{action::Action, key::Key, keymap::Scope, model::Model, msg::Effect};

pub(super) fn take(model: &mut Model, keys: &[Key]) -> Vec<Effect> {
    let Some(scope) = Scope::of(model) else {
        typing::burst(model, keys);
        return Vec::new();
    };
    if let Some(action) = repeated(model, scope, keys) {
        return keys.iter().flat_map(|_| act(model, action)).collect();
    }
    notice(model, &format!("ignored {} keys that came as a burst", keys.len()));
    Vec::new()
}

/// The action of a key that was held down over a line that was held up, where repeating it does no harm: moving the cursor,
/// and the way out.
fn repeated(model: &Model, scope: Scope, keys: &[Key]) -> Option<Action> {
    let first = keys.first()?;
    let same = keys.iter().all(|key| key == first);
    model.setup.keymap.action(scope, *first).filter(|action| same && harmless(*action))
}

const fn harmless(action: Action) -> bool {
    matches!(
        action,
        Action::CursorDown
            | Action::CursorUp
            | Action::CursorPageDown
            | Action::CursorPageUp
            | Action::CursorFirst
            | Action::CursorLast
            | Action::Interrupt
    )
}
