//! The dialog before a run is told something.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{command::input_line, middle, window};
use crate::{
    app::{
        act::{Field, Phase},
        keymap::label,
        run::{Answer, Order},
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
const WIDTH: u16 = 84;
/// Where the values stand.
const VALUE: usize = 12;

/// Draws it.
pub(super) fn draw(scene: &Scene<'_>, order: &Order, area: Rect, buffer: &mut Buffer) {
    let look = scene.look;
    let cells = usize::from(area.width.min(WIDTH).saturating_sub(4));
    let mut lines = Vec::new();
    let say = |label: &str, value: Strip| Strip::of(label, look.dim()).at(VALUE).join(value);
    lines.push(say("run", Strip::of(format!("{}  {}", order.run, order.title), look.bold())));
    if let Some((id, title)) = &order.step {
        lines.push(say("step", Strip::of(format!("{title} ({id})"), look.text())));
    }
    for (index, part) in wrap(order.deed.meaning(), cells.saturating_sub(VALUE)).into_iter().enumerate() {
        lines.push(say(if index == 0 { "means" } else { "" }, Strip::of(part, look.text())));
    }
    lines.push(say(
        "as",
        Strip::of(format!("{}, UNSIGNED: nothing proves who it was", scene.model.setup.who), look.bold()),
    ));
    lines.push(Strip::new());
    lines.extend(fields(scene, order, cells));
    lines.push(Strip::new());
    lines.extend(state(scene, order, cells));
    let place = middle(area, WIDTH, frame::cells(lines.len() + 2));
    let role = if order.production { Role::EnvProd } else { Role::EnvStage };
    let title = Strip::of(format!("{} {} in ", order.deed.word().to_uppercase(), order.run), look.bold())
        .put(format!(" {} ", order.environment), look.style(role))
        .put(format!("  risk {}", order.risk.word()), look.text());
    window(scene, &Content { title, right: right(scene, order), lines }, place, buffer);
}

fn fields(scene: &Scene<'_>, order: &Order, cells: usize) -> Vec<Strip> {
    let look = scene.look;
    let mut lines = Vec::new();
    for field in order.fields() {
        let focused = order.focus == field && order.is_open();
        let (name, value) = match field {
            Field::What => {
                let options = Answer::WORDS.iter().enumerate().fold(Strip::new(), |line, (index, word)| {
                    let chosen = index == order.answer.place();
                    let style = if chosen && focused {
                        look.selection()
                    } else if chosen {
                        look.bold()
                    } else {
                        look.text()
                    };
                    let text = if chosen { format!("[{word}] ") } else { format!(" {word}  ") };
                    line.put(text, style)
                });
                ("say", options)
            }
            Field::Phrase => {
                let wanted = Strip::of(order.wanted_phrase(), look.bold()).put("   no paste", look.dim());
                lines.push(Strip::of("type", look.dim()).at(VALUE).join(wanted));
                ("exactly", typed(scene, &order.phrase, focused, cells))
            }
            _ => (
                if order.deed == crate::app::run::Deed::Resolve { "seen" } else { "reason" },
                typed(scene, &order.words, focused, cells),
            ),
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

fn right(scene: &Scene<'_>, order: &Order) -> Strip {
    let (look, model) = (scene.look, scene.model);
    let words = match order.phase {
        Phase::Void(_) => return Strip::of("VOID", look.words(Level::Bad)),
        Phase::Recording(_) => "being recorded".to_owned(),
        _ if Span::between(order.opened, model.now) < model.setup.patience(ARMING) => "armed in 0.8 s".to_owned(),
        _ => {
            let left = model.setup.lived(Span::between(model.now, order.end(&model.setup))).millis().div_ceil(1_000);
            format!("expires in {}:{:02}  Esc cancels", left / 60, left % 60)
        }
    };
    Strip::of(words, look.text())
}

fn state(scene: &Scene<'_>, order: &Order, cells: usize) -> Vec<Strip> {
    let (look, model) = (scene.look, scene.model);
    let prefix = label(model.setup.keymap.prefix);
    let (level, words) = match (&order.phase, &order.problem) {
        (Phase::Void(why), _) => (Level::Bad, format!("VOID: {why}. Esc closes this; look again and open it anew")),
        (Phase::Recording(_), _) => (Level::Run, "being recorded".to_owned()),
        (_, Some(problem)) => (Level::Bad, format!("not recorded: {problem}")),
        _ => match (order.missing(model), &order.phase) {
            (Some(missing), _) => (Level::Wait, missing),
            (None, Phase::Prefixed(_)) => {
                (Level::Watch, format!("{prefix}, now Enter does it, any other key does not"))
            }
            (None, _) => (Level::Ok, format!("{prefix} Enter does it")),
        },
    };
    let parts = wrap(&words, cells.saturating_sub(2)).into_iter().enumerate();
    parts
        .map(|(index, part)| {
            let start = if index == 0 { look.glyph(level) } else { " " };
            Strip::of(start, look.level(level)).put(" ", look.text()).put(part, look.words(level))
        })
        .collect()
}
