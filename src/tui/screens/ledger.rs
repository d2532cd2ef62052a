//! The ledger: who did what, when, why, and whether a signature proves it.

use ratatui::{buffer::Buffer, layout::Rect};

use crate::{
    app::{
        ledger::{KEPT, Recorded, State},
        model::List,
        rows,
    },
    domain::{
        ledger::{claim, event::Outcome, proof::Proof},
        level::Level,
    },
    tui::{
        frame,
        list::{self, Window},
        panes::checks,
        scene::Scene,
        strip::{Strip, wrap},
        table::Column,
    },
};

/// Draws it, and gives what the footer says at its right.
pub(super) fn draw(scene: &Scene<'_>, area: Rect, buffer: &mut Buffer) -> Strip {
    let look = scene.look;
    let (cells, height) = (usize::from(area.width), usize::from(area.height));
    frame::rule(look, area, area.top(), buffer);
    frame::rule(look, area, area.bottom() - 1, buffer);
    let ledger = &scene.model.shown_ledger();
    let indent = |line: Strip| Strip::of(" ", look.text()).join(line);
    let mut lines: Vec<Strip> = checks::ledger_trouble(scene).into_iter().map(indent).collect();
    let found = rows::ledger(scene.model);
    let room = height.saturating_sub(2 + lines.len());
    if found.is_empty() {
        let words = match ledger.state {
            State::Empty => "nothing has been recorded yet: the first act makes the ledger",
            State::Following if ledger.newest.is_empty() => "nothing has been recorded yet",
            _ if !ledger.newest.is_empty() => "no event passes the filter: Esc takes it off",
            _ => "",
        };
        lines.push(indent(Strip::of(words, look.text())));
    } else {
        let chosen = rows::selected(scene.model, List::Ledger, &found);
        let told = chosen.map(|recorded| detail(scene, recorded, cells.saturating_sub(2))).unwrap_or_default();
        let most = room.saturating_sub((told.len() + 1).min(room / 2));
        lines.extend(table(scene, cells, (found.len() + 1).min(most)));
        lines.push(Strip::new());
        lines.extend(told.into_iter().map(indent));
    }
    let inside = Rect { y: area.y + 1, height: area.height.saturating_sub(2), ..area };
    let lines = list::counted(lines, usize::from(inside.height), look);
    frame::lines(&lines, look, inside, buffer);
    right(scene)
}

/// `1204 events, the newest 500 here`; how many of these carry a signature that does not count.
fn right(scene: &Scene<'_>) -> Strip {
    let (look, ledger) = (scene.look, &scene.model.shown_ledger());
    if !ledger.is_known() {
        return Strip::of("events ?", look.words(Level::Unknown));
    }
    let some = if ledger.newest.len() == KEPT { format!(", the newest {KEPT} here") } else { String::new() };
    let line = Strip::of(format!("{} events{some}", ledger.events), look.text());
    let bad = ledger.newest.iter().filter(|recorded| matches!(recorded.proof, Proof::Bad { .. })).count();
    if bad == 0 {
        return line;
    }
    line.put("  ", look.text()).join(look.status(Level::Bad, &format!("{bad} bad signatures")))
}

fn table(scene: &Scene<'_>, cells: usize, height: usize) -> Vec<Strip> {
    let look = scene.look;
    let found = rows::ledger(scene.model);
    let selected = rows::position(scene.model, List::Ledger, &found);
    let window = Window::of(found.len(), selected, height.saturating_sub(1));
    let rows: Vec<Vec<Strip>> =
        found.iter().skip(window.first).take(window.shown).map(|row| row_of(scene, row.item)).collect();
    let columns = [
        Column::number("SEQ", 3, 5),
        Column::text("WHEN", 6, 18, 0),
        Column::text("WHO", 6, 20, 0),
        Column::text("ACTION", 15, 29, 0),
        Column::text("TARGET", 12, 28, 1),
        Column::text("RELEASE", 12, 28, 3),
        Column::text("SIGNATURE", 10, 12, 2),
        Column::text("WHY", 8, 80, 4),
    ];
    let mut lines = window.table(&columns, &rows, selected, cells, look);
    if window.rest {
        lines.push(window.rest_line(found.iter().map(|row| level(&row.item.proof)), look));
    }
    lines
}

/// How a signature's state is drawn. Unsigned is nothing bad, and no proof.
const fn level(proof: &Proof) -> Level {
    match proof {
        Proof::Verified { .. } => Level::Ok,
        Proof::Unsigned => Level::Wait,
        Proof::Unchecked => Level::Unknown,
        Proof::Bad { .. } => Level::Bad,
    }
}

fn row_of(scene: &Scene<'_>, recorded: &Recorded) -> Vec<Strip> {
    let look = scene.look;
    let (event, text) = (&recorded.event, look.text());
    let action = Strip::of(&event.action, text).put(claim::behind(event), text).put(claim::beside(event), text);
    let action = match event.outcome {
        Outcome::Done => action,
        Outcome::Refused => action.put(" REFUSED", look.words(Level::Bad)),
        Outcome::Failed => action.put(" FAILED", look.words(Level::Bad)),
        Outcome::Unknown => action.put(" UNKNOWN", look.words(Level::Unknown)),
    };
    vec![
        Strip::of(event.seq.to_string(), look.dim()),
        Strip::of(scene.minute(event.ts), text),
        Strip::of(recorded.who(), look.bold()),
        action,
        Strip::of(&event.target, text),
        Strip::of(event.release.as_deref().unwrap_or_default(), text),
        look.status(level(&recorded.proof), recorded.proof.word()),
        Strip::of(recorded.why().unwrap_or_default(), text),
    ]
}

/// Everything about one event.
pub(crate) fn detail(scene: &Scene<'_>, recorded: &Recorded, cells: usize) -> Vec<Strip> {
    let look = scene.look;
    let event = &recorded.event;
    let proof = &recorded.proof;
    let mut lines = vec![
        look.status(level(proof), &format!("{} {} ", event.action, event.target))
            .put(format!("event {} {}", event.seq, event.id), look.dim()),
    ];
    let mut say = |label: &str, words: &str| {
        for (index, part) in wrap(words, cells.saturating_sub(14)).into_iter().enumerate() {
            let label = if index == 0 { label } else { "" };
            lines.push(Strip::of(format!("  {label}"), look.dim()).at(13).put(part, look.text()));
        }
    };
    let actor = &event.actor;
    let from = actor.ssh_client.as_deref().map(|from| format!(", by SSH from {from}")).unwrap_or_default();
    let terminal = actor.terminal.as_deref().map(|terminal| format!(" on {terminal}")).unwrap_or_default();
    say("who", &format!("{}, user {} at {}{terminal}{from}", recorded.who(), actor.user, event.host));
    let told = match proof {
        Proof::Verified { principal } => format!("signed by {principal} with {}", actor.key),
        Proof::Unsigned => "unsigned: nothing proves who it was".to_owned(),
        Proof::Unchecked => "signed; who may sign is not known here".to_owned(),
        Proof::Bad { why } => format!("does NOT count: {why}"),
    };
    say("signature", &told);
    say("when", &event.ts.format("%Y-%m-%d %H:%M:%S%.3fZ").to_string());
    if let Some(why) = recorded.why() {
        say("why", why);
    }
    if let Some(computed) = claim::computed(event) {
        say("computed", &format!("{}, at {}", computed.words(), computed.at.format("%H:%M:%SZ")));
    }
    let shown = event.signed.as_ref().map_or(&event.data, |signed| &signed.statement);
    for (name, value) in shown.iter().filter(|(name, _)| !matches!(name.as_str(), "reason" | "note" | "computed")) {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        say(name, &value);
    }
    lines
}
