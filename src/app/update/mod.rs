//! What a message means. One file for each concern; this one only decides who is concerned.

mod acting;
mod approving;
mod burst;
mod calendar;
mod changes;
mod charts;
mod chord;
mod confirming;
mod interest;
mod line;
mod navigation;
mod ordering;
mod output;
mod policies;
mod profiles;
mod readiness;
mod selection;
mod time;
mod typing;
mod verdicts;
mod write_mode;

pub use charts::RANGES;
pub use interest::{demand, wanted};

use super::{
    action::Action,
    announcement, breaker,
    command::Intent,
    frozen::Frozen,
    key::{Key, KeyCode},
    keymap::Scope,
    model::{Model, Notice, Overlay, Screen, Sort},
    msg::{Effect, Msg},
    wall,
};
use crate::domain::{
    calendar::agenda::Agenda,
    clean::clean,
    room::Room,
    time::{Span, Timestamp},
};

/// How long a line of the notice line stays.
const NOTICE_STAYS: Span = Span::from_secs(5);
/// Two Ctrl-C within so long quit.
const INTERRUPT_TWICE: Span = Span::from_secs(1);

/// Takes one message and says what the shell must do.
///
/// Nothing that can be asked for here changes the outside world; what will, goes through `authorise()`, which is the only
/// maker of the proof that writing effects carry.
pub fn update(model: &mut Model, at: Timestamp, msg: Msg) -> Vec<Effect> {
    model.now = at;
    if model.ui.notice.as_ref().is_some_and(|notice| notice.until <= at) {
        model.ui.notice = None;
    }
    write_mode::pass(model, &msg);
    chord::expire(model, &msg);
    let mut effects = match msg {
        Msg::Key(key) if model.ui.wall.is_some() => wall::key(model, key),
        // Notices answer what a person did, and name paths: at the wall nobody did anything. They are in the log too.
        Msg::Burst(_) | Msg::Paste(_) | Msg::Notice(_) if model.ui.wall.is_some() => Vec::new(),
        Msg::Key(key) => key_pressed(model, key),
        Msg::Wheel { down } => {
            wheel(model, down);
            Vec::new()
        }
        Msg::Burst(keys) => burst_came(model, &keys),
        Msg::Paste(text) => pasted(model, &text),
        Msg::Resize(columns, rows) => {
            model.ui.size = (columns, rows);
            Vec::new()
        }
        Msg::Focus(_) | Msg::Resumed => Vec::new(),
        Msg::Tick => {
            time::pass(model);
            profiles::observe(model).into_iter().collect()
        }
        Msg::SlowTerminal => {
            time::slow_terminal(model);
            Vec::new()
        }
        Msg::Delivery(delivery) => {
            learn(model, |room| room.deliver(*delivery));
            Vec::new()
        }
        Msg::Sources(specs) => {
            learn(model, |room| room.set_sources(specs));
            navigation::first_run_or_board(model);
            Vec::new()
        }
        Msg::Catalog(catalog) => {
            policies::keep(model, &catalog);
            // Its calendar may be another one.
            model.agenda = Agenda::default();
            learn(model, |room| room.catalog = catalog);
            // Told in any case: definitions may have changed while the list of what is wanted did not.
            model.wanted = interest::wanted(model);
            vec![Effect::Demand(interest::demand(model))]
        }
        Msg::Ledger(ledger) => {
            learn_of(model, |model| model.ledger = *ledger);
            Vec::new()
        }
        Msg::Evidence { release, item, evidence } => {
            learn_of(model, |model| {
                model.evidence.entry(release).or_default().insert(item, evidence);
            });
            Vec::new()
        }
        Msg::Profiles(profiles) => {
            profiles::take(model, *profiles);
            Vec::new()
        }
        Msg::Decided { number, decisions } => {
            learn_of(model, |model| policies::decided(model, number, decisions));
            Vec::new()
        }
        Msg::Identified { .. }
        | Msg::Recorded { .. }
        | Msg::Planned { .. }
        | Msg::Started { .. }
        | Msg::Told { .. }
        | Msg::Breaker { .. }
        | Msg::Output(_) => {
            answered(model, msg);
            Vec::new()
        }
        Msg::ConfigProblems(problems) => {
            model.config_problems = problems;
            Vec::new()
        }
        Msg::Themes(names) => {
            themes(model, names);
            Vec::new()
        }
        Msg::Notice(text) => {
            notice(model, &text);
            Vec::new()
        }
    };
    wall::follow(model);
    write_mode::keep_to_environment(model);
    acting::keep(model);
    ordering::keep(model);
    approving::keep(model);
    effects.extend(confirming::keep(model));
    effects.extend(tail(model));
    effects.extend(interest::changed(model));
    effects.extend(policies::ask(model));
    effects.extend(announcement::announce(model));
    effects.extend(breaker::look(model).into_iter().map(|order| Effect::Breaker(Box::new(order))));
    effects
}

/// What was asked for outside is there.
fn answered(model: &mut Model, msg: Msg) {
    match msg {
        Msg::Identified { act, outcome } => {
            confirming::identified(model, act, &outcome);
            approving::identified(model, act, &outcome);
            acting::identified(model, act, outcome);
        }
        Msg::Recorded { act, outcome } => acting::recorded(model, act, outcome),
        Msg::Planned { act, outcome, unknown } => {
            confirming::planned(model, act, outcome.map(|plan| *plan), &unknown);
        }
        Msg::Started { act, outcome } => confirming::started(model, act, outcome),
        Msg::Told { act, outcome } if matches!(model.ui.overlay, Some(Overlay::Confirm(_))) => {
            confirming::asked(model, act, outcome);
        }
        Msg::Told { act, outcome } => told(model, act, outcome),
        Msg::Breaker { release, outcome } => breaker::done(model, &release, outcome),
        Msg::Output(output) => model.output = Some(*output),
        _ => {}
    }
}

/// What was confirmed in one of the dialogs is recorded, or why not.
fn told(model: &mut Model, act: u64, outcome: Result<u64, String>) {
    if !approving::told(model, act, &outcome) {
        ordering::told(model, act, outcome);
    }
}

/// Keys that came faster than a person types, for what has the keys.
fn burst_came(model: &mut Model, keys: &[Key]) -> Vec<Effect> {
    match &model.ui.overlay {
        Some(Overlay::Act(_)) => acting::burst(model, keys),
        Some(Overlay::Confirm(_)) => confirming::burst(model, keys),
        Some(Overlay::Order(_)) => ordering::burst(model, keys),
        Some(Overlay::Approve(_)) => approving::burst(model, keys),
        _ => return burst::take(model, keys),
    }
    Vec::new()
}

/// Pasted text, for what has the keys.
fn pasted(model: &mut Model, text: &str) -> Vec<Effect> {
    match &model.ui.overlay {
        Some(Overlay::Act(_)) => acting::paste(model, text),
        Some(Overlay::Confirm(_)) => confirming::paste(model, text),
        Some(Overlay::Order(_)) => ordering::paste(model, text),
        Some(Overlay::Approve(_)) => approving::paste(model, text),
        _ => return typing::paste(model, text),
    }
    Vec::new()
}

/// How many lines a notch of the wheel moves.
const NOTCH: usize = 3;

/// The wheel moves what the arrows move, and nothing else. Over a wall and where text is typed it does nothing.
fn wheel(model: &mut Model, down: bool) {
    let typing = matches!(
        model.ui.overlay,
        Some(
            Overlay::Command(_)
                | Overlay::Filter { .. }
                | Overlay::Act(_)
                | Overlay::Confirm(_)
                | Overlay::Order(_)
                | Overlay::Approve(_)
        )
    );
    if model.ui.wall.is_some() || typing {
        return;
    }
    for _ in 0..NOTCH {
        selection::step(model, if down { Action::CursorDown } else { Action::CursorUp });
    }
}

/// Follows the output of the step of a run that is looked at, and none anywhere else.
fn tail(model: &mut Model) -> Option<Effect> {
    let wanted = super::rows::attempted(model);
    if wanted == model.ui.tail {
        return None;
    }
    model.ui.tail.clone_from(&wanted);
    model.output = None;
    Some(Effect::Tail(wanted))
}

/// Takes news into the room, joins the picture anew and keeps every selection on its thing.
fn learn(model: &mut Model, news: impl FnOnce(&mut Room)) {
    let before = selection::remember(model);
    let seen = changes::seen(model);
    news(&mut model.room);
    model.picture = model.room.picture(model.now);
    readiness::judge(model);
    verdicts::judge(model);
    changes::remember(model, &seen);
    selection::restore(model, &before);
}

/// Takes news about what was said or checked: the picture stays, and how releases stand is judged anew.
fn learn_of(model: &mut Model, news: impl FnOnce(&mut Model)) {
    let before = selection::remember(model);
    news(model);
    readiness::judge(model);
    verdicts::judge(model);
    selection::restore(model, &before);
}

fn key_pressed(model: &mut Model, key: Key) -> Vec<Effect> {
    let Some(scope) = Scope::of(model) else { return typing::key(model, key) };
    if let Some(effects) = chord::key(model, scope, key) {
        return effects;
    }
    if let Some(action) = model.setup.keymap.action(scope, key) {
        return act(model, action);
    }
    if scope == Scope::Reading && matches!(key.code, KeyCode::Enter) {
        navigation::close(model);
    }
    Vec::new()
}

/// Does what an action says, wherever it was asked for.
fn act(model: &mut Model, action: Action) -> Vec<Effect> {
    match action {
        Action::CursorDown
        | Action::CursorUp
        | Action::CursorFirst
        | Action::CursorLast
        | Action::CursorPageDown
        | Action::CursorPageUp
        | Action::FilterNext
        | Action::FilterPrevious => selection::step(model, action),
        Action::ReleaseOpen
        | Action::DetailOpen
        | Action::Back
        | Action::PaneNext
        | Action::PanePrevious
        | Action::Pane(_)
        | Action::PaneZoom
        | Action::PaneAll
        | Action::Board
        | Action::Sources
        | Action::Checklist
        | Action::Ledger
        | Action::Runbooks
        | Action::Runs
        | Action::Approvals
        | Action::Calendar
        | Action::Help => navigation::go(model, action),
        Action::FilterEdit => typing::begin_filter(model),
        Action::Palette => typing::begin_command(model),
        Action::ChartShorter | Action::ChartLonger | Action::MetricPrevious | Action::MetricNext | Action::Markers => {
            charts::change(model, action);
        }
        Action::Copy => return output::copy(model),
        Action::Plain => return output::plain(model),
        Action::Export => return output::export(model, super::export::Format::Markdown),
        Action::SortNext => sort(model, next_sort(model.ui.sort)),
        Action::SortReverse => model.ui.sort_reversed = !model.ui.sort_reversed,
        Action::Freeze => freeze(model),
        Action::Zone => zone(model),
        Action::ThemeNext => next_theme(model),
        Action::Poll => {
            notice(model, "asking all sources");
            return vec![Effect::Poll(None)];
        }
        Action::Write(write) => return chord::write(model, write),
        Action::Interrupt => return interrupt(model),
        Action::Repaint => return vec![Effect::Repaint],
        Action::Suspend => return vec![Effect::Suspend],
        Action::Quit if matches!(model.ui.overlay, Some(Overlay::Help { .. } | Overlay::Detail { .. })) => {
            navigation::close(model);
        }
        Action::Quit => return vec![Effect::Quit],
    }
    Vec::new()
}

/// Does what a command line says.
fn intend(model: &mut Model, intent: Intent) -> Vec<Effect> {
    match intent {
        Intent::Action(action) => return act(model, action),
        Intent::Release(id) => navigation::open(model, Screen::Release(id)),
        Intent::Environment(environment) => {
            let before = selection::remember(model);
            model.ui.environment = environment;
            selection::restore(model, &before);
        }
        Intent::Theme(theme) => model.ui.theme = theme,
        Intent::Filter(text) => typing::set_filter(model, &text),
        Intent::Poll(source) => {
            notice(model, &format!("asking {source}"));
            return vec![Effect::Poll(Some(source))];
        }
        Intent::Sort(by) => sort(model, by),
        Intent::Range(range) => model.ui.chart.range = range,
        Intent::Export(format) => return output::export(model, format),
    }
    Vec::new()
}

/// A line that goes away by itself.
pub(super) fn notice(model: &mut Model, text: &str) {
    let until = model.now + model.setup.patience(NOTICE_STAYS).delta();
    model.ui.notice = Some(Notice { text: clean(text).into_owned(), until });
}

const fn next_sort(sort: Sort) -> Sort {
    match sort {
        Sort::Urgency => Sort::Name,
        Sort::Name => Sort::Burn,
        Sort::Burn => Sort::Age,
        Sort::Age => Sort::Urgency,
    }
}

fn sort(model: &mut Model, by: Sort) {
    model.ui.sort = by;
    let word = match by {
        Sort::Urgency => "urgency",
        Sort::Name => "name",
        Sort::Burn => "burn",
        Sort::Age => "age",
    };
    notice(model, &format!("sorted by {word}"));
}

fn freeze(model: &mut Model) {
    let before = selection::remember(model);
    model.ui.frozen = match model.ui.frozen.take() {
        Some(_) => None,
        None => Some(Box::new(Frozen::of(model))),
    };
    selection::restore(model, &before);
}

fn zone(model: &mut Model) {
    match &model.setup.zone {
        Some(zone) => {
            model.ui.local_time = !model.ui.local_time;
            let name = if model.ui.local_time { zone.name() } else { "UTC".to_owned() };
            notice(model, &format!("times in {name}"));
        }
        None => notice(model, "times in UTC: this computer's zone too; `zone` in the settings names another"),
    }
}

/// Takes the themes that there are now. What a person chose stays, unless the files choose another or it is gone.
fn themes(model: &mut Model, names: Vec<String>) {
    let kept = names.contains(&model.ui.theme) && names.first() == model.setup.themes.first();
    if let Some(first) = names.first().filter(|_| !kept) {
        model.ui.theme.clone_from(first);
    }
    model.setup.themes = names;
}

fn next_theme(model: &mut Model) {
    let themes = &model.setup.themes;
    let place = themes.iter().position(|theme| *theme == model.ui.theme).map_or(0, |index| index + 1);
    if let Some(theme) = themes.get(place).or_else(|| themes.first()).cloned() {
        notice(model, &format!("theme {theme}"));
        model.ui.theme = theme;
    }
}

/// Ctrl-C: like Esc, and the second one within a second leaves.
fn interrupt(model: &mut Model) -> Vec<Effect> {
    let before = model.ui.interrupted_at.replace(model.now);
    let twice = model.setup.patience(INTERRUPT_TWICE).delta();
    if before.is_some_and(|before| before <= model.now && model.now - before <= twice) {
        return vec![Effect::Quit];
    }
    if matches!(model.ui.overlay, Some(Overlay::Act(_))) {
        let effects = acting::cancel(model);
        notice(model, "Ctrl-C once more quits");
        return effects;
    }
    if matches!(model.ui.overlay, Some(Overlay::Confirm(_))) {
        let effects = confirming::escape(model);
        notice(model, "Ctrl-C once more quits");
        return effects;
    }
    if matches!(model.ui.overlay, Some(Overlay::Command { .. } | Overlay::Filter { .. } | Overlay::EnableWrites { .. }))
    {
        typing::cancel(model);
    } else {
        navigation::back(model);
    }
    notice(model, "Ctrl-C once more quits");
    Vec::new()
}

#[cfg(test)]
mod tests;
