//! The plan on one page: what happens, plan, evidence, time, who; and the fields.

use super::sheet::{Sheet, VALUE, say};
use crate::{
    app::{
        act::Identity,
        run::{Confirmation, Field, Phase, Resolved},
    },
    domain::{level::Level, run::approval, time::Span},
    tui::{
        overlays::command::input_line,
        scene::Scene,
        strip::{Strip, wrap},
        theme::Role,
    },
};

/// What is read before anything is typed, in at most `room` lines.
pub(super) fn about(scene: &Scene<'_>, dialog: &Confirmation, cells: usize, room: usize) -> Vec<Strip> {
    let look = scene.look;
    let Some(resolved) = &dialog.resolved else {
        return vec![
            say(scene, "release", Strip::of(&dialog.target.name, look.bold())),
            say(scene, "runbook", Strip::of(format!("{}  {}", dialog.runbook, dialog.title), look.text())),
        ];
    };
    Sheet { scene, resolved, cells }.page(Ask { scene, dialog, cells }.tail(resolved), room)
}

/// The fields, with what must be typed.
pub(super) fn asked(scene: &Scene<'_>, dialog: &Confirmation, cells: usize) -> Vec<Strip> {
    Ask { scene, dialog, cells }.fields()
}

struct Ask<'s, 'a> {
    scene: &'s Scene<'a>,
    dialog: &'s Confirmation,
    cells: usize,
}

impl Ask<'_, '_> {
    /// Time and who.
    fn tail(&self, resolved: &Resolved) -> Vec<Strip> {
        let (look, model, plan) = (self.scene.look, self.scene.model, &resolved.plan);
        let sum = plan.steps.iter().fold(Span::ZERO, |sum, step| {
            Span::from_millis(sum.millis() + step.timeout.times(u64::from(step.attempts.max(1))).millis())
        });
        let gone = resolved.evidence.budget_gone.as_ref().map(|words| format!("; {words}")).unwrap_or_default();
        let mut time = Strip::of(format!("budget {}, limits together {sum}", plan.budget), look.text());
        if sum > plan.budget {
            time = time.put(", ", look.text()).join(look.status(Level::Watch, "more than the budget"));
        }
        let time = time.put(gone, look.text());
        let who = format!("{}  second person: {}", model.setup.who, self.second());
        let mut lines = vec![say(self.scene, "time", time)];
        if let Some(runbook) = model.room.catalog.runbooks.get(&self.dialog.runbook) {
            let (level, words) = crate::app::run::rehearsal(model, runbook);
            lines.push(say(self.scene, "rehearsal", look.status(level, &words)));
        }
        lines.push(say(self.scene, "who", Strip::of(who, look.text())));
        match &self.dialog.glass {
            Some(identity) => lines.extend(self.glass(identity)),
            None if self.dialog.needs_second() => {
                lines.extend(Sheet { scene: self.scene, resolved, cells: self.cells }.approvals());
            }
            None => {}
        }
        lines
    }

    /// Who signs instead of those who should approve, and who is told.
    fn glass(&self, identity: &Identity) -> Vec<Strip> {
        let (look, roles) = (self.scene.look, &self.scene.model.room.catalog.roles);
        let signed = match (identity, self.dialog.breaker(roles)) {
            (_, Some((signer, role))) => {
                Strip::of(format!("{} as {role}, signed with {}", signer.principal, signer.key), look.text())
            }
            (Identity::Asking, _) => Strip::of("the ssh-agent is being asked", look.text()),
            _ => look.status(Level::Bad, "nobody who may"),
        };
        let skipped = self.dialog.skipped(roles);
        let skipped = if skipped.is_empty() { "nobody".to_owned() } else { skipped.join(", ") };
        let told = format!("not asked: {skipped}. The record names them, and a review is owed");
        let mut lines = vec![say(self.scene, "breaks glass", signed)];
        let parts = wrap(&told, self.cells.saturating_sub(VALUE + 3)).into_iter().enumerate();
        lines.extend(parts.map(|(index, part)| {
            let part = if index == 0 { look.status(Level::Bad, &part) } else { Strip::of(part, look.text()) };
            say(self.scene, "", part)
        }));
        lines
    }

    fn second(&self) -> String {
        let Some(resolved) = self.dialog.resolved.as_ref().filter(|_| self.dialog.needs_second()) else {
            return "not needed".to_owned();
        };
        let roles: Vec<&str> =
            resolved.plan.needs.iter().flat_map(|needs| needs.roles()).map(|(role, _)| role).collect();
        let whose = if roles.is_empty() { "anybody else".to_owned() } else { roles.join(", ") };
        format!("NEEDED, {whose}")
    }

    fn fields(&self) -> Vec<Strip> {
        let (look, dialog) = (self.scene.look, self.dialog);
        if !dialog.is_open() {
            return Vec::new();
        }
        let mut lines = Vec::new();
        for field in dialog.fields() {
            let (label, text) = match field {
                Field::Given(index) => match dialog.given.get(index) {
                    Some(given) => (given.parameter.name.as_str(), given.text.as_str()),
                    None => continue,
                },
                Field::Words => ("reason", dialog.words.as_str()),
                Field::Incident => ("incident", dialog.incident.as_str()),
                Field::Phrase => {
                    let wanted = Strip::of(dialog.wanted_phrase(), look.bold()).put("   no paste", look.dim());
                    lines.push(say(self.scene, "type", wanted));
                    ("exactly", dialog.phrase.as_str())
                }
                Field::Code => {
                    if let Some(resolved) = &dialog.resolved {
                        let wanted =
                            Strip::of(approval::code(resolved.hash), look.bold()).put("   no paste", look.dim());
                        lines.push(say(self.scene, "plan code", wanted));
                    }
                    ("exactly", dialog.code.as_str())
                }
                Field::Nothing => continue,
            };
            lines.push(self.field(label, field, text));
        }
        if dialog.phase == Phase::Asking {
            let titles = dialog.given.iter().filter_map(|given| given.parameter.title.as_ref());
            lines.extend(titles.flat_map(|title| wrap(title, self.cells)).map(|part| Strip::of(part, look.dim())));
        }
        lines
    }

    fn field(&self, label: &str, field: Field, text: &str) -> Strip {
        let look = self.scene.look;
        let focused = self.dialog.focus == field;
        let room = self.cells.saturating_sub(VALUE);
        let value = match (focused, text.is_empty()) {
            (true, _) => input_line(self.scene, "", text, room),
            (false, true) if field == Field::Incident && self.dialog.glass.is_none() => Strip::of("none", look.dim()),
            (false, true) => Strip::of(look.glyphs.dot, look.dim()),
            (false, false) => Strip::of(text, look.text()),
        };
        let label = if focused {
            Strip::of(look.glyphs.cursor, look.style(Role::Accent)).put(format!(" {label}"), look.bold())
        } else {
            Strip::of(format!("  {label}"), look.text())
        };
        label.at(VALUE).join(value)
    }
}
