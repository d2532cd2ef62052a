//! The dialog before something is recorded: opened by a chord, filled in, confirmed, void as soon as what it shows is old.

use std::sync::Arc;

use super::{line, navigation, notice, write_mode};
use crate::{
    app::{
        act::{self, Bound, Dialog, Field, Identity, Kind, Phase, Placed, Signer, Target},
        key::{Key, KeyCode},
        model::{Model, Overlay},
        msg::Effect,
        write::{self, Standing, Write},
    },
    domain::{readiness::rules::Rules, time::Span},
};

/// How long the prefix waits for Enter.
const PATIENCE: Span = Span::from_secs(2);

/// Opens the dialog of `kind` for what is looked at.
pub(super) fn open(model: &mut Model, kind: Kind) -> Vec<Effect> {
    let places = match act::places(model, kind) {
        Ok(places) => places,
        Err(why) => return told(model, &why),
    };
    let choices: Vec<_> = places.iter().map(|place| (place.release.id.clone(), place.target.clone())).collect();
    let opened = places.first().and_then(|place| dialog(model, kind, place));
    let Some(mut dialog) = opened else { return told(model, "the release or its checklist is gone") };
    dialog.choices = choices;
    dialog.focus = dialog.fields().first().copied().unwrap_or(Field::Nothing);
    model.ui.acts += 1;
    dialog.act = model.ui.acts;
    let ask = dialog.identity == Identity::Asking;
    let effect = kind.meaning().filter(|_| ask).map(|meaning| Effect::Identify {
        act: dialog.act,
        meaning,
        catalog: Arc::clone(&model.room.catalog),
    });
    model.ui.overlay = Some(Overlay::Act(Box::new(dialog)));
    effect.into_iter().collect()
}

fn told(model: &mut Model, why: &str) -> Vec<Effect> {
    notice(model, why);
    Vec::new()
}

fn dialog(model: &Model, kind: Kind, place: &act::Place<'_>) -> Option<Dialog> {
    let bound = Bound::of(model, &place.release.id, kind, &place.target)?;
    let signs = kind.meaning().is_some() && (kind != Kind::Tick || !place.needs_key.is_empty());
    let mut waivers = place.standing.waivers.iter().chain(&place.standing.overrides);
    let waived = waivers.any(|waiver| waiver.item == place.target.name());
    Some(Dialog {
        act: 0,
        kind,
        release: place.release.id.clone(),
        environment: place.release.environment.clone(),
        target: place.target.clone(),
        choices: Vec::new(),
        title: place.title.clone(),
        needs_key: place.needs_key.clone(),
        bound,
        identity: if signs { Identity::Asking } else { Identity::Unneeded },
        chosen: usize::from(kind == Kind::Waive && waived),
        roles: Vec::new(),
        in_role: 0,
        words: String::new(),
        until: until(kind, place, model),
        phrase: String::new(),
        focus: Field::Nothing,
        opened: model.now,
        touched: model.now,
        phase: Phase::Open,
        problem: None,
    })
}

/// Goes to another one of what the dialog can be about: what it is bound to, and who may say it, are another.
fn turn(model: &mut Model, by: isize) {
    let Some(Overlay::Act(before)) = &model.ui.overlay else { return };
    let next = before.choices.get(turned(before.choice(), before.choices.len(), by));
    let place = next.and_then(|(release, target)| Some((model.picture.release(release)?, target.clone())));
    let place = place.and_then(|(release, target)| act::place(model, release, target).ok());
    let after = place.and_then(|place| dialog(model, before.kind, &place)).map(|fresh| {
        let mut dialog = Dialog {
            act: before.act,
            choices: before.choices.clone(),
            identity: before.identity.clone(),
            words: before.words.clone(),
            focus: before.focus,
            opened: before.opened,
            touched: before.touched,
            ..fresh
        };
        if let Identity::Known(signer) = &before.identity {
            dialog.roles = dialog.roles_of(model, &signer.principal);
        }
        dialog
    });
    let Some(dialog) = open_dialog(model) else { return };
    match after {
        Some(after) => *dialog = after,
        None => dialog.problem = Some("that is gone: Esc, and open it anew".to_owned()),
    }
}

/// The place `by` further among `count`, and round again.
fn turned(place: usize, count: usize, by: isize) -> usize {
    let count = count.max(1);
    place.checked_add_signed(by).unwrap_or(count - 1) % count
}

/// For how long a sign-off holds by its checklist. For a waiver somebody must say it.
fn until(kind: Kind, place: &act::Place<'_>, model: &Model) -> String {
    let Target::Signoff(id) = &place.target else { return String::new() };
    if kind != Kind::Sign {
        return String::new();
    }
    let rules = Rules::of(&model.room.catalog, &model.ledger.record, &place.release.id);
    rules.and_then(|rules| rules.signoff(id)).map(|signoff| signoff.expires.to_string()).unwrap_or_default()
}

/// A key for the dialog.
pub(super) fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    if key.code == KeyCode::Esc {
        return cancel(model);
    }
    if !write_mode::armed(model) {
        return Vec::new();
    }
    let (now, prefix) = (model.now, model.setup.keymap.prefix);
    let patience = model.setup.patience(PATIENCE).delta();
    let Some(dialog) = open_dialog(model) else { return Vec::new() };
    dialog.touched = now;
    let prefixed = match dialog.phase {
        Phase::Prefixed(since) => since <= now && now - since <= patience,
        _ => false,
    };
    dialog.phase = Phase::Open;
    if key == prefix {
        dialog.phase = Phase::Prefixed(now);
        return Vec::new();
    }
    if key == Key::plain(KeyCode::F(1)) {
        navigation::go(model, crate::app::action::Action::Help);
        return Vec::new();
    }
    if prefixed {
        return if key == Key::plain(KeyCode::Enter) { confirm(model) } else { Vec::new() };
    }
    match (dialog.focus, key) {
        (Field::About, Key { code: KeyCode::Right, ctrl: false, alt: false }) => turn(model, 1),
        (Field::About, Key { code: KeyCode::Left, ctrl: false, alt: false }) => turn(model, -1),
        _ => fill_in(dialog, key),
    }
    Vec::new()
}

/// A key that fills in a field or goes to another one.
fn fill_in(dialog: &mut Dialog, key: Key) {
    match (key, dialog.focus) {
        (Key { code: KeyCode::Enter | KeyCode::Tab | KeyCode::Down, .. }, _) => step(dialog, 1),
        (Key { code: KeyCode::BackTab | KeyCode::Up, .. }, _) => step(dialog, -1),
        (Key { code: KeyCode::Right, ctrl: false, alt: false }, Field::What | Field::Role) => {
            choose(dialog, 1);
        }
        (Key { code: KeyCode::Left, ctrl: false, alt: false }, Field::What | Field::Role) => choose(dialog, -1),
        _ => edit(dialog, |text| line::typed(text, key)),
    }
}

fn step(dialog: &mut Dialog, by: isize) {
    dialog.focus = line::beside(&dialog.fields(), dialog.focus, by).unwrap_or(Field::Nothing);
}

fn choose(dialog: &mut Dialog, by: isize) {
    if dialog.focus == Field::Role {
        dialog.in_role = turned(dialog.in_role, dialog.roles.len(), by);
    } else {
        dialog.chosen = turned(dialog.chosen, dialog.kind.options().len(), by);
        // The phrase says what is done: another deed is another phrase.
        dialog.phrase.clear();
    }
    dialog.problem = None;
}

fn edit(dialog: &mut Dialog, change: impl FnOnce(&mut String) -> bool) {
    let text = match dialog.focus {
        Field::Words => &mut dialog.words,
        Field::Until => &mut dialog.until,
        Field::Phrase => &mut dialog.phrase,
        Field::About | Field::What | Field::Role | Field::Nothing => return,
    };
    if change(text) {
        dialog.problem = None;
    }
}

/// Pasted text goes into reasons and notes, and never into what confirms.
pub(super) fn paste(model: &mut Model, text: &str) {
    if !write_mode::armed(model) {
        return;
    }
    let now = model.now;
    let Some(dialog) = open_dialog(model) else { return };
    dialog.phase = Phase::Open;
    dialog.touched = now;
    if matches!(dialog.focus, Field::Words | Field::Until) {
        edit(dialog, |line| line::pasted(line, text));
    } else {
        notice(model, "pasted text is ignored here: what confirms is typed");
    }
}

/// Keys that came faster than a person types: text where a reason is typed, nothing anywhere else.
pub(super) fn burst(model: &mut Model, keys: &[Key]) {
    if !write_mode::armed(model) {
        return;
    }
    let count = keys.len();
    let Some(dialog) = open_dialog(model) else { return };
    dialog.phase = Phase::Open;
    if !matches!(dialog.focus, Field::Words | Field::Until) {
        notice(model, &format!("ignored {count} keys that came as a burst"));
        return;
    }
    edit(dialog, |text| line::burst(text, keys));
}

fn confirm(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Act(dialog)) = &model.ui.overlay else { return Vec::new() };
    let authorised = act::authorise(model, dialog);
    let now = model.now;
    let Some(dialog) = open_dialog(model) else { return Vec::new() };
    match authorised {
        Ok(authorised) => {
            dialog.phase = Phase::Recording(now);
            dialog.problem = None;
            vec![Effect::Record(Box::new(authorised))]
        }
        Err(why) => {
            dialog.problem = Some(why);
            Vec::new()
        }
    }
}

/// Leaves the dialog. What is being recorded is given up as long as that is possible.
pub(super) fn cancel(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Act(dialog)) = model.ui.overlay.take() else { return Vec::new() };
    match dialog.phase {
        Phase::Recording(_) => vec![Effect::GiveUp(dialog.act)],
        _ => Vec::new(),
    }
}

/// The agent said who would sign.
pub(super) fn identified(model: &mut Model, act: u64, outcome: Result<Signer, String>) {
    let Some(dialog) = any_dialog(model).filter(|dialog| dialog.act == act) else { return };
    let signer = match outcome {
        Ok(signer) => signer,
        Err(why) => {
            dialog.identity = Identity::Refused(why);
            return;
        }
    };
    dialog.identity = Identity::Known(signer.clone());
    let asked = dialog.clone();
    let roles = asked.roles_of(model, &signer.principal);
    if let Some(dialog) = any_dialog(model) {
        dialog.roles = roles;
    }
}

/// It was recorded, or why not.
pub(super) fn recorded(model: &mut Model, act: u64, outcome: Result<Placed, String>) {
    let now = model.now;
    let dialog = any_dialog(model).filter(|dialog| dialog.act == act);
    match (outcome, dialog) {
        (Ok(Placed { seq, who, signed }), dialog) => {
            if dialog.is_some() {
                navigation::close(model);
            }
            let how = if signed { "signed" } else { "unsigned" };
            notice(model, &format!("recorded as event {seq} by {who}, {how}"));
        }
        (Err(why), Some(dialog)) => {
            dialog.problem = Some(why);
            dialog.phase = Phase::Open;
            dialog.touched = now;
        }
        (Err(why), None) => notice(model, &format!("not recorded: {why}")),
    }
}

/// Voids the dialog when what it shows is not what is there, or when nobody touched it for long.
pub(super) fn keep(model: &mut Model) {
    let (now, patience) = (model.now, model.setup.patience(PATIENCE).delta());
    let (setup, why) = match &model.ui.overlay {
        Some(Overlay::Act(dialog)) if dialog.is_open() => (&model.setup, void(model, dialog)),
        _ => return,
    };
    let Some(Overlay::Act(dialog)) = &model.ui.overlay else { return };
    let over = now >= dialog.end(setup) || now < dialog.opened;
    let Some(dialog) = open_dialog(model) else { return };
    if let Phase::Prefixed(since) = dialog.phase
        && (now < since || now - since > patience)
    {
        dialog.phase = Phase::Open;
    }
    if let Some(why) = why {
        dialog.phase = Phase::Void(why);
    } else if over {
        dialog.phase = Phase::Void("nobody touched this for two minutes".to_owned());
    }
}

/// Why what the dialog would record cannot be recorded as it is shown.
fn void(model: &Model, dialog: &Dialog) -> Option<String> {
    if let Some(changed) = dialog.changed(model) {
        return Some(changed);
    }
    if dialog.kind.is_grave() && model.write.is_none() {
        return Some("WRITE mode is over".to_owned());
    }
    match Write::Act(dialog.kind).standing(model) {
        Standing::Ready | Standing::NotYet(_) => None,
        Standing::Barred(why) => Some(format!("READ-ONLY by {why}")),
        // The line that has the cursor may be another one by now; what the ledger takes is the same for all.
        Standing::Blocked(_) => write::recordable(model).err(),
    }
}

fn open_dialog(model: &mut Model) -> Option<&mut Dialog> {
    match &mut model.ui.overlay {
        Some(Overlay::Act(dialog)) if dialog.is_open() => Some(dialog),
        _ => None,
    }
}

/// The dialog, also where help lies over it.
fn any_dialog(model: &mut Model) -> Option<&mut Dialog> {
    match model.ui.overlay.as_mut()? {
        Overlay::Act(dialog) => Some(dialog),
        Overlay::Help { over, .. } => match over.as_deref_mut()? {
            Overlay::Act(dialog) => Some(dialog),
            _ => None,
        },
        _ => None,
    }
}
