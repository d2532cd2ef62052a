//! The dialog in which a plan of somebody else is approved or denied: the same plan that they see, and what is known of it here.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{
    command::input_line,
    confirm::{
        full,
        sheet::{Sheet, VALUE, say},
    },
    scrolled, window,
};
use crate::{
    app::{
        act::{Field, Identity, Phase},
        keymap::label,
        run::{Approving, Verdict, View},
        write_mode::ARMING,
    },
    domain::{level::Level, time::Span},
    tui::{
        frame::{self, Content},
        scene::Scene,
        strip::{Strip, wrap},
        theme::Role,
    },
};

/// How wide it is at most.
const WIDTH: u16 = 116;

/// Draws it.
pub(super) fn draw(scene: &Scene<'_>, dialog: &Approving, area: Rect, buffer: &mut Buffer) {
    let look = scene.look;
    let width = WIDTH.min(area.width);
    let cells = usize::from(width.saturating_sub(4));
    let most = area.height.saturating_sub(2);
    let inside = usize::from(most.saturating_sub(2));
    let state = state(scene, dialog, cells);
    let lines = match dialog.view {
        View::Brief => {
            let fields = fields(scene, dialog, cells);
            let room = inside.saturating_sub(state.len() + fields.len());
            let sheet = Sheet { scene, resolved: &dialog.shown, cells };
            let mut tail = vec![say(scene, "as", whom(scene, dialog))];
            tail.extend(asked(scene, dialog));
            // The first line says how to approve it elsewhere.
            tail.extend(sheet.approvals().into_iter().skip(1));
            let mut lines = sheet.page(tail, room);
            lines.extend(fields);
            lines
        }
        View::Full(scroll) => {
            let room = inside.saturating_sub(state.len() + 1);
            let (mut lines, below) = scrolled(full::lines(scene, &dialog.shown, cells), scroll, room);
            let more = if below > 0 { format!("{below} more below: j   ") } else { String::new() };
            lines.push(Strip::of(format!("{more}F3 or Esc goes back"), look.dim()));
            lines
        }
    };
    let lines: Vec<Strip> = lines.into_iter().chain(state).collect();
    let height = frame::cells(lines.len()).saturating_add(2).min(most);
    let place = Rect { x: area.x + (area.width - width) / 2, y: area.y + 1 + (most - height) / 2, width, height };
    let target = &dialog.shown.plan.target;
    let role = if target.production { Role::EnvProd } else { Role::EnvStage };
    let title = Strip::of(format!("APPROVE {} in ", dialog.code), look.bold())
        .put(format!(" {} ", target.environment), look.style(role))
        .put(format!("  risk {}", dialog.shown.plan.risk.word()), look.bold());
    window(scene, &Content { title, right: right(scene, dialog), lines }, place, buffer);
}

/// As whom it is signed.
fn whom(scene: &Scene<'_>, dialog: &Approving) -> Strip {
    let look = scene.look;
    match &dialog.identity {
        Identity::Known(signer) => {
            let role = if let [role] = dialog.roles.as_slice() { format!(" as {role}") } else { String::new() };
            Strip::of(format!("{}{role}, signed with {}", signer.principal, signer.key), look.text())
        }
        Identity::Refused(_) => look.status(Level::Bad, "nobody: it must be signed, and nothing signs"),
        Identity::Asking | Identity::Unneeded => Strip::of("asking the ssh-agent who signs", look.text()),
    }
}

/// Who asks, since when, and until when that can be answered.
fn asked(scene: &Scene<'_>, dialog: &Approving) -> Option<Strip> {
    let look = scene.look;
    let requested = scene.model.ledger.approvals.of(dialog.shown.hash)?;
    let who = requested.by.principal.as_deref().filter(|_| requested.proven);
    let who = who.map_or_else(|| format!("{} (unsigned)", requested.by.user), str::to_owned);
    let (ago, left) = (scene.since(requested.at).age(), scene.until(requested.expires).age());
    let words = format!("by {who} on {}, {ago} ago; {left} left to answer", requested.host);
    Some(say(scene, "asked", Strip::of(words, look.text())))
}

fn fields(scene: &Scene<'_>, dialog: &Approving, cells: usize) -> Vec<Strip> {
    let look = scene.look;
    let mut lines = Vec::new();
    for field in dialog.fields() {
        let focused = dialog.focus == field && dialog.is_open();
        let (name, value) = match field {
            Field::What => ("say", choice(scene, &Verdict::WORDS, dialog.answer.place(), focused)),
            Field::Role => ("in role", choice(scene, &dialog.roles, dialog.in_role, focused)),
            Field::Phrase => {
                let wanted = Strip::of(dialog.wanted_phrase(), look.bold()).put("   no paste", look.dim());
                lines.push(say(scene, "type", wanted));
                ("exactly", typed(scene, &dialog.phrase, focused, cells))
            }
            _ => ("reason", typed(scene, &dialog.words, focused, cells)),
        };
        let name = if focused {
            Strip::of(look.glyphs.cursor, look.style(Role::Accent)).put(format!(" {name}"), look.bold())
        } else {
            Strip::of(format!("  {name}"), look.text())
        };
        lines.push(name.at(VALUE).join(value));
    }
    lines
}

fn choice<T: AsRef<str>>(scene: &Scene<'_>, options: &[T], chosen: usize, focused: bool) -> Strip {
    let look = scene.look;
    let line = options.iter().enumerate().fold(Strip::new(), |line, (index, word)| {
        let word = word.as_ref();
        match (index == chosen, focused) {
            (true, true) => line.put(format!("[{word}]"), look.selection()),
            (true, false) => line.put(format!("[{word}]"), look.bold()),
            (false, _) => line.put(format!(" {word} "), look.text()),
        }
        .put(" ", look.text())
    });
    if focused { line.put(" Left Right choose", look.dim()) } else { line }
}

fn typed(scene: &Scene<'_>, text: &str, focused: bool, cells: usize) -> Strip {
    let look = scene.look;
    if focused {
        input_line(scene, "", text, cells.saturating_sub(VALUE))
    } else if text.is_empty() {
        Strip::of(look.glyphs.dot, look.dim())
    } else {
        Strip::of(text, look.text())
    }
}

fn right(scene: &Scene<'_>, dialog: &Approving) -> Strip {
    let (look, model) = (scene.look, scene.model);
    let words = match dialog.phase {
        Phase::Void(_) => return Strip::of("VOID", look.words(Level::Bad)),
        Phase::Recording(_) => "being signed".to_owned(),
        _ if Span::between(dialog.opened, model.now) < model.setup.patience(ARMING) => "armed in 0.8 s".to_owned(),
        _ => {
            let left = model.setup.lived(Span::between(model.now, dialog.end(&model.setup))).millis().div_ceil(1_000);
            format!("expires in {}:{:02}", left / 60, left % 60)
        }
    };
    Strip::of(words, look.text())
}

fn state(scene: &Scene<'_>, dialog: &Approving, cells: usize) -> Vec<Strip> {
    let (look, model) = (scene.look, scene.model);
    let prefix = label(model.setup.keymap.prefix);
    let does = match dialog.answer {
        Verdict::Approve => "signs that it may be run",
        Verdict::Deny => "signs that it may not be run, until it is another plan",
    };
    let (level, words) = match (&dialog.phase, &dialog.problem) {
        (Phase::Void(why), _) => (Level::Bad, format!("VOID: {why}. Esc closes this; look again and open it anew")),
        (Phase::Recording(_), _) => {
            (Level::Run, "waiting for the ssh-agent: touch the key or answer on your laptop, at most 60 s".to_owned())
        }
        (_, Some(problem)) => (Level::Bad, format!("not signed: {problem}")),
        _ => match (dialog.missing(model), &dialog.phase) {
            (Some(missing), _) => (Level::Wait, missing),
            (None, Phase::Prefixed(_)) => (Level::Watch, format!("{prefix}, now Enter {does}, any other key does not")),
            (None, _) => (Level::Ok, format!("{prefix} Enter {does}")),
        },
    };
    let parts = wrap(&words, cells.saturating_sub(2)).into_iter().enumerate();
    let mut lines: Vec<Strip> = parts
        .map(|(index, part)| {
            let start = if index == 0 { look.glyph(level) } else { " " };
            Strip::of(start, look.level(level)).put(" ", look.text()).put(part, look.words(level))
        })
        .collect();
    let key = |line: Strip, key: &str, words: &str| {
        line.put(key, look.style(Role::Key)).put(format!(" {words}   "), look.text())
    };
    lines.push(key(key(Strip::new(), "Esc", "cancel"), "F3", "full plan"));
    lines
}
