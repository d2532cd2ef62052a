//! The confirmation of a plan: opened at once, armed when the plan is there, void as soon as what it shows is old.

use std::sync::Arc;

use super::{line, navigation, notice};
use crate::{
    app::{
        act::{Identity, Signer},
        key::{Key, KeyCode},
        model::{Model, Overlay, Screen},
        msg::Effect,
        run::{
            self, Asked, Confirmation, Evidence, Field, Given, Phase, Resolved, Target, View, authorise, runbook_for,
            who_holds,
        },
        write::{self, recordable},
        write_mode::WriteMode,
    },
    domain::{
        ledger::signature::Meaning,
        plan::{Mode, Plan},
        release::Release,
        run::RunId,
        runbook::Runbook,
        time::{Span, Timestamp},
    },
};

/// How long the prefix waits for its key.
const PATIENCE: Span = Span::from_secs(2);
/// The same key again and again within so long is a key that is held down.
const HELD: Span = Span::from_millis(60);
/// How often in a row that is.
const HELD_TIMES: u8 = 2;

/// Plans what brings back the release that is looked at. Where several runbooks are staged for it, one is chosen first.
pub(super) fn open(model: &mut Model) -> Vec<Effect> {
    let (release, chosen) = match chosen(model) {
        Ok(found) => found,
        Err(why) => {
            notice(model, &why);
            return Vec::new();
        }
    };
    let Some((runbook, service)) = chosen else {
        navigation::open(model, Screen::Runbooks(Some(release)));
        let prefix = crate::app::keymap::label(model.setup.keymap.prefix);
        notice(model, &format!("several runbooks are staged: choose one, then {prefix} r"));
        return Vec::new();
    };
    let Some(release) = model.picture.release(&release).cloned() else { return Vec::new() };
    model.ui.acts += 1;
    let dialog = dialog(model, &release, &runbook, service);
    let asks = dialog.phase == Phase::Resolving;
    model.ui.overlay = Some(Overlay::Confirm(Box::new(dialog)));
    if asks { ask(model) } else { Vec::new() }
}

type Chosen = (String, Option<(Runbook, String)>);

/// The release, and its runbook with the service where it is clear which.
fn chosen(model: &Model) -> Result<Chosen, String> {
    let (release, staged) = run::target(model)?;
    let on_list = matches!(model.ui.screen, Screen::Runbooks(_));
    let wanted = if on_list { crate::app::rows::chosen_runbook(model) } else { None };
    let found = match (wanted, staged.as_slice()) {
        (Some(wanted), staged) => {
            let fits = staged.iter().find(|(runbook, _)| runbook.name == wanted.name);
            Some(fits.ok_or_else(|| format!("{} is not staged for {}", wanted.name, release.name))?)
        }
        (None, [only]) => Some(only),
        (None, _) => None,
    };
    Ok((release.id.clone(), found.map(|(runbook, service)| ((*runbook).clone(), service.clone()))))
}

fn dialog(model: &Model, release: &Release, runbook: &Runbook, service: String) -> Confirmation {
    let given: Vec<Given> = runbook
        .parameters
        .iter()
        .filter(|parameter| parameter.default.is_none())
        .map(|parameter| Given { parameter: parameter.clone(), text: String::new() })
        .collect();
    let words = model.write.as_ref().map(|write| write.reason.clone()).unwrap_or_default();
    Confirmation {
        act: model.ui.acts,
        runbook: runbook.name.clone(),
        title: runbook.title.clone(),
        target: Target {
            release: release.id.clone(),
            name: release.name.clone(),
            environment: release.environment.clone(),
            production: release.production,
            service,
        },
        mode: Mode::Real,
        phase: if given.is_empty() { Phase::Resolving } else { Phase::Asking },
        focus: if given.is_empty() { Field::Nothing } else { Field::Given(0) },
        given,
        resolved: None,
        asked: None,
        view: View::Brief,
        words,
        incident: String::new(),
        glass: None,
        phrase: String::new(),
        code: String::new(),
        opened: model.now,
        touched: model.now,
        problem: None,
        last: None,
    }
}

/// Asks the shell for the plan of the dialog that is open.
fn ask(model: &mut Model) -> Vec<Effect> {
    let now = model.now;
    let catalog = Arc::clone(&model.room.catalog);
    let Some(Overlay::Confirm(dialog)) = &mut model.ui.overlay else { return Vec::new() };
    let Ok(values) = dialog.values() else { return Vec::new() };
    dialog.asked = Some(now);
    if dialog.resolved.is_none() {
        dialog.phase = Phase::Resolving;
    }
    let asked =
        Asked { catalog, runbook: dialog.runbook.clone(), target: dialog.target.clone(), mode: dialog.mode, values };
    vec![Effect::Plan { act: dialog.act, asked: Box::new(asked) }]
}

/// The plan is there, again, or cannot be made.
pub(super) fn planned(model: &mut Model, act: u64, outcome: Result<Plan, String>, unknown: &[String]) {
    let resolved = outcome.and_then(|plan| resolved(model, plan, unknown));
    let now = model.now;
    let Some(dialog) = any(model).filter(|dialog| dialog.act == act && dialog.is_open()) else { return };
    match (resolved, &mut dialog.resolved) {
        (Ok(new), _) if new.plan.mode != dialog.mode => {}
        (Ok(new), Some(before)) if new.hash == before.hash => before.again = now,
        (Ok(new), Some(before)) => {
            dialog.phase = Phase::Void(format!("the plan changed: {}", difference(&before.plan, &new.plan)));
        }
        (Ok(new), none) => {
            *none = Some(new);
            dialog.phase = Phase::Open;
            dialog.touched = now;
            dialog.focus = first(dialog);
        }
        // What was planned stays for a while; then it is too old.
        (Err(_), Some(_)) => {}
        (Err(why), None) => dialog.phase = Phase::Refused(why),
    }
}

/// The first field that must still be filled in.
fn first(dialog: &Confirmation) -> Field {
    let fields = dialog.fields();
    let empty = |field: &&Field| match field {
        Field::Words => dialog.words.trim().chars().count() < 3,
        Field::Incident => dialog.glass.is_some() && dialog.incident.trim().is_empty(),
        _ => true,
    };
    fields.iter().find(empty).or_else(|| fields.first()).copied().unwrap_or(Field::Nothing)
}

fn resolved(model: &Model, plan: Plan, unknown: &[String]) -> Result<Resolved, String> {
    let hash = plan.hash().map_err(|why| why.to_string())?;
    let evidence = Evidence::of(model, &plan, unknown);
    let lease = who_holds(model, &plan);
    Ok(Resolved { plan, hash, at: model.now, again: model.now, evidence, lease })
}

/// What is another in a plan that was made again, in words.
fn difference(before: &Plan, now: &Plan) -> String {
    if before.runbook.digest != now.runbook.digest {
        return "the runbook is another".to_owned();
    }
    if before.target != now.target {
        let version = |plan: &Plan| plan.target.to.clone().unwrap_or_else(|| "?".to_owned());
        return format!("what it is for is another (to {}, now to {})", version(before), version(now));
    }
    let other = now.steps.iter().find(|step| before.step(&step.id) != Some(step));
    match other {
        Some(step) => format!("`{}` would do something else now: {}", step.title, step.request.words()),
        None if before.steps.len() != now.steps.len() => "it has fewer steps now".to_owned(),
        None => "what it rests on is another".to_owned(),
    }
}

/// A key for the dialog.
pub(super) fn key(model: &mut Model, key: Key) -> Vec<Effect> {
    let now = model.now;
    if key.code == KeyCode::Esc {
        return escape(model);
    }
    let (setup, prefix) = (model.setup.clone(), model.setup.keymap.prefix);
    let Some(Overlay::Confirm(dialog)) = &mut model.ui.overlay else { return Vec::new() };
    let armed = now < dialog.opened || now >= dialog.armed_at(&setup);
    let held = held(dialog, key, now, setup.patience(HELD));
    if !dialog.is_open() || !armed || (held && key.code != KeyCode::Backspace) {
        return Vec::new();
    }
    dialog.touched = now;
    let prefixed = matches!(dialog.phase, Phase::Prefixed(since) if since <= now && now - since <= setup.patience(PATIENCE).delta());
    if matches!(dialog.phase, Phase::Prefixed(_)) {
        dialog.phase = Phase::Open;
    }
    match key {
        // The prefix a second time confirms nothing either: it may be held down.
        _ if key == prefix && dialog.phase == Phase::Open && !prefixed => dialog.phase = Phase::Prefixed(now),
        _ if key == prefix => {}
        Key { code: KeyCode::F(1), .. } => navigation::go(model, crate::app::action::Action::Help),
        Key { code: KeyCode::F(2), .. } => return other_mode(model),
        Key { code: KeyCode::F(4), .. } => return glass(model),
        Key { code: KeyCode::F(3), .. } => {
            dialog.view = if dialog.view == View::Brief { View::Full(0) } else { View::Brief };
        }
        Key { code: KeyCode::Enter, ctrl: false, alt: false } if prefixed => return confirm(model),
        Key { code: KeyCode::Char('e'), ctrl: false, alt: false } if prefixed => take_write(model),
        _ if prefixed => {}
        _ if matches!(dialog.view, View::Full(_)) => dialog.view = dialog.view.scrolled(key),
        Key { code: KeyCode::Enter, .. } if dialog.phase == Phase::Asking => return given(model),
        _ => fill_in(model, key),
    }
    Vec::new()
}

/// Whether `key` comes so fast after itself, and so often, that nobody presses it: it is held down.
fn held(dialog: &mut Confirmation, key: Key, now: Timestamp, within: Span) -> bool {
    let times = match dialog.last {
        Some((before, at, times)) if before == key && at <= now && now - at <= within.delta() => {
            times.saturating_add(1)
        }
        _ => 0,
    };
    dialog.last = Some((key, now, times));
    times >= HELD_TIMES
}

/// A key that fills in a field or goes to another one.
fn fill_in(model: &mut Model, key: Key) {
    let written = match &model.ui.overlay {
        Some(Overlay::Confirm(dialog)) => dialog.may_write(model),
        _ => return,
    };
    let Some(Overlay::Confirm(dialog)) = &mut model.ui.overlay else { return };
    match key.code {
        KeyCode::Enter | KeyCode::Tab | KeyCode::Down => step(dialog, 1),
        KeyCode::BackTab | KeyCode::Up => step(dialog, -1),
        _ if dialog.focus == Field::Phrase && !written => {
            notice(model, "the phrase is taken in WRITE mode only");
        }
        _ => edit(dialog, |text| line::typed(text, key)),
    }
}

fn step(dialog: &mut Confirmation, by: isize) {
    dialog.focus = line::beside(&dialog.fields(), dialog.focus, by).unwrap_or(Field::Nothing);
}

fn edit(dialog: &mut Confirmation, change: impl FnOnce(&mut String) -> bool) {
    let text = match dialog.focus {
        Field::Given(index) => match dialog.given.get_mut(index) {
            Some(given) => &mut given.text,
            None => return,
        },
        Field::Words => &mut dialog.words,
        Field::Incident => &mut dialog.incident,
        Field::Phrase => &mut dialog.phrase,
        Field::Code => &mut dialog.code,
        Field::Nothing => return,
    };
    if change(text) {
        dialog.problem = None;
    }
}

/// Enter among the parameters: to the next one, and from a complete list to the plan.
fn given(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Confirm(dialog)) = &mut model.ui.overlay else { return Vec::new() };
    if dialog.values().is_ok() {
        return ask(model);
    }
    step(dialog, 1);
    Vec::new()
}

/// Real, or a rehearsal: planned anew, and nothing that was typed stays.
fn other_mode(model: &mut Model) -> Vec<Effect> {
    let now = model.now;
    let Some(Overlay::Confirm(dialog)) = &mut model.ui.overlay else { return Vec::new() };
    if dialog.phase == Phase::Asking {
        return Vec::new();
    }
    dialog.mode = if dialog.mode == Mode::Real { Mode::Rehearsal } else { Mode::Real };
    dialog.resolved = None;
    dialog.phrase.clear();
    dialog.code.clear();
    dialog.glass = None;
    dialog.problem = None;
    dialog.opened = now;
    ask(model)
}

/// With one signature instead of the approvals, or with them again. Nothing that was typed of phrase and code stays.
fn glass(model: &mut Model) -> Vec<Effect> {
    let catalog = Arc::clone(&model.room.catalog);
    let Some(Overlay::Confirm(dialog)) = &mut model.ui.overlay else { return Vec::new() };
    if !dialog.needs_second() {
        notice(model, "there is no glass to break: nobody else has to approve it");
        return Vec::new();
    }
    dialog.phrase.clear();
    dialog.code.clear();
    dialog.problem = None;
    if dialog.glass.take().is_some() {
        dialog.focus = first(dialog);
        return Vec::new();
    }
    dialog.glass = Some(Identity::Asking);
    dialog.focus = first(dialog);
    vec![Effect::Identify { act: dialog.act, meaning: Meaning::Approval, catalog }]
}

/// The agent said who would sign for breaking the glass.
pub(super) fn identified(model: &mut Model, act: u64, outcome: &Result<Signer, String>) {
    let Some(dialog) = any(model).filter(|dialog| dialog.act == act) else { return };
    if let Some(glass) = &mut dialog.glass {
        *glass = match outcome {
            Ok(signer) => Identity::Known(signer.clone()),
            Err(why) => Identity::Refused(why.clone()),
        };
    }
}

/// WRITE mode for the environment of the plan, with the reason that stands in the dialog.
fn take_write(model: &mut Model) {
    let Some(Overlay::Confirm(dialog)) = &mut model.ui.overlay else { return };
    let reason = dialog.words.trim().to_owned();
    if model.write.is_some() {
        return;
    }
    if reason.chars().count() < 3 {
        dialog.problem = Some("type why first: the reason stays with everything that is done".to_owned());
        return;
    }
    let environment = dialog.target.environment.clone();
    dialog.problem = None;
    dialog.focus = first(dialog);
    model.write = Some(WriteMode::new(reason, environment, model.now));
}

/// Pasted text goes into the reason, and never into what confirms.
pub(super) fn paste(model: &mut Model, text: &str) {
    let (now, setup) = (model.now, model.setup.clone());
    let Some(Overlay::Confirm(dialog)) = &mut model.ui.overlay else { return };
    if !dialog.is_open() || now < dialog.armed_at(&setup) {
        return;
    }
    unprefix(dialog);
    dialog.touched = now;
    if matches!(dialog.focus, Field::Words | Field::Incident | Field::Given(_)) && dialog.view == View::Brief {
        edit(dialog, |line| line::pasted(line, text));
    } else {
        notice(model, "pasted text is ignored here: what confirms is typed");
    }
}

/// Keys that came faster than a person types.
pub(super) fn burst(model: &mut Model, keys: &[Key]) {
    let (now, setup) = (model.now, model.setup.clone());
    let Some(Overlay::Confirm(dialog)) = &mut model.ui.overlay else { return };
    if !dialog.is_open() || now < dialog.armed_at(&setup) {
        return;
    }
    unprefix(dialog);
    if !matches!(dialog.focus, Field::Words | Field::Incident | Field::Given(_)) || dialog.view != View::Brief {
        notice(model, &format!("ignored {} keys that came as a burst", keys.len()));
        return;
    }
    edit(dialog, |text| line::burst(text, keys));
}

fn unprefix(dialog: &mut Confirmation) {
    if matches!(dialog.phase, Phase::Prefixed(_)) {
        dialog.phase = Phase::Open;
    }
}

fn confirm(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Confirm(dialog)) = &model.ui.overlay else { return Vec::new() };
    let authorised = authorise(model, dialog);
    let asks = dialog.asks(model);
    let now = model.now;
    let Some(Overlay::Confirm(dialog)) = &mut model.ui.overlay else { return Vec::new() };
    match authorised {
        Ok(authorised) => {
            dialog.phase = Phase::Starting(now);
            dialog.problem = None;
            let run = Box::new(authorised);
            vec![if asks { Effect::AskApproval(run) } else { Effect::StartRun(run) }]
        }
        Err(why) => {
            dialog.problem = Some(why);
            Vec::new()
        }
    }
}

/// Esc: out of the full plan, else out of the dialog. A run that is being started may come all the same: then it is told.
pub(super) fn escape(model: &mut Model) -> Vec<Effect> {
    let Some(Overlay::Confirm(dialog)) = &mut model.ui.overlay else { return Vec::new() };
    if dialog.view != View::Brief {
        dialog.view = View::Brief;
        return Vec::new();
    }
    if matches!(dialog.phase, Phase::Starting(_)) {
        notice(model, "it was confirmed already: :runs shows it, Ctrl-X s stops it");
        return Vec::new();
    }
    model.ui.overlay = None;
    Vec::new()
}

/// Others were asked to approve the plan, or why not.
pub(super) fn asked(model: &mut Model, act: u64, outcome: Result<u64, String>) {
    let now = model.now;
    let Some(dialog) = any(model).filter(|dialog| dialog.act == act) else { return };
    dialog.phase = Phase::Open;
    dialog.touched = now;
    dialog.problem = outcome.err();
}

/// The run was started, or why not.
pub(super) fn started(model: &mut Model, act: u64, outcome: Result<RunId, String>) {
    let now = model.now;
    let open = any(model).is_some_and(|dialog| dialog.act == act);
    match outcome {
        Ok(run) => {
            if open {
                model.ui.overlay = None;
                navigation::open(model, Screen::Run(run.clone()));
            }
            notice(model, &format!("{run} is started, and goes on when this terminal is gone"));
        }
        Err(why) => {
            let Some(dialog) = any(model).filter(|dialog| dialog.act == act) else {
                notice(model, &format!("not started: {why}"));
                return;
            };
            dialog.problem = Some(why);
            dialog.phase = Phase::Open;
            dialog.touched = now;
        }
    }
}

/// Voids the dialog when what it shows is not what is there, or when nobody touched it for long; plans again from time to time.
pub(super) fn keep(model: &mut Model) -> Vec<Effect> {
    let now = model.now;
    let Some(Overlay::Confirm(dialog)) = &model.ui.overlay else { return Vec::new() };
    if !dialog.is_open() {
        return Vec::new();
    }
    let over = now >= dialog.end(&model.setup) || now < dialog.opened;
    let why = write::barred(model)
        .map(|why| format!("READ-ONLY by {why}"))
        .or_else(|| recordable(model).err())
        .or_else(|| dialog.changed(model))
        .or_else(|| unstaged(model, dialog))
        .or_else(|| over.then(|| "nobody touched this for long".to_owned()));
    let written = dialog.may_write(model);
    let again = model.setup.patience(run::AGAIN).delta();
    let patience = model.setup.patience(PATIENCE).delta();
    let Some(Overlay::Confirm(dialog)) = &mut model.ui.overlay else { return Vec::new() };
    if matches!(dialog.phase, Phase::Prefixed(since) if now < since || now - since > patience) {
        dialog.phase = Phase::Open;
    }
    if dialog.is_grave() && !written {
        dialog.phrase.clear();
    }
    if let Some(why) = why {
        dialog.phase = Phase::Void(why);
        return Vec::new();
    }
    let due = dialog.resolved.is_some() && dialog.asked.is_none_or(|asked| now < asked || now - asked >= again);
    if due { ask(model) } else { Vec::new() }
}

/// Why the runbook is not what it was.
fn unstaged(model: &Model, dialog: &Confirmation) -> Option<String> {
    let resolved = dialog.resolved.as_ref()?;
    let Some(release) = model.picture.release(&dialog.target.release) else {
        return Some("the release is gone".to_owned());
    };
    let staged = runbook_for(model, release);
    let Some((runbook, _)) = staged.into_iter().find(|(runbook, _)| runbook.name == dialog.runbook) else {
        return Some(format!("the runbook {} is not staged for it any more", dialog.runbook));
    };
    (runbook.digest != resolved.plan.runbook.digest).then(|| format!("the runbook {} changed", dialog.runbook))
}

/// The dialog, also where help lies over it.
fn any(model: &mut Model) -> Option<&mut Confirmation> {
    match model.ui.overlay.as_mut()? {
        Overlay::Confirm(dialog) => Some(dialog),
        Overlay::Help { over, .. } => match over.as_deref_mut()? {
            Overlay::Confirm(dialog) => Some(dialog),
            _ => None,
        },
        _ => None,
    }
}
