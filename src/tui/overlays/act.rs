//! The dialog before something is recorded: what, about what, as whom, what is still missing.

use ratatui::{buffer::Buffer, layout::Rect};

use super::{command::input_line, middle, window};
use crate::{
    app::{
        act::{self, Dialog, Field, Identity, Kind, Phase, Target},
        keymap::label,
        write_mode::ARMING,
    },
    domain::{level::Level, readiness::waiver::is_override, time::Span},
    tui::{
        frame::{self, Content},
        scene::Scene,
        strip::{Strip, wrap},
        theme::Role,
    },
};

/// How wide it is at most.
const WIDTH: u16 = 92;
/// Where the values stand.
const VALUE: usize = 14;

/// Draws it.
pub(super) fn draw(scene: &Scene<'_>, dialog: &Dialog, area: Rect, buffer: &mut Buffer) {
    let look = scene.look;
    let cells = usize::from(area.width.min(WIDTH).saturating_sub(4));
    let mut sheet = Sheet { scene, dialog, cells, lines: Vec::new() };
    sheet.about();
    sheet.lines.push(Strip::new());
    sheet.fields();
    sheet.lines.push(Strip::new());
    let above = sheet.lines.len();
    sheet.state();
    let place = middle(area, WIDTH, frame::cells(sheet.lines.len() + 2));
    // Whatever does not fit, what becomes of it is seen.
    let over = sheet.lines.len().saturating_sub(usize::from(place.height).saturating_sub(2));
    sheet.lines.drain(above.saturating_sub(over)..above);
    let production = scene.model.picture.release(&dialog.release).is_some_and(|release| release.production);
    let role = if production { Role::EnvProd } else { Role::EnvStage };
    let content = Content {
        title: Strip::of(format!("{} in ", heading(dialog)), look.bold())
            .put(format!(" {} ", dialog.environment), look.style(role)),
        right: right(scene, dialog),
        lines: sheet.lines,
    };
    window(scene, &content, place, buffer);
}

/// What it is, in words.
fn heading(dialog: &Dialog) -> &'static str {
    match dialog.kind {
        Kind::Waive if is_override(dialog.target.name()) => "Let a release pass",
        Kind::Tick => "Tick an item",
        Kind::Note => "Note",
        Kind::Request => "Ask for a sign-off",
        Kind::Sign => "Sign off",
        Kind::Waive => "Waive an item",
        Kind::Decide => "Decide",
        Kind::Review => "Close the review",
    }
}

/// From when on it takes keys, or until when.
fn right(scene: &Scene<'_>, dialog: &Dialog) -> Strip {
    let (look, model) = (scene.look, scene.model);
    let words = match dialog.phase {
        Phase::Void(_) => return Strip::of("VOID", look.words(Level::Bad)),
        Phase::Recording(_) => "Esc gives it up".to_owned(),
        _ if Span::between(dialog.opened, model.now) < model.setup.patience(ARMING) => "takes keys in 0.8 s".to_owned(),
        _ => {
            let left = model.setup.lived(Span::between(model.now, dialog.end(&model.setup))).millis().div_ceil(1_000);
            format!("expires in {}:{:02}  Esc cancels", left / 60, left % 60)
        }
    };
    Strip::of(words, look.text())
}

/// Lines with a label each.
struct Sheet<'s, 'a> {
    scene: &'s Scene<'a>,
    dialog: &'s Dialog,
    cells: usize,
    lines: Vec<Strip>,
}

impl Sheet<'_, '_> {
    /// What will be recorded, about what, as whom.
    fn about(&mut self) {
        let (look, dialog, model) = (self.scene.look, self.dialog, self.scene.model);
        let (label, title) = match &dialog.target {
            Target::Item(id) if is_override(id) => ("let pass", id.clone()),
            Target::Item(id) => ("item", format!("{} ({id})", dialog.title)),
            Target::Signoff(id) => ("sign-off", format!("{} ({id})", dialog.title)),
            Target::Release => ("release", dialog.title.clone()),
        };
        self.wrapped(label, &title, look.bold());
        let name = model.picture.release(&dialog.release).map_or("", |release| release.name.as_str());
        let versions =
            if dialog.bound.versions.is_empty() { String::new() } else { format!(": {}", dialog.bound.versions) };
        let of = if dialog.target == Target::Release {
            dialog.release.clone()
        } else {
            format!("{name} ({})", dialog.release)
        };
        // What goes out is read before it is signed: none of it is cut.
        self.wrapped("of", &format!("{of}{versions}"), look.text());
        self.bound();
        self.rests_on();
        let (how, style) = self.whom();
        self.wrapped("as", &how, style);
    }

    /// What it is held to: another release or checklist voids it.
    fn bound(&mut self) {
        let (look, bound) = (self.scene.look, &self.dialog.bound);
        if matches!(self.dialog.kind, Kind::Note | Kind::Review) {
            return;
        }
        let short = |hash: String| hash.chars().take(12).collect::<String>();
        let dots = look.glyphs.ellipsis;
        let words = format!(
            "content {}{dots}, checklist {}{dots}",
            short(bound.subject.to_string()),
            short(bound.digest.to_string())
        );
        self.say("bound to", Strip::of(words, look.text()));
    }

    /// How that stands which it is about.
    fn rests_on(&mut self) {
        let look = self.scene.look;
        let states = &self.dialog.bound.states;
        if self.dialog.kind == Kind::Decide {
            if states.is_empty() {
                self.say("in the way", look.status(Level::Ok, "nothing of the checklist"));
            }
            for (index, (title, state)) in states.iter().take(3).enumerate() {
                let line =
                    look.status(state.level(), title).put(format!(" {}", state.word()), look.words(state.level()));
                self.say(if index == 0 { "in the way" } else { "" }, line);
            }
            if let Some(more) = states.len().checked_sub(3).filter(|more| *more > 0) {
                self.say("", Strip::of(format!("+{more} more"), look.bold()));
            }
            return;
        }
        // What the verdict says of it has more words than a state.
        if let Some(reason) = act::reason(self.scene.model, &self.dialog.release, self.dialog.target.name()) {
            let level = reason.level();
            for (index, part) in wrap(&reason.text, self.cells.saturating_sub(VALUE + 2)).into_iter().enumerate() {
                let start = if index == 0 { look.glyph(level) } else { " " };
                let line = Strip::of(start, look.level(level)).put(" ", look.text()).put(part, look.words(level));
                self.say(if index == 0 { "now" } else { "" }, line);
            }
            return;
        }
        for (_, state) in states {
            self.say("now", look.status(state.level(), state.word()));
        }
    }

    /// As whom it will be recorded.
    fn whom(&self) -> (String, ratatui::style::Style) {
        let look = self.scene.look;
        let user = &self.scene.model.setup.login;
        let unsigned = || (format!("{user}, UNSIGNED: nothing proves who it was"), look.words(Level::Watch));
        match &self.dialog.identity {
            _ if !self.dialog.signs() => unsigned(),
            Identity::Unneeded => unsigned(),
            Identity::Asking => ("asking the ssh-agent who signs".to_owned(), look.text()),
            Identity::Known(signer) => {
                // Where there are several, one is chosen below.
                let role =
                    if let [role] = self.dialog.roles.as_slice() { format!(" in role {role}") } else { String::new() };
                (format!("{}{role}, signed with {}", signer.principal, signer.key), look.text())
            }
            Identity::Refused(_) => ("nobody: it must be signed, and nothing signs".to_owned(), look.words(Level::Bad)),
        }
    }

    fn fields(&mut self) {
        let dialog = self.dialog;
        for field in dialog.fields() {
            let line = match field {
                Field::About => self.about_which(),
                Field::What => self.choice(dialog.kind.options(), dialog.chosen, field),
                Field::Role => self.choice(&dialog.roles, dialog.in_role, field),
                Field::Words => self.text(&dialog.words, field),
                Field::Until => self.until(),
                Field::Phrase => self.text(&dialog.phrase, field),
                Field::Nothing => continue,
            };
            let label = match field {
                Field::About => "about",
                Field::What => "say",
                Field::Role => "in role",
                Field::Words => dialog.words_label(),
                Field::Until => "holds for",
                Field::Phrase => {
                    let wanted = Strip::of("type exactly: ", self.scene.look.text());
                    self.say("confirm", wanted.put(dialog.wanted_phrase(), self.scene.look.bold()));
                    "phrase"
                }
                Field::Nothing => "",
            };
            self.field(label, field, line);
        }
    }

    /// `[calendar/year-end] 1 of 3`.
    fn about_which(&self) -> Strip {
        let (look, dialog) = (self.scene.look, self.dialog);
        let focused = dialog.focus == Field::About;
        let style = if focused { look.selection() } else { look.bold() };
        let count = format!(" {} of {}", dialog.choice() + 1, dialog.choices.len());
        let line = Strip::of(format!("[{}]", dialog.about()), style).put(count, look.text());
        if focused { line.put("  Left Right choose", look.dim()) } else { line }
    }

    /// Options side by side, the chosen one reversed.
    fn choice<T: AsRef<str>>(&self, options: &[T], chosen: usize, field: Field) -> Strip {
        let look = self.scene.look;
        let mut line = Strip::new();
        for (index, option) in options.iter().enumerate() {
            let piece = if index == chosen {
                Strip::of(
                    format!("[{}]", option.as_ref()),
                    if self.dialog.focus == field { look.selection() } else { look.bold() },
                )
            } else {
                Strip::of(format!(" {} ", option.as_ref()), look.text())
            };
            line = line.join(piece).put(" ", look.text());
        }
        if self.dialog.focus == field { line.put(" Left Right choose", look.dim()) } else { line }
    }

    fn text(&self, text: &str, field: Field) -> Strip {
        let look = self.scene.look;
        if self.dialog.focus == field && self.dialog.is_open() {
            input_line(self.scene, "", text, self.cells.saturating_sub(VALUE))
        } else if text.is_empty() {
            let optional = field == Field::Words && !self.dialog.needs_words();
            Strip::of(if optional { "optional" } else { look.glyphs.dot }, look.dim())
        } else {
            Strip::of(text, look.text())
        }
    }

    fn until(&self) -> Strip {
        let line = self.text(&self.dialog.until, Field::Until);
        match self.dialog.expires(self.scene.model.now) {
            Some(at) => line.put(format!("  until {}", self.scene.minute(at)), self.scene.look.text()),
            None => line,
        }
    }

    /// What is missing, or how it is confirmed, or what became of it.
    fn state(&mut self) {
        let (look, model, dialog) = (self.scene.look, self.scene.model, self.dialog);
        let prefix = label(model.setup.keymap.prefix);
        let (level, words) = match (&dialog.phase, &dialog.problem) {
            (Phase::Void(why), _) => (Level::Bad, format!("VOID: {why}. Esc closes this; look again and open it anew")),
            (Phase::Recording(since), _) => {
                let took = self.scene.model.setup.lived(Span::between(*since, model.now)).millis() / 1_000;
                let what = if dialog.signs() {
                    "waiting for the ssh-agent: touch the key or answer on your laptop, at most 60 s"
                } else {
                    "being recorded"
                };
                (Level::Run, format!("{what} ({took} s)"))
            }
            (_, Some(problem)) => (Level::Bad, format!("not recorded: {problem}")),
            _ => match (dialog.missing(model), &dialog.phase) {
                (Some(missing), _) if matches!(dialog.identity, Identity::Refused(_)) && dialog.signs() => {
                    (Level::Bad, missing)
                }
                (Some(missing), _) => (Level::Wait, missing),
                (None, Phase::Prefixed(_)) => {
                    (Level::Watch, format!("{prefix} … Enter records it now, any other key does not"))
                }
                (None, _) => (Level::Ok, format!("{prefix} Enter records it")),
            },
        };
        for (index, part) in wrap(&words, self.cells.saturating_sub(2)).into_iter().enumerate() {
            let start = if index == 0 { look.glyph(level) } else { " " };
            self.lines.push(Strip::of(start, look.level(level)).put(" ", look.text()).put(part, look.words(level)));
        }
    }

    fn wrapped(&mut self, label: &str, text: &str, style: ratatui::style::Style) {
        for (index, part) in wrap(text, self.cells.saturating_sub(VALUE)).into_iter().enumerate() {
            self.say(if index == 0 { label } else { "" }, Strip::of(part, style));
        }
    }

    fn say(&mut self, label: &str, value: Strip) {
        let look = self.scene.look;
        self.lines.push(Strip::of(format!("  {label}"), look.dim()).at(VALUE).join(value));
    }

    fn field(&mut self, label: &str, field: Field, value: Strip) {
        let look = self.scene.look;
        let focused = self.dialog.focus == field && self.dialog.is_open();
        let label = if focused {
            Strip::of(look.glyphs.cursor, look.style(Role::Accent)).put(format!(" {label}"), look.bold())
        } else {
            Strip::of(format!("  {label}"), look.text())
        };
        self.lines.push(label.at(VALUE).join(value));
    }
}
